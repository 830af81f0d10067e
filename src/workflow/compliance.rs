//! Compliance: what the circular expects of a department in a semester, and what was done; and the same for the nation. All of it is computed,
//! for any number of departments in the same number of statements.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;

use super::revisions::due_dates;
use super::{Call, Result};
use crate::access::{Capability, Scope};
use crate::domain::codes::{DepartmentCode, Uai};
use crate::domain::compliance::{MeetingCompliance, is_revision_expected, meetings};
use crate::domain::due::is_late;
use crate::domain::fortnight::Fortnight;
use crate::domain::period::{Period, paris_day};
use crate::domain::semester::Semester;
use crate::domain::vocabulary::{NationalList, RevisionStatus};
use crate::store::compliance::{self as store, RevisionMark};
use crate::store::national_lists::{self, Member};

/// How a department stands in a semester.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compliance {
    /// The department.
    pub department: DepartmentCode,
    /// The semester.
    pub semester: Semester,
    /// Of the semester's latest revision that the caller may know of.
    pub revision_status: Option<RevisionStatus>,
    /// The due date.
    pub due_on: NaiveDate,
    /// Whether a revision is expected at all.
    pub expected: bool,
    /// None was first transmitted in time.
    pub late: bool,
    /// Meetings expected, held and missing.
    pub meetings: MeetingCompliance,
    /// Schools of the department on the national list today.
    pub schools_listed: usize,
    /// Those of them that the plan in force covers.
    pub schools_covered: usize,
}

/// How the nation stands in a semester.
#[derive(Clone, Debug)]
pub struct NationalOverview {
    /// The semester.
    pub semester: Semester,
    /// Every department that was one, by code.
    pub departments: Vec<Compliance>,
}

impl NationalOverview {
    /// How many departments have a revision in each status; none: departments without one.
    #[must_use]
    pub fn by_status(&self) -> BTreeMap<Option<RevisionStatus>, usize> {
        self.departments.iter().fold(BTreeMap::new(), |mut counts, found| {
            *counts.entry(found.revision_status).or_default() += 1;
            counts
        })
    }
}

/// How one department stands.
///
/// # Errors
/// FORBIDDEN, or NOT_FOUND outside the caller's territory; those of the database.
pub fn require(call: &mut Call, department: &DepartmentCode) -> Result<()> {
    call.require(Capability::ReadCompliance, department).map(|_| ())
}

/// How some departments stand, as far as the caller reads.
///
/// # Errors
/// FORBIDDEN for a caller who reads no compliance anywhere; those of the database.
pub fn of_departments(
    call: &mut Call,
    departments: &[DepartmentCode],
    semester: Semester,
) -> Result<HashMap<DepartmentCode, Compliance>> {
    let scope = call.scope(Capability::ReadCompliance)?;
    let wanted: Vec<DepartmentCode> = departments.iter().filter(|code| scope.holds(code)).cloned().collect();
    Ok(compute(call, &scope, &wanted, semester)?.into_iter().map(|found| (found.department.clone(), found)).collect())
}

/// How the nation stands.
///
/// # Errors
/// FORBIDDEN for a caller who reads less than the nation; those of the database.
pub fn national_overview(call: &mut Call, semester: Semester) -> Result<NationalOverview> {
    call.require_nation(Capability::ReadCompliance)?;
    let territories = &call.office().territories;
    let existed = territories.departments().filter(|department| department.existed_on(semester.last_day()));
    let departments: Vec<DepartmentCode> = existed.map(|department| department.code.clone()).collect();
    Ok(NationalOverview { semester, departments: compute(call, &Scope::Nation, &departments, semester)? })
}

/// The figures that all departments share, each read once.
struct Facts {
    revisions: HashMap<DepartmentCode, Vec<RevisionMark>>,
    held: HashMap<DepartmentCode, Vec<Fortnight>>,
    listed: HashMap<DepartmentCode, BTreeSet<Uai>>,
    covered: BTreeSet<(DepartmentCode, Uai)>,
}

impl Facts {
    fn load(call: &mut Call, scope: &Scope, departments: &[DepartmentCode], semester: Semester) -> Result<Self> {
        let today = call.today();
        let mut revisions: HashMap<DepartmentCode, Vec<RevisionMark>> = HashMap::new();
        for mark in store::revisions(call.db()?, scope, departments, semester)? {
            revisions.entry(mark.department.clone()).or_default().push(mark);
        }
        let mut held: HashMap<DepartmentCode, Vec<Fortnight>> = HashMap::new();
        for (department, fortnight) in crate::store::meetings::held(call.db()?, scope, departments, Period::from(semester))? {
            held.entry(department).or_default().push(fortnight);
        }
        let mut listed: HashMap<DepartmentCode, BTreeSet<Uai>> = HashMap::new();
        for entry in national_lists::on(call.db()?, scope, NationalList::SensitiveSchools, today)? {
            match entry.member {
                Member::School(uai) => {
                    listed.entry(entry.department).or_default().insert(uai);
                }
                Member::Sector(_) => {}
            }
        }
        let covered = store::covered_schools(call.db()?, scope, departments)?;
        Ok(Self { revisions, held, listed, covered })
    }
}

fn compute(call: &mut Call, scope: &Scope, departments: &[DepartmentCode], semester: Semester) -> Result<Vec<Compliance>> {
    let mut facts = Facts::load(call, scope, departments, semester)?;
    let usually_due_on = due_dates(&call.office().rules)?.due_on(semester);
    let drafts = call.access().scope_or_nowhere(Capability::ReadPlan)?;
    let today = call.today();
    let territories = &call.office().territories;
    Ok(departments
        .iter()
        .map(|code| {
            let since = territories.department(code).and_then(|department| department.since);
            let revisions = facts.revisions.remove(code).unwrap_or_default();
            // The due date was frozen when the semester's first revision was opened.
            let due_on = revisions.first().map_or(usually_due_on, |first| first.due_on);
            let transmitted = revisions.iter().filter_map(|mark| mark.transmitted_at).map(paris_day).min();
            let known = revisions.iter().rev().find(|mark| drafts.holds(code) || !mark.status.is_pending());
            let expected = is_revision_expected(since, semester);
            let listed = facts.listed.remove(code).unwrap_or_default();
            let covered = listed.iter().filter(|uai| facts.covered.contains(&(code.clone(), (*uai).clone()))).count();
            Compliance {
                department: code.clone(),
                semester,
                revision_status: known.map(|mark| mark.status),
                due_on,
                expected,
                late: expected && is_late(due_on, transmitted, today),
                meetings: meetings(semester, since, facts.held.remove(code).unwrap_or_default(), today),
                schools_listed: listed.len(),
                schools_covered: covered,
            }
        })
        .collect())
}
