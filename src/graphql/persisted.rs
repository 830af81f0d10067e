//! Documents that clients ask for by the SHA-256 of their text instead of sending it: those that the operator registered, and those that a client
//! sent with their hash before (automatic persisted queries, as Apollo's clients do). Not for parsing them.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::domain::Message;
use crate::keys::secret::fingerprint;
use crate::workflow::{Error, Result};

/// Longest text that is remembered, in bytes.
const LONGEST: usize = 64 << 10;

#[derive(Clone)]
struct Weight;

impl Weighter<Box<str>, Arc<str>> for Weight {
    fn weight(&self, _: &Box<str>, text: &Arc<str>) -> u64 {
        (200 + text.len()) as u64
    }
}

/// Texts by their hash, in lower-case hexadecimal.
pub struct Persisted {
    registered: HashMap<String, Arc<str>>,
    sent: Cache<Box<str>, Arc<str>, Weight>,
}

impl Persisted {
    /// Texts that are registered, and room for so many bytes of those that clients send.
    #[must_use]
    pub fn new(registered: Vec<String>, bytes: u64) -> Self {
        let registered = registered.into_iter().map(|text| (fingerprint(text.as_bytes()), text.into())).collect();
        Self { registered, sent: Cache::with_weighter(1_000, bytes, Weight) }
    }

    /// Whether a text is registered.
    #[must_use]
    pub fn is_registered(&self, text: &str) -> bool {
        !self.registered.is_empty() && self.registered.contains_key(&fingerprint(text.as_bytes()))
    }

    /// The text of that hash, if it is known.
    #[must_use]
    pub fn find(&self, hash: &str) -> Option<Arc<str>> {
        self.registered.get(hash).cloned().or_else(|| self.sent.get(hash))
    }

    /// Whether a text has that hash.
    ///
    /// # Errors
    /// INVALID when it has another one.
    pub fn check(text: &str, hash: &str) -> Result<()> {
        if fingerprint(text.as_bytes()) == hash {
            Ok(())
        } else {
            let message = Message::new("HASH_MISMATCH", "n’est pas l’empreinte SHA-256 de la requête");
            Err(Error::invalid("extensions.persistedQuery.sha256Hash", message))
        }
    }

    /// Remembers a text that was sent with its hash, and is valid.
    pub fn keep(&self, hash: &str, text: &str) {
        if text.len() <= LONGEST && !self.registered.contains_key(hash) {
            self.sent.insert(hash.into(), text.into());
        }
    }
}

/// The registered documents of a folder: each file that ends in `.graphql`, byte for byte.
///
/// # Errors
/// INVALID naming the folder or the file that cannot be read.
pub fn read_folder(folder: &Path) -> Result<Vec<String>> {
    let fault = |path: &Path, error: std::io::Error| {
        let message = Message::new("UNREADABLE", format!("{} ne peut pas être lu : {error}", path.display()));
        Error::invalid("graphql.registered_documents", message)
    };
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| fault(folder, error))? {
        let path = entry.map_err(|error| fault(folder, error))?.path();
        if path.extension().is_some_and(|extension| extension == "graphql") {
            texts.push(std::fs::read_to_string(&path).map_err(|error| fault(&path, error))?);
        }
    }
    Ok(texts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_by_its_hash_once_it_was_sent_or_when_registered() {
        let persisted = Persisted::new(vec!["{ registered }".to_owned()], 1 << 20);
        assert!(persisted.find(&fingerprint(b"{ registered }")).is_some());
        assert!(persisted.is_registered("{ registered }"));
        let hash = fingerprint(b"{ sent }");
        assert!(persisted.find(&hash).is_none());
        persisted.keep(&hash, "{ sent }");
        assert_eq!(persisted.find(&hash).unwrap().as_ref(), "{ sent }");
        assert!(!persisted.is_registered("{ sent }"));
        assert!(Persisted::check("{ other }", &hash).is_err());
    }
}
