//! The mapping of a draft: who writes which sectors, what is refused and where, ranks, outlines, questions by place.

use serde_json::{Value, json};

use crate::harness::data::{middle, square};
use crate::harness::plans::{Revision, objective, sector};
use crate::harness::{Answer, App, Client};

fn read(by: &Client, revision: &Revision, fields: &str) -> Answer {
    by.run(&format!("query($id: ID!) {{ planRevision(id: $id) {{ {fields} }} }}"), json!({ "id": revision.id }))
}

/// Codes and ranks of the mapping, as the préfecture reads them.
fn mapping(app: &App, revision: &Revision) -> Vec<(String, i64)> {
    let answer = read(&app.prefecture(&revision.department), revision, "sectors(first: 100) { nodes { code rank } }");
    let nodes = answer.at("/planRevision/sectors/nodes").as_array().unwrap();
    nodes.iter().map(|node| (node["code"].as_str().unwrap().to_owned(), node["rank"].as_i64().unwrap())).collect()
}

fn ranked(codes: &[&str]) -> Vec<(String, i64)> {
    codes.iter().zip(1..).map(|(code, rank)| ((*code).to_owned(), rank)).collect()
}

/// A draft of 13 with these sectors of the police.
fn draft(app: &App, codes: &[&str]) -> Revision {
    let mut revision = Revision::open(app, "13", "2010-S1");
    let sectors: Vec<Value> = codes.iter().zip(0..).map(|(code, index)| sector("13", code, index, "POLICE")).collect();
    if !sectors.is_empty() {
        revision.step(&app.prefecture("13"), "upsertSectors", json!({ "sectors": sectors }));
    }
    revision
}

fn with(mut input: Value, field: &str, value: Value) -> Value {
    input[field] = value;
    input
}

#[test]
fn a_sector_is_read_as_it_was_drawn_with_its_measures() {
    let app = App::start();
    let mut revision = Revision::open(&app, "13", "2010-S1");
    // Clockwise, against RFC 7946, and as its text.
    let west_to_east =
        json!({ "type": "Polygon", "coordinates": [[[5.4, 43.3], [5.4, 43.31], [5.41, 43.31], [5.41, 43.3], [5.4, 43.3]]] });
    let input = with(sector("13", "S1", 0, "POLICE"), "geometry", json!(west_to_east.to_string()));
    let input = with(input, "communeCodes", json!(["13055"]));
    revision.step(&app.prefecture("13"), "upsertSectors", json!({ "sectors": [input] }));
    let fields =
        "sectors { totalCount nodes { code name kind authority severity rank communeCodes parquet { code } department { code }
        areaKm2 centroid geometry coarse: geometry(tolerance: 20) schools { uai } objectives { code } nationalLists } }";
    let answer = read(&app.prefect("13"), &revision, fields);
    let found = answer.at("/planRevision/sectors/nodes/0");
    assert_eq!(answer.at("/planRevision/sectors/totalCount"), 1);
    let drawn =
        json!({ "type": "Polygon", "coordinates": [[[5.4, 43.31], [5.4, 43.3], [5.41, 43.3], [5.41, 43.31], [5.4, 43.31]]] });
    let ring = |shape: &Value| -> Vec<Value> {
        let mut ring = shape["coordinates"][0].as_array().unwrap().clone();
        ring.pop();
        let first = ring.iter().position(|place| *place == json!([5.4, 43.3])).unwrap();
        ring.rotate_left(first);
        ring
    };
    assert_eq!(ring(&found["geometry"]), ring(&drawn), "counter-clockwise on the way out");
    assert_eq!(found["geometry"], found["coarse"], "four corners cannot be simplified");
    assert!((found["areaKm2"].as_f64().unwrap() - 0.9014).abs() < 0.001, "{found}");
    assert_eq!(found["centroid"], json!({ "type": "Point", "coordinates": [5.405, 43.305] }));
    assert_eq!(found["parquet"]["code"], "TJ-MARSEILLE");
    assert_eq!(found["communeCodes"], json!(["13055"]));
    assert_eq!(found["rank"], 1);
}

