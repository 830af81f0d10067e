//! What is remembered of plans, revisions and indicators: asked for once, true for as long as nothing there was written, on one instance and on
//! several, and shown to those alone who may see it. Answers are not kept here, so that every question is executed.

use std::sync::mpsc::channel;

use palts::graphql::Settings;
use palts::store::Mode;
use palts::store::audit::{self, Chain};
use serde_json::{Value, json};

use crate::harness::plans::{Revision, meeting};
use crate::harness::{App, Client, Setup};

fn without_answers() -> Setup {
    Setup { limits: Settings { cached_answer_bytes: 0, ..Settings::default() }, ..Setup::default() }
}

fn ask(app: &App, by: &Client, query: &str) -> (Value, u64) {
    let (answer, statements) = app.statements(|| by.ask(query));
    (answer.data().clone(), statements)
}

const HEADS: &str = r#"{ plan(departmentCode: "13") { current { number status } pending { number version status diagnosis } } }"#;

#[test]
fn a_head_is_read_once_and_again_after_each_write() {
    let app = App::with(without_answers());
    let prefecture = app.prefecture("13");
    let mut revision = Revision::open(&app, "13", "2010-S1");
    prefecture.ask("{ viewer { username } }").data();
    let (first, read) = ask(&app, &prefecture, HEADS);
    assert!(read > 0);
    assert_eq!(ask(&app, &prefecture, HEADS), (first, 0));
    revision.fill(&app);
    revision.submit(&app);
    // The document was answered from memory last; it is not now.
    let (submitted, read) = ask(&app, &prefecture, HEADS);
    assert!(read > 0);
    assert_eq!(submitted["plan"]["pending"]["status"], json!("SUBMITTED"));
    revision.sign(&app);
    revision.transmit(&app);
    let (transmitted, _) = ask(&app, &prefecture, HEADS);
    assert_eq!(
        (&transmitted["plan"]["current"]["status"], &transmitted["plan"]["pending"]),
        (&json!("TRANSMITTED"), &json!(null))
    );
    assert_eq!(ask(&app, &prefecture, HEADS), (transmitted, 0));
}

#[test]
fn what_another_instance_writes_is_not_remembered_otherwise() {
    let writing = App::start();
    let reading = writing.beside(without_answers());
    let revision = Revision::open(&writing, "13", "2010-S1");
    let (by, here) = (writing.prefecture("13"), reading.prefecture("13"));
    for version in 1..=20 {
        let seen = |at: &str| here.ask(HEADS).at(at).clone();
        assert_eq!(seen("/plan/pending/version"), json!(version));
        assert_eq!(seen("/plan/pending/version"), json!(version));
        let diagnosis = format!("Version {version}.");
        by.run(
            "mutation($i: UpdateDiagnosisInput!) { updateDiagnosis(input: $i) { version } }",
            json!({ "i": { "revisionId": revision.id, "version": version, "diagnosis": diagnosis } }),
        )
        .data();
        assert_eq!(seen("/plan/pending/diagnosis"), json!(diagnosis));
    }
}

