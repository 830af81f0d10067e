//! Loaders of accounts.

use super::Loader;
use crate::access::Grant;
use crate::store::sessions::SessionRow;

/// By account.
#[derive(Default)]
pub struct AccessLoaders {
    /// Grants in force.
    pub grants: Loader<i64, Vec<Grant>>,
    /// Sessions that stand.
    pub sessions: Loader<i64, Vec<SessionRow>>,
}

impl AccessLoaders {
    /// Forgets everything: after a write.
    pub fn forget(&self) {
        self.grants.forget();
        self.sessions.forget();
    }
}
