//! Files as other programs write them: names, encodings, reference systems, spreadsheets. Each file stands in `tests/suite/data/cases`.

use serde_json::{Value, json};

use super::measures::read as measures;
use super::{Imported, collection, into, stands, upload};
use crate::harness::plans::{Revision, meeting};
use crate::harness::{App, Client};

macro_rules! case {
    ($name:literal) => {
        include_bytes!(concat!("../data/cases/", $name))
    };
}

const INTO_13: &str = "/imports/schools?department=13";

fn kinds(by: &Client) -> Vec<(String, String)> {
    let answer = by.ask("{ schools(first: 50) { nodes { uai kind } } }");
    let nodes = answer.at("/schools/nodes").as_array().expect("a list").clone();
    let text = |node: &Value, key: &str| node[key].as_str().expect("a text").to_owned();
    nodes.iter().map(|node| (text(node, "uai"), text(node, "kind"))).collect()
}

fn reasons(answer: &Imported, list: &str) -> Vec<Value> {
    answer.each(list, "reason")
}

#[test]
fn the_annuaires_own_names_give_every_school_its_kind() {
    let app = App::start();
    let by = app.prefecture("13");
    let answer = upload(&by, INTO_13, case!("annuaire_minimal.geojson"));
    assert_eq!((answer.status, &answer.body["added"]), (200, &json!(5)), "{}", answer.body);
    let found = kinds(&by);
    let found: Vec<&str> = found.iter().map(|(_, kind)| kind.as_str()).collect();
    assert_eq!(found, ["COLLEGE", "LYCEE", "LYCEE_PROFESSIONNEL", "ECOLE", "ECOLE"]);
    let read = &answer.body["properties"]["read"];
    assert!(
        read.as_array().unwrap().iter().any(|each| each["field"] == "kind" && each["property"] == "libelle_nature"),
        "{read}"
    );
    assert!(answer.body["properties"]["unread"].as_array().unwrap().contains(&json!("multi_uai")), "{}", answer.body);
    assert_eq!(answer.body["notices"], json!([]), "a lycée of one property is a vocational one of another");
}

#[test]
fn a_file_without_kinds_leaves_those_that_are_known() {
    let app = App::start();
    let by = app.prefecture("13");
    upload(&by, INTO_13, case!("annuaire_minimal.geojson"));
    let before = kinds(&by);
    let text = std::str::from_utf8(case!("annuaire_minimal.geojson")).unwrap();
    let without = text.replace("libelle_nature", "a").replace("code_nature", "b").replace("type_etablissement", "c");
    let answer = upload(&by, INTO_13, without.as_bytes());
    assert_eq!(
        (answer.status, &answer.body["unchanged"], &answer.body["changed"]),
        (200, &json!(5), &json!([])),
        "{}",
        answer.body
    );
    assert_eq!(reasons(&answer, "notices"), ["NO_KIND"]);
    assert_eq!(kinds(&by), before);

    let unknown = text.replace("\"COLLEGE\"", "\"CENTRE\"").replace("340", "999").replace("\"Collège\"", "\"Centre\"");
    let answer = upload(&by, INTO_13, unknown.as_bytes());
    assert_eq!((answer.status, reasons(&answer, "notices")), (200, vec![json!("UNKNOWN_KINDS")]), "{}", answer.body);
    assert_eq!(kinds(&by), before);

    let answer = upload(&by, &format!("{INTO_13}&kindProperty=nature_uai"), text.as_bytes());
    assert_eq!((answer.status, reasons(&answer, "faults")), (422, vec![json!("PROPERTY_NOT_FOUND")]), "{}", answer.body);
}

