//! Corrections of measures: the value that was replaced is kept, with who had recorded it, who replaced it and why.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text, Timestamp};

use super::backend::page_of_each;
use super::measures::Measure;
use super::meetings::IDS;
use super::schema::{measure_corrections, measures};
use super::words::Plain;
use super::{Reader, StoreError, StoreResult, Writer};
use crate::access::Scope;
use crate::domain::amount::Amount;

/// A value that a correction replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    /// What it was.
    pub value: Amount,
    /// When that had been recorded, UTC.
    pub recorded_at: NaiveDateTime,
    /// By whom.
    pub recorded_by: String,
    /// Why it was replaced.
    pub reason: String,
    /// When it was replaced, UTC.
    pub corrected_at: NaiveDateTime,
    /// By whom.
    pub corrected_by: String,
}

/// Replaces a measure's value and keeps the one before, with who, when and why.
///
/// # Errors
/// Those of the database; a measure out of scope, or one that is there no more, is a fault of ours.
pub fn correct(
    writer: &mut Writer,
    scope: &Scope,
    measure: &Measure,
    value: Amount,
    reason: &str,
    corrected_by: &str,
    corrected_at: NaiveDateTime,
) -> StoreResult<()> {
    let department = &measure.key.department;
    if !scope.holds(department) {
        return Err(StoreError::Query(format!("measure {department}/{} is out of scope", measure.key.id)));
    }
    let one = measures::table.filter(measures::department_code.eq(department.as_str())).filter(measures::id.eq(measure.key.id));
    let rows = diesel::update(one)
        .set((measures::value.eq(value.scaled()), measures::recorded_at.eq(corrected_at), measures::recorded_by.eq(corrected_by)))
        .execute(writer.writing())?;
    if rows != 1 {
        return Err(StoreError::Query(format!("{rows} measures corrected instead of {department}/{}", measure.key.id)));
    }
    diesel::insert_into(measure_corrections::table)
        .values((
            measure_corrections::department_code.eq(department.as_str()),
            measure_corrections::measure_id.eq(measure.key.id),
            measure_corrections::value.eq(measure.value.scaled()),
            measure_corrections::recorded_at.eq(measure.recorded_at),
            measure_corrections::recorded_by.eq(&measure.recorded_by),
            measure_corrections::reason.eq(reason),
            measure_corrections::corrected_at.eq(corrected_at),
            measure_corrections::corrected_by.eq(corrected_by),
        ))
        .execute(writer.writing())?;
    Ok(())
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    measure_id: i64,
    #[diesel(sql_type = BigInt)]
    value: i64,
    #[diesel(sql_type = Timestamp)]
    recorded_at: NaiveDateTime,
    #[diesel(sql_type = Text)]
    recorded_by: String,
    #[diesel(sql_type = Text)]
    reason: String,
    #[diesel(sql_type = Timestamp)]
    corrected_at: NaiveDateTime,
    #[diesel(sql_type = Text)]
    corrected_by: String,
}

const COLUMNS: &str = "t.measure_id, t.value, t.recorded_at, t.recorded_by, t.reason, t.corrected_at, t.corrected_by";
/// The corrections of a measure, in the departments that stand between commas.
const OF_MEASURE: &str = "t.measure_id = CAST(parent.a AS BIGINT) AND ? LIKE '%,' || t.department_code || ',%'";
const OF_MEASURE_ANYWHERE: &str = "t.measure_id = CAST(parent.a AS BIGINT)";

/// The last values that corrections replaced, so many of each measure, newest first, by measure id: for measures that the viewer was given.
///
/// # Errors
/// Those of the database.
pub fn of(reader: &mut Reader, scope: &Scope, ids: &[i64], most: usize) -> StoreResult<HashMap<i64, Vec<Correction>>> {
    let mut found: HashMap<i64, Vec<Correction>> = HashMap::new();
    let rows: Vec<Row> = pages(reader, scope, ids, most, COLUMNS)?;
    for Row { measure_id, value, recorded_at, recorded_by, reason, corrected_at, corrected_by } in rows {
        let value = Amount::from_scaled(value);
        let correction = Correction { value, recorded_at, recorded_by, reason, corrected_at, corrected_by };
        found.entry(measure_id).or_default().push(correction);
    }
    Ok(found)
}

/// Some columns of the last corrections, so many of each measure, newest first, as far as the scope reaches.
pub(super) fn pages<R>(reader: &mut Reader, scope: &Scope, ids: &[i64], most: usize, columns: &str) -> StoreResult<Vec<R>>
where
    R: QueryableByName<diesel::pg::Pg> + QueryableByName<diesel::sqlite::Sqlite> + 'static,
{
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let within = scope.codes().map(|codes| format!(",{},", codes.join(",")));
    let mut rows = Vec::new();
    for part in ids.chunks(IDS) {
        let parents: Vec<[String; 2]> = part.iter().map(|id| [id.to_string(), String::new()]).collect();
        let parents = serde_json::json!(parents).to_string();
        let (of_measure, values) = match &within {
            Some(within) => (OF_MEASURE, vec![Plain::Text(&parents), Plain::Text(within), Plain::Whole(most)]),
            None => (OF_MEASURE_ANYWHERE, vec![Plain::Text(&parents), Plain::Whole(most)]),
        };
        rows.extend(page_of_each::<R>(reader.reading(), "measure_corrections", columns, of_measure, "t.id DESC", values)?);
    }
    Ok(rows)
}
