//! JSON in canonical form (after RFC 8785): keys sorted, no white space, so that equal values are equal bytes.
//!
//! Numbers are whole here; what has decimals is written as text, so that nothing depends on how floating point is printed.

use aws_lc_rs::digest::{Context, SHA256, digest};
use serde_json::Value;

/// Writes a value in canonical form.
#[must_use]
pub fn canonical_json(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut |part| text.push_str(part));
    text
}

/// The SHA-256 of a text that is said part by part, in lower-case hexadecimal: whoever says it never holds the whole.
#[must_use]
pub fn sha256_hex_of_parts(say: impl FnOnce(&mut dyn FnMut(&str))) -> String {
    let mut hash = Context::new(&SHA256);
    say(&mut |part| hash.update(part.as_bytes()));
    hex(hash.finish().as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// SHA-256 of a text, in lower-case hexadecimal.
#[must_use]
pub fn sha256_hex(text: &str) -> String {
    sha256_hex_of(text.as_bytes())
}

/// SHA-256 of some bytes, in lower-case hexadecimal.
#[must_use]
pub fn sha256_hex_of(bytes: &[u8]) -> String {
    hex(digest(&SHA256, bytes).as_ref())
}

/// A SHA-256 of what is read piece by piece.
#[derive(Clone)]
pub struct Sha256(Context);

impl Default for Sha256 {
    fn default() -> Self {
        Self(Context::new(&SHA256))
    }
}

impl Sha256 {
    /// Adds a piece.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all of them, in lower-case hexadecimal.
    #[must_use]
    pub fn hex(self) -> String {
        hex(self.0.finish().as_ref())
    }
}

/// Says a value in canonical form, part by part.
pub fn write(value: &Value, say: &mut dyn FnMut(&str)) {
    match value {
        // serde_json escapes as RFC 8785 asks: short escapes, \u00xx in lower case, nothing beyond ASCII.
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => say(&value.to_string()),
        Value::Array(items) => {
            say("[");
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    say(",");
                }
                write(item, say);
            }
            say("]");
        }
        Value::Object(fields) => {
            // Sorted here, whatever order the map keeps. Our keys are ASCII: bytes sort as UTF-16 units do.
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(key, _)| *key);
            say("{");
            for (index, (key, field)) in fields.into_iter().enumerate() {
                if index > 0 {
                    say(",");
                }
                say(&Value::from(key.as_str()).to_string());
                say(":");
                write(field, say);
            }
            say("}");
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_are_sorted_at_every_depth_and_text_is_escaped_least() {
        let value = json!({ "b": [1, null, { "z": true, "a": "é\"\\\n\u{1}/" }], "a": {} });
        assert_eq!(canonical_json(&value), r#"{"a":{},"b":[1,null,{"a":"é\"\\\n\u0001/","z":true}]}"#);
    }

    #[test]
    fn the_hash_is_that_of_the_standard() {
        assert_eq!(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
