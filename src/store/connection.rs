//! Connections: SQLite and PostgreSQL behind one type, pools, and the one transaction that an operation runs in.
//!
//! On SQLite one connection writes and several read (WAL); on PostgreSQL one small pool does both. Not for queries.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use diesel::connection::{Instrumentation, InstrumentationEvent, SimpleConnection};
use diesel::dsl::sql;
use diesel::r2d2::{ManageConnection, Pool, PooledConnection, R2D2Connection};
use diesel::sql_types::Text;
use diesel::{Connection, PgConnection, RunQueryDsl, SqliteConnection};

use super::epochs::{Reading, State};
use super::replica::{Replica, ReplicaFigures, Standing};
use super::{StoreError, StoreResult, backend};

pub use any::{AnyConnection, MultiBackend};

/// In a module of its own, because the derive writes items without documentation.
#[allow(missing_docs)]
mod any {
    use diesel::{PgConnection, SqliteConnection};

    /// A connection to either database. Queries are written once against it; what the derive cannot express stands in
    /// [`backend`](super::super::backend).
    #[derive(diesel::MultiConnection)]
    pub enum AnyConnection {
        /// A PostgreSQL server.
        Postgres(PgConnection),
        /// An embedded SQLite file.
        Sqlite(SqliteConnection),
    }
}

/// Where the data lives: `sqlite:PATH` or `postgres://…`.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL server, as its connection URL; may hold a password.
    Postgres(String),
}

/// The URL names neither database.
#[derive(Debug, thiserror::Error)]
#[error("a database URL begins with sqlite: or postgres://")]
pub struct UnknownDatabase;

impl FromStr for DatabaseUrl {
    type Err = UnknownDatabase;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return if path.is_empty() { Err(UnknownDatabase) } else { Ok(Self::Sqlite(path.into())) };
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(text.to_owned()));
        }
        Err(UnknownDatabase)
    }
}

/// Never shows a password.
impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(_) => f.write_str("postgres://…"),
        }
    }
}

/// Sizes and limits of the pools.
#[derive(Clone, Debug)]
pub struct PoolSettings {
    /// Connections that read (SQLite) or serve everything (PostgreSQL).
    pub connections: u32,
    /// How long a statement may run on PostgreSQL, and how long SQLite waits for its write lock.
    pub statement_timeout: Duration,
    /// How long an operation waits for a free connection.
    pub checkout_timeout: Duration,
    /// SQLite's `synchronous` at OFF instead of FULL: for throw-away databases only.
    pub unsafe_sync: bool,
}

/// What a transaction may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Each statement by itself, outside any transaction: for who makes sure in another way that they all saw one state.
    Glance,
    /// A read-only snapshot: one answer never mixes two states.
    Read,
    /// The one write transaction of a mutation.
    Write,
}

/// The pools of one database, and of its replica.
#[derive(Clone)]
pub struct Database {
    readers: Pool<Manager>,
    writers: Pool<Manager>,
    manager: Manager,
    postgres: bool,
    replica: Option<Arc<Replica>>,
}

impl Database {
    /// Opens the pools. The database must exist (a SQLite file is created).
    ///
    /// # Errors
    /// [`StoreError::Unreachable`] when no connection can be had.
    pub fn open(url: &DatabaseUrl, settings: &PoolSettings) -> StoreResult<Self> {
        let statements = Arc::new(AtomicU64::new(0));
        let manager = Manager { url: url.clone(), settings: settings.clone(), statements, reads_only: false };
        let pool = |size: u32| {
            Pool::builder()
                .max_size(size)
                // On demand only: a connection that opens in the background while a short command ends takes the process down with it
                // (libpq's clean-up at exit).
                .min_idle(Some(0))
                .test_on_check_out(false)
                .connection_timeout(settings.checkout_timeout)
                .build(manager.clone())
                .map_err(|error| StoreError::Unreachable(error.to_string()))
        };
        let postgres = matches!(url, DatabaseUrl::Postgres(_));
        // A URL that leads nowhere is told at once, and not by the first operation.
        drop(manager.connect()?);
        // The writer comes first: it turns a new SQLite file to WAL before readers open it.
        let writers = pool(if postgres { settings.connections } else { 1 })?;
        let readers = if postgres { writers.clone() } else { pool(settings.connections)? };
        Ok(Self { readers, writers, manager, postgres, replica: None })
    }

    /// Has glances answered by that replica of this database, whenever it shows the state that is asked for. It is not asked before.
    #[must_use]
    pub fn with_replica(self, url: &DatabaseUrl) -> Self {
        let manager = Manager { url: url.clone(), reads_only: true, ..self.manager.clone() };
        let replica = Replica::over(manager, self.manager.settings.connections, self.manager.settings.checkout_timeout);
        Self { replica: Some(Arc::new(replica)), ..self }
    }

