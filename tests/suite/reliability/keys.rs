//! Requests that are sent again under an idempotency key.

use std::time::{Duration, Instant};

use palts::access::{Caller, Capability, Identity};
use palts::store::Mode;
use palts::workflow::call::Act;
use palts::workflow::idempotency::Attempt;
use palts::workflow::operation::{self, Kind};
use serde_json::{Value, json};

use crate::harness::plans::{Revision, sector};
use crate::harness::{Answer, App, Client, PASSWORD};

const RECORD: &str = "mutation($i: RecordMeetingInput!) { recordMeeting(input: $i) { id } }";

fn meeting(day: &str) -> Value {
    json!({ "i": { "departmentCode": "13", "heldOn": day, "attendance": ["POLICE"], "measures": [] } })
}

fn held(by: &Client) -> Value {
    by.ask("{ department(code: \"13\") { meetings { totalCount } } }").at("/department/meetings/totalCount").clone()
}

fn reason(answer: &Answer) -> &str {
    answer.error()["extensions"]["reason"].as_str().unwrap_or_default()
}

#[test]
fn a_request_under_a_key_is_done_once_and_answered_as_the_first_time() {
    let app = App::start();
    let by = app.prefecture("13");
    let first = by.run_under("cle-1", RECORD, meeting("2010-03-03"));
    assert_eq!(by.run_under("cle-1", RECORD, meeting("2010-03-03")).data(), first.data());
    assert_eq!(held(&by), 1);
    // Another request, whether by its variables or by its document.
    let other = by.run_under("cle-1", RECORD, meeting("2010-03-04"));
    assert_eq!((other.code(), reason(&other)), ("CONFLICT", "IDEMPOTENCY_KEY_REUSED"));
    let other = by.run_under("cle-1", &RECORD.replace("id", "id heldOn"), meeting("2010-03-03"));
    assert_eq!(other.code(), "CONFLICT");
    assert_eq!(held(&by), 1);
    // A key is its account's own.
    let elsewhere = json!({ "i": { "departmentCode": "93", "heldOn": "2010-03-03", "attendance": ["POLICE"], "measures": [] } });
    app.prefecture("93").run_under("cle-1", RECORD, elsewhere).data();
}

#[test]
fn any_mutation_may_be_sent_again_and_a_refused_one_was_not_done() {
    let app = App::start();
    let by = app.prefecture("13");
    let revision = Revision::open(&app, "13", "2010-S1");
    let document = "mutation($i: UpsertSectorsInput!) { upsertSectors(input: $i) { version } }";
    let input = |version: i64| json!({ "i": { "revisionId": revision.id, "version": version, "sectors": [sector("13", "S-1", 1, "POLICE")] } });
    let stale = by.run_under("secteurs", document, input(revision.version + 7));
    assert_eq!(stale.code(), "CONFLICT");
    // Nothing was done under the key: it is free.
    let first = by.run_under("secteurs", document, input(revision.version));
    let again = by.run_under("secteurs", document, input(revision.version));
    assert_eq!(again.data(), first.data(), "without the key the second would be stale");
    // The same again holds no draft and examines nothing; another body is another request.
    let begun = app.office.writes_begun.load(std::sync::atomic::Ordering::SeqCst);
    let mut other = input(revision.version);
    other["i"]["sectors"][0]["geometry"] = crate::harness::data::square("13", 2);
    let other = by.run_under("secteurs", document, other);
    assert_eq!((other.code(), reason(&other)), ("CONFLICT", "IDEMPOTENCY_KEY_REUSED"));
    assert_eq!(by.run_under("secteurs", document, input(revision.version)).data(), first.data());
    assert_eq!(app.office.writes_begun.load(std::sync::atomic::Ordering::SeqCst), begun, "told without writing");
    let seen = by.ask("{ plan(departmentCode: \"13\") { pending { version sectors { totalCount } } } }");
    assert_eq!(seen.at("/plan/pending/version"), &json!(revision.version + 1));
    assert_eq!(seen.at("/plan/pending/sectors/totalCount"), 1);
}

#[test]
fn the_same_request_sent_many_times_at_once_is_done_once() {
    let app = App::start();
    let by = app.prefecture("13");
    let threads: Vec<_> = (0..6)
        .map(|_| {
            let by = by.clone();
            std::thread::spawn(move || by.run_under("a-la-fois", RECORD, meeting("2010-03-03")).text("/recordMeeting/id"))
        })
        .collect();
    let mut ids: Vec<String> = threads.into_iter().map(|thread| thread.join().expect("answered")).collect();
    ids.dedup();
    assert_eq!(ids.len(), 1);
    assert_eq!(held(&by), 1);
}

