//! `docs/security.md` says the truth: the tests that it names exist, no requirement is passed over, its links lead
//! somewhere; and what only the sources can show of it. Not for what a request can show, which the areas' own tests do.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The requirements of levels 1 and 2 of OWASP ASVS 5.0 in the chapters of the document: of each section the first so many.
const SECTIONS: &[(&str, u32)] = &[
    ("1.1", 2),
    ("1.2", 9),
    ("1.3", 11),
    ("1.4", 3),
    ("1.5", 2),
    ("2.1", 3),
    ("2.2", 3),
    ("2.3", 4),
    ("2.4", 1),
    ("3.2", 2),
    ("3.3", 4),
    ("3.4", 6),
    ("3.5", 5),
    ("3.7", 2),
    ("4.1", 3),
    ("4.2", 1),
    ("4.3", 2),
    ("4.4", 4),
    ("5.1", 1),
    ("5.2", 3),
    ("5.3", 2),
    ("5.4", 3),
    ("6.1", 3),
    ("6.2", 12),
    ("6.3", 4),
    ("6.4", 4),
    ("6.5", 5),
    ("6.6", 3),
    ("6.8", 4),
    ("7.1", 3),
    ("7.2", 4),
    ("7.3", 2),
    ("7.4", 5),
    ("7.5", 2),
    ("7.6", 2),
    ("8.1", 2),
    ("8.2", 3),
    ("8.3", 1),
    ("8.4", 1),
    ("9.1", 3),
    ("9.2", 4),
    ("11.1", 2),
    ("11.2", 3),
    ("11.3", 3),
    ("11.4", 4),
    ("11.5", 1),
    ("11.6", 1),
    ("13.1", 1),
    ("13.2", 5),
    ("13.3", 2),
    ("13.4", 5),
    ("16.1", 1),
    ("16.2", 5),
    ("16.3", 4),
    ("16.4", 3),
    ("16.5", 3),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The Rust sources under a folder, with their paths.
fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let (mut folders, mut found) = (vec![root().join(folder)], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder is readable") {
            let path = entry.expect("the entry is readable").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let source = fs::read_to_string(&path).expect("the source is text");
                found.push((path, source));
            }
        }
    }
    found
}

/// The names of all tests, of the suite and of units.
fn tests() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (_, source) in sources("tests/suite").into_iter().chain(sources("src")) {
        let mut is_test = false;
        for line in source.lines().map(str::trim_start) {
            if ["#[test]", "#[tokio::test", "#[actix_web::test"].iter().any(|attribute| line.starts_with(attribute)) {
                is_test = true;
            } else if is_test && !line.starts_with("#[") {
                is_test = false;
                let name = line.split_once("fn ").and_then(|(_, rest)| rest.split_once('('));
                found.extend(name.map(|(name, _)| name.to_owned()));
            }
        }
    }
    assert!(found.len() > 400, "the tests were found: {}", found.len());
    found
}

