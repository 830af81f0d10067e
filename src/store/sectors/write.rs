//! Writing sectors. Callers hold the department's lock, have a draft before them and have asked the rules.

use diesel::prelude::*;

use super::{Row, Sector};
use crate::access::Scope;
use crate::domain::keys::{RevisionKey, SectorKey};
use crate::store::schema::sectors;
use crate::store::{StoreError, StoreResult, Writer};
use crate::upsert_all;

/// Writes sectors, new or known, whole: their ranks too.
///
/// # Errors
/// Those of the database.
pub fn upsert(writer: &mut Writer, scope: &Scope, all: &[Sector]) -> StoreResult<()> {
    if let Some(out) = all.iter().find(|sector| !scope.holds(&sector.key.revision.department)) {
        return Err(StoreError::Query(format!("a sector of {} is out of scope", out.key.revision)));
    }
    let rows: Vec<Row> = all.iter().map(Row::of).collect();
    upsert_all!(
        writer.writing(),
        sectors::table,
        rows,
        (sectors::department_code, sectors::number, sectors::code),
        sectors::name,
        sectors::kind,
        sectors::authority,
        sectors::parquet_code,
        sectors::commune_codes,
        sectors::priority_neighbourhood_code,
        sectors::severity,
        sectors::rank,
        sectors::description,
        sectors::area_km2,
        sectors::centroid_lon,
        sectors::centroid_lat,
        sectors::west,
        sectors::south,
        sectors::east,
        sectors::north
    )
}

/// Deletes a sector with its outlines, its schools and its mentions in objectives. Whether there was one.
///
/// # Errors
/// Those of the database.
pub fn delete(writer: &mut Writer, scope: &Scope, key: &SectorKey) -> StoreResult<bool> {
    if !scope.holds(&key.revision.department) {
        return Ok(false);
    }
    let key = (key.revision.department.as_str(), key.revision.number, key.code.as_str());
    Ok(diesel::delete(sectors::table.find(key)).execute(writer.writing())? == 1)
}

/// Moves the sectors after a rank up by one.
///
/// # Errors
/// Those of the database.
pub fn close_gap(writer: &mut Writer, scope: &Scope, revision: &RevisionKey, rank: i32) -> StoreResult<()> {
    if !scope.holds(&revision.department) {
        return Err(StoreError::Query(format!("revision {revision} is out of scope")));
    }
    diesel::update(
        sectors::table
            .filter(sectors::department_code.eq(revision.department.as_str()))
            .filter(sectors::number.eq(revision.number))
            .filter(sectors::rank.gt(rank)),
    )
    .set(sectors::rank.eq(sectors::rank - 1))
    .execute(writer.writing())?;
    Ok(())
}
