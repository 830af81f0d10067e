//! Signing in with a password, and changing one's own. What an attempt costs does not tell whether there is an account of the name: the same
//! reads, the same hashes and the same entry in the audit either way.

use chrono::NaiveDateTime;

use super::{MOST_SESSIONS, PASSWORD_MAX, REMEMBERED_DAYS, Session, begin, place, record};
use crate::access::{Caller, Identity};
use crate::domain::Message;
use crate::domain::codes::Username;
use crate::keys::Attempt;
use crate::keys::secret::fingerprint;
use crate::keys::throttle::RetryAfter;
use crate::store;
use crate::store::audit::{Chain, DONE};
use crate::store::sessions::Ended;
use crate::store::users::UserRow;
use crate::workflow::call::Act;
use crate::workflow::{Error, Office, Result, audit, users};

fn wrong_credentials() -> Error {
    Error::unauthenticated(Message::new("WRONG_CREDENTIALS", "le nom ou le mot de passe n’est pas le bon"))
}

fn too_many(wait: RetryAfter) -> Error {
    let text = format!("trop d’essais de connexion ont échoué ; réessayez dans {} secondes", wait.0);
    Error::limit(Message::new("TOO_MANY_FAILED_LOGINS", text).with("retryAfterSeconds", wait.0))
}

/// What is known of a name that was typed.
struct Known {
    account: Option<(UserRow, String)>,
    /// The mark of account and address.
    place: String,
    familiar: bool,
}

/// Looks a name up. A name without an account costs the same reads.
fn look_up(office: &Office, name: Option<&Username>, address: &str, now: NaiveDateTime) -> Result<Known> {
    let Some(name) = name else { return Ok(Known { account: None, place: String::new(), familiar: false }) };
    let since = now - chrono::TimeDelta::days(REMEMBERED_DAYS);
    office.database.read(|reader| {
        let account = store::users::with_password(reader, name)?;
        // No account has this number.
        let place = place(account.as_ref().map_or(-1, |(user, _)| user.id), address);
        let id = account.as_ref().map_or(-1, |(user, _)| user.id);
        let familiar = store::sessions::is_familiar(reader, id, &place, since)?;
        Ok::<_, Error>(Known { account, place, familiar })
    })
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
    let mark = fingerprint(name.as_ref().map_or(username, Username::as_str).as_bytes());
    let Known { account, place, familiar } = look_up(office, name.as_ref(), address, now)?;
    let unlocked_at = account.as_ref().and_then(|(user, _)| user.unlocked_at);
    let attempt = Attempt { account: &mark, address, familiar, unlocked_at };
    if let Err(wait) = desk.throttle.attempt(&attempt, now) {
        let error = too_many(wait);
        audit::refused_apart(office, "anonymous", &Act::access("login", "throttled"), &mark, &error);
        return Err(error);
    }
    let bounded = password.len() <= PASSWORD_MAX * 4;
    let hash = account.as_ref().map(|(_, hash)| hash.as_str());
    let verified = desk.hasher.verify(if bounded { password } else { "" }, hash);
    let exists = account.is_some();
    let Some((user, hash)) = account.filter(|(user, _)| verified.right && bounded && desk.admits(user)) else {
        // A name that does not exist is never stored.
        let subject = match (&name, exists) {
            (Some(name), true) => format!("account {name}"),
            (_, false) | (None, true) => "unknown account".to_owned(),
        };
        let error = wrong_credentials();
        audit::refused_apart(office, "anonymous", &Act::access("login", subject), &mark, &error);
        return Err(error);
    };
    desk.throttle.succeeded(&attempt);
    let renewed = if verified.dated { Some(desk.hasher.hash(password)?) } else { None };
    let opened = office.database.write(|writer| {
        // Under the lock, because the account may have changed while the password was verified.
        store::audit::lock(writer, &Chain::Nation)?;
        let current = store::users::with_password(writer, &user.username)?.filter(|(row, _)| desk.admits(row));
        if current.is_none_or(|(_, now_hash)| now_hash != hash) {
            return Err(wrong_credentials());
        }
        if let Some(renewed) = &renewed {
            store::users::rehash(writer, user.id, renewed)?;
        }
        store::sessions::forget_expired(writer, user.id, now - chrono::TimeDelta::days(REMEMBERED_DAYS))?;
        let standing =
            store::sessions::standing(writer, &[user.id], now, now - chrono::TimeDelta::days(REMEMBERED_DAYS), MOST_SESSIONS)?;
        if let Some(oldest) = standing.get(usize::try_from(MOST_SESSIONS - 1).unwrap_or(usize::MAX)) {
            store::sessions::end(writer, user.id, Ended::Before(oldest.id), now)?;
            let detail = format!("more than {MOST_SESSIONS} sessions; the oldest are ended");
            record(writer, user.username.as_str(), "endSession", &user.username, DONE, &detail, now)?;
        }
        let session = begin(writer, office, &user, &place, now)?;
        record(writer, user.username.as_str(), "login", &user.username, DONE, "session opened", now)?;
        Ok(session)
    });
    opened.inspect_err(|error| {
        let act = Act::access("login", format!("account {}", user.username));
        audit::refused_apart(office, "anonymous", &act, &mark, error);
    })
}

