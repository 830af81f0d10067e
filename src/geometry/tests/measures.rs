//! Areas and distances on the ellipsoid, and the index. Expected values are those of GeographicLib.

use geo::{MapCoords, MultiPolygon};

use super::{hole, polygon, shape, square};
use crate::domain::Deadline;
use crate::geometry::Effort;
use crate::geometry::index::AreaIndex;
use crate::geometry::measure::{area_km2, area_m2, bbox, centroid, distance_m};

fn endless() -> Effort {
    Effort::until(Deadline::NEVER)
}

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
    let near = index.near((5.0155, 43.006), 440.0, &mut endless()).unwrap();
    assert_eq!(near.iter().map(|(id, _)| **id).collect::<Vec<_>>(), ["c", "b"]);
    assert!((near[0].1 - 40.8).abs() < 0.1 && near[1].1 < 440.0, "{near:?}");
    assert_eq!(index.near((5.0155, 43.006), 30.0, &mut endless()).unwrap(), []);
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
    let overlaps = index.overlaps(0.5, |_, _| true, &mut endless()).unwrap();
    assert!(overlaps.complete);
    let overlaps = overlaps.found;
    assert_eq!(overlaps.iter().map(|o| (*o.first, *o.second)).collect::<Vec<_>>(), [(1, 3), (2, 3)]);
    let half = area_m2(&a) / 2.0;
    assert!(overlaps.iter().all(|o| (o.area_m2.unwrap() - half).abs() < half * 1e-3), "{overlaps:?}");
    assert!(index.overlaps(half * 1.1, |_, _| true, &mut endless()).unwrap().found.is_empty());
}

/// Vincenty's inverse formula on the WGS 84 ellipsoid, written out for this test: metres between two points.
fn vincenty((lon1, lat1): (f64, f64), (lon2, lat2): (f64, f64)) -> f64 {
    const A: f64 = 6_378_137.0;
    const F: f64 = 1.0 / 298.257_223_563;
    const B: f64 = A * (1.0 - F);
    let reduced = |lat: f64| ((1.0 - F) * lat.to_radians().tan()).atan();
    let (u1, u2, l) = (reduced(lat1), reduced(lat2), (lon2 - lon1).to_radians());
    let mut lambda = l;
    for _ in 0..200 {
        let across = (u2.cos() * lambda.sin()).hypot(u1.cos() * u2.sin() - u1.sin() * u2.cos() * lambda.cos());
        let along = u1.sin() * u2.sin() + u1.cos() * u2.cos() * lambda.cos();
        let sigma = across.atan2(along);
        let sin_alpha = u1.cos() * u2.cos() * lambda.sin() / across;
        let cos2_alpha = 1.0 - sin_alpha * sin_alpha;
        let cos_2m = if cos2_alpha == 0.0 { 0.0 } else { along - 2.0 * u1.sin() * u2.sin() / cos2_alpha };
        let c = F / 16.0 * cos2_alpha * (4.0 + F * (4.0 - 3.0 * cos2_alpha));
        let next = l + (1.0 - c) * F * sin_alpha * (sigma + c * across * (cos_2m + c * along * (2.0 * cos_2m * cos_2m - 1.0)));
        if (next - lambda).abs() < 1e-13 {
            let u = cos2_alpha * (A * A - B * B) / (B * B);
            let big_a = 1.0 + u / 16_384.0 * (4_096.0 + u * (-768.0 + u * (320.0 - 175.0 * u)));
            let big_b = u / 1_024.0 * (256.0 + u * (-128.0 + u * (74.0 - 47.0 * u)));
            let cubic = big_b / 6.0 * cos_2m * (4.0 * across * across - 3.0) * (4.0 * cos_2m * cos_2m - 3.0);
            let delta = big_b * across * (cos_2m + big_b / 4.0 * (along * (2.0 * cos_2m * cos_2m - 1.0) - cubic));
            return B * big_a * (sigma - delta);
        }
        lambda = next;
    }
    panic!("no convergence");
}

#[test]
fn distances_to_an_outline_are_right_from_guyane_to_dunkerque_and_far_away() {
    use crate::geometry::edges::Edges;
    use geo::Coord;
    // Lille, Marseille, Cayenne, Fort-de-France, Saint-Denis de La Réunion, Mamoudzou.
    for (lon, lat) in [(3.06, 50.63), (5.37, 43.3), (-52.33, 4.92), (-61.07, 14.6), (55.45, -20.88), (45.23, -12.78)] {
        let there =
            shape(&[&[(lon, lat), (lon + 0.2, lat + 0.05), (lon + 0.25, lat + 0.3), (lon - 0.05, lat + 0.2), (lon, lat)]]);
        let edges = Edges::of(&there);
        for (dx, dy) in [(-0.003, -0.002), (0.15, -0.01), (0.3, 0.1), (-0.4, 0.9), (2.5, -1.5), (9.0, 4.0)] {
            let point = (lon + dx, lat + dy);
            // The least of a million places along the edges, each by another formula.
            let along = |line: geo::Line<f64>| {
                let places = (0..=20_000_u32).map(move |step| line.start + line.delta() * (f64::from(step) / 20_000.0));
                places.map(|at| vincenty(point, (at.x, at.y))).fold(f64::INFINITY, f64::min)
            };
            let expected = there.0[0].exterior().lines().map(along).fold(f64::INFINITY, f64::min);
            let slack = 0.05 + expected * 1e-6;
            let found = [distance_m(point, &there), edges.distance_m(Coord { x: point.0, y: point.1 }, &mut endless()).unwrap()];
            assert!(found.iter().all(|metres| (metres - expected).abs() < slack), "{point:?}: {found:?}, not {expected}");
        }
    }
}

#[test]
fn distances_to_an_outline_of_many_short_edges_are_right_far_away() {
    use crate::geometry::edges::Edges;
    use geo::Coord;
    let (lon, lat) = (5.37, 43.3);
    // A coast: its edges are of some hundred metres, and the nearest one is not the one with the nearest end.
    let at = |step: u32| {
        let angle = f64::from(step % 400) / 400.0 * std::f64::consts::TAU;
        let radius = 0.2 + 0.02 * f64::from(step % 7) / 7.0;
        (lon + radius * angle.cos(), lat + radius * angle.sin())
    };
    let ring: Vec<(f64, f64)> = (0..=400).map(at).collect();
    let there = shape(&[&ring]);
    let edges = Edges::of(&there);
    for (dx, dy) in [(0.3, 0.02), (-0.45, 0.3), (0.1, 0.9), (-1.2, -1.4), (2.0, 3.0)] {
        let point = (lon + dx, lat + dy);
        let along = |line: geo::Line<f64>| {
            let places = (0..=200_u32).map(move |step| line.start + line.delta() * (f64::from(step) / 200.0));
            places.map(|at| vincenty(point, (at.x, at.y))).fold(f64::INFINITY, f64::min)
        };
        let expected = there.0[0].exterior().lines().map(along).fold(f64::INFINITY, f64::min);
        let found = [distance_m(point, &there), edges.distance_m(Coord { x: point.0, y: point.1 }, &mut endless()).unwrap()];
        assert!(found.iter().all(|metres| (metres - expected).abs() < 0.05), "{point:?}: {found:?}, not {expected}");
    }
}
