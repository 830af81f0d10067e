//! An area that has passed every check a sector or an outline needs, with all that is stored about it, computed once.
//! Not for the department it must lie in: that is `outline`, since the rules differ by department.

use std::fmt;

use geo::{Geometry, LineString, MultiPolygon, Polygon};

use super::edges::rings;
use super::fault::{GeometryFault, GeometryFaultKind as Kind, LonLat};
use super::geojson::{self, Limits};
use super::measure::{self, BBox};
use super::{place, simplify, validity};
use crate::domain::{Deadline, PastDeadline};

/// What an area may measure at most.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AreaRules {
    /// Square kilometres.
    pub max_area_km2: f64,
    /// Positions, the closing one of each ring included.
    pub max_positions: usize,
}

/// A valid area.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckedArea {
    /// In its canonical form (`geojson::canonical`): exactly what `geojson` says.
    pub shape: MultiPolygon<f64>,
    /// RFC 7946 text: a Polygon where there is one part. The same shape is the same text, however it was drawn.
    pub geojson: String,
    /// Geodesic, square kilometres.
    pub area_km2: f64,
    /// Centre of mass; not always inside.
    pub centroid: LonLat,
    /// West, south, east, north.
    pub bbox: BBox,
    /// Coarser versions by tolerance in metres; see `simplify::versions` and `simplify::pick`.
    pub simplified: Vec<(u16, String)>,
}

/// An area that has not passed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Unsound {
    /// Every fault found, at least one.
    pub faults: Vec<GeometryFault>,
    /// As drawn, at the decimals that are kept, where it could be read: for whoever looks for further faults. Not to be measured.
    pub drawn: Option<MultiPolygon<f64>>,
}

impl From<GeometryFault> for Unsound {
    fn from(fault: GeometryFault) -> Self {
        Self { faults: fault.all(), drawn: None }
    }
}

/// What came of an examination that was not cut short.
pub type Checked = Result<CheckedArea, Unsound>;

impl CheckedArea {
    /// Reads and checks the text of a Polygon or MultiPolygon, or of a GeometryCollection of nothing else.
    ///
    /// # Errors
    /// [`PastDeadline`]; within, every fault found.
    pub fn new(text: &str, rules: &AreaRules, deadline: Deadline) -> Result<Checked, PastDeadline> {
        let limits = Limits::for_positions(rules.max_positions);
        match geojson::parse_within(text, limits) {
            Ok(geometry) => Self::from_geometry(geometry, rules, deadline),
            Err(fault) => Ok(Err(fault.into())),
        }
    }

    /// Checks a geometry already read. Rounding comes first, so that what is stored is what was checked.
    ///
    /// # Errors
    /// As `new`.
    pub fn from_geometry(geometry: Geometry<f64>, rules: &AreaRules, deadline: Deadline) -> Result<Checked, PastDeadline> {
        let shape = match polygons(geometry) {
            Ok(shape) => shape,
            Err(fault) => return Ok(Err(fault.into())),
        };
        let positions = positions(&shape);
        if positions > rules.max_positions {
            let message = format!("le tracé a {positions} positions, plus que les {} permises", rules.max_positions);
            return Ok(Err(GeometryFault::new(Kind::TooLarge, message).into()));
        }
        // As drawn: faults name rings and parts by their numbers there.
        let drawn = geojson::rounded(&shape);
        let mut faults = validity::faults(&drawn, deadline)?;
        deadline.check()?;
        let (Some(centroid), Some(bbox)) = (measure::centroid(&drawn), measure::bbox(&drawn)) else {
            if faults.is_empty() {
                faults.push(GeometryFault::new(Kind::Empty, "le tracé n’a pas de polygone"));
            }
            return Ok(Err(Unsound { faults, drawn: None }));
        };
        let area_km2 = measure::area_km2(&drawn);
        if faults.is_empty() && !measure::has_area(&drawn) {
            let message = format!("la surface est de moins de {} m²", measure::MIN_AREA_M2);
            faults.push(GeometryFault::at(Kind::AreaZero, centroid, message));
        }
        if area_km2 > rules.max_area_km2 {
            let message = format!("la surface est de {area_km2:.3} km², plus que les {} km² permis", rules.max_area_km2);
            faults.push(GeometryFault::at(Kind::AreaTooLarge, centroid, message));
        }
        if !faults.is_empty() {
            return Ok(Err(Unsound { faults, drawn: Some(drawn) }));
        }
        deadline.check()?;
        let shape = geojson::canonical(&drawn);
        // Measured in the canonical form, so that the same shape has the same figures to the last bit.
        let (area_km2, centroid) = (measure::area_km2(&shape), measure::centroid(&shape).unwrap_or(centroid));
        let geojson = geojson::write(&simplify::as_geometry(&shape));
        let simplified = simplify::versions(&shape, deadline)?;
        Ok(Ok(Self { shape, geojson, area_km2, centroid, bbox, simplified }))
    }
}

