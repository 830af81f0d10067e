//! `palts user`: accounts and grants, as the operator. The first administrator of an installation is made here.

use std::io::{Read as _, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::NaiveDate;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{Args, Subcommand};

use super::out::{self, say};
use super::{Done, Failure, operator};
use crate::access::{Grant, Territory};
use crate::domain::codes::DepartmentCode;
use crate::domain::vocabulary::Role;
use crate::exchange::users::{self as exchange, AccountFault};
use crate::store::files;
use crate::workflow::operation::Kind;
use crate::workflow::user_import::{self, ImportReport, Made};
use crate::workflow::users::{self, GrantRequest, NewUser};
use crate::workflow::{Call, Error, Office, Result, sessions};

/// Accounts listed at a time.
const PAGE: i64 = 500;
/// How long an import may take: hashing a thousand passwords takes a minute.
const IMPORT_PATIENCE: Duration = Duration::from_secs(600);
/// Faults of a file that are told one by one.
const FAULTS_SHOWN: usize = 100;

/// What may be asked of it.
#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Create an account, without any grant.
    Add {
        /// 3 to 64 of a-z, 0-9 and . _ - @
        username: String,
        /// What people read: the office, rather than the person.
        #[arg(long, value_name = "TEXT")]
        display_name: String,
        /// The password has to be changed at the first sign-in.
        #[arg(long)]
        must_change: bool,
        #[command(flatten)]
        password: PasswordSource,
    },
    /// Give a role in a territory.
    Grant(GrantArguments),
    /// Take a role in a territory away; it acts on the next request.
    Revoke(GrantArguments),
    /// Disable an account: its tokens and sessions end at once.
    Disable {
        /// Whose.
        username: String,
    },
    /// Let a disabled account sign in again, with the grants that it still has.
    Enable {
        /// Whose.
        username: String,
    },
    /// Lift the waiting time after failed logins, on running servers too.
    Unlock {
        /// Whose.
        username: String,
    },
    /// End all sessions of an account: who has one signs in again.
    EndSessions {
        /// Whose.
        username: String,
    },
    /// Create accounts with their grants from a CSV file, all or none. Columns: username, display_name, role, department, zone, parquet, until;
    /// one row for each grant. The initial passwords, to be changed at the first sign-in, are written to a new file for its owner alone.
    Import {
        /// The file.
        file: PathBuf,
        /// Where the initial passwords go; the file must not exist.
        #[arg(long, value_name = "FILE", required_unless_present = "dry_run")]
        passwords: Option<PathBuf>,
        /// An administrator's account to do it as; the operator otherwise.
        #[arg(long = "as", value_name = "USERNAME")]
        by: Option<String>,
        /// Only say what would be done.
        #[arg(long)]
        dry_run: bool,
    },
    /// Set another password; all sessions of the account end.
    Password {
        /// Whose.
        username: String,
        /// It has to be changed at the first sign-in.
        #[arg(long)]
        must_change: bool,
        #[command(flatten)]
        password: PasswordSource,
    },
    /// List the accounts with their grants in force.
    List,
}

#[derive(Args)]
struct PasswordSource {
    /// Read the password from the first line of a file, or of standard input (-); without it, it is asked for. 12 to 128 characters.
    #[arg(long, value_name = "FILE")]
    password_file: Option<String>,
}

#[derive(Args)]
struct GrantArguments {
    /// Whose.
    username: String,
    /// The role.
    #[arg(value_parser = role())]
    role: Role,
    /// Over one department.
    #[arg(long, value_name = "CODE", group = "territory")]
    department: Option<DepartmentCode>,
    /// Over one defence zone.
    #[arg(long, value_name = "CODE", group = "territory")]
    zone: Option<String>,
    /// Over one parquet. Without any of the three: over the nation.
    #[arg(long, value_name = "CODE", group = "territory")]
    parquet: Option<String>,
    /// Last day of the grant (when giving it).
    #[arg(long, value_name = "YYYY-MM-DD")]
    until: Option<NaiveDate>,
}

impl GrantArguments {
    fn request(&self) -> GrantRequest<'_> {
        GrantRequest {
            username: &self.username,
            role: self.role,
            department: self.department.clone(),
            zone: self.zone.as_deref(),
            parquet: self.parquet.as_deref(),
            until: self.until,
        }
    }
}

