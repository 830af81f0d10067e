//! Accounts with their grants from a file, by the hundred: all or nothing, every fault by row and column. Initial passwords are made here, handed
//! out once, and have to be changed at the first sign-in. Not for reading the file, which is the exchange room's.

use std::collections::{BTreeMap, BTreeSet};

use super::call::{Act, Call, Write};
use super::users::{self, GrantRequest};
use super::{Error, Result, input};
use crate::access::{Capability, Grant};
use crate::domain::Message;
use crate::domain::codes::{DepartmentCode, Username};
use crate::domain::normal::folded;
use crate::domain::vocabulary::Role;
use crate::exchange::cells;
use crate::exchange::properties::is_no_text;
use crate::exchange::rows::{department_code, shown};
use crate::exchange::users::{AccountFault, AccountFile, AccountRow, told};
use crate::keys::secret::{self, fingerprint};
use crate::store;
use crate::store::users::NewUser;

/// Accounts in one file, at most: each password takes its time to hash.
pub const MOST_ACCOUNTS: usize = 1_000;
/// Accounts under one entry of the audit: what it says of them fits its detail.
const ACCOUNTS_IN_ENTRY: usize = 50;

/// An account that was made, and its initial password: shown here and nowhere else.
pub struct Made {
    /// Its name.
    pub username: Username,
    /// The password to be changed at the first sign-in.
    pub password: String,
}

/// What came of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// Accounts in it.
    pub accounts: usize,
    /// Grants in it.
    pub grants: usize,
    /// Every fault; on one nothing is made.
    pub faults: Vec<AccountFault>,
    /// Whether the accounts were made.
    pub written: bool,
}

/// An account as the file has it.
struct Account {
    row: usize,
    username: Username,
    display_name: String,
    grants: Vec<Grant>,
}

/// Creates the accounts of a file with their grants; `keep` is given the initial passwords before the accounts are kept, and what it refuses
/// leaves nothing. On trial only says what would be done.
///
/// # Errors
/// FORBIDDEN; LIMIT for a file of too many accounts; those of `keep` and of the database. Faults of rows are in the report.
pub fn import(call: &mut Call, file: AccountFile, trial: bool, keep: impl FnOnce(&[Made]) -> Result<()>) -> Result<ImportReport> {
    let AccountFile { rows, mut faults, .. } = file;
    let act = Act::access("importUsers", format!("{} rows", rows.len() + faults.len()));
    call.announce(act.clone());
    call.require_nation(Capability::AdministerAccess)?;
    let accounts = accounts(call, &rows, &mut faults)?;
    if accounts.len() > MOST_ACCOUNTS {
        let text = format!("au plus {MOST_ACCOUNTS} comptes par fichier : partagez-le");
        return Err(Error::limit(
            Message::new("TOO_MANY_ACCOUNTS", text).with("most", MOST_ACCOUNTS).with("found", accounts.len()),
        ));
    }
    let grants = accounts.iter().map(|account| account.grants.len()).sum();
    let mut report = ImportReport { accounts: accounts.len(), grants, faults, written: false };
    // Hashing comes before any lock.
    let made = if trial || !report.faults.is_empty() { Vec::new() } else { made(&accounts)? };
    let hashes: Vec<String> = made.iter().map(|made| call.office().desk.hasher.hash(&made.password)).collect::<Result<_, _>>()?;
    let mut write = call.begin(act, Capability::AdministerAccess)?;
    let names: Vec<&str> = accounts.iter().map(|account| account.username.as_str()).collect();
    let taken: BTreeSet<String> = store::users::ids(write.db()?, &names)?.into_iter().map(|(name, _)| name).collect();
    let there = accounts.iter().filter(|account| taken.contains(account.username.as_str()));
    report.faults.extend(there.map(|account| fault(account.row, "username", "un compte de ce nom existe déjà")));
    report.faults.sort_by_key(|fault| fault.row);
    if !trial && let Some(first) = report.faults.first() {
        // The report is the answer, and this entry all that the transaction keeps.
        let first = told(std::slice::from_ref(first)).join("");
        write.refused_whole("INVALID", format!("{} faults, the first: {first}", report.faults.len()))?;
        return Ok(report);
    }
    if trial || accounts.is_empty() {
        write.unchanged();
        return Ok(report);
    }
    let entries = add(&mut write, &accounts, &hashes)?;
    keep(&made)?;
    write.done_all(&entries)?;
    report.written = true;
    Ok(report)
}

