//! A plan's life in a few words, through the public API: what most tests arrange before they begin.

use serde_json::{Value, json};

use super::data::square;
use super::{App, Client};

/// A revision under test: its id and the version that the next mutation must name.
#[derive(Clone, Debug)]
pub struct Revision {
    pub department: String,
    pub id: String,
    pub version: i64,
}

/// What every revision mutation selects.
pub const HEAD: &str = "{ id number semester status version contentHash availableSteps }";

impl Revision {
    /// Opens a revision as the préfecture of the department.
    pub fn open(app: &App, department: &str, semester: &str) -> Self {
        let answer = app.prefecture(department).run(
            "mutation($i: OpenRevisionInput!) { openRevision(input: $i) { id version } }",
            json!({ "i": { "departmentCode": department, "semester": semester } }),
        );
        Self {
            department: department.to_owned(),
            id: answer.text("/openRevision/id"),
            version: answer.at("/openRevision/version").as_i64().expect("a version"),
        }
    }

    /// Runs a revision mutation whose input holds the revision, the version and `more`; keeps the new version.
    #[track_caller]
    pub fn step(&mut self, by: &Client, mutation: &str, more: Value) -> Value {
        let answer = self.try_step(by, mutation, more);
        let revision = answer.at(&format!("/{mutation}")).clone();
        self.version = revision["version"].as_i64().expect("a version");
        revision
    }

    /// The same, whatever the answer; keeps the version as it was.
    pub fn try_step(&self, by: &Client, mutation: &str, more: Value) -> super::Answer {
        let mut input = json!({ "revisionId": self.id, "version": self.version });
        if let (Some(input), Value::Object(more)) = (input.as_object_mut(), more) {
            input.extend(more);
        }
        let kind = match mutation {
            "submitRevision" | "recallRevision" | "transmitRevision" | "acknowledgeRevision" | "discardRevision" => {
                "RevisionStep"
            }
            "rankSectors" | "rankObjectives" => "Rank",
            other => other,
        };
        let kind = format!("{}{}", kind[..1].to_uppercase(), &kind[1..]);
        let fields = if mutation == "discardRevision" { "{ id pending { id } }" } else { HEAD };
        by.run(&format!("mutation($i: {kind}Input!) {{ {mutation}(input: $i) {fields} }}"), json!({ "i": input }))
    }

    /// Contributes to the diagnosis of today; asks for nothing that the education service may not read.
    pub fn contribute(&mut self, app: &App, by: &Client, service: &str, text: &str) {
        let input = json!({
            "revisionId": self.id, "version": self.version, "service": service, "text": text, "datedOn": app.today(),
        });
        let document = "mutation($i: ContributeToDiagnosisInput!) { contributeToDiagnosis(input: $i) { version contributions { service } } }";
        let answer = by.run(document, json!({ "i": input }));
        self.version = answer.at("/contributeToDiagnosis/version").as_i64().expect("a version");
    }

    /// Fills it with all that submission asks for: diagnosis, contributions, two sectors (one of each authority), an objective of each axis.
    pub fn fill(&mut self, app: &App) {
        let prefecture = app.prefecture(&self.department);
        let day = app.today();
        self.step(&prefecture, "updateDiagnosis", json!({ "diagnosis": "Diagnostic partagé du département." }));
        for (by, service) in [
            (app.police(&self.department), "POLICE"),
            (app.gendarmerie(&self.department), "GENDARMERIE"),
            (app.prosecutor(&self.department), "PARQUET"),
        ] {
            self.step(
                &by,
                "contributeToDiagnosis",
                json!({ "service": service, "text": "Contribution du service.", "datedOn": day }),
            );
        }
        let sectors = json!([sector(&self.department, "S1", 0, "POLICE"), sector(&self.department, "S2", 1, "GENDARMERIE")]);
        self.step(&prefecture, "upsertSectors", json!({ "sectors": sectors }));
        for (code, axis) in [("O1", "DETERRENCE"), ("O2", "REPRESSION")] {
            self.step(&prefecture, "upsertObjective", objective(code, axis, &["S1"]));
        }
    }

    /// Submits it.
    pub fn submit(&mut self, app: &App) {
        self.step(&app.prefecture(&self.department), "submitRevision", json!({}));
    }

    /// Signs it as préfet and as coordinating procureur.
    pub fn sign(&mut self, app: &App) {
        self.sign_as(&app.prefect(&self.department), "PREFECT");
        self.sign_as(&app.prosecutor(&self.department), "PUBLIC_PROSECUTOR");
    }

    /// Signs it in person.
    pub fn sign_as(&mut self, by: &Client, role: &str) {
        let hash = self.hash(by);
        self.step(by, "signRevision", json!({ "role": role, "capacity": "IN_PERSON", "contentHash": hash }));
    }

    /// What a signatory reads.
    pub fn hash(&self, by: &Client) -> String {
        by.run("query($id: ID!) { planRevision(id: $id) { contentHash } }", json!({ "id": self.id }))
            .text("/planRevision/contentHash")
    }

    /// Transmits it.
    pub fn transmit(&mut self, app: &App) {
        self.step(&app.prefecture(&self.department), "transmitRevision", json!({}));
    }

    /// A plan in force: opened, filled, submitted, signed twice, transmitted.
    pub fn in_force(app: &App, department: &str, semester: &str) -> Self {
        let mut revision = Self::open(app, department, semester);
        revision.fill(app);
        revision.submit(app);
        revision.sign(app);
        revision.transmit(app);
        revision
    }
}

/// A sector's input.
pub fn sector(department: &str, code: &str, index: u32, authority: &str) -> Value {
    let mut input = json!({
        "code": code, "name": format!("Secteur {code}"), "kind": "NEIGHBOURHOOD", "authority": authority, "severity": 3,
        "description": "Secteur d'essai.", "geometry": square(department, index),
    });
    if department == "13" {
        input["parquetCode"] = json!("TJ-MARSEILLE");
    }
    input
}

/// An objective's input, without the revision.
pub fn objective(code: &str, axis: &str, sectors: &[&str]) -> Value {
    json!({
        "code": code, "axis": axis, "title": format!("Objectif {code}"), "description": "Objectif d'essai.", "leadService": "POLICE",
        "sectorCodes": sectors, "modesOfAction": ["Présence visible"],
    })
}

/// Someone who records for the préfecture, the police and the gendarmerie of a department at once.
pub fn recorder(app: &App, department: &str) -> Client {
    let by = app.prefecture(department);
    for role in ["POLICE", "GENDARMERIE"] {
        // Asked for again, it holds the grants already.
        let _ = app.try_grant(&by.username, role, json!({ "departmentCode": department }));
    }
    by
}

/// Records a meeting with measures as the préfecture; answers its id.
#[track_caller]
pub fn meeting(by: &Client, department: &str, day: &str, measures: Value) -> String {
    by.run(
        "mutation($i: RecordMeetingInput!) { recordMeeting(input: $i) { id } }",
        json!({ "i": { "departmentCode": department, "heldOn": day, "attendance": ["PREFECTURE", "POLICE"], "measures": measures } }),
    )
    .text("/recordMeeting/id")
}
