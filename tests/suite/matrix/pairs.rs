//! Two grants together show what each shows alone, and nothing else: all pairs of grants, over revisions in every state, field by field.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use chrono::NaiveDate;
use palts::access::{Caller, Grant, Identity, Territory};
use palts::domain::codes::ZoneCode;
use palts::graphql::{Settings, execute};
use serde_json::{Map, Value, json};

use super::world::{DAY, listed_and_published, with_drafts};
use super::{WHO, everybody, world};
use crate::harness::plans::{Revision, sector};
use crate::harness::{App, Client, Setup};

/// Grants beside those of `WHO`: the same roles elsewhere.
const ELSEWHERE: [(&str, &str, &str); 4] = [
    ("PREFECTURE", "departmentCode", "93"),
    ("EDUCATION", "departmentCode", "93"),
    ("AUDITOR", "departmentCode", "93"),
    ("PREFECT", "departmentCode", "93"),
];

/// A grant as it is asked for.
type Held = (String, Value);

/// All grants: those of `WHO` but nobody's, and some over another department.
fn grants(app: &App) -> Vec<Held> {
    let zone = super::zone(app);
    let territory = |who: &str| match who {
        "PUBLIC_PROSECUTOR coordinating" => json!({ "parquetCode": "TJ-MARSEILLE" }),
        "PUBLIC_PROSECUTOR other" => json!({ "parquetCode": "TJ-TARASCON" }),
        "ZONE_PREFECT of 13" => json!({ "defenceZoneCode": zone }),
        local if local.ends_with(" 13") => json!({ "departmentCode": "13" }),
        _ => json!({}),
    };
    let known = WHO.iter().filter(|who| **who != "nobody");
    let role = |who: &str| who.split(' ').next().unwrap_or_default().to_owned();
    let elsewhere = ELSEWHERE.iter().map(|(role, kind, code)| ((*role).to_owned(), json!({ *kind: code })));
    known.map(|who| (role(who), territory(who))).chain(elsewhere).collect()
}

/// The fields of a revision, each asked for alone: one that is refused takes nothing else with it.
const OF_REVISION: [&str; 14] = [
    "id number semester status version dueOn",
    "contentHash",
    "availableSteps",
    "diagnosis",
    "uncoveredSchoolsReason",
    "contributions { service text datedOn contributedBy }",
    "sectors { nodes { id code name severity description schools { id } objectives { id } } }",
    "objectives { id code title description sectors { id code name } schools { id } }",
    "signatures { role visa signedBy contentHash }",
    "remarks { text reply }",
    "checks { code passed message }",
    "changes { against { id } sectors { kind label before after } objectives { kind label before after } }",
    "steps { step at by }",
    "plan { id current { id } pending { id } }",
];

/// What is asked of nodes of a revision, by id.
const NODES: [&str; 6] = [
    "... on PlanRevision { id number status }",
    "... on PlanRevision { id diagnosis }",
    "... on Sector { id code name }",
    "... on Sector { id severity authority description }",
    "... on Sector { id geometry }",
    "... on Objective { id code title description }",
];

/// Questions whose answer one refusal empties: each a document of its own.
fn whole(code: &str) -> Vec<String> {
    let rollup = |axis: &str| {
        format!(
            "rollup(indicator: \"ESSAI_A\", period: \"2010-02\", axis: {axis}, departmentCode: {code:?}) {{ total {{ key value }} cells {{ key label value }} }}"
        )
    };
    vec![
        format!("sectors(departmentCode: {code:?}) {{ nodes {{ id code name severity }} }}"),
        format!(
            "schools(departmentCode: {code:?}) {{ nodes {{ id uai name covered sectors {{ id code name }} objectives {{ id title }} }} }}"
        ),
        format!("auditEntries(departmentCode: {code:?}, first: 100) {{ nodes {{ id act subject outcome }} }}"),
        format!("indicators(departmentCode: {code:?}) {{ id code published }}"),
        rollup("SERVICE"),
        rollup("SECTOR"),
        rollup("DEFENCE_ZONE"),
        rollup("NATIONAL"),
    ]
}

const NATIONAL: [&str; 6] = [
    "nationalList(list: SENSITIVE_SCHOOLS) { uai department { id } }",
    "nationalList(list: GROUPE_CITES) { sectorCode department { id } }",
    "publications { nodes { id period } }",
    // How a department's pending revision stands is known to who reads its drafts, and told in the overview too.
    "nationalOverview(semester: \"2010-S1\") { semester departments { department { id } } }",
    "users { nodes { id username } }",
    "apiTokens { nodes { id } }",
];

/// Fields of an answer that are asked for in one document, at most.
const TOGETHER: usize = 60;