/// Reads a role's name; the help lists them.
pub(super) fn role() -> impl clap::builder::TypedValueParser<Value = Role> {
    PossibleValuesParser::new(Role::ALL.iter().map(|role| role.as_str())).try_map(|name| name.parse::<Role>())
}

/// Does it.
pub fn run(office: &Arc<Office>, arguments: Arguments) -> Done {
    match arguments.command {
        Command::Add { username, display_name, must_change, password } => {
            let password = operator::password(password.password_file.as_deref())?;
            let must_change_password = must_change;
            let new = NewUser { username: &username, display_name: &display_name, password: &password, must_change_password };
            let user = operator::act(office, Kind::Mutation, |call| users::create(call, &new))?;
            say!("created {}", user.username)?;
        }
        Command::Grant(arguments) => {
            let user = operator::act(office, Kind::Mutation, |call| users::grant(call, &arguments.request()))?;
            say!("{} is {} now", user.username, arguments.role.as_str())?;
        }
        Command::Revoke(arguments) => {
            let user = operator::act(office, Kind::Mutation, |call| users::revoke(call, &arguments.request()))?;
            say!("{} is {} no longer", user.username, arguments.role.as_str())?;
        }
        Command::Disable { username } => {
            let user = operator::act(office, Kind::Mutation, |call| users::disable(call, &username))?;
            say!("disabled {}", user.username)?;
        }
        Command::Enable { username } => {
            let user = operator::act(office, Kind::Mutation, |call| users::enable(call, &username))?;
            say!("enabled {}", user.username)?;
        }
        Command::Unlock { username } => {
            let user = operator::act(office, Kind::Mutation, |call| users::unlock(call, &username))?;
            say!("{} may try to sign in again", user.username)?;
        }
        Command::EndSessions { username } => {
            let ended = operator::act(office, Kind::Mutation, |call| sessions::end_all(call, Some(&username)))?;
            say!("{ended} sessions ended")?;
        }
        Command::Import { file, passwords, by, dry_run } => import(office, &file, passwords.as_deref(), by.as_deref(), dry_run)?,
        Command::Password { username, must_change, password } => {
            let password = operator::password(password.password_file.as_deref())?;
            let set = |call: &mut Call| users::set_password(call, &username, &password, must_change);
            let user = operator::act(office, Kind::Mutation, set)?;
            say!("{} has another password now", user.username)?;
        }
        Command::List => list(office)?,
    }
    Ok(())
}

/// Creates the accounts of a file.
fn import(office: &Arc<Office>, file: &Path, passwords: Option<&Path>, by: Option<&str>, trial: bool) -> Done {
    let told = |path: &Path, error: std::io::Error| Failure::new(format!("{}: {error}", path.display()));
    let mut bytes = Vec::new();
    let opened = std::fs::File::open(file).map_err(|error| told(file, error))?;
    opened.take(exchange::LONGEST + 1).read_to_end(&mut bytes).map_err(|error| told(file, error))?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > exchange::LONGEST {
        return Err(Failure::new(format!("{}: longer than {} bytes", file.display(), exchange::LONGEST)));
    }
    let file = exchange::read(&bytes).map_err(|faults| refused(&faults))?;
    for notice in &file.notices {
        say!("Remarque : {}", notice.text)?;
    }
    // Made before anything is done: where it cannot be, nothing is.
    let kept = match passwords.filter(|_| !trial) {
        Some(path) => Some((path, files::create(path).map_err(|error| told(path, error))?)),
        None => None,
    };
    let mut out = kept.as_ref().map(|(_, file)| std::io::BufWriter::new(file));
    let keep = |made: &[Made]| match &mut out {
        Some(out) => write(out, made).map_err(|error| Error::Internal(format!("the passwords could not be written: {error}"))),
        None => Ok(()),
    };
    let report = operator::act_as(office, by, IMPORT_PATIENCE, |call| user_import::import(call, file, trial, keep));
    drop(out);
    let report = match kept {
        Some((path, _)) => settled(path, report)?,
        None => report?,
    };
    if !report.faults.is_empty() {
        return Err(refused(&report.faults));
    }
    let done = if report.written { "created" } else { "would be created" };
    say!("{} accounts with {} grants {done}", report.accounts, report.grants)?;
    if let (true, Some(path)) = (report.written, passwords) {
        say!("their initial passwords are in {}: hand them out, then remove the file", path.display())?;
    }
    Ok(())
}

