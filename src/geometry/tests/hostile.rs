//! Shapes that are drawn to exhaust: each is answered, refused or stopped within a bound of work and memory.

use std::cell::Cell;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use geo::{Coord, Geometry, LineString, MultiPolygon, Polygon};
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, Envelope as _, RTree, RTreeObject as _, SelectionFunction};

use super::{area_of, comb, comb_to_the_east, kinds, mend, polygon, square};
use crate::domain::{Deadline, PastDeadline};
use crate::geometry::edges::Edges;
use crate::geometry::place::{Area, Held};
use crate::geometry::search;
use crate::geometry::simplify::{TOLERANCES_M, simplified};
use crate::geometry::{AreaIndex, AreaRules, CheckedArea, Effort, GeometryFaultKind as Kind, Outline, Stopped, repair, validity};

const ANY: AreaRules = AreaRules { max_area_km2: 200_000.0, max_positions: 200_001 };

fn past() -> Deadline {
    Deadline::at(Instant::now() - Duration::from_millis(1))
}

/// On an eighth of the stack that a thread has by default.
fn on_a_small_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        std::thread::Builder::new().stack_size(256 * 1024).spawn_scoped(scope, work).unwrap().join().unwrap()
    })
}

#[test]
fn a_comb_of_nine_thousand_teeth_is_examined_without_depth() {
    let area = on_a_small_stack(|| area_of(Geometry::MultiPolygon(comb(9_000, (5.0, 43.0), (0.05, 0.05))), &ANY));
    let area = area.unwrap();
    assert!(area.geojson.len() > 200_000);
    for tolerance in TOLERANCES_M {
        let version = on_a_small_stack(|| simplified(&area.shape, f64::from(tolerance), Deadline::NEVER)).unwrap();
        assert!(version.is_none_or(|version| super::faults(&version).is_empty()));
    }
}

#[test]
fn an_outline_of_a_hundred_thousand_positions_is_examined_without_depth() {
    // Each tooth is shorter than the one before.
    let mut stairs = comb(24_990, (5.0, 43.0), (2.0, 1.0));
    stairs.0[0].exterior_mut(|ring| {
        let count = ring.0.len() as f64;
        for (at, position) in ring.0.iter_mut().enumerate().filter(|(_, position)| position.y > 43.5) {
            position.y -= (at as f64 / count) * 0.3;
        }
    });
    let checked = on_a_small_stack(|| area_of(Geometry::MultiPolygon(stairs), &ANY)).unwrap();
    assert!(checked.geojson.len() > 1_000_000);
}

#[test]
fn slanted_teeth_whose_boxes_all_meet_are_refused_before_they_are_compared() {
    use geo::MapCoords;
    let slanted =
        comb(4_900, (0.0, 0.0), (0.05, 0.05)).map_coords(|Coord { x, y }| Coord { x: 5.0 + x + y, y: 43.0 + y - x / 2.0 });
    let faults = area_of(Geometry::MultiPolygon(slanted), &ANY).unwrap_err();
    assert!(kinds(&faults).contains(&Kind::TooLarge), "{faults:?}");
}

#[test]
fn thousands_of_parts_through_one_point_are_refused_before_their_touches_fill_memory() {
    let thin = |at: u32| {
        let angle = |part: f64| (f64::from(at) + part) / 3_000.0 * std::f64::consts::TAU;
        let tip = |part: f64| (5.0 + 0.05 * angle(part).cos(), 43.0 + 0.05 * angle(part).sin());
        polygon(&[&[(5.0, 43.0), tip(0.0), tip(0.5), (5.0, 43.0)]])
    };
    let star = MultiPolygon((0..3_000).map(thin).collect());
    assert_eq!(kinds(&super::faults(&star)), [Kind::TooLarge]);
}