#[test]
fn every_field_at_fault_is_named_and_nothing_is_written() {
    let app = App::start();
    let revision = draft(&app, &["A"]);
    let good = || sector("13", "B", 1, "POLICE");
    let bow_tie =
        json!({ "type": "Polygon", "coordinates": [[[5.4, 43.3], [5.41, 43.31], [5.41, 43.3], [5.4, 43.31], [5.4, 43.3]]] });
    let elsewhere = square("93", 0);
    let cases = [
        ("code", with(good(), "code", json!("pas un code"))),
        ("name", with(good(), "name", json!("  "))),
        ("parquetCode", with(good(), "parquetCode", json!("TJ-BOBIGNY"))),
        ("communeCodes", with(good(), "communeCodes", json!(["93001"]))),
        ("communeCodes", with(good(), "communeCodes", json!(["1305"]))),
        ("severity", with(good(), "severity", json!(6))),
        ("severity", with(good(), "severity", json!(0))),
        ("geometry", with(good(), "geometry", json!(null))),
        ("geometry", with(good(), "geometry", bow_tie.clone())),
        ("geometry", with(good(), "geometry", elsewhere)),
        ("geometry", with(good(), "geometry", json!({ "type": "Point", "coordinates": [5.4, 43.3] }))),
        ("geometry", with(good(), "geometry", json!("{}"))),
    ];
    for (field, input) in cases {
        let sectors = json!({ "sectors": [sector("13", "C", 2, "POLICE"), input] });
        let answer = revision.try_step(&app.prefecture("13"), "upsertSectors", sectors);
        assert_eq!(answer.code(), "INVALID", "{field}: {}", answer.body);
        assert_eq!(answer.field(), format!("sectors[1].{field}"), "{}", answer.body);
    }
    let twice = json!({ "sectors": [good(), good()] });
    assert_eq!(revision.try_step(&app.prefecture("13"), "upsertSectors", twice).field(), "sectors[1].code");
    let both =
        json!({ "sectors": [with(good(), "severity", json!(9)), with(sector("13", "C", 2, "POLICE"), "geometry", bow_tie)] });
    let answer = revision.try_step(&app.prefecture("13"), "upsertSectors", both);
    assert_eq!(answer.field(), "sectors[0].severity");
    assert!(answer.message().contains("sectors[1].geometry (C)"), "the others are in the message: {}", answer.message());
    assert!(answer.message().contains("5.405, 43.305"), "with the place: {}", answer.message());
    let empty = revision.try_step(&app.prefecture("13"), "upsertSectors", json!({ "sectors": [] }));
    assert_eq!((empty.code(), empty.field()), ("INVALID", "sectors"));
    assert_eq!(mapping(&app, &revision), ranked(&["A"]));
}

#[test]
fn geometry_may_be_left_out_for_a_sector_that_the_revision_has() {
    let app = App::start();
    let mut revision = draft(&app, &["A", "B"]);
    let prefecture = app.prefecture("13");
    let before = read(&prefecture, &revision, "sectors { nodes { geometry areaKm2 rank } }").at("/planRevision/sectors").clone();
    let renamed = json!({ "code": "A", "name": "Autre nom", "kind": "PORT", "authority": "POLICE", "severity": 5 });
    revision.step(&prefecture, "upsertSectors", json!({ "sectors": [renamed] }));
    let after = read(&prefecture, &revision, "sectors { nodes { geometry areaKm2 rank } }").at("/planRevision/sectors").clone();
    assert_eq!(before, after, "shape and rank stay");
    let answer = read(&prefecture, &revision, "sectors { nodes { name kind severity parquet { code } description } }");
    let first = answer.at("/planRevision/sectors/nodes/0");
    assert_eq!(
        first,
        &json!({ "name": "Autre nom", "kind": "PORT", "severity": 5, "parquet": null, "description": "" }),
        "the rest is replaced; 13 has several parquets, none is meant"
    );
}

#[test]
fn the_only_parquet_of_a_department_is_its_sectors_parquet() {
    let app = App::start();
    let mut revision = Revision::open(&app, "93", "2010-S1");
    let prefecture = app.prefecture("93");
    revision.step(&prefecture, "upsertSectors", json!({ "sectors": [sector("93", "S1", 0, "POLICE")] }));
    assert_eq!(
        read(&prefecture, &revision, "sectors { nodes { parquet { code } } }").text("/planRevision/sectors/nodes/0/parquet/code"),
        "TJ-BOBIGNY"
    );
}

