//! What an answer and a document may take: whatever is asked, the answer is no longer than its bound, or LIMIT, and the memory that it takes
//! meanwhile is bounded as well.

use palts::graphql::Settings;
use serde_json::{Value, json};

use crate::harness::plans::{Revision, sector};
use crate::harness::{App, Client, Setup};

/// Bytes that an answer may take here.
const MOST: u64 = 1 << 20;

fn bounded() -> App {
    App::with(Setup {
        limits: Settings { max_answer_bytes: MOST, max_cost: 10_000_000, ..Settings::default() },
        ..Setup::default()
    })
}

/// The same selection under so many names.
fn aliased(times: usize, selection: &str) -> String {
    (0..times).map(|index| format!("a{index}: {selection} ")).collect()
}

/// A draft whose texts and shapes are long.
fn long_draft(app: &App) -> Revision {
    let mut revision = Revision::open(app, "13", "2010-S1");
    let prefecture = app.prefecture("13");
    revision.step(&prefecture, "updateDiagnosis", json!({ "diagnosis": "Été \"\\n ".repeat(10_000) }));
    let mut input = sector("13", "S1", 0, "POLICE");
    let mut ring: Vec<[f64; 2]> = (0..5_000)
        .map(|index| f64::from(index) / 5_000.0 * std::f64::consts::TAU)
        .map(|angle| [5.4 + 0.004 * angle.cos(), 43.3 + 0.004 * angle.sin()])
        .collect();
    ring.push(ring[0]);
    input["geometry"] = json!({ "type": "Polygon", "coordinates": [ring] });
    input["description"] = json!("d".repeat(9_000));
    revision.step(&prefecture, "upsertSectors", json!({ "sectors": [input] }));
    revision
}

/// The most memory that this process, server included, has held, in bytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("a status");
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("the peak");
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).expect("a number") * 1_024
}

#[test]
fn whatever_is_asked_answers_and_memory_stay_under_their_bounds() {
    let app = bounded();
    let revision = long_draft(&app);
    let by = app.prefecture("13");
    let auditor = app.auditor("13");
    let of = |fields: &str| format!("{{ plan(departmentCode: \"13\") {{ pending {{ {fields} }} }} }}");
    let long_name = "n".repeat(100_000);
    let fragments: String =
        (0..11).map(|index| format!("fragment F{index} on Query {{ ...F{0} ...F{0} }} ", index + 1)).collect();
    let nested = (0..20).fold("a0: code a1: name".to_owned(), |inner, _| format!("departments {{ code region {{ {inner} }} }}"));
    let hostile: Vec<(&str, String)> = vec![
        ("a diagnosis under many names", of(&aliased(1_000, "diagnosis"))),
        ("a shape under many names", of(&format!("sectors {{ nodes {{ {} }} }}", aliased(1_000, "geometry")))),
        ("a description under many names", of(&aliased(300, "sectors { nodes { description } }"))),
        ("the same as juniper's values", of(&format!("{} status status", aliased(300, "sectors { nodes { description } }")))),
        ("edges", of(&format!("sectors {{ edges {{ node {{ {} }} }} }}", aliased(900, "description")))),
        ("a plan under many names", format!("{{ {} }}", aliased(200, "plan(departmentCode: \"13\") { pending { diagnosis } }"))),
        (
            "the schema under many names",
            format!("{{ {} }}", aliased(50, "__schema { types { name description fields { name description } } }")),
        ),
        (
            "a type under many names",
            format!("{{ {} }}", aliased(400, "__type(name: \"Query\") { name description fields { name description } }")),
        ),
        ("the schema in itself", "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }".to_owned()),
        ("one name many times", format!("{{ {} }}", "__typename ".repeat(3_000))),
        ("one name for two fields", format!("{{ regions {{ {} }} }}", "a: code a: name ".repeat(1_000))),
        ("the type's name under many names", format!("{{ {} }}", aliased(2_500, "__typename"))),
        ("long names", format!("{{ {long_name}: __typename }}")),
        (
            "many names of some length",
            format!("{{ {} }}", (0..2_500).map(|at| format!("{}{at}: __typename ", "n".repeat(120))).collect::<String>()),
        ),
        (
            "a long operation name in each error",
            format!(
                "query {long_name} {{ {} }}",
                (0..2_000).map(|at| format!("a{at}: node(id: $v{at}) {{ id }} ")).collect::<String>()
            ),
        ),
        ("a long field that is unknown", format!("{{ {long_name} }}")),
        ("many fields that are unknown", format!("{{ {} }}", aliased(2_500, "unknown"))),
        ("fragments that multiply", format!("{{ ...F0 }} {fragments} fragment F11 on Query {{ __typename }}")),
        (
            "a long literal many times",
            format!("{{ {} }}", aliased(300, &format!("department(code: \"{}\") {{ code }}", "9".repeat(2_000)))),
        ),
        ("a long literal", format!("{{ department(code: \"{}\") {{ code }} }}", "9".repeat(500_000))),
        (
            "many errors",
            format!("{{ {} }}", aliased(2_400, "rollup(indicator: \"NONE\", period: \"2010\", axis: NATIONAL) { period }")),
        ),
        ("lists in lists", format!("{{ {nested} }}")),
    ];
    let before = peak();
    for (what, query) in hostile {
        for who in [&by, &auditor] {
            let (_, body) = who.post_json("/graphql", &json!({ "query": query }));
            let answer: Value = serde_json::from_str(&body).unwrap_or_else(|_| panic!("{what}: no JSON"));
            assert!(body.len() as u64 <= MOST, "{what}: {} bytes", body.len());
            if answer.get("errors").is_some() {
                let codes: Vec<&Value> =
                    answer["errors"].as_array().unwrap().iter().map(|error| &error["extensions"]["code"]).collect();
                assert!(
                    codes.iter().all(|code| ["LIMIT", "INVALID", "FORBIDDEN", "NOT_FOUND"].contains(&code.as_str().unwrap())),
                    "{what}: {codes:?}"
                );
            }
            assert!(!body.contains(&"n".repeat(300)) && !body.contains(&"9".repeat(300)), "{what}: sent back");
        }
    }
    let entries = auditor.ask(&format!("{{ auditEntries(first: 500) {{ nodes {{ {} }} }} }}", aliased(400, "detail")));
    assert!(entries.body.to_string().len() as u64 <= MOST + 1_000);
    let grown = peak() - before;
    assert!(grown < 300 << 20, "the process grew by {grown} bytes");
    // It serves as before.
    assert_eq!(
        by.run("query($id: ID!) { planRevision(id: $id) { number } }", json!({ "id": revision.id })).at("/planRevision/number"),
        &json!(1)
    );
}

