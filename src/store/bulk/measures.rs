//! Measures by the million: written in batches, by COPY on PostgreSQL and in long INSERTs on SQLite, with what is known of all departments of a
//! file read beforehand.

use std::collections::{HashMap, HashSet};

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use diesel::sql_types::Bool;

use crate::access::Scope;
use crate::domain::codes::{DepartmentCode, SectorCode};
use crate::domain::fortnight::Fortnight;
use crate::store::backend::corrupt;
use crate::store::measures::marks::SectorMark;
use crate::store::measures::{NewMeasure, NewRow, Slot};
use crate::store::schema::{measures, meetings, plans, sectors};
use crate::store::{AnyConnection, MultiBackend, Reader, StoreResult, Writer};
use crate::{insert_all, insert_missing};

/// A measure to write, with the meeting that brings it.
#[derive(Clone, Debug)]
pub struct Brought {
    /// The department.
    pub department: DepartmentCode,
    /// The meeting's id.
    pub meeting_id: i64,
    /// What is measured, where, by whom.
    pub measure: NewMeasure,
}

/// What names a measure in the nation.
pub type Place = (DepartmentCode, Slot);

impl Brought {
    /// What names it.
    #[must_use]
    pub fn place(&self) -> Place {
        let entry = &self.measure.entry;
        let slot = (self.measure.indicator_id, entry.fortnight.ordinal(), entry.sector.clone(), entry.service);
        (self.department.clone(), slot)
    }
}

/// Writes a batch of measures.
///
/// # Errors
/// [`StoreError::Duplicate`](crate::store::StoreError::Duplicate) when one is there already, or twice in the batch: which one is not said, and
/// part of the batch may stand. Set a [`mark`](super::mark) before.
pub fn write(writer: &mut Writer, batch: &[Brought], by: &str, at: NaiveDateTime) -> StoreResult<()> {
    let rows = rows(batch, by, at);
    match writer.writing() {
        AnyConnection::Postgres(c) => {
            diesel::copy_from(measures::table).from_insertable(rows).execute(c)?;
            Ok(())
        }
        AnyConnection::Sqlite(_) => insert_all!(writer.writing(), measures::table, rows),
    }
}

/// Writes those measures of a batch that are not there yet; answers which were written. Slower than [`write`].
///
/// # Errors
/// Those of the database.
pub fn write_missing(writer: &mut Writer, batch: &[Brought], by: &str, at: NaiveDateTime) -> StoreResult<HashSet<Place>> {
    let before = highest_id(writer)?;
    let rows = rows(batch, by, at);
    insert_missing!(writer.writing(), measures::table, rows)?;
    let written: Vec<PlaceColumns> = measures::table.filter(measures::id.gt(before)).select(PLACE).load(writer.writing())?;
    written.into_iter().map(place).collect()
}

fn rows<'a>(batch: &'a [Brought], by: &'a str, at: NaiveDateTime) -> Vec<NewRow<'a>> {
    batch.iter().map(|brought| NewRow::of(&brought.department, brought.meeting_id, &brought.measure, by, at)).collect()
}

/// The highest id of a measure so far; those to come have higher ones.
///
/// # Errors
/// Those of the database.
pub fn highest_id(reader: &mut Reader) -> StoreResult<i64> {
    let highest: Option<i64> = measures::table.select(diesel::dsl::max(measures::id)).first(reader.reading())?;
    Ok(highest.unwrap_or_default())
}

/// Of some places those where a measure stands that is no younger than an id. For a hundred places at once, not for thousands.
///
/// # Errors
/// Those of the database.
pub fn standing(reader: &mut Reader, places: &[&Place], until_id: i64) -> StoreResult<HashSet<Place>> {
    type Clause = Box<dyn BoxableExpression<measures::table, MultiBackend, SqlType = Bool>>;
    let none: Clause = Box::new(measures::id.lt(0));
    let any = places.iter().fold(none, |clause, (department, (indicator, fortnight, sector, service))| {
        Box::new(
            clause.or(measures::department_code
                .eq(department.to_string())
                .and(measures::indicator_id.eq(*indicator))
                .and(measures::fortnight.eq(*fortnight))
                .and(measures::sector_code.eq(sector.clone()))
                .and(measures::service.eq(service.as_str()))),
        )
    });
    let rows: Vec<PlaceColumns> =
        measures::table.filter(measures::id.le(until_id)).filter(any).select(PLACE).load(reader.reading())?;
    rows.into_iter().map(place).collect()
}

