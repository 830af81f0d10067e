//! The land of a department, prepared for the question whether a sector lies in it, with a tolerance for coasts and borders.
//! Where no outline is loaded its bounding box stands in. Not for reading or storing outlines.

use geo::line_intersection::line_intersection;
use geo::{BoundingRect, Coord, Intersects, Line, LineString, MultiPolygon};
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};

use super::fault::{GeometryFault, GeometryFaultKind as Kind, LonLat};
use super::measure::{self, BBox, LocalPlane};

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

    /// Whether the shape lies within the outline or within so many metres of it, edges included.
    ///
    /// # Errors
    /// `OutsideDepartment` at the first place found outside.
    pub fn holds(&self, shape: &MultiPolygon<f64>, tolerance_m: f64) -> Result<(), GeometryFault> {
        match self {
            Self::Shape(outline) => outline.holds(shape, tolerance_m),
            Self::BoundingBox(bbox) => in_box(shape, *bbox, tolerance_m),
        }
    }

    /// Whether a point, such as a school's position, lies within the outline or within so many metres of it.
    pub fn holds_point(&self, point: LonLat, tolerance_m: f64) -> bool {
        let at = Coord { x: point.0, y: point.1 };
        match self {
            Self::Shape(outline) => outline.covers(at, tolerance_m),
            Self::BoundingBox(bbox) => widened(*bbox, tolerance_m).intersects(&at),
        }
    }
}

/// An outline with its edges in a tree, so that a position costs a logarithm.
#[derive(Debug)]
pub struct PreparedOutline {
    shape: MultiPolygon<f64>,
    edges: RTree<GeomWithData<Rectangle<[f64; 2]>, Line<f64>>>,
    east: f64,
}

impl PreparedOutline {
    fn new(shape: MultiPolygon<f64>) -> Self {
        let edges = rings(&shape).flat_map(LineString::lines).map(|line| {
            let corners = Rectangle::from_corners(line.start.into(), line.end.into());
            GeomWithData::new(corners, line)
        });
        let edges = RTree::bulk_load(edges.collect());
        let east = shape.bounding_rect().map_or(0.0, |rect| rect.max().x);
        Self { shape, edges, east }
    }

    fn holds(&self, shape: &MultiPolygon<f64>, tolerance_m: f64) -> Result<(), GeometryFault> {
        for ring in rings(shape) {
            for line in ring.lines() {
                self.holds_edge(line, tolerance_m)?;
            }
        }
        self.holds_no_enclave(shape, tolerance_m)
    }

    fn holds_edge(&self, line: Line<f64>, tolerance_m: f64) -> Result<(), GeometryFault> {
        let covered = |at: Coord<f64>| {
            if self.covers(at, tolerance_m) { Ok(()) } else { Err(self.outside(at)) }
        };
        covered(line.start)?;
        covered(line.end)?;
        // Between two crossings an edge is on one side of the outline. Inside is well; outside, it is followed in steps so short
        // that it cannot stray from the outline by much more than the tolerance.
        let stops = self.stops(line);
        let at = |along: f64| line.start + line.delta() * along;
        for pair in stops.windows(2) {
            let &[from, to] = pair else { continue };
            if self.contains(at((from + to) / 2.0)) {
                continue;
            }
            let (start, end) = (at(from), at(to));
            let length = measure::metres_between((start.x, start.y), (end.x, end.y));
            let step = (tolerance_m / 4.0).max(length / f64::from(MAX_PIECES));
            let pieces = (length / step).ceil().clamp(1.0, f64::from(MAX_PIECES));
            let mut piece = 1.0;
            while piece < pieces {
                covered(at(from + (to - from) * piece / pieces))?;
                piece += 1.0;
            }
        }
        Ok(())
    }

    /// Where an edge meets the outline, as fractions of its length, with both its ends.
    fn stops(&self, line: Line<f64>) -> Vec<f64> {
        let mut stops = vec![0.0, 1.0];
        let length = line.delta().x.abs() + line.delta().y.abs();
        if length > 0.0 {
            let envelope = AABB::from_corners(line.start.into(), line.end.into());
            for edge in self.edges.locate_in_envelope_intersecting(envelope) {
                let meeting = line_intersection(line, edge.data);
                for place in meeting.into_iter().flat_map(places) {
                    let offset = place - line.start;
                    stops.push(((offset.x.abs() + offset.y.abs()) / length).clamp(0.0, 1.0));
                }
            }
        }
        stops.sort_by(f64::total_cmp);
        stops
    }

