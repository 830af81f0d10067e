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
    /// This one connection was not opened, by a server that answers, or by the system; those that are open go on.
    #[error("no further connection to the database: {0}")]
    NoFurther(String),
    /// The database takes no writes: its disk is full, or it is read-only.
    #[error("the database takes no writes: {0}")]
    Storage(String),
    /// The file of the database, or one beside it, is no longer the one that was opened. Its path.
    #[error(
        "{0} was removed or replaced under the running program, and nothing more is written: stop palts, see to it that the \
         right file is there, and start it again"
    )]
    Replaced(String),
    /// Another process has been at work on the whole database for longer than one waits.
    #[error("another process has been at work on the whole database for too long")]
    Occupied,
    /// The connection broke before the answer to COMMIT had come: the transaction was kept, or not.
    #[error("the end of the transaction is not known: {0}")]
    Unknown(String),
    /// The sender of the transaction was told that it was not done, before the database was asked to keep it: it is undone.
    #[error("nobody waits for the transaction any more")]
    GivenUp,
    /// A connection that was asked for to read was to write; a fault of ours.
    #[error("a connection that reads was to write")]
    ReadsOnly,
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

    /// Why PostgreSQL's library opened no connection. A server that says why it opens none lives, and those that are open are as good as before:
    /// it has no place left, or takes this role no more. So does one that this system has no socket or memory for.
    pub(super) fn of_opening(text: String) -> Self {
        // The severity is FATAL in most languages; of a server with another word the pool takes it for one that is down.
        let is_told = text.contains("FATAL:") && !is_of_the_way(&text);
        if is_told || is_of_the_system(&text) { Self::NoFurther(text) } else { Self::Unreachable(text) }
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
    ]
    .iter()
    .any(|sign| text.contains(sign))
}

/// Faults of this system, or of the other, that lacks something for one more connection.
fn is_of_the_system(text: &str) -> bool {
    ["Too many open files", "could not create socket", "Cannot allocate memory", "out of memory", "could not fork"]
        .iter()
        .any(|sign| text.contains(sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_opens_no_connection_is_told_from_one_that_is_gone() {
        let at = "connection to server at \"10.0.0.1\", port 5432 failed: ";
        for text in [
            "FATAL:  sorry, too many clients already",
            "FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute",
            "FATAL:  too many connections for role \"palts\"",
            "FATAL:  password authentication failed for user \"palts\"",
            "could not create socket: Too many open files",
        ] {
            let fault = StoreError::of_opening(format!("{at}{text}"));
            assert!(matches!(fault, StoreError::NoFurther(_)), "{text}");
        }
        for text in [
            "Connection refused\n\tIs the server running on that host and accepting TCP/IP connections?",
            "timeout expired",
            "server closed the connection unexpectedly",
            "FATAL:  the database system is shutting down",
            "FATAL:  the database system is starting up",
            "FATAL:  terminating connection due to administrator command",
        ] {
            let fault = StoreError::of_opening(format!("{at}{text}"));
            assert!(matches!(fault, StoreError::Unreachable(_)), "{text}");
        }
    }
}
