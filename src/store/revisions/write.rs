//! Writes of a revision's life. Callers hold the department's lock and have asked the domain; the scope stands in every WHERE clause all
//! the same.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use crate::access::Scope;
use crate::domain::codes::DepartmentCode;
use crate::domain::keys::RevisionKey;
use crate::domain::semester::Semester;
use crate::domain::vocabulary::RevisionStatus;
use crate::insert_missing;
use crate::store::schema::{plans, revision_editors, revisions};
use crate::store::{StoreError, StoreResult, Writer};

/// A revision to open: a DRAFT of version 1.
#[derive(Clone, Debug)]
pub struct NewRevision<'a> {
    /// Department and number.
    pub key: &'a RevisionKey,
    /// Whose plan it states.
    pub semester: Semester,
    /// The text that it starts from.
    pub diagnosis: &'a str,
    /// The text that it starts from.
    pub uncovered_schools_reason: &'a str,
    /// When it is due.
    pub due_on: NaiveDate,
    /// Now.
    pub opened_at: NaiveDateTime,
    /// Who opens it.
    pub opened_by: &'a str,
    /// The number of the revision that it is a copy of.
    pub copied_from: Option<i32>,
}

/// Refuses a write that met another number of rows than one: the caller has just read the row under the department's lock.
fn one(rows: usize) -> StoreResult<()> {
    if rows == 1 { Ok(()) } else { Err(StoreError::Query(format!("{rows} rows written instead of one"))) }
}

/// A key in scope; nothing is written outside it.
pub(in crate::store) fn held<'a>(scope: &Scope, key: &'a RevisionKey) -> StoreResult<(&'a str, i32)> {
    if scope.holds(&key.department) {
        Ok((key.department.as_str(), key.number))
    } else {
        Err(StoreError::Query(format!("revision {key} is out of scope")))
    }
}

/// Writes a new DRAFT.
///
/// # Errors
/// Those of the database.
pub fn insert(writer: &mut Writer, scope: &Scope, new: &NewRevision<'_>) -> StoreResult<()> {
    let (department, number) = held(scope, new.key)?;
    diesel::insert_into(revisions::table)
        .values((
            revisions::department_code.eq(department),
            revisions::number.eq(number),
            revisions::semester.eq(new.semester.ordinal()),
            revisions::status.eq(RevisionStatus::Draft.as_str()),
            revisions::version.eq(1),
            revisions::diagnosis.eq(new.diagnosis),
            revisions::uncovered_schools_reason.eq(new.uncovered_schools_reason),
            revisions::due_on.eq(new.due_on),
            revisions::opened_at.eq(new.opened_at),
            revisions::opened_by.eq(new.opened_by),
            revisions::copied_from.eq(new.copied_from),
        ))
        .execute(writer.writing())?;
    Ok(())
}

/// Deletes a revision with all that hangs on it.
///
/// # Errors
/// Those of the database.
pub fn delete(writer: &mut Writer, scope: &Scope, key: &RevisionKey) -> StoreResult<()> {
    one(diesel::delete(revisions::table.find(held(scope, key)?)).execute(writer.writing())?)
}

/// Writes which revisions of a plan are in force, pending and last.
///
/// # Errors
/// Those of the database.
pub fn set_plan(writer: &mut Writer, scope: &Scope, plan: &super::Plan) -> StoreResult<()> {
    let department: &DepartmentCode = &plan.department;
    if !scope.holds(department) {
        return Err(StoreError::Query(format!("plan {department} is out of scope")));
    }
    one(diesel::update(plans::table.find(department.as_str()))
        .set((plans::current_number.eq(plan.current), plans::pending_number.eq(plan.pending), plans::last_number.eq(plan.last)))
        .execute(writer.writing())?)
}

/// Adds one to the version.
///
/// # Errors
/// Those of the database.
pub fn grow(writer: &mut Writer, scope: &Scope, key: &RevisionKey) -> StoreResult<()> {
    one(diesel::update(revisions::table.find(held(scope, key)?))
        .set(revisions::version.eq(revisions::version + 1))
        .execute(writer.writing())?)
}

/// Remembers that somebody changed the content.
///
/// # Errors
/// Those of the database.
pub fn record_editor(writer: &mut Writer, scope: &Scope, key: &RevisionKey, username: &str) -> StoreResult<()> {
    let (department, number) = held(scope, key)?;
    let rows = [(
        revision_editors::department_code.eq(department),
        revision_editors::number.eq(number),
        revision_editors::username.eq(username),
    )];
    insert_missing!(writer.writing(), revision_editors::table, rows)
}

/// Writes the diagnosis, and the reason for the listed schools that are left out.
///
/// # Errors
/// Those of the database.
pub fn set_diagnosis(
    writer: &mut Writer,
    scope: &Scope,
    key: &RevisionKey,
    diagnosis: &str,
    uncovered_schools_reason: Option<&str>,
) -> StoreResult<()> {
    let target = revisions::table.find(held(scope, key)?);
    let written = match uncovered_schools_reason {
        None => diesel::update(target).set(revisions::diagnosis.eq(diagnosis)).execute(writer.writing())?,
        Some(reason) => diesel::update(target)
            .set((revisions::diagnosis.eq(diagnosis), revisions::uncovered_schools_reason.eq(reason)))
            .execute(writer.writing())?,
    };
    one(written)
}

/// Moves a revision to another state, its version one higher.
///
/// # Errors
/// Those of the database.
pub fn set_status(writer: &mut Writer, scope: &Scope, key: &RevisionKey, status: RevisionStatus) -> StoreResult<()> {
    one(diesel::update(revisions::table.find(held(scope, key)?))
        .set((revisions::status.eq(status.as_str()), revisions::version.eq(revisions::version + 1)))
        .execute(writer.writing())?)
}

/// Writes the hash of what was submitted; none after a recall.
///
/// # Errors
/// Those of the database.
pub fn set_content_hash(writer: &mut Writer, scope: &Scope, key: &RevisionKey, hash: Option<&str>) -> StoreResult<()> {
    one(diesel::update(revisions::table.find(held(scope, key)?))
        .set(revisions::content_hash.eq(hash))
        .execute(writer.writing())?)
}

/// Writes when the revision was transmitted, which happens once.
///
/// # Errors
/// Those of the database.
pub fn set_transmitted(writer: &mut Writer, scope: &Scope, key: &RevisionKey, at: NaiveDateTime) -> StoreResult<()> {
    one(diesel::update(revisions::table.find(held(scope, key)?))
        .set(revisions::transmitted_at.eq(at))
        .execute(writer.writing())?)
}
