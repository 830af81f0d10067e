//! Migrations of both databases, embedded in the binary under the same names; who runs them runs them alone.

use std::fmt::Display;
use std::time::{Duration, Instant};

use diesel::RunQueryDsl as _;
use diesel::connection::SimpleConnection as _;
use diesel::dsl::sql;
use diesel::migration::{Migration, MigrationSource};
use diesel::sql_types::Bool;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::{AnyConnection, Mode, Reader, StoreError, StoreResult, Writer, backend};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Of PostgreSQL's advisory locks, the one of those who migrate: "palts" in numbers.
const LOCK: i64 = 0x0070_616c_7473;
/// How long one waits for another who migrates.
const PATIENCE: Duration = Duration::from_secs(600);
/// How often one looks whether he is done.
const LOOK: Duration = Duration::from_millis(200);

/// How the schema stands to this program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is this program's.
    Current,
    /// Migrations are waiting; the first of them.
    Behind(String),
    /// A newer program has migrated it; the last migration that this one does not know.
    Ahead(String),
}

impl Standing {
    /// Only a schema of this program's is worked with.
    ///
    /// # Errors
    /// What to do, in words for the operator.
    pub fn require_current(&self) -> Result<(), String> {
        match self {
            Self::Current => Ok(()),
            Self::Behind(_) => Err("la base n’est pas à jour : lancez d’abord `palts migrate`".to_owned()),
            Self::Ahead(name) => Err(format!(
                "la base est plus récente que ce programme, qui ne connaît pas sa migration {name} : lancez le programme qui l’a faite, ou \
                 restaurez la sauvegarde d’avant"
            )),
        }
    }
}

/// Brings the schema up to date; answers the names of the migrations that ran. Of two who do so at once one must [wait](alone).
///
/// # Errors
/// [`StoreError::Query`] with what the failing migration said.
pub fn up(writer: &mut Writer) -> StoreResult<Vec<String>> {
    let ran = match writer.writing() {
        AnyConnection::Postgres(c) => c.run_pending_migrations(POSTGRES).map(names),
        AnyConnection::Sqlite(c) => c.run_pending_migrations(SQLITE).map(names),
    };
    ran.map_err(failed)
}

/// Takes every migration back; answers their names.
///
/// # Errors
/// [`StoreError::Query`] with what the failing migration said.
pub fn down(writer: &mut Writer) -> StoreResult<Vec<String>> {
    let ran = match writer.writing() {
        AnyConnection::Postgres(c) => c.revert_all_migrations(POSTGRES).map(names),
        AnyConnection::Sqlite(c) => c.revert_all_migrations(SQLITE).map(names),
    };
    ran.map_err(failed)
}

/// How the schema stands to this program.
///
/// # Errors
/// Those of the database.
pub fn standing(reader: &mut Reader) -> StoreResult<Standing> {
    let known = match reader.reading() {
        AnyConnection::Postgres(_) => known::<diesel::pg::Pg>(&POSTGRES)?,
        AnyConnection::Sqlite(_) => known::<diesel::sqlite::Sqlite>(&SQLITE)?,
    };
    Ok(compared(&applied(reader)?, known))
}

/// The migrations that ran. Read without diesel, which would make the table first: a database may be read-only.
fn applied(reader: &mut Reader) -> StoreResult<Vec<String>> {
    const THERE: &str = "to_regclass('__diesel_schema_migrations') IS NOT NULL";
    const THERE_ON_SQLITE: &str = "EXISTS (SELECT 1 FROM sqlite_master WHERE name = '__diesel_schema_migrations')";
    let there: bool = match reader.reading() {
        AnyConnection::Postgres(c) => diesel::select(sql::<Bool>(THERE)).get_result(c)?,
        AnyConnection::Sqlite(c) => diesel::select(sql::<Bool>(THERE_ON_SQLITE)).get_result(c)?,
    };
    if !there {
        return Ok(Vec::new());
    }
    let rows = diesel::sql_query("SELECT version FROM __diesel_schema_migrations").load::<Applied>(reader.reading())?;
    Ok(rows.into_iter().map(|row| row.version).collect())
}

#[derive(diesel::QueryableByName)]
struct Applied {
    #[diesel(sql_type = diesel::sql_types::Text)]
    version: String,
}

fn known<DB: diesel::backend::Backend>(source: &EmbeddedMigrations) -> StoreResult<Vec<String>>
where
    EmbeddedMigrations: MigrationSource<DB>,
{
    let migrations: Vec<Box<dyn Migration<DB>>> = source.migrations().map_err(failed)?;
    let mut known: Vec<String> = migrations.iter().map(|migration| migration.name().version().to_string()).collect();
    known.sort();
    Ok(known)
}

fn compared(applied: &[String], known: Vec<String>) -> Standing {
    if let Some(newer) = applied.iter().filter(|version| !known.contains(version)).max() {
        return Standing::Ahead(newer.clone());
    }
    known.into_iter().find(|version| !applied.contains(version)).map_or(Standing::Current, Standing::Behind)
}

/// Does some work in one transaction that nobody else does at the same time, in this process or another: waits for whoever is at it.
///
/// # Errors
/// [`StoreError::Occupied`] when that takes too long; those of the work.
pub fn alone<T, E: From<StoreError>>(writer: &mut Writer, work: impl FnOnce(&mut Writer) -> Result<T, E>) -> Result<T, E> {
    let end = Instant::now() + PATIENCE;
    loop {
        match locked(writer) {
            Ok(true) => break,
            Ok(false) | Err(StoreError::Busy(_)) if Instant::now() < end => std::thread::sleep(LOOK),
            Ok(false) => return Err(StoreError::Occupied.into()),
            Err(error) => return Err(error.into()),
        }
    }
    let done = work(writer);
    match done {
        Ok(value) => {
            backend::commit(writer.writing())?;
            Ok(value)
        }
        Err(error) => {
            // What is not committed is forgotten, with the lock.
            backend::rollback(writer.writing())?;
            Err(error)
        }
    }
}

/// Begins the transaction with the lock, which ends with it. False: somebody else has it.
fn locked(writer: &mut Writer) -> StoreResult<bool> {
    let may_write = writer.may_write();
    backend::begin(writer.writing(), Mode::Write, may_write)?;
    let AnyConnection::Postgres(c) = writer.writing() else {
        // SQLite's write lock is taken at the beginning of the transaction.
        return Ok(true);
    };
    let is_ours: bool = diesel::select(sql::<Bool>(&format!("pg_try_advisory_xact_lock({LOCK})"))).get_result(c)?;
    if is_ours {
        // Migrations take the time that they take.
        c.batch_execute("SET LOCAL statement_timeout = 0")?;
        super::silence::be_patient(Duration::from_secs(3_600));
    } else {
        backend::rollback(writer.writing())?;
    }
    Ok(is_ours)
}

fn names<V: Display>(versions: Vec<V>) -> Vec<String> {
    versions.iter().map(ToString::to_string).collect()
}

fn failed(error: impl Display) -> StoreError {
    StoreError::Query(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_is_behind_current_or_ahead() {
        let of = |applied: &[&str]| {
            let texts = |names: &[&str]| -> Vec<String> { names.iter().map(|name| (*name).to_owned()).collect() };
            compared(&texts(applied), texts(&["1", "2"]))
        };
        assert_eq!(of(&["2", "1"]), Standing::Current);
        assert_eq!(of(&["1"]), Standing::Behind("2".to_owned()));
        // Ahead though one is waiting too: a branch of another program.
        assert_eq!(of(&["1", "3"]), Standing::Ahead("3".to_owned()));
    }
}
