//! A revision in GraphQL. The education service reads its head and its own contribution: every other field begins with `self.0.all()?`,
//! which refuses it.

use juniper::{ID, graphql_object};

use super::enums::{ObjectiveAxis, RevisionStatus, RevisionStep};
use super::node::{NodeValue, expect};
use super::objectives::Objective;
use super::plans::Plan;
use super::revision_parts::{DiagnosisContribution, PlanCheck, Remark, RevisionChanges, RevisionStepTaken, Signature};
use super::sectors::{Sector, SectorConnection};
use crate::connection;
use crate::domain::due;
use crate::domain::keys::RevisionKey;
use crate::graphql::context::Context;
use crate::graphql::error::ApiResult;
use crate::graphql::lists::List;
use crate::graphql::node::NodeId;
use crate::graphql::scalars::{Date, DateTime, Semester};
use crate::graphql::value::PaltsScalar;
use crate::workflow::Error;
use crate::workflow::revisions::{self, Seen};

/// One semester's state of a plan: diagnosis, mapping, objectives, modes of action. Immutable once signed.
#[derive(Clone)]
pub struct PlanRevision(pub Seen);

connection!(PlanRevisionConnection, PlanRevisionEdge, PlanRevision);

impl PlanRevision {
    /// A revision that the viewer sees.
    ///
    /// # Errors
    /// UNAUTHENTICATED, FORBIDDEN for a viewer who reads no plan at all.
    pub fn of(context: &Context, key: &RevisionKey) -> ApiResult<Option<Self>> {
        let loaders = &context.loaders.revisions;
        let head = loaders.heads.load(key, |keys| {
            let found = context.read(|call| revisions::revisions(call, &keys))?;
            context.loaders.expect_revisions(&found.keys().cloned().collect::<Vec<_>>());
            Ok(found.into_iter().map(|(key, seen)| (key, Some(seen))).collect())
        })?;
        Ok(head.map(Self))
    }

    /// Revisions that are handed out together, and so load what hangs on them together.
    pub fn hand_out(context: &Context, seen: Vec<Seen>) -> Vec<Self> {
        let keys: Vec<RevisionKey> = seen.iter().map(|seen| seen.revision.key.clone()).collect();
        context.loaders.expect_revisions(&keys);
        seen.into_iter().map(Self).collect()
    }

    fn key(&self) -> &RevisionKey {
        &self.0.revision.key
    }
}

