//! The store: the only room that knows SQL.
//!
//! One file per area, each a set of functions on a [`Reader`] or, where they write, a [`Writer`]. Functions that touch protected rows take a
//! [`Scope`](crate::access::Scope) and put it in their WHERE clause: a row outside the scope does not exist for the caller. No rule, no
//! permission check and no transaction handling beyond [`Conn`] lives here.

pub mod audit;
pub mod audit_log;
pub mod backend;
pub mod boundaries;
pub mod bulk;
pub mod compliance;
pub mod connection;
pub mod content;
pub mod contributions;
pub mod corrections;
pub mod declarations;
pub mod epochs;
pub mod error;
pub mod files;
mod handles;
pub mod hold;
mod identity;
pub mod indicators;
pub mod integrity;
pub mod marks;
pub mod measures;
pub mod meetings;
pub mod migrate;
pub mod national_lists;
pub mod objectives;
mod opening;
mod pool;
pub mod publications;
pub mod remarks;
pub mod replica;
pub mod request_keys;
pub mod retirements;
pub mod revisions;
pub mod rollups;
pub mod schema;
pub mod schools;
pub mod sectors;
pub mod sessions;
pub mod signatures;
pub mod silence;
pub mod steps;
pub mod territory;
pub mod tokens;
pub mod users;
pub mod weights;
mod words;

pub use connection::{AnyConnection, Conn, Database, DatabaseUrl, Mode, MultiBackend, PoolSettings};
pub use error::StoreError;
pub use handles::{Reader, Writer};

/// What a store function answers.
pub type StoreResult<T> = Result<T, StoreError>;