/// Changes the caller's own password, which it proves to know. All sessions of the account end, and a new one is opened in their place. Must not be
/// called while a connection is held.
///
/// # Errors
/// UNAUTHENTICATED without a session; FORBIDDEN for machines; INVALID naming `currentPassword` or `newPassword`; LIMIT after too many failures.
pub fn change_password(office: &Office, caller: &Caller, current: &str, new: &str, address: &str) -> Result<Session> {
    let desk = &office.desk;
    let now = office.clock.now();
    let name = match caller.identity() {
        Some(Identity::User { username, .. }) => username.clone(),
        Some(Identity::Machine { .. } | Identity::Operator) => {
            let message = Message::new("PASSWORD_OF_ACCOUNTS", "seul un compte de personne a un mot de passe à changer");
            return Err(refused(office, caller, Error::forbidden(message)));
        }
        None => {
            let message = Message::new("SIGN_IN_FIRST", "identifiez-vous d’abord");
            return Err(refused(office, caller, Error::unauthenticated(message)));
        }
    };
    let mark = fingerprint(name.as_str().as_bytes());
    let Known { account, place, familiar } = look_up(office, Some(&name), address, now)?;
    let (user, hash) = account.ok_or_else(|| refused(office, caller, wrong_credentials()))?;
    let attempt = Attempt { account: &mark, address, familiar, unlocked_at: user.unlocked_at };
    if let Err(wait) = desk.throttle.attempt(&attempt, now) {
        return Err(refused(office, caller, too_many(wait)));
    }
    let bounded = current.len() <= PASSWORD_MAX * 4;
    if !(desk.hasher.verify(if bounded { current } else { "" }, Some(&hash)).right && bounded && desk.admits(&user)) {
        let message = Message::new("WRONG_PASSWORD", "le mot de passe actuel n’est pas le bon");
        return Err(refused(office, caller, Error::invalid("currentPassword", message)));
    }
    desk.throttle.succeeded(&attempt);
    users::check_password(office, &name, "newPassword", new).map_err(|error| refused(office, caller, error))?;
    if desk.hasher.verify(new, Some(&hash)).right {
        let message = Message::new("SAME_PASSWORD", "le nouveau mot de passe doit différer de l’ancien");
        return Err(refused(office, caller, Error::invalid("newPassword", message)));
    }
    let renewed = desk.hasher.hash(new)?;
    let changed = office.database.write(|writer| {
        store::audit::lock(writer, &Chain::Nation)?;
        let now_known = store::users::with_password(writer, &name)?.filter(|(row, _)| desk.admits(row));
        if now_known.is_none_or(|(_, now_hash)| now_hash != hash) {
            return Err(wrong_credentials());
        }
        store::users::set_password(writer, user.id, &renewed, false)?;
        let ended = store::sessions::end(writer, user.id, Ended::All, now)?;
        let user = UserRow { token_version: user.token_version + 1, must_change_password: false, ..user.clone() };
        let session = begin(writer, office, &user, &place, now)?;
        let detail = format!("password changed, {ended} sessions ended, one opened");
        record(writer, name.as_str(), "changePassword", &name, DONE, &detail, now)?;
        Ok(session)
    });
    changed.map_err(|error| refused(office, caller, error))
}

/// Writes down that somebody was refused another password.
fn refused(office: &Office, caller: &Caller, error: Error) -> Error {
    let actor = caller.name();
    audit::refused(office, &actor, &Act::access("changePassword", format!("account {actor}")), &error);
    error
}
