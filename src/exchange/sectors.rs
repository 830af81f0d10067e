//! Sectors from a GeoJSON FeatureCollection: reads properties under mapped names and leaves the shapes as drawn. Validity, territory and
//! rights are the workflow's to check.

use geo::Geometry;
use serde_json::{Map, Value};

use super::rows::{Names, RowFault};
use crate::domain::vocabulary::{Authority, SectorKind};
use crate::geometry::GeometryFault;
use crate::geometry::geojson::{CollectionFault, Feature, FeatureLimits, read_features};

/// Which property holds what, and what the file lacks.
#[derive(Clone, Debug)]
pub struct SectorMapping {
    /// The sector's code.
    pub code: Names,
    /// Its name.
    pub name: Names,
    /// INSEE codes of its communes.
    pub communes: Names,
    /// Its kind.
    pub kind: Names,
    /// Who polices it.
    pub authority: Names,
    /// Its severity.
    pub severity: Names,
    /// Its parquet.
    pub parquet: Names,
    /// Its description.
    pub description: Names,
    /// Code of the priority neighbourhood that it follows.
    pub neighbourhood: Names,
    /// For every feature without one of its own.
    pub default_kind: Option<SectorKind>,
    /// For every feature without one of its own.
    pub default_authority: Option<Authority>,
    /// For every feature without one of its own.
    pub default_severity: Option<i32>,
    /// For every feature without one of its own.
    pub default_parquet: Option<String>,
}

impl Default for SectorMapping {
    fn default() -> Self {
        Self {
            code: Names::usual(&["CODE_QP", "code_qp", "code"]),
            name: Names::usual(&["NOM_QP", "nom_qp", "name", "nom"]),
            communes: Names::usual(&["communeCodes", "code_commune", "insee_com"]),
            kind: Names::usual(&["kind"]),
            authority: Names::usual(&["authority"]),
            severity: Names::usual(&["severity"]),
            parquet: Names::usual(&["parquetCode", "parquet"]),
            description: Names::usual(&["description"]),
            neighbourhood: Names::usual(&["priorityNeighbourhoodCode", "CODE_QP", "code_qp"]),
            default_kind: None,
            default_authority: None,
            default_severity: None,
            default_parquet: None,
        }
    }
}

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

/// What a file holds: rows that can be read, and the faults of the others.
#[derive(Clone, Debug, Default)]
pub struct SectorFile {
    /// Features, in the file's order.
    pub rows: Vec<SectorRow>,
    /// Features that could not become rows.
    pub faults: Vec<RowFault>,
    /// How many features there are.
    pub features: usize,
}

/// Reads a file.
///
/// # Errors
/// Only what concerns the whole file.
pub fn read(bytes: &[u8], limits: FeatureLimits, mapping: &SectorMapping) -> Result<SectorFile, CollectionFault> {
    let features = read_features(bytes, limits)?;
    let mut file = SectorFile { features: features.len(), ..SectorFile::default() };
    for feature in features {
        match row(feature, mapping) {
            Ok(row) => file.rows.push(row),
            Err(faults) => file.faults.extend(faults),
        }
    }
    Ok(file)
}

