//! Coarser versions of a shape, for maps at small scale. Each is valid; one that would not be is left out, and the finer one serves.
//! Not for areas nor for containment, which use the full shape.
//!
//! Not by `geo::Simplify`, which calls itself once for each position that it keeps: a comb of some thousand teeth exhausted the stack.

use geo::{Coord, Geometry, LineString, MapCoords, MultiPolygon, Polygon};

use super::effort::{Effort, Stopped};
use super::geojson::{canonical, write};
use super::measure::{self, LocalPlane};
use super::validity;
use crate::domain::{Deadline, PastDeadline};

/// Every so many positions one is kept, whatever the tolerance: the work grows with a ring's length times this, not with its square.
const STRETCH: usize = 512;

/// The tolerances in metres of the stored versions.
pub const TOLERANCES_M: [u16; 4] = [10, 50, 250, 1000];

/// The versions at `TOLERANCES_M`, as GeoJSON text. A version equal to the finer one before it (or to the full shape) is left out:
/// `pick` finds what to serve. `shape` is valid and canonical.
///
/// # Errors
/// [`PastDeadline`].
pub fn versions(shape: &MultiPolygon<f64>, deadline: Deadline) -> Result<Vec<(u16, String)>, PastDeadline> {
    let mut kept = Vec::new();
    let mut finer = shape.clone();
    for tolerance in TOLERANCES_M {
        // From the full shape each time, so that errors do not add up.
        if let Some(version) = simplified(shape, f64::from(tolerance), deadline)?
            && version != finer
        {
            kept.push((tolerance, write(&as_geometry(&version))));
            finer = version;
        }
    }
    Ok(kept)
}

/// The coarsest version that is not coarser than asked for; the full text when there is none, or none was asked for.
pub fn pick<'t>(versions: &'t [(u16, String)], full: &'t str, tolerance_m: Option<f64>) -> &'t str {
    let Some(asked) = tolerance_m else { return full };
    let fine_enough = versions.iter().filter(|(tolerance, _)| f64::from(*tolerance) <= asked);
    fine_enough.max_by_key(|(tolerance, _)| *tolerance).map_or(full, |(_, text)| text.as_str())
}

/// A Polygon when there is one part, else a MultiPolygon.
pub fn as_geometry(shape: &MultiPolygon<f64>) -> Geometry<f64> {
    match shape.0.as_slice() {
        [only] => Geometry::Polygon(only.clone()),
        _ => Geometry::MultiPolygon(shape.clone()),
    }
}

/// The shape within a tolerance, or None when nothing valid is left at it. Holes and parts smaller than the tolerance are dropped.
///
/// # Errors
/// [`PastDeadline`].
pub fn simplified(
    shape: &MultiPolygon<f64>,
    tolerance_m: f64,
    deadline: Deadline,
) -> Result<Option<MultiPolygon<f64>>, PastDeadline> {
    let Some(centre) = measure::centroid(shape) else { return Ok(None) };
    let mut simplifier = Simplifier { plane: LocalPlane::at(centre), tolerance_m, effort: Effort::until(deadline) };
    let mut parts = Vec::new();
    for part in &shape.0 {
        match simplifier.part(part) {
            Ok(part) => parts.extend(part),
            Err(Stopped::TooMuch) => return Ok(None),
            Err(Stopped::Late(past)) => return Err(past),
        }
    }
    let version = canonical(&MultiPolygon(parts));
    // An empty shape is not valid either.
    Ok(validity::faults(&version, deadline)?.is_empty().then_some(version))
}

struct Simplifier {
    plane: LocalPlane,
    tolerance_m: f64,
    effort: Effort,
}

impl Simplifier {
    fn part(&mut self, part: &Polygon<f64>) -> Result<Option<Polygon<f64>>, Stopped> {
        let Some(exterior) = self.ring(part.exterior())? else { return Ok(None) };
        let mut holes = Vec::new();
        for hole in part.interiors() {
            holes.extend(self.ring(hole)?);
        }
        Ok(Some(Polygon::new(exterior, holes)))
    }

