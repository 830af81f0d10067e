//! Accounts and grants: what an administrator does, or the operator of the server's command line. No plan content.

use super::call::{Act, Call, Write};
use super::sessions::PASSWORD_MAX;
use super::{Error, Office, Result, input};
use crate::access::{Capability, Grant, Identity, Territory};
use crate::domain::Message;
use crate::domain::codes::{DepartmentCode, ParquetCode, Username, ZoneCode};
use crate::domain::french::de;
use crate::domain::vocabulary::Role;
use crate::keys::known_bad;
use crate::keys::password::normalised;
use crate::store;
use crate::store::sessions::Ended;
use crate::store::users::UserRow;

/// Shortest password, in characters (house).
pub const PASSWORD_MIN: usize = 12;
/// Names that the audit uses itself.
pub(super) const RESERVED: [&str; 4] = ["anonymous", "operator", "system", "several"];

/// An account to create.
pub struct NewUser<'a> {
    /// Unique; stored in lower case.
    pub username: &'a str,
    /// What people read: the office, rather than the person.
    pub display_name: &'a str,
    /// Kept hashed only.
    pub password: &'a str,
    /// Whether it has to be changed at the first sign-in.
    pub must_change_password: bool,
}

/// A role in a territory, as somebody asks for it: at most one of the codes; none is the nation.
#[derive(Clone, Debug)]
pub struct GrantRequest<'a> {
    /// Whose.
    pub username: &'a str,
    /// The role.
    pub role: Role,
    /// A department.
    pub department: Option<DepartmentCode>,
    /// A defence zone.
    pub zone: Option<&'a str>,
    /// A parquet.
    pub parquet: Option<&'a str>,
    /// Last day, if any.
    pub until: Option<chrono::NaiveDate>,
}

/// Creates an account without any grant.
///
/// # Errors
/// FORBIDDEN; INVALID naming `username`, `displayName` or `password`; CONFLICT when the name is taken.
pub fn create(call: &mut Call, new: &NewUser<'_>) -> Result<UserRow> {
    let username: Username = input::parse("username", new.username)?;
    let act = Act::access("createUser", format!("account {username}"));
    call.announce(act.clone());
    call.require_nation(Capability::AdministerAccess)?;
    if RESERVED.contains(&username.as_str()) {
        return Err(Error::invalid("username", Message::new("USERNAME_RESERVED", "ce nom est réservé au serveur")));
    }
    let display_name = input::text("displayName", new.display_name, input::NAME)?;
    let hash = hash(call, &username, new.password)?;
    let mut write = call.begin(act, Capability::AdministerAccess)?;
    if store::users::by_name(write.db()?, &username)?.is_some() {
        let message = Message::new("USERNAME_TAKEN", format!("le compte {username} existe déjà")).with("username", &username);
        return Err(Error::conflict(message));
    }
    let now = write.now();
    let must_change_password = new.must_change_password;
    let row = store::users::NewUser {
        username: username.as_str(),
        display_name: &display_name,
        password_hash: &hash,
        must_change_password,
        created_at: now,
    };
    let id = store::users::create(write.writer()?, &row)?;
    write.done(format!("created, {display_name}"))?;
    let (disabled, demonstration, token_version, unlocked_at) = (false, false, 1, None);
    Ok(UserRow { id, username, display_name, disabled, demonstration, token_version, must_change_password, unlocked_at })
}

/// Sets another password and ends all sessions of the account; says whether the account has to change it first.
///
/// # Errors
/// FORBIDDEN, NOT_FOUND; INVALID naming `password`.
pub fn set_password(call: &mut Call, username: &str, password: &str, must_change: bool) -> Result<UserRow> {
    let name: Username = input::parse("username", username)?;
    call.announce(Act::access("setPassword", format!("account {name}")));
    call.require_nation(Capability::AdministerAccess)?;
    let hash = hash(call, &name, password)?;
    let (user, mut write) = begin(call, "setPassword", username, "")?;
    let now = write.now();
    store::users::set_password(write.writer()?, user.id, &hash, must_change)?;
    store::sessions::end(write.writer()?, user.id, Ended::All, now)?;
    write.done("password set, sessions ended")?;
    Ok(UserRow { token_version: user.token_version + 1, must_change_password: must_change, ..user })
}

