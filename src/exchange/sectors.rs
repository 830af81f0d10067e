//! Sectors from a GeoJSON FeatureCollection: reads properties under mapped names and leaves the shapes as drawn. Validity, territory and
//! rights are the workflow's to check.

mod mapping;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use geo::Geometry;

pub use mapping::{Clear, Given, SectorMapping};

use self::mapping::Columns;
use super::properties::{Keys, PropertyUse, keys_of, text, too_large};
use super::rows::{RowFault, commune_code, of_collection, shown};
use crate::domain::french::counted;
use crate::domain::message::Message;
use crate::domain::normal::folded;
use crate::domain::vocabulary::{Authority, SectorKind};
use crate::geometry::geojson::{Feature, FeatureLimits, read_collection};
use crate::geometry::{GeometryFault, Reference};

/// A sector as its file has it: what the file does not say is absent, and is no reason to change anything.
#[derive(Clone, Debug)]
pub struct SectorRow {
    /// Its place in the file, from 0.
    pub index: usize,
    /// Its code; empty where it has none.
    pub code: String,
    /// Its name.
    pub name: Option<String>,
    /// Its kind.
    pub kind: Option<SectorKind>,
    /// Who polices it.
    pub authority: Option<Authority>,
    /// Its severity.
    pub severity: Option<i32>,
    /// Its parquet.
    pub parquet: Option<String>,
    /// INSEE codes.
    pub communes: Option<Vec<String>>,
    /// Its description.
    pub description: Option<String>,
    /// Code of a priority neighbourhood.
    pub neighbourhood: Option<String>,
    /// Its shape as drawn, or why it could not be read.
    pub shape: Option<Result<Geometry<f64>, GeometryFault>>,
    /// Every property that could not be read; what could is above all the same, so that its own faults are found too.
    pub faults: Vec<RowFault>,
}

/// What a file holds.
#[derive(Clone, Debug)]
pub struct SectorFile {
    /// Features, in the file's order.
    pub rows: Vec<SectorRow>,
    /// What was read from which property.
    pub properties: PropertyUse,
    /// The reference system that the file names.
    pub reference: Reference,
    /// What is to be known of how the file was read.
    pub notices: Vec<Message>,
}

/// Reads a file.
///
/// # Errors
/// Only what concerns the whole file, each fault of it.
pub fn read(bytes: &[u8], limits: FeatureLimits, mapping: &SectorMapping) -> Result<SectorFile, Vec<Message>> {
    let collection = read_collection(bytes, limits).map_err(|fault| vec![of_collection(&fault)])?;
    if collection.is_empty() {
        return Err(vec![Message::new("NO_FEATURE", "le fichier n’a aucun objet")]);
    }
    let keys = Keys::of(collection.names.iter().map(String::as_str));
    let mut columns = Columns::of(&keys, mapping)?;
    let wanted = keys_of(&columns.all());
    let rows: Vec<SectorRow> = collection.features(&wanted).map(|feature| row(feature, mapping, &mut columns)).collect();
    let properties = keys.used(&columns.all(), &BTreeSet::new());
    let mut notices = decimals(&rows);
    notices.extend(columns.all().iter().filter_map(|column| column.ambiguity()));
    Ok(SectorFile { rows, properties, reference: collection.reference, notices })
}

/// Codes that look like numbers that passed through a column of decimals: taken as they stand, and said.
fn decimals(rows: &[SectorRow]) -> Vec<Message> {
    let odd: Vec<&str> = rows.iter().map(|row| row.code.as_str()).filter(|code| super::rows::whole(code) != *code).collect();
    let Some(first) = odd.first() else { return Vec::new() };
    let (verb, taken) = match odd.len() {
        1 => ("finit", "il est pris tel quel"),
        _ => ("finissent", "ils sont pris tels quels"),
    };
    let codes = counted(odd.len(), "code");
    let words = format!("{codes} {verb} par « .0 » ({first}…), comme un nombre passé par une colonne de décimaux ; {taken}");
    vec![Message::new("CODES_WITH_DECIMALS", words).with("count", odd.len()).with("first", first)]
}

