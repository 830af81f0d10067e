//! Sectors by upload: what is written, refused, left out, mended and warned of.

use palts::workflow::Rules;
use serde_json::{Value, json};

use super::{Imported, audit, collection, eight, feature, into, squares, stands, upload};
use crate::harness::data::square;
use crate::harness::plans::Revision;
use crate::harness::{App, Setup};

#[test]
fn a_file_of_sectors_becomes_sectors_of_the_draft_and_again_writes_nothing() {
    let app = App::start();
    let (by, revision) = (app.prefecture("13"), Revision::open(&app, "13", "2010-S1"));
    let file = collection(&squares("13", 3));
    let first = upload(&by, &into(&revision, "&authority=POLICE"), &file);
    assert_eq!(first.status, 200, "{}", first.body);
    assert_eq!(
        (&first.body["outcome"], &first.body["added"], &first.body["replaced"]),
        (&json!("IMPORTED"), &json!(3), &json!(0))
    );
    let (version, codes) = stands(&by, &revision);
    assert_eq!((first.body["version"].as_i64(), codes), (Some(version), vec!["S0".to_owned(), "S1".to_owned(), "S2".to_owned()]));

    let audited = audit(&app, "13").len();
    for trial in ["&dryRun=true", ""] {
        let again = upload(&by, &into(&revision, &format!("&authority=POLICE&version={version}{trial}")), &file);
        let counts = ["added", "replaced", "unchanged"].map(|key| again.body[key].as_i64());
        assert_eq!((again.status, counts), (200, [Some(0), Some(0), Some(3)]), "{}", again.body);
        assert_eq!((&again.body["outcome"], &again.body["version"]), (&json!("IMPORTED"), &json!(version)));
    }
    assert_eq!((stands(&by, &revision).0, audit(&app, "13").len()), (version, audited));

    let mut features = squares("13", 4);
    features[1]["properties"]["name"] = json!("Un autre nom");
    let some = upload(&by, &into(&revision, "&authority=POLICE"), &collection(&features));
    let counts = ["added", "replaced", "unchanged"].map(|key| some.body[key].as_i64());
    assert_eq!(counts, [Some(1), Some(1), Some(2)], "{}", some.body);
    assert_eq!(some.each("changed", "code"), [json!("S1")]);
    assert_eq!(stands(&by, &revision).0, version + 1);
    assert!(audit(&app, "13").iter().any(|(_, outcome, detail)| outcome == "DONE" && detail.contains("1 added, 1 replaced")));
    assert!(audit(&app, "13").iter().any(|(_, outcome, detail)| outcome == "DONE" && detail.contains("3 added, 0 replaced")));
}

#[test]
fn one_faulty_feature_refuses_the_whole_file_and_every_fault_is_named_by_feature_code_and_place() {
    let app = App::start();
    let (by, revision) = (app.prefecture("13"), Revision::open(&app, "13", "2010-S1"));
    let mut features = squares("13", 2);
    features.push(feature("HUIT", eight("13")));
    features.push(feature("PARIS", square("75", 0)));
    features.push(json!({ "type": "Feature", "properties": { "severity": "grave" }, "geometry": eight("13") }));
    features.push(feature("S0", square("13", 7)));
    let before = stands(&by, &revision);
    let answer = upload(&by, &into(&revision, "&authority=POLICE"), &collection(&features));
    assert_eq!((answer.status, &answer.body["outcome"]), (422, &json!("REFUSED")), "{}", answer.body);
    assert_eq!(answer.each("faults", "index"), [2, 3, 4, 4, 4, 5].map(Value::from), "{}", answer.body);
    let codes = ["HUIT", "PARIS", "", "", "", "S0"].map(Value::from);
    assert_eq!(answer.each("faults", "code"), codes);
    let fields = ["geometry", "geometry", "code", "severity", "geometry", "code"].map(Value::from);
    assert_eq!(answer.each("faults", "field"), fields);
    let eight = &answer.body["faults"][0];
    assert_eq!((&eight["rule"], &eight["name"]), (&json!("SELF_INTERSECTION"), &json!("Quartier HUIT")));
    let middle = crate::harness::data::middle("13", 90)["coordinates"].clone();
    for axis in 0..2 {
        let (found, wanted) = (eight["place"][axis].as_f64().unwrap(), middle[axis].as_f64().unwrap());
        assert!((found - wanted).abs() < 1e-6, "{eight}");
    }
    assert_eq!(answer.body["faults"][1]["rule"], "OUTSIDE_DEPARTMENT");
    let twice = &answer.body["faults"][5];
    assert_eq!((&twice["reason"], &twice["parameters"]["first"]), (&json!("TWICE"), &json!("0")), "{twice}");
    assert_eq!(stands(&by, &revision), before, "nothing was written");
    let (_, outcome, detail) = &audit(&app, "13")[0];
    assert_eq!(outcome, "INVALID");
    assert!(detail.contains("HUIT") && detail.contains("6 défauts dans 4 objets sur 6"), "{detail}");
}

