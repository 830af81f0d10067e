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
        // Rows have lines, features have none.
        let writing = if fault.line.is_some() { Writing::Table } else { Writing::GeoJson };
        if let Some(message) = said(place, bounding_box, writing) {
            let Message { text, reason, parameters } = message;
            (fault.message, fault.reason, fault.parameters) = (text, reason, parameters);
        }
    }
}

/// How a file writes its places: who made a table knows of columns, and nothing of GeoJSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Writing {
    Table,
    GeoJson,
}

/// What is wrong with a pair, if it is one of these.
fn said((x, y): (f64, f64), bounding_box: Option<[f64; 4]>, writing: Writing) -> Option<Message> {
    let found = format!("{x}, {y}");
    let is_near = |(longitude, latitude): (f64, f64)| {
        bounding_box.is_some_and(|[west, south, east, north]| {
            (west - NEAR..=east + NEAR).contains(&longitude) && (south - NEAR..=north + NEAR).contains(&latitude)
        })
    };
    if is_near((y, x)) && !is_near((x, y)) {
        let words = match writing {
            Writing::GeoJson => format!(
                "les coordonnées semblent inversées ({found}) : GeoJSON veut la longitude d’abord, puis la latitude (RFC 7946) ; \
                 échangez-les à l’export"
            ),
            Writing::Table => format!(
                "la latitude et la longitude semblent interverties (longitude {x}, latitude {y}) : échangez les noms des deux colonnes ; \
                 dans une seule colonne de position, la latitude vient d’abord"
            ),
        };
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
    let named = match writing {
        Writing::GeoJson => "son système de référence (« crs »)",
        Writing::Table => "une colonne « epsg » qui le nomme, et les colonnes « x » et « y »",
    };
    let words = format!(
        "les coordonnées sont des mètres ({found}), sans doute {system} que le fichier ne nomme pas : exportez-le en WGS 84 (EPSG:4326), ou \
         avec {named}"
    );
    Some(Message::new("COORDINATES_IN_METRES", words).with("found", found))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOX_13: Option<[f64; 4]> = Some([4.2302, 43.1625, 5.8135, 43.9241]);

    fn reason(place: (f64, f64)) -> Option<&'static str> {
        said(place, BOX_13, Writing::GeoJson).map(|message| message.reason)
    }

    #[test]
    fn swapped_coordinates_and_metres_are_told_from_other_places() {
        assert_eq!(reason((43.5, 5.4)), Some("COORDINATES_SWAPPED"));
        assert_eq!(reason((897_361.0, 6_272_190.0)), Some("COORDINATES_IN_METRES"));
        assert!(
            said((897_361.0, 6_272_190.0), BOX_13, Writing::GeoJson).is_some_and(|message| message.text.contains("Lambert-93"))
        );
        assert_eq!(reason((2.35, 48.85)), None);
        assert_eq!(reason((5.4, 43.5)), None);
        assert_eq!(reason((500.0, 43.0)), None);
    }

    #[test]
    fn a_table_is_told_of_its_columns_and_nothing_of_geojson() {
        for place in [(43.5, 5.4), (897_361.0, 6_272_190.0)] {
            let told = said(place, BOX_13, Writing::Table).unwrap().text;
            assert!(told.contains("colonne") && !told.contains("GeoJSON") && !told.contains("« crs »"), "{told}");
        }
    }
}
