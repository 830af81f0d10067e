//! Work in bulk: measures by the million ([`measures`]) and the cells that add them up ([`rollups`]), each department's in a fixed number of
//! statements or so many rows to a statement. All of it happens inside an operation's one transaction; what may be written is the workflow's
//! to say.

pub mod measures;
pub mod rollups;

use diesel::connection::SimpleConnection;

use super::{AnyConnection, Reader, StoreResult, Writer, backend, silence};

/// After so long without an answer a statement in bulk is given up: no disk sorts a department's measures for an hour.
const LONGEST: std::time::Duration = std::time::Duration::from_secs(3_600);

/// Prepares the open transaction for work in bulk: no statement of it is stopped for being long, and both databases get room for it. A
/// request is in a hurry, an import is not.
///
/// # Errors
/// Those of the database.
pub fn prepare(reader: &mut Reader) -> StoreResult<()> {
    silence::be_patient(LONGEST);
    match reader.reading() {
        // Until the transaction ends. Sorting a department's measures takes tens of megabytes, and each spill to disk doubles its time.
        AnyConnection::Postgres(c) => c.batch_execute("SET LOCAL statement_timeout = 0; SET LOCAL work_mem = '64MB'")?,
        // 128 MiB, where 2 MB is usual: each row goes into indexes at a place of its own, whose pages must not be read from the file again.
        AnyConnection::Sqlite(c) => c.batch_execute("PRAGMA cache_size = -131072")?,
    }
    Ok(())
}

/// Sets a savepoint, to which [`undo`] goes back and which [`keep`] forgets.
///
/// # Errors
/// Those of the database.
pub fn mark(writer: &mut Writer) -> StoreResult<()> {
    backend::savepoint(writer.writing())
}

/// Undoes what was written since the last [`mark`].
///
/// # Errors
/// Those of the database.
pub fn undo(writer: &mut Writer) -> StoreResult<()> {
    backend::undo(writer.writing())
}

/// Keeps what was written since the last [`mark`], as far as the transaction is kept.
///
/// # Errors
/// Those of the database.
pub fn keep(writer: &mut Writer) -> StoreResult<()> {
    backend::commit(writer.writing())
}