#[test]
fn a_school_named_twice_is_a_fault_at_the_second_and_the_first_is_kept_where_faults_are_skipped() {
    let app = App::start();
    let by = app.prefecture("13");
    let file = case!("annuaire_doublons.geojson");
    let strict = upload(&by, INTO_13, file);
    assert_eq!((strict.status, strict.each("faults", "index")), (422, vec![json!(1)]), "{}", strict.body);
    assert!(strict.body["faults"][0]["message"].as_str().unwrap().contains("objet 0"), "{}", strict.body);
    let tolerant = upload(&by, &format!("{INTO_13}&mode=skip-invalid"), file);
    assert_eq!((tolerant.status, &tolerant.body["added"]), (200, &json!(2)), "{}", tolerant.body);
    assert_eq!(tolerant.each("leftOut", "index"), [json!(1)]);
    assert_eq!(kinds(&by), [("0139911C".to_owned(), "LYCEE".to_owned()), ("0139912D".to_owned(), "COLLEGE".to_owned())]);
    assert_eq!(upload(&by, &format!("{INTO_13}&mode=lenient"), file).status, 400);
}

#[test]
fn a_file_without_departments_goes_by_the_one_asked_for_and_by_the_uai() {
    let app = App::start();
    let file = case!("schools_no_department.geojson");
    let names = "&uaiProperty=Code%20etablissement&nameProperty=Nom&kindProperty=Nature";
    let answer = upload(&app.prefecture("13"), &format!("{INTO_13}{names}"), file);
    assert_eq!((answer.status, &answer.body["added"]), (200, &json!(2)), "{}", answer.body);
    let answer = upload(&app.prefecture("13"), INTO_13, file);
    assert_eq!((answer.status, &answer.body["unchanged"]), (200, &json!(2)), "the usual names suffice: {}", answer.body);
    let answer = upload(&app.prefecture("93"), &format!("/imports/schools?department=93{names}"), file);
    assert_eq!((answer.status, reasons(&answer, "faults")), (422, vec![json!("OTHER_DEPARTMENT")]), "{}", answer.body);
    assert_eq!(answer.body["faults"][0]["common"], json!({ "count": 2, "first": [0, 1] }));
}

#[test]
fn one_department_of_an_academy_is_taken_and_the_others_are_named() {
    let app = App::start();
    let by = app.prefecture("971");
    let (path, file) = ("/imports/schools?department=971", case!("academie_971.geojson"));
    let strict = upload(&by, path, file);
    assert_eq!((strict.status, strict.each("faults", "index")), (422, vec![json!(1)]), "{}", strict.body);
    assert_eq!(strict.body["faults"][0]["common"], json!({ "count": 2, "first": [1, 2] }));
    let said = strict.body["faults"][0]["message"].as_str().unwrap();
    assert!(said.contains("977") && said.contains("978"), "each is named: {said}");
    for more in ["&onlyDepartment=true", "&mode=skip-invalid"] {
        let taken = upload(&by, &format!("{path}{more}&dryRun=true"), file);
        assert_eq!((taken.status, &taken.body["added"]), (200, &json!(1)), "{more}: {}", taken.body);
        assert_eq!(taken.each("leftOut", "code"), [json!("9779902D"), json!("9789903Z")], "{more}");
        assert_eq!(taken.each("leftOut", "reason"), [json!("OTHER_DEPARTMENT"), json!("OTHER_DEPARTMENT")], "{more}");
        let messages = taken.each("leftOut", "message");
        assert!(messages[0].as_str().unwrap().contains("977") && messages[1].as_str().unwrap().contains("978"), "{messages:?}");
    }
}

#[test]
fn a_directory_is_read_from_a_table() {
    let app = App::start();
    let by = app.prefecture("13");
    let header = "\u{feff}identifiant_de_l_etablissement;nom_etablissement;libelle_nature;code_departement;latitude;longitude";
    let rows = "0139901S;Collège;COLLEGE;013;43.5201;5.4401\r\n0139902T;Lycée;LYCEE POLYVALENT;013;;\r\n;;;;;";
    let answer = upload(&by, INTO_13, format!("{header}\r\n{rows}\r\n").as_bytes());
    assert_eq!((answer.status, &answer.body["added"]), (200, &json!(1)), "{}", answer.body);
    assert_eq!((answer.each("leftOut", "line"), answer.each("leftOut", "code")), (vec![json!(3)], vec![json!("0139902T")]));
    assert_eq!(kinds(&by), [("0139901S".to_owned(), "COLLEGE".to_owned())]);
    let swapped = rows.replace("43.5201;5.4401", "5.4401;43.5201");
    let answer = upload(&by, INTO_13, format!("{header}\r\n{swapped}\r\n").as_bytes());
    assert_eq!((answer.status, reasons(&answer, "faults")), (422, vec![json!("COORDINATES_SWAPPED")]), "{}", answer.body);
    let metres = rows.replace("43.5201;5.4401", "6272190.5;897361.2");
    let answer = upload(&by, INTO_13, format!("{header}\r\n{metres}\r\n").as_bytes());
    assert_eq!((answer.status, reasons(&answer, "faults")), (422, vec![json!("COORDINATES_IN_METRES")]), "{}", answer.body);
}

