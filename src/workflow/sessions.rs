//! Sessions: signing in and out, refreshing, and telling who calls. These open their own short transactions: a password is hashed outside
//! any, because argon2 must not hold SQLite's write lock; and what a refusal leaves behind (an audit entry, a revoked session) is kept.

use chrono::{DateTime, NaiveDateTime, TimeDelta};

use super::call::Act;
use super::{Error, Office, Result, audit};
use crate::access::{Caller, Grant, Identity, Territory};
use crate::domain::codes::Username;
use crate::domain::period::paris_day;
use crate::keys::password::HashFault;
use crate::keys::secret::{self, NoRandom, fingerprint};
use crate::keys::token::{self, Audience, Claims, TokenFault};
use crate::store::audit::{Category, Chain, DONE, NewEntry};
use crate::store::users::UserRow;
use crate::store::{self, AnyConnection, Mode};

/// Longest password, in characters; longer ones are nobody's.
pub const PASSWORD_MAX: usize = 128;
/// How long an expired refresh token is remembered, days.
const REMEMBERED_DAYS: i64 = 30;

/// Somebody signed in. Its tokens are shown once, here.
#[derive(Clone)]
pub struct Session {
    /// For the `Authorization: Bearer` header, for minutes.
    pub access_token: String,
    /// For the next refresh, once.
    pub refresh_token: String,
    /// When the access token ends, UTC.
    pub expires_at: NaiveDateTime,
    /// Who signed in.
    pub caller: Caller,
}

impl From<HashFault> for Error {
    fn from(fault: HashFault) -> Self {
        Self::Internal(fault.to_string())
    }
}

impl From<NoRandom> for Error {
    fn from(fault: NoRandom) -> Self {
        Self::Internal(fault.to_string())
    }
}

impl From<TokenFault> for Error {
    fn from(fault: TokenFault) -> Self {
        match fault {
            TokenFault::Invalid => Self::unauthenticated("the token is not valid; sign in".to_owned()),
            TokenFault::Expired => Self::unauthenticated("the token has expired; refresh the session".to_owned()),
            TokenFault::Unsigned => Self::Internal(fault.to_string()),
        }
    }
}

fn wrong_credentials() -> Error {
    Error::unauthenticated("the username or the password is not right".to_owned())
}

fn over() -> Error {
    Error::unauthenticated("the session is over; sign in again".to_owned())
}

/// Signs in with username and password, from that network address. Must not be called while a connection is held.
///
/// # Errors
/// UNAUTHENTICATED, the same for unknown names, wrong passwords and disabled accounts; LIMIT after too many failures.
pub fn login(office: &Office, username: &str, password: &str, address: &str) -> Result<Session> {
    let desk = &office.desk;
    let now = office.clock.now();
    let name = Username::parse(username).ok();
    // Names are remembered hashed and cut to size: what was typed may be a password.
    let account = fingerprint(name.as_ref().map_or(username, Username::as_str).as_bytes());
    if let Err(wait) = desk.throttle.attempt(&account, address, now) {
        let error = Error::limit(format!("too many failed logins; try again in {} seconds", wait.0));
        audit::refused(office, "anonymous", &Act::access("login", "throttled"), &error);
        return Err(error);
    }
    let known = match &name {
        Some(name) => office.database.read(|connection| Ok::<_, Error>(store::users::with_password(connection, name)?))?,
        None => None,
    };
    let bounded = password.len() <= PASSWORD_MAX * 4;
    let hash = known.as_ref().map(|(_, hash)| hash.as_str());
    let right = desk.hasher.verify(if bounded { password } else { "" }, hash) && bounded;
    let exists = known.is_some();
    let Some((user, hash)) = known.filter(|(user, _)| right && desk.admits(user)) else {
        // A name that does not exist is never stored.
        let subject = match (&name, exists) {
            (Some(name), true) => format!("account {name}"),
            (_, false) | (None, true) => "unknown account".to_owned(),
        };
        let error = wrong_credentials();
        audit::refused(office, "anonymous", &Act::access("login", subject), &error);
        return Err(error);
    };
    desk.throttle.succeeded(&account, address);
    let family = secret::random()?;
    let ends = now + TimeDelta::hours(desk.settings.session_hours.into());
    office.database.write(|connection| {
        // Under the lock, because the account may have changed while the password was verified.
        store::audit::lock(connection, &Chain::Nation)?;
        let current = store::users::with_password(connection, &user.username)?.filter(|(row, _)| desk.admits(row));
        if current.is_none_or(|(_, now_hash)| now_hash != hash) {
            return Err(wrong_credentials());
        }
        store::sessions::forget_expired(connection, user.id, now - TimeDelta::days(REMEMBERED_DAYS))?;
        let session = open(connection, office, &user, &family, ends, now)?;
        record(connection, user.username.as_str(), "login", &user.username, DONE, "session opened", now)?;
        Ok(session)
    })
}

