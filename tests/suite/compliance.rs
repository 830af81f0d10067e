//! Compliance and the national overview through the public API.

use serde_json::{Value, json};

use crate::harness::data::middle;
use crate::harness::plans::{Revision, meeting, objective, sector};
use crate::harness::{App, Client};

const FIELDS: &str = "department { code } semester revisionStatus revisionDueOn revisionLate meetingsExpected meetingsHeld
    missingFortnights schoolsListed schoolsCovered";

fn compliance(by: &Client, department: &str, semester: &str) -> Value {
    let query = format!(
        "query($d: DepartmentCode!, $s: Semester!) {{ department(code: $d) {{ compliance(semester: $s) {{ {FIELDS} }} }} }}"
    );
    by.run(&query, json!({ "d": department, "s": semester })).at("/department/compliance").clone()
}

fn overview(by: &Client, semester: &str) -> Value {
    let query = format!(
        "query($s: Semester!) {{ nationalOverview(semester: $s) {{ semester departmentsExpected departmentsLate schoolsListed schoolsCovered
            revisionsByStatus {{ status count }} departments {{ {FIELDS} }} }} }}"
    );
    by.run(&query, json!({ "s": semester })).at("/nationalOverview").clone()
}

fn of(overview: &Value, department: &str) -> Value {
    let all = overview["departments"].as_array().expect("departments");
    all.iter().find(|found| found["department"]["code"] == department).expect("a department").clone()
}

#[test]
fn two_meetings_a_month_are_expected_and_missing_fortnights_are_listed() {
    let app = App::on("2010-05-03");
    let by = app.prefecture("13");
    for day in ["2010-02-03", "2010-02-20", "2010-02-25", "2010-03-20", "2010-05-01"] {
        meeting(&by, "13", day, json!([]));
    }
    let found = compliance(&by, "13", "2010-S1");
    assert_eq!((&found["meetingsExpected"], &found["meetingsHeld"]), (&json!(6), &json!(3)));
    assert_eq!(found["missingFortnights"], json!(["2010-03-1", "2010-04-1", "2010-04-2"]));
    assert_eq!(compliance(&by, "13", "2010-S2")["meetingsExpected"], 0);
}

#[test]
fn a_revision_is_late_when_none_was_transmitted_in_time_and_a_return_does_not_make_it_late() {
    let app = App::on("2010-04-30");
    let mut punctual = Revision::in_force(&app, "13", "2010-S1");
    let mut slow = Revision::open(&app, "93", "2010-S1");
    slow.fill(&app);
    slow.submit(&app);
    assert_eq!(overview(&app.secretariat(), "2010-S1")["departmentsLate"], 0);
    app.set_day("2010-05-01");
    punctual.step(&app.secretariat(), "returnRevision", json!({ "remarks": [{ "text": "À revoir." }] }));
    slow.sign(&app);
    slow.transmit(&app);
    Revision::open(&app, "75", "2010-S1");

    let nation = overview(&app.secretariat(), "2010-S1");
    let status =
        |department: &str| (of(&nation, department)["revisionStatus"].clone(), of(&nation, department)["revisionLate"].clone());
    assert_eq!(status("13"), (json!("RETURNED"), json!(false)));
    assert_eq!(status("93"), (json!("TRANSMITTED"), json!(true)));
    // Nobody outside the department knows of a draft.
    assert_eq!(status("75"), (json!(null), json!(true)));
    assert_eq!(compliance(&app.prefecture("75"), "75", "2010-S1")["revisionStatus"], "DRAFT");
    assert_eq!(of(&nation, "13")["revisionDueOn"], "2010-04-30");
    // Mayotte became a department a year later.
    assert_eq!((&nation["departmentsExpected"], &nation["departmentsLate"]), (&json!(100), &json!(99)));
    assert_eq!(nation["departments"].as_array().map(Vec::len), Some(100));
    assert_eq!(
        nation["revisionsByStatus"],
        json!([{ "status": null, "count": 98 }, { "status": "TRANSMITTED", "count": 1 }, { "status": "RETURNED", "count": 1 }])
    );
    assert_eq!(overview(&app.secretariat(), "2011-S1")["departmentsExpected"], 101);
    assert_eq!(overview(&app.secretariat(), "2010-S2")["departmentsLate"], 0);
}