/// Documents with each field of each revision and node under a name of its own.
fn revisions(ids: &[String], parts: &[String]) -> Vec<String> {
    let of_revision = ids.iter().enumerate().flat_map(|(index, id)| {
        OF_REVISION
            .iter()
            .enumerate()
            .map(move |(field, what)| format!("r{index}_{field}: planRevision(id: {id:?}) {{ id {what} }}"))
    });
    let nodes = ids.iter().chain(parts).enumerate().flat_map(|(index, id)| {
        NODES.iter().enumerate().map(move |(field, what)| format!("n{index}_{field}: node(id: {id:?}) {{ __typename {what} }}"))
    });
    let departments = ["13", "93"].into_iter().flat_map(|code| {
        let field = |name: &str, what: &str| format!("d{code}_{name}: department(code: {code:?}) {{ id {what} }}");
        [
            field("held", "meetings { nodes { id heldOn kind } }"),
            field("said", "meetings { nodes { id minutes decisions { text } } }"),
            field("measures", "meetings { nodes { id measures { nodes { id service value history { value } } } } }"),
            field("compliance", "compliance(semester: \"2010-S1\") { revisionStatus revisionLate schoolsListed schoolsCovered }"),
            format!("p{code}: plan(departmentCode: {code:?}) {{ id current {{ id }} pending {{ id }} revisions {{ nodes {{ id }} }} }}"),
        ]
    });
    let all: Vec<String> = of_revision.chain(nodes).chain(departments).collect();
    all.chunks(TOGETHER).map(|some| format!("{{ {} }}", some.join(" "))).collect()
}

/// Every fact of an answer: whose, which field, what. An object with an id is the same wherever it stands.
fn learn(of: &str, value: &Value, facts: &mut BTreeSet<String>) {
    match value {
        Value::Null => {}
        Value::Object(fields) => {
            let own = fields.get("id").and_then(Value::as_str);
            if let Some(id) = own {
                facts.insert(format!("{of} -> {id}"));
            }
            let place = own.map_or_else(|| of.to_owned(), str::to_owned);
            for (name, value) in fields {
                learn(&format!("{place}.{name}"), value, facts);
            }
        }
        Value::Array(items) => {
            for item in items {
                let place = format!("{of}[{}]", item.as_object().map(identity).unwrap_or_default());
                learn(&place, item, facts);
            }
        }
        scalar => {
            facts.insert(format!("{of} = {scalar}"));
        }
    }
}

/// What tells the items of a list apart that have no id: what they say themselves.
fn identity(item: &Map<String, Value>) -> String {
    if item.contains_key("id") {
        return String::new();
    }
    let said = item.iter().filter(|(_, value)| !value.is_object() && !value.is_array());
    said.map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join(", ")
}

/// Who asks: over HTTP, with all that the server remembers; or in this process, which remembers nothing.
enum Asking {
    Client(Client),
    Caller(Caller),
}

impl Asking {
    /// Somebody with these grants.
    fn with(app: &App, held: &[&Held]) -> Self {
        let since = NaiveDate::from_ymd_opt(2009, 1, 1).expect("a day");
        let zone: ZoneCode = super::zone(app).parse().expect("a zone");
        let grant = |(role, territory): &Held| {
            let code = |name: &str| territory[name].as_str();
            let place = match (code("departmentCode"), code("parquetCode"), code("defenceZoneCode")) {
                (Some(code), _, _) => Territory::Department(code.parse().expect("a department")),
                (_, Some(code), _) => Territory::Parquet(code.parse().expect("a parquet")),
                (_, _, Some(_)) => Territory::Zone(zone.clone()),
                (None, None, None) => Territory::Nation,
            };
            Grant { role: role.parse().expect("a role"), territory: place, since, until: None }
        };
        Self::Caller(Caller::Known(Identity::User {
            id: 0,
            username: "temoin".parse().expect("a name"),
            display_name: String::new(),
            version: 1,
            grants: held.iter().map(|held| grant(held)).collect(),
            session: None,
            must_change_password: false,
        }))
    }

    fn ask(&self, app: &App, document: &str) -> Value {
        match self {
            Self::Client(client) => client.ask(document).body,
            Self::Caller(caller) => {
                let deadline = Instant::now() + Duration::from_secs(60);
                execute::run_as(&app.office, caller.clone(), document, &json!({}), deadline).expect("an answer")
            }
        }
    }

    /// What it sees. The name under which something was asked for says nothing.
    fn facts(&self, app: &App, documents: &[String]) -> BTreeSet<String> {
        let mut facts = BTreeSet::new();
        for document in documents {
            let answer = self.ask(app, document);
            for error in answer["errors"].as_array().into_iter().flatten() {
                let code = error["extensions"]["code"].as_str().unwrap_or_default();
                assert!(
                    ["FORBIDDEN", "NOT_FOUND", "INVALID"].contains(&code) && error.get("path").is_some(),
                    "{error} to {document}"
                );
            }
            for (name, value) in answer["data"].as_object().into_iter().flatten() {
                let place = if name.contains('_') || name.starts_with('p') && name.len() == 3 { "asked" } else { name.as_str() };
                learn(place, value, &mut facts);
            }
        }
        facts
    }
}

