//! Settings of documents and operations, as the configuration's `[graphql]` gives them. Not for HTTP's, nor the house rules.

use super::schema::DocumentLimits;

/// Bounds on documents and operations.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Nesting of selections and values in a document.
    pub max_depth: usize,
    /// Lexical tokens in a document.
    pub max_tokens: usize,
    /// Fields in a document, fragments unfolded.
    pub max_fields: usize,
    /// Fields in an answer, as [`cost`](super::cost) estimates them.
    pub max_cost: u64,
    /// What a list counts that is no connection.
    pub list_size: u64,
    /// Values in the variables of a request; a geometry counts as one.
    pub max_input_values: usize,
    /// Bytes of an answer.
    pub max_answer_bytes: u64,
    /// To whom `__schema` and `__type` are answered.
    pub introspection: Introspection,
    /// An operation longer than this is stopped at its next store call.
    pub operation_timeout_ms: u64,
    /// A document that publishes a period, and does nothing else, is stopped then.
    pub publishing_timeout_ms: u64,
    /// Operations of one kind that wait at most; more are turned away.
    pub queue: usize,
    /// Operations of one caller that are executed at once; 0: all places but one, so that others always find one.
    pub caller_places: usize,
    /// Operations of one caller that wait at most; 0: callers have no limits of their own.
    pub caller_queue: usize,
    /// Milliseconds of execution that one caller may use in each second, on the long run; 0: as many as he likes.
    pub caller_work_ms_per_s: u64,
    /// Milliseconds of execution that one caller may use before that begins to hold.
    pub caller_work_burst_ms: u64,
    /// Milliseconds for which one caller's writes may keep others from writing in each second, on the long run; 0: as many as he likes.
    pub caller_writing_ms_per_s: u64,
    /// Milliseconds for which they may before that begins to hold.
    pub caller_writing_burst_ms: u64,
    /// A write is undone that keeps others from writing for longer.
    pub writing_timeout_ms: u64,
    /// Logins that hash at once; 0 is one for each processor.
    pub session_places: usize,
    /// Documents kept.
    pub cached_documents: usize,
    /// Bytes of documents kept, as estimated.
    pub cached_document_bytes: u64,
    /// Bytes of answers kept; 0: none.
    pub cached_answer_bytes: u64,
    /// Whether queries believe what was read before for as long as the data epochs stand; false, to compare, reads everything that may change anew.
    pub remembers: bool,
    /// A folder of documents (`*.graphql`) that clients may ask for by their SHA-256 alone; empty: there are none.
    pub registered_documents: String,
    /// Who may run registered documents only.
    pub registered_only: RegisteredOnly,
}

/// To whom `__schema` and `__type` are answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Introspection {
    /// To nobody: a document that asks is not valid.
    Nobody,
    /// To who is signed in.
    #[default]
    SignedIn,
    /// To everybody.
    Everybody,
}

/// Earlier it was true or false: true is now the default, so that nobody publishes the schema by not having read this.
impl<'de> serde::Deserialize<'de> for Introspection {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Introspection;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("signed-in, everybody ou nobody")
            }
            fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Introspection, E> {
                Ok(if value { Introspection::SignedIn } else { Introspection::Nobody })
            }
            fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Introspection, E> {
                match value {
                    "signed-in" | "true" => Ok(Introspection::SignedIn),
                    "everybody" => Ok(Introspection::Everybody),
                    "nobody" | "false" => Ok(Introspection::Nobody),
                    other => Err(E::invalid_value(serde::de::Unexpected::Str(other), &self)),
                }
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// Who may run registered documents only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RegisteredOnly {
    /// Nobody: every valid document is run.
    #[default]
    Nobody,
    /// Callers who read publications only.
    Dashboards,
    /// Everybody; but signing in and out needs no registration.
    Everybody,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_depth: 24,
            max_tokens: 8_000,
            max_fields: 4_000,
            max_cost: 100_000,
            list_size: 20,
            max_input_values: 100_000,
            max_answer_bytes: 16 << 20,
            introspection: Introspection::default(),
            operation_timeout_ms: 10_000,
            publishing_timeout_ms: 300_000,
            queue: 256,
            caller_places: 0,
            caller_queue: 64,
            caller_work_ms_per_s: 1_000,
            caller_work_burst_ms: 30_000,
            caller_writing_ms_per_s: 500,
            caller_writing_burst_ms: 20_000,
            writing_timeout_ms: 3_000,
            session_places: 0,
            cached_documents: 1_000,
            cached_document_bytes: 64 << 20,
            cached_answer_bytes: 32 << 20,
            remembers: true,
            registered_documents: String::new(),
            registered_only: RegisteredOnly::Nobody,
        }
    }
}

impl Settings {
    /// Adds what is wrong with these settings, as lines of the form `graphql.max_depth: what is wrong`.
    pub fn check(&self, faults: &mut Vec<String>) {
        let sizes = [
            ("max_depth", self.max_depth as u64, 1_000),
            ("max_tokens", self.max_tokens as u64, 1_000_000),
            ("max_fields", self.max_fields as u64, 1_000_000),
            ("max_cost", self.max_cost, u64::MAX),
            ("list_size", self.list_size, 100_000),
            ("max_input_values", self.max_input_values as u64, 10_000_000),
            ("max_answer_bytes", self.max_answer_bytes, 1 << 32),
            ("operation_timeout_ms", self.operation_timeout_ms, 3_600_000),
            ("publishing_timeout_ms", self.publishing_timeout_ms, 3_600_000),
            ("writing_timeout_ms", self.writing_timeout_ms, 3_600_000),
            ("cached_documents", self.cached_documents as u64, 1_000_000),
            ("cached_document_bytes", self.cached_document_bytes, u64::MAX),
        ];
        for (name, value, most) in sizes {
            if value == 0 || value > most {
                faults.push(format!("graphql.{name}: il faut de 1 à {most}"));
            }
        }
        if self.registered_only != RegisteredOnly::Nobody && self.registered_documents.is_empty() {
            faults.push(
                "graphql.registered_only: il faut aussi graphql.registered_documents, sans quoi rien ne pourrait être demandé"
                    .to_owned(),
            );
        }
    }

    /// What a document may be.
    #[must_use]
    pub fn document_limits(&self) -> DocumentLimits {
        DocumentLimits {
            depth: self.max_depth,
            tokens: self.max_tokens,
            fields: self.max_fields,
            introspection: self.introspection != Introspection::Nobody,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn introspection_was_true_or_false_once() {
        let read = |text: &str| serde_json::from_str::<Introspection>(text);
        for (text, expected) in [
            ("true", Introspection::SignedIn),
            ("\"true\"", Introspection::SignedIn),
            ("\"signed-in\"", Introspection::SignedIn),
            ("\"everybody\"", Introspection::Everybody),
            ("false", Introspection::Nobody),
            ("\"nobody\"", Introspection::Nobody),
        ] {
            assert_eq!(read(text).unwrap(), expected, "{text}");
        }
        assert!(read("\"somebody\"").is_err() && read("1").is_err());
    }

    #[test]
    fn an_answer_must_have_a_bound() {
        let mut faults = Vec::new();
        Settings { max_answer_bytes: 0, max_input_values: 0, ..Settings::default() }.check(&mut faults);
        assert_eq!(faults.len(), 2, "{faults:?}");
    }
}
