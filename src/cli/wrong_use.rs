//! The frame of the help, and what is said of a command that was typed wrongly: in French, as all that people read;
//! clap's own words for both are English. The help itself is the documentation of the commands and their arguments. Not
//! for what commands say.

use std::error::Error as _;

use clap::error::{ContextKind, ErrorKind};
use clap::{Arg, ArgAction, Command, Error};

use super::{Done, out};

const FRAME: &str = "{about-with-newline}\nUsage : {usage}\n\n{all-args}{after-help}";

/// A command with its subcommands, its help in French.
pub(super) fn in_french(command: Command) -> Command {
    let help = Arg::new("aide").short('h').long("help").action(ArgAction::Help).help("Affiche cette aide");
    command
        .help_template(FRAME)
        .subcommand_help_heading("Commandes")
        .disable_help_flag(true)
        .disable_help_subcommand(true)
        .arg(help)
        .mut_subcommands(in_french)
}

/// The same for the program itself, which also tells its version.
pub(super) fn program(command: Command) -> Command {
    let version = Arg::new("version").short('V').long("version").action(ArgAction::Version).help("Affiche la version");
    in_french(command.disable_version_flag(true).arg(version))
}

/// Says what clap has to say: help and version to whoever asked for them, what is wrong otherwise. The exit code.
pub(super) fn tell(error: &Error) -> (Done, u8) {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => (out::text(&error.to_string()), 0),
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            out::ask(error);
            (Ok(()), 2)
        }
        _ => {
            out::complain(format!("palts : {}", fault(error)));
            (Ok(()), 2)
        }
    }
}

/// What is wrong, and where to look.
fn fault(error: &Error) -> String {
    let said = |kind: ContextKind| error.get(kind).map(ToString::to_string).filter(|text| !text.is_empty());
    let argument = said(ContextKind::InvalidArg).unwrap_or_else(|| "un argument".to_owned());
    let value = said(ContextKind::InvalidValue);
    let mut text = match (error.kind(), value) {
        (ErrorKind::UnknownArgument, _) => format!("argument inconnu : {argument}"),
        (ErrorKind::InvalidSubcommand, _) => {
            format!("commande inconnue : {}", said(ContextKind::InvalidSubcommand).unwrap_or_default())
        }
        (ErrorKind::InvalidValue, None) => format!("il manque une valeur à {argument}"),
        (ErrorKind::InvalidValue | ErrorKind::ValueValidation, Some(value)) => {
            format!("« {value} » ne convient pas à {argument}{}", why(error))
        }
        (ErrorKind::ArgumentConflict, _) => match said(ContextKind::PriorArg) {
            Some(other) if other != argument => format!("{argument} et {other} ne vont pas ensemble"),
            Some(_) | None => format!("{argument} ne se donne qu’une fois"),
        },
        (ErrorKind::MissingRequiredArgument, _) => format!("il manque : {argument}"),
        (ErrorKind::MissingSubcommand, _) => "il manque une commande".to_owned(),
        (ErrorKind::TooManyValues | ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues, _) => {
            format!("{argument} n’a pas le bon nombre de valeurs")
        }
        (ErrorKind::NoEquals, _) => format!("il faut un signe = après {argument}"),
        (ErrorKind::InvalidUtf8, _) => "un argument n’est pas en UTF-8".to_owned(),
        (_, _) => "la commande n’est pas comprise".to_owned(),
    };
    if let Some(valid) = said(ContextKind::ValidValue).or_else(|| said(ContextKind::ValidSubcommand)) {
        text.push_str(&format!(" ; au choix : {valid}"));
    }
    let near = [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue];
    if let Some(near) = near.into_iter().find_map(said) {
        text.push_str(&format!(" ; le plus proche : {near}"));
    }
    if let Some(usage) = said(ContextKind::Usage) {
        text.push_str(&format!("\n\n{}", usage.trim_end().replacen("Usage:", "Usage :", 1)));
    }
    text.push_str("\n\nL’aide : --help");
    text
}

/// Why a value does not fit, as far as the reason is in words of ours.
fn why(error: &Error) -> String {
    let Some(source) = error.source() else { return String::new() };
    let text = source.to_string();
    if source.is::<chrono::ParseError>() {
        return " : il faut une date de la forme indiquée".to_owned();
    }
    // Of clap's own, those of numbers: `367 is not in 1..=366`, `invalid digit found in string`.
    if let Some((_, range)) = text.split_once(" is not in ") {
        return format!(" : il faut un nombre dans {range}");
    }
    if source.is::<std::num::ParseIntError>() {
        return " : il faut un nombre entier".to_owned();
    }
    format!(" : {text}")
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::Line;

    fn told(arguments: &[&str]) -> String {
        let typed = ["palts"].iter().chain(arguments);
        let error = program(Line::command()).try_get_matches_from(typed).unwrap_err();
        if error.kind() == ErrorKind::DisplayHelp { error.to_string() } else { fault(&error) }
    }

    #[test]
    fn what_is_typed_wrongly_is_told_in_french() {
        for (typed, due) in [
            (&["servir"][..], "commande inconnue : servir"),
            (&["serve", "--adress", "x"], "argument inconnu : --adress ; le plus proche : --address"),
            (&["token", "issue"], "il manque : <LIBELLÉ>"),
            (
                &["token", "issue", "x", "--days", "367"],
                "« 367 » ne convient pas à --days <JOURS> : il faut un nombre dans 1..=366",
            ),
            (&["token", "issue", "x", "--days", "deux"], "« deux » ne convient pas à --days <JOURS> : il faut un nombre entier"),
            (&["token", "issue", "x", "--role", "MAIRE"], "« MAIRE » ne convient pas à --role <RÔLE> ; au choix : "),
            (&["token", "issue", "x", "--expires-at", "demain"], "il faut une date de la forme indiquée"),
            (&["audit", "list", "--department", "99"], "« 99 » ne convient pas à --department <CODE> : "),
            (&["migrate", "--down"], "il manque : --yes"),
            (&["serve", "--address"], "il manque une valeur à --address"),
        ] {
            let text = told(typed);
            assert!(text.contains(due), "{typed:?}: {text}");
            assert!(text.contains("L’aide : --help") && !text.contains("Usage:") && !text.contains("error"), "{typed:?}: {text}");
        }
    }

    #[test]
    fn the_help_of_every_command_stands_in_a_french_frame() {
        for typed in [&["--help"][..], &["serve", "--help"], &["token", "--help"], &["token", "issue", "-h"]] {
            let text = told(typed);
            assert!(text.contains("Usage : palts") && text.contains("Affiche cette aide"), "{text}");
            for english in ["Usage:", "Commands:", "Print help", "Print version"] {
                assert!(!text.contains(english), "{english}: {text}");
            }
        }
        assert!(told(&["--help"]).contains("Commandes:"));
    }
}
