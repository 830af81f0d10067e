//! Variables, from JSON to juniper's input values, each by the type that the document gives it: what does not fit is said at its place, as
//! `input.sectors[3].code`, and in few words, before juniper makes an error with the whole value for each. What the document does not declare is
//! not read. Bounds depth and number, and refuses NUL, which PostgreSQL cannot store. Each object of GeoJSON stays raw JSON, also a Feature and
//! whatever else somebody sends for a geometry, so that the scalar's owner says what is wrong with it, and where.

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use juniper::meta::{EnumMeta, InputObjectMeta, MetaType};
use juniper::parser::Spanning;
use juniper::{InputValue, Variables};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::document::Declared;
use super::schema::Schema;
use super::value::{PaltsScalar, RawJson};
use crate::domain::Message;
use crate::domain::french::de;
use crate::workflow::{Error, Result};

/// Our inputs nest five deep; a geometry counts as one.
const MAX_DEPTH: usize = 16;
/// Values of an enum, or members of an input, that are named where another one was sent.
const NAMED: usize = 40;

/// Reads the variables of a request that a document declares; `most` values in all, of which a geometry is one.
///
/// # Errors
/// INVALID or LIMIT naming the place: as `input.sectors[3].name` for what does not fit its type, with `variables.` before it for what no value
/// may be.
pub fn read(raw: &RawValue, declared: &[Declared], schema: &'static Schema, most: usize) -> Result<Variables<PaltsScalar>> {
    let mut reader = Reader { schema, path: vec!["variables".to_owned()], left: most, most };
    let sent = reader.members(raw.get())?;
    let mut variables = Variables::with_capacity(declared.len());
    for Declared { name, of, has_default, is_condition, defaults_to_null } in declared {
        match sent.get(name.as_str()) {
            Some(raw) if *is_condition && raw.get() == "null" => return Err(reader.missing(name, "Boolean!")),
            None if *is_condition && *defaults_to_null => return Err(reader.missing(name, "Boolean!")),
            Some(raw) => drop(variables.insert(name.clone(), reader.at(name, raw, of)?)),
            None if of.ends_with('!') && !has_default => return Err(reader.missing(name, of)),
            None => {}
        }
    }
    Ok(variables)
}

/// What an input object may hold.
struct Member {
    name: String,
    /// Its type, as the language writes it.
    of: String,
    is_required: bool,
}

/// The input objects of the schema, which are the same under all limits.
fn inputs(schema: &Schema) -> &'static HashMap<String, Vec<Member>> {
    static INPUTS: OnceLock<HashMap<String, Vec<Member>>> = OnceLock::new();
    INPUTS.get_or_init(|| {
        let inputs = schema.schema.concrete_type_list().into_iter().filter_map(|of| match of {
            MetaType::InputObject(InputObjectMeta { name, input_fields, .. }) => {
                let members = input_fields.iter().map(|field| Member {
                    name: field.name.to_string(),
                    of: field.arg_type.to_string(),
                    is_required: field.arg_type.is_non_null() && field.default_value.is_none(),
                });
                Some((name.to_string(), members.collect()))
            }
            _ => None,
        });
        inputs.collect()
    })
}

struct Reader {
    schema: &'static Schema,
    path: Vec<String>,
    left: usize,
    most: usize,
}

type Value = InputValue<PaltsScalar>;

fn too_many(most: usize) -> Error {
    Error::limit(Message::new("TOO_MANY", format!("variables : plus de {most} valeurs")).with("most", most))
}

impl Reader {
    /// What no value may be, whatever its type.
    fn fault(&self, reason: &'static str, text: &str) -> Error {
        Error::invalid(self.path.concat(), Message::new(reason, text))
    }

    /// What does not fit its type: the place is the one in the document.
    fn unfit(&self, message: Message) -> Error {
        let path = self.path.get(1..).unwrap_or_default().concat();
        Error::invalid(path.trim_start_matches('.'), message)
    }

    fn expected(&self, what: &str, of: &str, text: &str) -> Error {
        let found = match text.as_bytes().first() {
            Some(b'{') => "un objet",
            Some(b'[') => "une liste",
            Some(b'"') => "un texte",
            Some(b'n') => "rien (null)",
            Some(b't' | b'f') => "un booléen",
            _ => "un nombre",
        };
        let message = Message::new("WRONG_TYPE", format!("{what} est attendu ({of}), et non {found}")).with("expected", of);
        // A short value says best what is wrong; texts may be passwords.
        let is_short = text.len() <= 40 && !matches!(text.as_bytes().first(), Some(b'"' | b'{' | b'['));
        self.unfit(if is_short { Message { text: format!("{} : {text}", message.text), ..message } } else { message })
    }

