//! Corrections of measures: the value that was replaced is kept, with who had recorded it, who replaced it and why.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::measures::Measure;
use super::meetings::IDS;
use super::schema::{measure_corrections, measures};
use super::{AnyConnection, StoreError, StoreResult};
use crate::access::Scope;
use crate::domain::amount::Amount;
use crate::domain::codes::DepartmentCode;

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
    connection: &mut AnyConnection,
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
        .execute(connection)?;
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
        .execute(connection)?;
    Ok(())
}

/// How often a measure was corrected.
///
/// # Errors
/// Those of the database.
pub fn count(connection: &mut AnyConnection, department: &DepartmentCode, measure: i64) -> StoreResult<i64> {
    Ok(measure_corrections::table
        .filter(measure_corrections::measure_id.eq(measure))
        .filter(measure_corrections::department_code.eq(department.as_str()))
        .count()
        .get_result(connection)?)
}

type CorrectionColumns = (i64, i64, NaiveDateTime, String, String, NaiveDateTime, String);

/// The values that corrections replaced, newest first, by measure id: for measures that the viewer was given.
///
/// # Errors
/// Those of the database.
pub fn of(connection: &mut AnyConnection, scope: &Scope, ids: &[i64]) -> StoreResult<HashMap<i64, Vec<Correction>>> {
    let mut found: HashMap<i64, Vec<Correction>> = HashMap::new();
    for part in ids.chunks(IDS) {
        let mut query = measure_corrections::table
            .filter(measure_corrections::measure_id.eq_any(part))
            .select((
                measure_corrections::measure_id,
                measure_corrections::value,
                measure_corrections::recorded_at,
                measure_corrections::recorded_by,
                measure_corrections::reason,
                measure_corrections::corrected_at,
                measure_corrections::corrected_by,
            ))
            .order(measure_corrections::id.desc())
            .into_boxed();
        if let Some(codes) = scope.codes() {
            query = query.filter(measure_corrections::department_code.eq_any(codes));
        }
        let rows: Vec<CorrectionColumns> = query.load(connection)?;
        for (measure, value, recorded_at, recorded_by, reason, corrected_at, corrected_by) in rows {
            let value = Amount::from_scaled(value);
            found.entry(measure).or_default().push(Correction {
                value,
                recorded_at,
                recorded_by,
                reason,
                corrected_at,
                corrected_by,
            });
        }
    }
    Ok(found)
}