#[test]
fn one_fault_alone_is_counted_in_the_singular() {
    let app = App::start();
    let (by, revision) = (app.prefecture("13"), Revision::open(&app, "13", "2010-S1"));
    let answer = upload(&by, &into(&revision, "&authority=POLICE"), &collection(&[feature("HUIT", eight("13"))]));
    assert_eq!((answer.status, answer.body["target"].as_str()), (422, Some("révision 13/1")), "{}", answer.body);
    let (.., detail) = &audit(&app, "13")[0];
    assert!(detail.contains("en tout 1 défaut dans 1 objet sur 1; file "), "{detail}");
}

#[test]
fn all_faults_of_a_feature_are_told_at_once_those_of_its_properties_and_those_of_its_shape() {
    let app = App::start();
    let (by, revision) = (app.prefecture("13"), Revision::open(&app, "13", "2010-S1"));
    let long = "x".repeat(10_000);
    let wrong = json!({
        "code": "S 0", "name": long, "kind": "VILLE", "severity": "grave", "parquetCode": "TJ-LYON", "communeCodes": ["69001", "x"],
    });
    let features = [
        json!({ "type": "Feature", "properties": wrong, "geometry": square("75", 0) }),
        feature("S1", square("75", 1)),
        json!({ "type": "Feature", "properties": { "code": "S2", "severity": 9 }, "geometry": eight("13") }),
    ];
    let answer = upload(&by, &into(&revision, ""), &collection(&features));
    assert_eq!(answer.status, 422, "{}", answer.body);
    let faults = answer.body["faults"].as_array().unwrap();
    let of = |index: Value| {
        let mut fields: Vec<&str> =
            faults.iter().filter(|fault| fault["index"] == index).map(|fault| fault["field"].as_str().unwrap()).collect();
        fields.sort_unstable();
        fields
    };
    let first = ["code", "communeCodes", "communeCodes", "geometry", "kind", "name", "parquetCode", "severity"];
    assert_eq!(of(json!(0)), first, "{}", answer.body);
    assert_eq!((of(json!(1)), of(json!(2))), (vec!["geometry"], vec!["geometry", "severity"]), "{}", answer.body);
    assert_eq!(of(json!(null)), ["file"], "the authority is asked for once");
    assert!(stands(&by, &revision).1.is_empty());
}

#[test]
fn the_faults_of_one_feature_are_bounded_and_the_rest_counted() {
    let app = App::start();
    let (by, revision) = (app.prefecture("13"), Revision::open(&app, "13", "2010-S1"));
    let communes: Vec<String> = (0..50).map(|number| format!("690{number:02}")).collect();
    let zone = json!({ "type": "Feature", "properties": { "code": "S0", "communes": communes }, "geometry": square("13", 0) });
    let answer = upload(&by, &into(&revision, "&authority=POLICE"), &collection(&[zone, feature("S1", square("75", 1))]));
    assert_eq!((answer.status, answer.each("faults", "index").len()), (422, 21), "{}", answer.body);
    assert_eq!((&answer.body["beyond"], &answer.body["faults"][20]["code"]), (&json!({ "faults": 30, "rows": 0 }), &json!("S1")));
}

