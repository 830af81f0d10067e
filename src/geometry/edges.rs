//! The edges of a shape in a tree: where a line meets them, on which side of them a point lies, how far they are. A question costs a logarithm
//! and what it finds. Not for whether the shape is valid (`validity`): it must be.

use std::ops::ControlFlow;

use geo::kernels::{Kernel, Orientation, RobustKernel};
use geo::line_intersection::{LineIntersection, line_intersection};
use geo::{Coord, Geometry, Line, LineString, MultiPolygon};
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};

use super::effort::{Effort, Stopped};
use super::measure::{self, LocalPlane};
use super::search;

/// Stretches of an edge shorter than this part of it are rounding: two computed meetings in one place.
const ROUNDING: f64 = 1e-12;

/// Beyond so many metres, distances along an edge are sought on the ellipsoid, step by step, which costs so many steps of ours.
const FAR_M: f64 = 5_000.0;
const FAR: usize = 10_000;

/// Edges in a tree.
#[derive(Debug)]
pub struct Edges {
    tree: RTree<GeomWithData<Rectangle<[f64; 2]>, Line<f64>>>,
}

/// An edge, and where a line meets it.
pub type Meeting = (Line<f64>, LineIntersection<f64>);

/// A piece of a line between two meetings with the edges of a shape.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Piece {
    /// Where it begins and ends, as fractions of the line.
    pub span: (f64, f64),
    /// Its middle.
    pub middle: Coord<f64>,
    /// Whether it runs along an edge, and then whether in the direction of it.
    pub along: Option<bool>,
}

/// The exterior and the holes of every part.
pub fn rings(shape: &MultiPolygon<f64>) -> impl Iterator<Item = &LineString<f64>> {
    shape.0.iter().flat_map(|part| std::iter::once(part.exterior()).chain(part.interiors()))
}

impl Edges {
    /// The edges of a shape.
    #[must_use]
    pub fn of(shape: &MultiPolygon<f64>) -> Self {
        Self::of_lines(rings(shape).flat_map(LineString::lines))
    }

    /// Steps that making them costs.
    #[must_use]
    pub fn steps_to_make(shape: &MultiPolygon<f64>) -> usize {
        rings(shape).map(|ring| ring.0.len()).sum::<usize>().saturating_mul(search::TO_INDEX)
    }

    /// Some edges.
    #[must_use]
    pub fn of_lines(lines: impl Iterator<Item = Line<f64>>) -> Self {
        let boxed = |line: Line<f64>| GeomWithData::new(Rectangle::from_corners(line.start.into(), line.end.into()), line);
        Self { tree: RTree::bulk_load(lines.map(boxed).collect()) }
    }

