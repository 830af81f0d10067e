//! Publications: the secretariat freezes the figures of an ended quarter or longer; everyone who is signed in reads them, dashboards nothing
//! else. What is shown is decided by the domain; here it is loaded, written and answered.

mod answer;
mod figures;

use std::collections::{BTreeMap, HashMap};

pub(super) use answer::answer;

use super::{Act, Call, Error, Result};
use crate::access::Capability;
use crate::domain::period::Period;
use crate::domain::publication::{self, Earlier, Figure, Place, Series};
use crate::domain::vocabulary::{Granularity, RollupAxis};
use crate::store::publications::{self, PublicationRow, PublishedCell, Withheld};
use figures::Published;

/// The axes of a publication.
pub(super) const AXES: [RollupAxis; 4] =
    [RollupAxis::National, RollupAxis::DefenceZone, RollupAxis::Region, RollupAxis::Department];

/// Up to `limit` publications, newest first, below the id `before`.
///
/// # Errors
/// UNAUTHENTICATED, or those of the database.
pub fn page(call: &mut Call, before: Option<i64>, limit: i64) -> Result<Vec<PublicationRow>> {
    call.require_signed_in()?;
    Ok(publications::page(call.db()?, before, limit)?)
}

/// How many publications there are.
///
/// # Errors
/// UNAUTHENTICATED, or those of the database.
pub fn count(call: &mut Call) -> Result<i32> {
    call.require_signed_in()?;
    Ok(i32::try_from(publications::count(call.db()?)?).unwrap_or(i32::MAX))
}

/// One publication.
///
/// # Errors
/// UNAUTHENTICATED, or those of the database.
pub fn by_id(call: &mut Call, id: i64) -> Result<Option<PublicationRow>> {
    call.require_signed_in()?;
    Ok(publications::by_id(call.db()?, id)?)
}

/// Publishes an ended quarter, semester or year: a new version, with suppression decided over everything that is published of its year. A
/// constant number of statements.
///
/// # Errors
/// FORBIDDEN; INVALID naming `period` for one that is too short or has not ended.
pub fn publish(call: &mut Call, period: Period) -> Result<PublicationRow> {
    call.begin(Act::national("publishPeriod", format!("period {period}")))?;
    call.require_nation(Capability::Publish)?;
    match period.granularity() {
        Granularity::Quarter | Granularity::Semester | Granularity::Year => {}
        Granularity::Month | Granularity::Fortnight => {
            return Err(Error::invalid("period", "must be a quarter, a semester or a year"));
        }
    }
    if !period.ended(call.today()) {
        return Err(Error::invalid("period", format!("{period} has not ended")));
    }
    let office = std::sync::Arc::clone(call.office());
    let published = figures::load(call, period)?;
    let past = Past::load(call, period)?;
    let threshold = office.rules.publication_threshold;
    let mut series: Vec<Series> = published.iter().map(|one| past.series(one)).collect();
    let others: Vec<Period> = past.kindred.keys().copied().collect();
    // At most three of a year: what the new publication would let anybody work out.
    for rest in publication::remainders(period, &others) {
        for one in figures::load(call, rest)? {
            if let Some(series) = series.iter_mut().find(|series| series.code == one.indicator.code.as_str()) {
                series.earlier.insert(rest, publication::unpublished(&plain(&one), threshold, series.persons));
            }
        }
    }
    let hidden = publication::decide(&office.territories, period, threshold, &series);

    let version = past.version + 1;
    let (now, by) = (call.now(), call.caller().name());
    let id = publications::insert(call.db()?, period, version, now, &by)?;
    let mut cells = Vec::new();
    let mut suppressed = 0;
    for one in published.iter().filter(|one| one.indicator.published) {
        let code = one.indicator.code.as_str();
        let none = std::collections::BTreeSet::new();
        let hidden = hidden.get(code).unwrap_or(&none);
        for (place, figure) in &one.figures {
            let is_hidden = hidden.contains(place);
            suppressed += usize::from(is_hidden);
            cells.push(past.cell(code, place, figure, is_hidden));
        }
    }
    publications::insert_cells(call.db()?, id, &cells)?;
    call.done(format!("version {version}: {} cells, {suppressed} suppressed", cells.len()))?;
    Ok(PublicationRow { id, period, version, published_at: now, published_by: by })
}

