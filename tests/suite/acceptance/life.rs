//! The whole life of a plan on real neighbourhoods and real schools, in Bouches-du-Rhône, Paris and Seine-Saint-Denis: drawn, checked, signed,
//! returned, drawn again, acknowledged; then its meetings, its figures, and what the nation and the public see of them.

use serde_json::{Value, json};

use super::{data, features};
use crate::harness::plans::{HEAD, Revision, meeting, sector};
use crate::harness::{App, Client};
use crate::imports::{into, upload};

/// What differs between the departments.
struct Place {
    code: &'static str,
    schools: &'static str,
    faulty: Option<&'static str>,
    parquet: &'static str,
    visas: &'static [&'static str],
}

impl Place {
    /// The file of its priority neighbourhoods.
    fn neighbourhoods(&self) -> String {
        format!("qpv2015_{}.geojson", self.code)
    }
}

const BOUCHES: Place = Place {
    code: "13",
    schools: "colleges_13.geojson",
    faulty: Some("QP013058"),
    parquet: "TJ-MARSEILLE",
    visas: &["TJ-AIX-EN-PROVENCE", "TJ-TARASCON"],
};
const PARIS: Place =
    Place { code: "75", schools: "lycees_paris.geojson", faulty: Some("QP075019"), parquet: "TJ-PARIS", visas: &[] };
const SEINE_SAINT_DENIS: Place =
    Place { code: "93", schools: "colleges_93.geojson", faulty: None, parquet: "TJ-BOBIGNY", visas: &[] };

/// The application with outlines and the schools of a department, three of them on the national list.
fn prepared(place: &Place) -> App {
    let (outlines, schools) = (data("departements.geojson"), data(place.schools));
    let app = App::start();
    assert_eq!(upload(&app.secretariat(), "/imports/boundaries", &outlines).status, 200);
    let prefecture = app.prefecture(place.code);
    let directory = upload(&prefecture, &format!("/imports/schools?department={}", place.code), &schools);
    assert_eq!(directory.status, 200, "{}", directory.body);
    let entries: Vec<Value> =
        first_schools(&prefecture, place.code).iter().map(|uai| json!({ "departmentCode": place.code, "uai": uai })).collect();
    app.secretariat()
        .run(
            "mutation($i: SetNationalListInput!) { setNationalList(input: $i) { uai } }",
            json!({ "i": { "list": "SENSITIVE_SCHOOLS", "from": "2010-02-11", "entries": entries } }),
        )
        .data();
    app
}

fn first_schools(by: &Client, department: &str) -> Vec<String> {
    let answer = by.run(
        "query($d: DepartmentCode!) { schools(departmentCode: $d, first: 3) { nodes { uai } } }",
        json!({ "d": department }),
    );
    let nodes = answer.at("/schools/nodes").as_array().expect("schools").clone();
    nodes.iter().map(|node| node["uai"].as_str().expect("a UAI").to_owned()).collect()
}

