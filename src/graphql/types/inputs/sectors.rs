//! Inputs of the mapping and of the objectives of a draft. `version` is everywhere the one that the mutation was made from.
#![allow(missing_docs)] // The fields say what they are; what is not plain is said on the input.

use juniper::{GraphQLInputObject, ID};

use crate::graphql::scalars::{Date, GeoJson};
use crate::graphql::types::enums::{Authority, ObjectiveAxis, SectorKind, ServiceKind};
use crate::graphql::value::PaltsScalar;

/// A sector, whole: what is left out is emptied, except geometry, which may be left out for a code that the revision already has, and
/// parquetCode, which is the department's only parquet when it has one. A new sector is ranked last.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = PaltsScalar)]
pub struct SectorInput {
    pub code: String,
    pub name: String,
    pub kind: SectorKind,
    pub authority: Authority,
    pub parquet_code: Option<String>,
    pub commune_codes: Option<Vec<String>>,
    pub priority_neighbourhood_code: Option<String>,
    pub severity: i32,
    pub description: Option<String>,
    pub geometry: Option<GeoJson>,
}

/// Sectors to add or replace, by code.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = PaltsScalar)]
pub struct UpsertSectorsInput {
    pub revision_id: ID,
    pub version: i32,
    pub sectors: Vec<SectorInput>,
}

/// The sector to take out.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = PaltsScalar)]
pub struct RemoveSectorInput {
    pub revision_id: ID,
    pub version: i32,
    pub code: String,
}

/// All codes there are, in their new order.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = PaltsScalar)]
pub struct RankInput {
    pub revision_id: ID,
    pub version: i32,
    pub codes: Vec<String>,
}

/// A figure to reach, of a national indicator or one of the department's own.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = PaltsScalar)]
pub struct ObjectiveTargetInput {
    pub indicator: String,
    pub baseline: Option<f64>,
    pub target: f64,
}

/// An objective, whole: what is left out is emptied. A new one is ranked last.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = PaltsScalar)]
pub struct UpsertObjectiveInput {
    pub revision_id: ID,
    pub version: i32,
    pub code: String,
    pub axis: ObjectiveAxis,
    pub title: String,
    pub description: Option<String>,
    pub lead_service: ServiceKind,
    pub partner_services: Option<Vec<ServiceKind>>,
    pub department_wide: Option<bool>,
    pub sector_codes: Option<Vec<String>>,
    pub school_uais: Option<Vec<String>>,
    pub modes_of_action: Option<Vec<String>>,
    pub targets: Option<Vec<ObjectiveTargetInput>>,
    pub due_on: Option<Date>,
}

/// The objective to take out.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = PaltsScalar)]
pub struct RemoveObjectiveInput {
    pub revision_id: ID,
    pub version: i32,
    pub code: String,
}
