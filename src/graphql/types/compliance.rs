//! Compliance in GraphQL: of a department, and of the nation.

use std::sync::Arc;

use juniper::graphql_object;

use super::enums::RevisionStatus;
use super::indicators::department;
use super::territory::Department;
use crate::domain::codes::DepartmentCode;
use crate::domain::{due, semester};
use crate::graphql::context::Context;
use crate::graphql::error::ApiResult;
use crate::graphql::lists::List;
use crate::graphql::scalars::{Date, DateTime, Fortnight, Semester};
use crate::graphql::value::PaltsScalar;
use crate::workflow::{Error, compliance as workflow};

/// What the circular of 2010 expects of a department in a semester, and what was done.
pub struct Compliance(pub Arc<workflow::Compliance>);

fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

impl Compliance {
    /// How a department stands.
    ///
    /// # Errors
    /// FORBIDDEN, or NOT_FOUND outside the viewer's territory.
    pub fn of(context: &Context, code: &DepartmentCode, semester: semester::Semester) -> ApiResult<Self> {
        context.read(|call| workflow::require(call, code))?;
        let found = context.loaders.meetings.compliance.load(code, &semester, |codes| {
            let found = context.read(|call| workflow::of_departments(call, &codes, semester))?;
            Ok(found.into_iter().map(|(code, found)| (code, Some(Arc::new(found)))).collect())
        })?;
        found.map(Self).ok_or_else(|| Error::not_found("département").into())
    }
}

#[graphql_object]
#[graphql(scalar = PaltsScalar, context = Context)]
/// What the circular of 2010 expects of a department in a semester, and what was done.
impl Compliance {
    /// The department.
    pub fn department(&self, context: &Context) -> ApiResult<Department> {
        department(context, &self.0.department)
    }
    /// The semester.
    pub fn semester(&self) -> Semester {
        Semester(self.0.semester)
    }
    /// Of the semester's latest revision that the viewer may know of; absent without one.
    pub fn revision_status(&self) -> Option<RevisionStatus> {
        self.0.revision_status.map(RevisionStatus::from)
    }
    /// Frozen when the semester's first revision was opened.
    pub fn revision_due_on(&self) -> Date {
        Date(self.0.due_on)
    }
    /// The moment from which on it is late: midnight in Paris at the end of `revisionDueOn`, overseas too.
    pub fn revision_due_at(&self) -> DateTime {
        DateTime(due::late_from(self.0.due_on))
    }
    /// The due date with its hour and zone, in French: « 30 juin 2024 à 24 h, heure de Paris (UTC+2) ».
    pub fn revision_due_label(&self) -> String {
        due::due_in_words(self.0.due_on)
    }
    /// No revision of the semester was first transmitted by the due date (Europe/Paris). A return does not make it late.
    pub fn revision_late(&self) -> bool {
        self.0.late
    }
    /// Two for each month of the semester that has ended (from February 2010 on); held counts at most two a month.
    pub fn meetings_expected(&self) -> i32 {
        count(self.0.meetings.expected)
    }
    /// Meetings of those months, at most two of each.
    pub fn meetings_held(&self) -> i32 {
        count(self.0.meetings.held)
    }
    /// Ended fortnights without a meeting.
    pub fn missing_fortnights(&self) -> Vec<Fortnight> {
        self.0.meetings.missing.iter().copied().map(Fortnight).collect()
    }
    /// Schools of the department on the national list today.
    pub fn schools_listed(&self) -> i32 {
        count(self.0.schools_listed)
    }
    /// Those of them that a deterrence objective of the plan in force covers.
    pub fn schools_covered(&self) -> i32 {
        count(self.0.schools_covered)
    }
}

/// How all departments stand in a semester.
pub struct NationalOverview {
    semester: semester::Semester,
    departments: Vec<Arc<workflow::Compliance>>,
    by_status: Vec<StatusCount>,
}

impl From<workflow::NationalOverview> for NationalOverview {
    fn from(overview: workflow::NationalOverview) -> Self {
        let by_status = overview
            .by_status()
            .into_iter()
            .map(|(status, number)| StatusCount { status: status.map(RevisionStatus::from), count: count(number) })
            .collect();
        let departments = overview.departments.into_iter().map(Arc::new).collect();
        Self { semester: overview.semester, departments, by_status }
    }
}

/// status absent: departments without a revision.
#[derive(Clone, Debug, juniper::GraphQLObject)]
#[graphql(scalar = PaltsScalar, context = Context)]
pub struct StatusCount {
    /// The status of the semester's latest revision.
    pub status: Option<RevisionStatus>,
    /// In how many departments.
    pub count: i32,
}

#[graphql_object]
#[graphql(scalar = PaltsScalar, context = Context)]
/// How all departments stand in a semester.
impl NationalOverview {
    /// The semester.
    pub fn semester(&self) -> Semester {
        Semester(self.semester)
    }
    /// Each department, by code.
    pub fn departments(&self, context: &Context) -> List<Compliance> {
        context.loaders.expect_departments(self.departments.iter().map(|found| &found.department));
        self.departments.iter().cloned().map(Compliance).collect()
    }
    /// How many departments have a revision in each status.
    pub fn revisions_by_status(&self) -> Vec<StatusCount> {
        self.by_status.clone()
    }
    /// Departments from which a revision is expected.
    pub fn departments_expected(&self) -> i32 {
        count(self.departments.iter().filter(|found| found.expected).count())
    }
    /// Those of them that are late.
    pub fn departments_late(&self) -> i32 {
        count(self.departments.iter().filter(|found| found.late).count())
    }
    /// Schools on the national list today.
    pub fn schools_listed(&self) -> i32 {
        count(self.departments.iter().map(|found| found.schools_listed).sum())
    }
    /// Those of them that a deterrence objective of a plan in force covers.
    pub fn schools_covered(&self) -> i32 {
        count(self.departments.iter().map(|found| found.schools_covered).sum())
    }
}
