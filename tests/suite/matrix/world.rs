//! What the tables are walked in: two departments of different zones with a plan, meetings, measures and schools each.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::harness::data::middle;
use crate::harness::plans::{Revision, meeting};
use crate::harness::{App, Client};

/// After the first quarter of the circular, so that it can be published.
pub const DAY: &str = "2010-04-12";

/// Services whose measures stand in each department.
pub const SERVICES: [&str; 9] = [
    "PREFECTURE",
    "CUSTOMS",
    "PARQUET",
    "POLICE",
    "JUDICIAL_POLICE",
    "GENDARMERIE",
    "AIR_TRANSPORT_GENDARMERIE",
    "MARITIME_GENDARMERIE",
    "EDUCATION",
];

/// One department and what stands in it.
pub struct Place {
    pub code: &'static str,
    /// On the national list, in the directory only, and not known yet.
    pub listed: &'static str,
    pub unlisted: &'static str,
    pub unknown: &'static str,
    /// The revision that acts are tried on.
    pub revision: Revision,
    pub meeting: String,
    /// Measures of `ESSAI_A` by service.
    pub measures: BTreeMap<String, String>,
}

impl Place {
    /// An input about the revision under test, made from its version.
    pub fn made(&self, more: Value) -> Value {
        let mut input = json!({ "revisionId": self.revision.id, "version": self.revision.version });
        if let (Some(input), Value::Object(more)) = (input.as_object_mut(), more) {
            input.extend(more);
        }
        input
    }

    pub fn school(&self, uai: &str, index: u32) -> Value {
        json!({ "uai": uai, "name": "Collège", "kind": "COLLEGE", "departmentCode": self.code, "location": middle(self.code, index) })
    }
}

/// Both departments with a plan in force, transmitted; meetings with measures of every service; two schools each, none listed.
pub fn in_force(app: &App) -> [Place; 2] {
    for code in ["ESSAI_A", "ESSAI_B"] {
        app.secretariat()
            .run(
                "mutation($i: DefineIndicatorInput!) { defineIndicator(input: $i) { id } }",
                json!({ "i": {
                    "code": code, "label": "Essai", "unit": "faits", "definition": "Un essai.", "aggregation": "SUM", "published": true,
                } }),
            )
            .data();
    }
    [("13", ["0130001F", "0130002G", "0130003H"]), ("93", ["0930001W", "0930002X", "0930003Y"])].map(|(code, uais)| {
        let [listed, unlisted, unknown] = uais;
        let mut place = Place {
            code,
            listed,
            unlisted,
            unknown,
            revision: Revision::in_force(app, code, "2010-S1"),
            meeting: meeting(&app.prefecture(code), code, "2010-02-10", json!([])),
            measures: BTreeMap::new(),
        };
        let schools = json!([place.school(listed, 0), place.school(unlisted, 1)]);
        app.prefecture(code)
            .run("mutation($i: [SchoolInput!]!) { upsertSchools(input: $i) { id } }", json!({ "i": schools }))
            .data();
        measure(app, &mut place);
        place
    })
}

/// A measure of every service, by whom it is to record.
fn measure(app: &App, place: &mut Place) {
    for service in SERVICES {
        let measures = json!([{ "indicator": "ESSAI_A", "service": service, "value": 12 }]);
        recorder(app, place.code, service)
            .run(
                "mutation($i: RecordMeasuresInput!) { recordMeasures(input: $i) { id } }",
                json!({ "i": { "meetingId": place.meeting, "measures": measures } }),
            )
            .data();
    }
    let stand = app.prefecture(place.code).run(
        "query($id: ID!) { node(id: $id) { ... on Meeting { measures { nodes { id service } } } } }",
        json!({ "id": place.meeting }),
    );
    for one in stand.at("/node/measures/nodes").as_array().expect("measures") {
        let text = |name: &str| one[name].as_str().expect("a text").to_owned();
        place.measures.insert(text("service"), text("id"));
    }
}

fn recorder(app: &App, department: &str, service: &str) -> Client {
    match service {
        "PREFECTURE" | "CUSTOMS" => app.prefecture(department),
        "PARQUET" => app.prosecutor(department),
        "POLICE" | "JUDICIAL_POLICE" => app.police(department),
        "EDUCATION" => app.education(department),
        _ => app.gendarmerie(department),
    }
}

/// Goes on: the second revision was returned with a remark, and a third is a DRAFT to which the education service contributed; the
/// first is in force again. Answers the returned ones.
pub fn with_drafts(app: &App, places: &mut [Place; 2]) -> [Revision; 2] {
    places.each_mut().map(|place| {
        let mut second = Revision::open(app, place.code, "2010-S1");
        second.submit(app);
        second.sign(app);
        second.transmit(app);
        second.step(&app.secretariat(), "returnRevision", json!({ "remarks": [{ "text": "À préciser." }] }));
        place.revision = Revision::open(app, place.code, "2010-S1");
        place.revision.contribute(app, &app.education(place.code), "EDUCATION", "Contribution du service.");
        second
    })
}

/// Goes on: the first school of each is on the list of the sensitive ones, and the first quarter is published.
pub fn listed_and_published(app: &App, places: &[Place; 2]) {
    let entries: Vec<Value> = places.iter().map(|place| json!({ "departmentCode": place.code, "uai": place.listed })).collect();
    app.secretariat()
        .run(
            "mutation($i: SetNationalListInput!) { setNationalList(input: $i) { uai } }",
            json!({ "i": { "list": "SENSITIVE_SCHOOLS", "from": "2010-02-11", "entries": entries } }),
        )
        .data();
    app.secretariat().ask("mutation { publishPeriod(period: \"2010-Q1\") { version } }").data();
}