fn row(feature: Feature, mapping: &SectorMapping) -> Result<SectorRow, Vec<RowFault>> {
    let Feature { index, properties, geometry } = feature;
    let code = mapping.code.text(&properties).unwrap_or_default();
    let mut faults = Vec::new();
    if code.is_empty() {
        faults.push(RowFault::new(index, "", "code", format!("no property {}", mapping.code)));
    }
    let kind = word(&properties, &mapping.kind, mapping.default_kind, "kind", |fault| RowFault::new(index, &code, "kind", fault));
    let authority = word(&properties, &mapping.authority, mapping.default_authority, "authority", |fault| {
        RowFault::new(index, &code, "authority", fault)
    });
    let severity = word(&properties, &mapping.severity, mapping.default_severity, "severity", |fault| {
        RowFault::new(index, &code, "severity", fault)
    });
    let shape = match geometry {
        Some(shape) => shape,
        None => {
            faults.push(RowFault::new(index, &code, "geometry", "the feature has no geometry"));
            return Err(with(faults, kind.err(), authority.err(), severity.err()));
        }
    };
    match (kind, authority, severity) {
        (Ok(kind), Ok(authority), Ok(severity)) if faults.is_empty() => Ok(SectorRow {
            index,
            name: mapping.name.text(&properties).unwrap_or_else(|| code.clone()),
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
        (kind, authority, severity) => Err(with(faults, kind.err(), authority.err(), severity.err())),
    }
}

fn with(
    mut faults: Vec<RowFault>,
    kind: Option<RowFault>,
    authority: Option<RowFault>,
    severity: Option<RowFault>,
) -> Vec<RowFault> {
    faults.extend([kind, authority, severity].into_iter().flatten());
    faults
}

/// A property that is one word of a vocabulary or a number, or else the default.
fn word<T: std::str::FromStr<Err: std::fmt::Display>>(
    properties: &Map<String, Value>,
    names: &Names,
    default: Option<T>,
    what: &str,
    fault: impl Fn(String) -> RowFault,
) -> Result<T, RowFault> {
    match (names.text(properties), default) {
        (Some(text), _) => text.parse().map_err(|error: T::Err| fault(error.to_string())),
        (None, Some(default)) => Ok(default),
        (None, None) => Err(fault(format!("no property {names}; say it for all with --{what}"))),
    }
}

/// QP and six digits or letters, as the national list of priority neighbourhoods writes them.
fn is_priority_neighbourhood(code: &str) -> bool {
    matches!(code.as_bytes(), [b'Q', b'P' | b'N', rest @ ..] if rest.len() == 6 && rest.iter().all(u8::is_ascii_alphanumeric))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"{"type":"FeatureCollection","features":[
        {"type":"Feature","properties":{"CODE_QP":"QP013001","NOM_QP":"Florida Parc","COMMUNE_QP":"Marignane"},
         "geometry":{"type":"Polygon","coordinates":[[[5.2,43.4],[5.21,43.4],[5.21,43.41],[5.2,43.4]]]}},
        {"type":"Feature","properties":{"NOM_QP":"Sans code","severity":"grave"},"geometry":null}]}"#;

    fn mapping() -> SectorMapping {
        SectorMapping {
            default_kind: Some(SectorKind::Neighbourhood),
            default_authority: Some(Authority::Police),
            default_severity: Some(3),
            ..SectorMapping::default()
        }
    }

    #[test]
    fn a_priority_neighbourhood_becomes_a_sector_row() {
        let file = read(FILE.as_bytes(), FeatureLimits::DEFAULT, &mapping()).unwrap();
        let row = &file.rows[0];
        assert_eq!((row.code.as_str(), row.name.as_str(), row.severity), ("QP013001", "Florida Parc", 3));
        assert_eq!(row.neighbourhood.as_deref(), Some("QP013001"));
        assert!(row.communes.is_empty(), "Marignane is a name, not an INSEE code");
    }

    #[test]
    fn every_fault_of_a_feature_is_reported() {
        let file = read(FILE.as_bytes(), FeatureLimits::DEFAULT, &mapping()).unwrap();
        let fields: Vec<&str> = file.faults.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(fields, ["code", "geometry", "severity"]);
        assert!(file.faults.iter().all(|fault| fault.index == 1));
    }

    #[test]
    fn what_the_file_lacks_must_be_said() {
        let file = read(FILE.as_bytes(), FeatureLimits::DEFAULT, &SectorMapping::default()).unwrap();
        assert!(file.rows.is_empty());
        assert!(file.faults[0].message.contains("--kind"), "{:?}", file.faults[0]);
    }
}