#[test]
fn whole_numbers_that_became_decimals_are_whole_again() {
    let app = App::start();
    let (by, revision) = (app.prefecture("13"), Revision::open(&app, "13", "2010-S1"));
    let answer = upload(&by, &format!("/imports/sectors?revision={}", revision.id), case!("sectors_float_codes.geojson"));
    assert_eq!((answer.status, &answer.body["added"]), (200, &json!(2)), "{}", answer.body);
    assert_eq!(stands(&by, &revision).1, ["13001", "X-2"]);
}

#[test]
fn a_first_name_that_is_empty_gives_way_to_the_next() {
    let app = App::start();
    let (by, revision) = (app.prefecture("13"), Revision::open(&app, "13", "2010-S1"));
    let answer = upload(&by, &into(&revision, "&authority=POLICE"), case!("sectors_empty_first_name.geojson"));
    assert_eq!(answer.status, 200, "{}", answer.body);
    let query = "query($id: ID!) { planRevision(id: $id) { sectors { nodes { code name } } } }";
    let written = by.run(query, json!({ "id": revision.id })).at("/planRevision/sectors/nodes").clone();
    assert_eq!(written, json!([{ "code": "X-1", "name": "Cité des Essais" }, { "code": "X-2", "name": "Les Essais" }]));
}

#[test]
fn wgs_84_is_taken_under_all_its_names_and_what_equals_it_is_said() {
    let app = App::start();
    let (by, revision) = (app.prefecture("13"), Revision::open(&app, "13", "2010-S1"));
    let path = into(&revision, "&authority=POLICE&dryRun=true");
    let files: [&[u8]; 4] = [
        case!("crs_geoserver_epsg_code.geojson"),
        case!("crs_urn_x_ogc.geojson"),
        case!("crs_urn_versioned.geojson"),
        case!("crs_link.geojson"),
    ];
    for file in files {
        let answer = upload(&by, &path, file);
        assert_eq!((answer.status, &answer.body["notices"]), (200, &json!([])), "{}", answer.body);
    }
    let answer = upload(&by, &path, case!("crs_4171.geojson"));
    assert_eq!((answer.status, reasons(&answer, "notices")), (200, vec![json!("REFERENCE")]), "{}", answer.body);
    assert_eq!(answer.body["notices"][0]["parameters"]["code"], "4171");
    let text = std::str::from_utf8(case!("crs_4171.geojson")).unwrap().replace("4171", "27572");
    let answer = upload(&by, &path, text.as_bytes());
    assert_eq!((answer.status, reasons(&answer, "faults")), (422, vec![json!("OTHER_REFERENCE")]), "{}", answer.body);
    assert!(answer.body["faults"][0]["message"].as_str().unwrap().contains("27572"), "{}", answer.body);
}

