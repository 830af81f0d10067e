//! What is valid, and where it is not.

use geo::MultiPolygon;

use super::{faults, hole, kinds, polygon, shape, square};
use crate::domain::Deadline;
use crate::geometry::GeometryFaultKind as Kind;
use crate::geometry::validity::{MAX_FAULTS, faults_within};

#[test]
fn a_bow_tie_is_faulty_where_it_crosses() {
    let found = faults(&shape(&[&[(0.0, 0.0), (2.0, 2.0), (2.0, 0.0), (0.0, 2.0), (0.0, 0.0)]]));
    assert_eq!(kinds(&found), [Kind::SelfIntersection]);
    assert_eq!(found[0].to_string(), "l’anneau extérieur se recoupe en 1, 1");
}

#[test]
fn a_spike_and_a_touch_in_a_vertex_are_faults() {
    let spike = faults(&shape(&[&[(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (4.0, 6.0), (4.0, 4.0), (0.0, 4.0), (0.0, 0.0)]]));
    assert_eq!(kinds(&spike)[0], Kind::SelfIntersection);
    let eight = faults(&shape(&[&[(0.0, 0.0), (2.0, 1.0), (4.0, 0.0), (4.0, 2.0), (2.0, 1.0), (0.0, 2.0), (0.0, 0.0)]]));
    assert_eq!(kinds(&eight), [Kind::SelfIntersection]);
    assert_eq!(eight[0].place, Some((2.0, 1.0)));
}

#[test]
fn a_ring_drawn_as_a_line_is_a_fault() {
    assert_eq!(kinds(&faults(&shape(&[&[(0.0, 0.0), (1.0, 1.0), (0.0, 0.0), (0.0, 0.0)]]))), [Kind::TooFewPositions]);
    assert!(kinds(&faults(&shape(&[&[(0.0, 0.0), (1.0, 1.0), (2.0, 2.0), (0.0, 0.0)]]))).contains(&Kind::SelfIntersection));
    assert_eq!(kinds(&faults(&MultiPolygon(vec![]))), [Kind::Empty]);
}

#[test]
fn repeated_positions_and_collinear_ones_are_allowed() {
    let dotted = [(0.0, 0.0), (1.0, 0.0), (1.0, 0.0), (2.0, 0.0), (2.0, 2.0), (0.0, 2.0), (0.0, 0.0), (0.0, 0.0)];
    assert_eq!(faults(&shape(&[&dotted])), []);
}

#[test]
fn a_hole_may_touch_its_exterior_in_one_point_but_not_in_two() {
    let outside = square(0.0, 0.0, 4.0);
    let once = [(0.0, 2.0), (1.0, 3.0), (2.0, 2.0), (1.0, 1.0), (0.0, 2.0)];
    assert_eq!(faults(&shape(&[&outside, &once])), []);
    let twice = [(0.0, 2.0), (2.0, 3.0), (4.0, 2.0), (2.0, 1.0), (0.0, 2.0)];
    assert_eq!(kinds(&faults(&shape(&[&outside, &twice]))), [Kind::InteriorDisconnected]);
}

#[test]
fn holes_that_enclose_a_piece_of_the_interior_together_are_a_fault() {
    // Three holes, each touching the next in a vertex, around a triangle.
    let outside = square(0.0, 0.0, 10.0);
    let a = [(2.0, 2.0), (5.0, 1.0), (8.0, 2.0), (2.0, 2.0)];
    let b = [(8.0, 2.0), (8.0, 6.0), (5.0, 8.0), (8.0, 2.0)];
    let c = [(5.0, 8.0), (2.0, 6.0), (2.0, 2.0), (5.0, 8.0)];
    assert_eq!(faults(&shape(&[&outside, &a, &b])), []);
    assert_eq!(kinds(&faults(&shape(&[&outside, &a, &b, &c]))), [Kind::InteriorDisconnected]);
}

#[test]
fn a_hole_is_inside_its_exterior_and_outside_other_holes() {
    let outside = square(0.0, 0.0, 4.0);
    assert_eq!(kinds(&faults(&shape(&[&outside, &hole(5.0, 5.0, 1.0)]))), [Kind::HoleOutside]);
    assert_eq!(kinds(&faults(&shape(&[&outside, &hole(1.0, 1.0, 2.0), &hole(1.5, 1.5, 1.0)]))), [Kind::HolesOverlap]);
    assert_eq!(kinds(&faults(&shape(&[&outside, &hole(3.0, 3.0, 2.0)])))[0], Kind::SelfIntersection);
    assert_eq!(kinds(&faults(&shape(&[&outside, &hole(0.0, 1.0, 1.0)])))[0], Kind::SelfIntersection);
    // All its corners are on the exterior of a notched square, and it covers the notch.
    let notched = [(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (2.0, 1.0), (0.0, 4.0), (0.0, 0.0)];
    let over = [(2.0, 1.0), (3.0, 2.5), (1.0, 2.5), (2.0, 1.0)];
    assert!(!faults(&shape(&[&notched, &over])).is_empty());
}

#[test]
fn parts_may_touch_in_points_but_neither_overlap_nor_share_a_line() {
    let parts = |a: Vec<(f64, f64)>, b: Vec<(f64, f64)>| MultiPolygon(vec![polygon(&[&a]), polygon(&[&b])]);
    assert_eq!(faults(&parts(square(0.0, 0.0, 2.0), square(5.0, 5.0, 2.0))), []);
    assert_eq!(faults(&parts(square(0.0, 0.0, 2.0), square(2.0, 2.0, 2.0))), []);
    for other in [square(2.0, 0.0, 2.0), square(1.0, 1.0, 2.0), square(0.5, 0.5, 1.0), square(0.0, 0.0, 2.0)] {
        assert_eq!(kinds(&faults(&parts(square(0.0, 0.0, 2.0), other)))[0], Kind::PartsOverlap);
    }
    // Crossing in vertices only: a diamond whose corners are the middles of the square's sides, drawn as vertices there.
    let dotted = vec![(0.0, 0.0), (2.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0), (0.0, 0.0)];
    let diamond = vec![(2.0, 0.0), (4.0, 2.0), (2.0, 4.0), (0.0, 2.0), (2.0, 0.0)];
    assert_eq!(kinds(&faults(&parts(dotted, diamond)))[0], Kind::PartsOverlap);
}

#[test]
fn an_island_in_a_hole_is_valid() {
    let lake = polygon(&[&square(0.0, 0.0, 9.0), &hole(1.0, 1.0, 7.0)]);
    assert_eq!(faults(&MultiPolygon(vec![lake, polygon(&[&square(3.0, 3.0, 2.0)])])), []);
}

#[test]
fn the_list_of_faults_is_bounded() {
    // A zigzag whose every tooth crosses every other: 3000 edges, millions of crossings.
    let mut zigzag: Vec<(f64, f64)> = (0..3000).map(|i| (f64::from(i % 2), f64::from((i * 7919) % 3000) / 3000.0)).collect();
    zigzag.push(zigzag[0]);
    assert_eq!(faults(&shape(&[&zigzag])).len(), MAX_FAULTS);
}

#[test]
fn a_shape_that_takes_too_long_to_examine_is_refused() {
    // A comb of long slanted teeth: none crosses another, but the boxes of all meet.
    let tooth = |i: i32| {
        let x = f64::from(i) * 1e-3;
        [(x, 0.0), (x + 40.0, 40.0), (x + 40.0005, 40.0)]
    };
    let mut comb: Vec<(f64, f64)> = vec![(0.0, -1.0)];
    comb.extend((0..500).flat_map(|i| {
        let [root, tip, back] = tooth(i);
        [root, tip, back, (root.0 + 0.0005, 0.0)]
    }));
    comb.extend([(0.5, -1.0), (0.0, -1.0)]);
    assert_eq!(faults_within(&shape(&[&comb]), 10_000_000, Deadline::NEVER).unwrap(), []);
    assert_eq!(kinds(&faults_within(&shape(&[&comb]), 100_000, Deadline::NEVER).unwrap()), [Kind::TooLarge]);
}
