//! Refreshing and ending a session by its refresh token. A token is exchanged once. The same exchange sent twice (two tabs, an answer that was
//! lost) is answered twice with the same next token, for some seconds, to the same address; any other second use is a thief's or a victim's.

use chrono::{NaiveDateTime, TimeDelta};

use super::{Session, idle_since, issue, open, over, place, record};
use crate::keys::secret::{self, fingerprint};
use crate::store::audit::{Chain, DONE};
use crate::store::sessions::{Ended, RefreshRow, SessionRow};
use crate::store::users::UserRow;
use crate::store::{self, Writer};
use crate::workflow::call::Act;
use crate::workflow::{Error, Office, Result, audit};

/// The token after one, by the salt that is kept: who has the salt alone, or the token alone, does not know it.
fn next(token: &str, salt: &str) -> String {
    fingerprint(format!("next {salt} {token}").as_bytes())
}

/// Exchanges a refresh token for the next one and a new access token. A token that was exchanged before ends its session for good, because
/// two hold it and one of them is a thief; but for the same exchange sent twice. Must not be called while a connection is held.
///
/// # Errors
/// UNAUTHENTICATED.
pub fn refresh(office: &Office, refresh_token: &str, address: &str) -> Result<Session> {
    let now = office.clock.now();
    let token_hash = fingerprint(refresh_token.as_bytes());
    // Looked up without a lock first: guesses make nobody wait.
    let known = office.database.read(|reader| Ok::<_, Error>(store::sessions::by_hash(reader, &token_hash)?))?;
    if known.is_none() {
        let error = over();
        audit::refused(office, "anonymous", &Act::access("refreshSession", "unknown token"), &error);
        return Err(error);
    }
    let mut audited = false;
    // The inner result is the answer; it is an error when the session has just been ended, and that is to be kept.
    let answer = office.database.write(|writer| {
        store::audit::lock(writer, &Chain::Nation)?;
        let Some((row, session)) = store::sessions::by_hash(writer, &token_hash)? else { return Ok(Err(over())) };
        let Some(user) = store::users::by_id(writer, session.user_id)? else { return Ok(Err(over())) };
        if !stands(office, &session, &user, now) {
            return Ok(Err(over()));
        }
        let from = place(user.id, address);
        let salt = secret::random()?;
        let exchange = Exchange { office, user: &user, session: &session, refresh_token, now };
        if row.used_at.is_none() && store::sessions::mark_used(writer, (row.id, session.id), &from, &salt, now)? {
            let opened = open(writer, office, &user, &session, next(refresh_token, &salt), now)?;
            exchange.record(writer, "session refreshed")?;
            return Ok(Ok(opened));
        }
        if let Some(again) = exchange.again(writer, &row, &from)? {
            exchange.record(writer, "session refreshed: the same request once more")?;
            return Ok(Ok(again));
        }
        store::sessions::end(writer, user.id, Ended::One(session.id), now)?;
        let detail = "a refresh token was used twice; the session is ended";
        record(writer, "anonymous", "refreshSession", &user.username, "UNAUTHENTICATED", detail, now)?;
        record(writer, "system", "endSession", &user.username, DONE, detail, now)?;
        audited = true;
        tracing::warn!(username = %user.username, "{detail}");
        Ok::<_, Error>(Err(over()))
    })?;
    if let Err(error) = &answer
        && !audited
    {
        audit::refused(office, "anonymous", &Act::access("refreshSession", "session over"), error);
    }
    answer
}

/// Whether a session may be refreshed: not ended, not at its end, not idle too long, of an account that may sign in.
fn stands(office: &Office, session: &SessionRow, user: &UserRow, now: NaiveDateTime) -> bool {
    session.ended_at.is_none()
        && session.expires_at > now
        && session.seen_at > idle_since(office, now)
        && office.desk.admits(user)
}

/// One exchange of a token.
struct Exchange<'a> {
    office: &'a Office,
    user: &'a UserRow,
    session: &'a SessionRow,
    refresh_token: &'a str,
    now: NaiveDateTime,
}

impl Exchange<'_> {
    /// The answer of before, if this is the same exchange sent again: within the time for it, from the same place, and with a next token that
    /// nobody has used.
    fn again(&self, writer: &mut Writer, row: &RefreshRow, from: &str) -> Result<Option<Session>> {
        let grace = TimeDelta::seconds(self.office.desk.settings.refresh_grace_s.into());
        let is_same = row.used_at.is_some_and(|at| self.now < at + grace) && row.used_from == from && !row.salt.is_empty();
        if !is_same {
            return Ok(None);
        }
        let token = next(self.refresh_token, &row.salt);
        let follower = store::sessions::by_hash(writer, &fingerprint(token.as_bytes()))?;
        if follower.is_none_or(|(follower, _)| follower.used_at.is_some()) {
            return Ok(None);
        }
        issue(writer, self.office, self.user, self.session, token, self.now).map(Some)
    }

    fn record(&self, writer: &mut Writer, detail: &str) -> Result<()> {
        let name = &self.user.username;
        record(writer, name.as_str(), "refreshSession", name, DONE, detail, self.now)
    }
}

/// Ends the session of a refresh token, and its access tokens with it; false when it was over already or never was. Must not be called while a
/// connection is held.
///
/// # Errors
/// Those of the database.
pub fn logout(office: &Office, refresh_token: &str) -> Result<bool> {
    let now = office.clock.now();
    let token_hash = fingerprint(refresh_token.as_bytes());
    let known = office.database.read(|reader| Ok::<_, Error>(store::sessions::by_hash(reader, &token_hash)?))?;
    if known.is_none_or(|(_, session)| session.ended_at.is_some() || session.expires_at <= now) {
        return Ok(false);
    }
    office.database.write(|writer| {
        store::audit::lock(writer, &Chain::Nation)?;
        let Some((_, session)) = store::sessions::by_hash(writer, &token_hash)? else { return Ok(false) };
        let Some(user) = store::users::by_id(writer, session.user_id)? else { return Ok(false) };
        if store::sessions::end(writer, user.id, Ended::One(session.id), now)? == 0 {
            return Ok(false);
        }
        record(writer, user.username.as_str(), "logout", &user.username, DONE, "session ended", now)?;
        Ok(true)
    })
}
