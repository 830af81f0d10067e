//! Which property of a file holds what: usual names in any case, with or without accents, spaces and underscores, cut to the ten characters
//! that a shapefile leaves, or the name that the user gives. Remembers what was read from which property, and what was read from none.
//! Not for what the values mean.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Map, Value};

use super::rows::shown;
use crate::domain::message::Message;
use crate::domain::normal::{folded, nfc};
use crate::geometry::geojson::Excess;

/// Properties that are listed as read from nothing; the rest is counted.
const LISTED: usize = 100;
/// Characters that a shapefile leaves of a name.
const SHAPEFILE: usize = 10;
/// Keys of a file that are looked into for one field: more spellings of one name are no file's but a hostile one's.
const SPELLINGS: usize = 50;
/// Properties that a message names.
const NAMED: usize = 5;
/// What a shapefile leaves of names that begin as many others do (`niveau_de_`, `code_quart`), which says nothing of what it holds; folded.
const GENERIC: [&str; 7] = ["niveaude", "degrede", "codequart", "codequarti", "codeduse", "codeduqu", "codeduquar"];
/// Texts that programs write for nothing.
const NOTHING: [&str; 18] = [
    "null", "<null>", "<nul>", "nan", "none", "nil", "n/a", "na", "#n/a", "#n/d", "#ref!", "#valeur!", "#value!", "#nom?",
    "#name?", "-", "--", "---",
];

/// The names under which a property may stand in a file, the best first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    names: Vec<String>,
    given: bool,
    /// Of the names, those that stand beside each other in files of one known format, which says which of them comes first.
    format: &'static [&'static str],
}

impl Names {
    /// The usual names.
    #[must_use]
    pub fn usual(names: &[&str]) -> Self {
        Self { names: names.iter().map(|name| (*name).to_owned()).collect(), given: false, format: &[] }
    }

    /// The same, of which some stand beside each other in files of one format: that they differ there is as it should be.
    #[must_use]
    pub fn of_format(self, format: &'static [&'static str]) -> Self {
        Self { format, ..self }
    }

    /// The one name that the user gave, or else the usual ones.
    #[must_use]
    pub fn given_or(given: Option<String>, usual: &[&str]) -> Self {
        given.map_or_else(|| Self::usual(usual), |name| Self { names: vec![name], given: true, format: &[] })
    }

    /// Whether what a shapefile left of a name says enough; of the name that the user gave it does.
    fn may_be(&self, bare: &str) -> bool {
        self.given || !GENERIC.contains(&bare)
    }

    /// The keys of a file that may hold it, the best first: as written, then without case and accents, then as a shapefile cuts it. A name that
    /// the user gave, and that is there as written, is that one alone.
    fn keys(&self, all: &BTreeMap<&str, String>) -> Vec<Key> {
        let mut keys: Vec<Key> = Vec::new();
        for name in &self.names {
            let plain = folded(name);
            let as_written = all.keys().filter(|key| **key == name);
            let in_other_clothes = all.iter().filter(|(_, key)| **key == plain).map(|(key, _)| key);
            let cut = all.iter().filter(|(key, bare)| is_cut(key, bare, name, &plain) && self.may_be(bare)).map(|(key, _)| key);
            for key in as_written.chain(in_other_clothes).chain(cut) {
                if keys.len() < SPELLINGS && !keys.iter().any(|known| known.name == *key) {
                    let is_of_format = self.format.contains(&name.as_str());
                    keys.push(Key { name: (*key).to_owned(), is_of_format, count: 0, against: 0 });
                }
            }
        }
        match keys.first() {
            Some(first) if self.given && self.names.contains(&first.name) => vec![first.clone()],
            Some(_) | None => keys,
        }
    }
}

/// Whether a key is what a shapefile leaves of a name: its first ten characters, or (accents take two) ten bytes; with or without its
/// underscores.
fn is_cut(key: &str, bare: &str, name: &str, plain: &str) -> bool {
    let key = key.trim();
    let length = key.chars().count();
    (length == SHAPEFILE || key.len() == SHAPEFILE)
        && name.chars().count() > length
        && (plain.len() > bare.len() && plain.starts_with(bare) || folded(&name.chars().take(length).collect::<String>()) == bare)
}

impl std::fmt::Display for Names {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.names.join(", "))
    }
}

