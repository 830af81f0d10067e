//! What each role does: every mutation of the contract, with an input that is valid for whoever may, in department 13 and in 93.
//!
//! Each document of someone who may ends in a field that is refused to everybody: what the act did is taken back with it, so that all are
//! tried on the same state. The act of someone who may not stands alone, and must leave no trace but its refusal.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use super::world::{DAY, Place, SERVICES, in_force, with_drafts};
use super::{LOCAL, WHO, compare, everybody, none, without_a_row};
use crate::harness::data::square;
use crate::harness::plans::{objective, sector};
use crate::harness::{App, Client};

const PREFECTURE: usize = 0;
const PREFECT: usize = 1;
const COORDINATING_PARQUET: usize = 2;
const OTHER_PARQUET: usize = 3;
const POLICE: usize = 4;
const GENDARMERIE: usize = 5;
const EDUCATION: usize = 6;
const SECRETARIAT: usize = 11;
const ADMINISTRATOR: usize = 15;
const NOBODY: usize = 16;

/// An act: the field with its variable `$i`, the variable's type and value, who may (columns of `WHO`), and who in the department does not
/// even see what it is about.
struct Act {
    name: String,
    field: &'static str,
    kind: &'static str,
    input: Value,
    may: Vec<usize>,
    blind: &'static [usize],
}

fn act(name: impl Into<String>, field: &'static str, kind: &'static str, input: Value, may: &[usize]) -> Act {
    Act { name: name.into(), field, kind, input, may: may.to_vec(), blind: &[] }
}

/// Who stands for a service: whose measures and contributions it records.
fn stands_for(service: &str) -> &'static [usize] {
    match service {
        "PREFECTURE" | "CUSTOMS" => &[PREFECTURE],
        "PARQUET" => &[COORDINATING_PARQUET, OTHER_PARQUET],
        "POLICE" | "JUDICIAL_POLICE" => &[POLICE],
        "GENDARMERIE" | "AIR_TRANSPORT_GENDARMERIE" | "MARITIME_GENDARMERIE" => &[GENDARMERIE],
        "EDUCATION" => &[EDUCATION],
        other => panic!("who is {other}?"),
    }
}

/// Who writes objectives that a service leads: the préfecture all, police and gendarmerie their own.
fn leads(service: &str) -> &'static [usize] {
    match service {
        "POLICE" | "JUDICIAL_POLICE" => &[PREFECTURE, POLICE],
        "GENDARMERIE" | "AIR_TRANSPORT_GENDARMERIE" | "MARITIME_GENDARMERIE" => &[PREFECTURE, GENDARMERIE],
        _ => &[PREFECTURE],
    }
}

/// Acts that are refused to some for what they are about, which must stand still while it is looked at.
const LATE: [&str; 1] = ["record a measure of PARQUET in a sector of the coordinating parquet"];