#[test]
fn a_tangle_behind_few_faults_is_not_mended() {
    // Forty lines through one point are one fault; what follows crosses itself thousands of times.
    let mut ring: Vec<(f64, f64)> = Vec::new();
    for at in 0..40_u32 {
        let angle = f64::from(at) / 40.0 * std::f64::consts::PI;
        let (dx, dy) = (0.01 * angle.cos(), 0.01 * angle.sin());
        ring.extend([(5.0 + dx, 43.0 + dy), (5.0 - dx, 43.0 - dy)]);
    }
    ring.extend((0..400_u32).map(|at| (5.1 + f64::from(at % 2) / 100.0, 43.0 + f64::from((at * 163) % 400) / 4e4)));
    ring.push(ring[0]);
    let tangle = MultiPolygon(vec![Polygon::new(LineString::from(ring), vec![])]);
    assert_eq!(mend(&tangle).unwrap_err()[0].kind, Kind::TooLarge);
    assert_eq!(validity::meetings(&tangle, 1_000, Deadline::NEVER), Err(Stopped::TooMuch));
}

#[test]
fn a_line_that_crosses_itself_millions_of_times_costs_its_length() {
    let line: Vec<(f64, f64)> =
        (0..4_001_u32).map(|at| (5.0 + f64::from(at % 2) / 100.0, 43.0 + f64::from((at * 1_999) % 4_001) / 1e6)).collect();
    let line = Geometry::LineString(LineString::from(line));
    let held = Held::of(&line, Deadline::NEVER).unwrap().unwrap();
    let around = Area::of(&MultiPolygon(vec![polygon(&[&square(4.9, 42.9, 0.3)])]));
    let mut effort = Effort::new(200_000, Deadline::NEVER);
    assert_eq!(around.covers(&held, &mut effort), Ok(true));
    let through = Area::of(&MultiPolygon(vec![polygon(&[&square(5.001, 42.9, 0.3)])]));
    assert_eq!(through.covers(&held, &mut effort), Ok(false));
    // As the ring of an area it is refused, as every area that crosses itself.
    let Geometry::LineString(mut ring) = line else { panic!("a line") };
    ring.0.push(ring.0[0]);
    let area = Geometry::Polygon(Polygon::new(ring, vec![]));
    assert_eq!(kinds(&Held::of(&area, Deadline::NEVER).unwrap().unwrap_err())[0], Kind::SelfIntersection);
}

#[test]
fn combs_that_cross_in_millions_of_places_overlap_and_are_not_measured() {
    let (one, other) = (comb(2_000, (5.0, 43.0), (0.05, 0.05)), comb_to_the_east(2_000, (5.0, 43.0), (0.05, 0.05)));
    let index = AreaIndex::new(vec![("N", one), ("E", other)]);
    let mut effort = Effort::new(5_000_000, Deadline::NEVER);
    let overlaps = index.overlaps(0.1, |_, _| true, &mut effort).unwrap();
    assert!(overlaps.complete);
    assert_eq!(
        overlaps.found.iter().map(|pair| (*pair.first, *pair.second, pair.area_m2)).collect::<Vec<_>>(),
        [("N", "E", None)]
    );
    assert!(effort.left() > 4_000_000, "stopped as soon as there were too many: {}", effort.left());
    // Fewer of them are measured: teeth of six tenths across teeth of six tenths, and the backs.
    let (one, other) = (comb(50, (5.0, 43.0), (0.05, 0.05)), comb_to_the_east(50, (5.0, 43.0), (0.05, 0.05)));
    let whole = crate::geometry::measure::area_m2(&MultiPolygon(vec![polygon(&[&square(5.0, 43.0, 0.05)])]));
    let index = AreaIndex::new(vec![("N", one), ("E", other)]);
    let overlaps = index.overlaps(0.1, |_, _| true, &mut Effort::until(Deadline::NEVER)).unwrap();
    let share = overlaps.found[0].area_m2.unwrap() / whole;
    let expected = 0.9 * 0.9 * 0.36 + 2.0 * 0.1 * 0.9 * 0.6 + 0.01;
    assert!((share - expected).abs() < 0.01, "{share} of {expected}");
}

