//! Migrations of the database under test: up, down, up again gives the same schema; schema.rs says what they make.

use diesel::prelude::*;
use palts::exchange::reference;
use palts::store::migrate::{self, Standing};
use palts::store::{AnyConnection, Mode, audit};
use palts::workflow;
use serde_json::json;

use crate::harness::plans::{meeting, recorder};
use crate::harness::{App, TestDatabase};

#[derive(diesel::QueryableByName)]
struct Line {
    #[diesel(sql_type = diesel::sql_types::Text)]
    line: String,
}

/// Every table with its columns, and every index, as lines that can be compared.
fn schema(connection: &mut AnyConnection) -> Vec<String> {
    let sql = match connection {
        AnyConnection::Postgres(_) => {
            "SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' || coalesce(column_default, '') AS line \
             FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_%' \
             UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename NOT LIKE '\\_\\_%' \
             UNION ALL SELECT conrelid::regclass || ' ' || pg_get_constraintdef(oid) FROM pg_constraint \
             WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text NOT LIKE '\\_\\_%' ORDER BY 1"
        }
        AnyConnection::Sqlite(_) => {
            "SELECT type || ' ' || name || ' ' || coalesce(sql, '') AS line FROM sqlite_master \
             WHERE name NOT LIKE '\\_\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND tbl_name NOT LIKE '\\_\\_%' ESCAPE '\\' ORDER BY 1"
        }
    };
    diesel::sql_query(sql).load::<Line>(connection).expect("the catalogue is readable").into_iter().map(|row| row.line).collect()
}

#[test]
fn migrations_run_up_down_and_up_to_the_same_schema() {
    let fresh = TestDatabase::empty();
    let database = fresh.open();
    let mut conn = database.checkout(Mode::Write).expect("a connection");
    let connection = conn.get();
    assert!(matches!(migrate::standing(connection).expect("readable"), Standing::Behind(_)));
    let ran = migrate::up(connection).expect("up");
    let first = schema(connection);
    assert!(first.len() > 50, "{first:?}");
    assert_eq!(migrate::standing(connection).expect("readable"), Standing::Current);

    assert_eq!(migrate::down(connection).expect("down").len(), ran.len());
    assert_eq!(schema(connection), Vec::<String>::new(), "nothing is left behind");

    migrate::up(connection).expect("up again");
    assert_eq!(schema(connection), first);
}

#[test]
fn running_migrations_twice_changes_nothing() {
    let fresh = TestDatabase::fresh();
    let database = fresh.open();
    let mut conn = database.checkout(Mode::Write).expect("a connection");
    let before = schema(conn.get());
    assert!(migrate::up(conn.get()).expect("up").is_empty());
    assert_eq!(schema(conn.get()), before);
}

#[test]
fn texts_are_ordered_by_their_bytes_whatever_the_servers_locale() {
    let fresh = TestDatabase::fresh();
    let database = fresh.open();
    let mut conn = database.checkout(Mode::Read).expect("a connection");
    let sql = match conn.get() {
        AnyConnection::Postgres(_) => {
            "SELECT table_name || '.' || column_name AS line FROM information_schema.columns WHERE table_schema = 'public' \
             AND table_name NOT LIKE '\\_\\_%' AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'"
        }
        // SQLite compares bytes unless told otherwise.
        AnyConnection::Sqlite(_) => "SELECT name AS line FROM sqlite_master WHERE sql LIKE '%COLLATE%'",
    };
    let others = diesel::sql_query(sql).load::<Line>(conn.get()).expect("the catalogue is readable");
    let others: Vec<String> = others.into_iter().map(|row| row.line).collect();
    assert_eq!(others, Vec::<String>::new());
}

#[test]
fn what_measures_rest_on_stays_where_it_is() {
    let app = App::start();
    meeting(&recorder(&app, "13"), "13", "2010-03-03", json!([{ "indicator": "ILS_TOTAL", "service": "POLICE", "value": 3.0 }]));
    let mut conn = app.office.database.checkout(Mode::Write).expect("a connection");
    let measure = |department: &str, meeting: &str, fortnight: u32| {
        format!(
            "INSERT INTO measures (department_code, meeting_id, indicator_id, fortnight, sector_code, authority, parquet_code, service, value, \
             recorded_at, recorded_by) SELECT '{department}', {meeting}, indicator_id, {fortnight}, '', '', '', service, value, recorded_at, \
             recorded_by FROM measures WHERE fortnight < 300"
        )
    };
    let mut does = |statement: &str| diesel::sql_query(statement).execute(conn.get()).is_ok();
    assert!(does(&measure("13", "meeting_id", 300)));
    for statement in [
        "DELETE FROM indicators WHERE code = 'ILS_TOTAL'",
        "DELETE FROM meetings",
        "UPDATE meetings SET id = id + 1",
        "UPDATE measures SET meeting_id = meeting_id + 1",
        "DELETE FROM indicators WHERE code = 'ARMES'",
        "UPDATE measures SET department_code = '75'",
        // Of no meeting, and of another department's.
        &measure("13", "meeting_id + 1", 301),
        &measure("75", "meeting_id", 301),
    ] {
        assert!(!does(statement), "{statement}");
    }
}

#[test]
fn loading_the_reference_again_is_an_act_of_the_nation() {
    let app = App::start();
    let territories = reference::territories().expect("readable");
    let indicators = reference::indicators().expect("readable");
    let epoch = || app.office.database.read(audit::nation).expect("an epoch");
    let before = epoch();
    let now = app.office.clock.now();
    app.office
        .database
        .write(|connection| workflow::reference::refresh(connection, &territories, &indicators, now))
        .expect("loaded");
    assert_eq!(epoch(), before + 1);
}

#[test]
fn every_migration_of_the_folders_is_built_in() {
    let database = TestDatabase::empty();
    let ran = migrate::up(database.open().checkout(Mode::Write).expect("a connection").get()).expect("they run");
    let folders = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/sqlite");
    let mut there: Vec<String> = std::fs::read_dir(folders)
        .expect("the migrations are there")
        .map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned())
        .map(|name| name.split('_').next().unwrap_or_default().replace('-', ""))
        .collect();
    there.sort();
    assert_eq!(ran, there, "what was added alone is built in too: see build.rs");
}
