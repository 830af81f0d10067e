//! `docs/install.md`, followed as an operator would: the blocks that need no root, in order, by the program itself on
//! the database under test. What root does with systemd is done here by starting and stopping the server.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use palts::store::DatabaseUrl;

use crate::harness::{TestDatabase, on_postgres};

/// The shell blocks, each with the words behind `sh`.
fn blocks() -> Vec<(String, String)> {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/install.md")).expect("the document");
    let mut found = Vec::new();
    let mut rest = text.as_str();
    while let Some((_, after)) = rest.split_once("```sh") {
        let (info, after) = after.split_once('\n').expect("a block");
        let (block, after) = after.split_once("\n```").expect("an end");
        found.push((info.trim().to_owned(), block.to_owned()));
        rest = after;
    }
    found
}

struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        let _ = self.0.wait();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("an address").port()
}

#[test]
fn the_installation_of_the_document_leads_to_a_running_service() {
    let database = TestDatabase::empty();
    let url = match &database.url {
        DatabaseUrl::Sqlite(path) => format!("sqlite:{}", path.display()),
        DatabaseUrl::Postgres(url) => url.clone(),
    };
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["etc", "backups"] {
        std::fs::create_dir(folder.path().join(name)).expect("a folder");
    }
    let (port, metrics) = (free_port(), free_port());
    let here = |text: &str| {
        text.replace("/etc/palts", &folder.path().join("etc").display().to_string())
            .replace("/var/backups/palts", &folder.path().join("backups").display().to_string())
            .replace("postgres:///palts?host=/run/postgresql", &url)
            .replace("127.0.0.1:8080", &format!("127.0.0.1:{port}"))
            .replace("127.0.0.1:9464", &format!("127.0.0.1:{metrics}"))
    };
    let binary = Path::new(env!("CARGO_BIN_EXE_palts"));
    let path = format!("{}:{}", binary.parent().expect("a folder").display(), std::env::var("PATH").expect("a PATH"));
    let command = |program: &str| {
        let mut command = Command::new(program);
        command.current_dir(folder.path()).env("PATH", &path).env("PALTS_CONFIG", folder.path().join("etc/palts.toml"));
        command
    };
    let serve = || {
        let child = command("palts").arg("serve").stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it serves");
        let serving = Serving(child);
        let began = Instant::now();
        while ureq::get(format!("http://127.0.0.1:{port}/readyz")).call().is_err() {
            assert!(began.elapsed() < Duration::from_secs(60), "the server did not become ready");
            std::thread::sleep(Duration::from_millis(50));
        }
        serving
    };

    let all = blocks();
    let (mut ran, mut serving) = (0, None);
    for (kind, block) in &all {
        match kind.as_str() {
            "root" => {
                assert!(block.starts_with("# root\n"), "a block for root says so: {block}");
                if block.contains("systemctl stop palts") || block.contains("systemctl restart palts") {
                    serving = None;
                }
                if ["systemctl enable --now palts", "systemctl start palts", "systemctl restart palts"]
                    .iter()
                    .any(|starts| block.contains(starts))
                {
                    serving = Some(serve());
                }
                continue;
            }
            "postgres" if !on_postgres() => continue,
            "" | "postgres" => {}
            other => panic!("a block of kind {other}"),
        }
        let done = command("bash").args(["-euo", "pipefail", "-c", &here(block)]).output().expect("a shell");
        assert!(
            done.status.success(),
            "{block}\nsaid:\n{}{}",
            String::from_utf8_lossy(&done.stdout),
            String::from_utf8_lossy(&done.stderr)
        );
        ran += 1;
    }
    assert!(ran >= 8, "the blocks were found: {ran} of {}", all.len());
    assert!(serving.is_some(), "the document ends with a service that runs");
    let ready = ureq::get(format!("http://127.0.0.1:{port}/readyz")).call().expect("it answers");
    assert_eq!(ready.status(), 200);
}
