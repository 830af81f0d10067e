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
    /// Délivre un jeton à une machine : DASHBOARD, AUDITOR ou OCRTIS sur la nation. Il est affiché une fois, seul sur
    /// la sortie standard.
    Issue {
        /// À quoi il sert.
        #[arg(value_name = "LIBELLÉ")]
        label: String,
        /// Le rôle.
        #[arg(long, value_name = "RÔLE", value_parser = user::role(), default_value = "DASHBOARD")]
        role: Role,
        /// Pour combien de jours.
        #[arg(long, value_name = "JOURS", default_value_t = 90, value_parser = clap::value_parser!(i64).range(1..=366), conflicts_with = "expires_at")]
        days: i64,
        /// Ou jusqu’à quand.
        #[arg(long, value_name = "RFC3339")]
        expires_at: Option<DateTime<Utc>>,
    },
    /// Révoque un jeton, aussitôt.
    Revoke {
        /// Son numéro, que `list` affiche.
        #[arg(value_name = "N")]
        id: i64,
    },
    /// Liste les jetons, les plus récents d’abord.
    List,
}

/// Does it.
pub fn run(office: &Arc<Office>, arguments: Arguments) -> Done {
    match arguments.command {
        Command::Issue { label, role, days, expires_at } => {
            let ends = expires_at.map_or_else(|| office.clock.now() + TimeDelta::days(days), |at| at.naive_utc());
            let issued = operator::act(office, Kind::Mutation, |call| tokens::issue(call, &label, role, ends))?;
            let row = &issued.row;
            out::complain(format!(
                "jeton {} pour {}, jusqu’au {}Z ; il ne sera plus montré :",
                row.id, row.label, row.expires_at
            ));
            say!("{}", issued.token)?;
        }
        Command::Revoke { id } => {
            let row = operator::act(office, Kind::Mutation, |call| tokens::revoke(call, id))?;
            say!("jeton {} révoqué ({})", row.id, row.label)?;
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
                "révoqué"
            } else if row.expires_at <= office.clock.now() {
                "expiré"
            } else {
                "valide"
            };
            say!("{:<6} {state:<8} {:<10} jusqu’au {}Z  {}", row.id, row.role.as_str(), row.expires_at, row.label)?;
        }
        match rows.last() {
            Some(row) if i64::try_from(rows.len()).is_ok_and(|count| count == PAGE) => before = Some(row.id),
            Some(_) | None => return Ok(()),
        }
    }
}