#[test]
fn police_and_gendarmerie_write_the_sectors_of_their_authority_and_nothing_else() {
    let app = App::start();
    let mut revision = draft(&app, &["A"]);
    revision.step(&app.police("13"), "upsertSectors", json!({ "sectors": [sector("13", "P", 3, "POLICE")] }));
    revision.step(&app.gendarmerie("13"), "upsertSectors", json!({ "sectors": [sector("13", "G", 4, "GENDARMERIE")] }));
    revision.step(&app.police("13"), "upsertSectors", json!({ "sectors": [sector("13", "A", 5, "POLICE")] }));
    assert_eq!(mapping(&app, &revision), ranked(&["A", "P", "G"]));

    let refused = |by: &Client, input: Value| {
        let answer = revision.try_step(by, "upsertSectors", json!({ "sectors": [input] }));
        assert_eq!(answer.code(), "FORBIDDEN", "{}", answer.body);
    };
    refused(&app.police("13"), sector("13", "N", 6, "GENDARMERIE"));
    refused(&app.gendarmerie("13"), sector("13", "N", 6, "POLICE"));
    // Neither turning another authority's into theirs, nor theirs away.
    refused(&app.police("13"), sector("13", "G", 6, "POLICE"));
    refused(&app.police("13"), sector("13", "P", 6, "GENDARMERIE"));
    for by in [app.prefect("13"), app.prosecutor("13"), app.education("13"), app.auditor("13")] {
        refused(&by, sector("13", "N", 6, "POLICE"));
    }
    for act in [("removeSector", json!({ "code": "P" })), ("rankSectors", json!({ "codes": ["G", "P", "A"] }))] {
        let answer = revision.try_step(&app.police("13"), act.0, act.1);
        assert_eq!(answer.code(), "FORBIDDEN", "ranks and removals are the préfecture's");
    }
    for by in [app.police("93"), app.prefecture("93")] {
        let answer = revision.try_step(&by, "upsertSectors", json!({ "sectors": [sector("13", "N", 6, "POLICE")] }));
        assert_eq!(answer.code(), "NOT_FOUND", "another department does not exist");
    }
    let anonymous = revision.try_step(&app.anonymous(), "upsertSectors", json!({ "sectors": [sector("13", "N", 6, "POLICE")] }));
    assert_eq!(anonymous.code(), "UNAUTHENTICATED");
    assert_eq!(mapping(&app, &revision), ranked(&["A", "P", "G"]));
}

#[test]
fn sectors_change_in_a_draft_only_and_from_its_version() {
    let app = App::start();
    let mut revision = Revision::open(&app, "13", "2010-S1");
    revision.fill(&app);
    let mut stale = revision.clone();
    stale.version -= 1;
    let more = || json!({ "sectors": [sector("13", "S9", 9, "POLICE")] });
    let answer = stale.try_step(&app.prefecture("13"), "upsertSectors", more());
    assert_eq!(answer.code(), "CONFLICT");
    assert_eq!(answer.error()["extensions"]["version"], revision.version);
    revision.submit(&app);
    for (act, input) in [
        ("upsertSectors", more()),
        ("removeSector", json!({ "code": "S1" })),
        ("rankSectors", json!({ "codes": ["S2", "S1"] })),
        ("removeObjective", json!({ "code": "O1" })),
        ("rankObjectives", json!({ "codes": ["O2", "O1"] })),
    ] {
        assert_eq!(revision.try_step(&app.prefecture("13"), act, input).code(), "CONFLICT", "{act}");
    }
}

