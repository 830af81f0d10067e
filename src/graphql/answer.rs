//! The answer to a request, written straight to the bytes that go out. Every error has its code; an INTERNAL one the request's id. Not for
//! HTTP's status, which is the HTTP room's to choose.

use std::sync::Arc;

use bytes::Bytes;
use juniper::parser::ParseError;
use juniper::{ExecutionError, GraphQLError, IntoFieldError, Object, Value};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::answers::Kept;
use super::budget;
use super::error::{ApiError, clipped};
use super::json;
use super::value::PaltsScalar;
use crate::workflow::{Error, Kind};

/// What clients of persisted queries look for: they send the text then.
const NOT_PERSISTED: &str = "PersistedQueryNotFound";

/// The reason of what juniper says of a document: its words are for programmers, and stay English.
const DOCUMENT: &str = "DOCUMENT";

/// Faults of a document that are told; who mends them is told the next.
const MOST_FAULTS: usize = 20;
/// Places that are told of one of them.
const MOST_PLACES: usize = 8;

/// What a request is answered.
#[derive(Debug)]
pub struct Answer {
    /// The JSON.
    pub body: Bytes,
    /// The same as it is kept, if it is.
    pub kept: Option<Arc<Kept>>,
    /// Whether the operation ran: the answer then has `data`, perhaps null.
    pub executed: bool,
    /// Code of the first error.
    pub code: Option<&'static str>,
    /// What kind of operation, once that is known.
    pub kind: Option<Kind>,
    /// Turned away because too many others are waiting.
    pub crowded: bool,
    /// Turned away because the caller asks for too much: when to come again, in seconds.
    pub retry_after_s: Option<u64>,
}

impl Answer {
    /// An answer that was given before.
    #[must_use]
    pub fn again(kept: Arc<Kept>) -> Self {
        Self {
            body: kept.body.clone(),
            kept: Some(kept),
            executed: true,
            code: None,
            kind: Some(Kind::Query),
            crowded: false,
            retry_after_s: None,
        }
    }

    /// The answer that a write was given when it was done, to who sends it again.
    #[must_use]
    pub fn given_before(body: String) -> Self {
        Self {
            body: body.into(),
            kept: None,
            executed: true,
            code: None,
            kind: Some(Kind::Mutation),
            crowded: false,
            retry_after_s: None,
        }
    }

    /// The answer to a request whose operation did not run.
    #[must_use]
    pub fn refused(refusal: Refusal, request_id: &str) -> Self {
        let crowded = matches!(refusal, Refusal::Crowded(_));
        let retry_after_s = if let Refusal::Throttled(_, seconds) = refusal { Some(seconds) } else { None };
        let faults = match refusal {
            Refusal::Error(error) | Refusal::Crowded(error) | Refusal::Throttled(error, _) => vec![Fault::of(error, request_id)],
            Refusal::Document(error) => of_document(&error),
            Refusal::NotPersisted => {
                vec![Fault::of_query(NOT_PERSISTED.to_owned(), "NOT_FOUND", "NOT_PERSISTED", "query", Vec::new())]
            }
        };
        Self { crowded, retry_after_s, ..Self::written(None, &faults, None) }
    }

    /// The answer of an operation that ran; LIMIT in its place when it is longer than `most` bytes. One that writes keeps nothing on any error,
    /// and shows nothing.
    #[must_use]
    pub fn executed(
        data: &Value<PaltsScalar>,
        errors: &[ExecutionError<PaltsScalar>],
        kind: Kind,
        request_id: &str,
        most: u64,
    ) -> Self {
        let faults: Vec<Fault<'_>> = errors.iter().map(|error| Fault::at(error, request_id)).collect();
        let nothing = Value::Null;
        let data = if kind != Kind::Query && !errors.is_empty() { &nothing } else { data };
        let answer = Self::written(Some(data), &faults, Some(kind));
        if answer.body.len() as u64 > most { Self::undone(budget::too_large(most), kind, request_id) } else { answer }
    }