/// The polygons of a geometry that is nothing else.
///
/// # Errors
/// `NotAPolygon` for what has none, `MoreThanPolygons` for a collection with others beside them.
pub fn polygons(geometry: Geometry<f64>) -> Result<MultiPolygon<f64>, GeometryFault> {
    let other = match geometry {
        Geometry::Polygon(polygon) => return Ok(MultiPolygon(vec![polygon])),
        Geometry::MultiPolygon(shape) => return Ok(shape),
        Geometry::Rect(rect) => return Ok(MultiPolygon(vec![rect.to_polygon()])),
        Geometry::Triangle(triangle) => return Ok(MultiPolygon(vec![triangle.to_polygon()])),
        Geometry::GeometryCollection(_) => {
            let (shape, aside) = (parts(&geometry), aside(&geometry));
            match (shape.0.is_empty(), aside.first()) {
                (false, None) => return Ok(shape),
                (false, Some(first)) => {
                    let message = format!(
                        "la GeometryCollection contient, outre ses polygones, {first} ; il faut un Polygon ou un MultiPolygon"
                    );
                    return Err(GeometryFault::new(Kind::MoreThanPolygons, message));
                }
                (true, _) => "une GeometryCollection sans polygone",
            }
        }
        Geometry::Point(_) => "un Point",
        Geometry::MultiPoint(_) => "un MultiPoint",
        Geometry::Line(_) | Geometry::LineString(_) => "une LineString",
        Geometry::MultiLineString(_) => "une MultiLineString",
    };
    let message = format!("il faut un Polygon ou un MultiPolygon, et non {other}");
    Err(GeometryFault::new(Kind::NotAPolygon, message))
}

/// Every polygon in a geometry, those of collections too.
pub(super) fn parts(geometry: &Geometry<f64>) -> MultiPolygon<f64> {
    let mut parts: Vec<Polygon<f64>> = Vec::new();
    let mut waiting = vec![geometry];
    while let Some(geometry) = waiting.pop() {
        match geometry {
            Geometry::Polygon(polygon) => parts.push(polygon.clone()),
            Geometry::MultiPolygon(shape) => parts.extend(shape.0.iter().cloned()),
            Geometry::Rect(rect) => parts.push(rect.to_polygon()),
            Geometry::Triangle(triangle) => parts.push(triangle.to_polygon()),
            Geometry::GeometryCollection(members) => waiting.extend(members.0.iter().rev()),
            Geometry::Point(_)
            | Geometry::MultiPoint(_)
            | Geometry::Line(_)
            | Geometry::LineString(_)
            | Geometry::MultiLineString(_) => {}
        }
    }
    MultiPolygon(parts)
}

/// What stands beside the polygons of a collection: programs that mend shapes leave such lines and points over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Aside {
    /// A line, and its length in metres.
    Line(f64),
    /// A point.
    Point(LonLat),
}

impl fmt::Display for Aside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(metres) => write!(f, "une ligne de {metres:.0} m"),
            Self::Point((longitude, latitude)) => write!(f, "un point en {longitude}, {latitude}"),
        }
    }
}

/// The polygons of a collection, and what was left aside. Anything else than a collection with a polygon comes back as it was.
#[must_use]
pub fn polygons_of_collection(geometry: Geometry<f64>) -> (Geometry<f64>, Vec<Aside>) {
    let Geometry::GeometryCollection(_) = &geometry else { return (geometry, Vec::new()) };
    let shape = parts(&geometry);
    if shape.0.is_empty() { (geometry, Vec::new()) } else { (Geometry::MultiPolygon(shape), aside(&geometry)) }
}

fn aside(geometry: &Geometry<f64>) -> Vec<Aside> {
    let mut found = Vec::new();
    let mut waiting = vec![geometry];
    let line = |line: &LineString<f64>| Aside::Line(place::length_m(line));
    while let Some(geometry) = waiting.pop() {
        match geometry {
            Geometry::Point(point) => found.push(Aside::Point((point.x(), point.y()))),
            Geometry::MultiPoint(many) => found.extend(many.0.iter().map(|point| Aside::Point((point.x(), point.y())))),
            Geometry::Line(one) => found.push(line(&LineString(vec![one.start, one.end]))),
            Geometry::LineString(one) => found.push(line(one)),
            Geometry::MultiLineString(many) => found.extend(many.0.iter().map(line)),
            Geometry::GeometryCollection(members) => waiting.extend(members.0.iter().rev()),
            Geometry::Polygon(_) | Geometry::MultiPolygon(_) | Geometry::Rect(_) | Geometry::Triangle(_) => {}
        }
    }
    found
}

fn positions(shape: &MultiPolygon<f64>) -> usize {
    rings(shape).map(|ring| ring.0.len()).sum()
}
