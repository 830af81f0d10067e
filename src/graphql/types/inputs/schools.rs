//! Inputs of the school directory and of the national lists.

use juniper::GraphQLInputObject;

use crate::graphql::scalars::{Date, DepartmentCode, GeoJson};
use crate::graphql::types::enums::{NationalList, SchoolKind};
use crate::graphql::value::PaltsScalar;

/// A school to add or replace, by UAI. location is a Point in the department.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = PaltsScalar)]
pub struct SchoolInput {
    /// Unité administrative immatriculée: 7 digits and a check letter.
    pub uai: String,
    /// Its name.
    pub name: String,
    /// What kind of school.
    pub kind: SchoolKind,
    /// The department that keeps it.
    pub department_code: DepartmentCode,
    /// Where it is: a Point in the department.
    pub location: GeoJson,
}

/// uai for the list of schools, sectorCode for the others.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = PaltsScalar)]
pub struct NationalListEntryInput {
    /// The department of the sector or school.
    pub department_code: DepartmentCode,
    /// Code of the sector, on lists of sectors.
    pub sector_code: Option<String>,
    /// UAI of the school, on the list of schools.
    pub uai: Option<String>,
}

/// The whole membership from a day on, which may not lie before the last change that has taken effect.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = PaltsScalar)]
pub struct SetNationalListInput {
    /// Which list.
    pub list: NationalList,
    /// The first day of the new membership.
    pub from: Date,
    /// All that is on the list from then on.
    pub entries: Vec<NationalListEntryInput>,
}
