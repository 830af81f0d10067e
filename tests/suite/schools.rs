//! The school directory, the national lists, and what the education service sees of them.

use serde_json::{Value, json};

use crate::harness::data::middle;
use crate::harness::plans::{Revision, objective, sector};
use crate::harness::{Answer, App, Client};

/// A UAI with its check letter.
fn uai(number: u32) -> String {
    let letters = b"ABCDEFGHJKLMNPRSTUVWXYZ";
    format!("{number:07}{}", char::from(letters[(number % 23) as usize]))
}

fn school(department: &str, number: u32, location: Value) -> Value {
    json!({ "uai": uai(number), "name": format!("Collège {number}"), "kind": "COLLEGE", "departmentCode": department, "location": location })
}

fn upsert(by: &Client, schools: Value) -> Answer {
    by.run("mutation($i: [SchoolInput!]!) { upsertSchools(input: $i) { uai name } }", json!({ "i": schools }))
}

fn remove(by: &Client, uai: &str) -> Answer {
    by.run("mutation($u: String!) { removeSchool(uai: $u, reason: \"Fermeture\") }", json!({ "u": uai }))
}

fn set_list(by: &Client, list: &str, from: &str, entries: Value) -> Answer {
    let query =
        "mutation($i: SetNationalListInput!) { setNationalList(input: $i) { department { code } sectorCode uai since until } }";
    by.run(query, json!({ "i": { "list": list, "from": from, "entries": entries } }))
}

fn listed(department: &str, numbers: &[u32]) -> Value {
    numbers.iter().map(|number| json!({ "departmentCode": department, "uai": uai(*number) })).collect()
}

fn schools(by: &Client, arguments: &str) -> Answer {
    let arguments = if arguments.is_empty() { "first: 100" } else { arguments };
    by.ask(&format!("{{ schools({arguments}) {{ totalCount nodes {{ uai listed covered sectors {{ code name }} }} }} }}"))
}

fn uais(answer: &Answer) -> Vec<String> {
    let nodes = answer.at("/schools/nodes").as_array().unwrap();
    nodes.iter().map(|node| node["uai"].as_str().unwrap().to_owned()).collect()
}

/// At the western edge of S1, more than 300 m from S2; in S2, within 300 m of S1; far away.
fn three_schools(app: &App) {
    let places = [
        json!({ "type": "Point", "coordinates": [5.4001, 43.3015] }),
        json!({ "type": "Point", "coordinates": [5.4055, 43.3015] }),
        middle("13", 9),
    ];
    let all: Value = places.into_iter().zip(130_001..).map(|(place, number)| school("13", number, place)).collect();
    upsert(&app.prefecture("13"), all).data();
}

#[test]
fn schools_are_covered_by_deterrence_objectives_of_the_plan_in_force_that_reach_them() {
    let app = App::start();
    three_schools(&app);
    set_list(&app.secretariat(), "SENSITIVE_SCHOOLS", "2010-02-11", listed("13", &[130_002, 130_003])).data();
    assert_eq!(schools(&app.prefecture("13"), "covered: true").at("/schools/totalCount"), 0, "no plan is in force");

    let mut revision = Revision::open(&app, "13", "2010-S1");
    revision.fill(&app);
    let reason = json!({ "diagnosis": "Diagnostic.", "uncoveredSchoolsReason": "Hors de portée." });
    revision.step(&app.prefecture("13"), "updateDiagnosis", reason);
    // O1, of deterrence, aims at S1 alone: S2 lies 400 m from it.
    revision.submit(&app);
    revision.sign(&app);
    revision.transmit(&app);

    let all = schools(&app.prefecture("13"), "departmentCode: \"13\"");
    let expected = json!([
        { "uai": uai(130_001), "listed": false, "covered": true, "sectors": [{ "code": "S1", "name": "Secteur S1" }] },
        { "uai": uai(130_002), "listed": true, "covered": true,
          "sectors": [{ "code": "S2", "name": "Secteur S2" }, { "code": "S1", "name": "Secteur S1" }] },
        { "uai": uai(130_003), "listed": true, "covered": false, "sectors": [] },
    ]);
    assert_eq!(all.at("/schools/nodes"), &expected, "a school may be near two sectors, nearest first");
    assert_eq!(uais(&schools(&app.prefecture("13"), "listed: true, covered: false")), [uai(130_003)]);
    assert_eq!(uais(&schools(&app.secretariat(), "listed: false")), [uai(130_001)]);
    let nested = app.prefecture("13").ask(
        "{ department(code: \"13\") { schools(first: 1, covered: true) { totalCount nodes { uai objectives { code } } } } }",
    );
    let expected =
        json!({ "totalCount": 2, "nodes": [{ "uai": uai(130_001), "objectives": [{ "code": "O1" }, { "code": "O2" }] }] });
    assert_eq!(nested.at("/department/schools"), &expected);
}

