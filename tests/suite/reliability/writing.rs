//! Writers beside those who would keep them waiting: what is examined, compared or only tried holds nobody up, and nobody writes for all of the
//! time. Held by counts of transactions that were begun, never by how fast a machine is.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use palts::access::Scope;
use palts::domain::vocabulary::Role;
use palts::graphql::Settings;
use palts::workflow::users::{self, GrantRequest, NewUser};
use palts::workflow::{Act, Rules};
use serde_json::{Value, json};

use crate::harness::data::{middle, square};
use crate::harness::plans::{Revision, objective, sector};
use crate::harness::{Answer, App, Client, PASSWORD, Setup, on_postgres};
use crate::imports::{collection, into, squares, upload};

const RECORD: &str = "mutation($i: RecordMeetingInput!) { recordMeeting(input: $i) { id } }";
const UPSERT: &str = "mutation($i: UpsertSectorsInput!) { upsertSectors(input: $i) { version } }";

fn record(by: &Client, department: &str, day: u32) -> Answer {
    let held = format!("2010-03-{day:02}");
    by.run(RECORD, json!({ "i": { "departmentCode": department, "heldOn": held, "attendance": ["POLICE"], "measures": [] } }))
}

fn begun(app: &App) -> u64 {
    app.office.writes_begun.load(Ordering::SeqCst)
}

fn reason(answer: &Answer) -> String {
    answer.error()["extensions"]["reason"].as_str().unwrap_or_default().to_owned()
}

/// A star of so many positions, whose every edge passes near its middle: the boxes of all of them meet.
fn star(points: u32, (lon, lat): (f64, f64)) -> Value {
    let at = |number: u32| {
        let angle = f64::from(number) * std::f64::consts::PI * (1.0 + 1.0 / f64::from(points));
        let kept = |degrees: f64| (degrees * 1e7).round() / 1e7;
        json!([kept(lon + 0.001 * angle.cos()), kept(lat + 0.001 * angle.sin())])
    };
    let mut ring: Vec<Value> = (0..points).map(at).collect();
    ring.push(ring[0].clone());
    json!({ "type": "Polygon", "coordinates": [ring] })
}

#[test]
fn who_sends_tangled_shapes_without_end_begins_no_write_and_keeps_nobody_waiting() {
    let app = App::start();
    let revision = Revision::open(&app, "93", "2010-S1");
    let (attacker, honest) = (app.prefecture("93"), app.prefecture("13"));
    let shape = |code: &str| {
        let mut input = sector("93", code, 0, "POLICE");
        input["geometry"] = star(19_800, (2.44, 48.91));
        input
    };
    let input =
        json!({ "i": { "revisionId": revision.id, "version": revision.version, "sectors": [shape("S-1"), shape("S-2")] } });
    let before = begun(&app);
    let is_over = Arc::new(AtomicBool::new(false));
    let attackers: Vec<_> = (0..2)
        .map(|_| {
            let (attacker, input, over) = (attacker.clone(), input.clone(), Arc::clone(&is_over));
            std::thread::spawn(move || {
                let mut sent = 0;
                while sent == 0 || !over.load(Ordering::SeqCst) {
                    let answer = attacker.run(UPSERT, input.clone());
                    assert!(["INVALID", "LIMIT", "UNAVAILABLE"].contains(&answer.code()), "{}", answer.body);
                    sent += 1;
                }
            })
        })
        .collect();
    for day in 1..=9 {
        record(&honest, "13", day).data();
    }
    is_over.store(true, Ordering::SeqCst);
    for thread in attackers {
        thread.join().expect("every answer was a refusal");
    }
    assert_eq!(begun(&app) - before, 9, "the honest writes, and no other");
}

#[test]
fn what_is_only_tried_or_refused_for_what_it_holds_begins_no_write() {
    let app = App::start();
    let revision = Revision::open(&app, "13", "2010-S1");
    let (by, secretariat) = (app.prefecture("13"), app.secretariat());
    let before = begun(&app);
    let file = collection(&squares("13", 3));
    for path in [into(&revision, "&authority=POLICE&dryRun=true"), into(&revision, "&authority=NOBODY_S")] {
        upload(&by, &path, &file);
    }
    let outside = collection(&[json!({ "type": "Feature", "properties": { "code": "13" }, "geometry": square("93", 0) })]);
    let school = json!({ "uai": "0130001F", "name": "Collège" });
    let schools = collection(&[json!({ "type": "Feature", "properties": school, "geometry": middle("13", 0) })]);
    upload(&by, "/imports/schools?department=13&dryRun=true", &schools);
    upload(&secretariat, "/imports/boundaries?dryRun=true", &outside);
    upload(&secretariat, "/imports/boundaries", &outside);
    let list = "/imports/national-list?list=SENSITIVE_SCHOOLS&from=2010-03-01&dryRun=true";
    secretariat.post(list, "text/csv", b"department,uai\n13,0130001F\n");
    let mut elsewhere = sector("13", "S-1", 1, "POLICE");
    elsewhere["geometry"] = square("93", 0);
    let input = |sectors: Value| json!({ "i": { "revisionId": revision.id, "version": revision.version, "sectors": sectors } });
    assert_eq!(by.run(UPSERT, input(json!([elsewhere]))).code(), "INVALID");
    let stale = json!({ "i": { "revisionId": revision.id, "version": 77, "sectors": [sector("13", "S-1", 1, "POLICE")] } });
    assert_eq!(by.run(UPSERT, stale).code(), "CONFLICT");
    let school =
        json!([{ "uai": "0130001F", "name": "Collège", "kind": "COLLEGE", "departmentCode": "13", "location": middle("93", 0) }]);
    let put = "mutation($i: [SchoolInput!]!) { upsertSchools(input: $i) { uai } }";
    assert_eq!(by.run(put, json!({ "i": school })).code(), "INVALID");
    assert_eq!(begun(&app), before);
    by.run(UPSERT, input(json!([sector("13", "S-1", 1, "POLICE")]))).data();
    assert_eq!(begun(&app), before + 1);
}

