//! Variables, from JSON to juniper's input values. Each object of GeoJSON stays raw JSON, which the GeoJSON scalar takes: also a Feature, and
//! whatever else somebody sends for a geometry, so that the scalar's owner says what is wrong with it, and where. No input type of ours has a
//! field of these names. Bounds depth and number, and refuses NUL, which PostgreSQL cannot store.

use std::collections::BTreeMap;

use juniper::parser::Spanning;
use juniper::{InputValue, Variables};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::value::{PaltsScalar, RawJson};
use crate::workflow::{Error, Result};

/// Our inputs nest five deep; a geometry counts as one.
const MAX_DEPTH: usize = 16;
/// Values in all; a geometry counts as one.
const MAX_VALUES: usize = 100_000;

/// Reads the variables of a request.
///
/// # Errors
/// INVALID or LIMIT naming the place, as `variables.input.sectors[3].name`.
pub fn read(raw: &RawValue) -> Result<Variables<PaltsScalar>> {
    let mut reader = Reader { path: vec!["variables".to_owned()], values: 0 };
    reader.members(raw.get())?.into_iter().map(|(name, value)| Ok((name.clone(), reader.at(&name, value)?))).collect()
}

struct Reader {
    path: Vec<String>,
    values: usize,
}

type Value = InputValue<PaltsScalar>;

impl Reader {
    fn fault(&self, message: &str) -> Error {
        Error::invalid(self.path.concat(), message)
    }

    fn members<'a>(&self, text: &'a str) -> Result<BTreeMap<String, &'a RawValue>> {
        let members: BTreeMap<String, &'a RawValue> =
            serde_json::from_str(text).map_err(|_| self.fault("is not an object of JSON"))?;
        if members.keys().any(|name| name.contains('\0')) {
            return Err(self.fault("must not hold a NUL character"));
        }
        Ok(members)
    }

    fn at(&mut self, name: &str, raw: &RawValue) -> Result<Value> {
        self.path.push(format!(".{name}"));
        let value = self.value(raw.get());
        self.path.pop();
        value
    }

    fn value(&mut self, text: &str) -> Result<Value> {
        self.values += 1;
        if self.values > MAX_VALUES {
            return Err(Error::limit(format!("variables: more than {MAX_VALUES} values")));
        }
        if self.path.len() > MAX_DEPTH {
            return Err(Error::limit(format!("variables: nested more than {MAX_DEPTH} deep")));
        }
        match text.as_bytes().first() {
            Some(b'{') => self.object(text),
            Some(b'[') => self.list(text),
            Some(b'n') => Ok(Value::Null),
            _ => self.scalar(text),
        }
    }

    fn object(&mut self, text: &str) -> Result<Value> {
        let members = self.members(text)?;
        if is_geojson(&members) {
            if text.contains("\\u0000") {
                return Err(self.fault("must not hold a NUL character"));
            }
            let raw = RawJson::new(text.to_owned()).map_err(|_| self.fault("is not JSON"))?;
            return Ok(Value::Scalar(PaltsScalar::Raw(raw)));
        }
        let members = members
            .into_iter()
            .map(|(name, raw)| {
                let value = self.at(&name, raw)?;
                Ok((Spanning::unlocated(name), Spanning::unlocated(value)))
            })
            .collect::<Result<_>>()?;
        Ok(Value::Object(members))
    }

    fn list(&mut self, text: &str) -> Result<Value> {
        // Texts of numbers are long lists' items: bounded before each gets a value of its own.
        let items: Vec<&RawValue> = serde_json::from_str(text).map_err(|_| self.fault("is not a list of JSON"))?;
        let items = items
            .into_iter()
            .enumerate()
            .map(|(index, raw)| {
                self.path.push(format!("[{index}]"));
                let value = self.value(raw.get());
                self.path.pop();
                value.map(Spanning::unlocated)
            })
            .collect::<Result<_>>()?;
        Ok(Value::List(items))
    }

    fn scalar(&self, text: &str) -> Result<Value> {
        let scalar = PaltsScalar::deserialize(&mut serde_json::Deserializer::from_str(text))
            .map_err(|_| self.fault("is not a value of JSON"))?;
        if matches!(&scalar, PaltsScalar::String(text) if text.contains('\0')) {
            return Err(self.fault("must not hold a NUL character"));
        }
        Ok(Value::Scalar(scalar))
    }
}

/// Whether an object is GeoJSON, or meant to be.
fn is_geojson(members: &BTreeMap<String, &RawValue>) -> bool {
    const TYPES: [&str; 9] = [
        "Point",
        "MultiPoint",
        "LineString",
        "MultiLineString",
        "Polygon",
        "MultiPolygon",
        "GeometryCollection",
        "Feature",
        "FeatureCollection",
    ];
    let has = |name: &str| members.contains_key(name);
    let is_typed = || {
        let text = members.get("type").map_or("", |raw| raw.get());
        TYPES.iter().any(|each| text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) == Some(*each))
    };
    has("coordinates") || has("geometries") || is_typed()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<Variables<PaltsScalar>> {
        read(&RawValue::from_string(text.to_owned()).unwrap())
    }

    fn message(text: &str) -> String {
        read_text(text).unwrap_err().to_string()
    }

    #[test]
    fn a_geometry_stays_as_it_was_written() {
        let geometry = r#"{"type": "Point", "coordinates": [2.0, 48.50]}"#;
        let variables = read_text(&format!(r#"{{"input": {{"sectors": [{{"code": "A", "geometry": {geometry}}}]}}}}"#)).unwrap();
        let input = variables["input"].to_object_value().unwrap();
        let Value::List(sectors) = input["sectors"] else { panic!("a list") };
        let sector = sectors[0].item.to_object_value().unwrap();
        assert_eq!(sector["code"], &Value::scalar("A".to_owned()));
        let Value::Scalar(PaltsScalar::Raw(raw)) = sector["geometry"] else { panic!("raw") };
        assert_eq!(raw.get(), geometry);
    }

    #[test]
    fn numbers_of_32_bits_are_ints_and_others_floats() {
        let variables = read_text(r#"{"a": 1, "b": 4294967296, "c": 0.5, "d": null, "e": true}"#).unwrap();
        assert_eq!(variables["a"], Value::scalar(1));
        assert_eq!(variables["b"], Value::scalar(4_294_967_296.0));
        assert_eq!(variables["c"], Value::scalar(0.5));
        assert_eq!(variables["d"], Value::Null);
        assert_eq!(variables["e"], Value::scalar(true));
    }

    #[test]
    fn nul_is_refused_wherever_it_stands() {
        assert_eq!(message(r#"{"a": {"b": ["\u0000"]}}"#), "variables.a.b[0]: must not hold a NUL character");
        assert_eq!(message(r#"{"a": {"\u0000": 1}}"#), "variables.a: must not hold a NUL character");
        let geometry = r#"{"g": {"type": "\u0000", "coordinates": []}}"#;
        assert_eq!(message(geometry), "variables.g: must not hold a NUL character");
    }

    #[test]
    fn depth_and_number_are_bounded() {
        let deep = format!(r#"{{"a": {}1{}}}"#, "[".repeat(100), "]".repeat(100));
        assert_eq!(read_text(&deep).unwrap_err().code(), "LIMIT");
        let long = format!(r#"{{"a": [{}1]}}"#, "1,".repeat(MAX_VALUES));
        assert_eq!(read_text(&long).unwrap_err().code(), "LIMIT");
    }
}