/// A field, and the property that it was read from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReadFrom {
    /// The field of palts.
    pub field: &'static str,
    /// The property (or column) of the file.
    pub property: String,
    /// Features (or rows) in which it held something for that field.
    pub count: usize,
}

/// What was read from which property, and what from none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PropertyUse {
    /// Read, by field.
    pub read: Vec<ReadFrom>,
    /// Fields for which no property was found.
    pub missing: Vec<&'static str>,
    /// Properties that nothing was read from.
    pub unread: Vec<String>,
    /// How many more there are of them.
    #[serde(skip_serializing_if = "is_zero")]
    pub unread_beyond: usize,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // The form that serde asks for.
fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// One field of all features: the keys that may hold it, and how often each did.
#[derive(Clone, Debug)]
pub struct Column {
    field: &'static str,
    keys: Vec<Key>,
}

/// A key that may hold a field.
#[derive(Clone, Debug)]
struct Key {
    name: String,
    /// Whether it is one of the names of a format that has several of them.
    is_of_format: bool,
    /// Features in which it was read.
    count: usize,
    /// Features in which it was not read, and held something else than what was.
    against: usize,
}

impl Column {
    /// The values of the keys that hold something, the best first, each with its place among the keys.
    fn values<'p>(&self, properties: &'p Map<String, Value>) -> Vec<(usize, &'p Value)> {
        let held = |key: &Key| properties.get(&key.name).filter(|value| !is_nothing(value));
        self.keys.iter().enumerate().filter_map(|(place, key)| held(key).map(|value| (place, value))).collect()
    }

    /// The first value that a function makes something of; that key is noted as read from, and others that say something else as against it.
    pub fn first<T: PartialEq>(&mut self, properties: &Map<String, Value>, mut of: impl FnMut(&Value) -> Option<T>) -> Option<T> {
        let mut read: Option<T> = None;
        for (place, value) in self.values(properties) {
            let Some(made) = of(value) else { continue };
            let Some(key) = self.keys.get_mut(place) else { continue };
            match &read {
                None => {
                    key.count += 1;
                    read = Some(made);
                }
                Some(read) if *read != made => key.against += 1,
                Some(_) => {}
            }
        }
        read
    }

    /// The first value that a function makes something of; nothing is noted as read from.
    pub fn peek<T>(&self, properties: &Map<String, Value>, of: impl Fn(&Value) -> Option<T>) -> Option<T> {
        self.values(properties).into_iter().find_map(|(_, value)| of(value))
    }

    /// That several properties say several things of one field: which was read, and which was not.
    #[must_use]
    pub fn ambiguity(&self) -> Option<Message> {
        // A format that has both says which of them is read.
        let is_known = self.keys.iter().filter(|key| key.count > 0).all(|key| key.is_of_format);
        let against = self.keys.iter().filter(|key| key.against > 0 && !(is_known && key.is_of_format));
        let against: Vec<&Key> = against.collect();
        let most = against.iter().map(|key| key.against).max()?;
        let quoted = |keys: &mut dyn Iterator<Item = &Key>| {
            keys.take(NAMED).map(|key| format!("« {} »", shown(&key.name))).collect::<Vec<_>>().join(", ")
        };
        let read = quoted(&mut self.keys.iter().filter(|key| key.count > 0));
        let unread = quoted(&mut against.into_iter());
        let words = format!(
            "{} est lu de {read}, et non de {unread}, qui dit autre chose : nommez la propriété qui compte, ou ôtez l’autre",
            self.field
        );
        let message = Message::new("AMBIGUOUS_PROPERTY", words).with("field", self.field);
        Some(message.with("read", read).with("unread", unread).with("count", most))
    }

    /// The field's text, in NFC and trimmed: texts, numbers (whole ones without decimals) and booleans.
    ///
    /// # Errors
    /// The value is a list or an object.
    pub fn text(&mut self, properties: &Map<String, Value>) -> Result<Option<String>, Message> {
        self.first(properties, |value| Some(text(value))).transpose()
    }

    /// The field's texts: a list, its text in JSON or in brackets, or one text parted by commas, semicolons, bars or spaces.
    ///
    /// # Errors
    /// The value is an object, or a list of other things than texts and numbers.
    pub fn list(&mut self, properties: &Map<String, Value>) -> Result<Option<Vec<String>>, Message> {
        let read = self.first(properties, |value| Some(list(value))).transpose()?;
        Ok(read.filter(|items| !items.is_empty()))
    }

    /// The keys that may hold the field.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|key| key.name.as_str())
    }

    /// Whether any key of the file may hold the field.
    #[must_use]
    pub fn is_there(&self) -> bool {
        !self.keys.is_empty()
    }

    /// Whether anything was read.
    #[must_use]
    pub fn was_read(&self) -> bool {
        self.keys.iter().any(|key| key.count > 0)
    }
}

