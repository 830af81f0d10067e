//! Writing objectives. Callers hold the department's lock, have a draft before them and have asked the rules.

use diesel::prelude::*;

use super::{Objective, Row};
use crate::access::Scope;
use crate::domain::keys::{ObjectiveKey, RevisionKey};
use crate::store::schema::objectives;
use crate::store::{StoreError, StoreResult, Writer};
use crate::upsert_all;

fn held(scope: &Scope, revision: &RevisionKey) -> StoreResult<()> {
    if scope.holds(&revision.department) {
        Ok(())
    } else {
        Err(StoreError::Query(format!("revision {revision} is out of scope")))
    }
}

/// Writes an objective, new or known, whole: its rank too.
///
/// # Errors
/// Those of the database.
pub fn upsert(writer: &mut Writer, scope: &Scope, objective: &Objective) -> StoreResult<()> {
    held(scope, &objective.key.revision)?;
    let rows = [Row::of(objective)];
    upsert_all!(
        writer.writing(),
        objectives::table,
        rows,
        (objectives::department_code, objectives::number, objectives::code),
        objectives::rank,
        objectives::axis,
        objectives::title,
        objectives::description,
        objectives::lead_service,
        objectives::partner_services,
        objectives::department_wide,
        objectives::modes_of_action,
        objectives::due_on
    )
}

/// Writes the ranks of known objectives, in one statement.
///
/// # Errors
/// Those of the database.
pub fn rank(writer: &mut Writer, scope: &Scope, all: &[Objective]) -> StoreResult<()> {
    for objective in all {
        held(scope, &objective.key.revision)?;
    }
    let rows: Vec<Row> = all.iter().map(Row::of).collect();
    upsert_all!(
        writer.writing(),
        objectives::table,
        rows,
        (objectives::department_code, objectives::number, objectives::code),
        objectives::rank
    )
}

/// Deletes an objective with all that it names. Whether there was one.
///
/// # Errors
/// Those of the database.
pub fn delete(writer: &mut Writer, scope: &Scope, key: &ObjectiveKey) -> StoreResult<bool> {
    if !scope.holds(&key.revision.department) {
        return Ok(false);
    }
    let key = (key.revision.department.as_str(), key.revision.number, key.code.as_str());
    Ok(diesel::delete(objectives::table.find(key)).execute(writer.writing())? == 1)
}

/// Moves the objectives after a rank up by one.
///
/// # Errors
/// Those of the database.
pub fn close_gap(writer: &mut Writer, scope: &Scope, revision: &RevisionKey, rank: i32) -> StoreResult<()> {
    held(scope, revision)?;
    diesel::update(
        objectives::table
            .filter(objectives::department_code.eq(revision.department.as_str()))
            .filter(objectives::number.eq(revision.number))
            .filter(objectives::rank.gt(rank)),
    )
    .set(objectives::rank.eq(objectives::rank - 1))
    .execute(writer.writing())?;
    Ok(())
}
