//! A replica answers queries for as long as it shows what the primary shows, and is never asked for anything else. On PostgreSQL only: a copy
//! that stands still is a replica that fell behind, and what is changed in it past palts shows who answered.

use std::sync::Arc;

use palts::graphql::Settings;
use palts::store::epochs::{EpochReader, State};
use palts::store::replica::ReplicaFigures;
use palts::store::{Database, DatabaseUrl, Mode, audit};
use serde_json::json;

use crate::harness::plans::meeting;
use crate::harness::{App, Client, Setup, TestDatabase, on_postgres};

/// An application over a primary and a replica, with a meeting in two departments; what is kept or remembered would hide who answers.
struct Pair {
    app: App,
    replica: TestDatabase,
    // The database is the first application's.
    _first: App,
}

const DEPARTMENTS: [&str; 2] = ["13", "75"];

impl Pair {
    fn start() -> Self {
        let first = App::start();
        for department in DEPARTMENTS {
            meet(&first.prefecture(department), department, "2010-02-05", "Sur le serveur principal.");
        }
        // A new account is news for everybody, so that this one comes first.
        first.secretariat();
        let replica = first.database().standing_still();
        replica.execute("UPDATE meetings SET minutes = 'Sur la réplique.'");
        let app = first.beside(reading_from(&replica.url));
        Self { app, replica, _first: first }
    }

    fn figures(&self) -> ReplicaFigures {
        self.app.office.database.replica_figures()
    }

    /// Asks until the replica has answered: connections to it are made while the primary answers.
    fn warm(&self) {
        for _ in 0..2000 {
            let before = self.figures().answers;
            minutes(&self.app.prefecture("13"), "13");
            if self.figures().answers > before {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        panic!("the replica never answered: {:?}", self.figures());
    }
}

fn reading_from(replica: &DatabaseUrl) -> Setup {
    let limits = Settings { cached_answer_bytes: 0, remembers: false, ..Settings::default() };
    Setup { limits, replica: Some(replica.clone()), ..Setup::default() }
}

fn meet(by: &Client, department: &str, day: &str, minutes: &str) {
    let input =
        json!({ "departmentCode": department, "heldOn": day, "attendance": ["PREFECTURE"], "minutes": minutes, "measures": [] });
    by.run("mutation($i: RecordMeetingInput!) { recordMeeting(input: $i) { id } }", json!({ "i": input })).data();
}

/// The minutes of the last meeting.
fn minutes(by: &Client, department: &str) -> String {
    let last =
        "query($c: DepartmentCode!) { plan(departmentCode: $c) { department { meetings(first: 1) { nodes { minutes } } } } }";
    by.run(last, json!({ "c": department })).text("/plan/department/meetings/nodes/0/minutes")
}

fn epochs(database: &Database) -> Vec<(String, i64)> {
    let mut epochs = database.read(|connection| audit::epochs(connection, None)).expect("readable");
    epochs.sort();
    epochs
}

#[test]
fn a_replica_answers_until_it_is_behind_and_only_where_it_is_not() {
    if !on_postgres() {
        return;
    }
    let pair = Pair::start();
    pair.warm();
    let (marseille, paris) = (pair.app.prefecture("13"), pair.app.prefecture("75"));
    assert_eq!(minutes(&marseille, "13"), "Sur la réplique.");
    assert_eq!(minutes(&paris, "75"), "Sur la réplique.");
    let copied = epochs(&pair.replica.open());
    // The write goes to the primary, and is what every question gets from then on.
    meet(&marseille, "13", "2010-02-20", "Écrit ensuite.");
    let before = pair.figures();
    assert_eq!(minutes(&marseille, "13"), "Écrit ensuite.");
    assert_eq!(pair.figures(), ReplicaFigures { behind: before.behind + 1, ..before });
    // Nothing was written in Paris.
    assert_eq!(minutes(&paris, "75"), "Sur la réplique.");
    assert_eq!(pair.figures().answers, before.answers + 1);
    assert_eq!(epochs(&pair.replica.open()), copied);
    assert_ne!(epochs(&pair.app.office.database), copied);
    // An act of the nation concerns everybody.
    pair.app.user("nouvelle", "POLICE", json!({ "departmentCode": "13" }));
    assert_eq!(minutes(&paris, "75"), "Sur le serveur principal.");
}

#[test]
fn states_of_the_same_sum_are_not_taken_for_the_same() {
    if !on_postgres() {
        return;
    }
    let pair = Pair::start();
    pair.warm();
    let secretariat = pair.app.secretariat();
    let held = || {
        let compliance = r#"{ departments(regionCode: "93") { code compliance(semester: "2010-S1") { meetingsHeld } } }"#;
        secretariat.ask(compliance).data().clone()
    };
    let (before, answers) = (held(), pair.figures().answers);
    assert_eq!(held(), before);
    assert_eq!(pair.figures().answers, answers + 1);
    // One act in Marseille on the primary, as it were one in Paris on the replica.
    meeting(&pair.app.prefecture("13"), "13", "2010-02-20", json!([]));
    pair.replica.execute("UPDATE chains SET epoch = epoch + 1 WHERE chain = '75'");
    let sum = |database: &Database| epochs(database).iter().map(|(_, epoch)| epoch).sum::<i64>();
    assert_eq!(sum(&pair.app.office.database), sum(&pair.replica.open()));
    assert_ne!(held(), before);
}

#[test]
fn a_glance_during_which_the_replica_moves_on_is_told_from_one_of_one_state() {
    if !on_postgres() {
        return;
    }
    let pair = Pair::start();
    pair.warm();
    let database = &pair.app.office.database;
    let epochs = EpochReader::new(database.clone()).read().expect("readable");
    let state = |department: &str| State {
        epochs: Arc::clone(&epochs),
        sphere: palts::access::Scope::department(department.parse().expect("a code")),
    };
    let mut there = database.glance(Some(&state("13"))).expect("a connection");
    assert_eq!(there.saw_one_state(), Some(true));
    drop(there);
    let mut moved = database.glance(Some(&state("13"))).expect("a connection");
    pair.replica.execute("UPDATE chains SET epoch = epoch + 1 WHERE chain = '13'");
    assert_eq!(moved.saw_one_state(), Some(false));
    drop(moved);
    // From the beginning, on the primary: whoever glances there compares for himself.
    assert_eq!(database.glance(Some(&state("13"))).expect("a connection").saw_one_state(), None);
    assert_eq!(database.glance(Some(&state("75"))).expect("a connection").saw_one_state(), Some(true));
    assert_eq!(database.checkout(Mode::Read).expect("a connection").saw_one_state(), None);
}

#[test]
fn without_its_replica_the_primary_answers() {
    if !on_postgres() {
        return;
    }
    let Pair { app, replica, _first } = {
        let pair = Pair::start();
        pair.warm();
        pair
    };
    let marseille = app.prefecture("13");
    drop(replica);
    for _ in 0..3 {
        assert_eq!(minutes(&marseille, "13"), "Sur le serveur principal.");
    }
    assert!(app.office.database.replica_figures().away > 0);
    drop(app);
    let nowhere = _first.beside(reading_from(&DatabaseUrl::Postgres("postgres://palts@127.0.0.1:1/nowhere".to_owned())));
    assert_eq!(minutes(&nowhere.prefecture("13"), "13"), "Sur le serveur principal.");
    let figures = nowhere.office.database.replica_figures();
    assert!(figures.away > 0 && figures.answers == 0, "{figures:?}");
    assert_eq!(nowhere.anonymous().get("/readyz").0, 200);
}