#[test]
fn comparing_all_with_all_ends_with_its_effort_and_says_so() {
    let nested =
        |at: u32| (at, MultiPolygon(vec![polygon(&[&square(5.0 + f64::from(at) * 1e-5, 43.0 + f64::from(at) * 1e-5, 0.05)])]));
    let index = AreaIndex::new((0..400).map(nested).collect());
    let short = index.overlaps(0.1, |_, _| true, &mut Effort::new(10_000, Deadline::NEVER)).unwrap();
    assert!(!short.complete && !short.found.is_empty());
    let listed = index.overlaps(0.1, |_, _| true, &mut Effort::until(Deadline::NEVER)).unwrap();
    assert_eq!((listed.found.len(), listed.complete), (crate::geometry::index::MAX_OVERLAPS, false));
}

#[test]
fn every_computation_that_can_be_long_looks_at_its_deadline() {
    let shape = comb(2_000, (5.0, 43.0), (0.05, 0.05));
    let any = Geometry::MultiPolygon(shape.clone());
    assert_eq!(validity::faults(&shape, past()), Err(PastDeadline));
    assert_eq!(repair::repair(&shape, past()).err(), Some(PastDeadline));
    assert_eq!(simplified(&shape, 10.0, past()), Err(PastDeadline));
    assert_eq!(CheckedArea::from_geometry(any.clone(), &ANY, past()).err(), Some(PastDeadline));
    assert_eq!(Held::of(&any, past()).err(), Some(PastDeadline));
    let late = Err(Stopped::Late(PastDeadline));
    assert_eq!(Area::of(&shape).covers(&Held::area(&shape), &mut Effort::until(past())), late);
    let at = Coord { x: 5.5, y: 43.5 };
    assert_eq!(Edges::of(&shape).distance_m(at, &mut Effort::until(past())), Err(Stopped::Late(PastDeadline)));
    let outline = Outline::of_shape(shape.clone());
    assert_eq!(outline.holds(&shape, 10.0, past()), Err(PastDeadline));
    assert_eq!(outline.holds_point((5.5, 43.5), 10.0, past()), Err(PastDeadline));
    let index = AreaIndex::new(vec![(1, shape.clone()), (2, shape)]);
    assert_eq!(index.overlaps(0.1, |_, _| true, &mut Effort::until(past())), Err(PastDeadline));
    assert_eq!(index.near((5.0, 43.0), 300.0, &mut Effort::until(past())), Err(Stopped::Late(PastDeadline)));
}

#[test]
fn a_shape_far_outside_a_long_outline_is_told_so_in_bounded_work() {
    let outline = Outline::of_shape(comb_to_the_east(20_000, (5.0, 43.0), (0.5, 0.5)));
    let elsewhere = comb(4_000, (2.0, 48.0), (0.05, 0.05));
    let began = Instant::now();
    let fault = outline.holds(&elsewhere, 500.0, Deadline::NEVER).unwrap().unwrap_err();
    assert_eq!(fault.kind, Kind::OutsideDepartment);
    assert!(began.elapsed() < Duration::from_secs(60), "generous: seconds at most");
}

type Boxed = GeomWithData<Rectangle<[f64; 2]>, usize>;

/// What a search looks at, as the library itself walks.
struct Looked<'c>(AABB<[f64; 2]>, &'c Cell<usize>);

impl SelectionFunction<Boxed> for Looked<'_> {
    fn should_unpack_parent(&self, envelope: &AABB<[f64; 2]>) -> bool {
        self.1.set(self.1.get() + 1);
        envelope.intersects(&self.0)
    }
    fn should_unpack_leaf(&self, leaf: &Boxed) -> bool {
        self.1.set(self.1.get() + 1);
        leaf.envelope().intersects(&self.0)
    }
}

/// A star of so many positions, whose every edge passes near its middle.
fn star(points: u32) -> MultiPolygon<f64> {
    let at = |number: u32| {
        let angle = f64::from(number) * std::f64::consts::PI * (1.0 + 1.0 / f64::from(points));
        (5.0 + 0.05 * angle.cos(), 43.0 + 0.05 * angle.sin())
    };
    let mut ring: Vec<(f64, f64)> = (0..points).map(at).collect();
    ring.push(ring[0]);
    MultiPolygon(vec![Polygon::new(LineString::from(ring), vec![])])
}

