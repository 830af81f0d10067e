//! The real files through the import: the faulty polygons are named by their codes and places, and the rest goes in.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{data, features};
use crate::harness::App;
use crate::harness::plans::Revision;
use crate::imports::{Imported, into, stands, upload};

const SAID: &str = "&authority=POLICE";

/// An application with the outlines of all departments loaded.
fn with_outlines() -> App {
    let outlines = data("departements.geojson");
    let app = App::start();
    let answer = upload(&app.secretariat(), "/imports/boundaries", &outlines);
    assert_eq!((answer.status, &answer.body["replaced"]), (200, &json!(features("departements.geojson").0)), "{}", answer.body);
    app
}

fn neighbourhoods(app: &App, department: &str, more: &str) -> (Revision, Imported) {
    let file = data(&format!("qpv2015_{department}.geojson"));
    let revision = Revision::open(app, department, "2010-S1");
    let answer = upload(&app.prefecture(department), &into(&revision, &format!("{SAID}{more}")), &file);
    (revision, answer)
}

/// The one faulty feature of a file is named by its code, and its place lies in its department.
fn names_one(answer: &Imported, code: &str, [west, south, east, north]: [f64; 4]) {
    assert_eq!((answer.status, &answer.body["outcome"]), (422, &json!("REFUSED")), "{}", answer.body);
    assert!(answer.each("faults", "code").iter().all(|found| found == code), "{}", answer.body["faults"]);
    assert!(answer.each("faults", "rule").iter().all(|rule| rule == "SELF_INTERSECTION"), "{}", answer.body["faults"]);
    let place = &answer.body["faults"][0]["place"];
    let (lon, lat) = (place[0].as_f64().expect("a longitude"), place[1].as_f64().expect("a latitude"));
    assert!((west..east).contains(&lon) && (south..north).contains(&lat), "{place}");
}

#[test]
fn qp013058_is_named_as_faulty_in_13_left_out_or_mended() {
    let app = with_outlines();
    let (revision, strict) = neighbourhoods(&app, "13", "");
    names_one(&strict, "QP013058", [4.2, 43.1, 5.9, 43.9]);
    let by = app.prefecture("13");
    assert!(stands(&by, &revision).1.is_empty());

    let file = data("qpv2015_13.geojson");
    let all = features("qpv2015_13.geojson").0;
    let trial = upload(&by, &into(&revision, &format!("{SAID}&repair=true&dryRun=true")), &file);
    assert_eq!((trial.status, &trial.body["added"]), (200, &json!(all)), "{}", trial.body["faults"]);
    let mended: Vec<Value> = trial.each("mended", "code");
    assert!(mended.contains(&json!("QP013058")), "{mended:?}");

    let began = Instant::now();
    let (skipped, statements) = app.statements(|| upload(&by, &into(&revision, &format!("{SAID}&mode=skip-invalid")), &file));
    assert_eq!((skipped.status, &skipped.body["added"]), (200, &json!(all - 1)), "{}", skipped.body["faults"]);
    assert_eq!(skipped.each("leftOut", "code"), [json!("QP013058")]);
    assert_eq!(stands(&by, &revision).1.len(), all - 1);
    assert!(statements < 40, "{statements} statements");
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}

#[test]
fn qp075019_is_named_as_faulty_in_75() {
    let app = with_outlines();
    let (revision, strict) = neighbourhoods(&app, "75", "");
    names_one(&strict, "QP075019", [2.2, 48.8, 2.5, 48.91]);
    let file = data("qpv2015_75.geojson");
    let repaired = upload(&app.prefecture("75"), &into(&revision, &format!("{SAID}&repair=true")), &file);
    assert_eq!(
        (repaired.status, &repaired.body["added"]),
        (200, &json!(features("qpv2015_75.geojson").0)),
        "{}",
        repaired.body["faults"]
    );
}

#[test]
fn the_neighbourhoods_of_93_are_sound_and_overlaps_are_warned_of() {
    let app = with_outlines();
    let (revision, answer) = neighbourhoods(&app, "93", "");
    let all = features("qpv2015_93.geojson").0;
    assert_eq!((answer.status, &answer.body["added"]), (200, &json!(all)), "{}", answer.body["faults"]);
    let shared: Vec<f64> = answer.each("warnings", "areaM2").iter().filter_map(Value::as_f64).collect();
    assert!(!shared.is_empty(), "two of them overlap by a hair");
    assert!(shared.iter().all(|area| *area > 0.0), "{shared:?}");
    assert_eq!(stands(&app.prefecture("93"), &revision).1.len(), all);
}

#[test]
fn neighbourhoods_of_another_department_are_all_refused() {
    let app = with_outlines();
    let file = data("qpv2015_93.geojson");
    let revision = Revision::open(&app, "13", "2010-S1");
    let answer = upload(&app.prefecture("13"), &into(&revision, SAID), &file);
    assert_eq!((answer.status, answer.each("faults", "rule").len()), (422, features("qpv2015_93.geojson").0));
    assert!(answer.each("faults", "rule").iter().all(|rule| rule == "OUTSIDE_DEPARTMENT"));
}

#[test]
fn the_schools_of_13_93_and_paris_enter_the_directory_but_for_three_without_a_position() {
    let app = with_outlines();
    for (file, department, left) in
        [("colleges_13.geojson", "13", 0), ("colleges_93.geojson", "93", 0), ("lycees_paris.geojson", "75", 3)]
    {
        let (all, added) = features(file);
        assert_eq!(all - added, left, "{file}");
        let bytes = data(file);
        let path = format!("/imports/schools?department={department}");
        let answer = upload(&app.prefecture(department), &path, &bytes);
        assert_eq!((answer.status, &answer.body["added"]), (200, &json!(added)), "{file}: {}", answer.body["faults"]);
        assert_eq!(answer.each("leftOut", "code").len(), left, "{file}");
    }
}
