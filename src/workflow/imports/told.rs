//! What a report tells of one row or feature: a fault, a change before and after; and of the file, a notice. Not for the report as a whole.

use serde::{Serialize, Serializer};

use crate::domain::message::Message;
use crate::domain::normal::nfc;
use crate::exchange::rows::RowFault;

/// Rows and features that a fault common to many of them names.
const NAMED: usize = 5;

/// Reasons that say what is wrong with a file rather than with one of its rows: told once, with how many rows have it and the first of them.
const COMMON: [&str; 10] = [
    "SPREADSHEET_DATE",
    "SPREADSHEET_SERIAL",
    "MONTH_FIRST",
    "THOUSANDS",
    "TWO_SEPARATORS",
    "AMBIGUOUS_NUMBER",
    "OTHER_DEPARTMENT",
    "NO_UAI",
    "COORDINATES_SWAPPED",
    "COORDINATES_IN_METRES",
];

/// Reasons that many rows have alike, each value for itself: told once for all rows of which the same is said.
const ALIKE: [&str; 4] = ["NO_MEETING", "UNKNOWN_INDICATOR", "UNKNOWN_SERVICE", "UNKNOWN_SECTOR"];

/// What faults have in common that are told as one: reason, field, and what is said where that differs.
pub(super) type Kin = (&'static str, String, String);

/// One fault.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Fault {
    /// The feature's (or row's) place in the file, from 0; none for a fault of the file as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<usize>,
    /// The line of the file, from 1; of rows only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// Its code, as the file has it; empty where it has none.
    pub code: String,
    /// Its name, as the file has it; empty where it has none.
    pub name: String,
    /// The field at fault.
    pub field: String,
    /// The rule of geometry broken, such as SELF_INTERSECTION.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<&'static str>,
    /// What is wrong, for people, without the place.
    pub message: String,
    /// The same for programs.
    pub reason: &'static str,
    /// What the message was made of.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "as_map")]
    pub parameters: Vec<(&'static str, String)>,
    /// Longitude and latitude of the fault, where it has a place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<(f64, f64)>,
    /// Where many rows have the same fault, it is told once: how many they are, and the first of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub common: Option<Common>,
}

/// Rows (or features) with one and the same fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Common {
    /// How many.
    pub count: usize,
    /// Lines of the first rows, or places of the first features, as `line` and `index` of faults.
    pub first: Vec<usize>,
    /// Other departments than the first, where rows of others are told.
    #[serde(skip)]
    also: Vec<String>,
    /// The one that was counted last: a row has a fault once, however many of its places have it.
    #[serde(skip)]
    last: usize,
}

impl Fault {
    /// A fault of the file as a whole.
    pub(super) fn of_file(message: impl Into<Message>) -> Self {
        let Message { text, reason, parameters } = message.into();
        Self {
            index: None,
            line: None,
            code: String::new(),
            name: String::new(),
            field: "file".to_owned(),
            rule: None,
            message: text,
            reason,
            parameters,
            place: None,
            common: None,
        }
    }

    /// A fault of a row or feature under a name.
    pub(super) fn of_row(row: RowFault, name: String) -> Self {
        let Message { text, reason, parameters } = row.message;
        Self {
            index: Some(row.index),
            line: row.line,
            code: row.code.chars().take(48).collect(),
            name,
            field: row.field.to_owned(),
            rule: row.rule,
            message: text,
            reason,
            parameters,
            place: row.place,
            common: None,
        }
    }

    /// What it has in common with those that are told with it; none where it is told by itself.
    pub(super) fn kin(&self) -> Option<Kin> {
        let kin = |said: &str| Some((self.reason, self.field.clone(), said.to_owned()));
        match self.reason {
            _ if self.index.is_none() => None,
            reason if COMMON.contains(&reason) => kin(""),
            // Of one department, which stands in the name.
            reason if ALIKE.contains(&reason) => kin(&format!("{} {}", self.name, self.message)),
            _ => None,
        }
    }

    /// Takes another one of the same kind in.
    pub(super) fn join(&mut self, other: &Self) {
        let place = |fault: &Self| fault.line.or(fault.index).unwrap_or_default();
        let (first, at) = (place(self), place(other));
        let own = self.department().map(str::to_owned);
        if self.common.as_ref().map_or(first, |common| common.last) == at {
            return;
        }
        let common = self.common.get_or_insert_with(|| Common { count: 1, first: vec![first], also: Vec::new(), last: first });
        (common.count, common.last) = (common.count + 1, at);
        if common.first.len() < NAMED {
            common.first.push(at);
        }
        // Each department that is named as another's is named.
        if let Some(other) = other.department().filter(|other| Some(*other) != own.as_deref())
            && common.also.len() < NAMED
            && !common.also.iter().any(|known| known == other)
        {
            let word = if common.also.is_empty() { " ; aussi : " } else { ", " };
            self.message.push_str(word);
            self.message.push_str(other);
            common.also.push(other.to_owned());
        }
    }

    /// The department that it is said of, where it is of another one.
    fn department(&self) -> Option<&str> {
        self.parameters.iter().find(|(name, _)| *name == "department").map(|(_, value)| value.as_str())
    }

    /// How many rows have it.
    pub(super) fn count(&self) -> usize {
        self.common.as_ref().map_or(1, |common| common.count)
    }
}

fn as_map<S: Serializer>(parameters: &[(&'static str, String)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(parameters.iter().map(|(name, value)| (name, value)))
}

/// What is to be known of a file, and is no fault.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Notice {
    /// For people.
    pub message: String,
    /// For programs.
    pub reason: &'static str,
    /// What the message was made of.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "as_map")]
    pub parameters: Vec<(&'static str, String)>,
}

impl From<Message> for Notice {
    fn from(Message { text, reason, parameters }: Message) -> Self {
        Self { message: text, reason, parameters }
    }
}

/// What an import changes (or on trial would change) of an object that was there.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Changed {
    /// The feature's (or row's) place in the file, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<usize>,
    /// Its code.
    pub code: String,
    /// The fields that differ.
    pub fields: Vec<FieldChange>,
}

/// One field of an object, before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldChange {
    /// The field, by the contract's name.
    pub field: &'static str,
    /// As it was; long texts are cut.
    pub before: String,
    /// As it is.
    pub after: String,
}

impl FieldChange {
    /// A change, if there is one: texts that differ by the form of their accents alone are the same.
    #[must_use]
    pub fn between(field: &'static str, before: &str, after: &str) -> Option<Self> {
        const LONGEST: usize = 200;
        let cut = |text: &str| {
            let mut short: String = text.chars().take(LONGEST).collect();
            if text.chars().nth(LONGEST).is_some() {
                short.push('…');
            }
            short
        };
        let same = nfc(before) == nfc(after);
        (!same).then(|| Self { field, before: cut(before), after: cut(after) })
    }
}
