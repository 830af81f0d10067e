//! Which revisions a reader sees, as a WHERE clause: everything, what was transmitted, what is in force, or the heads that the education
//! service sees. Drafts are seen inside the department only.

use diesel::prelude::*;
use diesel::sql_types::{Bool, Nullable};

use super::{Revision, Row, columns};
use crate::access::{PlanSight, Scope};
use crate::domain::codes::DepartmentCode;
use crate::domain::keys::RevisionKey;
use crate::domain::vocabulary::RevisionStatus;
use crate::store::schema::{plans, revisions};
use crate::store::{AnyConnection, MultiBackend, StoreResult};

type Joined = diesel::dsl::InnerJoinQuerySource<revisions::table, plans::table>;
type Clause = Box<dyn BoxableExpression<Joined, MultiBackend, SqlType = Nullable<Bool>>>;

fn within(scope: &Scope) -> Clause {
    match scope.codes() {
        None => Box::new(revisions::department_code.is_not_null().nullable()),
        Some(codes) => Box::new(revisions::department_code.eq_any(codes).nullable()),
    }
}

/// The clause itself.
fn visible(sight: &PlanSight) -> Clause {
    let transmitted =
        [RevisionStatus::Transmitted, RevisionStatus::Acknowledged, RevisionStatus::Returned].map(RevisionStatus::as_str);
    let current = || revisions::number.nullable().eq(plans::current_number);
    let pending = || revisions::number.nullable().eq(plans::pending_number);
    Box::new(
        within(&sight.everything)
            .or(within(&sight.transmitted).and(revisions::status.eq_any(transmitted)))
            .or(within(&sight.in_force).and(current()))
            .or(within(&sight.school_sheet).and(current().or(pending()))),
    )
}

/// Those of some revisions that are in sight.
///
/// # Errors
/// Those of the database.
pub fn in_sight(connection: &mut AnyConnection, sight: &PlanSight, keys: &[RevisionKey]) -> StoreResult<Vec<Revision>> {
    let (departments, numbers) = columns(&Scope::Nation, keys);
    let rows: Vec<Row> = revisions::table
        .inner_join(plans::table)
        .filter(visible(sight))
        .filter(revisions::department_code.eq_any(departments))
        .filter(revisions::number.eq_any(numbers))
        .order((revisions::department_code, revisions::number))
        .select(Row::as_select())
        .load(connection)?;
    rows.into_iter().map(Row::read).collect()
}

/// Up to `limit` revisions of a plan that are in sight, latest first, those before number `before`.
///
/// # Errors
/// Those of the database.
pub fn page_in_sight(
    connection: &mut AnyConnection,
    sight: &PlanSight,
    department: &DepartmentCode,
    before: Option<i32>,
    limit: i64,
) -> StoreResult<Vec<Revision>> {
    let rows: Vec<Row> = revisions::table
        .inner_join(plans::table)
        .filter(visible(sight))
        .filter(revisions::department_code.eq(department.as_str()))
        .filter(revisions::number.lt(before.unwrap_or(i32::MAX)))
        .order(revisions::number.desc())
        .limit(limit)
        .select(Row::as_select())
        .load(connection)?;
    rows.into_iter().map(Row::read).collect()
}

/// How many revisions of a plan are in sight.
///
/// # Errors
/// Those of the database.
pub fn total_in_sight(connection: &mut AnyConnection, sight: &PlanSight, department: &DepartmentCode) -> StoreResult<i64> {
    Ok(revisions::table
        .inner_join(plans::table)
        .filter(visible(sight))
        .filter(revisions::department_code.eq(department.as_str()))
        .count()
        .get_result(connection)?)
}