/// All keys that some columns are read from.
#[must_use]
pub fn keys_of(columns: &[&Column]) -> BTreeSet<String> {
    columns.iter().flat_map(|column| column.keys()).map(str::to_owned).collect()
}

/// What is said of properties that hold more than is read, each under the field that it may hold.
pub fn too_large(columns: &[&Column], excess: Vec<Excess>) -> Vec<(&'static str, Message)> {
    let told = |Excess { property, words }: Excess| {
        let column = columns.iter().find(|column| column.keys().any(|key| key == property))?;
        let name = shown(&property);
        Some((
            column.field,
            Message::new("PROPERTY_TOO_LARGE", format!("la propriété « {name} » {words}")).with("property", name),
        ))
    };
    excess.into_iter().filter_map(told).collect()
}

/// All keys of a file.
#[derive(Debug)]
pub struct Keys<'f> {
    all: BTreeMap<&'f str, String>,
}

impl<'f> Keys<'f> {
    /// The keys of all features, or of a header.
    pub fn of(keys: impl Iterator<Item = &'f str>) -> Self {
        let all: BTreeSet<&str> = keys.collect();
        Self { all: all.into_iter().map(|key| (key, folded(key))).collect() }
    }

    /// The column of a field.
    ///
    /// # Errors
    /// The user gave a name that no feature has.
    pub fn column(&self, field: &'static str, names: &Names) -> Result<Column, Message> {
        let keys = names.keys(&self.all);
        if names.given && keys.is_empty() {
            let there: Vec<String> = self.all.keys().take(40).map(|key| shown(key)).collect();
            let text = format!(
                "aucune propriété « {} » dans le fichier (demandée pour {field}) ; il a : {}",
                shown(&names.to_string()),
                there.join(", ")
            );
            return Err(Message::new("PROPERTY_NOT_FOUND", text)
                .with("property", shown(&names.to_string()))
                .with("field", field));
        }
        Ok(Column { field, keys })
    }

    /// What was read from which key. `besides` are keys that something else was read from.
    #[must_use]
    pub fn used(&self, columns: &[&Column], besides: &BTreeSet<String>) -> PropertyUse {
        let keys = || columns.iter().flat_map(|column| column.keys.iter().map(|key| (column.field, key)));
        let read: Vec<ReadFrom> = keys()
            .filter(|(_, key)| key.count > 0)
            .map(|(field, key)| ReadFrom { field, property: shown(&key.name), count: key.count })
            .collect();
        let used: BTreeSet<&str> = keys().filter(|(_, key)| key.count > 0).map(|(_, key)| key.name.as_str()).collect();
        let is_there = |field| columns.iter().any(|column| column.field == field && column.is_there());
        let mut missing: Vec<&'static str> =
            columns.iter().map(|column| column.field).filter(|field| !is_there(*field)).collect();
        missing.dedup();
        let unread: Vec<&str> = self.all.keys().copied().filter(|key| !used.contains(key) && !besides.contains(*key)).collect();
        let unread_beyond = unread.len().saturating_sub(LISTED);
        PropertyUse { read, missing, unread: unread.into_iter().take(LISTED).map(shown).collect(), unread_beyond }
    }
}

/// The column of a table's header under one of some names, the best first; and that there are several, if there are.
#[must_use]
pub fn column_of(header: &[String], field: &'static str, names: &[&str]) -> (Option<usize>, Option<Message>) {
    let bare: Vec<String> = header.iter().map(|name| folded(name)).collect();
    let mut places: Vec<usize> = Vec::new();
    for name in names.iter().map(|name| folded(name)) {
        let found = bare.iter().enumerate().filter(|(_, column)| **column == name).map(|(place, _)| place);
        for place in found {
            if !places.contains(&place) {
                places.push(place);
            }
        }
    }
    let quoted =
        |place: &usize| format!("« {} » (colonne {})", header.get(*place).map_or(String::new(), |name| shown(name)), place + 1);
    let several = places.split_first().filter(|(_, others)| !others.is_empty()).map(|(first, others)| {
        let others: Vec<String> = others.iter().take(NAMED).map(quoted).collect();
        let (read, unread) = (quoted(first), others.join(", "));
        let words = format!(
            "{field} est lu de {read}, et non de {unread}, qui en porte aussi le nom : ôtez la colonne qui ne compte pas"
        );
        Message::new("AMBIGUOUS_PROPERTY", words).with("field", field).with("read", read).with("unread", unread)
    });
    (places.first().copied(), several)
}