#[test]
fn credentials_are_never_kept_under_a_key() {
    let app = App::start();
    let administrator = app.administrator();
    let document = "mutation($i: CreateUserInput!) { createUser(input: $i) { id } }";
    let input = json!({ "i": { "username": "nouveau", "displayName": "Nouveau", "password": "un long mot de passe" } });
    administrator.run_under("compte", document, input.clone()).data();
    // As without a key: the name is taken.
    assert_eq!(administrator.run_under("compte", document, input).code(), "CONFLICT");
    let issue = "mutation($i: IssueTokenInput!) { issueToken(input: $i) { token } }";
    let input = json!({ "i": { "label": "tableau", "role": "DASHBOARD", "expiresAt": "2010-06-01T00:00:00Z" } });
    let first = administrator.run_under("jeton", issue, input.clone()).text("/issueToken/token");
    assert_ne!(administrator.run_under("jeton", issue, input).text("/issueToken/token"), first);
    let login = "mutation($u: String!, $p: String!) { login(username: $u, password: $p) { accessToken } }";
    let who = json!({ "u": "nouveau", "p": "un long mot de passe" });
    let token = |answer: Answer| answer.text("/login/accessToken");
    let first = token(app.anonymous().run_under("session", login, who.clone()));
    assert_ne!(token(app.anonymous().run_under("session", login, who)), first);
    let kept = app.office.database.read(palts::store::request_keys::all).expect("readable");
    assert_eq!(kept, 0);
}

#[test]
fn a_key_is_kept_for_a_day_and_then_removed() {
    let app = App::on("2010-03-10");
    app.prefecture("13").run_under("hier", RECORD, meeting("2010-03-03")).data();
    assert_eq!(palts::workflow::idempotency::purge(&app.office).expect("purged"), 0);
    app.set_day("2010-03-12");
    let by = app.prefecture("13");
    by.run_under("hier", RECORD, meeting("2010-03-04")).data();
    assert_eq!(held(&by), 2);
    app.set_day("2010-03-14");
    assert_eq!(palts::workflow::idempotency::purge(&app.office).expect("purged"), 1);
}

#[test]
fn an_answer_is_not_given_again_to_who_has_lost_the_rights_that_it_was_given_with() {
    let app = App::start();
    let by = app.prefecture("13");
    by.run_under("droits", RECORD, meeting("2010-03-03")).data();
    app.grant("prefecture-13", "PREFECTURE", json!({ "departmentCode": "93" }));
    let again = by.run_under("droits", RECORD, meeting("2010-03-03"));
    assert_eq!((again.code(), reason(&again)), ("CONFLICT", "ALREADY_DONE"));
    assert_eq!(held(&by), 1);
}

#[test]
fn a_key_is_a_short_plain_text() {
    let app = App::start();
    let by = app.prefecture("13");
    let long = by.run_under(&"k".repeat(201), RECORD, meeting("2010-03-03"));
    assert_eq!((long.code(), long.field()), ("INVALID", "Idempotency-Key"));
    by.run_under(&"k".repeat(200), RECORD, meeting("2010-03-03")).data();
}

#[test]
fn a_meeting_that_means_the_same_is_the_same_however_it_is_written() {
    let app = App::start();
    let by = app.prefecture("13");
    let mut input = json!({
        "departmentCode": "13", "heldOn": "2010-03-03", "attendance": ["POLICE", "PREFECTURE"], "idempotencyKey": "reunion",
        "measures": [{ "indicator": "CANNABIS_KG", "service": "CUSTOMS", "value": 1 }, { "indicator": "HEROINE_KG", "service": "CUSTOMS", "value": 2 }],
    });
    let first = by.run(RECORD, json!({ "i": input }));
    first.data();
    input["kind"] = json!("PLENARY");
    input["minutes"] = json!("");
    input["attendance"] = json!(["PREFECTURE", "POLICE", "POLICE"]);
    input["decisions"] = json!([]);
    input["measures"] = json!([
        { "indicator": "HEROINE_KG", "service": "CUSTOMS", "value": 2.0, "fortnight": "2010-03-1", "sectorCode": null },
        { "indicator": "CANNABIS_KG", "service": "CUSTOMS", "value": 1, "fortnight": "2010-03-1" },
    ]);
    assert_eq!(by.run(RECORD, json!({ "i": input })).data(), first.data());
    input["minutes"] = json!(null);
    assert_eq!(by.run(RECORD, json!({ "i": input })).data(), first.data());
    input["kind"] = json!("RESTRICTED");
    assert_eq!(by.run(RECORD, json!({ "i": input })).code(), "CONFLICT");
}

