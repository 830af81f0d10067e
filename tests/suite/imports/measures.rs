//! Measures by the million, from the command line: the rules of a meeting, every fault by its row, all or nothing.

use std::time::{Duration, Instant};

use palts::workflow::imports::{MeasureImport, Report, settle};
use palts::workflow::operation::{Kind, as_user};
use palts::workflow::{Error, Result, Source, Way};
use serde_json::{Value, json};

use super::audit;
use super::command::{Left, import};
use crate::harness::App;
use crate::harness::plans::{Revision, meeting, sector};

pub const HEADER: &str = "department,meeting,fortnight,indicator,sector,service,value\n";

/// Imports a text as the command line does, in this process.
pub fn read(app: &App, user: &str, file: &(impl AsRef<[u8]> + ?Sized), dry_run: bool) -> Result<Report> {
    carry_out(app, user, file, MeasureImport { skip_invalid: false, dry_run })
}

fn carry_out(app: &App, user: &str, file: &(impl AsRef<[u8]> + ?Sized), import: MeasureImport) -> Result<Report> {
    let file = file.as_ref();
    let survey = import.survey(file);
    let source = Source::of(Some("chiffres.csv"), file, Way::CommandLine);
    let mut said = None;
    let done = as_user(&app.office, user, Kind::Mutation, Instant::now() + Duration::from_secs(60), |call| {
        said.insert(import.write(call, survey, file, &source, &mut |_, _, _| ())?).verdict()
    });
    settle(done, said)
}

/// The police of 13 with two sectors in a draft and a meeting on 3 March 2010.
fn met(app: &App) {
    Revision::open(app, "13", "2010-S1").fill(app);
    meeting(&app.prefecture("13"), "13", "2010-03-03", json!([]));
    app.police("13");
}

fn command(app: &App, file: &str, flags: &[&str]) -> Left {
    let mut all = vec!["--as", "police-13"];
    all.extend(flags);
    import(app, "measures", file.as_bytes(), &all)
}

/// Value, number of measures and key of each cell of the police's figures of March in 13.
fn march(app: &App, indicator: &str) -> Value {
    let query = "query($i: String!) { rollup(indicator: $i, period: \"2010-03\", axis: SECTOR, departmentCode: \"13\") {
        cells { key value measureCount } } }";
    app.prefecture("13").run(query, json!({ "i": indicator })).at("/rollup/cells").clone()
}

fn places(report: &Report) -> Vec<(Option<usize>, &str)> {
    report.faults.iter().map(|fault| (fault.index, fault.field.as_str())).collect()
}

#[test]
fn a_word_for_nothing_is_the_sector_that_is_called_so() {
    let app = App::start();
    met(&app);
    let figure = |sector: &str, indicator: &str| format!("13,2010-03-03,2010-03-1,{indicator},{sector},POLICE,2\n");
    let file = format!("{HEADER}{}{}", figure("NULL", "OPS_CP"), figure("", "ILS_TOTAL"));
    let report = read(&app, "police-13", &file, true).expect("it is read");
    let told: Vec<_> = report.notices.iter().map(|notice| notice.reason).collect();
    assert_eq!((report.added, told), (2, vec!["WORD_FOR_NO_SECTOR"]));
    // Then a sector of the draft is called so.
    let version = app.prefecture("13").ask("{ plan(departmentCode: \"13\") { pending { id version } } }");
    let (id, version) = (version.text("/plan/pending/id"), version.at("/plan/pending/version").clone());
    let sectors = json!([sector("13", "NULL", 7, "POLICE")]);
    let input = json!({ "revisionId": id, "version": version, "sectors": sectors });
    let upsert = "mutation($i: UpsertSectorsInput!) { upsertSectors(input: $i) { version } }";
    app.prefecture("13").run(upsert, json!({ "i": input })).data();
    let file = format!("{HEADER}{}{}", figure("NULL", "OPS_CP"), figure("", "OPS_CP"));
    let report = read(&app, "police-13", &file, false).expect("it is read");
    assert_eq!((report.added, report.faults.len(), report.notices.len()), (2, 0, 0), "{report:?}");
    let keys: Vec<String> = march(&app, "OPS_CP").as_array().expect("cells").iter().map(|cell| cell["key"].to_string()).collect();
    assert_eq!(keys, ["\"NULL\"", "\"-\""]);
    let refused = read(&app, "police-13", &format!("{HEADER}{}", figure("null", "OPS_CP")), true).expect("it is read");
    assert_eq!(refused.faults.iter().map(|fault| fault.reason).collect::<Vec<_>>(), ["UNKNOWN_SECTOR"]);
}

