//! How much revisions say, in bytes: told by the database from what it keeps of each text, without reading any. Not for what they say.

use std::collections::HashMap;

use diesel::dsl::sum;
use diesel::prelude::*;

use crate::access::Scope;
use crate::domain::keys::RevisionKey;
use crate::store::revisions::{columns, read_key};
use crate::store::schema::{contributions, objectives, revisions, sector_outlines, sectors};
use crate::store::weights::octet_length;
use crate::store::{Reader, StoreResult};

/// Bytes of the outlines and texts of some revisions, as far as they are of any length; one statement per table, whatever their number.
///
/// # Errors
/// Those of the database.
pub fn sizes(reader: &mut Reader, scope: &Scope, keys: &[RevisionKey]) -> StoreResult<HashMap<RevisionKey, u64>> {
    type Row = (String, i32, Option<i64>);
    let (departments, numbers) = columns(scope, keys);
    let mut rows: Vec<Row> = Vec::new();
    rows.extend(
        sector_outlines::table
            .filter(sector_outlines::department_code.eq_any(&departments))
            .filter(sector_outlines::number.eq_any(&numbers))
            .filter(sector_outlines::tolerance.eq(0))
            .group_by((sector_outlines::department_code, sector_outlines::number))
            .select((sector_outlines::department_code, sector_outlines::number, sum(octet_length(sector_outlines::geometry))))
            .load::<Row>(reader.reading())?,
    );
    rows.extend(
        sectors::table
            .filter(sectors::department_code.eq_any(&departments))
            .filter(sectors::number.eq_any(&numbers))
            .group_by((sectors::department_code, sectors::number))
            .select((sectors::department_code, sectors::number, sum(octet_length(sectors::description))))
            .load::<Row>(reader.reading())?,
    );
    let of_objectives: Vec<(String, i32, Option<i64>, Option<i64>)> = objectives::table
        .filter(objectives::department_code.eq_any(&departments))
        .filter(objectives::number.eq_any(&numbers))
        .group_by((objectives::department_code, objectives::number))
        .select((
            objectives::department_code,
            objectives::number,
            sum(octet_length(objectives::description)),
            sum(octet_length(objectives::modes_of_action)),
        ))
        .load(reader.reading())?;
    rows.extend(
        contributions::table
            .filter(contributions::department_code.eq_any(&departments))
            .filter(contributions::number.eq_any(&numbers))
            .group_by((contributions::department_code, contributions::number))
            .select((contributions::department_code, contributions::number, sum(octet_length(contributions::text))))
            .load::<Row>(reader.reading())?,
    );
    let of_revisions: Vec<(String, i32, Option<i64>, Option<i64>)> = revisions::table
        .filter(revisions::department_code.eq_any(&departments))
        .filter(revisions::number.eq_any(&numbers))
        .group_by((revisions::department_code, revisions::number))
        .select((
            revisions::department_code,
            revisions::number,
            sum(octet_length(revisions::diagnosis)),
            sum(octet_length(revisions::uncovered_schools_reason)),
        ))
        .load(reader.reading())?;
    for (department, number, one, other) in of_objectives.into_iter().chain(of_revisions) {
        rows.push((department, number, Some(one.unwrap_or(0) + other.unwrap_or(0))));
    }
    let mut sizes: HashMap<RevisionKey, u64> = keys.iter().map(|key| (key.clone(), 0)).collect();
    for (department, number, bytes) in rows {
        // Rows of other revisions may be among them.
        if let Some(size) = sizes.get_mut(&read_key(&department, number)?) {
            *size += bytes.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or(0);
        }
    }
    Ok(sizes)
}
