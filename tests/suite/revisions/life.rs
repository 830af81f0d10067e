//! The life of a revision, step by step, and every wrong step.

use serde_json::{Value, json};

use super::{open, read, refused, remarks, signature, state, submitted};
use crate::harness::plans::Revision;
use crate::harness::{Answer, App};

#[test]
fn a_plan_lives_from_its_opening_to_its_acknowledgement() {
    let app = App::start();
    let mut revision = Revision::open(&app, "13", "2010-S1");
    revision.fill(&app);
    revision.submit(&app);
    revision.sign(&app);
    revision.transmit(&app);
    let after = revision.step(&app.secretariat(), "acknowledgeRevision", json!({}));
    assert_eq!(after["status"], "ACKNOWLEDGED");

    let answer = read(&app.prefecture("13"), &revision, "steps { step by } plan { current { number } pending { number } }");
    let steps: Vec<&str> =
        answer.at("/planRevision/steps").as_array().unwrap().iter().map(|one| one["step"].as_str().unwrap()).collect();
    assert_eq!(steps, ["EDIT", "SUBMIT", "SIGN", "SIGN", "TRANSMIT", "ACKNOWLEDGE"]);
    assert_eq!(answer.at("/planRevision/plan"), &json!({ "current": { "number": 1 }, "pending": null }));
}

/// One row per status, one column per step in the contract's order: `.` refused with CONFLICT, else the initial of the status that follows
/// (`-` gone, `N` signed).
const TABLE: [(&str, &str); 6] = [
    ("DRAFT", "DS.-...."),
    ("SUBMITTED", "..D.S..."),
    ("SIGNED", "..D.NT.."),
    ("TRANSMITTED", "......AR"),
    ("ACKNOWLEDGED", "........"),
    ("RETURNED", "........"),
];

const STEPS: [&str; 8] = [
    "updateDiagnosis",
    "submitRevision",
    "recallRevision",
    "discardRevision",
    "signRevision",
    "transmitRevision",
    "acknowledgeRevision",
    "returnRevision",
];

fn bring_to(app: &App, status: &str) -> Revision {
    let mut revision = Revision::open(app, "13", "2010-S1");
    revision.fill(app);
    let order = ["DRAFT", "SUBMITTED", "SIGNED", "TRANSMITTED", "ACKNOWLEDGED"];
    let steps = order.iter().position(|one| *one == status).unwrap_or(3);
    if steps >= 1 {
        revision.submit(app);
    }
    if steps >= 2 {
        revision.sign(app);
    }
    if steps >= 3 {
        revision.transmit(app);
    }
    match status {
        "ACKNOWLEDGED" => drop(revision.step(&app.secretariat(), "acknowledgeRevision", json!({}))),
        "RETURNED" => drop(revision.step(&app.secretariat(), "returnRevision", remarks(&["À compléter."]))),
        _ => {}
    }
    revision
}

fn take(app: &App, revision: &Revision, step: &str) -> Answer {
    let (by, more) = match step {
        "updateDiagnosis" => (app.prefecture("13"), json!({ "diagnosis": "Autre diagnostic." })),
        "submitRevision" | "recallRevision" | "discardRevision" | "transmitRevision" => (app.prefecture("13"), json!({})),
        "signRevision" => {
            // A visa: the one signature that a SIGNED revision still takes.
            let by = app.parquet("TJ-TARASCON");
            let more = signature(revision, &by, "PUBLIC_PROSECUTOR");
            (by, more)
        }
        "acknowledgeRevision" => (app.secretariat(), json!({})),
        "returnRevision" => (app.secretariat(), remarks(&["À revoir."])),
        other => panic!("no step {other}"),
    };
    revision.try_step(&by, step, more)
}

