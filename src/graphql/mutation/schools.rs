//! The acts on the school directory and on the national lists.

use crate::graphql::context::Context;
use crate::graphql::error::ApiResult;
use crate::graphql::types::inputs::schools::{SchoolInput, SetNationalListInput};
use crate::graphql::types::national_lists::NationalListEntry;
use crate::graphql::types::schools::School;
use crate::workflow::national_lists::EntryInput;
use crate::workflow::schools::{self, Location, Options};
use crate::workflow::{input, national_lists};

/// Schools in one mutation, at most.
const MAX_SCHOOLS: usize = 1_000;

/// Adds or replaces schools.
pub fn upsert_schools(context: &Context, list: Vec<SchoolInput>) -> ApiResult<Vec<School>> {
    let inputs: Vec<schools::SchoolInput> = list
        .into_iter()
        .map(|school| schools::SchoolInput {
            uai: school.uai,
            name: school.name,
            kind: school.kind.into(),
            department: school.department_code.0,
            location: Location::Text(school.location.0.get().to_owned()),
            is_faulty: false,
        })
        .collect();
    let written = context.write(|call| {
        input::bounded("input", &inputs, MAX_SCHOOLS)?;
        schools::upsert(call, inputs, Options::default(), None)?.into_schools("input")
    })?;
    Ok(School::hand_out(context, written))
}

/// Takes a school out of the directory.
pub fn remove_school(context: &Context, uai: &str, reason: &str) -> ApiResult<bool> {
    context.write(|call| schools::remove(call, uai, reason))?;
    Ok(true)
}

/// Sets a national list from a day on.
pub fn set_national_list(context: &Context, input: SetNationalListInput) -> ApiResult<Vec<NationalListEntry>> {
    let entries: Vec<EntryInput> = input
        .entries
        .into_iter()
        .map(|entry| EntryInput { department: entry.department_code.0, sector_code: entry.sector_code, uai: entry.uai })
        .collect();
    let list = input.list.into();
    let set = context.write(|call| {
        national_lists::set(call, list, input.from.0, &entries, national_lists::Options::default())
            .and_then(|report| report.into_entries(list))
    })?;
    Ok(set.into_iter().map(NationalListEntry).collect())
}