#[test]
fn schools_written_later_are_measured_against_the_plan_in_force_and_the_draft() {
    let app = App::start();
    Revision::in_force(&app, "13", "2010-S1");
    let mut next = Revision::open(&app, "13", "2010-S2");
    next.step(&app.prefecture("13"), "upsertSectors", json!({ "sectors": [sector("13", "S9", 9, "POLICE")] }));
    three_schools(&app);
    let near = |revision: &str| {
        let query =
            format!("{{ plan(departmentCode: \"13\") {{ {revision} {{ sectors {{ nodes {{ code schools {{ uai }} }} }} }} }} }}");
        app.prefecture("13").ask(&query).at(&format!("/plan/{revision}/sectors/nodes")).clone()
    };
    let (one, two, three) = (json!({ "uai": uai(130_001) }), json!({ "uai": uai(130_002) }), json!({ "uai": uai(130_003) }));
    let first = json!({ "code": "S1", "schools": [one, two] });
    let second = json!({ "code": "S2", "schools": [two] });
    assert_eq!(near("current"), json!([first, second]));
    assert_eq!(near("pending"), json!([first, second, { "code": "S9", "schools": [three] }]));
    // It moves, and is measured again.
    upsert(&app.prefecture("13"), json!([school("13", 130_003, json!({ "type": "Point", "coordinates": [5.4069, 43.3015] }))]))
        .data();
    assert_eq!(near("current"), json!([first, { "code": "S2", "schools": [two, three] }]));
    // So does a sector.
    next.step(&app.prefecture("13"), "upsertSectors", json!({ "sectors": [sector("13", "S1", 30, "POLICE")] }));
    assert_eq!(near("pending").pointer("/0/schools"), Some(&json!([])));
}

#[test]
fn every_fault_of_a_school_is_named_and_nothing_is_written() {
    let app = App::start();
    let prefecture = app.prefecture("13");
    upsert(&app.prefecture("93"), json!([school("93", 930_001, middle("93", 0))])).data();
    let good = || school("13", 130_001, middle("13", 0));
    let with = |field: &str, value: Value| {
        let mut input = good();
        input[field] = value;
        input
    };
    let cases = [
        ("uai", with("uai", json!("0130001A"))),
        ("uai", with("uai", json!(uai(930_001)))),
        ("name", with("name", json!(""))),
        ("location", with("location", middle("93", 0))),
        ("location", with("location", crate::harness::data::square("13", 0))),
        ("location", with("location", json!("{\"type\":\"Point\"}"))),
        ("departmentCode", school("93", 130_009, middle("13", 0))),
    ];
    for (field, input) in cases {
        let answer = upsert(&prefecture, json!([school("13", 130_002, middle("13", 1)), input]));
        assert_eq!((answer.code(), answer.field()), ("INVALID", format!("input[1].{field}").as_str()), "{}", answer.body);
    }
    assert_eq!(upsert(&prefecture, json!([good(), good()])).field(), "input[1].uai");
    assert_eq!(upsert(&prefecture, json!([])).field(), "input");
    assert_eq!(uais(&schools(&prefecture, "")), Vec::<String>::new());
    for by in [app.police("13"), app.prefect("13"), app.education("13"), app.secretariat()] {
        assert_eq!(upsert(&by, json!([good()])).code(), "FORBIDDEN");
    }
    assert_eq!(upsert(&app.prefecture("93"), json!([good()])).code(), "NOT_FOUND");
    assert_eq!(upsert(&app.anonymous(), json!([good()])).code(), "UNAUTHENTICATED");
}

