//! The GraphQL room: the schema over the workflow. Thin: reads arguments, calls one workflow function, hands out objects. No rule, no
//! permission check and no SQL is here.

pub mod connection;
pub mod context;
pub mod error;
pub mod loaders;
pub mod mutation;
pub mod node;
pub mod query;
pub mod scalars;
pub mod schema;
pub mod types;
pub mod value;
