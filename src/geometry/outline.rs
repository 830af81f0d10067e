//! The land of a department, prepared for the question whether a sector lies in it, with a tolerance for coasts and borders.
//! Where no outline is loaded its bounding box stands in. Not for reading or storing outlines.

use geo::{BoundingRect, Coord, Intersects, Line, LineString, MultiPolygon};

use super::edges::{Edges, rings};
use super::effort::{Effort, Stopped, unless_too_much};
use super::fault::{GeometryFault, GeometryFaultKind as Kind, LonLat};
use super::measure::{self, BBox, LocalPlane};
use crate::domain::{Deadline, PastDeadline};

/// Steps that one shape may cost: about a second. Sectors of the real mapping cost a few thousand.
const MAX_STEPS: usize = 20_000_000;

/// Steps in search of the place that lies farthest outside, once one is known to.
const SEARCH_STEPS: usize = 2_000_000;

/// Pieces into which a stretch of an edge outside the outline is cut at most.
const MAX_PIECES: u16 = 256;

/// Positions are rounded to a centimetre: what lies on the border may come out this far beyond it.
const ROUNDING_M: f64 = 0.02;

/// A department's outline or its bounding box.
#[derive(Debug)]
pub enum Outline {
    /// The outline as loaded.
    Shape(PreparedOutline),
    /// West, south, east, north: where no outline is loaded.
    BoundingBox(BBox),
}

impl Outline {
    /// Prepares an outline, which must be valid.
    pub fn of_shape(shape: MultiPolygon<f64>) -> Self {
        Self::Shape(PreparedOutline::new(shape))
    }

    /// Whether the shape lies within the outline or within so many metres of it, edges included. Its rings run as `geojson::rounded` has them.
    ///
    /// # Errors
    /// [`PastDeadline`]; within, `OutsideDepartment` at the place found farthest outside, or `TooLarge` where the work would be.
    pub fn holds(
        &self,
        shape: &MultiPolygon<f64>,
        tolerance_m: f64,
        deadline: Deadline,
    ) -> Result<Result<(), GeometryFault>, PastDeadline> {
        let outside = match self {
            Self::Shape(outline) => unless_too_much(outline.outside(shape, tolerance_m, deadline))?,
            Self::BoundingBox(bbox) => Some(out_of_box(shape, *bbox, tolerance_m)),
        };
        Ok(match outside {
            Some(None) => Ok(()),
            Some(Some(fault)) => Err(fault),
            None => {
                let message = "le tracé est trop enchevêtré avec les limites du département pour être situé";
                Err(GeometryFault::new(Kind::TooLarge, message))
            }
        })
    }

    /// Whether a point, such as a school's position, lies within the outline or within so many metres of it.
    ///
    /// # Errors
    /// [`PastDeadline`].
    pub fn holds_point(&self, point: LonLat, tolerance_m: f64, deadline: Deadline) -> Result<bool, PastDeadline> {
        let at = Coord { x: point.0, y: point.1 };
        match self {
            // An outline is walked through once at most.
            Self::Shape(outline) => {
                Ok(unless_too_much(outline.covers(at, tolerance_m, &mut Effort::until(deadline)))?.unwrap_or_default())
            }
            Self::BoundingBox(bbox) => Ok(widened(*bbox, tolerance_m).intersects(&at)),
        }
    }
}

/// An outline with its edges in a tree, so that a position costs a logarithm.
#[derive(Debug)]
pub struct PreparedOutline {
    holes: Vec<LineString<f64>>,
    edges: Edges,
}

/// The place farthest outside that was found, and how far.
struct Farthest {
    found: Option<(f64, Coord<f64>)>,
    effort: Effort,
}

impl PreparedOutline {
    fn new(shape: MultiPolygon<f64>) -> Self {
        let edges = Edges::of(&shape);
        Self { holes: shape.0.into_iter().flat_map(|part| part.into_inner().1).collect(), edges }
    }

