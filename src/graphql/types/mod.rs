//! The object types of the schema, by area. Each wraps a row or a domain value and asks the workflow for the rest.

pub mod access;
pub mod audit;
pub mod enums;
pub mod inputs;
pub mod node;
pub mod plans;
pub mod revision_parts;
pub mod revisions;
pub mod territory;
