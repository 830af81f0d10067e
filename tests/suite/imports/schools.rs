//! Schools by upload into a department's directory.

use serde_json::{Value, json};

use super::{audit, collection, upload};
use crate::harness::{App, Client};

fn school(uai: &str, department: &str, place: Option<(f64, f64)>) -> Value {
    let geometry = place.map(|(lon, lat)| json!({ "type": "Point", "coordinates": [lon, lat] }));
    let properties = json!({
        "numero_uai": uai, "appellation_officielle": format!("Collège {uai}"), "nature_uai": "340", "code_departement": department,
    });
    json!({ "type": "Feature", "properties": properties, "geometry": geometry })
}

fn directory(by: &Client) -> i64 {
    by.ask("{ schools { totalCount } }").at("/schools/totalCount").as_i64().expect("a count")
}

const INTO_13: &str = "/imports/schools?department=13";
const PLACE: Option<(f64, f64)> = Some((5.42, 43.52));

#[test]
fn schools_enter_the_directory_and_those_without_a_position_are_reported_and_left_out() {
    let app = App::start();
    let by = app.prefecture("13");
    let file = collection(&[school("0130007M", "013", PLACE), school("0130028K", "013", None)]);
    let answer = upload(&by, INTO_13, &file);
    assert_eq!((answer.status, &answer.body["added"]), (200, &json!(1)), "{}", answer.body);
    assert_eq!((answer.each("leftOut", "index"), answer.each("leftOut", "code")), (vec![json!(1)], vec![json!("0130028K")]));
    let kept = by.ask("{ schools { nodes { uai kind department { code } } } }").at("/schools/nodes").clone();
    assert_eq!(kept, json!([{ "uai": "0130007M", "kind": "COLLEGE", "department": { "code": "13" } }]));
    assert_eq!(answer.each("leftOut", "reason"), [json!("NO_POSITION")]);
    let audited = audit(&app, "13").len();
    for trial in ["&dryRun=true", ""] {
        let again = upload(&by, &format!("{INTO_13}{trial}"), &file);
        let counts = ["added", "replaced", "unchanged"].map(|key| again.body[key].as_i64());
        assert_eq!((again.status, counts), (200, [Some(0), Some(0), Some(1)]), "{}", again.body);
    }
    assert_eq!(audit(&app, "13").len(), audited, "nothing was written");
}

#[test]
fn a_school_of_the_directory_keeps_its_position_where_the_file_has_none() {
    let app = App::start();
    let by = app.prefecture("13");
    upload(&by, INTO_13, &collection(&[school("0130007M", "013", PLACE)]));
    let kept = || by.ask("{ schools { nodes { name location } } }").at("/schools/nodes/0").clone();
    let place = kept()["location"].clone();
    let nowhere = [
        json!(null),
        json!({ "type": "Point", "coordinates": [] }),
        json!({ "type": "Point", "coordinates": [null, null] }),
        json!({ "type": "Point", "coordinates": ["", ""] }),
    ];
    for (at, geometry) in nowhere.into_iter().enumerate() {
        let mut renamed = school("0130007M", "013", None);
        renamed["properties"]["appellation_officielle"] = json!(format!("Collège n° {at}"));
        renamed["geometry"] = geometry;
        let answer = upload(&by, INTO_13, &collection(&[renamed]));
        assert_eq!((answer.status, &answer.body["replaced"]), (200, &json!(1)), "{}", answer.body);
        assert_eq!((&answer.body["leftOut"], answer.each("notices", "reason")), (&json!([]), vec![json!("POSITION_KEPT")]));
        let said = json!("1 établissement sans position dans le fichier garde celle de l’annuaire");
        assert_eq!(answer.each("notices", "message"), [said]);
        let fields: Vec<&Value> =
            answer.body["changed"][0]["fields"].as_array().unwrap().iter().map(|field| &field["field"]).collect();
        assert_eq!(fields, ["name"]);
        assert_eq!(kept(), json!({ "name": format!("Collège n° {at}"), "location": place }));
    }
    let row = "uai;nom_etablissement;latitude;longitude\n0130007M;Lycée;;\n".as_bytes();
    let answer = upload(&by, INTO_13, row);
    assert_eq!((answer.status, &answer.body["replaced"]), (200, &json!(1)), "{}", answer.body);
    assert_eq!(kept(), json!({ "name": "Lycée", "location": place }));
}

#[test]
fn all_faults_of_a_school_are_told_at_once() {
    let app = App::start();
    let by = app.prefecture("13");
    let mut one = school("0130007X", "013", Some((2.4, 48.9)));
    one["properties"]["appellation_officielle"] = json!("x".repeat(10_000));
    let mut other = school("0930007A", "093", None);
    other["geometry"] = json!({ "type": "LineString", "coordinates": [[5, 43], [6, 44]] });
    let answer = upload(&by, INTO_13, &collection(&[one, other]));
    let told: Vec<(Value, Value)> = answer.each("faults", "index").into_iter().zip(answer.each("faults", "field")).collect();
    let expected = [(0, "uai"), (0, "name"), (0, "location"), (1, "uai"), (1, "location"), (1, "department")];
    let expected: Vec<(Value, Value)> = expected.map(|(index, field)| (json!(index), json!(field))).to_vec();
    assert_eq!((answer.status, told), (422, expected), "{}", answer.body);
    // With what is wrong with schools of elsewhere the directory has nothing to do.
    let answer = upload(
        &by,
        &format!("{INTO_13}&onlyDepartment=true"),
        &collection(&[school("0130007M", "013", PLACE), {
            let mut other = school("0930007A", "093", None);
            other["geometry"] = json!({ "type": "LineString", "coordinates": [[5, 43], [6, 44]] });
            other
        }]),
    );
    assert_eq!((answer.status, answer.each("leftOut", "reason")), (200, vec![json!("OTHER_DEPARTMENT")]), "{}", answer.body);
}

