//! Outlines of departments from a GeoJSON file.

use std::collections::BTreeSet;

use geo::Geometry;

use super::properties::{Keys, Names, PropertyUse, keys_of, too_large};
use super::rows::{RowFault, department_code, of_collection, shown};
use crate::domain::codes::DepartmentCode;
use crate::domain::message::Message;
use crate::geometry::Reference;
use crate::geometry::geojson::{FeatureLimits, read_collection};

/// One outline, as drawn.
#[derive(Clone, Debug)]
pub struct BoundaryRow {
    /// Its place in the file, from 0.
    pub index: usize,
    /// Its code, as the file has it; empty where it has none.
    pub code: String,
    /// The department; none where the code is none of palts.
    pub department: Option<DepartmentCode>,
    /// Its shape; none where it cannot be read.
    pub shape: Option<Geometry<f64>>,
}

/// What a file holds.
#[derive(Clone, Debug)]
pub struct BoundaryFile {
    /// Features, in the file's order.
    pub rows: Vec<BoundaryRow>,
    /// Every fault of theirs.
    pub faults: Vec<RowFault>,
    /// What was read from which property.
    pub properties: PropertyUse,
    /// The reference system that the file names.
    pub reference: Reference,
    /// What is to be known of how the file was read.
    pub notices: Vec<Message>,
}

/// Reads a file: outlines, and the faults of features that are none.
///
/// # Errors
/// Only what concerns the whole file.
pub fn read(bytes: &[u8], limits: FeatureLimits, code: &Names) -> Result<BoundaryFile, Message> {
    let collection = read_collection(bytes, limits).map_err(|fault| of_collection(&fault))?;
    let keys = Keys::of(collection.names.iter().map(String::as_str));
    let mut column = keys.column("code", code)?;
    let (mut rows, mut faults) = (Vec::new(), Vec::new());
    let wanted = keys_of(&[&column]);
    for feature in collection.features(&wanted) {
        let index = feature.index;
        let excess = too_large(&[&column], feature.excess).into_iter().next();
        let (text, department) = match (column.text(&feature.properties), excess) {
            (Ok(None), Some((_, fault))) | (Err(fault), _) => (String::new(), Err(fault)),
            (Ok(text), _) => {
                let text = text.unwrap_or_default();
                let read = department(&text, code);
                (text, read)
            }
        };
        let shape = match feature.geometry {
            Some(shape) => shape.map_err(|fault| RowFault::of_shape(index, &text, "geometry", &fault)),
            None => Err(RowFault::new(index, &text, "geometry", Message::new("NO_GEOMETRY", "l’objet n’a pas de géométrie"))),
        };
        let department = department.map_err(|fault| RowFault::new(index, &text, "code", fault));
        if department.is_err() || shape.is_err() {
            faults.extend(department.as_ref().err().cloned());
            faults.extend(shape.as_ref().err().cloned());
        }
        rows.push(BoundaryRow { index, code: text, department: department.ok(), shape: shape.ok() });
    }
    let properties = keys.used(&[&column], &BTreeSet::new());
    let notices = column.ambiguity().into_iter().collect();
    Ok(BoundaryFile { rows, faults, properties, reference: collection.reference, notices })
}

/// The department of a feature.
fn department(text: &str, code: &Names) -> Result<DepartmentCode, Message> {
    DepartmentCode::parse(&department_code(text)).map_err(|fault| {
        if text.is_empty() {
            Message::new("NO_CODE", format!("aucun code de département (propriétés cherchées : {code})"))
        } else {
            let words = format!("« {} » n’est pas un département de palts : {fault}", shown(text));
            Message::new("NOT_A_DEPARTMENT", words).with("found", shown(text))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"{"type":"FeatureCollection","features":[
        {"type":"Feature","properties":{"code":"13","nom":"Bouches-du-Rhône"},
         "geometry":{"type":"Polygon","coordinates":[[[5,43],[5.5,43.5],[5.5,43],[5,43]]]}},
        {"type":"Feature","properties":{"code":"999"},"geometry":null},
        {"type":"Feature","properties":{"code":"75"},"geometry":null},
        {"type":"Feature","properties":{"code":"93"},"geometry":{"type":"Polygon","coordinates":[[[500,43],[5.5,43.5],[5.5,43],[500,43]]]}}]}"#;

    #[test]
    fn outlines_are_read_and_faults_name_their_feature() {
        let BoundaryFile { rows, faults, .. } = read(FILE.as_bytes(), FeatureLimits::DEFAULT, &Names::usual(&["code"])).unwrap();
        assert_eq!((rows.len(), rows[0].department.as_ref().map(DepartmentCode::as_str)), (4, Some("13")));
        let shown: Vec<(usize, &str, &str)> =
            faults.iter().map(|fault| (fault.index, fault.code.as_str(), fault.field)).collect();
        assert_eq!(shown, [(1, "999", "code"), (1, "999", "geometry"), (2, "75", "geometry"), (3, "93", "geometry")]);
        assert_eq!((faults[3].place, faults[3].rule), (Some((500.0, 43.0)), Some("OUT_OF_RANGE")));
    }

    #[test]
    fn a_code_that_is_too_long_is_a_fault_of_the_code() {
        let text = FILE.replace("\"13\"", &format!("\"{}\"", "1".repeat(70_000)));
        let BoundaryFile { faults, .. } = read(text.as_bytes(), FeatureLimits::DEFAULT, &Names::usual(&["code"])).unwrap();
        let told: Vec<_> =
            faults.iter().filter(|fault| fault.index == 0).map(|fault| (fault.field, fault.message.reason)).collect();
        assert_eq!(told, [("code", "PROPERTY_TOO_LARGE")]);
    }
}
