//! Reference systems by their names, and positions turned into degrees.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::geometry::geojson::{Feature, FeatureLimits, read_collection, read_features};
use crate::geometry::reference::Reference;

#[test]
fn wgs_84_is_known_by_all_its_names() {
    for name in [
        "urn:ogc:def:crs:OGC:1.3:CRS84",
        "urn:ogc:def:crs:OGC::CRS84",
        "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
        "https://www.opengis.net/def/crs/OGC/0/CRS84h",
        "OGC:CRS84",
        "CRS84",
        "EPSG:4326",
        "epsg:4326",
        "urn:ogc:def:crs:EPSG::4326",
        "urn:ogc:def:crs:EPSG:6.9:4326",
        "urn:x-ogc:def:crs:EPSG:4326",
        "urn:EPSG:geographicCRS:4326",
        "http://www.opengis.net/def/crs/EPSG/0/4326",
        "http://www.opengis.net/gml/srs/epsg.xml#4326",
        "http://spatialreference.org/ref/epsg/4326/proj4/",
        "https://epsg.io/4326",
        "WGS84",
        "WGS 84",
        "GCS_WGS_1984",
        "4326",
    ] {
        assert!(Reference::of_name(name).is_some_and(Reference::is_wgs84), "{name}");
    }
    for name in ["", "EPSG:", "EPSG:27572", "urn:ogc:def:crs:EPSG::27572", "NTF Lambert II", "CRS84x", "http://example.org/"] {
        assert_eq!(Reference::of_name(name), None, "{name}");
    }
}

#[test]
fn a_crs_member_names_it_by_name_code_or_link() {
    for member in [
        json!(null),
        json!({ "type": "EPSG", "properties": { "code": 4326 } }),
        json!({ "type": "EPSG", "properties": { "code": "4326" } }),
        json!({ "type": "name", "properties": { "name": "EPSG:4326" } }),
        json!({ "type": "link", "properties": { "href": "http://spatialreference.org/ref/epsg/4326/proj4/", "type": "proj4" } }),
        json!("EPSG:4326"),
    ] {
        assert!(Reference::of_member(&member).is_ok_and(Reference::is_wgs84), "{member}");
    }
    let unknown = json!({ "type": "name", "properties": { "name": "EPSG:27572" } });
    assert_eq!(Reference::of_member(&unknown), Err("EPSG:27572".to_owned()));
}

#[test]
fn the_french_systems_are_the_same_within_a_metre() {
    for code in [4171, 4258, 5489, 4624, 4627, 4971, 4470] {
        let reference = Reference::of_code(code).unwrap();
        assert!(!reference.is_wgs84() && !reference.is_projected(), "{code}");
        assert_eq!(reference.transform().unwrap().degrees((5.4, 43.5)), Some((5.4, 43.5)));
    }
}

/// Metres between two places, near enough.
fn apart((a, b): (f64, f64), (c, d): (f64, f64)) -> f64 {
    let east = (a - c) * 111_320.0 * b.to_radians().cos();
    east.hypot((b - d) * 111_130.0)
}

#[test]
fn known_points_come_out_where_they_are() {
    // The origin of each projection by its definition, and places whose coordinates the IGN publishes.
    let points = [
        (2154, (700_000.0, 6_600_000.0), (3.0, 46.5)),
        (2154, (652_469.02, 6_862_035.26), (2.352_1, 48.856_7)),
        (3944, (1_700_000.0, 3_200_000.0), (3.0, 44.0)),
        (3857, (0.0, 0.0), (0.0, 0.0)),
        (32631, (500_000.0, 0.0), (3.0, 0.0)),
        (2975, (500_000.0, 10_000_000.0), (57.0, 0.0)),
        (5490, (500_000.0, 0.0), (-63.0, 0.0)),
    ];
    for (code, metres, place) in points {
        let read = Reference::of_code(code).unwrap().transform().unwrap().degrees(metres).unwrap();
        assert!(apart(read, place) < 60.0, "EPSG:{code} {metres:?}: {read:?}, not {place:?}");
    }
}

/// Lambert's conformal conic with two parallels, forward, from its published formulas (IGN, NTG 71).
fn lambert_93((longitude, latitude): (f64, f64)) -> (f64, f64) {
    let e = 0.081_819_191_042_816_f64;
    let a = 6_378_137.0_f64;
    let iso = |phi: f64| {
        let s = e * phi.sin();
        ((std::f64::consts::FRAC_PI_4 + phi / 2.0).tan() * ((1.0 - s) / (1.0 + s)).powf(e / 2.0)).ln()
    };
    let normal = |phi: f64| a / (1.0 - (e * phi.sin()).powi(2)).sqrt();
    let (one, two, origin) = (44.0_f64.to_radians(), 49.0_f64.to_radians(), 46.5_f64.to_radians());
    let n = ((normal(two) * two.cos()) / (normal(one) * one.cos())).ln() / (iso(one) - iso(two));
    let c = normal(one) * one.cos() / n * (n * iso(one)).exp();
    let at = |phi: f64| c * (-n * iso(phi)).exp();
    let theta = n * (longitude.to_radians() - 3.0_f64.to_radians());
    let radius = at(latitude.to_radians());
    (700_000.0 + radius * theta.sin(), 6_600_000.0 + at(origin) - radius * theta.cos())
}

