//! What hangs on a revision in GraphQL: contributions, checks, steps taken, remarks, signatures, changes.

use juniper::{GraphQLObject, graphql_object};

use super::enums::{ChangeKind, RevisionStep, ServiceKind, SignatoryRole, SignatureCapacity};
use super::node::{NodeValue, resolve};
use super::revisions::PlanRevision;
use super::territory::Parquet;
use crate::domain::codes::DepartmentCode;
use crate::domain::keys::RevisionKey;
use crate::domain::signing::Seat;
use crate::domain::{changes, checks, vocabulary};
use crate::graphql::context::Context;
use crate::graphql::error::{ApiError, ApiResult};
use crate::graphql::node::NodeId;
use crate::graphql::scalars::{Date, DateTime};
use crate::graphql::value::PaltsScalar;
use crate::store;
use crate::store::remarks::Subject;
use crate::workflow::{Error, revisions};

/// A service's part of the shared diagnosis. Stale when dated before the semester's first day; a copy keeps its dates.
#[derive(Clone, GraphQLObject)]
#[graphql(scalar = PaltsScalar, context = Context)]
pub struct DiagnosisContribution {
    /// The service.
    pub service: ServiceKind,
    /// What it says.
    pub text: String,
    /// The day of which it speaks.
    pub dated_on: Date,
    /// The account that brought it.
    pub contributed_by: String,
}

impl From<store::contributions::Contribution> for DiagnosisContribution {
    fn from(row: store::contributions::Contribution) -> Self {
        Self { service: row.service.into(), text: row.text, dated_on: Date(row.dated_on), contributed_by: row.contributed_by }
    }
}

/// One condition of submission.
#[derive(Clone, GraphQLObject)]
#[graphql(scalar = PaltsScalar, context = Context)]
pub struct PlanCheck {
    /// Stable name.
    pub code: String,
    /// Whether it is met.
    pub passed: bool,
    /// What was found, in French.
    pub message: String,
}

impl From<checks::Check> for PlanCheck {
    fn from(check: checks::Check) -> Self {
        Self { code: check.code.to_string(), passed: check.passed, message: check.message }
    }
}

/// A step that a revision took.
#[derive(Clone, GraphQLObject)]
#[graphql(scalar = PaltsScalar, context = Context)]
pub struct RevisionStepTaken {
    /// Which.
    pub step: RevisionStep,
    /// When.
    pub at: DateTime,
    /// By which account.
    pub by: String,
}

impl From<store::steps::StepTaken> for RevisionStepTaken {
    fn from(taken: store::steps::StepTaken) -> Self {
        Self { step: taken.step.into(), at: DateTime(taken.at), by: taken.by }
    }
}

/// A remark of the secretariat, on a revision or on its copy.
pub struct Remark {
    /// The revision that it is listed on.
    pub revision: RevisionKey,
    /// The remark.
    pub remark: store::remarks::Remark,
}

impl Remark {
    /// A remark as listed on a revision.
    pub fn on(revision: &RevisionKey, remark: &store::remarks::Remark) -> Self {
        Self { revision: revision.clone(), remark: remark.clone() }
    }

    /// The id of what it is about.
    pub fn subject_id(&self) -> Option<NodeId> {
        let RevisionKey { department, number } = self.revision.clone();
        self.remark.subject.clone().map(|subject| match subject {
            Subject::Sector(code) => NodeId::Sector(department, number, code),
            Subject::Objective(code) => NodeId::Objective(department, number, code),
        })
    }
}

#[graphql_object]
#[graphql(scalar = PaltsScalar, context = Context)]
/// A remark of the secretariat, on a revision or on its copy.
impl Remark {
    /// What the secretariat said.
    fn text(&self) -> &str {
        &self.remark.text
    }
    /// The sector or objective that it is about; absent when it is about the whole, or when the copy no longer holds the item.
    fn subject(&self, context: &Context) -> ApiResult<Option<NodeValue>> {
        match self.subject_id() {
            None => Ok(None),
            Some(id) => resolve(context, id),
        }
    }
    /// What the préfecture answered.
    fn reply(&self) -> Option<&str> {
        self.remark.reply.as_deref()
    }
}

/// Signs the content hash; préfet and coordinating procureur, in either order, two different persons, neither of whom changed the revision's
/// content (contributing to the diagnosis aside) nor submitted it. visa: of another parquet of the department, not required.
pub struct Signature(pub store::signatures::Signature);

