//! Editing a draft: what every change of content does before and after, whichever part of the content it changes.

use super::{Seen, seen};
use crate::access::Scope;
use crate::domain::keys::RevisionKey;
use crate::domain::vocabulary::RevisionStatus;
use crate::store::revisions::{self, Revision};
use crate::workflow::{Call, Error, Result};

/// Loads the draft that is about to be changed, after [`Call::begin`] and [`Call::require`] (whose scope is handed in).
///
/// # Errors
/// NOT_FOUND; CONFLICT with the version now, when the change was made from another version or the revision is no DRAFT.
pub fn draft_for_edit(call: &mut Call, scope: &Scope, key: &RevisionKey, version: i32) -> Result<Revision> {
    let revision = at_version(call, scope, key, version)?;
    match revision.status {
        RevisionStatus::Draft => Ok(revision),
        status @ (RevisionStatus::Submitted
        | RevisionStatus::Signed
        | RevisionStatus::Transmitted
        | RevisionStatus::Acknowledged
        | RevisionStatus::Returned) => Err(Error::Conflict {
            message: format!("revision {key} is {status}; its content changes in a DRAFT only"),
            version: Some(revision.version),
        }),
    }
}

/// Loads a revision on which a step is about to be taken, whatever its state.
///
/// # Errors
/// NOT_FOUND; CONFLICT with the version now, when the step was decided from another version.
pub(super) fn at_version(call: &mut Call, scope: &Scope, key: &RevisionKey, version: i32) -> Result<Revision> {
    let revision = revisions::revision(call.db()?, scope, key)?.ok_or_else(|| Error::not_found("revision"))?;
    if revision.version == version { Ok(revision) } else { Err(Error::stale(version, revision.version)) }
}

/// After a change of content: the version grows, and the caller is remembered as an editor, who may not sign. Answers the revision as it
/// stands then. Call it before [`Call::done`].
///
/// # Errors
/// Those of the database.
pub fn touch(call: &mut Call, key: &RevisionKey) -> Result<Seen> {
    let scope = Scope::department(key.department.clone());
    let editor = call.caller().name();
    revisions::grow(call.db()?, &scope, key)?;
    revisions::record_editor(call.db()?, &scope, key, &editor)?;
    seen(call, key)
}
