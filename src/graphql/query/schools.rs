//! Questions about schools and national lists.

use crate::graphql::context::Context;
use crate::graphql::error::ApiResult;
use crate::graphql::lists::List;
use crate::graphql::scalars::{Date, DepartmentCode};
use crate::graphql::types::enums::NationalList;
use crate::graphql::types::national_lists::NationalListEntry;
use crate::graphql::types::schools::{SchoolConnection, SchoolsRequest};
use crate::workflow::{national_lists, schools};

/// Schools in sight, by UAI.
pub fn schools(context: &Context, department: Option<DepartmentCode>, request: &SchoolsRequest) -> ApiResult<SchoolConnection> {
    let department = department.map(|code| code.0);
    let found = context.read(|call| schools::page(call, department.as_ref(), &request.listing))?;
    Ok(request.answer(context, department, found))
}

/// A national list on a day.
pub fn national_list(context: &Context, list: NationalList, on: Option<Date>) -> ApiResult<List<NationalListEntry>> {
    let found = context.read(|call| national_lists::on(call, list.into(), on.map(|date| date.0)))?;
    context.loaders.expect_departments(found.iter().map(|entry| &entry.department));
    Ok(found.into_iter().map(NationalListEntry).collect())
}
