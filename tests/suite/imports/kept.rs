//! An import changes only what its file gives: what it lacks, what options say, and what is read wrongly replace nothing; what changes is told.

use serde_json::{Value, json};

use super::{collection, stands, upload};
use crate::harness::data::square;
use crate::harness::plans::Revision;
use crate::harness::{App, Client};

/// A sector with everything that a sector can have.
fn full(code: &str) -> Value {
    json!({
        "code": code, "name": "Cité", "kind": "HOUSING_ESTATE", "authority": "GENDARMERIE", "parquetCode": "TJ-MARSEILLE",
        "communeCodes": ["13055"], "priorityNeighbourhoodCode": "QP013001", "severity": 5, "description": "Zone nord",
        "geometry": square("13", 0),
    })
}

fn sector(by: &Client, revision: &Revision) -> Value {
    let query =
        "query($id: ID!) { planRevision(id: $id) { sectors { nodes { code name kind authority parquet { code } communeCodes
        priorityNeighbourhoodCode severity description } } } }";
    by.run(query, json!({ "id": revision.id })).at("/planRevision/sectors/nodes/0").clone()
}

fn arranged() -> (App, Client, Revision) {
    let app = App::start();
    let (by, mut revision) = (app.prefecture("13"), Revision::open(&app, "13", "2010-S1"));
    revision.step(&by, "upsertSectors", json!({ "sectors": [full("X-1")] }));
    (app, by, revision)
}

fn file(properties: &Value) -> Vec<u8> {
    collection(&[json!({ "type": "Feature", "properties": properties, "geometry": square("13", 0) })])
}

/// With every option that there is, none of which may touch what is stored.
fn path(revision: &Revision, more: &str) -> String {
    format!(
        "/imports/sectors?revision={}&authority=POLICE&kind=NEIGHBOURHOOD&severity=3&parquet=TJ-AIX-EN-PROVENCE{more}",
        revision.id
    )
}

#[test]
fn what_a_file_lacks_and_what_options_say_replace_nothing() {
    let (_app, by, revision) = arranged();
    let before = sector(&by, &revision);
    for nothing in [
        json!({ "code": "X-1" }),
        json!({ "code": "X-1", "description": "", "communeCodes": [], "parquetCode": null, "severity": " ", "kind": "NULL" }),
        json!({ "code": "X-1", "name": "Cite\u{301}" }),
    ] {
        let answer = upload(&by, &path(&revision, ""), &file(&nothing));
        assert_eq!((answer.status, &answer.body["unchanged"]), (200, &json!(1)), "{}", answer.body);
        assert_eq!(answer.body["changed"], json!([]), "{nothing}");
        assert_eq!(sector(&by, &revision), before, "{nothing}");
    }
}

#[test]
fn names_cut_by_a_shapefile_are_read() {
    let app = App::start();
    let (by, revision) = (app.prefecture("13"), Revision::open(&app, "13", "2010-S1"));
    let cut = include_bytes!("../data/cases/sectors_short_names.geojson");
    let answer = upload(&by, &path(&revision, ""), cut);
    assert_eq!(answer.status, 200, "{}", answer.body);
    let written = sector(&by, &revision);
    assert_eq!(
        (&written["communeCodes"], &written["parquet"]["code"], &written["description"], &written["priorityNeighbourhoodCode"]),
        (&json!(["13055"]), &json!("TJ-MARSEILLE"), &json!("Zone nord"), &json!("QP013001"))
    );
    let read = answer.body["properties"]["read"].as_array().expect("a list").clone();
    assert!(read.contains(&json!({ "field": "communeCodes", "property": "communeCod", "count": 1 })), "{read:?}");
    assert_eq!(answer.body["properties"]["unread"], json!([]));
}

#[test]
fn what_changes_of_a_sector_is_told_before_and_after_also_on_trial() {
    let (_app, by, revision) = arranged();
    let given = json!({ "code": "X-1", "severity": 4, "communes": "13055;13001", "description": "Zone sud", "autre": 1 });
    let fields = json!([
        { "field": "severity", "before": "5", "after": "4" },
        { "field": "communeCodes", "before": "13055", "after": "13055 13001" },
        { "field": "description", "before": "Zone nord", "after": "Zone sud" },
    ]);
    for (more, version) in [("&dryRun=true", 0), ("", 1)] {
        let before = stands(&by, &revision).0;
        let answer = upload(&by, &path(&revision, more), &file(&given));
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(answer.body["changed"], json!([{ "index": 0, "code": "X-1", "fields": fields }]));
        assert_eq!(answer.body["properties"]["unread"], json!(["autre"]));
        assert_eq!(stands(&by, &revision).0 - before, version);
    }
    let moved = collection(&[json!({ "type": "Feature", "properties": { "code": "X-1" }, "geometry": square("13", 1) })]);
    let answer = upload(&by, &path(&revision, "&dryRun=true"), &moved);
    assert_eq!(answer.body["changed"][0]["fields"][0]["field"], "geometry", "{}", answer.body);
    assert_eq!(answer.body["changed"][0]["fields"].as_array().map(Vec::len), Some(1), "{}", answer.body);
    // Of the same area: that alone would say that nothing changes.
    let told = answer.body["changed"][0]["fields"][0]["after"].as_str().expect("a text").to_owned();
    assert!(told.contains("km², centre déplacé de ") && told.ends_with(" m"), "{told}");
    let done = upload(&by, &path(&revision, ""), &moved);
    assert_eq!(done.body["changed"][0]["fields"][0]["after"], json!(told), "as the trial said: {}", done.body);
}

