//! The root of mutations: one field for each act of the contract, handed on to its area. All fields of a document share one transaction: when
//! one is refused, none is kept.

mod access;
mod meetings;
mod objectives;
mod publications;
mod revisions;
mod schools;
mod sectors;

use juniper::{ID, graphql_object};

use super::context::Context;
use super::error::ApiResult;
use super::scalars::Period;
use super::types::access::{ApiToken, IssuedToken, Session, User};
use super::types::indicators::{Indicator, NotApplicable};
use super::types::inputs::access::{CreateUserInput, GrantInput, IssueTokenInput};
use super::types::inputs::meetings::{
    CorrectMeasureInput, DeclareNotApplicableInput, DefineIndicatorInput, RecordMeasuresInput, RecordMeetingInput,
};
use super::types::inputs::revisions::{
    ContributeToDiagnosisInput, OpenRevisionInput, ReplyToRemarkInput, ReturnRevisionInput, RevisionStepInput, SignRevisionInput,
    UpdateDiagnosisInput,
};
use super::types::inputs::schools::{SchoolInput, SetNationalListInput};
use super::types::inputs::sectors::{
    RankInput, RemoveObjectiveInput, RemoveSectorInput, UpsertObjectiveInput, UpsertSectorsInput,
};
use super::types::measures::Measure;
use super::types::meetings::Meeting;
use super::types::national_lists::NationalListEntry;
use super::types::plans::Plan;
use super::types::publications::Publication;
use super::types::revisions::PlanRevision;
use super::types::schools::School;
use super::value::PaltsScalar;

/// The root of mutations.
pub struct Mutation;

#[graphql_object]
#[graphql(scalar = PaltsScalar, context = Context)]
/// The root of mutations.
impl Mutation {
    // ------------------------------------------------------------ sessions, accounts, tokens
    /// Signs in. Credentials come in variables only; login, refreshSession, logout and changePassword each stand alone in their document.
    fn login(
        context: &Context,
        #[graphql(description = "Name of the account.")] username: String,
        #[graphql(description = "Its password, given in a variable.")] password: String,
    ) -> ApiResult<Session> {
        access::login(context, &username, &password)
    }
    /// Exchanges a refresh token, once, for the next one and a new access token; used twice, it ends the session. The same exchange sent again
    /// within seconds from the same address is answered with the same refresh token.
    fn refresh_session(
        context: &Context,
        #[graphql(description = "The refresh token that was handed out last, given in a variable.")] refresh_token: String,
    ) -> ApiResult<Session> {
        access::refresh_session(context, &refresh_token)
    }
    /// Ends the session, its access tokens included; false when it was over already.
    fn logout(
        context: &Context,
        #[graphql(description = "The refresh token that was handed out last, given in a variable.")] refresh_token: String,
    ) -> ApiResult<bool> {
        access::logout(context, &refresh_token)
    }
    /// Changes the viewer's own password. All its sessions end, and a new one is opened in their place. Credentials come in variables only.
    fn change_password(
        context: &Context,
        #[graphql(description = "The password until now, given in a variable.")] current_password: String,
        #[graphql(description = "The password from now on, given in a variable.")] new_password: String,
    ) -> ApiResult<Session> {
        access::change_password(context, &current_password, &new_password)
    }
    /// Ends a session of the viewer's own; administrators end anybody's. Its access tokens are refused at the next request. False when it was
    /// over already.
    fn end_session(context: &Context, #[graphql(description = "Opaque id of the session.")] id: ID) -> ApiResult<bool> {
        access::end_session(context, &id)
    }
    /// Ends all sessions of an account: the viewer's own, or (for administrators) anybody's. Without a name: the viewer's own but this one.
    /// Answers how many.
    fn end_sessions(
        context: &Context,
        #[graphql(description = "Name of the account; the viewer's own sessions but this one unless said.")] username: Option<
            String,
        >,
    ) -> ApiResult<i32> {
        access::end_sessions(context, username.as_deref())
    }
    /// Creates an account, without any grant.
    fn create_user(context: &Context, #[graphql(description = "The account.")] input: CreateUserInput) -> ApiResult<User> {
        access::create_user(context, &input)
    }
    /// Disables an account: its tokens and sessions end at once.
    fn disable_user(context: &Context, #[graphql(description = "Name of the account.")] username: String) -> ApiResult<User> {
        access::disable_user(context, &username)
    }
    /// Lets a disabled account sign in again, with the grants that it still has.
    fn enable_user(context: &Context, #[graphql(description = "Name of the account.")] username: String) -> ApiResult<User> {
        access::enable_user(context, &username)
    }
    /// Lifts the waiting time of an account after failed logins.
    fn unlock_user(context: &Context, #[graphql(description = "Name of the account.")] username: String) -> ApiResult<User> {
        access::unlock_user(context, &username)
    }
    /// Gives a role in a territory, from today on.
    fn grant_role(context: &Context, #[graphql(description = "Whose role, and where.")] input: GrantInput) -> ApiResult<User> {
        access::grant_role(context, &input)
    }
    /// Takes a role in a territory away; it acts on the next request.
    fn revoke_role(context: &Context, #[graphql(description = "Whose role, and where.")] input: GrantInput) -> ApiResult<User> {
        access::revoke_role(context, &input)
    }
    /// Issues a token for a machine; it is shown once.
    fn issue_token(
        context: &Context,
        #[graphql(description = "For what, with which role, and until when.")] input: IssueTokenInput,
    ) -> ApiResult<IssuedToken> {
        access::issue_token(context, &input)
    }
    /// Takes a machine's token back, at once.
    fn revoke_token(context: &Context, #[graphql(description = "Opaque id of the token.")] id: ID) -> ApiResult<ApiToken> {
        access::revoke_token(context, &id)
    }

