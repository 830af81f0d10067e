//! What subtraction gives away. An attacker who knows how everything nests writes each figure down as a sum of grains: one kind of person, in one
//! quarter, in one department. What is shown are equations among grains, none of them negative. Whatever group of grains he likes then has a least
//! and a greatest number: of no group of 1 to 4 persons that a difference of figures could be may these leave less than 1 to 4, whether
//! anything of the group was ever published or not. Nothing here knows how palts finds out.

use std::collections::BTreeSet;

use palts::domain::publication::Place;
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use super::attacker::{Known, Row, first_bounded};
use super::worlds::{Above, CODES, DEPARTMENTS, PERIODS, QUARTERS, World, above, territories};

/// Traffickers, users, and the others of the total.
const KINDS: usize = 3;
/// The kinds that each indicator counts, in the order of the indicators.
const OF: [&[usize]; 3] = [&[0, 1, 2], &[0], &[1]];
/// What a total leaves without some of its parts, and the indicators themselves.
const GROUPS: [&[usize]; 6] = [&[0], &[1], &[2], &[0, 1, 2], &[1, 2], &[0, 2]];

fn grain(kind: usize, quarter: usize, department: usize) -> usize {
    (kind * QUARTERS.len() + quarter) * DEPARTMENTS.len() + department
}

fn grains(kinds: &[usize], quarters: &[usize], departments: &[usize]) -> Vec<usize> {
    let mut all = Vec::new();
    for kind in kinds {
        for quarter in quarters {
            all.extend(departments.iter().map(|department| grain(*kind, *quarter, *department)));
        }
    }
    all
}

/// The departments that a place is made of.
fn within(place: &Place) -> Vec<usize> {
    let is_in = |department: &Above| above(*department).contains(place);
    DEPARTMENTS.iter().enumerate().filter(|(_, department)| is_in(department)).map(|(number, _)| number).collect()
}

/// Every number of each grain.
fn truth(world: &World) -> Vec<f64> {
    let mut values = vec![0.0; KINDS * QUARTERS.len() * DEPARTMENTS.len()];
    for (number, quarter) in QUARTERS.iter().enumerate() {
        for (department, names) in DEPARTMENTS.iter().enumerate() {
            let of = |code: &'static str| world.truth[&(code, *quarter)][&above(*names)[0]].value.expect("reported");
            let [total, traffic, usage] = [of(CODES[0]), of(CODES[1]), of(CODES[2])];
            for (kind, value) in [traffic, usage, total - traffic - usage].into_iter().enumerate() {
                values[grain(kind, number, department)] = value;
            }
        }
    }
    values
}

/// What is shown of all periods, as equations.
fn shown(world: &World, complete: bool) -> Vec<Row> {
    let mut rows = Vec::new();
    for ((code, period), hidden) in &world.hidden {
        let kinds = OF[CODES.iter().position(|other| other == code).expect("an indicator")];
        let quarters = PERIODS.iter().find(|(name, _)| name == period).expect("a period").1;
        for (place, figure) in world.truth[&(*code, *period)].iter().filter(|(place, _)| !hidden.contains(*place)) {
            let terms = grains(kinds, quarters, &within(place)).into_iter().map(|index| (index, 1.0)).collect();
            rows.push(Row { terms, equal: true, right: figure.value.expect("reported") });
        }
    }
    if complete {
        // There are no others, and everybody knows.
        let quarters: Vec<usize> = (0..QUARTERS.len()).collect();
        let departments: Vec<usize> = (0..DEPARTMENTS.len()).collect();
        let others = grains(&[2], &quarters, &departments);
        rows.extend(others.into_iter().map(|index| Row { terms: vec![(index, 1.0)], equal: true, right: 0.0 }));
    }
    rows
}

