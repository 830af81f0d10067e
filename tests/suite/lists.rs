//! Lists are written as text while they are resolved: the answers are what they would be otherwise, to the byte, errors among them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use juniper::{Value, Variables};
use palts::access::{Caller, Identity};
use palts::graphql::Settings;
use palts::graphql::context::Context;
use palts::graphql::cost::Sizes;
use palts::graphql::document::Document;
use palts::graphql::schema::schema;
use palts::graphql::value::PaltsScalar;
use palts::store::Mode;
use palts::workflow::Call;
use serde_json::json;

use crate::harness::plans::{Revision, meeting, recorder};
use crate::harness::{App, Client};

/// Two selections of one name: what is merged cannot be text already, so that every list of the document is resolved field by field.
const MERGED: (&str, &str) = (" t: __typename t: __typename }", r#""t":"Query""#);

/// The answers to a document, and to the same with what keeps its lists from being text; without what only the second asks for.
fn both(by: &Client, document: &str, variables: &serde_json::Value) -> (String, String) {
    let (head, fragments) = document.split_once(" }|").unwrap_or((document.strip_suffix(" }").expect("an end"), ""));
    let text = |query: String| by.post_json("/graphql", &json!({ "query": query, "variables": variables })).1;
    let plain = text(format!("{head} }} {fragments}"));
    let merged = text(format!("{head}{} {fragments}", MERGED.0));
    let without = merged.replace(&format!(",{}", MERGED.1), "").replace(MERGED.1, "");
    assert!(merged != without || merged.ends_with(r#""data":null}"#), "{document} was not run: {merged}");
    (plain, without)
}

/// A department with a plan in force, a draft, meetings and measures.
fn arranged() -> App {
    let app = App::start();
    Revision::in_force(&app, "13", "2010-S1");
    let by = recorder(&app, "13");
    for (day, first, second) in [("2010-02-03", 1.5, 0.0), ("2010-02-17", 2.25, 1e6)] {
        let measures = json!([
            { "indicator": "GAV_ILS", "service": "POLICE", "sectorCode": "S1", "value": first },
            { "indicator": "GAV_ILS", "service": "GENDARMERIE", "value": second },
        ]);
        meeting(&by, "13", day, measures);
    }
    app
}

#[test]
fn a_list_that_is_written_reads_as_one_that_is_resolved() {
    let app = arranged();
    let documents = [
        r#"query($c: DepartmentCode!, $n: Int = 1, $t: Float, $yes: Boolean!) { plan(departmentCode: $c) { current {
            sectors(first: 30) { nodes { __typename id code c: code name kind severity rank areaKm2 geometry(tolerance: $t) centroid communeCodes
                parquet { code } priorityNeighbourhoodCode objectives { code sectors { nodes: code } } nationalLists schools { uai } } }
            few: sectors(first: $n) { edges { cursor node { code } } pageInfo { hasNextPage } totalCount }
            with: sectors { nodes { code name @include(if: $yes) kind @skip(if: $yes) } }
            objectives { rank title description axis dueOn modesOfAction targets { indicator { code } target } } }
            department { code region { departments { code name } } meetings(first: $n) { nodes { heldOn attendance minutes decisions { text }
                measures(first: 20) { nodes { value fortnight service sector { code } sectorCode indicator { code unit } history { value } } } } } } } }"#,
        r#"query($c: DepartmentCode!) { plan(departmentCode: $c) { current { ...Head sectors { nodes { ...Sector } } } } }|
            fragment Head on PlanRevision { semester objectives { ...Objective } } fragment Objective on Objective { code axis }
            fragment Sector on Sector { code ... on Sector { name measures(first: 1) { nodes { value } } } }"#,
        r#"query($c: DepartmentCode!) { rollup(indicator: "GAV_ILS", period: "2010-S1", axis: SERVICE, departmentCode: $c) {
            total { value } cells { key label measureCount value previous } } departments(regionCode: "93") { code name parquets { code } } d: department(code: $c) { compliance(semester: "2010-S1") { meetingsHeld missingFortnights } } }"#,
    ];
    let variables = json!({ "c": "13", "t": 60.0, "yes": true });
    // The last two are refused the meetings.
    for (by, reads_all) in
        [(app.prefecture("13"), true), (app.prosecutor("13"), true), (app.police("13"), false), (app.secretariat(), false)]
    {
        for document in documents {
            // The second time, more of it is remembered.
            for _ in 0..2 {
                let (plain, merged) = both(&by, document, &variables);
                assert_eq!(plain, merged);
                assert!(!reads_all || !plain.contains("\"errors\""), "{plain}");
            }
        }
    }
}

#[test]
fn an_error_in_a_list_is_said_as_it_would_be_otherwise() {
    let app = arranged();
    let education = app.user("rectorat", "EDUCATION", json!({ "departmentCode": "13" }));
    let documents = [
        // Not for the education service; and where nothing may be missing, all of the list goes.
        r#"{ plan(departmentCode: "13") { id current { sectors { nodes { code severity } } } } }"#,
        r#"{ plan(departmentCode: "13") { current { objectives { title sectors { name parquet { code } } } } id } }"#,
        r#"{ plan(departmentCode: "13") { current { sectors { nodes { code geometry(tolerance: -1) } } } id } }"#,
        r#"{ departments(regionCode: "93") { code meetings(first: -1) { nodes { id } } } }"#,
    ];
    for document in documents {
        let (plain, merged) = both(&education, document, &json!({}));
        assert!(plain.contains("\"errors\""), "{plain}");
        // The places of the errors are those of the documents, which are the same up to their ends.
        assert_eq!(plain, merged);
    }
}

#[test]
fn lists_are_text_where_that_is_allowed_and_nothing_overlaps() {
    let app = App::start();
    let asked = |query: &str, writes: bool| {
        let settings = Settings::default();
        let sizes = Sizes { page: 50, list: 20, indicators: 250 };
        let document = Document::read(schema(settings.document_limits()), query.to_owned(), None, sizes).expect("valid");
        let deadline = Instant::now() + Duration::from_secs(60);
        let call = Call::new(Arc::clone(&app.office), Mode::Read, Caller::Known(Identity::Operator), deadline);
        let context = Context::new(call, false, 16 << 20).writing_lists(writes && !document.overlaps());
        let (data, errors) = document.operation().execute_sync(&Variables::new(), &context).expect("executed");
        assert_eq!(errors, []);
        data.as_object_value().and_then(|data| data.get_field_value("regions")).cloned().expect("regions")
    };
    let is_text = |value: Value<PaltsScalar>| matches!(value, Value::Scalar(PaltsScalar::Raw(_)));
    assert!(is_text(asked("{ regions { code departments { code } } }", true)));
    for (query, writes) in [
        ("{ regions { code departments { code } } }", false),
        ("{ regions { code } regions { name } }", true),
        ("{ regions { code ... on Region { name } } }", true),
        ("{ regions { code name @skip(if: true) } }", true),
    ] {
        assert!(!is_text(asked(query, writes)), "{query}");
    }
}
