//! The HTTP room: GraphQL over HTTP with its audits, statuses, limits of requests, health, metrics and the explorer.

mod audits;
mod bodies;
mod edge;
mod explorer;
mod graphql;
mod hostile;
mod proxies;
mod rates;
pub mod raw;
mod readers;
mod sessions;
mod uploads;