#[test]
fn one_faulty_school_refuses_the_file_and_a_dry_run_only_tells() {
    let app = App::start();
    let by = app.prefecture("13");
    let features = [
        school("0130007M", "013", PLACE),
        school("0130007X", "013", PLACE),
        school("0930007A", "093", Some((2.4, 48.9))),
        school("0130028K", "013", Some((2.4, 48.9))),
        school("0130007M", "013", PLACE),
    ];
    let answer = upload(&by, INTO_13, &collection(&features));
    assert_eq!((answer.status, directory(&by)), (422, 0), "{}", answer.body);
    let faulty: Vec<Value> = answer.each("faults", "index");
    assert_eq!(faulty, [1, 2, 2, 3, 4].map(Value::from), "{}", answer.body);
    assert_eq!(audit(&app, "13")[0].1, "INVALID");
    let answer = upload(&by, &format!("{INTO_13}&dryRun=true"), &collection(&features[..1]));
    assert_eq!((answer.status, &answer.body["added"], directory(&by)), (200, &json!(1), 0));
}

#[test]
fn the_directory_is_the_prefectures_to_keep() {
    let app = App::start();
    let file = collection(&[school("0130007M", "013", PLACE)]);
    for (by, status) in [(app.police("13"), 403), (app.secretariat(), 403), (app.prefecture("93"), 404), (app.anonymous(), 401)] {
        assert_eq!(upload(&by, INTO_13, &file).status, status, "{}", by.username);
    }
}

#[test]
fn a_file_that_brings_nothing_says_why() {
    let app = App::start();
    let by = app.prefecture("13");
    let nowhere = collection(&[school("0130007M", "013", None), school("0130028K", "013", None)]);
    let elsewhere = collection(&[school("0930007A", "093", PLACE)]);
    let cases = [("", &nowhere, "NO_POSITION", "2"), ("&onlyDepartment=true", &elsewhere, "OTHER_DEPARTMENT", "1")];
    for (more, file, reason, count) in cases {
        for trial in ["&dryRun=true", ""] {
            let answer = upload(&by, &format!("{INTO_13}{more}{trial}"), file);
            assert_eq!(
                (answer.status, answer.each("faults", "reason")),
                (422, vec![json!("NOTHING_TO_IMPORT")]),
                "{}",
                answer.body
            );
            let fault = &answer.body["faults"][0];
            assert_eq!((&fault["field"], &fault["parameters"]["leftOut"]), (&json!("file"), &json!(count)), "{fault}");
            let why = answer.body["leftOut"][0]["message"].as_str().expect("a text");
            assert!(fault["message"].as_str().expect("a text").contains(why), "{fault}");
            assert_eq!(answer.body["leftOut"][0]["reason"], reason);
        }
        assert!(audit(&app, "13")[0].2.contains("laissé de côté"), "{:?}", audit(&app, "13")[0]);
    }
}

#[test]
fn the_faults_of_more_schools_than_are_taken_at_once_are_told_all_the_same() {
    let app = App::start();
    let by = app.prefecture("13");
    let rows: Vec<Value> = (0..10_001).map(|number| school(&format!("X{number}"), "013", PLACE)).collect();
    let sound = school("0130007M", "013", PLACE);
    let file = collection(&[rows, vec![sound]].concat());
    let answer = upload(&by, INTO_13, &file);
    assert_eq!((answer.status, answer.body["faults"][0]["field"].as_str()), (422, Some("uai")), "{}", answer.body);
    let answer = upload(&by, &format!("{INTO_13}&mode=skip-invalid"), &file);
    assert_eq!((answer.status, &answer.body["added"]), (200, &json!(1)), "{}", answer.body);
}

#[test]
fn columns_that_were_swapped_are_told_of_any_number_of_schools_and_too_many_sound_ones_as_such() {
    let app = App::start();
    let by = app.prefecture("13");
    let table = |header: &str| {
        let rows: String =
            (0..10_001).map(|number| format!("{};Collège {number};COLLEGE;43.52;5.42\n", uai(number % 10_000))).collect();
        format!("uai;nom;nature;{header}\n{rows}")
    };
    for mode in ["", "&mode=skip-invalid"] {
        let answer = upload(&by, &format!("{INTO_13}{mode}"), table("longitude;latitude").as_bytes());
        let told = answer.each("faults", "message")[0].as_str().unwrap_or_default().to_owned();
        assert_eq!((answer.status, answer.each("faults", "reason")), (422, vec![json!("COORDINATES_SWAPPED")]), "{}", told);
        assert!(told.contains("colonnes") && !told.contains("GeoJSON"), "{told}");
    }
    let answer = upload(&by, INTO_13, table("latitude;longitude").as_bytes());
    assert_eq!((answer.status, answer.code()), (422, "INVALID"), "{}", answer.body);
    assert_eq!(answer.body["errors"][0]["extensions"]["reason"], "TOO_MANY", "{}", answer.body);
}

/// A UAI of 13, its letter as the digits have it.
fn uai(number: u32) -> String {
    let digits = 130_000 + number;
    let letters = b"ABCDEFGHJKLMNPRSTUVWXYZ";
    let letter = char::from(letters[usize::try_from(digits % 23).expect("small")]);
    format!("{digits:07}{letter}")
}
