//! Which school lies near which sector of a revision, and how far: computed when either is written, no part of the plan's content.

use diesel::prelude::*;

use super::{GROUPS, Row, Sector, by_revision, read_key};
use crate::access::Scope;
use crate::domain::codes::{DepartmentCode, SectorCode, Uai};
use crate::domain::keys::{RevisionKey, SectorKey};
use crate::insert_all;
use crate::store::backend::corrupt;
use crate::store::schema::{plans, sector_schools, sectors};
use crate::store::{Reader, StoreError, StoreResult, Writer};

/// A school within the configured distance of a sector.
#[derive(Clone, Debug, PartialEq)]
pub struct Near {
    /// The sector.
    pub sector: SectorKey,
    /// The school.
    pub uai: Uai,
    /// Metres on the ellipsoid; 0 inside.
    pub distance_m: f64,
}

#[derive(Insertable)]
#[diesel(table_name = sector_schools, treat_none_as_default_value = false)]
struct NearRow<'a> {
    department_code: &'a str,
    number: i32,
    sector_code: &'a str,
    uai: &'a str,
    distance_m: f64,
}

/// The schools near some sectors, nearest first.
///
/// # Errors
/// Those of the database.
pub fn schools_near(reader: &mut Reader, scope: &Scope, keys: &[SectorKey]) -> StoreResult<Vec<Near>> {
    let mut found: Vec<(String, i32, String, String, f64)> = Vec::new();
    for part in by_revision(scope, keys.iter().map(|key| (&key.revision, key.code.as_str()))).chunks(GROUPS) {
        let mut query = sector_schools::table.into_boxed();
        for (revision, codes) in part {
            let some = sector_schools::department_code
                .eq(revision.department.as_str())
                .and(sector_schools::number.eq(revision.number))
                .and(sector_schools::sector_code.eq_any(codes));
            query = query.or_filter(some);
        }
        let order = (sector_schools::distance_m, sector_schools::uai);
        found.extend(query.order(order).load::<(String, i32, String, String, f64)>(reader.reading())?);
    }
    found
        .into_iter()
        .map(|(department, number, code, uai, distance_m)| {
            let uai = corrupt("sector_schools.uai", uai.parse())?;
            Ok(Near { sector: read_key(&department, number, &code)?, uai, distance_m })
        })
        .collect()
}

/// The sectors of plans in force near some schools, nearest first.
///
/// # Errors
/// Those of the database.
pub fn sectors_near(reader: &mut Reader, scope: &Scope, uais: &[Uai]) -> StoreResult<Vec<(Uai, Sector)>> {
    let mut query = sector_schools::table
        .inner_join(
            plans::table.on(plans::department_code
                .eq(sector_schools::department_code)
                .and(plans::current_number.eq(sector_schools::number.nullable()))),
        )
        .inner_join(
            sectors::table.on(sectors::department_code
                .eq(sector_schools::department_code)
                .and(sectors::number.eq(sector_schools::number))
                .and(sectors::code.eq(sector_schools::sector_code))),
        )
        .filter(sector_schools::uai.eq_any(uais.iter().map(Uai::as_str)))
        .order((sector_schools::distance_m, sectors::rank))
        .select((sector_schools::uai, Row::as_select()))
        .into_boxed();
    if let Some(codes) = scope.codes() {
        query = query.filter(sector_schools::department_code.eq_any(codes));
    }
    let rows: Vec<(String, Row)> = query.load(reader.reading())?;
    rows.into_iter().map(|(uai, row)| Ok((corrupt("sector_schools.uai", uai.parse())?, row.read()?))).collect()
}

/// Replaces the distances of some sectors of a revision.
///
/// # Errors
/// Those of the database.
pub fn replace_for_sectors(
    writer: &mut Writer,
    scope: &Scope,
    revision: &RevisionKey,
    codes: &[&SectorCode],
    found: &[Near],
) -> StoreResult<()> {
    if !scope.holds(&revision.department) {
        return Err(StoreError::Query(format!("revision {revision} is out of scope")));
    }
    diesel::delete(
        sector_schools::table
            .filter(sector_schools::department_code.eq(revision.department.as_str()))
            .filter(sector_schools::number.eq(revision.number))
            .filter(sector_schools::sector_code.eq_any(codes.iter().map(|code| code.as_str()))),
    )
    .execute(writer.writing())?;
    insert(writer, found)
}

/// Replaces the distances of some schools to the sectors of some revisions of their department.
///
/// # Errors
/// Those of the database.
pub fn replace_for_schools(
    writer: &mut Writer,
    scope: &Scope,
    department: &DepartmentCode,
    numbers: &[i32],
    uais: &[&Uai],
    found: &[Near],
) -> StoreResult<()> {
    if !scope.holds(department) {
        return Err(StoreError::Query(format!("department {department} is out of scope")));
    }
    diesel::delete(
        sector_schools::table
            .filter(sector_schools::department_code.eq(department.as_str()))
            .filter(sector_schools::number.eq_any(numbers.iter().copied()))
            .filter(sector_schools::uai.eq_any(uais.iter().map(|uai| uai.as_str()))),
    )
    .execute(writer.writing())?;
    insert(writer, found)
}

fn insert(writer: &mut Writer, found: &[Near]) -> StoreResult<()> {
    let rows: Vec<NearRow<'_>> = found
        .iter()
        .map(|near| NearRow {
            department_code: near.sector.revision.department.as_str(),
            number: near.sector.revision.number,
            sector_code: near.sector.code.as_str(),
            uai: near.uai.as_str(),
            distance_m: near.distance_m,
        })
        .collect();
    insert_all!(writer.writing(), sector_schools::table, rows)
}