#[test]
fn two_grants_together_show_what_each_shows_alone_and_nothing_else() {
    // A document asks for everything that there is.
    let limits = Settings { max_cost: 1_000_000, ..Settings::default() };
    let app = App::with(Setup { day: Some(DAY), limits, ..Setup::default() });
    // Whoever arranges the world has accounts of their own.
    everybody(&app);
    let mut places = world::in_force(&app);
    let [second, _] = with_drafts(&app, &mut places);
    listed_and_published(&app, &places);
    let first: Vec<String> = places
        .iter()
        .map(|place| {
            app.secretariat()
                .ask(&format!("{{ plan(departmentCode: {:?}) {{ current {{ id }} }} }}", place.code))
                .text("/plan/current/id")
        })
        .collect();
    // In department 13: the first acknowledged and replaced, the second returned, the third in force, the fourth pending.
    let mut current = Revision { id: first[0].clone(), department: "13".to_owned(), version: 0 };
    current.version = app
        .prefecture("13")
        .ask(&format!("{{ planRevision(id: {:?}) {{ version }} }}", current.id))
        .at("/planRevision/version")
        .as_i64()
        .expect("a version");
    current.step(&app.secretariat(), "acknowledgeRevision", json!({}));
    let third = &mut places[0].revision;
    third.submit(&app);
    third.sign(&app);
    third.transmit(&app);
    let mut pending = Revision::open(&app, "13", "2010-S1");
    pending.step(&app.prefecture("13"), "updateDiagnosis", json!({ "diagnosis": "Diagnostic que personne d'autre ne lit." }));
    pending.step(&app.prefecture("13"), "upsertSectors", json!({ "sectors": [sector("13", "S9", 5, "POLICE")] }));
    pending.contribute(&app, &app.education("13"), "EDUCATION", "Contribution en cours.");

    let ids = vec![
        first[0].clone(),
        second.id,
        places[0].revision.id.clone(),
        pending.id.clone(),
        first[1].clone(),
        places[1].revision.id.clone(),
    ];
    let parts: Vec<String> = ids[2..4]
        .iter()
        .flat_map(|id| {
            let question = format!("{{ planRevision(id: {id:?}) {{ sectors {{ nodes {{ id }} }} objectives {{ id }} }} }}");
            let found = app.prefecture("13").ask(&question).at("/planRevision").clone();
            let of = |list: &Value| {
                list.as_array()
                    .expect("a list")
                    .iter()
                    .map(|one| one["id"].as_str().expect("an id").to_owned())
                    .collect::<Vec<_>>()
            };
            [of(&found["sectors"]["nodes"]), of(&found["objectives"])].concat()
        })
        .collect();

    let held = grants(&app);
    let alone: Vec<Asking> = held.iter().map(|grant| Asking::with(&app, &[grant])).collect();
    let mut pairs = Vec::new();
    for one in 0..held.len() {
        for two in one + 1..held.len() {
            pairs.push((one, two, Asking::with(&app, &[&held[one], &held[two]])));
        }
    }
    // Those of the education service, whose sight is of parts, over HTTP too: from what the server remembers of others.
    let education =
        held.iter().position(|(role, place)| role == "EDUCATION" && place["departmentCode"] == "13").expect("a grant");
    for other in (0..held.len()).filter(|other| *other != education) {
        let name = format!("paire-{other}");
        app.user(&name, &held[education].0, held[education].1.clone());
        app.grant(&name, &held[other].0, held[other].1.clone());
        pairs.push((education, other, Asking::Client(app.user(&name, "", json!({})))));
    }

    let mut faults = Vec::new();
    for state in ["DRAFT", "SUBMITTED", "SIGNED"] {
        let mut documents = revisions(&ids, &parts);
        match state {
            // What no state of the pending revision changes is asked for once.
            "DRAFT" => documents.extend(
                ["13", "93"]
                    .iter()
                    .flat_map(|code| whole(code))
                    .chain(NATIONAL.map(str::to_owned))
                    .map(|one| format!("{{ {one} }}")),
            ),
            "SUBMITTED" => pending.submit(&app),
            _ => pending.sign(&app),
        }
        let each: Vec<BTreeSet<String>> = alone.iter().map(|by| by.facts(&app, &documents)).collect();
        assert!(each.iter().map(BTreeSet::len).max().unwrap_or(0) > 100, "there is something to see");
        for (one, two, by) in &pairs {
            let (together, apart) = (by.facts(&app, &documents), &each[*one] | &each[*two]);
            let who = format!("{state}: {:?} and {:?}", held[*one], held[*two]);
            faults.extend(together.difference(&apart).take(3).map(|fact| format!("{who} show {fact}")));
        }
    }
    let told = faults.iter().take(40).cloned().collect::<Vec<_>>().join("\n");
    assert!(faults.is_empty(), "{} differences, among them:\n{told}", faults.len());
}
