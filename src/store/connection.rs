//! Connections: SQLite and PostgreSQL behind one type, pools, and the one transaction that an operation runs in.
//!
//! On SQLite one connection writes and several read (WAL); on PostgreSQL one small pool does both. Not for queries.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::epochs::State;
use super::handles::{Reader, Writer};
use super::opening::{Aside, Manager};
use super::pool::{Pool, Taken};
use super::replica::{Replica, ReplicaFigures, Standing};
use super::{StoreError, StoreResult, backend, error, marks, silence};

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
    readers: Pool,
    writers: Pool,
    manager: Manager,
    postgres: bool,
    replica: Option<Arc<Replica>>,
}

impl Database {
    /// Opens the pools. The database must exist; a SQLite file may be empty.
    ///
    /// # Errors
    /// [`StoreError::Unreachable`] when no connection can be had.
    pub fn open(url: &DatabaseUrl, settings: &PoolSettings) -> StoreResult<Self> {
        Self::watched(url, settings, || {})
    }

    /// As [`open`](Self::open); `silent` is called each time that connections are given up because the database fell silent.
    ///
    /// # Errors
    /// [`StoreError::Unreachable`] when no connection can be had.
    pub fn watched(url: &DatabaseUrl, settings: &PoolSettings, silent: fn()) -> StoreResult<Self> {
        let manager = Manager::new(url, settings);
        let pool = |manager: Manager, size: u32| Pool::new(manager, size, settings.checkout_timeout, silent);
        let postgres = matches!(url, DatabaseUrl::Postgres(_));
        let writers = pool(manager.clone(), if postgres { settings.connections } else { 1 })?;
        // A URL that leads nowhere is told at once, and not by the first operation. The writer comes first: it turns a new SQLite file to WAL
        // before readers open it.
        drop(writers.take()?);
        let readers = if postgres { writers.clone() } else { pool(manager.that_reads(), settings.connections)? };
        Ok(Self { readers, writers, manager, postgres, replica: None })
    }

    /// Has glances answered by that replica of this database, whenever it shows the state that is asked for. It is not asked before.
    ///
    /// # Errors
    /// [`StoreError::Unreachable`] when the system gives no thread to watch its connections.
    pub fn with_replica(self, url: &DatabaseUrl) -> StoreResult<Self> {
        let replica = Replica::over(self.manager.of_replica(url))?;
        Ok(Self { replica: Some(Arc::new(replica)), ..self })
    }

    /// Closes every connection, and waits so long for those that are in use; nobody gets one any more. Whether all are closed. To be called
    /// before the process ends: the clean-up of PostgreSQL's library must meet nobody who uses it.
    pub fn close(&self, within: Duration) -> bool {
        let end = Instant::now() + within;
        let left = || end.saturating_duration_since(Instant::now());
        let replica = self.replica.as_ref().is_none_or(|replica| replica.close(left()));
        let writers = self.writers.close(left());
        self.readers.close(left()) && writers && replica
    }

    /// Whether the database is known to be down, so that nobody need wait for it.
    ///
    /// # Errors
    /// [`StoreError::Unreachable`] when it is.
    pub fn check(&self) -> StoreResult<()> {
        self.readers.check()
    }

    /// Whether the database takes writes, as asked on that connection of its own. Only after it refused one because of its disk is it asked by
    /// writing, on the connection that writes.
    ///
    /// # Errors
    /// [`StoreError::Storage`] when it does not; others of the database.
    pub fn takes_writes(&self, aside: &mut Reader) -> StoreResult<()> {
        if !aside.may_write() || backend::is_standby(aside.reading())? {
            return Err(StoreError::Storage("transactions are read-only".to_owned()));
        }
        if error::takes_nothing() {
            self.write(|writer| {
                // More than may be left on the pages that there are.
                marks::set(writer, marks::WRITABLE, &"x".repeat(65_536))?;
                marks::set(writer, marks::WRITABLE, &chrono::Utc::now().to_rfc3339())
            })?;
            error::takes_writes_again();
            tracing::info!("the database takes writes again");
        }
        Ok(())
    }

    /// How long a statement may take before its connection counts as silent.
    #[must_use]
    pub fn statement_timeout(&self) -> Duration {
        self.manager.statement_timeout()
    }

