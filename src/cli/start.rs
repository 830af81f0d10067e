//! What every command starts with: the database and the office.

use std::path::Path;
use std::sync::Arc;

use super::{Failure, in_french, say};
use crate::access::Policy;
use crate::config::Config;
use crate::exchange::reference;
use crate::keys::Keys;
use crate::store::{self, Database, DatabaseUrl, Mode, integrity};
use crate::workflow::boundaries::OutlineMemory;
use crate::workflow::callers::Callers;
use crate::workflow::contents::Contents;
use crate::workflow::epochs::EpochWatch;
use crate::workflow::heads::Heads;
use crate::workflow::{Clock, Desk, Office};

/// Where a demonstration keeps the keys that it made.
const DEMONSTRATION_KEYS: &str = "var/keys";

/// Opens the database, which must be there.
///
/// # Errors
/// When it is not, or cannot be reached.
pub fn database(config: &Config) -> Result<Database, Failure> {
    if let DatabaseUrl::Sqlite(path) = &config.database_url {
        store::files::require_database(path).map_err(|fault| of_database(config, fault))?;
    }
    database_opened(config)
}

/// Opens the database; makes a SQLite file that is missing, with its folder.
///
/// # Errors
/// When it cannot be made or reached.
pub fn database_made(config: &Config) -> Result<Database, Failure> {
    if let DatabaseUrl::Sqlite(path) = &config.database_url {
        if let Some(folder) = path.parent() {
            let fault = |error| of_database(config, format!("le dossier {} ne peut être créé : {error}", folder.display()));
            store::files::private_folder(folder).map_err(fault)?;
        }
        // SQLite gives its log and its shared memory the mode of the file.
        let fault = |error| of_database(config, format!("le fichier {} ne peut être créé : {error}", path.display()));
        store::files::private_file(path).map_err(fault)?;
    }
    database_opened(config)
}

fn database_opened(config: &Config) -> Result<Database, Failure> {
    // A thread that waits for a silent server cannot be called back, and a command has no other.
    database_watched(config, || {
        say("palts : la base de données ne répond plus ; ce qui était en cours est fait, ou ne l’est pas");
        crate::logs::flush();
        std::process::exit(1);
    })
}

/// What is wrong with the database, with the setting and the variable that name it.
fn of_database(config: &Config, fault: impl std::fmt::Display) -> Failure {
    Failure::new(format!("database_url (PALTS_DATABASE_URL, {:?}) : {fault}", config.database_url))
}

fn database_watched(config: &Config, silent: fn()) -> Result<Database, Failure> {
    let database = Database::watched(&config.database_url, &config.pool(), silent)
        .map_err(|error| of_database(config, in_french(&error)))?;
    Ok(match &config.database.replica_url.0 {
        Some(replica) => database.with_replica(replica)?,
        None => database,
    })
}

/// Says which files of a SQLite database, and which private keys, others than their owner may use: made before palts made them private, or by
/// another program.
pub fn warn_of_open_files(config: &Config) {
    for file in config.keys.private_files().filter(|file| store::files::is_open_to_others(file)) {
        tracing::warn!(file = %file.display(), "others than its owner may use this private key: chmod 600");
    }
    if let DatabaseUrl::Sqlite(path) = &config.database_url {
        for file in store::files::open_to_others(path) {
            tracing::warn!(file = %file.display(), "others than its owner may use this file of the database: chmod 600");
        }
    }
}

/// The office over a database that is up to date.
///
/// # Errors
/// When migrations are waiting, keys are missing outside a demonstration, or a table of the program is wrong.
pub fn office(config: &Config) -> Result<Arc<Office>, Failure> {
    office_at(config, Clock::system())
}

/// The same under another clock: the demonstration's.
///
/// # Errors
/// As [`office`].
pub fn office_at(config: &Config, clock: Clock) -> Result<Arc<Office>, Failure> {
    office_over(config, clock, database(config)?)
}

/// The same for a server, which outlives a database that falls silent.
///
/// # Errors
/// As [`office`].
pub fn server(config: &Config) -> Result<Arc<Office>, Failure> {
    if let DatabaseUrl::Sqlite(path) = &config.database_url {
        store::files::require_database(path).map_err(|fault| of_database(config, fault))?;
    }
    let database = database_watched(config, || {})?;
    let faults = integrity::glance(database.checkout(Mode::Read)?.reader())?;
    if !faults.is_empty() {
        let lines = faults.join("\n  ");
        return Err(Failure::new(format!(
            "les données stockées sont endommagées ; restaurez une sauvegarde, et voyez `palts verify` :\n  {lines}"
        )));
    }
    office_over(config, Clock::system(), database)
}

fn office_over(config: &Config, clock: Clock, database: Database) -> Result<Arc<Office>, Failure> {
    store::migrate::standing(database.checkout(Mode::Read)?.reader())?.require_current().map_err(Failure::new)?;
    let territories = reference::territories().map_err(Failure::new)?;
    let policy = Policy::embedded().map_err(Failure::new)?;
    let desk = Desk::new(keys(config)?, config.sessions.clone(), config.demonstration).map_err(Failure::new)?;
    let rules = config.rules.clone();
    let outlines = OutlineMemory::default();
    let epochs = EpochWatch::over(database.clone()).map_err(Failure::new)?;
    let (callers, contents, heads) = (Callers::default(), Contents::default(), Heads::default());
    let writes_begun = std::sync::atomic::AtomicU64::default();
    Ok(Arc::new(Office {
        territories,
        policy,
        rules,
        clock,
        database,
        desk,
        outlines,
        contents,
        heads,
        epochs,
        callers,
        writes_begun,
    }))
}

/// The keys that the configuration names; a demonstration that names none makes its own.
fn keys(config: &Config) -> Result<Keys, Failure> {
    let keys = if config.demonstration && config.keys.names_none() {
        Keys::demonstration(Path::new(DEMONSTRATION_KEYS))
    } else {
        Keys::load(&config.keys)
    };
    keys.map_err(Failure::new)
}
