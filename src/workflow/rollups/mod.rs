//! Rollups: an indicator over a period, cut along an axis, with who reported of those who were to. Maintained cells are in `keep`, over which
//! territory an answer may be in `view`, what is remembered of them in `known`, their check against the measures in `verify`. How figures add up is the domain's.

pub mod keep;
pub mod known;
mod labels;
mod load;
pub mod verify;
mod view;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use view::{Field, View};

use super::{Call, Error, Result, indicators, publications};
use crate::access::Capability;
use crate::domain::Message;
use crate::domain::codes::{DepartmentCode, IndicatorCode};
use crate::domain::compliance::is_expected_in;
use crate::domain::departments::{DepartmentPlace, DepartmentSet};
use crate::domain::period::Period;
use crate::domain::rollup::Quotient;
use crate::domain::rollup::table::{Exemption, Figures, is_exempt};
use crate::domain::territory::Territories;
use crate::domain::vocabulary::RollupAxis;
use crate::store::indicators::StoredIndicator;
use crate::store::publications::PublicationRow;
use known::Within;
use labels::Labels;

/// Periods in one series, at most.
const MOST_PERIODS: usize = 240;

/// What is asked.
#[derive(Clone, Debug)]
pub struct Question {
    /// Code of the indicator.
    pub indicator: IndicatorCode,
    /// The axis.
    pub axis: RollupAxis,
    /// Successive periods of one length; at least one.
    pub periods: Vec<Period>,
    /// Within which department, if within one.
    pub department: Option<DepartmentCode>,
    /// Whether the periods that they are held against are wanted too: without, `previous` and `year_earlier` are absent.
    pub compared: bool,
}

/// An indicator over a period, cut along an axis.
#[derive(Clone, Debug)]
pub struct Rollup {
    /// The indicator.
    pub indicator: Arc<StoredIndicator>,
    /// The period.
    pub period: Period,
    /// The axis.
    pub axis: RollupAxis,
    /// The cells: every territory of the axis, or the services, sectors, parquets and authorities that have measures.
    pub cells: Vec<Arc<RollupCell>>,
    /// Of the whole territory.
    pub total: Arc<RollupCell>,
    /// The period has not ended, or departments are missing.
    pub provisional: bool,
    /// Where the figures come from, when they are published ones.
    pub publication: Option<PublicationRow>,
}

/// A cell of a rollup.
#[derive(Clone, Debug, PartialEq)]
pub struct RollupCell {
    /// Code of the territory or service; FR for the nation; '-' for none.
    pub key: String,
    /// Its French name.
    pub label: String,
    /// Absent where nothing was reported, and where it is suppressed.
    pub value: Option<f64>,
    /// Hidden in a publication.
    pub suppressed: bool,
    /// Measures that it rests on: for LATEST the last ones only, for RATIO those of both parts.
    pub measures: i32,
    /// Departments that reported.
    pub reporting: i32,
    /// Departments that were to report.
    pub expected: i32,
    /// The same over the period before.
    pub previous: Option<f64>,
    /// The same a year earlier.
    pub year_earlier: Option<f64>,
}

/// An indicator over one period.
///
/// # Errors
/// NOT_FOUND for an indicator or department that the caller does not see; FORBIDDEN where a cell reaches beyond what it reads; INVALID;
/// those of the database.
pub fn rollup(
    call: &mut Call,
    indicator: IndicatorCode,
    axis: RollupAxis,
    period: Period,
    department: Option<DepartmentCode>,
    compared: bool,
) -> Result<Rollup> {
    let question = Question { indicator, axis, periods: vec![period], department, compared };
    let answer = answer(call, &question)?.pop();
    answer.ok_or_else(|| Error::Internal("a question without an answer".to_owned()))
}

/// An indicator over successive periods of one length, in a constant number of statements.
///
/// # Errors
/// As of [`rollup`]; INVALID for periods of two lengths or in the wrong order; LIMIT beyond 240.
pub fn series(
    call: &mut Call,
    indicator: IndicatorCode,
    axis: RollupAxis,
    from: Period,
    until: Period,
    department: Option<DepartmentCode>,
    compared: bool,
) -> Result<Vec<Rollup>> {
    if from.granularity() != until.granularity() {
        return Err(Error::invalid(
            "until",
            Message::new("OTHER_GRANULARITY", "les deux périodes doivent être de même durée")
                .with("granularity", from.granularity()),
        ));
    }
    if until < from {
        return Err(Error::invalid("until", Message::new("BEFORE_START", "la fin précède le début")));
    }
    let following = std::iter::successors(Some(from), |period| period.next());
    let periods: Vec<Period> = following.take_while(|period| *period <= until).take(MOST_PERIODS + 1).collect();
    if periods.len() > MOST_PERIODS {
        return Err(Error::limit(
            Message::new("TOO_MANY_PERIODS", format!("une série a au plus {MOST_PERIODS} périodes")).with("most", MOST_PERIODS),
        ));
    }
    answer(call, &Question { indicator, axis, periods, department, compared })
}

