//! What the secretariat imports: outlines of departments, and the membership of national lists.

use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use super::{collection, feature, into, upload};
use crate::harness::App;
use crate::harness::data::square;
use crate::harness::plans::Revision;

#[test]
fn an_outline_once_loaded_is_what_sectors_must_lie_in() {
    let app = App::start();
    let revision = Revision::open(&app, "13", "2010-S1");
    let (by, secretariat) = (app.prefecture("13"), app.secretariat());
    // Clockwise, as the IGN draws.
    let outline =
        json!({ "type": "Polygon", "coordinates": [[[5.3, 43.2], [5.3, 43.4], [5.41, 43.4], [5.41, 43.2], [5.3, 43.2]]] });
    let file = collection(&[json!({ "type": "Feature", "properties": { "code": "13", "nom": "Essai" }, "geometry": outline })]);
    assert_eq!(upload(&by, "/imports/boundaries", &file).status, 403);
    let trial = upload(&secretariat, "/imports/boundaries?dryRun=true", &file);
    assert_eq!((trial.status, &trial.body["replaced"]), (200, &json!(1)), "{}", trial.body);
    let far = collection(&[feature("LOIN", square("13", 9))]);
    let path = into(&revision, "&authority=POLICE&dryRun=true");
    assert_eq!(upload(&by, &path, &far).status, 200, "the bounding box is wide");
    assert_eq!(upload(&secretariat, "/imports/boundaries", &file).status, 200);
    for trial in ["?dryRun=true", ""] {
        let again = upload(&secretariat, &format!("/imports/boundaries{trial}"), &file);
        let counts = ["replaced", "unchanged"].map(|key| again.body[key].as_i64());
        assert_eq!((again.status, counts), (200, [Some(0), Some(1)]), "{}", again.body);
    }
    let answer = upload(&by, &path, &far);
    assert_eq!((answer.status, answer.each("faults", "rule")), (422, vec![json!("OUTSIDE_DEPARTMENT")]), "{}", answer.body);
    assert_eq!(upload(&by, &path, &collection(&[feature("PRES", square("13", 0))])).status, 200);
}

#[test]
fn outlines_are_loaded_all_or_none_and_each_fault_is_named() {
    let app = App::start();
    let eight = super::eight("75");
    let named = |code: &str, geometry| json!({ "type": "Feature", "properties": { "code": code }, "geometry": geometry });
    let outline =
        json!({ "type": "Polygon", "coordinates": [[[5.3, 43.2], [5.5, 43.2], [5.5, 43.4], [5.3, 43.4], [5.3, 43.2]]] });
    let file = collection(&[
        named("13", outline.clone()),
        named("75", eight),
        named("999", square("13", 0)),
        named("93", json!(null)),
        named("13", outline),
    ]);
    let answer = upload(&app.secretariat(), "/imports/boundaries", &file);
    assert_eq!(
        (answer.status, answer.each("faults", "index")),
        (422, vec![json!(1), json!(2), json!(3), json!(4)]),
        "{}",
        answer.body
    );
    let boundary = app.prefecture("13").ask("{ department(code: \"13\") { boundary } }").at("/department/boundary").clone();
    assert!(boundary.is_null(), "nothing was written");
}

#[test]
fn all_faults_of_an_outline_and_of_a_row_are_told_at_once() {
    let app = App::start();
    let secretariat = app.secretariat();
    let named = |code: &str, geometry| json!({ "type": "Feature", "properties": { "code": code }, "geometry": geometry });
    let file = collection(&[named("999", super::eight("13")), named("", json!(null))]);
    let answer = upload(&secretariat, "/imports/boundaries", &file);
    assert_eq!(answer.each("faults", "index"), [0, 0, 1, 1].map(|index| json!(index)), "{}", answer.body);
    assert_eq!(answer.each("faults", "field"), ["code", "geometry", "code", "geometry"].map(|field| json!(field)));
    let path = "/imports/national-list?list=SENSITIVE_SCHOOLS&from=2010-03-01";
    let answer = upload(&secretariat, path, b"departement;uai\n999;0130007X\n");
    assert_eq!(answer.each("faults", "field"), ["department", "uai"].map(|field| json!(field)), "{}", answer.body);
}

