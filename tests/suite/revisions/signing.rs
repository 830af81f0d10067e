//! Signatures and visas: who, over what, by which right.

use serde_json::{Value, json};

use super::{read, refused, signature, submitted};
use crate::harness::plans::Revision;
use crate::harness::{Answer, App, Client};

fn sign(revision: &Revision, by: &Client, role: &str) -> Answer {
    revision.try_step(by, "signRevision", signature(revision, by, role))
}

/// One person with two grants.
fn double(app: &App, name: &str, grants: [(&str, Value); 2]) -> Client {
    let [(role, territory), (other_role, other_territory)] = grants;
    let client = app.user(name, role, territory);
    app.grant(name, other_role, other_territory);
    client
}

fn department(code: &str) -> Value {
    json!({ "departmentCode": code })
}

#[test]
fn prefect_and_prosecutor_sign_in_either_order_and_only_the_second_changes_the_version() {
    for order in [["PREFECT", "PUBLIC_PROSECUTOR"], ["PUBLIC_PROSECUTOR", "PREFECT"]] {
        let app = App::start();
        let revision = submitted(&app, "13");
        let by = |role: &str| if role == "PREFECT" { app.prefect("13") } else { app.prosecutor("13") };
        let first = sign(&revision, &by(order[0]), order[0]);
        assert_eq!(first.at("/signRevision/status"), "SUBMITTED");
        assert_eq!(first.at("/signRevision/version"), &json!(revision.version));
        let second = sign(&revision, &by(order[1]), order[1]);
        assert_eq!(second.at("/signRevision/status"), "SIGNED");
        assert_eq!(second.at("/signRevision/version"), &json!(revision.version + 1));
    }
}

