//! Shapes and documents that are made to exhaust the server: each is answered, or refused within a bound, and the server goes on.

use serde_json::{Value, json};

use crate::harness::data::square;
use crate::harness::plans::{Revision, sector};
use crate::harness::{Answer, App, Setup};
use crate::imports::{collection, feature, into, upload};

/// A comb of so many teeth, two positions each, near the middle of 13: about eight square kilometres. `turned` lays it on its side.
pub fn comb(teeth: u32, turned: bool) -> Value {
    let (west, south, side) = (5.4, 43.3, 0.04);
    let step = side / f64::from(teeth);
    let mut ring = vec![[0.0, 0.0], [side, 0.0]];
    for tooth in (0..teeth).rev() {
        let x = f64::from(tooth) * step;
        ring.extend([[x + step / 2.0, side], [x, side / 2.0]]);
    }
    ring.push([0.0, 0.0]);
    let seven = |degrees: f64| (degrees * 1e7).round() / 1e7;
    let place = |[x, y]: [f64; 2]| if turned { [seven(west + y), seven(south + x)] } else { [seven(west + x), seven(south + y)] };
    json!({ "type": "Polygon", "coordinates": [ring.into_iter().map(place).collect::<Vec<_>>()] })
}

fn alive(app: &App) {
    assert_eq!(app.anonymous().ask("{ __typename }").at("/__typename"), "Query");
}

#[test]
fn a_comb_of_nine_thousand_teeth_is_a_sector_like_any_other() {
    let app = App::start();
    let (by, mut revision) = (app.prefecture("13"), Revision::open(&app, "13", "2010-S1"));
    let file = collection(&[feature("PEIGNE", comb(9_000, false))]);
    assert!(file.len() > 200_000, "{}", file.len());
    let imported = upload(&by, &into(&revision, "&authority=POLICE"), &file);
    assert_eq!((imported.status, &imported.body["added"]), (200, &json!(1)), "{}", imported.body);
    revision.version = imported.body["version"].as_i64().unwrap();
    let mut input = sector("13", "PEIGNE2", 0, "POLICE");
    input["geometry"] = comb(9_000, false);
    revision.step(&by, "upsertSectors", json!({ "sectors": [input] }));
    // Who has no right at all cannot end it either.
    let stranger = app.police("93");
    let refused = upload(&stranger, &into(&revision, "&authority=POLICE"), &file);
    assert_eq!(refused.code(), "NOT_FOUND");
    alive(&app);
}

#[test]
fn outlines_and_schools_of_two_hundred_thousand_positions_do_not_end_the_server() {
    let app = App::start();
    let outline = json!({ "type": "Feature", "properties": { "code": "13" }, "geometry": comb(99_990, false) });
    let answer = upload(&app.secretariat(), "/imports/boundaries?acceptOutside=true", &collection(&[outline]));
    // Taken, or stopped at the operation's deadline on a slow machine.
    assert!(answer.status == 200 || answer.code() == "UNAVAILABLE", "{} {}", answer.status, answer.body);
    let school = json!({ "type": "Feature", "geometry": comb(99_990, false),
        "properties": { "numero_uai": "0130001A", "code_departement": "013", "appellation_officielle": "Collège" } });
    let answer = upload(&app.prefecture("13"), "/imports/schools?department=13", &collection(&[school]));
    assert_eq!(answer.status, 422, "no school is a polygon: {}", answer.body);
    alive(&app);
}

#[test]
fn an_outline_like_a_comb_is_loaded_and_sectors_are_held_against_it() {
    let app = App::start();
    let mut outline = comb(4_000, false);
    // Its back reaches far to the south, where the sector lies.
    outline["coordinates"][0][0] = json!([5.4, 43.2]);
    outline["coordinates"][0][1] = json!([5.44, 43.2]);
    let last = outline["coordinates"][0].as_array().unwrap().len() - 1;
    outline["coordinates"][0][last] = json!([5.4, 43.2]);
    let file = collection(&[json!({ "type": "Feature", "properties": { "code": "13" }, "geometry": outline })]);
    let loaded = upload(&app.secretariat(), "/imports/boundaries?acceptOutside=true", &file);
    assert_eq!(loaded.status, 200, "{}", loaded.body);
    let mut revision = Revision::open(&app, "13", "2010-S1");
    let by = app.prefecture("13");
    revision.step(&by, "upsertSectors", json!({ "sectors": [sector("13", "DEDANS", 0, "POLICE")] }));
    let mut far = sector("13", "LOIN", 0, "POLICE");
    far["geometry"] = json!({ "type": "Polygon",
        "coordinates": [[[5.47, 43.3], [5.475, 43.3], [5.48, 43.31], [5.47, 43.31], [5.47, 43.3]]] });
    let refused = revision.try_step(&by, "upsertSectors", json!({ "sectors": [far] }));
    assert_eq!((refused.code(), refused.field()), ("INVALID", "sectors[0].geometry"));
    assert!(refused.message().contains("m au plus loin"), "{}", refused.message());
    alive(&app);
}