#[test]
fn every_status_takes_the_steps_of_the_table_and_refuses_all_others() {
    for (status, row) in TABLE {
        let cases = || STEPS.iter().zip(row.chars());
        let app = App::start();
        let revision = bring_to(&app, status);
        for (step, _) in cases().filter(|(_, expected)| *expected == '.') {
            // Drafts and pending revisions do not exist for the secretariat.
            let secretariat = step.starts_with("acknowledge") || step.starts_with("return");
            let pending = ["DRAFT", "SUBMITTED", "SIGNED"].contains(&status);
            let code = if secretariat && pending { "NOT_FOUND" } else { "CONFLICT" };
            refused(&app, "13", code, || take(&app, &revision, step));
        }
        for (step, expected) in cases().filter(|(_, expected)| *expected != '.') {
            let app = App::start();
            let revision = bring_to(&app, status);
            let answer = take(&app, &revision, step);
            let found = match answer.at(&format!("/{step}"))["status"].as_str() {
                None => '-',
                Some("SIGNED") => 'N',
                Some(other) => other.chars().next().unwrap(),
            };
            assert_eq!(found, expected, "{status} {step}");
        }
    }
}

#[test]
fn a_step_made_from_an_old_version_is_refused_and_told_the_version_now() {
    let app = App::start();
    let mut revision = Revision::open(&app, "13", "2010-S1");
    revision.fill(&app);
    let now = revision.version;
    revision.version -= 1;
    for step in ["updateDiagnosis", "submitRevision", "discardRevision"] {
        let answer = refused(&app, "13", "CONFLICT", || take(&app, &revision, step));
        assert_eq!(answer.error()["extensions"]["version"], json!(now), "{step}");
    }
}

#[test]
fn submission_names_the_checks_that_failed() {
    let app = App::start();
    let revision = Revision::open(&app, "13", "2010-S1");
    let answer = refused(&app, "13", "INVALID", || take(&app, &revision, "submitRevision"));
    assert_eq!(answer.field(), "checks");
    assert!(answer.message().contains("DIAGNOSIS_PRESENT"), "{}", answer.message());
    assert!(answer.message().contains("SECTOR_PRESENT"), "{}", answer.message());
    let checks = read(&app.prefecture("13"), &revision, "checks { code passed message }");
    let failed =
        checks.at("/planRevision/checks").as_array().unwrap().iter().filter(|check| check["passed"] == json!(false)).count();
    assert_eq!(failed, 7);
}

#[test]
fn one_revision_is_worked_on_at_a_time() {
    let app = App::start();
    Revision::open(&app, "13", "2010-S1");
    refused(&app, "13", "CONFLICT", || open(&app.prefecture("13"), "13", "2010-S2"));
}

#[test]
fn the_next_revision_is_a_copy_of_the_last_and_not_of_an_earlier_semester() {
    let app = App::start();
    Revision::in_force(&app, "13", "2010-S1");
    let answer = refused(&app, "13", "INVALID", || open(&app.prefecture("13"), "13", "2009-S2"));
    assert_eq!(answer.field(), "semester");
    let next = Revision::open(&app, "13", "2010-S2");
    let answer = read(
        &app.prefecture("13"),
        &next,
        "number status version diagnosis contributions { service datedOn } remarks { text } signatures { role }
         changes { against { number } sectors { kind } objectives { kind } } plan { current { number contentHash } } contentHash",
    );
    let copy = answer.at("/planRevision");
    assert_eq!(copy["number"], 2);
    assert_eq!(copy["version"], 1);
    assert_eq!(copy["diagnosis"], "Diagnostic partagé du département.");
    assert_eq!(copy["contributions"].as_array().unwrap().len(), 3);
    assert_eq!(copy["signatures"], json!([]));
    assert_eq!(copy["changes"], json!({ "against": { "number": 1 }, "sectors": [], "objectives": [] }));
    assert_ne!(copy["contentHash"], copy["plan"]["current"]["contentHash"], "the number is part of what is signed");
}

#[test]
fn the_due_date_is_the_circulars_then_the_last_day_of_the_semester() {
    let app = App::start();
    for (day, semester, department, due) in [
        ("2010-03-10", "2010-S1", "13", "2010-04-30"),
        ("2010-03-10", "2010-S2", "93", "2010-12-31"),
        ("2010-07-10", "2011-S1", "75", "2011-06-30"),
    ] {
        app.set_day(day);
        let opened = open(&app.prefecture(department), department, semester);
        assert_eq!(opened.text("/openRevision/dueOn"), due);
    }
}

