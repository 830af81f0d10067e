//! Editing a draft: what every change of content does before and after, whichever part of the content it changes.

use super::{Seen, next, seen};
use crate::access::Scope;
use crate::domain::Message;
use crate::domain::keys::RevisionKey;
use crate::domain::revision::Signatures;
use crate::domain::vocabulary::RevisionStep;
use crate::store;
use crate::store::revisions::{self, Revision};
use crate::workflow::{Call, Error, Result, Write};

/// Loads the draft that is about to be changed, after [`Call::begin`] and [`Call::require`] (whose scope is handed in).
///
/// # Errors
/// NOT_FOUND; CONFLICT with the version now, when the change was made from another version or the revision is no DRAFT.
pub fn draft_for_edit(call: &mut Call, scope: &Scope, key: &RevisionKey, version: i32) -> Result<Revision> {
    let revision = at_version(call, scope, key, version)?;
    next(&revision, RevisionStep::Edit, Signatures::default())?;
    Ok(revision)
}

/// Loads a revision on which a step is about to be taken, whatever its state. One that the caller does not see does not exist: the
/// secretariat finds no drafts.
///
/// # Errors
/// NOT_FOUND; CONFLICT with the version now, when the step was decided from another version.
pub(super) fn at_version(call: &mut Call, scope: &Scope, key: &RevisionKey, version: i32) -> Result<Revision> {
    let sight = call.plan_sight()?;
    let found = revisions::in_sight(call.db()?, &sight, std::slice::from_ref(key))?.pop();
    let revision = found.filter(|revision| scope.holds(&revision.key.department)).ok_or_else(|| Error::not_found("révision"))?;
    if revision.version == version { Ok(revision) } else { Err(Error::stale(version, revision.version)) }
}

/// After `more` bytes were written into a draft that had `before`: whether it still is one that can be read, compared and signed as a whole. What
/// was there before is asked for [before](size) anything is written, and not beside it: under a lock nobody waits for a second connection.
///
/// # Errors
/// LIMIT when it is too large and has grown; those of the database.
pub fn bounded(call: &mut Call, key: &RevisionKey, before: u64, more: usize) -> Result<()> {
    let more = u64::try_from(more).unwrap_or(u64::MAX);
    // What came may have replaced what there was: only the database knows, and is asked only where it matters.
    if before.saturating_add(more) <= call.office().rules.max_revision_bytes {
        return Ok(());
    }
    let bytes = size(call, key)?;
    fits(call, before, bytes)
}

/// Whether a draft of so many bytes, which had `before`, is one that can be read, compared and signed as a whole.
///
/// # Errors
/// LIMIT when it is too large and has grown.
pub fn fits(call: &Call, before: u64, bytes: u64) -> Result<()> {
    let most = call.office().rules.max_revision_bytes;
    // One that is larger already may be made smaller, step by step.
    if bytes <= most || bytes <= before {
        return Ok(());
    }
    let text = format!(
        "les tracés et les textes de la révision feraient {} ; il en faut au plus {} : simplifiez les tracés",
        megabytes(bytes),
        megabytes(most)
    );
    Err(Error::limit(Message::new("REVISION_TOO_LARGE", text).with("bytes", bytes).with("most", most)))
}

/// Bytes of a draft as it stands.
///
/// # Errors
/// Those of the database.
pub fn size(call: &mut Call, key: &RevisionKey) -> Result<u64> {
    let scope = Scope::department(key.department.clone());
    Ok(store::content::sizes(call.db()?, &scope, std::slice::from_ref(key))?.remove(key).unwrap_or_default())
}

/// As people say it, rounded up.
pub(super) fn megabytes(bytes: u64) -> String {
    let tenths = bytes.div_ceil(100_000);
    format!("{},{} Mo", tenths / 10, tenths % 10)
}

/// After a change of content: the version grows, and the caller is remembered as an editor, who may not sign. Answers the revision as it
/// stands then. Call it before [`Call::done`].
///
/// # Errors
/// Those of the database.
pub fn touch(write: &mut Write<'_>, key: &RevisionKey) -> Result<Seen> {
    let scope = Scope::department(key.department.clone());
    let editor = write.caller().name();
    revisions::record_editor(write.writer()?, &scope, key, &editor)?;
    revisions::grow(write.writer()?, &scope, key)?;
    seen(write, key)
}
