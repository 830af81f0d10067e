//! Opening connections: what each is set up with, and the limits of a client's own where the URL does not say. Not for keeping them.

use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::{Instrumentation, InstrumentationEvent, SimpleConnection};
use diesel::dsl::sql;
use diesel::sql_types::Text;
use diesel::{Connection, PgConnection, RunQueryDsl, SqliteConnection};

use super::connection::{AnyConnection, DatabaseUrl, PoolSettings};
use super::epochs::Reading;
use super::handles::{Reader, Writer};
use super::identity::{self, Identity, Used};
use super::silence::Ticket;
use super::{StoreError, StoreResult, backend};

/// What lets go of a dead server within seconds: how long connecting may take, how long what was sent may stay unconfirmed (ms), and when a
/// server that says nothing is asked whether it lives. Of PostgreSQL's library; each unless the URL says otherwise.
const LIMITS: [(&str, &str); 6] = [
    ("connect_timeout", "2"),
    ("tcp_user_timeout", "5000"),
    ("keepalives", "1"),
    ("keepalives_idle", "5"),
    ("keepalives_interval", "2"),
    ("keepalives_count", "2"),
];

/// Opens connections and sets them up.
#[derive(Clone)]
pub(super) struct Manager {
    url: DatabaseUrl,
    settings: PoolSettings,
    pub(super) statements: Arc<AtomicU64>,
    /// What writes is refused by the database: on a replica, wherever its URL leads, and on connections that are there to read.
    reads_only: bool,
    /// Of a database that is a file.
    identity: Option<Arc<Identity>>,
}

/// A connection of its holder's own, beside the pools.
pub struct Aside {
    // Gone before the connection is closed, which may remove files.
    _files: Option<Arc<Used>>,
    connection: Writer,
}

impl Deref for Aside {
    type Target = Reader;
    fn deref(&self) -> &Reader {
        &self.connection
    }
}

impl DerefMut for Aside {
    fn deref_mut(&mut self) -> &mut Reader {
        &mut self.connection
    }
}

/// A connection in a pool.
pub(super) struct Link {
    // Gone before the connection is closed, which may remove files.
    files: Option<(Arc<Identity>, Arc<Used>)>,
    pub(super) connection: Writer,
    /// The epochs that a replica showed to this connection at last.
    pub(super) seen: Option<Reading>,
    /// Whether it is of no more use.
    pub(super) lost: bool,
    pub(super) ticket: Arc<Ticket>,
    pub(super) opened: Instant,
    /// Of the pool, when it was opened.
    pub(super) generation: u64,
}

impl Link {
    pub(super) fn is_broken(&mut self) -> bool {
        backend::is_broken(self.connection.writing())
    }

    pub(super) fn may_fall_silent(&self) -> bool {
        self.connection.is_postgres()
    }

    /// Whether what it writes is written where it was opened: see [`Identity`]. Always, but for files.
    ///
    /// # Errors
    /// [`StoreError::Storage`].
    pub(super) fn is_in_place(&self) -> StoreResult<()> {
        self.files.as_ref().map_or(Ok(()), |(identity, used)| identity.check(used))
    }
}

impl Manager {
    pub(super) fn new(url: &DatabaseUrl, settings: &PoolSettings) -> Self {
        let url = match url {
            DatabaseUrl::Postgres(url) => DatabaseUrl::Postgres(with_limits(url)),
            DatabaseUrl::Sqlite(path) => DatabaseUrl::Sqlite(path.clone()),
        };
        let identity = match &url {
            DatabaseUrl::Sqlite(path) => Identity::of(path),
            DatabaseUrl::Postgres(_) => None,
        };
        Self { url, settings: settings.clone(), statements: Arc::default(), reads_only: false, identity }
    }

    /// The same for a replica at that URL.
    pub(super) fn of_replica(&self, url: &DatabaseUrl) -> Self {
        Self { reads_only: true, statements: Arc::clone(&self.statements), ..Self::new(url, &self.settings) }
    }

    /// The same for connections that only read.
    pub(super) fn that_reads(&self) -> Self {
        Self { reads_only: true, ..self.clone() }
    }

    pub(super) fn statement_timeout(&self) -> Duration {
        self.settings.statement_timeout
    }

    pub(super) fn checkout_timeout(&self) -> Duration {
        self.settings.checkout_timeout
    }

    pub(super) fn connections(&self) -> u32 {
        self.settings.connections
    }

    /// SQLite's file.
    pub(super) fn file(&self) -> Option<&std::path::Path> {
        match &self.url {
            DatabaseUrl::Sqlite(path) => Some(path),
            DatabaseUrl::Postgres(_) => None,
        }
    }

    /// Whether there is a network between.
    pub(super) fn may_fall_silent(&self) -> bool {
        matches!(self.url, DatabaseUrl::Postgres(_))
    }

    /// A connection for a pool, whose statements are counted and noted in the ticket.
    pub(super) fn connect(&self, ticket: Arc<Ticket>) -> StoreResult<Link> {
        ticket.begins();
        let Aside { _files: files, mut connection } = self.open()?;
        ticket.ends();
        let tally = Tally { statements: Arc::clone(&self.statements), ticket: Arc::clone(&ticket) };
        connection.writing().set_instrumentation(tally);
        let files = self.identity.clone().zip(files);
        Ok(Link { files, connection, seen: None, lost: false, ticket, opened: Instant::now(), generation: 0 })
    }