const CONTAINING: &str = "query($c: GeoJSON, $w: GeoJSON) { sectors(containing: $c, within: $w) { nodes { code } } }";

/// A line that crosses itself again and again.
fn scribble(positions: u32) -> Vec<Value> {
    (0..positions)
        .map(|at| json!([5.4005 + f64::from(at % 2) * 0.002, 43.3005 + f64::from((at * 1_999) % positions) / 1e7]))
        .collect()
}

#[test]
fn a_question_with_a_line_that_crosses_itself_millions_of_times_is_answered() {
    let app = App::start();
    Revision::in_force(&app, "13", "2010-S1");
    let ask = |containing: Value, within: Value| app.prefecture("13").run(CONTAINING, json!({ "c": containing, "w": within }));
    let codes = |answer: &Answer| answer.at("/sectors/nodes").clone();
    let line = |positions: u32| json!({ "type": "LineString", "coordinates": scribble(positions) });
    assert_eq!(codes(&ask(line(4_001), Value::Null)), json!([{ "code": "S1" }]));
    let mut ring = scribble(4_001);
    ring.push(ring[0].clone());
    let tangle = json!({ "type": "Polygon", "coordinates": [ring] });
    for (answer, field) in [(ask(tangle.clone(), Value::Null), "containing"), (ask(Value::Null, tangle), "within")] {
        assert_eq!((answer.code(), answer.field()), ("INVALID", field));
        assert_eq!(answer.error()["extensions"]["reason"], "SELF_INTERSECTION");
    }
    // The bound on the positions of a question is a rule.
    let long = ask(line(5_001), Value::Null);
    assert_eq!(long.code(), "LIMIT", "{}", long.body);
    assert_eq!(long.error()["extensions"]["reason"], "GEOMETRY_TOO_LARGE");
    assert!(long.body.to_string().len() < 2_000, "no coordinates come back");
    let both = ask(square("13", 0), json!({ "type": "GeometryCollection", "geometries": [square("13", 0)] }));
    assert_eq!(codes(&both), json!([{ "code": "S1" }]));
}

#[test]
fn the_positions_of_a_question_are_bounded_as_configured() {
    let mut setup = Setup::default();
    setup.rules.max_question_positions = 4;
    let app = App::with(setup);
    let ask = |geometry: Value| app.prefecture("13").run(CONTAINING, json!({ "c": geometry }));
    assert_eq!(
        ask(json!({ "type": "MultiPoint", "coordinates": [[5, 43], [5, 43], [5, 43], [5, 43]] })).at("/sectors/nodes"),
        &json!([])
    );
    assert_eq!(ask(square("13", 0)).code(), "LIMIT", "five positions");
}

#[test]
fn combs_that_cross_are_imported_with_a_warning_and_are_not_measured() {
    let app = App::start();
    let (by, revision) = (app.prefecture("13"), Revision::open(&app, "13", "2010-S1"));
    let one = collection(&[feature("N", comb(1_500, false))]);
    assert_eq!(upload(&by, &into(&revision, "&authority=POLICE"), &one).status, 200);
    // One of them is in the revision already, one in the file.
    let files = [feature("E", comb(1_500, true)), feature("E2", comb(1_500, true))];
    let answer = upload(&by, &into(&revision, "&authority=POLICE"), &collection(&files));
    assert_eq!((answer.status, &answer.body["added"]), (200, &json!(2)), "{}", answer.body);
    let pairs = answer.each("warnings", "codes");
    assert_eq!(pairs, [json!(["E", "E2"]), json!(["E", "N"]), json!(["E2", "N"])], "{}", answer.body["warnings"]);
    assert!(answer.body["warnings"][0]["areaM2"].as_f64().unwrap() > 1e6, "the same shape twice is measured");
    for warning in &answer.body["warnings"].as_array().unwrap()[1..] {
        assert!(warning.get("areaM2").is_none(), "{warning}");
        assert!(warning["message"].as_str().unwrap().contains("se chevauchent"), "{warning}");
    }
}

