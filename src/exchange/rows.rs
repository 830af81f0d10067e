//! What all readers of users' files share: rows with their place, faults by row and field, properties under one of several names.

use serde_json::{Map, Value};

use crate::geometry::{GeometryFault, LonLat};

/// What is wrong with one row or feature of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct RowFault {
    /// Its place in the file, from 0 (a CSV row after the header, a feature of a collection).
    pub index: usize,
    /// Its code as the file has it; empty where it has none.
    pub code: String,
    /// The field at fault.
    pub field: String,
    /// What is wrong.
    pub message: String,
    /// Where on the map, if it has a place.
    pub place: Option<LonLat>,
    /// The rule of geometry that it breaks, if it is one: `SELF_INTERSECTION`.
    pub rule: Option<&'static str>,
}

impl RowFault {
    /// A fault without a place.
    pub fn new(index: usize, code: &str, field: &str, message: impl ToString) -> Self {
        Self { index, code: code.to_owned(), field: field.to_owned(), message: message.to_string(), place: None, rule: None }
    }

    /// The fault of a shape.
    #[must_use]
    pub fn of_shape(index: usize, code: &str, field: &str, fault: &GeometryFault) -> Self {
        Self { place: fault.place, rule: Some(fault.kind.code()), ..Self::new(index, code, field, &fault.message) }
    }
}

/// The names under which a property may stand in a file; the first that is there counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names(Vec<String>);

impl Names {
    /// The usual names.
    #[must_use]
    pub fn usual(names: &[&str]) -> Self {
        Self(names.iter().map(|name| (*name).to_owned()).collect())
    }

    /// The one name that the user gave, or else the usual ones.
    #[must_use]
    pub fn given_or(given: Option<String>, usual: &[&str]) -> Self {
        given.map_or_else(|| Self::usual(usual), |name| Self(vec![name]))
    }

    /// The property's text: texts, numbers and booleans; absent, null and empty are the same.
    #[must_use]
    pub fn text(&self, properties: &Map<String, Value>) -> Option<String> {
        let value = self.0.iter().find_map(|name| properties.get(name).filter(|value| !value.is_null()))?;
        let text = match value {
            Value::String(text) => text.trim().to_owned(),
            Value::Number(number) => number.to_string(),
            Value::Bool(value) => value.to_string(),
            Value::Null | Value::Array(_) | Value::Object(_) => return None,
        };
        if text.is_empty() { None } else { Some(text) }
    }

    /// The property's texts: a list, or one text split at commas, semicolons and spaces.
    #[must_use]
    pub fn list(&self, properties: &Map<String, Value>) -> Vec<String> {
        match self.0.iter().find_map(|name| properties.get(name)) {
            Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).map(ToOwned::to_owned).collect(),
            _ => self
                .text(properties)
                .map(|text| text.split([',', ';', ' ']).filter(|part| !part.is_empty()).map(ToOwned::to_owned).collect())
                .unwrap_or_default(),
        }
    }
}

impl std::fmt::Display for Names {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.join(" or "))
    }
}

/// A department as files write it: `13`, but also `013` and `02A`.
#[must_use]
pub fn department_code(text: &str) -> &str {
    match text.strip_prefix('0') {
        Some(rest) if text.len() == 3 => rest,
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn departments_are_written_with_two_or_three_characters() {
        assert_eq!(department_code("013"), "13");
        assert_eq!(department_code("13"), "13");
        assert_eq!(department_code("001"), "01");
        assert_eq!(department_code("01"), "01");
        assert_eq!(department_code("02A"), "2A");
        assert_eq!(department_code("974"), "974");
    }

    #[test]
    fn the_first_name_that_is_there_counts() {
        let properties = serde_json::json!({ "nom": "Nord", "CODE": 12, "empty": " ", "communes": ["13055", "13001"], "more": "13055, 13001" });
        let properties = properties.as_object().unwrap();
        assert_eq!(Names::usual(&["name", "nom"]).text(properties).as_deref(), Some("Nord"));
        assert_eq!(Names::usual(&["CODE"]).text(properties).as_deref(), Some("12"));
        assert_eq!(Names::usual(&["empty"]).text(properties), None);
        assert_eq!(Names::usual(&["communes"]).list(properties), ["13055", "13001"]);
        assert_eq!(Names::usual(&["more"]).list(properties), ["13055", "13001"]);
    }
}
