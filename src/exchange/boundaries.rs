//! Outlines of departments from a GeoJSON file.

use geo::Geometry;

use super::properties::{Keys, Names, PropertyUse, keys_of};
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
    /// The department.
    pub department: DepartmentCode,
    /// Its shape.
    pub shape: Geometry<f64>,
}

/// What a file holds.
#[derive(Clone, Debug)]
pub struct BoundaryFile {
    /// Outlines that can be read.
    pub rows: Vec<BoundaryRow>,
    /// What is wrong with the others.
    pub faults: Vec<RowFault>,
    /// What was read from which property.
    pub properties: PropertyUse,
    /// The reference system that the file names.
    pub reference: Reference,
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
        let text = match column.text(&feature.properties) {
            Ok(text) => text.unwrap_or_default(),
            Err(fault) => {
                faults.push(RowFault::new(index, "", "code", fault));
                continue;
            }
        };
        let read = DepartmentCode::parse(&department_code(&text)).map_err(|fault| {
            if text.is_empty() {
                Message::new("NO_CODE", format!("aucun code de département (propriétés cherchées : {code})"))
            } else {
                let words = format!("« {} » n’est pas un département de palts : {fault}", shown(&text));
                Message::new("NOT_A_DEPARTMENT", words).with("found", shown(&text))
            }
        });
        match (read, feature.geometry) {
            (Ok(department), Some(Ok(shape))) => rows.push(BoundaryRow { index, department, shape }),
            (Err(fault), _) => faults.push(RowFault::new(index, &text, "code", fault)),
            (Ok(_), Some(Err(fault))) => {
                faults.push(RowFault::of_shape(index, &text, "geometry", &fault));
            }
            (Ok(_), None) => {
                let fault = Message::new("NO_GEOMETRY", "l’objet n’a pas de géométrie");
                faults.push(RowFault::new(index, &text, "geometry", fault));
            }
        }
    }
    let properties = keys.used(&[&column]);
    Ok(BoundaryFile { rows, faults, properties, reference: collection.reference })
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
        assert_eq!((rows.len(), rows[0].department.as_str()), (1, "13"));
        let shown: Vec<(usize, &str, &str)> =
            faults.iter().map(|fault| (fault.index, fault.code.as_str(), fault.field.as_str())).collect();
        assert_eq!(shown, [(1, "999", "code"), (2, "75", "geometry"), (3, "93", "geometry")]);
        assert_eq!((faults[2].place, faults[2].rule), (Some((500.0, 43.0)), Some("OUT_OF_RANGE")));
    }
}
