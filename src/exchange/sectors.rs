//! Sectors from a GeoJSON FeatureCollection: reads properties under mapped names and leaves the shapes as drawn. Validity, territory and
//! rights are the workflow's to check.

mod mapping;
#[cfg(test)]
mod tests;

use geo::Geometry;
use serde_json::{Map, Value};

pub use mapping::{Given, SectorMapping};

use super::rows::{Names, RowFault};
use crate::domain::vocabulary::{Authority, SectorKind};
use crate::geometry::GeometryFault;
use crate::geometry::geojson::{CollectionFault, Feature, FeatureLimits, read_features};

/// A sector as its file has it.
#[derive(Clone, Debug)]
pub struct SectorRow {
    /// Its place in the file, from 0.
    pub index: usize,
    /// Its code.
    pub code: String,
    /// Its name; the code where the file has none.
    pub name: String,
    /// Its kind.
    pub kind: SectorKind,
    /// Who polices it.
    pub authority: Authority,
    /// Its severity.
    pub severity: i32,
    /// Its parquet.
    pub parquet: Option<String>,
    /// INSEE codes.
    pub communes: Vec<String>,
    /// Its description.
    pub description: String,
    /// Code of a priority neighbourhood.
    pub neighbourhood: Option<String>,
    /// Its shape as drawn, or why it could not be read.
    pub shape: Result<Geometry<f64>, GeometryFault>,
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
    /// Its shape, which may be faulty too; none where it has none, which is among the faults.
    pub shape: Option<Result<Geometry<f64>, GeometryFault>>,
}

/// What a file holds: rows that can be read, and the features that cannot.
#[derive(Clone, Debug, Default)]
pub struct SectorFile {
    /// Features, in the file's order.
    pub rows: Vec<SectorRow>,
    /// Features that could not become rows.
    pub faulty: Vec<FaultyRow>,
    /// How many features there are.
    pub features: usize,
}

/// Why a file as a whole is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SectorFileFault {
    /// No FeatureCollection, or too large a one.
    #[error(transparent)]
    Collection(#[from] CollectionFault),
    /// Nothing in it.
    #[error("the file has no feature")]
    Empty,
    /// What no feature says, and was not said for all of them.
    #[error("no feature has a property {names}; say for all of them which {what} they have ({what})")]
    Lacks {
        /// The value that lacks, which is also the name of the option that gives it.
        what: &'static str,
        /// The properties looked for.
        names: String,
    },
}

/// Reads a file.
///
/// # Errors
/// Only what concerns the whole file, each fault of it.
pub fn read(bytes: &[u8], limits: FeatureLimits, mapping: &SectorMapping) -> Result<SectorFile, Vec<SectorFileFault>> {
    let features = read_features(bytes, limits).map_err(|fault| vec![fault.into()])?;
    if features.is_empty() {
        return Err(vec![SectorFileFault::Empty]);
    }
    let lacks = mapping.lacks(&features);
    if !lacks.is_empty() {
        return Err(lacks);
    }
    let mut file = SectorFile { features: features.len(), ..SectorFile::default() };
    for feature in features {
        match row(feature, mapping) {
            Ok(row) => file.rows.push(row),
            Err(faulty) => file.faulty.push(*faulty),
        }
    }
    Ok(file)
}

fn row(feature: Feature, mapping: &SectorMapping) -> Result<SectorRow, Box<FaultyRow>> {
    let Feature { index, properties, geometry } = feature;
    let code = mapping.code.text(&properties).unwrap_or_default();
    let name = mapping.name.text(&properties).unwrap_or_default();
    let mut faults = Vec::new();
    let mut note = |field: &str, message: String| faults.push(RowFault::new(index, &code, field, message));
    if code.is_empty() {
        note("code", format!("no property {}", mapping.code));
    }
    let mut keep = |field: &str, fault: String| note(field, fault);
    let kind = word(&properties, &mapping.kind, mapping.default_kind).map_err(|fault| keep("kind", fault));
    let authority = word(&properties, &mapping.authority, mapping.default_authority).map_err(|fault| keep("authority", fault));
    let severity = word(&properties, &mapping.severity, mapping.default_severity).map_err(|fault| keep("severity", fault));
    if geometry.is_none() {
        keep("geometry", "the feature has no geometry".to_owned());
    }
    match (kind, authority, severity, geometry) {
        (Ok(kind), Ok(authority), Ok(severity), Some(shape)) if faults.is_empty() => Ok(SectorRow {
            index,
            name: if name.is_empty() { code.clone() } else { name },
            kind,
            authority,
            severity,
            parquet: mapping.parquet.text(&properties).or_else(|| mapping.default_parquet.clone()),
            communes: mapping.communes.list(&properties),
            description: mapping.description.text(&properties).unwrap_or_default(),
            neighbourhood: mapping.neighbourhood.text(&properties).filter(|code| is_priority_neighbourhood(code)),
            code,
            shape,
        }),
        (_, _, _, shape) => Err(Box::new(FaultyRow { index, code, name, faults, shape })),
    }
}

/// A property that is one word of a vocabulary or a number, or else the default.
fn word<T: std::str::FromStr<Err: std::fmt::Display>>(
    properties: &Map<String, Value>,
    names: &Names,
    default: Option<T>,
) -> Result<T, String> {
    match (names.text(properties), default) {
        (Some(text), _) => text.parse().map_err(|error: T::Err| error.to_string()),
        (None, Some(default)) => Ok(default),
        (None, None) => Err(format!("no property {names}, and none was said for all features")),
    }
}

/// QP or QN and six digits or letters, as the national list of priority neighbourhoods writes them.
fn is_priority_neighbourhood(code: &str) -> bool {
    matches!(code.as_bytes(), [b'Q', b'P' | b'N', rest @ ..] if rest.len() == 6 && rest.iter().all(u8::is_ascii_alphanumeric))
}
