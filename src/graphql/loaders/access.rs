//! Loaders of accounts.

use super::Loader;
use crate::access::Grant;

/// By account.
#[derive(Default)]
pub struct AccessLoaders {
    /// Grants in force.
    pub grants: Loader<i64, Vec<Grant>>,
}

impl AccessLoaders {
    /// Forgets everything: after a write.
    pub fn forget(&self) {
        self.grants.forget();
    }
}
