//! The school directory: keeping it, and reading it as far as a caller sees. Which schools are the sensitive ones is the national list's
//! business; which are covered follows from the plan in force.

mod read;
mod write;

pub use read::{Listing, by_uai, covered, listed, near_sectors, node, of_departments, page, total};
pub use write::{Location, Options, SchoolFault, SchoolInput, SchoolItemFault, SchoolsReport, remove, upsert, upsert_as};