    fn missing(&mut self, name: &str, of: &str) -> Error {
        self.path.push(format!(".{name}"));
        let error = self.unfit(Message::new("MISSING", format!("une valeur est nécessaire ({of})")).with("expected", of));
        self.path.pop();
        error
    }

    fn members<'a>(&self, text: &'a str) -> Result<BTreeMap<String, &'a RawValue>> {
        let members: BTreeMap<String, &'a RawValue> =
            serde_json::from_str(text).map_err(|_| self.fault("NOT_JSON", "n’est pas un objet JSON"))?;
        if members.keys().any(|name| name.contains('\0')) {
            return Err(self.fault("NUL", "ne doit pas contenir de caractère nul (U+0000)"));
        }
        Ok(members)
    }

    fn at(&mut self, name: &str, raw: &RawValue, of: &str) -> Result<Value> {
        self.path.push(format!(".{name}"));
        let value = self.value(raw.get(), of);
        self.path.pop();
        value
    }

    fn value(&mut self, text: &str, of: &str) -> Result<Value> {
        let Some(left) = self.left.checked_sub(1) else {
            let most = self.most;
            return Err(too_many(most));
        };
        self.left = left;
        if self.path.len() > MAX_DEPTH {
            return Err(Error::limit(
                Message::new("TOO_DEEP", format!("variables : plus de {MAX_DEPTH} niveaux imbriqués")).with("most", MAX_DEPTH),
            ));
        }
        let (is_required, inner) = of.strip_suffix('!').map_or((false, of), |inner| (true, inner));
        if text.starts_with('n') {
            return if is_required { Err(self.expected("une valeur", of, text)) } else { Ok(Value::Null) };
        }
        if let Some(item) = inner.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')) {
            // What is no list stands for a list of one.
            return if text.starts_with('[') { self.list(text, item) } else { self.value(text, item) };
        }
        match self.schema.schema.concrete_type_by_name(inner) {
            Some(MetaType::InputObject(_)) => self.object(text, inner),
            Some(MetaType::Enum(of)) => self.variant(text, of),
            _ if inner == "GeoJSON" => self.geometry(text, inner),
            known => {
                let value = self.scalar(text, inner)?;
                match known.and_then(MetaType::input_value_parse_fn).map(|parse| parse(&value)) {
                    Some(Err(_)) if is_builtin(inner) => Err(self.expected(builtin(inner), inner, text)),
                    Some(Err(fault)) => {
                        Err(self.unfit(Message::new("WRONG_VALUE", fault.message().to_owned()).with("expected", inner)))
                    }
                    Some(Ok(())) | None => Ok(value),
                }
            }
        }
    }

    fn object(&mut self, text: &str, of: &str) -> Result<Value> {
        if !text.starts_with('{') {
            return Err(self.expected("un objet", of, text));
        }
        let sent = self.members(text)?;
        let known: &[Member] = inputs(self.schema).get(of).map_or(&[], Vec::as_slice);
        if let Some(unknown) = sent.keys().find(|name| !known.iter().any(|member| member.name == **name)) {
            let names: Vec<&str> = known.iter().map(|member| member.name.as_str()).take(NAMED).collect();
            let text = format!("{of} n’a pas ce membre ; il a {}", names.join(", "));
            self.path.push(format!(".{unknown}"));
            let error = self.unfit(Message::new("UNKNOWN_MEMBER", text).with("expected", of));
            self.path.pop();
            return Err(error);
        }
        let mut members = Vec::with_capacity(sent.len());
        for Member { name, of, is_required } in known {
            match sent.get(name) {
                Some(raw) => {
                    let value = self.at(name, raw, of)?;
                    members.push((Spanning::unlocated(name.clone()), Spanning::unlocated(value)));
                }
                None if *is_required => return Err(self.missing(name, of)),
                None => {}
            }
        }
        Ok(Value::Object(members))
    }

    /// A geometry stays as it was written; whoever reads it says what is wrong with it.
    fn geometry(&self, text: &str, of: &str) -> Result<Value> {
        let text = match text.as_bytes().first() {
            Some(b'{') => text.to_owned(),
            Some(b'"') => serde_json::from_str(text).map_err(|_| self.fault("NOT_JSON", "n’est pas une valeur JSON"))?,
            _ => return Err(self.expected("un objet GeoJSON, ou son texte,", of, text)),
        };
        if text.contains("\\u0000") || text.contains('\0') {
            return Err(self.fault("NUL", "ne doit pas contenir de caractère nul (U+0000)"));
        }
        let raw = RawJson::new(text).map_err(|_| {
            self.unfit(
                Message::new("WRONG_VALUE", "ce texte n’est pas du JSON : une géométrie GeoJSON est attendue")
                    .with("expected", of),
            )
        })?;
        Ok(Value::Scalar(PaltsScalar::Raw(raw)))
    }

    fn variant(&self, text: &str, of: &EnumMeta<PaltsScalar>) -> Result<Value> {
        if !text.starts_with('"') {
            return Err(self.expected("une valeur par son nom", &of.name, text));
        }
        let value = self.scalar(text, &of.name)?;
        let is_known =
            matches!(&value, Value::Scalar(PaltsScalar::String(name)) if of.values.iter().any(|known| known.name == *name));
        if is_known {
            return Ok(value);
        }
        let names: Vec<&str> = of.values.iter().map(|value| value.name.as_str()).take(NAMED).collect();
        let text = format!("n’est pas une valeur {} : {}", de(&of.name), names.join(", "));
        Err(self.unfit(Message::new("WRONG_VALUE", text).with("expected", &of.name)))
    }

    fn list(&mut self, text: &str, of: &str) -> Result<Value> {
        let items: Vec<&RawValue> = serde_json::from_str(text).map_err(|_| self.fault("NOT_JSON", "n’est pas une liste JSON"))?;
        if items.len() > self.left {
            let most = self.most;
            return Err(too_many(most));
        }
        let mut values = Vec::with_capacity(items.len());
        for (index, raw) in items.into_iter().enumerate() {
            self.path.push(format!("[{index}]"));
            let value = self.value(raw.get(), of);
            self.path.pop();
            values.push(Spanning::unlocated(value?));
        }
        Ok(Value::List(values))
    }

    fn scalar(&self, text: &str, of: &str) -> Result<Value> {
        if text.starts_with(['{', '[']) {
            return Err(self.expected(if is_builtin(of) { builtin(of) } else { "une valeur" }, of, text));
        }
        let scalar = PaltsScalar::deserialize(&mut serde_json::Deserializer::from_str(text))
            .map_err(|_| self.fault("NOT_JSON", "n’est pas une valeur JSON"))?;
        if matches!(&scalar, PaltsScalar::String(text) if text.contains('\0')) {
            return Err(self.fault("NUL", "ne doit pas contenir de caractère nul (U+0000)"));
        }
        Ok(Value::Scalar(scalar))
    }
}

