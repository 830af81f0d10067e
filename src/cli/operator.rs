//! What the commands on accounts, tokens and audit share: acting as the operator, and reading a password without showing it.

use std::io::{BufRead as _, IsTerminal as _};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Failure, out};
use crate::access::{Caller, Identity};
use crate::workflow::operation::{Kind, as_user, run_as};
use crate::workflow::{Call, Office, Result};

/// How long one act of the command line may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// Longest first line that is read as a password, in bytes.
const LONGEST: u64 = 1_024;

/// Runs one act as the operator: whoever may run this program on its configuration administers access.
///
/// # Errors
/// The act's.
pub fn act<T>(office: &Arc<Office>, kind: Kind, work: impl FnOnce(&mut Call) -> Result<T>) -> std::result::Result<T, Failure> {
    Ok(run_as(office, kind, Caller::Known(Identity::Operator), Instant::now() + PATIENCE, work)?)
}

/// Runs one write for that account, or as the operator, within a time.
///
/// # Errors
/// The write's; NOT_FOUND for a name without an account.
pub fn act_as<T>(
    office: &Arc<Office>,
    by: Option<&str>,
    patience: Duration,
    work: impl FnOnce(&mut Call) -> Result<T>,
) -> Result<T> {
    let deadline = Instant::now() + patience;
    match by {
        Some(username) => as_user(office, username, Kind::Mutation, deadline, work),
        None => run_as(office, Kind::Mutation, Caller::Known(Identity::Operator), deadline, work),
    }
}

/// Reads a password: the first line of a file, of standard input (`-`, or when it is no terminal), or as typed, unseen and twice. Never an
/// argument: those are shown to every user of the machine.
///
/// # Errors
/// When nothing can be read, or the two typed lines differ.
pub fn password(file: Option<&str>) -> std::result::Result<String, Failure> {
    let stdin = std::io::stdin();
    match file {
        Some("-") => first_line(stdin.lock()),
        Some(path) => {
            let file = std::fs::File::open(path).map_err(|error| Failure::new(format!("{path} : {error}")))?;
            first_line(file)
        }
        None if stdin.is_terminal() => {
            let echo = Unseen::new();
            let typed = ask("Mot de passe : ").and_then(|first| ask("Encore une fois : ").map(|second| (first, second)));
            drop(echo);
            let (first, second) = typed?;
            if first == second { Ok(first) } else { Err(Failure::new("les deux mots de passe diffèrent")) }
        }
        None => first_line(stdin.lock()),
    }
}

fn ask(question: &str) -> std::result::Result<String, Failure> {
    out::ask(question);
    let answer = first_line(std::io::stdin().lock());
    out::complain("");
    answer
}

fn first_line(from: impl std::io::Read) -> std::result::Result<String, Failure> {
    let mut line = String::new();
    std::io::BufReader::with_capacity(1, from.take(LONGEST))
        .read_line(&mut line)
        .map_err(|error| Failure::new(format!("aucun mot de passe n’a pu être lu : {error}")))?;
    let line = line.trim_end_matches(['\r', '\n']);
    if line.is_empty() { Err(Failure::new("aucun mot de passe n’a été donné")) } else { Ok(line.to_owned()) }
}

/// While it lives, the terminal does not show what is typed, where `stty` exists.
struct Unseen;

impl Unseen {
    fn new() -> Self {
        stty("-echo");
        Self
    }
}

impl Drop for Unseen {
    fn drop(&mut self) {
        stty("echo");
    }
}

fn stty(argument: &str) {
    let set = Command::new("stty").arg(argument).stdin(Stdio::inherit()).stderr(Stdio::null()).status();
    if !set.is_ok_and(|status| status.success()) {
        out::complain("(ce que vous tapez s’affichera peut-être)");
    }
}
