//! The audit: who reads what of it, what refusals leave, and that nobody rewrites it unseen.

use chrono::TimeDelta;
use palts::workflow::anchors::{self, Report};
use palts::workflow::audit::flush_refusals;
use serde_json::{Value, json};

use crate::harness::plans::Revision;
use crate::harness::{App, Client, PASSWORD};

fn entries(by: &Client, arguments: &str) -> Vec<Value> {
    let query = format!(
        "{{ auditEntries(first: 200{arguments}) {{ nodes {{ id at actor act subject outcome detail hash department {{ code }} }} }} }}"
    );
    by.ask(&query).at("/auditEntries/nodes").as_array().expect("a list").clone()
}

fn acts(entries: &[Value]) -> Vec<String> {
    entries
        .iter()
        .map(|entry| format!("{} {}", entry["act"].as_str().unwrap_or(""), entry["outcome"].as_str().unwrap_or("")))
        .collect()
}

/// Changes the database behind the server's back.
fn tamper(app: &App, sql: &str) {
    app.execute(sql);
}

fn verify(app: &App) -> Report {
    anchors::verify(&app.office, &[]).expect("the audit can be read")
}

fn first_break(app: &App) -> (String, i64) {
    let report = verify(app);
    let found = report.breaks.first().expect("a break is found");
    (found.chain.clone(), found.seq)
}

/// A department with some history, and the nation's.
fn with_history() -> App {
    let app = App::start();
    let mut revision = Revision::open(&app, "13", "2010-S1");
    let prefecture = app.prefecture("13");
    for text in ["Un.", "Deux.", "Trois."] {
        revision.step(&prefecture, "updateDiagnosis", json!({ "diagnosis": text }));
    }
    app
}

#[test]
fn a_department_reads_its_own_acts_the_administrator_those_on_accounts_and_the_auditor_all() {
    let app = with_history();
    Revision::open(&app, "93", "2010-S1");
    let local = entries(&app.prefecture("13"), "");
    assert_eq!(acts(&local)[..3], ["updateDiagnosis DONE", "updateDiagnosis DONE", "updateDiagnosis DONE"]);
    assert!(local.iter().all(|entry| entry["department"]["code"] == "13"), "{local:?}");
    assert_eq!(local[0]["actor"], "prefecture-13");
    assert_eq!(local[0]["hash"].as_str().map(str::len), Some(64));

    let accounts = entries(&app.administrator(), "");
    assert!(accounts.iter().all(|entry| entry["department"].is_null()));
    assert!(acts(&accounts).contains(&"createUser DONE".to_owned()) && acts(&accounts).contains(&"login DONE".to_owned()));

    let auditor = app.national("AUDITOR");
    let all = acts(&entries(&auditor, ""));
    assert!(all.contains(&"openRevision DONE".to_owned()) && all.contains(&"grantRole DONE".to_owned()));
    let one = entries(&auditor, ", departmentCode: \"93\"");
    assert!(!one.is_empty() && one.iter().all(|entry| entry["department"]["code"] == "93"));

    let secretariat = acts(&entries(&app.secretariat(), ""));
    assert!(!secretariat.iter().any(|act| act.starts_with("login") || act.starts_with("openRevision")), "{secretariat:?}");
}

#[test]
fn who_may_not_read_the_audit_is_refused_and_the_refusal_is_audited() {
    let app = with_history();
    let police = app.police("13");
    assert_eq!(police.ask("{ auditEntries { totalCount } }").code(), "FORBIDDEN");
    assert_eq!(police.ask("{ auditEntries(departmentCode: \"13\") { totalCount } }").code(), "FORBIDDEN");
    let outside = app.prefecture("93").ask("{ auditEntries(departmentCode: \"13\") { totalCount } }");
    assert_eq!(outside.code(), "NOT_FOUND");
    assert_eq!(app.anonymous().ask("{ auditEntries { totalCount } }").code(), "UNAUTHENTICATED");
    let seen = entries(&app.administrator(), "");
    let refused = seen.iter().find(|entry| entry["actor"] == "police-13" && entry["outcome"] == "FORBIDDEN").expect("an entry");
    assert_eq!(refused["subject"], "READ_DEPARTMENT_AUDIT");
    let foreign = entries(&app.prefecture("93"), "");
    let id = &entries(&app.prefecture("13"), "")[0]["id"];
    let node = app.prefecture("93").run("query($id: ID!) { node(id: $id) { id } }", json!({ "id": id }));
    assert_eq!(node.at("/node"), &Value::Null);
    assert!(foreign.is_empty());
}

