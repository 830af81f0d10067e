//! The command line: one file per command. Each reads the configuration, does one thing through the workflow, and says
//! what it did. No rule is here. The documentation of commands and arguments is their help, which people read: in
//! French.

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
mod wrong_use;

use std::fmt;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::config::{Config, ConfigFault, KeyFiles};
use crate::logs;
use crate::store::StoreError;
use crate::workflow;

/// Le serveur de coordination des plans départementaux d’action de lutte contre le trafic de stupéfiants.
#[derive(Parser)]
#[command(name = "palts", version, about, after_help = EXIT_CODES, subcommand_required = true, arg_required_else_help = true)]
struct Line {
    /// Un fichier TOML de réglages ; les variables PALTS_* l’emportent. `palts config` les affiche tous.
    #[arg(long, global = true, env = "PALTS_CONFIG", hide_env_values = true, value_name = "FICHIER")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "Codes de sortie : 0 fait, 1 refusé ou échoué, 2 commande mal écrite, 3 erreurs dans la configuration.";

#[derive(Subcommand)]
enum Command {
    /// Affiche chaque réglage avec sa valeur, son origine et son sens ; mots de passe et clés masqués.
    Config,
    /// Sert l’API.
    Serve(serve::Arguments),
    /// Met la base à jour et charge les tables de référence ; crée le fichier d’une base SQLite.
    Migrate(migrate::Arguments),
    /// Importe des secteurs, des écoles, des contours, une liste nationale ou des mesures d’un fichier.
    Import(import::Arguments),
    /// Affiche le schéma GraphQL.
    Schema,
    /// Charge la démonstration (en mode démonstration seulement) et affiche qui peut se connecter.
    Demo,
    /// Comptes et habilitations.
    User(user::Arguments),
    /// Jetons de machines.
    Token(token::Arguments),
    /// Vérifie, ancre et lit le journal d’audit.
    Audit(audit::Arguments),
    /// Vérifie les totaux d’après les mesures, ou les refait.
    Rollup(rollup::Arguments),
    /// Vérifie tout : les pages stockées, le journal d’audit, les totaux.
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
            Self::Closed => f.write_str("plus personne ne lit la sortie"),
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
            workflow::Error::Internal(detail) => Self::Refused(format!("erreur interne : {detail}")),
            other => Self::Refused(other.to_string()),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Refused(in_french(&error))
    }
}

/// A fault of the database for the operator: what palts knows of it in French, and what the database said as it said
/// it.
fn in_french(error: &StoreError) -> String {
    match error {
        StoreError::Duplicate(said) => format!("quelqu’un d’autre vient d’écrire la même chose : {said}"),
        StoreError::Constraint(said) => format!("une règle de la base refuse cette écriture : {said}"),
        StoreError::Busy(said) => format!("la base de données est occupée : {said}"),
        StoreError::Unreachable(said) => format!("la base de données ne peut être atteinte : {said}"),
        StoreError::NoFurther(said) => format!("la base de données n’accepte pas cette connexion : {said}"),
        StoreError::Storage(said) => format!("la base de données n’accepte pas d’écriture : {said}"),
        StoreError::Replaced(file) => format!(
            "{file} a été supprimé ou remplacé pendant que palts s’en servait, et plus rien n’y est écrit : arrêtez palts, \
             remettez le bon fichier à sa place, et relancez palts"
        ),
        StoreError::Occupied => {
            "un autre processus (migration ou démonstration) occupe toute la base depuis trop longtemps ; réessayez quand il \
             aura fini"
                .to_owned()
        }
        StoreError::Unknown(said) => format!("personne ne sait si c’est fait : {said}"),
        StoreError::GivenUp => "ce n’est pas fait : trop long, abandonné avant d’être enregistré".to_owned(),
        StoreError::ReadsOnly => "une connexion de lecture devait écrire : c’est une faute de palts".to_owned(),
        StoreError::Corrupt { table, message } => format!("une valeur stockée ne peut être lue ({table}) : {message}"),
        StoreError::Query(said) => format!("la base de données refuse la question : {said}"),
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
    let typed = wrong_use::program(Line::command()).try_get_matches();
    let line = match typed.and_then(|matches| Line::from_arg_matches(&matches)) {
        Ok(line) => line,
        Err(error) => {
            let (said, code) = wrong_use::tell(&error);
            return match said {
                Ok(()) | Err(Failure::Closed) => ExitCode::from(code),
                Err(failure) => ended(&failure, 1),
            };
        }
    };
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
    out::complain(format!("palts : {failure}"));
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

    use super::*;

    #[test]
    fn what_palts_itself_says_of_a_database_is_in_french() {
        let said = in_french(&StoreError::Replaced("/var/lib/palts/palts.sqlite".to_owned()));
        assert!(said.starts_with("/var/lib/palts/palts.sqlite a été supprimé ou remplacé"), "{said}");
        assert!(in_french(&StoreError::Occupied).starts_with("un autre processus"));
    }

    /// Each sentence of the help, of all commands: none begins as English ones do.
    #[test]
    fn the_help_of_every_command_is_in_french() {
        fn helps(command: &clap::Command, all: &mut Vec<String>) {
            let of_arguments = command.get_arguments().filter_map(clap::Arg::get_help).map(ToString::to_string);
            all.extend(command.get_about().map(ToString::to_string).into_iter().chain(of_arguments));
            command.get_subcommands().for_each(|command| helps(command, all));
        }
        const ENGLISH: [&str; 13] =
            [" the ", " of ", " and ", " is ", " with ", " from ", "the ", "leave ", "only ", "whose", " be ", " to ", " an "];
        let mut all = Vec::new();
        helps(&wrong_use::program(Line::command()), &mut all);
        assert!(all.len() > 60, "{}", all.len());
        for help in all {
            let words = format!(" {}", help.to_lowercase());
            assert!(!ENGLISH.iter().any(|english| words.contains(english)), "{help}");
        }
    }

    #[test]
    fn every_command_is_put_together_soundly() {
        wrong_use::program(Line::command()).debug_assert();
    }
}
