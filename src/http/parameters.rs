//! Query strings as their types: every fault is said in French with the parameter's name, and one that is not known is refused with the names
//! that there are. serde's own readers say it in English. Not for what the parameters mean.

use std::fmt::{self, Display};

use actix_web::web::Query;
use serde::de::{DeserializeOwned, Deserializer, Error as _, IntoDeserializer, MapAccess, Visitor};
use serde::forward_to_deserialize_any;

use crate::domain::Message;
use crate::domain::french::agreed;
use crate::exchange::rows::shown;
use crate::workflow::{Error, Result};

/// Reads a query string.
///
/// # Errors
/// INVALID for a parameter that is not known, lacks, is there twice or is not of its type.
pub(super) fn read<P: DeserializeOwned>(query: &str) -> Result<P> {
    let fault = |text: String| Error::invalid("parameters", Message::new("PARAMETERS", text));
    let pairs = Query::<Vec<(String, String)>>::from_query(query)
        .map_err(|_| fault("les paramètres ne peuvent pas être lus : nom=valeur&nom=valeur est attendu".to_owned()))?;
    P::deserialize(Pairs { rest: pairs.into_inner().into_iter(), value: None }).map_err(|Fault(text)| fault(text))
}

/// What is wrong, in French.
#[derive(Debug)]
struct Fault(String);

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Fault {}

impl serde::de::Error for Fault {
    fn custom<T: Display>(text: T) -> Self {
        Self(text.to_string())
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        let there = agreed(expected.len(), "le seul est", "il y a");
        Self(format!("« {} » n’est pas un paramètre ; {there} {}", shown(field), expected.join(", ")))
    }

    fn missing_field(field: &'static str) -> Self {
        Self(format!("il manque le paramètre {field}"))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self(format!("le paramètre {field} est donné deux fois"))
    }
}

/// The parameters, one after the other.
struct Pairs {
    rest: std::vec::IntoIter<(String, String)>,
    value: Option<Parameter>,
}

impl<'de> Deserializer<'de> for Pairs {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> std::result::Result<V::Value, Fault> {
        visitor.visit_map(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct newtype_struct seq tuple
        tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de> MapAccess<'de> for Pairs {
    type Error = Fault;

    fn next_key_seed<K: serde::de::DeserializeSeed<'de>>(&mut self, seed: K) -> std::result::Result<Option<K::Value>, Fault> {
        let Some((name, text)) = self.rest.next() else { return Ok(None) };
        let key = seed.deserialize(IntoDeserializer::<Fault>::into_deserializer(name.as_str()))?;
        self.value = Some(Parameter { name, text });
        Ok(Some(key))
    }

    fn next_value_seed<V: serde::de::DeserializeSeed<'de>>(&mut self, seed: V) -> std::result::Result<V::Value, Fault> {
        seed.deserialize(self.value.take().ok_or_else(|| Fault::custom("un paramètre sans valeur"))?)
    }
}

/// One parameter: a text, read as what its field is.
struct Parameter {
    name: String,
    text: String,
}

impl Parameter {
    fn wrong(&self, expected: &str) -> Fault {
        Fault(format!("{} : « {} » ne convient pas, il faut {expected}", self.name, shown(&self.text)))
    }
}

impl<'de> Deserializer<'de> for Parameter {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> std::result::Result<V::Value, Fault> {
        visitor.visit_string(self.text)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> std::result::Result<V::Value, Fault> {
        match self.text.as_str() {
            "true" => visitor.visit_bool(true),
            "false" => visitor.visit_bool(false),
            _ => Err(self.wrong("true ou false")),
        }
    }

    fn deserialize_i32<V: Visitor<'de>>(self, visitor: V) -> std::result::Result<V::Value, Fault> {
        let number = self.text.parse().map_err(|_| self.wrong("un nombre entier"))?;
        visitor.visit_i32(number)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> std::result::Result<V::Value, Fault> {
        visitor.visit_some(self)
    }

    forward_to_deserialize_any! {
        i8 i16 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct newtype_struct seq tuple tuple_struct map
        struct enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields, rename_all = "camelCase")]
    struct Asked {
        list: String,
        version: Option<i32>,
        #[serde(default)]
        dry_run: bool,
    }

    #[test]
    fn parameters_are_read_as_what_they_are() {
        let asked = Asked { list: "é=1&2".to_owned(), version: Some(-3), dry_run: true };
        assert_eq!(read::<Asked>("list=%C3%A9%3D1%262&version=-3&dryRun=true").unwrap(), asked);
        assert_eq!(read::<Asked>("list=").unwrap(), Asked { list: String::new(), version: None, dry_run: false });
    }

    #[test]
    fn what_is_wrong_with_a_parameter_is_said_in_french_with_its_name() {
        for (query, said) in [
            ("list=a&dryrun=true", "« dryrun » n’est pas un paramètre ; il y a list, version, dryRun"),
            ("version=3", "il manque le paramètre list"),
            ("list=a&list=b", "le paramètre list est donné deux fois"),
            ("list=a&version=trois", "version : « trois » ne convient pas, il faut un nombre entier"),
            ("list=a&dryRun=oui", "dryRun : « oui » ne convient pas, il faut true ou false"),
            ("list=a&version=", "version : «  » ne convient pas, il faut un nombre entier"),
        ] {
            let Error::Invalid { message, .. } = read::<Asked>(query).unwrap_err() else { panic!("{query}") };
            assert_eq!((message.text.as_str(), message.reason), (said, "PARAMETERS"), "{query}");
        }
        let long = format!("list=a&{}=1", "x".repeat(10_000));
        assert!(read::<Asked>(&long).unwrap_err().to_string().len() < 300);
    }
}
