//! Which property of a file holds what: usual names in any case, with or without accents, spaces and underscores, cut to the ten characters
//! that a shapefile leaves, or the name that the user gives. Remembers what was read from which property, and what was read from none.
//! Not for what the values mean.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Map, Value};

use super::rows::shown;
use crate::domain::message::Message;
use crate::domain::normal::{folded, nfc};

/// Properties that are listed as read from nothing; the rest is counted.
const LISTED: usize = 100;
/// Characters that a shapefile leaves of a name.
const SHAPEFILE: usize = 10;
/// Keys of a file that are looked into for one field: more spellings of one name are no file's but a hostile one's.
const SPELLINGS: usize = 50;
/// Texts that programs write for nothing.
const NOTHING: [&str; 6] = ["null", "<null>", "nan", "none", "nil", "n/a"];

/// The names under which a property may stand in a file, the best first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    names: Vec<String>,
    given: bool,
}

impl Names {
    /// The usual names.
    #[must_use]
    pub fn usual(names: &[&str]) -> Self {
        Self { names: names.iter().map(|name| (*name).to_owned()).collect(), given: false }
    }

    /// The one name that the user gave, or else the usual ones.
    #[must_use]
    pub fn given_or(given: Option<String>, usual: &[&str]) -> Self {
        given.map_or_else(|| Self::usual(usual), |name| Self { names: vec![name], given: true })
    }

    /// The keys of a file that may hold it, the best first: as written, then without case and accents, then as a shapefile cuts it.
    fn keys(&self, all: &BTreeMap<&str, String>) -> Vec<String> {
        let mut keys: Vec<String> = Vec::new();
        for name in &self.names {
            let (plain, cut) = (folded(name), folded(&name.chars().take(SHAPEFILE).collect::<String>()));
            let long = name.chars().nth(SHAPEFILE).is_some();
            let as_written = all.keys().filter(|key| **key == name);
            let in_other_clothes = all.iter().filter(|(_, key)| **key == plain).map(|(key, _)| key);
            let is_cut = |(key, bare): &(&&str, &String)| long && key.chars().count() == SHAPEFILE && **bare == cut;
            for key in as_written.chain(in_other_clothes).chain(all.iter().filter(is_cut).map(|(key, _)| key)) {
                if keys.len() < SPELLINGS && !keys.iter().any(|known| known == key) {
                    keys.push((*key).to_owned());
                }
            }
        }
        keys
    }
}

impl std::fmt::Display for Names {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.names.join(", "))
    }
}

/// A field, and the property that it was read from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReadFrom {
    /// The field of palts.
    pub field: &'static str,
    /// The property (or column) of the file.
    pub property: String,
    /// Features (or rows) in which it held something for that field.
    pub count: usize,
}

/// What was read from which property, and what from none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PropertyUse {
    /// Read, by field.
    pub read: Vec<ReadFrom>,
    /// Fields for which no property was found.
    pub missing: Vec<&'static str>,
    /// Properties that nothing was read from.
    pub unread: Vec<String>,
    /// How many more there are of them.
    #[serde(skip_serializing_if = "is_zero")]
    pub unread_beyond: usize,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // The form that serde asks for.
fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// One field of all features: the keys that may hold it, and how often each did.
#[derive(Clone, Debug)]
pub struct Column {
    field: &'static str,
    keys: Vec<(String, usize)>,
}

impl Column {
    /// The values of the keys that hold something, the best first, each with its place among the keys.
    fn values<'p>(&self, properties: &'p Map<String, Value>) -> impl Iterator<Item = (usize, &'p Value)> {
        let found: Vec<(usize, &'p Value)> = self
            .keys
            .iter()
            .enumerate()
            .filter_map(|(place, (key, _))| properties.get(key).filter(|value| !is_nothing(value)).map(|value| (place, value)))
            .collect();
        found.into_iter()
    }

    /// The first value that a function makes something of; that key is noted as read from.
    pub fn first<T>(&mut self, properties: &Map<String, Value>, mut of: impl FnMut(&Value) -> Option<T>) -> Option<T> {
        let (place, made) = self.values(properties).find_map(|(place, value)| of(value).map(|made| (place, made)))?;
        if let Some((_, count)) = self.keys.get_mut(place) {
            *count += 1;
        }
        Some(made)
    }

    /// The field's text, in NFC and trimmed: texts, numbers (whole ones without decimals) and booleans.
    ///
    /// # Errors
    /// The value is a list or an object.
    pub fn text(&mut self, properties: &Map<String, Value>) -> Result<Option<String>, Message> {
        self.first(properties, |value| Some(text(value))).transpose()
    }

    /// The field's texts: a list, its text in JSON or in brackets, or one text parted by commas, semicolons, bars or spaces.
    ///
    /// # Errors
    /// The value is an object, or a list of other things than texts and numbers.
    pub fn list(&mut self, properties: &Map<String, Value>) -> Result<Option<Vec<String>>, Message> {
        let read = self.first(properties, |value| Some(list(value))).transpose()?;
        Ok(read.filter(|items| !items.is_empty()))
    }

    /// The keys that may hold the field.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|(key, _)| key.as_str())
    }

    /// Whether any key of the file may hold the field.
    #[must_use]
    pub fn is_there(&self) -> bool {
        !self.keys.is_empty()
    }

    /// Whether anything was read.
    #[must_use]
    pub fn was_read(&self) -> bool {
        self.keys.iter().any(|(_, count)| *count > 0)
    }
}

