//! A hold on a whole database: what one process at a time does, for longer than a transaction lasts. It ends with its process, however that
//! ends. Not for writes, which lock their territories.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use diesel::RunQueryDsl as _;
use diesel::dsl::sql;
use diesel::sql_types::Bool;

use super::opening::Aside;
use super::{Database, StoreError, StoreResult, files};

/// Of PostgreSQL's advisory locks; the one before it is that of those who migrate.
const LOCK: i64 = 0x0070_616c_7474;
/// How long one waits for another.
const PATIENCE: Duration = Duration::from_secs(600);
/// How often one looks whether he is done.
const LOOK: Duration = Duration::from_millis(200);

/// Nobody else has one as long as it lives.
pub struct Hold(#[allow(dead_code)] Held);

#[allow(dead_code)]
enum Held {
    /// A lock of the session's.
    Connection(Aside),
    /// A lock of the system's on a file beside SQLite's: SQLite loses its own locks when another closes its file.
    File(File),
    /// The database is this process's alone.
    Nothing,
}

impl Hold {
    /// Waits for whoever else has the hold of this database, and takes it.
    ///
    /// # Errors
    /// [`StoreError::Occupied`] when that takes too long; those of the database, or of the file system.
    pub fn take(database: &Database) -> StoreResult<Self> {
        let end = Instant::now() + PATIENCE;
        let held = match database.file() {
            Some(path) if files::is_no_file(path) => Held::Nothing,
            Some(path) => Held::File(of_file(&beside(path), end)?),
            None => Held::Connection(of_session(database.aside()?, end)?),
        };
        Ok(Self(held))
    }
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-hold");
    name.into()
}

fn of_file(path: &Path, end: Instant) -> StoreResult<File> {
    let fault = |error: std::io::Error| StoreError::Query(format!("{}: {error}", path.display()));
    files::private_file(path).map_err(fault)?;
    let file = File::options().append(true).open(path).map_err(fault)?;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => wait(end)?,
            Err(TryLockError::Error(error)) => return Err(fault(error)),
        }
    }
}

fn of_session(mut connection: Aside, end: Instant) -> StoreResult<Aside> {
    loop {
        let lock = sql::<Bool>(&format!("pg_try_advisory_lock({LOCK})"));
        if diesel::select(lock).get_result(connection.reading())? {
            return Ok(connection);
        }
        wait(end)?;
    }
}

fn wait(end: Instant) -> StoreResult<()> {
    if Instant::now() >= end {
        return Err(StoreError::Occupied);
    }
    std::thread::sleep(LOOK);
    Ok(())
}
