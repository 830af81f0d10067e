//! Returning a revision with remarks, and the copy on which they are replied to.

use serde_json::{Value, json};

use super::{open, read, refused, remarks, state};
use crate::harness::App;
use crate::harness::plans::Revision;

#[test]
fn a_returned_revision_is_copied_with_the_remarks_and_the_replies_stand_on_the_copy() {
    let app = App::start();
    let mut first = Revision::in_force(&app, "13", "2010-S1");
    let after = first.step(&app.secretariat(), "returnRevision", remarks(&["Préciser le diagnostic.", "Ajouter un objectif."]));
    assert_eq!(after["status"], "RETURNED");
    assert_eq!(state(&app, "13")["current"], Value::Null);

    let mut copy = Revision::open(&app, "13", "2010-S1");
    let listed = read(&app.prefecture("13"), &copy, "remarks { text subject { id } reply }");
    assert_eq!(
        listed.at("/planRevision/remarks"),
        &json!([
            { "text": "Préciser le diagnostic.", "subject": null, "reply": null },
            { "text": "Ajouter un objectif.", "subject": null, "reply": null },
        ])
    );
    let before = copy.hash(&app.prefecture("13"));
    copy.step(&app.prefecture("13"), "replyToRemark", json!({ "index": 1, "reply": "Objectif ajouté." }));
    assert_eq!(copy.hash(&app.prefecture("13")), before, "a reply is no content");
    let listed = read(&app.prefecture("13"), &copy, "remarks { reply }");
    assert_eq!(listed.at("/planRevision/remarks"), &json!([{ "reply": null }, { "reply": "Objectif ajouté." }]));
    let original = read(&app.prefecture("13"), &first, "remarks { reply }");
    assert_eq!(original.at("/planRevision/remarks/1/reply"), &Value::Null);

    // Returned again: the new remark comes after the old ones, and the answered one is not asked again.
    copy.submit(&app);
    copy.sign(&app);
    copy.transmit(&app);
    copy.step(&app.secretariat(), "returnRevision", remarks(&["Encore un mot."]));
    let texts = open(&app.prefecture("13"), "13", "2010-S1");
    assert_eq!(
        texts.at("/openRevision/remarks"),
        &json!([{ "text": "Préciser le diagnostic.", "reply": null }, { "text": "Encore un mot.", "reply": null }])
    );
}

#[test]
fn when_the_plan_in_force_is_returned_the_one_before_is_in_force_again() {
    let app = App::start();
    let mut first = Revision::in_force(&app, "13", "2010-S1");
    first.step(&app.secretariat(), "acknowledgeRevision", json!({}));
    app.set_day("2010-07-02");
    let mut second = Revision::open(&app, "13", "2010-S2");
    assert_eq!(state(&app, "13")["current"]["number"], 1);
    second.step(&app.prefecture("13"), "updateDiagnosis", json!({ "diagnosis": "Diagnostic du second semestre." }));
    for (by, service) in [(app.police("13"), "POLICE"), (app.gendarmerie("13"), "GENDARMERIE"), (app.prosecutor("13"), "PARQUET")]
    {
        // Those of the first semester are stale in the second.
        let stale = second.try_step(&app.prefecture("13"), "submitRevision", json!({}));
        assert_eq!(stale.code(), "INVALID");
        let input = json!({ "service": service, "text": "Contribution du second semestre.", "datedOn": "2010-07-01" });
        second.step(&by, "contributeToDiagnosis", input);
    }
    second.submit(&app);
    second.sign(&app);
    second.transmit(&app);
    assert_eq!(state(&app, "13")["current"]["number"], 2);
    second.step(&app.secretariat(), "returnRevision", remarks(&["À compléter."]));
    assert_eq!(state(&app, "13")["current"]["number"], 1);
}

#[test]
fn a_return_says_why_within_bounds() {
    let app = App::start();
    let revision = Revision::in_force(&app, "13", "2010-S1");
    let secretariat = app.secretariat();
    let answer = refused(&app, "13", "INVALID", || revision.try_step(&secretariat, "returnRevision", remarks(&[])));
    assert_eq!(answer.field(), "remarks");
    let many = vec!["x"; 101];
    refused(&app, "13", "INVALID", || revision.try_step(&secretariat, "returnRevision", remarks(&many)));
    let answer = refused(&app, "13", "INVALID", || revision.try_step(&secretariat, "returnRevision", remarks(&["Bien.", " "])));
    assert_eq!(answer.field(), "remarks[1].text");
    let about = json!({ "remarks": [{ "text": "Ceci.", "subjectId": revision.id }] });
    let answer = refused(&app, "13", "INVALID", || revision.try_step(&secretariat, "returnRevision", about));
    assert_eq!(answer.field(), "remarks[0].subjectId");
    for by in [app.prefecture("13"), app.national("AUDITOR"), app.national("OCRTIS")] {
        refused(&app, "13", "FORBIDDEN", || revision.try_step(&by, "returnRevision", remarks(&["Non."])));
    }
}

#[test]
fn a_reply_goes_to_a_remark_that_there_is() {
    let app = App::start();
    let revision = Revision::open(&app, "13", "2010-S1");
    let reply = json!({ "index": 0, "reply": "Réponse." });
    let answer = refused(&app, "13", "INVALID", || revision.try_step(&app.prefecture("13"), "replyToRemark", reply));
    assert_eq!(answer.field(), "index");
}
