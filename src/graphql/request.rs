//! A GraphQL request as it comes over HTTP: reads the JSON and refuses what is not one, naming the place. Variables stay text until a blocking
//! thread reads them. Not for the document in it.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::domain::Message;
use crate::workflow::{Error, Result};

/// One request; batches are refused.
#[derive(Clone)]
pub struct Request {
    /// The document; none: the one of that hash.
    pub query: Option<String>,
    /// SHA-256 of the document's text, in lower-case hexadecimal: `extensions.persistedQuery`.
    pub hash: Option<String>,
    /// Which of its operations.
    pub operation_name: Option<String>,
    /// A JSON object, unread.
    pub variables: Option<Box<RawValue>>,
    /// Under which a mutation may be sent again: the header `Idempotency-Key`.
    pub idempotency_key: Option<String>,
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
        let text =
            std::str::from_utf8(body).map_err(|_| Error::invalid("body", Message::new("NOT_UTF8", "n’est pas en UTF-8")))?;
        // Some clients put a byte order mark first.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if text.trim_start().starts_with('[') {
            let text = "doit être une seule requête : les lots ne sont pas exécutés";
            return Err(Error::invalid("body", Message::new("BATCH", text)));
        }
        let body: Body<'_> = serde_json::from_str(text).map_err(|error| Error::invalid("body", place(&error)))?;
        let query = string("query", body.query)?;
        let operation_name = string("operationName", body.operation_name)?;
        let variables = object("variables", body.variables)?;
        let extensions = object("extensions", body.extensions)?;
        Self::checked(query, extensions, operation_name, variables.map(ToOwned::to_owned))
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
        let json = |field: &str, text: Option<String>| -> Result<Option<Box<RawValue>>> {
            let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
            let raw = RawValue::from_string(text).map_err(|error| Error::invalid(field, place(&error)))?;
            Ok(object(field, Some(&raw))?.map(ToOwned::to_owned))
        };
        let variables = json("variables", variables)?;
        let extensions = json("extensions", extensions)?;
        Self::checked(query, extensions.as_deref(), operation_name, variables)
    }

    fn checked(
        query: Option<String>,
        extensions: Option<&RawValue>,
        operation_name: Option<String>,
        variables: Option<Box<RawValue>>,
    ) -> Result<Self> {
        let hash = extensions.map(persisted).transpose()?.flatten();
        // What is empty is what a form of a client was left with: none.
        let operation_name = operation_name.filter(|name| !name.is_empty());
        let query = query.filter(|query| !query.is_empty() || hash.is_none());
        if query.is_none() && hash.is_none() {
            return Err(Error::invalid("query", Message::new("MISSING", "la requête manque")));
        }
        if query.as_ref().is_some_and(|query| query.contains('\0')) {
            return Err(Error::invalid("query", Message::new("NUL", "ne doit pas contenir de caractère nul (U+0000)")));
        }
        Ok(Self { query, hash, operation_name, variables, idempotency_key: None })
    }
}

/// The hash in `extensions.persistedQuery`; other extensions are none of ours.
fn persisted(extensions: &RawValue) -> Result<Option<String>> {
    #[derive(Deserialize)]
    struct Extensions {
        #[serde(rename = "persistedQuery")]
        persisted: Option<PersistedQuery>,
    }
    #[derive(Deserialize)]
    struct PersistedQuery {
        version: u32,
        #[serde(rename = "sha256Hash")]
        hash: String,
    }
    let fault = || {
        let text = "doit avoir version 1 et, comme sha256Hash, l’empreinte SHA-256 de la requête";
        Error::invalid("extensions.persistedQuery", Message::new("PERSISTED_QUERY_FORM", text))
    };
    let read: Extensions = serde_json::from_str(extensions.get()).map_err(|_| fault())?;
    let Some(PersistedQuery { version, hash }) = read.persisted else { return Ok(None) };
    let is_hash = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    if version == 1 && is_hash { Ok(Some(hash)) } else { Err(fault()) }
}

fn string(field: &str, raw: Option<&RawValue>) -> Result<Option<String>> {
    raw.map_or(Ok(None), |raw| {
        serde_json::from_str(raw.get()).map_err(|_| Error::invalid(field, Message::new("WRONG_TYPE", "doit être un texte")))
    })
}

fn object<'a>(field: &str, raw: Option<&'a RawValue>) -> Result<Option<&'a RawValue>> {
    match raw.map(RawValue::get) {
        None | Some("null" | "\"\"") => Ok(None),
        Some(text) if text.starts_with('{') => Ok(raw),
        Some(_) => Err(Error::invalid(field, Message::new("WRONG_TYPE", "doit être un objet"))),
    }
}

/// Where a JSON text goes wrong, without a word of what stands there: it may be a password.
fn place(error: &serde_json::Error) -> Message {
    let (line, column) = (error.line(), error.column());
    Message::new("NOT_JSON", format!("n’est pas un objet JSON : ligne {line}, colonne {column}"))
        .with("line", line)
        .with("column", column)
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
    fn what_is_empty_is_none() {
        let read = |body: &str| Request::from_json(body.as_bytes()).unwrap();
        let empty = read("\u{feff}{\"query\": \"{a}\", \"variables\": \"\", \"operationName\": \"\", \"extensions\": \"\"}");
        assert_eq!((empty.operation_name, empty.variables.is_none(), empty.hash), (None, true, None));
        let by_get = |text: &str| {
            let some = || Some(text.to_owned());
            Request::from_parameters(Some("{a}".to_owned()), some(), some(), some()).unwrap()
        };
        assert_eq!((by_get("").operation_name, by_get("").variables.is_none()), (None, true));
    }

    #[test]
    fn a_hash_may_stand_for_the_text() {
        let hash = "a".repeat(64);
        let with = |version: u32, hash: &str| {
            format!(r#"{{"extensions": {{"persistedQuery": {{"version": {version}, "sha256Hash": "{hash}"}}}}}}"#)
        };
        assert_eq!(field_of(&with(1, &hash)), "accepted");
        assert_eq!(field_of(&with(2, &hash)), "extensions.persistedQuery");
        assert_eq!(field_of(&with(1, "abc")), "extensions.persistedQuery");
        assert_eq!(field_of(r#"{"extensions": {"persistedQuery": 1}}"#), "extensions.persistedQuery");
        assert_eq!(field_of(r#"{"extensions": {"tracing": true}}"#), "query");
    }

    #[test]
    fn batches_and_other_bodies_are_refused() {
        assert_eq!(field_of(r#"[{"query": "{a}"}]"#), "body");
        assert_eq!(field_of(""), "body");
        assert_eq!(field_of("query"), "body");
    }
}