#[test]
fn pages_follow_each_other_without_gap_and_moments_bound_them() {
    let app = with_history();
    let auditor = app.national("AUDITOR");
    let whole: Vec<Value> = entries(&auditor, "").iter().map(|entry| entry["id"].clone()).collect();
    let mut seen = Vec::new();
    let mut after = Value::Null;
    loop {
        let page = auditor.run(
            "query($a: String) { auditEntries(first: 3, after: $a) { totalCount nodes { id } pageInfo { hasNextPage endCursor } } }",
            json!({ "a": after }),
        );
        assert_eq!(page.at("/auditEntries/totalCount"), &json!(whole.len()));
        seen.extend(page.at("/auditEntries/nodes").as_array().expect("a list").iter().map(|node| node["id"].clone()));
        if page.at("/auditEntries/pageInfo/hasNextPage") == &json!(false) {
            break;
        }
        after = page.at("/auditEntries/pageInfo/endCursor").clone();
    }
    assert_eq!(seen, whole);
    assert!(entries(&auditor, ", from: \"2010-03-11T00:00:00Z\"").is_empty());
    assert!(entries(&auditor, ", until: \"2010-03-10T08:00:00Z\"").is_empty());
    assert_eq!(entries(&auditor, ", from: \"2010-03-10T08:00:00Z\", until: \"2010-03-10T08:00:00.000001Z\"").len(), whole.len());
    assert_eq!(auditor.ask("{ auditEntries(after: \"bm9uc2Vuc2U\") { totalCount } }").field(), "after");
}

#[test]
fn a_refused_act_leaves_an_entry_in_its_department_and_repeats_are_counted() {
    let app = App::start();
    let police = app.police("13");
    let open = "mutation { openRevision(input: { departmentCode: \"13\", semester: \"2010-S1\" }) { id } }";
    for _ in 0..4 {
        assert_eq!(police.ask(open).code(), "FORBIDDEN");
    }
    app.office.clock.set(app.office.clock.now() + TimeDelta::minutes(5));
    flush_refusals(&app.office, false);
    let prefecture = app.user("prefecture-13", "PREFECTURE", json!({ "departmentCode": "13" }));
    let found = entries(&prefecture, "");
    assert_eq!(acts(&found), ["openRevision FORBIDDEN", "openRevision FORBIDDEN"]);
    assert!(found[0]["detail"].as_str().is_some_and(|detail| detail.starts_with("3 more between")), "{found:?}");
    assert_eq!(found[1]["actor"], "police-13");
    assert!(verify(&app).breaks.is_empty());
}

#[test]
fn an_untouched_audit_is_whole_and_anchors_vouch_for_it() {
    let app = with_history();
    let before = verify(&app);
    assert_eq!((before.breaks.len(), before.anchors), (0, 0));
    let entries = i64::try_from(before.entries).expect("few");
    assert_eq!(before.unanchored, entries);
    let anchor = anchors::write(&app.office, "system").expect("it is written").expect("there is something to vouch for");
    assert!(anchor.heads.contains_key("13") && anchor.heads.contains_key("FR"));
    assert!(anchors::write(&app.office, "system").expect("it is not needed").is_none(), "nothing new was written");
    let after = verify(&app);
    assert_eq!((after.breaks.len(), after.anchors, after.unanchored), (0, 1, 1), "the anchor itself is vouched for by the next");
    assert!(anchors::verify(&app.office, &[anchor]).expect("readable").breaks.is_empty());
}

#[test]
fn a_changed_entry_is_found() {
    let app = with_history();
    tamper(&app, "UPDATE audit_entries SET actor = 'prefet-13' WHERE chain = '13' AND seq = 2");
    assert_eq!(first_break(&app), ("13".to_owned(), 2));
}

#[test]
fn text_added_beyond_what_the_server_writes_is_found() {
    let app = with_history();
    let padding = "x".repeat(400);
    tamper(&app, &format!("UPDATE audit_entries SET subject = '{padding}' WHERE chain = '13' AND seq = 1"));
    assert_eq!(first_break(&app), ("13".to_owned(), 1));
}

