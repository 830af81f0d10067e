//! The configuration: `config/default.toml`, then the file that PALTS_CONFIG names, then PALTS_* variables. Read once at start; every mistake
//! is named, not only the first. Not for house rules' meaning, which is the workflow's.
//!
//! A new setting is a line in `config/default.toml` (its meaning above it, its bounds behind it) and a field in its section's struct. What
//! bounds cannot say stands in the section's `check`.

mod layers;
mod shown;
mod table;

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use toml::Value;

use self::layers::{Layers, lay, mistake};
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

/// What is wrong with the configuration: one line for each mistake.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("la configuration a des erreurs :\n  {}", .0.join("\n  "))]
pub struct ConfigFault(pub Vec<String>);

impl Config {
    /// Reads the configuration of this process: `file`, or else the one that PALTS_CONFIG names, and the environment.
    ///
    /// # Errors
    /// Every mistake in it.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigFault> {
        let (file, environment, mut faults) = surroundings(file);
        match Self::read(file.as_deref(), environment) {
            Ok(config) if faults.is_empty() => Ok(config),
            Ok(_) => Err(ConfigFault(faults)),
            Err(ConfigFault(others)) => {
                faults.extend(others);
                Err(ConfigFault(faults))
            }
        }
    }

    /// Reads a configuration from that file and those variables.
    ///
    /// # Errors
    /// Every mistake in it.
    pub fn read(file: Option<&Path>, environment: HashMap<String, String>) -> Result<Self, ConfigFault> {
        let mut faults = Vec::new();
        let table = Table::embedded().map_err(|fault| ConfigFault(vec![fault.to_string()]))?;
        let layers = lay(&table, file, environment, &mut faults);
        Self::check(&table, &layers, &mut faults).filter(|_| faults.is_empty()).ok_or(ConfigFault(faults))
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
        drop(Self::check(&table, &layers, &mut faults));
        let shown = table.settings.iter().filter_map(|setting| Some(Shown::new(setting, layers.get(&setting.name)?)));
        (shown.collect(), faults)
    }

    fn check(table: &Table, layers: &Layers, faults: &mut Vec<String>) -> Option<Self> {
        let mut reader = Reader { table, layers, faults, faulty: BTreeSet::new() };
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
        keys.check(&mut found);
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

/// Reads sections, and remembers which settings were mistaken.
struct Reader<'a> {
    table: &'a Table,
    layers: &'a Layers,
    faults: &'a mut Vec<String>,
    faulty: BTreeSet<String>,
}

