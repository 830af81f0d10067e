//! Returning a revision with remarks, item by item, and replying to them on the copy that is opened next.

use super::draft::at_version;
use super::{Seen, draft_for_edit, log, next, plan_to_write, seen};
use crate::access::{Capability, Scope};
use crate::domain::Message;
use crate::domain::keys::RevisionKey;
use crate::domain::revision::Signatures;
use crate::domain::vocabulary::RevisionStep;
use crate::store;
use crate::store::remarks::{Remark, Subject};
use crate::store::revisions::Plan;
use crate::workflow::input::{REASON, bounded, text};
use crate::workflow::{Act, Call, Error, Result, rollups};

/// Remarks in one return, at most.
const MOST_REMARKS: usize = 100;

/// A remark as the secretariat makes it.
#[derive(Clone, Debug)]
pub struct NewRemark {
    /// What it says.
    pub text: String,
    /// About which item of which revision; the whole revision when absent.
    pub subject: Option<(RevisionKey, Subject)>,
}

/// Returns a TRANSMITTED revision with at least one remark. When it was in force, the one transmitted before it is in force again.
///
/// # Errors
/// FORBIDDEN, NOT_FOUND, CONFLICT for an old version or a status that does not allow it, INVALID for remarks that are empty, too many, or
/// about what the revision does not hold.
pub fn return_revision(call: &mut Call, key: &RevisionKey, version: i32, remarks: &[NewRemark]) -> Result<Seen> {
    let mut write =
        call.begin(Act::local("returnRevision", &key.department, format!("revision {key}")), Capability::AcknowledgePlan)?;
    let scope = write.scope();
    let revision = at_version(&mut write, &scope, key, version)?;
    let status = next(&revision, RevisionStep::Return, Signatures::default())?;
    let remarks = accept(&mut write, &scope, key, remarks)?;
    let sectors = store::retirements::standing(write.db()?, &key.department)?;
    store::remarks::add(write.writer()?, &scope, key, &remarks)?;
    store::revisions::set_status(write.writer()?, &scope, key, status)?;
    let plan = plan_to_write(&mut write, &scope, key)?;
    let current = store::revisions::in_force(write.db()?, &scope, &key.department)?;
    let again = match current {
        Some(number) => store::revisions::revision(write.db()?, &scope, &plan.key(number))?,
        None => None,
    };
    let undone = match again {
        Some(again) => again.transmitted_at,
        None => store::retirements::first_transmitted(write.db()?, &key.department)?,
    };
    let undone = undone.unwrap_or_else(|| write.now());
    store::revisions::set_plan(write.writer()?, &scope, &Plan { current, ..plan })?;
    rollups::keep::replanned(&mut write, &key.department, &sectors, undone)?;
    log(&mut write, &scope, key, RevisionStep::Return)?;
    let after = seen(&mut write, key)?;
    write.done(format!("version {}, {} remarks", after.revision.version, remarks.len()))?;
    Ok(after)
}

/// Bounds the remarks, and numbers them after those that the revision brought along.
fn accept(call: &mut Call, scope: &Scope, key: &RevisionKey, remarks: &[NewRemark]) -> Result<Vec<Remark>> {
    bounded("remarks", remarks, MOST_REMARKS)?;
    if remarks.is_empty() {
        return Err(Error::invalid("remarks", Message::new("EMPTY", "doit dire au moins une chose")));
    }
    let standing = store::remarks::of_revisions(call.db()?, scope, std::slice::from_ref(key))?;
    let first = standing.last().map_or(0, |(_, last)| last.position + 1);
    let (sectors, objectives) = store::content::codes(call.db()?, scope, key)?;
    (first..)
        .zip(remarks.iter().enumerate())
        .map(|(position, (index, remark))| {
            let subject = match &remark.subject {
                None => None,
                Some((revision, subject)) => {
                    let held = revision == key
                        && match subject {
                            Subject::Sector(code) => sectors.contains(code),
                            Subject::Objective(code) => objectives.contains(code),
                        };
                    if !held {
                        let message = Message::new("OTHER_REVISION", "doit être un secteur ou un objectif de cette révision");
                        return Err(Error::invalid(format!("remarks[{index}].subjectId"), message));
                    }
                    Some(subject.clone())
                }
            };
            Ok(Remark { position, text: text(&format!("remarks[{index}].text"), &remark.text, REASON)?, subject, reply: None })
        })
        .collect()
}

/// Replies to a remark, on the DRAFT that a returned revision was copied to. A reply is no content: who replies may still sign.
///
/// # Errors
/// FORBIDDEN, NOT_FOUND, CONFLICT for an old version or a revision that is no DRAFT, INVALID for an empty reply or an index that no
/// remark has.
pub fn reply_to_remark(call: &mut Call, key: &RevisionKey, version: i32, index: i32, reply: &str) -> Result<Seen> {
    let mut write = call
        .begin(Act::local("replyToRemark", &key.department, format!("revision {key}, remark {index}")), Capability::EditPlan)?;
    let scope = write.scope();
    draft_for_edit(&mut write, &scope, key, version)?;
    let reply = text("reply", reply, REASON)?;
    if !store::remarks::reply(write.writer()?, &scope, key, index, &reply)? {
        return Err(Error::invalid("index", Message::new("UNKNOWN_REMARK", "aucune remarque n’est à cette place")));
    }
    store::revisions::grow(write.writer()?, &scope, key)?;
    let after = seen(&mut write, key)?;
    write.done(format!("version {}", after.revision.version))?;
    Ok(after)
}
