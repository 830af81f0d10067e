//! The life of a plan: reading plans and revisions, and each step that a revision takes. Which steps there are is the domain's; who may take
//! them is the policy's; here they meet. Sectors and objectives have workflows of their own, between [`draft_for_edit`] and [`touch`].

mod draft;
mod edit;
mod insight;
mod open;
mod read;
mod returning;
mod sign;
mod steps;
mod submit;
mod transmit;

pub use draft::{bounded, draft_for_edit, fits, size, touch};
pub use edit::{contribute, update_diagnosis};
pub use insight::{Changes, changes, changes_hidden, checks, content_hashes};
pub(in crate::workflow) use open::due_dates;
pub use open::open;
pub use read::{
    Seen, contributions, page, plan, plans, plans_within, remarks, revisions, seen, signatures, steps_taken, total,
    whole_or_sheet,
};
pub use returning::{NewRemark, reply_to_remark, return_revision};
pub use sign::{NewSignature, sign};
pub use steps::available_steps;
pub use submit::{discard, recall, submit};
pub use transmit::{acknowledge, transmit};

use super::{Call, Error, Result, Write};
use crate::access::Scope;
use crate::domain::Explained;
use crate::domain::keys::RevisionKey;
use crate::domain::revision::{After, Signatures, StepRefused, step};
use crate::domain::vocabulary::{RevisionStatus, RevisionStep};
use crate::store;
use crate::store::revisions::Revision;
use crate::store::steps::StepTaken;

/// Where a step leads a revision to; DISCARD leads nowhere and has its own way.
///
/// # Errors
/// CONFLICT with the version now, when the revision's status does not allow the step.
fn next(revision: &Revision, asked: RevisionStep, signatures: Signatures) -> Result<RevisionStatus> {
    match step(revision.status, asked, signatures) {
        Ok(After::Is(status)) => Ok(status),
        Ok(After::Gone) => Err(Error::Internal(format!("{asked} leaves nothing of revision {}", revision.key))),
        Err(fault) => Err(refused(fault, revision.version)),
    }
}

/// A step that the status does not allow, as CONFLICT.
fn refused(fault: StepRefused, version: i32) -> Error {
    Error::Conflict { message: fault.message(), version: Some(version) }
}

/// Writes a step into the revision's log, under the caller's name and the moment of this operation.
fn log(write: &mut Write<'_>, scope: &Scope, key: &RevisionKey, step: RevisionStep) -> Result<()> {
    let taken = StepTaken { step, at: write.now(), by: write.caller().name() };
    Ok(store::steps::add(write.writer()?, scope, key, &taken)?)
}

/// The plan of a department that the caller has just been allowed to write to.
fn plan_to_write(call: &mut Call, scope: &Scope, key: &RevisionKey) -> Result<store::revisions::Plan> {
    store::revisions::plan(call.db()?, scope, &key.department)?.ok_or_else(|| Error::not_found("plan"))
}