    fn outside(&self, shape: &MultiPolygon<f64>, tolerance_m: f64, deadline: Deadline) -> Result<Option<GeometryFault>, Stopped> {
        let mut effort = Effort::new(MAX_STEPS, deadline);
        let mut farthest = Farthest { found: None, effort: Effort::new(SEARCH_STEPS, deadline) };
        match self.look_along(shape, tolerance_m, &mut farthest, &mut effort) {
            // Outside it is, wherever the rest of it lies.
            Err(Stopped::TooMuch) if farthest.found.is_some() => {}
            done => done?,
        }
        if let Some((metres, at)) = farthest.found {
            let message = format!("le tracé sort du département, de {metres:.0} m au plus loin");
            return Ok(Some(GeometryFault::at(Kind::OutsideDepartment, (at.x, at.y), message)));
        }
        self.swallowed(shape, tolerance_m, &mut effort)
    }

    /// First at the positions, among which the farthest mostly is, then along the edges.
    fn look_along(
        &self,
        shape: &MultiPolygon<f64>,
        tolerance_m: f64,
        farthest: &mut Farthest,
        effort: &mut Effort,
    ) -> Result<(), Stopped> {
        for line in rings(shape).flat_map(LineString::lines) {
            // The end is the next edge's start.
            self.look(line.start, tolerance_m, farthest, effort)?;
        }
        for line in rings(shape).flat_map(LineString::lines) {
            self.follow(line, tolerance_m, farthest, effort)?;
        }
        Ok(())
    }

    /// Between two meetings an edge is on one side of the outline. Inside is well; outside, it is followed in steps so short that it cannot
    /// stray from the outline by much more than the tolerance.
    fn follow(&self, line: Line<f64>, tolerance_m: f64, farthest: &mut Farthest, effort: &mut Effort) -> Result<(), Stopped> {
        for piece in self.edges.pieces(line, effort)? {
            if piece.along.is_some() || self.edges.contains(piece.middle, effort)? {
                continue;
            }
            let (from, to) = piece.span;
            let at = |along: f64| line.start + line.delta() * along;
            let (start, end) = (at(from), at(to));
            let length = measure::metres_between((start.x, start.y), (end.x, end.y));
            let step = (tolerance_m / 4.0).max(length / f64::from(MAX_PIECES));
            let pieces = (length / step).ceil().clamp(2.0, f64::from(MAX_PIECES));
            // The middle first, which mostly is the farthest, then the quarters.
            for part in halves(pieces) {
                self.look(at(from + (to - from) * part / pieces), tolerance_m, farthest, effort)?;
            }
        }
        Ok(())
    }

    fn look(&self, at: Coord<f64>, tolerance_m: f64, farthest: &mut Farthest, effort: &mut Effort) -> Result<(), Stopped> {
        if self.covers(at, tolerance_m, effort)? {
            return Ok(());
        }
        // Once a place outside is known, no more is spent on others than people can make use of.
        match self.edges.distance_m(at, &mut farthest.effort) {
            Ok(metres) if farthest.found.is_none_or(|(most, _)| metres > most) => farthest.found = Some((metres, at)),
            Ok(_) => {}
            Err(Stopped::TooMuch) if farthest.found.is_some() => {}
            Err(stopped) => return Err(stopped),
        }
        Ok(())
    }

