//! What subtraction gives away. An attacker who knows how everything nests writes each figure down as a sum of grains: one kind of person, in one
//! quarter, in one department; and a grain that was corrected is two, one before and one after. What any version shows are equations among grains,
//! none of them negative. Whatever group of grains he likes then has a least and a greatest number: of no group of 1 to 4 persons that a
//! difference of figures could be may these leave less than 1 to 4, whether anything of the group was ever published or not, and whether it was
//! corrected since or not. Nothing here knows how palts finds out.

use std::collections::{BTreeMap, BTreeSet};

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
/// Two departments in each region: a region may be hidden while one of its departments is shown.
const PAIRS: [Above; 6] = [
    ("04", "93", "SUD"),
    ("05", "93", "SUD"),
    ("2A", "94", "SUD"),
    ("2B", "94", "SUD"),
    ("59", "32", "NORD"),
    ("62", "32", "NORD"),
];

/// The departments of a place.
fn within(departments: &[Above], place: &Place) -> Vec<usize> {
    let is_in = |department: &Above| above(*department).contains(place);
    departments.iter().enumerate().filter(|(_, department)| is_in(department)).map(|(number, _)| number).collect()
}

/// Groups of departments that are what a territory leaves without others, in every way.
fn territories_left(departments: &[Above]) -> BTreeSet<Vec<usize>> {
    let places: BTreeSet<Place> = departments.iter().copied().flat_map(above).collect();
    let of: Vec<Vec<usize>> = places.iter().map(|place| within(departments, place)).collect();
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

/// A territory and others that it is made of, by departments.
type Whole = (Vec<usize>, Vec<Vec<usize>>);

/// Every way in which a territory is made of others. A department is made of itself.
fn wholes(departments: &[Above]) -> Vec<Whole> {
    let axis = |number: usize| -> BTreeSet<Vec<usize>> {
        departments.iter().map(|department| within(departments, &above(*department)[number])).collect()
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

/// Every way to put a period together from others, and from another version of itself.
fn sums<'a>(whole: &Span, others: &[&'a Span]) -> Vec<Vec<&'a Span>> {
    let (mut found, mut open) = (Vec::new(), vec![(whole.quarters.clone(), Vec::new())]);
    while let Some((left, parts)) = open.pop() {
        for other in others.iter().filter(|other| left.first() == other.quarters.first()) {
            let rest: Vec<usize> = left.iter().copied().filter(|one| !other.quarters.contains(one)).collect();
            if rest.len() + other.quarters.len() == left.len() {
                let parts: Vec<&Span> = parts.iter().copied().chain([*other]).collect();
                if rest.is_empty() { found.push(parts) } else { open.push((rest, parts)) }
            }
        }
    }
    found
}

/// A territory, and what it leaves without the parts of it that are known, and without the known parts of those that are not, in every way.
fn left_of(whole: &[usize], wholes: &[Whole], known: &BTreeSet<Vec<usize>>) -> BTreeSet<Vec<usize>> {
    let mut found = BTreeSet::from([whole.to_vec()]);
    for (_, parts) in wholes.iter().filter(|(other, parts)| other == whole && parts.len() > 1) {
        let mut together = BTreeSet::from([Vec::new()]);
        for part in parts.iter().filter(|part| !known.contains(*part)) {
            let left = left_of(part, wholes, known);
            together = together.iter().flat_map(|one| left.iter().map(move |other| [one.as_slice(), other].concat())).collect();
        }
        found.extend(together);
    }
    found
}

/// A period as it was at some time, or what it leaves without others.
#[derive(Clone, PartialEq)]
struct Span {
    quarters: Vec<usize>,
    /// The states of all grains at that time.
    states: Vec<usize>,
    /// The others, with the states of theirs: only of what was not corrected in between it is a difference.
    without: Vec<(Vec<usize>, Vec<usize>)>,
}

impl Span {
    /// Every way to take others away that lie in it.
    fn less(&self, others: &[Span]) -> Vec<Span> {
        let (mut found, mut last) = (Vec::new(), vec![(self.clone(), 0)]);
        while let Some((whole, first)) = last.pop() {
            for (number, other) in others.iter().enumerate().skip(first) {
                let left: Vec<usize> = whole.quarters.iter().copied().filter(|one| !other.quarters.contains(one)).collect();
                if !left.is_empty() && left.len() + other.quarters.len() == whole.quarters.len() {
                    let own = (other.quarters.clone(), other.states.clone());
                    let without = whole.without.iter().chain(&other.without).cloned().chain([own]).collect();
                    let span = Span { quarters: left, states: whole.states.clone(), without };
                    found.push(span.clone());
                    last.push((span, number + 1));
                }
            }
        }
        found
    }
}

/// What was read so far.
struct Attacker {
    departments: Vec<Above>,
    /// There are no others than traffickers and users, and everybody knows.
    complete: bool,
    /// What each state of each grain is.
    truth: Vec<f64>,
    /// The state that each grain is in.
    now: Vec<usize>,
    read: Vec<Span>,
    shown: Vec<Row>,
    /// How many of these were shown before the last publication.
    before: usize,
}

