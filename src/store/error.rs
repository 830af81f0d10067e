//! What can go wrong in the store, told apart as far as a caller can act on it. Not shown to users as it is: the workflow maps it.

use std::sync::atomic::{AtomicBool, Ordering};

use diesel::result::{DatabaseErrorKind, Error as DieselError};

/// A fault of the database or of the way to it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A unique constraint refused the row: somebody else wrote first.
    #[error("the row exists already: {0}")]
    Duplicate(String),
    /// A foreign key or check constraint refused the row.
    #[error("a constraint refused the row: {0}")]
    Constraint(String),
    /// The database stopped the statement (time limit, deadlock, serialisation, busy); the same request may go through later.
    #[error("the database could not serve the statement now: {0}")]
    Busy(String),
    /// No connection could be had.
    #[error("no connection to the database: {0}")]
    Unreachable(String),
    /// The database takes no writes: its disk is full, or it is read-only.
    #[error("the database takes no writes: {0}")]
    Storage(String),
    /// The connection broke before the answer to COMMIT had come: the transaction was kept, or not.
    #[error("the end of the transaction is not known: {0}")]
    Unknown(String),
    /// A stored value is not one that this version of the program knows.
    #[error("{table} holds a value that cannot be read: {message}")]
    Corrupt {
        /// The table and column.
        table: &'static str,
        /// What is wrong with the value.
        message: String,
    },
    /// Anything else; a fault of ours.
    #[error("the database refused the statement: {0}")]
    Query(String),
}

/// Whether a database of this process has refused a write because of its disk or its rights, and has taken none since.
static TAKES_NOTHING: AtomicBool = AtomicBool::new(false);

/// Whether a write was refused so since the last that was [taken](takes_writes_again).
pub(super) fn takes_nothing() -> bool {
    TAKES_NOTHING.load(Ordering::Relaxed)
}

/// A write was taken.
pub(super) fn takes_writes_again() {
    TAKES_NOTHING.store(false, Ordering::Relaxed);
}

impl StoreError {
    fn of_storage(text: String) -> Self {
        TAKES_NOTHING.store(true, Ordering::Relaxed);
        Self::Storage(text)
    }

    /// A stored text that does not parse, with the place where it stands.
    pub fn corrupt(table: &'static str, fault: impl std::fmt::Display) -> Self {
        Self::Corrupt { table, message: fault.to_string() }
    }
}

impl From<DieselError> for StoreError {
    fn from(error: DieselError) -> Self {
        match error {
            DieselError::DatabaseError(kind, information) => {
                let text = information.message().to_owned();
                match kind {
                    DatabaseErrorKind::UniqueViolation => Self::Duplicate(text),
                    DatabaseErrorKind::ForeignKeyViolation
                    | DatabaseErrorKind::CheckViolation
                    | DatabaseErrorKind::NotNullViolation
                    | DatabaseErrorKind::RestrictViolation
                    | DatabaseErrorKind::ExclusionViolation => Self::Constraint(text),
                    DatabaseErrorKind::SerializationFailure => Self::Busy(text),
                    DatabaseErrorKind::ReadOnlyTransaction => Self::of_storage(text),
                    DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand => Self::Unreachable(text),
                    _ if is_passing(&text) => Self::Busy(text),
                    _ if is_of_storage(&text) => Self::of_storage(text),
                    _ if is_of_the_way(&text) => Self::Unreachable(text),
                    _ => Self::Query(text),
                }
            }
            other => Self::Query(other.to_string()),
        }
    }
}

/// Faults that diesel reports without a kind of their own nor their SQLSTATE, known by their text only. SQLite has one language; connections
/// to PostgreSQL are set to English, or not made.
fn is_passing(text: &str) -> bool {
    ["database is locked", "database table is locked", "deadlock detected", "statement timeout", "lock timeout"]
        .iter()
        .any(|sign| text.contains(sign))
}

/// Faults of the disk, or of who may write to it; known by their text as those above.
fn is_of_storage(text: &str) -> bool {
    [
        "database or disk is full",
        "attempt to write a readonly database",
        "disk I/O error",
        "unable to open database file",
        "No space left on device",
        "could not extend file",
        "could not write to file",
        "read-only transaction",
        "Disk quota exceeded",
    ]
    .iter()
    .any(|sign| text.contains(sign))
}

/// Faults of the connection and of a server that comes or goes.
fn is_of_the_way(text: &str) -> bool {
    [
        "server closed the connection",
        "terminating connection",
        "no connection to the server",
        "could not receive data from server",
        "could not send data to server",
        "the database system is",
        "remaining connection slots",
        "too many clients",
    ]
    .iter()
    .any(|sign| text.contains(sign))
}
