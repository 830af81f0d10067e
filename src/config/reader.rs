//! Sections of the configuration as their types: each setting is read by itself, so that a wrong one does not hide the next, and what the
//! sections' checks find is told with name, variable, value and origin. Not for where values come from.

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;
use toml::Value;

use super::layers::{Layers, Origin, mistake};
use super::table::{Setting, Table};

/// Reads sections, and remembers which settings were mistaken.
pub(super) struct Reader<'a> {
    table: &'a Table,
    layers: &'a Layers,
    faults: &'a mut Vec<String>,
    faulty: BTreeSet<String>,
}

impl<'a> Reader<'a> {
    /// Begins; what is mistaken is added to the faults.
    pub(super) fn new(table: &'a Table, layers: &'a Layers, faults: &'a mut Vec<String>) -> Self {
        Self { table, layers, faults, faulty: BTreeSet::new() }
    }

    /// Reads a section, one given setting after the other over the defaults, so that a wrong one does not hide the next.
    pub(super) fn section<T: DeserializeOwned>(&mut self, section: &str) -> Option<T> {
        let ours = || self.table.settings.iter().filter(|setting| setting.section() == section);
        let mut good = toml::Table::new();
        for setting in ours() {
            insert(&mut good, key(section, &setting.name), setting.default.clone());
        }
        let read = |values: &toml::Table| Value::Table(values.clone()).try_into::<T>();
        let mut wrong = Vec::new();
        for setting in ours() {
            let Some(given) = self.layers.get(&setting.name).filter(|given| given.origin != Origin::Default) else { continue };
            let mut with = good.clone();
            insert(&mut with, key(section, &setting.name), given.value.clone());
            match read(&with) {
                Ok(_) => good = with,
                Err(error) => wrong.push((setting, given, impossible(setting, error.message()))),
            }
        }
        for (setting, given, what) in wrong {
            self.faulty.insert(setting.name.clone());
            self.faults.push(mistake(setting, &given.value, &given.origin, &what));
        }
        match read(&good) {
            Ok(values) => Some(values),
            Err(error) => {
                self.faults.push(format!("{section} : {}", error.message()));
                None
            }
        }
    }

    /// Tells what the sections' checks found: lines of the form `http.workers: what is wrong`.
    pub(super) fn tell(&mut self, found: Vec<String>) {
        for line in found {
            let (name, what) = line.split_once(": ").unwrap_or(("", &line));
            // French puts a space before the colon.
            let name = name.trim_end();
            match (self.table.find(name), self.layers.get(name)) {
                (Some(setting), _) if self.faulty.contains(&setting.name) => {}
                (Some(setting), Some(given)) => self.faults.push(mistake(setting, &given.value, &given.origin, what)),
                _ => self.faults.push(line),
            }
        }
    }
}

/// That a value is none of the setting's: in the words of its type, which are French where the type is ours; what the libraries say begins with one
/// of these words, and what is wanted is said instead.
fn impossible(setting: &Setting, why: &str) -> String {
    let is_english =
        ["invalid", "unknown", "missing", "expected", "premature", "trailing", "input"].iter().any(|word| why.starts_with(word));
    if is_english { format!("il faut {}", setting.form()) } else { format!("valeur impossible : {why}") }
}

/// A setting's name within its section.
fn key<'a>(section: &str, name: &'a str) -> &'a str {
    name.strip_prefix(section).map_or(name, |rest| rest.trim_start_matches('.'))
}

/// Puts a value under a name with points.
fn insert(values: &mut toml::Table, name: &str, value: Value) {
    match name.split_once('.') {
        None => {
            values.insert(name.to_owned(), value);
        }
        Some((first, rest)) => {
            let inner = values.entry(first).or_insert_with(|| Value::Table(toml::Table::new()));
            if let Value::Table(inner) = inner {
                insert(inner, rest, value);
            }
        }
    }
}
