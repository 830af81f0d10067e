//! Writing values as JSON into the bytes that go out. Not for reading JSON.

use juniper::Value;

use super::value::PaltsScalar;

/// Writes a value.
///
/// # Errors
/// For a scalar that JSON cannot say; ours have none.
pub fn write(value: &Value<PaltsScalar>, out: &mut Vec<u8>) -> serde_json::Result<()> {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Scalar(PaltsScalar::Raw(raw)) => out.extend_from_slice(raw.get().as_bytes()),
        Value::Scalar(PaltsScalar::Int(number)) => serde_json::to_writer(out, number)?,
        Value::Scalar(PaltsScalar::Float(number)) => serde_json::to_writer(out, number)?,
        Value::Scalar(PaltsScalar::String(text)) => serde_json::to_writer(out, text)?,
        Value::Scalar(PaltsScalar::Boolean(is_so)) => serde_json::to_writer(out, is_so)?,
        Value::List(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write(item, out)?;
            }
            out.push(b']');
        }
        Value::Object(object) => {
            out.push(b'{');
            for (index, (name, field)) in object.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                key(name, out);
                write(field, out)?;
            }
            out.push(b'}');
        }
    }
    Ok(())
}

/// How many bytes the texts in a value take that are [written](super::value::RawJson::written) already: most of an answer with lists.
#[must_use]
pub fn written_bytes(value: &Value<PaltsScalar>) -> usize {
    match value {
        Value::Scalar(PaltsScalar::Raw(raw)) => raw.get().len(),
        Value::Null | Value::Scalar(_) => 0,
        Value::List(items) => items.iter().map(written_bytes).sum(),
        Value::Object(object) => object.iter().map(|(_, field)| written_bytes(field)).sum(),
    }
}

/// How many bytes the names of the fields of an object take, and those of the objects right inside it; lists count theirs themselves.
#[must_use]
pub fn key_bytes(value: &Value<PaltsScalar>) -> usize {
    match value {
        Value::Null | Value::Scalar(_) | Value::List(_) => 0,
        Value::Object(object) => object.iter().map(|(name, field)| name.len() + 4 + key_bytes(field)).sum(),
    }
}

/// Writes the name of a field. Names of GraphQL are letters, digits and underscores: none needs an escape.
pub fn key(name: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
}

#[cfg(test)]
mod tests {
    use juniper::Object;

    use super::*;
    use crate::graphql::value::RawJson;

    #[test]
    fn values_are_written_as_serde_writes_them() {
        let texts = ["", "é", "\"\\/", "\u{0}\u{1}\u{8}\t\n\r\u{1f}\u{7f}", "\u{2028}\u{2029}", "\u{1f600}"];
        let numbers = [0.0, -0.0, 0.1, 1e15, 1e300, -2.5e-7, f64::NAN, f64::INFINITY, 9_007_199_254_740_993.0];
        let mut values: Vec<Value<PaltsScalar>> = texts.map(|text| Value::scalar(text.to_owned())).to_vec();
        values.extend(numbers.map(Value::scalar));
        values.extend([i32::MIN, 0, i32::MAX].map(Value::scalar));
        values.extend([Value::scalar(true), Value::scalar(false), Value::Null, Value::List(Vec::new())]);
        values.push(Value::Object(Object::with_capacity(0)));
        let raw = RawJson::new(r#"{"type": "Point", "coordinates": [5.4, 43.3]}"#.to_owned()).unwrap();
        values.push(Value::Scalar(PaltsScalar::Raw(raw)));
        values.push(Value::Scalar(PaltsScalar::Raw(RawJson::written("[1,{\"a\":null}]".to_owned()))));
        let object: Object<PaltsScalar> =
            values.iter().enumerate().map(|(at, value)| (format!("_{at}"), value.clone())).collect();
        let whole = Value::List(vec![Value::Object(object), Value::List(values)]);
        let mut written = Vec::new();
        write(&whole, &mut written).unwrap();
        assert_eq!(String::from_utf8(written).unwrap(), serde_json::to_string(&whole).unwrap());
    }
}