/// Groups of departments that are what a territory leaves without others, in every way.
fn territories_left() -> BTreeSet<Vec<usize>> {
    let places: BTreeSet<Place> = DEPARTMENTS.iter().copied().flat_map(above).collect();
    let of: Vec<Vec<usize>> = places.iter().map(within).collect();
    let mut left: BTreeSet<Vec<usize>> = of.iter().cloned().collect();
    loop {
        let before = left.len();
        for group in left.clone() {
            for inner in of.iter().filter(|inner| inner.iter().all(|one| group.contains(one))) {
                left.insert(group.iter().copied().filter(|one| !inner.contains(one)).collect());
            }
        }
        if left.len() == before {
            left.remove(&Vec::new());
            return left;
        }
    }
}

/// Every way in which a territory is made of others, by departments. A department is made of itself.
fn wholes() -> Vec<(Vec<usize>, Vec<Vec<usize>>)> {
    let axis = |number: usize| -> BTreeSet<Vec<usize>> {
        DEPARTMENTS.iter().map(|department| within(&above(*department)[number])).collect()
    };
    let mut found = Vec::new();
    for outer in 0..4 {
        for whole in axis(outer) {
            for inner in 0..4 {
                let parts: Vec<Vec<usize>> =
                    axis(inner).into_iter().filter(|part| part.iter().all(|one| whole.contains(one))).collect();
                if parts.iter().map(Vec::len).sum::<usize>() == whole.len() {
                    found.push((whole.clone(), parts));
                }
            }
        }
    }
    found
}

fn attack(world: &World, complete: bool) -> Result<(), TestCaseError> {
    let truth = truth(world);
    let value = |group: &[usize]| group.iter().map(|index| truth[*index]).sum::<f64>();
    let rows = shown(world, complete);
    for row in &rows {
        let own: Vec<usize> = row.terms.iter().map(|(index, _)| *index).collect();
        prop_assert!((value(&own) - row.right).abs() < 1e-9, "the grains are not what figures are made of");
    }
    let published: BTreeSet<&str> = world.hidden.keys().map(|(_, period)| *period).collect();
    let known = Known::of(truth.len(), &rows);
    let wholes = wholes();
    let (mut groups, mut names) = (Vec::new(), Vec::new());
    for kinds in GROUPS {
        for bits in 1_usize..16 {
            let quarters: Vec<usize> = (0..QUARTERS.len()).filter(|quarter| bits >> quarter & 1 == 1).collect();
            let is_small = |departments: &[usize]| (1.0..5.0).contains(&value(&grains(kinds, &quarters, departments)));
            let is_known = |departments: &[usize]| known.gives(&grains(kinds, &quarters, departments));
            for departments in territories_left().iter().filter(|departments| is_small(departments)) {
                prop_assert!(!is_known(departments), "{kinds:?} {quarters:?} {departments:?} follow; published {published:?}");
            }
            // Every place, and of every whole what is left without the parts that are known.
            let mut tried: BTreeSet<Vec<usize>> = wholes.iter().map(|(whole, _)| whole.clone()).collect();
            for (_, parts) in &wholes {
                tried.insert(parts.iter().filter(|part| !is_known(part)).flatten().copied().collect());
            }
            for departments in tried.into_iter().filter(|departments| is_small(departments)) {
                groups.push(grains(kinds, &quarters, &departments));
                names.push((kinds, quarters.clone(), departments));
            }
        }
    }
    if let Some((number, low, high)) = first_bounded(truth.len(), &rows, &groups) {
        prop_assert!(
            false,
            "{:?} (kinds, quarters, departments) are {}, known to be {low} to {high}; published {published:?}",
            names[number],
            value(&groups[number])
        );
    }
    Ok(())
}

fn drawn() -> ProptestConfig {
    super::derivation::seeded(8)
}

proptest! {
    #![proptest_config(drawn())]

    #[test]
    fn no_difference_of_published_figures_lays_one_to_four_persons_open(
        values in prop::collection::vec(prop_oneof![3 => Just(0_u32), 3 => 1_u32..5, 2 => 5_u32..9, 2 => 9_u32..60], 60),
        order in Just(PERIODS.map(|(name, _)| name).to_vec()).prop_shuffle(),
        complete in any::<bool>(),
    ) {
        let mut world = World::of(territories(), &DEPARTMENTS, &CODES[..3], &values, complete);
        for period in order.into_iter().take(5) {
            world.publish(period);
            attack(&world, complete)?;
        }
    }
}
