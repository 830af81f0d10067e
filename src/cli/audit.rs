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
    /// Recompute every chain and hold its head and the signed anchors against it; names the first broken entry of each chain.
    Verify {
        /// A file of anchors that were kept outside the database: lines of the server's log, or of `palts audit anchor`.
        #[arg(long, value_name = "FILE")]
        anchors: Option<String>,
    },
    /// Sign the heads of all chains now, and print the anchor to keep elsewhere.
    Anchor,
    /// Print the newest entries: those on accounts, tokens and sessions, or what a user may read.
    List {
        /// As this user.
        #[arg(long = "as", value_name = "USER")]
        user: Option<String>,
        /// Of one department.
        #[arg(long, value_name = "CODE")]
        department: Option<DepartmentCode>,
        /// From that moment on.
        #[arg(long, value_name = "RFC3339")]
        from: Option<DateTime<Utc>>,
        /// Before that moment.
        #[arg(long, value_name = "RFC3339")]
        until: Option<DateTime<Utc>>,
        /// How many.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..=10_000))]
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
                out::complain("nothing was written since the last anchor");
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
        return Err(Failure::new("the file holds no anchor"));
    }
    let report = anchors::verify(office, &outside)?;
    let mut said = format!("{} entries of {} chains, {} anchors", report.entries, report.chains, report.anchors);
    if report.anchors == 0 && report.entries > 0 {
        said.push_str("\nno anchor vouches for them: run `palts audit anchor`, and keep what it prints elsewhere");
    } else if report.unanchored > 0 {
        said.push_str(&format!("\n{} entries are newer than the last anchor", report.unanchored));
    }
    if report.breaks.is_empty() {
        return Ok(format!("{said}\nthe audit is whole"));
    }
    let lines: Vec<String> = report.breaks.iter().map(|found| format!("{}/{}: {}", found.chain, found.seq, found.what)).collect();
    Err(Failure::new(format!("the audit is broken:\n  {}\n{said}", lines.join("\n  "))))
}

fn read(path: &str) -> Result<Vec<Anchor>, Failure> {
    let fault = |error: std::io::Error| Failure::new(format!("{path}: {error}"));
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
