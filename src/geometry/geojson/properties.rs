//! The properties of a feature: the names of all, the values of those that somebody asks for, bounded. What nobody asks for is passed over
//! where it stands, however long and deep it is. Not for what properties mean.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::feature::Excess;
use super::json::{Name, passed_over};

/// Characters of a property's name that are kept; a longer one is nobody's.
const LONGEST_NAME: usize = 200;
/// Different names in a file, at most.
pub(super) const MAX_NAMES: usize = 10_000;
/// Bytes of text in one value that is asked for, at most: far more than the longest description.
const MAX_TEXT: usize = 64 * 1024;
/// Bytes of text in all such values of a feature, at most.
const MAX_TEXTS: usize = 256 * 1024;
/// Values in all such properties of a feature, the items of lists counted, at most: far more than a department has communes.
const MAX_VALUES: usize = 10_000;
/// Lists in lists, at most.
const MAX_DEPTH: usize = 8;

/// Notes the names of a feature's properties.
pub(super) struct Names<'n> {
    pub known: &'n mut BTreeSet<String>,
    /// More names than a file may have.
    pub too_many: &'n mut bool,
}

impl Names<'_> {
    fn note(&mut self, name: &str) {
        let end = name.char_indices().nth(LONGEST_NAME).map_or(name.len(), |(at, _)| at);
        let name = name.get(..end).unwrap_or_default();
        if *self.too_many || self.known.contains(name) {
            return;
        }
        *self.too_many = self.known.len() >= MAX_NAMES;
        if !*self.too_many {
            self.known.insert(name.to_owned());
        }
    }
}

impl<'de> Visitor<'de> for Names<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("des propriétés")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key_seed(Name)? {
            self.note(&name);
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

/// Reads the values that are asked for; what is too much is told, each property once.
pub(super) struct Wanted<'w> {
    pub names: &'w BTreeSet<String>,
    pub excess: &'w mut Vec<Excess>,
}

impl<'de> Visitor<'de> for Wanted<'_> {
    type Value = Map<String, Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("des propriétés")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut properties = Map::new();
        let (mut values, mut texts) = (MAX_VALUES, MAX_TEXTS);
        while let Some(name) = map.next_key_seed(Name)? {
            if !self.names.contains(name.as_ref()) {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let mut excess = None;
            let room = Room { values: &mut values, texts: &mut texts, excess: &mut excess, depth: 0 };
            let value = map.next_value_seed(room)?;
            match excess {
                None => {
                    properties.insert(name.into_owned(), value);
                }
                Some(words) => {
                    properties.remove(name.as_ref());
                    // A name that stands twice is told once.
                    if !self.excess.iter().any(|known| known.property == name) {
                        self.excess.push(Excess { property: name.into_owned(), words });
                    }
                }
            }
        }
        Ok(properties)
    }
}

/// How much more of a feature's values may be kept.
struct Room<'r> {
    values: &'r mut usize,
    texts: &'r mut usize,
    excess: &'r mut Option<String>,
    depth: usize,
}

impl Room<'_> {
    /// The same, one level down.
    fn inside(&mut self) -> Room<'_> {
        Room { values: self.values, texts: self.texts, excess: self.excess, depth: self.depth + 1 }
    }

    /// Whether there is room for one more value and so much text.
    fn takes(&mut self, bytes: usize) -> bool {
        let (values, texts) = (self.values.checked_sub(1), self.texts.checked_sub(bytes));
        if bytes > MAX_TEXT {
            return self.over(format!("a un texte de {bytes} octets, plus que les {MAX_TEXT} permis"));
        }
        let Some(values) = values else {
            return self.over(format!("porte les valeurs de l’objet au-delà des {MAX_VALUES} permises"));
        };
        let Some(texts) = texts else {
            return self.over(format!("porte les textes de l’objet au-delà des {MAX_TEXTS} octets permis"));
        };
        (*self.values, *self.texts) = (values, texts);
        true
    }

    fn over(&mut self, words: String) -> bool {
        self.excess.get_or_insert(words);
        false
    }

    fn text(mut self, text: &str) -> Value {
        if self.takes(text.len()) { Value::String(text.to_owned()) } else { Value::Null }
    }

    fn plain(mut self, value: impl Into<Value>) -> Value {
        if self.takes(0) { value.into() } else { Value::Null }
    }

    /// Whether a list or an object is to be read.
    fn goes_down(&mut self) -> bool {
        if self.depth >= MAX_DEPTH {
            return self.over(format!("est emboîtée sur plus de {MAX_DEPTH} niveaux"));
        }
        self.takes(0)
    }
}

impl<'de> DeserializeSeed<'de> for Room<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        if self.excess.is_some() {
            return deserializer.deserialize_ignored_any(IgnoredAny).map(|_| Value::Null);
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Room<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("une valeur")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(self.plain(Value::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(self.plain(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(self.plain(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(self.plain(value))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        let number = Number::from_f64(value).ok_or_else(|| E::custom("un nombre infini"))?;
        Ok(self.plain(Value::Number(number)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(self.text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut sequence: A) -> Result<Value, A::Error> {
        if !self.goes_down() {
            return passed_over(sequence).map(|()| Value::Null);
        }
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element_seed(self.inside())? {
            if self.excess.is_some() {
                return passed_over(sequence).map(|()| Value::Null);
            }
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Value, A::Error> {
        let reads = self.goes_down();
        let mut members = Map::new();
        while let Some(name) = map.next_key_seed(Name)? {
            let fits = reads && self.excess.is_none() && self.takes(name.len());
            if fits {
                let value = map.next_value_seed(self.inside())?;
                members.insert(name.into_owned(), value);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Value::Object(members))
    }
}