    // ------------------------------------------------------------ revisions
    /// Opens the next revision as a copy of the last one; the remarks of a returned one come along.
    fn open_revision(
        context: &Context,
        #[graphql(description = "Whose revision, and of which semester.")] input: OpenRevisionInput,
    ) -> ApiResult<PlanRevision> {
        revisions::open_revision(context, input)
    }
    /// Writes the diagnosis of a DRAFT, and why listed schools are left out.
    fn update_diagnosis(
        context: &Context,
        #[graphql(description = "The draft, its version, and the diagnosis.")] input: UpdateDiagnosisInput,
    ) -> ApiResult<PlanRevision> {
        revisions::update_diagnosis(context, input)
    }
    /// Writes a service's part of the shared diagnosis, in the place of an earlier one.
    fn contribute_to_diagnosis(
        context: &Context,
        #[graphql(description = "The draft, its version, and the service’s part.")] input: ContributeToDiagnosisInput,
    ) -> ApiResult<PlanRevision> {
        revisions::contribute_to_diagnosis(context, input)
    }
    /// Submits a DRAFT to signature; every check must pass.
    fn submit_revision(
        context: &Context,
        #[graphql(description = "The draft and its version.")] input: RevisionStepInput,
    ) -> ApiResult<PlanRevision> {
        revisions::submit_revision(context, input)
    }
    /// Takes a SUBMITTED or SIGNED revision back to DRAFT; its signatures are void.
    fn recall_revision(
        context: &Context,
        #[graphql(description = "The revision and its version.")] input: RevisionStepInput,
    ) -> ApiResult<PlanRevision> {
        revisions::recall_revision(context, input)
    }
    /// Throws a DRAFT away.
    fn discard_revision(
        context: &Context,
        #[graphql(description = "The draft and its version.")] input: RevisionStepInput,
    ) -> ApiResult<Plan> {
        revisions::discard_revision(context, input)
    }
    /// Signs as préfet or coordinating procureur, or puts the visa of another parquet of the department.
    fn sign_revision(
        context: &Context,
        #[graphql(description = "The revision, what was read of it, and in which quality it is signed.")]
        input: SignRevisionInput,
    ) -> ApiResult<PlanRevision> {
        revisions::sign_revision(context, input)
    }
    /// Transmits a SIGNED revision to the secretariat; it is the plan in force from then on.
    fn transmit_revision(
        context: &Context,
        #[graphql(description = "The signed revision and its version.")] input: RevisionStepInput,
    ) -> ApiResult<PlanRevision> {
        revisions::transmit_revision(context, input)
    }
    /// Acknowledges a TRANSMITTED revision.
    fn acknowledge_revision(
        context: &Context,
        #[graphql(description = "The transmitted revision and its version.")] input: RevisionStepInput,
    ) -> ApiResult<PlanRevision> {
        revisions::acknowledge_revision(context, input)
    }
    /// Returns a TRANSMITTED revision with 1 to 100 remarks; the one before it is in force again.
    fn return_revision(
        context: &Context,
        #[graphql(description = "The transmitted revision, its version, and the remarks.")] input: ReturnRevisionInput,
    ) -> ApiResult<PlanRevision> {
        revisions::return_revision(context, input)
    }
    /// Replies to a remark, on the copy that openRevision made of a returned revision.
    fn reply_to_remark(
        context: &Context,
        #[graphql(description = "The draft, its version, the remark, and the reply.")] input: ReplyToRemarkInput,
    ) -> ApiResult<PlanRevision> {
        revisions::reply_to_remark(context, input)
    }

