//! The policy, cell by cell: what each role sees and does in its territory, and that it does not beyond it. The tables say what is due, by
//! the policy in the documentation; they are not derived from `config/access.toml`.

mod fields;
mod nodes;
mod pairs;
mod policy;
mod reads;
mod world;
mod writes;

use std::collections::BTreeSet;

use crate::harness::{Answer, App, Client};
use serde_json::json;

/// Who is asked: the columns of every table. The first [`LOCAL`] hold a grant that reaches department 13 and not 93; the others, but for
/// the last, hold one over the nation.
const WHO: [&str; 17] = [
    "PREFECTURE 13",
    "PREFECT 13",
    "PUBLIC_PROSECUTOR coordinating",
    "PUBLIC_PROSECUTOR other",
    "POLICE 13",
    "GENDARMERIE 13",
    "EDUCATION 13",
    "AUDITOR 13",
    "ZONE_PREFECT of 13",
    "POLICE nation",
    "GENDARMERIE nation",
    "NATIONAL_SECRETARIAT",
    "OCRTIS",
    "DASHBOARD",
    "AUDITOR nation",
    "ADMINISTRATOR",
    "nobody",
];

/// How many columns hold a grant over less than the nation.
const LOCAL: usize = 9;

/// Clients of the columns, in their order; all have signed in.
fn everybody(app: &App) -> Vec<Client> {
    vec![
        app.prefecture("13"),
        app.prefect("13"),
        app.parquet("TJ-MARSEILLE"),
        app.parquet("TJ-TARASCON"),
        app.police("13"),
        app.gendarmerie("13"),
        app.education("13"),
        app.auditor("13"),
        app.user("zone-de-13", "ZONE_PREFECT", json!({ "defenceZoneCode": zone(app) })),
        app.national("POLICE"),
        app.national("GENDARMERIE"),
        app.secretariat(),
        app.national("OCRTIS"),
        app.national("DASHBOARD"),
        app.national("AUDITOR"),
        app.administrator(),
        app.anonymous(),
    ]
}

fn zone(app: &App) -> String {
    app.prefecture("13").ask("{ department(code: \"13\") { defenceZone { code } } }").text("/department/defenceZone/code")
}

/// `F` for FORBIDDEN, `U` for UNAUTHENTICATED, `-` for NOT_FOUND; any other refusal is spelled out, so that it never matches.
fn refusal(answer: &Answer) -> Option<String> {
    let error = answer.body.pointer("/errors/0")?;
    Some(match error["extensions"]["code"].as_str() {
        Some("FORBIDDEN") => "F".to_owned(),
        Some("UNAUTHENTICATED") => "U".to_owned(),
        Some("NOT_FOUND") => "-".to_owned(),
        _ => error.to_string(),
    })
}

/// The faults of a table's row: who got something other than what is due.
fn compare(row: &str, due: &[&str], got: &[String], faults: &mut Vec<String>) {
    assert_eq!(due.len(), WHO.len(), "the row of {row} has a cell for everybody");
    for ((who, due), got) in WHO.iter().zip(due).zip(got) {
        if due != got {
            faults.push(format!("{row}: {who} is due {due}, and got {got}"));
        }
    }
}

/// The names that an introspection finds at a place.
fn schema_names(app: &App, query: &str, pointer: &str) -> BTreeSet<String> {
    let found = app.secretariat().ask(query);
    let named = found.at(pointer).as_array().expect("a list").iter().map(|one| one["name"].as_str().expect("a name").to_owned());
    let names: BTreeSet<String> = named.collect();
    assert!(!names.is_empty(), "{query}");
    names
}

/// The fields of a root type that have no row, and stand nowhere else: a new field is in the table before it is served.
fn without_a_row(app: &App, root: &str, rows: &BTreeSet<String>, elsewhere: &[&str], faults: &mut Vec<String>) {
    let fields = schema_names(app, &format!("{{ __type(name: {root:?}) {{ fields {{ name }} }} }}"), "/__type/fields");
    for field in fields.iter().filter(|field| !rows.contains(*field) && !elsewhere.contains(&field.as_str())) {
        faults.push(format!("{root}.{field}: no row in the table says what is due to whom"));
    }
}

/// Fails with every fault at once.
fn none(faults: &[String]) {
    assert!(faults.is_empty(), "{} cells differ from the policy:\n{}", faults.len(), faults.join("\n"));
}
