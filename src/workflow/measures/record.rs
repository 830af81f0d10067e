//! Recording measures under a meeting: everything is looked up and checked for all rows at once, then written at once. Each refusal names the
//! row at fault.

use std::collections::HashSet;

use super::check::{self, MeasureFault, Row};
use super::frame::Frame;
use super::value;
use crate::domain::codes::{IndicatorCode, SectorCode};
use crate::domain::fortnight::Fortnight;
use crate::domain::rollup::Entry;
use crate::domain::vocabulary::ServiceKind;
use crate::store::measures::{self as store, Slot};
use crate::store::meetings::Meeting;
use crate::workflow::rollups::keep;
use crate::workflow::{Call, Error, Result, indicators, input};

/// Measures in one request, at most.
const MOST: usize = 1_000;

/// A measure as it is sent.
#[derive(Clone, Debug, serde::Serialize)]
pub struct NewMeasure {
    /// Code of the indicator.
    pub indicator: String,
    /// Code of the sector; none: the whole department.
    pub sector_code: Option<String>,
    /// Whose figure it is.
    pub service: ServiceKind,
    /// The figure; 0 is one ('néant').
    pub value: f64,
    /// The fortnight that it is of; none: the meeting's.
    pub fortnight: Option<Fortnight>,
}

/// Records the measures of a meeting and brings the rollups up to date. The caller of this function has begun the act and holds the
/// department's lock.
///
/// # Errors
/// INVALID or FORBIDDEN naming the row; CONFLICT for a measure that is there already; those of the database.
pub fn record(call: &mut Call, meeting: &Meeting, sent: &[NewMeasure]) -> Result<()> {
    input::bounded("measures", sent, MOST)?;
    if sent.is_empty() {
        return Ok(());
    }
    let department = meeting.key.department.clone();
    let rows = read(call, meeting, sent)?;
    let frame = Frame::of(call, &department)?;
    let nation = indicators::under_lock(call)?;
    let known = frame.known(call, &department, &nation, &rows)?;
    let mut new = Vec::with_capacity(rows.len());
    let mut slots: HashSet<Slot> = HashSet::with_capacity(rows.len());
    for (index, row) in rows.into_iter().enumerate() {
        let (indicator, entry) = known.check(row).map_err(|fault| at(index, &fault))?;
        let slot = (indicator.id, entry.fortnight.ordinal(), entry.sector.clone(), entry.service);
        if !slots.insert(slot) {
            return Err(Error::invalid(format!("measures[{index}]"), "the same measure stands in the request twice"));
        }
        new.push((indicator.id, indicator.indicator.aggregation, entry));
    }
    let (name, now) = (call.caller().name(), call.now());
    let stored: Vec<store::NewMeasure> =
        new.iter().map(|(id, _, entry)| store::NewMeasure { indicator_id: *id, entry: entry.clone() }).collect();
    let taken = store::insert(call.db()?, &meeting.key, &stored, &name, now)?;
    let mut rows = stored.iter().zip(sent).enumerate();
    if let Some((index, (store::NewMeasure { entry, .. }, sent))) = rows.find(|(_, (measure, _))| taken.contains(&measure.slot()))
    {
        return Err(Error::conflict(format!(
            "measures[{index}]: {} of {} for {} is recorded already{}; correct it instead",
            sent.indicator,
            entry.service,
            entry.fortnight,
            place(entry),
        )));
    }
    keep::recorded(call, &department, &new)
}

fn place(entry: &Entry) -> String {
    if entry.sector.is_empty() { String::new() } else { format!(" in sector {}", entry.sector) }
}

/// A row's fault as the refusal of the request.
fn at(index: usize, fault: &MeasureFault) -> Error {
    fault.refusal(format!("measures[{index}].{}", fault.field()))
}

/// What can be said of each row without the database.
fn read(call: &Call, meeting: &Meeting, sent: &[NewMeasure]) -> Result<Vec<Row>> {
    let since = call.office().territories.department(&meeting.key.department).and_then(|department| department.since);
    let read = |measure: &NewMeasure| -> Result<Row, MeasureFault> {
        let fortnight = measure.fortnight.unwrap_or(meeting.fortnight);
        check::in_time(meeting.fortnight, since, fortnight)?;
        let sector = measure.sector_code.as_deref().map(SectorCode::parse).transpose();
        Ok(Row {
            indicator: IndicatorCode::parse(&measure.indicator).map_err(MeasureFault::IndicatorCode)?,
            sector: sector.map_err(MeasureFault::SectorCode)?,
            service: measure.service,
            value: value(measure.value)?,
            fortnight,
        })
    };
    sent.iter().enumerate().map(|(index, measure)| read(measure).map_err(|fault| at(index, &fault))).collect()
}
