//! Areas and distances on the ellipsoid, and the index. Expected values are those of GeographicLib.

use geo::{MapCoords, MultiPolygon};

use super::{hole, polygon, shape, square};
use crate::geometry::index::AreaIndex;
use crate::geometry::measure::{area_km2, area_m2, bbox, centroid, distance_m};

const AREA_OF_A_TENTH_KM2: f64 = 90.513379;
const EAST_M: f64 = 814.748;
const SOUTH_M: f64 = 1110.926;

#[test]
fn area_is_geodesic_and_positive_in_either_order() {
    let there = shape(&[&square(5.0, 43.0, 0.1)]);
    let back = shape(&[&hole(5.0, 43.0, 0.1)]);
    assert!((area_km2(&there) - AREA_OF_A_TENTH_KM2).abs() < 1e-5, "{}", area_km2(&there));
    assert!((area_m2(&there) - area_m2(&back)).abs() < 1e-3);
    let holed = shape(&[&square(5.0, 43.0, 0.1), &square(5.02, 43.02, 0.05)]);
    let hole = shape(&[&square(5.02, 43.02, 0.05)]);
    assert!((area_m2(&holed) - (area_m2(&there) - area_m2(&hole))).abs() < 1.0);
}

#[test]
fn centre_and_box_are_those_of_the_square() {
    let there = shape(&[&square(5.0, 43.0, 0.5)]);
    let (x, y) = centroid(&there).unwrap();
    assert!((x - 5.25).abs() < 1e-9 && (y - 43.25).abs() < 1e-9);
    assert_eq!(bbox(&there), Some([5.0, 43.0, 5.5, 43.5]));
    assert_eq!((centroid(&MultiPolygon(vec![])), bbox(&MultiPolygon(vec![]))), (None, None));
}

#[test]
fn distance_is_zero_inside_and_on_the_boundary_and_geodesic_outside() {
    let there = shape(&[&square(5.0, 43.0, 0.1), &hole(5.02, 43.02, 0.06)]);
    assert_eq!(distance_m((5.01, 43.01), &there), 0.0);
    assert_eq!(distance_m((5.1, 43.05), &there), 0.0);
    // East of the middle of the eastern side.
    let east = distance_m((5.11, 43.05), &there);
    assert!((east - EAST_M).abs() < 0.01, "{east}");
    // South of it: along the meridian.
    let south = distance_m((5.05, 42.99), &there);
    assert!((south - SOUTH_M).abs() < 0.01, "{south}");
    // In the hole, the hole's edge counts.
    assert!(distance_m((5.05, 43.05), &there) > 2000.0);
    assert_eq!(distance_m((5.0, 43.0), &MultiPolygon(vec![])), f64::INFINITY);
}

#[test]
fn the_index_answers_by_place() {
    let index = AreaIndex::new(vec![
        ("a", shape(&[&square(5.0, 43.0, 0.01)])),
        ("b", shape(&[&square(5.02, 43.0, 0.01)])),
        ("c", shape(&[&square(5.005, 43.005, 0.01)])),
    ]);
    assert_eq!(index.containing((5.007, 43.007)), [&"a", &"c"]);
    assert!(index.containing((5.5, 43.5)).is_empty());
    let near = index.near((5.0155, 43.006), 440.0);
    assert_eq!(near.iter().map(|(id, _)| **id).collect::<Vec<_>>(), ["c", "b"]);
    assert!((near[0].1 - 40.8).abs() < 0.1 && near[1].1 < 440.0, "{near:?}");
    assert_eq!(index.near((5.0155, 43.006), 30.0), []);
    assert_eq!(index.intersecting(&shape(&[&square(5.014, 43.0, 0.02)])), [&"b", &"c"]);
    assert_eq!(index.within(&shape(&[&square(5.0, 43.0, 0.02)])), [&"a", &"c"]);
    assert_eq!((index.len(), index.is_empty()), (3, false));
}

#[test]
fn overlaps_are_measured_and_touching_is_none() {
    let a = shape(&[&square(5.0, 43.0, 0.01)]);
    let index = AreaIndex::new(vec![
        (1, a.clone()),
        (2, shape(&[&square(5.01, 43.0, 0.01)])),
        (3, a.map_coords(|c| geo::Coord { x: c.x + 0.005, y: c.y })),
        (4, MultiPolygon(vec![polygon(&[&square(5.0, 43.01, 0.01)])])),
    ]);
    let overlaps = index.overlaps(0.5);
    assert_eq!(overlaps.iter().map(|o| (*o.first, *o.second)).collect::<Vec<_>>(), [(1, 3), (2, 3)]);
    let half = area_m2(&a) / 2.0;
    assert!(overlaps.iter().all(|o| (o.area_m2 - half).abs() < half * 1e-3), "{overlaps:?}");
    assert!(index.overlaps(half * 1.1).is_empty());
}
