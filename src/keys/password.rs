//! Passwords: argon2id, with the cost that configuration sets. Hashing takes tens of milliseconds on purpose: never while a database lock is
//! held that others wait for.

use std::sync::atomic::{AtomicU64, Ordering};

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use unicode_normalization::UnicodeNormalization as _;

/// The cost of a hash. Defaults are OWASP's for argon2id.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HashSettings {
    /// Memory, KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Default for HashSettings {
    fn default() -> Self {
        Self { memory_kib: 19 * 1024, passes: 2, lanes: 1 }
    }
}

impl HashSettings {
    /// The cheapest cost that works: for tests and demonstrations only.
    #[must_use]
    pub fn cheapest() -> Self {
        Self { memory_kib: 64, passes: 1, lanes: 1 }
    }

    /// Whether the cost is below OWASP's.
    #[must_use]
    pub fn is_weak(&self) -> bool {
        let least = Self::default();
        self.memory_kib < least.memory_kib || self.passes < least.passes
    }
}

/// Why a password cannot be hashed.
#[derive(Debug, thiserror::Error)]
#[error("argon2: {0}")]
pub struct HashFault(String);

/// Hashes and verifies. Passwords are normalised (NFC) before they are hashed, so that one keyboard's é is another's (NIST SP 800-63B, 3.1.1.2).
pub struct Hasher {
    argon2: Argon2<'static>,
    /// What is verified for names that do not exist, so that they take as long as others.
    dummy: String,
    computed: AtomicU64,
}

/// What came of verifying a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Whether it is the right one.
    pub right: bool,
    /// Whether it is to be hashed anew: the hash is of another cost, or of a password that was not normalised.
    pub dated: bool,
}

impl Hasher {
    /// A hasher of that cost.
    ///
    /// # Errors
    /// Parameters that argon2 refuses.
    pub fn new(settings: &HashSettings) -> Result<Self, HashFault> {
        let params = Params::new(settings.memory_kib, settings.passes, settings.lanes, None)
            .map_err(|error| HashFault(error.to_string()))?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let mut hasher = Self { argon2, dummy: String::new(), computed: AtomicU64::new(0) };
        let nobody = super::secret::random().map_err(|error| HashFault(error.to_string()))?;
        hasher.dummy = hasher.hash(&nobody)?;
        Ok(hasher)
    }

    /// The hash of a password with a new salt, as a PHC string.
    ///
    /// # Errors
    /// The generator's.
    pub fn hash(&self, password: &str) -> Result<String, HashFault> {
        self.computed.fetch_add(1, Ordering::Relaxed);
        let normal = normalised(password);
        let hash: PasswordHash = self.argon2.hash_password(normal.as_bytes()).map_err(|error| HashFault(error.to_string()))?;
        Ok(hash.to_string())
    }

    /// Whether the password has that hash, normalised or (hashed by an earlier version) as it was typed. The hashes that it computes depend on
    /// the password alone: without a hash (a name that does not exist), or with one that is none, it takes as long and says no.
    #[must_use]
    pub fn verify(&self, password: &str, hash: Option<&str>) -> Verified {
        let normal = normalised(password);
        let right = self.is_of(&normal, hash);
        let raw = *normal != *password && self.is_of(password, hash);
        let dated = hash.is_some_and(|hash| cost(hash) != cost(&self.dummy)) || (raw && !right);
        Verified { right: right || raw, dated }
    }

    fn is_of(&self, password: &str, hash: Option<&str>) -> bool {
        self.computed.fetch_add(1, Ordering::Relaxed);
        let known = hash.and_then(|hash| PasswordHash::new(hash).ok());
        let is_known = known.is_some();
        let Some(compared) = known.or_else(|| PasswordHash::new(&self.dummy).ok()) else { return false };
        let right = self.argon2.verify_password(password.as_bytes(), &compared).is_ok();
        right && is_known
    }

    /// How many hashes were computed so far: what an attempt costs.
    #[must_use]
    pub fn computed(&self) -> u64 {
        self.computed.load(Ordering::Relaxed)
    }
}

/// A password as it is hashed.
#[must_use]
pub fn normalised(password: &str) -> String {
    password.nfc().collect()
}

/// Algorithm, version and parameters of a PHC string.
fn cost(hash: &str) -> Vec<&str> {
    hash.split('$').take(4).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_password_of_a_known_name_verifies() {
        let hasher = Hasher::new(&HashSettings::cheapest()).unwrap();
        let hash = hasher.hash("une phrase assez longue").unwrap();
        assert!(hash.starts_with("$argon2id$v=19$"));
        assert_eq!(hasher.verify("une phrase assez longue", Some(&hash)), Verified { right: true, dated: false });
        assert!(!hasher.verify("une autre phrase longue", Some(&hash)).right);
        assert!(!hasher.verify("une phrase assez longue", None).right);
        assert!(!hasher.verify("x", Some("not a hash")).right);
    }

    #[test]
    fn a_password_is_the_same_however_its_accents_are_typed_and_no_other() {
        let hasher = Hasher::new(&HashSettings::cheapest()).unwrap();
        let composed = "\u{c9}v\u{ea}ch\u{e9}-\u{e0}-la-plage";
        let decomposed: String = composed.nfd().collect();
        let hash = hasher.hash(&decomposed).unwrap();
        assert_eq!(hasher.verify(composed, Some(&hash)), Verified { right: true, dated: false });
        assert!(hasher.verify(&decomposed, Some(&hash)).right);
        let spaced = hasher.hash("une phrase assez longue").unwrap();
        assert!(!hasher.verify("une\u{a0}phrase assez longue", Some(&spaced)).right);
        // Hashed as it was typed, by an earlier version: right, and to be hashed anew.
        let raw: PasswordHash = hasher.argon2.hash_password(decomposed.as_bytes()).unwrap();
        assert_eq!(hasher.verify(&decomposed, Some(&raw.to_string())), Verified { right: true, dated: true });
    }

    #[test]
    fn what_an_attempt_costs_does_not_tell_whether_there_is_an_account() {
        let hasher = Hasher::new(&HashSettings::cheapest()).unwrap();
        let hash = hasher.hash("une phrase assez longue").unwrap();
        let costs = |password: &str, hash: Option<&str>| {
            let before = hasher.computed();
            let _ = hasher.verify(password, hash);
            hasher.computed() - before
        };
        for password in ["une phrase assez longue", "une autre", "", "e\u{301}t\u{e9}"] {
            let due = costs(password, None);
            assert_eq!(costs(password, Some(&hash)), due, "{password}");
            assert_eq!(costs(password, Some("not a hash")), due, "{password}");
        }
    }

    #[test]
    fn a_hash_of_another_cost_is_dated() {
        let old = Hasher::new(&HashSettings { memory_kib: 128, ..HashSettings::cheapest() }).unwrap().hash("une phrase").unwrap();
        let hasher = Hasher::new(&HashSettings::cheapest()).unwrap();
        assert_eq!(hasher.verify("une phrase", Some(&old)), Verified { right: true, dated: true });
    }

    #[test]
    fn the_default_cost_is_not_weak() {
        assert!(!HashSettings::default().is_weak());
        assert!(HashSettings::cheapest().is_weak());
    }
}
