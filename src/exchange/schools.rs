//! Schools from the ministry's GeoJSON files. Those without a position are faults of their own, which an import may leave out.

use geo::Geometry;

use super::rows::{Names, RowFault, department_code};
use crate::domain::codes::{DepartmentCode, Uai};
use crate::domain::vocabulary::SchoolKind;
use crate::geometry::geojson::{CollectionFault, Feature, FeatureLimits, read_features};

/// Which property holds what.
#[derive(Clone, Debug)]
pub struct SchoolMapping {
    /// The UAI.
    pub uai: Names,
    /// The name.
    pub name: Names,
    /// The department.
    pub department: Names,
    /// The kind: a word of ours, or the ministry's code or label of the school's nature.
    pub kind: Names,
}

impl Default for SchoolMapping {
    fn default() -> Self {
        Self {
            uai: Names::usual(&["numero_uai", "identifiant_de_l_etablissement", "uai"]),
            name: Names::usual(&["appellation_officielle", "nom_etablissement", "name", "nom"]),
            department: Names::usual(&["code_departement", "department"]),
            kind: Names::usual(&["kind", "nature_uai_libe", "nature_uai"]),
        }
    }
}

/// A school as its file has it.
#[derive(Clone, Debug, PartialEq)]
pub struct SchoolRow {
    /// Its place in the file, from 0.
    pub index: usize,
    /// Its UAI.
    pub uai: Uai,
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: SchoolKind,
    /// Its department.
    pub department: DepartmentCode,
    /// Longitude, latitude.
    pub position: (f64, f64),
}

/// A school without a position, sound otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unplaced {
    /// Its place in the file, from 0.
    pub index: usize,
    /// Its UAI.
    pub uai: Uai,
    /// Its name.
    pub name: String,
    /// Its department.
    pub department: DepartmentCode,
}

/// What a file holds.
#[derive(Clone, Debug, Default)]
pub struct SchoolFile {
    /// Schools that can be read.
    pub rows: Vec<SchoolRow>,
    /// Schools without a position: left out, and reported.
    pub without_position: Vec<Unplaced>,
    /// Everything else that is wrong.
    pub faults: Vec<RowFault>,
    /// How many features there are.
    pub features: usize,
}

/// Reads a file.
///
/// # Errors
/// Only what concerns the whole file.
pub fn read(bytes: &[u8], limits: FeatureLimits, mapping: &SchoolMapping) -> Result<SchoolFile, CollectionFault> {
    let features = read_features(bytes, limits)?;
    let mut file = SchoolFile { features: features.len(), ..SchoolFile::default() };
    for feature in features {
        take(feature, mapping, &mut file);
    }
    Ok(file)
}

fn take(feature: Feature, mapping: &SchoolMapping, file: &mut SchoolFile) {
    let Feature { index, properties, geometry } = feature;
    let code = mapping.uai.text(&properties).unwrap_or_default();
    let mut faults = Vec::new();
    let position = match geometry {
        Some(Ok(Geometry::Point(point))) => Some((point.x(), point.y())),
        Some(Ok(_)) => {
            faults.push(RowFault::new(index, &code, "location", "a school lies at a point"));
            None
        }
        Some(Err(fault)) => {
            faults.push(RowFault::of_shape(index, &code, "location", &fault));
            None
        }
        None => None,
    };
    let mut note = |field: &str, message: String| faults.push(RowFault::new(index, &code, field, message));
    let uai = Uai::parse(&code).map_err(|fault| note("uai", fault.to_string())).ok();
    let name = mapping.name.text(&properties);
    if name.is_none() {
        note("name", format!("no property {}", mapping.name));
    }
    let department = match mapping.department.text(&properties) {
        Some(text) => DepartmentCode::parse(department_code(&text)).map_err(|fault| note("department", fault.to_string())).ok(),
        None => {
            note("department", format!("no property {}", mapping.department));
            None
        }
    };
    let kind = mapping.kind.text(&properties).map_or(SchoolKind::Other, |text| kind_of(&text));
    match (uai, name, department, position) {
        (Some(uai), Some(name), Some(department), Some(position)) if faults.is_empty() => {
            file.rows.push(SchoolRow { index, uai, name, kind, department, position });
        }
        (Some(uai), Some(name), Some(department), None) if faults.is_empty() => {
            file.without_position.push(Unplaced { index, uai, name, department });
        }
        (_, _, _, _) => file.faults.extend(faults),
    }
}

impl SchoolMapping {
    /// The usual names, but for those that the user gives.
    #[must_use]
    pub fn of(uai: Option<String>, name: Option<String>, department: Option<String>, kind: Option<String>) -> Self {
        let usual = Self::default();
        let given_or = |given: Option<String>, usual: Names| given.map_or(usual, |name| Names::given_or(Some(name), &[]));
        Self {
            uai: given_or(uai, usual.uai),
            name: given_or(name, usual.name),
            department: given_or(department, usual.department),
            kind: given_or(kind, usual.kind),
        }
    }
}

/// The kind of a school, from our word or the ministry's nature (code or label).
fn kind_of(text: &str) -> SchoolKind {
    if let Ok(kind) = text.parse() {
        return kind;
    }
    let upper = text.to_uppercase();
    match upper.as_str() {
        "320" => SchoolKind::LyceeProfessionnel,
        "300" | "301" | "302" | "306" | "307" => SchoolKind::Lycee,
        "340" | "352" => SchoolKind::College,
        _ if upper.contains("COLLEGE") || upper.contains("COLLÈGE") => SchoolKind::College,
        _ if upper.contains("PROFESSIONNEL") => SchoolKind::LyceeProfessionnel,
        _ if upper.contains("LYCEE") || upper.contains("LYCÉE") => SchoolKind::Lycee,
        _ if upper.contains("ECOLE") || upper.contains("ÉCOLE") => SchoolKind::Ecole,
        _ => SchoolKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"{"type":"FeatureCollection","features":[
        {"type":"Feature","properties":{"numero_uai":"0130007M","appellation_officielle":"Collège Jas de Bouffan","nature_uai":"340",
         "code_departement":"013"},"geometry":{"type":"Point","coordinates":[5.42,43.52]}},
        {"type":"Feature","properties":{"numero_uai":"0750463W","appellation_officielle":"Lycée","nature_uai_libe":"LYCEE POLYVALENT",
         "code_departement":"075"},"geometry":null},
        {"type":"Feature","properties":{"numero_uai":"0130007X","code_departement":"099"},"geometry":{"type":"LineString","coordinates":[[5,43],[6,44]]}}]}"#;

    #[test]
    fn a_department_of_three_characters_is_understood() {
        let file = read(FILE.as_bytes(), FeatureLimits::DEFAULT, &SchoolMapping::default()).unwrap();
        assert_eq!(file.rows.len(), 1);
        assert_eq!((file.rows[0].department.as_str(), file.rows[0].kind), ("13", SchoolKind::College));
    }

    #[test]
    fn a_school_without_a_position_is_reported_apart() {
        let file = read(FILE.as_bytes(), FeatureLimits::DEFAULT, &SchoolMapping::default()).unwrap();
        assert_eq!(file.without_position.len(), 1);
        assert_eq!((file.without_position[0].uai.as_str(), file.without_position[0].name.as_str()), ("0750463W", "Lycée"));
    }

    #[test]
    fn every_fault_of_a_school_is_reported() {
        let file = read(FILE.as_bytes(), FeatureLimits::DEFAULT, &SchoolMapping::default()).unwrap();
        let fields: Vec<&str> = file.faults.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(fields, ["location", "uai", "name", "department"]);
    }
}