proptest! {
    #[test]
    fn lambert_93_is_turned_back_to_a_millimetre(longitude in -5.2..9.7_f64, latitude in 41.2..51.3_f64) {
        let transform = Reference::LAMBERT_93.transform().unwrap();
        let read = transform.degrees(lambert_93((longitude, latitude))).unwrap();
        prop_assert!(apart(read, (longitude, latitude)) < 0.001, "{read:?}");
    }

    #[test]
    fn no_position_makes_a_transform_panic(x in proptest::num::f64::ANY, y in proptest::num::f64::ANY, at in 0_usize..8) {
        let code = [2154, 3942, 3950, 5490, 2975, 32631, 3857, 4471][at];
        let read = Reference::of_code(code).unwrap().transform().unwrap().degrees((x, y));
        prop_assert!(read.is_none_or(|(longitude, latitude)| longitude.is_finite() && latitude.is_finite()));
    }
}

fn file(crs: Value, geometry: Value) -> String {
    let feature = json!({ "type": "Feature", "properties": {}, "geometry": geometry });
    json!({ "type": "FeatureCollection", "crs": crs, "features": [feature] }).to_string()
}

fn first(text: &str) -> Feature {
    read_features(text.as_bytes(), FeatureLimits::DEFAULT).unwrap().remove(0)
}

#[test]
fn a_file_in_lambert_93_is_read_in_degrees() {
    let (x, y) = lambert_93((5.4, 43.5));
    let crs = json!({ "type": "name", "properties": { "name": "urn:ogc:def:crs:EPSG::2154" } });
    let ring = json!([[x, y], [x + 100.0, y], [x + 100.0, y + 100.0], [x, y]]);
    let text = file(crs, json!({ "type": "MultiPolygon", "coordinates": [[ring]] }));
    assert_eq!(read_collection(text.as_bytes(), FeatureLimits::DEFAULT).unwrap().reference.code, 2154);
    let read = first(&text);
    let Some(Ok(geo::Geometry::MultiPolygon(shape))) = &read.geometry else { panic!("{read:?}") };
    let first = shape.0[0].exterior().0[0];
    assert!(apart((first.x, first.y), (5.4, 43.5)) < 0.001, "{first:?}");
}

#[test]
fn a_geometry_may_name_a_system_of_its_own() {
    let (x, y) = lambert_93((5.4, 43.5));
    let own = json!({ "type": "name", "properties": { "name": "EPSG:2154" } });
    let text = file(json!(null), json!({ "type": "Point", "coordinates": [x, y], "crs": own }));
    assert!(matches!(first(&text).geometry, Some(Ok(geo::Geometry::Point(at))) if apart((at.x(), at.y()), (5.4, 43.5)) < 0.001));
}

#[test]
fn a_system_of_null_leaves_that_of_the_file() {
    let (x, y) = lambert_93((5.4, 43.5));
    let crs = json!({ "type": "name", "properties": { "name": "EPSG:2154" } });
    let point = json!({ "type": "Point", "coordinates": [x, y], "crs": null });
    let feature = json!({ "type": "Feature", "properties": {}, "crs": null, "geometry": point });
    let text = json!({ "type": "FeatureCollection", "crs": crs, "features": [feature] }).to_string();
    assert!(matches!(first(&text).geometry, Some(Ok(geo::Geometry::Point(at))) if apart((at.x(), at.y()), (5.4, 43.5)) < 0.001));
}

#[test]
fn there_are_many_ways_to_say_that_there_is_no_place() {
    for nowhere in [
        json!(null),
        json!("POINT EMPTY"),
        json!({}),
        json!({ "type": "Point", "coordinates": [] }),
        json!({ "type": "Point", "coordinates": [null, null] }),
        json!({ "type": "Point", "coordinates": ["", ""] }),
        json!({ "type": "Point", "coordinates": null }),
        json!({ "type": "MultiPolygon", "coordinates": [[]] }),
        json!({ "type": "GeometryCollection", "geometries": [] }),
    ] {
        let text = file(json!(null), nowhere.clone());
        assert_eq!(first(&text).geometry, None, "{nowhere}");
    }
}

#[test]
fn a_file_of_another_kind_is_said_for_what_it_looks_like() {
    let said = |bytes: &[u8]| read_collection(bytes, FeatureLimits::DEFAULT).unwrap_err().to_string();
    assert!(said(b"{\"type\":\"FeatureCollection\",\"nom\":\"Cit\xe9\"}").contains("Windows-1252"));
    assert!(said(b"\xff\xfe{\0}\0").contains("UTF-16") && said(b"{\0}\0").contains("UTF-16"));
    assert!(said(b"PK\x03\x04...").contains("ZIP"));
    assert!(said(b"%PDF-1.4").contains("ceci est un fichier PDF") && said(b"\x1f\x8b\x08").contains("gzip"));
    assert!(said(b"\xff\xfe\0\0{\0\0\0}\0\0\0").contains("UTF-32"));
    assert!(said(b"SQLite format 3\0").contains("GeoPackage"));
    assert!(said(b"<?xml version=\"1.0\"?><kml/>").contains("KML"));
    assert!(said(b"uai;nom\n0139901S;A\n").contains("CSV"));
}
