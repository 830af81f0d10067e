//! What a store function is given: a [`Reader`] or a [`Writer`]. A function that writes takes a writer, and only a write transaction has one, so
//! that a query cannot write even by mistake. Not for opening connections, nor for transactions.

use std::ops::{Deref, DerefMut};

use super::AnyConnection;

/// A connection for statements that read.
pub struct Reader {
    connection: AnyConnection,
    /// Whether whoever opened it found that its transactions may write, as the role, the database and the server are set.
    may_write: bool,
}

/// A connection in a write transaction. It reads too.
///
/// What writes takes no reader:
/// ```compile_fail,E0308
/// use palts::domain::indicators::Indicator;
/// use palts::store::{Reader, StoreResult, indicators};
/// fn define(reader: &mut Reader, new: &Indicator) -> StoreResult<()> {
///     indicators::insert(reader, new)
/// }
/// ```
/// and what reads takes a writer:
/// ```
/// use palts::store::{StoreResult, Writer, audit};
/// fn epoch(writer: &mut Writer) -> StoreResult<i64> {
///     audit::nation(writer)
/// }
/// ```
/// Outside the store nothing reaches the connection beneath, and nobody makes one of the two:
/// ```compile_fail,E0624
/// fn raw(writer: &mut palts::store::Writer) {
///     writer.writing();
/// }
/// ```
/// ```compile_fail,E0624
/// fn made(connection: palts::store::AnyConnection) -> palts::store::Writer {
///     palts::store::Writer::over(connection, true)
/// }
/// ```
pub struct Writer(Reader);

impl Reader {
    /// For a statement that reads. Those that write go through [`Writer::writing`]: `tests/suite/architecture.rs` holds it.
    pub(super) fn reading(&mut self) -> &mut AnyConnection {
        &mut self.connection
    }

    /// Whether the server is PostgreSQL.
    pub(super) fn is_postgres(&self) -> bool {
        matches!(self.connection, AnyConnection::Postgres(_))
    }

    /// Whether transactions may write here, as the role, the database and the server were set when the connection was opened.
    pub(super) fn may_write(&self) -> bool {
        self.may_write
    }
}

impl Writer {
    /// Over a connection that was just opened. Its owner decides whether it is handed out as a writer or a reader.
    pub(super) fn over(connection: AnyConnection, may_write: bool) -> Self {
        Self(Reader { connection, may_write })
    }

    /// For a statement that writes.
    pub(super) fn writing(&mut self) -> &mut AnyConnection {
        &mut self.0.connection
    }
}

impl Deref for Writer {
    type Target = Reader;
    fn deref(&self) -> &Reader {
        &self.0
    }
}

impl DerefMut for Writer {
    fn deref_mut(&mut self) -> &mut Reader {
        &mut self.0
    }
}
