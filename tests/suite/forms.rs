//! One shape in several forms: no change before signatories, equal hashes, and what is not a shape is said to be none.

use palts::access::Scope;
use palts::domain::keys::{RevisionKey, SectorKey};
use palts::store::sectors::outlines;
use serde_json::{Value, json};

use crate::harness::data::square;
use crate::harness::plans::{Revision, sector};
use crate::harness::{Answer, App, Client};
use crate::imports::{Imported, collection, feature, into, upload};

fn ring(west: f64) -> Vec<[f64; 2]> {
    let (south, side) = (43.5, 0.01);
    let seven = |degrees: f64| (degrees * 1e7).round() / 1e7;
    let (east, north) = (seven(west + side), seven(south + side));
    vec![[west, south], [east, south], [east, north], [west, north], [west, south]]
}

/// The same ring from its third corner, clockwise.
fn turned(west: f64) -> Vec<[f64; 2]> {
    let mut ring = ring(west);
    ring.pop();
    ring.rotate_left(2);
    ring.reverse();
    ring.push(ring[0]);
    ring
}

/// A square, a square, and two of them.
fn drawn() -> [Value; 3] {
    [
        json!({ "type": "Polygon", "coordinates": [ring(5.4)] }),
        json!({ "type": "Polygon", "coordinates": [ring(5.42)] }),
        json!({ "type": "MultiPolygon", "coordinates": [[ring(5.44)], [ring(5.46)]] }),
    ]
}

/// The same three in another form: another start and direction, a multipolygon of one part, another order of parts.
fn redrawn() -> [Value; 3] {
    [
        json!({ "type": "Polygon", "coordinates": [turned(5.4)] }),
        json!({ "type": "MultiPolygon", "coordinates": [[ring(5.42)]] }),
        json!({ "type": "MultiPolygon", "coordinates": [[turned(5.46)], [ring(5.44)]] }),
    ]
}

fn file(shapes: [Value; 3]) -> Vec<u8> {
    let features: Vec<Value> = shapes.into_iter().zip(1..).map(|(shape, at)| feature(&format!("X-{at}"), shape)).collect();
    collection(&features)
}

fn import(by: &Client, revision: &mut Revision, file: &[u8]) -> Imported {
    let done = upload(by, &into(revision, "&authority=POLICE"), file);
    assert_eq!(done.status, 200, "{}", done.body);
    revision.version = done.body["version"].as_i64().unwrap();
    done
}

fn changes(by: &Client, revision: &Revision) -> Value {
    let query = "query($id: ID!) { planRevision(id: $id) { changes { sectors { kind label before after } } } }";
    by.run(query, json!({ "id": revision.id })).at("/planRevision/changes/sectors").clone()
}

#[test]
fn the_same_shapes_in_another_form_are_no_change_and_have_the_same_hash() {
    let app = App::start();
    let by = app.prefecture("13");
    let mut revision = Revision::open(&app, "13", "2010-S1");
    import(&by, &mut revision, &file(drawn()));
    let before = revision.hash(&by);
    import(&by, &mut revision, &file(redrawn()));
    assert_eq!(revision.hash(&by), before);
    let fresh = App::start();
    let mut other = Revision::open(&fresh, "13", "2010-S1");
    import(&fresh.prefecture("13"), &mut other, &file(redrawn()));
    assert_eq!(other.hash(&fresh.prefecture("13")), before, "whichever came first");
    revision.fill(&app);
    revision.submit(&app);
    revision.sign(&app);
    revision.transmit(&app);
    let mut next = Revision::open(&app, "13", "2010-S2");
    import(&by, &mut next, &file(redrawn()));
    assert_eq!(changes(&by, &next), json!([]));
    let mut moved = drawn();
    moved[0] = json!({ "type": "Polygon", "coordinates": [ring(5.4001)] });
    import(&by, &mut next, &file(moved));
    assert_eq!(changes(&by, &next)[0]["kind"], "ALTERED", "a shape that moved is one: {}", changes(&by, &next));
}

