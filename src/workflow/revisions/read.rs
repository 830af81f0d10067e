//! Reading plans and revisions, each caller as far as its sight of plans reaches. The plural functions answer for all siblings at once.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::access::{Capability, PlanSight, Scope};
use crate::domain::Message;
use crate::domain::codes::DepartmentCode;
use crate::domain::keys::RevisionKey;
use crate::domain::vocabulary::ServiceKind;
use crate::store;
use crate::store::contributions::Contribution;
use crate::store::remarks::Remark;
use crate::store::revisions::{Plan, Revision};
use crate::store::signatures::Signature;
use crate::store::steps::StepTaken;
use crate::workflow::{Call, Error, Result};

/// A revision as a caller sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The revision.
    pub revision: Arc<Revision>,
    /// Whether all of it is seen; the education service sees its head and what it contributed
    /// itself.
    pub whole: bool,
}

impl Seen {
    /// What of the revision the sight shows; the revision itself was found to be in sight.
    fn by(sight: &PlanSight, revision: Arc<Revision>) -> Self {
        Self { whole: sight.shows_whole(&revision.key.department, revision.status), revision }
    }

    /// The revision, for what only those see who read it whole: its diagnosis, its mapping, its objectives, what was said about it.
    ///
    /// # Errors
    /// FORBIDDEN for the education service, which reads its school sheet.
    pub fn all(&self) -> Result<&Revision> {
        if self.whole {
            Ok(&self.revision)
        } else {
            let text = "vos habilitations ne montrent d’une révision que son en-tête et votre propre contribution";
            Err(Error::forbidden(Message::new("HEAD_ONLY", text)))
        }
    }
}

/// One plan that the caller sees anything of.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN for a caller who reads no plan at all.
pub fn plan(call: &mut Call, department: &DepartmentCode) -> Result<Option<Arc<Plan>>> {
    Ok(plans(call, std::slice::from_ref(department))?.remove(department))
}

/// The plans of some departments that the caller sees anything of.
///
/// # Errors
/// As [`plan`].
pub fn plans(call: &mut Call, departments: &[DepartmentCode]) -> Result<HashMap<DepartmentCode, Arc<Plan>>> {
    let scope = call.plan_sight()?.anything();
    plans_within(call, &scope, departments)
}

/// The plans of some departments, as far as a scope reaches.
///
/// # Errors
/// Those of the database.
pub fn plans_within(
    call: &mut Call,
    scope: &Scope,
    departments: &[DepartmentCode],
) -> Result<HashMap<DepartmentCode, Arc<Plan>>> {
    let (mut found, mut others) = (HashMap::with_capacity(departments.len()), Vec::new());
    for code in departments.iter().filter(|code| scope.holds(code)) {
        match call.recalled(|heads, epochs| heads.plans.find(code, epochs.of_department(code))) {
            Some(plan) => {
                found.insert(code.clone(), plan);
            }
            None => others.push(code.clone()),
        }
    }
    if others.is_empty() {
        return Ok(found);
    }
    for plan in store::revisions::plans(call.db()?, scope, &others)? {
        let plan = Arc::new(plan);
        found.insert(plan.department.clone(), Arc::clone(&plan));
        call.learn(move |heads, epochs| {
            let version = epochs.of_department(&plan.department);
            heads.plans.keep(plan.department.clone(), version, plan);
        });
    }
    Ok(found)
}

/// One revision that the caller sees.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN for a caller who reads no plan at all, NOT_FOUND.
pub fn seen(call: &mut Call, key: &RevisionKey) -> Result<Seen> {
    revisions(call, std::slice::from_ref(key))?.remove(key).ok_or_else(|| Error::not_found("révision"))
}

/// Those of some revisions that the caller sees.
///
/// # Errors
/// As [`plan`].
pub fn revisions(call: &mut Call, keys: &[RevisionKey]) -> Result<HashMap<RevisionKey, Seen>> {
    let sight = call.plan_sight()?;
    let (mut found, mut others) = (HashMap::with_capacity(keys.len()), Vec::new());
    for key in keys {
        let remembered = call.recalled(|heads, epochs| heads.revisions.find(key, epochs.of_department(&key.department)));
        match remembered.filter(|revision| sight.shows(&key.department, revision.status)) {
            Some(revision) => {
                found.insert(key.clone(), met(call, &sight, revision));
            }
            None => others.push(key.clone()),
        }
    }
    if !others.is_empty() {
        for revision in store::revisions::in_sight(call.db()?, &sight, &others)? {
            found.insert(revision.key.clone(), learnt(call, &sight, revision));
        }
    }
    Ok(found)
}

/// A revision that is in sight: what one that was transmitted holds may be in memory.
fn met(call: &mut Call, sight: &PlanSight, revision: Arc<Revision>) -> Seen {
    if !revision.status.is_pending() {
        call.met_transmitted(&revision.key);
    }
    Seen::by(sight, revision)
}

/// As [`met`], of a revision that was read now, and that may be remembered.
fn learnt(call: &mut Call, sight: &PlanSight, revision: Revision) -> Seen {
    let revision = Arc::new(revision);
    let read = Arc::clone(&revision);
    call.learn(move |heads, epochs| {
        let version = epochs.of_department(&read.key.department);
        heads.revisions.keep(read.key.clone(), version, read);
    });
    met(call, sight, revision)
}