/// All keys that some columns are read from.
#[must_use]
pub fn keys_of(columns: &[&Column]) -> BTreeSet<String> {
    columns.iter().flat_map(|column| column.keys()).map(str::to_owned).collect()
}

/// All keys of a file.
#[derive(Debug)]
pub struct Keys<'f> {
    all: BTreeMap<&'f str, String>,
}

impl<'f> Keys<'f> {
    /// The keys of all features, or of a header.
    pub fn of(keys: impl Iterator<Item = &'f str>) -> Self {
        let all: BTreeSet<&str> = keys.collect();
        Self { all: all.into_iter().map(|key| (key, folded(key))).collect() }
    }

    /// The column of a field.
    ///
    /// # Errors
    /// The user gave a name that no feature has.
    pub fn column(&self, field: &'static str, names: &Names) -> Result<Column, Message> {
        let keys = names.keys(&self.all);
        if names.given && keys.is_empty() {
            let there: Vec<String> = self.all.keys().take(40).map(|key| shown(key)).collect();
            let text = format!(
                "aucune propriété « {} » dans le fichier (demandée pour {field}) ; il a : {}",
                shown(&names.to_string()),
                there.join(", ")
            );
            return Err(Message::new("PROPERTY_NOT_FOUND", text)
                .with("property", shown(&names.to_string()))
                .with("field", field));
        }
        Ok(Column { field, keys: keys.into_iter().map(|key| (key, 0)).collect() })
    }

    /// What was read from which key.
    #[must_use]
    pub fn used(&self, columns: &[&Column]) -> PropertyUse {
        let read: Vec<ReadFrom> = columns
            .iter()
            .flat_map(|column| column.keys.iter().map(|(key, count)| (column.field, key, *count)))
            .filter(|(_, _, count)| *count > 0)
            .map(|(field, key, count)| ReadFrom { field, property: shown(key), count })
            .collect();
        let used: BTreeSet<&str> =
            columns.iter().flat_map(|column| &column.keys).filter(|(_, count)| *count > 0).map(|(key, _)| key.as_str()).collect();
        let is_there = |field| columns.iter().any(|column| column.field == field && column.is_there());
        let mut missing: Vec<&'static str> =
            columns.iter().map(|column| column.field).filter(|field| !is_there(*field)).collect();
        missing.dedup();
        let unread: Vec<&str> = self.all.keys().copied().filter(|key| !used.contains(key)).collect();
        let unread_beyond = unread.len().saturating_sub(LISTED);
        PropertyUse { read, missing, unread: unread.into_iter().take(LISTED).map(shown).collect(), unread_beyond }
    }
}

/// Null, empty, blank, and the words that programs write for nothing.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => {
            let text = text.trim();
            text.is_empty() || NOTHING.iter().any(|word| word.eq_ignore_ascii_case(text))
        }
        Value::Array(items) => items.iter().all(is_nothing),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// One value as text.
///
/// # Errors
/// The value is a list or an object.
pub fn text(value: &Value) -> Result<String, Message> {
    let kind = match value {
        Value::String(text) => return Ok(nfc(text.trim()).into_owned()),
        Value::Number(number) => return Ok(of_number(number)),
        Value::Bool(value) => return Ok(value.to_string()),
        Value::Null => return Ok(String::new()),
        Value::Array(items) => match items.as_slice() {
            [only] if !only.is_array() && !only.is_object() => return text(only),
            _ => "une liste",
        },
        Value::Object(_) => "un objet",
    };
    Err(Message::new("TEXT_EXPECTED", format!("un texte est attendu, et non {kind}")).with("found", shown(&value.to_string())))
}

/// `13001.0`, an integer that came through a column of decimals, is `13001`.
fn of_number(number: &serde_json::Number) -> String {
    match number.as_f64() {
        Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < 1e15 => format!("{float:.0}"),
        Some(_) | None => number.to_string(),
    }
}

fn list(value: &Value) -> Result<Vec<String>, Message> {
    match value {
        Value::Array(items) => items.iter().filter(|item| !is_nothing(item)).map(text).collect(),
        Value::String(written) => {
            let written = written.trim();
            if written.starts_with('[')
                && let Ok(items) = serde_json::from_str::<Vec<Value>>(written)
            {
                return items.iter().filter(|item| !is_nothing(item)).map(text).collect();
            }
            Ok(parts(written))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Ok(vec![text(value)?]),
    }
}

/// `13055;13001`, `{13055,13001}`, `['13055', '13001']`, and GDAL's `(2:13055,13001)`.
fn parts(written: &str) -> Vec<String> {
    let inner = written.trim_matches(['[', ']', '{', '}', '(', ')']);
    let counted = |inner: &str| inner.split_once(':').map(|(count, _)| count.bytes().all(|c| c.is_ascii_digit()));
    let inner = match inner.split_once(':') {
        Some((_, rest)) if written.starts_with('(') && counted(inner) == Some(true) => rest,
        _ => inner,
    };
    let parts = inner.split(|c: char| matches!(c, ',' | ';' | '|') || c.is_whitespace());
    parts.map(|part| nfc(part.trim_matches(['"', '\'', ' '])).into_owned()).filter(|part| !part.is_empty()).collect()
}

#[cfg(test)]
mod tests {
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
    fn the_first_name_that_holds_something_counts() {
        for nothing in [json!(""), json!(" "), json!(null), json!("NULL"), json!("nan"), json!([])] {
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
        let used = keys.used(&[&name, &kind]);
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
}
