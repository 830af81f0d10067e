//! Every field that a mutation keeps is kept: what is written is read back, field by field, and a field that is changed
//! alone changes alone. The fields are those of the schema, so that none is forgotten.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::schema_names;
use crate::harness::data::{middle, square};
use crate::harness::plans::Revision;
use crate::harness::{App, Client};

/// How an input is written and read back.
struct Kept {
    /// The input type.
    input: &'static str,
    /// Fields that say which object it is, and from which version it is changed.
    names: &'static [&'static str],
    /// A whole input without those, and what is read back of it.
    whole: Value,
    read: Value,
    /// Each field with the inputs that are changed for its sake, and what is read back otherwise.
    changes: Vec<(&'static str, Value, Value)>,
}

/// What is read back as something that need only be another than before.
const OTHER: &str = "another";

fn sector() -> Kept {
    Kept {
        input: "SectorInput",
        names: &["code"],
        whole: json!({
            "name": "Un", "kind": "PORT", "authority": "POLICE", "parquetCode": "TJ-MARSEILLE", "communeCodes": ["13055"],
            "priorityNeighbourhoodCode": "QP013001", "severity": 1, "description": "Une description.", "geometry": square("13", 0),
        }),
        read: json!({
            "name": "Un", "kind": "PORT", "authority": "POLICE", "parquet": { "code": "TJ-MARSEILLE" }, "communeCodes": ["13055"],
            "priorityNeighbourhoodCode": "QP013001", "severity": 1, "description": "Une description.", "centroid": OTHER,
        }),
        changes: vec![
            ("name", json!({ "name": "Deux" }), json!({ "name": "Deux" })),
            ("kind", json!({ "kind": "AIRPORT" }), json!({ "kind": "AIRPORT" })),
            ("authority", json!({ "authority": "GENDARMERIE" }), json!({ "authority": "GENDARMERIE" })),
            ("parquetCode", json!({ "parquetCode": "TJ-TARASCON" }), json!({ "parquet": { "code": "TJ-TARASCON" } })),
            ("communeCodes", json!({ "communeCodes": ["13001"] }), json!({ "communeCodes": ["13001"] })),
            (
                "priorityNeighbourhoodCode",
                json!({ "priorityNeighbourhoodCode": "QP013002" }),
                json!({ "priorityNeighbourhoodCode": "QP013002" }),
            ),
            ("severity", json!({ "severity": 5 }), json!({ "severity": 5 })),
            ("description", json!({ "description": "Une autre." }), json!({ "description": "Une autre." })),
            ("geometry", json!({ "geometry": square("13", 1) }), json!({ "centroid": OTHER })),
        ],
    }
}

fn objective() -> Kept {
    Kept {
        input: "UpsertObjectiveInput",
        names: &["revisionId", "version", "code"],
        whole: json!({
            "axis": "DETERRENCE", "title": "Un", "description": "Une description.", "leadService": "POLICE", "partnerServices": ["TAX"],
            "departmentWide": false, "sectorCodes": ["S1"], "schoolUais": ["0130001F"], "modesOfAction": ["Présence"],
            "targets": [{ "indicator": "CANNABIS_KG", "baseline": 1, "target": 2 }], "dueOn": "2010-06-30",
        }),
        read: json!({
            "axis": "DETERRENCE", "title": "Un", "description": "Une description.", "leadService": "POLICE", "partnerServices": ["TAX"],
            "departmentWide": false, "sectors": [{ "code": "S1" }], "schoolUais": ["0130001F"], "modesOfAction": ["Présence"],
            "targets": [{ "indicator": { "code": "CANNABIS_KG" }, "baseline": 1.0, "target": 2.0 }], "dueOn": "2010-06-30",
        }),
        changes: vec![
            ("axis", json!({ "axis": "REPRESSION" }), json!({ "axis": "REPRESSION" })),
            ("title", json!({ "title": "Deux" }), json!({ "title": "Deux" })),
            ("description", json!({ "description": "Une autre." }), json!({ "description": "Une autre." })),
            ("leadService", json!({ "leadService": "CUSTOMS" }), json!({ "leadService": "CUSTOMS" })),
            ("partnerServices", json!({ "partnerServices": ["GIR"] }), json!({ "partnerServices": ["GIR"] })),
            ("departmentWide", json!({ "departmentWide": true }), json!({ "departmentWide": true })),
            ("sectorCodes", json!({ "sectorCodes": ["S2"] }), json!({ "sectors": [{ "code": "S2" }] })),
            ("schoolUais", json!({ "schoolUais": ["0130002G"] }), json!({ "schoolUais": ["0130002G"] })),
            ("modesOfAction", json!({ "modesOfAction": ["Saisies"] }), json!({ "modesOfAction": ["Saisies"] })),
            (
                "targets",
                json!({ "targets": [{ "indicator": "ILS_TOTAL", "baseline": 3, "target": 4 }] }),
                json!({ "targets": [{ "indicator": { "code": "ILS_TOTAL" }, "baseline": 3.0, "target": 4.0 }] }),
            ),
            ("dueOn", json!({ "dueOn": "2010-05-31" }), json!({ "dueOn": "2010-05-31" })),
        ],
    }
}