    /// Edges there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.tree.size()
    }

    /// Whether a point lies inside, by the even-odd rule. On an edge itself it may say either.
    ///
    /// # Errors
    /// [`Stopped`].
    pub fn contains(&self, at: Coord<f64>, effort: &mut Effort) -> Result<bool, Stopped> {
        effort.spend(8)?;
        let east = self.tree.root().envelope().upper()[0];
        if at.x > east {
            return Ok(false);
        }
        let mut inside = false;
        search::meeting(&self.tree, AABB::from_corners([at.x, at.y], [east, at.y]), effort, |edge, _| {
            let Line { start, end } = edge.data;
            // Half open, so that a vertex on the ray counts for one of its two edges.
            if (start.y > at.y) != (end.y > at.y) {
                let (low, high) = if start.y < end.y { (start, end) } else { (end, start) };
                inside ^= RobustKernel::orient2d(low, high, at) == Orientation::CounterClockwise;
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(inside)
    }

    /// Whether a point lies inside or on an edge.
    ///
    /// # Errors
    /// [`Stopped`].
    pub fn covers(&self, at: Coord<f64>, effort: &mut Effort) -> Result<bool, Stopped> {
        let mut is_on_edge = false;
        search::meeting(&self.tree, AABB::from_point(at.into()), effort, |edge, _| {
            // In the box of the edge and on its line: on the edge.
            is_on_edge = RobustKernel::orient2d(edge.data.start, edge.data.end, at) == Orientation::Collinear;
            Ok(if is_on_edge { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })?;
        if is_on_edge { Ok(true) } else { self.contains(at, effort) }
    }

    /// Where a line meets the edges.
    ///
    /// # Errors
    /// [`Stopped`].
    pub fn meetings(&self, line: Line<f64>, effort: &mut Effort) -> Result<Vec<Meeting>, Stopped> {
        let mut found = Vec::new();
        effort.spend(8)?;
        search::meeting(&self.tree, AABB::from_corners(line.start.into(), line.end.into()), effort, |edge, _| {
            found.extend(line_intersection(line, edge.data).map(|meeting| (edge.data, meeting)));
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(found)
    }

    /// The pieces into which the edges cut a line. Pieces within rounding of nothing are left out.
    ///
    /// # Errors
    /// [`Stopped`].
    pub fn pieces(&self, line: Line<f64>, effort: &mut Effort) -> Result<Vec<Piece>, Stopped> {
        let length = line.delta().x.abs() + line.delta().y.abs();
        let mut stops: Vec<f64> = vec![0.0, 1.0];
        let mut shared: Vec<(f64, f64, bool)> = Vec::new();
        if length > 0.0 {
            let fraction = |place: Coord<f64>| {
                let offset = place - line.start;
                ((offset.x.abs() + offset.y.abs()) / length).clamp(0.0, 1.0)
            };
            for (edge, meeting) in self.meetings(line, effort)? {
                match meeting {
                    LineIntersection::SinglePoint { intersection, is_proper: _ } => stops.push(fraction(intersection)),
                    LineIntersection::Collinear { intersection } => {
                        let (a, b) = (fraction(intersection.start), fraction(intersection.end));
                        let (one, other) = (edge.delta(), line.delta());
                        stops.extend([a, b]);
                        shared.push((a.min(b), a.max(b), one.x * other.x + one.y * other.y > 0.0));
                    }
                }
            }
            stops.sort_by(f64::total_cmp);
        }
        let mut pieces = Vec::with_capacity(stops.len() - 1);
        for pair in stops.windows(2) {
            let &[from, to] = pair else { continue };
            if to - from <= ROUNDING {
                continue;
            }
            effort.spend(1 + shared.len())?;
            let half = (from + to) / 2.0;
            let along = shared.iter().find(|(start, end, _)| (*start..=*end).contains(&half)).map(|(_, _, same)| *same);
            pieces.push(Piece { span: (from, to), middle: line.start + line.delta() * half, along });
        }
        Ok(pieces)
    }

    /// Whether an edge lies within so many metres of a point.
    ///
    /// # Errors
    /// [`Stopped`].
    pub fn near(&self, at: Coord<f64>, metres: f64, effort: &mut Effort) -> Result<bool, Stopped> {
        let plane = LocalPlane::at((at.x, at.y));
        effort.spend(8)?;
        let mut is_near = false;
        search::meeting(&self.tree, around(at, &plane, metres), effort, |edge, _| {
            is_near = plane.nearest(edge.data.start, edge.data.end).0 <= metres * metres;
            Ok(if is_near { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })?;
        Ok(is_near)
    }

    /// Metres on the ellipsoid from a point to the nearest edge, if one lies within so many metres.
    ///
    /// # Errors
    /// [`Stopped`].
    pub fn nearest_within(&self, at: Coord<f64>, metres: f64, effort: &mut Effort) -> Result<Option<f64>, Stopped> {
        let plane = LocalPlane::at((at.x, at.y));
        effort.spend(8)?;
        // The box is a filter, a little larger than the plane says; the distance decides.
        let near = search::all_meeting(&self.tree, around(at, &plane, metres * 1.03), effort)?;
        let near: Vec<Line<f64>> = near.into_iter().map(|edge| edge.data).collect();
        if metres > FAR_M {
            effort.spend(FAR)?;
        }
        effort.spend(measure::steps_to_lines(near.len()))?;
        Ok(Some(measure::to_lines((at.x, at.y), || near.iter().copied())).filter(|found| *found <= metres))
    }

    /// Metres on the ellipsoid from a point to the nearest edge; infinite where there is none.
    ///
    /// # Errors
    /// [`Stopped`].
    pub fn distance_m(&self, at: Coord<f64>, effort: &mut Effort) -> Result<f64, Stopped> {
        for metres in [100.0, 1_000.0, FAR_M, 20_000.0, 100_000.0] {
            if let Some(found) = self.nearest_within(at, metres, effort)? {
                return Ok(found);
            }
        }
        effort.spend(measure::steps_to_lines(self.count()).saturating_add(FAR))?;
        Ok(measure::to_lines((at.x, at.y), || self.lines()))
    }

    /// Edges, in no order.
    pub fn lines(&self) -> impl Iterator<Item = Line<f64>> {
        self.tree.iter().map(|edge| edge.data)
    }
}

/// The box that reaches so many metres from a point.
fn around(at: Coord<f64>, plane: &LocalPlane, metres: f64) -> AABB<[f64; 2]> {
    let (east, north) = plane.degrees(metres);
    AABB::from_corners([at.x - east, at.y - north], [at.x + east, at.y + north])
}

/// Every line of a geometry that encloses nothing, and its points.
pub(super) fn lines_and_points(geometry: &Geometry<f64>) -> (Vec<Line<f64>>, Vec<Coord<f64>>) {
    let (mut lines, mut points) = (Vec::new(), Vec::new());
    let mut waiting = vec![geometry];
    while let Some(geometry) = waiting.pop() {
        match geometry {
            Geometry::Point(point) => points.push(point.0),
            Geometry::MultiPoint(many) => points.extend(many.0.iter().map(|point| point.0)),
            Geometry::Line(line) => lines.push(*line),
            Geometry::LineString(line) => lines.extend(line.lines()),
            Geometry::MultiLineString(many) => lines.extend(many.0.iter().flat_map(LineString::lines)),
            Geometry::GeometryCollection(members) => waiting.extend(&members.0),
            Geometry::Polygon(_) | Geometry::MultiPolygon(_) | Geometry::Rect(_) | Geometry::Triangle(_) => {}
        }
    }
    (lines, points)
}
