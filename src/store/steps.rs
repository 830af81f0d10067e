//! The log of the steps that revisions took: what, when, by whom. Opening counts as EDIT; a discarded draft takes its log along, and the
//! audit remembers it.

use chrono::NaiveDateTime;
use diesel::dsl::max;
use diesel::prelude::*;

use super::backend::corrupt;
use super::revisions::{columns, held, read_key};
use super::schema::revision_steps;
use super::{Reader, StoreResult, Writer};
use crate::access::Scope;
use crate::domain::keys::RevisionKey;
use crate::domain::vocabulary::RevisionStep;

/// A step taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepTaken {
    /// Which.
    pub step: RevisionStep,
    /// When, UTC.
    pub at: NaiveDateTime,
    /// By which account.
    pub by: String,
}

/// The steps of some revisions, in the order in which they were taken. Rows of other revisions may be among them.
///
/// # Errors
/// Those of the database.
pub fn of_revisions(reader: &mut Reader, scope: &Scope, keys: &[RevisionKey]) -> StoreResult<Vec<(RevisionKey, StepTaken)>> {
    let (departments, numbers) = columns(scope, keys);
    let rows: Vec<(String, i32, String, NaiveDateTime, String)> = revision_steps::table
        .filter(revision_steps::department_code.eq_any(departments))
        .filter(revision_steps::number.eq_any(numbers))
        .order((revision_steps::department_code, revision_steps::number, revision_steps::position))
        .select((
            revision_steps::department_code,
            revision_steps::number,
            revision_steps::step,
            revision_steps::at,
            revision_steps::taken_by,
        ))
        .load(reader.reading())?;
    rows.into_iter()
        .map(|(department, number, step, at, by)| {
            let step = corrupt("revision_steps.step", step.parse())?;
            Ok((read_key(&department, number)?, StepTaken { step, at, by }))
        })
        .collect()
}

/// Adds a step to a revision's log.
///
/// # Errors
/// Those of the database.
pub fn add(writer: &mut Writer, scope: &Scope, key: &RevisionKey, taken: &StepTaken) -> StoreResult<()> {
    let (department, number) = held(scope, key)?;
    let last: Option<i32> = revision_steps::table
        .filter(revision_steps::department_code.eq(department))
        .filter(revision_steps::number.eq(number))
        .select(max(revision_steps::position))
        .first(writer.writing())?;
    diesel::insert_into(revision_steps::table)
        .values((
            revision_steps::department_code.eq(department),
            revision_steps::number.eq(number),
            revision_steps::position.eq(last.map_or(0, |last| last + 1)),
            revision_steps::step.eq(taken.step.as_str()),
            revision_steps::at.eq(taken.at),
            revision_steps::taken_by.eq(&taken.by),
        ))
        .execute(writer.writing())?;
    Ok(())
}
