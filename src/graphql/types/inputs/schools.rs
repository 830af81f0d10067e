//! Inputs of the school directory and of the national lists.
#![allow(missing_docs)] // The fields say what they are; what is not plain is said on the input.

use juniper::GraphQLInputObject;

use crate::graphql::scalars::{Date, DepartmentCode, GeoJson};
use crate::graphql::types::enums::{NationalList, SchoolKind};
use crate::graphql::value::PaltsScalar;

/// A school to add or replace, by UAI. location is a Point in the department.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = PaltsScalar)]
pub struct SchoolInput {
    pub uai: String,
    pub name: String,
    pub kind: SchoolKind,
    pub department_code: DepartmentCode,
    pub location: GeoJson,
}

/// uai for the list of schools, sectorCode for the others.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = PaltsScalar)]
pub struct NationalListEntryInput {
    pub department_code: DepartmentCode,
    pub sector_code: Option<String>,
    pub uai: Option<String>,
}

/// The whole membership from a day on, which may not lie before the last change that has taken effect.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = PaltsScalar)]
pub struct SetNationalListInput {
    pub list: NationalList,
    pub from: Date,
    pub entries: Vec<NationalListEntryInput>,
}