    /// Whether there is a replica to answer glances.
    #[must_use]
    pub fn has_replica(&self) -> bool {
        self.replica.is_some()
    }

    /// What was counted of the replica; noughts without one.
    #[must_use]
    pub fn replica_figures(&self) -> ReplicaFigures {
        self.replica.as_deref().map(Replica::figures).unwrap_or_default()
    }

    /// A connection of the right pool, outside any transaction.
    ///
    /// # Errors
    /// [`StoreError::Unreachable`] when none is free in time.
    pub fn checkout(&self, mode: Mode) -> StoreResult<Conn> {
        let pool = match mode {
            Mode::Glance | Mode::Read => &self.readers,
            Mode::Write => &self.writers,
        };
        let taken = pool.get().map_err(|error| StoreError::Unreachable(error.to_string()))?;
        Ok(Conn { inner: taken, standing: None })
    }

    /// A connection for a glance: to the replica, when that shows the state now; to the primary otherwise.
    ///
    /// # Errors
    /// [`StoreError::Unreachable`] when none is free in time.
    pub fn glance(&self, state: Option<&State>) -> StoreResult<Conn> {
        if let (Some(replica), Some(state)) = (&self.replica, state)
            && let Some((inner, standing)) = replica.showing(state)
        {
            return Ok(Conn { inner, standing: Some(standing) });
        }
        self.checkout(Mode::Glance)
    }

    /// A connection of its holder's own, beside the pools. Its statements are not counted.
    ///
    /// # Errors
    /// [`StoreError::Unreachable`].
    pub fn aside(&self) -> StoreResult<AnyConnection> {
        self.manager.open()
    }

    /// Runs `work` in one write transaction; keeps nothing when it fails.
    ///
    /// # Errors
    /// Those of `work`, and of the database.
    pub fn write<T, E: From<StoreError>>(&self, work: impl FnOnce(&mut AnyConnection) -> Result<T, E>) -> Result<T, E> {
        let mut conn = self.checkout(Mode::Write)?;
        conn.begin(Mode::Write)?;
        match work(conn.get()) {
            Ok(value) => {
                conn.commit()?;
                Ok(value)
            }
            Err(error) => {
                conn.rollback();
                Err(error)
            }
        }
    }

    /// Runs `work` in one read-only snapshot.
    ///
    /// # Errors
    /// Those of `work`, and of the database.
    pub fn read<T, E: From<StoreError>>(&self, work: impl FnOnce(&mut AnyConnection) -> Result<T, E>) -> Result<T, E> {
        let mut conn = self.checkout(Mode::Read)?;
        conn.begin(Mode::Read)?;
        let result = work(conn.get());
        conn.rollback();
        result
    }

    /// Brings up to date what the database knows of how its tables are filled, by which it chooses between indexes. Without it SQLite reads
    /// a department's measures, and not the twenty that were asked for.
    ///
    /// # Errors
    /// Those of the database.
    pub fn analyze(&self) -> StoreResult<()> {
        let mut conn = self.checkout(Mode::Write)?;
        backend::analyze(conn.get())
    }

    /// SQL statements sent so far, transactions' own aside: for tests and metrics.
    #[must_use]
    pub fn statements(&self) -> u64 {
        self.manager.statements.load(Ordering::Relaxed)
    }

    /// How many connections may read, or write, at once.
    #[must_use]
    pub fn connections(&self, writing: bool) -> u32 {
        if writing { self.writers.max_size() } else { self.readers.max_size() }
    }

    /// Whether this is PostgreSQL.
    #[must_use]
    pub fn is_postgres(&self) -> bool {
        self.postgres
    }
}

/// A pooled connection and its transaction. Dropped inside a transaction, nothing is kept.
pub struct Conn {
    inner: PooledConnection<Manager>,
    standing: Option<Standing>,
}

impl Conn {
    /// The connection itself.
    pub fn get(&mut self) -> &mut AnyConnection {
        &mut self.inner.connection
    }

    /// Ends a glance at the replica: whether it showed one state from the checkout until now. None on the primary.
    pub fn saw_one_state(&mut self) -> Option<bool> {
        self.standing.take().map(|standing| standing.holds(&mut self.inner))
    }

    /// Opens the transaction.
    ///
    /// # Errors
    /// Those of the database.
    pub fn begin(&mut self, mode: Mode) -> StoreResult<()> {
        backend::begin(self.get(), mode)
    }

    /// Keeps what was written.
    ///
    /// # Errors
    /// Those of the database; then nothing is kept.
    pub fn commit(&mut self) -> StoreResult<()> {
        backend::commit(self.get())
    }

