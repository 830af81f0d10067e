//! Sectors as content: with the geometry as drawn, without what is computed from it.

use std::collections::HashMap;

use diesel::prelude::*;

use super::{Outlines, words};
use crate::access::Scope;
use crate::domain::content::SectorContent;
use crate::domain::keys::RevisionKey;
use crate::store::backend::corrupt;
use crate::store::revisions::{columns, read_key};
use crate::store::schema::{sector_outlines, sectors};
use crate::store::{Reader, StoreError, StoreResult};

#[derive(Queryable, Selectable)]
#[diesel(table_name = sectors)]
struct Row {
    department_code: String,
    number: i32,
    code: String,
    name: String,
    kind: String,
    authority: String,
    parquet_code: Option<String>,
    commune_codes: String,
    priority_neighbourhood_code: Option<String>,
    severity: i32,
    rank: i32,
    description: String,
}

/// The sectors of some revisions, by rank. Rows of other revisions may be among them.
pub(super) fn of_revisions(
    reader: &mut Reader,
    scope: &Scope,
    keys: &[RevisionKey],
    outlines: Outlines,
) -> StoreResult<Vec<(RevisionKey, SectorContent)>> {
    let (departments, numbers) = columns(scope, keys);
    let rows: Vec<Row> = sectors::table
        .filter(sectors::department_code.eq_any(departments))
        .filter(sectors::number.eq_any(numbers))
        .order((sectors::department_code, sectors::number, sectors::rank, sectors::code))
        .select(Row::as_select())
        .load(reader.reading())?;
    if outlines == Outlines::LeftOut {
        return rows.into_iter().map(|row| row.read(String::new())).collect();
    }
    let mut drawn = drawn(reader, scope, keys)?;
    rows.into_iter()
        .map(|row| {
            let place = (row.department_code.clone(), row.number, row.code.clone());
            let geometry =
                drawn.remove(&place).ok_or_else(|| StoreError::corrupt("sector_outlines", format!("no outline of {place:?}")))?;
            row.read(geometry)
        })
        .collect()
}

/// A sector's place: department, number, code, as stored.
type Place = (String, i32, String);

/// The outlines as drawn.
fn drawn(reader: &mut Reader, scope: &Scope, keys: &[RevisionKey]) -> StoreResult<HashMap<Place, String>> {
    let (departments, numbers) = columns(scope, keys);
    let rows: Vec<(String, i32, String, String)> = sector_outlines::table
        .filter(sector_outlines::department_code.eq_any(departments))
        .filter(sector_outlines::number.eq_any(numbers))
        .filter(sector_outlines::tolerance.eq(0))
        .select((sector_outlines::department_code, sector_outlines::number, sector_outlines::code, sector_outlines::geometry))
        .load(reader.reading())?;
    Ok(rows.into_iter().map(|(department, number, code, geometry)| ((department, number, code), geometry)).collect())
}

impl Row {
    fn read(self, geometry: String) -> StoreResult<(RevisionKey, SectorContent)> {
        let sector = SectorContent {
            code: corrupt("sectors.code", self.code.parse())?,
            name: self.name,
            kind: corrupt("sectors.kind", self.kind.parse())?,
            authority: corrupt("sectors.authority", self.authority.parse())?,
            parquet: self.parquet_code.map(|code| corrupt("sectors.parquet_code", code.parse())).transpose()?,
            commune_codes: words("sectors.commune_codes", &self.commune_codes)?,
            priority_neighbourhood_code: self.priority_neighbourhood_code,
            severity: self.severity,
            rank: self.rank,
            description: self.description,
            geometry,
        };
        Ok((read_key(&self.department_code, self.number)?, sector))
    }
}