#[test]
fn a_file_of_measures_is_recorded_added_up_and_audited() {
    let app = App::start();
    met(&app);
    let file = format!(
        "{HEADER}13,2010-03-03,2010-03-1,OPS_CP,S1,POLICE,2\n13,2010-03-03,2010-02-2,OPS_CP,S1,POLICE,4\n\
         13,2010-03-03,2010-03-1,OPS_CP,,POLICE,0\n"
    );
    let trial = command(&app, &file, &["--dry-run"]);
    assert_eq!(trial.code, Some(0), "{} {}", trial.out, trial.err);
    assert!(trial.out.contains("sans --dry-run il y aurait : 3 mesures"), "{}", trial.out);
    assert_eq!(march(&app, "OPS_CP"), json!([]));

    let done = command(&app, &file, &[]);
    assert_eq!(done.code, Some(0), "{} {}", done.out, done.err);
    assert!(done.out.contains("Importé : 3 mesures"), "{}", done.out);
    let cells = json!([{ "key": "S1", "value": 2.0, "measureCount": 1 }, { "key": "-", "value": 0.0, "measureCount": 1 }]);
    assert_eq!(march(&app, "OPS_CP"), cells);
    let entries = audit(&app, "13");
    let made = |(act, outcome, detail): &&(String, String, String)| {
        (act.as_str(), outcome.as_str()) == ("importMeasures", "DONE") && detail.starts_with("3 measures; file \"file\", ")
    };
    assert_eq!(entries.iter().filter(made).count(), 1, "{entries:?}");

    let told = command(&app, &file, &[]).out;
    assert!(told.contains("ligne 2, OPS_CP (13) : cette mesure est déjà enregistrée : corrigez-la"), "{told}");
    let again = command(&app, &file, &["--json"]);
    assert_eq!(again.code, Some(1), "{}", again.err);
    let report: Value = serde_json::from_str(&again.out).expect("JSON");
    let messages: Vec<&Value> = report["faults"].as_array().expect("a list").iter().map(|fault| &fault["reason"]).collect();
    assert_eq!(messages, ["ALREADY_RECORDED"; 3]);
}