/// Answers a question: from the cells where the caller reads rollups, else from publications.
fn answer(call: &mut Call, question: &Question) -> Result<Vec<Rollup>> {
    if call.access().scope_or_nowhere(Capability::ReadRollups)?.is_nowhere() {
        // No publication is of one department: who asks for one asks for live figures.
        if let Some(department) = &question.department {
            call.require(Capability::ReadRollups, department)?;
        }
        return publications::answer(call, question);
    }
    let indicator = indicators::find(call, &question.indicator)?;
    let view = match view::view(call, question.axis, question.department.as_ref()) {
        Ok(view) => view,
        // Beyond one's own territory there is what everybody may read, if it was published.
        Err(beyond @ Error::Forbidden(_)) => {
            let found = publications::answer(call, question).map_err(|_| beyond)?;
            call.forgive(Capability::ReadRollups);
            return Ok(found);
        }
        Err(other) => return Err(other),
    };
    let loaded = load::load(call, &indicator, &view, question)?;
    let office = Arc::clone(call.office());
    let labels = Labels::load(call, &office.territories, &view, question, &loaded.figures)?;
    let expected = Expected::new(&office.territories, &indicator, &view, &loaded.exemptions);
    let today = call.today();
    Ok(question
        .periods
        .iter()
        .map(|period| {
            let to_report = expected.in_period(*period);
            let cell = |key: Option<&str>, label: &str, expected: DepartmentSet| {
                Arc::new(cell(&loaded.figures, &view, *period, key, label, expected))
            };
            let lines = labels.lines(|| loaded.figures.keys(*period));
            let cells = lines.iter().map(|line| cell(Some(&line.key), &line.label, line.behind & to_report)).collect();
            let total = cell(None, labels.total, to_report);
            let provisional = !period.ended(today) || total.reporting < total.expected;
            let indicator = Arc::clone(&indicator);
            Rollup { indicator, period: *period, axis: question.axis, cells, total, provisional, publication: None }
        })
        .collect())
}

fn cell(figures: &Figures, view: &View, period: Period, key: Option<&str>, label: &str, expected: DepartmentSet) -> RollupCell {
    let value = |period: Option<Period>| period.and_then(|period| figures.value(period, key)).map(Quotient::to_f64);
    let count = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
    RollupCell {
        key: key.unwrap_or_else(|| view.key()).to_owned(),
        label: label.to_owned(),
        value: value(Some(period)),
        suppressed: false,
        measures: i32::try_from(figures.measures(period, key)).unwrap_or(i32::MAX),
        reporting: count(figures.reporting(period, key, expected)),
        expected: count(expected.len()),
        previous: value(period.previous()),
        year_earlier: value(period.year_earlier()),
    }
}

/// Which departments were to report, period by period: those that were departments by then, for which the indicator has an object, and
/// which did not declare it not applicable for the whole period.
struct Expected<'a> {
    territories: &'a Territories,
    departments: DepartmentSet,
    /// What a department declared of one part, together.
    exempted: Vec<(DepartmentPlace, Vec<Exemption>)>,
}

impl<'a> Expected<'a> {
    fn new(territories: &'a Territories, indicator: &StoredIndicator, view: &View, exemptions: &[Within<Exemption>]) -> Self {
        let owner = indicator.indicator.department.as_ref();
        let objects = owner.map_or(view.departments, |code| territories.place(code).map(DepartmentSet::one).unwrap_or_default());
        let exempted = exemptions.iter().flat_map(|part| {
            let mut together: BTreeMap<DepartmentPlace, Vec<Exemption>> = BTreeMap::new();
            part.items().for_each(|(place, exemption)| together.entry(place).or_default().push(*exemption));
            together
        });
        Self { territories, departments: view.departments & objects, exempted: exempted.collect() }
    }

    fn in_period(&self, period: Period) -> DepartmentSet {
        let away =
            self.exempted.iter().filter(|(_, exemptions)| is_exempt(exemptions, period)).map(|(place, _)| *place).collect();
        let is_there = |place: &DepartmentPlace| {
            let since = self.territories.at(*place).and_then(|department| department.since);
            since.is_none() || is_expected_in(since, period)
        };
        (self.departments - away).places().filter(is_there).collect()
    }
}