#[test]
fn fields_are_cleared_by_name_and_only_where_the_file_has_nothing() {
    let (_app, by, revision) = arranged();
    let given = json!({ "code": "X-1", "description": "Zone sud" });
    let answer = upload(&by, &path(&revision, "&clear=communes,description,neighbourhood"), &file(&given));
    assert_eq!(answer.status, 200, "{}", answer.body);
    let written = sector(&by, &revision);
    assert_eq!(
        (&written["communeCodes"], &written["description"], &written["priorityNeighbourhoodCode"], &written["parquet"]["code"]),
        (&json!([]), &json!("Zone sud"), &json!(null), &json!("TJ-MARSEILLE"))
    );
    assert_eq!(upload(&by, &path(&revision, "&clear=severity"), &file(&given)).status, 400);
}

#[test]
fn a_value_that_cannot_be_read_is_a_fault_and_never_nothing() {
    let (_app, by, revision) = arranged();
    let before = sector(&by, &revision);
    for (given, field) in [
        (json!({ "code": "X-1", "severity": "grave" }), "severity"),
        (json!({ "code": "X-1", "severity": 9 }), "severity"),
        (json!({ "code": "X-1", "severity": 3.5 }), "severity"),
        (json!({ "code": "X-1", "communeCodes": { "a": 1 } }), "communeCodes"),
        (json!({ "code": "X-1", "communeCodes": "Marseille" }), "communeCodes"),
        (json!({ "code": "X-1", "kind": "VILLE" }), "kind"),
        (json!({ "code": "X-1", "description": ["a", "b"] }), "description"),
        (json!({ "code": "X-1", "parquetCode": { "code": 1 } }), "parquetCode"),
    ] {
        let answer = upload(&by, &path(&revision, ""), &file(&given));
        assert_eq!((answer.status, answer.each("faults", "field")), (422, vec![json!(field)]), "{given}: {}", answer.body);
    }
    assert_eq!(sector(&by, &revision), before);
}

#[test]
fn a_feature_without_a_shape_keeps_the_one_that_its_sector_has() {
    let (_app, by, revision) = arranged();
    let without =
        |code: &str| collection(&[json!({ "type": "Feature", "properties": { "code": code, "severity": 2 }, "geometry": null })]);
    let answer = upload(&by, &path(&revision, ""), &without("X-1"));
    assert_eq!((answer.status, &answer.body["replaced"]), (200, &json!(1)), "{}", answer.body);
    assert_eq!(sector(&by, &revision)["severity"], 2);
    let answer = upload(&by, &path(&revision, ""), &without("X-2"));
    assert_eq!((answer.status, answer.each("faults", "field")), (422, vec![json!("geometry")]), "{}", answer.body);
}

#[test]
fn a_long_report_is_cut_and_the_rest_counted() {
    let app = App::start();
    let (by, revision) = (app.prefecture("13"), Revision::open(&app, "13", "2010-S1"));
    let features = |severity: i32| -> Vec<Value> {
        let tiny = |index: u32| {
            let (west, south) = (5.30 + f64::from(index % 40) * 0.002, 43.30 + f64::from(index / 40) * 0.002);
            json!([[[west, south], [west + 0.001, south], [west + 0.001, south + 0.001], [west, south]]])
        };
        let one = |index: u32| {
            let geometry = json!({ "type": "Polygon", "coordinates": tiny(index) });
            let properties = json!({ "code": format!("T{index}"), "severity": severity, (format!("p{index}")): index });
            json!({ "type": "Feature", "properties": properties, "geometry": geometry })
        };
        (0..250).map(one).collect()
    };
    upload(&by, &path(&revision, ""), &collection(&features(3)));
    let answer = upload(&by, &path(&revision, "&dryRun=true"), &collection(&features(4)));
    assert_eq!((answer.status, answer.body["changed"].as_array().map(Vec::len)), (200, Some(200)), "{}", answer.body["faults"]);
    assert_eq!((&answer.body["changedBeyond"], &answer.body["properties"]["unreadBeyond"]), (&json!(50), &json!(150)));
}

#[test]
fn accents_that_a_mac_writes_apart_are_kept_joined_and_hash_alike() {
    let (_app, by, mut revision) = arranged();
    let mut write = |accent: &str| {
        let mut given = full("X-1");
        given["name"] = json!(format!("Cit{accent}"));
        given["description"] = json!(format!("Entr{accent}e nord"));
        revision.step(&by, "upsertSectors", json!({ "sectors": [given] }));
        revision.hash(&by)
    };
    assert_eq!(write("é"), write("e\u{301}"));
    assert_eq!(sector(&by, &revision)["name"], "Cité");
}