#[test]
fn every_fault_is_named_by_row_and_column_and_nothing_is_kept() {
    let app = App::start();
    met(&app);
    let declare = "mutation { declareNotApplicable(input: { departmentCode: \"13\", indicator: \"ARMES\", from: \"2010-02-1\",
        reason: \"Sans objet.\" }) { reason } }";
    app.prefecture("13").ask(declare).data();
    let rows = [
        "13,2010-03-03,2010-03-1,OPS_CP,S1,POLICE,1",
        "13,2010-03-03,2010-01-1,OPS_CP,,POLICE,1",
        "13,2010-03-04,2010-03-1,OPS_CP,,POLICE,1",
        "13,2010-03-03,2010-03-1,NOWHERE,,POLICE,1",
        "13,2010-03-03,2010-03-1,PART_USAGE,,POLICE,1",
        "13,2010-03-03,2010-03-1,ENQUETES,,POLICE,1",
        "13,2010-03-03,2010-03-1,ARMES,,POLICE,1",
        "13,2010-03-03,2010-03-1,OPS_CP,S9,POLICE,1",
        "13,2010-03-03,2010-03-1,OPS_CP,,GENDARMERIE,1",
        "13,2010-03-03,2010-03-1,CANNABIS_KG,,POLICE,-1",
        "13,2010-03-03,2010-03-1,CANNABIS_KG,,POLICE,10000000001",
        "13,2010-03-03,2010-03-1,CANNABIS_KG,,POLICE,0.12345",
        "13,2010-03-03,2010-03-1,OPS_CP,S1,POLICE,2",
        "13,2010-03-04,2010-03-1,OPS_CP,S9,ARMY,1",
        "13,2010-03-03",
    ];
    let report = read(&app, "police-13", &(HEADER.to_owned() + &rows.join("\n")), false).expect("a report");
    assert!(report.is_refused());
    let expected = [
        (1, "fortnight"),
        (2, "meeting"),
        (3, "indicator"),
        (4, "indicator"),
        (5, "service"),
        (6, "indicator"),
        (7, "sector"),
        (8, "service"),
        (9, "value"),
        (10, "value"),
        (11, "value"),
        (12, "row"),
        (13, "service"),
        (14, "row"),
    ];
    let expected: Vec<(Option<usize>, &str)> = expected.iter().map(|(index, field)| (Some(*index), *field)).collect();
    assert_eq!(places(&report), expected, "{:?}", report.faults);
    assert_eq!(report.faults[11].reason, "TWICE");
    let said = [4, 7, 11, 13].map(|at: usize| report.faults[at].message.as_str());
    let expected = [
        "la police nationale ne renseigne pas ENQUETES",
        "les chiffres de la gendarmerie nationale ne sont pas les vôtres ici",
        "cette mesure figure deux fois dans le fichier",
        "cette ligne a 2 champs, l’en-tête en a 7",
    ];
    assert_eq!(said, expected);
    assert_eq!(march(&app, "OPS_CP"), json!([]), "the sound rows were not kept either");
    let refused =
        |(act, outcome, _): &(String, String, String)| (act.as_str(), outcome.as_str()) == ("importMeasures", "INVALID");
    assert!(audit(&app, "13").iter().any(refused));
}

#[test]
fn a_list_of_faults_is_cut_off_and_the_rest_counted() {
    let app = App::start();
    met(&app);
    let file = HEADER.to_owned() + &"13,2010-03-03,2010-03-1,OPS_CP,,POLICE,1\n".repeat(300);
    let report = read(&app, "police-13", &file, true).expect("a report");
    let beyond = report.beyond.expect("more than are listed");
    assert_eq!((report.faults.len(), beyond.faults, beyond.rows), (100, 199, 199));
    assert_eq!((report.faulted(), report.faulty()), (299, 299));
}

#[test]
fn a_file_reaches_no_further_than_the_accounts_grants() {
    let app = App::start();
    met(&app);
    meeting(&app.prefecture("93"), "93", "2010-03-03", json!([]));
    let file = format!("{HEADER}13,2010-03-03,2010-03-1,OPS_CP,,POLICE,1\n93,2010-03-03,2010-03-1,OPS_CP,,POLICE,1\n");
    let foreign = format!("{HEADER}93,2010-03-03,2010-03-1,OPS_CP,,POLICE,1\n");
    // A file of elsewhere alone is told by line and column, as one of several departments is, and no more of it.
    let report = read(&app, "police-13", &format!("{foreign}75,hier,2010-03-1,NOWHERE,S1,POLICE,1\n"), false).expect("a report");
    let told: Vec<_> = report.faults.iter().map(|fault| (fault.line, fault.field.as_str(), fault.reason)).collect();
    let expected = [(Some(2), "department", "OTHER_DEPARTMENT"), (Some(3), "meeting", "NOT_A_DAY")];
    assert_eq!((told, report.is_refused(), report.faulted()), (expected.to_vec(), true, 3), "{:?}", report.faults);
    assert!(report.faults[0].message.contains("93 trouvé, 13 attendu") && report.faults[0].message.ends_with("75"));
    let report = read(&app, "police-13", &file, false).expect("a report");
    let [fault] = report.faults.as_slice() else { panic!("{:?}", report.faults) };
    assert_eq!((fault.line, fault.field.as_str(), fault.reason), (Some(3), "department", "OTHER_DEPARTMENT"));
    assert!(fault.message.contains("93 trouvé, 13 attendu"), "{}", fault.message);
    let parameters = [("department", "93"), ("found", "93"), ("expected", "13")].map(|(name, value)| (name, value.to_owned()));
    assert_eq!((fault.parameters.as_slice(), report.is_refused()), (&parameters[..], true));
    let attempt = ("importMeasures".to_owned(), "NOT_FOUND".to_owned());
    let attempts = audit(&app, "93").into_iter().filter(|(act, outcome, _)| (act, outcome) == (&attempt.0, &attempt.1)).count();
    // The same again within the window is counted on the first.
    assert_eq!(attempts, 1, "each attempt is a refusal of its own");
    assert_eq!(march(&app, "OPS_CP"), json!([]));
    app.prefect("13");
    assert!(matches!(read(&app, "prefet-13", &file, false), Err(Error::Forbidden(_))));
    assert!(
        audit(&app, "13").iter().any(|(act, outcome, _)| (act.as_str(), outcome.as_str()) == ("importMeasures", "FORBIDDEN"))
    );

    app.grant("police-13", "POLICE", json!({ "departmentCode": "93" }));
    assert_eq!(read(&app, "police-13", &file, false).expect("it may now").added, 2);
    for department in ["13", "93"] {
        let entries = audit(&app, department);
        let is_told = |(act, outcome, detail): &(String, String, String)| {
            (act.as_str(), outcome.as_str()) == ("importMeasures", "DONE")
                && detail.starts_with("1 measures; file \"chiffres.csv\", ")
        };
        assert!(entries.iter().any(is_told), "{entries:?}");
    }
}

