//! Properties that hold for any shape.

use geo::{Geometry, LineString, MultiPolygon, Polygon};
use proptest::prelude::*;

use super::{area, area_of, faults, mend};
use crate::domain::Deadline;
use crate::geometry::AreaRules;
use crate::geometry::geojson::{canonical, parse, write};
use crate::geometry::measure::{area_m2, bbox, centroid, distance_m};
use crate::geometry::simplify::{TOLERANCES_M, as_geometry, simplified};

/// A ring around a centre in France, each position at its own distance: star-shaped, so that it never crosses itself.
fn star() -> impl Strategy<Value = MultiPolygon<f64>> {
    let centre = (-4.0..8.0_f64, 42.0..51.0_f64);
    (centre, prop::collection::vec(0.0005..0.03_f64, 3..60)).prop_map(|((x, y), radii)| {
        let n = radii.len() as f64;
        let at = |(i, r): (usize, &f64)| {
            let angle = i as f64 / n * std::f64::consts::TAU;
            (x + r * angle.cos(), y + r * angle.sin())
        };
        MultiPolygon(vec![Polygon::new(LineString::from(radii.iter().enumerate().map(at).collect::<Vec<_>>()), vec![])])
    })
}

/// A ring through random positions: most cross themselves.
fn scribble() -> impl Strategy<Value = MultiPolygon<f64>> {
    prop::collection::vec((2.0..2.05_f64, 48.0..48.05_f64), 3..14)
        .prop_map(|positions| MultiPolygon(vec![Polygon::new(LineString::from(positions), vec![])]))
}

/// As `scribble` on a coarse grid, where lines meet in vertices and overlap.
fn grid_scribble() -> impl Strategy<Value = MultiPolygon<f64>> {
    prop::collection::vec((0..6_u8, 0..6_u8), 3..14).prop_map(|positions| {
        let at = |(x, y): (u8, u8)| (2.0 + f64::from(x) / 100.0, 48.0 + f64::from(y) / 100.0);
        MultiPolygon(vec![Polygon::new(LineString::from(positions.into_iter().map(at).collect::<Vec<_>>()), vec![])])
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn what_was_written_is_read_back_the_same(shape in star()) {
        let text = write(&as_geometry(&shape));
        prop_assert_eq!(parse(&text).unwrap(), Geometry::Polygon(canonical(&shape).0.remove(0)));
        prop_assert_eq!(write(&parse(&text).unwrap()), text);
    }

    #[test]
    fn area_depends_neither_on_direction_nor_on_the_first_position(shape in star(), turn in 0..60_usize) {
        let mut ring = shape.0[0].exterior().0.clone();
        ring.pop();
        let by = turn % ring.len();
        ring.rotate_left(by);
        let area = area_m2(&shape);
        let same = |ring: Vec<geo::Coord<f64>>| {
            let other = area_m2(&MultiPolygon(vec![Polygon::new(LineString(ring), vec![])]));
            (other - area).abs() <= area * 1e-6 + 1e-3
        };
        prop_assert!(same(ring.clone()));
        ring.reverse();
        prop_assert!(same(ring));
    }

    #[test]
    fn stars_are_valid_and_stay_so_when_simplified(shape in star()) {
        let shape = canonical(&shape);
        prop_assert_eq!(faults(&shape), vec![]);
        for tolerance in TOLERANCES_M {
            if let Some(version) = simplified(&shape, f64::from(tolerance), Deadline::NEVER).unwrap() {
                prop_assert_eq!(faults(&version), vec![]);
            }
        }
        let rules = AreaRules { max_area_km2: 1000.0, max_positions: 100 };
        let checked = area_of(as_geometry(&shape), &rules).unwrap();
        for (_, text) in &checked.simplified {
            prop_assert!(area(text, &rules).is_ok());
        }
    }

    #[test]
    fn the_library_agrees_on_what_is_invalid(shape in scribble()) {
        use geo::Validation;
        prop_assert_eq!(faults(&shape).is_empty(), shape.is_valid());
    }

    #[test]
    fn what_we_call_valid_the_library_calls_valid(shape in grid_scribble()) {
        use geo::Validation;
        // Not the reverse: the library passes over spikes.
        prop_assert!(!faults(&shape).is_empty() || shape.is_valid());
    }

    #[test]
    fn mended_scribbles_are_valid_and_inside_the_box_of_the_original(shape in prop_oneof![scribble(), grid_scribble()]) {
        if let Ok(done) = mend(&shape) {
            prop_assert_eq!(faults(&done.shape), vec![]);
            let (Some(before), Some(after)) = (bbox(&shape), bbox(&done.shape)) else { return Ok(()) };
            let slack = 2e-7;
            prop_assert!(after[0] >= before[0] - slack && after[2] <= before[2] + slack);
            prop_assert!(after[1] >= before[1] - slack && after[3] <= before[3] + slack);
        }
    }

    #[test]
    fn distance_is_never_more_than_to_any_vertex_and_zero_at_each(shape in star(), dx in -0.1..0.1_f64, dy in -0.1..0.1_f64) {
        let (x, y) = centroid(&shape).unwrap();
        let point = (x + dx, y + dy);
        let distance = distance_m(point, &shape);
        for at in &shape.0[0].exterior().0 {
            prop_assert!(distance <= crate::geometry::measure::metres_between(point, (at.x, at.y)) + 0.01);
            prop_assert!(distance_m((at.x, at.y), &shape) == 0.0);
        }
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in r#"\{"type":"(Polygon|Point|MultiPolygon)","coordinates":[\[\]0-9,.eE\-]{0,60}\}"#) {
        let _ = parse(&text);
    }
}