    /// The answer of an operation that ran and could not be kept.
    #[must_use]
    pub fn undone(error: Error, kind: Kind, request_id: &str) -> Self {
        Self::written(Some(&Value::Null), &[Fault::of(error, request_id)], Some(kind))
    }

    /// Says what kind of operation it was to be.
    #[must_use]
    pub fn of_kind(self, kind: Kind) -> Self {
        Self { kind: Some(kind), ..self }
    }

    fn written(data: Option<&Value<PaltsScalar>>, faults: &[Fault<'_>], kind: Option<Kind>) -> Self {
        let mut body = Vec::with_capacity(512 + data.map_or(0, json::written_bytes));
        if let Err(error) = write(data, faults, &mut body) {
            // A value that JSON cannot say; our scalars have none.
            tracing::error!(%error, "an answer could not be written");
            body = br#"{"errors":[{"message":"erreur interne","extensions":{"code":"INTERNAL"}}]}"#.to_vec();
        }
        let code = faults.first().map(|fault| fault.code);
        Self { body: body.into(), kept: None, executed: data.is_some(), code, kind, crowded: false, retry_after_s: None }
    }
}

/// Why an operation did not run.
#[derive(Debug)]
pub enum Refusal {
    /// One of the house's errors.
    Error(Error),
    /// The gate's: nothing is wrong with the request.
    Crowded(Error),
    /// The caller asks for too much; when to come again, in seconds.
    Throttled(Error, u64),
    /// What juniper says of the document or the variables.
    Document(GraphQLError),
    /// A hash came without its text, and the text is not known.
    NotPersisted,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// Errors first, so that whoever reads a stream sees them early.
fn write(data: Option<&Value<PaltsScalar>>, faults: &[Fault<'_>], body: &mut Vec<u8>) -> serde_json::Result<()> {
    body.push(b'{');
    if !faults.is_empty() {
        json::key("errors", body);
        serde_json::to_writer(&mut *body, faults)?;
    }
    if let Some(data) = data {
        if !faults.is_empty() {
            body.push(b',');
        }
        json::key("data", body);
        json::write(data, body)?;
    }
    body.push(b'}');
    Ok(())
}

/// One error as it is shown.
struct Fault<'a> {
    message: String,
    code: &'static str,
    places: Vec<Place>,
    path: Option<&'a [String]>,
    extensions: Object<PaltsScalar>,
}

#[derive(serde::Serialize)]
struct Place {
    line: usize,
    column: usize,
}

impl Place {
    fn of(position: &juniper::parser::SourcePosition) -> Self {
        Self { line: position.line() + 1, column: position.column() + 1 }
    }
}

impl Fault<'static> {
    fn of(error: Error, request_id: &str) -> Self {
        let code = error.code();
        // A fault of ours is logged there, perhaps outside of any operation: it is found by its request's id all the same.
        let span = tracing::error_span!("answer", request_id = %request_id);
        let error = span.in_scope(|| ApiError(error).into_field_error());
        let extensions = with_code(error.extensions(), code, request_id);
        Self { message: error.message().to_owned(), code, places: Vec::new(), path: None, extensions }
    }

