//! A GraphQL request as it comes over HTTP: reads the JSON and refuses what is not one, naming the place. Variables stay text until a blocking
//! thread reads them. Not for the document in it.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::workflow::{Error, Result};

/// One request; batches are refused.
#[derive(Clone)]
pub struct Request {
    /// The document.
    pub query: String,
    /// Which of its operations.
    pub operation_name: Option<String>,
    /// A JSON object, unread.
    pub variables: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    query: Option<&'a RawValue>,
    #[serde(borrow, rename = "operationName")]
    operation_name: Option<&'a RawValue>,
    #[serde(borrow)]
    variables: Option<&'a RawValue>,
    #[serde(borrow)]
    extensions: Option<&'a RawValue>,
}

impl Request {
    /// Reads the body of a POST.
    ///
    /// # Errors
    /// INVALID naming `body`, `query`, `operationName`, `variables` or `extensions`.
    pub fn from_json(body: &[u8]) -> Result<Self> {
        let text = std::str::from_utf8(body).map_err(|_| Error::invalid("body", "is not UTF-8"))?;
        if text.trim_start().starts_with('[') {
            return Err(Error::invalid("body", "must be one request; batches are not answered"));
        }
        let body: Body<'_> = serde_json::from_str(text).map_err(|error| Error::invalid("body", place(&error)))?;
        let Some(query) = string("query", body.query)? else {
            return Err(Error::invalid("query", "is missing"));
        };
        let operation_name = string("operationName", body.operation_name)?;
        let variables = object("variables", body.variables)?;
        object("extensions", body.extensions)?;
        Self::checked(query, operation_name, variables.map(ToOwned::to_owned))
    }

    /// Puts a request together from the parameters of a GET, where each JSON value is a text.
    ///
    /// # Errors
    /// As [`from_json`](Self::from_json).
    pub fn from_parameters(
        query: Option<String>,
        operation_name: Option<String>,
        variables: Option<String>,
        extensions: Option<String>,
    ) -> Result<Self> {
        let query = query.ok_or_else(|| Error::invalid("query", "is missing"))?;
        let json = |field: &str, text: Option<String>| -> Result<Option<Box<RawValue>>> {
            let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
            let raw = RawValue::from_string(text).map_err(|error| Error::invalid(field, place(&error)))?;
            Ok(object(field, Some(&raw))?.map(ToOwned::to_owned))
        };
        let variables = json("variables", variables)?;
        json("extensions", extensions)?;
        Self::checked(query, operation_name.filter(|name| !name.is_empty()), variables)
    }

    fn checked(query: String, operation_name: Option<String>, variables: Option<Box<RawValue>>) -> Result<Self> {
        if query.contains('\0') {
            return Err(Error::invalid("query", "must not hold a NUL character"));
        }
        Ok(Self { query, operation_name, variables })
    }
}

fn string(field: &str, raw: Option<&RawValue>) -> Result<Option<String>> {
    raw.map_or(Ok(None), |raw| serde_json::from_str(raw.get()).map_err(|_| Error::invalid(field, "must be a text")))
}

fn object<'a>(field: &str, raw: Option<&'a RawValue>) -> Result<Option<&'a RawValue>> {
    match raw.map(RawValue::get) {
        None | Some("null") => Ok(None),
        Some(text) if text.starts_with('{') => Ok(raw),
        Some(_) => Err(Error::invalid(field, "must be an object")),
    }
}

/// Where a JSON text goes wrong, without a word of what stands there: it may be a password.
fn place(error: &serde_json::Error) -> String {
    format!("is not a JSON object: line {}, column {}", error.line(), error.column())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field_of(body: &str) -> String {
        match Request::from_json(body.as_bytes()) {
            Err(Error::Invalid { field, .. }) => field,
            Err(other) => other.to_string(),
            Ok(_) => "accepted".to_owned(),
        }
    }

    #[test]
    fn a_request_needs_a_text_as_query() {
        assert_eq!(field_of(r#"{"query": "{ viewer { username } }", "extra": 1}"#), "accepted");
        assert_eq!(field_of("{}"), "query");
        assert_eq!(field_of(r#"{"query": 1}"#), "query");
        assert_eq!(field_of(r#"{"query": "\u0000"}"#), "query");
    }

    #[test]
    fn other_members_must_have_their_types() {
        assert_eq!(field_of(r#"{"query": "{a}", "operationName": 1}"#), "operationName");
        assert_eq!(field_of(r#"{"query": "{a}", "variables": [1]}"#), "variables");
        assert_eq!(field_of(r#"{"query": "{a}", "extensions": "x"}"#), "extensions");
        assert_eq!(field_of(r#"{"query": "{a}", "variables": null, "operationName": null}"#), "accepted");
    }

    #[test]
    fn batches_and_other_bodies_are_refused() {
        assert_eq!(field_of(r#"[{"query": "{a}"}]"#), "body");
        assert_eq!(field_of(""), "body");
        assert_eq!(field_of("query"), "body");
    }
}
