//! The scalar value of our schema: the five of GraphQL and raw JSON, so that a stored GeoJSON text is written out as an object without being
//! parsed again, and a [list](super::lists) that was written while it was resolved is not made of values first.

use std::fmt;
use std::sync::Arc;

use derive_more::{Display, TryInto};
use juniper::{ScalarValue, TryToPrimitive, WrongInputScalarTypeError, arcstr};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use serde_json::value::RawValue;

use super::budget;

/// JSON text that is known to be valid.
#[derive(Clone, Debug)]
pub struct RawJson(Text);

#[derive(Clone, Debug)]
enum Text {
    /// Read as JSON.
    Checked(Arc<RawValue>),
    /// Written as JSON.
    Written(Arc<String>),
}

impl RawJson {
    /// Takes a text that is JSON.
    ///
    /// # Errors
    /// When it is not.
    pub fn new(text: String) -> Result<Self, serde_json::Error> {
        RawValue::from_string(text).map(|raw| Self(Text::Checked(raw.into())))
    }

    /// Takes a text that was written as JSON.
    #[must_use]
    pub fn written(text: String) -> Self {
        Self(Text::Written(text.into()))
    }

    /// The text.
    #[must_use]
    pub fn get(&self) -> &str {
        match &self.0 {
            Text::Checked(raw) => raw.get(),
            Text::Written(text) => text,
        }
    }
}

impl From<Arc<RawValue>> for RawJson {
    fn from(raw: Arc<RawValue>) -> Self {
        Self(Text::Checked(raw))
    }
}

impl PartialEq for RawJson {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl fmt::Display for RawJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.get())
    }
}

impl Serialize for RawJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Text::Checked(raw) => raw.serialize(serializer),
            // Answers are written by `json`, never by way of serde.
            Text::Written(text) => serde_json::from_str::<&RawValue>(text).map_err(ser::Error::custom)?.serialize(serializer),
        }
    }
}

/// A scalar of our schema.
#[derive(Clone, Debug, Display, PartialEq, ScalarValue, Serialize, TryInto)]
#[serde(untagged)]
pub enum PaltsScalar {
    /// 32 bits.
    #[value(to_float)]
    Int(i32),
    /// 64-bit floating point.
    #[value(to_float)]
    Float(f64),
    /// Text.
    #[value(as_str, to_string)]
    String(String),
    /// True or false.
    #[value(to_bool)]
    Boolean(bool),
    /// JSON, written as it is.
    Raw(RawJson),
}

/// A whole number is an Int where one is wanted, also with a point: JSON does not tell 3.0 from 3.
impl<'s> TryToPrimitive<'s, i32> for PaltsScalar {
    type Error = WrongInputScalarTypeError<'s, Self>;

    #[allow(clippy::cast_possible_truncation)] // It was held against the bounds.
    fn try_to_primitive(&'s self) -> Result<i32, Self::Error> {
        match self {
            Self::Int(number) => Ok(*number),
            Self::Float(number) if number.fract() == 0.0 && (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(number) => {
                Ok(*number as i32)
            }
            Self::Float(_) | Self::String(_) | Self::Boolean(_) | Self::Raw(_) => {
                Err(WrongInputScalarTypeError { type_name: arcstr::literal!("Int"), input: self })
            }
        }
    }
}

/// Bytes that a number or a boolean takes at most, about.
const SHORT: usize = 12;

impl From<i32> for PaltsScalar {
    fn from(number: i32) -> Self {
        budget::take(SHORT);
        Self::Int(number)
    }
}

impl From<f64> for PaltsScalar {
    fn from(number: f64) -> Self {
        budget::take(SHORT);
        Self::Float(number)
    }
}

impl From<bool> for PaltsScalar {
    fn from(is_so: bool) -> Self {
        budget::take(SHORT);
        Self::Boolean(is_so)
    }
}

/// Every text of an answer becomes a value here, introspection's included.
impl From<String> for PaltsScalar {
    fn from(text: String) -> Self {
        if budget::take(text.len() + 2) { Self::String(text) } else { Self::String(String::new()) }
    }
}

/// What was [written](RawJson::written) took its bytes while it was; anything else takes them here.
impl From<RawJson> for PaltsScalar {
    fn from(raw: RawJson) -> Self {
        if matches!(raw.0, Text::Checked(_)) && !budget::take(raw.get().len()) {
            return Self::Raw(RawJson::written("null".to_owned()));
        }
        Self::Raw(raw)
    }
}

impl<'de> Deserialize<'de> for PaltsScalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = PaltsScalar;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number, a text or a boolean")
            }
            fn visit_bool<E: de::Error>(self, value: bool) -> Result<PaltsScalar, E> {
                Ok(PaltsScalar::Boolean(value))
            }
            #[allow(clippy::cast_precision_loss)] // GraphQL's numbers beyond 32 bits are floats.
            fn visit_i64<E: de::Error>(self, value: i64) -> Result<PaltsScalar, E> {
                Ok(i32::try_from(value).map_or(PaltsScalar::Float(value as f64), PaltsScalar::Int))
            }
            #[allow(clippy::cast_precision_loss)]
            fn visit_u64<E: de::Error>(self, value: u64) -> Result<PaltsScalar, E> {
                Ok(i32::try_from(value).map_or(PaltsScalar::Float(value as f64), PaltsScalar::Int))
            }
            fn visit_f64<E: de::Error>(self, value: f64) -> Result<PaltsScalar, E> {
                Ok(PaltsScalar::Float(value))
            }
            fn visit_str<E: de::Error>(self, value: &str) -> Result<PaltsScalar, E> {
                Ok(PaltsScalar::String(value.to_owned()))
            }
            fn visit_string<E: de::Error>(self, value: String) -> Result<PaltsScalar, E> {
                Ok(PaltsScalar::String(value))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}