#[test]
fn a_draft_that_is_remembered_for_its_department_is_shown_to_nobody_else() {
    let app = App::with(without_answers());
    Revision::in_force(&app, "13", "2010-S1");
    let draft = Revision::open(&app, "13", "2010-S1");
    let prefecture = app.prefecture("13");
    let others = [
        app.secretariat(),
        app.national("OCRTIS"),
        app.user("ailleurs", "PREFECTURE", json!({ "departmentCode": "75" })),
        app.user("rectorat", "EDUCATION", json!({ "departmentCode": "13" })),
    ];
    let by_id = format!(r#"{{ node(id: "{}") {{ ... on PlanRevision {{ number diagnosis }} }} }}"#, draft.id);
    let answers = |warm: bool| -> Vec<Value> {
        if warm {
            prefecture.ask(HEADS).data();
            prefecture.ask(&by_id).data();
        }
        others.iter().flat_map(|by| [by.ask(HEADS), by.ask(&by_id)]).map(|answer| answer.body.clone()).collect()
    };
    let cold = answers(false);
    assert_eq!(answers(true), cold);
    assert_eq!(cold[0]["data"]["plan"]["pending"], json!(null));
}

const LAST: &str = r#"{ department(code: "13") { meetings(first: 1) { nodes { id heldOn minutes measures(first: 2) { nodes { id value } } } } } }"#;

#[test]
fn the_last_meeting_and_what_it_brought_are_read_once_and_again_after_each_write() {
    let writing = App::start();
    let reading = writing.beside(without_answers());
    let by = crate::harness::plans::recorder(&writing, "13");
    let here = reading.prefecture("13");
    let seen = || ask(&reading, &here, LAST).0["department"]["meetings"]["nodes"].clone();
    assert_eq!(seen(), json!([]));
    for (day, value) in [("2010-02-03", 1.0), ("2010-02-17", 2.0), ("2010-03-03", 3.0)] {
        meeting(&by, "13", day, json!([{ "indicator": "GAV_ILS", "service": "POLICE", "value": value }]));
        let nodes = seen();
        assert_eq!((&nodes[0]["heldOn"], &nodes[0]["measures"]["nodes"][0]["value"]), (&json!(day), &json!(value)));
        let correction =
            json!({ "measureId": nodes[0]["measures"]["nodes"][0]["id"], "value": value + 10.0, "reason": "Recompté." });
        by.run("mutation($i: CorrectMeasureInput!) { correctMeasure(input: $i) { id } }", json!({ "i": correction })).data();
        assert_eq!(seen()[0]["measures"]["nodes"][0]["value"], json!(value + 10.0));
    }
    // Nobody writes any more: what is asked again is known.
    ask(&reading, &here, LAST);
    assert_eq!(ask(&reading, &here, LAST).1, 0);
}

#[test]
fn a_meeting_that_is_remembered_is_shown_as_far_as_each_may_see_it() {
    let app = App::with(without_answers());
    let define = json!({ "code": "ECOLES", "label": "Essai", "unit": "faits", "definition": "Un essai.", "aggregation": "SUM", "published": false });
    let defined = "mutation($i: DefineIndicatorInput!) { defineIndicator(input: $i) { code } }";
    app.secretariat().run(defined, json!({ "i": define })).data();
    let rectorat = app.user("rectorat", "EDUCATION", json!({ "departmentCode": "13" }));
    let id = meeting(
        &crate::harness::plans::recorder(&app, "13"),
        "13",
        "2010-02-03",
        json!([{ "indicator": "ECOLES", "service": "POLICE", "value": 1.0 }]),
    );
    let own = json!({ "meetingId": id, "measures": [{ "indicator": "ECOLES", "service": "EDUCATION", "value": 2.0 }] });
    rectorat.run("mutation($i: RecordMeasuresInput!) { recordMeasures(input: $i) { id } }", json!({ "i": own })).data();
    let (all, own, none) = (json!([[1.0, 2.0]]), json!([[2.0]]), json!([]));
    let viewers = [
        (app.prefecture("13"), &all),
        (app.prosecutor("13"), &all),
        (rectorat, &own),
        (app.user("ailleurs", "PREFECTURE", json!({ "departmentCode": "75" })), &none),
    ];
    let shown = |by: &Client| -> Value {
        let last = r#"{ department(code: "13") { meetings(first: 1) { nodes { measures(first: 5) { nodes { value } } } } } }"#;
        let nodes = by.ask(last).at("/department/meetings/nodes").clone();
        let values = |meeting: &Value| -> Value {
            let nodes = meeting["measures"]["nodes"].as_array().cloned().unwrap_or_default();
            nodes.into_iter().map(|measure| measure["value"].clone()).collect()
        };
        nodes.as_array().into_iter().flatten().map(values).collect()
    };
    // Those who see least ask first, then those who see most, then the first again.
    for (by, expected) in viewers.iter().rev().chain(&viewers).chain(viewers.iter().rev()) {
        assert_eq!(shown(by), **expected, "{}", by.username);
    }
}

#[test]
fn an_indicator_is_remembered_as_it_is_defined_now() {
    let writing = App::start();
    let reading = writing.beside(without_answers());
    let (by, here) = (writing.secretariat(), reading.prefecture("13"));
    // Dashboards see what is published, whatever is remembered for others.
    let dashboard = reading.national("DASHBOARD");
    let recorder = crate::harness::plans::recorder(&writing, "13");
    let define = |label: &str, published: bool| {
        by.run(
            "mutation($i: DefineIndicatorInput!) { defineIndicator(input: $i) { code } }",
            json!({ "i": { "code": "VIGIE", "label": label, "unit": "nombre", "definition": "Pour voir.", "aggregation": "SUM", "published": published } }),
        )
        .data();
    };
    define("Premier", false);
    meeting(&recorder, "13", "2010-02-03", json!([{ "indicator": "VIGIE", "service": "POLICE", "value": 1.0 }]));
    let label = |by: &Client| {
        let query = r#"{ department(code: "13") { meetings(first: 1) { nodes { measures(first: 1) { nodes { indicator { label } } } } } } }"#;
        by.ask(query).at("/department/meetings/nodes/0/measures/nodes/0/indicator/label").clone()
    };
    assert_eq!(label(&here), json!("Premier"));
    let rollup = r#"{ rollup(indicator: "VIGIE", period: "2010-Q1", axis: NATIONAL) { total { value } } }"#;
    assert_eq!(dashboard.ask(rollup).code(), "NOT_FOUND");
    define("Second", true);
    assert_eq!(label(&here), json!("Second"));
}

#[test]
fn readers_are_answered_while_writers_wait_for_a_department() {
    let app = App::start();
    let beside = app.beside(Setup::default());
    let (reader, writers): (Client, Vec<Client>) = (app.prefecture("75"), (0..8).map(|_| app.prefecture("13")).collect());
    reader.ask("{ viewer { username } }").data();
    writers[0].ask("{ viewer { username } }").data();
    let mut holding = beside.office.database.checkout(Mode::Write).expect("a connection");
    holding.begin().expect("a transaction");
    audit::lock(holding.writer().expect("a writer"), &Chain::Department("13".parse().expect("a code"))).expect("the lock");
    let (done, finished) = channel();
    for writer in writers {
        let done = done.clone();
        std::thread::spawn(move || {
            let input = json!({ "departmentCode": "13", "semester": "2010-S1" });
            writer.run("mutation($i: OpenRevisionInput!) { openRevision(input: $i) { id } }", json!({ "i": input }));
            let _ = done.send(());
        });
    }
    // Time for all of them to come as far as they can.
    std::thread::sleep(std::time::Duration::from_millis(500));
    for number in 0..5 {
        let query = format!(r#"{{ a{number}: department(code: "75") {{ meetings {{ totalCount }} }} }}"#);
        reader.ask(&query).data();
    }
    assert!(finished.try_recv().is_err(), "the readers were answered after the writers");
    holding.rollback();
    drop(holding);
    drop(done);
    assert_eq!(finished.iter().count(), 8);
}