    /// Forgets what was written. A failure leaves the connection broken, and the pool discards it.
    pub fn rollback(&mut self) {
        if let Err(error) = backend::rollback(self.get()) {
            tracing::warn!(%error, "rollback failed; the connection is discarded");
        }
    }
}

impl Drop for Conn {
    fn drop(&mut self) {
        if backend::in_transaction(self.get()) {
            self.rollback();
        }
    }
}

/// Opens connections for a pool and sets them up.
#[derive(Clone)]
pub(super) struct Manager {
    url: DatabaseUrl,
    settings: PoolSettings,
    statements: Arc<AtomicU64>,
    /// For a replica: what writes is refused, wherever the URL leads.
    reads_only: bool,
}

/// A connection in a pool.
pub(super) struct Link {
    pub(super) connection: AnyConnection,
    /// The epochs that a replica showed to this connection at last.
    pub(super) seen: Option<Reading>,
    /// Whether it is of no more use.
    pub(super) lost: bool,
}

impl ManageConnection for Manager {
    type Connection = Link;
    type Error = StoreError;

    fn connect(&self) -> Result<Link, StoreError> {
        let mut connection = self.open()?;
        connection.set_instrumentation(StatementCount(Arc::clone(&self.statements)));
        Ok(Link { connection, seen: None, lost: false })
    }

    fn is_valid(&self, link: &mut Link) -> Result<(), StoreError> {
        link.connection.ping().map_err(StoreError::from)
    }

    fn has_broken(&self, link: &mut Link) -> bool {
        std::thread::panicking() || link.lost || link.connection.is_broken()
    }
}

impl Manager {
    fn open(&self) -> Result<AnyConnection, StoreError> {
        let unreachable = |error: diesel::ConnectionError| StoreError::Unreachable(error.to_string());
        let millis = self.settings.statement_timeout.as_millis();
        let connection = match &self.url {
            DatabaseUrl::Sqlite(path) => {
                // SQLite gives its log and its shared memory the mode of the file.
                super::files::private_file(path)
                    .map_err(|error| StoreError::Unreachable(format!("{}: {error}", path.display())))?;
                let mut sqlite = SqliteConnection::establish(&path.to_string_lossy()).map_err(unreachable)?;
                let sync = if self.settings.unsafe_sync { "OFF" } else { "FULL" };
                sqlite.batch_execute(&format!(
                    "PRAGMA busy_timeout = {millis}; PRAGMA journal_mode = WAL; PRAGMA synchronous = {sync}; \
                     PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA cache_size = -4000;"
                ))?;
                AnyConnection::Sqlite(sqlite)
            }
            DatabaseUrl::Postgres(url) => {
                let mut postgres = PgConnection::establish(url).map_err(unreachable)?;
                speak_english(&mut postgres)?;
                postgres.batch_execute(&format!(
                    "SET statement_timeout = {millis}; SET TIME ZONE 'UTC'; SET client_min_messages = warning;"
                ))?;
                if self.reads_only {
                    postgres.batch_execute("SET default_transaction_read_only = on")?;
                }
                AnyConnection::Postgres(postgres)
            }
        };
        Ok(connection)
    }
}

/// Deadlocks and time limits are known by their text (see [`StoreError`]), so that it must be the one that the program knows: where the
/// server's messages are in another language the session takes `C`, and where the role may not, the connection is refused before any fault
/// can be taken for one of ours.
fn speak_english(postgres: &mut PgConnection) -> Result<(), StoreError> {
    let language: String = diesel::select(sql::<Text>("current_setting('lc_messages')")).get_result(postgres)?;
    if is_english(&language) || postgres.batch_execute("SET lc_messages = 'C'").is_ok() {
        return Ok(());
    }
    Err(StoreError::Unreachable(format!(
        "its messages are in {language:?}, and palts may not change that: as a superuser, run ALTER ROLE (its role) SET lc_messages = 'C'"
    )))
}

/// Whether messages under that locale are the untranslated ones.
fn is_english(locale: &str) -> bool {
    matches!(locale, "C" | "POSIX") || locale.starts_with("C.") || locale.starts_with("en_") || locale == "en"
}

/// Counts the statements that a connection sends.
struct StatementCount(Arc<AtomicU64>);

impl Instrumentation for StatementCount {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let InstrumentationEvent::StartQuery { .. } = event {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_english_under_these_locales_only() {
        for locale in ["C", "POSIX", "C.UTF-8", "en_US.UTF-8", "en_GB", "en"] {
            assert!(is_english(locale), "{locale}");
        }
        for locale in ["", "fr_FR.UTF-8", "fr", "nl_BE", "eng", "ca_ES"] {
            assert!(!is_english(locale), "{locale}");
        }
    }
}