#[test]
fn other_parquets_of_the_department_put_a_visa_that_is_not_required() {
    let app = App::start();
    let mut revision = submitted(&app, "13");
    let visa = app.parquet("TJ-TARASCON");
    let answer = sign(&revision, &visa, "PUBLIC_PROSECUTOR");
    assert_eq!(answer.at("/signRevision/status"), "SUBMITTED");
    refused(&app, "13", "CONFLICT", || sign(&revision, &visa, "PUBLIC_PROSECUTOR"));
    revision.sign(&app);
    let late = app.parquet("TJ-AIX-EN-PROVENCE");
    let answer = sign(&revision, &late, "PUBLIC_PROSECUTOR");
    assert_eq!(answer.at("/signRevision/version"), &json!(revision.version));
    let answer =
        read(&app.prefecture("13"), &revision, "signatures { role visa parquet { code } capacity actReference actDate }");
    let seats: Vec<(Value, Value)> = answer
        .at("/planRevision/signatures")
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["visa"].clone(), one["parquet"]["code"].clone()))
        .collect();
    let mut found: Vec<String> = seats.iter().map(|(visa, parquet)| format!("{visa} {parquet}")).collect();
    found.sort();
    assert_eq!(found, [r#"false "TJ-MARSEILLE""#, "false null", r#"true "TJ-AIX-EN-PROVENCE""#, r#"true "TJ-TARASCON""#]);
    refused(&app, "13", "NOT_FOUND", || {
        revision.try_step(
            &app.parquet("TJ-BOBIGNY"),
            "signRevision",
            json!({ "role": "PUBLIC_PROSECUTOR", "capacity": "IN_PERSON", "contentHash": "0" }),
        )
    });
}

#[test]
fn a_signature_is_put_over_the_content_that_was_read() {
    let app = App::start();
    let revision = submitted(&app, "13");
    let by = app.prefect("13");
    let input = json!({ "role": "PREFECT", "capacity": "IN_PERSON", "contentHash": "0".repeat(64) });
    let answer = refused(&app, "13", "INVALID", || revision.try_step(&by, "signRevision", input));
    assert_eq!(answer.field(), "contentHash");
}

#[test]
fn a_signature_not_put_in_person_names_its_act() {
    let app = App::start();
    let mut revision = submitted(&app, "13");
    let by = app.prefect("13");
    let hash = revision.hash(&by);
    let input = |capacity: &str, reference: Option<&str>, date: Option<&str>| json!({ "role": "PREFECT", "capacity": capacity, "contentHash": hash, "actReference": reference, "actDate": date });
    for (capacity, reference, date, field) in [
        ("DELEGATION", None, Some("2010-01-04"), "actReference"),
        ("SUPPLEANCE", Some(" "), Some("2010-01-04"), "actReference"),
        ("INTERIM", Some("Arrêté n° 2010-4"), None, "actDate"),
        ("DELEGATION", Some("Arrêté n° 2010-4"), Some("2099-01-01"), "actDate"),
        ("IN_PERSON", Some("Arrêté n° 2010-4"), None, "actReference"),
        ("IN_PERSON", None, Some("2010-01-04"), "actDate"),
    ] {
        let answer = refused(&app, "13", "INVALID", || revision.try_step(&by, "signRevision", input(capacity, reference, date)));
        assert_eq!(answer.field(), field, "{capacity}");
    }
    revision.step(&by, "signRevision", input("DELEGATION", Some("Arrêté n° 2010-4"), Some("2010-01-04")));
    let answer = read(&by, &revision, "signatures { capacity actReference actDate signedBy }");
    assert_eq!(answer.at("/planRevision/signatures/0/actReference"), "Arrêté n° 2010-4");
    assert_eq!(answer.at("/planRevision/signatures/0/capacity"), "DELEGATION");
}

#[test]
fn nobody_signs_what_they_edited_or_submitted_but_a_contributor_may() {
    let app = App::start();
    let both = double(&app, "double-13", [("PREFECTURE", department("13")), ("PREFECT", department("13"))]);
    let mut revision = Revision::open(&app, "13", "2010-S1");
    revision.fill(&app);
    revision.step(&both, "updateDiagnosis", json!({ "diagnosis": "Diagnostic repris." }));
    revision.submit(&app);
    let answer = refused(&app, "13", "FORBIDDEN", || sign(&revision, &both, "PREFECT"));
    assert!(answer.message().contains("contenu"), "{}", answer.message());
    let steps = read(&both, &revision, "availableSteps");
    assert_eq!(steps.at("/planRevision/availableSteps"), &json!(["RECALL"]));

    let mut other = Revision::open(&app, "93", "2010-S1");
    other.fill(&app);
    let submitter = double(&app, "double-93", [("PREFECTURE", department("93")), ("PREFECT", department("93"))]);
    other.step(&submitter, "submitRevision", json!({}));
    refused(&app, "93", "FORBIDDEN", || sign(&other, &submitter, "PREFECT"));
    // The procureur contributed to the diagnosis, and signs.
    sign(&other, &app.prosecutor("93"), "PUBLIC_PROSECUTOR").data();
}

#[test]
fn the_same_person_does_not_sign_for_both() {
    let app = App::start();
    let revision = submitted(&app, "13");
    let marseille = json!({ "parquetCode": "TJ-MARSEILLE" });
    let both = double(&app, "double-13", [("PREFECT", department("13")), ("PUBLIC_PROSECUTOR", marseille)]);
    sign(&revision, &both, "PREFECT").data();
    refused(&app, "13", "FORBIDDEN", || sign(&revision, &both, "PUBLIC_PROSECUTOR"));
}

#[test]
fn the_role_of_a_signature_is_one_that_the_caller_holds() {
    let app = App::start();
    let revision = submitted(&app, "13");
    for (by, role) in [
        (app.prefecture("13"), "PREFECT"),
        (app.prefect("13"), "PUBLIC_PROSECUTOR"),
        (app.prosecutor("13"), "PREFECT"),
        (app.police("13"), "PREFECT"),
    ] {
        refused(&app, "13", "FORBIDDEN", || sign(&revision, &by, role));
    }
    let unseen = json!({ "role": "PREFECT", "capacity": "IN_PERSON", "contentHash": "0" });
    refused(&app, "13", "NOT_FOUND", || revision.try_step(&app.prefect("93"), "signRevision", unseen));
}

#[test]
fn a_recall_voids_the_signatures() {
    let app = App::start();
    let mut revision = submitted(&app, "13");
    revision.sign(&app);
    revision.step(&app.prefecture("13"), "recallRevision", json!({}));
    let answer = read(&app.prefecture("13"), &revision, "status signatures { role }");
    assert_eq!(answer.at("/planRevision"), &json!({ "status": "DRAFT", "signatures": [] }));
    revision.submit(&app);
    revision.sign(&app);
    revision.transmit(&app);
}

#[test]
fn who_submitted_before_a_recall_does_not_sign_either() {
    let app = App::start();
    let mut revision = Revision::open(&app, "13", "2010-S1");
    revision.fill(&app);
    let submitter = double(&app, "double-13", [("PREFECTURE", department("13")), ("PREFECT", department("13"))]);
    revision.step(&submitter, "submitRevision", json!({}));
    revision.step(&app.prefecture("13"), "recallRevision", json!({}));
    revision.submit(&app);
    let answer = refused(&app, "13", "FORBIDDEN", || sign(&revision, &submitter, "PREFECT"));
    assert!(answer.message().contains("soumis"), "{}", answer.message());
    let steps = read(&submitter, &revision, "availableSteps");
    assert_eq!(steps.at("/planRevision/availableSteps"), &json!(["RECALL"]));
    revision.sign(&app);
}

#[test]
fn prefecture_cannot_transmit_before_both_signatures() {
    let app = App::start();
    let revision = submitted(&app, "13");
    refused(&app, "13", "CONFLICT", || revision.try_step(&app.prefecture("13"), "transmitRevision", json!({})));
    sign(&revision, &app.prefect("13"), "PREFECT").data();
    refused(&app, "13", "CONFLICT", || revision.try_step(&app.prefecture("13"), "transmitRevision", json!({})));
}

#[test]
fn who_signs_another_content_is_not_told_the_right_hash() {
    let app = App::start();
    let mut revision = Revision::open(&app, "13", "2010-S1");
    revision.fill(&app);
    revision.submit(&app);
    let hash = revision.hash(&app.prefect("13"));
    let wrong = json!({ "role": "PREFECT", "capacity": "IN_PERSON", "contentHash": "0".repeat(64) });
    let refused = revision.try_step(&app.prefect("13"), "signRevision", wrong);
    assert_eq!((refused.code(), refused.field()), ("INVALID", "contentHash"));
    assert!(!refused.body.to_string().contains(&hash));
}
