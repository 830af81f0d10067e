//! Plans and revisions in the database: the head of each, what a reader may see of them, and the writes of their life. What a revision holds
//! (sectors, objectives) is [`content`](super::content)'s; what is said about it (contributions, signatures, remarks, steps) has files of
//! its own. Which step may be taken is the domain's business.

mod sight;
mod write;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

pub use sight::{in_sight, page_in_sight, total_in_sight};
pub(super) use write::held;
pub use write::{
    NewRevision, delete, grow, insert, record_editor, set_content_hash, set_diagnosis, set_plan, set_status, set_transmitted,
};

use super::backend::corrupt;
use super::schema::{plans, revision_editors, revisions};
use super::{Reader, StoreResult};
use crate::access::Scope;
use crate::among;
use crate::domain::codes::DepartmentCode;
use crate::domain::keys::RevisionKey;
use crate::domain::semester::Semester;
use crate::domain::vocabulary::RevisionStatus;

/// A department's plan: which of its revisions is in force, and which is being worked on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The department.
    pub department: DepartmentCode,
    /// Of the latest semester, the last revision that is TRANSMITTED or ACKNOWLEDGED.
    pub current: Option<i32>,
    /// The one that is DRAFT, SUBMITTED or SIGNED.
    pub pending: Option<i32>,
    /// The highest number given so far; a discarded draft's number is not given again.
    pub last: i32,
}

impl Plan {
    /// The key of one of its revisions.
    #[must_use]
    pub fn key(&self, number: i32) -> RevisionKey {
        RevisionKey { department: self.department.clone(), number }
    }
}

/// The head of a revision, with its own texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// Department and number.
    pub key: RevisionKey,
    /// Whose plan it states.
    pub semester: Semester,
    /// Where it stands in its life.
    pub status: RevisionStatus,
    /// Grows with every change of content or step other than a signature.
    pub version: i32,
    /// The shared diagnosis.
    pub diagnosis: String,
    /// Why listed schools are left out.
    pub uncovered_schools_reason: String,
    /// Frozen when it was opened.
    pub due_on: NaiveDate,
    /// When it was opened, UTC.
    pub opened_at: NaiveDateTime,
    /// By whom.
    pub opened_by: String,
    /// The number of the revision that it was copied from.
    pub copied_from: Option<i32>,
    /// When it was first transmitted, UTC.
    pub transmitted_at: Option<NaiveDateTime>,
    /// Kept from submission on.
    pub content_hash: Option<String>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = revisions)]
struct Row {
    department_code: String,
    number: i32,
    semester: i32,
    status: String,
    version: i32,
    diagnosis: String,
    uncovered_schools_reason: String,
    due_on: NaiveDate,
    opened_at: NaiveDateTime,
    opened_by: String,
    copied_from: Option<i32>,
    transmitted_at: Option<NaiveDateTime>,
    content_hash: Option<String>,
}

impl Row {
    fn read(self) -> StoreResult<Revision> {
        Ok(Revision {
            key: read_key(&self.department_code, self.number)?,
            semester: corrupt("revisions.semester", Semester::from_ordinal(self.semester))?,
            status: corrupt("revisions.status", self.status.parse())?,
            version: self.version,
            diagnosis: self.diagnosis,
            uncovered_schools_reason: self.uncovered_schools_reason,
            due_on: self.due_on,
            opened_at: self.opened_at,
            opened_by: self.opened_by,
            copied_from: self.copied_from,
            transmitted_at: self.transmitted_at,
            content_hash: self.content_hash,
        })
    }
}

/// The key that a row's two first columns make.
pub(super) fn read_key(department: &str, number: i32) -> StoreResult<RevisionKey> {
    Ok(RevisionKey { department: corrupt("revisions.department_code", department.parse())?, number })
}

/// Some departments' plans, as far as the scope reaches. Every department has a plan, empty at first.
///
/// # Errors
/// Those of the database.
pub fn plans(reader: &mut Reader, scope: &Scope, departments: &[DepartmentCode]) -> StoreResult<Vec<Plan>> {
    let wanted: Vec<&str> = departments.iter().filter(|code| scope.holds(code)).map(DepartmentCode::as_str).collect();
    let rows: Vec<(String, Option<i32>, Option<i32>, i32)> = plans::table
        .filter(among!(plans::table, plans::department_code, wanted))
        .order(plans::department_code)
        .load(reader.reading())?;
    rows.into_iter()
        .map(|(code, current, pending, last)| {
            Ok(Plan { department: corrupt("plans.department_code", code.parse())?, current, pending, last })
        })
        .collect()
}

/// One department's plan; `None` outside the scope.
///
/// # Errors
/// Those of the database.
pub fn plan(reader: &mut Reader, scope: &Scope, department: &DepartmentCode) -> StoreResult<Option<Plan>> {
    Ok(plans(reader, scope, std::slice::from_ref(department))?.pop())
}

