//! The audit, beside what each act writes itself: refusals, in a transaction of their own, and reading the log. Not for anchors.

use std::time::Duration;

use chrono::TimeDelta;

pub use super::refusals::Refusals;

use super::call::{Act, Call, Refused};
use super::refusals::Kind;
use super::{Error, Office, Result};
use crate::access::{Caller, Capability, Scope};
use crate::store::audit::NewEntry;
use crate::store::audit_log::{EntryRow, Filter, Place, Sight};
use crate::store::{self, Writer, silence};

/// Writes down that an act was refused, in a transaction of its own. Repeated refusals of the same kind are one entry with a count. Must not
/// be called while a connection is held; never fails: what cannot be written goes to the log.
pub fn refused(office: &Office, actor: &str, act: &Act, error: &Error) {
    note(office, actor, act, "", error.code(), &error.to_string());
}

/// The same, told apart from others that read the same by a mark that is never written: refusals that differ in what must not be kept cost the
/// same work each.
pub fn refused_apart(office: &Office, actor: &str, act: &Act, mark: &str, error: &Error) {
    note(office, actor, act, mark, error.code(), &error.to_string());
}

/// Writes down that a bearer token was refused, whatever it was sent for.
pub fn token_refused(office: &Office, error: &Error) {
    note(office, &Caller::Anonymous.name(), &Act::access("token", "bearer token"), "", error.code(), &error.to_string());
}

/// Writes down that a whole operation was refused: under the act that it had begun; a mutation that had begun none, as such; a query, when
/// it asked for what the caller may not read, or for what does not exist for it.
pub fn operation_refused(office: &Office, refused: &Refused, is_mutation: bool, code: &str, message: &str) {
    let actor = refused.caller.name();
    if let Some(act) = &refused.act {
        note(office, &actor, act, "", code, message);
    } else if is_mutation {
        note(office, &actor, &Act::access("mutation", "before any act"), "", code, message);
    } else {
        if !refused.capabilities.is_empty() {
            let names: Vec<&str> = refused.capabilities.iter().map(|capability| capability.as_str()).collect();
            note(office, &actor, &Act::access("query", names.join(" ")), "", "FORBIDDEN", message);
        }
        for (capability, department) in &refused.beyond {
            note(office, &actor, &Act::access("query", format!("{capability} in {department}")), "", "NOT_FOUND", message);
        }
    }
}

/// Writes the counts of repeated refusals whose window is over, or all of them when the server stops.
pub fn flush_refusals(office: &Office, all: bool) {
    let due = office.desk.refusals.flush(office.clock.now(), window(office), all);
    write(office, due);
}

fn note(office: &Office, actor: &str, act: &Act, mark: &str, code: &str, message: &str) {
    // Our own faults and a busy database are nobody's refusal.
    if matches!(code, "INTERNAL" | "UNAVAILABLE") {
        return;
    }
    let kind = Kind {
        chain: act.chain(),
        category: act.category,
        act: act.name.to_owned(),
        subject: act.subject.clone(),
        outcome: code.to_owned(),
        mark: mark.to_owned(),
        escalates: act.escalates,
    };
    let due = office.desk.refusals.note(actor, kind, &act.told(message), office.clock.now(), window(office));
    write(office, due);
}

fn window(office: &Office) -> TimeDelta {
    TimeDelta::minutes(office.desk.settings.refusal_window_minutes.into())
}

/// How long refusals wait for a chain that a writer has; then they are written with the next ones.
const PATIENCE: Duration = Duration::from_millis(200);

fn write(office: &Office, due: Vec<NewEntry>) {
    let mut entries = office.desk.refusals.unwritten();
    entries.extend(due);
    if entries.is_empty() {
        return;
    }
    // Everybody locks several chains in one order, or two such writers would wait for each other for ever.
    entries.sort_by(|one, other| one.chain_key().cmp(other.chain_key()));
    let append = |writer: &mut Writer| {
        // Many who are refused must not hold many connections while one writer has the chain.
        store::audit::wait_at_most(writer, PATIENCE)?;
        for entry in &entries {
            store::audit::append(writer, entry)?;
        }
        Ok::<_, Error>(())
    };
    let written = silence::apart(|| office.database.write(append));
    if let Err(error) = written {
        // An import may hold the chain for minutes: nothing is lost for that.
        let lost = office.desk.refusals.take_back(entries);
        tracing::error!(%error, ?error, lost, "refusals could not be written to the audit yet");
    }
}

/// What of the log the caller sees: departments' acts, national acts, and acts on accounts are three capabilities.
fn sight(call: &mut Call, filter: &Filter) -> Result<Sight> {
    call.reads_uncounted();
    if let Some(code) = &filter.department {
        let departments = call.require(Capability::ReadDepartmentAudit, code)?;
        return Ok(Sight { departments, national: false, access: false });
    }
    let access = call.access();
    let sight = Sight {
        departments: access.scope_or_nowhere(Capability::ReadDepartmentAudit)?,
        national: access.scope_or_nowhere(Capability::ReadNationalAudit)? == Scope::Nation,
        access: access.scope_or_nowhere(Capability::ReadAccessAudit)? == Scope::Nation,
    };
    if sight.departments.is_nowhere() && !sight.national && !sight.access {
        // Refused by name, so that the refusal is audited.
        call.scope(Capability::ReadDepartmentAudit)?;
    }
    Ok(sight)
}

/// Entries that the caller may read, newest first, after a place.
///
/// # Errors
/// FORBIDDEN for a caller who reads no audit at all; NOT_FOUND for a department outside the caller's territory.
pub fn entries(call: &mut Call, filter: &Filter, after: Option<&Place>, limit: i64) -> Result<Vec<EntryRow>> {
    let sight = sight(call, filter)?;
    Ok(store::audit_log::list(call.db()?, &sight, filter, after, limit)?)
}

/// How many entries the caller may read.
///
/// # Errors
/// Those of [`entries`].
pub fn count(call: &mut Call, filter: &Filter) -> Result<i64> {
    let sight = sight(call, filter)?;
    Ok(store::audit_log::count(call.db()?, &sight, filter)?)
}

/// One entry, if the caller may read it.
///
/// # Errors
/// UNAUTHENTICATED.
pub fn entry(call: &mut Call, chain: &str, seq: i64) -> Result<Option<EntryRow>> {
    match sight(call, &Filter::default()) {
        Ok(sight) => Ok(store::audit_log::entry(call.db()?, &sight, chain, seq)?),
        Err(Error::Forbidden(_)) => Ok(None),
        Err(other) => Err(other),
    }
}
