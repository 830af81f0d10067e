//! Random figures, published quarter by quarter and as a semester in any order, corrected and published again: what a dashboard is shown must
//! leave every hidden cell open. Tried by the rank of the linear system that an outsider can write down, which is built here from the
//! answers and the territories alone; and by bounds and whole numbers, for somebody who knows besides that persons are counted, that a part is
//! not above its whole, and which figures of a period to come are nought.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestCaseError};
use serde_json::{Value, json};

use super::attacker::{Row, fits, ranges};
use super::{AXES, ask, publish};
use crate::harness::plans::{meeting, recorder};
use crate::harness::{App, Client};

/// Four in one region, two in another of the same zone, two in a third of another zone.
const DEPARTMENTS: [&str; 8] = ["13", "83", "84", "06", "2A", "2B", "93", "94"];
/// Two meetings in each of two quarters.
const DAYS: [&str; 4] = ["2010-02-03", "2010-03-03", "2010-04-07", "2010-05-05"];
const SERVICES: [&str; 2] = ["POLICE", "GENDARMERIE"];
/// Persons, with the ratio that they make; and a ratio of which one term is not published.
const RECORDED: [&str; 4] = ["ILS_TOTAL", "ILS_USAGE", "PRESENCE_H", "OPS_CP"];
const RATIOS: [(&str, &str, &str); 2] = [("PART_USAGE", "ILS_USAGE", "ILS_TOTAL"), ("HEURES_PAR_OP", "PRESENCE_H", "OPS_CP")];
const UNPUBLISHED: &str = "PRESENCE_H";
/// Both count persons, and the second is not above the first.
const COUNTED: [&str; 2] = [WHOLE, PART];
const WHOLE: &str = "ILS_TOTAL";
const PART: &str = "ILS_USAGE";
const PERIODS: [&str; 3] = ["2010-Q1", "2010-Q2", "2010-S1"];

/// What a cell says to whom.
#[derive(Clone, Debug)]
struct Cell {
    value: Option<f64>,
    measures: i64,
    suppressed: bool,
}

/// Period, axis and key.
type At = (&'static str, &'static str, String);
type Cells = BTreeMap<At, Cell>;

fn read(by: &Client, indicator: &str, period: &'static str) -> Cells {
    let of = |axis: &'static str| {
        let answer = ask(by, indicator, period, axis);
        let cells = answer.at("/rollup/cells").as_array().expect("cells").clone();
        cells.into_iter().map(move |cell| {
            let read = Cell {
                value: cell["value"].as_f64(),
                measures: cell["measureCount"].as_i64().expect("a count"),
                suppressed: cell["suppressed"] == true,
            };
            ((period, axis, cell["key"].as_str().expect("a key").to_owned()), read)
        })
    };
    AXES.into_iter().flat_map(of).collect()
}

/// A whole and its parts, over territories: axis and key of each.
pub type Whole = ((&'static str, String), Vec<(&'static str, String)>);

