//! Mending the shapes of a file where the user asks for it, and saying what was changed. How shapes are mended is geometry's.

use geo::Geometry;
use serde::Serialize;

use crate::domain::{Deadline, PastDeadline};
use crate::geometry::{Mended, repair, sector, simplify};

/// How a change of rings' direction is said.
const TURNED: &str = "dans le sens de la RFC 7946";

/// What was mended in one feature.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Mend {
    /// Its place in the file, from 0.
    pub index: usize,
    /// Its code.
    pub code: String,
    /// What was changed, one thing after the other.
    pub changes: Vec<String>,
    /// Square metres as drawn; the lobes of a line that crosses itself subtract from each other.
    pub area_before_m2: f64,
    /// Square metres now.
    pub area_after_m2: f64,
}

impl Mend {
    /// By how much the area moved, in square metres.
    #[must_use]
    pub fn moved_m2(&self) -> f64 {
        self.area_after_m2 - self.area_before_m2
    }

    /// Whether only the direction of rings was changed, which moves no area.
    #[must_use]
    pub fn turned_only(&self) -> bool {
        self.changes.iter().all(|change| change.ends_with(TURNED))
    }
}

/// Mends a geometry, if there is anything to mend and it can be: otherwise it stays as it was, and its faults are reported by whoever
/// examines it next.
///
/// # Errors
/// [`PastDeadline`].
pub(super) fn mend(
    index: usize,
    code: &str,
    geometry: Geometry<f64>,
    deadline: Deadline,
) -> Result<(Geometry<f64>, Option<Mend>), PastDeadline> {
    let Ok(shape) = sector::polygons(geometry.clone()) else { return Ok((geometry, None)) };
    let Ok(repaired) = repair::repair(&shape, deadline)? else { return Ok((geometry, None)) };
    if repaired.mended.is_empty() {
        return Ok((geometry, None));
    }
    let mend = Mend {
        index,
        code: code.to_owned(),
        changes: repaired.mended.iter().map(said).collect(),
        area_before_m2: repaired.area_before_m2,
        area_after_m2: repaired.area_after_m2,
    };
    Ok((simplify::as_geometry(&repaired.shape), Some(mend)))
}

fn said(change: &Mended) -> String {
    match change {
        Mended::RingsTurned(1) => format!("1 anneau retourné {TURNED}"),
        Mended::RingsTurned(rings) => format!("{rings} anneaux retournés {TURNED}"),
        Mended::Untangled(fault) => format!("réparé : {fault}"),
        Mended::SliversDropped(1) => "1 éclat retiré".to_owned(),
        Mended::SliversDropped(slivers) => format!("{slivers} éclats retirés"),
        Mended::PartsChanged { before, after } => format!("le nombre de parties est passé de {before} à {after}"),
    }
}

#[cfg(test)]
mod tests {
    use geo::polygon;

    use super::*;

    #[test]
    fn a_figure_of_eight_is_mended_and_its_area_told() {
        let eight = polygon![(x: 5.40, y: 43.30), (x: 5.41, y: 43.31), (x: 5.41, y: 43.30), (x: 5.40, y: 43.31)];
        let (mended, told) = mend(3, "S1", Geometry::Polygon(eight), Deadline::NEVER).unwrap();
        let told = told.unwrap();
        assert!(matches!(mended, Geometry::MultiPolygon(parts) if parts.0.len() == 2));
        assert_eq!((told.index, told.code.as_str()), (3, "S1"));
        assert!(told.changes.iter().any(|change| change.starts_with("réparé : ")), "{:?}", told.changes);
        assert!(told.changes.contains(&"le nombre de parties est passé de 1 à 2".to_owned()), "{:?}", told.changes);
        assert!(told.moved_m2() > 100_000.0, "{}", told.moved_m2());
    }

    #[test]
    fn a_clockwise_ring_is_turned_and_its_area_stays() {
        let clockwise = polygon![(x: 5.40, y: 43.30), (x: 5.40, y: 43.31), (x: 5.41, y: 43.31), (x: 5.41, y: 43.30)];
        let (_, told) = mend(0, "S1", Geometry::Polygon(clockwise), Deadline::NEVER).unwrap();
        let told = told.unwrap();
        assert_eq!(told.changes, ["1 anneau retourné dans le sens de la RFC 7946"]);
        assert!(told.moved_m2().abs() < 0.01, "{}", told.moved_m2());
    }

    #[test]
    fn a_sound_shape_is_left_alone() {
        let sound = polygon![(x: 5.40, y: 43.30), (x: 5.41, y: 43.30), (x: 5.41, y: 43.31), (x: 5.40, y: 43.31)];
        let (same, told) = mend(0, "S1", Geometry::Polygon(sound.clone()), Deadline::NEVER).unwrap();
        assert_eq!((same, told), (Geometry::Polygon(sound), None));
    }
}