fn tree_of(shape: &MultiPolygon<f64>) -> RTree<Boxed> {
    let lines = crate::geometry::edges::rings(shape).flat_map(LineString::lines);
    RTree::bulk_load(
        lines
            .enumerate()
            .map(|(at, line)| GeomWithData::new(Rectangle::from_corners(line.start.into(), line.end.into()), at))
            .collect(),
    )
}

#[test]
fn a_search_counts_what_it_looks_at_whether_it_finds_anything_or_not() {
    let nested = |at: u32| polygon(&[&square(5.0 + f64::from(at) * 1e-5, 43.0 + f64::from(at) * 1e-5, 0.05)]);
    let shapes = [
        star(3_001),
        comb(2_000, (5.0, 43.0), (0.05, 0.05)),
        comb_to_the_east(2_000, (5.0, 43.0), (0.05, 0.05)),
        MultiPolygon((0..400).map(nested).collect()),
    ];
    let mut in_vain = 0;
    for shape in &shapes {
        let tree = tree_of(shape);
        for column in 0..20 {
            for row in 0..20 {
                let corner = [4.99 + f64::from(column) * 0.004, 42.99 + f64::from(row) * 0.004];
                for envelope in [AABB::from_point(corner), AABB::from_corners(corner, [corner[0] + 0.02, corner[1]])] {
                    let looked = Cell::new(0);
                    let expected = tree.locate_with_selection_function(Looked(envelope, &looked)).count();
                    let mut effort = Effort::until(Deadline::NEVER);
                    let mut found = 0;
                    search::meeting(&tree, envelope, &mut effort, |_, _| {
                        found += 1;
                        Ok(ControlFlow::Continue(()))
                    })
                    .unwrap();
                    let steps = usize::MAX - effort.left();
                    assert_eq!(found, expected);
                    // A node holds six boxes at most, which are looked at in one step; the library looks at the root, too.
                    assert!(looked.get() <= 6 * steps + 1, "{} looked at in {steps} steps", looked.get());
                    if found == 0 && steps > 10 {
                        in_vain += 1;
                        let stopped = search::meeting(&tree, envelope, &mut Effort::new(steps - 1, Deadline::NEVER), |_, _| {
                            Ok(ControlFlow::Continue(()))
                        });
                        assert_eq!(stopped, Err(Stopped::TooMuch), "without having found anything");
                    }
                }
            }
        }
    }
    assert!(in_vain > 0, "some searches walk far in vain");
}

#[test]
fn stars_are_examined_mended_and_compared_within_the_steps_that_they_are_given() {
    let star = star(19_801);
    // Whatever is given is not overdrawn: a tenth of it ends ten times as soon.
    for steps in [1_000_000, 10_000_000] {
        let faults = validity::faults_within(&star, steps, Deadline::NEVER).unwrap();
        assert!(!faults.is_empty());
    }
    assert!(mend(&star).is_err());
    let index = AreaIndex::new(vec![(1, star.clone()), (2, comb(4_900, (5.0, 43.0), (0.05, 0.05)))]);
    let mut effort = Effort::new(2_000_000, Deadline::NEVER);
    let overlaps = index.overlaps(0.1, |_, _| true, &mut effort).unwrap();
    assert!(!overlaps.complete || overlaps.found.iter().all(|pair| pair.area_m2.is_none()), "{overlaps:?}");
    let (around, held) =
        (Area::of(&comb(4_900, (5.0, 43.0), (0.05, 0.05))), Held::area(&comb_to_the_east(4_900, (5.0, 43.0), (0.05, 0.05))));
    let mut effort = Effort::new(2_000_000, Deadline::NEVER);
    assert!(matches!(around.covers(&held, &mut effort), Ok(false) | Err(Stopped::TooMuch)));
}
