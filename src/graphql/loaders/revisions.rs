//! Loaders of plans and revisions.

use std::sync::Arc;

use super::Loader;
use crate::domain::checks::Check;
use crate::domain::codes::DepartmentCode;
use crate::domain::keys::RevisionKey;
use crate::domain::vocabulary::RevisionStep;
use crate::store::contributions::Contribution;
use crate::store::remarks::Remark;
use crate::store::revisions::Plan;
use crate::store::signatures::Signature;
use crate::store::steps::StepTaken;
use crate::workflow::revisions::{Changes, Seen};

/// By department or by revision.
#[derive(Default)]
pub struct RevisionLoaders {
    /// Plans that are seen.
    pub plans: Loader<DepartmentCode, Option<Arc<Plan>>>,
    /// Revisions that are seen.
    pub heads: Loader<RevisionKey, Option<Seen>>,
    /// Contributions to the diagnosis.
    pub contributions: Loader<RevisionKey, Vec<Contribution>>,
    /// Signatures and visas.
    pub signatures: Loader<RevisionKey, Vec<Signature>>,
    /// Remarks of the secretariat.
    pub remarks: Loader<RevisionKey, Vec<Remark>>,
    /// Steps taken.
    pub steps: Loader<RevisionKey, Vec<StepTaken>>,
    /// Steps that the viewer may take.
    pub available: Loader<RevisionKey, Vec<RevisionStep>>,
    /// Content hashes.
    pub hashes: Loader<RevisionKey, String>,
    /// Checks.
    pub checks: Loader<RevisionKey, Vec<Check>>,
    /// Changes against the revision before.
    pub changes: Loader<RevisionKey, Option<Changes>>,
}

impl RevisionLoaders {
    /// Says which revisions were handed out together.
    pub fn expect(&self, keys: &[RevisionKey]) {
        self.contributions.expect(keys.iter().cloned());
        self.signatures.expect(keys.iter().cloned());
        self.remarks.expect(keys.iter().cloned());
        self.steps.expect(keys.iter().cloned());
        self.available.expect(keys.iter().cloned());
        self.hashes.expect(keys.iter().cloned());
        self.checks.expect(keys.iter().cloned());
        self.changes.expect(keys.iter().cloned());
    }

    /// Forgets everything: after a write.
    pub fn forget(&self) {
        self.plans.forget();
        self.heads.forget();
        self.contributions.forget();
        self.signatures.forget();
        self.remarks.forget();
        self.steps.forget();
        self.available.forget();
        self.hashes.forget();
        self.checks.forget();
        self.changes.forget();
    }
}