#[test]
fn two_properties_for_one_field_are_told() {
    let app = App::start();
    let (by, revision) = (app.prefecture("13"), Revision::open(&app, "13", "2010-S1"));
    let properties = json!({ "Code": "S0", "Sévérité": 4, "GRAVITE": 2, "Libellé": "Cité", "Autorité": "Police" });
    let zone = json!({ "type": "Feature", "properties": properties, "geometry": square("13", 0) });
    let answer = upload(&by, &into(&revision, ""), &collection(std::slice::from_ref(&zone)));
    assert_eq!((answer.status, answer.each("notices", "reason")), (200, vec![json!("AMBIGUOUS_PROPERTY")]), "{}", answer.body);
    let parameters = &answer.body["notices"][0]["parameters"];
    assert_eq!(
        parameters,
        &json!({ "field": "severity", "read": "« GRAVITE »", "unread": "« Sévérité »", "count": "1" }),
        "{}",
        answer.body
    );
    let named = upload(&by, &into(&revision, "&severityProperty=S%C3%A9v%C3%A9rit%C3%A9"), &collection(&[zone]));
    assert_eq!((named.status, &named.body["notices"]), (200, &json!([])), "{}", named.body);
    let before_and_after = &named.body["changed"][0]["fields"];
    assert_eq!(before_and_after, &json!([{ "field": "severity", "before": "2", "after": "4" }]));
}

#[test]
fn skipping_imports_the_rest_and_lists_what_it_left() {
    let app = App::start();
    let (by, revision) = (app.prefecture("13"), Revision::open(&app, "13", "2010-S1"));
    let mut features = vec![feature("HUIT", eight("13"))];
    features.extend(squares("13", 2));
    let answer = upload(&by, &into(&revision, "&authority=POLICE&mode=skip-invalid"), &collection(&features));
    assert_eq!((answer.status, &answer.body["added"]), (200, &json!(2)), "{}", answer.body);
    assert_eq!((answer.each("leftOut", "index"), answer.each("leftOut", "code")), (vec![json!(0)], vec![json!("HUIT")]));
    assert_eq!(answer.each("leftOut", "reason"), [json!("SELF_INTERSECTION")]);
    assert!(!answer.body["leftOut"][0]["message"].as_str().unwrap().is_empty());
    assert_eq!(answer.each("faults", "rule"), [json!("SELF_INTERSECTION")]);
    assert_eq!(stands(&by, &revision).1, ["S0", "S1"]);

    let nothing = collection(&[feature("HUIT", eight("13"))]);
    let answer = upload(&by, &into(&revision, "&authority=POLICE&mode=skip-invalid"), &nothing);
    assert_eq!((answer.status, &answer.body["outcome"]), (422, &json!("REFUSED")), "nothing is left to import");
}

#[test]
fn repairing_mends_crossings_and_ring_direction_and_tells_by_how_much_the_area_moved() {
    let app = App::start();
    let (by, revision) = (app.prefecture("13"), Revision::open(&app, "13", "2010-S1"));
    let ring = square("13", 5)["coordinates"][0].clone();
    let clockwise = json!({ "type": "Polygon", "coordinates": [[ring[0], ring[3], ring[2], ring[1], ring[0]]] });
    let features = [feature("HUIT", eight("13")), feature("S1", square("13", 1)), feature("TOURNE", clockwise)];
    let answer = upload(&by, &into(&revision, "&authority=POLICE&repair=true"), &collection(&features));
    assert_eq!((answer.status, &answer.body["added"]), (200, &json!(3)), "{}", answer.body);
    assert_eq!(answer.each("mended", "code"), [json!("HUIT"), json!("TOURNE")]);
    let [eight, turned] = [&answer.body["mended"][0], &answer.body["mended"][1]];
    let area = |mend: &Value, key: &str| mend[key].as_f64().unwrap();
    assert!(area(eight, "areaBeforeM2") < 1_000.0 && area(eight, "areaAfterM2") > 30_000.0, "{eight}");
    assert_eq!(turned["changes"], json!(["1 anneau retourné dans le sens de la RFC 7946"]));
    assert!((area(turned, "areaAfterM2") - area(turned, "areaBeforeM2")).abs() < 0.01, "{turned}");
    assert_eq!(stands(&by, &revision).1, ["HUIT", "S1", "TOURNE"]);
}

