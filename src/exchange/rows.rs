//! What all readers of users' files share: faults by row and field, codes as files write them. Which property holds what is `properties`'.

use std::borrow::Cow;

use crate::domain::codes::{DepartmentCode, Uai};
use crate::domain::message::Message;
use crate::geometry::geojson::CollectionFault;
use crate::geometry::{GeometryFault, LonLat};

/// Characters of a code in a fault: more than any code has.
const LONGEST_CODE: usize = 48;

/// What is wrong with one row or feature of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct RowFault {
    /// Its place in the file, from 0 (a CSV row after the header, a feature of a collection).
    pub index: usize,
    /// The line of the file on which a row begins, from 1; none for features.
    pub line: Option<usize>,
    /// Its code as the file has it, cut short; empty where it has none.
    pub code: String,
    /// The field at fault.
    pub field: &'static str,
    /// What is wrong.
    pub message: Message,
    /// Where on the map, if it has a place.
    pub place: Option<LonLat>,
    /// The rule of geometry that it breaks, if it is one: `SELF_INTERSECTION`.
    pub rule: Option<&'static str>,
}

impl RowFault {
    /// A fault without a place.
    pub fn new(index: usize, code: &str, field: &'static str, message: impl Into<Message>) -> Self {
        // Cut short: a file may have many faults under one long code.
        let code = code.chars().take(LONGEST_CODE).collect();
        Self { index, line: None, code, field, message: message.into(), place: None, rule: None }
    }

    /// The fault of a shape.
    #[must_use]
    pub fn of_shape(index: usize, code: &str, field: &'static str, fault: &GeometryFault) -> Self {
        Self { place: fault.place, rule: Some(fault.kind.code()), ..Self::new(index, code, field, fault.message_without_place()) }
    }

    /// The same on a line of the file.
    #[must_use]
    pub fn on(self, line: Option<usize>) -> Self {
        Self { line, ..self }
    }
}

/// A text of a file, cut short for a message.
#[must_use]
pub fn shown(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut short: String = text.chars().take(LONGEST).collect();
    if text.chars().nth(LONGEST).is_some() {
        short.push('…');
    }
    short
}

/// Refuses a line's end within a text that has none: a quote is closed on another line than it should be, and rows went into the field.
///
/// # Errors
/// There is a line's end in it.
pub fn on_one_line(text: &str) -> Result<(), Message> {
    if text.contains(['\r', '\n']) {
        let words = "une fin de ligne est dans ce champ : un guillemet n’est sans doute pas refermé à sa place";
        return Err(Message::new("LINE_END", words).with("found", shown(text)));
    }
    Ok(())
}

/// A department as files write it: `13`, but also `013`, `02A`, `1` (a spreadsheet took the zero for nothing), `2a` and `13.0`.
#[must_use]
pub fn department_code(text: &str) -> Cow<'_, str> {
    let text = whole(text.trim());
    let text = match text.strip_prefix('0') {
        Some(rest) if text.len() == 3 => rest,
        _ => text,
    };
    match text.as_bytes() {
        [b'1'..=b'9'] => Cow::Owned(format!("0{text}")),
        [b'2', b'a' | b'b'] => Cow::Owned(text.to_ascii_uppercase()),
        _ => Cow::Borrowed(text),
    }
}

/// The department whose academy gave a UAI: its first three digits, but for Corsica.
#[must_use]
pub fn department_of_uai(uai: &Uai) -> Option<DepartmentCode> {
    let prefix = uai.as_str().get(..3)?;
    let code = match prefix {
        "620" => "2A",
        "720" => "2B",
        other => other,
    };
    DepartmentCode::parse(&department_code(code)).ok()
}

/// `13055.0` is `13055`: a number that passed through a column of decimals. Only for codes that never have decimals.
#[must_use]
pub fn whole(text: &str) -> &str {
    match text.split_once('.') {
        Some((digits, zeros)) if !digits.is_empty() && !zeros.is_empty() => {
            let plain = digits.bytes().all(|c| c.is_ascii_digit()) && zeros.bytes().all(|c| c == b'0');
            if plain { digits } else { text }
        }
        _ => text,
    }
}

/// A commune's code as files write it: `1004` lost its zero, `13055.0` came through a column of decimals.
#[must_use]
pub fn commune_code(text: &str) -> String {
    let text = whole(text.trim());
    if text.len() == 4 && text.bytes().all(|c| c.is_ascii_digit()) { format!("0{text}") } else { text.to_ascii_uppercase() }
}

/// Why a collection of features is refused, in words with a reason.
#[must_use]
pub fn of_collection(fault: &CollectionFault) -> Message {
    let message = Message::new(fault.reason(), fault.to_string());
    match fault {
        CollectionFault::NotText { looks_like } => message.with("looksLike", looks_like),
        CollectionFault::OtherFormat { looks_like } => message.with("looksLike", looks_like),
        CollectionFault::OtherReference(name) => message.with("reference", name),
        CollectionFault::TooManyBytes { bytes, limit } => message.with("bytes", bytes).with("limit", limit),
        CollectionFault::TooManyFeatures { features, limit } => message.with("features", features).with("limit", limit),
        CollectionFault::TooManyProperties { limit } => message.with("limit", limit),
        CollectionFault::Malformed(_) => message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn departments_are_written_in_many_ways() {
        for (written, code) in [
            ("013", "13"),
            ("13", "13"),
            ("001", "01"),
            ("01", "01"),
            ("1", "01"),
            ("02A", "2A"),
            ("2b", "2B"),
            ("13.0", "13"),
            ("974", "974"),
        ] {
            assert_eq!(department_code(written), code, "{written}");
        }
    }

    #[test]
    fn a_uai_begins_with_its_department() {
        let department = |uai: &str| department_of_uai(&Uai::parse(uai).unwrap()).map(|code| code.to_string());
        assert_eq!(department("0139901S").as_deref(), Some("13"));
        assert_eq!(department("9719901K").as_deref(), Some("971"));
        assert_eq!(department("9779902D"), None);
    }

    #[test]
    fn a_commune_that_lost_its_zero_or_gained_a_decimal_is_read() {
        assert_eq!(["1004", "13055.0", "2a004", "13055"].map(commune_code), ["01004", "13055", "2A004", "13055"]);
    }
}
