//! Migrations of the database under test: up, down, up again gives the same schema; schema.rs says what they make.

use diesel::prelude::*;
use palts::exchange::reference;
use palts::store::migrate::{self, Standing};
use palts::store::{AnyConnection, Mode, audit};
use palts::workflow;
use serde_json::json;

use crate::harness::plans::{meeting, recorder};
use crate::harness::{App, TestDatabase, past_palts};

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
    assert!(matches!(migrate::standing(conn.reader()).expect("readable"), Standing::Behind(_)));
    let ran = migrate::alone(conn.writer().expect("a writer"), migrate::up).expect("up");
    let first = schema(conn.get());
    assert!(first.len() > 50, "{first:?}");
    assert_eq!(migrate::standing(conn.reader()).expect("readable"), Standing::Current);

    assert_eq!(migrate::alone(conn.writer().expect("a writer"), migrate::down).expect("down").len(), ran.len());
    assert_eq!(schema(conn.get()), Vec::<String>::new(), "nothing is left behind");

    migrate::alone(conn.writer().expect("a writer"), migrate::up).expect("up again");
    assert_eq!(schema(conn.get()), first);
}

#[test]
fn running_migrations_twice_changes_nothing() {
    let fresh = TestDatabase::fresh();
    let database = fresh.open();
    let mut conn = database.checkout(Mode::Write).expect("a connection");
    let before = schema(conn.get());
    assert!(migrate::alone(conn.writer().expect("a writer"), migrate::up).expect("up").is_empty());
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
    let mut does = |statement: &str| past_palts(conn.get(), statement).is_ok();
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
    let ran =
        migrate::alone(database.open().checkout(Mode::Write).expect("a connection").writer().expect("a writer"), migrate::up)
            .expect("they run");
    let folders = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/sqlite");
    let mut there: Vec<String> = std::fs::read_dir(folders)
        .expect("the migrations are there")
        .map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned())
        .map(|name| name.split('_').next().unwrap_or_default().replace('-', ""))
        .collect();
    there.sort();
    assert_eq!(ran, there, "what was added alone is built in too: see build.rs");
}

#[test]
fn a_database_of_before_gets_the_triggers_that_hold_measures_to_their_meetings() {
    const VERSION: &str = "20261130000014";
    let app = App::start();
    meeting(&recorder(&app, "13"), "13", "2010-03-03", json!([{ "indicator": "ILS_TOTAL", "service": "POLICE", "value": 3.0 }]));
    let mut conn = app.office.database.checkout(Mode::Write).expect("a connection");
    // As the release before it left the database.
    let mut tables = include_str!("../../migrations/sqlite/2026-11-30-000014_measures_stay/down.sql").to_owned();
    tables.push_str(&format!("DELETE FROM __diesel_schema_migrations WHERE version = '{VERSION}';"));
    let loose = "UPDATE measures SET department_code = department_code";
    if crate::harness::on_postgres() {
        let forget = format!("DELETE FROM __diesel_schema_migrations WHERE version = '{VERSION}'");
        past_palts(conn.get(), &forget).expect("taken back");
    } else {
        past_palts(conn.get(), &tables).expect("taken back");
        past_palts(conn.get(), loose).expect("nothing held them");
    }
    assert_eq!(migrate::alone(conn.writer().expect("a writer"), migrate::up).expect("up"), [VERSION]);
    for statement in
        ["DELETE FROM meetings", "UPDATE measures SET department_code = '75'", "DELETE FROM indicators WHERE code = 'ILS_TOTAL'"]
    {
        assert!(past_palts(conn.get(), statement).is_err(), "{statement}");
    }
}

#[test]
fn migrations_that_were_released_stay_as_they_were() {
    let released = [
        ("postgres/2026-11-21-000001_territory", "694d70a9cc02da9a1b29ab98699912a1e06ebe654e98a2c126f3b52358b78be5"),
        ("postgres/2026-11-21-000002_access", "29764c94ad93a2a3241f92c2bfccda3a47b1647c08c29d2a3e1d236cde40c108"),
        ("postgres/2026-11-21-000003_audit", "cc63231fdf3790b683b092ea550114e06594e86e4dd214e76ce4882681e9abd3"),
        ("postgres/2026-11-21-000004_plans", "6390b2eabbb43145d7781f256c558f4e7549b0df1856152c437882539ff30b04"),
        ("postgres/2026-11-21-000005_schools", "ce956544f5d88b81764dd98ffdb4542dc445b025a991e8283bbca4deb68cd41e"),
        ("postgres/2026-11-21-000006_meetings", "fb5543a818182ef718f2e2f445b1db1701243fe08cc46afd36ee2192a73f41f4"),
        ("postgres/2026-11-21-000007_rollups", "2b7d4fb0f8eeaea8402ec72beb81080e6a8f3626b3466f86d97c8fb05d390b9f"),
        ("postgres/2026-11-21-000008_publications", "719dda4034eeeb149ad33cdcfed1e1e9ce76f0f48a61e8d3cbadbce9293d2f23"),
        ("sqlite/2026-11-21-000001_territory", "128b57dde5f8f379d85575243ac08d3e50bb88bd8c090228187880b7f955013f"),
        ("sqlite/2026-11-21-000002_access", "2561902cb067b6e05231ffdbe68c3b35b0053abc42293d671b88a1ea70bf0fbf"),
        ("sqlite/2026-11-21-000003_audit", "f74fc7b76c5733cdf287ea490e6432266ff564f5e84f7653704234a2643a9d62"),
        ("sqlite/2026-11-21-000004_plans", "651742d6b47f60ec4e71d791b81d5a3dfc1283ff605ec678c908f360a4e7154f"),
        ("sqlite/2026-11-21-000005_schools", "e4944606570b04741edba55041dd672e12977c4ec3ad9de29961691e14a13313"),
        ("sqlite/2026-11-21-000006_meetings", "4940cf57faba7465304585cf1e6f2411edb4565c411659cbd78d8eb6e95c732a"),
        ("sqlite/2026-11-21-000007_rollups", "ea53124acc222b9c86cd82c3dbd662b7129c282c61b526e6477a82c60f79bce7"),
        ("sqlite/2026-11-21-000008_publications", "1f88f65101bb6bb9a91ac60e5f7d22db7a4aac1b0517a6d22d49db06b29bdd82"),
    ];
    for (name, hash) in released {
        let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(name).join("up.sql");
        let found = palts::keys::secret::fingerprint(&std::fs::read(file).expect("readable"));
        assert_eq!(
            found, hash,
            "{name}: what is to change stands in a new migration; databases that have this one do not run it again"
        );
    }
}
