//! `palts config`: every setting with its value, where that comes from and what it is for; passwords and keys are
//! hidden. What is printed is TOML that a file may begin from. Not for changing settings.

use std::path::Path;

use super::out::{complain, say};
use super::{Done, Failure};
use crate::config::{Config, ConfigFault, KeyFiles, Origin, Shown};

/// Longest line of a meaning.
const WIDTH: usize = 100;

/// Prints the settings, and then every mistake.
pub fn run(file: Option<&Path>) -> Done {
    let (settings, faults) = Config::explain(file);
    let mut section = "";
    for setting in &settings {
        let (home, key) = setting.name.rsplit_once('.').unwrap_or(("", &setting.name));
        if home != section {
            section = home;
            say!("\n[{section}]")?;
        }
        print(setting, key)?;
    }
    if !faults.is_empty() {
        return Err(Failure::Config(ConfigFault(faults)));
    }
    if let Err(ConfigFault(faults)) = Config::load(file, KeyFiles::Read) {
        for fault in faults {
            complain(format!("palts serve ne démarrera pas : {fault}"));
        }
    }
    Ok(())
}

fn print(setting: &Shown, key: &str) -> Done {
    let mut line = String::new();
    for word in setting.meaning.split_whitespace() {
        if !line.is_empty() && line.chars().count() + word.chars().count() >= WIDTH {
            say!("# {line}")?;
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        say!("# {line}")?;
    }
    say!("# {} : {}", setting.variable, setting.expected)?;
    let origin = match &setting.origin {
        Origin::Default => setting.origin.to_string(),
        Origin::File(_) | Origin::Variable(_) => format!("{} ; par défaut : {}", setting.origin, setting.default),
    };
    say!("{key} = {} # {origin}", setting.value)
}