/// What stands in backticks in a text.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// Whether a word in backticks is meant as a test's name: words joined by underscores. Settings have a dot.
fn names_a_test(word: &str) -> bool {
    word.matches('_').count() >= 2 && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// The rows of the tables of requirements: the cells of each.
fn rows(document: &str) -> Vec<Vec<&str>> {
    let is_row = |line: &&str| line.strip_prefix("| ").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    document.lines().filter(is_row).map(|line| line.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

#[test]
fn every_test_that_the_security_document_names_exists() {
    let (document, tests) = (text("docs/security.md"), tests());
    let named: BTreeSet<&str> = quoted(&document).filter(|word| names_a_test(word)).collect();
    assert!(named.len() > 100, "names were found: {}", named.len());
    let missing: Vec<&&str> = named.iter().filter(|name| !tests.contains(**name)).collect();
    assert!(missing.is_empty(), "docs/security.md names tests that there are not: {missing:#?}");
}

/// The numbers of requirements that stand in a text.
fn numbers_of(text: &str) -> BTreeSet<&str> {
    let words = text.split(|c: char| !c.is_ascii_digit() && c != '.').map(|word| word.trim_matches('.'));
    words.filter(|word| word.matches('.').count() == 2).collect()
}

#[test]
fn every_requirement_is_answered_by_a_test_or_by_not_yet() {
    let document = text("docs/security.md");
    let rows = rows(&document);
    let mut answered = BTreeSet::new();
    for row in &rows {
        let [number, what, how, test] = row[..] else { panic!("four cells: {row:?}") };
        assert!(answered.insert(number), "{number} stands there twice");
        assert!(!what.is_empty() && !how.is_empty(), "{number} says nothing");
        assert!(quoted(test).any(names_a_test) || test.starts_with("not yet"), "{number} names no test: {test}");
    }
    let numbers = numbers_of(&document);
    let due = SECTIONS.iter().flat_map(|(section, count)| (1..=*count).map(move |number| format!("{section}.{number}")));
    let passed_over: Vec<String> = due.clone().filter(|number| !numbers.contains(number.as_str())).collect();
    assert!(passed_over.is_empty(), "docs/security.md says nothing of {passed_over:?}");
    let due: BTreeSet<String> = due.collect();
    let unknown: Vec<&&str> = answered.iter().filter(|number| !due.contains(**number)).collect();
    assert!(unknown.is_empty(), "not of levels 1 and 2: {unknown:?}");
    let missing: BTreeSet<&str> = rows.iter().filter(|row| row[3].starts_with("not yet")).map(|row| row[0]).collect();
    let (_, listed) = document.split_once("### Not yet").expect("a list of what is missing");
    let listed = listed.split("\n#").next().unwrap_or_default();
    assert_eq!(numbers_of(listed), missing, "what is listed as missing, and what the tables call so");
}

/// A heading as links name it.
fn slug(heading: &str) -> String {
    let kept = heading.trim_start_matches('#').trim().chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

#[test]
fn the_security_document_is_linked_and_its_links_lead_somewhere() {
    assert!(text("README.md").contains("(docs/security.md)"));
    assert!(text("docs/operations.md").contains("(security.md"));
    let document = text("docs/security.md");
    let links: Vec<&str> = document.split("](").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    assert!(links.len() > 5, "links were found: {links:?}");
    for link in links.into_iter().filter(|link| !link.contains("://")) {
        let (path, heading) = link.split_once('#').unwrap_or((link, ""));
        let target = if path.is_empty() { "docs/security.md".to_owned() } else { format!("docs/{path}") };
        let target = text(&target);
        let leads = heading.is_empty() || target.lines().any(|line| line.starts_with('#') && slug(line) == heading);
        assert!(leads, "{link} leads nowhere");
    }
}

#[test]
fn lines_of_the_security_document_are_short() {
    let document = text("docs/security.md");
    let long = document.lines().filter(|line| !line.starts_with('|') && line.chars().count() > 120);
    assert_eq!(long.collect::<Vec<_>>(), Vec::<&str>::new());
}

/// The lines of the program with what each does, comments aside.
fn code() -> Vec<(PathBuf, String)> {
    let without_comments = |source: String| {
        let lines: Vec<&str> = source.lines().map(|line| line.split("//").next().unwrap_or_default()).collect();
        lines.join("\n")
    };
    sources("src").into_iter().map(|(path, source)| (path, without_comments(source))).collect()
}

#[test]
fn the_program_runs_no_other_but_stty_with_fixed_words() {
    for (path, code) in code() {
        let runs: Vec<&str> = code.split("Command::new(").skip(1).filter_map(|rest| rest.split(')').next()).collect();
        assert!(runs.iter().all(|program| *program == "\"stty\""), "{}: runs {runs:?}", path.display());
        assert!(!code.contains("dlopen") && !code.contains("libloading"), "{}: loads programs", path.display());
    }
}

/// The names in one section of the manifest.
fn dependencies(section: &str) -> Vec<String> {
    let manifest = text("Cargo.toml");
    let lines = manifest.lines().skip_while(|line| *line != section).skip(1).take_while(|line| !line.starts_with('['));
    lines.filter_map(|line| line.split_once(" = ")).map(|(name, _)| name.to_owned()).collect()
}

#[test]
fn the_program_calls_nobody_but_its_database() {
    for (path, code) in code() {
        for call in ["TcpStream::connect", "UdpSocket", "UnixStream::connect", "UnixDatagram"] {
            assert!(!code.contains(call), "{}: {call}", path.display());
        }
    }
    let used = dependencies("[dependencies]");
    assert!(used.iter().any(|name| name == "diesel"), "{used:?}");
    for client in ["ureq", "reqwest", "hyper", "hyper-util", "awc", "curl", "isahc", "attohttpc", "lettre", "redis", "ldap3"] {
        assert!(!used.iter().any(|name| name == client), "{client} speaks to others");
    }
}

#[test]
fn nothing_that_answers_requests_writes_a_file() {
    // Databases, initial passwords and the keys of demonstrations; the tests of the configuration, of accounts
    // and of files that are replaced.
    let writers = [
        "src/store/files.rs",
        "src/store/hold.rs",
        "src/store/identity.rs",
        "src/cli/user.rs",
        "src/cli/user.rs",
        "src/keys/pairs.rs",
        "src/config/tests.rs",
    ];
    for (path, code) in code() {
        let writes = ["OpenOptions", "File::create", "File::options", "fs::write", "fs::copy", "fs::rename"];
        let is_writer = writers.iter().any(|writer| path.ends_with(writer));
        assert!(is_writer || !writes.iter().any(|call| code.contains(call)), "{} writes a file", path.display());
        let answers = ["src/http", "src/graphql", "src/workflow"].iter().any(|room| path.starts_with(root().join(room)));
        assert!(!answers || !code.contains("store::files"), "{} writes a file", path.display());
    }
}

#[test]
fn no_code_is_unsafe_no_input_is_a_pattern_or_a_template_and_one_library_is_cryptographic() {
    assert!(text("Cargo.toml").contains("unsafe_code = \"forbid\""));
    let used = dependencies("[dependencies]");
    let interpreters =
        ["regex", "fancy-regex", "handlebars", "tera", "askama", "minijinja", "rhai", "mlua", "quick-xml", "roxmltree"];
    for name in interpreters.into_iter().chain(["ring", "openssl", "rustls", "sha1", "md5", "rsa", "rand"]) {
        assert!(!used.iter().any(|used| used == name), "{name}");
    }
    let banned = text("deny.toml");
    for name in ["openssl", "ring", "rsa"] {
        assert!(banned.contains(&format!("crate = \"{name}\"")), "{name} may enter");
    }
}

#[test]
fn what_is_built_in_comes_from_one_registry_and_is_held_to_its_checksum() {
    let lock = text("Cargo.lock");
    let packages: Vec<&str> = lock.split("[[package]]").skip(1).collect();
    assert!(packages.len() > 100, "packages were found: {}", packages.len());
    let mut own = 0;
    for package in packages {
        let value = |key: &str| package.lines().find_map(|line| line.strip_prefix(&format!("{key} = ")));
        match value("source") {
            None => own += 1,
            Some(source) => {
                assert!(source.starts_with("\"registry+"), "{package}");
                assert!(value("checksum").is_some_and(|checksum| checksum.len() == 66), "{package}");
            }
        }
    }
    assert_eq!(own, 1, "palts alone comes from here");
    let deny = text("deny.toml");
    assert!(deny.contains("unknown-registry = \"deny\"") && deny.contains("unknown-git = \"deny\""));
}
