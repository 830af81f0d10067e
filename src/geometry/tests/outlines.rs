//! What lies in a department.

use geo::MultiPolygon;

use super::{hole, polygon, shape, square};
use crate::domain::Deadline;
use crate::geometry::{GeometryFaultKind, Outline};

/// A department shaped like a horseshoe open to the north, a degree wide, with an enclave in its south and an island.
fn department() -> Outline {
    let shoe =
        [(5.0, 43.0), (6.0, 43.0), (6.0, 44.0), (5.7, 44.0), (5.7, 43.4), (5.3, 43.4), (5.3, 44.0), (5.0, 44.0), (5.0, 43.0)];
    let land = polygon(&[&shoe, &hole(5.4, 43.1, 0.1)]);
    Outline::of_shape(MultiPolygon(vec![land, polygon(&[&square(6.5, 43.0, 0.1)])]))
}

fn outside(shape: &MultiPolygon<f64>, tolerance_m: f64) -> Option<String> {
    let fault = department().holds(shape, tolerance_m, Deadline::NEVER).unwrap().err()?;
    assert_eq!(fault.kind, GeometryFaultKind::OutsideDepartment);
    Some(fault.to_string())
}

#[test]
fn shapes_on_the_land_and_on_islands_are_held() {
    assert_eq!(outside(&shape(&[&square(5.1, 43.5, 0.1)]), 0.0), None);
    assert_eq!(outside(&shape(&[&square(6.52, 43.02, 0.05)]), 0.0), None);
    let both = MultiPolygon(vec![polygon(&[&square(5.1, 43.5, 0.1)]), polygon(&[&square(6.52, 43.02, 0.05)])]);
    assert_eq!(outside(&both, 0.0), None);
}

#[test]
fn a_shape_beyond_the_border_is_held_within_the_tolerance_only() {
    // About 81 m east of the border.
    let beyond = shape(&[&[(5.9, 43.5), (6.001, 43.5), (6.001, 43.6), (5.9, 43.6), (5.9, 43.5)]]);
    assert_eq!(outside(&beyond, 100.0), None);
    assert_eq!(outside(&beyond, 50.0).unwrap(), "le tracé sort du département, de 81 m au plus loin en 6.001, 43.5");
    assert!(outside(&shape(&[&square(7.0, 43.0, 0.1)]), 100.0).is_some());
}

#[test]
fn an_edge_across_the_bay_is_outside_though_both_its_ends_are_inside() {
    let bridge = shape(&[&[(5.2, 43.8), (5.8, 43.8), (5.8, 43.9), (5.2, 43.9), (5.2, 43.8)]]);
    assert!(outside(&bridge, 500.0).is_some());
    // Both ends outside, within the tolerance, and the edge between them far out.
    let rim = shape(&[&[(5.3005, 43.9), (5.6995, 43.9), (5.6995, 43.95), (5.3005, 43.95), (5.3005, 43.9)]]);
    assert!(outside(&rim, 500.0).is_some());
    let along = shape(&[&[(5.2, 43.9), (5.3005, 43.9), (5.3005, 43.5), (5.2, 43.5), (5.2, 43.9)]]);
    assert_eq!(outside(&along, 500.0), None);
}

#[test]
fn a_shape_may_not_swallow_an_enclave_nor_lie_in_it() {
    assert!(outside(&shape(&[&square(5.35, 43.05, 0.2)]), 500.0).unwrap().contains("n’est pas du département"));
    assert!(outside(&shape(&[&square(5.43, 43.13, 0.04)]), 500.0).is_some());
    // With a hole for it, it may.
    let around = shape(&[&square(5.35, 43.05, 0.2), &hole(5.399, 43.099, 0.102)]);
    assert_eq!(outside(&around, 0.0), None);
}

#[test]
fn without_an_outline_the_bounding_box_decides() {
    let bounds = Outline::BoundingBox([5.0, 43.0, 6.0, 44.0]);
    assert!(bounds.holds(&shape(&[&square(5.4, 43.8, 0.1)]), 0.0, Deadline::NEVER).unwrap().is_ok());
    assert!(bounds.holds(&shape(&[&square(5.9995, 43.8, 0.001)]), 100.0, Deadline::NEVER).unwrap().is_ok());
    let fault = bounds.holds(&shape(&[&square(5.95, 43.8, 0.1)]), 100.0, Deadline::NEVER).unwrap().unwrap_err();
    assert_eq!(fault.kind, GeometryFaultKind::OutsideDepartment);
}

#[test]
fn points_are_held_like_shapes() {
    assert!(department().holds_point((5.1, 43.9), 0.0, Deadline::NEVER).unwrap());
    assert!(!department().holds_point((5.5, 43.9), 500.0, Deadline::NEVER).unwrap());
    assert!(department().holds_point((6.001, 43.5), 100.0, Deadline::NEVER).unwrap());
    assert!(Outline::BoundingBox([5.0, 43.0, 6.0, 44.0]).holds_point((5.5, 43.9), 0.0, Deadline::NEVER).unwrap());
}

#[test]
fn a_shape_is_said_to_be_outside_by_where_it_is_farthest() {
    // Two corners east of the border: the first by 81 m, the second by 1 615 m.
    let slanted = shape(&[&[(5.9, 43.5), (6.001, 43.5), (6.02, 43.6), (5.9, 43.6), (5.9, 43.5)]]);
    assert_eq!(outside(&slanted, 50.0).unwrap(), "le tracé sort du département, de 1615 m au plus loin en 6.02, 43.6");
    // Both its ends are inside; its middle, in the bay, is the farthest: half of the bay's width of 0.4 degrees.
    let bridge = shape(&[&[(5.2, 43.8), (5.8, 43.8), (5.8, 43.81), (5.2, 43.81), (5.2, 43.8)]]);
    let said = outside(&bridge, 500.0).unwrap();
    let metres: f64 = said.split_whitespace().nth(6).unwrap().parse().unwrap();
    assert!((metres - 16_095.0).abs() < 100.0, "{said}");
    let bounds = Outline::BoundingBox([5.0, 43.0, 6.0, 44.0]);
    let fault = bounds.holds(&slanted, 100.0, Deadline::NEVER).unwrap().unwrap_err();
    assert!(fault.to_string().contains("de 1615 m au plus loin en 6.02, 43.6"), "{fault}");
}
