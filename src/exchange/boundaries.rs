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
                faults.push(RowFault { place: fault.place, ..RowFault::new(index, &text, "geometry", fault.to_string()) });
            }
            (Ok(_), None) => faults.push(RowFault::new(index, &text, "geometry", "the feature has no geometry")),
        }
    }
    Ok((rows, faults))
}