/// One revision, whatever its state; `None` outside the scope. For writers, who see all of their department.
///
/// # Errors
/// Those of the database.
pub fn revision(reader: &mut Reader, scope: &Scope, key: &RevisionKey) -> StoreResult<Option<Revision>> {
    if !scope.holds(&key.department) {
        return Ok(None);
    }
    revisions::table
        .find((key.department.as_str(), key.number))
        .select(Row::as_select())
        .first(reader.reading())
        .optional()?
        .map(Row::read)
        .transpose()
}

/// The revision of a plan that is in force: of those that are TRANSMITTED or ACKNOWLEDGED, the last of the latest semester. A correction of an
/// earlier semester has a higher number, and does not take its place.
///
/// # Errors
/// Those of the database.
pub fn in_force(reader: &mut Reader, scope: &Scope, department: &DepartmentCode) -> StoreResult<Option<i32>> {
    if !scope.holds(department) {
        return Ok(None);
    }
    let in_force = RevisionStatus::ALL.iter().filter(|status| status.is_in_force()).map(|status| status.as_str());
    Ok(revisions::table
        .filter(revisions::department_code.eq(department.as_str()))
        .filter(revisions::status.eq_any(in_force))
        .order((revisions::semester.desc(), revisions::number.desc()))
        .select(revisions::number)
        .first(reader.reading())
        .optional()?)
}

/// The revisions of some departments whose sectors are held against schools and outlines that change, by department, latest first, each with its
/// version and status: down to the latest acknowledged one, to which the plan falls back when later ones are returned; and the one in force, which a
/// correction of an earlier semester may have come after.
///
/// # Errors
/// Those of the database.
pub fn living(
    reader: &mut Reader,
    scope: &Scope,
    departments: &[DepartmentCode],
) -> StoreResult<Vec<(RevisionKey, i32, RevisionStatus)>> {
    let wanted: Vec<&str> = departments.iter().filter(|code| scope.holds(code)).map(DepartmentCode::as_str).collect();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<(String, i32, String, i32, Option<i32>)> = revisions::table
        .inner_join(plans::table.on(plans::department_code.eq(revisions::department_code)))
        .filter(revisions::department_code.eq_any(wanted))
        .order((revisions::department_code, revisions::number.desc()))
        .select((revisions::department_code, revisions::number, revisions::status, revisions::version, plans::current_number))
        .load(reader.reading())?;
    let mut settled: Option<String> = None;
    let mut found = Vec::new();
    for (department, number, status, version, current) in rows {
        let is_settled = settled.as_ref() == Some(&department);
        if !is_settled || current == Some(number) {
            found.push((read_key(&department, number)?, version, corrupt("revisions.status", status.parse())?));
        }
        if status == RevisionStatus::Acknowledged.as_str() {
            settled = Some(department);
        }
    }
    Ok(found)
}

/// The last revision of a plan that is kept, whatever its state: of a semester, or of the latest semester that has one.
///
/// # Errors
/// Those of the database.
pub fn latest(
    reader: &mut Reader,
    scope: &Scope,
    department: &DepartmentCode,
    semester: Option<Semester>,
) -> StoreResult<Option<Revision>> {
    if !scope.holds(department) {
        return Ok(None);
    }
    let mut query = revisions::table
        .filter(revisions::department_code.eq(department.as_str()))
        .order((revisions::semester.desc(), revisions::number.desc()))
        .select(Row::as_select())
        .into_boxed();
    if let Some(semester) = semester {
        query = query.filter(revisions::semester.eq(semester.ordinal()));
    }
    query.first(reader.reading()).optional()?.map(Row::read).transpose()
}

/// Who changed the content of some revisions since they were opened.
///
/// # Errors
/// Those of the database.
pub fn editors(reader: &mut Reader, scope: &Scope, keys: &[RevisionKey]) -> StoreResult<Vec<(RevisionKey, String)>> {
    let (departments, numbers) = columns(scope, keys);
    let rows: Vec<(String, i32, String)> = revision_editors::table
        .filter(revision_editors::department_code.eq_any(departments))
        .filter(revision_editors::number.eq_any(numbers))
        .order((revision_editors::department_code, revision_editors::number, revision_editors::username))
        .load(reader.reading())?;
    rows.into_iter().map(|(department, number, name)| Ok((read_key(&department, number)?, name))).collect()
}

/// The two columns of some keys, for two IN lists. The lists may match a few rows more than the keys; whoever asked by key drops them.
pub(super) fn columns<'a>(scope: &Scope, keys: &'a [RevisionKey]) -> (Vec<&'a str>, Vec<i32>) {
    let held = || keys.iter().filter(|key| scope.holds(&key.department));
    let mut departments: Vec<&str> = held().map(|key| key.department.as_str()).collect();
    departments.sort_unstable();
    departments.dedup();
    let mut numbers: Vec<i32> = held().map(|key| key.number).collect();
    numbers.sort_unstable();
    numbers.dedup();
    (departments, numbers)
}