#[test]
fn an_answer_past_its_bound_says_so_and_one_below_is_whole() {
    let app = bounded();
    long_draft(&app);
    let by = app.prefecture("13");
    let ask =
        |times: usize| by.ask(&format!("{{ plan(departmentCode: \"13\") {{ pending {{ {} }} }} }}", aliased(times, "diagnosis")));
    let long = ask(20);
    assert_eq!((long.code(), &long.error()["extensions"]["reason"]), ("LIMIT", &json!("ANSWER_TOO_LARGE")));
    assert_eq!(long.error()["extensions"]["parameters"]["limit"], MOST.to_string());
    let whole = ask(4);
    let texts: Vec<&str> = (0..4).map(|at| whole.at(&format!("/plan/pending/a{at}")).as_str().expect("a text")).collect();
    assert!(
        texts.iter().all(|text| text.chars().count() == 79_999),
        "{:?}",
        texts.iter().map(|text| text.len()).collect::<Vec<_>>()
    );
}

#[test]
fn a_write_whose_answer_would_be_too_long_is_not_done() {
    let app = bounded();
    let revision = long_draft(&app);
    let by = app.prefecture("13");
    let input = json!({ "revisionId": revision.id, "version": revision.version, "diagnosis": "é".repeat(90_000) });
    let document =
        format!("mutation($i: UpdateDiagnosisInput!) {{ updateDiagnosis(input: $i) {{ {} }} }}", aliased(30, "diagnosis"));
    let refused = by.run(&document, json!({ "i": input }));
    assert_eq!((refused.code(), &refused.body["data"]), ("LIMIT", &Value::Null));
    let now = by.run("query($id: ID!) { planRevision(id: $id) { version } }", json!({ "id": revision.id }));
    assert_eq!(now.at("/planRevision/version"), &json!(revision.version));
}