fn school() -> Kept {
    Kept {
        input: "SchoolInput",
        names: &["uai", "departmentCode"],
        whole: json!({ "name": "Un", "kind": "COLLEGE", "location": middle("13", 0) }),
        read: json!({ "name": "Un", "kind": "COLLEGE", "location": OTHER }),
        changes: vec![
            ("name", json!({ "name": "Deux" }), json!({ "name": "Deux" })),
            ("kind", json!({ "kind": "LYCEE" }), json!({ "kind": "LYCEE" })),
            ("location", json!({ "location": middle("13", 1) }), json!({ "location": OTHER })),
        ],
    }
}

fn indicator() -> Kept {
    let ratio = |more: Value| {
        merged(
            &json!({ "aggregation": "RATIO", "numerator": "CANNABIS_KG", "denominator": "ILS_TOTAL", "recordedBy": [], "counts": null }),
            &more,
        )
    };
    Kept {
        input: "DefineIndicatorInput",
        names: &["code", "departmentCode"],
        whole: json!({
            "label": "Un", "unit": "faits", "counts": "ACTS", "definition": "Un essai.", "aggregation": "SUM", "recordedBy": ["POLICE"],
            "published": true,
        }),
        read: json!({
            "label": "Un", "unit": "faits", "counts": "ACTS", "definition": "Un essai.", "aggregation": "SUM", "numerator": null, "denominator": null,
            "recordedBy": ["POLICE"], "published": true,
        }),
        changes: vec![
            ("label", json!({ "label": "Deux" }), json!({ "label": "Deux" })),
            ("unit", json!({ "unit": "kg" }), json!({ "unit": "kg" })),
            ("counts", json!({ "counts": "MASS" }), json!({ "counts": "MASS" })),
            ("definition", json!({ "definition": "Un autre." }), json!({ "definition": "Un autre." })),
            ("aggregation", json!({ "aggregation": "LATEST" }), json!({ "aggregation": "LATEST" })),
            ("recordedBy", json!({ "recordedBy": ["CUSTOMS"] }), json!({ "recordedBy": ["CUSTOMS"] })),
            ("published", json!({ "published": false }), json!({ "published": false })),
            ("numerator", ratio(json!({})), ratio(json!({}))),
            ("denominator", ratio(json!({ "denominator": "COCAINE_KG" })), ratio(json!({ "denominator": "COCAINE_KG" }))),
        ],
    }
}

fn diagnosis() -> Kept {
    Kept {
        input: "UpdateDiagnosisInput",
        names: &["revisionId", "version"],
        whole: json!({ "diagnosis": "Un diagnostic.", "uncoveredSchoolsReason": "Une raison." }),
        read: json!({ "diagnosis": "Un diagnostic.", "uncoveredSchoolsReason": "Une raison." }),
        changes: vec![
            ("diagnosis", json!({ "diagnosis": "Un autre." }), json!({ "diagnosis": "Un autre." })),
            (
                "uncoveredSchoolsReason",
                json!({ "uncoveredSchoolsReason": "Une autre." }),
                json!({ "uncoveredSchoolsReason": "Une autre." }),
            ),
        ],
    }
}

fn contribution() -> Kept {
    Kept {
        input: "ContributeToDiagnosisInput",
        names: &["revisionId", "version", "service"],
        whole: json!({ "text": "Un constat.", "datedOn": "2010-03-01" }),
        read: json!({ "text": "Un constat.", "datedOn": "2010-03-01" }),
        changes: vec![
            ("text", json!({ "text": "Un autre." }), json!({ "text": "Un autre." })),
            ("datedOn", json!({ "datedOn": "2010-03-02" }), json!({ "datedOn": "2010-03-02" })),
        ],
    }
}

fn merged(whole: &Value, more: &Value) -> Value {
    let mut whole = whole.clone();
    for (name, value) in more.as_object().expect("an object") {
        whole[name] = value.clone();
    }
    whole
}

/// What a [`Kept`] selects: its fields, and those within them.
fn selection(read: &Value) -> String {
    let inner = |value: &Value| match value {
        Value::Array(items) if items.first().is_some_and(Value::is_object) => format!(" {{ {} }}", selection(&items[0])),
        Value::Object(_) => format!(" {{ {} }}", selection(value)),
        _ => String::new(),
    };
    let fields = read.as_object().expect("an object").iter().map(|(name, value)| format!("{name}{}", inner(value)));
    fields.collect::<Vec<_>>().join(" ")
}

/// Writes the whole, then each change alone over the whole again; `write` answers what is read back.
fn walk(kept: &Kept, mut write: impl FnMut(&Value, &str) -> Value) {
    let fields = selection(&kept.read);
    let settle = |mut read: Value, like: &Value| {
        for (name, value) in like.as_object().expect("an object") {
            if *value == OTHER {
                read[name] = json!(OTHER);
            }
        }
        read
    };
    let first = write(&kept.whole, &fields);
    assert_eq!(settle(first.clone(), &kept.read), kept.read, "{} as it is first written", kept.input);
    for (field, change, otherwise) in &kept.changes {
        let read = write(&merged(&kept.whole, change), &fields);
        for (name, value) in otherwise.as_object().expect("an object").iter().filter(|(_, value)| **value == OTHER) {
            assert_ne!(read[name], first[name], "{}.{field} is changed, and {name} is still {value}", kept.input);
        }
        let due = merged(&kept.read, otherwise);
        assert_eq!(settle(read, &due), due, "{}.{field} is changed alone", kept.input);
        let back = write(&kept.whole, &fields);
        assert_eq!(back, first, "{}.{field} is changed back", kept.input);
    }
}

