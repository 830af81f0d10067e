//! The national lists that the secretariat keeps over sectors and schools: dated memberships, outside the plans' content. A membership holds
//! from `since` until the day before `until`.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::backend::corrupt;
use super::schema::national_list_entries;
use super::{Reader, StoreResult, Writer};
use crate::access::Scope;
use crate::domain::codes::{DepartmentCode, SectorCode, Uai};
use crate::domain::vocabulary::NationalList;
use crate::insert_all;

/// What is on a list: a sector or a school of a department.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Member {
    /// A sector by its code, whatever the revision.
    Sector(SectorCode),
    /// A school.
    School(Uai),
}

/// One dated membership.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Database id; 0 before it is written.
    pub id: i64,
    /// The list.
    pub list: NationalList,
    /// The member's department.
    pub department: DepartmentCode,
    /// The member.
    pub member: Member,
    /// First day.
    pub since: NaiveDate,
    /// First day no longer on the list.
    pub until: Option<NaiveDate>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = national_list_entries)]
struct Row {
    id: i64,
    list: String,
    department_code: String,
    sector_code: Option<String>,
    uai: Option<String>,
    since: NaiveDate,
    until: Option<NaiveDate>,
}

#[derive(Insertable)]
#[diesel(table_name = national_list_entries, treat_none_as_default_value = false)]
struct NewRow<'a> {
    list: &'a str,
    department_code: &'a str,
    sector_code: Option<&'a str>,
    uai: Option<&'a str>,
    since: NaiveDate,
    until: Option<NaiveDate>,
}

impl Row {
    fn read(self) -> StoreResult<Entry> {
        let member = match (self.sector_code, self.uai) {
            (Some(code), None) => Member::Sector(corrupt("national_list_entries.sector_code", code.parse())?),
            (None, Some(uai)) => Member::School(corrupt("national_list_entries.uai", uai.parse())?),
            (Some(_), Some(_)) | (None, None) => {
                return Err(super::StoreError::corrupt("national_list_entries", "neither a sector nor a school, or both"));
            }
        };
        Ok(Entry {
            id: self.id,
            list: corrupt("national_list_entries.list", self.list.parse())?,
            department: corrupt("national_list_entries.department_code", self.department_code.parse())?,
            member,
            since: self.since,
            until: self.until,
        })
    }
}

/// The members of a list on a day, as far as the scope reaches, by department and code.
///
/// # Errors
/// Those of the database.
pub fn on(reader: &mut Reader, scope: &Scope, list: NationalList, day: NaiveDate) -> StoreResult<Vec<Entry>> {
    let mut query = national_list_entries::table
        .filter(national_list_entries::list.eq(list.as_str()))
        .filter(national_list_entries::since.le(day))
        .filter(national_list_entries::until.is_null().or(national_list_entries::until.gt(day)))
        .select(Row::as_select())
        .into_boxed();
    if let Some(codes) = scope.codes() {
        query = query.filter(national_list_entries::department_code.eq_any(codes));
    }
    let order = (national_list_entries::department_code, national_list_entries::sector_code, national_list_entries::uai);
    let rows: Vec<Row> = query.order(order).load(reader.reading())?;
    rows.into_iter().map(Row::read).collect()
}

/// Everything ever written of a list, the past too; the whole country, for whoever keeps the list.
///
/// # Errors
/// Those of the database.
pub fn history(reader: &mut Reader, list: NationalList) -> StoreResult<Vec<Entry>> {
    let rows: Vec<Row> = national_list_entries::table
        .filter(national_list_entries::list.eq(list.as_str()))
        .order(national_list_entries::id)
        .select(Row::as_select())
        .load(reader.reading())?;
    rows.into_iter().map(Row::read).collect()
}

/// The lists on which some sectors are on a day.
///
/// # Errors
/// Those of the database.
pub fn of_sectors(
    reader: &mut Reader,
    scope: &Scope,
    sectors: &[(DepartmentCode, SectorCode)],
    day: NaiveDate,
) -> StoreResult<Vec<Entry>> {
    let held = || sectors.iter().filter(|(department, _)| scope.holds(department));
    let rows: Vec<Row> = national_list_entries::table
        .filter(national_list_entries::department_code.eq_any(held().map(|(department, _)| department.as_str())))
        .filter(national_list_entries::sector_code.eq_any(held().map(|(_, code)| code.as_str())))
        .filter(national_list_entries::since.le(day))
        .filter(national_list_entries::until.is_null().or(national_list_entries::until.gt(day)))
        .order((national_list_entries::list, national_list_entries::id))
        .select(Row::as_select())
        .load(reader.reading())?;
    rows.into_iter().map(Row::read).collect()
}

/// The memberships of a school that have not ended by a day.
///
/// # Errors
/// Those of the database.
pub fn of_school(reader: &mut Reader, uai: &Uai, day: NaiveDate) -> StoreResult<Vec<Entry>> {
    let rows: Vec<Row> = national_list_entries::table
        .filter(national_list_entries::uai.eq(uai.as_str()))
        .filter(national_list_entries::until.is_null().or(national_list_entries::until.gt(day)))
        .order(national_list_entries::id)
        .select(Row::as_select())
        .load(reader.reading())?;
    rows.into_iter().map(Row::read).collect()
}

/// Ends memberships: `until` is their first day off the list; none lets them last.
///
/// # Errors
/// Those of the database.
pub fn end(writer: &mut Writer, ids: &[i64], until: Option<NaiveDate>) -> StoreResult<()> {
    diesel::update(national_list_entries::table.filter(national_list_entries::id.eq_any(ids)))
        .set(national_list_entries::until.eq(until))
        .execute(writer.writing())?;
    Ok(())
}

/// Forgets memberships that never took effect.
///
/// # Errors
/// Those of the database.
pub fn forget(writer: &mut Writer, ids: &[i64]) -> StoreResult<()> {
    diesel::delete(national_list_entries::table.filter(national_list_entries::id.eq_any(ids))).execute(writer.writing())?;
    Ok(())
}

/// Writes new memberships.
///
/// # Errors
/// Those of the database.
pub fn insert(writer: &mut Writer, entries: &[Entry]) -> StoreResult<()> {
    let rows: Vec<NewRow<'_>> = entries
        .iter()
        .map(|entry| {
            let (sector_code, uai) = match &entry.member {
                Member::Sector(code) => (Some(code.as_str()), None),
                Member::School(uai) => (None, Some(uai.as_str())),
            };
            NewRow {
                list: entry.list.as_str(),
                department_code: entry.department.as_str(),
                sector_code,
                uai,
                since: entry.since,
                until: entry.until,
            }
        })
        .collect();
    insert_all!(writer.writing(), national_list_entries::table, rows)
}
