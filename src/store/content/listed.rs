//! The schools on the national list that a revision must cover, and the sectors of the revision that they lie in or near.

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::access::Scope;
use crate::domain::codes::{DepartmentCode, SectorCode, Uai};
use crate::domain::keys::RevisionKey;
use crate::domain::vocabulary::NationalList;
use crate::store::backend::corrupt;
use crate::store::revisions::{columns, read_key};
use crate::store::schema::{national_list_entries, schools, sector_schools};
use crate::store::{Reader, StoreResult};

/// A school on the national list of the most sensitive ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its department.
    pub department: DepartmentCode,
    /// Its UAI.
    pub uai: Uai,
    /// Its name in the directory; its UAI when the directory does not hold it.
    pub name: String,
}

/// The schools of some departments that are on the list on a day, by UAI.
///
/// # Errors
/// Those of the database.
pub fn listed_schools(
    reader: &mut Reader,
    scope: &Scope,
    departments: &[DepartmentCode],
    day: NaiveDate,
) -> StoreResult<Vec<Listed>> {
    let wanted: Vec<&str> = departments.iter().filter(|code| scope.holds(code)).map(DepartmentCode::as_str).collect();
    let rows: Vec<(String, Option<String>, Option<String>)> = national_list_entries::table
        .left_join(schools::table.on(schools::uai.nullable().eq(national_list_entries::uai)))
        .filter(national_list_entries::list.eq(NationalList::SensitiveSchools.as_str()))
        .filter(national_list_entries::department_code.eq_any(wanted))
        .filter(national_list_entries::uai.is_not_null())
        .filter(national_list_entries::since.le(day))
        .filter(national_list_entries::until.is_null().or(national_list_entries::until.gt(day)))
        .order(national_list_entries::uai)
        .select((national_list_entries::department_code, national_list_entries::uai, schools::name.nullable()))
        .distinct()
        .load(reader.reading())?;
    rows.into_iter()
        .filter_map(|(department, uai, name)| uai.map(|uai| (department, uai, name)))
        .map(|(department, uai, name)| {
            Ok(Listed {
                department: corrupt("national_list_entries.department_code", department.parse())?,
                name: name.unwrap_or_else(|| uai.clone()),
                uai: corrupt("national_list_entries.uai", uai.parse())?,
            })
        })
        .collect()
}

/// Which sectors of some revisions contain some schools or lie near them. Rows of other revisions may be among them.
///
/// # Errors
/// Those of the database.
pub fn sectors_of_schools(
    reader: &mut Reader,
    scope: &Scope,
    keys: &[RevisionKey],
    uais: &[Uai],
) -> StoreResult<Vec<(RevisionKey, Uai, SectorCode)>> {
    let (departments, numbers) = columns(scope, keys);
    let uais: Vec<&str> = uais.iter().map(Uai::as_str).collect();
    let rows: Vec<(String, i32, String, String)> = sector_schools::table
        .filter(sector_schools::department_code.eq_any(departments))
        .filter(sector_schools::number.eq_any(numbers))
        .filter(sector_schools::uai.eq_any(uais))
        .order((sector_schools::uai, sector_schools::sector_code))
        .select((sector_schools::department_code, sector_schools::number, sector_schools::uai, sector_schools::sector_code))
        .load(reader.reading())?;
    rows.into_iter()
        .map(|(department, number, uai, sector)| {
            Ok((
                read_key(&department, number)?,
                corrupt("sector_schools.uai", uai.parse())?,
                corrupt("sector_schools.sector_code", sector.parse())?,
            ))
        })
        .collect()
}
