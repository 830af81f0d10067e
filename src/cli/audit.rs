//! `palts audit`: verify the chains, anchor their heads, read the log.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};

use super::out::{self, say};
use super::{Done, Failure};
use crate::access::{Caller, Identity};
use crate::domain::codes::DepartmentCode;
use crate::store::audit_log::Filter;
use crate::workflow::anchors::{self, Anchor};
use crate::workflow::operation::{Kind, run_as};
use crate::workflow::{Office, audit, sessions};

/// What may be asked of it.
#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Recalcule chaque chaîne et y confronte sa tête et les ancres signées ; nomme la première entrée rompue de
    /// chacune.
    Verify {
        /// Un fichier d’ancres gardées hors de la base : lignes du journal du serveur, ou de `palts audit anchor`.
        #[arg(long, value_name = "FICHIER")]
        anchors: Option<String>,
    },
    /// Signe maintenant les têtes de toutes les chaînes, et affiche l’ancre à garder ailleurs.
    Anchor,
    /// Affiche les entrées les plus récentes : celles des comptes, jetons et sessions, ou ce qu’un compte peut lire.
    List {
        /// Comme ce compte.
        #[arg(long = "as", value_name = "COMPTE")]
        user: Option<String>,
        /// D’un département.
        #[arg(long, value_name = "CODE")]
        department: Option<DepartmentCode>,
        /// À partir de ce moment.
        #[arg(long, value_name = "RFC3339")]
        from: Option<DateTime<Utc>>,
        /// Avant ce moment.
        #[arg(long, value_name = "RFC3339")]
        until: Option<DateTime<Utc>>,
        /// Combien.
        #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..=10_000))]
        first: i64,
    },
}

/// Does it.
pub fn run(office: &Arc<Office>, arguments: Arguments) -> Done {
    match arguments.command {
        Command::Verify { anchors } => say!("{}", verify(office, anchors.as_deref())?),
        Command::Anchor => match anchors::write(office, "operator")? {
            Some(anchor) => say!("{}", anchor.to_line()?),
            None => {
                out::complain("rien n’a été écrit depuis la dernière ancre");
                Ok(())
            }
        },
        Command::List { user, department, from, until, first } => {
            let filter = Filter { department, from: from.map(|at| at.naive_utc()), until: until.map(|at| at.naive_utc()) };
            list(office, user.as_deref(), &filter, first)
        }
    }
}

/// Verifies every chain, and what anchors say of it; answers what is to be said of a whole audit.
pub(super) fn verify(office: &Arc<Office>, file: Option<&str>) -> Result<String, Failure> {
    let outside = file.map(read).transpose()?.unwrap_or_default();
    if file.is_some() && outside.is_empty() {
        return Err(Failure::new("le fichier ne contient aucune ancre"));
    }
    let report = anchors::verify(office, &outside)?;
    let mut said = format!("entrées : {}, chaînes : {}, ancres : {}", report.entries, report.chains, report.anchors);
    if report.anchors == 0 && report.entries > 0 {
        said.push_str("\naucune ancre n’en répond : lancez `palts audit anchor`, et gardez ailleurs ce qu’il affiche");
    } else if report.unanchored > 0 {
        said.push_str(&format!("\nentrées plus récentes que la dernière ancre : {}", report.unanchored));
    }
    if report.breaks.is_empty() {
        return Ok(format!("{said}\nle journal d’audit est intact"));
    }
    let lines: Vec<String> =
        report.breaks.iter().map(|found| format!("{}/{} : {}", found.chain, found.seq, found.what)).collect();
    Err(Failure::new(format!("le journal d’audit est rompu :\n  {}\n{said}", lines.join("\n  "))))
}

fn read(path: &str) -> Result<Vec<Anchor>, Failure> {
    let fault = |error: std::io::Error| Failure::new(format!("{path} : {error}"));
    let lines = BufReader::new(File::open(path).map_err(fault)?).lines();
    let mut anchors = Vec::new();
    for line in lines {
        anchors.extend(Anchor::from_line(&line.map_err(fault)?));
    }
    Ok(anchors)
}

fn list(office: &Arc<Office>, user: Option<&str>, filter: &Filter, first: i64) -> Done {
    let caller = match user {
        Some(user) => sessions::impersonate(office, user)?.0,
        None => Caller::Known(Identity::Operator),
    };
    let deadline = Instant::now() + Duration::from_secs(60);
    let rows = run_as(office, Kind::Query, caller, deadline, |call| audit::entries(call, filter, None, first))?;
    for row in rows {
        let at = row.at.format("%Y-%m-%dT%H:%M:%SZ");
        let place = format!("{}/{}", row.chain, row.seq);
        say!("{at} {place:<10} {:<16} {} {} {}  {}", row.outcome, row.actor, row.act, row.subject, row.detail)?;
    }
    Ok(())
}
