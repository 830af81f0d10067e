//! The audits of the npm package `graphql-http`: all of them, on the real server.

use std::path::Path;
use std::process::Command;

use palts::graphql;

use crate::harness::{App, Setup};

#[test]
fn all_audits_of_graphql_over_http_pass() {
    if Command::new("node").arg("--version").output().is_err() {
        eprintln!("no node here: the audits did not run (`make test` installs it)");
        return;
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/npm");
    assert!(
        folder.join("node_modules/graphql-http").is_dir(),
        "the packages of tests/npm are missing: run `make test`, or `scripts/setup.sh test`"
    );
    // They ask for the schema, and sign in as nobody.
    let limits = graphql::Settings { introspection: graphql::Introspection::Everybody, ..graphql::Settings::default() };
    let app = App::with(Setup { limits, ..Setup::default() });
    let output = Command::new("node")
        .arg("audit.mjs")
        .arg(format!("{}/graphql", app.base()))
        .current_dir(&folder)
        .output()
        .expect("node runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("61 of 61 audits passed"), "{said}");
}
