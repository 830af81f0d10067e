//! What the two databases do differently: transactions, locks, and (here and nowhere else) batch inserts and upserts, which the common
//! connection type cannot express.

use diesel::PgConnection;
use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::prelude::*;

use super::connection::{AnyConnection, Mode};
use super::words::{Plain, Words};
use super::{StoreError, StoreResult};

/// Begins a transaction: none for a glance, a read-only snapshot, or the write transaction. SQLite takes its write lock at once, so that no writer finds out
/// halfway that another was first.
pub(super) fn begin(connection: &mut AnyConnection, mode: Mode, may_write: bool) -> StoreResult<()> {
    match connection {
        AnyConnection::Postgres(c) => {
            let sql = match mode {
                Mode::Glance => return Ok(()),
                Mode::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
                Mode::Write if may_write => "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
                // As it is set: what writes is refused, and the refusal says why.
                Mode::Write => "BEGIN ISOLATION LEVEL READ COMMITTED",
            };
            AnsiTransactionManager::begin_transaction_sql(c, sql)?;
        }
        AnyConnection::Sqlite(c) => {
            let sql = match mode {
                Mode::Glance => return Ok(()),
                Mode::Read => "BEGIN DEFERRED",
                Mode::Write => "BEGIN IMMEDIATE",
            };
            AnsiTransactionManager::begin_transaction_sql(c, sql)?;
        }
    }
    Ok(())
}

/// Commits the open transaction. When the connection breaks before the answer has come, nobody knows whether it was kept.
pub(super) fn commit(connection: &mut AnyConnection) -> StoreResult<()> {
    match connection {
        AnyConnection::Postgres(c) => {
            let committed = AnsiTransactionManager::commit_transaction(c).map_err(StoreError::from);
            match committed {
                Err(StoreError::Unreachable(detail)) => Err(StoreError::Unknown(detail)),
                Err(StoreError::Query(detail)) if is_broken(connection) => Err(StoreError::Unknown(detail)),
                other => other,
            }
        }
        AnyConnection::Sqlite(c) => Ok(AnsiTransactionManager::commit_transaction(c)?),
    }
}

/// Rolls the open transaction back, with every savepoint in it.
pub(super) fn rollback(connection: &mut AnyConnection) -> StoreResult<()> {
    undo(connection)?;
    while in_transaction(connection) {
        undo(connection)?;
    }
    Ok(())
}

/// Sets a savepoint inside the open transaction.
pub(super) fn savepoint(connection: &mut AnyConnection) -> StoreResult<()> {
    match connection {
        AnyConnection::Postgres(c) => AnsiTransactionManager::begin_transaction(c)?,
        AnyConnection::Sqlite(c) => AnsiTransactionManager::begin_transaction(c)?,
    }
    Ok(())
}

/// Rolls back to the last savepoint; the whole transaction when there is none.
pub(super) fn undo(connection: &mut AnyConnection) -> StoreResult<()> {
    match connection {
        AnyConnection::Postgres(c) => AnsiTransactionManager::rollback_transaction(c)?,
        AnyConnection::Sqlite(c) => AnsiTransactionManager::rollback_transaction(c)?,
    }
    Ok(())
}

/// Lets SQLite look at its tables again, as far as they changed, in samples that take milliseconds. PostgreSQL does so by itself.
pub(super) fn analyze(connection: &mut AnyConnection) -> StoreResult<()> {
    match connection {
        AnyConnection::Postgres(_) => Ok(()),
        // 0x10002: all tables, and not only those that this connection has asked.
        AnyConnection::Sqlite(c) => Ok(c.batch_execute("PRAGMA analysis_limit = 1000; PRAGMA optimize = 0x10002;")?),
    }
}

/// Whether a transaction is open.
pub(super) fn in_transaction(connection: &mut AnyConnection) -> bool {
    fn open<C: Connection<TransactionManager = AnsiTransactionManager>>(c: &mut C) -> bool {
        AnsiTransactionManager::transaction_manager_status_mut(c).transaction_depth().is_ok_and(|depth| depth.is_some())
    }
    match connection {
        AnyConnection::Postgres(c) => open(c),
        AnyConnection::Sqlite(c) => open(c),
    }
}

/// Whether transactions read only unless they say otherwise: the role's setting, the database's or the server's.
pub(super) fn reads_by_default(postgres: &mut PgConnection) -> StoreResult<bool> {
    let setting = diesel::dsl::sql::<diesel::sql_types::Text>("current_setting('transaction_read_only')");
    Ok(diesel::select(setting).get_result::<String>(postgres)? == "on")
}

/// Whether the server only repeats what another one writes.
pub(super) fn is_standby(connection: &mut AnyConnection) -> StoreResult<bool> {
    match connection {
        AnyConnection::Postgres(c) => {
            Ok(diesel::select(diesel::dsl::sql::<diesel::sql_types::Bool>("pg_is_in_recovery()")).get_result(c)?)
        }
        AnyConnection::Sqlite(_) => Ok(false),
    }
}

/// Whether a connection is of no more use: it was cut, or its transaction cannot be told.
pub(super) fn is_broken(connection: &mut AnyConnection) -> bool {
    fn broken<C: Connection<TransactionManager = AnsiTransactionManager>>(c: &mut C) -> bool {
        // An open transaction too: whoever gives a connection back has ended it.
        !AnsiTransactionManager::transaction_manager_status_mut(c).transaction_depth().is_ok_and(|depth| depth.is_none())
    }
    match connection {
        AnyConnection::Postgres(c) => broken(c),
        AnyConnection::Sqlite(c) => broken(c),
    }
}

