//! Whether one shape holds another, for questions by place. Not for validity, nor for the department that a sector must lie in (`outline`).
//!
//! Not by `geo::Relate`, which keeps a node for every crossing of a line with itself: a line of four thousand positions took gigabytes.

use geo::{BoundingRect, Geometry, Line, LineString, MultiPolygon};

use super::edges::{self, Edges};
use super::effort::{Effort, Stopped};
use super::fault::GeometryFault;
use super::measure::BBox;
use super::{geojson, sector, validity};
use crate::domain::{Deadline, PastDeadline};

/// An area that is asked whether it holds others.
#[derive(Debug)]
pub struct Area {
    edges: Edges,
}

/// What an area is asked to hold: areas, lines and points.
#[derive(Debug)]
pub struct Held {
    area: Option<Edges>,
    lines: Vec<Line<f64>>,
    points: Vec<geo::Coord<f64>>,
}

impl Held {
    /// What a question names. Its polygons must be valid: of others nobody knows what is inside. Lines may cross themselves.
    ///
    /// # Errors
    /// [`PastDeadline`]; the faults of its polygons.
    pub fn of(geometry: &Geometry<f64>, deadline: Deadline) -> Result<Result<Self, Vec<GeometryFault>>, PastDeadline> {
        let (lines, points) = edges::lines_and_points(geometry);
        let shape = geojson::canonical(&sector::parts(geometry));
        if !shape.0.is_empty() {
            let faults = validity::faults(&shape, deadline)?;
            if !faults.is_empty() {
                return Ok(Err(faults));
            }
        }
        let area = (!shape.0.is_empty()).then(|| Edges::of(&shape));
        Ok(Ok(Self { area, lines, points }))
    }

    /// A valid area.
    #[must_use]
    pub fn area(shape: &MultiPolygon<f64>) -> Self {
        // The sides on which its edges have it are told by their direction.
        Self { area: Some(Edges::of(&geojson::canonical(shape))), lines: Vec::new(), points: Vec::new() }
    }
}

impl Area {
    /// A valid area.
    #[must_use]
    pub fn of(shape: &MultiPolygon<f64>) -> Self {
        Self { edges: Edges::of(&geojson::canonical(shape)) }
    }

    /// Whether no point of it is outside the area; boundaries count as inside.
    ///
    /// # Errors
    /// [`Stopped`].
    pub fn covers(&self, held: &Held, effort: &mut Effort) -> Result<bool, Stopped> {
        for point in &held.points {
            if !self.edges.covers(*point, effort)? {
                return Ok(false);
            }
        }
        for line in &held.lines {
            if !self.covers_line(*line, false, effort)? {
                return Ok(false);
            }
        }
        let Some(inner) = &held.area else { return Ok(true) };
        for line in inner.lines() {
            if !self.covers_line(line, true, effort)? {
                return Ok(false);
            }
        }
        // Its edges are held. What lies between them is, too, unless the area has an edge there: a hole, or a bay closed by its parts.
        for line in self.edges.lines() {
            for piece in inner.pieces(line, effort)? {
                if piece.along.is_none() && inner.contains(piece.middle, effort)? {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// Whether a line is held; one that bounds an area must have it on the side on which this one has its own.
    fn covers_line(&self, line: Line<f64>, bounds: bool, effort: &mut Effort) -> Result<bool, Stopped> {
        if line.start == line.end {
            return self.edges.covers(line.start, effort);
        }
        for piece in self.edges.pieces(line, effort)? {
            let held = match piece.along {
                Some(same_direction) => same_direction || !bounds,
                None => self.edges.contains(piece.middle, effort)?,
            };
            if !held {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// West, south, east, north of any geometry; none when it is empty.
pub fn bbox_of(geometry: &Geometry<f64>) -> Option<BBox> {
    let rect = geometry.bounding_rect()?;
    Some([rect.min().x, rect.min().y, rect.max().x, rect.max().y])
}

/// Metres on the ellipsoid along a line.
pub(super) fn length_m(line: &LineString<f64>) -> f64 {
    let ends = |line: Line<f64>| ((line.start.x, line.start.y), (line.end.x, line.end.y));
    line.lines().map(ends).map(|(start, end)| super::measure::metres_between(start, end)).sum()
}
