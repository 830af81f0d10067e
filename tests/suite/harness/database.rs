//! Fresh databases: a template is migrated and filled once for each build of the program, then copied for each test.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use palts::exchange::reference;
use palts::store::{AnyConnection, Database, DatabaseUrl, PoolSettings, migrate};
use palts::workflow;

/// A database of this test alone; removed when dropped.
pub struct TestDatabase {
    /// Where it is.
    pub url: DatabaseUrl,
    removal: Removal,
}

enum Removal {
    Folder(#[allow(dead_code)] tempfile::TempDir),
    Postgres { admin: String, name: String },
}

/// Whether the suite runs on PostgreSQL.
pub fn on_postgres() -> bool {
    match std::env::var("PALTS_TEST_DATABASE").as_deref() {
        Ok("postgres") => true,
        Ok("sqlite") | Err(_) => false,
        Ok(other) => panic!("PALTS_TEST_DATABASE is sqlite or postgres, not {other}"),
    }
}

/// Pools for tests: small, patient, and careless of power cuts.
pub fn pool_settings() -> PoolSettings {
    PoolSettings {
        connections: 4,
        statement_timeout: Duration::from_secs(20),
        checkout_timeout: Duration::from_secs(20),
        unsafe_sync: true,
    }
}

impl TestDatabase {
    /// A copy of the template: migrated, with the reference loaded.
    pub fn fresh() -> Self {
        if on_postgres() { Self::postgres(Some(&postgres_template())) } else { Self::sqlite(Some(sqlite_template())) }
    }

    /// A database with nothing in it.
    pub fn empty() -> Self {
        if on_postgres() { Self::postgres(None) } else { Self::sqlite(None) }
    }

    fn sqlite(template: Option<PathBuf>) -> Self {
        let folder = tempfile::Builder::new().prefix("palts-test-").tempdir_in(memory()).expect("a folder");
        let file = folder.path().join("palts.sqlite");
        if let Some(template) = template {
            fs::copy(template, &file).expect("the template copies");
        }
        Self { url: DatabaseUrl::Sqlite(file), removal: Removal::Folder(folder) }
    }

    fn postgres(template: Option<&str>) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let admin = admin_url();
        let name = format!("palts_t_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let mut connection = administrator(&admin);
        let from = template.map(|template| format!(" TEMPLATE {template}")).unwrap_or_default();
        connection.batch_execute(&format!("DROP DATABASE IF EXISTS {name}")).expect("the name is free");
        connection.batch_execute(&format!("CREATE DATABASE {name}{from}")).expect("the database is made");
        Self { url: DatabaseUrl::Postgres(sibling(&admin, &name)), removal: Removal::Postgres { admin, name } }
    }

    /// A copy as it stands, which stays so: a replica that fell behind. On PostgreSQL only; whoever was connected no longer is.
    pub fn standing_still(&self) -> Self {
        let Removal::Postgres { admin, name } = &self.removal else { panic!("SQLite has no replicas") };
        let leave = format!("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{name}'");
        administrator(admin).batch_execute(&leave).expect("they leave");
        Self::postgres(Some(name))
    }

    /// Runs SQL in it, past palts.
    pub fn execute(&self, sql: &str) {
        let DatabaseUrl::Postgres(url) = &self.url else { panic!("for tests on PostgreSQL") };
        administrator(url).batch_execute(sql).expect("the statement runs");
    }

    /// Opens its pools.
    pub fn open(&self) -> Database {
        open(&self.url)
    }