#[test]
fn a_deleted_entry_is_found() {
    let app = with_history();
    tamper(&app, "DELETE FROM audit_entries WHERE chain = '13' AND seq = 3");
    assert_eq!(first_break(&app), ("13".to_owned(), 3));
}

#[test]
fn a_truncated_chain_is_found_by_its_head() {
    let app = with_history();
    tamper(&app, "DELETE FROM audit_entries WHERE chain = '13' AND seq >= 3");
    assert_eq!(first_break(&app), ("13".to_owned(), 3));
}

#[test]
fn a_chain_truncated_head_and_all_is_found_by_the_anchor() {
    let app = with_history();
    anchors::write(&app.office, "system").expect("it is written");
    tamper(
        &app,
        "DELETE FROM audit_entries WHERE chain = '13' AND seq >= 3;
         UPDATE chains SET seq = 2, hash = (SELECT hash FROM audit_entries WHERE chain = '13' AND seq = 2) WHERE chain = '13'",
    );
    let report = verify(&app);
    assert_eq!(report.breaks.len(), 1);
    assert_eq!((report.breaks[0].chain.as_str(), report.breaks[0].seq), ("13", 4));
    assert!(report.breaks[0].what.contains("selon l’ancre FR/"), "{}", report.breaks[0].what);
}

/// What somebody with the database and this program's sources, but without the anchor key, would do: rewrite an entry and all hashes after it.
fn rewrite(app: &App, chain: &str, from: i64) {
    let rows = app.office.database.read(|reader| palts::store::audit_log::page(reader, chain, 0, 10_000)).expect("readable");
    let mut previous = String::new();
    for mut row in rows {
        if row.seq == from {
            row.actor = "quelqu-un-d-autre".to_owned();
        }
        let hash = row.expected_hash(&previous).expect("an entry of ours");
        app.execute(&format!(
            "UPDATE audit_entries SET actor = '{}', hash = '{hash}' WHERE chain = '{chain}' AND seq = {}",
            row.actor, row.seq
        ));
        previous = hash;
    }
    app.execute(&format!("UPDATE chains SET hash = '{previous}' WHERE chain = '{chain}'"));
}

#[test]
fn a_rewritten_chain_is_found_by_the_anchor() {
    let app = with_history();
    rewrite(&app, "13", 2);
    assert!(verify(&app).breaks.is_empty(), "hashes alone do not tell");

    let app = with_history();
    anchors::write(&app.office, "system").expect("it is written");
    rewrite(&app, "13", 2);
    assert_eq!(first_break(&app).0, "13");
    rewrite(&app, "FR", 1);
    let chains: Vec<String> = verify(&app).breaks.into_iter().map(|found| found.chain).collect();
    assert_eq!(chains, ["13", "FR"]);
}

#[test]
fn removed_anchors_are_found_by_those_in_the_log() {
    let app = with_history();
    let kept = anchors::write(&app.office, "system").expect("it is written").expect("it has something to say");
    let last = kept.heads["FR"].0;
    tamper(
        &app,
        &format!(
            "DELETE FROM audit_entries WHERE chain = 'FR' AND seq > {last};
             UPDATE chains SET seq = {last}, hash = '{}' WHERE chain = 'FR'",
            kept.heads["FR"].1
        ),
    );
    rewrite(&app, "13", 2);
    assert!(verify(&app).breaks.is_empty(), "the database alone does not tell");
    let line = kept.to_line().expect("JSON");
    let outside = anchors::Anchor::from_line(&line).expect("an anchor");
    let report = anchors::verify(&app.office, &[outside]).expect("readable");
    assert_eq!(report.breaks.len(), 1);
    assert_eq!(report.breaks[0].chain, "13");
}

#[test]
fn a_forged_anchor_is_found() {
    let app = with_history();
    anchors::write(&app.office, "system").expect("it is written");
    let other = with_history();
    let foreign = anchors::write(&other.office, "system").expect("it is written").expect("it has something to say");
    let report = anchors::verify(&app.office, &[foreign]).expect("readable");
    assert!(report.breaks[0].what.contains("absente de"), "{}", report.breaks[0].what);
}

