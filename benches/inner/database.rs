//! A database of a few minutes' life: SQLite in a folder that goes with it, and beside it the PostgreSQL that `PALTS_TEST_POSTGRES`
//! names, if it does (`scripts/postgres.sh run cargo bench --bench inner`). Migrated, with the reference loaded.

use std::time::Duration;

use palts::exchange::reference;
use palts::store::connection::{DatabaseUrl, PoolSettings};
use palts::store::{Database, Mode, migrate};
use palts::workflow;
use tempfile::TempDir;

pub struct Fresh {
    pub name: &'static str,
    pub database: Database,
    _folder: Option<TempDir>,
}

pub fn all() -> Vec<Fresh> {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("bench.sqlite");
    palts::store::files::private_file(&file).unwrap();
    let mut all = vec![Fresh { name: "sqlite", database: open(DatabaseUrl::Sqlite(file)), _folder: Some(folder) }];
    if let Ok(url) = std::env::var("PALTS_TEST_POSTGRES") {
        let database = open(url.parse().unwrap());
        all.push(Fresh { name: "postgres", database, _folder: None });
    }
    all
}

fn open(url: DatabaseUrl) -> Database {
    let settings = PoolSettings {
        connections: 2,
        statement_timeout: Duration::from_secs(30),
        checkout_timeout: Duration::from_secs(5),
        // What is measured is the work, not the disk.
        unsafe_sync: true,
    };
    let database = Database::open(&url, &settings).unwrap();
    // Another bench of this run may have been here before.
    migrate::alone(database.checkout(Mode::Write).unwrap().writer().unwrap(), migrate::down).unwrap();
    migrate::alone(database.checkout(Mode::Write).unwrap().writer().unwrap(), migrate::up).unwrap();
    let (territories, indicators) = (reference::territories().unwrap(), reference::indicators().unwrap());
    database.write(|connection| workflow::reference::load(connection, &territories, &indicators)).unwrap();
    database
}