#[test]
fn a_sector_that_goes_leaves_no_gap_and_no_mention() {
    let app = App::start();
    let mut revision = draft(&app, &["A", "B", "C"]);
    let prefecture = app.prefecture("13");
    revision.step(&prefecture, "upsertObjective", objective("O1", "DETERRENCE", &["A", "B"]));
    revision.step(&prefecture, "removeSector", json!({ "code": "B" }));
    assert_eq!(mapping(&app, &revision), ranked(&["A", "C"]));
    let answer = read(&prefecture, &revision, "objectives { sectors { code } }");
    assert_eq!(answer.at("/planRevision/objectives/0/sectors"), &json!([{ "code": "A" }]));
    assert_eq!(revision.try_step(&prefecture, "removeSector", json!({ "code": "B" })).code(), "NOT_FOUND");
    revision.step(&prefecture, "upsertSectors", json!({ "sectors": [sector("13", "B", 1, "POLICE")] }));
    assert_eq!(mapping(&app, &revision), ranked(&["A", "C", "B"]), "a new sector is ranked last");
}

#[test]
fn ranking_names_every_sector_once() {
    let app = App::start();
    let mut revision = draft(&app, &["A", "B", "C"]);
    let prefecture = app.prefecture("13");
    for wrong in [json!(["C", "A"]), json!(["C", "A", "B", "X"]), json!(["C", "A", "B", "B"]), json!([])] {
        let answer = revision.try_step(&prefecture, "rankSectors", json!({ "codes": wrong }));
        assert_eq!((answer.code(), answer.field()), ("INVALID", "codes"));
    }
    let version = revision.version;
    revision.step(&prefecture, "rankSectors", json!({ "codes": ["C", "A", "B"] }));
    assert_eq!(revision.version, version + 1);
    assert_eq!(mapping(&app, &revision), ranked(&["C", "A", "B"]));
}

#[test]
fn the_mapping_is_paged_in_the_order_of_rank() {
    let app = App::start();
    let revision = draft(&app, &["A", "B", "C", "D", "E"]);
    let prefecture = app.prefecture("13");
    let page = |after: Value| {
        let query = "query($id: ID!, $after: String) { planRevision(id: $id) { sectors(first: 2, after: $after) {
            totalCount nodes { code } pageInfo { hasNextPage endCursor } } } }";
        prefecture.run(query, json!({ "id": revision.id, "after": after })).at("/planRevision/sectors").clone()
    };
    let first = page(json!(null));
    assert_eq!(first["nodes"], json!([{ "code": "A" }, { "code": "B" }]));
    let second = page(first["pageInfo"]["endCursor"].clone());
    let third = page(second["pageInfo"]["endCursor"].clone());
    assert_eq!(third["nodes"], json!([{ "code": "E" }]));
    assert_eq!(third["pageInfo"]["hasNextPage"], false);
    assert_eq!(third["totalCount"], 5);
}

const BY_PLACE: &str = "query($d: DepartmentCode, $w: GeoJSON, $c: GeoJSON, $l: NationalList, $n: Int, $a: String) {
    sectors(departmentCode: $d, within: $w, containing: $c, nationalList: $l, first: $n, after: $a) {
        totalCount nodes { code department { code } geometry } pageInfo { endCursor hasNextPage } } }";

fn codes(answer: &Answer) -> Vec<String> {
    let nodes = answer.at("/sectors/nodes").as_array().unwrap();
    nodes
        .iter()
        .map(|node| format!("{}/{}", node["department"]["code"].as_str().unwrap(), node["code"].as_str().unwrap()))
        .collect()
}

