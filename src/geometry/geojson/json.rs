//! Pieces of JSON text, looked at where they stand: members by their names, what a value is, where a fault is. Nothing is built of what is not
//! asked for, and what is passed over is passed over without recursion, however deep it nests. Not for what the pieces mean.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::read::malformed;
use crate::geometry::fault::GeometryFault;

/// Why the members of a value are not had.
pub(super) enum NoMembers {
    /// The text is not JSON.
    Text(serde_json::Error),
    /// It is something else than an object; with its article.
    Other(&'static str),
}

/// The members of an object under some names, as they stand in its text; of two under one name the last counts.
pub(super) fn members<'t, const N: usize>(text: &'t str, names: [&str; N]) -> Result<[Option<&'t RawValue>; N], NoMembers> {
    let mut found = [None; N];
    if !text.trim_start().starts_with('{') {
        let checked: Result<&RawValue, _> = serde_json::from_str(text);
        return Err(checked.map_or_else(NoMembers::Text, |value| NoMembers::Other(what_is(value))));
    }
    let mut each = |name: &str, value: &'t RawValue| {
        if let Some(slot) = names.iter().position(|known| *known == name).and_then(|at| found.get_mut(at)) {
            *slot = Some(value);
        }
    };
    let mut deserializer = serde_json::Deserializer::from_str(text);
    deserializer.deserialize_map(Named(&mut each)).and_then(|()| deserializer.end()).map_err(NoMembers::Text)?;
    Ok(found)
}

struct Named<F>(F);

impl<'de, F: FnMut(&str, &'de RawValue)> Visitor<'de> for Named<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("un objet JSON")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key_seed(Name)? {
            let value = map.next_value()?;
            (self.0)(&name, value);
        }
        Ok(())
    }
}

/// The name of a member: borrowed, unless it is written with escapes.
pub(super) struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("un nom")
    }

    fn visit_borrowed_str<E: serde::de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

/// What a value is, with its article.
pub(super) fn what_is(value: &RawValue) -> &'static str {
    match value.get().bytes().next() {
        Some(b'{') => "un objet",
        Some(b'[') => "une liste",
        Some(b'"') => "un texte",
        Some(b't' | b'f') => "un booléen",
        Some(b'n') => "null",
        Some(_) | None => "un nombre",
    }
}

/// The text that a value is, if it is one.
pub(super) fn text_of(value: &RawValue) -> Option<Cow<'_, str>> {
    let mut deserializer = serde_json::Deserializer::from_str(value.get());
    value.get().starts_with('"').then(|| Name.deserialize(&mut deserializer).ok()).flatten()
}

/// A number, or what is there instead.
pub(super) enum Scalar {
    Number(f64),
    /// With its article.
    Other(&'static str),
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("un nombre")
    }

    fn visit_f64<E>(self, number: f64) -> Result<Scalar, E> {
        Ok(Scalar::Number(number))
    }

    #[allow(clippy::cast_precision_loss)] // Beyond 2^53 nothing is a place on the earth.
    fn visit_i64<E>(self, number: i64) -> Result<Scalar, E> {
        Ok(Scalar::Number(number as f64))
    }

    #[allow(clippy::cast_precision_loss)]
    fn visit_u64<E>(self, number: u64) -> Result<Scalar, E> {
        Ok(Scalar::Number(number as f64))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Scalar, E> {
        Ok(Scalar::Other("un booléen"))
    }

    fn visit_unit<E>(self) -> Result<Scalar, E> {
        Ok(Scalar::Other("null"))
    }

    fn visit_str<E>(self, _: &str) -> Result<Scalar, E> {
        Ok(Scalar::Other("un texte"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, sequence: A) -> Result<Scalar, A::Error> {
        passed_over(sequence).map(|()| Scalar::Other("une liste"))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Scalar, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::Other("un objet"))
    }
}

/// The rest of a list, of which nothing is kept.
pub(super) fn passed_over<'de, A: SeqAccess<'de>>(mut sequence: A) -> Result<(), A::Error> {
    while sequence.next_element::<IgnoredAny>()?.is_some() {}
    Ok(())
}

/// Whether a list or an object has nothing in it.
pub(super) fn is_hollow(value: &RawValue) -> bool {
    let text = value.get();
    text.get(1..text.len().saturating_sub(1)).is_some_and(|inside| inside.trim().is_empty())
}

/// Whether each of a list is so; reads no further than the first that is not.
pub(super) fn each_is(list: &RawValue, is: impl FnMut(&RawValue) -> bool) -> bool {
    serde_json::Deserializer::from_str(list.get()).deserialize_seq(EachIs(is)).is_ok()
}

struct EachIs<F>(F);

impl<'de, F: FnMut(&RawValue) -> bool> Visitor<'de> for EachIs<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("une liste")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut sequence: A) -> Result<(), A::Error> {
        while let Some(item) = sequence.next_element::<&'de RawValue>()? {
            if !(self.0)(item) {
                return Err(A::Error::custom("un autre"));
            }
        }
        Ok(())
    }
}

/// Whether coordinates hold nothing: `[]`, `[[]]`, `[null, null]`, `["", "nan"]`, and lists of one such list. Reads no further than the first
/// thing that is there.
pub(super) fn is_void(coordinates: &RawValue) -> bool {
    matches!(serde_json::from_str(coordinates.get()), Ok(Void::Nothing | Void::List))
}

enum Void {
    /// Null, a blank text.
    Nothing,
    /// A list without anything in it.
    List,
}

impl<'de> Deserialize<'de> for Void {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(VoidVisitor)
    }
}

/// The reader of JSON goes no deeper than 128 levels, and this with it.
struct VoidVisitor;

impl<'de> Visitor<'de> for VoidVisitor {
    type Value = Void;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("rien")
    }

    fn visit_unit<E>(self) -> Result<Void, E> {
        Ok(Void::Nothing)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Void, E> {
        let is_blank = text.trim().is_empty() || text.eq_ignore_ascii_case("nan");
        if is_blank { Ok(Void::Nothing) } else { Err(E::custom("un texte")) }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Void, A::Error> {
        let mut lists = 0;
        let mut items = 0;
        while let Some(item) = sequence.next_element::<Void>()? {
            items += 1;
            lists += usize::from(matches!(item, Void::List));
            if lists > 0 && items > 1 {
                return Err(A::Error::custom("des listes"));
            }
        }
        Ok(Void::List)
    }
}

/// Where a text stops being JSON, of which a part was read by itself.
pub(super) fn not_json(what: &str, text: &str, part: &str, error: &serde_json::Error) -> GeometryFault {
    let offset = (part.as_ptr() as usize).checked_sub(text.as_ptr() as usize);
    let before = offset.and_then(|offset| text.get(..offset)).unwrap_or_default();
    let lines = before.bytes().filter(|byte| *byte == b'\n').count();
    let column = before.rfind('\n').map_or(before.len(), |at| before.len() - at - 1);
    let (line, column) = (lines + error.line(), if error.line() == 1 { column + error.column() } else { error.column() });
    malformed(format!("{what} n’est pas du JSON : ligne {line}, colonne {column}"))
}
