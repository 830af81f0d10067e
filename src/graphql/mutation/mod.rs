//! The root of mutations: one field for each act of the contract, handed on to its area. All fields of a document share one transaction: when
//! one is refused, none is kept.

mod access;
mod revisions;

use juniper::{ID, graphql_object};

use super::context::Context;
use super::error::ApiResult;
use super::types::access::{ApiToken, IssuedToken, Session, User};
use super::types::inputs::access::{CreateUserInput, GrantInput, IssueTokenInput};
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
    /// Signs in. Credentials come in variables only; login, refreshSession and logout each stand alone in their document.
    fn login(context: &Context, username: String, password: String) -> ApiResult<Session> {
        access::login(context, &username, &password)
    }
    /// Exchanges a refresh token, once, for the next one and a new access token; used twice, it ends the session.
    fn refresh_session(context: &Context, refresh_token: String) -> ApiResult<Session> {
        access::refresh_session(context, &refresh_token)
    }
    /// Ends the session; false when it was over already. An access token that is out ends by itself, within minutes.
    fn logout(context: &Context, refresh_token: String) -> ApiResult<bool> {
        access::logout(context, &refresh_token)
    }
    /// Creates an account, without any grant.
    fn create_user(context: &Context, input: CreateUserInput) -> ApiResult<User> {
        access::create_user(context, &input)
    }
    /// Disables an account: its tokens and sessions end at once.
    fn disable_user(context: &Context, username: String) -> ApiResult<User> {
        access::disable_user(context, &username)
    }
    /// Gives a role in a territory, from today on.
    fn grant_role(context: &Context, input: GrantInput) -> ApiResult<User> {
        access::grant_role(context, &input)
    }
    /// Takes a role in a territory away; it acts on the next request.
    fn revoke_role(context: &Context, input: GrantInput) -> ApiResult<User> {
        access::revoke_role(context, &input)
    }
    /// Issues a token for a machine; it is shown once.
    fn issue_token(context: &Context, input: IssueTokenInput) -> ApiResult<IssuedToken> {
        access::issue_token(context, &input)
    }
    /// Takes a machine's token back, at once.
    fn revoke_token(context: &Context, id: ID) -> ApiResult<ApiToken> {
        access::revoke_token(context, &id)
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
