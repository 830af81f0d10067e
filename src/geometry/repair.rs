//! Mends shapes that are drawn badly but whose positions are sound: crossings, retraced lines, holes and parts in each other's way,
//! ring direction. Says what it changed and by how much the area moved. Not for positions out of range or open rings.

use geo::orient::{Direction, Orient};
use geo::{Coord, LineString, MakeValid, MapCoords, MultiPolygon};

use super::fault::{GeometryFault, GeometryFaultKind as Kind};
use super::geojson::canonical;
use super::{measure, validity};

/// `geo`'s `make_valid` snaps positions closer than 0.0001 units to each other: eleven metres, were the unit a degree. In units of
/// 1e-7 degrees, the grid that shapes are rounded to, it snaps nothing.
const UNITS_PER_DEGREE: f64 = 1e7;

/// Rounding the mended shape may make it touch itself again; then it is mended again.
const ATTEMPTS: usize = 3;

/// One thing that was changed.
#[derive(Clone, Debug, PartialEq)]
pub enum Mended {
    /// So many rings ran against RFC 7946 and were turned.
    RingsTurned(usize),
    /// This fault of the shape as drawn is gone.
    Untangled(GeometryFault),
    /// So many parts of less than `measure::MIN_AREA_M2` each, left over by untangling, were dropped.
    SliversDropped(usize),
    /// The shape has another number of parts than before.
    PartsChanged {
        /// Parts as drawn.
        before: usize,
        /// Parts now.
        after: usize,
    },
}

/// A mended shape.
#[derive(Clone, Debug, PartialEq)]
pub struct Repair {
    /// Valid and canonical.
    pub shape: MultiPolygon<f64>,
    /// What was changed; empty when there was nothing to mend.
    pub mended: Vec<Mended>,
    /// Square metres as drawn. For an invalid shape: what its rings enclose as drawn, where the lobes of a figure of eight subtract
    /// from each other (`measure::area_m2`).
    pub area_before_m2: f64,
    /// Square metres now.
    pub area_after_m2: f64,
}

/// Mends a shape. What is inside is decided by the even-odd rule: the side on which one arrives after crossing an odd number of
/// lines, however often they were drawn.
///
/// # Errors
/// The faults that cannot be mended, or those that remain after mending.
pub fn repair(shape: &MultiPolygon<f64>) -> Result<Repair, Vec<GeometryFault>> {
    let area_before_m2 = measure::area_m2(shape);
    let mut mended = Vec::new();
    let turned = rings_to_turn(shape);
    if turned > 0 {
        mended.push(Mended::RingsTurned(turned));
    }
    let mut current = canonical(shape);
    let faults = validity::faults(&current);
    if faults.iter().any(|fault| !fault.kind.mendable()) || faults.len() >= validity::MAX_FAULTS {
        return Err(faults);
    }
    if !faults.is_empty() {
        current = untangle(&current)?;
        let before = current.0.len();
        let large: Vec<_> = current.0.iter().filter(|part| has_area(part)).cloned().collect();
        if !large.is_empty() && large.len() < before {
            current = MultiPolygon(large);
        }
        let slivers = before - current.0.len();
        mended.extend(faults.into_iter().map(Mended::Untangled));
        if slivers > 0 {
            mended.push(Mended::SliversDropped(slivers));
        }
        if current.0.len() != shape.0.len() {
            mended.push(Mended::PartsChanged { before: shape.0.len(), after: current.0.len() });
        }
    }
    validity::check(&current)?;
    let area_after_m2 = measure::area_m2(&current);
    if !measure::has_area(&current) {
        return Err(vec![GeometryFault::new(Kind::AreaZero, "nothing with an area is left after mending")]);
    }
    Ok(Repair { shape: current, mended, area_before_m2, area_after_m2 })
}

fn untangle(shape: &MultiPolygon<f64>) -> Result<MultiPolygon<f64>, Vec<GeometryFault>> {
    let scaled = |factor: f64| move |Coord { x, y }| Coord { x: x * factor, y: y * factor };
    let mut current = shape.clone();
    let mut faults = Vec::new();
    for _ in 0..ATTEMPTS {
        let grid = current.map_coords(scaled(UNITS_PER_DEGREE)).map_coords(|at| Coord { x: at.x.round(), y: at.y.round() });
        let valid = grid.make_valid().map_err(|error| {
            vec![GeometryFault::new(Kind::SelfIntersection, format!("the shape could not be mended: {error}"))]
        })?;
        current = without_collapsed(canonical(&valid.map_coords(scaled(1.0 / UNITS_PER_DEGREE))));
        faults = validity::faults(&current);
        if faults.is_empty() {
            return Ok(current);
        }
    }
    Err(faults)
}

/// Parts and holes that rounding made into lines or points enclose nothing.
fn without_collapsed(shape: MultiPolygon<f64>) -> MultiPolygon<f64> {
    let whole = |ring: &LineString<f64>| ring.0.len() >= 4;
    let parts = shape.0.into_iter().map(geo::Polygon::into_inner).filter(|(exterior, _)| whole(exterior));
    let parts = parts.map(|(exterior, mut holes)| {
        holes.retain(whole);
        geo::Polygon::new(exterior, holes)
    });
    MultiPolygon(parts.collect())
}

fn rings_to_turn(shape: &MultiPolygon<f64>) -> usize {
    let rings = |shape: &MultiPolygon<f64>| -> Vec<LineString<f64>> {
        shape.0.iter().flat_map(|part| std::iter::once(part.exterior()).chain(part.interiors())).cloned().collect()
    };
    rings(shape).iter().zip(rings(&shape.orient(Direction::Default))).filter(|(a, b)| *a != b).count()
}

fn has_area(part: &geo::Polygon<f64>) -> bool {
    measure::has_area(&MultiPolygon(vec![part.clone()]))
}