impl Reader<'_> {
    /// Reads a section, one given setting after the other over the defaults, so that a wrong one does not hide the next.
    fn section<T: DeserializeOwned>(&mut self, section: &str) -> Option<T> {
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
                Err(error) => wrong.push((setting, given, format!("valeur impossible : {}", error.message()))),
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
    fn tell(&mut self, found: Vec<String>) {
        for line in found {
            let (name, what) = line.split_once(": ").unwrap_or(("", &line));
            match (self.table.find(name), self.layers.get(name)) {
                (Some(setting), _) if self.faulty.contains(&setting.name) => {}
                (Some(setting), Some(given)) => self.faults.push(mistake(setting, &given.value, &given.origin, what)),
                _ => self.faults.push(line),
            }
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn with(variables: &[(&str, &str)]) -> Result<Config, ConfigFault> {
        Config::read(None, variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn the_defaults_are_those_of_the_code() {
        let config = with(&[]).unwrap();
        assert_eq!(format!("{:?}", config.http), format!("{:?}", http::Settings::default()));
        assert_eq!(format!("{:?}", config.graphql), format!("{:?}", graphql::Settings::default()));
        assert_eq!(format!("{:?}", config.rules), format!("{:?}", Rules::default()));
        assert_eq!(format!("{:?}", config.sessions), format!("{:?}", SessionSettings::default()));
    }

    #[test]
    fn variables_say_otherwise() {
        let config = with(&[
            ("PALTS_DATABASE_URL", "sqlite:elsewhere.sqlite"),
            ("PALTS_DEMONSTRATION", "true"),
            ("PALTS_HTTP__ADDRESS", "127.0.0.1:9000"),
            ("PALTS_HTTP__CORS_ORIGINS", "https://a.example,https://b.example"),
            ("PALTS_GRAPHQL__MAX_COST", "7"),
            ("PALTS_CONFIG", "ignored here"),
            ("PALTS_TEST_DATA", "ignored"),
            ("HOME", "ignored"),
        ])
        .unwrap();
        assert_eq!(config.database_url, DatabaseUrl::Sqlite("elsewhere.sqlite".into()));
        assert!(config.demonstration);
        assert_eq!(config.http.address.port(), 9000);
        assert_eq!(config.http.cors_origins, ["https://a.example", "https://b.example"]);
        assert_eq!(config.graphql.max_cost, 7);
    }

    #[test]
    fn a_file_says_otherwise_and_variables_over_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("palts.toml");
        let text =
            "demonstration = true\n[graphql]\nmax_cost = 7\nmax_depth = 8\n[rules.due_dates]\n\"2026-S1\" = \"2026-07-15\"\n";
        std::fs::write(&file, text).unwrap();
        let variables = HashMap::from([("PALTS_GRAPHQL__MAX_COST".to_owned(), "9".to_owned())]);
        let config = Config::read(Some(&file), variables).unwrap();
        assert!(config.demonstration);
        assert_eq!((config.graphql.max_cost, config.graphql.max_depth), (9, 8));
        assert_eq!(config.rules.due_dates["2026-S1"].to_string(), "2026-07-15");
        let missing = Config::read(Some(Path::new("/nowhere.toml")), HashMap::new()).unwrap_err();
        assert_eq!(missing.0, ["/nowhere.toml : ce fichier n’existe pas ou n’est pas accessible"]);
    }

    #[test]
    fn every_mistake_is_named_in_full_with_its_variable_and_what_is_expected() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("palts.toml");
        let text = "page_size = 3\n[http]\nmax_connections = 0\nworkers = \"two\"\nadress = \"x\"\n[rules]\nmax_page_size = 10\n\
                    [rules.due_dates]\n\"2026-S3\" = \"2026-07-15\"\n";
        std::fs::write(&file, text).unwrap();
        let variables = [
            ("PALTS_DATABASE_URL", "mysql://palts:secret@nowhere"),
            ("PALTS_HTTP__ADDRESS", "here"),
            ("PALTS_GRAPHQL__MAX_COST", "many"),
            ("PALTS_GRAPHQL__REGISTERED_ONLY", "dashboard"),
            ("PALTS_DATABASE__CONNECTIONS", "0"),
            ("PALTS_LOG__LEVEL", "infoo"),
            ("PALTS_RULES__PUBLICATION_THRESHOLD", "0"),
            ("PALTS_SESSIONS__THROTTLE__PER_ACCOUNT", "0"),
            ("PALTS_SESSIONS__HASHING__PASSES", "1"),
            ("PALTS_NONSENSE", "1"),
        ];
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let faults = Config::read(Some(&file), variables).unwrap_err().0;
        let told = |name: &str, parts: &[&str]| {
            let lines: Vec<&String> = faults.iter().filter(|line| line.starts_with(&format!("{name} ("))).collect();
            let [line] = lines[..] else { panic!("{name}: {lines:?} of {faults:#?}") };
            for part in parts {
                assert!(line.contains(part), "{line}: {part}");
            }
        };
        told("page_size", &["le plus proche est rules.page_size (PALTS_RULES__PAGE_SIZE)"]);
        told("http.max_connections", &["PALTS_HTTP__MAX_CONNECTIONS", "un nombre entier de 1 à", "trouvé : 0", "palts.toml"]);
        told("http.workers", &["un nombre entier de 1 à", "\"two\""]);
        told("http.adress", &["http.address (PALTS_HTTP__ADDRESS)"]);
        told("http.address", &["variable PALTS_HTTP__ADDRESS", "\"here\""]);
        told("database_url", &["sqlite: ou postgres://", "mysql://palts:…@nowhere"]);
        told("graphql.max_cost", &["un nombre entier de 1 à"]);
        told("graphql.registered_only", &["nobody, dashboards, everybody"]);
        told("database.connections", &["de 1 à 256"]);
        told("log.level", &["« infoo » n’est pas un niveau", "le plus proche est info"]);
        told("rules.page_size", &["max_page_size"]);
        told("rules.publication_threshold", &["de 1 à"]);
        told("rules.due_dates", &["2026-S3"]);
        told("sessions.throttle.per_account", &["de 1 à"]);
        told("sessions.hashing.passes", &["démonstration"]);
        told("nonsense", &["palts config"]);
        assert_eq!(faults.len(), 16, "{faults:#?}");
        assert!(!faults.concat().contains("secret"), "{faults:#?}");
    }

    #[test]
    fn no_number_of_the_configuration_is_without_bounds() {
        let table = Table::embedded().unwrap();
        for setting in table.settings.iter().filter(|setting| setting.default.is_integer() || setting.default.is_float()) {
            for wrong in ["-1", "9000000000000000000"] {
                let faults = with(&[(&setting.variable(), wrong)]).unwrap_err().0;
                assert!(
                    faults.iter().any(|fault| fault.starts_with(&format!("{} (", setting.name))),
                    "{}: {faults:?}",
                    setting.name
                );
            }
        }
    }

    #[test]
    fn log_levels_are_spelt_as_they_are() {
        for right in
            ["info", "INFO", "off", "info,palts::access=warn", "info,actix_server=warn", "palts=debug", "info,[request]=debug"]
        {
            with(&[("PALTS_LOG__LEVEL", right)]).unwrap();
        }
        for wrong in ["", "infoo", "info,wran", "palts::acces=warn", "palts=verbose", "3"] {
            let faults = with(&[("PALTS_LOG__LEVEL", wrong)]).unwrap_err().0;
            assert!(faults[0].starts_with("log.level (PALTS_LOG__LEVEL) : « "), "{wrong}: {faults:?}");
        }
    }

    #[test]
    fn due_dates_come_from_variables_and_files_alike() {
        let config = with(&[("PALTS_RULES__DUE_DATES", "2026-S1=2026-07-15, 2026-S2=2027-01-15")]).unwrap();
        assert_eq!(config.rules.due_dates["2026-S2"].to_string(), "2027-01-15");
        assert_eq!(with(&[("PALTS_RULES__DUE_DATES", "tomorrow")]).unwrap_err().0.len(), 1);
    }

    #[test]
    fn a_broken_file_is_told_by_its_line_and_nothing_of_it_is_shown() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("palts.toml");
        std::fs::write(&file, "demonstration = true\ndatabase_url = postgres://palts:secret@host\n").unwrap();
        let faults = Config::read(Some(&file), HashMap::new()).unwrap_err().0;
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(faults[0].contains("ligne 2 : ce n’est pas du TOML") && !faults[0].contains("secret"), "{faults:?}");
    }

    #[test]
    fn a_replica_is_postgresql_s_and_its_password_is_not_shown() {
        assert_eq!(with(&[]).unwrap().database.replica_url, ReplicaUrl(None));
        let url = ("PALTS_DATABASE__REPLICA_URL", "postgres://palts:secret@replica/palts");
        let config = with(&[("PALTS_DATABASE_URL", "postgres://palts:secret@primary/palts"), url]).unwrap();
        assert_eq!(config.database.replica_url, ReplicaUrl(Some(DatabaseUrl::Postgres(url.1.to_owned()))));
        assert!(!format!("{config:?}").contains("secret"));
        let faults = with(&[url]).unwrap_err().0;
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(faults[0].contains("seul PostgreSQL a des répliques") && !faults[0].contains("secret"), "{faults:?}");
        for wrong in ["sqlite:copy.sqlite", "mysql://palts:secret@replica"] {
            let faults = with(&[("PALTS_DATABASE__REPLICA_URL", wrong)]).unwrap_err().0;
            assert_eq!(faults.len(), 1, "{faults:?}");
            assert!(faults[0].contains("l’URL d’une réplique commence par postgres://"), "{faults:?}");
            assert!(!faults[0].contains("secret"), "{faults:?}");
        }
    }
}