/// Diagnosis, contributions, the real neighbourhoods, objectives and the listed schools.
fn drawn(app: &App, place: &Place) -> Revision {
    let file = data(&place.neighbourhoods());
    let prefecture = app.prefecture(place.code);
    let mut revision = Revision::open(app, place.code, "2010-S1");
    revision.step(&prefecture, "updateDiagnosis", json!({ "diagnosis": "Diagnostic partagé, précis et actualisé." }));
    let defaults = format!("&authority=POLICE&parquet={}", place.parquet);

    let strict = upload(&prefecture, &into(&revision, &defaults), &file);
    match place.faulty {
        Some(code) => {
            assert_eq!(strict.status, 422);
            assert!(strict.each("faults", "code").iter().all(|found| found == code), "{}", strict.body["faults"]);
            assert_eq!(sectors(&prefecture, &revision), 0, "nothing is half-done");
            let skipping = upload(&prefecture, &into(&revision, &format!("{defaults}&mode=skip-invalid")), &file);
            assert_eq!(
                (skipping.status, &skipping.body["added"]),
                (200, &json!(features(&place.neighbourhoods()).0 - 1)),
                "{}",
                skipping.body
            );
            revision.version += 1;
            let mending = upload(&prefecture, &into(&revision, &format!("{defaults}&repair=true")), &file);
            assert_eq!(mending.status, 200, "{}", mending.body);
            assert!(mending.each("mended", "code").contains(&json!(code)), "{}", mending.body["mended"]);
        }
        None => assert_eq!(strict.status, 200, "{}", strict.body),
    }
    revision.version += 1;
    assert_eq!(sectors(&prefecture, &revision), features(&place.neighbourhoods()).0);

    contribute(app, &mut revision);
    let codes = first_codes(&prefecture, &revision);
    let schools = first_schools(&prefecture, place.code);
    let objective = |code: &str, axis: &str, schools: &[String]| {
        json!({
            "code": code, "axis": axis, "title": format!("Objectif {code}"), "leadService": "POLICE", "sectorCodes": codes,
            "schoolUais": schools, "modesOfAction": ["Présence visible", "Opérations coup de poing"],
            "targets": [{ "indicator": "CANNABIS_KG", "baseline": 10, "target": 25.5 }],
        })
    };
    let failing = failed(&prefecture, &revision);
    assert!(!failing.is_empty(), "objectives are missing");
    revision.step(&prefecture, "upsertObjective", objective("REPRESSION-1", "REPRESSION", &[]));
    revision.step(&prefecture, "upsertObjective", objective("DISSUASION-1", "DETERRENCE", &schools));
    revision.step(&prefecture, "rankObjectives", json!({ "codes": ["DISSUASION-1", "REPRESSION-1"] }));
    assert_eq!(failed(&prefecture, &revision), Vec::<String>::new(), "nothing stands in the way any more");
    revision
}

fn contribute(app: &App, revision: &mut Revision) {
    let department = revision.department.clone();
    let day = app.today();
    for (by, service) in [
        (app.police(&department), "POLICE"),
        (app.gendarmerie(&department), "GENDARMERIE"),
        (app.prosecutor(&department), "PARQUET"),
    ] {
        revision.step(
            &by,
            "contributeToDiagnosis",
            json!({ "service": service, "text": "Constats du service.", "datedOn": day }),
        );
    }
}

fn sectors(by: &Client, revision: &Revision) -> usize {
    let answer =
        by.run("query($id: ID!) { planRevision(id: $id) { sectors(first: 1) { totalCount } } }", json!({ "id": revision.id }));
    usize::try_from(answer.at("/planRevision/sectors/totalCount").as_u64().expect("a number")).expect("small")
}

fn first_codes(by: &Client, revision: &Revision) -> Vec<String> {
    let answer = by
        .run("query($id: ID!) { planRevision(id: $id) { sectors(first: 5) { nodes { code } } } }", json!({ "id": revision.id }));
    let nodes = answer.at("/planRevision/sectors/nodes").as_array().expect("sectors").clone();
    nodes.iter().map(|node| node["code"].as_str().expect("a code").to_owned()).collect()
}

fn failed(by: &Client, revision: &Revision) -> Vec<String> {
    let answer = by.run("query($id: ID!) { planRevision(id: $id) { checks { code passed } } }", json!({ "id": revision.id }));
    let checks = answer.at("/planRevision/checks").as_array().expect("checks").clone();
    checks.iter().filter(|check| check["passed"] == false).map(|check| check["code"].to_string()).collect()
}

/// Signed by préfet and coordinating procureur in either order, with the visas of the other parquets between.
fn signed(app: &App, place: &Place, revision: &mut Revision, prefect_first: bool) {
    revision.submit(app);
    let (prefect, prosecutor) = (app.prefect(place.code), app.prosecutor(place.code));
    let mut order = [(&prefect, "PREFECT"), (&prosecutor, "PUBLIC_PROSECUTOR")];
    if !prefect_first {
        order.reverse();
    }
    revision.sign_as(order[0].0, order[0].1);
    for parquet in place.visas {
        revision.sign_as(&app.parquet(parquet), "PUBLIC_PROSECUTOR");
    }
    revision.sign_as(order[1].0, order[1].1);
    let answer = prefect.run(
        "query($id: ID!) { planRevision(id: $id) { status signatures { role visa parquet { code } } } }",
        json!({ "id": revision.id }),
    );
    assert_eq!(answer.text("/planRevision/status"), "SIGNED");
    let visas =
        answer.at("/planRevision/signatures").as_array().expect("signatures").iter().filter(|one| one["visa"] == true).count();
    assert_eq!(visas, place.visas.len());
}

