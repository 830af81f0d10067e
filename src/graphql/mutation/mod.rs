//! The root of mutations: one field for each act of the contract, handed on to its area. All fields of a document share one transaction: when
//! one is refused, none is kept.

mod revisions;

use juniper::graphql_object;

use super::context::Context;
use super::error::ApiResult;
use super::types::inputs::revisions::{
    ContributeToDiagnosisInput, OpenRevisionInput, ReplyToRemarkInput, ReturnRevisionInput, RevisionStepInput, SignRevisionInput,
    UpdateDiagnosisInput,
};
use super::types::plans::Plan;
use super::types::revisions::PlanRevision;
use super::value::PaltsScalar;

/// The root of mutations.
pub struct Mutation;

#[graphql_object]
#[graphql(scalar = PaltsScalar, context = Context)]
impl Mutation {
    // ------------------------------------------------------------ sessions, accounts, tokens
    /// Placeholder until the areas bring theirs.
    fn nothing() -> bool {
        true
    }

    // ------------------------------------------------------------ revisions
    /// Opens the next revision as a copy of the last one; the remarks of a returned one come along.
    fn open_revision(context: &Context, input: OpenRevisionInput) -> ApiResult<PlanRevision> {
        revisions::open_revision(context, input)
    }
    /// Writes the diagnosis of a DRAFT, and why listed schools are left out.
    fn update_diagnosis(context: &Context, input: UpdateDiagnosisInput) -> ApiResult<PlanRevision> {
        revisions::update_diagnosis(context, input)
    }
    /// Writes a service's part of the shared diagnosis, in the place of an earlier one.
    fn contribute_to_diagnosis(context: &Context, input: ContributeToDiagnosisInput) -> ApiResult<PlanRevision> {
        revisions::contribute_to_diagnosis(context, input)
    }
    /// Submits a DRAFT to signature; every check must pass.
    fn submit_revision(context: &Context, input: RevisionStepInput) -> ApiResult<PlanRevision> {
        revisions::submit_revision(context, input)
    }
    /// Takes a SUBMITTED or SIGNED revision back to DRAFT; its signatures are void.
    fn recall_revision(context: &Context, input: RevisionStepInput) -> ApiResult<PlanRevision> {
        revisions::recall_revision(context, input)
    }
    /// Throws a DRAFT away.
    fn discard_revision(context: &Context, input: RevisionStepInput) -> ApiResult<Plan> {
        revisions::discard_revision(context, input)
    }
    /// Signs as préfet or coordinating procureur, or puts the visa of another parquet of the department.
    fn sign_revision(context: &Context, input: SignRevisionInput) -> ApiResult<PlanRevision> {
        revisions::sign_revision(context, input)
    }
    /// Transmits a SIGNED revision to the secretariat; it is the plan in force from then on.
    fn transmit_revision(context: &Context, input: RevisionStepInput) -> ApiResult<PlanRevision> {
        revisions::transmit_revision(context, input)
    }
    /// Acknowledges a TRANSMITTED revision.
    fn acknowledge_revision(context: &Context, input: RevisionStepInput) -> ApiResult<PlanRevision> {
        revisions::acknowledge_revision(context, input)
    }
    /// Returns a TRANSMITTED revision with 1 to 100 remarks; the one before it is in force again.
    fn return_revision(context: &Context, input: ReturnRevisionInput) -> ApiResult<PlanRevision> {
        revisions::return_revision(context, input)
    }
    /// Replies to a remark, on the copy that openRevision made of a returned revision.
    fn reply_to_remark(context: &Context, input: ReplyToRemarkInput) -> ApiResult<PlanRevision> {
        revisions::reply_to_remark(context, input)
    }

    // ------------------------------------------------------------ sectors and objectives

    // ------------------------------------------------------------ schools and lists

    // ------------------------------------------------------------ indicators, meetings, measures

    // ------------------------------------------------------------ publications
}