#[test]
fn a_school_leaves_the_directory_unless_it_is_listed_or_named() {
    let app = App::start();
    three_schools(&app);
    let prefecture = app.prefecture("13");
    set_list(&app.secretariat(), "SENSITIVE_SCHOOLS", "2010-03-01", listed("13", &[130_001])).data();
    assert_eq!(remove(&prefecture, &uai(130_001)).code(), "CONFLICT");
    let mut revision = Revision::open(&app, "13", "2010-S1");
    let mut input = objective("O1", "DETERRENCE", &[]);
    input["schoolUais"] = json!([uai(130_002)]);
    revision.step(&prefecture, "upsertObjective", input);
    assert_eq!(remove(&prefecture, &uai(130_002)).code(), "CONFLICT");
    assert_eq!(remove(&app.education("13"), &uai(130_001)).code(), "FORBIDDEN");
    assert_eq!(remove(&app.prefecture("93"), &uai(130_003)).code(), "NOT_FOUND");
    assert_eq!(remove(&prefecture, &uai(130_003)).at("/removeSchool"), true);
    assert_eq!(remove(&prefecture, &uai(130_003)).code(), "NOT_FOUND");
    revision.step(&prefecture, "removeObjective", json!({ "code": "O1" }));
    assert_eq!(remove(&prefecture, &uai(130_002)).at("/removeSchool"), true);
    assert_eq!(uais(&schools(&prefecture, "")), [uai(130_001)]);
}

#[test]
fn the_education_service_sees_listed_schools_the_names_of_their_sectors_and_their_objectives() {
    let app = App::start();
    three_schools(&app);
    set_list(&app.secretariat(), "SENSITIVE_SCHOOLS", "2010-02-11", listed("13", &[130_001])).data();
    let revision = Revision::in_force(&app, "13", "2010-S1");
    let education = app.education("13");
    assert_eq!(uais(&schools(&education, "")), [uai(130_001)]);
    let sheet = education.ask(
        "{ department(code: \"13\") { schools { totalCount nodes { uai covered
            sectors { id code name } objectives { id code title sectors { code name } schools { uai } } } } } }",
    );
    let first = sheet.at("/department/schools/nodes/0");
    assert_eq!(first["sectors"][0]["name"], "Secteur S1");
    assert_eq!(first["objectives"][0]["title"], "Objectif O1");
    assert_eq!(first["objectives"][0]["sectors"], json!([{ "code": "S1", "name": "Secteur S1" }]));
    let fields = [
        "kind",
        "authority",
        "parquet { code }",
        "department { code }",
        "communeCodes",
        "priorityNeighbourhoodCode",
        "severity",
        "rank",
        "description",
        "geometry",
        "areaKm2",
        "centroid",
        "schools { uai }",
        "objectives { code }",
        "nationalLists",
    ];
    for field in fields {
        let answer = education.ask(&format!("{{ schools {{ nodes {{ sectors {{ code {field} }} }} }} }}"));
        assert_eq!(answer.code(), "FORBIDDEN", "{field}");
    }
    let node = |id: &Value| {
        education.run(
            "query($id: ID!) { node(id: $id) { id ... on Sector { name } ... on Objective { title } } }",
            json!({ "id": id }),
        )
    };
    assert_eq!(node(&first["sectors"][0]["id"]).text("/node/name"), "Secteur S1");
    assert_eq!(node(&first["objectives"][0]["id"]).text("/node/title"), "Objectif O1");
    // S2 is near no listed school.
    let other = app
        .prefecture("13")
        .run("query($id: ID!) { planRevision(id: $id) { sectors { nodes { id } } } }", json!({ "id": revision.id }));
    assert_eq!(node(other.at("/planRevision/sectors/nodes/1/id")).at("/node"), &json!(null));
    for field in ["sectors { nodes { code } }", "objectives { code }"] {
        let query = format!("{{ plan(departmentCode: \"13\") {{ current {{ {field} }} }} }}");
        assert_eq!(education.ask(&query).code(), "FORBIDDEN", "{field}");
    }
    assert_eq!(schools(&education, "departmentCode: \"93\"").code(), "NOT_FOUND");
    assert_eq!(schools(&app.national("ADMINISTRATOR"), "").code(), "FORBIDDEN");
    let _ = revision.try_step(&education, "removeSector", json!({ "code": "S1" }));
}