#[test]
fn one_departments_rows_of_a_wider_file_are_taken_and_the_others_named() {
    let app = App::start();
    met(&app);
    let mut file = HEADER.to_owned();
    for department in ["93", "75", "13", "93"] {
        file.push_str(&format!("{department},2010-03-03,2010-03-1,OPS_CP,,POLICE,3\n"));
    }
    file.push_str("13,2010-03-03,2010-03-1,OPS_CP,,POLICE,4\n13,2010-03-03,2010-03-1,ARMES,,POLICE,beaucoup\n");
    let refused = read(&app, "police-13", &file, true).expect("a report");
    assert_eq!((refused.is_refused(), refused.faulted()), (true, 5), "{:?}", refused.faults);
    assert_eq!(places(&refused), [(Some(0), "department"), (Some(4), "row"), (Some(5), "value")]);
    let common = refused.faults[0].common.as_ref().map(|common| (common.count, common.first.clone()));
    assert_eq!(common, Some((3, vec![2, 3, 5])));
    assert!(refused.faults[0].message.contains("75"), "{}", refused.faults[0].message);

    let trial = carry_out(&app, "police-13", &file, MeasureImport { skip_invalid: true, dry_run: true }).expect("a report");
    assert_eq!((trial.added, march(&app, "OPS_CP")), (1, json!([])));
    let taken = command(&app, &file, &["--skip-invalid", "--json"]);
    assert_eq!(taken.code, Some(0), "{} {}", taken.out, taken.err);
    let report: Value = serde_json::from_str(&taken.out).expect("JSON");
    assert_eq!((&report["outcome"], &report["added"]), (&json!("IMPORTED"), &json!(1)));
    let left_out: Vec<(&Value, &Value)> =
        report["leftOut"].as_array().expect("a list").iter().map(|each| (&each["line"], &each["reason"])).collect();
    let lines = [2, 3, 5, 6, 7].map(|line| json!(line));
    let reasons =
        ["OTHER_DEPARTMENT", "OTHER_DEPARTMENT", "OTHER_DEPARTMENT", "TWICE", "NOT_A_NUMBER"].map(|reason| json!(reason));
    assert_eq!(left_out, lines.iter().zip(&reasons).collect::<Vec<_>>());
    assert_eq!(march(&app, "OPS_CP"), json!([{ "key": "-", "value": 3.0, "measureCount": 1 }]));

    // What was recorded already is left out alike, and then nothing is left to record.
    let again = carry_out(&app, "police-13", &file, MeasureImport { skip_invalid: true, dry_run: false }).expect("a report");
    assert_eq!((again.is_refused(), again.added), (true, 0), "{:?}", again.faults);
}

