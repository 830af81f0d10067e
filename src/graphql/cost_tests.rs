//! What documents cost.

use std::collections::HashMap;

use juniper::parser::parse_document_source;

use super::*;
use crate::graphql::schema::{DocumentLimits, schema};

const LIMITS: DocumentLimits = DocumentLimits { depth: 64, tokens: 10_000, fields: 10_000, introspection: true };

fn plan(query: &str) -> Option<Plan> {
    let schema = schema(LIMITS);
    let tree = parse_document_source(query, &schema.schema).unwrap();
    let Definition::Operation(operation) = &tree[0] else { panic!("an operation comes first") };
    Plan::of(&operation.item, &tree, schema, Sizes { page: 50, list: 10, indicators: 250 })
}

fn cost(query: &str) -> u64 {
    plan(query).unwrap().cost(&HashMap::new())
}

#[test]
fn lists_multiply_what_stands_in_them() {
    assert_eq!(cost("{ __typename }"), 1);
    assert_eq!(cost("{ departments { code name } }"), 1 + 10 * 2);
    assert_eq!(cost("{ departments { region { departments { code name } } } }"), 1 + 10 * (1 + 1 + 10 * 2));
    assert_eq!(cost("{ a: departments { code } b: departments { code } }"), 2 * (1 + 10));
    assert_eq!(cost("{ departments { ...F } } fragment F on Department { code ... on Department { name } }"), 1 + 10 * 2);
}

#[test]
fn pages_multiply_by_their_size() {
    let revisions =
        |first: &str| format!("{{ plan(departmentCode: \"13\") {{ revisions{first} {{ totalCount nodes {{ number }} }} }} }}");
    assert_eq!(cost(&revisions("")), 1 + 1 + 2 + 50);
    assert_eq!(cost(&revisions("(first: 7)")), 1 + 1 + 2 + 7);
    assert_eq!(cost(&revisions("(first: -7)")), 1 + 1 + 2);
    let query = format!("query($n: Int = 3) {}", revisions("(first: $n)"));
    let plan = plan(&query).unwrap();
    assert_eq!(plan.cost(&HashMap::new()), 1 + 1 + 2 + 3);
    assert_eq!(plan.cost(&HashMap::from([("n".to_owned(), InputValue::scalar(9))])), 1 + 1 + 2 + 9);
}

#[test]
fn introspection_counts_its_lists_as_the_schema_has_them() {
    let inventory = Inventory::of(schema(LIMITS));
    let (types, fields) = (inventory.types, inventory.fields);
    assert_eq!(cost("{ __schema { types { name } } }"), 1 + (1 + types).div_ceil(4));
    assert_eq!(cost("{ __schema { types { fields { name } } } }"), 1 + (1 + types * (1 + fields.0)).div_ceil(4));
    assert_eq!(cost("{ __type(name: \"Query\") { fields { name } } }"), 1 + (1 + fields.1).div_ceil(4));
    assert!(plan("{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }").is_none());
    let standard = cost(&standard_query());
    assert!(standard < 100_000, "{standard}: the explorer's question fits");
}

/// What explorers and code generators ask.
fn standard_query() -> String {
    let of_type = (0..9).fold("kind name".to_owned(), |inner, _| format!("kind name ofType {{ {inner} }}"));
    format!(
        "query IntrospectionQuery {{ __schema {{ queryType {{ name kind }} mutationType {{ name kind }} subscriptionType {{ name kind }} \
         types {{ ...FullType }} directives {{ name description locations args {{ ...InputValue }} }} }} }} \
         fragment FullType on __Type {{ kind name description fields(includeDeprecated: true) {{ name description args {{ ...InputValue }} \
         type {{ ...TypeRef }} isDeprecated deprecationReason }} inputFields {{ ...InputValue }} interfaces {{ ...TypeRef }} \
         enumValues(includeDeprecated: true) {{ name description isDeprecated deprecationReason }} possibleTypes {{ ...TypeRef }} }} \
         fragment InputValue on __InputValue {{ name description type {{ ...TypeRef }} defaultValue }} \
         fragment TypeRef on __Type {{ {of_type} }}"
    )
}

#[test]
fn what_answers_much_and_what_is_sent_costs_more() {
    assert_eq!(cost("{ departments { boundary } }"), 1 + 10 * GEOMETRY);
    assert_eq!(cost("{ indicators { definition } }"), 1 + 250 * LONG_TEXT);
    assert_eq!(cost("{ node(id: \"x\") { ... on Measure { history { value } } } }"), 1 + 1 + 50);
    let long = "x".repeat(2_560);
    assert_eq!(cost(&format!("{{ node(id: \"{long}\") {{ id }} }}")), 1 + 1 + 10);
    let sent = plan("query($i: ID!) { a: node(id: $i) { id } b: node(id: $i) { id } }").unwrap();
    let with = |text: &str| sent.cost(&HashMap::from([("i".to_owned(), InputValue::scalar(text.to_owned()))]));
    assert_eq!((with("x"), with(&long)), (4, 4 + 2 * 10));
    let list = InputValue::list((0..40).map(InputValue::scalar).collect());
    assert_eq!(weight(&list), 10);
}

#[test]
fn a_series_costs_its_periods_times_its_cells() {
    let series = |axis: &str, from: &str, until: &str| {
        let periods = format!("from: \"{from}\", until: \"{until}\"");
        cost(&format!("{{ rollupSeries(indicator: \"A\", axis: {axis}, {periods}) {{ period cells {{ key value }} }} }}"))
    };
    assert_eq!(series("NATIONAL", "2010-01", "2010-12"), 1 + 12 * (2 + 2));
    assert_eq!(series("DEPARTMENT", "2010-01", "2010-12"), 1 + 12 * (2 + 2 * 101 + 10));
    assert_eq!(series("DEPARTMENT", "2010-01-1", "2010-01-1"), 1 + 2 + 2 * 101 + 10);
    let query = "query($a: RollupAxis!, $f: Period!) { rollupSeries(indicator: \"A\", axis: $a, from: $f, until: \"2010-12\") \
                 { cells { key } } }";
    let plan = plan(query).unwrap();
    let with = |axis: &str, from: &str| {
        let value = |text: &str| InputValue::scalar(text.to_owned());
        plan.cost(&HashMap::from([("a".to_owned(), value(axis)), ("f".to_owned(), value(from))]))
    };
    assert_eq!(with("REGION", "2010-11"), 1 + 2 * (1 + 18 + 10));
    assert_eq!(with("NATIONAL", "nonsense"), 1 + 240 * (1 + 1 + 10));
}

#[test]
fn introspection_may_not_lead_on_without_end() {
    let mut query = "name".to_owned();
    for _ in 0..4 {
        query = format!("fields {{ type {{ {query} }} }}");
    }
    assert_eq!(plan(&format!("{{ __type(name: \"Query\") {{ {query} }} }}")), None);
}
