//! Mends shapes that are drawn badly but whose positions are sound: crossings, retraced lines, holes and parts in each other's way,
//! ring direction. Says what it changed and by how much the area moved. Not for positions out of range or open rings.

use geo::orient::{Direction, Orient};
use geo::{BooleanOps, Coord, LineString, MapCoords, MultiPolygon};

use super::effort::Stopped;
use super::fault::{GeometryFault, GeometryFaultKind as Kind};
use super::geojson::{canonical, rounded as at_seven_decimals};
use super::{measure, validity};
use crate::domain::{Deadline, PastDeadline};

/// Places in which the edges of a shape may meet for it to be mended: mending holds them all in memory.
const MAX_MEETINGS: usize = 5_000;

/// Shapes are mended on the grid that they are rounded to.
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

/// Mends a shape. What is inside a part is decided by the even-odd rule: where one arrives from outside after crossing an odd number
/// of its lines. Parts that overlap or share a line are joined.
///
/// # Errors
/// [`PastDeadline`]; within, the faults that cannot be mended, or those that remain after mending.
pub fn repair(shape: &MultiPolygon<f64>, deadline: Deadline) -> Result<Result<Repair, Vec<GeometryFault>>, PastDeadline> {
    match mend(shape, deadline) {
        Ok(repair) => Ok(Ok(repair)),
        Err(Unmended::Faults(faults)) => Ok(Err(faults)),
        Err(Unmended::Late(past)) => Err(past),
    }
}

/// Why there is no mended shape.
enum Unmended {
    Faults(Vec<GeometryFault>),
    Late(PastDeadline),
}

impl From<PastDeadline> for Unmended {
    fn from(past: PastDeadline) -> Self {
        Self::Late(past)
    }
}

fn mend(shape: &MultiPolygon<f64>, deadline: Deadline) -> Result<Repair, Unmended> {
    deadline.check()?;
    let area_before_m2 = measure::area_m2(shape);
    let mut mended = Vec::new();
    let turned = rings_to_turn(shape);
    if turned > 0 {
        mended.push(Mended::RingsTurned(turned));
    }
    let mut current = at_seven_decimals(shape);
    let faults = validity::faults(&current, deadline)?;
    if faults.iter().any(|fault| !fault.kind.mendable()) {
        return Err(Unmended::Faults(faults));
    }
    if !faults.is_empty() {
        // The cost of mending grows with the crossings, of which no more are listed than people read.
        let met = match validity::meetings(&current, MAX_MEETINGS, deadline) {
            Ok(_) => faults.len() < validity::MAX_FAULTS,
            Err(Stopped::TooMuch) => false,
            Err(Stopped::Late(past)) => return Err(past.into()),
        };
        if !met {
            let mut all = vec![GeometryFault::new(Kind::TooLarge, "le tracé a trop de défauts pour être réparé")];
            all.extend(faults);
            return Err(Unmended::Faults(all));
        }
        current = untangle(&current, deadline)?;
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
    let current = canonical(&current);
    let left = validity::faults(&current, deadline)?;
    if !left.is_empty() {
        return Err(Unmended::Faults(left));
    }
    let area_after_m2 = measure::area_m2(&current);
    if !measure::has_area(&current) {
        return Err(Unmended::Faults(vec![no_area()]));
    }
    Ok(Repair { shape: current, mended, area_before_m2, area_after_m2 })
}

/// Each part by itself first, then parts in each other's way joined; rounding between the steps, until nothing is left to mend.
fn untangle(shape: &MultiPolygon<f64>, deadline: Deadline) -> Result<MultiPolygon<f64>, Unmended> {
    let mut parts: Vec<MultiPolygon<f64>> = Vec::new();
    for part in on_grid(shape) {
        deadline.check()?;
        parts.push(even_odd(&MultiPolygon(vec![part])));
    }
    let mut current: MultiPolygon<f64> = parts.iter().flatten().cloned().collect();
    if !validity::faults(&off_grid(&current), deadline)?.is_empty() {
        current = joined(parts, deadline)?;
    }
    let mut faults = Vec::new();
    for _ in 0..=ATTEMPTS {
        let result = off_grid(&current);
        if result.0.is_empty() {
            return Err(Unmended::Faults(vec![no_area()]));
        }
        faults = validity::faults(&result, deadline)?;
        if faults.is_empty() {
            return Ok(result);
        }
        current = even_odd(&current);
    }
    Err(Unmended::Faults(faults))
}

/// What lies behind an odd number of lines, as valid polygons up to rounding.
///
/// A union with nothing, and not `geo::MakeValid`: on twelve thousand tangled shapes held against a reference, that one lost or added
/// area in 129 and this in 9. It also snaps positions within 0.0001 units, which is eleven metres when the unit is a degree.
fn even_odd(shape: &MultiPolygon<f64>) -> MultiPolygon<f64> {
    rounded(shape.union(&MultiPolygon(Vec::new())))
}

/// Two by two, so that no part is walked through more often than the logarithm of their number. Not `geo::unary_union`, which counts
/// windings and trips over parts that share vertices.
fn joined(mut parts: Vec<MultiPolygon<f64>>, deadline: Deadline) -> Result<MultiPolygon<f64>, PastDeadline> {
    while parts.len() > 1 {
        deadline.check()?;
        let pairs = parts.chunks(2).map(|pair| match pair {
            // The union wants valid shapes, which rounding may have spoilt.
            [one, other] => even_odd(&rounded(one.union(other))),
            rest => rest.iter().flatten().cloned().collect(),
        });
        parts = pairs.collect();
    }
    Ok(parts.pop().unwrap_or_else(|| MultiPolygon(Vec::new())))
}

fn on_grid(shape: &MultiPolygon<f64>) -> MultiPolygon<f64> {
    rounded(shape.map_coords(|Coord { x, y }| Coord { x: x * UNITS_PER_DEGREE, y: y * UNITS_PER_DEGREE }))
}

fn off_grid(shape: &MultiPolygon<f64>) -> MultiPolygon<f64> {
    canonical(&shape.map_coords(|Coord { x, y }| Coord { x: x / UNITS_PER_DEGREE, y: y / UNITS_PER_DEGREE }))
}

fn rounded(shape: MultiPolygon<f64>) -> MultiPolygon<f64> {
    without_collapsed(shape.map_coords(|Coord { x, y }| Coord { x: x.round(), y: y.round() }))
}

fn no_area() -> GeometryFault {
    GeometryFault::new(Kind::AreaZero, "rien qui ait une surface ne reste après la réparation")
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