#[test]
fn all_faults_of_a_row_are_told_at_once() {
    let app = App::start();
    met(&app);
    let rows = "13,2010-03-04,2010-03-1,NOWHERE,S9,ARMY,-\n13,2010-03-03,2009-01-1,OPS_CP,S9,GENDARMERIE,-1\n";
    let report = read(&app, "police-13", &format!("{HEADER}{rows}"), false).expect("a report");
    let expected =
        [(0, "service"), (0, "value"), (0, "meeting"), (0, "indicator"), (0, "sector"), (1, "fortnight"), (1, "value")];
    let expected: Vec<(Option<usize>, &str)> = expected.iter().map(|(index, field)| (Some(*index), *field)).collect();
    assert_eq!(places(&report), expected, "{:?}", report.faults);
    let sector = report.faults.iter().find(|fault| fault.field == "sector").and_then(|fault| fault.common.clone());
    assert_eq!(sector.map(|common| (common.count, common.first)), Some((2, vec![2, 3])), "the same of both is said once");
}

#[test]
fn a_report_on_measures_says_which_columns_were_read() {
    let app = App::start();
    met(&app);
    let header = "Département;Réunion;Quinzaine;Indicateur;Secteur;Service;Valeur;Valeur;Remarque";
    let file = format!("{header}\n13;03/03/2010;2010-03-1;OPS_CP;;Police;2;;vu\n");
    let report = read(&app, "police-13", &file, true).expect("a report");
    assert_eq!((report.faults.as_slice(), report.added), (&[][..], 1));
    let read: Vec<(&str, &str, usize)> =
        report.properties.read.iter().map(|read| (read.field, read.property.as_str(), read.count)).collect();
    assert_eq!((read.len(), read[1], read[4]), (7, ("meeting", "Réunion", 1), ("sector", "Secteur", 0)));
    assert_eq!(report.properties.unread, ["Valeur", "Remarque"]);
    let told: Vec<&str> = report.notices.iter().map(|notice| notice.reason).collect();
    assert_eq!(told, ["AMBIGUOUS_PROPERTY"]);
}

#[test]
fn a_file_that_is_no_table_of_measures_is_refused_as_a_whole() {
    let app = App::start();
    met(&app);
    for file in ["", "a,b\n1,2\n", HEADER] {
        let report = read(&app, "police-13", file, false).expect("a report");
        assert_eq!(places(&report), [(None, "file")], "{file:?}");
    }
    app.education("13");
    app.secretariat();
    assert!(matches!(read(&app, "secretariat", HEADER, false), Err(Error::Forbidden(_))));
}

#[test]
fn statements_grow_with_departments_and_batches_never_with_rows() {
    let app = App::start();
    met(&app);
    for day in 1..=15 {
        meeting(&app.prefecture("13"), "13", &format!("2010-02-{day:02}"), json!([]));
    }
    let row = |day: i32, sector: &str, value: i32| format!("13,2010-02-{day:02},2010-02-1,OPS_CP,{sector},POLICE,{value}\n");
    let (few, first) = app.statements(|| read(&app, "police-13", &format!("{HEADER}{}", row(1, "S1", 1)), false));
    assert_eq!(few.expect("it may").added, 1);
    let many: String = ["OPS_CP", "ARMES", "CANNABIS_KG", "COCAINE_KG", "ILS_TOTAL", "POINTS_DEAL"]
        .iter()
        .flat_map(|indicator| ["", "S1", "S2"].map(|sector| (indicator, sector)))
        .flat_map(|(indicator, sector)| ["2010-03-1", "2010-02-2"].map(|fortnight| (indicator, sector, fortnight)))
        .map(|(indicator, sector, fortnight)| format!("13,2010-03-03,{fortnight},{indicator},{sector},POLICE,7\n"))
        .collect();
    let (done, second) = app.statements(|| read(&app, "police-13", &format!("{HEADER}{many}"), false));
    assert_eq!(done.expect("it may").added, 36);
    assert_eq!(first, second);
}
