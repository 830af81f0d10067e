//! Tests of the room, by subject.

mod areas;
mod forms;
mod hostile;
mod inputs;
mod measures;
mod outlines;
mod places;
mod properties;
mod real_data;
mod references;
mod repairs;
mod validities;

use geo::{LineString, MultiPolygon, Polygon};

use super::fault::{GeometryFault, GeometryFaultKind};
use super::{AreaRules, CheckedArea, Repair, repair, validity};
use crate::domain::Deadline;

/// A polygon from its rings.
fn polygon(rings: &[&[(f64, f64)]]) -> Polygon<f64> {
    let mut rings = rings.iter().map(|ring| LineString::from(ring.to_vec()));
    let exterior = rings.next().unwrap();
    Polygon::new(exterior, rings.collect())
}

/// One part from its rings.
fn shape(rings: &[&[(f64, f64)]]) -> MultiPolygon<f64> {
    MultiPolygon(vec![polygon(rings)])
}

/// A square by its south-western corner, counter-clockwise and closed.
fn square(x: f64, y: f64, side: f64) -> Vec<(f64, f64)> {
    vec![(x, y), (x + side, y), (x + side, y + side), (x, y + side), (x, y)]
}

/// The same, clockwise.
fn hole(x: f64, y: f64, side: f64) -> Vec<(f64, f64)> {
    square(x, y, side).into_iter().rev().collect()
}

/// What is wrong with a shape, however long it takes.
fn faults(shape: &MultiPolygon<f64>) -> Vec<GeometryFault> {
    validity::faults(shape, Deadline::NEVER).unwrap()
}

/// A text, examined.
fn area(text: &str, rules: &AreaRules) -> Result<CheckedArea, Vec<GeometryFault>> {
    CheckedArea::new(text, rules, Deadline::NEVER).unwrap().map_err(|unsound| unsound.faults)
}

/// A geometry, examined.
fn area_of(geometry: geo::Geometry<f64>, rules: &AreaRules) -> Result<CheckedArea, Vec<GeometryFault>> {
    CheckedArea::from_geometry(geometry, rules, Deadline::NEVER).unwrap().map_err(|unsound| unsound.faults)
}

fn mend(shape: &MultiPolygon<f64>) -> Result<Repair, Vec<GeometryFault>> {
    repair::repair(shape, Deadline::NEVER).unwrap()
}

/// A comb that stands on its back: so many teeth to the north, each four positions. Valid, and all its teeth are as long as the last.
fn comb(teeth: u32, (west, south): (f64, f64), (width, height): (f64, f64)) -> MultiPolygon<f64> {
    let step = width / f64::from(teeth);
    let mut ring = vec![(west, south), (west + width, south)];
    for tooth in (0..teeth).rev() {
        let x = west + f64::from(tooth) * step;
        let (low, high) = (south + height * 0.1, south + height);
        ring.extend([(x + step * 0.6, low), (x + step * 0.6, high), (x, high), (x, low)]);
    }
    ring.push((west, south));
    MultiPolygon(vec![Polygon::new(LineString::from(ring), vec![])])
}

/// The same, its teeth to the east.
fn comb_to_the_east(teeth: u32, (west, south): (f64, f64), (width, height): (f64, f64)) -> MultiPolygon<f64> {
    use geo::MapCoords;
    let upright = comb(teeth, (0.0, 0.0), (height, width));
    upright.map_coords(|geo::Coord { x, y }| geo::Coord { x: west + y, y: south + x })
}

fn kinds(faults: &[GeometryFault]) -> Vec<GeometryFaultKind> {
    faults.iter().map(|fault| fault.kind).collect()
}
