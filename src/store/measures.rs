//! Measures. How they are written is in [`writing`], their lists, page by page, in [`lists`], what they keep of sectors in [`marks`], their
//! corrections in [`corrections`](super::corrections), the cells that add them up in [`rollups`](super::rollups).

pub mod lists;
pub mod marks;
pub mod writing;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::RangeInclusive;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::backend::corrupt;
use super::meetings::IDS;
use super::schema::measures;
use super::{MultiBackend, Reader, StoreResult};
use crate::access::Scope;
use crate::domain::amount::Amount;
use crate::domain::codes::{DepartmentCode, SectorCode};
use crate::domain::fortnight::Fortnight;
use crate::domain::keys::MeasureKey;
use crate::domain::rollup::Entry;
use crate::domain::vocabulary::ServiceKind;

/// A measure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measure {
    /// Department and id.
    pub key: MeasureKey,
    /// The meeting that brought it.
    pub meeting_id: i64,
    /// The indicator's database id.
    pub indicator_id: i32,
    /// The fortnight that the figure is of.
    pub fortnight: Fortnight,
    /// The sector; none: the whole department.
    pub sector: Option<SectorCode>,
    /// The sector's authority as of recording; empty without a sector.
    pub authority: String,
    /// The sector's parquet as of recording; empty without one.
    pub parquet: String,
    /// Whose figure it is.
    pub service: ServiceKind,
    /// The figure.
    pub value: Amount,
    /// When this value was recorded, UTC.
    pub recorded_at: NaiveDateTime,
    /// By whom.
    pub recorded_by: String,
}

impl Measure {
    /// As a rollup sees it.
    #[must_use]
    pub fn entry(&self) -> Entry {
        Entry {
            fortnight: self.fortnight,
            sector: self.sector.as_ref().map(ToString::to_string).unwrap_or_default(),
            service: self.service,
            authority: self.authority.clone(),
            parquet: self.parquet.clone(),
            value: self.value,
            absences: Vec::new(),
        }
    }
}

/// A measure to record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMeasure {
    /// The indicator's database id.
    pub indicator_id: i32,
    /// What is measured, where, by whom.
    pub entry: Entry,
}

impl NewMeasure {
    /// The slot that it takes.
    #[must_use]
    pub fn slot(&self) -> Slot {
        (self.indicator_id, self.entry.fortnight.ordinal(), self.entry.sector.clone(), self.entry.service)
    }
}

/// Which measures a viewer sees: all of some departments, and those of single services in others.
#[derive(Clone, Debug)]
pub struct MeasureSight {
    /// Where all measures are seen.
    pub full: Scope,
    /// Where those of one service only are seen.
    pub own: BTreeMap<ServiceKind, Scope>,
}

impl MeasureSight {
    /// Wherever anything is seen.
    #[must_use]
    pub fn anywhere(&self) -> Scope {
        self.own.values().fold(self.full.clone(), |all, scope| all.or(scope.clone()))
    }

    /// Whose measures are seen in a department.
    #[must_use]
    pub fn services(&self, department: &DepartmentCode) -> SeenServices {
        if self.full.holds(department) {
            return SeenServices::All;
        }
        let own = self.own.iter().filter(|(_, scope)| scope.holds(department));
        SeenServices::Some(own.map(|(service, _)| *service).collect())
    }
}

/// Whose measures a viewer sees in a department.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SeenServices {
    /// Everybody's.
    All,
    /// Those of some services, or nobody's.
    Some(BTreeSet<ServiceKind>),
}

pub(super) type Clause = Box<dyn BoxableExpression<measures::table, MultiBackend, SqlType = Bool>>;

fn within(scope: &Scope) -> Clause {
    match scope.codes() {
        None => Box::new(measures::id.is_not_null()),
        Some(codes) => Box::new(measures::department_code.eq_any(codes)),
    }
}

pub(super) fn visible(sight: &MeasureSight) -> Clause {
    sight.own.iter().fold(within(&sight.full), |clause, (service, scope)| {
        Box::new(clause.or(measures::service.eq(service.as_str()).and(within(scope))))
    })
}

#[derive(Queryable, Selectable, QueryableByName)]
#[diesel(table_name = measures)]
struct Row {
    id: i64,
    department_code: String,
    meeting_id: i64,
    indicator_id: i32,
    fortnight: i32,
    sector_code: String,
    authority: String,
    parquet_code: String,
    service: String,
    value: i64,
    recorded_at: NaiveDateTime,
    recorded_by: String,
}

impl Row {
    fn read(self) -> StoreResult<Measure> {
        let sector = Some(self.sector_code).filter(|code| !code.is_empty());
        Ok(Measure {
            key: MeasureKey { department: corrupt("measures.department_code", self.department_code.parse())?, id: self.id },
            meeting_id: self.meeting_id,
            indicator_id: self.indicator_id,
            fortnight: corrupt("measures.fortnight", Fortnight::from_ordinal(self.fortnight))?,
            sector: sector.map(|code| corrupt("measures.sector_code", code.parse())).transpose()?,
            authority: self.authority,
            parquet: self.parquet_code,
            service: corrupt("measures.service", self.service.parse())?,
            value: Amount::from_scaled(self.value),
            recorded_at: self.recorded_at,
            recorded_by: self.recorded_by,
        })
    }
}

#[derive(Insertable)]
#[diesel(table_name = measures, treat_none_as_default_value = false)]
pub(super) struct NewRow<'a> {
    department_code: &'a str,
    meeting_id: i64,
    indicator_id: i32,
    fortnight: i32,
    sector_code: &'a str,
    authority: &'a str,
    parquet_code: &'a str,
    service: &'static str,
    value: i64,
    recorded_at: NaiveDateTime,
    recorded_by: &'a str,
}

