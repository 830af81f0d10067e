//! Sectors, the mapping ('cartographie') of the neighbourhoods worst hit: reading them as far as a caller sees, and editing those of a draft.
//! Validity of shapes is `geometry`'s; ranks are the domain's.

mod changed;
mod check;
mod fault;
pub(super) mod near;
mod overlap;
mod place;
mod rank;
mod read;
mod upsert;

pub use check::examine;
pub(super) use fault::refusal;
pub use fault::{ItemFault, SectorFault};
pub use overlap::{SectorOverlap, SharedGround, among};
pub use place::{PlaceQuery, SectorsInForce, by_place, total};
pub use rank::{rank, remove};
pub use read::{SeenSector, by_keys, last_known, national_lists, near_schools, nodes, of_revisions, outlines};
pub(super) use upsert::existing;
pub use upsert::{OnFault, Options, UpsertReport, upsert, upsert_as};

use std::sync::Arc;

use crate::domain::vocabulary::{Authority, SectorKind};
use crate::geometry::{CheckedArea, Unsound};

/// A sector as somebody sends it. All of it replaces what was there, except a shape that is left out.
#[derive(Clone, Debug)]
pub struct SectorInput {
    /// Stable across revisions.
    pub code: String,
    /// Its name.
    pub name: String,
    /// What it is on the ground.
    pub kind: SectorKind,
    /// Who polices it.
    pub authority: Authority,
    /// Its parquet; left out, the department's only one, or none where there are several.
    pub parquet_code: Option<String>,
    /// INSEE codes of the communes that it lies in.
    pub commune_codes: Vec<String>,
    /// Code of the 'quartier prioritaire' that it follows.
    pub priority_neighbourhood_code: Option<String>,
    /// 1 (least affected) to 5.
    pub severity: i32,
    /// What is to be known of it.
    pub description: String,
    /// Its shape; may be left out for a code that the revision has.
    pub geometry: Option<Shape>,
    /// Whether it is faulty already, and only checked so that all of its faults are told at once: it is never written.
    pub is_faulty: bool,
}

/// A shape on its way in.
#[derive(Clone, Debug)]
pub enum Shape {
    /// GeoJSON text, not read yet.
    Text(String),
    /// Examined already, outside any transaction, by [`examine`]; its faults are reported with the others.
    Examined(Examined),
}

/// What came of examining a shape.
pub type Examined = Result<Arc<CheckedArea>, Unsound>;
