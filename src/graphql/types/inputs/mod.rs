//! The input objects of the mutations, by area. Texts and lists are bounded by the workflow.

pub mod access;
pub mod meetings;
pub mod revisions;
pub mod schools;
pub mod sectors;
