//! Whether a multipolygon is valid in the sense of OGC Simple Features, and where it is not.
//! `geo::Validation` names the kind of a fault only, compares every edge with every other, and passes over spikes and interiors
//! that fall apart; an import must name the place, in bounded time. Not for mending (`repair`) nor for size and territory (`sector`).

mod arrangement;
mod nesting;

use std::collections::HashSet;

use geo::MultiPolygon;

use super::fault::GeometryFault;

/// No more faults than this are listed for one shape.
pub const MAX_FAULTS: usize = 20;

/// Comparisons of edges or positions made at most: well under a second. Real shapes need a few per edge.
const MAX_WORK: usize = 4_000_000;

/// The faults of a shape, at most `MAX_FAULTS`, in the order of its positions; none when it is valid.
///
/// Positions repeated in a row are allowed, as OGC does. Rings may touch at points, but not along lines. The work is bounded:
/// a shape too tangled to examine has the fault `TooLarge`.
pub fn faults(shape: &MultiPolygon<f64>) -> Vec<GeometryFault> {
    faults_within(shape, MAX_WORK)
}

/// As `faults`, within another bound on the work.
pub(crate) fn faults_within(shape: &MultiPolygon<f64>, max_work: usize) -> Vec<GeometryFault> {
    let (arrangement, mut found) = arrangement::Arrangement::of(shape);
    if found.is_empty() {
        let crossings = arrangement.crossings(max_work);
        found = crossings.faults;
        if found.is_empty() {
            found = nesting::faults(&arrangement, &crossings.touches, crossings.work_left);
        }
    }
    // A ring that crosses itself in a vertex does so with up to four pairs of edges: one fault.
    let mut seen = HashSet::new();
    found.retain(|fault| seen.insert((fault.kind, fault.place.map(|(x, y)| (x.to_bits(), y.to_bits())))));
    found.truncate(MAX_FAULTS);
    found
}

/// Nothing when the shape is valid.
///
/// # Errors
/// As `faults`, when there is one.
pub fn check(shape: &MultiPolygon<f64>) -> Result<(), Vec<GeometryFault>> {
    let found = faults(shape);
    if found.is_empty() { Ok(()) } else { Err(found) }
}