#[graphql_object]
#[graphql(scalar = PaltsScalar, context = Context)]
/// Signs the content hash; préfet and coordinating procureur, in either order, two different persons, neither of whom changed the revision's
/// content (contributing to the diagnosis aside) nor submitted it. visa: of another parquet of the department, not required.
impl Signature {
    /// In which role.
    fn role(&self) -> SignatoryRole {
        self.0.seat.role().into()
    }
    /// Put by another parquet than the coordinating one.
    fn visa(&self) -> bool {
        self.0.visa
    }
    /// The procureur's parquet.
    fn parquet(&self, context: &Context) -> Option<Parquet> {
        match &self.0.seat {
            Seat::Prefect => None,
            Seat::Prosecutor(code) => context.office().territories.parquet(code).cloned().map(Parquet),
        }
    }
    /// The account that signed.
    fn signed_by(&self) -> &str {
        &self.0.signed_by
    }
    /// By what right.
    fn capacity(&self) -> SignatureCapacity {
        self.0.capacity.into()
    }
    /// The act that gives the capacity; absent IN_PERSON.
    fn act_reference(&self) -> Option<&str> {
        self.0.act_reference.as_deref()
    }
    /// The date of the act; absent IN_PERSON.
    fn act_date(&self) -> Option<Date> {
        self.0.act_date.map(Date)
    }
    /// What was signed.
    fn content_hash(&self) -> &str {
        &self.0.content_hash
    }
    /// When.
    fn signed_at(&self) -> DateTime {
        DateTime(self.0.signed_at)
    }
}

/// What changed in a revision against the one before.
pub struct RevisionChanges {
    /// The revision.
    pub revision: RevisionKey,
    /// The differences.
    pub found: revisions::Changes,
}

#[graphql_object]
#[graphql(scalar = PaltsScalar, context = Context)]
/// What changed in a revision against the one before.
impl RevisionChanges {
    /// The revision before, from which this one was copied; absent for the first.
    fn against(&self, context: &Context) -> ApiResult<Option<PlanRevision>> {
        match &self.found.against {
            Some(key) => PlanRevision::of(context, key),
            None => Ok(None),
        }
    }
    /// Of the mapping, worst hit first; what was removed at the end.
    fn sectors(&self) -> ApiResult<Vec<RevisionChange>> {
        self.found.changes.sectors.iter().map(|change| self.of_sector(change)).collect()
    }
    /// Of the objectives, most urgent first; what was removed at the end.
    fn objectives(&self) -> ApiResult<Vec<RevisionChange>> {
        self.found.changes.objectives.iter().map(|change| self.of_objective(change)).collect()
    }
}

fn read<T: std::str::FromStr<Err: std::fmt::Display>>(what: &str, code: &str) -> ApiResult<T> {
    code.parse().map_err(|fault| ApiError(Error::Internal(format!("{what} code of a change: {fault}"))))
}

impl RevisionChanges {
    /// The ids of all that changed.
    ///
    /// # Errors
    /// INTERNAL for a code that does not read.
    pub fn subjects(&self) -> ApiResult<Vec<NodeId>> {
        let sectors = self.found.changes.sectors.iter().map(|change| self.of_sector(change));
        let objectives = self.found.changes.objectives.iter().map(|change| self.of_objective(change));
        sectors.chain(objectives).map(|change| Ok(change?.subject)).collect()
    }

    /// What was removed stands in the revision before; everything else in this one.
    fn place(&self, change: &changes::Change) -> (DepartmentCode, i32) {
        let place = match (change.kind, &self.found.against) {
            (vocabulary::ChangeKind::Removed, Some(before)) => before,
            (_, _) => &self.revision,
        };
        (place.department.clone(), place.number)
    }

    fn of_sector(&self, change: &changes::Change) -> ApiResult<RevisionChange> {
        let (department, number) = self.place(change);
        let subject = NodeId::Sector(department, number, read("sector", &change.code)?);
        Ok(RevisionChange { subject, change: change.clone() })
    }

    fn of_objective(&self, change: &changes::Change) -> ApiResult<RevisionChange> {
        let (department, number) = self.place(change);
        let subject = NodeId::Objective(department, number, read("objective", &change.code)?);
        Ok(RevisionChange { subject, change: change.clone() })
    }
}

/// One difference.
pub struct RevisionChange {
    subject: NodeId,
    change: changes::Change,
}

#[graphql_object]
#[graphql(scalar = PaltsScalar, context = Context)]
/// One difference.
impl RevisionChange {
    /// What happened. An item that is altered and moved is listed twice.
    fn kind(&self) -> ChangeKind {
        self.change.kind.into()
    }
    /// The sector or objective as it stands in this revision; in the one before when it was removed.
    fn subject(&self, context: &Context) -> ApiResult<NodeValue> {
        let missing = || ApiError(Error::Internal(format!("the subject of a change of {} is gone", self.change.code)));
        resolve(context, self.subject.clone())?.ok_or_else(missing)
    }
    /// Its name or title.
    fn label(&self) -> &str {
        &self.change.label
    }
    /// As it was: the fields that differ, or the rank; in French.
    fn before(&self) -> Option<&str> {
        self.change.before.as_deref()
    }
    /// As it is.
    fn after(&self) -> Option<&str> {
        self.change.after.as_deref()
    }
}