/// Exchanges a refresh token for the next one and a new access token. A token that was exchanged before ends its session for good, because
/// two hold it and one of them is a thief. Must not be called while a connection is held.
///
/// # Errors
/// UNAUTHENTICATED.
pub fn refresh(office: &Office, refresh_token: &str) -> Result<Session> {
    let now = office.clock.now();
    let token_hash = fingerprint(refresh_token.as_bytes());
    // Looked up without a lock first: guesses make nobody wait.
    let known = office.database.read(|connection| Ok::<_, Error>(store::sessions::by_hash(connection, &token_hash)?))?;
    if known.is_none() {
        let error = over();
        audit::refused(office, "anonymous", &Act::access("refreshSession", "unknown token"), &error);
        return Err(error);
    }
    let mut audited = false;
    // The inner result is the answer; it is an error when the session has just been ended, and that is to be kept.
    let answer = office.database.write(|connection| {
        store::audit::lock(connection, &Chain::Nation)?;
        let Some(row) = store::sessions::by_hash(connection, &token_hash)? else { return Ok(Err(over())) };
        let Some(user) = store::users::by_id(connection, row.user_id)? else { return Ok(Err(over())) };
        if row.revoked_at.is_some() || row.expires_at <= now || !office.desk.admits(&user) {
            return Ok(Err(over()));
        }
        if row.used_at.is_some() || !store::sessions::mark_used(connection, row.id, now)? {
            store::sessions::revoke_family(connection, &row.family, now)?;
            let detail = "a refresh token was used twice; the session is ended";
            record(connection, "anonymous", "refreshSession", &user.username, "UNAUTHENTICATED", detail, now)?;
            audited = true;
            tracing::warn!(username = %user.username, "{detail}");
            return Ok(Err(over()));
        }
        let session = open(connection, office, &user, &row.family, row.expires_at, now)?;
        record(connection, user.username.as_str(), "refreshSession", &user.username, DONE, "session refreshed", now)?;
        Ok::<_, Error>(Ok(session))
    })?;
    if let Err(error) = &answer
        && !audited
    {
        audit::refused(office, "anonymous", &Act::access("refreshSession", "session over"), error);
    }
    answer
}

/// Ends the session of a refresh token; false when it was over already or never was. An access token that is out lives on to its end, of
/// minutes. Must not be called while a connection is held.
///
/// # Errors
/// Those of the database.
pub fn logout(office: &Office, refresh_token: &str) -> Result<bool> {
    let now = office.clock.now();
    let token_hash = fingerprint(refresh_token.as_bytes());
    let known = office.database.read(|connection| Ok::<_, Error>(store::sessions::by_hash(connection, &token_hash)?))?;
    if known.is_none_or(|row| row.revoked_at.is_some()) {
        return Ok(false);
    }
    office.database.write(|connection| {
        store::audit::lock(connection, &Chain::Nation)?;
        let Some(row) = store::sessions::by_hash(connection, &token_hash)? else { return Ok(false) };
        let Some(user) = store::users::by_id(connection, row.user_id)? else { return Ok(false) };
        let ended = row.revoked_at.is_none() && row.expires_at > now;
        store::sessions::revoke_family(connection, &row.family, now)?;
        record(connection, user.username.as_str(), "logout", &user.username, DONE, "session ended", now)?;
        Ok(ended)
    })
}

/// Who bears the token, with the grants in force today, and when the token ends. One statement. Must not be called while a connection is
/// held.
///
/// # Errors
/// UNAUTHENTICATED.
pub fn authenticate(office: &Office, bearer: &str) -> Result<(Caller, NaiveDateTime)> {
    let desk = &office.desk;
    let now = office.clock.now();
    let claims = token::verify(&desk.keys.signing, &desk.settings.issuer, now, bearer)?;
    let id: i64 = claims.sub.parse().map_err(|_| TokenFault::Invalid)?;
    let ends = DateTime::from_timestamp(claims.exp, 0).ok_or(TokenFault::Invalid)?.naive_utc();
    let audience = claims.audience().ok_or(TokenFault::Invalid)?;
    let mut conn = office.database.checkout(Mode::Glance)?;
    match audience {
        Audience::Session => {
            let found = store::users::with_grants(conn.get(), id, paris_day(now))?;
            let (user, grants) =
                found.filter(|(user, _)| desk.admits(user) && user.token_version == claims.ver).ok_or(TokenFault::Invalid)?;
            Ok((Caller::Known(identity(user, grants)), ends))
        }
        Audience::Machine => {
            let row = store::tokens::by_id(conn.get(), id)?
                .filter(|row| row.jti == claims.jti && row.revoked_at.is_none() && row.expires_at > now)
                .ok_or(TokenFault::Invalid)?;
            let grant = Grant { role: row.role, territory: Territory::Nation, since: paris_day(row.issued_at), until: None };
            Ok((Caller::Known(Identity::Machine { id: row.id, label: row.label, grants: vec![grant] }), ends.min(row.expires_at)))
        }
    }
}

