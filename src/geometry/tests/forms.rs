//! One shape in several forms: the same text, whatever form it came in.

use geo::{Geometry, GeometryCollection, LineString, MultiPolygon, Polygon};
use proptest::prelude::*;

use super::{area, area_of, hole, polygon, square};
use crate::geometry::geojson::{canonical, parse, write};
use crate::geometry::sector::{polygons, polygons_of_collection};
use crate::geometry::{AreaRules, GeometryFaultKind as Kind};

const RULES: AreaRules = AreaRules { max_area_km2: 1_000.0, max_positions: 1_000 };

/// Another form of a shape: its rings begin elsewhere, some run backwards, and its parts and holes stand in another order.
fn redrawn(shape: &MultiPolygon<f64>, turn: usize, backwards: bool) -> MultiPolygon<f64> {
    let ring = |line: &LineString<f64>| {
        let mut positions = line.0.clone();
        positions.pop();
        let by = turn % positions.len();
        positions.rotate_left(by);
        if backwards {
            positions.reverse();
        }
        positions.push(positions[0]);
        LineString(positions)
    };
    let mut parts: Vec<Polygon<f64>> = shape
        .0
        .iter()
        .map(|part| {
            let mut holes: Vec<LineString<f64>> = part.interiors().iter().map(ring).collect();
            let by = turn % holes.len().max(1);
            holes.rotate_left(by);
            Polygon::new(ring(part.exterior()), holes)
        })
        .collect();
    let by = turn % parts.len();
    parts.rotate_left(by);
    MultiPolygon(parts)
}

/// Up to four stars beside each other, each with up to two holes.
fn archipelago() -> impl Strategy<Value = MultiPolygon<f64>> {
    let island = (prop::collection::vec(0.006..0.009_f64, 5..20), 0..3_usize);
    prop::collection::vec(island, 1..5).prop_map(|islands| {
        let parts = islands.into_iter().zip(0_u8..).map(|((radii, holes), at)| {
            let (x, y) = (5.0 + f64::from(at) * 0.02, 43.0 + f64::from(at % 2) * 0.003);
            let n = radii.len() as f64;
            let position = |(i, r): (usize, &f64)| {
                let angle = i as f64 / n * std::f64::consts::TAU;
                (x + r * angle.cos(), y + r * angle.sin())
            };
            let exterior = LineString::from(radii.iter().enumerate().map(position).collect::<Vec<_>>());
            let inside = [hole(x - 0.002, y, 0.001), hole(x + 0.001, y - 0.001, 0.0005)];
            Polygon::new(exterior, inside.into_iter().take(holes).map(LineString::from).collect())
        });
        MultiPolygon(parts.collect())
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn the_same_shape_is_the_same_text_however_it_was_drawn(shape in archipelago(), turn in 0..40_usize, backwards: bool) {
        let one = area_of(Geometry::MultiPolygon(shape.clone()), &RULES).unwrap();
        let other = area_of(Geometry::MultiPolygon(redrawn(&shape, turn, backwards)), &RULES).unwrap();
        prop_assert_eq!(&one, &other);
        prop_assert_eq!(canonical(&one.shape), one.shape.clone(), "the form of the form is the form");
        prop_assert_eq!(area(&one.geojson, &RULES).unwrap(), one);
    }
}

#[test]
fn a_shape_that_moved_by_the_last_decimal_is_another_one() {
    let drawn = |x: f64| area_of(Geometry::Polygon(polygon(&[&square(x, 43.0, 0.01)])), &RULES).unwrap().geojson;
    assert_eq!(drawn(5.0), drawn(5.000_000_01), "a millimetre is not kept");
    assert_ne!(drawn(5.0), drawn(5.000_000_1));
}

#[test]
fn faults_name_parts_and_holes_by_their_numbers_as_drawn() {
    let parts = [polygon(&[&square(5.03, 43.0, 0.01)]), polygon(&[&square(5.0, 43.0, 0.01), &hole(5.02, 43.0, 0.001)])];
    let faults = area_of(Geometry::MultiPolygon(MultiPolygon(parts.into())), &RULES).unwrap_err();
    assert_eq!(faults.iter().map(|fault| fault.kind).collect::<Vec<_>>(), [Kind::HoleOutside]);
    let holes = [&square(5.0, 43.0, 0.01)[..], &hole(5.006, 43.006, 0.001), &hole(5.02, 43.0, 0.001)];
    let faults = area_of(Geometry::Polygon(polygon(&holes)), &RULES).unwrap_err();
    assert!(faults[0].message.starts_with("le trou 2 "), "{}", faults[0]);
}

#[test]
fn the_polygons_of_a_collection_are_kept_and_the_rest_is_named() {
    let text = r#"{"type":"GeometryCollection","geometries":[
        {"type":"Polygon","coordinates":[[[5.4,43.5],[5.41,43.5],[5.41,43.51],[5.4,43.51],[5.4,43.5]]]},
        {"type":"LineString","coordinates":[[5.41,43.505],[5.415,43.505]]},
        {"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[5.4,43.4]}]}]}"#;
    let read = parse(text).unwrap();
    let (kept, aside) = polygons_of_collection(read.clone());
    let shown: Vec<String> = aside.iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["une ligne de 404 m", "un point en 5.4, 43.4"]);
    let alone = r#"{"type":"Polygon","coordinates":[[[5.4,43.5],[5.41,43.5],[5.41,43.51],[5.4,43.51],[5.4,43.5]]]}"#;
    assert_eq!(area_of(kept, &RULES).unwrap(), area(alone, &RULES).unwrap());
    // Where nobody would be told of what is left aside, it is refused.
    let fault = polygons(read).unwrap_err();
    assert_eq!(fault.kind, Kind::MoreThanPolygons);
    assert!(fault.message.contains("une ligne de 404 m"), "{fault}");
    // A collection of nothing but polygons is what they are; one without any is none.
    let only = format!(r#"{{"type":"GeometryCollection","geometries":[{alone}]}}"#);
    assert_eq!(area(&only, &RULES).unwrap(), area(alone, &RULES).unwrap());
    let point =
        Geometry::GeometryCollection(GeometryCollection(vec![parse(r#"{"type":"Point","coordinates":[5,43]}"#).unwrap()]));
    assert_eq!(polygons(point.clone()).unwrap_err().kind, Kind::NotAPolygon);
    assert_eq!(polygons_of_collection(point.clone()), (point, vec![]));
}

#[test]
fn a_collection_is_written_and_read_back() {
    let text = r#"{"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[5,43]}]}"#;
    assert_eq!(write(&parse(text).unwrap()), text);
}