pub fn territories(by: &Client) -> Vec<Whole> {
    let answer = by.ask("{ departments { code region { code } defenceZone { code } } }");
    let mut wholes: BTreeMap<(&'static str, String), BTreeSet<(&'static str, String)>> = BTreeMap::new();
    let text = |value: &Value| value.as_str().expect("a code").to_owned();
    for department in answer.at("/departments").as_array().expect("departments") {
        for (axis, field) in [("REGION", "region"), ("DEFENCE_ZONE", "defenceZone")] {
            let above = (axis, text(&department[field]["code"]));
            wholes.entry(above.clone()).or_default().insert(("DEPARTMENT", text(&department["code"])));
            wholes.entry((axis, "FR".to_owned())).or_default().insert(above);
        }
    }
    let nation = |(axis, key): (&'static str, String)| if key == "FR" { ("NATIONAL", key) } else { (axis, key) };
    wholes.into_iter().map(|(whole, parts)| (nation(whole), parts.into_iter().collect())).collect()
}

/// The sums that hold among the cells of some periods.
fn sums(territories: &[Whole], periods: &[&'static str]) -> Vec<(At, Vec<At>)> {
    let mut sums = Vec::new();
    for period in periods {
        let at = |place: &(&'static str, String)| (*period, place.0, place.1.clone());
        sums.extend(territories.iter().map(|(whole, parts)| (at(whole), parts.iter().map(at).collect())));
    }
    if periods.len() == PERIODS.len() {
        let places: BTreeSet<&(&'static str, String)> =
            territories.iter().flat_map(|(whole, parts)| parts.iter().chain([whole])).collect();
        for (axis, key) in places {
            let at = |period: &'static str| (period, *axis, key.clone());
            sums.push((at("2010-S1"), vec![at("2010-Q1"), at("2010-Q2")]));
        }
    }
    sums
}

/// The unknowns that the sums leave one value: those of which no solution of the homogeneous system has a part. Plain elimination.
fn determined(unknown: &BTreeSet<At>, sums: &[(At, Vec<At>)]) -> BTreeSet<At> {
    let columns: Vec<&At> = unknown.iter().collect();
    let column: BTreeMap<&At, usize> = columns.iter().enumerate().map(|(index, at)| (*at, index)).collect();
    let mut rows: Vec<Vec<f64>> = sums
        .iter()
        .map(|(whole, parts)| {
            let mut row = vec![0.0; columns.len()];
            let signed = parts.iter().map(|part| (part, 1.0)).chain([(whole, -1.0)]);
            signed.filter_map(|(at, sign)| Some((column.get(at)?, sign))).for_each(|(index, sign)| row[*index] += sign);
            row
        })
        .filter(|row| row.iter().any(|value| *value != 0.0))
        .collect();
    let mut rank = 0;
    for index in 0..columns.len() {
        let Some(pivot) = (rank..rows.len()).max_by(|a, b| rows[*a][index].abs().total_cmp(&rows[*b][index].abs())) else {
            break;
        };
        if rows[pivot][index].abs() < 1e-9 {
            continue;
        }
        rows.swap(rank, pivot);
        let lead = rows[rank].clone();
        for (_, row) in rows.iter_mut().enumerate().filter(|(other, _)| *other != rank) {
            let factor = row[index] / lead[index];
            if factor != 0.0 {
                row.iter_mut().zip(&lead).for_each(|(value, lead)| *value -= factor * lead);
            }
        }
        rank += 1;
    }
    let alone = |row: &Vec<f64>| {
        let mut places = row.iter().enumerate().filter(|(_, value)| value.abs() > 1e-9);
        places.next().filter(|_| places.next().is_none()).map(|(index, _)| columns[index].clone())
    };
    rows.iter().filter_map(alone).collect()
}

fn small(indicator: &str, cell: &Cell) -> bool {
    let persons = indicator.starts_with("ILS_");
    cell.value.is_some_and(|value| cell.measures < 3 || (persons && value > 0.0 && value < 5.0))
}

/// One application with its figures, and what dashboards were shown of it.
struct World {
    app: App,
    wholes: Vec<Whole>,
    /// The measures of each indicator recorded: department and id.
    measures: Vec<(&'static str, String)>,
}

impl World {
    fn record(values: &[u32]) -> Self {
        let app = App::on("2010-07-02");
        let secretariat = app.secretariat();
        secretariat
            .run(
                "mutation($i: DefineIndicatorInput!) { defineIndicator(input: $i) { id } }",
                json!({ "i": { "code": "HEURES_PAR_OP", "label": "Heures par opération", "unit": "ratio", "definition": "Un quotient.",
                    "aggregation": "RATIO", "numerator": "PRESENCE_H", "denominator": "OPS_CP", "published": true } }),
            )
            .data();
        let mut values = values.iter().copied().cycle();
        let mut measures = Vec::new();
        for department in DEPARTMENTS {
            let by = recorder(&app, department);
            for day in DAYS {
                let mut list = Vec::new();
                for service in SERVICES {
                    let mut total = None;
                    for indicator in RECORDED {
                        // One in four is not reported; users are some of all.
                        let drawn = values.next().expect("a cycle");
                        let value = match (indicator, total) {
                            (PART, whole) => whole.map(|whole| drawn % (whole + 1)),
                            _ => Some(drawn / 4),
                        };
                        let Some(value) = value.filter(|_| drawn % 4 != 0) else { continue };
                        if indicator == WHOLE {
                            total = Some(value);
                        }
                        list.push(json!({ "indicator": indicator, "service": service, "value": f64::from(value) }));
                    }
                }
                let id = meeting(&by, department, day, json!(list));
                let query = "query($id: ID!) { node(id: $id) { ... on Meeting { measures(first: 10) { nodes { id } } } } }";
                let answer = by.run(query, json!({ "id": id }));
                let nodes = answer.at("/node/measures/nodes").as_array().expect("measures").clone();
                measures.extend(nodes.iter().map(|node| (department, node["id"].as_str().expect("an id").to_owned())));
            }
        }
        let wholes = territories(&secretariat);
        Self { app, wholes, measures }
    }

    /// Holds what a dashboard sees of some published periods against what it must not work out.
    fn check(&self, published: &[&'static str]) -> Result<(), TestCaseError> {
        let (dashboard, secretariat) = (self.app.national("DASHBOARD"), self.app.secretariat());
        let periods = if published.len() == 1 { published.to_vec() } else { PERIODS.to_vec() };
        let sums = sums(&self.wholes, &periods);
        let mut shown: BTreeMap<&str, Cells> = BTreeMap::new();
        let codes = RECORDED.into_iter().filter(|code| *code != UNPUBLISHED).chain(RATIOS.map(|(ratio, _, _)| ratio));
        for code in codes {
            let cells: Cells = published.iter().flat_map(|period| read(&dashboard, code, period)).collect();
            let mut unknown: BTreeSet<At> = cells.iter().filter(|(_, cell)| cell.suppressed).map(|(at, _)| at.clone()).collect();
            let mut protected = unknown.clone();
            for (at, cell) in &cells {
                let said = !cell.suppressed || (cell.value.is_none() && cell.measures == 0);
                prop_assert!(said, "{code} {at:?} is hidden and says {cell:?}");
                prop_assert!(cell.suppressed || !small(code, cell), "{code} {at:?} shows {cell:?}");
            }
            // A period that is not published, but that the others would give away.
            for period in periods.iter().filter(|period| !published.contains(period)) {
                let live = read(&secretariat, code, period);
                protected.extend(live.iter().filter(|(_, cell)| small(code, cell)).map(|(at, _)| at.clone()));
                unknown.extend(live.into_keys());
            }
            let lost: Vec<At> = determined(&unknown, &sums).intersection(&protected).cloned().collect();
            prop_assert!(lost.is_empty(), "{code}, published {published:?}: {lost:?} follow");
            shown.insert(code, cells);
        }
        for (ratio, above, below) in RATIOS {
            for (at, cell) in shown[ratio].iter().filter(|(_, cell)| cell.value.is_some()) {
                for term in [above, below].into_iter().filter(|term| *term != UNPUBLISHED) {
                    prop_assert!(!shown[term][at].suppressed, "{ratio} {at:?} shows {cell:?}, its term {term} is hidden");
                }
            }
        }
        // Quotient times denominator gives the term that is not published.
        let (mut unknown, mut protected) = (BTreeSet::new(), BTreeSet::new());
        for period in &periods {
            for (at, cell) in read(&secretariat, UNPUBLISHED, period) {
                let given = shown["HEURES_PAR_OP"].get(&at).is_some_and(|ratio| !ratio.suppressed);
                // A nought on few measures is hidden as any other figure of so few.
                let small = small(UNPUBLISHED, &cell);
                let empty = cell.value.is_none_or(|value| value == 0.0 && !small) && published.contains(&at.0);
                if small && !empty {
                    prop_assert!(!given, "{at:?} follows from the ratio: {cell:?}");
                    protected.insert(at.clone());
                }
                if !given && !empty {
                    unknown.insert(at);
                }
            }
        }
        let lost: Vec<At> = determined(&unknown, &sums).intersection(&protected).cloned().collect();
        prop_assert!(lost.is_empty(), "{UNPUBLISHED}, published {published:?}: {lost:?} follow");
        self.check_bounds(&secretariat, &shown, published, &periods, &sums)
    }

    /// Holds every count of 1 to 4 that is not shown against what somebody makes of it who reckons with whole numbers, none of them negative, and
    /// with users being some of all.
    fn check_bounds(
        &self,
        secretariat: &Client,
        shown: &BTreeMap<&str, Cells>,
        published: &[&'static str],
        periods: &[&'static str],
        sums: &[(At, Vec<At>)],
    ) -> Result<(), TestCaseError> {
        let truth = COUNTED.map(|code| periods.iter().flat_map(|period| read(secretariat, code, period)).collect::<Cells>());
        let mut numbers: BTreeMap<(usize, At), usize> = BTreeMap::new();
        let mut number = |code: usize, at: &At| -> Result<usize, f64> {
            let now = truth[code][at].value.unwrap_or_default();
            // What will be shown to be empty some day is taken to be known.
            let is_known = if published.contains(&at.0) { !shown[COUNTED[code]][at].suppressed } else { now == 0.0 };
            let next = numbers.len();
            if is_known { Err(now) } else { Ok(*numbers.entry((code, at.clone())).or_insert(next)) }
        };
        let mut rows = Vec::new();
        let mut relate = |terms: Vec<(Result<usize, f64>, f64)>, equal: bool| {
            let unknown: Vec<(usize, f64)> = terms.iter().filter_map(|(cell, by)| Some(((*cell).ok()?, *by))).collect();
            let known: f64 = terms.iter().filter_map(|(cell, by)| Some(cell.err()? * by)).sum();
            if !unknown.is_empty() {
                rows.push(Row { terms: unknown, equal, right: -known });
            }
        };
        for code in 0..COUNTED.len() {
            for (whole, parts) in sums {
                let parts: Vec<_> = parts.iter().map(|part| (number(code, part), -1.0)).collect();
                relate(parts.into_iter().chain([(number(code, whole), 1.0)]).collect(), true);
            }
        }
        for at in truth[0].keys() {
            relate(vec![(number(0, at), 1.0), (number(1, at), -1.0)], false);
        }
        let value = |(code, at): &(usize, At)| truth[*code][at].value.unwrap_or_default();
        let protected: Vec<(&(usize, At), usize)> =
            numbers.iter().filter(|(cell, _)| (1.0..5.0).contains(&value(cell))).map(|(cell, number)| (cell, *number)).collect();
        let targets: Vec<usize> = protected.iter().map(|(_, number)| *number).collect();
        let greatest = truth.iter().flat_map(|cells| cells.values()).filter_map(|cell| cell.value).fold(0.0, f64::max) as i64 + 8;
        for ((cell, number), (least, most)) in protected.iter().zip(ranges(numbers.len(), &rows, &targets)) {
            let is_open = least <= 1.0 + 1e-5 && most >= 4.0 - 1e-5;
            prop_assert!(is_open, "{cell:?} is {}, known to be {least} to {most}; published {published:?}", value(cell));
            if published.len() == 1 {
                for wanted in [1, 4] {
                    let fits = fits(numbers.len(), &rows, greatest, (*number, wanted));
                    prop_assert!(fits, "{cell:?} is {} and cannot be {wanted}; published {published:?}", value(cell));
                }
            }
        }
        Ok(())
    }

    /// Corrects every third measure, publishes a period again and holds both versions together: what did not change in between is known from
    /// either.
    fn check_again(&self, period: &'static str, values: &[u32]) -> Result<(), TestCaseError> {
        let (dashboard, secretariat) = (self.app.national("DASHBOARD"), self.app.secretariat());
        let codes = ["ILS_TOTAL", "ILS_USAGE", "OPS_CP"];
        let before = codes.map(|code| (read(&dashboard, code, period), read(&secretariat, code, period)));
        let mut values = values.iter().rev().copied().cycle();
        for (department, measure) in self.measures.iter().step_by(3) {
            let by = recorder(&self.app, department);
            let value = f64::from(values.next().expect("a cycle") / 3);
            let query = "mutation($i: CorrectMeasureInput!) { correctMeasure(input: $i) { id } }";
            // The same value again is refused, and no correction.
            by.run(query, json!({ "i": { "measureId": measure, "value": value, "reason": "Reprise." } }));
        }
        publish(&self.app, period).data();
        let sums = sums(&self.wholes, &[period]);
        for (code, (old, old_truth)) in codes.into_iter().zip(before) {
            let (new, truth) = (read(&dashboard, code, period), read(&secretariat, code, period));
            let mut unknown = BTreeSet::new();
            for (at, cell) in new.iter().filter(|(_, cell)| cell.suppressed) {
                let told = !old[at].suppressed && old[at].value == truth[at].value;
                prop_assert!(!told || small(code, &truth[at]), "{code} {at:?} is hidden to no end: {cell:?}");
                if !told {
                    unknown.insert(at.clone());
                }
            }
            for (at, cell) in old.iter().filter(|(at, cell)| cell.suppressed && !new[*at].suppressed) {
                let same = old_truth[at].value == truth[at].value && old_truth[at].measures == truth[at].measures;
                prop_assert!(!same, "{code} {at:?} was hidden, has not changed and is shown: {cell:?}");
            }
            let lost = determined(&unknown, &sums);
            prop_assert!(lost.is_empty(), "{code}, {period} again: {lost:?} follow");
        }
        Ok(())
    }
}

/// Each takes seconds.
fn drawn() -> ProptestConfig {
    seeded(3)
}

/// The same worlds at each run, so that a run that fails can be had again; others with `PROPTEST_RNG_SEED=…`.
pub fn seeded(cases: u32) -> ProptestConfig {
    let config = ProptestConfig { cases, failure_persistence: None, max_shrink_iters: 0, ..ProptestConfig::default() };
    let rng_seed = match config.rng_seed {
        RngSeed::Random => RngSeed::Fixed(2010),
        RngSeed::Fixed(seed) => RngSeed::Fixed(seed),
    };
    ProptestConfig { rng_seed, ..config }
}

proptest! {
    #![proptest_config(drawn())]

    #[test]
    fn no_hidden_cell_follows_from_what_a_dashboard_is_shown(
        values in prop::collection::vec(prop_oneof![3 => 0_u32..30, 2 => 30_u32..200], 256),
        order in Just(PERIODS.to_vec()).prop_shuffle(),
    ) {
        let world = World::record(&values);
        for (index, period) in order.iter().enumerate() {
            publish(&world.app, period).data();
            world.check(&order[..=index])?;
        }
        world.check_again("2010-Q1", &values)?;
    }
}