fn is_builtin(of: &str) -> bool {
    matches!(of, "Int" | "Float" | "String" | "Boolean" | "ID")
}

fn builtin(of: &str) -> &'static str {
    match of {
        "Int" => "un nombre entier",
        "Float" => "un nombre",
        "Boolean" => "un booléen",
        "ID" => "un identifiant",
        _ => "un texte",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graphql::cost::Sizes;
    use crate::graphql::document::Document;
    use crate::graphql::settings::Settings;

    const MOST: usize = 1_000;

    fn read_as(declared: &str, text: &str) -> Result<Variables<PaltsScalar>> {
        let schema = crate::graphql::schema::schema(Settings::default().document_limits());
        let declared = declared
            .split(", ")
            .map(|one| {
                let (name, of) = one.split_once(": ").unwrap();
                Declared {
                    name: name.to_owned(),
                    of: of.to_owned(),
                    has_default: false,
                    is_condition: false,
                    defaults_to_null: false,
                }
            })
            .collect::<Vec<_>>();
        read(&RawValue::from_string(text.to_owned()).unwrap(), &declared, schema, MOST)
    }

    fn fault(declared: &str, text: &str) -> (&'static str, String) {
        match read_as(declared, text).unwrap_err() {
            Error::Invalid { field, message } => (message.reason, field),
            other => (other.code(), String::new()),
        }
    }

    #[test]
    fn what_a_document_declares_is_what_is_read() {
        let schema = crate::graphql::schema::schema(Settings::default().document_limits());
        let query =
            "query($n: Int = 3, $c: DepartmentCode!) { department(code: $c) { sectors: meetings(first: $n) { totalCount } } }";
        let document = Document::read(schema, query.to_owned(), None, Sizes { page: 50, list: 20, indicators: 250 }).unwrap();
        let declared: Vec<_> =
            document.declared().iter().map(|one| (one.name.as_str(), one.of.as_str(), one.has_default)).collect();
        assert_eq!(declared, [("n", "Int", true), ("c", "DepartmentCode!", false)]);
    }

    #[test]
    fn a_geometry_stays_as_it_was_written() {
        let geometry = r#"{"type": "Feature", "geometry": {"type": "Point", "coordinates": [2.0, 48.50]}}"#;
        let as_text = serde_json::to_string(geometry).unwrap();
        for sent in [geometry, &as_text] {
            let variables = read_as("g: GeoJSON!", &format!(r#"{{"g": {sent}}}"#)).unwrap();
            let Value::Scalar(PaltsScalar::Raw(raw)) = &variables["g"] else { panic!("raw") };
            assert_eq!(raw.get(), geometry);
        }
        assert_eq!(fault("g: GeoJSON", r#"{"g": [1, 2]}"#), ("WRONG_TYPE", "g".to_owned()));
        assert_eq!(fault("g: GeoJSON", r#"{"g": "{"}"#), ("WRONG_VALUE", "g".to_owned()));
    }

    #[test]
    fn numbers_of_32_bits_are_ints_and_others_floats() {
        let declared = "a: Int, b: Float, c: Float, d: Int, e: Boolean, f: Int";
        let variables = read_as(declared, r#"{"a": 1, "b": 4294967296, "c": 0.5, "d": null, "e": true, "f": 3.0}"#).unwrap();
        assert_eq!(variables["a"], Value::scalar(1));
        assert_eq!(variables["b"], Value::scalar(4_294_967_296.0));
        assert_eq!(variables["c"], Value::scalar(0.5));
        assert_eq!(variables["d"], Value::Null);
        assert_eq!(variables["e"], Value::scalar(true));
        assert_eq!(variables["f"].as_scalar().and_then(juniper::ScalarValue::try_to_int), Some(3));
        for wrong in ["3.5", "4294967296", "\"3\"", "true", "[]", "{}"] {
            assert_eq!(fault("a: Int", &format!(r#"{{"a": {wrong}}}"#)), ("WRONG_TYPE", "a".to_owned()), "{wrong}");
        }
    }

    #[test]
    fn what_does_not_fit_is_said_at_its_place() {
        let step = |text: &str| fault("i: RevisionStepInput!", text);
        assert_eq!(step("{}"), ("MISSING", "i".to_owned()));
        assert_eq!(step(r#"{"i": null}"#), ("WRONG_TYPE", "i".to_owned()));
        assert_eq!(step(r#"{"i": []}"#), ("WRONG_TYPE", "i".to_owned()));
        assert_eq!(step(r#"{"i": {"revisionId": "x"}}"#), ("MISSING", "i.version".to_owned()));
        assert_eq!(step(r#"{"i": {"revisionId": "x", "version": 3.5}}"#), ("WRONG_TYPE", "i.version".to_owned()));
        assert_eq!(step(r#"{"i": {"revisionId": "x", "version": 3, "extra": 1}}"#), ("UNKNOWN_MEMBER", "i.extra".to_owned()));
        let list = |text: &str| fault("l: [DepartmentCode!]!", text);
        assert_eq!(list(r#"{"l": ["13", null]}"#), ("WRONG_TYPE", "l[1]".to_owned()));
        assert_eq!(list(r#"{"l": ["13", "99"]}"#), ("WRONG_VALUE", "l[1]".to_owned()));
        assert!(read_as("l: [DepartmentCode!]!", r#"{"l": "13"}"#).is_ok());
        assert_eq!(fault("a: Authority!", r#"{"a": "NOBODY"}"#), ("WRONG_VALUE", "a".to_owned()));
        assert_eq!(fault("a: Authority!", r#"{"a": 1}"#), ("WRONG_TYPE", "a".to_owned()));
    }

    #[test]
    fn what_is_not_declared_is_not_read() {
        let variables = read_as("a: Int", &format!(r#"{{"a": 1, "b": {}1{}}}"#, "[".repeat(100), "]".repeat(100))).unwrap();
        assert_eq!(variables.len(), 1);
    }

    #[test]
    fn nul_is_refused_wherever_it_stands() {
        let message = |declared: &str, text: &str| read_as(declared, text).unwrap_err().to_string();
        assert_eq!(
            message("a: [String!]", r#"{"a": ["\u0000"]}"#),
            "variables.a[0]: ne doit pas contenir de caractère nul (U+0000)"
        );
        assert_eq!(
            message("i: RevisionStepInput", r#"{"i": {"\u0000": 1}}"#),
            "variables.i: ne doit pas contenir de caractère nul (U+0000)"
        );
        let geometry = r#"{"g": {"type": "\u0000", "coordinates": []}}"#;
        assert_eq!(message("g: GeoJSON", geometry), "variables.g: ne doit pas contenir de caractère nul (U+0000)");
    }

    #[test]
    fn the_number_is_bounded() {
        let long = format!(r#"{{"a": [{}1]}}"#, "1,".repeat(MOST));
        assert_eq!(read_as("a: [Int!]", &long).unwrap_err().code(), "LIMIT");
    }
}