    /// A shape may enclose land that is not the department's, as Vaucluse lies in Drôme, without an edge leaving the outline.
    fn holds_no_enclave(&self, shape: &MultiPolygon<f64>, tolerance_m: f64) -> Result<(), GeometryFault> {
        for hole in self.shape.0.iter().flat_map(|part| part.interiors()) {
            let Some(rect) = hole.bounding_rect() else { continue };
            let width = measure::metres_between(rect.min().x_y(), rect.max().x_y());
            // A hole thinner than the tolerance on both sides has no place farther than it from the outline.
            if width <= 2.0 * tolerance_m || !shape.intersects(&rect) {
                continue;
            }
            let swallowed = hole.0.iter().find(|at| shape.intersects(*at));
            if let Some(at) = swallowed {
                let message = "the shape covers land that is not the department's";
                return Err(GeometryFault::at(Kind::OutsideDepartment, (at.x, at.y), message));
            }
        }
        Ok(())
    }

    fn covers(&self, at: Coord<f64>, tolerance_m: f64) -> bool {
        self.contains(at) || self.near(at, tolerance_m)
    }

    /// Counts the edges that a ray to the east crosses.
    fn contains(&self, at: Coord<f64>) -> bool {
        if at.x > self.east {
            return false;
        }
        let ray = AABB::from_corners([at.x, at.y], [self.east, at.y]);
        let crossed = self.edges.locate_in_envelope_intersecting(ray).filter(|edge| {
            let Line { start, end } = edge.data;
            // Half open, so that a vertex on the ray counts for one of its two edges.
            (start.y > at.y) != (end.y > at.y) && at.x < start.x + (at.y - start.y) / (end.y - start.y) * (end.x - start.x)
        });
        crossed.count() % 2 == 1
    }

    fn near(&self, at: Coord<f64>, tolerance_m: f64) -> bool {
        let tolerance_m = tolerance_m.max(ROUNDING_M);
        let plane = LocalPlane::at((at.x, at.y));
        let (east, north) = plane.degrees(tolerance_m);
        let envelope = AABB::from_corners([at.x - east, at.y - north], [at.x + east, at.y + north]);
        let mut edges = self.edges.locate_in_envelope_intersecting(envelope);
        edges.any(|edge| plane.nearest(edge.data.start, edge.data.end).0 <= tolerance_m * tolerance_m)
    }

    fn outside(&self, at: Coord<f64>) -> GeometryFault {
        let place = (at.x, at.y);
        let message = format!("the shape is outside the department by {:.0} m", measure::distance_m(place, &self.shape));
        GeometryFault::at(Kind::OutsideDepartment, place, message)
    }
}

fn places(meeting: geo::line_intersection::LineIntersection<f64>) -> Vec<Coord<f64>> {
    use geo::line_intersection::LineIntersection::{Collinear, SinglePoint};
    match meeting {
        SinglePoint { intersection, is_proper: _ } => vec![intersection],
        Collinear { intersection } => vec![intersection.start, intersection.end],
    }
}

fn rings(shape: &MultiPolygon<f64>) -> impl Iterator<Item = &LineString<f64>> {
    shape.0.iter().flat_map(|part| std::iter::once(part.exterior()).chain(part.interiors()))
}

fn widened([west, south, east, north]: BBox, tolerance_m: f64) -> geo::Rect<f64> {
    let (x, y) = LocalPlane::at(((west + east) / 2.0, (south + north) / 2.0)).degrees(tolerance_m.max(ROUNDING_M));
    geo::Rect::new((west - x, south - y), (east + x, north + y))
}

/// A box is convex: positions decide for edges.
fn in_box(shape: &MultiPolygon<f64>, bbox: BBox, tolerance_m: f64) -> Result<(), GeometryFault> {
    let rect = widened(bbox, tolerance_m);
    match rings(shape).flat_map(|ring| &ring.0).find(|at| !rect.intersects(*at)) {
        None => Ok(()),
        Some(at) => {
            let message = "the shape is outside the department's bounding box";
            Err(GeometryFault::at(Kind::OutsideDepartment, (at.x, at.y), message))
        }
    }
}