#[test]
fn an_act_that_is_refused_halfway_leaves_only_its_refusal() {
    let app = App::start();
    let administrator = app.administrator();
    app.user("double", "OCRTIS", json!({}));
    let before = verify(&app).entries;
    let twice = administrator.run(
        "mutation($i: GrantInput!) { a: grantRole(input: $i) { id } b: grantRole(input: $i) { id } }",
        json!({ "i": { "username": "double", "role": "AUDITOR" } }),
    );
    assert_eq!(twice.code(), "CONFLICT");
    assert_eq!(
        administrator.ask("{ users { nodes { grants { role } } } }").at("/users/nodes/1/grants"),
        &json!([{ "role": "OCRTIS" }])
    );
    assert_eq!(verify(&app).entries, before + 1);
}

#[test]
fn one_operation_hashes_one_password_before_it_locks_anything() {
    let app = App::start();
    let administrator = app.administrator();
    let twice = administrator.run(
        "mutation($i: CreateUserInput!, $j: CreateUserInput!) { a: createUser(input: $i) { id } b: createUser(input: $j) { id } }",
        json!({
            "i": { "username": "premier", "displayName": "Premier", "password": PASSWORD },
            "j": { "username": "second", "displayName": "Second", "password": PASSWORD },
        }),
    );
    assert_eq!((twice.code(), twice.field()), ("INVALID", "password"));
    assert_eq!(administrator.ask("{ users { totalCount } }").at("/users/totalCount"), &json!(1));
}

#[test]
fn a_refusal_after_an_act_of_the_same_document_is_not_put_under_that_act() {
    let app = App::start();
    let prefecture = app.prefecture("13");
    let input = json!({ "departmentCode": "13", "semester": "2010-S1" });
    let after = prefecture.run(
        "mutation($i: OpenRevisionInput!) { openRevision(input: $i) { id } correctMeasure(input: { measureId: \"x\", value: 1, reason: \"Rien.\" }) { id } }",
        json!({ "i": input }),
    );
    assert_eq!(after.code(), "NOT_FOUND");
    assert!(!acts(&entries(&prefecture, "")).iter().any(|act| act.starts_with("openRevision")));
    let seen = entries(&app.administrator(), "");
    let refused = seen.iter().find(|entry| entry["act"] == "mutation").expect("an entry");
    assert_eq!(refused["outcome"], "NOT_FOUND");
    assert_eq!(refused["subject"], "after openRevision, plan 13, 2010-S1");
    // An act that is refused itself is named.
    prefecture.run("mutation($i: OpenRevisionInput!) { openRevision(input: $i) { id } }", json!({ "i": input })).data();
    let again = prefecture.run("mutation($i: OpenRevisionInput!) { openRevision(input: $i) { id } }", json!({ "i": input }));
    assert_eq!(again.code(), "CONFLICT");
    assert_eq!(acts(&entries(&prefecture, ""))[..2], ["openRevision CONFLICT", "openRevision DONE"]);
}

#[test]
fn a_document_takes_its_territories_in_one_order_so_that_no_two_wait_for_each_other() {
    let app = App::start();
    let both = app.user("deux-prefectures", "PREFECTURE", json!({ "departmentCode": "13" }));
    app.grant("deux-prefectures", "PREFECTURE", json!({ "departmentCode": "2A" }));
    let open = |first: &str, second: &str| {
        both.run(
            "mutation($a: OpenRevisionInput!, $b: OpenRevisionInput!) { a: openRevision(input: $a) { id } b: openRevision(input: $b) { id } }",
            json!({
                "a": { "departmentCode": first, "semester": "2010-S1" },
                "b": { "departmentCode": second, "semester": "2010-S1" },
            }),
        )
    };
    let backwards = open("2A", "13");
    assert_eq!((backwards.code(), backwards.field()), ("INVALID", "openRevision"));
    assert!(backwards.message().contains("13 ne vient pas après 2A"), "{}", backwards.message());
    open("13", "2A").data();
    // What concerns the nation comes last.
    app.grant("deux-prefectures", "ADMINISTRATOR", json!({}));
    let disable =
        "mutation($i: RevisionStepInput!) { disableUser(username: \"personne\") { id } discardRevision(input: $i) { id } }";
    let pending = both.ask("{ plan(departmentCode: \"13\") { pending { id version } } }").at("/plan/pending").clone();
    let input = json!({ "revisionId": pending["id"], "version": pending["version"] });
    app.user("personne", "PREFECT", json!({ "departmentCode": "13" }));
    assert_eq!(both.run(disable, json!({ "i": input })).field(), "discardRevision");
    let discard =
        "mutation($i: RevisionStepInput!) { discardRevision(input: $i) { id } disableUser(username: \"personne\") { id } }";
    both.run(discard, json!({ "i": input })).data();
}