#[test]
fn national_lists_keep_their_history() {
    let app = App::on("2010-05-03");
    three_schools(&app);
    let secretariat = app.secretariat();
    let on = |day: &str| {
        let answer =
            secretariat.ask(&format!("{{ nationalList(list: SENSITIVE_SCHOOLS, on: \"{day}\") {{ uai since until }} }}"));
        let entries = answer.at("/nationalList").as_array().unwrap().clone();
        entries.into_iter().map(|entry| entry["uai"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    set_list(&secretariat, "SENSITIVE_SCHOOLS", "2010-02-11", listed("13", &[130_001, 130_002])).data();
    set_list(&secretariat, "SENSITIVE_SCHOOLS", "2010-05-01", listed("13", &[130_002, 130_003])).data();
    assert_eq!(on("2010-02-10"), Vec::<String>::new());
    assert_eq!(on("2010-04-30"), [uai(130_001), uai(130_002)]);
    assert_eq!(on("2010-05-01"), [uai(130_002), uai(130_003)]);
    let early = set_list(&secretariat, "SENSITIVE_SCHOOLS", "2010-04-01", listed("13", &[130_001]));
    assert_eq!((early.code(), early.field()), ("INVALID", "from"));
    // From the day of the last change members may join, or stay as they are; none that was in force before today is forgotten.
    let gone = set_list(&secretariat, "SENSITIVE_SCHOOLS", "2010-05-01", listed("13", &[130_002]));
    assert_eq!((gone.code(), gone.field()), ("INVALID", "from"), "{}", gone.body);
    assert_eq!(on("2010-05-02"), [uai(130_002), uai(130_003)]);
    set_list(&secretariat, "SENSITIVE_SCHOOLS", "2010-05-01", listed("13", &[130_002, 130_003])).data();
    // What was set for a day to come may be set otherwise.
    set_list(&secretariat, "SENSITIVE_SCHOOLS", "2010-09-01", listed("13", &[])).data();
    assert_eq!(on("2010-09-01"), Vec::<String>::new());
    set_list(&secretariat, "SENSITIVE_SCHOOLS", "2010-07-01", listed("13", &[130_002])).data();
    assert_eq!((on("2010-06-30"), on("2010-09-02")), (vec![uai(130_002), uai(130_003)], vec![uai(130_002)]));
}

#[test]
fn a_national_list_holds_what_exists_and_the_secretariat_alone_keeps_it() {
    let app = App::start();
    Revision::in_force(&app, "13", "2010-S1");
    let secretariat = app.secretariat();
    let sector_of = |department: &str, code: &str| json!({ "departmentCode": department, "sectorCode": code });
    for by in [app.prefecture("13"), app.education("13"), app.national("OCRTIS"), app.national("AUDITOR")] {
        assert_eq!(set_list(&by, "TAX_PROTOCOL", "2010-03-10", json!([])).code(), "FORBIDDEN");
    }
    let cases = [
        ("GROUPE_CITES", "sectorCode", sector_of("13", "S2"), "a sector of the gendarmerie"),
        ("TAX_PROTOCOL", "sectorCode", sector_of("13", "S9"), "a sector that no plan has"),
        ("TAX_PROTOCOL", "sectorCode", json!({ "departmentCode": "13", "uai": uai(130_001) }), "a school on a list of sectors"),
        ("SENSITIVE_SCHOOLS", "uai", sector_of("13", "S1"), "a sector on the list of schools"),
        ("SENSITIVE_SCHOOLS", "uai", json!({ "departmentCode": "13", "uai": uai(130_001) }), "a school that the directory lacks"),
    ];
    for (list, field, entry, what) in cases {
        let answer = set_list(&secretariat, list, "2010-03-10", json!([entry]));
        assert_eq!((answer.code(), answer.field()), ("INVALID", format!("entries[0].{field}").as_str()), "{what}");
    }
    let twice = set_list(&secretariat, "TAX_PROTOCOL", "2010-03-10", json!([sector_of("13", "S1"), sector_of("13", "S1")]));
    assert_eq!(twice.field(), "entries[1].sectorCode");
    // 93 has no plan yet: its code is taken on trust.
    set_list(&secretariat, "GROUPE_CITES", "2010-03-10", json!([sector_of("13", "S1"), sector_of("93", "QP93")])).data();
    let query = "{ sectors(nationalList: GROUPE_CITES) { totalCount nodes { code nationalLists } } }";
    let found = secretariat.ask(query);
    assert_eq!(found.at("/sectors"), &json!({ "totalCount": 1, "nodes": [{ "code": "S1", "nationalLists": ["GROUPE_CITES"] }] }));
    let seen = |by: &Client| by.ask("{ nationalList(list: GROUPE_CITES) { sectorCode department { code } } }");
    assert_eq!(seen(&app.prefecture("13")).at("/nationalList"), &json!([{ "sectorCode": "S1", "department": { "code": "13" } }]));
    assert_eq!(seen(&app.education("13")).code(), "FORBIDDEN");
}

#[test]
fn the_statements_of_a_list_of_departments_do_not_grow_with_their_schools() {
    let app = App::start();
    let secretariat = app.secretariat();
    let query = "{ departments { code boundary(tolerance: 1000) schools(first: 5) { nodes { uai listed covered sectors { code } objectives { code } } } } }";
    let count = || {
        let (answer, statements) = app.statements(|| secretariat.ask(query));
        answer.data();
        statements
    };
    upsert(&app.prefecture("93"), json!([school("93", 930_001, middle("93", 0))])).data();
    let few = count();
    three_schools(&app);
    Revision::in_force(&app, "13", "2010-S1");
    assert_eq!(count(), few);
}

#[test]
fn a_school_that_is_being_listed_does_not_leave_the_directory_meanwhile() {
    let app = App::start();
    let (prefecture, secretariat) = (app.prefecture("13"), app.secretariat());
    for number in 130_001..130_007 {
        upsert(&prefecture, json!([school("13", number, middle("13", 0))])).data();
        let (removed, set) = std::thread::scope(|scope| {
            let removing = scope.spawn(|| remove(&prefecture, &uai(number)));
            let listing = scope.spawn(|| set_list(&secretariat, "SENSITIVE_SCHOOLS", "2010-03-10", listed("13", &[number])));
            (removing.join().unwrap(), listing.join().unwrap())
        });
        // Whoever came second was refused, knowing what the first had done.
        match removed.body.get("errors") {
            None => assert_eq!(set.code(), "INVALID", "{}", set.body),
            Some(_) => {
                assert_eq!(removed.code(), "CONFLICT", "{}", removed.body);
                set.data();
            }
        }
    }
}

#[test]
fn a_department_adds_schools_of_its_own_numbers_and_is_told_nothing_of_others() {
    let app = App::start();
    let (thirteen, other) = (app.prefecture("13"), app.prefecture("93"));
    upsert(&other, json!([school("93", 930_001, middle("93", 0))])).data();
    // One that another department keeps, and one that nobody does, are refused in the same words.
    let refused: Vec<String> = [930_001, 930_002]
        .into_iter()
        .map(|number| {
            let answer = upsert(&thirteen, json!([school("13", number, middle("13", 0))]));
            assert_eq!((answer.code(), answer.field()), ("INVALID", "input[0].uai"));
            answer.message().replace(&uai(number), "…")
        })
        .collect();
    assert_eq!(refused[0], refused[1]);
    assert!(!refused[0].contains("93"), "{}", refused[0]);
    upsert(&other, json!([school("93", 930_002, middle("93", 1))])).data();
}

#[test]
fn a_school_of_another_number_is_kept_where_the_installation_says_so() {
    let elsewhere = std::collections::BTreeMap::from([(uai(750_001), "93".to_owned())]);
    let rules = palts::workflow::Rules { schools_elsewhere: elsewhere, ..Default::default() };
    let app = App::with(crate::harness::Setup { rules, ..Default::default() });
    upsert(&app.prefecture("93"), json!([school("93", 750_001, middle("93", 0))])).data();
    let refused = upsert(&app.prefecture("75"), json!([school("75", 750_001, middle("75", 0))]));
    assert_eq!(refused.code(), "INVALID");
}
