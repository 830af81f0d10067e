//! Random small countries, published period after period, decided by the domain alone: what an attacker who knows that counts are whole and not
//! negative, and the identities between indicators, can make of all that was shown leaves every hidden count of 1 to 4 the whole of 1 to 4.

use std::collections::{BTreeMap, BTreeSet};

use palts::domain::publication::{self, Earlier, Figure, Identity, Place, Series, Stated, Versions, decide};
use palts::domain::suppression::{CellId, Knowledge, Sum, complete};
use palts::domain::territory::{DefenceZone, Department, Parquet, Region, Territories};
use palts::domain::vocabulary::{Aggregation, RollupAxis};
use palts::domain::{Deadline, Period};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use super::attacker::{Row, fits, ranges};

/// Code, region and zone.
pub type Above = (&'static str, &'static str, &'static str);

pub const DEPARTMENTS: [Above; 5] =
    [("04", "93", "SUD"), ("05", "93", "SUD"), ("13", "93", "SUD"), ("2A", "94", "SUD"), ("59", "32", "NORD")];
/// The first is at least the sum of the two after it; the others stand for themselves.
pub const CODES: [&str; 20] =
    ["ILS_TOTAL", "ILS_TRAFIC", "ILS_USAGE", "A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M", "N", "O", "P", "Q"];
pub const QUARTERS: [&str; 4] = ["2010-Q1", "2010-Q2", "2010-Q3", "2010-Q4"];
/// Each with the quarters that it is made of.
pub const PERIODS: [(&str, &[usize]); 7] = [
    ("2010-Q1", &[0]),
    ("2010-Q2", &[1]),
    ("2010-Q3", &[2]),
    ("2010-Q4", &[3]),
    ("2010-S1", &[0, 1]),
    ("2010-S2", &[2, 3]),
    ("2010", &[0, 1, 2, 3]),
];

pub fn territories(departments: &[Above]) -> Territories {
    let region = |code: &str| Region { code: code.parse().expect("a code"), name: code.to_owned() };
    let zone = |code: &str| DefenceZone { code: code.parse().expect("a code"), name: code.to_owned(), seat: code.to_owned() };
    let parquet = Parquet {
        code: "TJ-X".parse().expect("a code"),
        name: "Parquet".to_owned(),
        court_of_appeal: "X".to_owned(),
        departments: departments.iter().map(|(code, _, _)| code.parse().expect("a code")).collect(),
    };
    let department = |(code, region, zone): Above| Department {
        code: code.parse().expect("a code"),
        name: code.to_owned(),
        region: region.parse().expect("a code"),
        zone: zone.parse().expect("a code"),
        since: None,
        prefecture_town: code.to_owned(),
        prefecture: (0.0, 0.0),
        bounding_box: [0.0; 4],
        coordinating_parquet: "TJ-X".parse().expect("a code"),
    };
    let regions = vec![region("93"), region("94"), region("32")];
    Territories::new(
        regions,
        vec![zone("SUD"), zone("NORD")],
        vec![parquet],
        departments.iter().copied().map(department).collect(),
    )
    .expect("sound")
}

/// The places above a department, itself first.
pub fn above((department, region, zone): Above) -> [Place; 4] {
    [
        (RollupAxis::Department, department.to_owned()),
        (RollupAxis::Region, region.to_owned()),
        (RollupAxis::DefenceZone, zone.to_owned()),
        (RollupAxis::National, "FR".to_owned()),
    ]
}

pub type Figures = BTreeMap<Place, Figure>;

/// What a version says of an indicator, and what it does not.
pub struct Said {
    pub figures: Figures,
    pub hidden: BTreeSet<Place>,
}

fn rolled_up(departments: &[Above], values: &[u32]) -> Figures {
    let mut figures = Figures::new();
    for (department, value) in departments.iter().zip(values) {
        for place in above(*department) {
            let figure = figures.entry(place).or_insert(Figure { value: Some(0.0), measures: 0 });
            figure.value = figure.value.map(|sum| sum + f64::from(*value));
            figure.measures += 4;
        }
    }
    figures
}

fn period(text: &str) -> Period {
    text.parse().expect("a period")
}

/// The truth of each indicator and period, and what was shown so far.
pub struct World {
    territories: Territories,
    pub departments: Vec<Above>,
    pub codes: &'static [&'static str],
    identities: Vec<Identity>,
    /// By quarter, indicator and department.
    quarters: Vec<Vec<Vec<u32>>>,
    pub truth: BTreeMap<(&'static str, &'static str), Figures>,
    /// What the latest version of each period hides.
    pub hidden: BTreeMap<(&'static str, &'static str), BTreeSet<Place>>,
    /// All versions, the first one first.
    pub said: BTreeMap<(&'static str, &'static str), Vec<Said>>,
}

