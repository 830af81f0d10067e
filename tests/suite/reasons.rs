//! Every reason that the sources give an error is in the table of docs/reasons.md, and the table has no other.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

/// All sources as one text, tests left out.
fn sources(dir: &Path, all: &mut String) {
    for entry in fs::read_dir(dir).expect("the folder is readable") {
        let path = entry.expect("the entry is readable").path();
        if path.is_dir() {
            sources(&path, all);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("the source is text");
            all.push_str(text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default());
        }
    }
}

/// The text in capitals that begins here, if there is one between quotes.
fn quoted(text: &str) -> Option<String> {
    let name = text.trim_start().strip_prefix('"')?.split('"').next()?;
    let is_reason = name.len() > 2 && name.bytes().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == b'_');
    is_reason.then(|| name.to_owned())
}

/// What is given to `Message::new`, and what the faults' own `reason` answers.
fn given(all: &str) -> BTreeSet<String> {
    let built = all.split("Message::new(").skip(1).filter_map(quoted);
    let answered = all.split("fn reason(&self) -> &'static str {").skip(1).flat_map(|body| {
        let body = body.split("\n    }").next().unwrap_or_default();
        body.split("=> ").skip(1).filter_map(quoted).collect::<Vec<_>>()
    });
    built.chain(answered).collect()
}

#[test]
fn every_reason_is_in_the_table_and_the_table_has_no_other() {
    let mut all = String::new();
    sources(&root().join("src"), &mut all);
    let table = fs::read_to_string(root().join("docs/reasons.md")).expect("the table is there");
    let listed: BTreeSet<String> =
        table.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).map(str::to_owned).collect();
    let given = given(&all);
    assert!(given.len() > 150, "the reasons were found: {}", given.len());
    let missing: Vec<&String> = given.difference(&listed).collect();
    assert!(missing.is_empty(), "not in docs/reasons.md: {missing:?}");
    let gone: Vec<&String> = listed.iter().filter(|reason| !all.contains(&format!("\"{reason}\""))).collect();
    assert!(gone.is_empty(), "no longer in the sources: {gone:?}");
}