#[test]
fn what_lies_beyond_the_caller_s_territory_is_refused_and_audited_in_questions_and_in_acts() {
    let app = App::start();
    let police = app.police("13");
    let open = "mutation { openRevision(input: { departmentCode: \"93\", semester: \"2010-S1\" }) { id } }";
    assert_eq!(police.ask(open).code(), "NOT_FOUND");
    assert_eq!(police.ask("{ schools(departmentCode: \"93\") { nodes { uai } } }").code(), "NOT_FOUND");
    let there = entries(&app.auditor("93"), "");
    assert_eq!(acts(&there), ["openRevision NOT_FOUND"]);
    assert_eq!(there[0]["actor"], "police-13");
    let on_access = entries(&app.administrator(), "");
    let asked = on_access.iter().find(|entry| entry["act"] == "query").expect("an entry");
    assert_eq!((asked["actor"].as_str(), asked["outcome"].as_str()), (Some("police-13"), Some("NOT_FOUND")));
    assert_eq!(asked["subject"], "READ_SCHOOLS in 93");
}

#[test]
fn a_token_that_is_no_good_leaves_an_entry_whatever_it_was_sent_for_and_a_count() {
    let app = App::start();
    let forged = app.bearing("a.b.c");
    for question in ["{ viewer { username } }", "{ publications { nodes { id } } }", "mutation { endSessions }"] {
        assert_eq!(forged.ask(question).code(), "UNAUTHENTICATED");
    }
    app.office.clock.set(app.office.clock.now() + TimeDelta::minutes(5));
    flush_refusals(&app.office, false);
    let found = entries(&app.administrator(), "");
    let refused: Vec<&Value> = found.iter().filter(|entry| entry["act"] == "token").collect();
    assert_eq!(refused.len(), 2, "{found:?}");
    assert_eq!((refused[1]["actor"].as_str(), refused[1]["outcome"].as_str()), (Some("anonymous"), Some("UNAUTHENTICATED")));
    assert!(refused[0]["detail"].as_str().is_some_and(|detail| detail.starts_with("2 more between")), "{refused:?}");
}

#[test]
fn two_accounts_that_are_refused_all_the_time_hide_neither_others_nor_their_own_grasp_for_rights() {
    let app = App::start();
    let grasp = |by: &Client| {
        let input = json!({ "username": by.username, "role": "ADMINISTRATOR" });
        by.run("mutation($i: GrantInput!) { grantRole(input: $i) { id } }", json!({ "i": input }))
    };
    let flooding = [app.national("DASHBOARD"), app.national("OCRTIS")];
    let departments =
        ["01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13", "14", "15", "16", "17", "18", "19", "21"];
    for by in &flooding {
        for code in departments {
            for semester in ["2010-S1", "2010-S2"] {
                let open = format!(
                    "mutation {{ openRevision(input: {{ departmentCode: {code:?}, semester: {semester:?} }}) {{ id }} }}"
                );
                assert_eq!(by.ask(&open).code(), "FORBIDDEN");
            }
        }
    }
    let honest = app.police("13");
    let open = "mutation { openRevision(input: { departmentCode: \"13\", semester: \"2010-S1\" }) { id } }";
    assert_eq!(honest.ask(open).code(), "FORBIDDEN");
    for by in flooding.iter().chain([&honest]) {
        assert_eq!(grasp(by).code(), "FORBIDDEN");
    }
    let auditor = app.national("AUDITOR");
    let local = entries(&auditor, ", departmentCode: \"13\"");
    assert!(local.iter().any(|entry| entry["actor"] == "police-13"), "{local:?}");
    let all = entries(&auditor, "");
    let of = |act: &str| all.iter().filter(|entry| entry["act"] == act).cloned().collect::<Vec<Value>>();
    let grasps = of("grantRole");
    for by in flooding.iter().chain([&honest]) {
        let own = grasps.iter().filter(|entry| entry["actor"] == by.username.as_str() && entry["outcome"] == "FORBIDDEN");
        assert_eq!(own.count(), 1, "{}: {grasps:?}", by.username);
    }
    let crowd = of("several");
    assert_eq!(crowd.len(), flooding.len(), "the rest of each is counted under its own name: {crowd:?}");
    assert!(crowd.iter().all(|entry| flooding.iter().any(|by| entry["actor"] == by.username.as_str())), "{crowd:?}");
}