#[graphql_object]
#[graphql(scalar = PaltsScalar, context = Context, impl = NodeValue)]
/// One semester's state of a plan: diagnosis, mapping, objectives, modes of action. Immutable once signed.
impl PlanRevision {
    /// Opaque id.
    pub fn id(&self) -> ID {
        NodeId::Revision(self.key().department.clone(), self.key().number).into()
    }
    /// The plan that it is a state of.
    pub fn plan(&self, context: &Context) -> ApiResult<Plan> {
        Plan::of(context, &self.key().department)?
            .ok_or_else(|| Error::Internal(format!("no plan {}", self.key().department)).into())
    }
    /// 1, 2, 3 … in the order in which they were opened.
    pub fn number(&self) -> i32 {
        self.key().number
    }
    /// Whose plan it states.
    pub fn semester(&self) -> Semester {
        Semester(self.0.revision.semester)
    }
    /// Where it stands in its life.
    pub fn status(&self) -> RevisionStatus {
        self.0.revision.status.into()
    }
    /// Grows with every change of content or step other than a signature; mutations name the version that they were made from.
    pub fn version(&self) -> i32 {
        self.0.revision.version
    }
    /// SHA-256 over department, semester, number and content in canonical form: what a signature signs.
    pub fn content_hash(&self, context: &Context) -> ApiResult<String> {
        self.0.all()?;
        context.loaders.revisions.hashes.load(self.key(), |keys| context.read(|call| revisions::content_hashes(call, &keys)))
    }
    /// The steps that this viewer may take now; computed by the server, so that clients never guess. SUBMIT is among them once every check
    /// passes; SIGN once the viewer is somebody who may sign.
    pub fn available_steps(&self, context: &Context) -> ApiResult<Vec<RevisionStep>> {
        let load = |keys: Vec<RevisionKey>| context.read(|call| revisions::available_steps(call, &keys));
        let steps = context.loaders.revisions.available.load(self.key(), load)?;
        Ok(steps.into_iter().map(RevisionStep::from).collect())
    }
    /// The shared diagnosis.
    pub fn diagnosis(&self) -> ApiResult<&str> {
        Ok(&self.0.all()?.diagnosis)
    }
    /// The services' parts of the diagnosis; the education service finds its own.
    pub fn contributions(&self, context: &Context) -> ApiResult<Vec<DiagnosisContribution>> {
        let load = |keys: Vec<RevisionKey>| context.read(|call| revisions::contributions(call, &keys));
        let found = context.loaders.revisions.contributions.load(self.key(), load)?;
        Ok(found.into_iter().map(DiagnosisContribution::from).collect())
    }
    /// Why listed schools that no deterrence objective covers are left out; empty when all are covered.
    pub fn uncovered_schools_reason(&self) -> ApiResult<&str> {
        Ok(&self.0.all()?.uncovered_schools_reason)
    }
    /// The mapping, worst hit first.
    pub fn sectors(
        &self,
        context: &Context,
        #[graphql(description = "How many at most; the page size of the house unless said.")] first: Option<i32>,
        #[graphql(description = "The cursor after which to go on: `endCursor` of the page before.")] after: Option<String>,
    ) -> ApiResult<SectorConnection> {
        self.0.all()?;
        Sector::of_revision(context, self.key(), first, after.as_deref())
    }
    /// The priority objectives, most urgent first; of both axes unless one is named.
    pub fn objectives(
        &self,
        context: &Context,
        #[graphql(description = "Of this axis alone.")] axis: Option<ObjectiveAxis>,
    ) -> ApiResult<List<Objective>> {
        self.0.all()?;
        Ok(Objective::of_revision(context, self.key(), axis)?.into())
    }
    /// Of préfet and coordinating procureur, and the visas of other parquets, in the order in which they were put.
    pub fn signatures(&self, context: &Context) -> ApiResult<Vec<Signature>> {
        self.0.all()?;
        let load = |keys: Vec<RevisionKey>| context.read(|call| revisions::signatures(call, &keys));
        let found = context.loaders.revisions.signatures.load(self.key(), load)?;
        Ok(found.into_iter().map(Signature).collect())
    }
    /// What the secretariat said when it returned the revision, item by item; on a copy, what was said of the revision that it was copied
    /// from.
    pub fn remarks(&self, context: &Context) -> ApiResult<Vec<Remark>> {
        self.0.all()?;
        let load = |keys: Vec<RevisionKey>| {
            let found = context.read(|call| revisions::remarks(call, &keys))?;
            let all = found.iter().flat_map(|(key, remarks)| remarks.iter().map(move |remark| Remark::on(key, remark)));
            expect(context, all.filter_map(|remark| remark.subject_id()));
            Ok(found)
        };
        let found = context.loaders.revisions.remarks.load(self.key(), load)?;
        Ok(found.iter().map(|remark| Remark::on(self.key(), remark)).collect())
    }
    /// The last day on which it is in time (Europe/Paris); frozen when it was opened.
    pub fn due_on(&self) -> Date {
        Date(self.0.revision.due_on)
    }
    /// The moment from which on it is late: midnight in Paris at the end of `dueOn`, overseas too.
    pub fn due_at(&self) -> DateTime {
        DateTime(due::late_from(self.0.revision.due_on))
    }
    /// The due date with its hour and zone, in French: « 30 juin 2024 à 24 h, heure de Paris (UTC+2) ».
    pub fn due_label(&self) -> String {
        due::due_in_words(self.0.revision.due_on)
    }
    /// What still stands in the way of submission, one by one; in French.
    pub fn checks(&self, context: &Context) -> ApiResult<Vec<PlanCheck>> {
        self.0.all()?;
        let load = |keys: Vec<RevisionKey>| context.read(|call| revisions::checks(call, &keys));
        let found = context.loaders.revisions.checks.load(self.key(), load)?;
        Ok(found.into_iter().map(PlanCheck::from).collect())
    }
    /// What changed against the revision before: sectors and objectives added, dropped, altered, re-ranked.
    pub fn changes(&self, context: &Context) -> ApiResult<RevisionChanges> {
        self.0.all()?;
        let load = |keys: Vec<RevisionKey>| {
            let found = context.read(|call| revisions::changes(call, &keys))?;
            for (key, changes) in &found {
                expect(context, RevisionChanges { revision: key.clone(), found: changes.clone() }.subjects()?);
            }
            Ok(found.into_iter().map(|(key, changes)| (key, Some(changes))).collect())
        };
        let found = context.loaders.revisions.changes.load(self.key(), load)?.ok_or_else(revisions::changes_hidden)?;
        Ok(RevisionChanges { revision: self.key().clone(), found })
    }
    /// Every step that it took: what, when, by whom. Opening counts as EDIT.
    pub fn steps(&self, context: &Context) -> ApiResult<Vec<RevisionStepTaken>> {
        self.0.all()?;
        let load = |keys: Vec<RevisionKey>| context.read(|call| revisions::steps_taken(call, &keys));
        let found = context.loaders.revisions.steps.load(self.key(), load)?;
        Ok(found.into_iter().map(RevisionStepTaken::from).collect())
    }
}