impl World {
    /// `drawn`: of each quarter and department the traffickers, the users and the others, then the other indicators.
    pub fn of(
        territories: Territories,
        departments: &[Above],
        codes: &'static [&'static str],
        drawn: &[u32],
        complete: bool,
    ) -> Self {
        let mut drawn = drawn.iter().copied().cycle();
        let mut next = || drawn.next().expect("a cycle");
        // By quarter, indicator and department.
        let mut quarters = vec![vec![Vec::new(); codes.len()]; QUARTERS.len()];
        for quarter in &mut quarters {
            for _ in departments {
                let (traffic, usage, others) = (next(), next(), next());
                let total = traffic + usage + if complete { 0 } else { others };
                let all = [total, traffic, usage].into_iter().chain(std::iter::from_fn(|| Some(next())));
                quarter.iter_mut().zip(all).for_each(|(values, value)| values.push(value));
            }
        }
        let parts = ["ILS_TRAFIC", "ILS_USAGE"].map(str::to_owned).to_vec();
        let identities = vec![Identity { whole: "ILS_TOTAL".to_owned(), parts, complete }];
        let (truth, hidden, said) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let departments = departments.to_vec();
        let mut world = Self { territories, departments, codes, identities, quarters, truth, hidden, said };
        world.roll_up();
        world
    }

    fn roll_up(&mut self) {
        for (period, made_of) in PERIODS {
            for (number, code) in self.codes.iter().enumerate() {
                let value = |department: usize| made_of.iter().map(|quarter| self.quarters[*quarter][number][department]).sum();
                let values: Vec<u32> = (0..self.departments.len()).map(value).collect();
                self.truth.insert((*code, period), rolled_up(&self.departments, &values));
            }
        }
    }

    /// Corrects what was reported of the traffickers (0), the users (1) or the others (2) of a total.
    pub fn correct(&mut self, quarter: usize, kind: usize, department: usize, value: u32) {
        let quarter = &mut self.quarters[quarter];
        let [total, traffic, usage] = [0, 1, 2].map(|number: usize| quarter[number][department]);
        let before = [traffic, usage, total - traffic - usage][kind];
        quarter[0][department] = total - before + value;
        if let Some(part) = [1, 2].get(kind) {
            quarter[*part][department] = value;
        }
        self.roll_up();
    }

    fn published(&self) -> BTreeSet<&'static str> {
        self.hidden.keys().map(|(_, period)| *period).collect()
    }

    fn series(&self, code: &'static str, now: &'static str) -> Series {
        let mut earlier = BTreeMap::new();
        let mut worlds = BTreeMap::new();
        let mut versions = Versions::default();
        let published = self.published();
        for other in &published {
            let all = &self.said[&(code, *other)];
            for (number, Said { figures, hidden }) in all.iter().enumerate() {
                let stated = |(place, figure): (&Place, &Figure)| {
                    (place.clone(), Stated { figure: *figure, shown: !hidden.contains(place) })
                };
                worlds.insert((period(other), number as i32 + 1), figures.iter().map(stated).collect());
                for (place, figure) in figures.iter().filter(|_| *other == now) {
                    let of = if hidden.contains(place) { &mut versions.withheld } else { &mut versions.shown };
                    of.entry(place.clone()).or_insert_with(Vec::new).push(*figure);
                }
            }
            let latest = all.last().expect("a version");
            let said = |place: &Place| {
                let told =
                    |older: &Said| !older.hidden.contains(place) && older.figures[place].value == latest.figures[place].value;
                if all.iter().any(told) { Earlier::Shown } else { Earlier::Withheld }
            };
            if *other != now {
                earlier.insert(period(other), latest.figures.keys().map(|place| (place.clone(), said(place))).collect());
            }
        }
        let known: Vec<Period> = published.iter().filter(|other| **other != now).map(|other| period(other)).collect();
        for rest in publication::remainders(period(now), &known) {
            let rest_name = PERIODS.into_iter().map(|(name, _)| name).find(|name| period(name) == rest).expect("drawn");
            let figures = &self.truth[&(code, rest_name)];
            let said = publication::unpublished(figures, 3, true);
            worlds.insert((rest, 0), publication::live(figures, &said));
            earlier.insert(rest, said);
        }
        Series {
            code: code.to_owned(),
            aggregation: Aggregation::Sum,
            persons: true,
            has_counted_persons: true,
            whole: true,
            terms: None,
            published: true,
            figures: self.truth[&(code, now)].clone(),
            versions,
            earlier,
            worlds,
        }
    }

    /// Whether there is time enough to decide.
    pub fn can_decide(&self, now: &'static str, deadline: Deadline) -> bool {
        let all: Vec<Series> = self.codes.iter().map(|code| self.series(code, now)).collect();
        decide(&self.territories, period(now), 3, &self.identities, &all, deadline).is_ok()
    }

    pub fn publish(&mut self, now: &'static str) {
        let all: Vec<Series> = self.codes.iter().map(|code| self.series(code, now)).collect();
        let mut decided =
            decide(&self.territories, period(now), 3, &self.identities, &all, Deadline::NEVER).expect("there is time");
        for code in self.codes {
            let (figures, hidden) = (self.truth[&(*code, now)].clone(), decided.remove(*code).expect("decided"));
            self.hidden.insert((code, now), hidden.clone());
            self.said.entry((code, now)).or_default().push(Said { figures, hidden });
        }
    }

    /// Attacks everything that was published; a period that was not is unknown as a whole.
    fn attack(&self, whole_numbers: bool) -> Result<(), TestCaseError> {
        let mut names: BTreeMap<(&str, &str, Place), usize> = BTreeMap::new();
        let mut rows = Vec::new();
        let mut protected = Vec::new();
        let mut greatest = 0;
        let published = self.published();
        let mut column = |code: &'static str, period: &'static str, place: &Place| -> Result<usize, f64> {
            let figure = self.truth[&(code, period)][place];
            let hidden = self.hidden.get(&(code, period)).is_none_or(|hidden| hidden.contains(place));
            let value = figure.value.expect("reported");
            greatest = greatest.max(value as i64);
            if !hidden {
                return Err(value);
            }
            let next = names.len();
            let index = *names.entry((code, period, place.clone())).or_insert(next);
            if index == next && (1.0..5.0).contains(&value) {
                protected.push((index, value, code, period, place.clone()));
            }
            Ok(index)
        };
        let mut relate = |terms: &[(Result<usize, f64>, f64)], equal: bool| {
            let mut row = Row { terms: Vec::new(), equal, right: 0.0 };
            for (cell, by) in terms {
                match cell {
                    Ok(index) => row.terms.push((*index, *by)),
                    Err(value) => row.right -= by * value,
                }
            }
            if !row.terms.is_empty() {
                rows.push(row);
            }
        };
        // What is not published is unknown, and tied to what is.
        let all: Vec<&'static str> = PERIODS.iter().map(|(name, _)| *name).collect();
        let places: BTreeSet<Place> = self.departments.iter().copied().flat_map(above).collect();
        for code in self.codes {
            for period in &all {
                for (whole, parts) in self.wholes() {
                    let mut terms = vec![(column(code, period, &whole), 1.0)];
                    terms.extend(parts.iter().map(|part| (column(code, period, part), -1.0)));
                    relate(&terms, true);
                }
            }
            for place in &places {
                for (whole, one, two) in
                    [("2010-S1", QUARTERS[0], QUARTERS[1]), ("2010-S2", QUARTERS[2], QUARTERS[3]), ("2010", "2010-S1", "2010-S2")]
                {
                    let parts = [one, two].map(|part| (column(code, part, place), -1.0));
                    relate(&[(column(code, whole, place), 1.0), parts[0], parts[1]], true);
                }
            }
        }
        for period in &all {
            for place in &places {
                let [total, traffic, usage] = [0, 1, 2].map(|number| column(self.codes[number], period, place));
                relate(&[(total, 1.0), (traffic, -1.0), (usage, -1.0)], self.identities[0].complete);
            }
        }
        let unknowns = names.len();
        let targets: Vec<usize> = protected.iter().map(|(index, ..)| *index).collect();
        let bounds = if whole_numbers { Vec::new() } else { ranges(unknowns, &rows, &targets) };
        for (number, (index, value, code, period, place)) in protected.into_iter().enumerate() {
            if whole_numbers {
                for wanted in [1, 4] {
                    prop_assert!(
                        fits(unknowns, &rows, greatest + 8, (index, wanted)),
                        "{code} {period} {place:?} is {value} and cannot be {wanted}; published {published:?}"
                    );
                }
            } else {
                let (least, most) = bounds[number];
                prop_assert!(
                    least <= 1.0 + 1e-5 && most >= 4.0 - 1e-5,
                    "{code} {period} {place:?} is {value}, known to be {least} to {most}; published {published:?}"
                );
            }
        }
        for ((code, period), figures) in self.truth.iter().filter(|(key, _)| self.hidden.contains_key(key)) {
            for (place, figure) in figures {
                let shown = !self.hidden[&(*code, *period)].contains(place);
                prop_assert!(
                    !shown || !(1.0..5.0).contains(&figure.value.unwrap_or_default()),
                    "{code} {period} {place:?} is shown"
                );
            }
        }
        Ok(())
    }

    /// How many cells a publication of one period would hide that reckons with sums over territories alone.
    pub fn by_sums_alone(&self, truth: &Figures, small: &BTreeSet<Place>) -> usize {
        let at: BTreeMap<&Place, CellId> =
            truth.keys().enumerate().map(|(territory, place)| (place, CellId { period: 0, territory })).collect();
        let known = |(place, figure): (&Place, &Figure)| {
            let level = match place.0 {
                RollupAxis::Department => 0,
                RollupAxis::Region => 1,
                RollupAxis::DefenceZone => 2,
                _ => 3,
            };
            let shown = Knowledge::Shown { weight: i64::from(figure.measures), level, empty: false };
            (at[place], if small.contains(place) { Knowledge::Hidden } else { shown })
        };
        let cells = truth.iter().map(known).collect();
        let sums: Vec<Sum> =
            self.wholes().iter().map(|(whole, parts)| (at[whole], parts.iter().map(|part| at[part]).collect())).collect();
        complete(cells, &sums, Deadline::NEVER).expect("there is time").len()
    }

    fn wholes(&self) -> Vec<(Place, Vec<Place>)> {
        let mut wholes: BTreeMap<Place, BTreeSet<Place>> = BTreeMap::new();
        let mut twice = Vec::new();
        for department in self.departments.iter().copied() {
            let [own, region, zone, nation] = above(department);
            wholes.entry(region.clone()).or_default().insert(own.clone());
            wholes.entry(zone.clone()).or_default().insert(own);
            wholes.entry(nation.clone()).or_default().insert(region);
            twice.push((nation, zone));
        }
        let zones: BTreeSet<Place> = twice.iter().map(|(_, zone)| zone.clone()).collect();
        let nation = twice[0].0.clone();
        let all = wholes.into_iter().map(|(whole, parts)| (whole, parts.into_iter().collect()));
        all.chain([(nation, zones.into_iter().collect())]).collect()
    }
}