    fn of_query(message: String, code: &'static str, reason: &str, field: &str, places: Vec<Place>) -> Self {
        let mut extensions = Object::with_capacity(3);
        extensions.add_field("code", Value::scalar(code.to_owned()));
        extensions.add_field("reason", Value::scalar(reason.to_owned()));
        if code == "INVALID" {
            extensions.add_field("field", Value::scalar(field.to_owned()));
        }
        Self { message: clipped(message), code, places, path: None, extensions }
    }
}

impl<'a> Fault<'a> {
    fn at(error: &'a ExecutionError<PaltsScalar>, request_id: &str) -> Self {
        let code = code_of(error);
        let (places, path) = (vec![Place::of(error.location())], Some(error.path()));
        // The library's own: a value that does not fit its argument, most often the null of a variable with a default.
        if error.error().extensions().is_null() {
            let message = error.error().message();
            let (reason, message) = if message.contains("null") {
                (
                    "MISSING",
                    "un argument obligatoire a reçu null : donner une valeur à sa variable, ou ne pas l’envoyer".to_owned(),
                )
            } else {
                (DOCUMENT, message.to_owned())
            };
            return Self { places, path, ..Fault::of_query(message, code, reason, "query", Vec::new()) };
        }
        let extensions = with_code(error.error().extensions(), code, request_id);
        Self { message: clipped(error.error().message().to_owned()), code, places, path, extensions }
    }
}

impl Serialize for Fault<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("message", &self.message)?;
        if !self.places.is_empty() {
            map.serialize_entry("locations", &self.places)?;
        }
        if let Some(path) = self.path {
            map.serialize_entry("path", path)?;
        }
        map.serialize_entry("extensions", &self.extensions)?;
        map.end()
    }
}

/// The code of an error of an execution. Our resolvers always say it; juniper's own errors there are about input that does not fit its type.
#[must_use]
pub fn code_of(error: &ExecutionError<PaltsScalar>) -> &'static str {
    let said = error.error().extensions().as_object_value().and_then(|object| object.get_field_value("code"));
    match said {
        Some(Value::Scalar(PaltsScalar::String(code))) => {
            Error::CODES.into_iter().find(|known| known == code).unwrap_or("INTERNAL")
        }
        Some(_) => "INTERNAL",
        None => "INVALID",
    }
}

fn with_code(said: &Value<PaltsScalar>, code: &'static str, request_id: &str) -> Object<PaltsScalar> {
    let mut extensions = said.as_object_value().cloned().unwrap_or_else(|| Object::with_capacity(2));
    if !extensions.contains_field("code") {
        extensions.add_field("code", Value::scalar(code.to_owned()));
    }
    if code == "INTERNAL" {
        extensions.add_field("requestId", Value::scalar(request_id.to_owned()));
    }
    extensions
}

/// The place that juniper names in what it says of a literal or a variable: the argument or the variable, and the members on the way inside it.
fn place_in(message: &str) -> Option<String> {
    let quoted = |text: &str, before: &str| -> Option<(String, usize)> {
        let start = text.find(before)? + before.len();
        let len = text.get(start..)?.find('"')?;
        Some((text.get(start..start + len)?.to_owned(), start + len + 1))
    };
    let (step, (mut place, mut at)) = if message.starts_with("Invalid value for argument \"") {
        ("Error on \"", quoted(message, "argument \"")?)
    } else if message.starts_with("Variable \"$") && message.contains("\" got invalid value. ") {
        ("In field \"", quoted(message, "Variable \"$")?)
    } else {
        return None;
    };
    // What was sent may stand behind the steps: only those that follow each other are of juniper's.
    loop {
        let rest = message.get(at..)?;
        let rest = rest.trim_start_matches([',', ':', ' ', '.']);
        let rest = rest.strip_prefix("reason: ").or_else(|| rest.strip_prefix("got invalid value. ")).unwrap_or(rest);
        let Some(inside) = rest.strip_prefix(step) else { return Some(place) };
        let name = if step.starts_with("Error") { quoted(inside, "\" field \"") } else { quoted(rest, step) };
        let Some((name, end)) = name else { return Some(place) };
        place = format!("{place}.{name}");
        at = message.len() - (if step.starts_with("Error") { inside } else { rest }).len() + end;
    }
}

