//! `palts user`: accounts and grants, as the operator. The first administrator of an installation is made here.

use std::sync::Arc;

use chrono::NaiveDate;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{Args, Subcommand};

use super::out::say;
use super::{Done, operator};
use crate::access::{Grant, Territory};
use crate::domain::codes::DepartmentCode;
use crate::domain::vocabulary::Role;
use crate::workflow::operation::Kind;
use crate::workflow::users::{self, GrantRequest, NewUser};
use crate::workflow::{Office, Result};

/// Accounts listed at a time.
const PAGE: i64 = 500;

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
    /// Set another password; all sessions of the account end.
    Password {
        /// Whose.
        username: String,
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
        Command::Add { username, display_name, password } => {
            let password = operator::password(password.password_file.as_deref())?;
            let new = NewUser { username: &username, display_name: &display_name, password: &password };
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
        Command::Password { username, password } => {
            let password = operator::password(password.password_file.as_deref())?;
            let user = operator::act(office, Kind::Mutation, |call| users::set_password(call, &username, &password))?;
            say!("{} has another password now", user.username)?;
        }
        Command::List => list(office)?,
    }
    Ok(())
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
