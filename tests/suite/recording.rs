//! What measures are held against is remembered from one recording to the next: never longer than it is true, on one instance and on several,
//! whatever a document does, and however it ends.

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};

use crate::harness::plans::{Revision, recorder, sector};
use crate::harness::{Answer, App, Client, Setup, on_postgres};

/// The last day of two years in which to record.
const TODAY: &str = "2011-12-31";

const RECORD: &str = "mutation($i: RecordMeetingInput!) { recordMeeting(input: $i) { id } }";
const DECLARE: &str = "mutation($i: DeclareNotApplicableInput!) { declareNotApplicable(input: $i) { reason } }";
const DEFINE: &str = "mutation($i: DefineIndicatorInput!) { defineIndicator(input: $i) { code } }";

/// Runs a test with one instance that changes things and records, then with one that changes things and another that records.
fn on_one_instance_and_on_two(test: impl Fn(&App, &App)) {
    let app = App::on(TODAY);
    test(&app, &app);
    let app = App::on(TODAY);
    test(&app, &app.beside(Setup { day: Some(TODAY), ..Setup::default() }));
}

fn on(day: &str, measures: Value) -> Value {
    json!({ "departmentCode": "13", "heldOn": day, "attendance": [], "measures": measures })
}

fn row(indicator: &str, service: &str, sector: Option<&str>) -> Value {
    json!({ "indicator": indicator, "service": service, "sectorCode": sector, "value": 1 })
}

/// Who records, each time for a fortnight of its own.
struct Recorder {
    by: Client,
    meetings: AtomicU32,
}

impl Recorder {
    fn of(app: &App) -> Self {
        let by = recorder(app, "13");
        // Whoever is recognised once is known.
        by.ask("{ viewer { username } }").data();
        Self { by, meetings: AtomicU32::new(0) }
    }

    fn day(&self) -> String {
        let number = self.meetings.fetch_add(1, Ordering::Relaxed);
        format!("{}-{:02}-{:02}", 2010 + number / 24, number / 2 % 12 + 1, 3 + number % 2 * 15)
    }

    /// Records, so that what it is held against is remembered; answers the day.
    #[track_caller]
    fn records(&self, measures: Value) -> String {
        let day = self.day();
        self.by.run(RECORD, json!({ "i": on(&day, measures) })).data();
        day
    }

    /// Whether a row would be recorded: the one after it is refused for sure.
    #[track_caller]
    fn may(&self, measure: Value) -> bool {
        would(&self.by, measure)
    }
}

#[track_caller]
fn would(by: &Client, measure: Value) -> bool {
    let answer = by.run(RECORD, json!({ "i": on("2011-12-20", json!([measure, row("NOWHERE", "POLICE", None)])) }));
    answer.error()["extensions"]["field"] == "measures[1].indicator"
}

fn declare(by: &Client, indicator: &str, until: Option<&str>) -> Answer {
    by.run(DECLARE, json!({ "i": declaration("13", indicator, until) }))
}

fn declaration(department: &str, indicator: &str, until: Option<&str>) -> Value {
    let from = "2010-01-1";
    json!({ "departmentCode": department, "indicator": indicator, "from": from, "until": until, "reason": "Sans objet." })
}

fn definition(code: &str, department: Option<&str>, services: Value, aggregation: &str) -> Value {
    let parts =
        if aggregation == "RATIO" { (json!("ENQUETES_PATRIMOINE"), json!("ENQUETES")) } else { (Value::Null, Value::Null) };
    json!({
        "code": code, "label": "Essai", "unit": "faits", "definition": "Un essai.", "aggregation": aggregation,
        "departmentCode": department, "recordedBy": services, "numerator": parts.0, "denominator": parts.1, "published": false,
    })
}

