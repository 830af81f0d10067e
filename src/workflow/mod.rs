//! The workflow: one function per thing a user does. Each checks access, loads, asks the domain, stores, and audits. GraphQL, the command line
//! and imports all come through here. No SQL, no HTTP, no GraphQL.

pub mod anchors;
pub mod audit;
pub mod boundaries;
pub mod call;
pub mod callers;
pub mod compliance;
pub mod contents;
pub mod desk;
pub mod editing;
pub mod epochs;
pub mod error;
pub mod heads;
pub mod idempotency;
pub mod imports;
pub mod indicators;
pub mod input;
pub mod measures;
pub mod meetings;
pub mod national_lists;
pub mod objectives;
pub mod office;
pub mod operation;
pub mod pages;
pub mod publications;
pub mod ranking;
pub mod reference;
mod refusals;
pub mod revisions;
pub mod rollups;
pub mod schools;
pub mod sectors;
pub mod sessions;
pub mod shelf;
pub mod territory;
pub mod tokens;
pub mod user_import;
pub mod users;

pub use call::{Act, Call, Source, Way, Write};
pub use desk::{Desk, DeskFault, SessionSettings};
pub use error::Error;
pub use office::{Clock, Office, Rules};
pub use operation::{Credentials, Kind, Verdict};

/// What a workflow function answers.
pub type Result<T, E = Error> = std::result::Result<T, E>;
