//! Inputs of the mapping and of the objectives of a draft. `version` is everywhere the one that the mutation was made from.

use juniper::{GraphQLInputObject, ID};

use crate::graphql::scalars::{Date, GeoJson};
use crate::graphql::types::enums::{Authority, ObjectiveAxis, SectorKind, ServiceKind};
use crate::graphql::value::PaltsScalar;

/// A sector, whole: what is left out is emptied, except geometry, which may be left out for a code that the revision already has, and
/// parquetCode, which is the department's only parquet when it has one. A new sector is ranked last.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = PaltsScalar)]
pub struct SectorInput {
    /// Stable across revisions, unique in its department.
    pub code: String,
    /// Its name.
    pub name: String,
    /// What it is on the ground.
    pub kind: SectorKind,
    /// Who polices it.
    pub authority: Authority,
    /// The parquet in whose reach it lies; the department’s only one when it has one.
    pub parquet_code: Option<String>,
    /// INSEE codes of the communes that it lies in.
    pub commune_codes: Option<Vec<String>>,
    /// Code of the « quartier prioritaire de la politique de la ville » that it follows.
    pub priority_neighbourhood_code: Option<String>,
    /// How badly it is affected: 1 (least) to 5 (most).
    pub severity: i32,
    /// What is to be known of it.
    pub description: Option<String>,
    /// Its outline, a Polygon or MultiPolygon; may be left out for a code that the revision already has.
    pub geometry: Option<GeoJson>,
}

/// Sectors to add or replace, by code.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = PaltsScalar)]
pub struct UpsertSectorsInput {
    /// Opaque id of the revision.
    pub revision_id: ID,
    /// The version that it was made from; refused when the revision has moved on.
    pub version: i32,
    /// The sectors, each with another code.
    pub sectors: Vec<SectorInput>,
}

/// The sector to take out.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = PaltsScalar)]
pub struct RemoveSectorInput {
    /// Opaque id of the revision.
    pub revision_id: ID,
    /// The version that it was made from; refused when the revision has moved on.
    pub version: i32,
    /// Its code.
    pub code: String,
}

/// All codes there are, in their new order.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = PaltsScalar)]
pub struct RankInput {
    /// Opaque id of the revision.
    pub revision_id: ID,
    /// The version that it was made from; refused when the revision has moved on.
    pub version: i32,
    /// Every code, the first in rank first.
    pub codes: Vec<String>,
}

/// A figure to reach, of a national indicator or one of the department's own.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = PaltsScalar)]
pub struct ObjectiveTargetInput {
    /// Code of the indicator.
    pub indicator: String,
    /// The figure to begin with.
    pub baseline: Option<f64>,
    /// The figure to reach.
    pub target: f64,
}

/// An objective, whole: what is left out is emptied. A new one is ranked last.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = PaltsScalar)]
pub struct UpsertObjectiveInput {
    /// Opaque id of the revision.
    pub revision_id: ID,
    /// The version that it was made from; refused when the revision has moved on.
    pub version: i32,
    /// Stable across revisions, unique in its department.
    pub code: String,
    /// Deterrence or repression.
    pub axis: ObjectiveAxis,
    /// What is to be reached, in a line.
    pub title: String,
    /// What is to be known of it.
    pub description: Option<String>,
    /// The service that leads it.
    pub lead_service: ServiceKind,
    /// The services that take part.
    pub partner_services: Option<Vec<ServiceKind>>,
    /// Whether it holds in the whole department; false unless said.
    pub department_wide: Option<bool>,
    /// Codes of the sectors where it holds.
    pub sector_codes: Option<Vec<String>>,
    /// UAI of the schools that it protects.
    pub school_uais: Option<Vec<String>>,
    /// How it is to be reached, one by one.
    pub modes_of_action: Option<Vec<String>>,
    /// The figures to reach, at most one for each indicator.
    pub targets: Option<Vec<ObjectiveTargetInput>>,
    /// By when.
    pub due_on: Option<Date>,
}

/// The objective to take out.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = PaltsScalar)]
pub struct RemoveObjectiveInput {
    /// Opaque id of the revision.
    pub revision_id: ID,
    /// The version that it was made from; refused when the revision has moved on.
    pub version: i32,
    /// Its code.
    pub code: String,
}
