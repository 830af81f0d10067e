//! What was published before, as far as it bears on a new publication: what every version of the period said, what is said of the other periods
//! of its year, and what stands under `previous` and `yearEarlier`. It decides nothing; the domain does.

use std::collections::{BTreeMap, HashMap};

use super::figures::{self, Published};
use super::plain;
use crate::domain::period::Period;
use crate::domain::publication::{self, Earlier, Figure, Place, Series, Stated, Versions};
use crate::domain::vocabulary::{Counts, RollupAxis};
use crate::store::publications::{self, CellName, PublishedCell, Said, Withheld};
use crate::workflow::{Call, Error, Result};

/// What versions said, by period and number.
type Worlds = BTreeMap<(Period, i32), BTreeMap<Place, Stated>>;

/// What was published before.
#[derive(PartialEq)]
pub struct Past {
    /// The last version of the period itself; 0 when there is none.
    pub version: i32,
    /// What is said of other periods of the year, by period and indicator.
    pub kindred: BTreeMap<Period, HashMap<String, BTreeMap<Place, Earlier>>>,
    /// What every version of every period of the year said, by indicator.
    worlds: HashMap<String, Worlds>,
    /// What the versions of the period said, by indicator.
    versions: HashMap<String, Versions>,
    /// What was published for the period before, and a year earlier, by indicator, axis and key.
    previous: HashMap<(String, RollupAxis, String), f64>,
    year_earlier: HashMap<(String, RollupAxis, String), f64>,
}

impl Past {
    /// Loads it, in four statements.
    pub fn load(call: &mut Call, period: Period) -> Result<Self> {
        let kindred = publication::kindred(period);
        let mut wanted = kindred.clone();
        wanted.push(period);
        let year = wanted.clone();
        wanted.extend([period.previous(), period.year_earlier()].into_iter().flatten());
        wanted.sort_unstable();
        wanted.dedup();
        let latest = publications::latest(call.db()?, &wanted)?;
        let version = latest.iter().find(|row| row.period == period).map_or(0, |row| row.version);
        let others: HashMap<i64, Period> =
            latest.iter().filter(|row| row.period != period).map(|row| (row.id, row.period)).collect();
        let ids: Vec<i64> = others.keys().copied().collect();
        let mut past = Self {
            version,
            kindred: BTreeMap::new(),
            worlds: HashMap::new(),
            versions: HashMap::new(),
            previous: HashMap::new(),
            year_earlier: HashMap::new(),
        };
        let mut shown: HashMap<(Period, CellName), Vec<Option<f64>>> = HashMap::new();
        for said in publications::said(call.db()?, &year)? {
            past.state(&said)?;
            if said.period == period {
                past.remember(said)?;
            } else if said.shown {
                shown.entry((said.period, said.cell)).or_default().push(said.value);
            }
        }
        let mut withheld: HashMap<(i64, CellName), Withheld> = HashMap::new();
        for (id, cell, held) in publications::withheld(call.db()?, &ids)? {
            withheld.insert((id, cell), held);
        }
        for (id, cell) in publications::cells(call.db()?, &ids, None)? {
            let Some(of) = others.get(&id) else { continue };
            if let Some(value) = cell.value {
                let key = (cell.indicator.clone(), cell.axis, cell.key.clone());
                if period.previous() == Some(*of) {
                    past.previous.insert(key.clone(), value);
                }
                if period.year_earlier() == Some(*of) {
                    past.year_earlier.insert(key, value);
                }
            }
            if kindred.contains(of) {
                let name: CellName = (cell.indicator.clone(), cell.axis.as_str().to_owned(), cell.key.clone());
                let held = withheld.get(&(id, name.clone())).map(|held| held.value);
                // What the latest version withholds is known all the same where an older one gave it.
                let told = |held: Option<f64>| shown.get(&(*of, name)).is_some_and(|values| values.contains(&held));
                let said = if cell.suppressed && !held.is_some_and(told) { Earlier::Withheld } else { Earlier::Shown };
                let cells = past.kindred.entry(*of).or_default().entry(cell.indicator).or_default();
                cells.insert((cell.axis, cell.key), said);
            }
        }
        Ok(past)
    }

    fn state(&mut self, said: &Said) -> Result<()> {
        let (indicator, axis, key) = &said.cell;
        let stated = Stated { figure: Figure { value: said.value, measures: said.measures }, shown: said.shown };
        let worlds = self.worlds.entry(indicator.clone()).or_default();
        worlds.entry((said.period, said.version)).or_default().insert((parse(axis)?, key.clone()), stated);
        Ok(())
    }

    fn remember(&mut self, said: Said) -> Result<()> {
        let (indicator, axis, key) = said.cell;
        let axis = parse(&axis)?;
        let versions = self.versions.entry(indicator).or_default();
        let figures = if said.shown { &mut versions.shown } else { &mut versions.withheld };
        figures.entry((axis, key)).or_default().push(Figure { value: said.value, measures: said.measures });
        Ok(())
    }

    /// A published indicator with what was said of it before.
    pub fn series(&self, one: &Published) -> Series {
        let code = one.indicator.code.as_str();
        let terms = one.indicator.numerator.as_ref().zip(one.indicator.denominator.as_ref());
        let earlier = self.kindred.iter().map(|(period, said)| (*period, said.get(code).cloned().unwrap_or_default()));
        Series {
            code: code.to_owned(),
            aggregation: one.indicator.aggregation,
            persons: one.indicator.counts_persons(),
            has_counted_persons: one.indicator.has_counted_persons,
            whole: one.indicator.counts.is_some_and(Counts::is_whole),
            terms: terms.map(|(above, below)| (above.to_string(), below.to_string())),
            published: one.indicator.published,
            figures: plain(one),
            versions: self.versions.get(code).cloned().unwrap_or_default(),
            earlier: earlier.collect(),
            worlds: self.worlds.get(code).cloned().unwrap_or_default(),
        }
    }

    /// A cell to freeze, with what it withholds.
    pub fn cell(&self, code: &str, place: &Place, figure: &figures::Figure, hidden: bool) -> (PublishedCell, Option<Withheld>) {
        let key = (code.to_owned(), place.0, place.1.clone());
        let shown = |value: Option<f64>| if hidden { None } else { value };
        let count = |number: i32| if hidden { 0 } else { number };
        let cell = PublishedCell {
            indicator: code.to_owned(),
            axis: place.0,
            key: place.1.clone(),
            label: figure.label.clone(),
            value: shown(figure.value),
            suppressed: hidden,
            measures: count(figure.measures),
            reporting: count(figure.reporting),
            expected: figure.expected,
            previous: shown(self.previous.get(&key).copied()),
            year_earlier: shown(self.year_earlier.get(&key).copied()),
        };
        (cell, hidden.then_some(Withheld { value: figure.value, measures: figure.measures }))
    }
}

fn parse(axis: &str) -> Result<RollupAxis> {
    axis.parse().map_err(|fault| Error::Internal(format!("publication_cells.axis: {fault}")))
}