/// With a transmitted plan, and nothing pending.
fn beside_the_plan(place: &Place) -> Vec<Act> {
    let code = place.code;
    let opening = json!({ "departmentCode": code, "semester": "2010-S1" });
    let school = json!([place.school(place.unknown, 2)]);
    let local = json!({
        "code": format!("{code}-HALLS"), "label": "Halls", "unit": "halls", "definition": "Halls d'immeuble.", "aggregation": "SUM",
        "departmentCode": code, "published": false,
    });
    let held = json!({ "departmentCode": code, "heldOn": "2010-03-02", "attendance": ["PREFECTURE"], "measures": [] });
    let without = json!({ "departmentCode": code, "indicator": "ESSAI_B", "from": "2010-03-1", "reason": "Sans objet." });
    let remarks = place.made(json!({ "remarks": [{ "text": "À revoir." }] }));
    let mut acts = vec![
        act("open a revision", "openRevision(input: $i) { id }", "OpenRevisionInput", opening, &[PREFECTURE]),
        act("acknowledge", "acknowledgeRevision(input: $i) { id }", "RevisionStepInput", place.made(json!({})), &[SECRETARIAT]),
        act("return", "returnRevision(input: $i) { id }", "ReturnRevisionInput", remarks, &[SECRETARIAT]),
        act("keep the directory", "upsertSchools(input: $i) { id }", "[SchoolInput!]", school, &[PREFECTURE]),
        Act {
            // Education sees listed schools only: this one does not exist for it.
            blind: &[EDUCATION],
            ..act("remove a school", "removeSchool(uai: $i, reason: \"Fermé.\")", "String", json!(place.unlisted), &[PREFECTURE])
        },
        act("define a local indicator", "defineIndicator(input: $i) { id }", "DefineIndicatorInput", local, &[PREFECTURE]),
        act("record a meeting", "recordMeeting(input: $i) { id }", "RecordMeetingInput", held, &[PREFECTURE]),
        act(
            "declare not applicable",
            "declareNotApplicable(input: $i) { reason }",
            "DeclareNotApplicableInput",
            without,
            &[PREFECTURE],
        ),
    ];
    for service in SERVICES {
        let measures = json!([{ "indicator": "ESSAI_B", "service": service, "value": 7 }]);
        let recording = json!({ "meetingId": place.meeting, "measures": measures });
        let correction = json!({ "measureId": place.measures[service], "value": 13, "reason": "Erreur de saisie." });
        acts.push(act(
            format!("record a measure of {service}"),
            "recordMeasures(input: $i) { id }",
            "RecordMeasuresInput",
            recording,
            stands_for(service),
        ));
        // The education service sees its own figures only: others do not exist for it.
        let blind: &[usize] = if service == "EDUCATION" { &[] } else { &[EDUCATION] };
        let name = format!("correct a measure of {service}");
        let correct = act(name, "correctMeasure(input: $i) { id }", "CorrectMeasureInput", correction, stands_for(service));
        acts.push(Act { blind, ..correct });
    }
    let measures = json!([{ "indicator": "ESSAI_B", "service": "PARQUET", "sectorCode": "S1", "value": 7 }]);
    acts.push(act(
        "record a measure of PARQUET in a sector of the coordinating parquet",
        "recordMeasures(input: $i) { id }",
        "RecordMeasuresInput",
        json!({ "meetingId": place.meeting, "measures": measures }),
        &[COORDINATING_PARQUET],
    ));
    acts
}

/// On a DRAFT, opened after a return.
fn on_a_draft(place: &Place) -> Vec<Act> {
    let code = place.code;
    let made = |more: Value| place.made(more);
    let diagnosis = json!({ "diagnosis": "Autre diagnostic." });
    let reply = json!({ "index": 0, "reply": "C'est fait." });
    let prefecture = &[PREFECTURE];
    let mut acts = vec![
        act("write the diagnosis", "updateDiagnosis(input: $i) { id }", "UpdateDiagnosisInput", made(diagnosis), prefecture),
        act("reply to a remark", "replyToRemark(input: $i) { id }", "ReplyToRemarkInput", made(reply), prefecture),
        act("remove a sector", "removeSector(input: $i) { id }", "RemoveSectorInput", made(json!({ "code": "S2" })), prefecture),
        act("rank sectors", "rankSectors(input: $i) { id }", "RankInput", made(json!({ "codes": ["S2", "S1"] })), prefecture),
        act(
            "remove an objective",
            "removeObjective(input: $i) { id }",
            "RemoveObjectiveInput",
            made(json!({ "code": "O2" })),
            prefecture,
        ),
        act(
            "rank objectives",
            "rankObjectives(input: $i) { id }",
            "RankInput",
            made(json!({ "codes": ["O2", "O1"] })),
            prefecture,
        ),
        act("submit", "submitRevision(input: $i) { id }", "RevisionStepInput", made(json!({})), prefecture),
        act("discard", "discardRevision(input: $i) { id }", "RevisionStepInput", made(json!({})), prefecture),
    ];
    for (authority, may) in [("POLICE", [PREFECTURE, POLICE]), ("GENDARMERIE", [PREFECTURE, GENDARMERIE])] {
        let own = if authority == "POLICE" { "S1" } else { "S2" };
        let changed = sector(code, own, if authority == "POLICE" { 0 } else { 1 }, authority);
        let mut new = sector(code, "S9", 5, authority);
        new["geometry"] = square(code, 5);
        for (name, input) in [("add", new), ("change", changed)] {
            let input = made(json!({ "sectors": [input] }));
            let name = format!("{name} a sector of {authority}");
            acts.push(act(name, "upsertSectors(input: $i) { id }", "UpsertSectorsInput", input, &may));
        }
    }
    for service in SERVICES {
        let mut input = objective("O9", "REPRESSION", &["S1"]);
        input["leadService"] = json!(service);
        let name = format!("add an objective that {service} leads");
        acts.push(act(name, "upsertObjective(input: $i) { id }", "UpsertObjectiveInput", made(input), leads(service)));
        let said = json!({ "service": service, "text": "Constats.", "datedOn": DAY });
        acts.push(act(
            format!("contribute for {service}"),
            "contributeToDiagnosis(input: $i) { id }",
            "ContributeToDiagnosisInput",
            made(said),
            stands_for(service),
        ));
    }
    acts
}

