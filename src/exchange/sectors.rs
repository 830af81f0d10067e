//! Sectors from a GeoJSON FeatureCollection: reads properties under mapped names and leaves the shapes as drawn. Validity, territory and
//! rights are the workflow's to check.

mod mapping;
#[cfg(test)]
mod tests;

use geo::Geometry;

pub use mapping::{Clear, Given, SectorMapping};

use self::mapping::Columns;
use super::properties::{Keys, PropertyUse, keys_of, text};
use super::rows::{RowFault, commune_code, of_collection, shown};
use crate::domain::message::Message;
use crate::domain::vocabulary::{Authority, SectorKind};
use crate::geometry::geojson::{Feature, FeatureLimits, read_collection};
use crate::geometry::{GeometryFault, Reference};

/// A sector as its file has it: what the file does not say is absent, and is no reason to change anything.
#[derive(Clone, Debug)]
pub struct SectorRow {
    /// Its place in the file, from 0.
    pub index: usize,
    /// Its code.
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
}

/// A feature that could not become a row.
#[derive(Clone, Debug)]
pub struct FaultyRow {
    /// Its place in the file, from 0.
    pub index: usize,
    /// Its code; empty where it has none.
    pub code: String,
    /// Its name; empty where it has none.
    pub name: String,
    /// What is wrong with its properties, at least one fault.
    pub faults: Vec<RowFault>,
    /// Its shape, which may be faulty too; none where it has none.
    pub shape: Option<Result<Geometry<f64>, GeometryFault>>,
}

/// What a file holds: rows that can be read, and the features that cannot.
#[derive(Clone, Debug)]
pub struct SectorFile {
    /// Features, in the file's order.
    pub rows: Vec<SectorRow>,
    /// Features that could not become rows.
    pub faulty: Vec<FaultyRow>,
    /// How many features there are.
    pub features: usize,
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
    let (mut rows, mut faulty) = (Vec::new(), Vec::new());
    for feature in collection.features(&wanted) {
        match row(feature, mapping, &mut columns) {
            Ok(row) => rows.push(row),
            Err(bad) => faulty.push(*bad),
        }
    }
    let properties = keys.used(&columns.all());
    let notices = decimals(&rows);
    let (features, reference) = (collection.len(), collection.reference);
    Ok(SectorFile { rows, faulty, features, properties, reference, notices })
}

/// Codes that look like numbers that passed through a column of decimals: taken as they stand, and said.
fn decimals(rows: &[SectorRow]) -> Vec<Message> {
    let odd: Vec<&str> = rows.iter().map(|row| row.code.as_str()).filter(|code| super::rows::whole(code) != *code).collect();
    let Some(first) = odd.first() else { return Vec::new() };
    let words = format!(
        "{} code(s) finissent par « .0 » ({first}…), comme un nombre passé par une colonne de décimaux ; ils sont pris tels quels",
        odd.len()
    );
    vec![Message::new("CODES_WITH_DECIMALS", words).with("count", odd.len()).with("first", first)]
}

fn row(feature: Feature, mapping: &SectorMapping, columns: &mut Columns) -> Result<SectorRow, Box<FaultyRow>> {
    let Feature { index, properties, geometry: shape } = feature;
    let mut wrong: Vec<(&'static str, Message)> = Vec::new();
    let mut note = |field, fault| wrong.push((field, fault));
    let code = columns.code.text(&properties).map_err(|fault| note("code", fault)).ok().flatten();
    if code.is_none() {
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
    match code {
        Some(code) if wrong.is_empty() => Ok(SectorRow {
            index,
            code,
            name,
            kind,
            authority,
            severity,
            parquet,
            communes: communes.map(|codes| codes.iter().map(|code| commune_code(code)).collect()),
            description,
            neighbourhood,
            shape,
        }),
        code => {
            if shape.is_none() && code.is_none() {
                wrong.push(("geometry", Message::new("NO_GEOMETRY", "l’objet n’a pas de géométrie")));
            }
            let (code, name) = (code.unwrap_or_default(), name.unwrap_or_default());
            let faults = wrong.into_iter().map(|(field, fault)| RowFault::new(index, &code, field, fault)).collect();
            Err(Box::new(FaultyRow { index, code, name, faults, shape }))
        }
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

/// One word of a vocabulary, in any case, with spaces or hyphens for underscores.
fn word<T: std::str::FromStr<Err: std::fmt::Display>>(text: &str) -> Result<T, Message> {
    let upper = text.trim().to_uppercase().replace([' ', '-'], "_");
    text.parse().or_else(|_| upper.parse()).map_err(|fault: T::Err| {
        Message::new("UNKNOWN_WORD", format!("« {} » n’est pas une valeur connue : {fault}", shown(text)))
            .with("found", shown(text))
    })
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