    /// A connection, set up. A file must be there: who makes a database makes [its file](super::files::private_file).
    pub(super) fn open(&self) -> StoreResult<Aside> {
        match (&self.url, &self.identity) {
            (DatabaseUrl::Sqlite(path), Some(files)) => {
                let (connection, used) = files.opened(|| self.sqlite(path))?;
                Ok(Aside { _files: Some(used), connection })
            }
            (DatabaseUrl::Sqlite(path), None) => Ok(Aside { _files: None, connection: self.sqlite(path)? }),
            (DatabaseUrl::Postgres(url), _) => Ok(Aside { _files: None, connection: self.postgres(url)? }),
        }
    }

    fn sqlite(&self, path: &Path) -> StoreResult<Writer> {
        let mut sqlite = SqliteConnection::establish(&identity::existing(path))
            .map_err(|error| StoreError::NoFurther(format!("{}: {error}", path.display())))?;
        let (millis, sync) =
            (self.settings.statement_timeout.as_millis(), if self.settings.unsafe_sync { "OFF" } else { "FULL" });
        // The last one has SQLite open its log.
        let setup = format!(
            "PRAGMA busy_timeout = {millis}; PRAGMA journal_mode = WAL; PRAGMA synchronous = {sync}; \
             PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA cache_size = -4000; PRAGMA query_only = {};
             PRAGMA schema_version;",
            if self.reads_only { "ON" } else { "OFF" },
        );
        // Of two who turn a new file to WAL at once, SQLite lets neither wait.
        let end = Instant::now() + self.settings.statement_timeout;
        while let Err(error) = sqlite.batch_execute(&setup).map_err(StoreError::from) {
            if !matches!(error, StoreError::Busy(_)) || Instant::now() >= end {
                return Err(error);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(Writer::over(AnyConnection::Sqlite(sqlite), !self.reads_only))
    }

    fn postgres(&self, url: &str) -> StoreResult<Writer> {
        let millis = self.settings.statement_timeout.as_millis();
        let mut postgres = PgConnection::establish(url).map_err(|error| StoreError::of_opening(error.to_string()))?;
        speak_english(&mut postgres)?;
        postgres.batch_execute(&format!(
            "SET statement_timeout = {millis}; SET TIME ZONE 'UTC'; SET client_min_messages = warning;"
        ))?;
        // What is asked outside a write transaction only reads; a write begins its transaction as one that writes, where that is allowed.
        let may_write = !self.reads_only && !backend::reads_by_default(&mut postgres)?;
        postgres.batch_execute("SET default_transaction_read_only = on")?;
        Ok(Writer::over(AnyConnection::Postgres(postgres), may_write))
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
    Err(StoreError::NoFurther(format!(
        "its messages are in {language:?}, and palts may not change that: as a superuser, run ALTER ROLE (its role) SET lc_messages = 'C'"
    )))
}

/// Whether messages under that locale are the untranslated ones.
fn is_english(locale: &str) -> bool {
    matches!(locale, "C" | "POSIX") || locale.starts_with("C.") || locale.starts_with("en_") || locale == "en"
}

/// Adds to a PostgreSQL URL the limits that it does not name.
fn with_limits(url: &str) -> String {
    // As the library reads it: what comes before the first @ or / may hold a question mark.
    let authority = url.find("://").map_or(0, |at| at + 3);
    let after = url[authority..].find(['@', '/']).map_or(url.len(), |at| authority + at);
    let query = url[after..].split_once('?').map(|(_, query)| query);
    let names = |name: &str| query.is_some_and(|query| query.split('&').any(|part| part.split('=').next() == Some(name)));
    let said_elsewhere = |name: &str| name == "connect_timeout" && std::env::var_os("PGCONNECT_TIMEOUT").is_some();
    let mut text = url.to_owned();
    let mut joint = match query {
        None => '?',
        Some(_) => '&',
    };
    for (name, value) in LIMITS {
        if !names(name) && !said_elsewhere(name) {
            if !text.ends_with(['?', '&']) {
                text.push(joint);
            }
            text.push_str(name);
            text.push('=');
            text.push_str(value);
            joint = '&';
        }
    }
    text
}

/// Counts the statements that a connection sends, and notes when.
struct Tally {
    statements: Arc<AtomicU64>,
    ticket: Arc<Ticket>,
}

impl Instrumentation for Tally {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartQuery { .. } => {
                self.statements.fetch_add(1, Ordering::Relaxed);
                self.ticket.begins();
            }
            InstrumentationEvent::FinishQuery { .. } => self.ticket.ends(),
            _ => {}
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

    #[test]
    fn limits_are_added_where_the_url_does_not_name_them() {
        let all =
            "connect_timeout=2&tcp_user_timeout=5000&keepalives=1&keepalives_idle=5&keepalives_interval=2&keepalives_count=2";
        assert_eq!(with_limits("postgres://a:b@host/name"), format!("postgres://a:b@host/name?{all}"));
        assert_eq!(
            with_limits("postgres://a:b?c@host/name?sslmode=require"),
            format!("postgres://a:b?c@host/name?sslmode=require&{all}")
        );
        assert_eq!(with_limits("postgres://a:b?c@host"), format!("postgres://a:b?c@host?{all}"));
        let own = "postgres://host/name?connect_timeout=9&keepalives=0";
        let rest = "tcp_user_timeout=5000&keepalives_idle=5&keepalives_interval=2&keepalives_count=2";
        assert_eq!(with_limits(own), format!("{own}&{rest}"));
        assert_eq!(with_limits("postgres:///name?"), format!("postgres:///name?{all}"));
    }
}
