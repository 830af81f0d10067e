//! What an error says: words in French for people, a stable reason and parameters for programs. Not for the place of the error, nor its code.

use std::fmt::Display;

/// What is said of an error. The text is for people and may change; the reason and the names of the parameters do not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// In French, for people.
    pub text: String,
    /// In capitals, for programs: `PERIOD_NOT_ENDED`.
    pub reason: &'static str,
    /// What the text was made of, for programs that have words of their own.
    pub parameters: Vec<(&'static str, String)>,
}

impl Message {
    /// A message with its reason.
    pub fn new(reason: &'static str, text: impl Into<String>) -> Self {
        Self { text: text.into(), reason, parameters: Vec::new() }
    }

    /// The same with one parameter more.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Display) -> Self {
        self.parameters.push((name, value.to_string()));
        self
    }
}

/// A fault of a rule: its text is in French, and it has a stable reason.
pub trait Explained: Display {
    /// In capitals, for programs.
    fn reason(&self) -> &'static str;

    /// What its text was made of.
    fn parameters(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// What an error says of it.
    fn message(&self) -> Message {
        Message { text: self.to_string(), reason: self.reason(), parameters: self.parameters() }
    }
}

impl Explained for chrono::ParseError {
    fn reason(&self) -> &'static str {
        "DATE_FORM"
    }

    /// chrono says it in English.
    fn message(&self) -> Message {
        Message::new(self.reason(), "ce n’est pas une date de la forme 2010-02-11")
    }
}

/// A fault says itself.
impl<T: Explained> From<T> for Message {
    fn from(fault: T) -> Self {
        fault.message()
    }
}
