//! Whole answers, as clients get them: kept as snapshots, so that a change of any of them is seen.

use serde_json::{Value, json};

use super::{open, remarks};
use crate::harness::plans::Revision;
use crate::harness::{Answer, App};

#[test]
fn a_plan_answers_like_this() {
    let app = App::start();
    let mut first = Revision::in_force(&app, "13", "2010-S1");
    first.step(&app.secretariat(), "returnRevision", remarks(&["Préciser le diagnostic."]));
    let mut second = Revision::open(&app, "13", "2010-S1");
    second.step(&app.prefecture("13"), "replyToRemark", json!({ "index": 0, "reply": "Diagnostic précisé." }));
    second.step(&app.prefecture("13"), "updateDiagnosis", json!({ "diagnosis": "Diagnostic précisé." }));
    second.submit(&app);
    second.sign_as(&app.prefect("13"), "PREFECT");
    let answer = app.prefecture("13").ask(
        r#"{ plan(departmentCode: "13") { department { code name } current { number }
            pending {
              number semester status version dueOn diagnosis uncoveredSchoolsReason availableSteps
              contributions { service text contributedBy }
              signatures { role visa parquet { code } signedBy capacity actReference actDate }
              remarks { text subject { id } reply }
              checks { code passed message }
              changes { against { number } sectors { kind label before after } objectives { kind label before after } }
              steps { step by }
            }
            revisions { totalCount nodes { number status } pageInfo { hasNextPage hasPreviousPage } } } }"#,
    );
    insta::assert_json_snapshot!(answer.data());
}

/// What of an error clients may rely on.
fn shown(answer: &Answer) -> Value {
    let error = answer.error();
    json!({ "message": error["message"], "extensions": error["extensions"] })
}

#[test]
fn errors_answer_like_this() {
    let app = App::start();
    let revision = Revision::open(&app, "13", "2010-S1");
    let old = Revision { version: 0, ..revision.clone() };
    let prefecture = app.prefecture("13");
    let errors = json!({
        "nobody signed in": shown(&open(&app.anonymous(), "13", "2010-S1")),
        "not this role's": shown(&open(&app.police("13"), "13", "2010-S1")),
        "another department": shown(&open(&prefecture, "93", "2010-S1")),
        "one at a time": shown(&open(&prefecture, "13", "2010-S2")),
        "an old version": shown(&old.try_step(&prefecture, "discardRevision", json!({}))),
        "a wrong step": shown(&revision.try_step(&prefecture, "transmitRevision", json!({}))),
        "checks that fail": shown(&revision.try_step(&prefecture, "submitRevision", json!({}))),
        "no such remark": shown(&revision.try_step(&prefecture, "replyToRemark", json!({ "index": 0, "reply": "Rien." }))),
    });
    let without_request_ids: Value = strip(errors);
    insta::assert_json_snapshot!(without_request_ids);
}

/// Request ids differ from one answer to the next.
fn strip(mut errors: Value) -> Value {
    if let Some(map) = errors.as_object_mut() {
        for error in map.values_mut() {
            if let Some(extensions) = error["extensions"].as_object_mut() {
                extensions.remove("requestId");
            }
        }
    }
    errors
}