/// What was read from which column of a table, and how often each held something.
#[must_use]
pub fn of_table(header: &[String], fields: &[&'static str], places: &[Option<usize>], counts: &[usize]) -> PropertyUse {
    let mut properties = PropertyUse::default();
    for ((field, place), count) in fields.iter().zip(places).zip(counts) {
        match place.and_then(|place| header.get(place)) {
            Some(name) => properties.read.push(ReadFrom { field, property: shown(name), count: *count }),
            None => properties.missing.push(field),
        }
    }
    let unread = header.iter().enumerate().filter(|(place, name)| !places.contains(&Some(*place)) && !name.is_empty());
    let unread: Vec<&String> = unread.map(|(_, name)| name).collect();
    properties.unread_beyond = unread.len().saturating_sub(LISTED);
    properties.unread = unread.into_iter().take(LISTED).map(|name| shown(name)).collect();
    properties
}

/// Null, empty, blank, and the words that programs write for nothing.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => is_no_text(text),
        Value::Array(items) => items.iter().all(is_nothing),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Empty, blank, and the words that programs write for nothing.
#[must_use]
pub fn is_no_text(text: &str) -> bool {
    let text = text.trim();
    text.is_empty() || NOTHING.iter().any(|word| word.eq_ignore_ascii_case(text))
}

/// One value as text.
///
/// # Errors
/// The value is a list or an object.
pub fn text(value: &Value) -> Result<String, Message> {
    let kind = match value {
        Value::String(text) => return Ok(nfc(text.trim()).into_owned()),
        Value::Number(number) => return Ok(of_number(number)),
        Value::Bool(value) => return Ok(value.to_string()),
        Value::Null => return Ok(String::new()),
        Value::Array(items) => match items.as_slice() {
            [only] if !only.is_array() && !only.is_object() => return text(only),
            _ => "une liste",
        },
        Value::Object(_) => "un objet",
    };
    Err(Message::new("TEXT_EXPECTED", format!("un texte est attendu, et non {kind}")).with("found", shown(&value.to_string())))
}

/// `13001.0`, an integer that came through a column of decimals, is `13001`.
fn of_number(number: &serde_json::Number) -> String {
    match number.as_f64() {
        Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < 1e15 => format!("{float:.0}"),
        Some(_) | None => number.to_string(),
    }
}

fn list(value: &Value) -> Result<Vec<String>, Message> {
    match value {
        Value::Array(items) => items.iter().filter(|item| !is_nothing(item)).map(text).collect(),
        Value::String(written) => {
            let written = written.trim();
            if written.starts_with('[')
                && let Ok(items) = serde_json::from_str::<Vec<Value>>(written)
            {
                return items.iter().filter(|item| !is_nothing(item)).map(text).collect();
            }
            Ok(parts(written))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Ok(vec![text(value)?]),
    }
}

/// `13055;13001`, `{13055,13001}`, `['13055', '13001']`, and GDAL's `(2:13055,13001)`.
fn parts(written: &str) -> Vec<String> {
    let inner = written.trim_matches(['[', ']', '{', '}', '(', ')']);
    let counted = |inner: &str| inner.split_once(':').map(|(count, _)| count.bytes().all(|c| c.is_ascii_digit()));
    let inner = match inner.split_once(':') {
        Some((_, rest)) if written.starts_with('(') && counted(inner) == Some(true) => rest,
        _ => inner,
    };
    let parts = inner.split(|c: char| matches!(c, ',' | ';' | '|') || c.is_whitespace());
    parts.map(|part| nfc(part.trim_matches(['"', '\'', ' '])).into_owned()).filter(|part| !part.is_empty()).collect()
}

#[cfg(test)]
mod tests;
