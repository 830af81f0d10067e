//! `palts token`: tokens of machines, as the operator.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use clap::{Args, Subcommand};

use super::out::{self, say};
use super::{Done, operator, user};
use crate::domain::vocabulary::Role;
use crate::workflow::operation::Kind;
use crate::workflow::{Office, tokens};

/// Tokens listed at a time.
const PAGE: i64 = 500;

/// What may be asked of it.
#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Issue a token for a machine: DASHBOARD, AUDITOR or OCRTIS over the nation. It is printed once, alone on standard output.
    Issue {
        /// What it is for.
        label: String,
        /// The role.
        #[arg(long, value_parser = user::role(), default_value = "DASHBOARD")]
        role: Role,
        /// For how many days.
        #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(i64).range(1..=366), conflicts_with = "expires_at")]
        days: i64,
        /// Until when, instead.
        #[arg(long, value_name = "RFC3339")]
        expires_at: Option<DateTime<Utc>>,
    },
    /// Take a token back, at once.
    Revoke {
        /// Its number, as `list` shows it.
        id: i64,
    },
    /// List the tokens, newest first.
    List,
}

/// Does it.
pub fn run(office: &Arc<Office>, arguments: Arguments) -> Done {
    match arguments.command {
        Command::Issue { label, role, days, expires_at } => {
            let ends = expires_at.map_or_else(|| office.clock.now() + TimeDelta::days(days), |at| at.naive_utc());
            let issued = operator::act(office, Kind::Mutation, |call| tokens::issue(call, &label, role, ends))?;
            let row = &issued.row;
            out::complain(format!("token {} for {}, until {}Z; it is not shown again:", row.id, row.label, row.expires_at));
            say!("{}", issued.token)?;
        }
        Command::Revoke { id } => {
            let row = operator::act(office, Kind::Mutation, |call| tokens::revoke(call, id))?;
            say!("revoked {} ({})", row.id, row.label)?;
        }
        Command::List => list(office)?,
    }
    Ok(())
}

fn list(office: &Arc<Office>) -> Done {
    let mut before = None;
    loop {
        let rows = operator::act(office, Kind::Query, |call| tokens::list(call, before, PAGE))?;
        for row in &rows {
            let state = if row.revoked_at.is_some() {
                "revoked"
            } else if row.expires_at <= office.clock.now() {
                "expired"
            } else {
                "valid"
            };
            say!("{:<6} {state:<8} {:<10} until {}Z  {}", row.id, row.role.as_str(), row.expires_at, row.label)?;
        }
        match rows.last() {
            Some(row) if i64::try_from(rows.len()).is_ok_and(|count| count == PAGE) => before = Some(row.id),
            Some(_) | None => return Ok(()),
        }
    }
}