impl Attacker {
    fn new(world: &World, complete: bool) -> Self {
        let departments = world.departments.clone();
        let now = vec![usize::MAX; KINDS * QUARTERS.len() * departments.len()];
        let mut attacker = Self { departments, complete, truth: Vec::new(), now, read: Vec::new(), shown: Vec::new(), before: 0 };
        attacker.hear(world);
        attacker
    }

    /// Learns which grains were corrected, not what they are.
    fn hear(&mut self, world: &World) {
        for (number, quarter) in QUARTERS.iter().enumerate() {
            for (department, names) in self.departments.clone().into_iter().enumerate() {
                let of = |code: &'static str| world.truth[&(code, *quarter)][&above(names)[0]].value.expect("reported");
                let [total, traffic, usage] = [of(CODES[0]), of(CODES[1]), of(CODES[2])];
                for (kind, value) in [traffic, usage, total - traffic - usage].into_iter().enumerate() {
                    let grain = self.grain(kind, number, department);
                    if self.truth.get(self.now[grain]) != Some(&value) {
                        self.now[grain] = self.truth.len();
                        self.truth.push(value);
                        if self.complete && kind == 2 {
                            self.shown.push(Row { terms: vec![(self.now[grain], 1.0)], equal: true, right: 0.0 });
                        }
                    }
                }
            }
        }
    }

    fn grain(&self, kind: usize, quarter: usize, department: usize) -> usize {
        (kind * QUARTERS.len() + quarter) * self.departments.len() + department
    }

    /// The states of grains at one time.
    fn grains(&self, states: &[usize], kinds: &[usize], quarters: &[usize], departments: &[usize]) -> Vec<usize> {
        let mut all = Vec::new();
        for kind in kinds {
            for quarter in quarters {
                all.extend(departments.iter().map(|department| states[self.grain(*kind, *quarter, *department)]));
            }
        }
        all
    }

    fn value(&self, group: &[usize]) -> f64 {
        group.iter().map(|index| self.truth[*index]).sum()
    }

    /// Reads what the last version of a period shows, as equations.
    fn read(&mut self, world: &World, period: &'static str) {
        let quarters = PERIODS.iter().find(|(name, _)| *name == period).expect("a period").1;
        self.before = self.shown.len();
        for (code, kinds) in CODES.into_iter().zip(OF) {
            let said = world.said[&(code, period)].last().expect("a version");
            for (place, figure) in said.figures.iter().filter(|(place, _)| !said.hidden.contains(*place)) {
                let group = self.grains(&self.now, kinds, quarters, &within(&self.departments, place));
                let right = figure.value.expect("reported");
                assert!((self.value(&group) - right).abs() < 1e-9, "the grains are not what figures are made of");
                self.shown.push(Row { terms: group.into_iter().map(|index| (index, 1.0)).collect(), equal: true, right });
            }
        }
        self.read.push(Span { quarters: quarters.to_vec(), states: self.now.clone(), without: Vec::new() });
    }

    /// What was published, and what it leaves; of that, what is a period counts as published.
    fn spans(&self) -> Vec<Span> {
        let is_period = |span: &Span| PERIODS.iter().any(|(_, quarters)| *quarters == span.quarters);
        let mut told = self.read.clone();
        for _ in 0..2 {
            let left: Vec<Span> = told.iter().flat_map(|whole| whole.less(&told)).filter(is_period).collect();
            for span in left {
                if !told.iter().any(|other| other.quarters == span.quarters && other.states == span.states) {
                    told.push(span);
                }
            }
        }
        let left: Vec<Span> = told.iter().flat_map(|whole| whole.less(&told)).collect();
        told.extend(left);
        told
    }

    /// Whether a figure has the same value in two versions though it was corrected, or figures of different times add up as if they had not been:
    /// palts cannot know that this is chance.
    fn is_misled(&self) -> bool {
        let now =
            PERIODS.map(|(_, quarters)| Span { quarters: quarters.to_vec(), states: self.now.clone(), without: Vec::new() });
        let spans: Vec<&Span> = self.read.iter().chain(&now).collect();
        let places: BTreeSet<Vec<usize>> = wholes(&self.departments).into_iter().map(|(whole, _)| whole).collect();
        let group = |span: &Span, kinds: &[usize], quarters: &[usize], place: &[usize]| -> BTreeSet<usize> {
            self.grains(&span.states, kinds, quarters, place).into_iter().collect()
        };
        let value = |group: &BTreeSet<usize>| group.iter().map(|index| self.truth[*index]).sum::<f64>();
        OF.iter().any(|kinds| {
            places.iter().any(|place| {
                let is_chance = |whole: &Span, parts: &[&Span]| {
                    let all = group(whole, kinds, &whole.quarters, place);
                    let own: BTreeSet<usize> = parts.iter().flat_map(|part| group(part, kinds, &part.quarters, place)).collect();
                    all != own && value(&all) == value(&own)
                };
                spans.iter().any(|whole| sums(whole, &spans).iter().any(|parts| is_chance(whole, parts)))
            })
        })
    }