/// Writes the accounts; answers the entries that say so, for so many accounts each.
fn add(write: &mut Write<'_>, accounts: &[Account], hashes: &[String]) -> Result<Vec<(Act, String)>> {
    let now = write.now();
    let new: Vec<NewUser<'_>> = accounts
        .iter()
        .zip(hashes)
        .map(|(account, hash)| NewUser {
            username: account.username.as_str(),
            display_name: &account.display_name,
            password_hash: hash,
            must_change_password: true,
            created_at: now,
        })
        .collect();
    store::users::create_all(write.writer()?, &new)?;
    let names: Vec<&str> = accounts.iter().map(|account| account.username.as_str()).collect();
    let ids: BTreeMap<String, i64> = store::users::ids(write.db()?, &names)?.into_iter().collect();
    let mut held = Vec::new();
    for account in accounts {
        let id =
            ids.get(account.username.as_str()).ok_or_else(|| Error::Internal("an account that was made is gone".to_owned()))?;
        held.extend(account.grants.iter().map(|grant| (*id, grant.clone())));
    }
    store::users::add_grants(write.writer()?, &held)?;
    let entry = |part: &[Account]| {
        let made: Vec<String> = part.iter().map(described).collect();
        (Act::access("importUsers", format!("{} accounts", part.len())), made.join("; "))
    };
    Ok(accounts.chunks(ACCOUNTS_IN_ENTRY).map(entry).collect())
}

/// An account in the words of the audit.
fn described(account: &Account) -> String {
    let grants: Vec<String> = account.grants.iter().map(|grant| users::describe(grant.role, &grant.territory)).collect();
    if grants.is_empty() { account.username.to_string() } else { format!("{}: {}", account.username, grants.join(", ")) }
}

/// Initial passwords of 80 random bits, in groups that can be typed.
fn made(accounts: &[Account]) -> Result<Vec<Made>> {
    accounts
        .iter()
        .map(|account| {
            let digits = fingerprint(secret::random()?.as_bytes());
            let groups: Vec<&str> = [0..5, 5..10, 10..15, 15..20].into_iter().filter_map(|part| digits.get(part)).collect();
            Ok(Made { username: account.username.clone(), password: groups.join("-") })
        })
        .collect()
}

fn fault(row: usize, column: &'static str, message: impl Into<String>) -> AccountFault {
    AccountFault { row, column: column.to_owned(), message: message.into() }
}

/// The accounts of the rows: rows of one name are one account, with a grant each.
fn accounts(call: &Call, rows: &[AccountRow], faults: &mut Vec<AccountFault>) -> Result<Vec<Account>> {
    let mut all: Vec<Account> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for row in rows {
        let heading = heading(row, faults);
        // Also of a row whose account is none: all that is wrong with it is told at once.
        let grant = granted(call, row, faults)?;
        let Some((username, display_name)) = heading else { continue };
        let place = *places.entry(username.to_string()).or_insert_with(|| {
            all.push(Account { row: row.row, username, display_name: display_name.clone(), grants: Vec::new() });
            all.len() - 1
        });
        let Some(account) = all.get_mut(place) else { continue };
        if account.display_name != display_name {
            let text = format!("le même compte porte un autre nom à la ligne {}", account.row);
            faults.push(fault(row.row, "display_name", text));
        }
        let Some(grant) = grant else {
            if account.row != row.row && is_no_text(&row.role) {
                faults.push(fault(row.row, "username", format!("le compte est déjà à la ligne {}", account.row)));
            }
            continue;
        };
        if account.grants.iter().any(|held| held.role == grant.role && held.territory == grant.territory) {
            faults.push(fault(row.row, "role", "ce rôle sur ce territoire est donné deux fois au même compte"));
        } else {
            account.grants.push(grant);
        }
    }
    Ok(all)
}