fn drawn() -> ProptestConfig {
    super::derivation::seeded(8)
}

proptest! {
    #![proptest_config(drawn())]

    #[test]
    fn no_count_of_one_to_four_is_bounded_more_closely_by_all_that_was_published(
        values in prop::collection::vec(prop_oneof![3 => Just(0_u32), 4 => 1_u32..5, 2 => 5_u32..9, 1 => 9_u32..60], 60),
        order in Just(PERIODS.map(|(name, _)| name).to_vec()).prop_shuffle(),
        complete in any::<bool>(),
    ) {
        let mut world = World::of(territories(&DEPARTMENTS), &DEPARTMENTS, &CODES[..3], &values, complete);
        for period in order.into_iter().take(4) {
            world.publish(period);
            world.attack(false)?;
        }
    }

    #[test]
    fn no_count_of_one_to_four_of_a_small_world_is_excluded_by_trying_all_whole_numbers(
        values in prop::collection::vec(prop_oneof![2 => Just(0_u32), 5 => 1_u32..5, 2 => 5_u32..9], 15),
    ) {
        let mut world = World::of(territories(&DEPARTMENTS), &DEPARTMENTS, &CODES[..3], &values, false);
        world.publish(QUARTERS[0]);
        world.attack(true)?;
    }
}
