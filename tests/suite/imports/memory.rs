//! What reading a file takes: whatever stands in it, memory stays under a small multiple of its size, and what is wrong is still told.

use std::fmt::Write as _;

use palts::exchange::properties::Names;
use palts::exchange::schools::SchoolMapping;
use palts::exchange::sectors::SectorMapping;
use palts::exchange::{boundaries, national_lists, schools, sectors};
use palts::geometry::geojson::{self, FeatureLimits};

/// Bytes of a hostile file: less than may be sent, so that the test is short; what is taken grows with the file at most.
const SIZE: usize = 2 << 20;
/// For buffers, the allocator, and the 10 000 values of one feature that are built at most, whatever the file's size.
const BASE: u64 = 12 << 20;

/// One line of what the system says of this process, in bytes.
fn status(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("a status");
    let line = status.lines().find(|line| line.starts_with(name)).expect("the line");
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).expect("a number") * 1_024
}

/// What some work takes beside what is held already, at its highest.
fn taken<T>(work: impl FnOnce() -> T) -> (u64, T) {
    // The peak begins anew.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    let before = status("VmRSS:");
    let done = work();
    (status("VmHWM:").saturating_sub(before), done)
}

fn repeated(item: &str) -> String {
    let mut text = item.repeat(SIZE / item.len());
    text.truncate(text.rfind(',').unwrap_or(text.len()));
    text
}

