//! Loaders of objectives and of what they name.

use std::sync::Arc;

use super::Loader;
use crate::domain::codes::{DepartmentCode, IndicatorCode};
use crate::domain::keys::{ObjectiveKey, RevisionKey};
use crate::store::objectives::{Named, Objective};

/// By revision or by objective.
#[derive(Default)]
pub struct ObjectiveLoaders {
    /// The objectives of a revision, most urgent first.
    pub of_revisions: Loader<RevisionKey, Vec<Arc<Objective>>>,
    /// Objectives by their ids, if they are seen.
    pub nodes: Loader<ObjectiveKey, Option<Arc<Objective>>>,
    /// Sectors, schools and targets that objectives name.
    pub named: Loader<ObjectiveKey, Arc<Named>>,
    /// Where the indicators of targets stand in a department.
    pub latest: Loader<(DepartmentCode, IndicatorCode), Option<f64>>,
}

impl ObjectiveLoaders {
    /// Forgets everything: after a write.
    pub fn forget(&self) {
        self.of_revisions.forget();
        self.nodes.forget();
        self.named.forget();
        self.latest.forget();
    }
}
