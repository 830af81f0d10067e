//! Long-lived tokens of machines, for dashboards and the like: a role that writes nothing, over the nation, for a year at most. The token is
//! shown once and not kept.

use chrono::{DateTime, NaiveDateTime, TimeDelta};

use super::call::{Act, Call};
use super::{Error, Result, input};
use crate::access::Capability;
use crate::domain::Message;
use crate::domain::vocabulary::Role;
use crate::keys::secret;
use crate::keys::token::{self, Audience, Claims};
use crate::store;
use crate::store::tokens::{NewToken, TokenRow};

/// The roles that a machine may have: those that only read (house).
pub const ROLES: [Role; 3] = [Role::Dashboard, Role::Auditor, Role::Ocrtis];

/// A token, and what is kept of it.
pub struct Issued {
    /// The token itself; shown once.
    pub token: String,
    /// What is kept.
    pub row: TokenRow,
}

/// Issues a token.
///
/// # Errors
/// FORBIDDEN; INVALID naming `label`, `role` or `expiresAt`.
pub fn issue(call: &mut Call, label: &str, role: Role, expires_at: NaiveDateTime) -> Result<Issued> {
    let mut write = call.begin(
        Act::access("issueToken", format!("token {}", label.chars().take(input::NAME).collect::<String>())),
        Capability::AdministerAccess,
    )?;
    let label = input::text("label", label, input::NAME)?;
    if !ROLES.contains(&role) {
        let names: Vec<&str> = ROLES.iter().map(|role| role.as_str()).collect();
        let text = format!("un jeton a l’un des rôles {}", names.join(", "));
        return Err(Error::invalid("role", Message::new("ROLE_NOT_FOR_TOKENS", text).with("role", role.as_str())));
    }
    let now = write.now();
    // Tokens count in whole seconds.
    let seconds = expires_at.and_utc().timestamp();
    let expires_at = DateTime::from_timestamp(seconds, 0).unwrap_or_default().naive_utc();
    let longest = write.office().desk.settings().machine_days;
    if expires_at <= now {
        return Err(Error::invalid("expiresAt", Message::new("IN_PAST", "la date est passée")));
    }
    if expires_at > now + TimeDelta::days(longest.into()) {
        let message = Message::new("TOO_FAR", format!("doit être dans les {longest} jours")).with("days", longest);
        return Err(Error::invalid("expiresAt", message));
    }
    let jti = secret::random()?;
    let issued_by = write.caller().name();
    let new = NewToken { label: &label, role, jti: &jti, issued_at: now, expires_at, issued_by: &issued_by };
    let id = store::tokens::add(write.writer()?, &new)?;
    let desk = &write.office().desk;
    let issued = now.and_utc().timestamp();
    let claims = Claims {
        iss: desk.settings.issuer.clone(),
        aud: Audience::Machine.as_str().to_owned(),
        sub: id.to_string(),
        ver: 0,
        sid: None,
        jti: jti.clone(),
        iat: issued,
        nbf: issued,
        exp: seconds,
    };
    let token = token::sign(&desk.keys.signing, &claims)?;
    write.done(format!("token:{id}, {}, until {expires_at}Z", role.as_str()))?;
    Ok(Issued { token, row: TokenRow { id, label, role, jti, issued_at: now, expires_at, revoked_at: None } })
}

/// Takes a token back, at once. One that was taken back before is left as it is.
///
/// # Errors
/// FORBIDDEN, NOT_FOUND.
pub fn revoke(call: &mut Call, id: i64) -> Result<TokenRow> {
    let mut write = call.begin(Act::access("revokeToken", format!("token:{id}")), Capability::AdministerAccess)?;
    let row = store::tokens::by_id(write.db()?, id)?.ok_or_else(|| Error::not_found("jeton"))?;
    if row.revoked_at.is_some() {
        write.unchanged();
        return Ok(row);
    }
    let now = write.now();
    store::tokens::revoke(write.writer()?, id, now)?;
    write.done(format!("revoked, {}", row.label))?;
    Ok(TokenRow { revoked_at: Some(now), ..row })
}

/// Tokens, newest first.
///
/// # Errors
/// FORBIDDEN.
pub fn list(call: &mut Call, before: Option<i64>, limit: i64) -> Result<Vec<TokenRow>> {
    call.require_nation(Capability::AdministerAccess)?;
    Ok(store::tokens::list(call.db()?, before, limit)?)
}

/// How many tokens were ever issued.
///
/// # Errors
/// FORBIDDEN.
pub fn count(call: &mut Call) -> Result<i64> {
    call.require_nation(Capability::AdministerAccess)?;
    Ok(store::tokens::count(call.db()?)?)
}

/// One token by its id; nothing for those who may not know.
///
/// # Errors
/// UNAUTHENTICATED.
pub fn by_id(call: &mut Call, id: i64) -> Result<Option<TokenRow>> {
    if call.access().scope_or_nowhere(Capability::AdministerAccess)?.is_nowhere() {
        return Ok(None);
    }
    Ok(store::tokens::by_id(call.db()?, id)?)
}
