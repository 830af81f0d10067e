//! Whether an area holds another geometry, held against the library's own answer.

use geo::{Geometry, LineString, MultiPolygon, Point, Polygon, Relate};
use proptest::prelude::*;

use super::{faults, hole, polygon, shape, square};
use crate::domain::Deadline;
use crate::geometry::Effort;
use crate::geometry::geojson::canonical;
use crate::geometry::place::{Area, Held};

fn covers(area: &MultiPolygon<f64>, held: &Geometry<f64>) -> bool {
    let held = Held::of(held, Deadline::NEVER).unwrap().unwrap();
    Area::of(area).covers(&held, &mut Effort::until(Deadline::NEVER)).unwrap()
}

fn whole(shape: MultiPolygon<f64>) -> Geometry<f64> {
    Geometry::MultiPolygon(shape)
}

#[test]
fn an_area_holds_itself_and_what_touches_its_boundary_from_within() {
    let there = shape(&[&square(5.0, 43.0, 0.1), &hole(5.02, 43.02, 0.02)]);
    assert!(covers(&there, &whole(there.clone())));
    assert!(covers(&there, &Geometry::Point(Point::new(5.0, 43.05))));
    assert!(covers(&there, &Geometry::Point(Point::new(5.02, 43.03))), "the edge of its hole is its own");
    assert!(!covers(&there, &Geometry::Point(Point::new(5.03, 43.03))), "the hole is not");
    assert!(covers(&there, &Geometry::LineString(LineString::from(vec![(5.0, 43.0), (5.1, 43.0), (5.1, 43.1)]))));
    assert!(!covers(&there, &Geometry::LineString(LineString::from(vec![(5.01, 43.01), (5.05, 43.05)]))), "through the hole");
}

#[test]
fn what_fills_a_hole_or_spans_a_bay_is_not_held() {
    let holed = shape(&[&square(5.0, 43.0, 0.1), &hole(5.02, 43.02, 0.02)]);
    assert!(!covers(&holed, &whole(shape(&[&square(5.02, 43.02, 0.02)]))), "exactly the hole");
    assert!(!covers(&holed, &whole(shape(&[&square(5.01, 43.01, 0.04)]))), "the hole and around it");
    let around = shape(&[&square(5.01, 43.01, 0.04), &hole(5.02, 43.02, 0.02)]);
    assert!(covers(&holed, &whole(around)), "around the hole");
    // Three parts that touch in their corners enclose a triangle that is none of theirs.
    let corner = |a: (f64, f64), b: (f64, f64), c: (f64, f64)| polygon(&[&[a, b, c, a]]);
    let ring = MultiPolygon(vec![
        corner((0.0, 0.0), (4.0, 0.0), (2.0, -2.0)),
        corner((4.0, 0.0), (2.0, 4.0), (5.0, 4.0)),
        corner((2.0, 4.0), (0.0, 0.0), (-1.0, 4.0)),
    ]);
    assert!(!covers(&ring, &whole(shape(&[&[(0.0, 0.0), (4.0, 0.0), (2.0, 4.0), (0.0, 0.0)]]))));
}

/// A shape of the corners of a coarse grid, where edges and corners meet more often than not; only valid ones are kept.
fn on_a_grid() -> impl Strategy<Value = MultiPolygon<f64>> {
    let ring = prop::collection::vec((0..6_u8, 0..6_u8), 3..7);
    prop::collection::vec(ring, 1..3).prop_filter_map("valid", |rings| {
        let line = |ring: Vec<(u8, u8)>| {
            LineString::from(ring.into_iter().map(|(x, y)| (f64::from(x) / 4.0, f64::from(y) / 4.0)).collect::<Vec<_>>())
        };
        let shape = canonical(&MultiPolygon(rings.into_iter().map(|ring| Polygon::new(line(ring), vec![])).collect()));
        faults(&shape).is_empty().then_some(shape)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2_000, max_global_rejects: 2_000_000, ..ProptestConfig::default() })]

    #[test]
    fn areas_are_held_as_the_library_says(area in on_a_grid(), held in on_a_grid()) {
        prop_assert_eq!(covers(&area, &whole(held.clone())), area.relate(&held).is_covers(), "{:?} {:?}", area, held);
    }

    #[test]
    fn a_holed_area_holds_as_the_library_says(area in on_a_grid(), inner in on_a_grid(), held in on_a_grid()) {
        let Some(part) = area.0.first() else { return Ok(()) };
        let holes = inner.0.iter().map(|part| part.exterior().clone()).collect();
        let area = canonical(&MultiPolygon(vec![Polygon::new(part.exterior().clone(), holes)]));
        if faults(&area).is_empty() {
            prop_assert_eq!(covers(&area, &whole(held.clone())), area.relate(&held).is_covers(), "{:?} {:?}", area, held);
        }
    }

    #[test]
    fn lines_and_points_are_held_as_the_library_says(
        area in on_a_grid(),
        line in prop::collection::vec((0..11_u8, 0..11_u8), 2..6),
    ) {
        let line = LineString::from(line.into_iter().map(|(x, y)| (f64::from(x) / 8.0, f64::from(y) / 8.0)).collect::<Vec<_>>());
        let point = Geometry::Point(Point(line.0[0]));
        prop_assert_eq!(covers(&area, &point), area.relate(&point).is_covers());
        if line.0.iter().any(|at| *at != line.0[0]) {
            let line = Geometry::LineString(line);
            prop_assert_eq!(covers(&area, &line), area.relate(&line).is_covers(), "{:?} {:?}", area, line);
        }
    }
}