#[test]
fn a_meeting_is_recorded_in_six_round_trips_once_its_department_is_known() {
    let app = App::on(TODAY);
    Revision::in_force(&app, "13", "2011-S2");
    let elsewhere = app.prefecture("93");
    let (recorder, secretariat) = (Recorder::of(&app), app.secretariat());
    recorder.by.ask("{ viewer { username } }").data();
    let twenty: Vec<Value> = ["OPS_CP", "ILS_TOTAL", "ARMES", "GAV_ILS", "AFD_USAGE", "ILS_TRAFIC", "ILS_USAGE"]
        .iter()
        .flat_map(|indicator| [None, Some("S1"), Some("S2")].map(|sector| row(indicator, "POLICE", sector)))
        .take(20)
        .collect();
    let cost = || app.statements(|| recorder.records(json!(twenty))).1;
    let first = cost();
    let steady = cost();
    // Its own indicators, its declarations, its sectors; the nation's indicators, and whether they are of the epoch that was locked.
    assert_eq!(first, steady + 5);
    assert_eq!(cost(), steady);
    if on_postgres() {
        // BEGIN, the lock, the meeting with its measures, their cells, the audit, COMMIT.
        assert_eq!(steady, 6);
    }
    // What is refused, and what is corrected, leaves it as it was.
    assert!(!recorder.may(row("PART_USAGE", "POLICE", None)));
    assert_eq!(cost(), steady);
    let listed = recorder
        .by
        .ask(r#"{ department(code: "13") { meetings(first: 1) { nodes { id measures(first: 1) { nodes { id } } } } } }"#);
    let [meeting, measure] = ["/id", "/measures/nodes/0/id"].map(|at| listed.text(&format!("/department/meetings/nodes/0{at}")));
    let correction = json!({ "measureId": measure, "value": 7, "reason": "Une de plus." });
    let correct = "mutation($i: CorrectMeasureInput!) { correctMeasure(input: $i) { value } }";
    recorder.by.run(correct, json!({ "i": correction })).data();
    let added = json!({ "meetingId": meeting, "measures": [row("CANNABIS_KG", "CUSTOMS", None)] });
    recorder.by.run("mutation($i: RecordMeasuresInput!) { recordMeasures(input: $i) { id } }", json!({ "i": added })).data();
    assert_eq!(cost(), steady);
    // What others do elsewhere is not heard; what is done here, or in the nation, is read again once.
    elsewhere.run(DECLARE, json!({ "i": declaration("93", "ARMES", None) })).data();
    assert_eq!(cost(), steady);
    Revision::open(&app, "13", "2011-S2");
    assert_eq!((cost(), cost()), (steady + 3, steady));
    secretariat.run(DEFINE, json!({ "i": definition("VIGIE", None, json!([]), "SUM") })).data();
    // Callers are recognised anew, too.
    recorder.by.ask("{ viewer { username } }").data();
    assert_eq!((cost(), cost()), (steady + 2, steady));
}

#[test]
fn what_is_declared_not_applicable_is_refused_at_once_and_recorded_again_once_it_applies() {
    on_one_instance_and_on_two(|changing, recording| {
        let (recorder, prefecture) = (Recorder::of(recording), changing.prefecture("13"));
        let tax = || row("FISCAL_EUR", "TAX", None);
        recorder.records(json!([row("OPS_CP", "POLICE", None)]));
        assert!(recorder.may(tax()));
        declare(&prefecture, "FISCAL_EUR", None).data();
        assert!(!recorder.may(tax()));
        recorder.records(json!([row("OPS_CP", "POLICE", None)]));
        assert!(!recorder.may(tax()));
        declare(&prefecture, "FISCAL_EUR", Some("2011-11-2")).data();
        assert!(recorder.may(tax()));
    });
}

#[test]
fn indicators_are_recorded_as_they_are_defined_now() {
    on_one_instance_and_on_two(|changing, recording| {
        let (recorder, prefecture, secretariat) = (Recorder::of(recording), changing.prefecture("13"), changing.secretariat());
        let warm = || recorder.records(json!([row("OPS_CP", "POLICE", None)]));
        let define = |by: &Client, input: Value| {
            warm();
            by.run(DEFINE, json!({ "i": input })).data();
        };
        for (by, code, department) in [(&prefecture, "13-ESSAI", Some("13")), (&secretariat, "VIGIE", None)] {
            warm();
            assert!(!recorder.may(row(code, "POLICE", None)));
            define(by, definition(code, department, json!([]), "SUM"));
            assert!(recorder.may(row(code, "POLICE", None)));
            define(by, definition(code, department, json!(["GENDARMERIE"]), "SUM"));
            assert!(!recorder.may(row(code, "POLICE", None)));
            assert!(recorder.may(row(code, "GENDARMERIE", None)));
            define(by, definition(code, department, json!([]), "RATIO"));
            assert!(!recorder.may(row(code, "GENDARMERIE", None)));
            // And it adds up as it is defined when it is recorded.
            define(by, definition(code, department, json!([]), "MAXIMUM"));
            let day = warm();
            let more = json!([{ "indicator": code, "service": "POLICE", "value": 5 }, { "indicator": code, "service": "GENDARMERIE", "value": 3 }]);
            recorder.by.run(RECORD, json!({ "i": on(&day, more) })).data();
            let rollup = format!(
                r#"{{ rollup(indicator: "{code}", period: "2010", axis: DEPARTMENT, departmentCode: "13") {{ total {{ value }} }} }}"#
            );
            assert_eq!(recorder.by.ask(&rollup).at("/rollup/total/value"), 5.0);
        }
        // Another department's own is none of this one's.
        changing.prefecture("93").run(DEFINE, json!({ "i": definition("93-ESSAI", Some("93"), json!([]), "SUM") })).data();
        assert!(!recorder.may(row("93-ESSAI", "POLICE", None)));
    });
}

#[test]
fn sectors_are_those_of_the_plan_as_it_stands_now() {
    on_one_instance_and_on_two(|changing, recording| {
        Revision::in_force(changing, "13", "2011-S2");
        let prefecture = changing.prefecture("13");
        let (recorder, education) =
            (Recorder::of(recording), recording.user("rectorat-13", "EDUCATION", json!({ "departmentCode": "13" })));
        recording.grant("rectorat-13", "PREFECTURE", json!({ "departmentCode": "93" }));
        let meeting = recorder.by.run(RECORD, json!({ "i": on("2011-12-20", json!([])) })).text("/recordMeeting/id");
        let add = |by: &Client, measure: Value| {
            let input = json!({ "meetingId": meeting, "measures": [measure, row("NOWHERE", "POLICE", None)] });
            let answer = by.run("mutation($i: RecordMeasuresInput!) { recordMeasures(input: $i) { id } }", json!({ "i": input }));
            answer.error()["extensions"]["field"] == "measures[1].indicator"
        };
        let at = |code: &'static str| row("OPS_CP", "POLICE", Some(code));
        let school = |code: &'static str| row("REUNIONS_ECOLE", "EDUCATION", Some(code));
        let warm = || recorder.records(json!([at("S1")]));
        let authority = |day: &str| {
            let period = if day.ends_with("03") { format!("{}-1", &day[..7]) } else { format!("{}-2", &day[..7]) };
            let rollup = format!(
                r#"{{ rollup(indicator: "OPS_CP", period: "{period}", axis: AUTHORITY, departmentCode: "13") {{ cells {{ key value }} }} }}"#
            );
            let cells = recorder.by.ask(&rollup).at("/rollup/cells").clone();
            let filled = cells.as_array().expect("cells").iter().find(|cell| cell["value"] == 1.0).cloned();
            filled.map(|cell| cell["key"].clone())
        };
        assert_eq!(authority(&warm()), Some(json!("POLICE")));
        assert!(!recorder.may(at("S3")));
        let mut next = Revision::open(changing, "13", "2011-S2");
        next.fill(changing);
        warm();
        let drawn = |authority: &str| json!({ "sectors": [sector("13", "S3", 2, authority)] });
        next.step(&prefecture, "upsertSectors", drawn("POLICE"));
        assert!(recorder.may(at("S3")));
        warm();
        // What is remembered of the pending revision is for those only who see it.
        assert!(recorder.may(at("S3")) && !add(&education, school("S3")) && add(&education, school("S1")));
        next.step(&prefecture, "removeSector", json!({ "code": "S3" }));
        assert!(!recorder.may(at("S3")));
        warm();
        next.step(&prefecture, "upsertSectors", drawn("POLICE"));
        let mut others = sector("13", "S1", 0, "GENDARMERIE");
        others["parquetCode"] = json!("TJ-TARASCON");
        next.step(&prefecture, "upsertSectors", json!({ "sectors": [others] }));
        next.step(&prefecture, "removeSector", json!({ "code": "S2" }));
        // The plan in force goes before the pending revision.
        assert_eq!(authority(&warm()), Some(json!("POLICE")));
        assert!(recorder.may(at("S2")));
        let (tarascon, marseille) = (recording.parquet("TJ-TARASCON"), recording.parquet("TJ-MARSEILLE"));
        let network = || row("RESEAUX", "PARQUET", Some("S1"));
        assert!(!add(&tarascon, network()) && add(&marseille, network()));
        next.submit(changing);
        next.sign(changing);
        warm();
        next.transmit(changing);
        assert!(!recorder.may(at("S2")) && recorder.may(at("S3")));
        assert_eq!(authority(&warm()), Some(json!("GENDARMERIE")));
        assert!(add(&education, school("S3")) && add(&tarascon, network()) && !add(&marseille, network()));
    });
}

#[test]
fn a_document_that_does_several_things_believes_and_teaches_nothing_that_it_changed() {
    let app = App::on(TODAY);
    let recorder = Recorder::of(&app);
    for role in ["PREFECTURE", "POLICE"] {
        app.grant(&recorder.by.username, role, json!({ "departmentCode": "93" }));
    }
    let ops = || json!([row("OPS_CP", "POLICE", None)]);
    let weapons = || row("ARMES", "POLICE", None);
    let declaring = |indicator: &str| declaration("13", indicator, None);
    let steady = {
        recorder.records(ops());
        app.statements(|| recorder.records(ops())).1
    };
    // Two meetings of one department: one lock in one transaction, and no reading.
    let two = "mutation($a: RecordMeetingInput!, $b: RecordMeetingInput!) { a: recordMeeting(input: $a) { id } b: recordMeeting(input: $b) { id } }";
    let (answer, statements) =
        app.statements(|| recorder.by.run(two, json!({ "a": on(&recorder.day(), ops()), "b": on(&recorder.day(), ops()) })));
    answer.data();
    assert_eq!(statements, 2 * steady - 3);
    assert_eq!(app.statements(|| recorder.records(ops())).1, steady);
    // What comes after a declaration is held against it, in the document and after it.
    let both = "mutation($d: DeclareNotApplicableInput!, $m: RecordMeetingInput!) { declareNotApplicable(input: $d) { reason } recordMeeting(input: $m) { id } }";
    let refused = recorder.by.run(both, json!({ "d": declaring("ARMES"), "m": on(&recorder.day(), json!([weapons()])) }));
    assert_eq!(refused.field(), "measures[0].indicator");
    assert!(recorder.may(weapons()), "the declaration was undone");
    recorder.records(ops());
    assert!(recorder.may(weapons()), "and forgotten");
    recorder.by.run(both, json!({ "d": declaring("ARMES"), "m": on(&recorder.day(), ops()) })).data();
    assert!(!recorder.may(weapons()));
    // A declaration that comes after a meeting.
    let after = "mutation($m: RecordMeetingInput!, $d: DeclareNotApplicableInput!, $n: RecordMeetingInput!) { a: recordMeeting(input: $m) { id } declareNotApplicable(input: $d) { reason } b: recordMeeting(input: $n) { id } }";
    recorder.records(ops());
    let days = json!({ "m": on(&recorder.day(), ops()), "d": declaring("GAV_ILS"), "n": on(&recorder.day(), ops()) });
    recorder.by.run(after, days).data();
    assert!(!recorder.may(row("GAV_ILS", "POLICE", None)));
    // An indicator that is defined and recorded at once.
    let defining = "mutation($d: DefineIndicatorInput!, $m: RecordMeetingInput!) { defineIndicator(input: $d) { code } recordMeeting(input: $m) { id } }";
    let own = || json!([row("13-ESSAI", "POLICE", None)]);
    let input = definition("13-ESSAI", Some("13"), json!([]), "SUM");
    recorder.by.run(defining, json!({ "d": input, "m": on(&recorder.day(), own()) })).data();
    recorder.records(own());
    // Of two departments each is held against its own.
    let mut elsewhere = on("2011-12-20", own());
    elsewhere["departmentCode"] = json!("93");
    let refused = recorder.by.run(two, json!({ "a": on(&recorder.day(), own()), "b": elsewhere }));
    assert_eq!(refused.code(), "INVALID");
    recorder.records(own());
}

#[test]
fn a_meeting_that_is_refused_teaches_nothing_wrong() {
    on_one_instance_and_on_two(|changing, recording| {
        let recorder = Recorder::of(recording);
        let mut rows = vec![row("ARMES", "POLICE", None)];
        rows.extend(["ILS_TOTAL", "GAV_ILS", "AFD_USAGE"].map(|indicator| row(indicator, "POLICE", None)));
        rows.push(row("NOWHERE", "POLICE", None));
        // Cold, then warm: refused for its last row, and nobody has moved the epoch.
        for _ in 0..2 {
            let refused = recorder.by.run(RECORD, json!({ "i": on("2011-12-20", json!(rows)) }));
            assert_eq!(refused.field(), "measures[4].indicator");
            recorder.records(json!([row("OPS_CP", "POLICE", None)]));
        }
        let refused = recorder.by.run(RECORD, json!({ "i": on("2011-12-20", json!(rows)) }));
        assert_eq!(refused.field(), "measures[4].indicator");
        // A meeting that is done, and undone by the next one of its document.
        let two = "mutation($a: RecordMeetingInput!, $b: RecordMeetingInput!) { a: recordMeeting(input: $a) { id } b: recordMeeting(input: $b) { id } }";
        let good = on("2011-12-20", json!([row("OPS_CP", "POLICE", None)]));
        let refused = recorder.by.run(two, json!({ "a": good, "b": on("2011-12-21", json!(rows)) }));
        assert_eq!(refused.field(), "measures[4].indicator");
        // The epoch that these would have made is that of a declaration.
        declare(&changing.prefecture("13"), "ARMES", None).data();
        assert!(!recorder.may(row("ARMES", "POLICE", None)));
    });
}

#[test]
fn a_meeting_whose_commit_failed_teaches_nothing() {
    if !on_postgres() {
        // SQLite has no constraint that is looked at only then.
        return;
    }
    let app = App::on(TODAY);
    let (recorder, beside) = (Recorder::of(&app), app.beside(Setup { day: Some(TODAY), ..Setup::default() }));
    let prefecture = beside.prefecture("13");
    recorder.records(json!([row("OPS_CP", "POLICE", None)]));
    app.database().execute(
        "CREATE FUNCTION no_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not kept'; END $$;
         CREATE CONSTRAINT TRIGGER no_commit AFTER INSERT ON meetings DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION no_commit();",
    );
    let undone = recorder.by.run(RECORD, json!({ "i": on("2011-12-20", json!([row("OPS_CP", "POLICE", None)])) }));
    assert_eq!(undone.code(), "INTERNAL");
    app.database().execute("DROP TRIGGER no_commit ON meetings; DROP FUNCTION no_commit();");
    // At the epoch that the meeting would have made.
    declare(&prefecture, "ARMES", None).data();
    assert!(!recorder.may(row("ARMES", "POLICE", None)));
}
