//! What the audit says of imports: which act, which file to the byte, in which mode and which way.

use palts::domain::canonical::sha256_hex;
use serde_json::{Value, json};

use super::command::{Left, import};
use super::{audit, collection, into, squares};
use crate::harness::plans::Revision;
use crate::harness::{App, Client};
use crate::http::raw::{Reply, send};

/// Uploads a file under a name.
fn upload(app: &App, by: &Client, path: &str, name: &str, file: &str) -> Reply {
    let token = format!("Bearer {}", by.token().expect("signed in"));
    let named = format!("attachment; filename=\"{name}\"");
    send(app, "POST", path, &[("authorization", &token), ("content-disposition", &named)], file)
}

/// The entries of acts of a name: outcome and detail.
fn entries(app: &App, act: &str) -> Vec<(String, String)> {
    audit(app, "13").into_iter().filter(|(known, ..)| known == act).map(|(_, outcome, detail)| (outcome, detail)).collect()
}

fn told(name: &str, file: &str, mode: &str, way: &str) -> String {
    format!("file \"{name}\", {} bytes, SHA-256 {}, by {way}, {mode}", file.len(), sha256_hex(file))
}

#[test]
fn an_import_is_audited_as_an_import_with_its_file_and_its_mode() {
    let app = App::start();
    let (by, revision) = (app.prefecture("13"), Revision::open(&app, "13", "2010-S1"));
    let file = String::from_utf8(collection(&squares("13", 2))).expect("text");
    let path = into(&revision, "&authority=POLICE&mode=skip-invalid&repair=true");
    let done = upload(&app, &by, &path, "secteurs.geojson", &file);
    assert_eq!(done.status, 200, "{}", done.body);
    let detail = format!("2 added, 0 replaced; {}", told("secteurs.geojson", &file, "skip-invalid, repair", "upload"));
    assert_eq!(entries(&app, "importSectors"), [("DONE".to_owned(), detail)]);
    assert_eq!(entries(&app, "upsertSectors"), [], "no act inside the act");

    let schools = "uai;name;kind;longitude;latitude\n0130001F;Un;COLLEGE;5.4;43.3\n";
    let done = upload(&app, &by, "/imports/schools?department=13", "annuaire.csv", schools);
    assert_eq!(done.status, 200, "{}", done.body);
    let detail = format!("1 added, 0 replaced; {}", told("annuaire.csv", schools, "all or nothing", "upload"));
    assert_eq!(entries(&app, "importSchools"), [("DONE".to_owned(), detail)]);
    assert_eq!(entries(&app, "upsertSchools"), []);
}

#[test]
fn national_imports_are_audited_with_their_files() {
    let app = App::start();
    let secretariat = app.secretariat();
    let schools = "uai;name;kind;longitude;latitude\n0130001F;Un;COLLEGE;5.4;43.3\n";
    assert_eq!(upload(&app, &app.prefecture("13"), "/imports/schools?department=13", "a.csv", schools).status, 200);
    let list = "department,uai\n13,0130001F\n";
    let done = upload(&app, &secretariat, "/imports/national-list?list=SENSITIVE_SCHOOLS&from=2010-03-01", "liste.csv", list);
    assert_eq!(done.status, 200, "{}", done.body);
    let ring = json!([[4.9, 43.2], [5.8, 43.2], [5.8, 43.7], [4.9, 43.7], [4.9, 43.2]]);
    let outline = json!({ "type": "Polygon", "coordinates": [ring] });
    let feature = json!({ "type": "Feature", "properties": { "code": "13" }, "geometry": outline });
    let outlines = String::from_utf8(collection(&[feature])).expect("text");
    let done = upload(&app, &secretariat, "/imports/boundaries?acceptOutside=true", "contours.json", &outlines);
    assert_eq!(done.status, 200, "{}", done.body);
    let query = "{ auditEntries(first: 200) { nodes { act outcome detail } } }";
    let nodes = app.national("AUDITOR").ask(query).at("/auditEntries/nodes").as_array().expect("a list").clone();
    for (act, other, told) in [
        ("importNationalList", "setNationalList", told("liste.csv", list, "all or nothing", "upload")),
        ("importBoundaries", "setBoundaries", told("contours.json", &outlines, "accept-outside", "upload")),
    ] {
        let of = |name: &str| -> Vec<&Value> { nodes.iter().filter(|node| node["act"] == name).collect() };
        let [only] = of(act)[..] else { panic!("one entry of {act}") };
        assert_eq!(only["outcome"], "DONE");
        assert!(only["detail"].as_str().is_some_and(|detail| detail.ends_with(&told)), "{only} does not end in {told}");
        assert!(of(other).is_empty(), "no act inside the act");
    }
}

#[test]
fn a_refused_file_is_told_by_its_digest_too_and_a_name_is_not_believed_blindly() {
    let app = App::start();
    let (by, revision) = (app.prefecture("13"), Revision::open(&app, "13", "2010-S1"));
    let file = r#"{ "type": "FeatureCollection", "features": [] }"#;
    let reply = upload(&app, &by, &into(&revision, "&authority=POLICE"), "../../etc/vide.geojson", file);
    assert_eq!(reply.status, 422, "{}", reply.body);
    let found = entries(&app, "importSectors");
    let [(outcome, detail)] = &found[..] else { panic!("{found:?}") };
    assert_eq!(outcome, "INVALID");
    assert!(detail.ends_with(&told("vide.geojson", file, "all or nothing", "upload")), "{detail}");
}

#[test]
fn the_command_line_says_so() {
    let app = App::start();
    Revision::open(&app, "13", "2010-S1");
    let file = String::from_utf8(collection(&squares("13", 1))).expect("text");
    let flags = ["--as", "prefecture-13", "--department", "13", "--revision", "pending", "--authority", "POLICE"];
    let more = ["--kind", "NEIGHBOURHOOD", "--severity", "3"];
    let Left { code, out, err } = import(&app, "sectors", file.as_bytes(), &[flags.as_slice(), &more].concat());
    assert_eq!(code, Some(0), "{out} {err}");
    let detail = format!("1 added, 0 replaced; {}", told("file", &file, "all or nothing", "command line"));
    assert_eq!(entries(&app, "importSectors"), [("DONE".to_owned(), detail)]);
}
