//! Real neighbourhoods and outlines: the extracts of `tests/data`, or the whole files of the folder that `PALTS_TEST_DATA` names.

use std::collections::BTreeMap;
use std::path::PathBuf;

use geo::MultiPolygon;

use super::{area_of, kinds, mend};
use crate::domain::Deadline;
use crate::geometry::geojson::{FeatureLimits, read_features};
use crate::geometry::sector::polygons;
use crate::geometry::{AreaIndex, AreaRules, CheckedArea, Effort, GeometryFault, GeometryFaultKind, Outline};

const SECTOR: AreaRules = AreaRules { max_area_km2: 100.0, max_positions: 10_000 };
const OUTLINE: AreaRules = AreaRules { max_area_km2: 100_000.0, max_positions: 100_000 };

/// Shapes by code.
fn load(file: &str, code: &str) -> BTreeMap<String, MultiPolygon<f64>> {
    let extracts = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let path = std::env::var_os("PALTS_TEST_DATA").map_or_else(extracts, PathBuf::from).join(file);
    let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let features = read_features(&bytes, FeatureLimits::DEFAULT).unwrap().into_iter();
    let read = features.map(|feature| {
        let code = feature.properties[code].as_str().unwrap().to_owned();
        (code, polygons(feature.geometry.unwrap().unwrap()).unwrap())
    });
    read.collect()
}

fn check(shape: &MultiPolygon<f64>, rules: &AreaRules) -> Result<CheckedArea, Vec<GeometryFault>> {
    area_of(geo::Geometry::MultiPolygon(shape.clone()), rules)
}

fn faulty(shapes: &BTreeMap<String, MultiPolygon<f64>>) -> Vec<(&str, Vec<GeometryFault>)> {
    shapes.iter().filter_map(|(code, shape)| Some((code.as_str(), check(shape, &SECTOR).err()?))).collect()
}

#[test]
fn marseilles_faulty_neighbourhood_is_named_with_its_place_and_mended() {
    let shapes = load("qpv2015_13.geojson", "CODE_QP");
    assert!(shapes.len() >= 8, "{}", shapes.len());
    let faulty = faulty(&shapes);
    let [("QP013058", faults)] = &faulty[..] else { panic!("{faulty:?}") };
    assert_eq!(kinds(faults), [GeometryFaultKind::SelfIntersection]);
    let (x, y) = faults[0].place.unwrap();
    assert!((x - 5.3620149334451).abs() < 1e-9 && (y - 43.339077612741).abs() < 1e-9, "{}", faults[0]);
    let done = mend(&shapes["QP013058"]).unwrap();
    assert!((done.area_after_m2 - done.area_before_m2).abs() < 1.0, "{:?}", done.mended);
    check(&done.shape, &SECTOR).unwrap();
}

#[test]
fn pariss_faulty_neighbourhood_is_named_with_its_place_and_mended() {
    let shapes = load("qpv2015_75.geojson", "CODE_QP");
    let faulty = faulty(&shapes);
    let [("QP075019", faults)] = &faulty[..] else { panic!("{faulty:?}") };
    let (x, y) = faults[0].place.unwrap();
    assert!((x - 2.41287199184442).abs() < 1e-9 && (y - 48.8611010693225).abs() < 1e-9, "{}", faults[0]);
    let done = mend(&shapes["QP075019"]).unwrap();
    assert_eq!(done.shape.0.len(), 1, "{:?}", done.mended);
    check(&done.shape, &SECTOR).unwrap();
}

#[test]
fn seine_saint_denis_is_valid_and_overlaps_by_a_hair() {
    let shapes = load("qpv2015_93.geojson", "CODE_QP");
    assert_eq!(faulty(&shapes), []);
    let index = AreaIndex::new(shapes.into_iter().collect());
    let overlaps = index.overlaps(1.0, |_, _| true, &mut Effort::until(Deadline::NEVER)).unwrap().found;
    let pairs: Vec<_> = overlaps.iter().map(|o| (o.first.as_str(), o.second.as_str(), o.area_m2.unwrap().round())).collect();
    assert_eq!(pairs, [("QP093010", "QP093028", 13.0), ("QP093016", "QP093017", 2.0)]);
}

#[test]
fn every_neighbourhood_lies_in_its_department_and_in_no_other() {
    let outlines = load("departements.geojson", "code");
    assert!(outlines.len() >= 4, "{}", outlines.len());
    for (code, shape) in &outlines {
        assert_eq!(super::faults(shape), [], "{code}");
        check(shape, &OUTLINE).unwrap_or_else(|faults| panic!("{code}: {faults:?}"));
    }
    for department in ["13", "75", "93"] {
        let shapes = load(&format!("qpv2015_{department}.geojson"), "CODE_QP");
        let home = Outline::of_shape(outlines[department].clone());
        let away = Outline::of_shape(outlines["83"].clone());
        for (code, shape) in &shapes {
            home.holds(shape, 500.0, Deadline::NEVER).unwrap().unwrap_or_else(|fault| panic!("{code}: {fault}"));
            away.holds(shape, 500.0, Deadline::NEVER).unwrap().unwrap_err();
        }
    }
}
