//! The GraphQL room: the schema over the workflow. Thin: reads arguments, calls one workflow function, hands out objects. No rule, no
//! permission check and no SQL is here.

pub mod answer;
pub mod connection;
pub mod context;
pub mod cost;
pub mod document;
pub mod error;
pub mod execute;
pub mod gate;
pub mod loaders;
pub mod mutation;
pub mod node;
pub mod query;
pub mod request;
pub mod scalars;
pub mod schema;
pub mod types;
pub mod value;
pub mod variables;