#[test]
fn sectors_in_lambert_93_are_turned_into_degrees_and_metres_without_a_name_are_recognised_once() {
    let app = App::start();
    let (by, revision) = (app.prefecture("13"), Revision::open(&app, "13", "2010-S1"));
    let square = |code: &str, x: f64, y: f64| {
        let ring = json!([[x, y], [x + 200.0, y], [x + 200.0, y + 200.0], [x, y + 200.0], [x, y]]);
        json!({ "type": "Feature", "properties": { "code": code }, "geometry": { "type": "Polygon", "coordinates": [ring] } })
    };
    let features = [square("L-1", 894_000.0, 6_248_000.0), square("L-2", 894_500.0, 6_248_000.0)];
    let crs = json!({ "type": "name", "properties": { "name": "urn:ogc:def:crs:EPSG::2154" } });
    let named = json!({ "type": "FeatureCollection", "crs": crs, "features": features }).to_string();
    let path = into(&revision, "&authority=POLICE");
    let answer = upload(&by, &path, named.as_bytes());
    assert_eq!((answer.status, reasons(&answer, "notices")), (200, vec![json!("REFERENCE")]), "{}", answer.body);
    let query = "query($id: ID!) { planRevision(id: $id) { sectors { nodes { areaKm2 } } } }";
    let area = by.run(query, json!({ "id": revision.id })).at("/planRevision/sectors/nodes/0/areaKm2").as_f64().unwrap();
    assert!((area - 0.04).abs() < 0.000_1, "{area}");

    let answer = upload(&by, &path, &collection(&features));
    assert_eq!((answer.status, reasons(&answer, "faults")), (422, vec![json!("COORDINATES_IN_METRES")]), "{}", answer.body);
    assert_eq!(answer.body["faults"][0]["common"], json!({ "count": 2, "first": [0, 1] }));
    assert!(answer.body["faults"][0]["message"].as_str().unwrap().contains("Lambert-93"), "{}", answer.body);
    let ring = json!([[43.3, 5.4], [43.3, 5.403], [43.303, 5.403], [43.303, 5.4], [43.3, 5.4]]);
    let feature = |code: &str| json!({ "type": "Feature", "properties": { "code": code }, "geometry": { "type": "Polygon", "coordinates": [ring] } });
    let answer = upload(&by, &path, &collection(&[feature("S-1"), feature("S-2"), feature("S-3")]));
    assert_eq!((answer.status, reasons(&answer, "faults")), (422, vec![json!("COORDINATES_SWAPPED")]), "{}", answer.body);
    assert_eq!(answer.body["faults"][0]["common"]["count"], 3);
}

#[test]
fn text_that_is_not_utf_8_is_said_for_what_it_looks_like() {
    let app = App::start();
    let (by, revision) = (app.prefecture("13"), Revision::open(&app, "13", "2010-S1"));
    let files: [(&[u8], &str); 2] = [(case!("latin1.geojson"), "Windows-1252"), (case!("utf16.geojson"), "UTF-16")];
    for (file, looks_like) in files {
        let answer = upload(&by, &into(&revision, "&authority=POLICE"), file);
        assert_eq!((answer.status, reasons(&answer, "faults")), (422, vec![json!("NOT_UTF8")]), "{}", answer.body);
        assert_eq!(answer.body["faults"][0]["parameters"]["looksLike"], looks_like);
    }
}

/// The police of a department after a meeting of 5 March 2024.
fn met(app: &App, department: &str) {
    meeting(&app.prefecture(department), department, "2024-03-05", json!([]));
    app.police(department);
}

#[test]
fn measures_are_read_however_a_spreadsheet_writes_them() {
    let app = App::on("2024-03-10");
    met(&app, "13");
    let files: [(&[u8], usize, &[&str]); 6] = [
        (case!("measures_blank_rows.csv"), 1, &[]),
        (case!("measures_quoted.csv"), 2, &[]),
        (case!("measures_header_case.csv"), 1, &[]),
        (case!("measures_cp1252.csv"), 1, &["ENCODING"]),
        (case!("measures_utf16.csv"), 1, &["ENCODING"]),
        (case!("measures_tab.csv"), 1, &[]),
    ];
    for (file, rows, notices) in files {
        let report = measures(&app, "police-13", file, true).expect("a report");
        assert_eq!((report.faults.as_slice(), report.added), (&[][..], rows), "{}", String::from_utf8_lossy(file));
        let said: Vec<&str> = report.notices.iter().map(|notice| notice.reason).collect();
        assert_eq!(said, notices);
    }
    assert_eq!(measures(&app, "police-13", case!("measures_quoted.csv"), false).expect("a report").added, 2);
    let query = "{ rollup(indicator: \"CANNABIS_KG\", period: \"2024-03\", axis: DEPARTMENT, departmentCode: \"13\") { cells { value } } }";
    assert_eq!(app.prefecture("13").ask(query).at("/rollup/cells/0/value"), &json!(12.5));
}

