//! The command line: one file per command. Each reads the configuration, does one thing through the workflow, and says what it did. No rule is
//! here.

mod audit;
mod bar;
mod config;
mod demo;
mod import;
mod log;
mod migrate;
mod operator;
mod out;
mod rollup;
mod schema;
mod serve;
pub mod start;
mod token;
mod user;
mod verify;

use std::fmt;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::{Config, ConfigFault, KeyFiles};
use crate::logs;
use crate::store::StoreError;
use crate::workflow;

/// The coordination server for departmental action plans against drug trafficking.
#[derive(Parser)]
#[command(name = "palts", version, about, after_help = EXIT_CODES, subcommand_required = true, arg_required_else_help = true)]
struct Line {
    /// A TOML file with settings; PALTS_* variables go over it. `palts config` prints them all.
    #[arg(long, global = true, env = "PALTS_CONFIG", hide_env_values = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 done, 1 refused or failed, 2 wrong use, 3 mistakes in the configuration.";

#[derive(Subcommand)]
enum Command {
    /// Print every setting with its value, where it comes from and what it is for; passwords and keys hidden.
    Config,
    /// Serve the API.
    Serve(serve::Arguments),
    /// Bring the database up to date and load the reference tables.
    Migrate(migrate::Arguments),
    /// Import sectors, schools, outlines, a national list or measures from a file.
    Import(import::Arguments),
    /// Print the GraphQL schema.
    Schema,
    /// Load the demonstration (in demonstration mode only) and print who may sign in.
    Demo,
    /// Accounts and their grants.
    User(user::Arguments),
    /// Tokens of machines.
    Token(token::Arguments),
    /// Verify, anchor and read the audit.
    Audit(audit::Arguments),
    /// Verify the rollups against the measures, or make them anew.
    Rollup(rollup::Arguments),
    /// Verify everything: the stored pages, the audit, the rollups.
    Verify,
}

/// Why a command did not do what it should.
#[derive(Debug)]
pub enum Failure {
    /// Mistakes in the configuration.
    Config(ConfigFault),
    /// Anything else, in words for whoever typed the command.
    Refused(String),
    /// Whoever read what is printed went away: there is nobody to tell.
    Closed,
}

/// What a command answers.
pub type Done = Result<(), Failure>;

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(fault) => fault.fmt(f),
            Self::Refused(message) => f.write_str(message),
            Self::Closed => f.write_str("nobody reads the output any more"),
        }
    }
}

impl From<ConfigFault> for Failure {
    fn from(fault: ConfigFault) -> Self {
        Self::Config(fault)
    }
}

impl From<workflow::Error> for Failure {
    fn from(error: workflow::Error) -> Self {
        // The operator may read what users may not.
        match error {
            workflow::Error::Internal(detail) => Self::Refused(format!("internal error: {detail}")),
            other => Self::Refused(other.to_string()),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Refused(error.to_string())
    }
}

impl Failure {
    /// A failure in these words.
    pub fn new(message: impl fmt::Display) -> Self {
        Self::Refused(message.to_string())
    }
}

/// Says something on standard error, if somebody can hear it.
fn say(text: &str) {
    // Nobody is left to be told that it could not be said.
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Runs the command that was typed.
#[must_use]
pub fn main() -> ExitCode {
    let line = Line::parse();
    let done = run(line);
    logs::flush();
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Closed) => ExitCode::SUCCESS,
        Err(failure @ Failure::Config(_)) => ended(&failure, 3),
        Err(failure @ Failure::Refused(_)) => ended(&failure, 1),
    }
}

fn ended(failure: &Failure, code: u8) -> ExitCode {
    out::complain(format!("palts: {failure}"));
    ExitCode::from(code)
}

fn run(line: Line) -> Done {
    if matches!(line.command, Command::Schema) {
        return schema::run();
    }
    if matches!(line.command, Command::Config) {
        return config::run(line.config.as_deref());
    }
    let keys = if matches!(line.command, Command::Migrate(_)) { KeyFiles::LeftAlone } else { KeyFiles::Read };
    let config = Config::load(line.config.as_deref(), keys)?;
    log::init(&config, matches!(line.command, Command::Serve(_)))?;
    match line.command {
        Command::Serve(arguments) => serve::run(&config, &arguments),
        Command::Migrate(arguments) => migrate::run(&config, &arguments),
        Command::Import(arguments) => import::run(&config, arguments),
        Command::Schema => schema::run(),
        Command::Config => config::run(line.config.as_deref()),
        Command::Demo => demo::run(&config),
        Command::User(arguments) => user::run(&start::office(&config)?, arguments),
        Command::Token(arguments) => token::run(&start::office(&config)?, arguments),
        Command::Audit(arguments) => audit::run(&start::office(&config)?, arguments),
        Command::Verify => verify::run(&config),
        Command::Rollup(arguments) => rollup::run(&start::office(&config)?, arguments),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn every_command_is_put_together_soundly() {
        super::Line::command().debug_assert();
    }
}
