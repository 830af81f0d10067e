//! Mending.

use geo::MultiPolygon;

use super::{faults, hole, kinds, mend, polygon, shape, square};
use crate::geometry::measure::area_m2;
use crate::geometry::{GeometryFaultKind, Mended};

#[test]
fn what_is_sound_is_left_alone() {
    let sound = shape(&[&square(5.0, 43.0, 0.01)]);
    let done = mend(&sound).unwrap();
    assert_eq!((done.shape, done.mended), (sound, vec![]));
    assert_eq!(done.area_before_m2, done.area_after_m2);
}

#[test]
fn rings_are_turned_and_counted() {
    let done = mend(&shape(&[&hole(5.0, 43.0, 0.01), &square(5.002, 43.002, 0.002)])).unwrap();
    assert_eq!(done.mended, [Mended::RingsTurned(2)]);
    assert!((done.area_before_m2 - done.area_after_m2).abs() < 1e-3);
}

#[test]
fn a_bow_tie_becomes_two_triangles() {
    let tie = shape(&[&[(5.0, 43.0), (5.02, 43.02), (5.02, 43.0), (5.0, 43.02), (5.0, 43.0)]]);
    let done = mend(&tie).unwrap();
    assert_eq!(faults(&done.shape), []);
    assert_eq!(done.shape.0.len(), 2);
    assert!(
        matches!(&done.mended[..], [
        Mended::Untangled(fault),
        Mended::PartsChanged { before: 1, after: 2 },
    ] if fault.kind == GeometryFaultKind::SelfIntersection && fault.place.is_some()),
        "{:?}",
        done.mended
    );
    // The lobes as drawn subtract; mended they add.
    assert!(done.area_before_m2 < area_m2(&done.shape) * 0.01);
    assert!((done.area_after_m2 - area_m2(&shape(&[&square(5.0, 43.0, 0.02)])) / 2.0).abs() < 5_000.0);
}

#[test]
fn positions_metres_apart_are_not_snapped_together() {
    // A strip three metres wide beside the crossing must survive.
    let strip =
        shape(&[&[(5.0, 43.0), (5.02, 43.02), (5.02, 43.0), (5.0, 43.02), (4.99996, 43.02), (4.99996, 43.0), (5.0, 43.0)]]);
    let done = mend(&strip).unwrap();
    let west = done.shape.0.iter().flat_map(|part| &part.exterior().0).any(|at| (at.x - 4.99996).abs() < 1e-9);
    assert!(west, "{:?}", done.shape);
}

#[test]
fn a_spike_and_a_sliver_are_dropped() {
    let spiked = shape(&[&[(5.0, 43.0), (5.01, 43.0), (5.01, 43.01), (5.01, 43.02), (5.01, 43.01), (5.0, 43.01), (5.0, 43.0)]]);
    let done = mend(&spiked).unwrap();
    assert!((done.area_after_m2 - area_m2(&shape(&[&square(5.0, 43.0, 0.01)]))).abs() < 1.0);
    // A crossing that cuts off a corner of a few square centimetres.
    let nicked = shape(&[&[
        (5.0, 43.0),
        (5.01, 43.0),
        (5.01, 43.01),
        (5.0, 43.01),
        (5.0, 42.999999),
        (5.000001, 43.0000005),
        (5.0, 43.0),
    ]]);
    let done = mend(&nicked).unwrap();
    assert_eq!(done.shape.0.len(), 1, "{:?}", done.mended);
}

#[test]
fn overlapping_parts_are_joined() {
    let parts = MultiPolygon(vec![polygon(&[&square(5.0, 43.0, 0.02)]), polygon(&[&square(5.01, 43.01, 0.02)])]);
    let done = mend(&parts).unwrap();
    assert_eq!(faults(&done.shape), []);
    // Of two squares, a quarter of one is shared.
    assert_eq!(done.shape.0.len(), 1);
    assert!((done.area_after_m2 / done.area_before_m2 - 1.75 / 2.0).abs() < 1e-3);
}

#[test]
fn a_tangle_keeps_what_lies_behind_an_odd_number_of_lines() {
    let grid = |ring: &[(u8, u8)]| -> Vec<(f64, f64)> {
        ring.iter().map(|(x, y)| (2.0 + f64::from(*x) / 1024.0, 48.0 + f64::from(*y) / 1024.0)).collect()
    };
    let tangle = shape(&[
        &grid(&[(3, 5), (5, 2), (1, 4), (3, 5)]),
        &grid(&[(5, 0), (6, 0), (6, 7), (5, 7), (5, 0)]),
        &grid(&[(1, 4), (2, 7), (7, 3), (3, 3), (3, 2), (6, 4), (1, 4)]),
    ]);
    // In square degrees, counted face by face.
    let done = mend(&tangle).unwrap();
    assert!((geo::Area::unsigned_area(&done.shape) - 1.42548e-5).abs() < 2e-9);
}

#[test]
fn a_shape_with_too_many_faults_is_refused_rather_than_mended() {
    let mut zigzag: Vec<(f64, f64)> =
        (0..60).map(|i| (5.0 + f64::from(i % 2) / 100.0, 43.0 + f64::from((i * 23) % 60) / 1e4)).collect();
    zigzag.push(zigzag[0]);
    assert_eq!(mend(&shape(&[&zigzag])).unwrap_err()[0].kind, GeometryFaultKind::TooLarge);
}

#[test]
fn what_has_no_area_cannot_be_mended() {
    assert!(mend(&shape(&[&[(5.0, 43.0), (5.01, 43.01), (5.02, 43.02), (5.0, 43.0)]])).is_err());
    assert_eq!(kinds(&mend(&MultiPolygon(vec![])).unwrap_err()), [GeometryFaultKind::Empty]);
}