#[test]
fn what_a_spreadsheet_made_of_fortnights_is_said_once() {
    let app = App::on("2024-03-10");
    met(&app, "13");
    let report = measures(&app, "police-13", case!("measures_excel_roundtrip.csv"), false).expect("a report");
    let [fault] = report.faults.as_slice() else { panic!("{:?}", report.faults) };
    assert_eq!((fault.reason, fault.field.as_str(), fault.line), ("SPREADSHEET_DATE", "fortnight", Some(2)));
    assert_eq!(fault.common.as_ref().map(|common| (common.count, common.first.clone())), Some((2, vec![2, 3])));
    assert!(fault.message.contains("format « Texte »"), "{}", fault.message);
    assert_eq!((report.faulted(), report.faulty(), report.is_refused()), (2, 2, true));

    // Thousands of them are one fault, too.
    let row = "13;05/03/2024;mars-24;CANNABIS_KG;;POLICE;12,5\r\n";
    let file = format!("department;meeting;fortnight;indicator;sector;service;value\r\n{}", row.repeat(3_000));
    let report = measures(&app, "police-13", &file, false).expect("a report");
    assert_eq!((report.faults.len(), report.faulted(), report.faulty(), report.beyond), (1, 3_000, 3_000, None));
    let right = file.replace("mars-24", "2024-03-1").split_inclusive('\n').take(2).collect::<String>();
    assert_eq!(measures(&app, "police-13", &right, false).expect("a report").added, 1, "05/03/2024 is day, month and year");
}

#[test]
fn a_department_that_lost_its_zero_is_the_first() {
    let app = App::on("2024-03-10");
    met(&app, "01");
    let report = measures(&app, "police-01", case!("measures_department_1.csv"), false).expect("a report");
    assert_eq!((report.faults.as_slice(), report.added), (&[][..], 1));
}

#[test]
fn a_missing_column_is_named_with_the_header_as_read() {
    let app = App::on("2024-03-10");
    met(&app, "13");
    let report =
        measures(&app, "police-13", "Département;Réunion;Quinzaine;Indicateur;Secteur;Valeur\n", false).expect("a report");
    let [fault] = report.faults.as_slice() else { panic!("{:?}", report.faults) };
    assert_eq!(fault.reason, "COLUMN_MISSING");
    assert!(fault.message.contains("colonne service") && fault.message.contains("Quinzaine | Indicateur"), "{}", fault.message);
}

#[test]
fn lists_are_read_however_a_spreadsheet_writes_them() {
    let app = App::start();
    let secretariat = app.secretariat();
    upload(&app.prefecture("13"), INTO_13, case!("annuaire_minimal.geojson"));
    let path = "/imports/national-list?list=SENSITIVE_SCHOOLS&from=2010-03-01&dryRun=true";
    let files: [&[u8]; 3] = [case!("list_blank_rows.csv"), case!("list_annuaire_header.csv"), case!("list_upper_header.csv")];
    for file in files {
        let answer = upload(&secretariat, path, file);
        assert_eq!((answer.status, &answer.body["added"]), (200, &json!(1)), "{}", answer.body);
        assert_eq!(answer.body["changed"][0]["code"], "13 0139901S");
    }
    let faulty = b"uai;departement\n0139901S;13\n0139999Z;13\n0139902T;1\n0139902T;13\n";
    let strict = upload(&secretariat, path, faulty);
    assert_eq!((strict.status, strict.each("faults", "line")), (422, vec![json!(3), json!(4)]), "{}", strict.body);
    let path = format!("{path}&mode=skip-invalid");
    let tolerant = upload(&secretariat, &path, faulty);
    assert_eq!((tolerant.status, &tolerant.body["added"]), (200, &json!(2)), "{}", tolerant.body);
    assert_eq!(tolerant.each("leftOut", "line"), [json!(3), json!(4)]);
}

