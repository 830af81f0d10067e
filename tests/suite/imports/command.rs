//! The same imports from the command line: the real program, over the database of a running application.

use std::process::Command;

use palts::store::DatabaseUrl;
use serde_json::{Value, json};

use super::{audit, collection, eight, feature, squares, stands};
use crate::harness::App;
use crate::harness::plans::Revision;

/// What the program left: its exit code and what it said.
pub struct Left {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

/// Runs `palts import` on a file with these contents, over the application's database.
pub fn import(app: &App, what: &str, file: &[u8], flags: &[&str]) -> Left {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("file");
    std::fs::write(&path, file).expect("the file is written");
    let url = match &app.database().url {
        DatabaseUrl::Sqlite(path) => format!("sqlite:{}", path.display()),
        DatabaseUrl::Postgres(url) => url.clone(),
    };
    let ran = Command::new(env!("CARGO_BIN_EXE_palts"))
        .args(["import", what])
        .arg(&path)
        .args(flags)
        .env("PALTS_DATABASE_URL", url)
        .env("PALTS_DEMONSTRATION", "true")
        .current_dir(folder.path())
        .output()
        .expect("the program runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    Left { code: ran.status.code(), out: text(ran.stdout), err: text(ran.stderr) }
}

const SAID: [&str; 6] = ["--authority", "POLICE", "--kind", "NEIGHBOURHOOD", "--severity", "3"];

fn sectors(app: &App, user: &str, file: &[u8], flags: &[&str]) -> Left {
    let mut all = vec!["--as", user, "--department", "13", "--revision", "pending"];
    all.extend(SAID);
    all.extend(flags);
    import(app, "sectors", file, &all)
}

#[test]
fn a_prefecture_imports_sectors_from_the_command_line() {
    let app = App::start();
    let (by, revision) = (app.prefecture("13"), Revision::open(&app, "13", "2010-S1"));
    let done = sectors(&app, "prefecture-13", &collection(&squares("13", 2)), &[]);
    assert_eq!(done.code, Some(0), "{} {}", done.out, done.err);
    assert!(done.out.starts_with("révision 13/1 : 2 objets\n"), "{}", done.out);
    assert!(
        done.out.contains("Importé : 2 ajoutés, 0 remplacé, 0 sans changement ; la révision est maintenant à la version"),
        "{}",
        done.out
    );
    assert_eq!(stands(&by, &revision).1, ["S0", "S1"]);
    let entries = audit(&app, "13");
    assert!(entries.iter().any(|(_, outcome, detail)| outcome == "DONE" && detail.contains("2 added")), "{entries:?}");

    let json = sectors(&app, "prefecture-13", &collection(&squares("13", 3)), &["--json", "--dry-run"]);
    let report: Value = serde_json::from_str(&json.out).expect("JSON");
    assert_eq!((&report["added"], &report["unchanged"], &report["dryRun"]), (&json!(1), &json!(2), &json!(true)));
    assert_eq!(stands(&by, &revision).1, ["S0", "S1"]);
}

#[test]
fn a_comb_of_nine_thousand_teeth_goes_through_the_command_line() {
    let app = App::start();
    let (by, revision) = (app.prefecture("13"), Revision::open(&app, "13", "2010-S1"));
    let file = collection(&[feature("PEIGNE", crate::shapes::comb(9_000, false))]);
    let done = sectors(&app, "prefecture-13", &file, &["--repair"]);
    assert_eq!(done.code, Some(0), "{} {}", done.out, done.err);
    assert_eq!(stands(&by, &revision).1, ["PEIGNE"]);
}

#[test]
fn a_refused_file_ends_with_a_failure_and_a_list_of_its_faults() {
    let app = App::start();
    let (by, revision) = (app.prefecture("13"), Revision::open(&app, "13", "2010-S1"));
    let mut features = squares("13", 1);
    features.push(feature("HUIT", eight("13")));
    let refused = sectors(&app, "prefecture-13", &collection(&features), &[]);
    assert_eq!(refused.code, Some(1), "{}", refused.err);
    assert!(refused.out.contains("objet 1, HUIT (Quartier HUIT), geometry : "), "{}", refused.out);
    assert!(refused.out.contains("[SELF_INTERSECTION]"), "{}", refused.out);
    assert!(stands(&by, &revision).1.is_empty());

    let skipped = sectors(&app, "prefecture-13", &collection(&features), &["--skip-invalid"]);
    assert_eq!(skipped.code, Some(0), "{}", skipped.err);
    assert!(skipped.out.contains("De côté (1 objet) :\n  objet 1, HUIT"), "{}", skipped.out);
    let mended = sectors(&app, "prefecture-13", &collection(&features), &["--repair"]);
    assert_eq!(mended.code, Some(0), "{}", mended.err);
    assert!(mended.out.contains("Réparations dans 1 objet :") && mended.out.contains("m² : +"), "{}", mended.out);
    assert_eq!(stands(&by, &revision).1, ["S0", "HUIT"]);
}

#[test]
fn the_command_line_does_what_the_account_named_may_and_no_more() {
    let app = App::start();
    Revision::open(&app, "13", "2010-S1");
    let file = collection(&squares("13", 1));
    app.prefect("13");
    app.prefecture("93");
    for (user, said) in [("prefet-13", "vous ne l’avez pas ici"), ("prefecture-93", "introuvable"), ("personne", "introuvable")]
    {
        let refused = sectors(&app, user, &file, &[]);
        assert_eq!(refused.code, Some(1), "{user}");
        assert!(refused.err.contains(said), "{user}: {}", refused.err);
    }
    app.administrator().ask("mutation { disableUser(username: \"prefecture-13\") { id } }").data();
    assert_eq!(sectors(&app, "prefecture-13", &file, &[]).code, Some(1), "a disabled account");
    assert!(audit_of(&app).iter().any(|outcome| outcome == "FORBIDDEN"), "the prefect's refusal is audited");
}

/// Outcomes in the audit of 13, as its auditor reads them.
fn audit_of(app: &App) -> Vec<String> {
    let by = app.user("controle-13", "AUDITOR", json!({ "departmentCode": "13" }));
    let answer = by.ask("{ auditEntries(departmentCode: \"13\", first: 50) { nodes { outcome } } }");
    let nodes = answer.at("/auditEntries/nodes").as_array().expect("a list").clone();
    nodes.iter().map(|node| node["outcome"].as_str().expect("a text").to_owned()).collect()
}

#[test]
fn wrong_use_is_told_from_refusal_by_the_exit_code() {
    let app = App::start();
    Revision::open(&app, "13", "2010-S1");
    assert_eq!(import(&app, "sectors", b"", &["--as", "prefecture-13"]).code, Some(2), "no revision");
    assert_eq!(import(&app, "national-list", b"", &["--as", "x", "--list", "OTHERS", "--from", "2010-03-01"]).code, Some(2));
    assert_eq!(import(&app, "meetings", b"", &[]).code, Some(2), "nothing of that name is imported");
}