/// Whether a caller who was recognised would be recognised with the same rights now, as seen in this transaction.
///
/// # Errors
/// Those of the database.
pub fn holds_still(connection: &mut AnyConnection, office: &Office, caller: &Caller, now: NaiveDateTime) -> Result<bool> {
    let Some(known) = caller.identity() else { return Ok(true) };
    match known {
        Identity::User { id, version, grants, .. } => {
            let found = store::users::with_grants(connection, *id, paris_day(now))?;
            Ok(found.is_some_and(|(user, held)| office.desk.admits(&user) && user.token_version == *version && held == *grants))
        }
        Identity::Machine { id, .. } => {
            let found = store::tokens::by_id(connection, *id)?;
            Ok(found.is_some_and(|row| row.revoked_at.is_none() && row.expires_at > now))
        }
        Identity::Operator => Ok(true),
    }
}

/// The account of that name as a caller, and the nation's epoch at which it is so; without a password: for the command line (`--as USER`),
/// which is the operator's.
///
/// # Errors
/// NOT_FOUND for a name without an account, or a disabled one.
pub fn impersonate(office: &Office, username: &str) -> Result<(Caller, i64)> {
    let name: Username = super::input::parse("username", username)?;
    office.database.read(|connection| {
        let nation = store::audit::nation(connection)?;
        let user = store::users::by_name(connection, &name)?
            .filter(|user| office.desk.admits(user))
            .ok_or_else(|| Error::not_found(format!("user {name}")))?;
        let found = store::users::with_grants(connection, user.id, office.clock.today())?;
        let (user, grants) = found.ok_or_else(|| Error::not_found(format!("user {name}")))?;
        Ok((Caller::Known(identity(user, grants)), nation))
    })
}

fn identity(user: UserRow, grants: Vec<Grant>) -> Identity {
    Identity::User { id: user.id, username: user.username, display_name: user.display_name, version: user.token_version, grants }
}

/// Writes the next refresh token of a session and signs an access token.
fn open(
    connection: &mut AnyConnection,
    office: &Office,
    user: &UserRow,
    family: &str,
    ends: NaiveDateTime,
    now: NaiveDateTime,
) -> Result<Session> {
    let desk = &office.desk;
    let refresh_token = secret::random()?;
    store::sessions::add(connection, family, user.id, &fingerprint(refresh_token.as_bytes()), now, ends)?;
    let (user, grants) = store::users::with_grants(connection, user.id, paris_day(now))?.ok_or_else(over)?;
    // Tokens count in whole seconds.
    let issued = now.and_utc().timestamp();
    let expires = issued + i64::from(desk.settings.access_minutes) * 60;
    let expires_at = DateTime::from_timestamp(expires, 0).unwrap_or_default().naive_utc();
    let claims = Claims {
        iss: desk.settings.issuer.clone(),
        aud: Audience::Session.as_str().to_owned(),
        sub: user.id.to_string(),
        ver: user.token_version,
        jti: secret::random()?,
        iat: issued,
        nbf: issued,
        exp: expires,
    };
    let access_token = token::sign(&desk.keys.signing, &claims)?;
    Ok(Session { access_token, refresh_token, expires_at, caller: Caller::Known(identity(user, grants)) })
}

/// Writes an entry on sessions into the national chain.
fn record(
    connection: &mut AnyConnection,
    actor: &str,
    act: &str,
    account: &Username,
    outcome: &str,
    detail: &str,
    now: NaiveDateTime,
) -> Result<()> {
    let subject = format!("account {account}");
    let entry = NewEntry::of(&Chain::Nation, Category::Access, now, actor, act, &subject, outcome, detail);
    store::audit::append(connection, &entry)?;
    Ok(())
}
