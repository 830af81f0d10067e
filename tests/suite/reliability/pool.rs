//! Connections that cannot be opened beside those that are.

use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use diesel::{QueryableByName, RunQueryDsl as _};
use palts::store::{AnyConnection, Conn, Database, DatabaseUrl, Mode, PoolSettings, StoreError};
use palts::workflow::operation::{self, Readiness};

use crate::harness::{TestDatabase, office_over, on_postgres};

/// A database that lets two connections be open, and its end.
fn narrow() -> (TestDatabase, Database, Box<dyn FnOnce()>) {
    let database = TestDatabase::fresh();
    let settings = PoolSettings {
        connections: 4,
        statement_timeout: Duration::from_secs(5),
        checkout_timeout: Duration::from_secs(5),
        unsafe_sync: true,
    };
    if !on_postgres() {
        let opened = Database::open(&database.url, &settings).expect("it opens");
        return (database, opened, Box::new(|| {}));
    }
    let role = format!("palts_narrow_{}", std::process::id());
    database.execute(&format!("DROP ROLE IF EXISTS {role}"));
    database.execute(&format!("CREATE ROLE {role} LOGIN PASSWORD 'etroit' CONNECTION LIMIT 2"));
    database.execute(&format!("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}"));
    let DatabaseUrl::Postgres(url) = &database.url else { panic!("PostgreSQL") };
    let (scheme, rest) = url.split_once("://").expect("a URL");
    let host = rest.split_once('@').map_or(rest, |(_, host)| host);
    let narrow = DatabaseUrl::Postgres(format!("{scheme}://{role}:etroit@{host}"));
    let opened = Database::open(&narrow, &settings).expect("it opens");
    let DatabaseUrl::Postgres(admin) = database.url.clone() else { panic!("PostgreSQL") };
    let end = move || {
        use diesel::Connection as _;
        let mut admin = diesel::PgConnection::establish(&admin).expect("a connection");
        // It may own nothing.
        let _ = admin.batch_execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
    };
    (database, opened, Box::new(end))
}

/// From here on the database opens no connection, if it did not refuse to already.
fn fill(database: &TestDatabase) {
    if let DatabaseUrl::Sqlite(path) = &database.url {
        std::fs::rename(path, path.with_extension("elsewhere")).expect("renamed");
        std::fs::create_dir(path).expect("made");
    }
}

/// Marks a connection by a setting of its own, which reading allows.
fn mark(conn: &mut Conn) {
    let done = match conn.get() {
        AnyConnection::Postgres(c) => c.batch_execute("SET application_name = 'seen'"),
        AnyConnection::Sqlite(c) => c.batch_execute("PRAGMA analysis_limit = 123"),
    };
    done.expect("a setting");
}

fn is_marked(conn: &mut Conn) -> bool {
    #[derive(QueryableByName)]
    struct Setting {
        #[diesel(sql_type = diesel::sql_types::Bool)]
        is_marked: bool,
    }
    let read = match conn.get() {
        AnyConnection::Postgres(c) => {
            diesel::sql_query("SELECT current_setting('application_name') = 'seen' AS is_marked").get_result::<Setting>(c)
        }
        AnyConnection::Sqlite(c) => {
            diesel::sql_query("SELECT analysis_limit = 123 AS is_marked FROM pragma_analysis_limit").get_result::<Setting>(c)
        }
    };
    read.expect("a setting").is_marked
}

#[test]
fn a_connection_that_is_not_opened_takes_no_other_with_it() {
    let (database, opened, end) = narrow();
    let mut first = opened.checkout(Mode::Read).expect("a connection");
    let second = opened.checkout(Mode::Read).expect("a connection");
    fill(&database);
    // Known again by what it alone sees.
    mark(&mut first);
    for _ in 0..3 {
        for refused in [
            opened.checkout(Mode::Read).map(|_| ()).expect_err("no third"),
            opened.aside().map(|_| ()).expect_err("none beside the pool"),
        ] {
            // A file that is another one is told as such.
            let is_told = if on_postgres() {
                matches!(refused, StoreError::NoFurther(_))
            } else {
                matches!(refused, StoreError::Replaced(_))
            };
            assert!(is_told, "{refused}");
        }
        // Nobody is told that the database is down.
        opened.check().expect("it answers");
    }
    drop(second);
    drop(first);
    let mut again = opened.checkout(Mode::Read).expect("a healthy one");
    assert!(is_marked(&mut again), "it is the same connection");
    drop(again);
    assert!(opened.close(Duration::from_secs(5)));
    end();
}

#[test]
fn verifying_leaves_the_connection_with_the_time_limit_that_is_configured() {
    if !on_postgres() {
        return;
    }
    let database = TestDatabase::fresh();
    let opened = database.open();
    let mut conn = opened.checkout(Mode::Read).expect("a connection");
    palts::store::integrity::whole(conn.reader()).expect("readable");
    let limit = diesel::dsl::sql::<diesel::sql_types::Text>("current_setting('statement_timeout')");
    let limit: String = diesel::RunQueryDsl::get_result(diesel::select(limit), conn.get()).expect("a setting");
    assert_eq!(limit, "20s");
}

#[test]
fn a_database_that_opens_no_further_connection_is_ready_over_those_that_are_open() {
    if !on_postgres() {
        // SQLite has no such bound.
        return;
    }
    let (_database, opened, end) = narrow();
    let held = opened.checkout(Mode::Read).expect("a connection");
    drop(opened.checkout(Mode::Read).expect("one that lies idle then"));
    assert!(matches!(opened.aside().map(|_| ()), Err(StoreError::NoFurther(_))));
    let office = office_over(opened);
    assert_eq!(operation::ready(&office), Readiness::Everything);
    drop(held);
    assert!(office.close(Duration::from_secs(5)));
    end();
}
