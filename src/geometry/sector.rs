//! An area that has passed every check a sector or an outline needs, with all that is stored about it, computed once.
//! Not for the department it must lie in: that is `outline`, since the rules differ by department.

use geo::{Geometry, MultiPolygon};

use super::fault::{GeometryFault, GeometryFaultKind as Kind, LonLat};
use super::geojson::{self, Limits};
use super::measure::{self, BBox};
use super::{simplify, validity};

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
    /// Rounded to seven decimals, rings in RFC 7946 order: exactly what `geojson` says.
    pub shape: MultiPolygon<f64>,
    /// RFC 7946 text. A Polygon stays a Polygon.
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

impl CheckedArea {
    /// Reads and checks the text of a Polygon or MultiPolygon.
    ///
    /// # Errors
    /// Every fault found, at least one. What cannot be read has one only.
    pub fn new(text: &str, rules: &AreaRules) -> Result<Self, Vec<GeometryFault>> {
        let limits = Limits::for_positions(rules.max_positions);
        let geometry = geojson::parse_within(text, limits).map_err(|fault| vec![fault])?;
        Self::from_geometry(geometry, rules)
    }

    /// Checks a geometry already read. Rounding comes first, so that what is stored is what was checked.
    ///
    /// # Errors
    /// As `new`.
    pub fn from_geometry(geometry: Geometry<f64>, rules: &AreaRules) -> Result<Self, Vec<GeometryFault>> {
        let (shape, single) = polygons(geometry).map_err(|fault| vec![fault])?;
        let positions = positions(&shape);
        if positions > rules.max_positions {
            let message = format!("the shape has {positions} positions, more than the {} allowed", rules.max_positions);
            return Err(vec![GeometryFault::new(Kind::TooLarge, message)]);
        }
        let shape = geojson::canonical(&shape);
        validity::check(&shape)?;
        let (Some(centroid), Some(bbox)) = (measure::centroid(&shape), measure::bbox(&shape)) else {
            return Err(vec![GeometryFault::new(Kind::Empty, "the shape has no polygon")]);
        };
        let area_km2 = measure::area_km2(&shape);
        if !measure::has_area(&shape) {
            let message = format!("the area is below {} m²", measure::MIN_AREA_M2);
            return Err(vec![GeometryFault::at(Kind::AreaZero, centroid, message)]);
        }
        if area_km2 > rules.max_area_km2 {
            let message = format!("the area is {area_km2:.3} km², above the {} km² allowed", rules.max_area_km2);
            return Err(vec![GeometryFault::at(Kind::AreaTooLarge, centroid, message)]);
        }
        let geojson = if single {
            geojson::write(&simplify::as_geometry(&shape))
        } else {
            geojson::write(&Geometry::MultiPolygon(shape.clone()))
        };
        let simplified = simplify::versions(&shape);
        Ok(Self { shape, geojson, area_km2, centroid, bbox, simplified })
    }
}

/// The polygons of a geometry, and whether it was a single Polygon.
///
/// # Errors
/// `NotAPolygon` for anything else.
pub fn polygons(geometry: Geometry<f64>) -> Result<(MultiPolygon<f64>, bool), GeometryFault> {
    let other = match geometry {
        Geometry::Polygon(polygon) => return Ok((MultiPolygon(vec![polygon]), true)),
        Geometry::MultiPolygon(shape) => return Ok((shape, false)),
        Geometry::Rect(rect) => return Ok((MultiPolygon(vec![rect.to_polygon()]), true)),
        Geometry::Triangle(triangle) => return Ok((MultiPolygon(vec![triangle.to_polygon()]), true)),
        Geometry::Point(_) => "a Point",
        Geometry::MultiPoint(_) => "a MultiPoint",
        Geometry::Line(_) | Geometry::LineString(_) => "a LineString",
        Geometry::MultiLineString(_) => "a MultiLineString",
        Geometry::GeometryCollection(_) => "a GeometryCollection",
    };
    let message = format!("a Polygon or a MultiPolygon is needed, not {other}");
    Err(GeometryFault::new(Kind::NotAPolygon, message))
}

fn positions(shape: &MultiPolygon<f64>) -> usize {
    let rings = shape.0.iter().flat_map(|part| std::iter::once(part.exterior()).chain(part.interiors()));
    rings.map(|ring| ring.0.len()).sum()
}
