//! Outlines of departments from a GeoJSON file.

use geo::Geometry;

use super::rows::{Names, RowFault, department_code};
use crate::domain::codes::DepartmentCode;
use crate::geometry::geojson::{CollectionFault, FeatureLimits, read_features};

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

/// Reads a file: outlines, and the faults of features that are none.
///
/// # Errors
/// Only what concerns the whole file.
pub fn read(bytes: &[u8], limits: FeatureLimits, code: &Names) -> Result<(Vec<BoundaryRow>, Vec<RowFault>), CollectionFault> {
    let (mut rows, mut faults) = (Vec::new(), Vec::new());
    for feature in read_features(bytes, limits)? {
        let index = feature.index;
        let text = code.text(&feature.properties).unwrap_or_default();
        let department = DepartmentCode::parse(department_code(&text));
        match (department, feature.geometry) {
            (Ok(department), Some(Ok(shape))) => rows.push(BoundaryRow { index, department, shape }),
            (Err(fault), _) => faults.push(RowFault::new(index, &text, "code", fault)),
            (Ok(_), Some(Err(fault))) => {
                faults.push(RowFault::of_shape(index, &text, "geometry", &fault));
            }
            (Ok(_), None) => faults.push(RowFault::new(index, &text, "geometry", "the feature has no geometry")),
        }
    }
    Ok((rows, faults))
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
        let (rows, faults) = read(FILE.as_bytes(), FeatureLimits::DEFAULT, &Names::usual(&["code"])).unwrap();
        assert_eq!((rows.len(), rows[0].department.as_str()), (1, "13"));
        let shown: Vec<(usize, &str, &str)> =
            faults.iter().map(|fault| (fault.index, fault.code.as_str(), fault.field.as_str())).collect();
        assert_eq!(shown, [(1, "999", "code"), (2, "75", "geometry"), (3, "93", "geometry")]);
        assert_eq!((faults[2].place, faults[2].rule), (Some((500.0, 43.0)), Some("OUT_OF_RANGE")));
    }
}