fn file(members: &str, features: &str) -> String {
    format!(r#"{{"type":"FeatureCollection",{members}"features":[{features}]}}"#)
}

fn feature(properties: &str, geometry: &str) -> String {
    file("", &format!(r#"{{"type":"Feature","properties":{properties},"geometry":{geometry}}}"#))
}

/// So many features, of which each has its part.
fn features(count: usize, mut each: impl FnMut(usize) -> String) -> String {
    file("", &(0..count).map(&mut each).collect::<Vec<_>>().join(","))
}

fn hostile() -> Vec<(&'static str, String)> {
    let point = r#"{"type":"Point","coordinates":[5.4,43.3]}"#;
    let objects = repeated(r#"{"a":0},"#);
    let zeros = repeated("0,");
    let positions = repeated("[0,0],");
    let deep = format!("{}{}", "[".repeat(SIZE / 2), "]".repeat(SIZE / 2));
    let part =
        |text: &str, of: usize| text[..text.len() / of].rsplit_once(',').map_or(String::new(), |(head, _)| head.to_owned());
    let small_parts = repeated("[[[0,0],[0,1],[1,1],[0,0]]],");
    vec![
        ("a property of small objects", feature(&format!(r#"{{"code":"A","x":[{objects}]}}"#), point)),
        ("the same under a name that is read", feature(&format!(r#"{{"code":[{objects}]}}"#), point)),
        ("many numbers under a name that is read", feature(&format!(r#"{{"code":"A","communes":[{zeros}]}}"#), point)),
        ("a long text that is read", feature(&format!(r#"{{"code":"{}"}}"#, "é".repeat(SIZE / 2)), point)),
        ("lists in lists", feature(&format!(r#"{{"code":{deep},"x":{deep}}}"#), point)),
        (
            "objects in objects",
            feature(&format!(r#"{{"code":{}1{}}}"#, r#"{"a":"#.repeat(SIZE / 6), "}".repeat(SIZE / 6)), point),
        ),
        (
            "many features with long lists",
            features(400, |at| {
                let (codes, text) = (part(&zeros, 800), part(&zeros, 800));
                format!(
                    r#"{{"type":"Feature","properties":{{"code":"S{at}","communes":[{codes}],"insee_com":"{text}"}},"geometry":null}}"#
                )
            }),
        ),
        (
            "many features with one long code",
            features(400, |at| {
                let code = "a b".repeat(SIZE / 1_200);
                format!(r#"{{"type":"Feature","properties":{{"code":"{code}{at}","severity":"x","kind":"x"}},"geometry":null}}"#)
            }),
        ),
        ("a reference system that is a list", file(&format!(r#""crs":[{zeros}],"#), "")),
        ("a reference system that is text", file(&format!(r#""crs":"{zeros}","#), "")),
        ("a feature's reference system", file("", &format!(r#"{{"type":"Feature","geometry":{point},"crs":[{zeros}]}}"#))),
        ("a geometry's reference system", feature("{}", &format!(r#"{{"type":"Point","coordinates":[5,43],"crs":[{zeros}]}}"#))),
        ("a member that nobody knows", file(&format!(r#""name":[{objects}],"x":{deep},"#), "")),
        ("a type that is long", format!(r#"{{"type":"{}","features":[]}}"#, "x".repeat(SIZE))),
        ("features that are text", format!(r#"{{"type":"FeatureCollection","features":"{}"}}"#, "x".repeat(SIZE))),
        ("features that are numbers", file("", &zeros)),
        ("features that are empty objects", file("", &repeated("{},"))),
        (
            "empty lists for positions",
            feature("{}", &format!(r#"{{"type":"MultiPolygon","coordinates":[{}]}}"#, repeated("[],"))),
        ),
        ("too many positions", feature("{}", &format!(r#"{{"type":"MultiPoint","coordinates":[{positions}]}}"#))),
        ("a position with many numbers", feature("{}", &format!(r#"{{"type":"Point","coordinates":[{zeros}]}}"#))),
        ("a position of objects", feature("{}", &format!(r#"{{"type":"Point","coordinates":[{objects}]}}"#))),
        ("coordinates in coordinates", feature("{}", &format!(r#"{{"type":"Polygon","coordinates":{deep}}}"#))),
        (
            "small parts",
            features(30, |_| {
                format!(r#"{{"type":"Feature","geometry":{{"type":"MultiPolygon","coordinates":[{}]}}}}"#, part(&small_parts, 30))
            }),
        ),
        (
            "a collection of nothing",
            feature("{}", &format!(r#"{{"type":"GeometryCollection","geometries":[{}]}}"#, repeated("{},"))),
        ),
        (
            "a collection of points",
            feature(
                "{}",
                &format!(
                    r#"{{"type":"GeometryCollection","geometries":[{}]}}"#,
                    repeated(r#"{"type":"Point","coordinates":[0,0]},"#)
                ),
            ),
        ),
        ("a geometry that is text", feature("{}", &format!(r#""{}""#, "x".repeat(SIZE)))),
        ("a geometry of a long type", feature("{}", &format!(r#"{{"type":"{}"}}"#, "x".repeat(SIZE)))),
        ("a property name that is long", feature(&format!(r#"{{"{}":1}}"#, "c".repeat(SIZE)), point)),
        ("many property names", feature(&format!("{{{}}}", many_names()), point)),
        ("one property many times", feature(&format!("{{{}}}", repeated(r#""code":"A","#)), point)),
        ("text that does not end", format!(r#"{{"type":"FeatureCollection","features":[{{"x":"{}"#, "x".repeat(SIZE))),
    ]
}

fn many_names() -> String {
    let mut names = String::new();
    let mut at = 0;
    while names.len() < SIZE {
        // Written without a number at the end, they would be one.
        let _ = write!(names, "\"c-o-de{at}\":0,");
        at += 1;
    }
    names.trim_end_matches(',').to_owned()
}

fn tables() -> Vec<(&'static str, String)> {
    let header = "uai,nom,code_departement,latitude,longitude\n";
    let wide: String = (0..390).map(|at| format!("c{at},")).collect();
    vec![
        ("one long line", "x".repeat(SIZE)),
        ("many columns", "a,".repeat(SIZE / 2)),
        ("a row of many columns", format!("{header}{}\n", "a,".repeat(SIZE / 2))),
        ("a long line", format!("{header}{}\n", "x".repeat(SIZE))),
        ("a long quoted field", format!("{header}\"{}\",a,13,1,1\n", "x".repeat(SIZE))),
        ("quotes in quotes", format!("{header}\"{}\"\n", "\"\"".repeat(SIZE / 2))),
        ("a quote that is left open", format!("{header}\"{}", "x\n".repeat(SIZE / 2))),
        (
            "many columns that nobody reads",
            format!("{wide}uai\n{}", format!("{}0139901S\n", "1,".repeat(390)).repeat(SIZE / 800)),
        ),
        ("many rows of nothing", format!("{header}{}", ",,,,\n".repeat(SIZE / 5))),
        ("many faulty rows", format!("{header}{}", "a,b,13,1,1\n".repeat(SIZE / 11))),
        ("empty lines", format!("{header}{}", "\n".repeat(SIZE))),
    ]
}

#[test]
fn no_collection_takes_much_more_memory_than_its_bytes() {
    let bound = |bytes: usize| 3 * bytes as u64 + BASE;
    // The pages of the program itself, and what it makes once, are no part of any file.
    let small = feature(r#"{"code":"A","uai":"0139901S"}"#, r#"{"type":"Point","coordinates":[5.4,43.3]}"#);
    let _ = sectors::read(small.as_bytes(), FeatureLimits::DEFAULT, &SectorMapping::default());
    let _ = schools::read(small.as_bytes(), FeatureLimits::DEFAULT, &SchoolMapping::default());
    for (what, text) in hostile() {
        let (bytes, limits) = (text.as_bytes(), FeatureLimits::DEFAULT);
        let (grown, _) = taken(|| sectors::read(bytes, limits, &SectorMapping::default()).map(|file| file.rows.len()));
        assert!(grown < bound(bytes.len()), "{what}, sectors: {grown} bytes for {}", bytes.len());
        let (grown, _) = taken(|| schools::read(bytes, limits, &SchoolMapping::default()).map(|file| file.rows.len()));
        assert!(grown < bound(bytes.len()), "{what}, schools: {grown} bytes for {}", bytes.len());
        let (grown, _) = taken(|| boundaries::read(bytes, limits, &Names::usual(&["code"])).map(|file| file.rows.len()));
        assert!(grown < bound(bytes.len()), "{what}, outlines: {grown} bytes for {}", bytes.len());
        let (grown, _) = taken(|| geojson::parse(&text).is_ok());
        assert!(grown < bound(bytes.len()), "{what}, a geometry: {grown} bytes for {}", bytes.len());
    }
}

#[test]
fn no_table_takes_much_more_memory_than_its_bytes() {
    for (what, text) in tables() {
        let bound = 3 * text.len() as u64 + BASE;
        let (grown, _) = taken(|| {
            schools::read(text.as_bytes(), FeatureLimits::DEFAULT, &SchoolMapping::default()).map(|file| file.rows.len())
        });
        assert!(grown < bound, "{what}, schools: {grown} bytes for {}", text.len());
        let (grown, _) = taken(|| national_lists::read(text.as_bytes()).map(|file| file.rows.len()));
        assert!(grown < bound, "{what}, a list: {grown} bytes for {}", text.len());
    }
}

#[test]
fn what_is_too_much_is_named_and_the_rest_is_read() {
    let shape = r#"{"type":"Polygon","coordinates":[[[5.4,43.3],[5.41,43.3],[5.41,43.31],[5.4,43.3]]]}"#;
    let long = "x".repeat(100_000);
    let each = |code: &str, more: &str| {
        format!(r#"{{"type":"Feature","properties":{{"code":"{code}",{more}"autre":[[[1]]]}},"geometry":{shape}}}"#)
    };
    let text = file("", &[each("A", ""), each("B", &format!(r#""description":"{long}","#))].join(","));
    let read = sectors::read(text.as_bytes(), FeatureLimits::DEFAULT, &SectorMapping::default()).expect("a file");
    assert_eq!(read.properties.unread, ["autre", "description"], "nothing was read from them");
    let codes: Vec<&str> = read.rows.iter().map(|row| row.code.as_str()).collect();
    assert_eq!(codes, ["A", "B"]);
    assert!(matches!(&read.rows[0].shape, Some(Ok(_))));
    assert!(matches!(&read.rows[1].shape, Some(Ok(_))), "nothing is wrong with its shape");
    let [fault] = read.rows[1].faults.as_slice() else { panic!("{:?}", read.rows[1]) };
    assert_eq!((fault.field, fault.message.reason, fault.rule), ("description", "PROPERTY_TOO_LARGE", None));
    assert!(fault.message.text.contains("« description »") && fault.message.text.contains("100000"), "{fault:?}");
}
