//! Answers that are kept: true for as long as nothing that decides them has changed, on one instance and on several; and each for those alone
//! whose rights it shows.

use std::sync::atomic::{AtomicU64, Ordering};

use palts::graphql::{RegisteredOnly, Settings};
use palts::keys::secret::fingerprint;
use palts::store::audit::{Category, Chain, DONE, NewEntry};
use palts::store::{self, Mode};
use palts::workflow::audit;
use serde_json::{Value, json};

use crate::harness::plans::{self, meeting};
use crate::harness::{Answer, App, Client, Setup};
use crate::http::raw::{JSON, send};

const PLAN: &str = r#"{ plan(departmentCode: "13") { id department { name } pending { version diagnosis } } }"#;

/// Polls; answers what it cost in statements too.
fn poll(app: &App, by: &Client, query: &str) -> (Value, u64) {
    let (answer, statements) = app.statements(|| by.ask(query));
    (answer.data().clone(), statements)
}

fn diagnose(by: &Client, revision: &plans::Revision, version: i64, text: &str) -> i64 {
    let answer = by.run(
        "mutation($i: UpdateDiagnosisInput!) { updateDiagnosis(input: $i) { version } }",
        json!({ "i": { "revisionId": revision.id, "version": version, "diagnosis": text } }),
    );
    answer.at("/updateDiagnosis/version").as_i64().expect("a version")
}

#[test]
fn a_poll_is_answered_without_a_statement_until_something_is_written() {
    let app = App::start();
    // A new account is news for everybody: this one comes first.
    app.prefecture("75");
    let prefecture = app.prefecture("13");
    let (first, _) = poll(&app, &prefecture, PLAN);
    assert_eq!(poll(&app, &prefecture, PLAN), (first.clone(), 0));
    // What another department does is none of the préfecture's business.
    plans::Revision::open(&app, "75", "2010-S1");
    assert_eq!(poll(&app, &prefecture, PLAN), (first.clone(), 0));
    let revision = plans::Revision::open(&app, "13", "2010-S1");
    let (opened, _) = poll(&app, &prefecture, PLAN);
    assert_eq!(opened["plan"]["pending"]["version"], json!(1));
    diagnose(&prefecture, &revision, 1, "Un état des lieux.");
    let (edited, _) = poll(&app, &prefecture, PLAN);
    assert_eq!(edited["plan"]["pending"], json!({ "version": 2, "diagnosis": "Un état des lieux." }));
}

#[test]
fn callers_share_an_answer_when_their_rights_are_the_same_and_only_then() {
    let app = App::start();
    plans::Revision::open(&app, "13", "2010-S1");
    let (one, other) = (app.prefecture("13"), app.user("seconde", "PREFECTURE", json!({ "departmentCode": "13" })));
    let secretariat = app.secretariat();
    other.ask("{ viewer { username } }").data();
    let (shown, _) = poll(&app, &one, PLAN);
    assert_eq!(poll(&app, &other, PLAN), (shown.clone(), 0));
    // The secretariat sees no draft, whatever was answered to others.
    assert_eq!(poll(&app, &secretariat, PLAN).0["plan"]["pending"], json!(null));
    // Who one is, nobody shares.
    let name = "{ viewer { username } }";
    assert_eq!(poll(&app, &one, name).0["viewer"]["username"], json!("prefecture-13"));
    assert_eq!(poll(&app, &other, name), (json!({ "viewer": { "username": "seconde" } }), 0));
    assert_eq!(app.anonymous().ask(PLAN).code(), "UNAUTHENTICATED");
}

