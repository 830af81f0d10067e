//! The demonstration: what it leaves, and that its accounts, whose password is public, act nowhere else.

use std::process::{Command, Output};

use palts::store::DatabaseUrl;
use serde_json::{Value, json};

use crate::harness::{App, Setup, TestDatabase};

const PASSWORD: &str = "demonstration-2010";

/// A database with the demonstration, and the folder that holds its keys.
pub fn loaded() -> (TestDatabase, tempfile::TempDir) {
    let (database, folder) = (TestDatabase::fresh(), tempfile::tempdir().expect("a folder"));
    let loaded = palts(&database, &folder, &["demo"], true);
    assert!(loaded.status.success(), "{}", String::from_utf8_lossy(&loaded.stderr));
    assert!(String::from_utf8_lossy(&loaded.stdout).contains(PASSWORD));
    (database, folder)
}

fn palts(database: &TestDatabase, folder: &tempfile::TempDir, arguments: &[&str], demonstration: bool) -> Output {
    let url = match &database.url {
        DatabaseUrl::Sqlite(path) => format!("sqlite:{}", path.display()),
        DatabaseUrl::Postgres(url) => url.clone(),
    };
    let mut command = Command::new(env!("CARGO_BIN_EXE_palts"));
    command.args(arguments).current_dir(folder.path()).env_remove("PALTS_CONFIG").env("PALTS_DATABASE_URL", url);
    if demonstration {
        command.env("PALTS_DEMONSTRATION", "true");
    } else {
        // With the keys that the demonstration made: those are not what keeps its accounts out.
        command.env("PALTS_KEYS__SIGNING", "var/keys/signing.pem").env("PALTS_KEYS__ANCHOR", "var/keys/anchor.pem");
    }
    command.output().expect("the program runs")
}

#[test]
fn three_departments_stand_in_three_states() {
    let (database, _keys) = loaded();
    // It was played up to the real day.
    let today = palts::workflow::Clock::system().today().to_string();
    let app = App::over(database, Setup { day: Some(today.leak()), ..Setup::default() });
    let state = |department: &str| {
        let token = app.login(&format!("prefecture-{department}"), PASSWORD).text("/login/accessToken");
        let query = "query($d: DepartmentCode!) { plan(departmentCode: $d) {
            current { status signatures { role } } pending { status signatures { role } } } }";
        app.bearing(&token).run(query, json!({ "d": department })).at("/plan").clone()
    };
    let (prefect, prosecutor) = (json!({ "role": "PREFECT" }), json!({ "role": "PUBLIC_PROSECUTOR" }));
    let marseille = state("13");
    assert_eq!(marseille["current"]["status"], "ACKNOWLEDGED");
    assert_eq!(marseille["pending"], json!({ "status": "DRAFT", "signatures": [] }));
    let paris = state("75");
    assert_eq!(paris["current"], json!({ "status": "TRANSMITTED", "signatures": [prosecutor, prefect] }));
    assert_eq!(paris["pending"], Value::Null);
    // Nothing of it is dated in the future, whenever it is made.
    let token = app.login("secretariat", PASSWORD).text("/login/accessToken");
    let published =
        app.bearing(&token).ask("{ publications { nodes { publishedAt } } }").text("/publications/nodes/0/publishedAt");
    assert!(published <= chrono::Utc::now().format("%Y-%m-%dT%H:%M:%SZ").to_string(), "{published}");
    let bobigny = state("93");
    assert_eq!(bobigny["current"], Value::Null);
    assert_eq!(bobigny["pending"], json!({ "status": "SUBMITTED", "signatures": [prefect] }));
}

#[test]
fn its_accounts_sign_in_and_act_in_demonstrations_only() {
    let (database, keys) = loaded();
    let within = palts(&database, &keys, &["audit", "list", "--as", "auditeur"], true);
    assert!(within.status.success(), "{}", String::from_utf8_lossy(&within.stderr));
    let outside = palts(&database, &keys, &["audit", "list", "--as", "auditeur"], false);
    assert_eq!(outside.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&outside.stderr).contains("introuvable : compte auditeur"));
    let again = palts(&database, &keys, &["demo"], false);
    assert_eq!(again.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&again.stderr).contains("qu’en mode démonstration"));
    // The operator needs none of them.
    assert!(palts(&database, &keys, &["user", "list"], false).status.success());

    let today = palts::workflow::Clock::system().today().to_string();
    let app = App::over(database, Setup { day: Some(today.leak()), production: true, ..Setup::default() });
    for username in ["administrateur", "prefecture-13", "secretariat"] {
        let refused = app.login(username, PASSWORD);
        assert_eq!(refused.code(), "UNAUTHENTICATED", "{username}");
        assert_eq!(refused.message(), app.login(username, "un autre mot de passe").message());
    }
}
