//! The walls of the house: which room may name which, where SQL may stand, how long a file may be.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Each room, and the rooms that it may name. Arrows run one way.
const ROOMS: &[(&str, &[&str])] = &[
    ("logs", &[]),
    ("domain", &[]),
    ("geometry", &["domain"]),
    ("keys", &[]),
    ("access", &["domain"]),
    ("exchange", &["domain", "geometry"]),
    ("store", &["domain", "access"]),
    ("workflow", &["domain", "geometry", "access", "store", "exchange", "keys"]),
    ("graphql", &["workflow", "domain", "access", "geometry", "store", "keys"]),
    ("http", &["graphql", "workflow", "access", "domain", "exchange", "keys", "logs"]),
    ("config", &["http", "workflow", "store", "graphql", "access", "domain", "keys"]),
    ("cli", &["http", "graphql", "workflow", "access", "domain", "store", "exchange", "geometry", "keys", "config", "logs"]),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

fn sources() -> BTreeMap<PathBuf, String> {
    fn walk(dir: &Path, found: &mut BTreeMap<PathBuf, String>) {
        for entry in fs::read_dir(dir).expect("the folder is readable") {
            let path = entry.expect("the entry is readable").path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("the source is text");
                found.insert(path, text);
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(&root().join("src"), &mut found);
    assert!(found.len() > 20, "the sources were found");
    found
}

/// The room of a file: the first part of its path under `src`.
fn room(path: &Path) -> String {
    let under = path.strip_prefix(root().join("src")).expect("under src");
    let first = under.iter().next().expect("a file").to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_owned()
}

#[test]
fn every_room_is_on_the_plan() {
    let known: Vec<&str> = ROOMS.iter().map(|(name, _)| *name).chain(["lib", "main"]).collect();
    for path in sources().keys() {
        assert!(known.contains(&room(path).as_str()), "{} stands in no room of the plan", path.display());
    }
}

#[test]
fn lower_rooms_never_name_higher_ones() {
    let mut broken = Vec::new();
    for (path, text) in sources() {
        let here = room(&path);
        let Some((_, may)) = ROOMS.iter().find(|(name, _)| *name == here) else { continue };
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            for (other, _) in ROOMS {
                let named = code.contains(&format!("crate::{other}::")) || code.contains(&format!("crate::{other};"));
                if *other != here && named && !may.contains(other) {
                    broken.push(format!("{}:{}: {here} names {other}", path.display(), number + 1));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn libraries_stay_in_their_rooms() {
    let homes: &[(&str, &[&str])] = &[
        ("diesel", &["store"]),
        ("juniper", &["graphql"]),
        ("actix_web", &["http"]),
        ("clap", &["cli", "main"]),
        ("jsonwebtoken", &["keys", "workflow"]),
        ("argon2", &["keys", "workflow"]),
    ];
    let mut broken = Vec::new();
    for (path, text) in sources() {
        let here = room(&path);
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            for (library, rooms) in homes {
                if code.contains(&format!("{library}::")) && !rooms.contains(&here.as_str()) {
                    broken.push(format!("{}:{}: {library} outside {rooms:?}", path.display(), number + 1));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// In the store a statement that writes is given a writer, even where the library would take any connection.
#[test]
fn statements_that_write_are_given_a_writer() {
    // What opens, ends and looks after transactions; and settings, which end with one.
    let aside = ["backend.rs", "connection.rs", "opening.rs", "handles.rs", "words.rs", "migrate.rs"];
    let mut broken = Vec::new();
    for (path, text) in sources() {
        let is_aside = path.file_name().is_some_and(|name| aside.iter().any(|one| name == *one));
        if room(&path) != "store" || is_aside {
            continue;
        }
        let text: String = text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n");
        // A statement ends at its semicolon or with its function, and says what it runs on in the end.
        for statement in text.split(';').flat_map(|statement| statement.split("\n}")) {
            let writes = [".execute(", "insert_into(", "diesel::update(", "diesel::delete(", "_all!(", "insert_missing!("]
                .iter()
                .any(|word| statement.contains(word));
            if writes && statement.contains("reading()") {
                broken.push(format!("{}: {}", path.display(), statement.trim()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// Past readers and writers goes the store alone: outside it nobody takes the connection itself.
#[test]
fn nobody_but_the_store_takes_a_connection_past_its_handles() {
    let beyond: Vec<String> = sources()
        .into_iter()
        .filter(|(path, text)| room(path) != "store" && (text.contains("AnyConnection") || text.contains("conn.get()")))
        .map(|(path, _)| path.display().to_string())
        .collect();
    assert!(beyond.is_empty(), "{}", beyond.join("\n"));
}

#[test]
fn no_file_is_longer_than_five_hundred_lines() {
    let long: Vec<String> = sources()
        .iter()
        .filter(|(path, text)| text.lines().count() > 500 && !path.ends_with("store/schema.rs"))
        .map(|(path, text)| format!("{}: {} lines", path.display(), text.lines().count()))
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn every_module_says_what_it_is_for() {
    let silent: Vec<String> =
        sources().iter().filter(|(_, text)| !text.starts_with("//!")).map(|(path, _)| path.display().to_string()).collect();
    assert!(silent.is_empty(), "no header: {}", silent.join(", "));
}

#[test]
fn migrations_have_the_same_names_on_both_databases() {
    let names = |database: &str| -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(root().join("migrations").join(database))
            .expect("the migrations are there")
            .map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    };
    assert_eq!(names("sqlite"), names("postgres"));
    assert!(!names("sqlite").is_empty());
}

#[test]
fn nothing_prints_past_the_writer_that_ends_quietly() {
    let mut broken = Vec::new();
    for (path, text) in sources() {
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            if ["print!(", "println!(", "eprint!(", "eprintln!("].iter().any(|print| code.contains(print)) {
                broken.push(format!(
                    "{}:{}: prints by itself, and panics where nobody reads; see src/cli/out.rs",
                    path.display(),
                    number + 1
                ));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_folder_that_is_built_in_is_watched_by_the_build() {
    let build = fs::read_to_string(root().join("build.rs")).expect("build.rs");
    let mut built_in = Vec::new();
    for (path, text) in sources() {
        let named = text.split("embed_migrations!(\"").skip(1).chain(text.split("#[folder = \"").skip(1));
        built_in.extend(named.filter_map(|rest| rest.split('"').next()).map(|folder| (path.clone(), folder.to_owned())));
    }
    assert!(built_in.len() >= 3, "what is built in was found: {built_in:?}");
    for (path, folder) in built_in {
        let watched =
            build.split('"').any(|word| !word.is_empty() && (folder == word || folder.starts_with(&format!("{word}/"))));
        assert!(watched, "{}: {folder} is built in, and build.rs does not watch it", path.display());
    }
}