    /// Connections that were given up because they fell silent, and have not ended.
    #[must_use]
    pub fn abandoned(&self) -> usize {
        let readers = if self.postgres { 0 } else { self.readers.abandoned() };
        self.writers.abandoned() + readers
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
        Ok(Conn { inner: pool.take()?, mode, standing: None })
    }

    /// A connection for a glance: to the replica, when that shows the state now; to the primary otherwise.
    ///
    /// # Errors
    /// [`StoreError::Unreachable`] when none is free in time.
    pub fn glance(&self, state: Option<&State>) -> StoreResult<Conn> {
        if let (Some(replica), Some(state)) = (&self.replica, state)
            && let Some((inner, standing)) = replica.showing(state)
        {
            return Ok(Conn { inner, mode: Mode::Glance, standing: Some(standing) });
        }
        self.checkout(Mode::Glance)
    }

    /// SQLite's file.
    pub(super) fn file(&self) -> Option<&Path> {
        self.manager.file()
    }

    /// A connection of its holder's own, beside the pools. Its statements are not counted.
    ///
    /// # Errors
    /// [`StoreError::Unreachable`].
    pub fn aside(&self) -> StoreResult<Aside> {
        self.writers.aside(Manager::open)
    }

    /// Runs `work` in one write transaction; keeps nothing when it fails.
    ///
    /// # Errors
    /// Those of `work`, and of the database.
    pub fn write<T, E: From<StoreError>>(&self, work: impl FnOnce(&mut Writer) -> Result<T, E>) -> Result<T, E> {
        let mut conn = self.checkout(Mode::Write)?;
        conn.begin()?;
        match conn.writer().map_err(E::from).and_then(work) {
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
    pub fn read<T, E: From<StoreError>>(&self, work: impl FnOnce(&mut Reader) -> Result<T, E>) -> Result<T, E> {
        let mut conn = self.checkout(Mode::Read)?;
        conn.begin()?;
        let result = work(conn.reader());
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
        if writing { self.writers.size() } else { self.readers.size() }
    }

    /// Whether this is PostgreSQL.
    #[must_use]
    pub fn is_postgres(&self) -> bool {
        self.postgres
    }
}

/// A pooled connection and its transaction. Dropped inside a transaction, nothing is kept.
pub struct Conn {
    inner: Taken,
    mode: Mode,
    standing: Option<Standing>,
}

impl Conn {
    /// The connection, for what reads.
    pub fn reader(&mut self) -> &mut Reader {
        &mut self.inner.link().connection
    }

    /// The connection, for what writes.
    ///
    /// # Errors
    /// [`StoreError::ReadsOnly`] for one that was checked out to read.
    pub fn writer(&mut self) -> StoreResult<&mut Writer> {
        match self.mode {
            Mode::Write => Ok(&mut self.inner.link().connection),
            Mode::Glance | Mode::Read => Err(StoreError::ReadsOnly),
        }
    }

    /// The connection itself, past readers and writers: for the store's own work on transactions, and for tests of the tables.
    pub fn get(&mut self) -> &mut AnyConnection {
        self.inner.link().connection.writing()
    }

    /// Ends a glance at the replica: whether it showed one state from the checkout until now. None on the primary.
    pub fn saw_one_state(&mut self) -> Option<bool> {
        self.standing.take().map(|standing| standing.holds(self.inner.link()))
    }

    /// Opens the transaction.
    ///
    /// # Errors
    /// Those of the database; [`StoreError::Replaced`] for a write into a file that is no longer in its place.
    pub fn begin(&mut self) -> StoreResult<()> {
        let mode = self.mode;
        if mode == Mode::Write {
            self.inner.link().is_in_place()?;
        }
        let may_write = self.inner.link().connection.may_write();
        backend::begin(self.get(), mode, may_write)
    }

    /// Keeps what was written.
    ///
    /// # Errors
    /// Those of the database; then nothing is kept. [`StoreError::GivenUp`] when nobody waits for it any more, and
    /// nothing was kept. [`StoreError::Replaced`] for a file that is no longer in its place, and [`StoreError::Unknown`]
    /// when that was found after the commit: what was kept is lost with the file, or it is put back.
    pub fn commit(&mut self) -> StoreResult<()> {
        if !silence::may_be_kept() {
            self.rollback();
            return Err(StoreError::GivenUp);
        }
        self.inner.link().is_in_place()?;
        backend::commit(self.get())?;
        self.inner.link().is_in_place().map_err(|error| StoreError::Unknown(error.to_string()))
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
