//! Recognising what is wrong with all coordinates of a file: latitude before longitude, or metres in place of degrees. Not for shapes that lie
//! elsewhere for other reasons.

use super::told::Fault;
use crate::domain::message::Message;
use crate::geometry::Reference;

/// How far from a department's box a place may lie and still be taken for one of it, in degrees.
const NEAR: f64 = 0.3;

/// Says of faults by place whether the coordinates are swapped or metres, where the department's box makes that plain.
pub(super) fn recognise(faults: &mut [Fault], bounding_box: Option<[f64; 4]>) {
    let by_place = |fault: &&mut Fault| matches!(fault.rule, Some("OUT_OF_RANGE" | "OUTSIDE_DEPARTMENT"));
    for fault in faults.iter_mut().filter(by_place) {
        let Some(place) = fault.place else { continue };
        if let Some(message) = said(place, bounding_box) {
            let Message { text, reason, parameters } = message;
            (fault.message, fault.reason, fault.parameters) = (text, reason, parameters);
        }
    }
}

/// What is wrong with a pair, if it is one of these.
pub(super) fn said((x, y): (f64, f64), bounding_box: Option<[f64; 4]>) -> Option<Message> {
    let found = format!("{x}, {y}");
    let is_near = |(longitude, latitude): (f64, f64)| {
        bounding_box.is_some_and(|[west, south, east, north]| {
            (west - NEAR..=east + NEAR).contains(&longitude) && (south - NEAR..=north + NEAR).contains(&latitude)
        })
    };
    if is_near((y, x)) && !is_near((x, y)) {
        let words = format!(
            "les coordonnées semblent inversées ({found}) : GeoJSON veut la longitude d’abord, puis la latitude (RFC 7946) ; échangez-les \
             à l’export"
        );
        return Some(Message::new("COORDINATES_SWAPPED", words).with("found", found));
    }
    if x.abs() <= 180.0 && y.abs() <= 90.0 {
        return None;
    }
    if x.abs() < 1_000.0 && y.abs() < 1_000.0 {
        return None;
    }
    let lambert = Reference::LAMBERT_93.transform().ok().and_then(|transform| transform.degrees((x, y)));
    let system = if lambert.is_some_and(is_near) { "du Lambert-93 (EPSG:2154)" } else { "une projection" };
    let words = format!(
        "les coordonnées sont des mètres ({found}), sans doute {system} que le fichier ne nomme pas : exportez-le en WGS 84 (EPSG:4326), ou \
         avec son système de référence (« crs »)"
    );
    Some(Message::new("COORDINATES_IN_METRES", words).with("found", found))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOX_13: Option<[f64; 4]> = Some([4.2302, 43.1625, 5.8135, 43.9241]);

    fn reason(place: (f64, f64)) -> Option<&'static str> {
        said(place, BOX_13).map(|message| message.reason)
    }

    #[test]
    fn swapped_coordinates_and_metres_are_told_from_other_places() {
        assert_eq!(reason((43.5, 5.4)), Some("COORDINATES_SWAPPED"));
        assert_eq!(reason((897_361.0, 6_272_190.0)), Some("COORDINATES_IN_METRES"));
        assert!(said((897_361.0, 6_272_190.0), BOX_13).is_some_and(|message| message.text.contains("Lambert-93")));
        assert_eq!(reason((2.35, 48.85)), None);
        assert_eq!(reason((5.4, 43.5)), None);
        assert_eq!(reason((500.0, 43.0)), None);
    }
}
