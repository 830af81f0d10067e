//! Tests of bounds: small systems by hand. Random ones, held against another method, are the suite's.

use std::time::{Duration, Instant};

use super::*;

fn quantity(truth: f64, sight: Sight) -> Quantity {
    Quantity { truth, sight }
}

fn sum(whole: usize, parts: &[usize]) -> Relation {
    let terms = std::iter::once((whole, 1.0)).chain(parts.iter().map(|part| (*part, -1.0))).collect();
    Relation { terms, spare: None }
}

const ONE_TO_FOUR: fn(f64) -> Need = |truth| Need::Range { fall: truth - 1.0, rise: 4.0 - truth };

#[test]
fn a_published_nought_is_hidden_when_its_whole_would_be_its_neighbour() {
    // The semester is 6 and known; one quarter is 0 and may be hidden, the other is 6 and must not follow.
    let quantities = vec![quantity(6.0, Sight::Known), quantity(0.0, Sight::Hideable(1.0)), quantity(6.0, Sight::Hidden)];
    let mut system = System::new(quantities, vec![sum(0, &[1, 2])], Deadline::NEVER);
    let needs = [(2, Need::Width(1.0))];
    assert_eq!(system.still_unmet(&needs), Ok(vec![2]));
    assert_eq!(system.protect(&needs), Ok(BTreeSet::from([1])));
    assert_eq!(system.still_unmet(&needs), Ok(vec![]));
}

#[test]
fn a_whole_that_is_small_bounds_its_parts() {
    // 3 hidden under a total of 3: it cannot be 4 unless the total is hidden too.
    let quantities = vec![quantity(3.0, Sight::Hideable(9.0)), quantity(0.0, Sight::Known), quantity(3.0, Sight::Hidden)];
    let bound = Relation { terms: vec![(0, 1.0), (1, -1.0), (2, -1.0)], spare: Some(0.0) };
    let mut system = System::new(quantities, vec![bound], Deadline::NEVER);
    assert_eq!(system.protect(&[(2, ONE_TO_FOUR(3.0))]), Ok(BTreeSet::from([0])));
}

#[test]
fn the_cheapest_that_serves_is_hidden_and_no_more() {
    let cells = [quantity(60.0, Sight::Known), quantity(3.0, Sight::Hidden), quantity(7.0, Sight::Hideable(2.0))];
    let quantities = [cells.as_slice(), &[quantity(50.0, Sight::Hideable(1.5))]].concat();
    let mut system = System::new(quantities, vec![sum(0, &[1, 2, 3])], Deadline::NEVER);
    assert_eq!(system.protect(&[(1, ONE_TO_FOUR(3.0))]), Ok(BTreeSet::from([3])));
}

#[test]
fn what_is_known_already_drags_nothing_down() {
    let quantities = vec![quantity(6.0, Sight::Known), quantity(3.0, Sight::Known), quantity(3.0, Sight::Hidden)];
    let others = [quantities, vec![quantity(9.0, Sight::Hideable(1.0)), quantity(12.0, Sight::Hideable(1.0))]].concat();
    let mut system = System::new(others, vec![sum(0, &[1, 2]), sum(4, &[2, 3])], Deadline::NEVER);
    assert_eq!(system.protect(&[(2, ONE_TO_FOUR(3.0))]), Ok(BTreeSet::new()));
}

#[test]
fn a_move_that_many_others_must_make_up_for_is_found_and_bounds_with_room_for_it_are_not_followed() {
    // A chain, each falling as the one before it rises; at each hang two more by a bound that has room for the move.
    let mut quantities = vec![quantity(3.0, Sight::Hidden)];
    let mut relations = Vec::new();
    for _ in 0..700 {
        let last = quantities.len() - 1;
        quantities.extend([quantity(9.0, Sight::Hidden), quantity(60.0, Sight::Hidden), quantity(60.0, Sight::Hidden)]);
        // The chain goes on with the last of three.
        let (beside, far, next) = (last + 1, last + 2, last + 3);
        quantities.swap(beside, next);
        relations.push(Relation { terms: vec![(last, 1.0), (next, 1.0)], spare: None });
        relations.push(Relation { terms: vec![(far, 1.0), (last, -1.0)], spare: Some(57.0) });
        relations.push(Relation { terms: vec![(beside, 1.0), (far, -1.0)], spare: None });
    }
    let mut system = System::new(quantities, relations, Deadline::NEVER);
    assert_eq!(system.protect(&[(0, ONE_TO_FOUR(3.0))]), Ok(BTreeSet::new()));
    assert_eq!(system.unmet(), vec![]);
}

#[test]
fn a_deadline_that_has_come_ends_it() {
    let past = Deadline::at(Instant::now() - Duration::from_millis(1));
    let quantities = vec![quantity(6.0, Sight::Known), quantity(0.0, Sight::Hideable(1.0)), quantity(6.0, Sight::Hidden)];
    let mut system = System::new(quantities, vec![sum(0, &[1, 2])], past);
    assert_eq!(system.protect(&[(2, Need::Width(1.0))]), Err(PastDeadline));
}
