//! Whether one shape holds another, for questions by place. Not for validity, nor for the department that a sector must lie in (`outline`).

use geo::{BoundingRect, Geometry, MultiPolygon, Relate};

use super::measure::BBox;

/// Whether no point of the geometry is outside the area; boundaries count as inside.
pub fn covers(area: &MultiPolygon<f64>, geometry: &Geometry<f64>) -> bool {
    area.relate(geometry).is_covers()
}

/// West, south, east, north of any geometry; none when it is empty.
pub fn bbox_of(geometry: &Geometry<f64>) -> Option<BBox> {
    let rect = geometry.bounding_rect()?;
    Some([rect.min().x, rect.min().y, rect.max().x, rect.max().y])
}
