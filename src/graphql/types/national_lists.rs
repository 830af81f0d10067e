//! The national lists in GraphQL.

use juniper::graphql_object;

use super::enums::NationalList;
use super::territory::Department;
use crate::graphql::context::Context;
use crate::graphql::error::ApiResult;
use crate::graphql::scalars::Date;
use crate::graphql::value::PaltsScalar;
use crate::store::national_lists::{Entry, Member};
use crate::workflow::Error;

/// A dated membership of a list that the secretariat keeps: of a sector, by department and code, or of a school, by UAI; outside the plans'
/// content.
pub struct NationalListEntry(pub Entry);

#[graphql_object]
#[graphql(scalar = PaltsScalar, context = Context)]
/// A dated membership of a list that the secretariat keeps: of a sector, by department and code, or of a school, by UAI; outside the plans'
/// content.
impl NationalListEntry {
    /// The list.
    fn list(&self) -> NationalList {
        self.0.list.into()
    }
    /// The member's department.
    fn department(&self, context: &Context) -> ApiResult<Department> {
        let found = context.office().territories.department(&self.0.department).cloned();
        found.map(Department).ok_or_else(|| Error::Internal(format!("no department {}", self.0.department)).into())
    }
    /// For lists of sectors: its code, whatever the revision.
    fn sector_code(&self) -> Option<&str> {
        match &self.0.member {
            Member::Sector(code) => Some(code.as_str()),
            Member::School(_) => None,
        }
    }
    /// For the list of schools.
    fn uai(&self) -> Option<&str> {
        match &self.0.member {
            Member::Sector(_) => None,
            Member::School(uai) => Some(uai.as_str()),
        }
    }
    /// First day.
    fn since(&self) -> Date {
        Date(self.0.since)
    }
    /// First day no longer on the list; absent while it lasts.
    fn until(&self) -> Option<Date> {
        self.0.until.map(Date)
    }
}