/// Gives a role in a territory, from today on.
///
/// # Errors
/// FORBIDDEN, NOT_FOUND; INVALID for a role that has no meaning there, a code that nothing bears, or an end in the past; CONFLICT for a
/// grant that the account has, or a disabled account.
pub fn grant(call: &mut Call, request: &GrantRequest<'_>) -> Result<UserRow> {
    let asked = territory(call, request);
    let described = asked.as_ref().map_or_else(|_| request.role.as_str().to_owned(), |on| describe(request.role, on));
    let to_whom: Username = input::parse("username", request.username)?;
    let escalates = request.role == Role::Administrator || call.caller().name() == to_whom.as_str();
    let (user, mut write) =
        begun(call, Act::access("grantRole", format!("account {to_whom}: {described}")).escalating(escalates), &to_whom)?;
    let territory = asked?;
    if !write.office().policy.knows(request.role, territory.kind()) {
        let text = format!("le rôle {} n’a pas de sens sur {}", request.role.as_str(), name(&territory));
        return Err(Error::invalid("role", Message::new("ROLE_OTHER_TERRITORY", text).with("role", request.role.as_str())));
    }
    let today = write.today();
    if request.until.is_some_and(|until| until < today) {
        return Err(Error::invalid("until", Message::new("IN_PAST", "la date est passée")));
    }
    if user.disabled {
        let text = format!("le compte {} est désactivé", user.username);
        return Err(Error::conflict(Message::new("USER_DISABLED", text).with("username", &user.username)));
    }
    if !standing(&mut write, user.id, request.role, &territory)?.is_empty() {
        let text = format!("le compte {} a déjà cette habilitation ; retirez-la d’abord", user.username);
        return Err(Error::conflict(Message::new("GRANT_EXISTS", text).with("username", &user.username)));
    }
    let grant = Grant { role: request.role, territory, since: today, until: request.until };
    store::users::add_grant(write.writer()?, user.id, &grant)?;
    let end = request.until.map_or_else(|| "without end".to_owned(), |until| format!("until {until}"));
    write.done(format!("from {today} {end}"))?;
    Ok(user)
}

/// Takes a role in a territory away; it acts on the next request.
///
/// # Errors
/// FORBIDDEN, NOT_FOUND; INVALID for a code that nothing bears; CONFLICT for the last administrator.
pub fn revoke(call: &mut Call, request: &GrantRequest<'_>) -> Result<UserRow> {
    let asked = territory(call, request);
    let described = asked.as_ref().map_or_else(|_| request.role.as_str().to_owned(), |on| describe(request.role, on));
    let (user, mut write) = begin(call, "revokeRole", request.username, &format!(": {described}"))?;
    let territory = asked?;
    let ids = standing(&mut write, user.id, request.role, &territory)?;
    if ids.is_empty() {
        return Err(Error::not_found(format!("habilitation {described} {}", de(&user.username))));
    }
    if request.role == Role::Administrator {
        keep_an_administrator(&mut write, &user)?;
    }
    let now = write.now();
    store::users::revoke_grants(write.writer()?, &ids, now)?;
    write.done("revoked")?;
    Ok(user)
}

/// Disables an account: its tokens die at once, its sessions end, its grants stay on record.
///
/// # Errors
/// FORBIDDEN, NOT_FOUND; CONFLICT for the last administrator. An account that is disabled already is left as it is.
pub fn disable(call: &mut Call, username: &str) -> Result<UserRow> {
    let (user, mut write) = begin(call, "disableUser", username, "")?;
    if user.disabled {
        write.unchanged();
        return Ok(user);
    }
    let today = write.today();
    let grants = store::users::with_grants(write.db()?, user.id, today)?.map(|(_, grants)| grants).unwrap_or_default();
    if grants.iter().any(|grant| grant.role == Role::Administrator) {
        keep_an_administrator(&mut write, &user)?;
    }
    let now = write.now();
    store::users::disable(write.writer()?, user.id)?;
    store::sessions::end(write.writer()?, user.id, Ended::All, now)?;
    write.done("disabled, sessions ended")?;
    Ok(UserRow { disabled: true, token_version: user.token_version + 1, ..user })
}

/// Lets a disabled account sign in again, with the grants that it still has. An account that is enabled is left as it is.
///
/// # Errors
/// FORBIDDEN, NOT_FOUND.
pub fn enable(call: &mut Call, username: &str) -> Result<UserRow> {
    let (user, mut write) = begin(call, "enableUser", username, "")?;
    if !user.disabled {
        write.unchanged();
        return Ok(user);
    }
    store::users::enable(write.writer()?, user.id)?;
    write.done("enabled")?;
    Ok(UserRow { disabled: false, ..user })
}