#[test]
fn the_due_date_has_its_hour_and_zone_overseas_too() {
    let app = App::on("2024-03-01");
    let by = app.prefecture("972");
    open(&by, "972", "2024-S1").data();
    let query = "{ plan(departmentCode: \"972\") { pending { dueOn dueAt dueLabel } } \
        department(code: \"972\") { compliance(semester: \"2024-S1\") { revisionDueOn revisionDueAt revisionDueLabel } } }";
    let answer = by.ask(query);
    let label = "30 juin 2024 à 24 h, heure de Paris (UTC+2)";
    let due = json!({ "dueOn": "2024-06-30", "dueAt": "2024-06-30T22:00:00.000Z", "dueLabel": label });
    assert_eq!(answer.at("/plan/pending"), &due);
    let due = json!({ "revisionDueOn": "2024-06-30", "revisionDueAt": "2024-06-30T22:00:00.000Z", "revisionDueLabel": label });
    assert_eq!(answer.at("/department/compliance"), &due);
}

#[test]
fn a_discarded_draft_is_gone_and_its_number_is_not_given_again() {
    let app = App::start();
    let revision = Revision::open(&app, "13", "2010-S1");
    let answer = revision.try_step(&app.prefecture("13"), "discardRevision", json!({}));
    assert_eq!(answer.at("/discardRevision/pending"), &Value::Null);
    assert_eq!(read(&app.prefecture("13"), &revision, "id").at("/planRevision"), &Value::Null);
    assert_eq!(open(&app.prefecture("13"), "13", "2010-S1").at("/openRevision/number"), &json!(2));
}

#[test]
fn a_contribution_is_of_a_service_that_the_caller_stands_for_and_of_no_day_to_come() {
    let app = App::start();
    let revision = Revision::open(&app, "13", "2010-S1");
    let contribute = |by: &crate::harness::Client, service: &str, day: &str| {
        revision.try_step(by, "contributeToDiagnosis", json!({ "service": service, "text": "Constat.", "datedOn": day }))
    };
    let day = app.today();
    refused(&app, "13", "FORBIDDEN", || contribute(&app.police("13"), "GENDARMERIE", &day));
    refused(&app, "13", "FORBIDDEN", || contribute(&app.prefect("13"), "PREFECTURE", &day));
    refused(&app, "13", "NOT_FOUND", || contribute(&app.police("93"), "POLICE", &day));
    let answer = refused(&app, "13", "INVALID", || contribute(&app.police("13"), "POLICE", "2099-01-01"));
    assert_eq!(answer.field(), "datedOn");
    refused(&app, "13", "INVALID", || {
        revision.try_step(&app.police("13"), "contributeToDiagnosis", json!({ "service": "POLICE", "text": " ", "datedOn": day }))
    });
    contribute(&app.police("13"), "JUDICIAL_POLICE", &day).data();
}

#[test]
fn only_the_prefecture_opens_edits_submits_and_transmits() {
    let app = App::start();
    let revision = submitted(&app, "13");
    for by in [
        app.police("13"),
        app.prefect("13"),
        app.prosecutor("13"),
        app.education("13"),
        app.secretariat(),
        app.national("AUDITOR"),
    ] {
        for step in ["submitRevision", "recallRevision", "discardRevision", "transmitRevision"] {
            refused(&app, "13", "FORBIDDEN", || revision.try_step(&by, step, json!({})));
        }
        refused(&app, "13", "FORBIDDEN", || revision.try_step(&by, "updateDiagnosis", json!({ "diagnosis": "x" })));
        refused(&app, "93", "NOT_FOUND", || open(&app.prefecture("13"), "93", "2010-S1"));
    }
    for by in [app.prefecture("93"), app.police("93")] {
        refused(&app, "13", "NOT_FOUND", || revision.try_step(&by, "recallRevision", json!({})));
    }
    refused(&app, "13", "UNAUTHENTICATED", || revision.try_step(&app.anonymous(), "recallRevision", json!({})));
    assert_eq!(state(&app, "13")["pending"]["number"], 1);
}