#[test]
fn a_dry_run_tells_everything_and_writes_nothing() {
    let app = App::start();
    let (by, revision) = (app.prefecture("13"), Revision::open(&app, "13", "2010-S1"));
    let (before, audited) = (stands(&by, &revision), audit(&app, "13").len());
    let sound = upload(&by, &into(&revision, "&authority=POLICE&dryRun=true"), &collection(&squares("13", 2)));
    assert_eq!((sound.status, &sound.body["outcome"], &sound.body["dryRun"]), (200, &json!("IMPORTED"), &json!(true)));
    assert_eq!((&sound.body["added"], &sound.body["version"]), (&json!(2), &json!(before.0)));
    let faulty = upload(&by, &into(&revision, "&authority=POLICE&dryRun=true"), &collection(&[feature("HUIT", eight("13"))]));
    assert_eq!((faulty.status, &faulty.body["outcome"]), (422, &json!("REFUSED")));
    assert_eq!((stands(&by, &revision), audit(&app, "13").len()), (before, audited));
}

#[test]
fn sectors_that_overlap_are_imported_with_a_warning() {
    let app = App::start();
    let (by, revision) = (app.prefecture("13"), Revision::open(&app, "13", "2010-S1"));
    let features = [feature("S1", square("13", 1)), feature("S1BIS", square("13", 1)), feature("S2", square("13", 2))];
    let answer = upload(&by, &into(&revision, "&authority=POLICE"), &collection(&features));
    assert_eq!((answer.status, &answer.body["added"]), (200, &json!(3)));
    assert_eq!(answer.each("warnings", "codes"), [json!(["S1", "S1BIS"])]);
    assert!(answer.body["warnings"][0]["areaM2"].as_f64().unwrap() > 70_000.0, "{}", answer.body["warnings"]);
}

#[test]
fn an_import_costs_the_same_statements_however_many_features_it_has() {
    let app = App::start();
    let (by, revision) = (app.prefecture("13"), Revision::open(&app, "13", "2010-S1"));
    let cost = |count| {
        let file = collection(&squares("13", count));
        let path = into(&revision, "&authority=POLICE");
        let (answer, statements) = app.statements(|| upload(&by, &path, &file));
        assert_eq!(answer.status, 200, "{}", answer.body);
        statements
    };
    cost(60);
    let (few, many) = (cost(2), cost(60));
    assert_eq!(few, many);
    assert!(many < 40, "{many} statements");
}

#[test]
fn a_file_that_lacks_what_a_sector_needs_asks_for_it_once() {
    let app = App::start();
    let (by, revision) = (app.prefecture("13"), Revision::open(&app, "13", "2010-S1"));
    let answer = upload(&by, &into(&revision, ""), &collection(&squares("13", 30)));
    assert_eq!((answer.status, answer.each("faults", "field")), (422, vec![json!("file")]), "{}", answer.body);
    assert!(answer.body["faults"][0]["message"].as_str().unwrap().contains("(authority)"));

    let answer = upload(&by, &into(&revision, "&authority=POLICE"), b"{\"type\":\"Feature\"}");
    assert_eq!((answer.status, answer.each("faults", "field")), (422, vec![json!("file")]), "{}", answer.body);
}

#[test]
fn properties_under_other_names_are_mapped_by_parameters() {
    let app = App::start();
    let (by, revision) = (app.prefecture("13"), Revision::open(&app, "13", "2010-S1"));
    let properties = json!({ "id_zone": "Z9", "intitule": "Le Port", "qui": "GENDARMERIE", "gravite": 5, "nature": "PORT" });
    let zone = json!({ "type": "Feature", "properties": properties, "geometry": square("13", 0) });
    let path = "/imports/sectors?department=13&revision=pending&codeProperty=id_zone&nameProperty=intitule&authorityProperty=qui\
         &severityProperty=gravite&kindProperty=nature";
    let answer = upload(&by, path, &collection(&[zone]));
    assert_eq!(answer.status, 200, "{}", answer.body);
    let query = "query($id: ID!) { planRevision(id: $id) { sectors { nodes { code name authority severity kind } } } }";
    let written = by.run(query, json!({ "id": revision.id })).at("/planRevision/sectors/nodes/0").clone();
    assert_eq!(written, json!({ "code": "Z9", "name": "Le Port", "authority": "GENDARMERIE", "severity": 5, "kind": "PORT" }));
}

