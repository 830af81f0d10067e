//! Reading and writing GeoJSON.

use geo::{Geometry, Point};

use crate::geometry::GeometryFaultKind as Kind;
use crate::geometry::geojson::{CollectionFault, FeatureLimits, Limits, parse, parse_within, read_features, write};

fn refused(text: &str) -> Kind {
    parse(text).unwrap_err().kind
}

#[test]
fn altitude_is_dropped_and_seven_decimals_are_kept() {
    let read = parse(r#"{"type":"Point","coordinates":[5.391212349,43.2871,120.5]}"#).unwrap();
    assert_eq!(read, Geometry::Point(Point::new(5.391212349, 43.2871)));
    assert_eq!(write(&read), r#"{"type":"Point","coordinates":[5.3912123,43.2871]}"#);
}

#[test]
fn a_tiny_negative_number_is_written_as_zero() {
    assert_eq!(write(&Geometry::Point(Point::new(-1e-12, -0.0))), r#"{"type":"Point","coordinates":[0,0]}"#);
}

#[test]
fn rings_are_written_in_the_order_of_rfc_7946_whatever_came_in() {
    let clockwise = r#"{"type":"Polygon","coordinates":[[[0,0],[0,9],[9,9],[9,0],[0,0]],[[1,1],[2,1],[2,2],[1,2],[1,1]]]}"#;
    let wanted = r#"{"type":"Polygon","coordinates":[[[0,0],[9,0],[9,9],[0,9],[0,0]],[[1,1],[1,2],[2,2],[2,1],[1,1]]]}"#;
    assert_eq!(write(&parse(clockwise).unwrap()), wanted);
    assert_eq!(write(&parse(wanted).unwrap()), wanted);
}

#[test]
fn a_point_is_read_and_written_as_a_position() {
    use crate::geometry::geojson::{parse_point, write_point};
    let text = r#"{"type":"Point","coordinates":[5.3912,43.2871]}"#;
    assert_eq!(parse_point(text), Ok((5.3912, 43.2871)));
    assert_eq!(write_point((5.3912, 43.2871)), text);
    let line = parse_point(r#"{"type":"LineString","coordinates":[[1,2],[3,4]]}"#);
    assert_eq!(line.unwrap_err().kind, Kind::NotAPoint);
}

#[test]
fn every_supported_type_is_read_and_written_back() {
    for text in [
        r#"{"type":"MultiPoint","coordinates":[[1,2],[3,4]]}"#,
        r#"{"type":"LineString","coordinates":[[1,2],[3,4]]}"#,
        r#"{"type":"MultiLineString","coordinates":[[[1,2],[3,4]],[[5,6],[7,8]]]}"#,
        r#"{"type":"MultiPolygon","coordinates":[[[[0,0],[1,0],[1,1],[0,0]]],[[[5,5],[6,5],[6,6],[5,5]]]]}"#,
    ] {
        assert_eq!(write(&parse(text).unwrap()), text);
    }
}

#[test]
fn what_is_not_a_geometry_is_refused_by_kind() {
    assert_eq!(refused("nonsense"), Kind::Malformed);
    assert_eq!(refused("[1,2]"), Kind::Malformed);
    assert_eq!(refused(r#"{"coordinates":[1,2]}"#), Kind::Malformed);
    assert_eq!(refused(r#"{"type":"Point"}"#), Kind::Malformed);
    assert_eq!(refused(r#"{"type":"Point","coordinates":["5",43]}"#), Kind::Malformed);
    assert_eq!(refused(r#"{"type":"Point","coordinates":[5]}"#), Kind::Malformed);
    assert_eq!(refused(r#"{"type":"Point","coordinates":[5,43,"high"]}"#), Kind::Malformed);
    assert_eq!(refused(r#"{"type":"Point","coordinates":[1e999,43]}"#), Kind::Malformed);
    assert_eq!(refused(r#"{"type":"Polygon","coordinates":{"a":1}}"#), Kind::Malformed);
    assert_eq!(refused(r#"{"type":"GeometryCollection","geometries":[]}"#), Kind::Empty);
    assert_eq!(refused(r#"{"type":"GeometryCollection"}"#), Kind::Malformed);
    assert_eq!(refused(r#"{"type":"Feature","properties":{},"geometry":null}"#), Kind::UnknownType);
    assert_eq!(refused(r#"{"type":"Circle","coordinates":[1,2]}"#), Kind::UnknownType);
    assert_eq!(refused(r#"{"type":"Polygon","coordinates":[]}"#), Kind::Empty);
    assert_eq!(refused(r#"{"type":"Polygon","coordinates":[[]]}"#), Kind::Empty);
    assert_eq!(refused(r#"{"type":"MultiPolygon","coordinates":[[]]}"#), Kind::Empty);
    assert_eq!(refused(r#"{"type":"LineString","coordinates":[[1,2]]}"#), Kind::TooFewPositions);
    assert_eq!(refused(r#"{"type":"Polygon","coordinates":[[[0,0],[1,1],[0,0]]]}"#), Kind::TooFewPositions);
}

#[test]
fn coordinates_in_metres_are_out_of_range_and_shown() {
    let fault = parse(r#"{"type":"Point","coordinates":[892390.2,6247035.1]}"#).unwrap_err();
    assert_eq!((fault.kind, fault.place), (Kind::OutOfRange, Some((892390.2, 6247035.1))));
    assert!(fault.to_string().contains("WGS 84"), "{fault}");
    assert_eq!(refused(r#"{"type":"Point","coordinates":[5,90.0001]}"#), Kind::OutOfRange);
}

#[test]
fn an_open_ring_is_refused_with_its_place() {
    let fault = parse(r#"{"type":"Polygon","coordinates":[[[5.3912,43.2871],[6,43],[6,44],[5,44]]]}"#).unwrap_err();
    assert_eq!(fault.kind, Kind::RingNotClosed);
    assert!(fault.to_string().ends_with(" en 5.3912, 43.2871"), "{fault}");
}

#[test]
fn deep_nesting_is_refused_and_exhausts_no_stack() {
    let deep = format!(r#"{{"type":"Polygon","coordinates":{}1{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(refused(&deep), Kind::Malformed);
}

#[test]
fn size_is_bounded_in_bytes_and_in_positions() {
    let text = r#"{"type":"MultiPoint","coordinates":[[1,2],[3,4],[5,6]]}"#;
    let limits = |max_bytes, max_positions| Limits { max_bytes, max_positions };
    assert!(parse_within(text, limits(100, 3)).is_ok());
    assert_eq!(parse_within(text, limits(100, 2)).unwrap_err().kind, Kind::TooLarge);
    assert_eq!(parse_within(text, limits(10, 3)).unwrap_err().kind, Kind::TooLarge);
}

#[test]
fn a_faulty_feature_does_not_fail_its_file() {
    let file = r#"{"type":"FeatureCollection","features":[
        {"type":"Feature","properties":{"code":"A"},"geometry":{"type":"Point","coordinates":[5,43]}},
        {"type":"Feature","properties":null,"geometry":null},
        {"type":"Feature","properties":{"code":"C"},"geometry":{"type":"Point","coordinates":[500,43]}},
        {"type":"Point","coordinates":[5,43]},
        7]}"#;
    let features = read_features(file.as_bytes(), FeatureLimits::DEFAULT).unwrap();
    let kinds: Vec<_> = features.iter().map(|f| f.geometry.as_ref().map(|g| g.as_ref().err().map(|e| e.kind))).collect();
    let malformed = Some(Some(Kind::Malformed));
    assert_eq!(kinds, [Some(None), None, Some(Some(Kind::OutOfRange)), malformed, malformed]);
    assert_eq!(features[2].properties["code"], "C");
    assert_eq!(features.iter().map(|f| f.index).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
}

#[test]
fn a_file_in_another_reference_system_is_refused_as_a_whole() {
    let file = |name: &str| {
        format!(r#"{{"type":"FeatureCollection","crs":{{"type":"name","properties":{{"name":"{name}"}}}},"features":[]}}"#)
    };
    let read = |text: String| read_features(text.as_bytes(), FeatureLimits::DEFAULT);
    assert_eq!(read(file("urn:ogc:def:crs:OGC:1.3:CRS84")), Ok(vec![]));
    assert_eq!(read(file("EPSG:4326")), Ok(vec![]));
    assert_eq!(read(file("urn:ogc:def:crs:EPSG::2154")), Ok(vec![]), "Lambert-93 is turned into degrees");
    assert_eq!(
        read(file("urn:ogc:def:crs:EPSG::27572")),
        Err(CollectionFault::OtherReference("urn:ogc:def:crs:EPSG::27572".into()))
    );
    assert!(read(r#"{"type":"FeatureCollection","crs":7,"features":[]}"#.into()).is_err());
}

#[test]
fn a_file_is_bounded_and_must_be_a_collection() {
    let read = |text: &str, limits| read_features(text.as_bytes(), limits);
    let one = FeatureLimits { max_features: 1, ..FeatureLimits::DEFAULT };
    let two = r#"{"type":"FeatureCollection","features":[{},{}]}"#;
    assert_eq!(read(two, one), Err(CollectionFault::TooManyFeatures { features: 2, limit: 1 }));
    let small = FeatureLimits { max_bytes: 5, ..FeatureLimits::DEFAULT };
    assert!(matches!(read(two, small), Err(CollectionFault::TooManyBytes { .. })));
    assert!(matches!(read(r#"{"type":"Feature","features":[]}"#, one), Err(CollectionFault::Malformed(_))));
    let numbers = r#"{"type":"FeatureCollection","features":{"a":1}}"#;
    assert!(matches!(read(numbers, one), Err(CollectionFault::Malformed(_))));
    assert!(matches!(read("", one), Err(CollectionFault::Malformed(_))));
    assert!(matches!(read_features(&[0xff, 0xfe], one), Err(CollectionFault::NotText { looks_like: "UTF-16" })));
    let marked = "\u{feff}{\"type\":\"FeatureCollection\",\"features\":[]}";
    assert_eq!(read(marked, one), Ok(vec![]));
}

#[test]
fn a_ring_is_closed_at_the_decimals_that_are_kept() {
    let ring = |last: &str| format!(r#"{{"type":"Polygon","coordinates":[[[5.4,43.5],[5.41,43.5],[5.41,43.51],{last}]]}}"#);
    for last in ["[5.400000000999,43.500000000001]", "[5.4000000000000001,43.5,12.4]", "[5.39999999,43.50000001]"] {
        assert_eq!(parse(&ring(last)), parse(&ring("[5.4,43.5]")), "{last}");
    }
    // Either side of where rounding goes up: not one position at seven decimals, and yet one place.
    let halves = r#"{"type":"Polygon","coordinates":[[[5.39999994999,43.5],[5.41,43.5],[5.41,43.51],[5.39999995001,43.5]]]}"#;
    assert!(parse(halves).is_ok());
    for last in ["[5.4000001,43.5]", "[5.4,43.4999999]"] {
        assert_eq!(refused(&ring(last)), Kind::RingNotClosed, "{last}");
    }
}

#[test]
fn all_that_is_wrong_with_a_geometry_is_told_at_once() {
    let text = r#"{"type":"MultiPolygon","coordinates":[
        [[[5,43],[6,43],[6,44],[5.5,43.5]]],
        [[[500,43],[6,43],[6,44],[500,43]],[[5,"x"],[6,43],[6,44],[5,43]]],
        [],
        [[[5,43],[6,43],[5,43]]]]}"#;
    let faults = parse(text).unwrap_err().all();
    let kinds: Vec<Kind> = faults.iter().map(|fault| fault.kind).collect();
    let range = Kind::OutOfRange;
    assert_eq!(kinds, [Kind::RingNotClosed, range, range, Kind::Malformed, Kind::Empty, Kind::TooFewPositions]);
    let many = format!(r#"{{"type":"MultiPoint","coordinates":[{}[500,1]]}}"#, "[500,1],".repeat(10_000));
    assert_eq!(parse(&many).unwrap_err().all().len(), crate::geometry::validity::MAX_FAULTS);
}

#[test]
fn a_reference_inside_a_geometry_is_refused_by_name_unless_it_is_ours() {
    let with = |name: &str| {
        let crs = format!(r#"{{"type":"name","properties":{{"name":"{name}"}}}}"#);
        format!(r#"{{"type":"Point","crs":{crs},"coordinates":[5,43]}}"#)
    };
    assert!(parse(&with("urn:ogc:def:crs:OGC:1.3:CRS84")).is_ok());
    let fault = parse(&with("urn:ogc:def:crs:EPSG::2154")).unwrap_err();
    assert_eq!(fault.kind, Kind::OtherReference);
    assert!(fault.message.contains("EPSG:2154") && fault.message.contains("WGS 84"), "{fault}");
}

#[test]
fn collections_nest_to_a_bound_and_no_further() {
    let nested = |depth: usize| {
        let open = r#"{"type":"GeometryCollection","geometries":["#.repeat(depth);
        format!(r#"{open}{{"type":"Point","coordinates":[5,43]}}{}"#, "]}".repeat(depth))
    };
    assert!(parse(&nested(8)).is_ok());
    assert_eq!(refused(&nested(9)), Kind::TooLarge);
    assert_eq!(refused(&nested(50_000)), Kind::TooLarge);
    // Deep JSON elsewhere in a feature, and in a file.
    let deep = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
    let file = format!(
        r#"{{"type":"FeatureCollection","x":{0},"features":[{{"type":"Feature","properties":{{"code":{0}}},"geometry":null}}]}}"#,
        deep(200_000)
    );
    let read = read_features(file.as_bytes(), FeatureLimits::DEFAULT);
    assert!(!matches!(&read, Ok(features) if features.iter().all(|each| each.excess.is_empty())), "the feature is faulty");
}
