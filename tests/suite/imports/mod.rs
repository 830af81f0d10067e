//! Imports of whole files, by upload and from the command line.

mod cases;
mod command;
mod kept;
mod measures;
mod memory;
mod national;
mod overtaken;
mod provenance;
mod refusals;
mod schools;
mod sectors;

use serde_json::{Value, json};

use crate::harness::data::square;
use crate::harness::plans::Revision;
use crate::harness::{App, Client};

/// What an import answered.
pub struct Imported {
    pub status: u16,
    pub body: Value,
}

impl Imported {
    /// A list of texts or numbers under one key of each item of a list of the report.
    pub fn each(&self, list: &str, key: &str) -> Vec<Value> {
        let items = self.body[list].as_array().unwrap_or_else(|| panic!("no {list} in {}", self.body));
        items.iter().map(|item| item[key].clone()).collect()
    }

    /// The first error's code, where there is no report.
    pub fn code(&self) -> &str {
        self.body["errors"][0]["extensions"]["code"].as_str().unwrap_or_else(|| panic!("no error in {}", self.body))
    }
}

/// Uploads a file.
pub fn upload(by: &Client, path: &str, file: &[u8]) -> Imported {
    let (status, body) = by.post(path, "application/geo+json", file);
    Imported { status, body: serde_json::from_str(&body).unwrap_or(Value::String(body)) }
}

/// The path that imports sectors into a revision; `more` begins with `&`, or is empty.
pub fn into(revision: &Revision, more: &str) -> String {
    format!("/imports/sectors?revision={}&kind=NEIGHBOURHOOD&severity=3{more}", revision.id)
}

/// A FeatureCollection.
pub fn collection(features: &[Value]) -> Vec<u8> {
    json!({ "type": "FeatureCollection", "features": features }).to_string().into_bytes()
}

/// A feature with a code, a name and a shape.
pub fn feature(code: &str, geometry: Value) -> Value {
    json!({ "type": "Feature", "properties": { "code": code, "name": format!("Quartier {code}") }, "geometry": geometry })
}

/// So many sound features of a department, S0 and on.
pub fn squares(department: &str, count: u32) -> Vec<Value> {
    (0..count).map(|index| feature(&format!("S{index}"), square(department, index))).collect()
}

/// A figure of eight beside the squares of a department: its line crosses itself in the middle.
pub fn eight(department: &str) -> Value {
    let ring = square(department, 90)["coordinates"][0].clone();
    json!({ "type": "Polygon", "coordinates": [[ring[0], ring[2], ring[1], ring[3], ring[0]]] })
}

/// The revision's version and its sectors' codes, worst hit first.
pub fn stands(by: &Client, revision: &Revision) -> (i64, Vec<String>) {
    let query = "query($id: ID!) { planRevision(id: $id) { version sectors(first: 500) { nodes { code } } } }";
    let answer = by.run(query, json!({ "id": revision.id }));
    let codes = answer.at("/planRevision/sectors/nodes").as_array().expect("a list");
    let codes = codes.iter().map(|node| node["code"].as_str().expect("a code").to_owned());
    (answer.at("/planRevision/version").as_i64().expect("a version"), codes.collect())
}

/// Act, outcome and detail of the department's latest audit entries, newest first.
pub fn audit(app: &App, department: &str) -> Vec<(String, String, String)> {
    let query = "query($d: DepartmentCode) { auditEntries(departmentCode: $d, first: 50) { nodes { act outcome detail } } }";
    let answer = app.prefecture(department).run(query, json!({ "d": department }));
    let nodes = answer.at("/auditEntries/nodes").as_array().expect("a list").clone();
    let text = |node: &Value, key: &str| node[key].as_str().expect("a text").to_owned();
    nodes.iter().map(|node| (text(node, "act"), text(node, "outcome"), text(node, "detail"))).collect()
}
