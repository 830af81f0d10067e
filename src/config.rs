//! The configuration: `config/default.toml`, then the file that PALTS_CONFIG names, then PALTS_* variables. Read once at start; every mistake
//! is named, not only the first. Not for house rules' meaning, which is the workflow's.
//!
//! A new setting is a line in `config/default.toml` (its meaning above it, its bounds behind it) and a field in its section's struct. What
//! bounds cannot say stands in the section's `check`.

mod layers;
mod reader;
mod shown;
mod table;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Deserializer};

use self::layers::{Layers, lay};
use self::reader::Reader;
use self::table::{Table, nearest_word};

use crate::graphql;
use crate::http;
use crate::keys::KeySettings;
use crate::store::{DatabaseUrl, PoolSettings};
use crate::workflow::{Rules, SessionSettings};

pub use self::layers::Origin;
pub use self::shown::Shown;

/// Parts of the program whose logs may be chosen by name.
const ROOMS: [&str; 12] =
    ["access", "audit", "cli", "config", "domain", "exchange", "geometry", "graphql", "http", "keys", "store", "workflow"];
/// What may be asked of the logs.
const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// Everything that an installation may set.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the data lives.
    pub database_url: DatabaseUrl,
    /// Demonstration users and generated keys are allowed.
    pub demonstration: bool,
    /// The connection pools.
    pub database: DatabaseSettings,
    /// Listeners and limits of requests.
    pub http: http::Settings,
    /// Limits of documents and operations.
    pub graphql: graphql::Settings,
    /// Logs.
    pub log: LogSettings,
    /// House rules.
    pub rules: Rules,
    /// Signing in.
    pub sessions: SessionSettings,
    /// Where keys come from.
    pub keys: KeySettings,
}

/// The connection pools.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseSettings {
    /// Connections that read (SQLite) or serve everything (PostgreSQL).
    pub connections: u32,
    /// For one statement (PostgreSQL), or for the write lock (SQLite).
    pub statement_timeout_ms: u64,
    /// For a free connection.
    pub checkout_timeout_ms: u64,
    /// A streaming replica that may answer queries (PostgreSQL).
    pub replica_url: ReplicaUrl,
}

/// Where a replica of the database is, if there is one. As secret as the database's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplicaUrl(pub Option<DatabaseUrl>);

impl<'de> Deserialize<'de> for ReplicaUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.is_empty() {
            return Ok(Self(None));
        }
        match text.parse() {
            Ok(url @ DatabaseUrl::Postgres(_)) => Ok(Self(Some(url))),
            Ok(DatabaseUrl::Sqlite(_)) | Err(_) => {
                Err(serde::de::Error::custom("l’URL d’une réplique commence par postgres:// ; SQLite n’en a pas"))
            }
        }
    }
}

/// How logs are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Text for demonstrations and terminals, JSON otherwise.
    Auto,
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// Logs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogSettings {
    /// How they are written.
    pub format: LogFormat,
    /// What is written, as tracing's directives.
    pub level: String,
}

/// Whether a command needs the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyFiles {
    /// It does: what is wrong with their files is a mistake too.
    Read,
    /// It does not.
    LeftAlone,
}

/// What is wrong with the configuration: one line for each mistake.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("la configuration a des erreurs :\n  {}", .0.join("\n  "))]
pub struct ConfigFault(pub Vec<String>);

impl Config {
    /// Reads the configuration of this process: `file`, or else the one that PALTS_CONFIG names, and the environment. Commands
    /// that need no keys leave their files alone.
    ///
    /// # Errors
    /// Every mistake in it.
    pub fn load(file: Option<&Path>, keys: KeyFiles) -> Result<Self, ConfigFault> {
        let (file, environment, faults) = surroundings(file);
        Self::found(file.as_deref(), environment, keys, faults)
    }

    /// Reads a configuration from that file and those variables.
    ///
    /// # Errors
    /// Every mistake in it.
    pub fn read(file: Option<&Path>, environment: HashMap<String, String>) -> Result<Self, ConfigFault> {
        Self::found(file, environment, KeyFiles::LeftAlone, Vec::new())
    }

    fn found(
        file: Option<&Path>,
        environment: HashMap<String, String>,
        keys: KeyFiles,
        mut faults: Vec<String>,
    ) -> Result<Self, ConfigFault> {
        let table = Table::embedded().map_err(|fault| ConfigFault(vec![fault.to_string()]))?;
        let layers = lay(&table, file, environment, &mut faults);
        Self::check(&table, &layers, keys, &mut faults).filter(|_| faults.is_empty()).ok_or(ConfigFault(faults))
    }

