//! `docs/install.md`, followed as an operator would: the blocks that need no root, in order, by the program itself on
//! the database under test. What root does with systemd is done here by starting and stopping the server.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use palts::store::DatabaseUrl;

use crate::harness::{TestDatabase, on_postgres};

/// The shell blocks, each with the words behind `sh`.
fn blocks() -> Vec<(String, String)> {
    blocks_of(&document())
}

/// Those of one part: `9. Restoring`.
fn blocks_of_part(title: &str) -> Vec<(String, String)> {
    let text = document();
    let (_, part) = text.split_once(&format!("\n## {title}\n")).unwrap_or_else(|| panic!("there is a part {title}"));
    blocks_of(part.split("\n## ").next().expect("a part"))
}

fn document() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/install.md")).expect("the document")
}

fn blocks_of(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = text;
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

/// A machine as the document has it, in a folder.
struct Machine {
    database: TestDatabase,
    folder: tempfile::TempDir,
    port: u16,
    metrics: u16,
}

impl Machine {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["etc", "backups", "home"] {
            std::fs::create_dir(folder.path().join(name)).expect("a folder");
        }
        Self { database: TestDatabase::empty(), folder, port: free_port(), metrics: free_port() }
    }

    fn url(&self) -> String {
        match &self.database.url {
            DatabaseUrl::Sqlite(path) => format!("sqlite:{}", path.display()),
            DatabaseUrl::Postgres(url) => url.clone(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A block with the places of this machine.
    fn here(&self, text: &str) -> String {
        text.replace("/etc/palts", &self.path("etc").display().to_string())
            .replace("/var/backups/palts", &self.path("backups").display().to_string())
            .replace("/var/lib/palts", &self.path("home").display().to_string())
            .replace("postgres:///palts?host=/run/postgresql", &self.url())
            .replace("127.0.0.1:8080", &format!("127.0.0.1:{}", self.port))
            .replace("127.0.0.1:9464", &format!("127.0.0.1:{}", self.metrics))
    }

    /// A block of root that makes the database anew, as who may do so here, on this test's database.
    fn as_root(&self, block: &str) -> String {
        let url = self.url();
        let (server, name) = url.rsplit_once('/').expect("a URL with a database");
        let lines = block.lines().filter(|line| !line.starts_with('#')).map(|line| {
            let command = line.strip_prefix("sudo -u postgres ").expect("a command of the server's owner");
            let command = command.strip_suffix(" palts").expect("the database last").replace(" --owner=palts", "");
            format!("{command} --maintenance-db='{server}/postgres' {name}\n")
        });
        lines.collect()
    }

    fn command(&self, program: &str) -> Command {
        let binary = Path::new(env!("CARGO_BIN_EXE_palts"));
        let path = format!("{}:{}", binary.parent().expect("a folder").display(), std::env::var("PATH").expect("a PATH"));
        let mut command = Command::new(program);
        command.current_dir(self.path("home")).env("PATH", path).env("PALTS_CONFIG", self.path("etc/palts.toml"));
        command
    }

    /// Runs a block; it must end well.
    fn run(&self, block: &str) -> String {
        let done = self.command("bash").args(["-euo", "pipefail", "-c", block]).output().expect("a shell");
        let said = String::from_utf8_lossy(&done.stdout).into_owned();
        assert!(done.status.success(), "{block}\nsaid:\n{said}{}", String::from_utf8_lossy(&done.stderr));
        said
    }

    fn serve(&self) -> Serving {
        let child = self.command("palts").arg("serve").stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it serves");
        let serving = Serving(child);
        let began = Instant::now();
        while ureq::get(self.ready()).call().is_err() {
            assert!(began.elapsed() < Duration::from_secs(60), "the server did not become ready");
            std::thread::sleep(Duration::from_millis(50));
        }
        serving
    }

    fn ready(&self) -> String {
        format!("http://127.0.0.1:{}/readyz", self.port)
    }

    /// Has the keys and the configuration of the document.
    fn configured() -> Self {
        let machine = Self::new();
        for part in ["3. The keys", "4. The configuration"] {
            for (_, block) in blocks_of_part(part) {
                machine.run(&machine.here(&block));
            }
        }
        machine
    }
}

#[test]
fn the_installation_of_the_document_leads_to_a_running_service() {
    let machine = Machine::new();
    let all = blocks();
    let (mut ran, mut serving) = (0, None);
    for (kind, block) in &all {
        match kind.as_str() {
            "root" => {
                assert!(block.starts_with("# root\n"), "a block for root says so: {block}");
                if block.contains("systemctl stop palts") || block.contains("systemctl restart palts") {
                    serving = None;
                }
                if block.lines().any(|line| {
                    ["systemctl enable --now palts", "systemctl start palts", "systemctl restart palts"].contains(&line)
                }) {
                    serving = Some(machine.serve());
                }
            }
            "root database" => {
                assert!(block.starts_with("# root\n"), "a block for root says so: {block}");
                if on_postgres() {
                    machine.run(&machine.as_root(block));
                }
            }
            "postgres" if !on_postgres() => {}
            "" | "postgres" => {
                machine.run(&machine.here(block));
                ran += 1;
            }
            other => panic!("a block of kind {other}"),
        }
    }
    assert!(ran >= 8, "the blocks were found: {ran} of {}", all.len());
    assert!(serving.is_some(), "the document ends with a service that runs");
    let ready = ureq::get(machine.ready()).call().expect("it answers");
    assert_eq!(ready.status(), 200);
}

#[test]
fn a_dump_of_the_version_before_is_restored_over_the_migrated_database() {
    if !on_postgres() {
        return;
    }
    let machine = Machine::configured();
    // The database of the version before: all migrations but the last.
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/postgres");
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .expect("the migrations")
        .map(|entry| entry.expect("one").file_name().into_string().expect("a name"))
        .collect();
    names.sort();
    let last = names.pop().expect("one");
    machine.database.execute(
        "CREATE TABLE __diesel_schema_migrations (
            version VARCHAR(50) PRIMARY KEY, run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)",
    );
    let version = |name: &str| name.split('_').next().expect("a number").replace('-', "");
    for name in &names {
        machine.database.execute(&std::fs::read_to_string(folder.join(name).join("up.sql")).expect("its SQL"));
        let version = version(name);
        machine.database.execute(&format!("INSERT INTO __diesel_schema_migrations (version) VALUES ('{version}')"));
    }
    let url = machine.url();
    let dump = machine.path("backups/palts-2026-01-01T023000.dump");
    machine.run(&format!("pg_dump --format=custom --file={} '{url}'", dump.display()));
    assert!(machine.run("palts migrate").contains(&version(&last)), "the upgrade");

    for (kind, block) in blocks_of_part("9. Restoring") {
        match kind.as_str() {
            "root database" => drop(machine.run(&machine.as_root(&block))),
            "postgres" if block.contains("pg_restore") => drop(machine.run(&machine.here(&block))),
            _ => {}
        }
    }
    let versions = machine.run(&format!("psql -At -c 'SELECT version FROM __diesel_schema_migrations' '{url}'"));
    assert!(versions.contains(&version(&names[0])) && !versions.contains(&version(&last)), "as before: {versions}");
    // And forward again.
    assert!(machine.run("palts migrate").contains(&version(&last)));
    drop(machine.serve());
}

#[test]
fn keys_are_rotated_as_often_as_one_likes_and_every_old_one_verifies() {
    let machine = Machine::configured();
    for _ in 0..3 {
        for (kind, block) in blocks_of_part("11. Rotating keys") {
            if kind.is_empty() {
                machine.run(&machine.here(&block));
            }
        }
    }
    let configuration = std::fs::read_to_string(machine.path("etc/palts.toml")).expect("the configuration");
    for setting in ["signing = ", "verification = "] {
        let said = configuration.lines().filter(|line| line.starts_with(setting)).count();
        assert_eq!(said, 1, "{setting}: {configuration}");
    }
    let old = std::fs::read_to_string(machine.path("etc/token-old.pub")).expect("the old keys");
    assert_eq!(old.matches("BEGIN PUBLIC KEY").count(), 3);
    machine.run("palts migrate");
    drop(machine.serve());
}