#[test]
fn the_steps_open_to_one_person_are_not_shown_to_another_with_the_same_rights() {
    let app = App::start();
    let mut revision = plans::Revision::open(&app, "13", "2010-S1");
    revision.fill(&app);
    // Who holds both offices edits, and may then not sign.
    let hands = app.user("deux-mains", "PREFECT", json!({ "departmentCode": "13" }));
    app.grant("deux-mains", "PREFECTURE", json!({ "departmentCode": "13" }));
    app.user("deux-autres", "PREFECT", json!({ "departmentCode": "13" }));
    app.grant("deux-autres", "PREFECTURE", json!({ "departmentCode": "13" }));
    let others = app.user("deux-autres", "PREFECT", json!({ "departmentCode": "13" }));
    revision.version = diagnose(&hands, &revision, revision.version, "De sa main.");
    revision.submit(&app);
    let steps = r#"{ plan(departmentCode: "13") { pending { availableSteps } } }"#;
    let open = |by: &Client| poll(&app, by, steps).0["plan"]["pending"]["availableSteps"].clone();
    let may_sign = |by: &Client| open(by).as_array().expect("steps").contains(&json!("SIGN"));
    assert!(may_sign(&others));
    assert!(!may_sign(&hands));
    assert!(may_sign(&others));
}

#[test]
fn a_grant_that_is_taken_away_ends_the_poll_at_once() {
    let app = App::start();
    let police = app.police("13");
    poll(&app, &police, PLAN);
    let input = json!({ "username": police.username, "role": "POLICE", "departmentCode": "13" });
    let revoke = "mutation($i: GrantInput!) { revokeRole(input: $i) { id } }";
    app.administrator().run(revoke, json!({ "i": input })).data();
    assert_eq!(police.ask(PLAN).code(), "FORBIDDEN");
    app.administrator().run("mutation { disableUser(username: \"police-13\") { id } }", json!({})).data();
    assert_eq!(police.ask(PLAN).code(), "UNAUTHENTICATED");
}

/// Asks for a write while somebody else holds its chain, and ends all grants of who asks before that one lets go; answers how it ended.
fn overtaken(app: &App, by: Client, name: &str, chain: &Chain, document: &'static str, variables: Value) -> Answer {
    by.ask("{ viewer { username } }").data();
    let mut holding = app.office.database.checkout(Mode::Write).expect("a connection");
    holding.begin().expect("a transaction");
    store::audit::lock(holding.writer().expect("a writer"), chain).expect("the lock");
    let waiting = std::thread::spawn(move || by.run(document, variables));
    // Time to be recognised and to wait for the lock; were it too short, the refusal would come all the same.
    std::thread::sleep(std::time::Duration::from_millis(500));
    let (name, now) = (name.parse().expect("a name"), app.office.clock.now());
    let user = store::users::by_name(holding.reader(), &name).expect("readable").expect("an account");
    let grants = store::users::standing_grants(holding.reader(), user.id, app.office.clock.today()).expect("readable");
    let ids: Vec<i64> = grants.iter().map(|(id, _)| *id).collect();
    store::users::revoke_grants(holding.writer().expect("a writer"), &ids, now).expect("writable");
    let entry = NewEntry::of(&Chain::Nation, Category::Access, now, "operator", "revokeRole", "all", DONE, "revoked");
    store::audit::append(holding.writer().expect("a writer"), &entry).expect("writable");
    holding.commit().expect("committed");
    drop(holding);
    waiting.join().expect("an answer")
}

#[test]
fn a_write_that_waited_is_not_done_with_a_grant_that_ended_meanwhile() {
    let app = App::start();
    let chain = Chain::Department("13".parse().expect("a code"));
    let open = "mutation($i: OpenRevisionInput!) { openRevision(input: $i) { id } }";
    let input = json!({ "i": { "departmentCode": "13", "semester": "2010-S1" } });
    assert_eq!(overtaken(&app, app.prefecture("13"), "prefecture-13", &chain, open, input).code(), "FORBIDDEN");
    assert_eq!(app.secretariat().ask(PLAN).at("/plan/pending"), &json!(null));
}

#[test]
fn a_national_act_that_held_the_departments_and_waited_for_the_nation_is_not_done_with_a_grant_that_ended_meanwhile() {
    let app = App::start();
    let define = "mutation($i: DefineIndicatorInput!) { defineIndicator(input: $i) { code } }";
    let as_it_adds_up = |aggregation: &str| json!({ "i": { "code": "VIGIE", "label": "Vigie", "unit": "nombre", "definition": "Pour voir.", "aggregation": aggregation } });
    app.secretariat().run(define, as_it_adds_up("SUM")).data();
    let ended = overtaken(&app, app.secretariat(), "secretariat", &Chain::Nation, define, as_it_adds_up("AVERAGE"));
    assert_eq!(ended.code(), "FORBIDDEN");
    let kept = app.prefecture("13").ask("{ indicators { code aggregation } }").at("/indicators").clone();
    let kept = kept.as_array().expect("a list").iter().find(|one| one["code"] == "VIGIE").cloned();
    assert_eq!(kept, Some(json!({ "code": "VIGIE", "aggregation": "SUM" })));
}