/// On a SUBMITTED revision.
fn on_a_submitted_one(app: &App, place: &Place) -> Vec<Act> {
    let hash = place.revision.hash(&app.prefecture(place.code));
    let sign = |role: &str| place.made(json!({ "role": role, "capacity": "IN_PERSON", "contentHash": hash }));
    let parquets = &[COORDINATING_PARQUET, OTHER_PARQUET];
    vec![
        act("recall", "recallRevision(input: $i) { id }", "RevisionStepInput", place.made(json!({})), &[PREFECTURE]),
        act("sign as préfet", "signRevision(input: $i) { id }", "SignRevisionInput", sign("PREFECT"), &[PREFECT]),
        act("sign as procureur", "signRevision(input: $i) { id }", "SignRevisionInput", sign("PUBLIC_PROSECUTOR"), parquets),
    ]
}

/// On a SIGNED revision.
fn on_a_signed_one(place: &Place) -> Vec<Act> {
    let step = || place.made(json!({}));
    vec![
        act("recall what is signed", "recallRevision(input: $i) { id }", "RevisionStepInput", step(), &[PREFECTURE]),
        act("transmit", "transmitRevision(input: $i) { id }", "RevisionStepInput", step(), &[PREFECTURE]),
    ]
}

/// Acts that are no department's.
fn of_the_nation(place: &Place, token: &str, session: &str) -> Vec<Act> {
    let list = json!({
        "list": "SENSITIVE_SCHOOLS", "from": "2010-02-11", "entries": [{ "departmentCode": place.code, "uai": place.listed }],
    });
    let indicator = json!({
        "code": "ESSAI_C", "label": "Essai", "unit": "faits", "definition": "Un essai.", "aggregation": "SUM", "published": true,
    });
    let account = json!({ "username": "nouveau", "displayName": "Nouveau", "password": crate::harness::PASSWORD });
    let grant = json!({ "username": "temoin", "role": "PREFECT", "departmentCode": "75" });
    let revoked = json!({ "username": "temoin", "role": "PREFECT", "departmentCode": "13" });
    let machine = json!({ "label": "Tableau", "role": "DASHBOARD", "expiresAt": "2010-06-01T00:00:00Z" });
    let (secretariat, administrator) = (&[SECRETARIAT], &[ADMINISTRATOR]);
    vec![
        act("set a national list", "setNationalList(input: $i) { uai }", "SetNationalListInput", list, secretariat),
        act("define a national indicator", "defineIndicator(input: $i) { id }", "DefineIndicatorInput", indicator, secretariat),
        act("publish", "publishPeriod(period: $i) { id }", "Period", json!("2010-Q1"), secretariat),
        act("create an account", "createUser(input: $i) { id }", "CreateUserInput", account, administrator),
        act("disable an account", "disableUser(username: $i) { id }", "String", json!("temoin"), administrator),
        act("enable an account", "enableUser(username: $i) { id }", "String", json!("temoin"), administrator),
        act("unlock an account", "unlockUser(username: $i) { id }", "String", json!("temoin"), administrator),
        // Whether there is such a session is told to administrators only.
        Act {
            blind: &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14],
            ..act("end another's session", "endSession(id: $i)", "ID", json!(session), administrator)
        },
        act("end another's sessions", "endSessions(username: $i)", "String", json!("temoin"), administrator),
        act("grant a role", "grantRole(input: $i) { id }", "GrantInput", grant, administrator),
        act("revoke a role", "revokeRole(input: $i) { id }", "GrantInput", revoked, administrator),
        act("issue a token", "issueToken(input: $i) { token }", "IssueTokenInput", machine, administrator),
        act("revoke a token", "revokeToken(id: $i) { id }", "ID", json!(token), administrator),
    ]
}

/// What is due to everybody: whoever may and reaches the place `y`; in its territory without the capability `F`; outside of it `-`.
fn due(act: &Act, everywhere: bool, here: bool) -> Vec<&'static str> {
    let cell = |who: usize| match who {
        NOBODY => "U",
        local if !everywhere && !here && local < LOCAL => "-",
        may if act.may.contains(&may) => "y",
        blind if act.blind.contains(&blind) => "-",
        _ => "F",
    };
    (0..WHO.len()).map(cell).collect()
}

