//! What follows from a revision's content: its hash, its checks, what changed, and what a copy keeps.

use serde_json::{Value, json};

use super::{read, refused, submitted};
use crate::harness::data::middle;
use crate::harness::plans::{Revision, objective, sector};
use crate::harness::{App, Client};

fn listed(answer: &Value) -> Vec<String> {
    let text = |change: &Value, field: &str| change[field].as_str().unwrap_or_default().to_owned();
    answer
        .as_array()
        .unwrap()
        .iter()
        .map(|change| {
            format!(
                "{} {} {}",
                text(change, "kind"),
                change["subject"]["code"].as_str().unwrap(),
                text(&change["subject"], "__typename")
            )
        })
        .collect()
}

const CHANGES: &str = "changes { against { number }
    sectors { kind label before after subject { __typename id ... on Sector { code } } }
    objectives { kind label before after subject { __typename id ... on Objective { code } } } }";

#[test]
fn the_first_revision_is_all_new_and_the_next_says_what_changed() {
    let app = App::start();
    let first = Revision::in_force(&app, "13", "2010-S1");
    let by = app.prefecture("13");
    let all_new = read(&by, &first, CHANGES);
    assert_eq!(all_new.at("/planRevision/changes/against"), &Value::Null);
    assert_eq!(listed(all_new.at("/planRevision/changes/sectors")), ["ADDED S1 Sector", "ADDED S2 Sector"]);

    let mut next = Revision::open(&app, "13", "2010-S1");
    let copied = read(&by, &next, "sectors { nodes { code rank } } objectives { code rank sectors { code } }");
    let original = read(&by, &first, "sectors { nodes { code rank } } objectives { code rank sectors { code } }");
    assert_eq!(copied.at("/planRevision"), original.at("/planRevision"));

    next.step(&by, "upsertSectors", json!({ "sectors": [sector("13", "S3", 2, "POLICE")] }));
    next.step(&by, "rankSectors", json!({ "codes": ["S3", "S1", "S2"] }));
    next.step(&by, "removeSector", json!({ "code": "S2" }));
    let mut altered = objective("O1", "DETERRENCE", &["S1", "S3"]);
    altered["title"] = json!("Objectif repris");
    next.step(&by, "upsertObjective", altered);
    next.step(&by, "rankObjectives", json!({ "codes": ["O2", "O1"] }));
    let changed = read(&by, &next, CHANGES);
    assert_eq!(changed.at("/planRevision/changes/against/number"), &json!(1));
    assert_eq!(listed(changed.at("/planRevision/changes/sectors")), ["ADDED S3 Sector", "REMOVED S2 Sector"]);
    let objectives = listed(changed.at("/planRevision/changes/objectives"));
    assert!(objectives.contains(&"ALTERED O1 Objective".to_owned()), "{objectives:?}");
    assert!(objectives.iter().any(|change| change.starts_with("MOVED")), "{objectives:?}");
    let removed = changed.text("/planRevision/changes/sectors/1/subject/id");
    let kept = read(&by, &first, "sectors { nodes { id code } }");
    assert_eq!(kept.at("/planRevision/sectors/nodes/1"), &json!({ "id": removed, "code": "S2" }));
    assert_eq!(read(&app.national("OCRTIS"), &first, CHANGES).at("/planRevision/changes/against"), &Value::Null);
}

#[test]
fn who_sees_the_plan_in_force_only_is_not_told_what_changed_against_another() {
    let app = App::start();
    Revision::in_force(&app, "13", "2010-S1");
    let second = Revision::in_force(&app, "13", "2010-S1");
    assert_eq!(read(&app.national("OCRTIS"), &second, CHANGES).code(), "FORBIDDEN");
    read(&app.secretariat(), &second, CHANGES).data();
}

#[test]
fn statements_of_changes_do_not_grow_with_what_changed() {
    let app = App::start();
    let first = Revision::in_force(&app, "13", "2010-S1");
    let by = app.prefecture("13");
    let mut next = Revision::open(&app, "13", "2010-S1");
    let mut grow = |from: u32, to: u32| {
        let sectors: Vec<Value> = (from..to).map(|index| sector("13", &format!("T{index}"), index, "POLICE")).collect();
        next.step(&by, "upsertSectors", json!({ "sectors": sectors }));
        next.step(&by, "upsertObjective", objective(&format!("P{from}"), "REPRESSION", &["S1"]));
        let (answer, statements) = app.statements(|| read(&by, &next, CHANGES));
        answer.data();
        statements
    };
    let few = grow(2, 4);
    let many = grow(4, 24);
    assert_eq!(few, many);
    drop(first);
}

#[test]
fn the_hash_follows_the_content_and_nothing_else() {
    let app = App::start();
    let by = app.prefecture("13");
    let mut revision = Revision::open(&app, "13", "2010-S1");
    revision.fill(&app);
    let before = revision.hash(&by);
    assert_eq!(before.len(), 64);
    revision.step(&by, "updateDiagnosis", json!({ "diagnosis": "Autre diagnostic." }));
    let other = revision.hash(&by);
    assert_ne!(other, before);
    revision.step(&by, "rankSectors", json!({ "codes": ["S2", "S1"] }));
    assert_ne!(revision.hash(&by), other, "the ranks are signed too");
    revision.step(&by, "rankSectors", json!({ "codes": ["S1", "S2"] }));
    revision.step(&by, "updateDiagnosis", json!({ "diagnosis": "Diagnostic partagé du département." }));
    assert_eq!(revision.hash(&by), before);
    revision.submit(&app);
    assert_eq!(revision.hash(&by), before);
    revision.sign(&app);
    revision.transmit(&app);
    assert_eq!(revision.hash(&app.secretariat()), before);
}

