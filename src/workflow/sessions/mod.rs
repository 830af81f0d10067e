//! Sessions: signing in and out, refreshing, and telling who calls. These open their own short transactions: a password is hashed outside
//! any, because argon2 must not hold SQLite's write lock; and what a refusal leaves behind (an audit entry, a revoked session) is kept. Lists of
//! sessions, and their end by others, are in `list`.

mod list;
mod login;
mod refresh;

use chrono::{DateTime, NaiveDateTime, TimeDelta};

pub use list::{end, end_all, of_users, own};
pub use login::{change_password, login};
pub use refresh::{logout, refresh};

use super::{Error, Office, Result};
use crate::access::{Caller, Grant, Identity, Territory};
use crate::domain::Message;
use crate::domain::codes::Username;
use crate::domain::period::paris_day;
use crate::keys::password::HashFault;
use crate::keys::secret::{self, NoRandom, fingerprint};
use crate::keys::token::{self, Audience, Claims, TokenFault};
use crate::store::audit::{Category, Chain, NewEntry};
use crate::store::sessions::SessionRow;
use crate::store::users::UserRow;
use crate::store::{self, Mode, Reader, Writer};

/// Sessions of one account at once, at most; a login beyond ends the oldest (house).
const MOST_SESSIONS: i64 = 50;
/// Longest password, in characters; longer ones are nobody's.
pub const PASSWORD_MAX: usize = 128;
/// How long an expired session is remembered, days: for the misuse of its tokens, and for the places from where an account signs in.
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
            TokenFault::Invalid => {
                Self::unauthenticated(Message::new("TOKEN_INVALID", "le jeton n’est pas valable ; identifiez-vous"))
            }
            TokenFault::Expired => {
                Self::unauthenticated(Message::new("TOKEN_EXPIRED", "le jeton a expiré ; renouvelez la session"))
            }
            TokenFault::Unsigned => Self::Internal(fault.to_string()),
        }
    }
}

fn over() -> Error {
    Error::unauthenticated(Message::new("SESSION_OVER", "la session est terminée ; identifiez-vous de nouveau"))
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
            let session = claims.sid.ok_or(TokenFault::Invalid)?;
            let found = store::users::of_session(conn.reader(), id, paris_day(now), session, now)?;
            let (user, grants) =
                found.filter(|(user, _)| desk.admits(user) && user.token_version == claims.ver).ok_or(TokenFault::Invalid)?;
            Ok((Caller::Known(identity(user, grants, Some(session))), ends))
        }
        Audience::Machine => {
            let row = store::tokens::by_id(conn.reader(), id)?
                .filter(|row| row.jti == claims.jti && row.revoked_at.is_none() && row.expires_at > now)
                .ok_or(TokenFault::Invalid)?;
            let grant = Grant { role: row.role, territory: Territory::Nation, since: paris_day(row.issued_at), until: None };
            Ok((Caller::Known(Identity::Machine { id: row.id, label: row.label, grants: vec![grant] }), ends.min(row.expires_at)))
        }
    }
}