#[test]
fn the_audit_is_read_anew_each_time() {
    let app = App::start();
    let administrator = app.administrator();
    let count =
        || administrator.ask("{ auditEntries { totalCount } }").at("/auditEntries/totalCount").as_i64().expect("a number");
    let before = count();
    assert_eq!(app.login("administrateur", "pas le bon mot de passe").code(), "UNAUTHENTICATED");
    assert_eq!(count(), before + 1);
}

#[test]
fn a_refusal_is_refused_and_audited_each_time() {
    let app = App::start();
    let police = app.police("13");
    for _ in 0..2 {
        assert_eq!(police.ask("{ users { totalCount } }").code(), "FORBIDDEN");
    }
    audit::flush_refusals(&app.office, true);
    let entries = app.administrator().ask("{ auditEntries(first: 500) { nodes { actor act outcome } } }");
    let entries = entries.at("/auditEntries/nodes").as_array().expect("entries").clone();
    let refused = json!({ "actor": "police-13", "act": "query", "outcome": "FORBIDDEN" });
    // The first by itself, the others of its kind as one entry with a count.
    assert_eq!(entries.iter().filter(|entry| **entry == refused).count(), 2, "{entries:?}");
}

#[test]
fn a_day_later_the_answer_is_found_out_again() {
    let app = App::on("2010-06-30");
    plans::Revision::in_force(&app, "13", "2010-S1");
    let late = r#"{ departments(regionCode: "93") { code compliance(semester: "2010-S2") { meetingsExpected } } }"#;
    let (before, _) = poll(&app, &app.secretariat(), late);
    app.set_day("2011-02-01");
    let (after, _) = poll(&app, &app.secretariat(), late);
    assert_ne!(before, after);
}

#[test]
fn an_etag_spares_the_body_and_gzip_most_of_it() {
    let app = App::start();
    let prefecture = app.prefecture("13");
    let token = format!("Bearer {}", prefecture.token().expect("it is signed in"));
    let path = "/graphql?query=%7B__schema%7Btypes%7Bname%20description%7D%7D%7D";
    let bearer = ("authorization", token.as_str());
    let first = send(&app, "GET", path, &[bearer], "");
    assert_eq!((first.status, first.header("cache-control")), (200, Some("private, no-cache")));
    assert_eq!(first.header("vary"), Some("Accept, Accept-Encoding, Authorization"));
    let etag = first.header("etag").expect("a tag").to_owned();
    let same = send(&app, "GET", path, &[bearer, ("if-none-match", &etag)], "");
    assert_eq!((same.status, same.body.as_str(), same.header("etag")), (304, "", Some(etag.as_str())));
    let strong = etag.trim_start_matches("W/").to_owned();
    assert_eq!(send(&app, "GET", path, &[bearer, ("if-none-match", &format!("\"x\", {strong}"))], "").status, 304);
    assert_eq!(send(&app, "GET", path, &[bearer, ("if-none-match", "\"x\"")], "").status, 200);
    // Whoever posts asks for the answer, whatever it has.
    let body = r#"{"query": "{__schema{types{name description}}}"}"#;
    assert_eq!(send(&app, "POST", "/graphql", &[JSON, bearer, ("if-none-match", &etag)], body).status, 200);
    let small = send(&app, "GET", path, &[bearer, ("accept-encoding", "br, gzip")], "");
    assert_eq!((small.header("content-encoding"), small.header("etag")), (Some("gzip"), Some(etag.as_str())));
    assert!(small.length * 2 < first.length, "{} of {}", small.length, first.length);
    let unwanted = send(&app, "GET", path, &[bearer, ("accept-encoding", "gzip;q=0")], "");
    assert_eq!(unwanted.header("content-encoding"), None);
}