/// Puts the outline of a sector back into a form of before there was one.
fn store(app: &App, number: i32, code: &str, text: &str) {
    let department: palts::domain::codes::DepartmentCode = "13".parse().unwrap();
    let revision = RevisionKey { department: department.clone(), number };
    let key = SectorKey { revision, code: code.parse().unwrap() };
    let texts = outlines::TOLERANCES.map(|tolerance| (tolerance, text.to_owned())).to_vec();
    let scope = Scope::department(department);
    app.office.database.write(|writer| outlines::upsert(writer, &scope, &[(key, texts)])).expect("written");
}

#[test]
fn outlines_stored_in_an_older_form_are_kept_compared_and_verifiable() {
    let app = App::start();
    let by = app.prefecture("13");
    let mut revision = Revision::open(&app, "13", "2010-S1");
    revision.fill(&app);
    import(&by, &mut revision, &file(drawn()));
    // From another corner than the one that is written today, in the right direction.
    let mut old = ring(5.4);
    old.pop();
    old.rotate_left(1);
    old.push(old[0]);
    let old = json!({ "type": "Polygon", "coordinates": [old] }).to_string();
    store(&app, 1, "X-1", &old);
    let stored = revision.hash(&by);
    // The same shape again does not rewrite it: the hash of what was there stays.
    import(&by, &mut revision, &file(redrawn()));
    assert_eq!(revision.hash(&by), stored);
    revision.submit(&app);
    assert_eq!(revision.hash(&by), stored);
    revision.sign(&app);
    revision.transmit(&app);
    // A revision that holds the form of today against one that holds that of before.
    let mut next = Revision::open(&app, "13", "2010-S2");
    store(&app, 2, "X-1", &json!({ "type": "Polygon", "coordinates": [ring(5.4)] }).to_string());
    assert_eq!(changes(&by, &next), json!([]));
    let geometry = "query($id: ID!) { planRevision(id: $id) { sectors { nodes { code geometry } } } }";
    let answer = by.run(geometry, json!({ "id": revision.id }));
    let nodes = answer.at("/planRevision/sectors/nodes").as_array().unwrap();
    let first = nodes.iter().find(|node| node["code"] == "X-1").unwrap();
    assert_eq!(first["geometry"], serde_json::from_str::<Value>(&old).unwrap(), "what was signed is shown as it was");
    import(&by, &mut next, &file(redrawn()));
    assert_eq!(changes(&by, &next), json!([]));
}

#[test]
fn rings_closed_at_seven_decimals_and_the_polygons_of_collections_are_taken() {
    let app = App::start();
    let (by, mut revision) = (app.prefecture("13"), Revision::open(&app, "13", "2010-S1"));
    let almost = json!({ "type": "Polygon", "coordinates":
        [[[5.4, 43.5, 12.4], [5.41, 43.5], [5.41, 43.51], [5.4, 43.51], [5.400000000999, 43.500000000001]]] });
    let mixed = json!({ "type": "GeometryCollection", "geometries": [
        { "type": "Polygon", "coordinates": [ring(5.42)] },
        { "type": "LineString", "coordinates": [[5.43, 43.505], [5.435, 43.505]] }] });
    let only = json!({ "type": "GeometryCollection", "geometries": [{ "type": "Polygon", "coordinates": [ring(5.44)] }] });
    let features = [feature("X-1", almost), feature("X-2", mixed.clone()), feature("X-3", only.clone())];
    for more in ["&authority=POLICE", "&authority=POLICE&repair=true"] {
        let done = upload(&by, &into(&revision, more), &collection(&features));
        assert_eq!(done.status, 200, "{}", done.body);
        revision.version = done.body["version"].as_i64().unwrap();
        assert_eq!(done.each("warnings", "codes"), [json!(["X-2"])]);
        assert_eq!(done.each("warnings", "message"), [json!("une ligne de 404 m a été laissée de côté")]);
    }
    // A mutation has no place to say so: the line is named, and nothing is left aside in silence.
    let send = |shape: &Value| {
        let mut input = sector("13", "Y", 0, "POLICE");
        input["geometry"] = shape.clone();
        revision.try_step(&by, "upsertSectors", json!({ "sectors": [input] }))
    };
    let refused = send(&mixed);
    assert_eq!((refused.code(), refused.field()), ("INVALID", "sectors[0].geometry"));
    assert!(refused.message().contains("une ligne de 404 m"), "{}", refused.message());
    assert!(send(&only).body.get("errors").is_none(), "a collection of polygons is what they are");
}