#[test]
fn what_is_sent_is_bounded_in_number_and_in_cost() {
    let app = App::start();
    let by = app.prefecture("13");
    let before = peak();
    let lists = "query($l: [SchoolInput!]!) { __typename ...F } fragment F on Query { viewer { username } }";
    let mutation = "mutation($l: [SchoolInput!]!) { upsertSchools(input: $l) { uai } }";
    for query in [lists, mutation] {
        for item in ["1", "{}", "[]", "null", "{\"uai\":1}"] {
            let body = format!(
                "{{\"query\": {}, \"variables\": {{\"l\": [{item}{}]}}}}",
                json!(query),
                format!(",{item}").repeat(60_000)
            );
            let (_, answer) = by.post("/graphql", "application/json", body.as_bytes());
            assert!(answer.len() < 2_000, "{item}: {} bytes", answer.len());
            let answer: Value = serde_json::from_str(&answer).expect("JSON");
            assert!(
                ["INVALID", "LIMIT"].contains(&answer["errors"][0]["extensions"]["code"].as_str().unwrap_or_default()),
                "{answer}"
            );
        }
    }
    assert!(peak() - before < 150 << 20, "the process grew by {} bytes", peak() - before);
    // Handed in again and again, a long value costs each time.
    let ids = format!("query($i: ID!) {{ {} }}", aliased(200, "node(id: $i) { id }"));
    assert_eq!(by.run(&ids, json!({ "i": "x".repeat(500_000) })).code(), "LIMIT");
    assert_eq!(by.run(&ids, json!({ "i": "x" })).at("/a0"), &Value::Null);
}

#[test]
fn a_series_is_priced_by_its_periods_and_its_cells() {
    let app = App::with(Setup { limits: Settings { max_cost: 5_000, ..Settings::default() }, ..Setup::default() });
    let by = app.secretariat();
    let query = "query($a: RollupAxis!, $u: Period!) { rollupSeries(indicator: \"ILS_TOTAL\", axis: $a, from: \"2010-01-1\", until: $u) \
                 { period cells { key value } } }";
    let ask = |axis: &str, until: &str| by.run(query, json!({ "a": axis, "u": until }));
    ask("DEPARTMENT", "2010-06-2").data();
    ask("NATIONAL", "2015-06-2").data();
    assert_eq!(ask("DEPARTMENT", "2015-06-2").code(), "LIMIT");
}

/// Records a meeting of 13 with long texts, of 0.8 MB of decisions or of 0.4 MB of minutes.
fn long_meeting(by: &Client, day: &str, decisions: usize, minutes: usize) {
    let decision = json!({ "text": "\u{1d11e}".repeat(2_000) });
    let input = json!({
        "departmentCode": "13", "heldOn": day, "attendance": [], "minutes": "\u{1d11e}".repeat(minutes),
        "decisions": vec![decision; decisions], "measures": [],
    });
    by.run("mutation($i: RecordMeetingInput!) { recordMeeting(input: $i) { id } }", json!({ "i": input })).data();
}

#[test]
fn one_operation_reads_so_many_bytes_of_texts_whether_or_not_it_shows_them() {
    let limits = Settings { max_answer_bytes: MOST, ..Settings::default() };
    let app = App::with(Setup { day: Some("2010-06-30"), limits, ..Setup::default() });
    let by = app.prefecture("13");
    for month in ["02", "03"] {
        (1..=3).for_each(|day| long_meeting(&by, &format!("2010-{month}-0{day}"), 100, 0));
    }
    let states = |period: &str| format!("meetings(first: 9, period: \"{period}\") {{ nodes {{ decisions {{ state }} }} }}");
    let ask = |lists: &str| by.ask(&format!("{{ department(code: \"13\") {{ {lists} }} }}"));
    for period in ["2010-02", "2010-03"] {
        ask(&states(period)).data();
    }
    for lists in [states("2010"), format!("a: {} b: {}", states("2010-02"), states("2010-03"))] {
        let refused = ask(&lists);
        assert_eq!((refused.code(), &refused.error()["extensions"]["reason"]), ("LIMIT", &json!("READ_TOO_LARGE")), "{lists}");
        assert_eq!(refused.error()["extensions"]["parameters"]["most"], (4 * MOST).to_string());
    }
    // What is not asked for is not read, and texts that are read but not shown count.
    ask("meetings(first: 9) { nodes { id } }").data();
    (1..=8).for_each(|day| long_meeting(&by, &format!("2010-04-0{day}"), 0, 100_000));
    ask("meetings(first: 7, period: \"2010-04\") { nodes { id } }").data();
    (1..=8).for_each(|day| long_meeting(&by, &format!("2010-05-0{day}"), 0, 100_000));
    for lists in ["meetings(first: 16) { nodes { id } }", "meetings(first: 16, period: \"2010\") { nodes { id } }"] {
        assert_eq!(ask(lists).error()["extensions"]["reason"], "READ_TOO_LARGE", "{lists}");
    }
    // The same of several departments at once.
    app.grant("prefecture-13", "PREFECTURE", json!({ "departmentCode": "84" }));
    let every = |first: u32| by.ask(&format!("{{ departments {{ meetings(first: {first}) {{ nodes {{ id }} }} }} }}"));
    assert_eq!(every(16).error()["extensions"]["reason"], "READ_TOO_LARGE");
    every(2).data();
}
