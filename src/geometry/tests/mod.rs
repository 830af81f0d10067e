//! Tests of the room, by subject.

mod areas;
mod inputs;
mod measures;
mod outlines;
mod properties;
mod real_data;
mod references;
mod repairs;
mod validities;

use geo::{LineString, MultiPolygon, Polygon};

use super::fault::{GeometryFault, GeometryFaultKind};

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

fn kinds(faults: &[GeometryFault]) -> Vec<GeometryFaultKind> {
    faults.iter().map(|fault| fault.kind).collect()
}
