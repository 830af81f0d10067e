//! Recording measures under a meeting: everything is looked up and checked for all rows at once, then written at once. Each refusal names the
//! row at fault.

use std::collections::HashSet;

use super::check::{self, MeasureFault, Row};
use super::frame::Frame;
use super::value;
use crate::domain::Message;
use crate::domain::codes::{DepartmentCode, IndicatorCode, SectorCode};
use crate::domain::fortnight::Fortnight;
use crate::domain::french::Noun;
use crate::domain::keys::MeetingKey;
use crate::domain::rollup::Entry;
use crate::domain::vocabulary::{Aggregation, ServiceKind};
use crate::store::measures::{self as store, Slot, writing};
use crate::store::meetings::{self, NewMeeting};
use crate::workflow::rollups::keep;
use crate::workflow::{Call, Error, Result, Write, indicators, input};

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

/// Measures that may be recorded: each was held against what is known under the department's lock.
pub struct Checked<'a> {
    sent: &'a [NewMeasure],
    /// How each adds up.
    aggregations: Vec<Aggregation>,
    stored: Vec<store::NewMeasure>,
}

/// Whether the caller stands for the service of any of some measures: told before anything is locked. Which of them he may record, and for which
/// sectors, is told when they are [held](checked) against what is known.
///
/// # Errors
/// FORBIDDEN naming the row.
pub fn require_services(call: &Call, department: &DepartmentCode, sent: &[NewMeasure]) -> Result<()> {
    let own = super::services(call, department);
    match sent.first().filter(|_| sent.iter().all(|measure| !own.contains(&measure.service))) {
        Some(first) => Err(at(0, &MeasureFault::NotYours(first.service))),
        None => Ok(()),
    }
}

/// Holds the measures of a meeting of a fortnight against what is known. The caller of this function has begun the act and holds the
/// department's lock.
///
/// # Errors
/// INVALID or FORBIDDEN naming the row; those of the database.
pub fn checked<'a>(
    call: &mut Call,
    department: &DepartmentCode,
    meeting: Fortnight,
    sent: &'a [NewMeasure],
) -> Result<Checked<'a>> {
    input::bounded("measures", sent, MOST)?;
    let (mut aggregations, mut stored) = (Vec::with_capacity(sent.len()), Vec::with_capacity(sent.len()));
    if sent.is_empty() {
        return Ok(Checked { sent, aggregations, stored });
    }
    let rows = read(call, department, meeting, sent)?;
    let frame = Frame::of(call, department)?;
    let nation = indicators::under_lock(call)?;
    let known = frame.known(call, department, &nation, &rows)?;
    let mut slots: HashSet<Slot> = HashSet::with_capacity(rows.len());
    for (index, row) in rows.into_iter().enumerate() {
        let (indicator, entry) = known.check(row).map_err(|fault| at(index, &fault))?;
        let measure = store::NewMeasure { indicator_id: indicator.id, entry };
        if !slots.insert(measure.slot()) {
            return Err(Error::invalid(
                format!("measures[{index}]"),
                Message::new("TWICE", "la même mesure figure deux fois dans la demande"),
            ));
        }
        aggregations.push(indicator.indicator.aggregation);
        stored.push(measure);
    }
    Ok(Checked { sent, aggregations, stored })
}

/// Records a meeting with the measures that it brings, and brings the rollups up to date; answers its id.
///
/// # Errors
/// CONFLICT for a measure that is there already; those of the database.
pub fn bring(write: &mut Write<'_>, meeting: &NewMeeting<'_>, measures: &Checked<'_>) -> Result<i64> {
    if measures.stored.is_empty() {
        return Ok(meetings::insert(write.writer()?, meeting)?);
    }
    let id = writing::bring(write.writer()?, meeting, &measures.stored)?.map_err(|taken| measures.conflict(&taken))?;
    measures.keep(write, meeting.department)?;
    Ok(id)
}

/// Records measures of a meeting that was recorded before, and brings the rollups up to date.
///
/// # Errors
/// As of [`bring`].
pub fn add(write: &mut Write<'_>, meeting: &MeetingKey, measures: &Checked<'_>) -> Result<()> {
    let (name, now) = (write.caller().name(), write.now());
    writing::add(write.writer()?, meeting, &measures.stored, &name, now)?.map_err(|taken| measures.conflict(&taken))?;
    measures.keep(write, &meeting.department)
}

impl Checked<'_> {
    /// The first row whose slot was taken.
    fn conflict(&self, taken: &[Slot]) -> Error {
        let mut rows = self.stored.iter().zip(self.sent).enumerate();
        let Some((index, (measure, sent))) = rows.find(|(_, (measure, _))| taken.contains(&measure.slot())) else {
            return Error::conflict(Message::new(
                "ALREADY_RECORDED",
                "measures : l’une d’elles est déjà enregistrée ; corrigez-la",
            ));
        };
        let entry = &measure.entry;
        let text = format!(
            "measures[{index}] : {} {} pour {} est déjà enregistré{} ; corrigez-le",
            sent.indicator,
            Noun::of_service(entry.service).of_the(),
            entry.fortnight,
            place(entry),
        );
        Error::conflict(Message::new("ALREADY_RECORDED", text).with("index", index).with("indicator", &sent.indicator))
    }

    fn keep(&self, write: &mut Write<'_>, department: &DepartmentCode) -> Result<()> {
        let each = self.stored.iter().zip(&self.aggregations);
        let new: Vec<keep::Recorded> =
            each.map(|(measure, aggregation)| (measure.indicator_id, *aggregation, measure.entry.clone())).collect();
        keep::recorded(write, department, &new)
    }
}

fn place(entry: &Entry) -> String {
    if entry.sector.is_empty() { String::new() } else { format!(" dans le secteur {}", entry.sector) }
}

/// A row's fault as the refusal of the request.
fn at(index: usize, fault: &MeasureFault) -> Error {
    fault.refusal(format!("measures[{index}].{}", fault.field()))
}

/// What can be said of each row without the database.
fn read(call: &Call, department: &DepartmentCode, meeting: Fortnight, sent: &[NewMeasure]) -> Result<Vec<Row>> {
    let since = call.office().territories.department(department).and_then(|department| department.since);
    let read = |measure: &NewMeasure| -> Result<Row, MeasureFault> {
        let fortnight = measure.fortnight.unwrap_or(meeting);
        check::in_time(meeting, since, fortnight)?;
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
