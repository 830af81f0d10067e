//! Areas with all that is stored about them, and their coarser versions.

use super::{area, kinds, square};
use crate::geometry::AreaRules;
use crate::geometry::GeometryFaultKind as Kind;
use crate::geometry::simplify::{TOLERANCES_M, pick};

const RULES: AreaRules = AreaRules { max_area_km2: 100.0, max_positions: 1000 };

fn text(kind: &str, coordinates: &str) -> String {
    format!(r#"{{"type":"{kind}","coordinates":{coordinates}}}"#)
}

/// A circle of `n` positions, `radius` degrees wide.
fn circle(n: u32, radius: f64) -> String {
    let at = |i: u32| {
        let angle = f64::from(i % n) / f64::from(n) * std::f64::consts::TAU;
        format!("[{},{}]", 5.4 + radius * angle.cos(), 43.3 + radius * angle.sin())
    };
    text("Polygon", &format!("[[{}]]", (0..=n).map(at).collect::<Vec<_>>().join(",")))
}

#[test]
fn one_part_is_a_polygon_whatever_it_came_as() {
    let rings = "[[[5,43],[5,43.01],[5.01,43.01],[5,43]]]";
    let drawn = area(&text("Polygon", rings), &RULES).unwrap();
    assert_eq!(drawn.geojson, r#"{"type":"Polygon","coordinates":[[[5,43],[5.01,43.01],[5,43.01],[5,43]]]}"#);
    assert_eq!(drawn.bbox, [5.0, 43.0, 5.01, 43.01]);
    let multi = area(&text("MultiPolygon", &format!("[{rings}]")), &RULES).unwrap();
    assert_eq!(multi, drawn);
}

#[test]
fn checking_what_was_checked_changes_nothing() {
    let once = area(&circle(400, 0.0123456789), &RULES).unwrap();
    let twice = area(&once.geojson, &RULES).unwrap();
    assert_eq!(once, twice);
}

#[test]
fn too_large_too_small_too_long_and_no_polygon_are_refused() {
    let refused = |text: &str| kinds(&area(text, &RULES).unwrap_err());
    assert_eq!(refused(&circle(50, 1.0)), [Kind::AreaTooLarge]);
    assert_eq!(refused(&circle(50, 0.000001)), [Kind::AreaZero]);
    assert_eq!(refused(&circle(1000, 0.01)), [Kind::TooLarge]);
    assert_eq!(refused(r#"{"type":"Point","coordinates":[5,43]}"#), [Kind::NotAPolygon]);
    assert_eq!(refused(&text("Polygon", "[[[5,43],[5.02,43.02],[5.02,43],[5,43.02],[5,43]]]")), [Kind::SelfIntersection]);
}

#[test]
fn what_rounding_makes_faulty_is_refused_as_it_would_be_stored() {
    // A ring that comes within a hundredth of a millimetre of itself.
    let pinched = "[[[5,43],[5.01,43.00000000001],[5.02,43],[5.02,43.01],[5.01,43.00000000002],[5,43.01],[5,43]]]";
    assert_eq!(kinds(&area(&text("Polygon", pinched), &RULES).unwrap_err()), [Kind::SelfIntersection]);
}

#[test]
fn coarser_versions_are_shorter_valid_and_picked_by_tolerance() {
    let drawn = area(&circle(900, 0.04), &RULES).unwrap();
    let tolerances: Vec<u16> = drawn.simplified.iter().map(|(tolerance, _)| *tolerance).collect();
    assert_eq!(tolerances, TOLERANCES_M);
    let mut longer = drawn.geojson.len();
    for (_, text) in &drawn.simplified {
        assert!(text.len() < longer);
        longer = text.len();
        area(text, &RULES).unwrap();
    }
    let served = |tolerance| pick(&drawn.simplified, &drawn.geojson, tolerance);
    assert_eq!(served(None), drawn.geojson);
    assert_eq!(served(Some(9.9)), drawn.geojson);
    assert_eq!(served(Some(49.0)), drawn.simplified[0].1);
    assert_eq!(served(Some(250.0)), drawn.simplified[2].1);
    assert_eq!(served(Some(1e9)), drawn.simplified[3].1);
    assert_eq!(served(Some(f64::NAN)), drawn.geojson);
}

#[test]
fn a_small_square_has_no_coarser_version() {
    let corners = square(5.4, 43.3, 0.002).iter().map(|(x, y)| format!("[{x},{y}]")).collect::<Vec<_>>().join(",");
    let drawn = area(&text("Polygon", &format!("[[{corners}]]")), &RULES).unwrap();
    assert_eq!(drawn.simplified, []);
    assert_eq!(pick(&drawn.simplified, &drawn.geojson, Some(1000.0)), drawn.geojson);
}
