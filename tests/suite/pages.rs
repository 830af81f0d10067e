//! Pages of the lists that hang on many siblings at once: each sibling's is cut from its own list, and no more is read than is shown.

use palts::access::Scope;
use palts::domain::codes::{DepartmentCode, SectorCode};
use palts::store::measures::MeasureSight;
use palts::store::measures::lists::{Narrowed, Part, parts};
use serde_json::{Value, json};

use crate::harness::plans::{Revision, meeting};
use crate::harness::{App, Client};

const DAYS: [&str; 5] = ["2010-01-05", "2010-01-20", "2010-02-05", "2010-02-20", "2010-03-05"];

/// Five meetings in 13 and in 93, each with a figure of both sectors and one of the department.
fn filled(app: &App) -> Client {
    let by = app.prefecture("13");
    app.grant(&by.username, "PREFECTURE", json!({ "departmentCode": "93" }));
    for department in ["13", "93"] {
        Revision::open(app, department, "2010-S1").fill(app);
        app.grant(&by.username, "POLICE", json!({ "departmentCode": department }));
    }
    for (place, day) in (1..).zip(DAYS) {
        for (department, more) in [("13", 0), ("93", 100)] {
            let figure = |sector: Option<&str>, value: i32| json!({ "indicator": "ILS_TOTAL", "sectorCode": sector, "service": "POLICE", "value": value + more });
            meeting(
                &by,
                department,
                day,
                json!([figure(None, place), figure(Some("S1"), place * 10), figure(Some("S2"), place)]),
            );
        }
    }
    by
}

fn values(list: &Value) -> Vec<i64> {
    let nodes = list["nodes"].as_array().expect("a list");
    nodes.iter().map(|node| node["value"].as_f64().expect("a number") as i64).collect()
}

#[test]
fn each_sector_has_a_page_of_its_own_list_and_the_next_follows_it() {
    let app = App::on("2010-04-01");
    let by = filled(&app);
    let query = "query($n: Int, $a: String, $i: String, $p: Period) { a: plan(departmentCode: \"13\") { ...list } b: plan(departmentCode: \"93\") { ...list } }
        fragment list on Plan { pending { sectors { nodes { code measures(first: $n, after: $a, indicator: $i, period: $p) {
            totalCount nodes { value } pageInfo { hasNextPage endCursor } } } } } }";
    let lists = |variables: Value| {
        let answer = by.run(query, variables);
        let of = |plan: &str, sector: usize| answer.at(&format!("/{plan}/pending/sectors/nodes/{sector}/measures")).clone();
        [of("a", 0), of("a", 1), of("b", 0), of("b", 1)]
    };
    let first = lists(json!({ "n": 2 }));
    assert_eq!(first.each_ref().map(values), [[10, 20], [1, 2], [110, 120], [101, 102]]);
    for list in &first {
        assert_eq!((&list["totalCount"], &list["pageInfo"]["hasNextPage"]), (&json!(5), &json!(true)));
    }
    let next = lists(json!({ "n": 9, "a": first[0]["pageInfo"]["endCursor"] }));
    assert_eq!(values(&next[0]), [30, 40, 50]);
    assert_eq!(next[0]["pageInfo"]["hasNextPage"], false);
    let narrowed = lists(json!({ "n": 1, "i": "ILS_TOTAL", "p": "2010-02" }));
    assert_eq!(narrowed.each_ref().map(values), [[30], [3], [130], [103]]);
    assert_eq!(narrowed[0]["totalCount"], 2);
    assert_eq!(lists(json!({ "n": 2, "i": "ARMES" })).each_ref().map(values), [[0_i64; 0]; 4]);
}

#[test]
fn each_department_has_a_page_of_its_meetings_and_each_meeting_one_of_its_figures() {
    let app = App::on("2010-04-01");
    let by = filled(&app);
    let query = "query($n: Int, $a: String, $p: Period) { departments { code meetings(first: $n, after: $a, period: $p) {
        totalCount pageInfo { hasNextPage endCursor } nodes { heldOn measures(first: 2) { totalCount nodes { value } } } } } }";
    let of = |variables: Value, department: &str| {
        let answer = by.run(query, variables);
        let all = answer.at("/departments").as_array().expect("a list").clone();
        all.into_iter().find(|found| found["code"] == department).expect("it is listed")["meetings"].clone()
    };
    let first = of(json!({ "n": 2 }), "93");
    let days = |list: &Value| -> Vec<Value> {
        list["nodes"].as_array().expect("a list").iter().map(|node| node["heldOn"].clone()).collect()
    };
    assert_eq!(days(&first), ["2010-03-05", "2010-02-20"]);
    assert_eq!((&first["totalCount"], &first["pageInfo"]["hasNextPage"]), (&json!(5), &json!(true)));
    assert_eq!(values(&first["nodes"][0]["measures"]), [105, 150]);
    assert_eq!(first["nodes"][0]["measures"]["totalCount"], 3);
    let next = of(json!({ "n": 5, "a": first["pageInfo"]["endCursor"] }), "93");
    assert_eq!(days(&next), ["2010-02-05", "2010-01-20", "2010-01-05"]);
    assert_eq!(days(&of(json!({ "n": 5, "p": "2010-01" }), "13")), ["2010-01-20", "2010-01-05"]);
    assert_eq!(of(json!({ "n": 5 }), "75")["totalCount"], 0, "it is out of sight");
}

#[test]
fn whoever_sees_one_service_s_figures_is_counted_and_shown_those_alone() {
    let app = App::on("2010-04-01");
    let by = filled(&app);
    meeting(&by, "13", "2010-03-20", json!([]));
    let education = app.education("13");
    app.grant(&education.username, "EDUCATION", json!({ "departmentCode": "93" }));
    let query = "{ departments { meetings { nodes { measures(first: 1) { totalCount nodes { value } } } } } }";
    let answer = education.ask(query);
    let departments = answer.at("/departments").as_array().expect("a list");
    let meetings = departments.iter().flat_map(|department| department["meetings"]["nodes"].as_array().expect("a list"));
    let lists: Vec<Value> = meetings.map(|meeting| meeting["measures"].clone()).collect();
    assert_eq!(lists.len(), 11);
    assert!(lists.iter().all(|list| *list == json!({ "totalCount": 0, "nodes": [] })), "{lists:?}");
}

#[test]
fn no_more_places_are_read_than_pages_show() {
    let app = App::on("2010-04-01");
    filled(&app);
    let sectors: Vec<(DepartmentCode, SectorCode)> = [("13", "S1"), ("13", "S2"), ("93", "S1"), ("93", "S2")]
        .map(|(department, sector)| (department.parse().expect("a code"), sector.parse().expect("a code")))
        .to_vec();
    let sight = MeasureSight { full: Scope::Nation, own: Default::default() };
    let part = Part { after: None, limit: 2 };
    let read = |sectors: &[(DepartmentCode, SectorCode)]| {
        let places = app.office.database.read(|connection| parts(connection, &sight, sectors, &Narrowed::default(), &part));
        places.expect("readable").len()
    };
    let (all, many) = app.statements(|| read(&sectors));
    let (one, few) = app.statements(|| read(&sectors[..1]));
    assert_eq!((all, one), (8, 2));
    assert_eq!(many, few);
}
