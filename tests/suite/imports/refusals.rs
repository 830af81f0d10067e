//! Uploads that are refused before, or whatever, the file says; each under its own status.

use palts::http::Settings;

use super::{audit, collection, into, squares, stands, upload};
use crate::harness::plans::Revision;
use crate::harness::{App, Setup};

#[test]
fn who_is_not_signed_in_imports_nothing() {
    let app = App::start();
    let revision = Revision::open(&app, "13", "2010-S1");
    let answer = upload(&app.anonymous(), &into(&revision, "&authority=POLICE"), &collection(&squares("13", 1)));
    assert_eq!((answer.status, answer.code()), (401, "UNAUTHENTICATED"));
    let answer = upload(&app.bearing("forged"), &into(&revision, "&authority=POLICE"), b"");
    assert_eq!((answer.status, answer.code()), (401, "UNAUTHENTICATED"));
}

#[test]
fn police_and_gendarmerie_import_sectors_of_their_authority_and_others_none() {
    let app = App::start();
    let revision = Revision::open(&app, "13", "2010-S1");
    let file = collection(&squares("13", 1));
    let own = upload(&app.police("13"), &into(&revision, "&authority=POLICE"), &file);
    assert_eq!(own.status, 200, "{}", own.body);
    let stolen = upload(&app.gendarmerie("13"), &into(&revision, "&authority=GENDARMERIE"), &file);
    assert_eq!((stolen.status, stolen.code()), (403, "FORBIDDEN"), "it is of the police");
    for by in [app.prefect("13"), app.prosecutor("13"), app.education("13")] {
        let answer = upload(&by, &into(&revision, "&authority=POLICE"), &file);
        assert_eq!((answer.status, answer.code()), (403, "FORBIDDEN"), "{}", by.username);
    }
    let refused = audit(&app, "13").iter().filter(|(act, outcome, _)| act.contains("Sectors") && outcome == "FORBIDDEN").count();
    assert_eq!(refused, 4, "each refusal is audited");
}

#[test]
fn a_revision_out_of_sight_does_not_exist() {
    let app = App::start();
    let revision = Revision::open(&app, "13", "2010-S1");
    let file = collection(&squares("13", 1));
    for by in [app.prefecture("93"), app.police("93")] {
        let answer = upload(&by, &into(&revision, "&authority=POLICE"), &file);
        assert_eq!((answer.status, answer.code()), (404, "NOT_FOUND"), "{}", by.username);
    }
    let none = "/imports/sectors?department=93&revision=pending&authority=POLICE&kind=PORT&severity=1";
    assert_eq!(upload(&app.prefecture("93"), none, &file).status, 404);
    let none = "/imports/sectors?department=13&revision=7&authority=POLICE&kind=PORT&severity=1";
    assert_eq!(upload(&app.prefecture("13"), none, &file).status, 404);
}

#[test]
fn an_old_version_and_a_submitted_revision_are_conflicts() {
    let app = App::start();
    let mut revision = Revision::open(&app, "13", "2010-S1");
    let (by, file) = (app.prefecture("13"), collection(&squares("13", 1)));
    let old = revision.version;
    revision.fill(&app);
    let answer = upload(&by, &into(&revision, &format!("&authority=POLICE&version={old}")), &file);
    assert_eq!((answer.status, answer.code()), (409, "CONFLICT"));
    revision.submit(&app);
    let before = stands(&by, &revision);
    let answer = upload(&by, &into(&revision, "&authority=POLICE"), &file);
    assert_eq!((answer.status, answer.code()), (409, "CONFLICT"));
    assert_eq!(stands(&by, &revision), before);
}

#[test]
fn a_body_over_the_limit_a_form_and_a_wrong_parameter_have_statuses_of_their_own() {
    let app = App::with(Setup { http: Settings { max_import_bytes: 2_000, ..Settings::default() }, ..Setup::default() });
    let (by, revision) = (app.prefecture("13"), Revision::open(&app, "13", "2010-S1"));
    let path = into(&revision, "&authority=POLICE");
    let answer = upload(&by, &path, &collection(&squares("13", 30)));
    assert_eq!((answer.status, answer.code()), (413, "LIMIT"));
    let (status, _) = by.post(&path, "multipart/form-data; boundary=x", b"--x--");
    assert_eq!(status, 415);
    let answer = upload(&by, &format!("{path}&severite=3"), &collection(&squares("13", 1)));
    assert_eq!((answer.status, answer.code()), (400, "INVALID"));
    let said = answer.body["errors"][0]["message"].as_str().expect("a message");
    assert!(said.contains("« severite » n’est pas un paramètre ; il y a department, revision"), "{said}");
    let answer = upload(&by, &into(&revision, "&authority=MAIRE"), &collection(&squares("13", 1)));
    assert_eq!((answer.status, answer.body["errors"][0]["extensions"]["field"].as_str()), (400, Some("authority")));
    assert_eq!(by.get(&path).0, 405);
}