/// `column = value` for one value, `column IN (values)` for another number of them. One is what most questions have, and such a statement is
/// prepared once: SQLite prepares each IN list anew, and PostgreSQL plans it anew. The table (or join) comes first, for its type.
#[macro_export]
macro_rules! among {
    ($from:ty, $column:expr, $values:expr) => {{
        use diesel::ExpressionMethods as _;
        let values: Vec<_> = $values.into_iter().collect();
        let clause: Box<
            dyn diesel::BoxableExpression<$from, $crate::store::MultiBackend, SqlType = diesel::sql_types::Bool> + '_,
        > = match <[_; 1]>::try_from(values) {
            Ok([one]) => Box::new($column.eq(one)),
            Err(values) => Box::new($column.eq_any(values)),
        };
        clause
    }};
}

/// Cuts a page from the list of each of several parents, reading no more rows than it answers: a list is walked along its index and left when
/// the page is full. The first value is a JSON list of the parents, each a list of two, `parent.a` and `parent.b` in `of_parent`, which says
/// what is in a parent's list and takes the values between; the last value is how many a page has. `order` is the list's. The table is `t`, its
/// key `id`.
pub(super) fn page_of_each<R>(
    connection: &mut AnyConnection,
    table: &str,
    columns: &str,
    of_parent: &str,
    order: &str,
    values: Vec<Plain<'_>>,
) -> StoreResult<Vec<R>>
where
    R: QueryableByName<diesel::pg::Pg> + QueryableByName<diesel::sqlite::Sqlite> + 'static,
{
    let page = |what: &str| format!("SELECT {what} FROM {table} t WHERE {of_parent} ORDER BY {order} LIMIT ?");
    match connection {
        AnyConnection::Postgres(c) => {
            let text = format!(
                "SELECT {columns} FROM (SELECT value ->> 0 AS a, value ->> 1 AS b FROM json_array_elements(?::json)) parent \
                 CROSS JOIN LATERAL ({}) t ORDER BY {order}",
                page("t.*")
            );
            Ok(Words::new(text, values).load(c)?)
        }
        // SQLite has no LATERAL; CROSS JOIN makes it take the parents first.
        AnyConnection::Sqlite(c) => {
            let text = format!(
                "SELECT {columns} FROM (SELECT value ->> 0 AS a, value ->> 1 AS b FROM json_each(?)) parent \
                 CROSS JOIN {table} t WHERE t.id IN ({}) ORDER BY {order}",
                page("t.id")
            );
            Ok(Words::new(text, values).load(c)?)
        }
    }
}

/// Inserts rows in statements of bounded size: `insert_all!(connection, table, &rows)`. A macro, because the two backends build two
/// different statement types from the same expression.
#[macro_export]
macro_rules! insert_all {
    ($connection:expr, $table:expr, $rows:expr) => {{
        let mut outcome: $crate::store::StoreResult<()> = Ok(());
        // SQLite binds at most 32 766 values and PostgreSQL 65 535 in a statement.
        for part in $rows.chunks(1000) {
            let result = match $connection {
                $crate::store::AnyConnection::Postgres(c) => {
                    diesel::RunQueryDsl::execute(diesel::insert_into($table).values(part), c)
                }
                $crate::store::AnyConnection::Sqlite(c) => {
                    diesel::RunQueryDsl::execute(diesel::insert_into($table).values(part), c)
                }
            };
            if let Err(error) = result {
                outcome = Err(error.into());
                break;
            }
        }
        outcome
    }};
}

/// Inserts rows, or brings those with the same key up to date: `upsert_all!(connection, table, rows, key, column, …)`, where `key` is a
/// column or a tuple of columns.
#[macro_export]
macro_rules! upsert_all {
    ($connection:expr, $table:expr, $rows:expr, $key:expr, $($column:expr),+) => {{
        use diesel::{ExpressionMethods as _, RunQueryDsl as _};
        let mut outcome: $crate::store::StoreResult<()> = Ok(());
        for part in $rows.chunks(1000) {
            let result = match $connection {
                $crate::store::AnyConnection::Postgres(c) => diesel::insert_into($table)
                    .values(part)
                    .on_conflict($key)
                    .do_update()
                    .set(($($column.eq(diesel::upsert::excluded($column)),)+))
                    .execute(c),
                $crate::store::AnyConnection::Sqlite(c) => diesel::insert_into($table)
                    .values(part)
                    .on_conflict($key)
                    .do_update()
                    .set(($($column.eq(diesel::upsert::excluded($column)),)+))
                    .execute(c),
            };
            if let Err(error) = result {
                outcome = Err(error.into());
                break;
            }
        }
        outcome
    }};
}

/// Inserts the rows whose key is not there yet: `insert_missing!(connection, table, rows)`.
#[macro_export]
macro_rules! insert_missing {
    ($connection:expr, $table:expr, $rows:expr) => {{
        use diesel::RunQueryDsl as _;
        let mut outcome: $crate::store::StoreResult<()> = Ok(());
        for part in $rows.chunks(1000) {
            let result = match $connection {
                $crate::store::AnyConnection::Postgres(c) => {
                    diesel::insert_into($table).values(part).on_conflict_do_nothing().execute(c)
                }
                $crate::store::AnyConnection::Sqlite(c) => {
                    diesel::insert_into($table).values(part).on_conflict_do_nothing().execute(c)
                }
            };
            if let Err(error) = result {
                outcome = Err(error.into());
                break;
            }
        }
        outcome
    }};
}

/// Turns a fault of reading into [`StoreError`].
pub(super) fn corrupt<T, E: std::fmt::Display>(table: &'static str, parsed: Result<T, E>) -> StoreResult<T> {
    parsed.map_err(|fault| StoreError::corrupt(table, fault))
}
