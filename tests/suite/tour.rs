//! The README's tour, run as a reader would: the program migrates, loads the demonstration and serves; then the shell blocks, in order.

use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use palts::store::DatabaseUrl;

use crate::harness::TestDatabase;

/// The shell blocks of the tour, each with whether it is meant to be refused.
fn blocks() -> Vec<(bool, String)> {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).expect("the README");
    let tour = readme.split("## A five-minute tour").nth(1).expect("a tour").split("\n## ").next().expect("a section").to_owned();
    let mut found = Vec::new();
    let mut rest = tour.as_str();
    while let Some((_, after)) = rest.split_once("```sh") {
        let (info, after) = after.split_once('\n').expect("a block");
        let (block, after) = after.split_once("```").expect("an end");
        found.push((info.trim() == "refused", block.to_owned()));
        rest = after;
    }
    found
}

struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_tour_of_the_readme_runs() {
    let database = TestDatabase::empty();
    let url = match &database.url {
        DatabaseUrl::Sqlite(path) => format!("sqlite:{}", path.display()),
        DatabaseUrl::Postgres(url) => url.clone(),
    };
    let folder = tempfile::tempdir().expect("a folder");
    let port = TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("an address").port();
    let palts = |command: &str| {
        let mut palts = Command::new(env!("CARGO_BIN_EXE_palts"));
        palts
            .arg(command)
            .current_dir(folder.path())
            .env("PALTS_DATABASE_URL", &url)
            .env("PALTS_DEMONSTRATION", "true")
            .env("PALTS_HTTP__ADDRESS", format!("127.0.0.1:{port}"))
            .env("PALTS_HTTP__METRICS_ADDRESS", "");
        palts
    };
    for command in ["migrate", "demo", "demo"] {
        let ran = palts(command).output().expect("the program runs");
        assert!(ran.status.success(), "palts {command}: {}", String::from_utf8_lossy(&ran.stderr));
    }
    let _serving = Serving(palts("serve").stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program serves"));
    let began = Instant::now();
    while ureq::get(format!("http://127.0.0.1:{port}/readyz")).call().is_err() {
        assert!(began.elapsed() < Duration::from_secs(30), "the server did not become ready");
        std::thread::sleep(Duration::from_millis(50));
    }

    let all = blocks();
    assert!(all.len() >= 8, "the tour was found: {}", all.len());
    let mut script = "set -eu\n".to_owned();
    for (number, (_, block)) in all.iter().enumerate() {
        script.push_str(&format!("echo '=== {number}'\n{block}\n"));
    }
    let script = script.replace("127.0.0.1:8080", &format!("127.0.0.1:{port}"));
    let mut shell =
        Command::new("bash").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a shell");
    shell.stdin.take().expect("its input").write_all(script.as_bytes()).expect("it reads");
    let said = shell.wait_with_output().expect("it ends");
    let out = String::from_utf8(said.stdout).expect("text");
    assert!(said.status.success(), "{out}\n{}", String::from_utf8_lossy(&said.stderr));
    for (number, (refused, block)) in all.iter().enumerate() {
        let said =
            out.split(&format!("=== {number}\n")).nth(1).expect("every block ran").split("=== ").next().expect("its output");
        assert_eq!(said.contains("\"errors\""), *refused, "block {number}:\n{block}\nsaid:\n{said}");
    }
}
