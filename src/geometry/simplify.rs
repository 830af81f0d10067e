//! Coarser versions of a shape, for maps at small scale. Each is valid; one that would not be is left out, and the finer one serves.
//! Not for areas nor for containment, which use the full shape.

use geo::{Coord, Geometry, LineString, MapCoords, MultiPolygon, Polygon, Simplify};

use super::geojson::{canonical, write};
use super::measure::{self, LocalPlane};
use super::validity;

/// The tolerances in metres of the stored versions.
pub const TOLERANCES_M: [u16; 4] = [10, 50, 250, 1000];

/// The versions at `TOLERANCES_M`, as GeoJSON text. A version equal to the finer one before it (or to the full shape) is left out:
/// `pick` finds what to serve. `shape` is valid and canonical.
pub fn versions(shape: &MultiPolygon<f64>) -> Vec<(u16, String)> {
    let mut kept = Vec::new();
    let mut finer = shape.clone();
    for tolerance in TOLERANCES_M {
        // From the full shape each time, so that errors do not add up.
        if let Some(version) = simplified(shape, f64::from(tolerance))
            && version != finer
        {
            kept.push((tolerance, write(&as_geometry(&version))));
            finer = version;
        }
    }
    kept
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
pub fn simplified(shape: &MultiPolygon<f64>, tolerance_m: f64) -> Option<MultiPolygon<f64>> {
    let plane = LocalPlane::at(measure::centroid(shape)?);
    let (east, north) = plane.degrees(1.0);
    let parts = shape.0.iter().filter_map(|part| {
        let exterior = ring(part.exterior(), (east, north), tolerance_m)?;
        let holes = part.interiors().iter().filter_map(|hole| ring(hole, (east, north), tolerance_m));
        Some(Polygon::new(exterior, holes.collect()))
    });
    let version = canonical(&MultiPolygon(parts.collect()));
    // An empty shape is not valid either.
    validity::check(&version).is_ok().then_some(version)
}

/// One ring simplified in metres, or None when it collapses.
fn ring(line: &LineString<f64>, (east, north): (f64, f64), tolerance_m: f64) -> Option<LineString<f64>> {
    let in_metres = line.map_coords(|Coord { x, y }| Coord { x: x / east, y: y / north });
    let simple = in_metres.simplify(tolerance_m);
    let area = geo::Area::unsigned_area(&Polygon::new(simple.clone(), Vec::new()));
    if simple.0.len() < 4 || area < tolerance_m * tolerance_m {
        return None;
    }
    Some(simple.map_coords(|Coord { x, y }| Coord { x: x * east, y: y * north }))
}