#[test]
fn a_key_holds_nobody_up_before_its_write_begins() {
    let app = App::start();
    let caller = || Caller::Known(Identity::Operator);
    let begun = || operation::begin(&app.office, Kind::Mutation, caller(), Instant::now() + Duration::from_secs(60));
    let kept = || app.office.database.read(palts::store::request_keys::all).expect("readable");
    let call = begun();
    let attempt = Attempt::new(&call, "une-cle", &["un document"]).expect("somebody's");
    let mut call = call.under(attempt);
    // What is examined or computed now makes nobody wait.
    assert!(call.holds_nothing());
    let mut write = call.begin(Act::national("essai", "une clé"), Capability::AdministerAccess).expect("begun");
    assert!(write.holds_nothing(), "the lock is taken with the first statement");
    // In the transaction of the write, and gone with it.
    assert_eq!(palts::store::request_keys::all(write.db().expect("open")).expect("readable"), 1);
    drop(write);
    drop(call);
    assert_eq!(kept(), 0);
}

#[test]
fn who_may_not_write_is_refused_under_a_key_while_another_writes() {
    let app = App::start();
    let by = app.prefecture("13");
    let publish = "mutation { publishPeriod(period: \"2009-Q4\") { id } }";
    // The first refusal of a kind is written into the audit, the next is counted.
    assert_eq!(by.run_under("avant", publish, json!({})).code(), "FORBIDDEN");
    let mut writing = app.office.database.checkout(Mode::Write).expect("a connection");
    writing.begin().expect("a transaction");
    assert_eq!(by.run_under("pendant", publish, json!({})).code(), "FORBIDDEN");
    drop(writing);
}

fn kept(app: &App) -> i64 {
    app.office.database.read(palts::store::request_keys::all).expect("readable")
}

#[test]
fn a_key_under_which_nothing_was_done_is_not_kept() {
    let app = App::start();
    let document = "mutation($i: CreateUserInput!) { createUser(input: $i) { id } }";
    let input = json!({ "i": { "username": "sans-droits", "displayName": "Sans droits", "password": PASSWORD } });
    app.administrator().run(document, input).data();
    let nobody = app.bearing(&app.login("sans-droits", PASSWORD).text("/login/accessToken"));
    let aliases: String = (0..200).map(|index| format!(" a{index}: __typename")).collect();
    let names = format!("mutation {{ __typename{aliases} }}");
    let ends = format!("mutation {{ __typename{aliases} endSessions }}");
    for turn in 0..3 {
        nobody.run_under(&format!("rien-{turn}"), &names, json!({})).data();
        nobody.run_under(&format!("refus-{turn}"), RECORD, meeting("2010-03-03")).code();
        // Ends no other session: there is none.
        assert_eq!(nobody.run_under(&format!("fin-{turn}"), &ends, json!({})).at("/endSessions"), 0);
    }
    assert_eq!(kept(&app), 0);
    // A dry run and a meeting that was sent before do nothing either.
    let by = app.prefecture("13");
    let mut again = meeting("2010-03-03");
    again["i"]["idempotencyKey"] = json!("la-reunion");
    by.run_under("premiere", RECORD, again.clone()).data();
    by.run_under("seconde", RECORD, again).data();
    assert_eq!((kept(&app), held(&by)), (1, json!(1)));
}

#[test]
fn an_account_keeps_so_many_keys_and_so_many_bytes_and_others_keep_theirs() {
    let app = App::start();
    let (by, other) = (app.prefecture("13"), app.prefecture("93"));
    by.run_under("une", RECORD, meeting("2010-03-03")).data();
    let record = |key: &str, day: &str| by.run_under(key, RECORD, meeting(day));
    // Answers of sixteen megabytes.
    let long = "x".repeat(4 << 20);
    app.execute(&format!("UPDATE request_keys SET answer = '{long}' || '{long}' || '{long}' || '{long}'"));
    let refused = record("deux", "2010-03-04");
    assert_eq!((refused.code(), reason(&refused)), ("LIMIT", "IDEMPOTENCY_KEYS"));
    let elsewhere = json!({ "i": { "departmentCode": "93", "heldOn": "2010-03-03", "attendance": ["POLICE"], "measures": [] } });
    other.run_under("une", RECORD, elsewhere).data();
    // The keys of a day, and no longer.
    let many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) \
        INSERT INTO request_keys (request_key, account, fingerprint, rights, created_at) \
        SELECT 'k' || i, k.account, 'f', 'r', k.created_at FROM n, request_keys k WHERE k.account = 'prefecture-13'";
    app.execute("UPDATE request_keys SET answer = NULL");
    app.execute(many);
    assert_eq!(record("trois", "2010-03-04").code(), "LIMIT");
    // Without a key it is done.
    by.run(RECORD, meeting("2010-03-04")).data();
    app.set_day("2010-03-12");
    let by = app.prefecture("13");
    by.run_under("quatre", RECORD, meeting("2010-03-05")).data();
}