#[test]
fn what_was_submitted_no_longer_changes() {
    let app = App::start();
    let revision = submitted(&app, "13");
    let by = app.prefecture("13");
    for (mutation, more) in [
        ("upsertSectors", json!({ "sectors": [sector("13", "S3", 2, "POLICE")] })),
        ("removeSector", json!({ "code": "S1" })),
        ("rankSectors", json!({ "codes": ["S2", "S1"] })),
        ("upsertObjective", objective("O3", "REPRESSION", &["S1"])),
        ("removeObjective", json!({ "code": "O1" })),
        ("rankObjectives", json!({ "codes": ["O2", "O1"] })),
        ("contributeToDiagnosis", json!({ "service": "CUSTOMS", "text": "Constat.", "datedOn": app.today() })),
        ("replyToRemark", json!({ "index": 0, "reply": "Réponse." })),
    ] {
        refused(&app, "13", "CONFLICT", || revision.try_step(&by, mutation, more));
    }
}

fn list_school(app: &App, by: &Client, uai: &str, index: u32) {
    let school = json!({ "uai": uai, "name": "Collège d'essai", "kind": "COLLEGE", "departmentCode": "13", "location": middle("13", index) });
    by.run("mutation($i: [SchoolInput!]!) { upsertSchools(input: $i) { uai } }", json!({ "i": [school] })).data();
    app.secretariat()
        .run(
            "mutation($i: SetNationalListInput!) { setNationalList(input: $i) { uai } }",
            json!({ "i": { "list": "SENSITIVE_SCHOOLS", "from": app.today(), "entries": [{ "departmentCode": "13", "uai": uai }] } }),
        )
        .data();
}

#[test]
fn a_listed_school_is_covered_by_deterrence_or_its_absence_is_explained() {
    let app = App::start();
    let by = app.prefecture("13");
    let mut revision = Revision::open(&app, "13", "2010-S1");
    revision.fill(&app);
    // Near the second sector, which no deterrence objective names, and too far from the first.
    list_school(&app, &by, "0130010R", 2);
    let check = |revision: &Revision| {
        let answer = read(&by, revision, "checks { code passed message }");
        let checks = answer.at("/planRevision/checks").as_array().unwrap().clone();
        checks.into_iter().find(|check| check["code"] == "LISTED_SCHOOLS_COVERED").unwrap()
    };
    assert_eq!(check(&revision)["passed"], false);
    let answer = refused(&app, "13", "INVALID", || revision.try_step(&by, "submitRevision", json!({})));
    assert_eq!(answer.message(), "checks: contrôles non passés : LISTED_SCHOOLS_COVERED");
    let explained = json!({ "diagnosis": "Diagnostic.", "uncoveredSchoolsReason": "Établissement fermé pour travaux." });
    revision.step(&by, "updateDiagnosis", explained);
    assert_eq!(check(&revision)["passed"], true);
    revision.step(&by, "updateDiagnosis", json!({ "diagnosis": "Diagnostic.", "uncoveredSchoolsReason": "" }));
    assert_eq!(check(&revision)["passed"], false);
    revision.step(&by, "upsertObjective", objective("O1", "DETERRENCE", &["S2"]));
    assert_eq!(check(&revision)["passed"], true);
    revision.submit(&app);
}

#[test]
fn a_remark_points_to_the_item_and_the_copy_to_its_own() {
    let app = App::start();
    let mut first = Revision::in_force(&app, "13", "2010-S1");
    let secretariat = app.secretariat();
    let items = read(&secretariat, &first, "sectors { nodes { id } } objectives { id }");
    let about = json!({ "remarks": [
        { "text": "Contour trop large.", "subjectId": items.text("/planRevision/sectors/nodes/1/id") },
        { "text": "Objectif imprécis.", "subjectId": items.text("/planRevision/objectives/0/id") },
        { "text": "Ensemble satisfaisant." },
    ] });
    let other = Revision::in_force(&app, "93", "2010-S1");
    refused(&app, "93", "INVALID", || other.try_step(&secretariat, "returnRevision", about.clone()));
    first.step(&secretariat, "returnRevision", about);
    let mut copy = Revision::open(&app, "13", "2010-S1");
    let by = app.prefecture("13");
    let fields = "remarks { text subject { id ... on Sector { code } ... on Objective { code } } } sectors { nodes { id } }";
    let listed = read(&by, &copy, fields);
    assert_eq!(listed.at("/planRevision/remarks/0/subject/code"), "S2");
    assert_eq!(listed.at("/planRevision/remarks/0/subject/id"), listed.at("/planRevision/sectors/nodes/1/id"));
    assert_eq!(listed.at("/planRevision/remarks/1/subject/code"), "O1");
    assert_eq!(listed.at("/planRevision/remarks/2/subject"), &Value::Null);
    copy.step(&by, "removeSector", json!({ "code": "S2" }));
    assert_eq!(read(&by, &copy, fields).at("/planRevision/remarks/0/subject"), &Value::Null);
}