#[test]
fn the_whole_membership_of_a_list_comes_from_a_csv_file() {
    let app = App::start();
    let (by, secretariat) = (app.prefecture("13"), app.secretariat());
    let school = |uai: &str| {
        let properties = json!({ "uai": uai, "name": "Collège", "department": "13", "kind": "COLLEGE" });
        json!({ "type": "Feature", "properties": properties, "geometry": { "type": "Point", "coordinates": [5.4, 43.3] } })
    };
    let schools = collection(&[school("0130007M"), school("0130028K")]);
    assert_eq!(upload(&by, "/imports/schools?department=13", &schools).status, 200);

    let path = "/imports/national-list?list=SENSITIVE_SCHOOLS&from=2010-03-01";
    assert_eq!(upload(&by, path, b"department,uai\n13,0130007M\n").status, 403);
    let faulty = upload(&secretariat, path, b"department,uai\n13,0130007M\n75,0130028K\n13,0130007M\n13,\n");
    assert_eq!((faulty.status, faulty.each("faults", "index")), (422, vec![json!(1), json!(2), json!(3)]), "{}", faulty.body);
    let answer = upload(&secretariat, path, b"department;numero_uai\n013;0130007M\n013;0130028K\n");
    assert_eq!((answer.status, &answer.body["added"]), (200, &json!(2)), "{}", answer.body);
    let answer =
        upload(&secretariat, "/imports/national-list?list=SENSITIVE_SCHOOLS&from=2010-03-05", b"department,uai\n13,0130007M\n");
    let counts = ["added", "unchanged", "removed"].map(|key| answer.body[key].as_i64());
    assert_eq!(counts, [Some(0), Some(1), Some(1)], "{}", answer.body);
    let written = |act: &str| {
        let query = "{ auditEntries(first: 200) { nodes { act } } }";
        let nodes = app.national("AUDITOR").ask(query).at("/auditEntries/nodes").as_array().expect("a list").clone();
        nodes.iter().filter(|node| node["act"] == act).count()
    };
    let before = written("importNationalList");
    assert!(before > 0, "it was written down before");
    let begun = app.office.writes_begun.load(Ordering::SeqCst);
    let again =
        upload(&secretariat, "/imports/national-list?list=SENSITIVE_SCHOOLS&from=2010-03-06", b"department,uai\n13,0130007M\n");
    let counts = ["added", "replaced", "unchanged", "removed"].map(|key| again.body[key].as_i64());
    assert_eq!((again.status, counts), (200, [Some(0), Some(0), Some(1), Some(0)]), "{}", again.body);
    assert_eq!(written("importNationalList"), before);
    let faulty = upload(&secretariat, path, b"department,uai\n13,0130007M\n75,0130028K\n");
    assert_eq!(faulty.status, 422);
    assert_eq!(app.office.writes_begun.load(Ordering::SeqCst), begun, "nobody waited for what writes nothing");
    // A list of schools lacks no sectors, nor one of sectors schools.
    let missing = |list: &str, file: &str| {
        let path = format!("/imports/national-list?list={list}&from=2010-03-06&dryRun=true");
        upload(&secretariat, &path, file.as_bytes()).body["properties"]["missing"].clone()
    };
    assert_eq!(again.body["properties"]["missing"], json!([]));
    assert_eq!(missing("GROUPE_CITES", "department,sector_code\n13,S1\n"), json!([]));
    assert_eq!(missing("GROUPE_CITES", "department,uai\n13,0130007M\n"), json!(["sector_code"]));
    assert_eq!(missing("SENSITIVE_SCHOOLS", "department,sector_code\n13,S1\n"), json!(["uai"]));
    let read = again.body["properties"]["read"].clone();
    assert_eq!(read[0], json!({ "field": "department", "property": "department", "count": 1 }));
    let listed = secretariat.ask("{ nationalList(list: SENSITIVE_SCHOOLS) { uai } }").at("/nationalList").clone();
    assert_eq!(listed, json!([{ "uai": "0130007M" }]));
}