#[test]
fn without_room_for_answers_none_is_kept() {
    let app = App::with(Setup { limits: Settings { cached_answer_bytes: 0, ..Settings::default() }, ..Setup::default() });
    let prefecture = app.prefecture("13");
    let meetings = r#"{ department(code: "13") { meetings { totalCount } } }"#;
    poll(&app, &prefecture, meetings);
    assert!(poll(&app, &prefecture, meetings).1 > 0);
    let token = format!("Bearer {}", prefecture.token().expect("it is signed in"));
    let reply = send(&app, "GET", "/graphql?query=%7B__typename%7D", &[("authorization", token.as_str())], "");
    assert_eq!((reply.header("etag"), reply.header("cache-control")), (None, Some("no-store")));
}

#[test]
fn no_instance_answers_older_than_a_write_that_was_acknowledged() {
    let writing = App::start();
    let reading = writing.beside(Setup::default());
    let revision = plans::Revision::open(&writing, "13", "2010-S1");
    let (by, here) = (writing.prefecture("13"), reading.prefecture("13"));
    let acknowledged = AtomicU64::new(1);
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for version in 1..=40 {
                let next = diagnose(&by, &revision, version, &format!("Version {version}."));
                acknowledged.store(next.unsigned_abs(), Ordering::SeqCst);
            }
            done.store(true, Ordering::SeqCst);
        });
        for _ in 0..3 {
            scope.spawn(|| {
                let mut newest = 0;
                while !done.load(Ordering::SeqCst) {
                    let least = acknowledged.load(Ordering::SeqCst);
                    let seen = here.ask(PLAN).at("/plan/pending/version").as_u64().expect("a version");
                    assert!(seen >= least, "read {seen} after {least} was acknowledged");
                    assert!(seen >= newest, "read {seen} after {newest}");
                    newest = seen;
                }
            });
        }
    });
    let last = here.ask(PLAN).data().clone();
    assert_eq!(last["plan"]["pending"], json!({ "version": 41, "diagnosis": "Version 40." }));
    // What one instance wrote, its own readers have too; and figures of the nation follow a meeting elsewhere.
    assert_eq!(by.ask(PLAN).data(), &last);
    let total = "{ departments(regionCode: \"93\") { code compliance(semester: \"2010-S1\") { meetingsHeld } } }";
    let (before, _) = poll(&reading, &reading.secretariat(), total);
    meeting(&by, "13", "2010-02-20", json!([]));
    assert_ne!(poll(&reading, &reading.secretariat(), total).0, before);
}

#[test]
fn what_was_transmitted_is_read_once_and_what_is_drafted_each_time() {
    let app = App::with(Setup { limits: Settings { cached_answer_bytes: 0, ..Settings::default() }, ..Setup::default() });
    plans::Revision::in_force(&app, "13", "2010-S1");
    let prefecture = app.prefecture("13");
    let whole = |which: &str| {
        format!(
            r#"{{ plan(departmentCode: "13") {{ {which} {{ number sectors {{ nodes {{ code name geometry outline: geometry(tolerance: 50) }} }} objectives {{ code title }} }} }} }}"#
        )
    };
    let current = whole("current");
    prefecture.ask("{ viewer { username } }").data();
    let (first, cold) = poll(&app, &prefecture, &current);
    let (again, warm) = poll(&app, &prefecture, &current);
    assert_eq!(first, again);
    // The plan, the head of its revision, the mapping, its outlines at two tolerances, and the objectives.
    assert_eq!((cold, warm), (6, 0));
    // Somebody who reads plans in force elsewhere gets the same content, and nobody who reads none of it.
    assert_eq!(poll(&app, &app.national("OCRTIS"), &current).0, first);
    assert_eq!(app.user("ailleurs", "PREFECTURE", json!({ "departmentCode": "75" })).ask(&current).at("/plan"), &json!(null));
    // A correction is another revision: what it copies may be changed, and is seen changed at once.
    let mut draft = plans::Revision::open(&app, "13", "2010-S1");
    poll(&app, &prefecture, &whole("pending"));
    let mut sector = plans::sector("13", "S1", 0, "POLICE");
    sector["name"] = json!("Un autre nom");
    draft.step(&prefecture, "upsertSectors", json!({ "sectors": [sector] }));
    let pending = poll(&app, &prefecture, &whole("pending")).0;
    assert!(pending.to_string().contains("Un autre nom"), "{pending}");
    assert_eq!(poll(&app, &prefecture, &current).0, first);
}

