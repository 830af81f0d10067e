//! Which property holds what: names in other clothes, empty values, lists, ambiguity, what was read.

use serde_json::json;

use super::*;

fn column(properties: &Value, names: &[&str]) -> Column {
    let keys = Keys::of(properties.as_object().unwrap().keys().map(String::as_str));
    keys.column("field", &Names::usual(names)).unwrap()
}

fn text_of(properties: &Value, names: &[&str]) -> Option<String> {
    column(properties, names).text(properties.as_object().unwrap()).unwrap()
}

fn list_of(properties: &Value) -> Option<Vec<String>> {
    column(properties, &["communeCodes"]).list(properties.as_object().unwrap()).unwrap()
}

#[test]
fn a_name_is_found_in_any_case_with_or_without_accents_and_as_a_shapefile_cuts_it() {
    for key in ["communeCodes", "COMMUNE_CODES", "Commune codes", "communé codes", "communeCod", "COMMUNECOD"] {
        assert_eq!(list_of(&json!({ key: "13055" })), Some(vec!["13055".to_owned()]), "{key}");
    }
    assert_eq!(list_of(&json!({ "communeCo": "13055" })), None);
}

#[test]
fn what_a_shapefile_leaves_of_names_that_begin_alike_is_read_as_none_of_them() {
    for (key, name) in
        [("niveau_de_", "niveau_de_gravité"), ("code_quart", "code_quartier_prioritaire"), ("CODE_DU_SE", "code_du_secteur")]
    {
        assert_eq!(text_of(&json!({ key: "1" }), &[name]), None, "{key}");
    }
}

#[test]
fn a_name_with_accents_is_found_as_a_shapefile_cuts_it_by_characters_or_by_bytes() {
    for key in ["numéro_éta", "numéro_é", "numero_eta", "NUMERO_ETA", "numeroetab"] {
        let found = text_of(&json!({ key: "1" }), &["numéro_établissement"]);
        assert_eq!(found.as_deref(), Some("1"), "{key}");
    }
    for key in ["numéro", "numéro_xx_", "etablissem"] {
        assert_eq!(text_of(&json!({ key: "1" }), &["numéro_établissement"]), None, "{key}");
    }
}

#[test]
fn two_properties_that_say_two_things_are_told_and_two_that_agree_are_not() {
    let of = |properties: &Value| {
        let mut column = column(properties, &["sévérité", "gravité"]);
        let read = column.text(properties.as_object().unwrap()).unwrap();
        (read, column.ambiguity().map(|message| message.parameters))
    };
    assert_eq!(of(&json!({ "severite": 3, "gravite": 3.0, "Gravité": null })), (Some("3".to_owned()), None));
    let (read, told) = of(&json!({ "severite": 3, "gravite": 5 }));
    let told: Vec<String> = told.unwrap().into_iter().map(|(_, value)| value).collect();
    assert_eq!((read.as_deref(), told), (Some("3"), ["field", "« severite »", "« gravite »", "1"].map(str::to_owned).to_vec()));
    let (read, told) = of(&json!({ "Sévérité": 3, "SEVERITE": 5 }));
    assert!(read.is_some() && told.is_some(), "the same name twice");
}

#[test]
fn a_name_that_the_user_gave_is_that_property_alone() {
    let properties = json!({ "Code": "", "code": "X" });
    let keys = Keys::of(["Code", "code"].into_iter());
    let mut column = keys.column("code", &Names::given_or(Some("Code".to_owned()), &[])).unwrap();
    assert_eq!(column.text(properties.as_object().unwrap()), Ok(None));
}

#[test]
fn two_columns_of_a_table_for_one_field_are_told() {
    let header: Vec<String> = ["Dep", "département", "uai"].map(str::to_owned).to_vec();
    let (place, told) = column_of(&header, "department", &["department", "departement", "dep"]);
    assert_eq!((place, told.map(|message| message.reason)), (Some(1), Some("AMBIGUOUS_PROPERTY")));
    assert_eq!(column_of(&header, "uai", &["uai"]), (Some(2), None));
}

#[test]
fn the_first_name_that_holds_something_counts() {
    for nothing in
        [json!(""), json!(" "), json!(null), json!("NULL"), json!("nan"), json!([]), json!("#N/D"), json!("na"), json!("--")]
    {
        let properties = json!({ "CODE_QP": nothing, "code": "X-1" });
        assert_eq!(text_of(&properties, &["CODE_QP", "code"]).as_deref(), Some("X-1"), "{nothing}");
    }
}

#[test]
fn whole_numbers_have_no_decimals() {
    assert_eq!(text_of(&json!({ "code": 13001.0 }), &["code"]).as_deref(), Some("13001"));
    assert_eq!(text_of(&json!({ "code": 13001 }), &["code"]).as_deref(), Some("13001"));
    assert_eq!(text_of(&json!({ "code": 1.5 }), &["code"]).as_deref(), Some("1.5"));
}

#[test]
fn lists_are_read_however_programs_write_them() {
    let written = [
        json!(["13055", "13001"]),
        json!([13055, 13001.0]),
        json!("13055;13001"),
        json!("13055, 13001"),
        json!("[\"13055\",\"13001\"]"),
        json!("['13055', '13001']"),
        json!("{13055,13001}"),
        json!("(2:13055,13001)"),
    ];
    for value in written {
        let shown = value.to_string();
        let read = list_of(&json!({ "communeCodes": value }));
        assert_eq!(read, Some(vec!["13055".to_owned(), "13001".to_owned()]), "{shown}");
    }
    assert_eq!(list_of(&json!({ "communeCodes": 13055.0 })), Some(vec!["13055".to_owned()]));
}

#[test]
fn what_was_read_and_what_was_not_is_told() {
    let properties = json!({ "nom": "A", "autre": 1, "descriptio": "x" });
    let keys = Keys::of(properties.as_object().unwrap().keys().map(String::as_str));
    let mut name = keys.column("name", &Names::usual(&["name", "nom"])).unwrap();
    let kind = keys.column("kind", &Names::usual(&["kind"])).unwrap();
    name.text(properties.as_object().unwrap()).unwrap();
    let used = keys.used(&[&name, &kind], &BTreeSet::new());
    assert_eq!(used.read, [ReadFrom { field: "name", property: "nom".to_owned(), count: 1 }]);
    assert_eq!((used.missing, used.unread), (vec!["kind"], vec!["autre".to_owned(), "descriptio".to_owned()]));
}

#[test]
fn a_name_given_that_no_feature_has_is_a_fault_that_shows_those_there_are() {
    let keys = Keys::of(["nature", "nom"].into_iter());
    let fault = keys.column("kind", &Names::given_or(Some("nature_uai".to_owned()), &[])).unwrap_err();
    assert_eq!(fault.reason, "PROPERTY_NOT_FOUND");
    assert!(fault.text.contains("« nature_uai »") && fault.text.contains("nature, nom"), "{}", fault.text);
}

#[test]
fn an_object_is_no_text() {
    let properties = json!({ "code": { "a": 1 } });
    assert!(column(&properties, &["code"]).text(properties.as_object().unwrap()).is_err());
}
