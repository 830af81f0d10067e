//! Reading schools: names of the ministry's files, positions, kinds, tables.

use super::*;

const FILE: &str = r#"{"type":"FeatureCollection","features":[
    {"type":"Feature","properties":{"numero_uai":"0130007M","appellation_officielle":"Collège Jas de Bouffan","nature_uai":"340",
     "code_departement":"013"},"geometry":{"type":"Point","coordinates":[5.42,43.52]}},
    {"type":"Feature","properties":{"numero_uai":"0750463W","appellation_officielle":"Lycée","nature_uai_libe":"LYCEE POLYVALENT",
     "code_departement":"075"},"geometry":null},
    {"type":"Feature","properties":{"numero_uai":"0130007X","code_departement":"099"},"geometry":{"type":"LineString","coordinates":[[5,43],[6,44]]}}]}"#;

/// The faults of all rows, in the file's order.
fn faults(file: &SchoolFile) -> Vec<&RowFault> {
    file.rows.iter().flat_map(|row| &row.faults).collect()
}

fn read_text(text: &str) -> SchoolFile {
    read(text.as_bytes(), FeatureLimits::DEFAULT, &SchoolMapping::default()).unwrap()
}

#[test]
fn a_quote_that_is_not_closed_where_it_should_be_swallows_no_school_in_silence() {
    let text = |rows: &str| format!("uai;nom;dep;latitude;longitude;note\n{rows}");
    let open = text("0139901S;\"A;13;43.5;5.4;\n0139902T;B;13;43.5;5.4;\n");
    let message = read(open.as_bytes(), FeatureLimits::DEFAULT, &SchoolMapping::default()).unwrap_err();
    assert_eq!((message.reason, message.parameters), ("UNCLOSED_QUOTE", vec![("line", "2".to_owned())]));
    for rows in [
        "0139901S;\"A\nB\";13;43.5;5.4;\n",
        "0139901S;A;\"13;x\n0139902T;B;13\";43.5;5.4;\n",
        "0139901S;A;13;43.5;\"5.4\n5.4\";\n",
        "0139901S;A;13;43.5;5.4;\"x\n0139902T;B;13;43.5;5.4;\"y\n",
    ] {
        let file = read_text(&text(rows));
        let told: Vec<_> = faults(&file).iter().map(|fault| (fault.line, fault.field, fault.message.reason)).collect();
        assert_eq!(told, [(Some(2), "row", "LINE_END")], "{rows}");
    }
    let short = read_text("uai;dep;nom\n\"0139901S\";\"13;\"x\"\n");
    assert_eq!(short.rows[0].department, Department::Other("13;x\"".to_owned()));
}

#[test]
fn a_department_of_three_characters_is_understood() {
    let file = read_text(FILE);
    assert_eq!(file.rows[0].department, Department::Known("13".parse().unwrap()));
    assert_eq!(file.rows[0].kind, Some(SchoolKind::College));
}

#[test]
fn a_school_without_a_position_is_told_apart() {
    let file = read_text(FILE);
    assert_eq!((file.rows.len(), file.rows[1].code.as_str(), file.rows[1].position), (3, "0750463W", None));
}

#[test]
fn every_fault_of_a_school_is_reported() {
    let file = read_text(FILE);
    let fields: Vec<&str> = faults(&file).into_iter().map(|fault| fault.field).collect();
    assert_eq!(fields, ["uai", "location"]);
}

#[test]
fn a_file_without_departments_goes_by_the_uai() {
    let school = |uai: &str| {
        format!(
            r#"{{"type":"FeatureCollection","features":[{{"type":"Feature","properties":{{"uai":"{uai}"}},"geometry":null}}]}}"#
        )
    };
    assert_eq!(read_text(&school("0139951W")).rows[0].department, Department::Known("13".parse().unwrap()));
    assert_eq!(read_text(&school("9779902D")).rows[0].department, Department::Unsaid);
    for name in ["Bouches-du-Rhône", "13 - Bouches-du-Rhône"] {
        let named = school("0139951W").replace("\"uai\"", &format!("\"departement\":\"{name}\",\"uai\""));
        assert_eq!(read_text(&named).rows[0].department, Department::Known("13".parse().unwrap()), "{name}");
    }
    let wide = school("9779902D").replace("\"uai\"", "\"code_departement\":\"977\",\"uai\"");
    assert_eq!(read_text(&wide).rows[0].department, Department::Other("977".to_owned()));
}

