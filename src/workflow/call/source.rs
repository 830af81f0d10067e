//! The file that an act takes its data from, for the audit: what it was called, what it was to the byte, and which way it came. Not for what is
//! in it.

use std::fmt;

use crate::domain::canonical::sha256_hex_of;

/// Characters of a file's name that are kept.
const LONGEST_NAME: usize = 120;

/// Which way a file came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Over HTTP, by its sender.
    Upload,
    /// On the command line, by the operator for an account.
    CommandLine,
}

/// A file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    name: Option<String>,
    bytes: u64,
    sha256: String,
    way: Way,
}

impl Source {
    /// A file that is held.
    #[must_use]
    pub fn of(name: Option<&str>, content: &[u8], way: Way) -> Self {
        Self::digested(name, content.len() as u64, sha256_hex_of(content), way)
    }

    /// A file that was read in pieces: so many bytes, of this SHA-256 in hexadecimal.
    #[must_use]
    pub fn digested(name: Option<&str>, bytes: u64, sha256: String, way: Way) -> Self {
        Self { name: name.and_then(shown), bytes, sha256, way }
    }
}

/// The name without its folders and without signs that nobody sees, cut to a length.
fn shown(name: &str) -> Option<String> {
    let last = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let name: String = last.trim().chars().filter(|sign| !sign.is_control()).take(LONGEST_NAME).collect();
    (!name.is_empty()).then_some(name)
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "file {name:?}")?,
            None => f.write_str("file without a name")?,
        }
        let way = match self.way {
            Way::Upload => "upload",
            Way::CommandLine => "command line",
        };
        write!(f, ", {} bytes, SHA-256 {}, by {way}", self.bytes, self.sha256)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_without_its_folders_and_told_by_its_digest() {
        let source = Source::of(Some("../plans/sec\u{7}teurs.geojson "), b"abc", Way::Upload);
        let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(source.to_string(), format!("file \"secteurs.geojson\", 3 bytes, SHA-256 {digest}, by upload"));
        for nameless in [None, Some(""), Some("folder/")] {
            let told = Source::of(nameless, b"", Way::CommandLine).to_string();
            assert!(told.starts_with("file without a name, 0 bytes") && told.ends_with("by command line"), "{told}");
        }
        let long = Source::of(Some(&"n".repeat(500)), b"", Way::Upload);
        assert_eq!(long.name.map(|name| name.len()), Some(LONGEST_NAME));
    }
}