#[test]
fn an_outline_that_lies_elsewhere_is_refused_and_swapped_coordinates_are_named() {
    let app = App::start();
    let by = app.secretariat();
    let moved = upload(&by, "/imports/boundaries", case!("boundaries_overseas_moved.geojson"));
    assert_eq!((moved.status, reasons(&moved, "faults")), (422, vec![json!("OUTLINE_ELSEWHERE"); 2]), "{}", moved.body);
    let swapped = upload(&by, "/imports/boundaries?acceptOutside=true", case!("boundaries_13_swapped.geojson"));
    assert_eq!((swapped.status, reasons(&swapped, "faults")), (422, vec![json!("COORDINATES_SWAPPED")]), "{}", swapped.body);
}

#[test]
fn an_outline_tells_nothing_of_sectors_that_its_sender_may_not_read() {
    let app = App::start();
    let by = app.secretariat();
    let mut revision = Revision::open(&app, "13", "2010-S1");
    revision.fill(&app);
    let file = case!("boundaries_13_without_the_east.geojson");
    let said = |path: &str| {
        let answer = upload(&by, path, file);
        let all = ["faults", "notices"].map(|list| answer.body[list].as_array().cloned().unwrap_or_default()).concat();
        (answer.status, all.into_iter().find(|one| one["reason"] == "OUTLINE_LEAVES_OUT"))
    };
    // On trial or not, accepted or not, the answer is the same as without the draft.
    for path in ["/imports/boundaries?dryRun=true", "/imports/boundaries", "/imports/boundaries?dryRun=true&acceptOutside=true"] {
        let (status, told) = said(path);
        assert_eq!((status == 200, told), (path.contains("accept"), None), "{path}");
    }
    revision.submit(&app);
    revision.sign(&app);
    revision.transmit(&app);
    let (_, read) = said("/imports/boundaries?dryRun=true");
    let read = read.expect("a plan that is in force is read by the secretariat");
    assert_eq!((&read["parameters"]["sectors"], read["place"].is_null()), (&json!("2"), false), "{read}");
}

#[test]
fn an_outline_that_shrank_is_refused_with_what_would_lie_outside_or_accepted_and_counted() {
    let app = App::start();
    let (by, prefecture) = (app.secretariat(), app.prefecture("13"));
    let revision = Revision::open(&app, "13", "2010-S1");
    let squares = upload(&prefecture, &into(&revision, "&authority=POLICE"), &collection(&super::squares("13", 3)));
    assert_eq!(squares.status, 200, "{}", squares.body);
    upload(&prefecture, INTO_13, case!("annuaire_minimal.geojson"));
    let file = case!("boundaries_13_without_the_east.geojson");
    let refused = upload(&by, "/imports/boundaries", file);
    let expected = vec![json!("OUTLINE_WITHOUT_SEAT"), json!("OUTLINE_LEAVES_OUT")];
    assert_eq!((refused.status, reasons(&refused, "faults")), (422, expected.clone()), "{}", refused.body);
    let counts = &refused.body["faults"][1]["parameters"];
    assert_eq!((&counts["sectors"], &counts["schools"]), (&json!("0"), &json!("5")), "{}", refused.body);
    let boundary = || prefecture.ask("{ department(code: \"13\") { boundary } }").at("/department/boundary").clone();
    assert!(boundary().is_null(), "nothing was written");

    let accepted = upload(&by, "/imports/boundaries?acceptOutside=true", file);
    assert_eq!((accepted.status, reasons(&accepted, "notices")), (200, expected), "{}", accepted.body);
    assert!(!boundary().is_null());
    // What lay outside before is no news.
    let again = upload(&by, "/imports/boundaries?mode=skip-invalid&dryRun=true", file);
    assert_eq!(reasons(&again, "faults"), [json!("OUTLINE_WITHOUT_SEAT")], "{}", again.body);
}
