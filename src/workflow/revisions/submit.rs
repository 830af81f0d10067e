//! Submission to signature, and the two ways back: recalling what was submitted, discarding a draft.

use super::draft::at_version;
use super::{Seen, insight, log, next, plan_to_write, refused, seen};
use crate::access::Capability;
use crate::domain::Message;
use crate::domain::keys::RevisionKey;
use crate::domain::revision::{Signatures, step};
use crate::domain::vocabulary::RevisionStep;
use crate::store;
use crate::store::revisions::Plan;
use crate::workflow::{Act, Call, Error, Result};

/// Submits a DRAFT to signature; from here on its content, and the hash of it, stand.
///
/// # Errors
/// FORBIDDEN, NOT_FOUND, CONFLICT for an old version or a status that does not allow it, INVALID naming the checks that failed.
pub fn submit(call: &mut Call, key: &RevisionKey, version: i32) -> Result<Seen> {
    let mut write =
        call.begin(Act::local("submitRevision", &key.department, format!("revision {key}")), Capability::SubmitPlan)?;
    let scope = write.scope();
    let revision = at_version(&mut write, &scope, key, version)?;
    let status = next(&revision, RevisionStep::Submit, Signatures::default())?;
    let failed: Vec<String> = insight::checks_of(&mut write, &revision)?
        .into_iter()
        .filter(|check| !check.passed)
        .map(|check| check.code.to_string())
        .collect();
    if !failed.is_empty() {
        let failed = failed.join(", ");
        let message = Message::new("CHECKS_FAILED", format!("contrôles non passés : {failed}")).with("checks", failed);
        return Err(Error::invalid("checks", message));
    }
    let hash = insight::hash_of(&mut write, &revision)?;
    store::revisions::set_content_hash(write.writer()?, &scope, key, Some(&hash))?;
    store::revisions::set_status(write.writer()?, &scope, key, status)?;
    log(&mut write, &scope, key, RevisionStep::Submit)?;
    let after = seen(&mut write, key)?;
    write.done(format!("version {}, content {hash}", after.revision.version))?;
    Ok(after)
}

/// Takes a SUBMITTED or SIGNED revision back to DRAFT; its signatures are void. Who submitted it stands in its log, and still does not sign it.
///
/// # Errors
/// FORBIDDEN, NOT_FOUND, CONFLICT for an old version or a status that does not allow it.
pub fn recall(call: &mut Call, key: &RevisionKey, version: i32) -> Result<Seen> {
    let mut write =
        call.begin(Act::local("recallRevision", &key.department, format!("revision {key}")), Capability::SubmitPlan)?;
    let scope = write.scope();
    let revision = at_version(&mut write, &scope, key, version)?;
    let status = next(&revision, RevisionStep::Recall, Signatures::default())?;
    let voided = store::signatures::void(write.writer()?, &scope, key)?;
    store::revisions::set_content_hash(write.writer()?, &scope, key, None)?;
    store::revisions::set_status(write.writer()?, &scope, key, status)?;
    log(&mut write, &scope, key, RevisionStep::Recall)?;
    let after = seen(&mut write, key)?;
    write.done(format!("version {}, {voided} signatures voided", after.revision.version))?;
    Ok(after)
}

/// Throws a DRAFT away with all that hangs on it. Its number is not given again: the audit speaks of it.
///
/// # Errors
/// FORBIDDEN, NOT_FOUND, CONFLICT for an old version or a status that does not allow it.
pub fn discard(call: &mut Call, key: &RevisionKey, version: i32) -> Result<Plan> {
    let mut write =
        call.begin(Act::local("discardRevision", &key.department, format!("revision {key}")), Capability::SubmitPlan)?;
    let scope = write.scope();
    let revision = at_version(&mut write, &scope, key, version)?;
    step(revision.status, RevisionStep::Discard, Signatures::default()).map_err(|fault| refused(fault, version))?;
    let plan = Plan { pending: None, ..plan_to_write(&mut write, &scope, key)? };
    store::revisions::set_plan(write.writer()?, &scope, &plan)?;
    store::revisions::delete(write.writer()?, &scope, key)?;
    write.done(format!("at version {version}"))?;
    Ok(plan)
}
