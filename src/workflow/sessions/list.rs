//! Sessions that stand: who sees them, and who ends them. The account's own people, and administrators.

use super::{MOST_SESSIONS, idle_since};
use crate::access::{Capability, Identity, Scope};
use crate::domain::codes::Username;
use crate::store;
use crate::store::sessions::{Ended, SessionRow};
use crate::workflow::{Act, Call, Error, Result, input};

/// Sessions in the lists of so many accounts, at most: for each as many as it may have.
fn most_listed(accounts: usize) -> i64 {
    i64::try_from(accounts).unwrap_or(i64::MAX).saturating_mul(MOST_SESSIONS)
}

/// The caller's account, and the session that it calls in.
fn account(call: &Call) -> Option<(i64, Option<i64>)> {
    match call.caller().identity() {
        Some(Identity::User { id, session, .. }) => Some((*id, *session)),
        Some(Identity::Machine { .. } | Identity::Operator) | None => None,
    }
}

/// The caller's own sessions, newest first, and which of them it calls in. Machines have none. Not told in the answer to a login or a change of
/// password, which read nothing else.
///
/// # Errors
/// Those of the database.
pub fn own(call: &mut Call) -> Result<Option<Vec<(SessionRow, bool)>>> {
    if call.is_outside() {
        return Ok(None);
    }
    let Some((user, current)) = account(call) else { return Ok(Some(Vec::new())) };
    let rows = standing(call, &[user])?;
    let with_current = |row: SessionRow| {
        let is_current = current == Some(row.id);
        (row, is_current)
    };
    Ok(Some(rows.into_iter().map(with_current).collect()))
}

/// The sessions of some accounts, newest first.
///
/// # Errors
/// FORBIDDEN for whoever does not administer accounts; those of the database.
pub fn of_users(call: &mut Call, users: &[i64]) -> Result<Vec<SessionRow>> {
    call.require_nation(Capability::AdministerAccess)?;
    standing(call, users)
}

fn standing(call: &mut Call, users: &[i64]) -> Result<Vec<SessionRow>> {
    // Logins and refreshes move no data epoch.
    call.reads_uncounted();
    let (now, idle) = (call.now(), idle_since(call.office(), call.now()));
    Ok(store::sessions::standing(call.db()?, users, now, idle, most_listed(users.len()))?)
}

/// Ends a session of the caller's own, or (for administrators) anybody's; its access tokens are refused at the next request. False when it was
/// over already.
///
/// # Errors
/// UNAUTHENTICATED; NOT_FOUND for a session that is not the caller's to end, whether there is one or not.
pub fn end(call: &mut Call, id: i64) -> Result<bool> {
    let mut write = call.begin_within(Act::access("endSession", format!("session {id}")), Scope::nowhere())?;
    // Whose session it is never changes: who may not end it is told without a lock.
    if write.holds_nothing() {
        write.on_a_snapshot(|call| to_end(call, id))?;
    }
    let session = to_end(&mut write, id)?;
    let name = store::users::by_id(write.db()?, session.user_id)?.map(|user| user.username.to_string()).unwrap_or_default();
    let now = write.now();
    let families = store::sessions::families(write.db()?, session.user_id, Ended::One(id), now)?;
    if families.is_empty() {
        write.unchanged();
        return Ok(false);
    }
    store::sessions::end_families(write.writer()?, &families, now)?;
    write.done(format!("session of {name} ended"))?;
    Ok(true)
}

/// A session that the caller may end.
fn to_end(call: &mut Call, id: i64) -> Result<SessionRow> {
    let own = account(call).map(|(user, _)| user);
    let session = store::sessions::by_id(call.db()?, id)?.ok_or_else(|| Error::not_found("session"))?;
    if own != Some(session.user_id) && call.access().require_nation(Capability::AdministerAccess).is_err() {
        return Err(Error::not_found("session"));
    }
    Ok(session)
}

/// Ends all sessions of an account, or (without a name) the caller's own but the one that it calls in. Answers how many.
///
/// # Errors
/// UNAUTHENTICATED; FORBIDDEN for another's account; NOT_FOUND.
pub fn end_all(call: &mut Call, username: Option<&str>) -> Result<usize> {
    let username: Option<Username> = username.map(|name| input::parse("username", name)).transpose()?;
    let subject = username.as_ref().map_or_else(|| format!("account {}", call.caller().name()), |name| format!("account {name}"));
    let mut write = call.begin_within(Act::access("endSessions", subject), Scope::nowhere())?;
    let own = account(&write);
    let is_own = |name: &Username| own.is_some() && write.caller().name() == name.as_str();
    let (user, which) = match &username {
        None => match own {
            Some((user, Some(current))) => (user, Ended::AllBut(current)),
            Some((user, None)) => (user, Ended::All),
            None => return Err(Error::not_found("session")),
        },
        Some(name) => {
            if !is_own(name) {
                write.require_nation(Capability::AdministerAccess)?;
            }
            let user = store::users::by_name(write.db()?, name)?.ok_or_else(|| Error::not_found(format!("compte {name}")))?;
            (user.id, Ended::All)
        }
    };
    let now = write.now();
    let families = store::sessions::families(write.db()?, user, which, now)?;
    if families.is_empty() {
        write.unchanged();
        return Ok(0);
    }
    let ended = store::sessions::end_families(write.writer()?, &families, now)?;
    write.done(format!("{ended} sessions ended"))?;
    Ok(ended)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_account_of_a_page_has_room_for_all_its_sessions() {
        assert_eq!((most_listed(0), most_listed(1), most_listed(500)), (0, 50, 25_000));
        assert_eq!(most_listed(usize::MAX), i64::MAX);
    }
}