fn row(feature: Feature, mapping: &SectorMapping, columns: &mut Columns) -> SectorRow {
    let Feature { index, properties, geometry: shape, excess } = feature;
    let mut wrong: Vec<(&'static str, Message)> = too_large(&columns.all(), excess);
    let has_code = !wrong.iter().any(|(field, _)| *field == "code");
    let mut note = |field, fault| wrong.push((field, fault));
    let code = columns.code.text(&properties).map_err(|fault| note("code", fault)).ok().flatten();
    if code.is_none() && has_code {
        let words = format!("aucun code (propriétés cherchées : {})", mapping.code);
        note("code", Message::new("NO_CODE", words).with("properties", &mapping.code));
    }
    let name = columns.name.text(&properties).map_err(|fault| note("name", fault)).ok().flatten();
    let kind = columns.kind.text(&properties).and_then(|text| text.map(|text| word(&text)).transpose());
    let kind = kind.map_err(|fault| note("kind", fault)).ok().flatten();
    let authority = columns.authority.text(&properties).and_then(|text| text.map(|text| word(&text)).transpose());
    let authority = authority.map_err(|fault| note("authority", fault)).ok().flatten();
    let severity = columns.severity.text(&properties).and_then(|text| text.map(|text| severity(&text)).transpose());
    let severity = severity.map_err(|fault| note("severity", fault)).ok().flatten();
    let parquet = columns.parquet.text(&properties).map_err(|fault| note("parquetCode", fault)).ok().flatten();
    let communes = columns.communes.list(&properties).and_then(few).map_err(|fault| note("communeCodes", fault)).ok().flatten();
    let description = columns.description.text(&properties).map_err(|fault| note("description", fault)).ok().flatten();
    let own = columns.neighbourhood.text(&properties).map_err(|fault| note("priorityNeighbourhoodCode", fault)).ok().flatten();
    let of_qp = |value: &_| text(value).ok().filter(|code| is_priority_neighbourhood(code));
    let neighbourhood = own.or_else(|| columns.qp.first(&properties, of_qp));
    if shape.is_none() && code.is_none() {
        wrong.push(("geometry", Message::new("NO_GEOMETRY", "l’objet n’a pas de géométrie")));
    }
    let code = code.unwrap_or_default();
    let faults = wrong.into_iter().map(|(field, fault)| RowFault::new(index, &code, field, fault)).collect();
    let communes = communes.map(|codes| codes.iter().map(|code| commune_code(code)).collect());
    SectorRow { index, code, name, kind, authority, severity, parquet, communes, description, neighbourhood, shape, faults }
}

/// One word of a vocabulary, or its French label: in any case, with spaces or hyphens for underscores.
fn word<T: Word>(text: &str) -> Result<T, Message> {
    let bare = folded(text);
    let found = T::ALL.iter().find(|word| folded(word.name()) == bare || folded(word.label()) == bare);
    found.copied().ok_or_else(|| {
        let known: Vec<&str> = T::ALL.iter().map(|word| word.name()).collect();
        let words = format!("« {} » n’est pas une valeur connue : {}", shown(text), known.join(", "));
        Message::new("UNKNOWN_WORD", words).with("found", shown(text)).with("expected", known.join(", "))
    })
}

/// A vocabulary that a property may have a word of.
trait Word: Copy + 'static {
    const ALL: &'static [Self];
    fn name(self) -> &'static str;
    fn label(self) -> &'static str;
}

impl Word for SectorKind {
    const ALL: &'static [Self] = Self::ALL;
    fn name(self) -> &'static str {
        self.as_str()
    }
    fn label(self) -> &'static str {
        self.label_fr()
    }
}

impl Word for Authority {
    const ALL: &'static [Self] = Self::ALL;
    fn name(self) -> &'static str {
        self.as_str()
    }
    fn label(self) -> &'static str {
        self.label_fr()
    }
}

/// No more codes than any department has communes, so that short ones in long lists take no memory.
fn few(codes: Option<Vec<String>>) -> Result<Option<Vec<String>>, Message> {
    const MOST: usize = 1_000;
    match &codes {
        Some(all) if all.len() > MOST => {
            let words = format!("{} codes de communes, plus que les {MOST} permis", all.len());
            Err(Message::new("TOO_MANY", words).with("found", all.len()).with("limit", MOST))
        }
        Some(_) | None => Ok(codes),
    }
}

/// `3`, `3.0`, `3,0`. Whether it is from 1 to 5 is the workflow's to check.
fn severity(text: &str) -> Result<i32, Message> {
    let number: Option<f64> = text.replace(',', ".").parse().ok();
    match number {
        #[allow(clippy::cast_possible_truncation)] // Whole and small.
        Some(number) if number.fract() == 0.0 && number.abs() < 1e6 => Ok(number as i32),
        Some(_) | None => {
            let words = format!("« {} » n’est pas une gravité : un entier de 1 à 5 est attendu", shown(text));
            Err(Message::new("NOT_A_SEVERITY", words).with("found", shown(text)))
        }
    }
}

/// QP or QN and six digits or letters, as the national list of priority neighbourhoods writes them.
fn is_priority_neighbourhood(code: &str) -> bool {
    matches!(code.as_bytes(), [b'Q', b'P' | b'N', rest @ ..] if rest.len() == 6 && rest.iter().all(u8::is_ascii_alphanumeric))
}
