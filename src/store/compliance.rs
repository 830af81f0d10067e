//! What compliance is computed from: the revisions of a semester, and the schools that plans in force cover. Meetings and national lists are read
//! by their own areas.

use std::collections::BTreeSet;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use super::backend::corrupt;
use super::schema::{objective_schools, objective_sectors, objectives, plans, revisions, sector_schools};
use super::{Reader, StoreResult};
use crate::access::Scope;
use crate::domain::codes::{DepartmentCode, Uai};
use crate::domain::semester::Semester;
use crate::domain::vocabulary::{ObjectiveAxis, RevisionStatus};

/// A revision as compliance looks at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevisionMark {
    /// The department.
    pub department: DepartmentCode,
    /// Its number there.
    pub number: i32,
    /// Where it stands.
    pub status: RevisionStatus,
    /// Frozen when it was opened.
    pub due_on: NaiveDate,
    /// When it was first transmitted, UTC.
    pub transmitted_at: Option<NaiveDateTime>,
}

/// The revisions of a semester in some departments, first opened first.
///
/// # Errors
/// Those of the database.
pub fn revisions(
    reader: &mut Reader,
    scope: &Scope,
    departments: &[DepartmentCode],
    semester: Semester,
) -> StoreResult<Vec<RevisionMark>> {
    let wanted = departments.iter().filter(|code| scope.holds(code)).map(DepartmentCode::as_str);
    let rows: Vec<(String, i32, String, NaiveDate, Option<NaiveDateTime>)> = revisions::table
        .filter(revisions::semester.eq(semester.ordinal()))
        .filter(revisions::department_code.eq_any(wanted))
        .select((revisions::department_code, revisions::number, revisions::status, revisions::due_on, revisions::transmitted_at))
        .order((revisions::department_code, revisions::number))
        .load(reader.reading())?;
    rows.into_iter()
        .map(|(code, number, status, due_on, transmitted_at)| {
            Ok(RevisionMark {
                department: corrupt("revisions.department_code", code.parse())?,
                number,
                status: corrupt("revisions.status", status.parse())?,
                due_on,
                transmitted_at,
            })
        })
        .collect()
}

/// Of some departments, the schools that a DETERRENCE objective of the plan in force covers: it names the school, or a sector in or near
/// which the school lies (circular of 2010, section 3). Two statements.
///
/// # Errors
/// Those of the database.
pub fn covered_schools(
    reader: &mut Reader,
    scope: &Scope,
    departments: &[DepartmentCode],
) -> StoreResult<BTreeSet<(DepartmentCode, Uai)>> {
    let wanted: Vec<&str> = departments.iter().filter(|code| scope.holds(code)).map(DepartmentCode::as_str).collect();
    let deterrence = ObjectiveAxis::Deterrence.as_str();
    let mut rows: Vec<(String, String)> = plans::table
        .inner_join(
            objectives::table.on(objectives::department_code
                .eq(plans::department_code)
                .and(objectives::number.nullable().eq(plans::current_number))
                .and(objectives::axis.eq(deterrence))),
        )
        .inner_join(
            objective_schools::table.on(objective_schools::department_code
                .eq(objectives::department_code)
                .and(objective_schools::number.eq(objectives::number))
                .and(objective_schools::objective_code.eq(objectives::code))),
        )
        .filter(plans::department_code.eq_any(&wanted))
        .select((plans::department_code, objective_schools::uai))
        .distinct()
        .load(reader.reading())?;
    let near: Vec<(String, String)> = plans::table
        .inner_join(
            objectives::table.on(objectives::department_code
                .eq(plans::department_code)
                .and(objectives::number.nullable().eq(plans::current_number))
                .and(objectives::axis.eq(deterrence))),
        )
        .inner_join(
            objective_sectors::table.on(objective_sectors::department_code
                .eq(objectives::department_code)
                .and(objective_sectors::number.eq(objectives::number))
                .and(objective_sectors::objective_code.eq(objectives::code))),
        )
        .inner_join(
            sector_schools::table.on(sector_schools::department_code
                .eq(objective_sectors::department_code)
                .and(sector_schools::number.eq(objective_sectors::number))
                .and(sector_schools::sector_code.eq(objective_sectors::sector_code))),
        )
        .filter(plans::department_code.eq_any(&wanted))
        .select((plans::department_code, sector_schools::uai))
        .distinct()
        .load(reader.reading())?;
    rows.extend(near);
    rows.into_iter()
        .map(|(code, uai)| Ok((corrupt("plans.department_code", code.parse())?, corrupt("objective_schools.uai", uai.parse())?)))
        .collect()
}
