//! The configuration: `config/default.toml`, then the file that PALTS_CONFIG names, then PALTS_* variables. Read once at start; every mistake
//! is named, not only the first. Not for house rules' meaning, which is the workflow's.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ::config::{Config as Layers, Environment, File, FileFormat, Value, ValueKind};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use crate::graphql;
use crate::http;
use crate::keys::KeySettings;
use crate::store::{DatabaseUrl, PoolSettings};
use crate::workflow::{Rules, SessionSettings};

const DEFAULTS: &str = include_str!("../config/default.toml");
/// Variables with our prefix that are no settings.
const OTHERS: [&str; 2] = ["PALTS_CONFIG", "PALTS_TEST_"];

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
                Err(serde::de::Error::custom("replica_url: a replica's URL begins with postgres://; there is none on SQLite"))
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
#[error("the configuration has mistakes:\n  {}", .0.join("\n  "))]
pub struct ConfigFault(pub Vec<String>);

impl Config {
    /// Reads the configuration of this process: `file`, or else the one that PALTS_CONFIG names, and the environment.
    ///
    /// # Errors
    /// Every mistake in it.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigFault> {
        let environment: HashMap<String, String> = std::env::vars().collect();
        let file = file.map(Path::to_owned).or_else(|| environment.get("PALTS_CONFIG").map(PathBuf::from));
        Self::read(file.as_deref(), environment)
    }

    /// Reads a configuration from that file and those variables.
    ///
    /// # Errors
    /// Every mistake in it.
    pub fn read(file: Option<&Path>, environment: HashMap<String, String>) -> Result<Self, ConfigFault> {
        let defaults = || Layers::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml));
        let known = defaults().build().map_err(one)?;
        let mut layers = defaults();
        if let Some(file) = file {
            if !file.is_file() {
                return Err(ConfigFault(vec![format!("{}: no such file", file.display())]));
            }
            layers = layers.add_source(File::from(file).format(FileFormat::Toml));
        }
        let ours = environment.into_iter().filter(|(name, _)| !OTHERS.iter().any(|other| name.starts_with(other))).collect();
        let variables = Environment::with_prefix("PALTS")
            .prefix_separator("_")
            .separator("__")
            .try_parsing(true)
            .list_separator(",")
            .with_list_parse_key("http.trusted_proxies")
            .with_list_parse_key("http.cors_origins")
            .with_list_parse_key("http.cors_headers")
            .source(Some(ours));
        let layers = layers.add_source(variables).build().map_err(one)?;
        Self::check(&known, &layers)
    }

    fn check(known: &Layers, layers: &Layers) -> Result<Self, ConfigFault> {
        let mut faults = Vec::new();
        unknown(&known.cache, &layers.cache, "", &mut faults);
        if !faults.is_empty() {
            return Err(ConfigFault(faults));
        }
        let database_url = section::<String>(layers, "database_url", &mut faults);
        let database_url = database_url.and_then(|url| match url.parse::<DatabaseUrl>() {
            Ok(url) => Some(url),
            Err(fault) => {
                faults.push(format!("database_url: {fault}"));
                None
            }
        });
        let demonstration = section::<bool>(layers, "demonstration", &mut faults);
        let database = section::<DatabaseSettings>(layers, "database", &mut faults);
        let http = section::<http::Settings>(layers, "http", &mut faults);
        let graphql = section::<graphql::Settings>(layers, "graphql", &mut faults);
        let log = section::<LogSettings>(layers, "log", &mut faults);
        let rules = section::<Rules>(layers, "rules", &mut faults);
        let sessions = section::<SessionSettings>(layers, "sessions", &mut faults);
        let keys = section::<KeySettings>(layers, "keys", &mut faults);
        if let Some(database) = &database {
            database.check(&mut faults);
            if let (Some(DatabaseUrl::Sqlite(_)), Some(_)) = (&database_url, &database.replica_url.0) {
                faults.push("database.replica_url: only PostgreSQL has replicas, and database_url names SQLite".to_owned());
            }
        }
        if let Some(http) = &http {
            http.check(&mut faults);
        }
        if let Some(graphql) = &graphql {
            graphql.check(&mut faults);
        }
        let read = || {
            Some(Self {
                database_url: database_url?,
                demonstration: demonstration?,
                database: database?,
                http: http?,
                graphql: graphql?,
                log: log?,
                rules: rules?,
                sessions: sessions?,
                keys: keys?,
            })
        };
        read().filter(|_| faults.is_empty()).ok_or(ConfigFault(faults))
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

impl DatabaseSettings {
    fn check(&self, faults: &mut Vec<String>) {
        if !(1..=256).contains(&self.connections) {
            faults.push("database.connections: must be 1 to 256".to_owned());
        }
        for (name, value) in
            [("statement_timeout_ms", self.statement_timeout_ms), ("checkout_timeout_ms", self.checkout_timeout_ms)]
        {
            if !(1..=3_600_000).contains(&value) {
                faults.push(format!("database.{name}: must be 1 to 3600000"));
            }
        }
    }
}

fn one(error: ::config::ConfigError) -> ConfigFault {
    ConfigFault(vec![error.to_string()])
}

/// Names every setting that there is not. A table that is empty by default takes any key here; its own type judges them.
fn unknown(known: &Value, given: &Value, path: &str, faults: &mut Vec<String>) {
    let (ValueKind::Table(known), ValueKind::Table(given)) = (&known.kind, &given.kind) else { return };
    if known.is_empty() {
        return;
    }
    let mut names: Vec<_> = given.keys().collect();
    names.sort();
    for name in names {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        match (known.get(name), given.get(name)) {
            (Some(known), Some(given)) => unknown(known, given, &path, faults),
            (None, _) => faults.push(format!("{path}: there is no such setting")),
            (Some(_), None) => {}
        }
    }
}

fn section<T: DeserializeOwned>(layers: &Layers, name: &str, faults: &mut Vec<String>) -> Option<T> {
    match layers.get::<T>(name) {
        Ok(value) => Some(value),
        Err(error) => {
            faults.push(format!("{name}: {error}"));
            None
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
        assert_eq!(missing.0, ["/nowhere.toml: no such file"]);
    }

    #[test]
    fn every_mistake_is_named() {
        let faults = with(&[("PALTS_HTTP__ADRESS", "x"), ("PALTS_NONSENSE", "1")]).unwrap_err().0;
        assert_eq!(faults, ["http.adress: there is no such setting", "nonsense: there is no such setting"]);
        let faults = with(&[
            ("PALTS_DATABASE_URL", "mysql://nowhere"),
            ("PALTS_HTTP__ADDRESS", "here"),
            ("PALTS_GRAPHQL__MAX_COST", "many"),
            ("PALTS_DATABASE__CONNECTIONS", "0"),
        ])
        .unwrap_err()
        .0;
        assert_eq!(faults.len(), 4, "{faults:?}");
        for (fault, place) in faults.iter().zip(["database_url", "http", "graphql", "database.connections"]) {
            assert!(fault.starts_with(place), "{fault}");
        }
    }

    #[test]
    fn a_replica_is_postgresql_s_and_its_password_is_not_shown() {
        assert_eq!(with(&[]).unwrap().database.replica_url, ReplicaUrl(None));
        let url = ("PALTS_DATABASE__REPLICA_URL", "postgres://palts:secret@replica/palts");
        let config = with(&[("PALTS_DATABASE_URL", "postgres://palts:secret@primary/palts"), url]).unwrap();
        assert_eq!(config.database.replica_url, ReplicaUrl(Some(DatabaseUrl::Postgres(url.1.to_owned()))));
        assert!(!format!("{config:?}").contains("secret"));
        assert_eq!(
            with(&[url]).unwrap_err().0,
            ["database.replica_url: only PostgreSQL has replicas, and database_url names SQLite"]
        );
        for wrong in ["sqlite:copy.sqlite", "mysql://palts:secret@replica"] {
            let faults = with(&[("PALTS_DATABASE__REPLICA_URL", wrong)]).unwrap_err().0;
            assert_eq!(faults.len(), 1, "{faults:?}");
            assert!(faults[0].contains("replica_url: a replica's URL begins with postgres://"), "{faults:?}");
            assert!(!faults[0].contains("secret"), "{faults:?}");
        }
    }
}