/// Lifts the waiting time of an account after failed logins, on every server of the database: each looks at its next login.
///
/// # Errors
/// FORBIDDEN, NOT_FOUND.
pub fn unlock(call: &mut Call, username: &str) -> Result<UserRow> {
    let (user, mut write) = begin(call, "unlockUser", username, "")?;
    let now = write.now();
    store::users::unlock(write.writer()?, user.id, now)?;
    write.done("unlocked")?;
    Ok(UserRow { unlocked_at: Some(now), ..user })
}

/// Accounts in the order of their names.
///
/// # Errors
/// FORBIDDEN.
pub fn list(call: &mut Call, after: Option<&str>, limit: i64) -> Result<Vec<UserRow>> {
    call.require_nation(Capability::AdministerAccess)?;
    Ok(store::users::list(call.db()?, after, limit)?)
}

/// Marks an account as one of the demonstration: outside demonstration mode it is refused. Cannot be undone.
///
/// # Errors
/// FORBIDDEN, NOT_FOUND.
pub fn mark_demonstration(call: &mut Call, username: &str) -> Result<()> {
    let (user, mut write) = begin(call, "markDemonstration", username, "")?;
    store::users::mark_demonstration(write.writer()?, user.id)?;
    write.done("an account of the demonstration")
}

/// How many accounts there are.
///
/// # Errors
/// FORBIDDEN.
pub fn count(call: &mut Call) -> Result<i64> {
    call.require_nation(Capability::AdministerAccess)?;
    Ok(store::users::count(call.db()?)?)
}

/// One account by its id; nothing for those who may not know.
///
/// # Errors
/// UNAUTHENTICATED.
pub fn by_id(call: &mut Call, id: i64) -> Result<Option<UserRow>> {
    if call.access().scope_or_nowhere(Capability::AdministerAccess)?.is_nowhere() {
        return Ok(None);
    }
    Ok(store::users::by_id(call.db()?, id)?)
}

/// The grants in force of some accounts.
///
/// # Errors
/// FORBIDDEN.
pub fn grants_of(call: &mut Call, ids: &[i64]) -> Result<Vec<(i64, Grant)>> {
    call.require_nation(Capability::AdministerAccess)?;
    let today = call.today();
    Ok(store::users::grants_of(call.db()?, ids, today)?)
}

/// What the rules say of a password: 12 to 128 characters, not the username, more than a few different ones (house), and none that everybody tries
/// first. The demonstration's own is one of those, and taken in a demonstration.
///
/// # Errors
/// INVALID naming the field.
pub(super) fn check_password(office: &Office, username: &Username, field: &str, password: &str) -> Result<()> {
    let length = normalised(password).chars().count();
    if !(PASSWORD_MIN..=PASSWORD_MAX).contains(&length) {
        let text = format!("doit avoir de {PASSWORD_MIN} à {PASSWORD_MAX} caractères");
        let message = Message::new("PASSWORD_LENGTH", text).with("least", PASSWORD_MIN).with("most", PASSWORD_MAX);
        return Err(Error::invalid(field, message));
    }
    if password.to_lowercase().contains(username.as_str()) {
        let message = Message::new("PASSWORD_HOLDS_USERNAME", "ne doit pas contenir le nom du compte");
        return Err(Error::invalid(field, message));
    }
    if password.chars().collect::<std::collections::BTreeSet<_>>().len() < 5 {
        let message = Message::new("PASSWORD_TOO_UNIFORM", "doit avoir au moins cinq caractères différents");
        return Err(Error::invalid(field, message));
    }
    let is_demonstrations = office.desk.is_demonstration() && known_bad::core(password) == "demonstration";
    if known_bad::is_known_bad(password) && !is_demonstrations {
        let message =
            Message::new("KNOWN_BAD_PASSWORD", "ce mot de passe est de ceux que l’on essaie d’abord : choisissez une phrase");
        return Err(Error::invalid(field, message));
    }
    Ok(())
}