#[test]
fn rows_that_nobody_looked_at_leave_no_list() {
    let app = App::start();
    let (by, secretariat) = (app.prefecture("13"), app.secretariat());
    let school = |uai: &str| {
        let properties = json!({ "uai": uai, "name": "Collège", "department": "13", "kind": "COLLEGE" });
        json!({ "type": "Feature", "properties": properties, "geometry": { "type": "Point", "coordinates": [5.4, 43.3] } })
    };
    let schools = collection(&["0130007M", "0130028K", "0139901S"].map(school));
    assert_eq!(upload(&by, "/imports/schools?department=13", &schools).status, 200);
    let path = "/imports/national-list?list=SENSITIVE_SCHOOLS&from=2010-03-01&mode=skip-invalid";
    let whole = upload(&secretariat, path, b"department,uai\n13,0130007M\n13,0130028K\n13,0139901S\n");
    assert_eq!((whole.status, &whole.body["added"]), (200, &json!(3)), "{}", whole.body);
    for (rows, reason) in [
        ("13,0130007M\n13,\"0130028K\n13,0139901S\n", "UNCLOSED_QUOTE"),
        ("13,0130007M\n13,\"0130028K\n13,0139901S\"\n", "LINE_END"),
    ] {
        for trial in ["&dryRun=true", ""] {
            let path = path.replace("03-01", "03-05") + trial;
            let refused = upload(&secretariat, &path, format!("department,uai\n{rows}").as_bytes());
            assert_eq!(refused.each("faults", "reason"), [json!(reason)], "{}", refused.body);
            assert_eq!((refused.body["outcome"].as_str(), &refused.body["faults"][0]["index"]), (Some("REFUSED"), &json!(null)));
        }
    }
    let listed = secretariat.ask("{ nationalList(list: SENSITIVE_SCHOOLS) { uai } }").at("/nationalList").clone();
    assert_eq!(listed.as_array().map(Vec::len), Some(3), "{listed}");
}

#[test]
fn a_sound_outline_takes_the_place_of_a_faulty_one_of_its_department() {
    let app = App::start();
    let secretariat = app.secretariat();
    let named = |geometry| json!({ "type": "Feature", "properties": { "code": "13" }, "geometry": geometry });
    let outline =
        json!({ "type": "Polygon", "coordinates": [[[5.3, 43.2], [5.5, 43.2], [5.5, 43.4], [5.3, 43.4], [5.3, 43.2]]] });
    // One that crosses itself, one that lies in Paris, a sound one, and one more.
    let file = collection(&[
        named(super::eight("13")),
        named(square("75", 0)),
        named(outline.clone()),
        named(square("13", 0)),
        named(outline),
    ]);
    let strict = upload(&secretariat, "/imports/boundaries", &file);
    let twice: Vec<Value> = strict.body["faults"].as_array().expect("a list").clone();
    let twice: Vec<&Value> = twice.iter().filter(|fault| fault["reason"] == "TWICE").map(|fault| &fault["index"]).collect();
    assert_eq!((strict.status, twice), (422, [1, 2, 3, 4].map(Value::from).iter().collect()), "{}", strict.body);
    for trial in ["&dryRun=true", ""] {
        let answer = upload(&secretariat, &format!("/imports/boundaries?mode=skip-invalid{trial}"), &file);
        assert_eq!((answer.status, &answer.body["replaced"]), (200, &json!(1)), "{}", answer.body);
        assert_eq!(answer.each("leftOut", "index"), [0, 1, 3, 4].map(Value::from), "{}", answer.body);
        assert_eq!(
            answer.each("leftOut", "reason"),
            ["SELF_INTERSECTION", "OUTLINE_ELSEWHERE", "TWICE", "TWICE"].map(Value::from)
        );
        let last = answer.body["faults"].as_array().expect("a list").last().expect("a fault").clone();
        assert_eq!((&last["index"], &last["parameters"]["first"]), (&json!(4), &json!("2")), "the sound one: {last}");
    }
    let boundary = app.prefecture("13").ask("{ department(code: \"13\") { boundary } }").at("/department/boundary").clone();
    assert!(boundary.to_string().contains("43.4"), "{boundary}");
}