/// Returned with remarks, copied, mended, and acknowledged this time.
fn returned_and_acknowledged(app: &App, place: &Place, first: &mut Revision) -> Revision {
    let secretariat = app.secretariat();
    first.transmit(app);
    let remarks = json!([{ "text": "Préciser les modes d'action du premier objectif." }]);
    first.step(&secretariat, "returnRevision", json!({ "remarks": remarks }));
    let seen = secretariat.run(
        "query($d: DepartmentCode!) { plan(departmentCode: $d) { current { id } pending { id } } }",
        json!({ "d": place.code }),
    );
    assert_eq!(seen.at("/plan"), &json!({ "current": null, "pending": null }));

    let prefecture = app.prefecture(place.code);
    let mut second = Revision::open(app, place.code, "2010-S1");
    second.step(&prefecture, "replyToRemark", json!({ "index": 0, "reply": "Précisé." }));
    second.step(&app.police(place.code), "upsertSectors", json!({ "sectors": [added(place)] }));
    let codes = all_codes(&prefecture, &second);
    let mut turned = codes.clone();
    turned.rotate_right(1);
    second.step(&prefecture, "rankSectors", json!({ "codes": turned }));
    let changes = prefecture.run(
        "query($id: ID!) { planRevision(id: $id) { changes { against { number } sectors { kind label } objectives { kind } } } }",
        json!({ "id": second.id }),
    );
    let kinds: Vec<&str> = changes
        .at("/planRevision/changes/sectors")
        .as_array()
        .expect("changes")
        .iter()
        .filter_map(|one| one["kind"].as_str())
        .collect();
    assert!(kinds.contains(&"ADDED"), "{}", changes.body);
    signed(app, place, &mut second, false);
    second.transmit(app);
    second.step(&secretariat, "acknowledgeRevision", json!({}));
    let plan = secretariat.run(
        "query($d: DepartmentCode!) { plan(departmentCode: $d) { current { number status sectors(first: 1) { totalCount } steps { step by } } } }",
        json!({ "d": place.code }),
    );
    assert_eq!(plan.text("/plan/current/status"), "ACKNOWLEDGED");
    assert_eq!(plan.at("/plan/current/number"), &json!(2));
    assert_eq!(plan.at("/plan/current/sectors/totalCount"), &json!(features(&place.neighbourhoods()).0 + 1));
    second
}

/// A sector that the police add.
fn added(place: &Place) -> Value {
    sector(place.code, "AJOUT-1", 0, "POLICE")
}

fn all_codes(by: &Client, revision: &Revision) -> Vec<String> {
    let answer = by.run(
        "query($id: ID!) { planRevision(id: $id) { sectors(first: 200) { nodes { code } } } }",
        json!({ "id": revision.id }),
    );
    let nodes = answer.at("/planRevision/sectors/nodes").as_array().expect("sectors").clone();
    nodes.iter().map(|node| node["code"].as_str().expect("a code").to_owned()).collect()
}

