//! The object types of the schema, by area. Each wraps a row or a domain value and asks the workflow for the rest.

pub mod enums;
pub mod revisions;
pub mod territory;