/// What becomes of the file of initial passwords: it stays when the accounts were made, and when nobody knows whether they were. Else nobody has
/// these passwords, and the file would only mislead.
fn settled(path: &Path, ended: Result<ImportReport>) -> std::result::Result<ImportReport, Failure> {
    match ended {
        Ok(report) if report.written => Ok(report),
        Err(error) if error.is_outcome_unknown() => Err(Failure::new(format!(
            "{error}\nles mots de passe initiaux restent dans {} : vérifiez avec `palts user list` si les comptes existent, \
             et supprimez le fichier s'ils n'existent pas",
            path.display()
        ))),
        other => {
            if let Err(why) = std::fs::remove_file(path) {
                // Beside what went wrong before, never in its place.
                out::complain(format!("{} : à supprimer, aucun compte n'a ces mots de passe ({why})", path.display()));
            }
            Ok(other?)
        }
    }
}

fn write(mut out: impl Write, made: &[Made]) -> std::io::Result<()> {
    writeln!(out, "username;password")?;
    for Made { username, password } in made {
        writeln!(out, "{username};{password}")?;
    }
    out.flush()
}

/// Every fault of a file, up to the first hundred: one that many rows have is told once, with its lines.
fn refused(faults: &[AccountFault]) -> Failure {
    let told = exchange::told(faults);
    let mut text = format!("nothing was created; {} faults:", faults.len());
    for fault in told.iter().take(FAULTS_SHOWN) {
        // What a terminal would obey is not shown.
        let plain: String = fault.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
        text.push_str(&format!("\n  {plain}"));
    }
    if told.len() > FAULTS_SHOWN {
        text.push_str(&format!("\n  and {} more", told.len() - FAULTS_SHOWN));
    }
    Failure::new(text)
}

fn list(office: &Arc<Office>) -> Done {
    let mut after: Option<String> = None;
    loop {
        let page = operator::act(office, Kind::Query, |call| -> Result<_> {
            let rows = users::list(call, after.as_deref(), PAGE)?;
            let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
            let grants = users::grants_of(call, &ids)?;
            Ok((rows, grants))
        })?;
        let (rows, grants) = page;
        for row in &rows {
            let held: Vec<String> = grants.iter().filter(|(id, _)| *id == row.id).map(|(_, grant)| describe(grant)).collect();
            let state = if row.disabled { "disabled" } else { "enabled" };
            say!("{:<32} {state:<8} {:<40} {}", row.username, row.display_name, held.join(", "))?;
        }
        match rows.last() {
            Some(row) if i64::try_from(rows.len()).is_ok_and(|count| count == PAGE) => after = Some(row.username.to_string()),
            Some(_) | None => return Ok(()),
        }
    }
}

fn describe(grant: &Grant) -> String {
    let role = grant.role.as_str();
    let held = match &grant.territory {
        Territory::Nation => role.to_owned(),
        Territory::Department(code) => format!("{role} {code}"),
        Territory::Zone(code) => format!("{role} zone {code}"),
        Territory::Parquet(code) => format!("{role} parquet {code}"),
    };
    grant.until.map_or_else(|| held.clone(), |until| format!("{held} until {until}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(folder: &tempfile::TempDir) -> PathBuf {
        let path = folder.path().join("initial.csv");
        std::fs::write(&path, "username;password\n").unwrap();
        path
    }

    #[test]
    fn the_initial_passwords_stay_where_nobody_knows_whether_the_accounts_were_made() {
        let folder = tempfile::tempdir().unwrap();
        let path = file(&folder);
        let told = settled(&path, Err(Error::outcome_unknown())).unwrap_err().to_string();
        assert!(path.exists() && told.contains("initial.csv"), "{told}");
        let written = ImportReport { written: true, ..ImportReport::default() };
        assert!(settled(&path, Ok(written)).is_ok() && path.exists());
    }

    #[test]
    fn the_initial_passwords_of_accounts_that_were_not_made_go_and_never_hide_why() {
        let folder = tempfile::tempdir().unwrap();
        let path = file(&folder);
        assert!(!settled(&path, Ok(ImportReport::default())).unwrap().written);
        assert!(!path.exists());
        // It is gone already, so that it cannot be removed.
        let told = settled(&path, Err(Error::not_found("compte chef"))).unwrap_err().to_string();
        assert!(told.contains("compte chef"), "{told}");
    }
}