impl<'a> NewRow<'a> {
    /// A measure as it will stand, brought by a meeting.
    pub(super) fn of(
        department: &'a DepartmentCode,
        meeting_id: i64,
        measure: &'a NewMeasure,
        recorded_by: &'a str,
        recorded_at: NaiveDateTime,
    ) -> Self {
        let NewMeasure { indicator_id, entry } = measure;
        Self {
            department_code: department.as_str(),
            meeting_id,
            indicator_id: *indicator_id,
            fortnight: entry.fortnight.ordinal(),
            sector_code: &entry.sector,
            authority: &entry.authority,
            parquet_code: &entry.parquet,
            service: entry.service.as_str(),
            value: entry.value.scaled(),
            recorded_at,
            recorded_by,
        }
    }
}

/// What names a measure in its department: indicator, fortnight, sector (or empty), service.
pub type Slot = (i32, i32, String, ServiceKind);

/// One measure as the viewer sees it; `None` where it does not.
///
/// # Errors
/// Those of the database.
pub fn measure(reader: &mut Reader, sight: &MeasureSight, key: &MeasureKey) -> StoreResult<Option<Measure>> {
    Ok(by_ids(reader, sight, &[key.id])?.remove(&key.id).filter(|found| found.key == *key))
}

/// Measures by id, as far as the viewer sees them.
///
/// # Errors
/// Those of the database.
pub fn by_ids(reader: &mut Reader, sight: &MeasureSight, ids: &[i64]) -> StoreResult<HashMap<i64, Measure>> {
    let mut found = HashMap::new();
    for part in ids.chunks(IDS) {
        let rows: Vec<Row> = measures::table
            .filter(measures::id.eq_any(part))
            .filter(visible(sight))
            .select(Row::as_select())
            .load(reader.reading())?;
        for row in rows {
            let measure = row.read()?;
            found.insert(measure.key.id, measure);
        }
    }
    Ok(found)
}

/// The first fortnight among some for which a department measured an indicator.
///
/// # Errors
/// Those of the database.
pub fn first_measured(
    reader: &mut Reader,
    department: &DepartmentCode,
    indicator: i32,
    fortnights: &RangeInclusive<i32>,
) -> StoreResult<Option<Fortnight>> {
    let first: Option<i32> = measures::table
        .filter(measures::department_code.eq(department.as_str()))
        .filter(measures::indicator_id.eq(indicator))
        .filter(measures::fortnight.between(*fortnights.start(), *fortnights.end()))
        .select(measures::fortnight)
        .order(measures::fortnight)
        .first(reader.reading())
        .optional()?;
    first.map(|ordinal| corrupt("measures.fortnight", Fortnight::from_ordinal(ordinal))).transpose()
}

type EntryColumns = (i32, i32, String, String, String, String, i64);
type EntrySelection = (
    measures::indicator_id,
    measures::fortnight,
    measures::sector_code,
    measures::service,
    measures::authority,
    measures::parquet_code,
    measures::value,
);
const ENTRY: EntrySelection = (
    measures::indicator_id,
    measures::fortnight,
    measures::sector_code,
    measures::service,
    measures::authority,
    measures::parquet_code,
    measures::value,
);

/// The measures of one department as a rollup sees them, as far as the scope reaches, with their indicators' ids, in order of time; `services`
/// empty: of all.
///
/// # Errors
/// Those of the database.
pub fn entries(
    reader: &mut Reader,
    scope: &Scope,
    department: &DepartmentCode,
    indicators: &[i32],
    services: &[ServiceKind],
    fortnights: &RangeInclusive<i32>,
) -> StoreResult<Vec<(i32, Entry)>> {
    let mut query = measures::table
        .filter(within(scope))
        .filter(measures::department_code.eq(department.as_str()))
        .filter(measures::indicator_id.eq_any(indicators))
        .filter(measures::fortnight.between(*fortnights.start(), *fortnights.end()))
        .select(ENTRY)
        .order((measures::fortnight, measures::id))
        .into_boxed();
    if !services.is_empty() {
        query = query.filter(measures::service.eq_any(services.iter().map(|service| service.as_str())));
    }
    let rows = query.load::<EntryColumns>(reader.reading())?;
    read_entries(reader, department, rows)
}

/// All measures of a department in some fortnights as a rollup sees them.
///
/// # Errors
/// Those of the database.
pub fn all_entries(
    reader: &mut Reader,
    department: &DepartmentCode,
    fortnights: &RangeInclusive<i32>,
) -> StoreResult<Vec<(i32, Entry)>> {
    let query = measures::table
        .filter(measures::department_code.eq(department.as_str()))
        .filter(measures::fortnight.between(*fortnights.start(), *fortnights.end()))
        .select(ENTRY);
    let rows = query.load::<EntryColumns>(reader.reading())?;
    read_entries(reader, department, rows)
}

fn read_entries(reader: &mut Reader, department: &DepartmentCode, rows: Vec<EntryColumns>) -> StoreResult<Vec<(i32, Entry)>> {
    let retirements = super::retirements::of(reader, department)?;
    rows.into_iter()
        .map(|(indicator, fortnight, sector, service, authority, parquet, value)| {
            let fortnight = corrupt("measures.fortnight", Fortnight::from_ordinal(fortnight))?;
            let service = corrupt("measures.service", service.parse())?;
            let absences = retirements.get(&sector).cloned().unwrap_or_default();
            Ok((indicator, Entry { fortnight, sector, service, authority, parquet, value: Amount::from_scaled(value), absences }))
        })
        .collect()
}
