//! The object types of the schema, by area. Each wraps a row or a domain value and asks the workflow for the rest.

pub mod access;
pub mod audit;
pub mod compliance;
pub mod enums;
pub mod indicators;
pub mod inputs;
pub mod measures;
pub mod meetings;
pub mod national_lists;
pub mod node;
pub mod objectives;
pub mod plans;
pub mod publications;
pub mod revision_parts;
pub mod revisions;
pub mod rollups;
pub mod schools;
pub mod sectors;
pub mod territory;