type PlaceColumns = (String, i32, i32, String, String);
type PlaceSelection =
    (measures::department_code, measures::indicator_id, measures::fortnight, measures::sector_code, measures::service);
const PLACE: PlaceSelection =
    (measures::department_code, measures::indicator_id, measures::fortnight, measures::sector_code, measures::service);

fn place((code, indicator, fortnight, sector, service): PlaceColumns) -> StoreResult<Place> {
    let department = corrupt("measures.department_code", code.parse())?;
    Ok((department, (indicator, fortnight, sector, corrupt("measures.service", service.parse())?)))
}

/// What measures keep of the sectors of several departments: as in the plan in force, else as in the pending revision, within `drafts`: for whom
/// does not see pending revisions, their sectors do not exist.
///
/// # Errors
/// Those of the database.
pub fn sector_marks(
    reader: &mut Reader,
    scope: &Scope,
    drafts: &Scope,
) -> StoreResult<HashMap<DepartmentCode, HashMap<SectorCode, SectorMark>>> {
    type Columns = (String, String, String, Option<String>, Option<i32>, i32);
    let mut query = sectors::table
        .inner_join(plans::table.on(plans::department_code.eq(sectors::department_code)))
        .filter(sectors::number.nullable().eq(plans::current_number).or(sectors::number.nullable().eq(plans::pending_number)))
        .select((
            sectors::department_code,
            sectors::code,
            sectors::authority,
            sectors::parquet_code,
            plans::current_number,
            sectors::number,
        ))
        .into_boxed();
    if let Some(codes) = scope.codes() {
        query = query.filter(sectors::department_code.eq_any(codes));
    }
    let mut found: HashMap<DepartmentCode, HashMap<SectorCode, SectorMark>> = HashMap::new();
    for (department, code, authority, parquet, current, number) in query.load::<Columns>(reader.reading())? {
        let department = corrupt("sectors.department_code", department.parse())?;
        let (is_draft, seen) = (Some(number) != current, drafts.holds(&department));
        let marks = found.entry(department).or_default();
        let code: SectorCode = corrupt("sectors.code", code.parse())?;
        if !is_draft || (seen && !marks.contains_key(&code)) {
            marks.insert(code, SectorMark { authority, parquet: parquet.unwrap_or_default() });
        }
    }
    Ok(found)
}

/// A meeting to which measures may be brought.
#[derive(Clone, Debug)]
pub struct HeldMeeting {
    /// The department.
    pub department: DepartmentCode,
    /// The day.
    pub held_on: NaiveDate,
    /// The meeting's id.
    pub id: i64,
    /// The fortnight of the day.
    pub fortnight: Fortnight,
}

/// The meetings that were held from one day to another, in the order in which they were recorded.
///
/// # Errors
/// Those of the database.
pub fn meetings(reader: &mut Reader, scope: &Scope, from: NaiveDate, until: NaiveDate) -> StoreResult<Vec<HeldMeeting>> {
    let mut query = meetings::table
        .filter(meetings::held_on.between(from, until))
        .select((meetings::department_code, meetings::held_on, meetings::id, meetings::fortnight))
        .order(meetings::id)
        .into_boxed();
    if let Some(codes) = scope.codes() {
        query = query.filter(meetings::department_code.eq_any(codes));
    }
    let rows: Vec<(String, NaiveDate, i64, i32)> = query.load(reader.reading())?;
    rows.into_iter()
        .map(|(code, held_on, id, fortnight)| {
            Ok(HeldMeeting {
                department: corrupt("meetings.department_code", code.parse())?,
                held_on,
                id,
                fortnight: corrupt("meetings.fortnight", Fortnight::from_ordinal(fortnight))?,
            })
        })
        .collect()
}