fn tried(by: &Client, act: &Act, may: bool) -> String {
    let undo = if may { "undo: revokeToken(id: \"nonsense\") { id }" } else { "" };
    let answer = by.run(&format!("mutation($i: {}!) {{ act: {} {undo} }}", act.kind, act.field), json!({ "i": act.input }));
    let Some(error) = answer.body.pointer("/errors/0") else { return "done".to_owned() };
    match (error["path"][0].as_str(), error["extensions"]["code"].as_str()) {
        (Some("undo"), _) => "y".to_owned(),
        (_, Some("FORBIDDEN")) => "F".to_owned(),
        (_, Some("UNAUTHENTICATED")) => "U".to_owned(),
        (_, Some("NOT_FOUND")) => "-".to_owned(),
        _ => answer.body.to_string(),
    }
}

/// Acts that were done, over the three chains that are written here.
fn done(app: &App) -> usize {
    let count = |chain| {
        let rows = app.office.database.read(|connection| palts::store::audit_log::page(connection, chain, 0, 10_000));
        rows.expect("the log is readable").iter().filter(|entry| entry.outcome == "DONE").count()
    };
    ["13", "93", "FR"].into_iter().map(count).sum()
}

/// What was tried, and what went otherwise than is due.
#[derive(Default)]
struct Found {
    tried: BTreeSet<String>,
    faults: Vec<String>,
}

fn walk(app: &App, everybody: &[Client], place: Option<&Place>, acts: &[Act], found: &mut Found) {
    let Found { tried: names, faults } = found;
    for act in acts {
        names.insert(act.field.split('(').next().expect("a field").to_owned());
        let due = due(act, place.is_none(), place.is_some_and(|place| place.code == "13"));
        let before = done(app);
        let row = format!("{}, {}", act.name, place.map_or("nation", |place| place.code));
        let mut got = Vec::new();
        for ((by, due), who) in everybody.iter().zip(&due).zip(WHO) {
            let begun = app.office.writes_begun.load(Ordering::Relaxed);
            got.push(tried(by, act, *due == "y"));
            let begins = app.office.writes_begun.load(Ordering::Relaxed) - begun;
            // Who may not makes nobody wait: no transaction was opened for him to write in, and nothing locked.
            let is_told_late = LATE.contains(&act.name.as_str());
            if *due != "y" && begins > 0 && !is_told_late {
                faults.push(format!("{row}: {who} was refused, and had begun to write"));
            }
        }
        compare(&row, &due, &got, faults);
        if done(app) != before {
            faults.push(format!("{row}: something was done, though all of it was refused or taken back"));
        }
    }
}

#[test]
fn each_role_does_what_the_policy_grants_in_its_territory_and_nothing_else() {
    let app = App::on(DAY);
    let everybody = everybody(&app);
    app.prefecture("13");
    app.user("temoin", "PREFECT", json!({ "departmentCode": "13" }));
    let mut places = in_force(&app);
    let issued = app.administrator().ask(
        "mutation { issueToken(input: { label: \"Tableau\", role: DASHBOARD, expiresAt: \"2010-06-01T00:00:00Z\" }) { apiToken { id } } }",
    );
    let mut found = Found::default();

    let standing = app.administrator().ask("{ users(first: 100) { nodes { username sessions { id } } } }");
    let standing = standing.at("/users/nodes").as_array().expect("accounts").clone();
    let temoin = standing.iter().find(|one| one["username"] == "temoin").expect("an account");
    let session = temoin["sessions"][0]["id"].as_str().expect("it has signed in").to_owned();

    let national = of_the_nation(&places[0], &issued.text("/issueToken/apiToken/id"), &session);
    walk(&app, &everybody, None, &national, &mut found);
    for place in &places {
        walk(&app, &everybody, Some(place), &beside_the_plan(place), &mut found);
    }
    with_drafts(&app, &mut places);
    for place in &places {
        walk(&app, &everybody, Some(place), &on_a_draft(place), &mut found);
    }
    for place in &mut places {
        place.revision.submit(&app);
        walk(&app, &everybody, Some(place), &on_a_submitted_one(&app, place), &mut found);
        place.revision.sign(&app);
        walk(&app, &everybody, Some(place), &on_a_signed_one(place), &mut found);
    }
    // Who signs in is nobody yet, and changes his own password only: tests/suite/sessions.rs and credentials.rs.
    without_a_row(&app, "Mutation", &found.tried, &["login", "refreshSession", "logout", "changePassword"], &mut found.faults);
    none(&found.faults);
}