    // ------------------------------------------------------------ sectors and objectives
    /// Adds or replaces sectors of a DRAFT, all or none; new ones are ranked last. Police and gendarmerie write those of their authority.
    fn upsert_sectors(
        context: &Context,
        #[graphql(description = "The draft, its version, and the sectors.")] input: UpsertSectorsInput,
    ) -> ApiResult<PlanRevision> {
        sectors::upsert_sectors(context, input)
    }
    /// Takes a sector out of a DRAFT; the ranks close up, and objectives name it no longer.
    fn remove_sector(
        context: &Context,
        #[graphql(description = "The draft, its version, and the sector.")] input: RemoveSectorInput,
    ) -> ApiResult<PlanRevision> {
        sectors::remove_sector(context, input)
    }
    /// All sector codes of the revision, worst hit first.
    fn rank_sectors(
        context: &Context,
        #[graphql(description = "The draft, its version, and all codes in their new order.")] input: RankInput,
    ) -> ApiResult<PlanRevision> {
        sectors::rank_sectors(context, input)
    }
    /// Adds or replaces an objective of a DRAFT; a new one is ranked last. Police and gendarmerie write those that their services lead.
    fn upsert_objective(
        context: &Context,
        #[graphql(description = "The draft, its version, and the objective.")] input: UpsertObjectiveInput,
    ) -> ApiResult<PlanRevision> {
        objectives::upsert_objective(context, input)
    }
    /// Takes an objective out of a DRAFT; the ranks close up.
    fn remove_objective(
        context: &Context,
        #[graphql(description = "The draft, its version, and the objective.")] input: RemoveObjectiveInput,
    ) -> ApiResult<PlanRevision> {
        objectives::remove_objective(context, input)
    }
    /// All objective codes of the revision, most urgent first.
    fn rank_objectives(
        context: &Context,
        #[graphql(description = "The draft, its version, and all codes in their new order.")] input: RankInput,
    ) -> ApiResult<PlanRevision> {
        objectives::rank_objectives(context, input)
    }

    // ------------------------------------------------------------ schools and lists
    /// Adds or replaces up to 1000 schools of one department, all or none.
    fn upsert_schools(
        context: &Context,
        #[graphql(description = "1 to 1000 schools.")] input: Vec<SchoolInput>,
    ) -> ApiResult<Vec<School>> {
        schools::upsert_schools(context, input)
    }
    /// Takes a school out of the directory; not while it is on a national list or named by an objective of the plan in force or a later
    /// revision.
    fn remove_school(
        context: &Context,
        #[graphql(description = "UAI of the school.")] uai: String,
        #[graphql(description = "Why; kept in the audit.")] reason: String,
    ) -> ApiResult<bool> {
        schools::remove_school(context, &uai, &reason)
    }
    /// The whole membership from a day on; the secretariat's alone.
    fn set_national_list(
        context: &Context,
        #[graphql(description = "Which list, from which day on, and all that is on it.")] input: SetNationalListInput,
    ) -> ApiResult<Vec<NationalListEntry>> {
        schools::set_national_list(context, input)
    }

    // ------------------------------------------------------------ indicators, meetings, measures
    /// Defines an indicator, or defines it anew: national, or a department's own.
    fn define_indicator(
        context: &Context,
        #[graphql(description = "The indicator.")] input: DefineIndicatorInput,
    ) -> ApiResult<Indicator> {
        meetings::define_indicator(context, input)
    }
    /// Records a meeting with its decisions and figures.
    fn record_meeting(
        context: &Context,
        #[graphql(description = "The meeting, its decisions, and the measures that it brought.")] input: RecordMeetingInput,
    ) -> ApiResult<Meeting> {
        meetings::record_meeting(context, input)
    }
    /// Measures that a service adds to a meeting already recorded.
    fn record_measures(
        context: &Context,
        #[graphql(description = "The meeting, and the measures to add.")] input: RecordMeasuresInput,
    ) -> ApiResult<Meeting> {
        meetings::record_measures(context, input)
    }
    /// Replaces the value of a measure; the one before is kept.
    fn correct_measure(
        context: &Context,
        #[graphql(description = "The measure, its right value, and why.")] input: CorrectMeasureInput,
    ) -> ApiResult<Measure> {
        meetings::correct_measure(context, input)
    }
    /// Declares that an indicator has no object in the department: it leaves what is expected.
    fn declare_not_applicable(
        context: &Context,
        #[graphql(description = "Which indicator, where, from when to when, and why.")] input: DeclareNotApplicableInput,
    ) -> ApiResult<NotApplicable> {
        meetings::declare_not_applicable(context, input)
    }

    // ------------------------------------------------------------ publications
    /// Publishes an ended quarter, semester or year; again, a new version.
    fn publish_period(
        context: &Context,
        #[graphql(description = "An ended quarter, semester or year.")] period: Period,
    ) -> ApiResult<Publication> {
        publications::publish_period(context, period)
    }
}
