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
    let again = upload(&by, INTO_13, &file);
    assert_eq!((&again.body["added"], &again.body["replaced"]), (&json!(0), &json!(1)));
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
    assert_eq!(faulty, [1, 2, 3, 4].map(Value::from), "{}", answer.body);
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
