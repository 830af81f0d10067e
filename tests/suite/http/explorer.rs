//! The explorer in a real browser: what headers do to a page is the browser's to say.

use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::harness::{App, PASSWORD};

const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

#[test]
fn the_explorer_stands_there_on_the_second_visit_and_loads_the_schema_after_sign_in() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/npm");
    let runs = |program: &&&str| Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success());
    let browser = BROWSERS.iter().find(runs).expect("no Chromium here: run `make test`, or `scripts/setup.sh test`");
    assert!(
        folder.join("node_modules/playwright-core").is_dir(),
        "the packages of tests/npm are missing: run `make test`, or `scripts/setup.sh test`"
    );
    let app = App::start();
    let name = "<img src=x onerror=alert(1)> & <b>Cie</b>";
    let input = json!({ "username": "visiteur", "displayName": name, "password": PASSWORD });
    app.administrator().run("mutation($i: CreateUserInput!) { createUser(input: $i) { id } }", json!({ "i": input })).data();
    let browser = which(browser);
    let output = Command::new("node")
        .args(["explorer.mjs", app.base(), &browser, "visiteur", PASSWORD])
        .current_dir(&folder)
        .output()
        .expect("node runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    for step in ["visit 1: the editor", "visit 2: the editor", name, "signed in: the documentation", "signed out: the form"] {
        assert!(said.contains(step), "{said}");
    }
}

/// The whole path of a program.
fn which(program: &str) -> String {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file());
    found.expect("it ran just now").display().to_string()
}
