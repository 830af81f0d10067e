//! Recording measures under a meeting: everything is looked up and checked for all rows at once, then written at once. Each refusal names the
//! row at fault.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::RangeInclusive;

use super::{stands_for, value};
use crate::access::{Capability, Scope};
use crate::domain::amount::Amount;
use crate::domain::codes::{DepartmentCode, IndicatorCode, SectorCode};
use crate::domain::compliance::is_department_on;
use crate::domain::fortnight::Fortnight;
use crate::domain::rollup::{Entry, is_recorded};
use crate::domain::vocabulary::ServiceKind;
use crate::store::declarations::{self, Declaration};
use crate::store::indicators::{self, StoredIndicator};
use crate::store::measures::{self as store, SectorMark, Slot};
use crate::store::meetings::Meeting;
use crate::workflow::rollups::keep;
use crate::workflow::{Call, Error, Result, input};

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

/// A row that reads well by itself.
struct Row {
    indicator: IndicatorCode,
    sector: Option<SectorCode>,
    service: ServiceKind,
    value: Amount,
    fortnight: Fortnight,
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
    let known = Known::load(call, &department, &rows, meeting.fortnight)?;
    let mut new = Vec::with_capacity(rows.len());
    let mut slots: HashSet<Slot> = HashSet::with_capacity(rows.len());
    for (index, row) in rows.into_iter().enumerate() {
        let (indicator, entry) = known.check(call, &department, index, row)?;
        let slot = (indicator.id, entry.fortnight.ordinal(), entry.sector.clone(), entry.service);
        if known.taken.contains(&slot) {
            return Err(Error::conflict(format!(
                "measures[{index}]: {} of {} for {} is recorded already{}; correct it instead",
                indicator.indicator.code,
                entry.service,
                entry.fortnight,
                place(&entry),
            )));
        }
        if !slots.insert(slot) {
            return Err(Error::invalid(format!("measures[{index}]"), "the same measure stands in the request twice"));
        }
        new.push((indicator.id, indicator.indicator.aggregation, entry));
    }
    let (name, now) = (call.caller().name(), call.now());
    let stored: Vec<store::NewMeasure> =
        new.iter().map(|(id, _, entry)| store::NewMeasure { indicator_id: *id, entry: entry.clone() }).collect();
    store::insert(call.db()?, &meeting.key, &stored, &name, now)?;
    keep::recorded(call, &department, &new)
}

fn place(entry: &Entry) -> String {
    if entry.sector.is_empty() { String::new() } else { format!(" in sector {}", entry.sector) }
}

/// What can be said of each row without the database.
fn read(call: &Call, meeting: &Meeting, sent: &[NewMeasure]) -> Result<Vec<Row>> {
    let since = call.office().territories.department(&meeting.key.department).and_then(|department| department.since);
    let earlier = meeting.fortnight.previous();
    sent.iter()
        .enumerate()
        .map(|(index, measure)| {
            let field = |name: &str| format!("measures[{index}].{name}");
            let fortnight = measure.fortnight.unwrap_or(meeting.fortnight);
            if fortnight != meeting.fortnight && Some(fortnight) != earlier {
                let own = meeting.fortnight;
                return Err(Error::invalid(
                    field("fortnight"),
                    format!("the meeting is of {own}: it may bring figures of {own} and of the fortnight before"),
                ));
            }
            if !is_department_on(since, fortnight.last_day()) {
                return Err(Error::invalid(field("fortnight"), "it was not a department then"));
            }
            Ok(Row {
                indicator: input::parse(&field("indicator"), &measure.indicator)?,
                sector: measure.sector_code.as_deref().map(|code| input::parse(&field("sectorCode"), code)).transpose()?,
                service: measure.service,
                value: value(&field("value"), measure.value)?,
                fortnight,
            })
        })
        .collect()
}

/// What the database knows of the rows, each read in one statement.
struct Known {
    indicators: HashMap<IndicatorCode, StoredIndicator>,
    sectors: HashMap<SectorCode, SectorMark>,
    declared: Vec<Declaration>,
    taken: HashSet<Slot>,
}

impl Known {
    fn load(call: &mut Call, department: &DepartmentCode, rows: &[Row], fortnight: Fortnight) -> Result<Self> {
        let codes: BTreeSet<&IndicatorCode> = rows.iter().map(|row| &row.indicator).collect();
        let codes: Vec<IndicatorCode> = codes.into_iter().cloned().collect();
        let indicators = indicators::for_measuring(call.db()?, department, &codes)?;
        let ids: Vec<i32> = indicators.values().map(|found| found.id).collect();
        let sectors: BTreeSet<&SectorCode> = rows.iter().filter_map(|row| row.sector.as_ref()).collect();
        let sectors: Vec<SectorCode> = sectors.into_iter().cloned().collect();
        let sectors = if sectors.is_empty() { HashMap::new() } else { store::sector_marks(call.db()?, department, &sectors)? };
        let declared = declarations::of(call.db()?, &Scope::department(department.clone()), &ids)?;
        let fortnights: RangeInclusive<i32> = fortnight.ordinal() - 1..=fortnight.ordinal();
        let taken = store::taken(call.db()?, department, &ids, &fortnights)?.into_iter().collect();
        Ok(Self { indicators, sectors, declared, taken })
    }

    /// Holds one row against what is known; answers its indicator and the figure as it will stand.
    fn check(&self, call: &Call, department: &DepartmentCode, index: usize, row: Row) -> Result<(&StoredIndicator, Entry)> {
        let field = |name: &str| format!("measures[{index}].{name}");
        let indicator = self
            .indicators
            .get(&row.indicator)
            .ok_or_else(|| Error::invalid(field("indicator"), format!("there is no indicator {}", row.indicator)))?;
        if !is_recorded(indicator.indicator.aggregation) {
            let code = &row.indicator;
            return Err(Error::invalid(field("indicator"), format!("{code} is a ratio: it is computed, never measured")));
        }
        if !indicator.indicator.is_recorded_by(row.service) {
            return Err(Error::invalid(field("service"), format!("{} does not record {}", row.service, row.indicator)));
        }
        if self.declared.iter().any(|found| found.indicator_id == indicator.id && found.covers(row.fortnight)) {
            return Err(Error::invalid(
                field("indicator"),
                format!("{} is declared not applicable for {}", row.indicator, row.fortnight),
            ));
        }
        let mark = match &row.sector {
            Some(code) => self.sectors.get(code).cloned().ok_or_else(|| {
                Error::invalid(
                    field("sectorCode"),
                    format!("there is no sector {code} in the plan in force nor in the pending one"),
                )
            })?,
            None => SectorMark::default(),
        };
        let grants = call.access().grants_for(Capability::RecordMeasures, department);
        if !stands_for(&grants, row.service, &mark.parquet) {
            return Err(Error::Forbidden(format!(
                "{}: measures of {} are not yours to record here",
                field("service"),
                row.service
            )));
        }
        let entry = Entry {
            fortnight: row.fortnight,
            sector: row.sector.map(String::from).unwrap_or_default(),
            service: row.service,
            authority: mark.authority,
            parquet: mark.parquet,
            value: row.value,
        };
        Ok((indicator, entry))
    }
}
