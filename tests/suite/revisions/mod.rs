//! Plans and revisions through the public API: their life step by step, who signs, who sees what.

mod answers;
mod content;
mod life;
mod returning;
mod sight;
mod signing;

use serde_json::{Value, json};

use crate::harness::plans::Revision;
use crate::harness::{Answer, App, Client};

/// What every test of a refused step compares before and after: nothing of it may have changed.
const STATE: &str = "id number semester status version contentHash diagnosis dueOn
    contributions { service text datedOn contributedBy } signatures { role signedBy contentHash }
    remarks { text reply } steps { step at by }";

/// All that a préfecture reads of its plan.
fn state(app: &App, department: &str) -> Value {
    let query = format!(
        "query($d: DepartmentCode!) {{ plan(departmentCode: $d) {{
            current {{ number }} pending {{ number }} revisions {{ totalCount nodes {{ {STATE} }} }} }} }}"
    );
    app.prefecture(department).run(&query, json!({ "d": department })).at("/plan").clone()
}

/// Runs an act that must be refused: with this code, and nothing changed.
#[track_caller]
fn refused(app: &App, department: &str, code: &str, act: impl FnOnce() -> Answer) -> Answer {
    let before = state(app, department);
    let answer = act();
    assert_eq!(answer.code(), code, "{}", answer.body);
    assert_eq!(state(app, department), before, "a refused act changes nothing");
    answer
}

fn open(by: &Client, department: &str, semester: &str) -> Answer {
    by.run(
        "mutation($i: OpenRevisionInput!) { openRevision(input: $i) { id number version status dueOn remarks { text reply } } }",
        json!({ "i": { "departmentCode": department, "semester": semester } }),
    )
}

fn read(by: &Client, revision: &Revision, fields: &str) -> Answer {
    by.run(&format!("query($id: ID!) {{ planRevision(id: $id) {{ {fields} }} }}"), json!({ "id": revision.id }))
}

/// A revision that was filled and submitted.
fn submitted(app: &App, department: &str) -> Revision {
    let mut revision = Revision::open(app, department, "2010-S1");
    revision.fill(app);
    revision.submit(app);
    revision
}

fn signature(revision: &Revision, by: &Client, role: &str) -> Value {
    json!({ "role": role, "capacity": "IN_PERSON", "contentHash": revision.hash(by) })
}

fn remarks(texts: &[&str]) -> Value {
    let list: Vec<Value> = texts.iter().map(|text| json!({ "text": text })).collect();
    json!({ "remarks": list })
}