/// Hashes a password that is good enough, before anything is locked: argon2 takes its time on purpose, and nobody is to wait for it.
fn hash(call: &Call, username: &Username, password: &str) -> Result<String> {
    check_password(call.office(), username, "password", password)?;
    if !call.holds_nothing() {
        let text = "une opération ne fixe qu’un mot de passe, avant toute autre écriture";
        return Err(Error::invalid("password", Message::new("PASSWORD_FIRST", text)));
    }
    Ok(call.office().desk.hasher.hash(password)?)
}

/// Begins an act on an account and finds it, once the caller has shown that it may know of it.
fn begin<'call>(call: &'call mut Call, act: &'static str, username: &str, subject: &str) -> Result<(UserRow, Write<'call>)> {
    let username: Username = input::parse("username", username)?;
    begun(call, Act::access(act, format!("account {username}{subject}")), &username)
}

/// The account that an act is about, which is begun.
fn begun<'call>(call: &'call mut Call, act: Act, username: &Username) -> Result<(UserRow, Write<'call>)> {
    let mut write = call.begin(act, Capability::AdministerAccess)?;
    let user = store::users::by_name(write.db()?, username)?.ok_or_else(|| Error::not_found(format!("compte {username}")))?;
    Ok((user, write))
}

fn standing(call: &mut Call, user_id: i64, role: Role, territory: &Territory) -> Result<Vec<i64>> {
    let today = call.today();
    let grants = store::users::standing_grants(call.db()?, user_id, today)?;
    Ok(grants.into_iter().filter(|(_, grant)| grant.role == role && &grant.territory == territory).map(|(id, _)| id).collect())
}

/// The server is never left without anybody who may administer it. Its operator cannot be locked out, and may.
fn keep_an_administrator(call: &mut Call, user: &UserRow) -> Result<()> {
    if matches!(call.caller().identity(), Some(Identity::Operator)) || user.disabled {
        return Ok(());
    }
    let today = call.today();
    if store::users::others_with(call.db()?, Role::Administrator, user.id, today)? == 0 {
        let text = format!("le compte {} est le dernier administrateur", user.username);
        return Err(Error::conflict(Message::new("LAST_ADMINISTRATOR", text).with("username", &user.username)));
    }
    Ok(())
}

/// The territory that a request means; it must exist.
pub(super) fn territory(call: &Call, request: &GrantRequest<'_>) -> Result<Territory> {
    call.require_signed_in()?;
    let territories = &call.office().territories;
    match (&request.department, request.zone, request.parquet) {
        (None, None, None) => Ok(Territory::Nation),
        (Some(code), None, None) if territories.department(code).is_some() => Ok(Territory::Department(code.clone())),
        (Some(code), None, None) => Err(Error::invalid("departmentCode", unknown("département", code))),
        (None, Some(code), None) => {
            let code: ZoneCode = input::parse("defenceZoneCode", code)?;
            match territories.zone(&code) {
                Some(_) => Ok(Territory::Zone(code)),
                None => Err(Error::invalid("defenceZoneCode", unknown("zone de défense", &code))),
            }
        }
        (None, None, Some(code)) => {
            let code: ParquetCode = input::parse("parquetCode", code)?;
            match territories.parquet(&code) {
                Some(_) => Ok(Territory::Parquet(code)),
                None => Err(Error::invalid("parquetCode", unknown("parquet", &code))),
            }
        }
        (Some(_), Some(_), _) | (Some(_), _, Some(_)) | (_, Some(_), Some(_)) => Err(Error::invalid(
            "territory",
            Message::new(
                "ONE_TERRITORY",
                "une habilitation a un territoire : un département, une zone de défense, un parquet, ou aucun pour la nation",
            ),
        )),
    }
}

fn unknown(what: &str, code: &impl std::fmt::Display) -> Message {
    Message::new("UNKNOWN_CODE", format!("il n’y a pas de {what} {code}")).with("code", code)
}

pub(super) fn name(territory: &Territory) -> String {
    match territory {
        Territory::Nation => "la nation".to_owned(),
        Territory::Department(code) => format!("un département ({code})"),
        Territory::Zone(code) => format!("une zone de défense ({code})"),
        Territory::Parquet(code) => format!("un parquet ({code})"),
    }
}

pub(super) fn describe(role: Role, territory: &Territory) -> String {
    match territory {
        Territory::Nation => role.as_str().to_owned(),
        Territory::Department(code) => format!("{} department {code}", role.as_str()),
        Territory::Zone(code) => format!("{} zone {code}", role.as_str()),
        Territory::Parquet(code) => format!("{} parquet {code}", role.as_str()),
    }
}