/// Whose row it is.
fn heading(row: &AccountRow, faults: &mut Vec<AccountFault>) -> Option<(Username, String)> {
    let username = match Username::parse(&row.username) {
        Ok(name) if users::RESERVED.contains(&name.as_str()) => {
            faults.push(fault(row.row, "username", format!("{name} est un nom que le serveur se réserve")));
            None
        }
        Ok(name) => Some(name),
        Err(error) => {
            faults.push(fault(row.row, "username", error.to_string()));
            None
        }
    };
    let display_name = input::text("display_name", &row.display_name, input::NAME);
    let display_name = display_name.map_err(|error| faults.push(refused(row, &error))).ok();
    Some((username?, display_name?))
}

/// The grant of a row; none where it names no role, or is at fault.
fn granted(call: &Call, row: &AccountRow, faults: &mut Vec<AccountFault>) -> Result<Option<Grant>> {
    let given = |text: &'_ str| !is_no_text(text);
    if is_no_text(&row.role) {
        for (column, text) in
            [("department", &row.department), ("zone", &row.zone), ("parquet", &row.parquet), ("until", &row.until)]
        {
            if given(text) {
                faults.push(fault(row.row, column, "sans rôle, il n’y a rien à donner sur un territoire"));
            }
        }
        return Ok(None);
    }
    let before = faults.len();
    let bare = folded(&row.role);
    let role = Role::ALL.iter().find(|role| folded(role.as_str()) == bare || folded(role.label_fr()) == bare).copied();
    let role = role.ok_or_else(|| {
        let all: Vec<&str> = Role::ALL.iter().map(|role| role.as_str()).collect();
        faults.push(fault(row.row, "role", format!("« {} » n’est pas un rôle ; il y a {}", shown(&row.role), all.join(", "))));
    });
    let department = if given(&row.department) {
        DepartmentCode::parse(&department_code(&row.department)).map(Some).map_err(|error| {
            faults.push(fault(row.row, "department", error.to_string()));
        })
    } else {
        Ok(None)
    };
    let until = if given(&row.until) {
        cells::day(&row.until).map(Some).map_err(|message| faults.push(fault(row.row, "until", message.text)))
    } else {
        Ok(None)
    };
    let today = call.today();
    if let Ok(Some(day)) = until
        && day < today
    {
        faults.push(fault(row.row, "until", format!("{day} est passé")));
    }
    let (Ok(role), Ok(department), Ok(until)) = (role, department, until) else { return Ok(None) };
    let zone = Some(row.zone.as_str()).filter(|text| given(text));
    let parquet = Some(row.parquet.as_str()).filter(|text| given(text));
    let request = GrantRequest { username: &row.username, role, department, zone, parquet, until };
    let territory = match users::territory(call, &request) {
        Ok(territory) => territory,
        Err(error @ Error::Invalid { .. }) => {
            faults.push(refused(row, &error));
            return Ok(None);
        }
        Err(other) => return Err(other),
    };
    if !call.office().policy.knows(role, territory.kind()) {
        faults.push(fault(row.row, "role", format!("{role} n’a pas de sens sur ce territoire")));
    }
    Ok((faults.len() == before).then_some(Grant { role, territory, since: today, until }))
}

/// What a rule says of a field, as a fault of the column.
fn refused(row: &AccountRow, error: &Error) -> AccountFault {
    let (field, text) = match error {
        Error::Invalid { field, message } => (field.as_str(), message.text.clone()),
        other => ("username", other.to_string()),
    };
    let column = match field {
        "departmentCode" => "department",
        "defenceZoneCode" => "zone",
        "parquetCode" => "parquet",
        "display_name" => "display_name",
        _ => "role",
    };
    fault(row.row, column, text)
}