#[test]
fn listed_schools_are_covered_by_deterrence_objectives_of_the_plan_in_force() {
    let app = App::start();
    let by = app.prefecture("13");
    // In S1, in S2, and in neither but named.
    let school = |uai: &str, index: u32| json!({ "uai": uai, "name": uai, "kind": "COLLEGE", "departmentCode": "13", "location": middle("13", index) });
    let uais = ["0131001X", "0131002Y", "0131003Z"].map(valid);
    let schools = json!([school(&uais[0], 0), school(&uais[1], 25), school(&uais[2], 45)]);
    by.run("mutation($i: [SchoolInput!]!) { upsertSchools(input: $i) { uai } }", json!({ "i": schools })).data();
    let entries: Vec<Value> = uais.iter().map(|uai| json!({ "departmentCode": "13", "uai": uai })).collect();
    app.secretariat()
        .run(
            "mutation($i: SetNationalListInput!) { setNationalList(input: $i) { uai } }",
            json!({ "i": { "list": "SENSITIVE_SCHOOLS", "from": "2010-03-01", "entries": entries } }),
        )
        .data();
    let counts = || {
        let found = compliance(&by, "13", "2010-S1");
        (found["schoolsListed"].clone(), found["schoolsCovered"].clone())
    };
    assert_eq!(counts(), (json!(3), json!(0)));
    let mut revision = Revision::open(&app, "13", "2010-S1");
    revision.fill(&app);
    revision.step(&by, "upsertSectors", json!({ "sectors": [sector("13", "S3", 25, "POLICE")] }));
    // S3 is named by repression alone.
    revision.step(&by, "upsertObjective", objective("O3", "REPRESSION", &["S3"]));
    let mut named = objective("O4", "DETERRENCE", &[]);
    named["schoolUais"] = json!([uais[2]]);
    revision.step(&by, "upsertObjective", named);
    revision.step(&by, "updateDiagnosis", json!({ "diagnosis": "Diagnostic.", "uncoveredSchoolsReason": "Fermeture annoncée." }));
    assert_eq!(counts(), (json!(3), json!(0)));
    revision.submit(&app);
    revision.sign(&app);
    revision.transmit(&app);
    assert_eq!(counts(), (json!(3), json!(2)));
    let nation = overview(&app.secretariat(), "2010-S1");
    assert_eq!((&nation["schoolsListed"], &nation["schoolsCovered"]), (&json!(3), &json!(2)));
}

/// A UAI with the check letter that its digits give.
fn valid(text: &str) -> String {
    const LETTERS: &str = "ABCDEFGHJKLMNPRSTUVWXYZ";
    let digits = &text[..7];
    let place = digits.parse::<usize>().expect("digits") % 23;
    format!("{digits}{}", &LETTERS[place..=place])
}

#[test]
fn compliance_is_read_where_the_viewer_may_and_nowhere_else() {
    let app = App::start();
    let query = r#"{ department(code: "13") { compliance(semester: "2010-S1") { meetingsHeld } } }"#;
    for by in [app.prefecture("13"), app.police("13"), app.prosecutor("13"), app.auditor("13"), app.secretariat()] {
        by.ask(query).data();
    }
    for by in [app.zone_prefect("SUD"), app.education("13"), app.national("OCRTIS")] {
        assert_eq!(by.ask(query).code(), "FORBIDDEN", "{}", by.username);
    }
    assert_eq!(app.prefecture("93").ask(query).code(), "NOT_FOUND");
    let nation = "{ nationalOverview(semester: \"2010-S1\") { departmentsLate } }";
    app.national("AUDITOR").ask(nation).data();
    for by in [app.prefecture("13"), app.auditor("13"), app.national("OCRTIS"), app.national("DASHBOARD")] {
        assert_eq!(by.ask(nation).code(), "FORBIDDEN", "{}", by.username);
    }
}

#[test]
fn a_hundred_departments_cost_as_many_statements_as_one() {
    let app = App::start();
    let by = app.secretariat();
    by.ask("{ viewer { username } }").data();
    let cost = |query: &str| {
        let (answer, statements) = app.statements(|| by.ask(query));
        answer.data();
        statements
    };
    let one = cost(r#"{ departments(regionCode: "06") { compliance(semester: "2010-S1") { schoolsCovered } } }"#);
    let all = cost(r#"{ departments { compliance(semester: "2010-S1") { schoolsCovered } } }"#);
    assert_eq!(one, all);
    assert_eq!(cost(r#"{ nationalOverview(semester: "2010-S1") { departments { schoolsCovered } } }"#), all);
}
