//! The workflow: one function per thing a user does. Each checks access, loads, asks the domain, stores, and audits. GraphQL, the command line
//! and imports all come through here. No SQL, no HTTP, no GraphQL.

pub mod call;
pub mod error;
pub mod input;
pub mod office;
pub mod operation;
pub mod reference;
pub mod revisions;
pub mod territory;

pub use call::{Act, Call};
pub use error::Error;
pub use office::{Clock, Office, Rules};
pub use operation::{Credentials, Kind, Verdict};

/// What a workflow function answers.
pub type Result<T, E = Error> = std::result::Result<T, E>;
