//! The program as it is typed: migrate, serve and schema, their refusals and their exit codes.

use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::json;

use crate::harness::plans::{meeting, recorder};
use crate::harness::{App, Client, TestDatabase};

fn palts(database: &TestDatabase, folder: &Path) -> Command {
    let url = match &database.url {
        palts::store::DatabaseUrl::Sqlite(path) => format!("sqlite:{}", path.display()),
        palts::store::DatabaseUrl::Postgres(url) => url.clone(),
    };
    let mut command = Command::new(env!("CARGO_BIN_EXE_palts"));
    command
        .current_dir(folder)
        .env_remove("PALTS_CONFIG")
        .env("PALTS_DATABASE_URL", url)
        .env("PALTS_HTTP__ADDRESS", "127.0.0.1:0")
        .env("PALTS_HTTP__METRICS_ADDRESS", "127.0.0.1:0")
        .env("PALTS_LOG__FORMAT", "json")
        .env("PALTS_LOG__LEVEL", "info");
    command
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A server that is stopped when the test ends, however it ends.
struct Server {
    child: Child,
    base: String,
    /// What it said before it served.
    first: String,
    log: BufReader<std::process::ChildStderr>,
}

impl Server {
    fn start(mut command: Command) -> Self {
        let mut child = command.arg("serve").stderr(Stdio::piped()).spawn().expect("the program runs");
        let mut log = BufReader::new(child.stderr.take().expect("its log"));
        let (mut line, mut first) = (String::new(), String::new());
        let address = loop {
            first.push_str(&line);
            line.clear();
            assert_ne!(log.read_line(&mut line).expect("a line"), 0, "the server ended before it served");
            let entry: serde_json::Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("no JSON in the log: {line}"));
            if entry["message"] == "palts serves" {
                break entry["address"].as_str().expect("an address").to_owned();
            }
        };
        Self { child, base: format!("http://{address}"), first, log }
    }

    /// Asks it to stop.
    fn ask_to_stop(&self) {
        let asked = Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status().expect("kill runs");
        assert!(asked.success());
    }

    /// Asks it to stop; answers its exit code and the rest of its log.
    fn stop(self) -> (Option<i32>, String) {
        self.ask_to_stop();
        self.end()
    }

    /// Waits until it ends.
    fn end(mut self) -> (Option<i32>, String) {
        let mut rest = String::new();
        self.log.read_to_string(&mut rest).expect("the rest of the log");
        (self.child.wait().expect("it ends").code(), rest)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn an_address_that_is_taken_is_named_with_its_setting() {
    let (database, folder) = (TestDatabase::fresh(), tempfile::tempdir().expect("a folder"));
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let taken = taken.local_addr().map(|address| (taken, address.to_string())).expect("an address");
    for (setting, variable) in [("http.metrics_address", "PALTS_HTTP__METRICS_ADDRESS"), ("http.address", "PALTS_HTTP__ADDRESS")]
    {
        let output = palts(&database, folder.path())
            .env("PALTS_DEMONSTRATION", "true")
            .env(variable, &taken.1)
            .arg("serve")
            .output()
            .expect("the program runs");
        let said = said(&output);
        assert!(!output.status.success());
        for part in [setting, variable, taken.1.as_str(), "déjà prise"] {
            assert!(said.contains(part), "{part} in {said}");
        }
    }
}

#[test]
fn a_server_starts_only_over_a_database_that_is_up_to_date() {
    let (database, folder) = (TestDatabase::empty(), tempfile::tempdir().expect("a folder"));
    let refused = palts(&database, folder.path()).env("PALTS_DEMONSTRATION", "true").arg("serve").output().expect("it runs");
    assert_eq!(refused.status.code(), Some(1));
    assert!(said(&refused).contains("palts migrate"), "{}", said(&refused));
    let migrated = palts(&database, folder.path()).arg("migrate").output().expect("it runs");
    assert_eq!(migrated.status.code(), Some(0), "{}", said(&migrated));
    assert!(String::from_utf8_lossy(&migrated.stdout).contains("101 départements"));
    let again = palts(&database, folder.path()).arg("migrate").output().expect("it runs");
    assert_eq!(again.status.code(), Some(0), "{}", said(&again));
}

#[test]
fn a_sqlite_file_that_is_not_there_is_named_and_not_made_by_who_only_reads() {
    let (database, folder) = (TestDatabase::fresh(), tempfile::tempdir().expect("a folder"));
    let run = |url: &str, arguments: &[&str]| {
        let mut command = palts(&database, folder.path());
        command.env("PALTS_DEMONSTRATION", "true").env("PALTS_DATABASE_URL", url).args(arguments);
        command.output().expect("it runs")
    };
    std::fs::write(folder.path().join("file"), "").expect("written");
    for arguments in [&["serve"][..], &["verify"], &["user", "list"], &["audit", "verify"]] {
        for (url, fault) in [
            ("sqlite:nowhere/x.sqlite", "le dossier nowhere n’existe pas"),
            ("sqlite:x.sqlite", "le fichier x.sqlite n’existe pas"),
            ("sqlite:file/x.sqlite", "file n’est pas un dossier"),
            ("sqlite:/", "/ n’est pas un fichier"),
        ] {
            let refused = run(url, arguments);
            assert_eq!(refused.status.code(), Some(1), "{url}");
            for part in [fault, "database_url", "PALTS_DATABASE_URL"] {
                assert!(said(&refused).contains(part), "{url}: {part}: {}", said(&refused));
            }
            assert!(!said(&refused).contains("up to date"), "{}", said(&refused));
        }
    }
    assert!(!folder.path().join("nowhere").exists() && !folder.path().join("x.sqlite").exists());
    // Who migrates makes both.
    assert_eq!(run("sqlite:nowhere/x.sqlite", &["migrate"]).status.code(), Some(0));
    assert_eq!(run("sqlite:nowhere/x.sqlite", &["user", "list"]).status.code(), Some(0));
    assert!(said(&run("sqlite:file/x.sqlite", &["migrate"])).contains("ne peut être créé"));
}

#[test]
fn a_server_without_keys_starts_in_demonstrations_only() {
    let (database, folder) = (TestDatabase::fresh(), tempfile::tempdir().expect("a folder"));
    let refused = palts(&database, folder.path()).arg("serve").output().expect("it runs");
    assert_eq!(refused.status.code(), Some(3));
    for key in ["keys.signing (PALTS_KEYS__SIGNING) : il faut une clé", "keys.anchor (PALTS_KEYS__ANCHOR) : il faut une clé"] {
        assert!(said(&refused).contains(key), "{}", said(&refused));
    }
    // With every other mistake, at once.
    let refused = palts(&database, folder.path())
        .env("PALTS_HTTP__WORKERS", "0")
        .env("PALTS_KEYS__SIGNING", "/nowhere/token.pem")
        .arg("serve")
        .output()
        .expect("it runs");
    for part in ["http.workers (", "keys.signing (PALTS_KEYS__SIGNING) : /nowhere/token.pem", "keys.anchor ("] {
        assert!(said(&refused).contains(part), "{part}: {}", said(&refused));
    }
}

#[test]
fn a_private_key_that_others_may_read_is_warned_of() {
    use std::os::unix::fs::PermissionsExt as _;
    let (database, folder) = (TestDatabase::fresh(), tempfile::tempdir().expect("a folder"));
    let mut demonstration = palts(&database, folder.path());
    demonstration.env("PALTS_DEMONSTRATION", "true");
    Server::start(demonstration).stop();
    let start = || {
        let mut command = palts(&database, folder.path());
        command.env("PALTS_KEYS__SIGNING", "var/keys/signing.pem").env("PALTS_KEYS__ANCHOR", "var/keys/anchor.pem");
        let server = Server::start(command);
        let first = server.first.clone();
        server.stop();
        first
    };
    let warning = "others than its owner may use this private key";
    assert!(!start().contains(warning));
    let key = folder.path().join("var/keys/anchor.pem");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o640)).expect("it is ours");
    let said = start();
    let warned: Vec<&str> = said.lines().filter(|line| line.contains(warning)).collect();
    assert!(matches!(warned[..], [one] if one.contains("anchor.pem")), "{said}");
}