    /// Opens a pool of so many connections.
    pub fn open_with(&self, connections: u32) -> Database {
        Database::open(&self.url, &PoolSettings { connections, ..pool_settings() }).expect("the test database opens")
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Removal::Postgres { admin, name } = &self.removal
            && let Ok(mut connection) = PgConnection::establish(admin)
        {
            let _ = connection.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
}

fn administrator(url: &str) -> PgConnection {
    PgConnection::establish(url).expect("the test PostgreSQL answers")
}

fn admin_url() -> String {
    std::env::var("PALTS_TEST_POSTGRES").expect("PALTS_TEST_POSTGRES names the test server; `make test` starts one")
}

/// The same server, another database.
fn sibling(admin: &str, name: &str) -> String {
    let (server, _) = admin.rsplit_once('/').expect("a URL with a database");
    format!("{server}/{name}")
}

/// Where short-lived files are fastest.
fn memory() -> PathBuf {
    let shm = PathBuf::from("/dev/shm");
    if shm.is_dir() { shm } else { std::env::temp_dir() }
}

/// How long a template is kept after its last use: longer than any run of the suite.
const KEPT: Duration = Duration::from_secs(3600);

/// What names this build: where its program lies and when it was made. A template of another build, or of another checkout, is never used.
fn build() -> String {
    let program = std::env::current_exe().expect("this program has a path");
    let changed = fs::metadata(&program).and_then(|metadata| metadata.modified()).expect("it has a time");
    let nanos = changed.duration_since(UNIX_EPOCH).expect("after 1970").as_nanos();
    let mut place = DefaultHasher::new();
    program.hash(&mut place);
    format!("{:x}_{nanos:x}", place.finish())
}

/// Opens the pools, over a new file where there is none.
fn open(url: &DatabaseUrl) -> Database {
    if let DatabaseUrl::Sqlite(path) = url {
        palts::store::files::private_file(path).expect("the file is made");
    }
    Database::open(url, &pool_settings()).expect("the test database opens")
}

fn fill(url: &DatabaseUrl) {
    let database = open(url);
    let mut conn = database.checkout(palts::store::Mode::Write).expect("a connection");
    migrate::alone(conn.writer().expect("a writer"), migrate::up).expect("the migrations run");
    drop(conn);
    let territories = reference::territories().expect("the reference is sound");
    let indicators = reference::indicators().expect("the indicators are sound");
    database.write(|connection| workflow::reference::load(connection, &territories, &indicators)).expect("the reference loads");
}

fn sqlite_template() -> PathBuf {
    let folder = memory().join("palts-test-templates");
    fs::create_dir_all(&folder).expect("a folder for templates");
    let ready = folder.join(format!("{}.sqlite", build()));
    let lock = File::create(folder.join("lock")).expect("a lock file");
    lock.lock().expect("the lock");
    if ready.exists() {
        // In use: whoever sweeps sees it by this time, under the same lock.
        File::options().append(true).open(&ready).and_then(|file| file.set_modified(SystemTime::now())).expect("it is ours");
    } else {
        sweep(&folder);
        let work = tempfile::Builder::new().tempdir_in(memory()).expect("a folder");
        let file = work.path().join("template.sqlite");
        fill(&DatabaseUrl::Sqlite(file.clone()));
        // The pools are closed: the log is folded into the file. It gets its name when it is whole.
        let whole = ready.with_extension("new");
        fs::copy(&file, &whole).expect("the template is kept");
        fs::rename(&whole, &ready).expect("it gets its name");
    }
    ready
}

/// Removes the templates that nobody has used for a while: those of earlier builds, and of checkouts that are gone.
fn sweep(folder: &Path) {
    for entry in fs::read_dir(folder).expect("readable").flatten() {
        let changed = entry.metadata().and_then(|metadata| metadata.modified());
        let idle = changed.ok().and_then(|changed| changed.elapsed().ok());
        if entry.file_name() != "lock" && idle.is_some_and(|idle| idle > KEPT) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn postgres_template() -> String {
    let admin = admin_url();
    let name = format!("palts_template_{}", build());
    let mut connection = PgConnection::establish(&admin).expect("the test PostgreSQL answers");
    connection.batch_execute("SELECT pg_advisory_lock(7110210)").expect("the lock");
    let exists = diesel::RunQueryDsl::get_result::<i64>(
        diesel::dsl::sql::<diesel::sql_types::BigInt>(&format!(
            "SELECT count(*) FROM pg_database WHERE datname = '{name}' AND datistemplate"
        )),
        &mut connection,
    )
    .unwrap_or(0);
    if exists == 0 {
        connection.batch_execute(&format!("DROP DATABASE IF EXISTS {name}")).expect("no half-made template");
        connection.batch_execute(&format!("CREATE DATABASE {name}")).expect("the template is made");
        fill(&DatabaseUrl::Postgres(sibling(&admin, &name)));
        connection.batch_execute(&format!("ALTER DATABASE {name} IS_TEMPLATE true")).expect("marked ready");
    }
    connection.batch_execute("SELECT pg_advisory_unlock(7110210)").expect("unlocked");
    name
}

/// Runs SQL on a connection, past palts: outside a write transaction PostgreSQL takes nothing that writes, unless it is told to.
pub fn past_palts(connection: &mut AnyConnection, sql: &str) -> diesel::QueryResult<()> {
    match connection {
        AnyConnection::Sqlite(sqlite) => sqlite.batch_execute(sql),
        AnyConnection::Postgres(postgres) => {
            postgres.batch_execute("SET default_transaction_read_only = off")?;
            let ran = postgres.batch_execute(sql);
            postgres.batch_execute("SET default_transaction_read_only = on")?;
            ran
        }
    }
}