/// Two meetings of March with figures on real sectors; a correction; what the rollups say of them on every axis.
fn figures(app: &App, place: &Place, revision: &Revision) {
    let department = place.code;
    app.set_day("2010-04-02");
    let (prefecture, police) = (app.prefecture(department), app.police(department));
    let codes = first_codes(&prefecture, revision);
    for (day, kilos) in [("2010-03-05", 10.5), ("2010-03-20", 4.25)] {
        let id = meeting(&prefecture, department, day, json!([]));
        let measures: Vec<Value> = codes
            .iter()
            .map(|code| json!({ "indicator": "CANNABIS_KG", "service": "POLICE", "sectorCode": code, "value": kilos }))
            .chain([json!({ "indicator": "CANNABIS_KG", "service": "POLICE", "value": 1 })])
            .collect();
        police
            .run(
                "mutation($i: RecordMeasuresInput!) { recordMeasures(input: $i) { id } }",
                json!({ "i": { "meetingId": id, "measures": measures } }),
            )
            .data();
    }
    let count = u32::try_from(codes.len()).expect("few");
    let total = f64::from(count) * 14.75 + 2.0;
    for axis in ["DEPARTMENT", "SECTOR", "SERVICE", "PARQUET", "AUTHORITY"] {
        for (period, expected) in [("2010-03", total), ("2010-Q1", total), ("2010-S1", total), ("2010", total)] {
            let answer = prefecture.run(
                "query($p: Period!, $a: RollupAxis!, $d: DepartmentCode!) { rollup(indicator: \"CANNABIS_KG\", period: $p, axis: $a, departmentCode: $d) { total { value } cells { value } } }",
                json!({ "p": period, "a": axis, "d": department }),
            );
            assert_eq!(answer.at("/rollup/total/value"), &json!(expected), "{axis} {period}");
            let sum: f64 =
                answer.at("/rollup/cells").as_array().expect("cells").iter().filter_map(|cell| cell["value"].as_f64()).sum();
            assert!((sum - expected).abs() < 1e-9, "{axis} {period}: the cells add up to {sum}, not {expected}");
        }
    }
    let compliance = prefecture.run(
        "query($d: DepartmentCode!) { department(code: $d) { compliance(semester: \"2010-S1\") { revisionStatus revisionLate meetingsExpected meetingsHeld missingFortnights schoolsListed schoolsCovered } } }",
        json!({ "d": department }),
    );
    assert_eq!(
        compliance.at("/department/compliance"),
        &json!({
            "revisionStatus": "ACKNOWLEDGED", "revisionLate": false, "meetingsExpected": 4, "meetingsHeld": 2,
            "missingFortnights": ["2010-02-1", "2010-02-2"], "schoolsListed": 3, "schoolsCovered": 3,
        })
    );
}

/// The nation reads the rollup, the secretariat publishes the quarter, and the public sees nothing small.
fn published(app: &App, place: &Place) {
    let secretariat = app.secretariat();
    let rollup = |by: &Client, axis: &str| {
        by.run(
            "query($a: RollupAxis!) { rollup(indicator: \"CANNABIS_KG\", period: \"2010-Q1\", axis: $a) { total { value reporting expected } cells { key value suppressed } publication { version } } }",
            json!({ "a": axis }),
        )
    };
    let nation = rollup(&secretariat, "NATIONAL");
    assert_eq!(nation.at("/rollup/total/reporting"), &json!(1));
    assert_eq!(nation.at("/rollup/total/expected"), &json!(100), "Mayotte was no department yet");
    let dashboard = app.national("DASHBOARD");
    assert_eq!(rollup(&dashboard, "DEPARTMENT").code(), "NOT_FOUND", "nothing is published yet");
    secretariat.run("mutation { publishPeriod(period: \"2010-Q1\") { version } }", json!({})).data();
    let seen = rollup(&dashboard, "DEPARTMENT");
    assert_eq!(seen.at("/rollup/publication/version"), &json!(1));
    let cell = seen
        .at("/rollup/cells")
        .as_array()
        .expect("cells")
        .iter()
        .find(|cell| cell["key"] == place.code)
        .expect("its cell")
        .clone();
    assert_eq!(cell["suppressed"], false, "{cell}");
    assert_eq!(
        dashboard.run("query($d: DepartmentCode!) { plan(departmentCode: $d) { id } }", json!({ "d": place.code })).code(),
        "FORBIDDEN"
    );
}

fn whole_life(place: &Place, prefect_first: bool) {
    let app = prepared(place);
    let mut first = drawn(&app, place);
    signed(&app, place, &mut first, prefect_first);
    let refused = first.try_step(&app.prefecture(place.code), "updateDiagnosis", json!({ "diagnosis": "Trop tard." }));
    assert_eq!(refused.code(), "CONFLICT", "{} {HEAD}", refused.body);
    let second = returned_and_acknowledged(&app, place, &mut first);
    figures(&app, place, &second);
    published(&app, place);
}

#[test]
fn bouches_du_rhone_lives_through_a_whole_plan() {
    whole_life(&BOUCHES, true);
}

#[test]
fn paris_lives_through_a_whole_plan() {
    whole_life(&PARIS, false);
}

#[test]
fn seine_saint_denis_lives_through_a_whole_plan() {
    whole_life(&SEINE_SAINT_DENIS, true);
}