/// Parts of revisions (sectors, objectives) by how the caller sees their revision: whole, or as the education service's school sheet. Those of
/// revisions out of sight are left out.
///
/// # Errors
/// As [`plan`].
pub fn whole_or_sheet<K: Clone>(call: &mut Call, keys: &[K], of: impl Fn(&K) -> &RevisionKey) -> Result<(Vec<K>, Vec<K>)> {
    let heads: BTreeSet<RevisionKey> = keys.iter().map(|key| of(key).clone()).collect();
    let heads = revisions(call, &heads.into_iter().collect::<Vec<_>>())?;
    let (mut whole, mut sheet) = (Vec::new(), Vec::new());
    for key in keys {
        match heads.get(of(key)).map(|seen| seen.whole) {
            Some(true) => whole.push(key.clone()),
            Some(false) => sheet.push(key.clone()),
            None => {}
        }
    }
    Ok((whole, sheet))
}

/// Up to `limit` revisions of a plan that the caller sees, latest first, those before number `before`.
///
/// # Errors
/// As [`plan`].
pub fn page(call: &mut Call, department: &DepartmentCode, before: Option<i32>, limit: i64) -> Result<Vec<Seen>> {
    let sight = call.plan_sight()?;
    let found = store::revisions::page_in_sight(call.db()?, &sight, department, before, limit)?;
    Ok(found.into_iter().map(|revision| learnt(call, &sight, revision)).collect())
}

/// How many revisions of a plan the caller sees.
///
/// # Errors
/// As [`plan`].
pub fn total(call: &mut Call, department: &DepartmentCode) -> Result<i64> {
    let sight = call.plan_sight()?;
    Ok(store::revisions::total_in_sight(call.db()?, &sight, department)?)
}

/// Those of some revisions in sight that the caller reads whole. Only where its grants show some revisions of a department whole and of others
/// the head does it take a statement.
fn read_whole(call: &mut Call, keys: &[RevisionKey]) -> Result<BTreeSet<RevisionKey>> {
    let sight = call.plan_sight()?;
    let scope = sight.plans_in_force();
    let (mixed, plain): (Vec<RevisionKey>, Vec<RevisionKey>) =
        keys.iter().cloned().partition(|key| sight.is_mixed(&key.department));
    let mut whole: BTreeSet<RevisionKey> = plain.into_iter().filter(|key| scope.holds(&key.department)).collect();
    if !mixed.is_empty() {
        let found = revisions(call, &mixed)?;
        whole.extend(found.into_iter().filter(|(_, seen)| seen.whole).map(|(key, _)| key));
    }
    Ok(whole)
}

/// The contributions to some revisions: all of those that the caller reads whole; of others those of the services for which it contributes, so
/// that the education service finds its own again and nobody else's.
///
/// # Errors
/// As [`plan`].
pub fn contributions(call: &mut Call, keys: &[RevisionKey]) -> Result<HashMap<RevisionKey, Vec<Contribution>>> {
    let sight = call.plan_sight()?;
    let mut found = store::contributions::of_revisions(call.db()?, &sight.anything(), keys)?;
    let whole = read_whole(call, keys)?;
    found.retain(|(key, part)| whole.contains(key) || contributes_for(call, &key.department, part.service));
    Ok(by_revision(keys, found))
}

/// Whether one of the caller's grants stands for the service in the shared diagnosis of a department.
pub(super) fn contributes_for(call: &Call, department: &DepartmentCode, service: ServiceKind) -> bool {
    let grants = call.access().grants_for(Capability::Contribute, department);
    grants.iter().any(|grant| grant.role.services().contains(&service))
}

/// The signatures on some revisions.
///
/// # Errors
/// As [`plan`].
pub fn signatures(call: &mut Call, keys: &[RevisionKey]) -> Result<HashMap<RevisionKey, Vec<Signature>>> {
    let keys: Vec<RevisionKey> = read_whole(call, keys)?.into_iter().collect();
    let scope = call.plan_sight()?.plans_in_force();
    Ok(by_revision(&keys, store::signatures::of_revisions(call.db()?, &scope, &keys)?))
}

/// The remarks on some revisions.
///
/// # Errors
/// As [`plan`].
pub fn remarks(call: &mut Call, keys: &[RevisionKey]) -> Result<HashMap<RevisionKey, Vec<Remark>>> {
    let keys: Vec<RevisionKey> = read_whole(call, keys)?.into_iter().collect();
    let scope = call.plan_sight()?.plans_in_force();
    Ok(by_revision(&keys, store::remarks::of_revisions(call.db()?, &scope, &keys)?))
}

/// The steps that some revisions took.
///
/// # Errors
/// As [`plan`].
pub fn steps_taken(call: &mut Call, keys: &[RevisionKey]) -> Result<HashMap<RevisionKey, Vec<StepTaken>>> {
    let keys: Vec<RevisionKey> = read_whole(call, keys)?.into_iter().collect();
    let scope = call.plan_sight()?.plans_in_force();
    Ok(by_revision(&keys, store::steps::of_revisions(call.db()?, &scope, &keys)?))
}

/// Rows by revision, those of other revisions dropped.
pub(super) fn by_revision<T>(keys: &[RevisionKey], rows: Vec<(RevisionKey, T)>) -> HashMap<RevisionKey, Vec<T>> {
    let mut grouped: HashMap<RevisionKey, Vec<T>> = keys.iter().map(|key| (key.clone(), Vec::new())).collect();
    for (key, row) in rows {
        if let Some(list) = grouped.get_mut(&key) {
            list.push(row);
        }
    }
    grouped
}
