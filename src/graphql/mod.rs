//! The GraphQL room: the schema over the workflow. Thin: reads arguments, calls one workflow function, hands out objects. No rule, no
//! permission check and no SQL is here.

pub mod answer;
pub mod answers;
pub mod bounds;
pub mod bucket;
pub mod budget;
mod conditions;
pub mod connection;
pub mod context;
pub mod cost;
pub mod document;
pub mod error;
pub mod execute;
pub mod figures;
pub mod gate;
pub mod inventory;
pub mod json;
mod known_types;
mod lines;
pub mod lists;
pub mod loaders;
pub mod mutation;
pub mod node;
pub mod overlap;
pub mod persisted;
pub mod query;
pub mod request;
pub mod runner;
pub mod scalars;
pub mod schema;
mod settings;
pub mod shares;
pub mod types;
pub mod value;
pub mod variables;
mod waiting;

pub use runner::Runner;
pub use settings::{Introspection, RegisteredOnly, Settings};
