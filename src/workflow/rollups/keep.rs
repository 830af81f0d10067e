//! Keeping the cells: what each write of a measure does to them, in its own transaction. The department's chain is locked by then, so no two
//! writers of a department come here at once, and no cell is shared between departments.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDateTime;

use crate::access::Scope;
use crate::domain::codes::DepartmentCode;
use crate::domain::fortnight::Fortnight;
use crate::domain::message::Message;
use crate::domain::period::{Period, paris_day};
use crate::domain::rollup::Entry;
use crate::domain::rollup::cells::{GREATEST_TOTAL, cells, fortnights_of, may_hold, touched};
use crate::domain::vocabulary::{Aggregation, ServiceKind};
use crate::store::rollups::Cells;
use crate::store::{indicators, measures, retirements, rollups};
use crate::workflow::{Error, Result, Write};

/// A recorded measure: its indicator's id, how that adds up, and the figure.
pub type Recorded = (i32, Aggregation, Entry);

/// Brings the cells up to date after new measures were written. A constant number of statements, however many measures.
///
/// # Errors
/// INVALID where a sum would be greater than a cell may hold; those of the database.
pub fn recorded(write: &mut Write<'_>, department: &DepartmentCode, new: &[Recorded]) -> Result<()> {
    let mut adding: BTreeMap<i32, (Aggregation, Vec<Entry>)> = BTreeMap::new();
    let mut renewing: Vec<&Recorded> = Vec::new();
    for measure in new {
        match measure.1 {
            Aggregation::Sum | Aggregation::Average | Aggregation::Maximum => {
                adding.entry(measure.0).or_insert_with(|| (measure.1, Vec::new())).1.push(measure.2.clone());
            }
            Aggregation::Latest => renewing.push(measure),
            // Never recorded.
            Aggregation::Ratio => {}
        }
    }
    let mut added = Cells::new();
    for (indicator, (aggregation, entries)) in adding {
        added.extend(cells(aggregation, &entries).into_iter().map(|(key, tally)| ((indicator, key), tally)));
    }
    if !added.is_empty() {
        held("measures", department, &added)?;
        if !rollups::add(write.writer()?, department, &added)? {
            return Err(too_large("measures", department));
        }
    }
    if renewing.is_empty() { Ok(()) } else { renew_latest(write, department, &renewing) }
}

/// The last values of the periods that were touched may be others now, and others may have gone: their cells are made anew.
fn renew_latest(write: &mut Write<'_>, department: &DepartmentCode, new: &[&Recorded]) -> Result<()> {
    let mut indicators: Vec<i32> = new.iter().map(|(indicator, _, _)| *indicator).collect();
    indicators.sort_unstable();
    indicators.dedup();
    let mut services: Vec<ServiceKind> = new.iter().map(|(_, _, entry)| entry.service).collect();
    services.sort_unstable();
    services.dedup();
    let mut periods: Vec<Period> =
        new.iter().flat_map(|(_, aggregation, entry)| touched(*aggregation, entry.fortnight)).collect();
    periods.sort_unstable();
    periods.dedup();
    renew_periods(write, department, &indicators, &services, &periods)
}

fn renew_periods(
    write: &mut Write<'_>,
    department: &DepartmentCode,
    indicators: &[i32],
    services: &[ServiceKind],
    periods: &[Period],
) -> Result<()> {
    let Some(fortnights) = fortnights_of(periods) else { return Ok(()) };
    let read =
        measures::entries(write.db()?, &Scope::department(department.clone()), department, indicators, services, &fortnights)?;
    let mut renewed = of_entries(read, &indicators.iter().map(|id| (*id, Aggregation::Latest)).collect());
    renewed.retain(|(_, key), _| periods.contains(&key.period));
    held("measures", department, &renewed)?;
    rollups::renew(write.writer()?, department, indicators, services, periods, &renewed)?;
    Ok(())
}

