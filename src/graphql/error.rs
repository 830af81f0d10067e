//! How an operation's error is shown: `extensions.code` always, `reason` and `parameters` where there is a reason, `field` for INVALID,
//! `version` for CONFLICT; INTERNAL says nothing more, and its detail goes to the log under the request id that the answer also carries.

use juniper::{FieldError, IntoFieldError, Object, Value};

use super::budget;
use super::value::PaltsScalar;
use crate::domain::Message;
use crate::workflow;

/// The error type of every resolver. juniper's own conversion from anything that prints would leak.
#[derive(Debug)]
pub struct ApiError(pub workflow::Error);

/// What every resolver answers.
pub type ApiResult<T> = Result<T, ApiError>;

impl From<workflow::Error> for ApiError {
    fn from(error: workflow::Error) -> Self {
        Self(error)
    }
}

/// Longest message, field or parameter, in characters: what was sent may stand in them.
const LONGEST: usize = 400;
/// Characters that are kept of the beginning of a longer one.
const HEAD: usize = 200;
/// And of its end.
const TAIL: usize = 100;

/// A text that is shown: a long one without its middle.
#[must_use]
pub fn clipped(text: String) -> String {
    if text.len() <= LONGEST || text.chars().nth(LONGEST).is_none() {
        return text;
    }
    let head: String = text.chars().take(HEAD).collect();
    let mut tail: Vec<char> = text.chars().rev().take(TAIL).collect();
    tail.reverse();
    format!("{head} […] {}", tail.into_iter().collect::<String>())
}

impl IntoFieldError<PaltsScalar> for ApiError {
    fn into_field_error(self) -> FieldError<PaltsScalar> {
        let mut extensions = Object::with_capacity(2);
        extensions.add_field("code", Value::scalar(self.0.code().to_owned()));
        if let Some(Message { reason, parameters, .. }) = self.0.message() {
            extensions.add_field("reason", Value::scalar((*reason).to_owned()));
            if !parameters.is_empty() {
                let mut named = Object::with_capacity(parameters.len());
                for (name, value) in parameters {
                    named.add_field(*name, Value::scalar(clipped(value.clone())));
                }
                extensions.add_field("parameters", Value::Object(named));
            }
        }
        match &self.0 {
            workflow::Error::Invalid { field, .. } => {
                extensions.add_field("field", Value::scalar(clipped(field.clone())));
            }
            workflow::Error::Conflict { version: Some(version), .. } => {
                extensions.add_field("version", Value::scalar(*version));
            }
            workflow::Error::Unavailable(_) if self.0.is_outcome_unknown() => {
                extensions.add_field("outcome", Value::scalar("UNKNOWN".to_owned()));
            }
            workflow::Error::Internal(detail) => tracing::error!(%detail, "internal error"),
            workflow::Error::Conflict { version: None, .. }
            | workflow::Error::Unauthenticated(_)
            | workflow::Error::Forbidden(_)
            | workflow::Error::NotFound(_)
            | workflow::Error::Limit(_)
            | workflow::Error::Unavailable(_) => {}
        }
        let message = clipped(self.0.to_string());
        budget::take_error(message.len());
        FieldError::new(message, Value::Object(extensions))
    }
}