    /// A shape may enclose land that is not the department's, as Vaucluse lies in Drôme, without an edge leaving the outline.
    fn swallowed(
        &self,
        shape: &MultiPolygon<f64>,
        tolerance_m: f64,
        effort: &mut Effort,
    ) -> Result<Option<GeometryFault>, Stopped> {
        let Some(bounds) = shape.bounding_rect() else { return Ok(None) };
        let mut edges = None;
        for hole in &self.holes {
            effort.spend(hole.0.len())?;
            let Some(rect) = hole.bounding_rect() else { continue };
            let width = measure::metres_between(rect.min().x_y(), rect.max().x_y());
            // A hole thinner than the tolerance on both sides has no place farther than it from the outline.
            if width <= 2.0 * tolerance_m || !bounds.intersects(&rect) {
                continue;
            }
            if edges.is_none() {
                effort.spend(Edges::steps_to_make(shape))?;
            }
            let edges = edges.get_or_insert_with(|| Edges::of(shape));
            for line in hole.lines() {
                for piece in edges.pieces(line, effort)? {
                    let swallowed = match piece.along {
                        // Along the same line, a shape that is in the department has it on the same side.
                        Some(same_direction) => !same_direction,
                        None => edges.contains(piece.middle, effort)?,
                    };
                    if swallowed {
                        let message = "le tracé couvre un terrain qui n’est pas du département";
                        let place = (piece.middle.x, piece.middle.y);
                        return Ok(Some(GeometryFault::at(Kind::OutsideDepartment, place, message)));
                    }
                }
            }
        }
        Ok(None)
    }

    fn covers(&self, at: Coord<f64>, tolerance_m: f64, effort: &mut Effort) -> Result<bool, Stopped> {
        Ok(self.edges.contains(at, effort)? || self.edges.near(at, tolerance_m.max(ROUNDING_M), effort)?)
    }
}

/// The whole numbers from 1 to less than `pieces`, halves before quarters: however soon one stops, all of it was looked at evenly.
fn halves(pieces: f64) -> impl Iterator<Item = f64> {
    let strides = (0..u16::BITS).rev().map(|power| 1_u16 << power);
    let each = strides
        .flat_map(|stride| (1..).step_by(2).map_while(move |odd: u16| odd.checked_mul(stride)).take_while(|at| *at < MAX_PIECES));
    each.map(f64::from).filter(move |at| *at < pieces)
}

fn widened([west, south, east, north]: BBox, tolerance_m: f64) -> geo::Rect<f64> {
    let (x, y) = LocalPlane::at(((west + east) / 2.0, (south + north) / 2.0)).degrees(tolerance_m.max(ROUNDING_M));
    geo::Rect::new((west - x, south - y), (east + x, north + y))
}

/// A box is convex: positions decide for edges.
fn out_of_box(shape: &MultiPolygon<f64>, bbox: BBox, tolerance_m: f64) -> Option<GeometryFault> {
    let rect = widened(bbox, tolerance_m);
    let outside = rings(shape).flat_map(|ring| &ring.0).filter(|at| !rect.intersects(*at));
    let [west, south, east, north] = bbox;
    // How far, in a plane: to find the farthest, whose distance is then measured on the ellipsoid.
    let excess = |at: &Coord<f64>| {
        let nearest = Coord { x: at.x.clamp(west, east), y: at.y.clamp(south, north) };
        let (x, y) = LocalPlane::at((at.x, at.y)).metres(nearest);
        (x * x + y * y, nearest)
    };
    let (at, (_, nearest)) = outside.map(|at| (at, excess(at))).max_by(|(_, a), (_, b)| a.0.total_cmp(&b.0))?;
    let metres = measure::metres_between((at.x, at.y), (nearest.x, nearest.y));
    let message = format!("le tracé sort du rectangle qui entoure le département, de {metres:.0} m au plus loin");
    Some(GeometryFault::at(Kind::OutsideDepartment, (at.x, at.y), message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_looked_at_once_the_middle_first() {
        assert_eq!(halves(8.0).collect::<Vec<_>>(), [4.0, 2.0, 6.0, 1.0, 3.0, 5.0, 7.0]);
        let mut all: Vec<f64> = halves(f64::from(MAX_PIECES)).collect();
        all.sort_by(f64::total_cmp);
        assert_eq!(all, (1..MAX_PIECES).map(f64::from).collect::<Vec<_>>());
    }
}