fn ask(by: &Client, query: &str, pointer: &str) -> Value {
    by.ask(query).at(pointer).clone()
}

#[test]
fn every_field_that_is_written_is_kept_and_can_be_changed_alone() {
    let app = App::start();
    let prefecture = app.prefecture("13");
    let schools = json!([
        merged(&school().whole, &json!({ "uai": "0130001F", "departmentCode": "13" })),
        merged(&school().whole, &json!({ "uai": "0130002G", "departmentCode": "13" })),
    ]);
    prefecture.run("mutation($i: [SchoolInput!]!) { upsertSchools(input: $i) { id } }", json!({ "i": schools })).data();
    let mut revision = Revision::open(&app, "13", "2010-S1");
    let id = revision.id.clone();
    let of_revision = |what: &str, pointer: &str| {
        ask(&prefecture, &format!("{{ planRevision(id: {id:?}) {{ {what} }} }}"), &format!("/planRevision{pointer}"))
    };

    walk(&diagnosis(), |input, fields| {
        revision.step(&prefecture, "updateDiagnosis", input.clone());
        of_revision(fields, "")
    });
    walk(&sector(), |input, fields| {
        let sectors = json!([merged(input, &json!({ "code": "S1" }))]);
        revision.step(&prefecture, "upsertSectors", json!({ "sectors": sectors }));
        of_revision(&format!("sectors {{ nodes {{ {fields} }} }}"), "/sectors/nodes/0")
    });
    let second = merged(&sector().whole, &json!({ "code": "S2", "geometry": square("13", 3) }));
    revision.step(&prefecture, "upsertSectors", json!({ "sectors": [second] }));
    walk(&objective(), |input, fields| {
        revision.step(&prefecture, "upsertObjective", merged(input, &json!({ "code": "O1" })));
        of_revision(&format!("objectives {{ {fields} }}"), "/objectives/0")
    });
    let police = app.police("13");
    walk(&contribution(), |input, fields| {
        revision.step(&police, "contributeToDiagnosis", merged(input, &json!({ "service": "POLICE" })));
        of_revision(&format!("contributions {{ {fields} }}"), "/contributions/0")
    });
    walk(&school(), |input, fields| {
        let schools = json!([merged(input, &json!({ "uai": "0130001F", "departmentCode": "13" }))]);
        prefecture.run("mutation($i: [SchoolInput!]!) { upsertSchools(input: $i) { id } }", json!({ "i": schools })).data();
        ask(&prefecture, &format!("{{ schools(departmentCode: \"13\") {{ nodes {{ {fields} }} }} }}"), "/schools/nodes/0")
    });
    let secretariat = app.secretariat();
    walk(&indicator(), |input, fields| {
        let query = format!("mutation($i: DefineIndicatorInput!) {{ defineIndicator(input: $i) {{ {fields} }} }}");
        let answer = secretariat.run(&query, json!({ "i": merged(input, &json!({ "code": "ESSAI_F" })) }));
        answer.at("/defineIndicator").clone()
    });
}

#[test]
fn every_field_of_an_input_that_is_kept_stands_in_the_table() {
    let app = App::start();
    let kept = [sector(), objective(), school(), indicator(), diagnosis(), contribution()];
    let mut faults = Vec::new();
    for kept in &kept {
        let query = format!("{{ __type(name: {:?}) {{ inputFields {{ name }} }} }}", kept.input);
        let known: BTreeSet<&str> = kept.changes.iter().map(|(field, ..)| *field).chain(kept.names.iter().copied()).collect();
        for field in schema_names(&app, &query, "/__type/inputFields") {
            if !known.contains(field.as_str()) {
                faults.push(format!("{}.{field} is shown nowhere to be kept and changed", kept.input));
            }
        }
    }
    // Mutations that write objects whole: what they take is in the table.
    let mutations = app.secretariat().ask(
        "{ __type(name: \"Mutation\") { fields { name args { name type { name ofType { name ofType { name ofType { name } } } } } } } }",
    );
    for mutation in mutations.at("/__type/fields").as_array().expect("mutations") {
        let name = mutation["name"].as_str().expect("a name");
        let writes = ["upsert", "update", "define", "contribute"].iter().any(|verb| name.starts_with(verb));
        let inputs = mutation["args"].to_string();
        let through = if name == "upsertSectors" { "UpsertSectorsInput" } else { "" };
        let known = kept.iter().any(|kept| inputs.contains(&format!("\"{}\"", kept.input)))
            || (!through.is_empty() && inputs.contains(through));
        if writes && !known {
            faults.push(format!("{name}: what it takes has no row in the table"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