    fn attack(&self, so_far: &str) -> Result<(), TestCaseError> {
        let known = Known::of(self.truth.len(), &self.shown);
        let known_before = Known::of(self.truth.len(), &self.shown[..self.before]);
        let (wholes, all_left) = (wholes(&self.departments), territories_left(&self.departments));
        let mut groups: BTreeMap<Vec<usize>, String> = BTreeMap::new();
        for Span { quarters, states, without } in &self.spans() {
            for kinds in GROUPS {
                let grains = |departments: &Vec<usize>| self.grains(states, kinds, quarters, departments);
                let is_difference = |departments: &Vec<usize>| {
                    without.iter().all(|(quarters, then)| {
                        let of = |states| self.grains(states, kinds, quarters, departments);
                        of(states) == of(then)
                    })
                };
                let is_small = |departments: &Vec<usize>| {
                    (1.0..5.0).contains(&self.value(&grains(departments))) && is_difference(departments)
                };
                let is_given = |departments: &Vec<usize>| known.gives(&grains(departments));
                for departments in all_left.iter().filter(|departments| is_small(departments)) {
                    let is_new = || !known_before.gives(&grains(departments));
                    prop_assert!(!is_given(departments) || !is_new(), "{kinds:?} {quarters:?} {departments:?} follow; {so_far}");
                }
                let places: BTreeSet<&Vec<usize>> = wholes.iter().map(|(whole, _)| whole).collect();
                let given: BTreeSet<Vec<usize>> = places.into_iter().filter(|place| is_given(place)).cloned().collect();
                let tried = wholes.iter().flat_map(|(whole, _)| left_of(whole, &wholes, &given));
                for departments in tried.collect::<BTreeSet<_>>().iter().filter(|departments| is_small(departments)) {
                    groups.insert(grains(departments), format!("{kinds:?} {quarters:?} {departments:?}"));
                }
            }
        }
        let (mut groups, mut names): (Vec<Vec<usize>>, Vec<String>) = groups.into_iter().unzip();
        while let Some((number, low, high)) = first_bounded(self.truth.len(), &self.shown, &groups) {
            // What was given away while nobody could subtract it cannot be taken back.
            let (name, group) = (names.swap_remove(number), groups.swap_remove(number));
            prop_assert!(
                first_bounded(self.truth.len(), &self.shown[..self.before], std::slice::from_ref(&group)).is_some(),
                "{name} (kinds, quarters, departments) are {}, known to be {low} to {high}; {so_far}",
                self.value(&group)
            );
        }
        Ok(())
    }
}

fn drawn() -> ProptestConfig {
    super::derivation::seeded(8)
}

/// Quarter, kind and department, and what is right.
fn corrections() -> impl Strategy<Value = Vec<(usize, usize, usize, u32)>> {
    let value = prop_oneof![1 => Just(0_u32), 3 => 1_u32..5, 2 => 5_u32..9, 1 => 9_u32..60];
    prop::collection::vec((0..QUARTERS.len(), 0..KINDS, 0..PAIRS.len(), value), 0..4)
}

proptest! {
    #![proptest_config(drawn())]

    #[test]
    fn no_difference_of_published_figures_lays_one_to_four_persons_open(
        values in prop::collection::vec(prop_oneof![3 => Just(0_u32), 3 => 1_u32..5, 2 => 5_u32..9, 2 => 9_u32..60], 60),
        order in Just(PERIODS.map(|(name, _)| name).to_vec()).prop_shuffle(),
        complete in any::<bool>(),
    ) {
        let mut world = World::of(territories(&DEPARTMENTS), &DEPARTMENTS, &CODES[..3], &values, complete);
        let mut attacker = Attacker::new(&world, complete);
        for (number, period) in order.iter().enumerate().take(5) {
            world.publish(period);
            attacker.read(&world, period);
            attacker.attack(&format!("published {:?}", &order[..=number]))?;
        }
    }

    /// Between publications, measures are corrected; and periods are published again.
    #[test]
    fn no_version_lays_one_to_four_persons_open_beside_the_others(
        values in prop::collection::vec(prop_oneof![3 => Just(0_u32), 3 => 1_u32..5, 2 => 5_u32..9, 2 => 9_u32..60], 72),
        turns in prop::collection::vec((0..PERIODS.len(), corrections()), 5),
        complete in any::<bool>(),
    ) {
        let mut world = World::of(territories(&PAIRS), &PAIRS, &CODES[..3], &values, complete);
        let mut attacker = Attacker::new(&world, complete);
        let mut so_far = Vec::new();
        for (period, corrections) in turns {
            for (quarter, kind, department, value) in corrections {
                let kind = if complete { kind % 2 } else { kind };
                world.correct(quarter, kind, department, value);
                so_far.push(format!("corrected kind {kind} of quarter {quarter} in department {department} to {value}"));
            }
            let (period, _) = PERIODS[period];
            so_far.push(format!("published {period}"));
            attacker.hear(&world);
            world.publish(period);
            attacker.read(&world, period);
            if attacker.is_misled() {
                break;
            }
            attacker.attack(&so_far.join(", "))?;
        }
    }
}