/// A préfecture that is made by the operator, who waits for nobody.
fn prefecture(app: &App, department: &str) -> Client {
    let username = format!("prefecture-{department}");
    app.as_operator(|call| {
        let new = NewUser { username: &username, display_name: "Préfecture", password: PASSWORD, must_change_password: false };
        users::create(call, &new)?;
        let department = Some(department.parse().expect("a department"));
        let (zone, parquet, until) = (None, None, None);
        users::grant(call, &GrantRequest { username: &username, role: Role::Prefecture, department, zone, parquet, until })
    });
    app.bearing(&app.login(&username, PASSWORD).text("/login/accessToken"))
}

#[test]
fn a_write_that_would_keep_others_waiting_for_too_long_is_undone_and_told() {
    let limits = Settings { writing_timeout_ms: 0, ..Settings::default() };
    let app = App::with(Setup { limits, ..Setup::default() });
    let by = prefecture(&app, "13");
    let refused = record(&by, "13", 3);
    assert_eq!((refused.code(), reason(&refused).as_str()), ("LIMIT", "WRITE_TOO_LONG"));
    assert_eq!(by.ask("{ department(code: \"13\") { meetings { totalCount } } }").at("/department/meetings/totalCount"), 0);
}

#[test]
fn one_caller_does_not_write_for_all_of_the_time() {
    let limits = Settings { caller_writing_ms_per_s: 1, caller_writing_burst_ms: 10, ..Settings::default() };
    let app = App::with(Setup { limits, ..Setup::default() });
    let (greedy, other) = (prefecture(&app, "13"), prefecture(&app, "93"));
    let refused = (1..=9).map(|day| record(&greedy, "13", day)).find(|answer| answer.body.get("errors").is_some());
    let refused = refused.expect("he had his share");
    assert_eq!((refused.status, refused.code(), reason(&refused).as_str()), (429, "LIMIT", "CALLER_WRITING"));
    assert!(refused.error()["extensions"]["parameters"]["retryAfterSeconds"].is_string(), "{}", refused.body);
    let school = json!({ "uai": "0130001F", "name": "Collège" });
    let schools = collection(&[json!({ "type": "Feature", "properties": school, "geometry": middle("13", 0) })]);
    assert_eq!(upload(&greedy, "/imports/schools?department=13", &schools).status, 429, "before the file is examined");
    greedy.ask("{ viewer { username } }").data();
    record(&other, "93", 3).data();
}

#[test]
fn a_revision_is_bounded_as_a_whole() {
    let app = App::with(Setup { rules: Rules { max_revision_bytes: 2_000, ..Rules::default() }, ..Setup::default() });
    let mut revision = Revision::open(&app, "13", "2010-S1");
    let by = app.prefecture("13");
    let small = json!({ "sectors": [sector("13", "S-1", 1, "POLICE")] });
    revision.step(&by, "upsertSectors", small);
    let sectors: Vec<Value> = (2..20).map(|at| sector("13", &format!("S-{at}"), at, "POLICE")).collect();
    let mut wordy = objective("O-1", "REPRESSION", &["S-1"]);
    wordy["description"] = json!("x".repeat(5_000));
    for (mutation, more) in [
        ("upsertSectors", json!({ "sectors": sectors })),
        ("updateDiagnosis", json!({ "diagnosis": "x".repeat(5_000) })),
        ("upsertObjective", wordy),
        ("contributeToDiagnosis", json!({ "service": "PREFECTURE", "text": "x".repeat(5_000), "datedOn": "2010-03-01" })),
    ] {
        let refused = revision.try_step(&by, mutation, more);
        assert_eq!((refused.code(), reason(&refused).as_str()), ("LIMIT", "REVISION_TOO_LARGE"), "{mutation}");
    }
    // Nothing of it was kept; and what is small enough still goes in.
    revision.step(&by, "updateDiagnosis", json!({ "diagnosis": "Court." }));
    assert_eq!(revision.hash(&by).len(), 64);
}

