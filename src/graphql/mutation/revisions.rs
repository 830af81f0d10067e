//! The acts of a revision's life.

use std::sync::Arc;

use juniper::ID;

use crate::domain::Message;
use crate::domain::keys::RevisionKey;
use crate::graphql::context::Context;
use crate::graphql::error::ApiResult;
use crate::graphql::node::NodeId;
use crate::graphql::types::inputs::revisions::{
    ContributeToDiagnosisInput, OpenRevisionInput, RemarkInput, ReplyToRemarkInput, ReturnRevisionInput, RevisionStepInput,
    SignRevisionInput, UpdateDiagnosisInput,
};
use crate::graphql::types::plans::Plan;
use crate::graphql::types::revisions::PlanRevision;
use crate::store::remarks::Subject;
use crate::workflow::revisions::{self, NewRemark, NewSignature, Seen};
use crate::workflow::{Call, Error, Result};

/// Runs an act on the revision of an id.
pub(super) fn on_revision(
    context: &Context,
    id: &ID,
    act: impl FnOnce(&mut Call, &RevisionKey) -> Result<Seen>,
) -> ApiResult<PlanRevision> {
    let key = NodeId::revision(id)?;
    Ok(PlanRevision(context.write(|call| act(call, &key))?))
}

/// Opens the next revision.
pub fn open_revision(context: &Context, input: OpenRevisionInput) -> ApiResult<PlanRevision> {
    let opened = context.write(|call| revisions::open(call, &input.department_code.0, input.semester.0))?;
    Ok(PlanRevision(opened))
}

/// Writes the diagnosis.
pub fn update_diagnosis(context: &Context, input: UpdateDiagnosisInput) -> ApiResult<PlanRevision> {
    on_revision(context, &input.revision_id, |call, key| {
        let reason = input.uncovered_schools_reason.as_deref();
        revisions::update_diagnosis(call, key, input.version, &input.diagnosis, reason)
    })
}

/// Writes a service's contribution.
pub fn contribute_to_diagnosis(context: &Context, input: ContributeToDiagnosisInput) -> ApiResult<PlanRevision> {
    on_revision(context, &input.revision_id, |call, key| {
        revisions::contribute(call, key, input.version, input.service.into(), &input.text, input.dated_on.0)
    })
}

/// Submits a draft.
pub fn submit_revision(context: &Context, input: RevisionStepInput) -> ApiResult<PlanRevision> {
    on_revision(context, &input.revision_id, |call, key| revisions::submit(call, key, input.version))
}

/// Recalls what was submitted.
pub fn recall_revision(context: &Context, input: RevisionStepInput) -> ApiResult<PlanRevision> {
    on_revision(context, &input.revision_id, |call, key| revisions::recall(call, key, input.version))
}

/// Discards a draft.
pub fn discard_revision(context: &Context, input: RevisionStepInput) -> ApiResult<Plan> {
    let key = NodeId::revision(&input.revision_id)?;
    Ok(Plan(Arc::new(context.write(|call| revisions::discard(call, &key, input.version))?)))
}

/// Signs, or puts a visa.
pub fn sign_revision(context: &Context, input: SignRevisionInput) -> ApiResult<PlanRevision> {
    let new = NewSignature {
        content_hash: input.content_hash,
        role: input.role.into(),
        capacity: input.capacity.into(),
        act_reference: input.act_reference,
        act_date: input.act_date.map(|date| date.0),
    };
    on_revision(context, &input.revision_id, |call, key| revisions::sign(call, key, input.version, &new))
}

/// Transmits what was signed.
pub fn transmit_revision(context: &Context, input: RevisionStepInput) -> ApiResult<PlanRevision> {
    on_revision(context, &input.revision_id, |call, key| revisions::transmit(call, key, input.version))
}

/// Acknowledges what was transmitted.
pub fn acknowledge_revision(context: &Context, input: RevisionStepInput) -> ApiResult<PlanRevision> {
    on_revision(context, &input.revision_id, |call, key| revisions::acknowledge(call, key, input.version))
}

/// Returns what was transmitted.
pub fn return_revision(context: &Context, input: ReturnRevisionInput) -> ApiResult<PlanRevision> {
    let remarks = input.remarks.into_iter().enumerate().map(remark).collect::<Result<Vec<_>>>()?;
    on_revision(context, &input.revision_id, |call, key| revisions::return_revision(call, key, input.version, &remarks))
}

fn remark((index, input): (usize, RemarkInput)) -> Result<NewRemark> {
    let subject = match input.subject_id.as_ref().map(NodeId::read) {
        None => None,
        Some(Ok(NodeId::Sector(department, number, code))) => Some((RevisionKey { department, number }, Subject::Sector(code))),
        Some(Ok(NodeId::Objective(department, number, code))) => {
            Some((RevisionKey { department, number }, Subject::Objective(code)))
        }
        Some(Ok(_) | Err(_)) => {
            let message = Message::new("OTHER_KIND", "doit être un secteur ou un objectif");
            return Err(Error::invalid(format!("remarks[{index}].subjectId"), message));
        }
    };
    Ok(NewRemark { text: input.text, subject })
}

/// Replies to a remark.
pub fn reply_to_remark(context: &Context, input: ReplyToRemarkInput) -> ApiResult<PlanRevision> {
    on_revision(context, &input.revision_id, |call, key| {
        revisions::reply_to_remark(call, key, input.version, input.index, &input.reply)
    })
}