#[test]
fn what_a_write_showed_before_it_was_undone_is_not_remembered() {
    let app = App::start();
    let prefecture = app.prefecture("13");
    let mut revision = plans::Revision::open(&app, "13", "2010-S1");
    revision.fill(&app);
    revision.submit(&app);
    revision.sign(&app);
    let undone = prefecture.run(
        "mutation($i: RevisionStepInput!) { a: transmitRevision(input: $i) { sectors { nodes { name geometry } } objectives { title } }
            b: transmitRevision(input: $i) { id } }",
        json!({ "i": { "revisionId": revision.id, "version": revision.version } }),
    );
    assert_eq!(undone.code(), "CONFLICT");
    revision.step(&prefecture, "recallRevision", json!({}));
    let mut sector = plans::sector("13", "S1", 0, "POLICE");
    sector["name"] = json!("Nommé après le rappel");
    revision.step(&prefecture, "upsertSectors", json!({ "sectors": [sector] }));
    revision.submit(&app);
    revision.sign(&app);
    revision.transmit(&app);
    let current = prefecture.ask(r#"{ plan(departmentCode: "13") { current { sectors { nodes { name } } } } }"#);
    assert_eq!(current.at("/plan/current/sectors/nodes/0/name"), &json!("Nommé après le rappel"));
}

#[test]
fn a_hash_stands_for_a_document_that_was_sent_with_it() {
    let app = App::start();
    let prefecture = app.prefecture("13");
    let hash = fingerprint(PLAN.as_bytes());
    let extensions = json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } });
    let ask = |body: &Value| -> Value { serde_json::from_str(&prefecture.post_json("/graphql", body).1).expect("JSON") };
    let unknown = ask(&json!({ "extensions": extensions }));
    assert_eq!(unknown["errors"][0]["message"], json!("PersistedQueryNotFound"));
    let other = ask(&json!({ "query": "{ __typename }", "extensions": extensions }));
    assert_eq!(other["errors"][0]["extensions"]["field"], json!("extensions.persistedQuery.sha256Hash"));
    let sent = ask(&json!({ "query": PLAN, "extensions": extensions }));
    assert!(sent["data"]["plan"]["id"].is_string(), "{sent}");
    assert_eq!(ask(&json!({ "extensions": extensions })), sent);
    let query =
        format!("/graphql?extensions=%7B%22persistedQuery%22%3A%7B%22version%22%3A1%2C%22sha256Hash%22%3A%22{hash}%22%7D%7D");
    assert_eq!(serde_json::from_str::<Value>(&prefecture.get(&query).1).expect("JSON"), sent);
}

#[test]
fn dashboards_run_registered_documents_only_where_the_house_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let registered = "{ indicators { code } }";
    std::fs::write(folder.path().join("indicators.graphql"), registered).expect("written");
    let limits = Settings {
        registered_documents: folder.path().display().to_string(),
        registered_only: RegisteredOnly::Dashboards,
        ..Settings::default()
    };
    let app = App::with(Setup { limits, ..Setup::default() });
    let dashboard = app.national("DASHBOARD");
    assert_eq!(dashboard.ask("{ regions { code } }").code(), "FORBIDDEN");
    dashboard.ask(registered).data();
    let extensions = json!({ "persistedQuery": { "version": 1, "sha256Hash": fingerprint(registered.as_bytes()) } });
    let by_hash = dashboard.post_json("/graphql", &json!({ "extensions": extensions })).1;
    assert!(by_hash.contains("\"indicators\""), "{by_hash}");
    app.secretariat().ask("{ regions { code } }").data();
}