    /// One ring simplified in metres, or None when it collapses.
    fn ring(&mut self, line: &LineString<f64>) -> Result<Option<LineString<f64>>, Stopped> {
        let (east, north) = self.plane.degrees(1.0);
        let in_metres = line.map_coords(|Coord { x, y }| Coord { x: x / east, y: y / north });
        let simple = LineString(kept(&in_metres.0, self.tolerance_m, &mut self.effort)?);
        let area = geo::Area::unsigned_area(&Polygon::new(simple.clone(), Vec::new()));
        if simple.0.len() < 4 || area < self.tolerance_m * self.tolerance_m {
            return Ok(None);
        }
        Ok(Some(simple.map_coords(|Coord { x, y }| Coord { x: x * east, y: y * north })))
    }
}

/// The positions that Douglas and Peucker keep, stretch by stretch. What waits stands in a list, not on the stack.
fn kept(positions: &[Coord<f64>], tolerance: f64, effort: &mut Effort) -> Result<Vec<Coord<f64>>, Stopped> {
    let Some(last) = positions.len().checked_sub(1) else { return Ok(Vec::new()) };
    let mut is_kept = vec![false; positions.len()];
    let mut waiting: Vec<(usize, usize)> = Vec::new();
    for from in (0..last).step_by(STRETCH) {
        waiting.push((from, (from + STRETCH).min(last)));
    }
    is_kept[0] = true;
    while let Some((from, to)) = waiting.pop() {
        is_kept[to] = true;
        is_kept[from] = true;
        effort.spend(to - from)?;
        let mut farthest = (from, tolerance * tolerance);
        for at in from + 1..to {
            let squared = squared_distance(positions[at], positions[from], positions[to]);
            if squared > farthest.1 {
                farthest = (at, squared);
            }
        }
        if farthest.0 > from {
            waiting.extend([(from, farthest.0), (farthest.0, to)]);
        }
    }
    Ok(positions.iter().zip(is_kept).filter(|(_, is_kept)| *is_kept).map(|(position, _)| *position).collect())
}

/// From a point to a segment, in the units of the plane, squared.
fn squared_distance(at: Coord<f64>, start: Coord<f64>, end: Coord<f64>) -> f64 {
    let (line, offset) = (end - start, at - start);
    let length = line.x * line.x + line.y * line.y;
    let along = if length > 0.0 { ((offset.x * line.x + offset.y * line.y) / length).clamp(0.0, 1.0) } else { 0.0 };
    let (x, y) = (offset.x - along * line.x, offset.y - along * line.y);
    x * x + y * y
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_of_any_length_costs_its_length_times_a_stretch_at_most() {
        // Teeth that shrink: at every step the farthest position is the next one, the worst that there is.
        let teeth: Vec<Coord<f64>> = (0..60_000_u32)
            .map(|at| Coord { x: f64::from(at), y: if at % 2 == 0 { 0.0 } else { 1e6 - f64::from(at) } })
            .collect();
        let mut effort = Effort::until(Deadline::NEVER);
        let all = kept(&teeth, 1.0, &mut effort).unwrap();
        assert_eq!(all.len(), teeth.len());
        assert!(usize::MAX - effort.left() <= teeth.len() * STRETCH, "{}", usize::MAX - effort.left());
    }

    #[test]
    fn what_is_dropped_lies_within_the_tolerance_of_what_is_kept() {
        let wave: Vec<Coord<f64>> =
            (0..5_000_u32).map(|at| Coord { x: f64::from(at), y: (f64::from(at) * 0.37).sin() * 8.0 }).collect();
        let simple = kept(&wave, 5.0, &mut Effort::until(Deadline::NEVER)).unwrap();
        assert!(simple.len() < wave.len());
        for position in &wave {
            let nearest =
                simple.windows(2).map(|pair| squared_distance(*position, pair[0], pair[1])).fold(f64::INFINITY, f64::min);
            assert!(nearest <= 25.0 + 1e-9, "{nearest}");
        }
    }
}