/// Brings the cells up to date after another plan came into force, today: last values of sectors that it does not hold are not carried on, and
/// those of sectors that come back are, where they had left since `undone`. That is today for a new plan, which undoes what changed within the
/// fortnight; after a return, when the plan that stands again was transmitted. `before`: the codes of the sectors that [stood](retirements::standing)
/// before.
///
/// # Errors
/// Those of the database.
pub(in crate::workflow) fn replanned(
    write: &mut Write<'_>,
    department: &DepartmentCode,
    before: &BTreeSet<String>,
    undone: NaiveDateTime,
) -> Result<()> {
    let after = retirements::standing(write.db()?, department)?;
    let fortnight = |day| Fortnight::of(day).map_err(|fault| Error::Internal(fault.to_string()));
    let (today, since) = (fortnight(write.today())?, fortnight(paris_day(undone))?);
    let known = retirements::of(write.db()?, department)?;
    let is_new = |code: &&String| known.get(*code).is_none_or(|left| left.iter().all(|absence| absence.since != today));
    let gone: Vec<&String> = before.difference(&after).filter(is_new).collect();
    let back: Vec<&String> = after.difference(before).filter(|code| known.contains_key(*code)).collect();
    if gone.is_empty() && back.is_empty() {
        return Ok(());
    }
    retirements::add(write.writer()?, department, gone, today)?;
    if !back.is_empty() {
        retirements::came_back(write.writer()?, department, &back, since, today)?;
    }
    let periods: Vec<Period> = touched(Aggregation::Latest, today).collect();
    let all = indicators::all_for_measuring(write.db()?, &[department])?;
    let latest: Vec<i32> =
        all.into_iter().filter(|one| one.indicator.aggregation == Aggregation::Latest).map(|one| one.id).collect();
    renew_periods(write, department, &latest, ServiceKind::ALL, &periods)
}

/// Brings the cells up to date after a measure's value was replaced, by a greater one or not: those that it touches are made anew from their
/// measures.
///
/// # Errors
/// INVALID where a sum would be greater than a cell may hold; those of the database.
pub fn corrected(
    write: &mut Write<'_>,
    department: &DepartmentCode,
    indicator: i32,
    aggregation: Aggregation,
    measure: &Entry,
    rises: bool,
) -> Result<()> {
    let periods: Vec<Period> = touched(aggregation, measure.fortnight).collect();
    let Some(fortnights) = fortnights_of(&periods) else { return Ok(()) };
    let read = measures::entries(
        write.db()?,
        &Scope::department(department.clone()),
        department,
        &[indicator],
        &[measure.service],
        &fortnights,
    )?;
    let mut renewed = of_entries(read, &HashMap::from([(indicator, aggregation)]));
    renewed.retain(|(_, key), _| periods.contains(&key.period));
    // What is too large already may always become less.
    if rises {
        held("value", department, &renewed)?;
    }
    rollups::replace(write.writer()?, department, &renewed)?;
    Ok(())
}

/// Holds new sums against what a cell may hold, before any is written.
fn held(field: &str, department: &DepartmentCode, cells: &Cells) -> Result<()> {
    if cells.values().all(|tally| may_hold(tally.total)) { Ok(()) } else { Err(too_large(field, department)) }
}

/// A sum would be greater than a cell may hold.
pub(super) fn too_large(field: &str, department: &DepartmentCode) -> Error {
    let text = format!(
        "la somme des mesures d’un indicateur du département {department} dépasserait 100 000 milliards : vérifier les valeurs enregistrées"
    );
    let message = Message::new("SUM_TOO_LARGE", text).with("most", GREATEST_TOTAL).with("department", department);
    Error::invalid(field, message)
}

/// The cells of measures of several indicators; those of an unknown indicator come to nothing.
pub(super) fn of_entries(entries: Vec<(i32, Entry)>, aggregations: &HashMap<i32, Aggregation>) -> Cells {
    let mut by_indicator: BTreeMap<i32, Vec<Entry>> = BTreeMap::new();
    for (indicator, entry) in entries {
        by_indicator.entry(indicator).or_default().push(entry);
    }
    let mut all = Cells::new();
    for (indicator, entries) in by_indicator {
        if let Some(aggregation) = aggregations.get(&indicator) {
            all.extend(cells(*aggregation, &entries).into_iter().map(|(key, tally)| ((indicator, key), tally)));
        }
    }
    all
}
