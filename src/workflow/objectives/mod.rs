//! Priority objectives ('objectifs classés par ordre de priorité', circular of 2010): reading them as far as a caller sees, and editing those
//! of a draft.

mod check;
mod latest;
mod rank;
mod read;
mod write;

use chrono::NaiveDate;

pub use latest::latest;
pub use rank::{rank, remove};
pub use read::{by_keys, concerning_schools, named, naming_sectors, nodes, of_revisions};
pub use write::upsert;

use crate::domain::vocabulary::{ObjectiveAxis, ServiceKind};

/// An objective as somebody sends it. All of it replaces what was there, its rank aside.
#[derive(Clone, Debug)]
pub struct ObjectiveInput {
    /// Stable across revisions.
    pub code: String,
    /// Deterrence or repression.
    pub axis: ObjectiveAxis,
    /// In one line.
    pub title: String,
    /// In words.
    pub description: String,
    /// Whose objective it is.
    pub lead_service: ServiceKind,
    /// Who takes part.
    pub partner_services: Vec<ServiceKind>,
    /// For what no sector or school holds.
    pub department_wide: bool,
    /// Sectors of the revision.
    pub sector_codes: Vec<String>,
    /// Schools of the department's directory.
    pub school_uais: Vec<String>,
    /// How it is to be reached.
    pub modes_of_action: Vec<String>,
    /// Figures to reach.
    pub targets: Vec<TargetInput>,
    /// By when.
    pub due_on: Option<NaiveDate>,
}

/// A figure to reach, as somebody sends it.
#[derive(Clone, Debug)]
pub struct TargetInput {
    /// Code of a national indicator or of one of the department's own.
    pub indicator: String,
    /// Where it stands.
    pub baseline: Option<f64>,
    /// Where it is to stand.
    pub target: f64,
}
