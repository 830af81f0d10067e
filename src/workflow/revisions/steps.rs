//! The steps that a viewer may take now: what the status allows, the policy gives, and the rules of submission and signing let through. So
//! clients never guess. A step offered may still be refused for what the viewer then sends.

use std::collections::HashMap;

use super::insight::run_checks;
use super::read::by_revision;
use super::sign::{Paper, Past, seats, signatory};
use crate::access::{Capability, Scope};
use crate::domain::checks::{Check, all_passed};
use crate::domain::keys::RevisionKey;
use crate::domain::revision::steps_from;
use crate::domain::signing::could_sign;
use crate::domain::vocabulary::{RevisionStatus, RevisionStep, SignatoryRole};
use crate::store;
use crate::store::revisions::Revision;
use crate::workflow::{Call, Result};

/// The steps that the caller may take on some revisions. Statements do not grow with their number.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN for a caller who reads no plan at all, those of the database.
pub fn available_steps(call: &mut Call, keys: &[RevisionKey]) -> Result<HashMap<RevisionKey, Vec<RevisionStep>>> {
    let sight = call.plan_sight()?;
    let scope = sight.anything();
    let revisions = store::revisions::in_sight(call.db()?, &sight, keys)?;

    let submittable =
        chosen(&revisions, |revision| revision.status == RevisionStatus::Draft && has(call, revision, &[Capability::SubmitPlan]));
    let checks = run_checks(call, &scope, &submittable)?;

    let signable = chosen(&revisions, |revision| {
        matches!(revision.status, RevisionStatus::Submitted | RevisionStatus::Signed)
            && has(call, revision, &[Capability::SignAsPrefect, Capability::SignAsProsecutor])
    });
    let mut pasts = pasts(call, &scope, &signable)?;

    let mut available = HashMap::with_capacity(revisions.len());
    for revision in revisions {
        let past = pasts.remove(&revision.key).unwrap_or_default();
        let steps = of_revision(call, &revision, checks.get(&revision.key), past)?;
        available.insert(revision.key, steps);
    }
    Ok(available)
}

/// What was done so far to the revisions that the caller could sign.
fn pasts(call: &mut Call, scope: &Scope, signable: &[RevisionKey]) -> Result<HashMap<RevisionKey, Past>> {
    if signable.is_empty() {
        return Ok(HashMap::new());
    }
    let mut signatures = by_revision(signable, store::signatures::of_revisions(call.db()?, scope, signable)?);
    let mut editors = by_revision(signable, store::revisions::editors(call.db()?, scope, signable)?);
    let mut steps = by_revision(signable, store::steps::of_revisions(call.db()?, scope, signable)?);
    let past = |key: &RevisionKey| Past {
        signatures: signatures.remove(key).unwrap_or_default(),
        editors: editors.remove(key).unwrap_or_default(),
        steps: steps.remove(key).unwrap_or_default(),
    };
    let pasts: Vec<Past> = signable.iter().map(past).collect();
    Ok(signable.iter().cloned().zip(pasts).collect())
}

fn of_revision(call: &Call, revision: &Revision, checks: Option<&Vec<Check>>, past: Past) -> Result<Vec<RevisionStep>> {
    let can_submit = checks.is_some_and(|checks| all_passed(checks));
    let paper = Paper::put_together(call, revision, past)?;
    let can = |step: RevisionStep| match step {
        RevisionStep::Edit => has(
            call,
            revision,
            &[Capability::EditPlan, Capability::EditOwnSectors, Capability::EditOwnObjectives, Capability::Contribute],
        ),
        RevisionStep::Submit => can_submit,
        RevisionStep::Recall | RevisionStep::Discard => has(call, revision, &[Capability::SubmitPlan]),
        RevisionStep::Sign => can_sign(call, revision, &paper),
        RevisionStep::Transmit => has(call, revision, &[Capability::TransmitPlan]),
        RevisionStep::Acknowledge | RevisionStep::Return => has(call, revision, &[Capability::AcknowledgePlan]),
    };
    Ok(steps_from(revision.status).filter(|step| can(*step)).collect())
}

fn can_sign(call: &Call, revision: &Revision, paper: &Paper) -> bool {
    let Some(by) = signatory(call) else { return false };
    let to_sign = paper.to_sign(revision);
    [SignatoryRole::Prefect, SignatoryRole::PublicProsecutor]
        .into_iter()
        .flat_map(|role| seats(call, &revision.key.department, role))
        .any(|seat| could_sign(&by, &seat, &to_sign, call.today()))
}

fn chosen(revisions: &[Revision], choose: impl Fn(&Revision) -> bool) -> Vec<RevisionKey> {
    revisions.iter().filter(|revision| choose(revision)).map(|revision| revision.key.clone()).collect()
}

/// Whether the caller has one of the capabilities in the revision's department.
fn has(call: &Call, revision: &Revision, capabilities: &[Capability]) -> bool {
    let department = &revision.key.department;
    capabilities.iter().any(|capability| call.access().scope(*capability).is_ok_and(|scope| scope.holds(department)))
}