/// The figures of an indicator, without who stands behind them.
fn plain(one: &Published) -> BTreeMap<Place, Figure> {
    let plain = |figure: &figures::Figure| Figure { value: figure.value, measures: figure.measures };
    one.figures.iter().map(|(place, figure)| (place.clone(), plain(figure))).collect()
}

/// What was published before, as far as it bears on a new publication.
struct Past {
    /// The last version of the period itself; 0 when there is none.
    version: i32,
    /// What that version withheld.
    withheld: HashMap<(String, String, String), Withheld>,
    /// The cells of other periods of the year, by period and indicator.
    kindred: BTreeMap<Period, HashMap<String, Vec<PublishedCell>>>,
    /// What was published for the period before, and a year earlier, by indicator, axis and key.
    previous: HashMap<(String, RollupAxis, String), f64>,
    year_earlier: HashMap<(String, RollupAxis, String), f64>,
}

impl Past {
    fn load(call: &mut Call, period: Period) -> Result<Self> {
        let kindred = publication::kindred(period);
        let mut wanted = kindred.clone();
        wanted.push(period);
        wanted.extend([period.previous(), period.year_earlier()].into_iter().flatten());
        wanted.sort_unstable();
        wanted.dedup();
        let latest = publications::latest(call.db()?, &wanted)?;
        let own = latest.iter().find(|row| row.period == period).cloned();
        let withheld = match &own {
            Some(row) => publications::withheld(call.db()?, row.id)?.into_iter().collect(),
            None => HashMap::new(),
        };
        let others: HashMap<i64, Period> =
            latest.iter().filter(|row| row.period != period).map(|row| (row.id, row.period)).collect();
        let ids: Vec<i64> = others.keys().copied().collect();
        let mut past = Self {
            version: own.map_or(0, |row| row.version),
            withheld,
            kindred: BTreeMap::new(),
            previous: HashMap::new(),
            year_earlier: HashMap::new(),
        };
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
                past.kindred.entry(*of).or_default().entry(cell.indicator.clone()).or_default().push(cell);
            }
        }
        Ok(past)
    }

    /// A published indicator with what was said of it before.
    fn series(&self, one: &Published) -> Series {
        let code = one.indicator.code.as_str();
        let mine = |(indicator, axis, key): &(String, String, String), held: &Withheld| -> Option<(Place, Figure)> {
            let place = (axis.parse().ok()?, key.clone());
            (indicator == code).then_some((place, Figure { value: held.value, measures: held.measures }))
        };
        let earlier = |cells: &HashMap<String, Vec<PublishedCell>>| -> BTreeMap<Place, Earlier> {
            let of = |cell: &PublishedCell| if cell.suppressed { Earlier::Withheld } else { Earlier::Shown };
            cells.get(code).into_iter().flatten().map(|cell| ((cell.axis, cell.key.clone()), of(cell))).collect()
        };
        let terms = one.indicator.numerator.as_ref().zip(one.indicator.denominator.as_ref());
        Series {
            code: code.to_owned(),
            aggregation: one.indicator.aggregation,
            persons: one.indicator.unit == PERSONS,
            terms: terms.map(|(above, below)| (above.to_string(), below.to_string())),
            published: one.indicator.published,
            figures: plain(one),
            withheld: self.withheld.iter().filter_map(|(key, held)| mine(key, held)).collect(),
            earlier: self.kindred.iter().map(|(period, cells)| (*period, earlier(cells))).collect(),
        }
    }

    fn cell(&self, code: &str, place: &Place, figure: &figures::Figure, hidden: bool) -> (PublishedCell, Option<Withheld>) {
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

/// The unit of indicators that count persons.
const PERSONS: &str = "personnes";
