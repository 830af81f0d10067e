//! How many bytes the texts of lists take, told by the database from what it keeps of each, without reading any: asked before a list is read that
//! could take more than an operation may. Not for revisions, which have [sizes](super::content::sizes) of their own.

use diesel::dsl::sum;
use diesel::prelude::*;
use diesel::sql_types::{Integer, Text};

use super::backend::page_of_each;
use super::corrections::pages;
use super::meetings::{IDS, MeetingPart, OF_DEPARTMENT, ORDER, page_values, parents, within};
use super::schema::{decisions, meetings};
use super::{Reader, StoreResult};
use crate::access::Scope;
use crate::among;
use crate::domain::codes::DepartmentCode;
use crate::domain::period::Period;

diesel::define_sql_function! {
    /// Bytes of a text.
    fn octet_length(text: Text) -> Integer;
}

fn whole(sum: Option<i64>) -> u64 {
    sum.and_then(|sum| u64::try_from(sum).ok()).unwrap_or(0)
}

/// The minutes of some meetings, as far as the scope reaches.
///
/// # Errors
/// Those of the database.
pub fn minutes(reader: &mut Reader, scope: &Scope, ids: &[i64]) -> StoreResult<u64> {
    let mut bytes = 0;
    for part in ids.chunks(IDS) {
        let found: Option<i64> = meetings::table
            .filter(among!(meetings::table, meetings::id, part.iter().copied()))
            .filter(within(scope))
            .select(sum(octet_length(meetings::minutes)))
            .first(reader.reading())?;
        bytes += whole(found);
    }
    Ok(bytes)
}

#[derive(QueryableByName)]
struct Weight {
    #[diesel(sql_type = Integer)]
    bytes: i32,
}

/// The minutes of a part of each department's meetings: of what [`parts`](super::meetings::parts) would read.
///
/// # Errors
/// Those of the database.
pub fn minutes_of_parts(
    reader: &mut Reader,
    scope: &Scope,
    departments: &[DepartmentCode],
    period: Option<Period>,
    part: &MeetingPart,
) -> StoreResult<u64> {
    let parents = parents(departments.iter().filter(|code| scope.holds(code)));
    let values = page_values(&parents, period, part);
    let columns = "octet_length(t.minutes) AS bytes";
    let rows: Vec<Weight> = page_of_each(reader.reading(), "meetings", columns, OF_DEPARTMENT, ORDER, values)?;
    Ok(rows.iter().map(|row| u64::try_from(row.bytes).unwrap_or(0)).sum())
}

/// What was decided in some meetings, as far as the scope reaches.
///
/// # Errors
/// Those of the database.
pub fn decisions(reader: &mut Reader, scope: &Scope, ids: &[i64]) -> StoreResult<u64> {
    let mut bytes = 0;
    for part in ids.chunks(IDS) {
        let mut query =
            decisions::table.filter(decisions::meeting_id.eq_any(part)).select(sum(octet_length(decisions::text))).into_boxed();
        if let Some(codes) = scope.codes() {
            query = query.filter(decisions::department_code.eq_any(codes));
        }
        bytes += whole(query.first(reader.reading())?);
    }
    Ok(bytes)
}

/// The last reasons for which some measures were corrected, so many of each, as far as the scope reaches.
///
/// # Errors
/// Those of the database.
pub fn corrections(reader: &mut Reader, scope: &Scope, ids: &[i64], most: usize) -> StoreResult<u64> {
    let rows: Vec<Weight> = pages(reader, scope, ids, most, "octet_length(t.reason) AS bytes")?;
    Ok(rows.iter().map(|row| u64::try_from(row.bytes).unwrap_or(0)).sum())
}