#[test]
fn a_property_that_is_too_long_is_named_and_its_shape_is_sound() {
    let app = App::start();
    let (by, revision) = (app.prefecture("13"), Revision::open(&app, "13", "2010-S1"));
    let mut features = squares("13", 2);
    features[1]["properties"]["description"] = json!("x".repeat(100_000));
    let answer = upload(&by, &into(&revision, "&authority=POLICE"), &collection(&features));
    assert_eq!((answer.status, answer.each("faults", "field")), (422, vec![json!("description")]), "{}", answer.body);
    let fault = &answer.body["faults"][0];
    assert_eq!((&fault["reason"], &fault["parameters"]["property"]), (&json!("PROPERTY_TOO_LARGE"), &json!("description")));
    assert!(fault["rule"].is_null(), "{fault}");
}

/// Bytes that a draft would have, of the answer that it would be too large.
fn too_large(answer: &Imported) -> u64 {
    let told = &answer.body["errors"][0]["extensions"];
    assert_eq!((answer.status, &told["reason"]), (422, &json!("REVISION_TOO_LARGE")), "{}", answer.body);
    told["parameters"]["bytes"].as_str().and_then(|bytes| bytes.parse().ok()).unwrap_or_else(|| panic!("{told}"))
}

#[test]
fn a_trial_says_that_the_revision_would_be_too_large_by_the_same_count_as_the_import() {
    let app = App::start();
    let mut revision = Revision::open(&app, "13", "2010-S1");
    let rules = |max_revision_bytes| Setup { rules: Rules { max_revision_bytes, ..Rules::default() }, ..Setup::default() };
    let tight = app.beside(rules(10));
    let (by, path) = (tight.prefecture("13"), |more: &str| into(&revision, &format!("&authority=POLICE{more}")));
    let mut features = squares("13", 4);
    for each in &mut features {
        each["properties"]["description"] = json!("é".repeat(100));
    }
    let first = collection(&features);
    let bytes = too_large(&upload(&by, &path("&dryRun=true"), &first));
    assert_eq!(too_large(&upload(&by, &path(""), &first)), bytes);
    // What is refused for its faults is told them, and no size.
    let mut faulty = features.clone();
    faulty.push(feature("HUIT", eight("13")));
    faulty.push(json!({ "type": "Feature", "properties": { "code": "S9", "severity": "grave" }, "geometry": square("13", 9) }));
    for trial in ["&dryRun=true", ""] {
        let answer = upload(&by, &path(trial), &collection(&faulty));
        assert_eq!(answer.each("faults", "field"), [json!("geometry"), json!("severity")], "{}", answer.body);
        too_large(&upload(&by, &path(&format!("&mode=skip-invalid{trial}")), &collection(&faulty)));
    }
    let less = app.beside(rules(bytes - 1));
    too_large(&upload(&less.prefecture("13"), &path("&dryRun=true"), &first));
    let enough = app.beside(rules(bytes));
    for trial in ["&dryRun=true", ""] {
        let answer = upload(&enough.prefecture("13"), &path(trial), &first);
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
    // Replaced, redrawn, left alone and new ones are counted as the database counts them.
    let moved = square("13", 20)["coordinates"][0].clone();
    features[0]["geometry"]["coordinates"] = json!([[moved[0], [5.4015, 43.3081], moved[1], moved[2], moved[3], moved[0]]]);
    let ring = features[1]["geometry"]["coordinates"][0].clone();
    features[1]["geometry"]["coordinates"] = json!([[ring[2], ring[3], ring[0], ring[1], ring[2]]]);
    features[1]["properties"]["description"] = json!("è".repeat(300));
    features.push(feature("S4", square("13", 4)));
    let second = collection(&features);
    let bytes = too_large(&upload(&by, &path("&dryRun=true"), &second));
    let written = upload(&app.prefecture("13"), &path(""), &second);
    let counts = ["added", "replaced", "unchanged"].map(|key| written.body[key].as_i64());
    assert_eq!((written.status, counts), (200, [Some(1), Some(2), Some(2)]), "{}", written.body);
    revision.version = stands(&by, &revision).0;
    let refused = revision.try_step(&by, "updateDiagnosis", json!({ "diagnosis": "x".repeat(1_000) }));
    assert_eq!(refused.error()["extensions"]["parameters"]["bytes"], json!((bytes + 1_000).to_string()));
}
