//! Passwords: argon2id, with the cost that configuration sets. Hashing takes tens of milliseconds on purpose: never while a database lock is
//! held that others wait for.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};

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

/// Hashes and verifies.
pub struct Hasher {
    argon2: Argon2<'static>,
    /// What is verified for names that do not exist, so that they take as long as others.
    dummy: String,
}

impl Hasher {
    /// A hasher of that cost.
    ///
    /// # Errors
    /// Parameters that argon2 refuses.
    pub fn new(settings: &HashSettings) -> Result<Self, HashFault> {
        let params = Params::new(settings.memory_kib, settings.passes, settings.lanes, None)
            .map_err(|error| HashFault(error.to_string()))?;
        let mut hasher = Self { argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params), dummy: String::new() };
        let nobody = super::secret::random().map_err(|error| HashFault(error.to_string()))?;
        hasher.dummy = hasher.hash(&nobody)?;
        Ok(hasher)
    }

    /// The hash of a password with a new salt, as a PHC string.
    ///
    /// # Errors
    /// The generator's.
    pub fn hash(&self, password: &str) -> Result<String, HashFault> {
        let hash: PasswordHash = self.argon2.hash_password(password.as_bytes()).map_err(|error| HashFault(error.to_string()))?;
        Ok(hash.to_string())
    }

    /// Whether the password has that hash. Without a hash (a name that does not exist) it takes as long and says no.
    #[must_use]
    pub fn verify(&self, password: &str, hash: Option<&str>) -> bool {
        let Ok(parsed) = PasswordHash::new(hash.unwrap_or(&self.dummy)) else { return false };
        let right = self.argon2.verify_password(password.as_bytes(), &parsed).is_ok();
        right && hash.is_some()
    }
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
        assert!(hasher.verify("une phrase assez longue", Some(&hash)));
        assert!(!hasher.verify("une autre phrase longue", Some(&hash)));
        assert!(!hasher.verify("une phrase assez longue", None));
        assert!(!hasher.verify("x", Some("not a hash")));
    }

    #[test]
    fn the_default_cost_is_not_weak() {
        assert!(!HashSettings::default().is_weak());
        assert!(HashSettings::cheapest().is_weak());
    }
}