#[test]
fn contents_that_memory_should_not_hold_together_are_neither_hashed_nor_compared() {
    let app = App::start();
    let mut revision = Revision::open(&app, "13", "2010-S1");
    let by = app.prefecture("13");
    revision.step(&by, "updateDiagnosis", json!({ "diagnosis": "x".repeat(50_000) }));
    let small = app.beside(Setup { rules: Rules { max_revision_bytes: 10_000, ..Rules::default() }, ..Setup::default() });
    let by = small.prefecture("13");
    for field in ["contentHash", "changes { against { id } sectors { label } }"] {
        let answer = by.ask(&format!("{{ plan(departmentCode: \"13\") {{ pending {{ {field} }} }} }}"));
        assert_eq!((answer.code(), reason(&answer).as_str()), ("LIMIT", "REVISIONS_TOO_LARGE"), "{field}");
    }
}

#[test]
fn a_draft_that_is_too_large_already_may_be_made_smaller_step_by_step() {
    let app = App::start();
    let mut revision = Revision::open(&app, "13", "2010-S1");
    let by = app.prefecture("13");
    revision.step(&by, "updateDiagnosis", json!({ "diagnosis": "x".repeat(50_000) }));
    let small = app.beside(Setup { rules: Rules { max_revision_bytes: 10_000, ..Rules::default() }, ..Setup::default() });
    let by = small.prefecture("13");
    let refused = revision.try_step(&by, "updateDiagnosis", json!({ "diagnosis": "x".repeat(60_000) }));
    assert_eq!((refused.code(), reason(&refused).as_str()), ("LIMIT", "REVISION_TOO_LARGE"));
    revision.step(&by, "updateDiagnosis", json!({ "diagnosis": "x".repeat(40_000) }));
}

#[test]
fn those_who_wait_for_a_department_leave_connections_to_the_writers_of_others() {
    if !on_postgres() {
        return; // There all write one after the other.
    }
    let app = App::start();
    let (preparing, refused) = (app.prefecture("93"), app.prefecture("13"));
    let waiting: Vec<Client> =
        (1..=4).map(|n| app.user(&format!("bureau-{n}"), "PREFECTURE", json!({ "departmentCode": "13" }))).collect();
    let before = begun(&app);
    let threads: Vec<_> = app.as_operator(|call| {
        let held = Act::local("recordMeeting", &"13".parse().expect("a department"), "held");
        let mut write = call.begin_within(held, Scope::nowhere())?;
        write.db()?;
        let one = |(day, by): (u32, Client)| std::thread::spawn(move || record(&by, "13", day).body);
        let threads = (1..).zip(waiting).map(one).collect();
        // One of them has a connection, and waits for the lock.
        while begun(&app) < before + 2 {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        for day in 1..=9 {
            // Refusals of acts in that department do not wait for it either.
            assert_eq!(record(&refused, "13", 31).code(), "INVALID", "a day to come");
            record(&preparing, "93", day).data();
        }
        write.unchanged();
        Ok(threads)
    });
    for thread in threads {
        let body = thread.join().expect("an answer");
        assert!(body["data"]["recordMeeting"]["id"].is_string(), "{body}");
    }
    let asked = "{ auditEntries(first: 100) { nodes { act outcome } } }";
    record(&refused, "13", 31);
    let entries = app.auditor("13").ask(asked).at("/auditEntries/nodes").to_string();
    assert!(entries.contains("INVALID"), "what was refused meanwhile is written afterwards: {entries}");
}

#[test]
fn a_draft_that_is_too_large_is_made_smaller_over_one_connection() {
    let app = App::start();
    let mut revision = Revision::open(&app, "13", "2010-S1");
    let by = app.prefecture("13");
    let mut wordy = objective("O-1", "REPRESSION", &["S-1"]);
    wordy["description"] = json!("x".repeat(5_000));
    let said = |text: String| json!({ "service": "PREFECTURE", "text": text, "datedOn": "2010-03-01" });
    let mut described = sector("13", "S-1", 1, "POLICE");
    described["description"] = json!("x".repeat(3_000));
    revision.step(&by, "upsertSectors", json!({ "sectors": [described] }));
    revision.step(&by, "upsertObjective", wordy);
    revision.step(&by, "contributeToDiagnosis", said("x".repeat(20_000)));
    revision.step(&by, "updateDiagnosis", json!({ "diagnosis": "x".repeat(20_000) }));
    let rules = Rules { max_revision_bytes: 12_000, ..Rules::default() };
    let small = app.beside(Setup { rules, connections: Some(1), ..Setup::default() });
    let by = small.prefecture("13");
    let smaller = [
        ("updateDiagnosis", json!({ "diagnosis": "x".repeat(10_000) })),
        ("contributeToDiagnosis", said("x".repeat(10_000))),
        ("upsertObjective", objective("O-1", "REPRESSION", &["S-1"])),
        ("upsertSectors", json!({ "sectors": [sector("13", "S-1", 1, "POLICE")] })),
    ];
    for (mutation, less) in smaller {
        revision.step(&by, mutation, less);
    }
    let refused = revision.try_step(&by, "updateDiagnosis", json!({ "diagnosis": "x".repeat(10_100) }));
    assert_eq!((refused.code(), reason(&refused).as_str()), ("LIMIT", "REVISION_TOO_LARGE"));
}
