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
    renew(&app, &mut second);
    second.submit(&app);
    second.sign(&app);
    second.transmit(&app);
    assert_eq!(state(&app, "13")["current"]["number"], 2);
    second.step(&app.secretariat(), "returnRevision", remarks(&["À compléter."]));
    assert_eq!(state(&app, "13")["current"]["number"], 1);
}

/// Writes the second semester's diagnosis and contributions: those of the first are stale by then.
fn renew(app: &App, second: &mut Revision) {
    second.step(&app.prefecture("13"), "updateDiagnosis", json!({ "diagnosis": "Diagnostic du second semestre." }));
    for (by, service) in [(app.police("13"), "POLICE"), (app.gendarmerie("13"), "GENDARMERIE"), (app.prosecutor("13"), "PARQUET")]
    {
        // Those of the first semester are stale in the second.
        let stale = second.try_step(&app.prefecture("13"), "submitRevision", json!({}));
        assert_eq!(stale.code(), "INVALID");
        let input = json!({ "service": service, "text": "Contribution du second semestre.", "datedOn": "2010-07-01" });
        second.step(&by, "contributeToDiagnosis", input);
    }
}

#[test]
fn what_was_returned_is_corrected_even_after_a_later_semester_was_opened() {
    let app = App::start();
    let mut first = Revision::in_force(&app, "13", "2010-S1");
    app.set_day("2010-07-02");
    let mut second = Revision::open(&app, "13", "2010-S2");
    renew(&app, &mut second);
    second.submit(&app);
    second.sign(&app);
    second.transmit(&app);
    let prefecture = app.prefecture("13");
    let early = refused(&app, "13", "INVALID", || open(&prefecture, "13", "2010-S1"));
    assert_eq!(early.field(), "semester", "nothing of it was returned");
    first.step(&app.secretariat(), "returnRevision", remarks(&["Préciser le diagnostic."]));
    assert_eq!(state(&app, "13")["current"]["number"], 2);

    let mut corrected = Revision::open(&app, "13", "2010-S1");
    let listed = read(&prefecture, &corrected, "number semester diagnosis dueOn changes { against { number } } remarks { text }");
    assert_eq!(
        listed.at("/planRevision"),
        &json!({
            "number": 3, "semester": "2010-S1", "diagnosis": "Diagnostic partagé du département.", "dueOn": "2010-04-30",
            "changes": { "against": { "number": 1 } }, "remarks": [{ "text": "Préciser le diagnostic." }],
        })
    );
    corrected.submit(&app);
    corrected.sign(&app);
    corrected.transmit(&app);
    assert_eq!(state(&app, "13")["current"]["number"], 2, "the plan of the later semester stays in force");
    let again = refused(&app, "13", "INVALID", || open(&app.prefecture("13"), "13", "2010-S1"));
    assert_eq!(again.field(), "semester", "the correction was not returned");
    // The next revision is a copy of the latest semester's, whatever its number.
    let third = Revision::open(&app, "13", "2010-S2");
    assert_eq!(read(&prefecture, &third, "changes { against { number } }").at("/planRevision/changes/against/number"), 2);
    third.try_step(&prefecture, "discardRevision", json!({})).data();
    second.step(&app.secretariat(), "returnRevision", remarks(&["À compléter."]));
    assert_eq!(state(&app, "13")["current"]["number"], 3, "the corrected first semester is what is left in force");
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