fn of_document(error: &GraphQLError) -> Vec<Fault<'static>> {
    let of_query = |reason, field, words: &str| vec![Fault::of_query(words.to_owned(), "INVALID", reason, field, Vec::new())];
    match error {
        GraphQLError::ParseError(at) => {
            let code = match &at.item {
                ParseError::DepthLimitExceeded(_) | ParseError::TokenLimitExceeded(_) | ParseError::FieldLimitExceeded(_) => {
                    "LIMIT"
                }
                ParseError::UnexpectedToken(_)
                | ParseError::UnexpectedEndOfFile
                | ParseError::LexerError(_)
                | ParseError::ExpectedScalarError(_) => "INVALID",
            };
            vec![Fault::of_query(at.item.to_string(), code, DOCUMENT, "query", vec![Place::of(&at.start())])]
        }
        GraphQLError::ValidationError(errors) => errors
            .iter()
            .take(MOST_FAULTS)
            .map(|error| {
                let places = error.locations().iter().take(MOST_PLACES).map(Place::of).collect();
                let message = error.message();
                Fault::of_query(message.to_owned(), "INVALID", DOCUMENT, place_in(message).as_deref().unwrap_or("query"), places)
            })
            .collect(),
        GraphQLError::NoOperationProvided => of_query("NO_OPERATION", "query", "le document n’a pas d’opération"),
        GraphQLError::MultipleOperationsProvided => {
            of_query("OPERATION_NAME_NEEDED", "operationName", "le document a plusieurs opérations : il faut dire laquelle")
        }
        GraphQLError::UnknownOperationName => {
            of_query("UNKNOWN_OPERATION", "operationName", "ne nomme aucune opération du document")
        }
        GraphQLError::IsSubscription | GraphQLError::NotSubscription | GraphQLError::NotSupported(_) => {
            of_query("SUBSCRIPTION", "query", "les abonnements (subscription) ne sont pas exécutés ici")
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;

    fn read(answer: &Answer) -> Json {
        serde_json::from_slice(&answer.body).unwrap()
    }

    #[test]
    fn an_internal_error_says_nothing_but_the_request_s_id() {
        let answer = Answer::refused(Error::Internal("password of the database".to_owned()).into(), "request-1");
        let error = json!({ "message": "erreur interne", "extensions": { "code": "INTERNAL", "requestId": "request-1" } });
        assert_eq!(read(&answer), json!({ "errors": [error] }));
        assert!(!answer.executed);
    }

    #[test]
    fn a_mutation_with_an_error_shows_no_data() {
        let data = Value::scalar(1);
        let error = ExecutionError::at_origin(ApiError(Error::stale(3, 4)).into_field_error());
        let answer = Answer::executed(&data, std::slice::from_ref(&error), Kind::Mutation, "request-1", 1_000);
        assert_eq!(read(&answer)["data"], Json::Null);
        assert_eq!(
            read(&answer)["errors"][0]["extensions"],
            json!({
                "code": "CONFLICT", "reason": "OLD_VERSION", "parameters": { "madeFrom": "3", "version": "4" }, "version": 4,
            })
        );
        let answer = Answer::executed(&data, &[error], Kind::Query, "request-1", 1_000);
        assert_eq!(read(&answer)["data"], json!(1));
        assert_eq!(answer.code, Some("CONFLICT"));
    }

    #[test]
    fn the_place_of_a_literal_is_what_juniper_names() {
        let cases = [
            ("Invalid value for argument \"first\", reason: Invalid value \"5.5\" for type \"Int\"", Some("first")),
            (
                "Invalid value for argument \"input\", reason: Error on \"StepInput\" field \"version\": Invalid value \"3.5\" for type \"Int!\"",
                Some("input.version"),
            ),
            (
                "Invalid value for argument \"a\", reason: Error on \"A\" field \"b\": Error on \"B\" field \"c\": Invalid value \"Error on \"X\" field \"y\"\"",
                Some("a.b.c"),
            ),
            ("Variable \"$i\" got invalid value. In field \"a\": In field \"b\": Expected \"Int!\", found null.", Some("i.a.b")),
            ("Unknown field \"x\" on type \"Query\"", None),
        ];
        for (message, place) in cases {
            assert_eq!(place_in(message).as_deref(), place, "{message}");
        }
    }

    #[test]
    fn what_juniper_says_itself_is_about_the_input() {
        let error = ExecutionError::at_origin(juniper::FieldError::new("not a day", Value::Null));
        assert_eq!(code_of(&error), "INVALID");
    }
}
