//! Imports that waited while what they were held against, or their caller's rights, changed: begun again, over what there is then.

use std::time::Duration;

use palts::access::Scope;
use palts::domain::codes::DepartmentCode;
use palts::domain::keys::RevisionKey;
use palts::domain::vocabulary::SchoolKind;
use palts::store::audit::{Category, Chain, DONE, NewEntry};
use palts::store::schools::School;
use palts::store::{self, Mode, Writer};
use serde_json::{Value, json};

use super::{Imported, audit, collection, into, squares, stands, upload};
use crate::harness::plans::Revision;
use crate::harness::{App, Client};

const SCHOOLS: &str = "/imports/schools?department=13";

fn department() -> DepartmentCode {
    "13".parse().expect("a code")
}

fn schools(uais: &[&str]) -> Vec<u8> {
    let feature = |uai: &&str| {
        let properties = json!({ "uai": uai, "name": format!("Collège {uai}"), "kind": "COLLEGE" });
        json!({ "type": "Feature", "properties": properties, "geometry": { "type": "Point", "coordinates": [5.42, 43.52] } })
    };
    collection(&uais.iter().map(feature).collect::<Vec<Value>>())
}

/// Sends a file while somebody else holds the department, and writes `meanwhile` before that one lets go; answers how it ended. Were the file
/// slower than the other writer, it would find what was written, and end alike.
fn overtaken(app: &App, by: &Client, path: &str, file: Vec<u8>, meanwhile: impl FnOnce(&mut Writer)) -> Imported {
    by.ask("{ viewer { username } }").data();
    let mut holding = app.office.database.checkout(Mode::Write).expect("a connection");
    holding.begin().expect("a transaction");
    let chain = Chain::Department(department());
    store::audit::lock(holding.writer().expect("a writer"), &chain).expect("the lock");
    let (sender, path) = (by.clone(), path.to_owned());
    let waiting = std::thread::spawn(move || upload(&sender, &path, &file));
    std::thread::sleep(Duration::from_millis(800));
    meanwhile(holding.writer().expect("a writer"));
    let now = app.office.clock.now();
    let entry = NewEntry::of(&chain, Category::Plan, now, "operator", "meanwhile", "all", DONE, "written");
    store::audit::append(holding.writer().expect("a writer"), &entry).expect("writable");
    holding.commit().expect("committed");
    drop(holding);
    waiting.join().expect("an answer")
}

/// Another school comes into the directory.
fn a_school(writer: &mut Writer) {
    let uai = "0130028K".parse().expect("a UAI");
    let school =
        School { department: department(), uai, name: "Autre".to_owned(), kind: SchoolKind::Lycee, location: (5.4015, 43.3015) };
    store::schools::upsert(writer, &Scope::department(department()), &[school]).expect("writable");
}

#[test]
fn sectors_that_were_overtaken_by_a_school_are_held_against_it_and_written() {
    let app = App::start();
    let (by, revision) = (app.prefecture("13"), Revision::open(&app, "13", "2010-S1"));
    let file = collection(&squares("13", 2));
    let answer = overtaken(&app, &by, &into(&revision, "&authority=POLICE"), file, a_school);
    assert_eq!((answer.status, &answer.body["added"]), (200, &json!(2)), "{}", answer.body);
    let near = "query($id: ID!) { planRevision(id: $id) { sectors { nodes { code schools { uai } } } } }";
    let sectors = by.run(near, json!({ "id": revision.id })).at("/planRevision/sectors/nodes").clone();
    assert!(sectors.to_string().contains("0130028K"), "measured to the school that came meanwhile: {sectors}");
    let done = audit(&app, "13").iter().filter(|(act, outcome, _)| act == "importSectors" && outcome == "DONE").count();
    assert_eq!(done, 1, "written once");
}

#[test]
fn sectors_for_the_draft_as_it_is_are_written_over_what_another_wrote_and_a_version_that_was_named_is_not() {
    let app = App::start();
    let (by, revision) = (app.prefecture("13"), Revision::open(&app, "13", "2010-S1"));
    let key: RevisionKey = RevisionKey { department: department(), number: 1 };
    let grow = |writer: &mut Writer| {
        store::revisions::grow(writer, &Scope::department(department()), &key).expect("writable");
    };
    let path = into(&revision, "&authority=POLICE");
    let answer = overtaken(&app, &by, &path, collection(&squares("13", 2)), grow);
    assert_eq!((answer.status, &answer.body["version"]), (200, &json!(revision.version + 2)), "{}", answer.body);
    let (version, codes) = stands(&by, &revision);
    assert_eq!((version, codes.len()), (revision.version + 2, 2));
    let answer = overtaken(&app, &by, &format!("{path}&version={version}"), collection(&squares("13", 3)), grow);
    assert_eq!((answer.status, answer.code()), (409, "CONFLICT"), "{}", answer.body);
    assert_eq!(stands(&by, &revision).1.len(), 2);
}

#[test]
fn schools_that_were_overtaken_by_another_are_held_against_it_and_written() {
    let app = App::start();
    let by = app.prefecture("13");
    assert_eq!(upload(&by, SCHOOLS, &schools(&["0130007M"])).status, 200);
    let answer = overtaken(&app, &by, SCHOOLS, schools(&["0130007M", "0130028K"]), a_school);
    let counts = ["added", "replaced", "unchanged"].map(|key| answer.body[key].as_i64());
    assert_eq!((answer.status, counts), (200, [Some(0), Some(1), Some(1)]), "it is there by now: {}", answer.body);
    let names = by.ask("{ schools { nodes { uai name } } }").at("/schools/nodes").clone();
    assert_eq!(
        names,
        json!([{ "uai": "0130007M", "name": "Collège 0130007M" }, { "uai": "0130028K", "name": "Collège 0130028K" }])
    );
}

#[test]
fn an_import_that_was_overtaken_is_not_written_with_a_right_that_ended_meanwhile() {
    let app = App::start();
    let by = app.prefecture("13");
    let (name, today, now) = ("prefecture-13".parse().expect("a name"), app.office.clock.today(), app.office.clock.now());
    let answer = overtaken(&app, &by, SCHOOLS, schools(&["0130007M"]), |writer| {
        let user = store::users::by_name(writer, &name).expect("readable").expect("an account");
        let grants = store::users::standing_grants(writer, user.id, today).expect("readable");
        let ids: Vec<i64> = grants.iter().map(|(id, _)| *id).collect();
        store::users::revoke_grants(writer, &ids, now).expect("writable");
        let entry = NewEntry::of(&Chain::Nation, Category::Access, now, "operator", "revokeRole", "all", DONE, "revoked");
        store::audit::append(writer, &entry).expect("writable");
    });
    assert_eq!((answer.status, answer.code()), (403, "FORBIDDEN"), "{}", answer.body);
    let kept = app.secretariat().ask("{ schools { totalCount } }").at("/schools/totalCount").clone();
    assert_eq!(kept, json!(0));
}