    /// Every setting of this process with its value and where that comes from, and the mistakes: what is mistaken is shown as it is by
    /// default.
    #[must_use]
    pub fn explain(file: Option<&Path>) -> (Vec<Shown>, Vec<String>) {
        let (file, environment, mut faults) = surroundings(file);
        let table = match Table::embedded() {
            Ok(table) => table,
            Err(fault) => return (Vec::new(), vec![fault.to_string()]),
        };
        let layers = lay(&table, file.as_deref(), environment, &mut faults);
        // For its mistakes only.
        drop(Self::check(&table, &layers, KeyFiles::LeftAlone, &mut faults));
        let shown = table.settings.iter().filter_map(|setting| Some(Shown::new(setting, layers.get(&setting.name)?)));
        (shown.collect(), faults)
    }

    fn check(table: &Table, layers: &Layers, files: KeyFiles, faults: &mut Vec<String>) -> Option<Self> {
        let mut reader = Reader::new(table, layers, faults);
        let Top { database_url, demonstration } = reader.section("")?;
        let database = reader.section::<DatabaseSettings>("database")?;
        let http = reader.section::<http::Settings>("http")?;
        let graphql = reader.section::<graphql::Settings>("graphql")?;
        let log = reader.section::<LogSettings>("log")?;
        let rules = reader.section::<Rules>("rules")?;
        let sessions = reader.section::<SessionSettings>("sessions")?;
        let keys = reader.section::<KeySettings>("keys")?;
        let mut found = Vec::new();
        if let (DatabaseUrl::Sqlite(_), Some(_)) = (&database_url, &database.replica_url.0) {
            found.push("database.replica_url: seul PostgreSQL a des répliques, et database_url nomme SQLite".to_owned());
        }
        http.check(&mut found);
        graphql.check(&mut found);
        log.check(&mut found);
        rules.check(&mut found);
        sessions.check(demonstration, &mut found);
        match files {
            KeyFiles::LeftAlone => keys.check(&mut found),
            KeyFiles::Read if demonstration && keys.names_none() => {}
            KeyFiles::Read => found.extend(keys.faults().iter().map(ToString::to_string)),
        }
        reader.tell(found);
        Some(Self { database_url, demonstration, database, http, graphql, log, rules, sessions, keys })
    }

    /// What the database's pools are opened with.
    #[must_use]
    pub fn pool(&self) -> PoolSettings {
        PoolSettings {
            connections: self.database.connections,
            statement_timeout: Duration::from_millis(self.database.statement_timeout_ms),
            checkout_timeout: Duration::from_millis(self.database.checkout_timeout_ms),
            unsafe_sync: false,
        }
    }
}

impl LogSettings {
    /// A misspelt word would be taken for the name of a room, and silence all others.
    fn check(&self, faults: &mut Vec<String>) {
        for directive in self.level.split(',').map(str::trim) {
            // Spans and their fields are tracing's own matter.
            if directive.contains('[') {
                continue;
            }
            let (target, level) = directive.rsplit_once('=').map_or((None, directive), |(target, level)| (Some(target), level));
            if !LEVELS.contains(&level.to_lowercase().as_str()) {
                faults.push(format!("log.level: {}", not_one_of(level, "un niveau", &LEVELS)));
            }
            if let Some(room) = target.and_then(|target| target.strip_prefix("palts::"))
                && let first = room.split("::").next().unwrap_or_default()
                && !ROOMS.contains(&first)
            {
                faults.push(format!("log.level: {}", not_one_of(first, "une partie de palts", &ROOMS)));
            }
        }
    }
}

fn not_one_of(word: &str, what: &str, known: &[&str]) -> String {
    let near = nearest_word(word, known.iter().copied()).map(|near| format!(" ; le plus proche est {near}")).unwrap_or_default();
    format!("« {word} » n’est pas {what} : {}{near}", known.join(", "))
}

/// The settings that stand in no section.
#[derive(Deserialize)]
struct Top {
    #[serde(deserialize_with = "database_url")]
    database_url: DatabaseUrl,
    demonstration: bool,
}

fn database_url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DatabaseUrl, D::Error> {
    let url = String::deserialize(deserializer)?;
    url.parse().map_err(|_| serde::de::Error::custom("l’URL d’une base commence par sqlite: ou postgres://"))
}

/// The file and the variables of this process, and the variables that are no text.
fn surroundings(file: Option<&Path>) -> (Option<PathBuf>, HashMap<String, String>, Vec<String>) {
    let (mut environment, mut faults) = (HashMap::new(), Vec::new());
    for (name, value) in std::env::vars_os() {
        let Ok(name) = name.into_string() else { continue };
        match value.into_string() {
            Ok(value) => {
                environment.insert(name, value);
            }
            Err(_) if name.starts_with("PALTS_") => faults.push(format!("{name} : cette variable n’est pas un texte en UTF-8")),
            Err(_) => {}
        }
    }
    let file = file.map(Path::to_owned).or_else(|| environment.get("PALTS_CONFIG").map(PathBuf::from));
    (file, environment, faults)
}

#[cfg(test)]
mod tests;
