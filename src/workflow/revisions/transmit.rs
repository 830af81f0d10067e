//! Transmission to the minister under the secretariat's stamp, and its receipt (circular of 2010).

use super::draft::at_version;
use super::{Seen, log, next, plan_to_write, seen};
use crate::access::Capability;
use crate::domain::keys::RevisionKey;
use crate::domain::revision::Signatures;
use crate::domain::vocabulary::RevisionStep;
use crate::store;
use crate::store::revisions::Plan;
use crate::workflow::{Act, Call, Result, rollups};

/// Transmits a SIGNED revision, which is the plan in force from then on, unless it corrects a semester before that of the plan in force.
///
/// # Errors
/// FORBIDDEN, NOT_FOUND, CONFLICT for an old version or a status that does not allow it.
pub fn transmit(call: &mut Call, key: &RevisionKey, version: i32) -> Result<Seen> {
    let mut write =
        call.begin(Act::local("transmitRevision", &key.department, format!("revision {key}")), Capability::TransmitPlan)?;
    let scope = write.scope();
    let revision = at_version(&mut write, &scope, key, version)?;
    let status = next(&revision, RevisionStep::Transmit, Signatures::default())?;
    let plan = plan_to_write(&mut write, &scope, key)?;
    let now = write.now();
    let sectors = store::retirements::standing(write.db()?, &key.department)?;
    store::revisions::set_transmitted(write.writer()?, &scope, key, now)?;
    store::revisions::set_status(write.writer()?, &scope, key, status)?;
    let current = store::revisions::in_force(write.db()?, &scope, &key.department)?;
    let place = match plan.current {
        None => "the first in force".to_owned(),
        Some(former) if current == Some(former) => format!("beside {former}, which stays in force"),
        Some(former) => format!("in the place of {former}"),
    };
    store::revisions::set_plan(write.writer()?, &scope, &Plan { current, pending: None, ..plan })?;
    rollups::keep::replanned(&mut write, &key.department, &sectors, now)?;
    log(&mut write, &scope, key, RevisionStep::Transmit)?;
    let after = seen(&mut write, key)?;
    write.done(format!("version {}, {place}", after.revision.version))?;
    Ok(after)
}

/// Acknowledges a TRANSMITTED revision; drafts do not exist for the secretariat.
///
/// # Errors
/// FORBIDDEN, NOT_FOUND, CONFLICT for an old version or a status that does not allow it.
pub fn acknowledge(call: &mut Call, key: &RevisionKey, version: i32) -> Result<Seen> {
    let mut write =
        call.begin(Act::local("acknowledgeRevision", &key.department, format!("revision {key}")), Capability::AcknowledgePlan)?;
    let scope = write.scope();
    let revision = at_version(&mut write, &scope, key, version)?;
    let status = next(&revision, RevisionStep::Acknowledge, Signatures::default())?;
    store::revisions::set_status(write.writer()?, &scope, key, status)?;
    log(&mut write, &scope, key, RevisionStep::Acknowledge)?;
    let after = seen(&mut write, key)?;
    write.done(format!("version {}", after.revision.version))?;
    Ok(after)
}
