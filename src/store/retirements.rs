//! Sectors that left the plan in force, and when: what was last reported for one is not carried on. Not for what a plan holds, nor for what counts
//! as carried, which is the domain's to say (`domain::rollup`).

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;

use super::backend::corrupt;
use super::schema::{plans, retired_sectors, sectors};
use super::{Reader, StoreResult, Writer};
use crate::domain::codes::DepartmentCode;
use crate::domain::fortnight::Fortnight;
use crate::domain::rollup::Absence;
use crate::insert_all;

/// The codes of the sectors of a department's plan in force; none without one.
///
/// # Errors
/// Those of the database.
pub fn in_force(reader: &mut Reader, department: &DepartmentCode) -> StoreResult<BTreeSet<String>> {
    let codes: Vec<String> = plans::table
        .inner_join(sectors::table.on(sectors::department_code.eq(plans::department_code)))
        .filter(plans::department_code.eq(department.as_str()))
        .filter(plans::current_number.eq(sectors::number.nullable()))
        .select(sectors::code)
        .load(reader.reading())?;
    Ok(codes.into_iter().collect())
}

/// The sectors of a department that ever left, each with the times in which it was away.
///
/// # Errors
/// Those of the database.
pub fn of(reader: &mut Reader, department: &DepartmentCode) -> StoreResult<BTreeMap<String, Vec<Absence>>> {
    let rows: Vec<(String, i32, Option<i32>)> = retired_sectors::table
        .filter(retired_sectors::department_code.eq(department.as_str()))
        .select((retired_sectors::sector_code, retired_sectors::fortnight, retired_sectors::back))
        .load(reader.reading())?;
    let mut found: BTreeMap<String, Vec<Absence>> = BTreeMap::new();
    for (code, fortnight, back) in rows {
        let since = corrupt("retired_sectors.fortnight", Fortnight::from_ordinal(fortnight))?;
        let until = corrupt("retired_sectors.back", back.map(Fortnight::from_ordinal).transpose())?;
        found.entry(code).or_default().push(Absence { since, until });
    }
    Ok(found)
}

#[derive(Insertable)]
#[diesel(table_name = retired_sectors)]
struct NewRow<'a> {
    department_code: &'a str,
    sector_code: &'a str,
    fortnight: i32,
}

/// Notes that some sectors left in a fortnight in which they had not left before.
///
/// # Errors
/// Those of the database.
pub fn add<'a>(
    writer: &mut Writer,
    department: &DepartmentCode,
    gone: impl IntoIterator<Item = &'a String>,
    fortnight: Fortnight,
) -> StoreResult<()> {
    let (department_code, fortnight) = (department.as_str(), fortnight.ordinal());
    let rows: Vec<NewRow<'_>> = gone.into_iter().map(|sector_code| NewRow { department_code, sector_code, fortnight }).collect();
    insert_all!(writer.writing(), retired_sectors::table, rows)
}

/// Notes that some sectors came back in a fortnight, and that those of their leaves are undone that were in one since. A leave and a return within
/// one fortnight leave nothing.
///
/// # Errors
/// Those of the database.
pub fn came_back(
    writer: &mut Writer,
    department: &DepartmentCode,
    codes: &[&String],
    since: Fortnight,
    back: Fortnight,
) -> StoreResult<()> {
    let codes: Vec<&str> = codes.iter().map(|code| code.as_str()).collect();
    diesel::delete(
        retired_sectors::table
            .filter(retired_sectors::department_code.eq(department.as_str()))
            .filter(retired_sectors::sector_code.eq_any(codes.clone()))
            .filter(retired_sectors::fortnight.eq(back.ordinal())),
    )
    .execute(writer.writing())?;
    diesel::update(retired_sectors::table.filter(retired_sectors::department_code.eq(department.as_str())))
        .filter(retired_sectors::sector_code.eq_any(codes))
        .filter(retired_sectors::fortnight.ge(since.ordinal()))
        .filter(retired_sectors::back.is_null())
        .set(retired_sectors::back.eq(back.ordinal()))
        .execute(writer.writing())?;
    Ok(())
}