#[test]
fn the_log_says_which_proxies_are_trusted_and_warns_once_of_one_that_is_not() {
    let (database, folder) = (TestDatabase::fresh(), tempfile::tempdir().expect("a folder"));
    let log_with = |trusted: &str| {
        let mut command = palts(&database, folder.path());
        command.env("PALTS_DEMONSTRATION", "true").env("PALTS_HTTP__TRUSTED_PROXIES", trusted);
        let server = Server::start(command);
        let mut stream = TcpStream::connect(server.base.trim_start_matches("http://")).expect("it listens");
        for connection in ["keep-alive", "close"] {
            let head = "GET /healthz HTTP/1.1\r\nhost: x\r\nx-forwarded-for: 192.0.2.10:51324\r\n";
            write!(stream, "{head}connection: {connection}\r\n\r\n").expect("sent");
        }
        let mut replies = String::new();
        stream.read_to_string(&mut replies).expect("two answers");
        let (code, log) = server.stop();
        assert_eq!(code, Some(0), "{log}");
        log
    };
    let log = log_with("");
    assert_eq!(log.matches("through a proxy that is not trusted").count(), 1, "{log}");
    assert!(log.contains("http.trusted_proxies") && log.contains("no proxy is trusted"), "{log}");
    let log = log_with("127.0.0.1, 10.0.0.0/8");
    assert!(log.contains("these proxies are trusted"), "{log}");
    assert!(log.contains(r#""proxies":"127.0.0.1, 10.0.0.0/8""#) && log.contains(r#""header":"auto""#), "a plain list: {log}");
    assert!(!log.contains("not trusted"), "{log}");
    assert!(log.contains(r#""address":"192.0.2.10""#), "the client's address, without its port: {log}");
}

#[test]
fn a_server_logs_json_without_secrets_and_stops_in_good_order() {
    let (database, folder) = (TestDatabase::fresh(), tempfile::tempdir().expect("a folder"));
    let mut command = palts(&database, folder.path());
    command.env("PALTS_DEMONSTRATION", "true");
    let server = Server::start(command);
    let client = Client::new(&server.base, Some("a-secret-token".to_owned()), "");
    assert_eq!(client.get("/readyz").0, 200);
    let variables = serde_json::json!({ "u": "a-secret-name", "p": "a-secret-password" });
    client.run("mutation($u: String!, $p: String!) { login(username: $u, password: $p) { accessToken } }", variables);
    client.get("/graphql?query=%7B__typename%7D&variables=%7B%22a%22%3A%22a-secret-variable%22%7D");
    let (code, log) = server.stop();
    assert_eq!(code, Some(0), "{log}");
    assert!(!log.contains("secret"), "{log}");
    let access: Vec<serde_json::Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON in the log: {line}")))
        .filter(|entry: &serde_json::Value| entry["target"] == "palts::access")
        .collect();
    assert_eq!(access.len(), 3, "one line for each request: {log}");
    assert!(access.iter().all(|entry| entry["request_id"].is_string() && entry["status"].is_number()));
    let is_utc = |entry: &serde_json::Value| entry["timestamp"].as_str().is_some_and(|at| at.ends_with('Z'));
    assert!(access.iter().all(is_utc), "{log}");
    assert!(log.contains("palts has stopped"), "{log}");
}

#[test]
fn what_is_under_way_at_the_end_may_finish() {
    let (database, folder) = (TestDatabase::fresh(), tempfile::tempdir().expect("a folder"));
    let mut command = palts(&database, folder.path());
    command.env("PALTS_DEMONSTRATION", "true");
    let server = Server::start(command);
    let address = server.base.trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(&address).expect("it listens");
    let body = r#"{"query": "{ __typename }"}"#;
    let (first, rest) = body.split_at(10);
    let head = "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nconnection: close\r\n";
    write!(stream, "{head}content-length: {}\r\n\r\n{first}", body.len()).expect("half of it is sent");
    // Until the request has begun, there is nothing under way.
    std::thread::sleep(Duration::from_millis(300));
    server.ask_to_stop();
    std::thread::sleep(Duration::from_millis(500));
    write!(stream, "{rest}").expect("the rest is sent");
    let mut reply = String::new();
    stream.read_to_string(&mut reply).expect("an answer");
    assert!(reply.starts_with("HTTP/1.1 200") && reply.contains("__typename"), "{reply}");
    let (code, log) = server.end();
    assert_eq!(code, Some(0), "{log}");
    assert!(TcpStream::connect(&address).is_err(), "nobody listens any more");
}

#[test]
fn every_mistake_in_the_configuration_is_named_before_anything_begins() {
    let (database, folder) = (TestDatabase::empty(), tempfile::tempdir().expect("a folder"));
    let refused = palts(&database, folder.path())
        .env("PALTS_HTTP__ADRESS", "x")
        .env("PALTS_GRAPHQL__MAX_COSTS", "1")
        .arg("serve")
        .output()
        .expect("it runs");
    assert_eq!(refused.status.code(), Some(3));
    assert!(said(&refused).contains("http.adress") && said(&refused).contains("graphql.max_costs"), "{}", said(&refused));
}

#[test]
fn migrations_are_taken_back_only_by_those_who_say_yes() {
    let (database, folder) = (TestDatabase::fresh(), tempfile::tempdir().expect("a folder"));
    let unsure = palts(&database, folder.path()).args(["migrate", "--down"]).output().expect("it runs");
    assert_eq!(unsure.status.code(), Some(2), "{}", said(&unsure));
    let sure = palts(&database, folder.path()).args(["migrate", "--down", "--yes"]).output().expect("it runs");
    assert_eq!(sure.status.code(), Some(0), "{}", said(&sure));
}

#[test]
fn the_schema_is_printed_without_a_database() {
    let folder = tempfile::tempdir().expect("a folder");
    let printed = Command::new(env!("CARGO_BIN_EXE_palts"))
        .current_dir(folder.path())
        .env("PALTS_DATABASE_URL", "sqlite:/nowhere/at/all.sqlite")
        .arg("schema")
        .output()
        .expect("it runs");
    assert_eq!(printed.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&printed.stdout).contains("type Query"));
}

#[test]
fn rollup_verify_finds_a_cell_that_differs_and_rebuild_makes_it_anew() {
    let app = App::start();
    let measures = json!([{ "indicator": "ILS_TOTAL", "service": "POLICE", "value": 12.0 }]);
    meeting(&recorder(&app, "13"), "13", "2010-03-02", measures);
    let folder = tempfile::tempdir().expect("a folder");
    let rollup = |command: &str| {
        let mut program = palts(app.database(), folder.path());
        program.env("PALTS_DEMONSTRATION", "true").args(["rollup", command]).output().expect("the program runs")
    };
    assert!(rollup("verify").status.success());
    let department = "13".parse().expect("a code");
    let broken = app.office.database.write(|connection| {
        let mut cells = palts::store::rollups::of_department(connection, &department, &palts::workflow::rollups::verify::ALWAYS)?;
        cells.values_mut().for_each(|tally| tally.total += 1);
        palts::store::rollups::rewrite(connection, &department, &cells)
    });
    broken.expect("cells can be written");
    let found = rollup("verify");
    assert!(!found.status.success());
    assert!(said(&found).contains("13, indicateur"), "{}", said(&found));
    let rebuilt = rollup("rebuild");
    assert!(rebuilt.status.success(), "{}", said(&rebuilt));
    assert!(rollup("verify").status.success());
}

#[test]
fn commands_end_quietly_when_nobody_reads_on() {
    let app = App::start();
    let folder = tempfile::tempdir().expect("a folder");
    app.prefecture("13");
    for line in [
        vec!["user", "list"],
        vec!["audit", "list"],
        vec!["audit", "verify"],
        vec!["token", "list"],
        vec!["config"],
        vec!["schema"],
    ] {
        let mut program = palts(app.database(), folder.path());
        program.env("PALTS_DEMONSTRATION", "true").args(&line).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut running = program.spawn().expect("the program runs");
        // Whoever reads goes away before the first line.
        drop(running.stdout.take());
        let ended = running.wait_with_output().expect("it ends");
        assert_eq!(ended.status.code(), Some(0), "palts {}: {}", line.join(" "), said(&ended));
        assert_eq!(said(&ended), "", "palts {}", line.join(" "));
    }
}

#[test]
fn what_cannot_be_written_for_another_reason_is_told() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full");
    let Ok(full) = full else { panic!("this system has no /dev/full") };
    let printed = Command::new(env!("CARGO_BIN_EXE_palts")).arg("schema").stdout(full).output().expect("it runs");
    assert_eq!(printed.status.code(), Some(1));
    assert!(said(&printed).contains("la sortie standard ne peut être écrite"), "{}", said(&printed));
}

#[test]
fn the_help_names_what_is_wanted_in_french() {
    for command in
        [&["import", "sectors"][..], &["import", "measures"], &["user", "add"], &["user", "import"], &["user", "grant"]]
    {
        let shown = Command::new(env!("CARGO_BIN_EXE_palts")).args(command).arg("--help").output().expect("it runs");
        let text = String::from_utf8(shown.stdout).expect("text");
        assert_eq!(shown.status.code(), Some(0), "{command:?}");
        for english in ["FILE>", "USER", "TEXT>", "PROPERTY", "FIELDS", "YYYY", "Usage:", "Print help"] {
            assert!(!text.contains(english), "{command:?}: {english} in\n{text}");
        }
        assert!(text.contains("<COMPTE>"), "{command:?}: {text}");
    }
}

#[test]
fn palts_config_prints_every_setting_with_its_value_origin_and_meaning_and_no_secret() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("palts.toml");
    std::fs::write(&file, "[rules]\npage_size = 20\n\n[keys]\nsigning = \"/etc/palts/token.pem\"\n").expect("a file");
    let config = |variables: &[(&str, &str)]| {
        let mut program = Command::new(env!("CARGO_BIN_EXE_palts"));
        program.current_dir(folder.path()).env_clear().arg("--config").arg(&file).arg("config");
        program.envs(variables.iter().copied()).output().expect("it runs")
    };
    let key = "-----BEGIN PRIVATE KEY-----\\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\\n-----END PRIVATE KEY-----";
    let printed = config(&[("PALTS_DATABASE_URL", "postgres://palts:un-secret@host/palts"), ("PALTS_KEYS__ANCHOR", key)]);
    let text = String::from_utf8(printed.stdout.clone()).expect("text");
    assert_eq!(printed.status.code(), Some(0), "{}", said(&printed));
    for line in [
        "database_url = \"postgres://palts:…@host/palts\" # variable PALTS_DATABASE_URL ; par défaut : \"sqlite:var/palts.sqlite\"",
        "# PALTS_RULES__PAGE_SIZE : un nombre entier de 1 à 10000",
        "# Éléments d’une page quand la requête ne le dit pas. Au plus max_page_size.",
        "signing = \"/etc/palts/token.pem\" # fichier",
        "anchor = \"…\" # variable PALTS_KEYS__ANCHOR",
        "[sessions.throttle]",
        "workers = 2 # valeur par défaut",
    ] {
        assert!(text.lines().any(|found| found.starts_with(line)), "{line}\nis not in\n{text}");
    }
    assert!(text.contains("page_size = 20 # fichier") && !text.contains("un-secret") && !text.contains("MC4CAQ"), "{text}");
    // What serve would stumble over is said beside it.
    assert!(said(&printed).contains("/etc/palts/token.pem"), "{}", said(&printed));
    let settings: toml::Table = text.parse().expect("what is printed is TOML");
    assert_eq!(settings["rules"]["page_size"].as_integer(), Some(20));

    let wrong = config(&[("PALTS_HTTP__WORKERS", "0"), ("PALTS_LOG__LEVEL", "infoo"), ("PALTS_HTTP__ADDRESS", "abc")]);
    assert_eq!(wrong.status.code(), Some(3));
    for part in [
        "http.workers (PALTS_HTTP__WORKERS)",
        "log.level (PALTS_LOG__LEVEL)",
        "le plus proche est info",
        "http.address (PALTS_HTTP__ADDRESS) : il faut une valeur comme « 127.0.0.1:8080 » ; trouvé : \"abc\"",
    ] {
        assert!(said(&wrong).contains(part), "{part}: {}", said(&wrong));
    }
    assert!(!said(&wrong).contains("invalid"), "{}", said(&wrong));
    assert!(!wrong.stdout.is_empty(), "the settings are printed all the same");
}

#[test]
fn a_demonstration_says_last_where_to_open_it_and_who_may_sign_in() {
    let (database, folder) = (TestDatabase::fresh(), tempfile::tempdir().expect("a folder"));
    let mut command = palts(&database, folder.path());
    command.env("PALTS_DEMONSTRATION", "true").stdout(Stdio::piped());
    let mut server = Server::start(command);
    let out = server.child.stdout.take().expect("its output");
    let address = server.base.clone();
    let (code, log) = server.stop();
    assert_eq!(code, Some(0), "{log}");
    let mut text = String::new();
    BufReader::new(out).read_to_string(&mut text).expect("text");
    assert!(text.contains("prefecture-13") && text.contains("demonstration-2010"), "{text}");
    let last: Vec<&str> = text.trim_end().lines().rev().take(2).collect();
    assert!(last[1].contains(&format!("{address}/graphiql")), "{text}");
}
