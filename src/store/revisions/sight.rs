//! Which revisions a reader sees, as a WHERE clause: everything, what was transmitted, what is in force, or the heads that the education
//! service sees. Drafts are seen inside the department only.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel::sql_types::{Bool, Nullable};

use super::{Revision, Row, columns};
use crate::access::{PlanSight, Scope};
use crate::among;
use crate::domain::codes::DepartmentCode;
use crate::domain::keys::RevisionKey;
use crate::domain::vocabulary::RevisionStatus;
use crate::store::schema::{plans, revisions};
use crate::store::{MultiBackend, Reader, StoreResult};

type Joined = diesel::dsl::InnerJoinQuerySource<revisions::table, plans::table>;
type Clause = Box<dyn BoxableExpression<Joined, MultiBackend, SqlType = Nullable<Bool>>>;

/// What makes a revision of some departments visible, whose rows a query asks for by name already; none when nothing does. Only the scopes that
/// hold one of the departments have a say, so that the statement of most readers is short, and prepared once.
fn visible(sight: &PlanSight, departments: &[&DepartmentCode]) -> Option<Clause> {
    let transmitted =
        [RevisionStatus::Transmitted, RevisionStatus::Acknowledged, RevisionStatus::Returned].map(RevisionStatus::as_str);
    let is_transmitted = || {
        let [one, two, three] = transmitted;
        revisions::status.eq(one).or(revisions::status.eq(two)).or(revisions::status.eq(three)).nullable()
    };
    let current = || revisions::number.nullable().eq(plans::current_number);
    let pending = || revisions::number.nullable().eq(plans::pending_number);
    let whole: [(&Scope, Clause); 4] = [
        (&sight.everything, Box::new(revisions::number.is_not_null().nullable())),
        (&sight.transmitted, Box::new(is_transmitted())),
        (&sight.in_force, Box::new(current())),
        (&sight.school_sheet, Box::new(current().or(pending()))),
    ];
    let mut seen: Option<Clause> = None;
    for (scope, condition) in whole {
        let held: Vec<&str> =
            departments.iter().filter(|department| scope.holds(department)).map(|department| department.as_str()).collect();
        if held.is_empty() {
            continue;
        }
        let condition: Clause = if held.len() == departments.len() {
            condition
        } else {
            let held: Vec<String> = held.into_iter().map(str::to_owned).collect();
            Box::new(revisions::department_code.eq_any(held).nullable().and(condition))
        };
        seen = Some(match seen {
            None => condition,
            Some(before) => Box::new(before.or(condition)),
        });
    }
    seen
}

/// Those of some revisions that are in sight.
///
/// # Errors
/// Those of the database.
pub fn in_sight(reader: &mut Reader, sight: &PlanSight, keys: &[RevisionKey]) -> StoreResult<Vec<Revision>> {
    let named: BTreeSet<&DepartmentCode> = keys.iter().map(|key| &key.department).collect();
    let named: Vec<&DepartmentCode> = named.into_iter().collect();
    let Some(visible) = visible(sight, &named) else { return Ok(Vec::new()) };
    let (departments, numbers) = columns(&Scope::Nation, keys);
    let rows: Vec<Row> = revisions::table
        .inner_join(plans::table)
        .filter(visible)
        .filter(among!(Joined, revisions::department_code, departments))
        .filter(among!(Joined, revisions::number, numbers))
        .order((revisions::department_code, revisions::number))
        .select(Row::as_select())
        .load(reader.reading())?;
    rows.into_iter().map(Row::read).collect()
}

/// Up to `limit` revisions of a plan that are in sight, latest first, those before number `before`.
///
/// # Errors
/// Those of the database.
pub fn page_in_sight(
    reader: &mut Reader,
    sight: &PlanSight,
    department: &DepartmentCode,
    before: Option<i32>,
    limit: i64,
) -> StoreResult<Vec<Revision>> {
    let Some(visible) = visible(sight, &[department]) else { return Ok(Vec::new()) };
    let rows: Vec<Row> = revisions::table
        .inner_join(plans::table)
        .filter(visible)
        .filter(revisions::department_code.eq(department.as_str()))
        .filter(revisions::number.lt(before.unwrap_or(i32::MAX)))
        .order(revisions::number.desc())
        .limit(limit)
        .select(Row::as_select())
        .load(reader.reading())?;
    rows.into_iter().map(Row::read).collect()
}

/// How many revisions of a plan are in sight.
///
/// # Errors
/// Those of the database.
pub fn total_in_sight(reader: &mut Reader, sight: &PlanSight, department: &DepartmentCode) -> StoreResult<i64> {
    let Some(visible) = visible(sight, &[department]) else { return Ok(0) };
    Ok(revisions::table
        .inner_join(plans::table)
        .filter(visible)
        .filter(revisions::department_code.eq(department.as_str()))
        .count()
        .get_result(reader.reading())?)
}
