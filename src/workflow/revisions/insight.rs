//! What follows from a revision's content: its hash, the checks that stand before submission, what changed against the revision before.
//! Computed, never stored, but for the hash of what was submitted.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use super::draft::megabytes;
use super::read::by_revision;
use crate::access::Scope;
use crate::domain::Deadline;
use crate::domain::Message;
use crate::domain::changes;
use crate::domain::checks::{self, CONTRIBUTORS, Check, ListedSchool};
use crate::domain::codes::DepartmentCode;
use crate::domain::content::RevisionContent;
use crate::domain::keys::RevisionKey;
use crate::geometry::geojson::canonical;
use crate::store;
use crate::store::content::Outlines;
use crate::store::revisions::Revision;
use crate::workflow::boundaries::stored_shape;
use crate::workflow::{Call, Error, Result};

/// The contents that one answer may be computed from, in those of the largest revision: four comparisons of two, or as many hashes.
const TOGETHER: u64 = 4;

/// What changed in a revision.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Against which revision; none for the first.
    pub against: Option<RevisionKey>,
    /// The differences.
    pub changes: changes::Changes,
}

/// The revisions that the caller reads whole, with the scope in which it does.
fn read_whole(call: &mut Call, keys: &[RevisionKey]) -> Result<(Scope, Vec<Revision>)> {
    let sight = call.plan_sight()?;
    let scope = sight.plans_in_force();
    let mut found = store::revisions::in_sight(call.db()?, &sight, keys)?;
    let wanted: BTreeSet<&RevisionKey> = keys.iter().collect();
    found.retain(|revision| wanted.contains(&revision.key) && sight.shows_whole(&revision.key.department, revision.status));
    Ok((scope, found))
}

fn keys_of(revisions: &[Revision]) -> Vec<RevisionKey> {
    revisions.iter().map(|revision| revision.key.clone()).collect()
}

/// Whether the contents of some revisions may be held in memory together.
fn readable(call: &mut Call, scope: &Scope, keys: &[RevisionKey]) -> Result<()> {
    let most = call.office().rules.max_revision_bytes.saturating_mul(TOGETHER);
    let bytes: u64 = store::content::sizes(call.db()?, scope, keys)?.values().sum();
    if bytes <= most {
        return Ok(());
    }
    let text = format!(
        "ces révisions font {} de tracés et de textes, plus que les {} qui se comparent à la fois ; demandez-en moins",
        megabytes(bytes),
        megabytes(most)
    );
    Err(Error::limit(Message::new("REVISIONS_TOO_LARGE", text).with("bytes", bytes).with("most", most)))
}

/// The content hashes of some revisions: as submitted, else of the content now.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN for a caller who reads no plan at all, those of the database.
pub fn content_hashes(call: &mut Call, keys: &[RevisionKey]) -> Result<HashMap<RevisionKey, String>> {
    let (scope, revisions) = read_whole(call, keys)?;
    let mut hashes = HashMap::with_capacity(revisions.len());
    let mut unsettled = Vec::new();
    for revision in revisions {
        match revision.content_hash {
            Some(hash) => {
                hashes.insert(revision.key, hash);
            }
            None => unsettled.push(revision.key),
        }
    }
    if !unsettled.is_empty() {
        readable(call, &scope, &unsettled)?;
        let contents = store::content::of_revisions(call.db()?, &scope, &unsettled, Outlines::Read)?;
        hashes.extend(contents.into_iter().map(|(key, content)| (key, content.content_hash())));
    }
    Ok(hashes)
}

/// The hash of the content of a revision as it stands now.
pub(super) fn hash_of(call: &mut Call, revision: &Revision) -> Result<String> {
    let scope = Scope::department(revision.key.department.clone());
    let mut contents = store::content::of_revisions(call.db()?, &scope, std::slice::from_ref(&revision.key), Outlines::Read)?;
    let content = contents.remove(&revision.key);
    content
        .map(|content| content.content_hash())
        .ok_or_else(|| Error::Internal(format!("revision {} has no content", revision.key)))
}

/// The checks of some revisions, against the national list of today.
///
/// # Errors
/// As [`content_hashes`].
pub fn checks(call: &mut Call, keys: &[RevisionKey]) -> Result<HashMap<RevisionKey, Vec<Check>>> {
    let (scope, revisions) = read_whole(call, keys)?;
    run_checks(call, &scope, &keys_of(&revisions))
}

/// The checks of a revision that is about to be submitted.
pub(super) fn checks_of(call: &mut Call, revision: &Revision) -> Result<Vec<Check>> {
    let scope = Scope::department(revision.key.department.clone());
    let mut found = run_checks(call, &scope, std::slice::from_ref(&revision.key))?;
    found.remove(&revision.key).ok_or_else(|| Error::Internal(format!("revision {} has no checks", revision.key)))
}