#[test]
fn a_kind_that_is_none_is_no_kind_and_is_said_once() {
    let one = |uai: &str| format!(r#"{{"type":"Feature","properties":{{"uai":"{uai}","nature":"CENTRE"}},"geometry":null}}"#);
    let text = format!(r#"{{"type":"FeatureCollection","features":[{},{}]}}"#, one("0139951W"), one("0139952X"));
    let file = read_text(&text);
    assert_eq!(file.rows[0].kind, None);
    let reasons: Vec<_> = file.notices.iter().map(|notice| notice.reason).collect();
    assert_eq!(reasons, ["NO_KIND", "UNKNOWN_KINDS"]);
}

#[test]
fn columns_of_positions_are_counted_and_two_of_one_name_told() {
    let file = read_text("uai;nom;nom;latitude;longitude\n0139901S;A;B;43.5;5.4\n0139902T;;B;;\n");
    let counts: Vec<_> = file.properties.read.iter().filter(|read| read.field == "location").map(|read| read.count).collect();
    assert_eq!(counts, [1, 1]);
    assert_eq!(file.rows.iter().map(|row| row.name.as_deref()).collect::<Vec<_>>(), [Some("A"), Some("B")]);
    assert!(file.notices.iter().any(|notice| notice.reason == "AMBIGUOUS_PROPERTY"), "{:?}", file.notices);
}

#[test]
fn names_that_the_ministrys_files_have_side_by_side_are_no_ambiguity_and_another_beside_them_is_told_once() {
    let told = |text: &str| read_text(text).notices.into_iter().map(|notice| notice.reason).collect::<Vec<_>>();
    let header = "numero_uai;appellation_officielle;denomination_principale;nature_uai;nature_uai_libe;code_departement;latitude;longitude";
    let rows =
        "0139901S;Collège des Essais;COLLEGE;340;COLLEGE;013;43.5;5.4\n0139902T;Lycée d’Été;LYCEE;302;LYCEE;013;43.6;5.4\n";
    assert_eq!(told(&format!("{header}\n{rows}")), [""; 0]);
    let feature = |name: &str| {
        let properties =
            format!(r#"{{"numero_uai":"0139901S","appellatio":"{name}","denominati":"COLLEGE","nature_uai":"340"}}"#);
        format!(r#"{{"type":"FeatureCollection","features":[{{"type":"Feature","properties":{properties},"geometry":null}}]}}"#)
    };
    assert_eq!(told(&feature("Collège des Essais")), [""; 0], "as a shapefile cuts them");
    let other = header.replace("denomination_principale", "name");
    assert_eq!(told(&format!("{other}\n{rows}")), ["AMBIGUOUS_PROPERTY"], "once for all rows");
}

#[test]
fn a_lycee_by_its_type_alone_is_coarse() {
    let coarse = |columns: &str, fields: &str| read_text(&format!("uai;{columns}\n0139901S;{fields}\n")).rows[0].is_coarse;
    assert!(coarse("type_etablissement", "Lycée"));
    assert!(!coarse("type_etablissement;nature_uai", "Lycée;302"));
    assert!(!coarse("type_etablissement", "Collège"));
    assert!(!coarse("libelle_nature", "LYCEE POLYVALENT"));
}

#[test]
fn a_directory_is_read_from_the_ministrys_table() {
    let header = "identifiant_de_l_etablissement;nom_etablissement;libelle_nature;code_departement";
    let row = "0139901S;\"Collège \"\"des Essais\"\"; annexe\";COLLEGE;013";
    for (columns, fields) in [
        ("latitude;longitude", "43.52;5.44"),
        ("latitude;longitude", "43,52;5,44"),
        ("latitude;longitude", "43,5200\u{a0};5,44"),
        ("position", "43.52, 5.44"),
        ("position", "43.52,5.44"),
        ("position", "43.52 5.44"),
        ("position", "\"43,52 ; 5,44\""),
        ("position", "43,52 5,44"),
        ("position", "43,52, 5,44"),
        ("position", "[43.52, 5.44]"),
        ("geo_point_2d", "POINT (5.44 43.52)"),
        ("coordx_origine;coordy_origine;epsg_origine", "897361.24;6272190.53;EPSG:2154"),
    ] {
        let file = read_text(&format!("\u{feff}{header};{columns}\r\n{row};{fields}\r\n;;;;\r\n"));
        assert!(faults(&file).is_empty(), "{:?}", file.rows);
        let [school] = file.rows.as_slice() else { panic!("{:?}", file.rows) };
        assert_eq!((school.line, school.name.as_deref()), (Some(2), Some("Collège \"des Essais\"; annexe")));
        let (longitude, latitude) = school.position.unwrap();
        assert!((longitude - 5.44).abs() < 0.01 && (latitude - 43.52).abs() < 0.01, "{columns}: {longitude}, {latitude}");
        assert!(file.properties.unread.is_empty(), "{:?}", file.properties);
    }
}

#[test]
fn positions_are_empty_in_all_the_usual_ways() {
    for fields in [";", "NULL;NULL", "nan;nan", "0;0", " ; ", "n/a;n/a", "0,0;0,0"] {
        let file = read_text(&format!("uai;latitude;longitude\n0139901S;{fields}\n"));
        assert!(faults(&file).is_empty() && file.rows[0].position.is_none(), "{fields}: {:?}", file.rows);
    }
    for fields in ["", "NULL", "0, 0", "nan"] {
        let file = read_text(&format!("uai;position\n0139901S;{fields}\n"));
        assert!(faults(&file).is_empty() && file.rows[0].position.is_none(), "{fields}: {:?}", file.rows);
    }
    let zeros = read_text("uai;coordx_origine;coordy_origine;epsg_origine\n0139901S;0;0;EPSG:2154\n");
    assert!(faults(&zeros).is_empty() && zeros.rows[0].position.is_none(), "{:?}", zeros.rows);
    for half in ["uai;position\n0139901S;ici\n", "uai;latitude;longitude\n0139901S;43.5;\n"] {
        assert_eq!(faults(&read_text(half)).iter().map(|fault| fault.field).collect::<Vec<_>>(), ["location"], "{half}");
    }
}

#[test]
fn a_row_of_a_table_without_a_sound_position_is_a_fault_of_its_line() {
    let file = read_text("uai;latitude;longitude\n0139901S;6272190;897361\n0139902T;ici;5\n0139903U;;\n");
    let lines: Vec<_> = faults(&file).iter().map(|fault| (fault.line, fault.field, fault.rule)).collect();
    assert_eq!(lines, [(Some(2), "location", Some("OUT_OF_RANGE")), (Some(3), "location", Some("MALFORMED"))]);
    assert_eq!(file.rows[2].position, None);
}

#[test]
fn a_property_that_is_too_long_is_a_fault_of_its_field() {
    let long = "x".repeat(70_000);
    let file = read_text(&format!(
        r#"{{"type":"FeatureCollection","features":[
            {{"type":"Feature","properties":{{"uai":"0139951W","nom":"{long}"}},"geometry":null}},
            {{"type":"Feature","properties":{{"uai":"{long}","nom":"A"}},"geometry":{{"type":"Point","coordinates":[5.4,43.5]}}}}]}}"#
    ));
    let told: Vec<_> = faults(&file).into_iter().map(|fault| (fault.index, fault.field, fault.message.reason)).collect();
    assert_eq!(told, [(0, "name", "PROPERTY_TOO_LARGE"), (1, "uai", "PROPERTY_TOO_LARGE")]);
    assert!(faults(&file)[0].message.text.contains("« nom »") && file.rows[1].position.is_some());
}

#[test]
fn rows_that_cannot_be_read_change_nothing_of_what_is_read_from_which_column() {
    let header = "uai;nom;kind;latitude;longitude;autre";
    let sound = "0139901S;A;LYCEE;43.5;5.4;x\n";
    let wide = "0139902T;B;LYCEE;43.5;5.4;x;y\n";
    let several = "0139903U;\"C;LYCEE;43.5;5.4;x\n0139904V;D\";LYCEE;43.5;5.4;x\n";
    let uses = |rows: &str| read_text(&format!("{header}\n{rows}")).properties;
    let expected = uses(sound);
    assert_eq!(expected.unread, ["autre"]);
    assert_eq!(uses(&format!("{sound}{wide}{several}")), expected);
    for nothing in [wide, several] {
        let file = read_text(&format!("{header}\n{nothing}"));
        assert_eq!(faults(&file).iter().map(|fault| fault.field).collect::<Vec<_>>(), ["row"], "{nothing}");
        assert_eq!((file.properties.unread, file.notices), (vec!["autre".to_owned()], Vec::new()), "{nothing}");
    }
}

fn of_properties(properties: &str, geometry: &str) -> SchoolFile {
    read_text(&format!(
        r#"{{"type":"FeatureCollection","features":[
            {{"type":"Feature","properties":{{"uai":"0139901S","nom":"A","kind":"LYCEE",{properties}}},"geometry":{geometry}}}]}}"#
    ))
}