/// Whether a caller who was recognised would be recognised with the same rights now, in the same session, as seen in this transaction.
///
/// # Errors
/// Those of the database.
pub fn holds_still(reader: &mut Reader, office: &Office, caller: &Caller, now: NaiveDateTime) -> Result<bool> {
    let Some(known) = caller.identity() else { return Ok(true) };
    match known {
        Identity::User { id, version, session, grants, .. } => {
            let found = match session {
                Some(session) => store::users::of_session(reader, *id, paris_day(now), *session, now)?,
                // The operator's, in the account's name.
                None => store::users::with_grants(reader, *id, paris_day(now))?,
            };
            Ok(found.is_some_and(|(user, held)| {
                let in_force = if user.must_change_password && session.is_some() { Vec::new() } else { held };
                office.desk.admits(&user) && user.token_version == *version && in_force == *grants
            }))
        }
        Identity::Machine { id, .. } => {
            let found = store::tokens::by_id(reader, *id)?;
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
    office.database.read(|reader| {
        let nation = store::audit::nation(reader)?;
        let user = store::users::by_name(reader, &name)?
            .filter(|user| office.desk.admits(user))
            .ok_or_else(|| Error::not_found(format!("compte {name}")))?;
        let found = store::users::with_grants(reader, user.id, office.clock.today())?;
        let (user, grants) = found.ok_or_else(|| Error::not_found(format!("compte {name}")))?;
        // The operator acts in the account's name without its password: that it has to be changed is no matter here.
        let user = UserRow { must_change_password: false, ..user };
        Ok((Caller::Known(identity(user, grants, None)), nation))
    })
}

/// Who an account is in a call. One whose password somebody else chose has no rights before it has another.
fn identity(user: UserRow, grants: Vec<Grant>, session: Option<i64>) -> Identity {
    let must_change_password = user.must_change_password;
    let grants = if must_change_password { Vec::new() } else { grants };
    Identity::User {
        id: user.id,
        username: user.username,
        display_name: user.display_name,
        version: user.token_version,
        grants,
        session,
        must_change_password,
    }
}

/// The mark of an account at a network address, by which the address is known again: it is not kept itself.
fn place(user_id: i64, address: &str) -> String {
    fingerprint(format!("{user_id} {address}").as_bytes()).chars().take(32).collect()
}

/// A session that was not seen since then is over.
fn idle_since(office: &Office, now: NaiveDateTime) -> NaiveDateTime {
    now - TimeDelta::minutes(office.desk.settings.idle_minutes.into())
}

/// Opens a session of an account at a place.
fn begin(writer: &mut Writer, office: &Office, user: &UserRow, place: &str, now: NaiveDateTime) -> Result<Session> {
    let ends = now + TimeDelta::hours(office.desk.settings.session_hours.into());
    let family = secret::random()?;
    let new = store::sessions::NewSession { family: &family, user_id: user.id, place, opened_at: now, expires_at: ends };
    let id = store::sessions::open(writer, &new)?;
    let session = store::sessions::by_id(writer, id)?.ok_or_else(over)?;
    open(writer, office, user, &session, secret::random()?, now)
}

/// Writes the next refresh token of a session and signs an access token.
fn open(
    writer: &mut Writer,
    office: &Office,
    user: &UserRow,
    session: &SessionRow,
    refresh_token: String,
    now: NaiveDateTime,
) -> Result<Session> {
    store::sessions::add(writer, session, &fingerprint(refresh_token.as_bytes()), now)?;
    issue(writer, office, user, session, refresh_token, now)
}

/// Signs an access token of a session, beside a refresh token that is kept.
fn issue(
    writer: &mut Writer,
    office: &Office,
    user: &UserRow,
    session: &SessionRow,
    refresh_token: String,
    now: NaiveDateTime,
) -> Result<Session> {
    let desk = &office.desk;
    let (user, grants) = store::users::with_grants(writer, user.id, paris_day(now))?.ok_or_else(over)?;
    // Tokens count in whole seconds.
    let issued = now.and_utc().timestamp();
    // No longer than the session itself.
    let expires = (issued + i64::from(desk.settings.access_minutes) * 60).min(session.expires_at.and_utc().timestamp());
    let expires_at = DateTime::from_timestamp(expires, 0).unwrap_or_default().naive_utc();
    let claims = Claims {
        iss: desk.settings.issuer.clone(),
        aud: Audience::Session.as_str().to_owned(),
        sub: user.id.to_string(),
        ver: user.token_version,
        sid: Some(session.id),
        jti: secret::random()?,
        iat: issued,
        nbf: issued,
        exp: expires,
    };
    let access_token = token::sign(&desk.keys.signing, &claims)?;
    Ok(Session { access_token, refresh_token, expires_at, caller: Caller::Known(identity(user, grants, Some(session.id))) })
}

/// Writes an entry on sessions into the national chain.
fn record(
    writer: &mut Writer,
    actor: &str,
    act: &str,
    account: &Username,
    outcome: &str,
    detail: &str,
    now: NaiveDateTime,
) -> Result<()> {
    let subject = format!("account {account}");
    let entry = NewEntry::of(&Chain::Nation, Category::Access, now, actor, act, &subject, outcome, detail);
    store::audit::append(writer, &entry)?;
    Ok(())
}