#[test]
fn sectors_in_force_are_found_by_place_and_drafts_are_not() {
    let app = App::start();
    Revision::in_force(&app, "13", "2010-S1");
    Revision::in_force(&app, "93", "2010-S1");
    let secretariat = app.secretariat();
    let ask = |variables: Value| secretariat.run(BY_PLACE, variables);
    let all = ["13/S1", "13/S2", "93/S1", "93/S2"];
    assert_eq!(codes(&ask(json!({}))), all);
    assert_eq!(codes(&ask(json!({ "d": "93" }))), &all[2..]);
    assert_eq!(codes(&ask(json!({ "c": middle("13", 1) }))), ["13/S2"]);
    assert_eq!(codes(&ask(json!({ "c": middle("13", 7) }))), Vec::<String>::new());
    assert_eq!(codes(&ask(json!({ "c": square("93", 0).to_string() }))), ["93/S1"], "a sector contains itself");
    let wide =
        json!({ "type": "Polygon", "coordinates": [[[5.3, 43.2], [5.4035, 43.2], [5.4035, 43.4], [5.3, 43.4], [5.3, 43.2]]] });
    assert_eq!(codes(&ask(json!({ "w": wide }))), ["13/S1"], "S2 reaches beyond");
    let triangle = json!({ "type": "Polygon", "coordinates": [[[5.39, 43.29], [5.42, 43.29], [5.39, 43.32], [5.39, 43.29]]] });
    assert_eq!(ask(json!({ "w": triangle })).at("/sectors/totalCount"), 2);
    let first = ask(json!({ "n": 3 }));
    assert_eq!((codes(&first).as_slice(), first.at("/sectors/totalCount")), (&all.map(String::from)[..3], &json!(4)));
    assert_eq!(codes(&ask(json!({ "n": 3, "a": first.at("/sectors/pageInfo/endCursor") }))), ["93/S2"]);

    let mut next = Revision::open(&app, "13", "2010-S2");
    next.step(&app.prefecture("13"), "upsertSectors", json!({ "sectors": [sector("13", "S7", 7, "POLICE")] }));
    assert_eq!(codes(&app.prefecture("13").run(BY_PLACE, json!({ "c": middle("13", 7) }))), Vec::<String>::new());
    assert_eq!(codes(&app.prefecture("13").run(BY_PLACE, json!({}))), &all[..2], "one's own department only");

    assert_eq!(app.police("93").run(BY_PLACE, json!({ "d": "13" })).code(), "NOT_FOUND");
    assert_eq!(app.education("13").run(BY_PLACE, json!({ "d": "13" })).code(), "FORBIDDEN");
    assert_eq!(app.national("DASHBOARD").run(BY_PLACE, json!({})).code(), "FORBIDDEN");
    let bow_tie =
        json!({ "type": "Polygon", "coordinates": [[[5.4, 43.3], [5.41, 43.31], [5.41, 43.3], [5.4, 43.31], [5.4, 43.3]]] });
    assert_eq!(ask(json!({ "w": bow_tie })).field(), "within");
    assert_eq!(ask(json!({ "c": "nonsense" })).code(), "INVALID");
    assert_eq!(ask(json!({ "c": "{}" })).field(), "containing");
    assert_eq!(ask(json!({ "a": "eA" })).field(), "after");
}

#[test]
fn the_statements_of_a_nested_document_do_not_grow_with_its_rows() {
    let app = App::start();
    let prefecture = app.prefecture("13");
    let mut revision = draft(&app, &["A", "B"]);
    revision.step(&prefecture, "upsertObjective", objective("O1", "DETERRENCE", &["A", "B"]));
    let fields =
        "sectors(first: 22) { nodes { code geometry(tolerance: 50) full: geometry parquet { code } department { plan { id } }
            schools { uai listed covered sectors { name } } nationalLists
            objectives { code sectors { code geometry } schools { uai } targets { indicator { code } target latest } } } }
        objectives { code sectors { code objectives { code } } }";
    let count = |revision: &Revision| {
        let (answer, statements) = app.statements(|| read(&prefecture, revision, fields));
        answer.data();
        statements
    };
    let few = count(&revision);
    let names: Vec<String> = (0..20).map(|index| format!("N{index}")).collect();
    let sectors: Vec<Value> = names.iter().zip(10..).map(|(code, index)| sector("13", code, index, "POLICE")).collect();
    revision.step(&prefecture, "upsertSectors", json!({ "sectors": sectors }));
    let codes: Vec<&str> = names.iter().map(String::as_str).collect();
    for code in ["O2", "O3", "O4"] {
        revision.step(&prefecture, "upsertObjective", objective(code, "REPRESSION", &codes));
    }
    assert_eq!(count(&revision), few);
}

#[test]
fn writing_many_sectors_costs_as_many_statements_as_writing_one() {
    let app = App::start();
    let prefecture = app.prefecture("13");
    let mut revision = draft(&app, &[]);
    let mut write = |from: u32, count: u32| {
        let sectors: Vec<Value> = (from..from + count).map(|index| sector("13", &format!("N{index}"), index, "POLICE")).collect();
        app.statements(|| revision.step(&prefecture, "upsertSectors", json!({ "sectors": sectors }))).1
    };
    let one = write(0, 1);
    assert_eq!(write(1, 40), one);
}