#[test]
fn a_feature_without_a_geometry_has_its_position_in_its_properties() {
    for (properties, names) in [
        (r#""latitude":43.52,"longitude":5.44"#, vec!["longitude", "latitude"]),
        (r#""Latitude":"43,52","LONGITUDE":"5.44""#, vec!["LONGITUDE", "Latitude"]),
        (r#""position":"43.52, 5.44""#, vec!["position"]),
        (r#""geo_point_2d":[43.52,5.44]"#, vec!["geo_point_2d"]),
        (r#""geo_point_2d":{"lon":5.44,"lat":43.52}"#, vec!["geo_point_2d"]),
        (
            r#""coordx_origine":897361.24,"coordy_origine":6272190.53,"epsg_origine":"EPSG:2154""#,
            vec!["coordx_origine", "coordy_origine", "epsg_origine"],
        ),
    ] {
        for geometry in ["null", r#"{"type":"Point","coordinates":[0,0]}"#] {
            let file = of_properties(properties, geometry);
            assert!(faults(&file).is_empty(), "{:?}", file.rows);
            let (longitude, latitude) = file.rows[0].position.unwrap();
            assert!((longitude - 5.44).abs() < 0.01 && (latitude - 43.52).abs() < 0.01, "{properties}: {longitude}, {latitude}");
            let read = file.properties.read.iter().filter(|read| read.field == "location");
            let read: Vec<_> = read.map(|read| (read.property.as_str(), read.count)).collect();
            assert_eq!(read, names.iter().map(|name| (*name, 1)).collect::<Vec<_>>());
            assert!(file.properties.unread.is_empty(), "{:?}", file.properties);
        }
    }
}

#[test]
fn positions_in_properties_are_read_for_want_of_a_geometry_alone() {
    let placed = of_properties(r#""latitude":48.8,"longitude":2.3"#, r#"{"type":"Point","coordinates":[5.44,43.52]}"#);
    assert_eq!(
        (placed.rows[0].position, placed.properties.unread),
        (Some((5.44, 43.52)), vec!["latitude".to_owned(), "longitude".to_owned()])
    );
    for nothing in [r#""latitude":null,"longitude":"""#, r#""latitude":0,"longitude":0.0"#, r#""x":12,"y":7"#] {
        let file = of_properties(nothing, "null");
        assert!(faults(&file).is_empty() && file.rows[0].position.is_none(), "{nothing}: {:?}", file.rows);
    }
    let half = of_properties(r#""latitude":43.52,"longitude":null"#, "null");
    assert_eq!(faults(&half).iter().map(|fault| fault.field).collect::<Vec<_>>(), ["location"]);
}

#[test]
fn no_position_is_none_in_metres_too() {
    for crs in ["EPSG:2154", "EPSG:3857", "EPSG:2975", "EPSG:4326"] {
        for geometry in [r#"{"type":"Point","coordinates":[0,0]}"#, r#"{"type":"Point","coordinates":[0.0,0.0,0]}"#] {
            let file = read_text(&format!(
                r#"{{"type":"FeatureCollection","crs":"{crs}","features":[
                    {{"type":"Feature","properties":{{"uai":"0139901S"}},"geometry":{geometry}}}]}}"#
            ));
            assert!(faults(&file).is_empty() && file.rows[0].position.is_none(), "{crs}: {:?}", file.rows);
        }
    }
}
