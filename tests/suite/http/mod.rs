//! The HTTP room: GraphQL over HTTP with its audits, statuses, limits of requests, health, metrics and the explorer.

mod audits;
mod edge;
mod graphql;
pub mod raw;
mod sessions;