#[test]
fn documents_and_variables_nested_without_end_are_refused() {
    let app = App::start();
    let by = app.prefecture("13");
    let nested =
        |open: &str, inner: &str, close: &str, depth: usize| format!("{}{inner}{}", open.repeat(depth), close.repeat(depth));
    let documents = [
        // Selections, values and types, as deep as a document's bytes allow, and as deep as its tokens do.
        nested("{ region ", "{ code }", "}", 3_900),
        nested("{ region ", "{ code }", "}", 90_000),
        format!("{{ sectors(containing: {}) {{ totalCount }} }}", nested("[", "1", "]", 3_900)),
        format!("{{ sectors(containing: {}) {{ totalCount }} }}", nested("[", "1", "]", 400_000)),
        format!("{{ sectors(containing: {}) {{ totalCount }} }}", nested("{a:", "1", "}", 1_900)),
        format!("{{ sectors(containing: {}) {{ totalCount }} }}", nested("{a:", "1", "}", 100_000)),
        format!("query($a: {}) {{ __typename }}", nested("[", "Int", "]", 3_900)),
        format!("query($a: {}) {{ __typename }}", nested("[", "Int", "]", 400_000)),
        format!("query($a: [Int] = {}) {{ __typename }}", nested("[", "1", "]", 3_900)),
        format!(
            "query Q {{ ...F0 }} {}",
            (0..1_200).map(|at| format!("fragment F{at} on Query {{ ...F{} }} ", at + 1)).collect::<String>()
        ),
        format!("query Q {{ __typename {} }}", nested("... on Query { ", "__typename", "}", 1_900)),
        format!("query Q {{ __typename {} }}", "@include(if: true) ".repeat(1_200)),
    ];
    for document in documents {
        let answer = by.ask(&document);
        let shown: String = document.chars().take(60).collect();
        assert!(["INVALID", "LIMIT"].contains(&answer.code()), "{shown}: {}", answer.body);
        alive(&app);
    }
    // Variables: lists, objects and geometries. The last nests in what is read as GeoJSON.
    for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("{\"type\":\"GeometryCollection\",\"geometries\":[", "]}")] {
        for depth in [100, 20_000] {
            let value = nested(open, "1", close, depth);
            let body = format!(
                r#"{{"query":"query($c: GeoJSON) {{ sectors(containing: $c) {{ totalCount }} }}","variables":{{"c":{value}}}}}"#
            );
            let (_, said) = by.post("/graphql", "application/json", body.as_bytes());
            let answer: Value = serde_json::from_str(&said).unwrap();
            let code = answer["errors"][0]["extensions"]["code"].as_str().unwrap_or_default();
            assert!(["INVALID", "LIMIT"].contains(&code), "{open} {depth}: {said}");
        }
    }
    alive(&app);
}

#[test]
fn files_nested_without_end_are_refused() {
    let app = App::start();
    let (by, revision) = (app.prefecture("13"), Revision::open(&app, "13", "2010-S1"));
    let nested = |open: &str, close: &str, depth: usize| format!("{}1{}", open.repeat(depth), close.repeat(depth));
    let collections = ("{\"type\":\"GeometryCollection\",\"geometries\":[", "]}");
    for (open, close) in [("[", "]"), ("{\"a\":", "}"), collections] {
        for depth in [200, 50_000] {
            let deep = nested(open, close, depth);
            for file in [
                deep.clone(),
                format!(r#"{{"type":"FeatureCollection","features":{deep}}}"#),
                format!(r#"{{"type":"FeatureCollection","crs":{deep},"features":[]}}"#),
                format!(
                    r#"{{"type":"FeatureCollection","features":[{{"type":"Feature","properties":{{"code":{deep}}},"geometry":null}}]}}"#
                ),
                format!(
                    r#"{{"type":"FeatureCollection","features":[{{"type":"Feature","properties":{{}},"geometry":{deep}}}]}}"#
                ),
            ] {
                for path in [into(&revision, "&authority=POLICE"), "/imports/schools?department=13".to_owned()] {
                    let answer = upload(&by, &path, file.as_bytes());
                    assert_eq!(answer.status, 422, "{open} {depth}: {}", answer.body);
                }
            }
        }
    }
    alive(&app);
}
