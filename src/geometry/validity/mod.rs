//! Whether a multipolygon is valid in the sense of OGC Simple Features, and where it is not.
//! `geo::Validation` names the kind of a fault only, compares every edge with every other, and passes over spikes and interiors
//! that fall apart; an import must name the place, in bounded time. Not for mending (`repair`) nor for size and territory (`sector`).

mod arrangement;
mod nesting;

use std::collections::HashSet;

use geo::MultiPolygon;

use super::effort::{Effort, Stopped};
use super::fault::GeometryFault;
use crate::domain::{Deadline, PastDeadline};

/// No more faults than this are listed for one shape.
pub const MAX_FAULTS: usize = 20;

/// Nodes of trees and edges or positions that are looked at, at most: one to two seconds. Real shapes need some dozens for
/// each edge.
const MAX_WORK: usize = 40_000_000;

/// The faults of a shape, at most `MAX_FAULTS`, in the order of its positions; none when it is valid.
///
/// Positions repeated in a row are allowed, as OGC does. Rings may touch at points, but not along lines. The work is bounded:
/// a shape too tangled to examine has the fault `TooLarge`.
///
/// # Errors
/// [`PastDeadline`].
pub fn faults(shape: &MultiPolygon<f64>, deadline: Deadline) -> Result<Vec<GeometryFault>, PastDeadline> {
    faults_within(shape, MAX_WORK, deadline)
}

/// As `faults`, within another bound on the work.
pub(crate) fn faults_within(
    shape: &MultiPolygon<f64>,
    max_work: usize,
    deadline: Deadline,
) -> Result<Vec<GeometryFault>, PastDeadline> {
    let mut effort = Effort::new(max_work, deadline);
    let mut found = match examine(shape, &mut effort) {
        Ok(found) => found,
        Err(Stopped::TooMuch) => return Ok(vec![arrangement::too_tangled()]),
        Err(Stopped::Late(past)) => return Err(past),
    };
    // A ring that crosses itself in a vertex does so with up to four pairs of edges: one fault.
    let mut seen = HashSet::new();
    found.retain(|fault| seen.insert((fault.kind, fault.place.map(|(x, y)| (x.to_bits(), y.to_bits())))));
    found.truncate(MAX_FAULTS);
    Ok(found)
}

fn examine(shape: &MultiPolygon<f64>, effort: &mut Effort) -> Result<Vec<GeometryFault>, Stopped> {
    let (arrangement, found) = arrangement::Arrangement::of(shape);
    if !found.is_empty() {
        return Ok(found);
    }
    let crossings = arrangement.crossings(effort)?;
    if !crossings.faults.is_empty() {
        return Ok(crossings.faults);
    }
    nesting::faults(&arrangement, &crossings.touches, effort)
}

/// In how many places the edges of a shape meet, other than each with the next: what mending it would have to hold in memory.
///
/// # Errors
/// [`Stopped::TooMuch`] when there are more than `most`, or they cannot be counted in bounded time.
pub(super) fn meetings(shape: &MultiPolygon<f64>, most: usize, deadline: Deadline) -> Result<usize, Stopped> {
    let (arrangement, _) = arrangement::Arrangement::of(shape);
    arrangement.meetings(most, &mut Effort::new(MAX_WORK, deadline))
}