pub(super) fn run_checks(call: &mut Call, scope: &Scope, keys: &[RevisionKey]) -> Result<HashMap<RevisionKey, Vec<Check>>> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let today = call.today();
    let departments: BTreeSet<DepartmentCode> = keys.iter().map(|key| key.department.clone()).collect();
    let departments: Vec<DepartmentCode> = departments.into_iter().collect();
    let listed = store::content::listed_schools(call.db()?, scope, &departments, today)?;
    let uais: Vec<_> = listed.iter().map(|school| school.uai.clone()).collect();
    let near = store::content::sectors_of_schools(call.db()?, scope, keys, &uais)?;
    let mut near = by_revision(keys, near.into_iter().map(|(key, uai, sector)| (key, (uai, sector))).collect());
    let contents = store::content::of_revisions(call.db()?, scope, keys, Outlines::LeftOut)?;
    let checked = contents.into_iter().map(|(key, content)| {
        let near = near.remove(&key).unwrap_or_default();
        let listed: Vec<ListedSchool> = listed
            .iter()
            .filter(|school| school.department == key.department)
            .map(|school| ListedSchool {
                uai: school.uai.clone(),
                name: school.name.clone(),
                sectors: near.iter().filter(|(uai, _)| *uai == school.uai).map(|(_, sector)| sector.clone()).collect(),
            })
            .collect();
        // Police, gendarmerie and parquet are at work in every department (house).
        let outcome = checks::checks(&content, &CONTRIBUTORS, &listed);
        (key, outcome)
    });
    Ok(checked.collect())
}

/// What changed in some revisions against those that they were copied from. None of those whose former revision the caller does not read:
/// see [`changes_hidden`].
///
/// # Errors
/// As [`content_hashes`].
pub fn changes(call: &mut Call, keys: &[RevisionKey]) -> Result<HashMap<RevisionKey, Changes>> {
    let (scope, revisions) = read_whole(call, keys)?;
    let before = |revision: &Revision| {
        revision.copied_from.map(|number| RevisionKey { department: revision.key.department.clone(), number })
    };
    let former: Vec<RevisionKey> = revisions.iter().filter_map(before).collect();
    let (_, former) = read_whole(call, &former)?;
    let former: BTreeSet<RevisionKey> = keys_of(&former).into_iter().collect();
    let all: BTreeSet<RevisionKey> = former.iter().cloned().chain(keys_of(&revisions)).collect();
    let all: Vec<RevisionKey> = all.into_iter().collect();
    readable(call, &scope, &all)?;
    let contents = store::content::of_revisions(call.db()?, &scope, &all, Outlines::Read)?;
    let compared = revisions.into_iter().filter_map(|revision| {
        let after = contents.get(&revision.key)?;
        let against = before(&revision);
        if against.as_ref().is_some_and(|key| !former.contains(key)) {
            return None;
        }
        Some((revision.key, against, after))
    });
    let mut all = HashMap::new();
    for (key, against, after) in compared {
        let changes = match against.as_ref().and_then(|key| contents.get(key)) {
            Some(before) => {
                let before = redrawn(before, after, call.deadline())?;
                changes::changes(Some(&before), after)
            }
            None => changes::changes(None, after),
        };
        all.insert(key, Changes { against, changes });
    }
    Ok(all)
}

/// The content before, with the outlines of sectors that only were drawn in another form (another start, another order of parts) as they
/// are now: no change. What is stored and hashed stays as it is.
fn redrawn<'a>(before: &'a RevisionContent, after: &RevisionContent, deadline: Deadline) -> Result<Cow<'a, RevisionContent>> {
    let mut before = Cow::Borrowed(before);
    let now: HashMap<&str, &str> = after.sectors.iter().map(|sector| (sector.code.as_str(), sector.geometry.as_str())).collect();
    for at in 0..before.sectors.len() {
        let Some(was) = before.sectors.get(at) else { continue };
        let Some(is) = now.get(was.code.as_str()).copied().filter(|is| *is != was.geometry) else { continue };
        deadline.check()?;
        if canonical(&stored_shape(&was.geometry)?) == canonical(&stored_shape(is)?)
            && let Some(sector) = before.to_mut().sectors.get_mut(at)
        {
            is.clone_into(&mut sector.geometry);
        }
    }
    Ok(before)
}

/// What is answered where the revision before is not the caller's to read: those who see the plan in force only.
#[must_use]
pub fn changes_hidden() -> Error {
    let text = "vous ne lisez pas la révision précédente, ni donc ce qui a changé depuis";
    Error::forbidden(Message::new("CHANGES_HIDDEN", text))
}