#[test]
fn a_feature_or_another_reference_in_place_of_a_geometry_is_named_at_its_field_and_never_echoed() {
    let app = App::start();
    let (by, revision) = (app.prefecture("13"), Revision::open(&app, "13", "2010-S1"));
    let send = |geometry: Value| -> Answer {
        let mut input = sector("13", "X", 0, "POLICE");
        input["geometry"] = geometry;
        revision.try_step(&by, "upsertSectors", json!({ "sectors": [input] }))
    };
    let long: Vec<[f64; 2]> = (0..9_000_u32).map(|at| [5.4 + f64::from(at) / 1e6, 43.5]).collect();
    let polygon = json!({ "type": "Polygon", "coordinates": [long] });
    let feature = json!({ "type": "Feature", "properties": {}, "geometry": polygon });
    let collection = json!({ "type": "FeatureCollection", "features": [feature] });
    for (shape, name) in [(feature, "Feature"), (collection, "FeatureCollection")] {
        for sent in [shape.clone(), json!(shape.to_string())] {
            let answer = send(sent);
            assert_eq!((answer.code(), answer.field()), ("INVALID", "sectors[0].geometry"), "{name}");
            assert!(answer.message().contains(&format!("il faut une géométrie, pas une {name}")), "{}", answer.message());
            assert!(answer.body.to_string().len() < 2_000, "no coordinates come back");
        }
    }
    let mut lambert = square("13", 0);
    lambert["crs"] = json!({ "type": "name", "properties": { "name": "urn:ogc:def:crs:EPSG::2154" } });
    let answer = send(lambert);
    assert_eq!((answer.code(), answer.field()), ("INVALID", "sectors[0].geometry"));
    assert!(answer.message().contains("EPSG:2154"), "{}", answer.message());
    let misspelt = send(json!({ "type": "Polygon", "coordonnees": [[5.4, 43.5]] }));
    assert_eq!((misspelt.code(), misspelt.field()), ("INVALID", "sectors[0].geometry"));
    let mut wgs84 = square("13", 0);
    wgs84["crs"] = json!({ "type": "name", "properties": { "name": "EPSG:4326" } });
    assert!(send(wgs84).body.get("errors").is_none());
}

#[test]
fn every_fault_of_a_sector_is_told_at_once_also_where_it_lies() {
    let app = App::start();
    let (by, revision) = (app.prefecture("13"), Revision::open(&app, "13", "2010-S1"));
    let corners = square("75", 0)["coordinates"][0].clone();
    let eight = json!({ "type": "Polygon", "coordinates": [[corners[0], corners[2], corners[1], corners[3], corners[0]]] });
    let file = collection(&[feature("HUIT", eight.clone()), feature("pas un code", square("75", 1))]);
    let answer = upload(&by, &into(&revision, "&authority=POLICE"), &file);
    assert_eq!(answer.status, 422);
    let rules = answer.each("faults", "rule");
    assert_eq!(rules, [json!("SELF_INTERSECTION"), json!("OUTSIDE_DEPARTMENT"), Value::Null, json!("OUTSIDE_DEPARTMENT")]);
    let open = json!({ "type": "MultiPolygon", "coordinates": [
        [[[5.4, 43.3], [5.41, 43.3], [5.41, 43.31], [5.4, 43.31]]], [[[892_390.2, 6_247_035.1], [5, 43], [5, 44], [6, 43]]]] });
    let answer = upload(&by, &into(&revision, "&authority=POLICE"), &collection(&[feature("OUVERT", open)]));
    assert_eq!(answer.each("faults", "rule"), [json!("RING_NOT_CLOSED"), json!("OUT_OF_RANGE")], "{}", answer.body);
    let mut input = sector("13", "pas un code", 0, "POLICE");
    input["geometry"] = eight;
    let answer = revision.try_step(&by, "upsertSectors", json!({ "sectors": [input] }));
    assert_eq!(answer.field(), "sectors[0].code");
    assert_eq!(answer.message().matches("sectors[0].geometry").count(), 2, "{}", answer.message());
}
