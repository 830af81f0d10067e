//! Migrations of both databases, embedded in the binary under the same names.

use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::{AnyConnection, StoreError, StoreResult};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Brings the schema up to date; answers the names of the migrations that ran.
///
/// # Errors
/// [`StoreError::Query`] with what the failing migration said.
pub fn up(connection: &mut AnyConnection) -> StoreResult<Vec<String>> {
    let ran = match connection {
        AnyConnection::Postgres(c) => c.run_pending_migrations(POSTGRES).map(names),
        AnyConnection::Sqlite(c) => c.run_pending_migrations(SQLITE).map(names),
    };
    ran.map_err(|error| StoreError::Query(error.to_string()))
}

/// Takes every migration back; answers their names.
///
/// # Errors
/// [`StoreError::Query`] with what the failing migration said.
pub fn down(connection: &mut AnyConnection) -> StoreResult<Vec<String>> {
    let ran = match connection {
        AnyConnection::Postgres(c) => c.revert_all_migrations(POSTGRES).map(names),
        AnyConnection::Sqlite(c) => c.revert_all_migrations(SQLITE).map(names),
    };
    ran.map_err(|error| StoreError::Query(error.to_string()))
}

/// Whether migrations are waiting.
///
/// # Errors
/// Those of the database.
pub fn pending(connection: &mut AnyConnection) -> StoreResult<bool> {
    let waiting = match connection {
        AnyConnection::Postgres(c) => c.has_pending_migration(POSTGRES),
        AnyConnection::Sqlite(c) => c.has_pending_migration(SQLITE),
    };
    waiting.map_err(|error| StoreError::Query(error.to_string()))
}

fn names(versions: Vec<diesel::migration::MigrationVersion<'_>>) -> Vec<String> {
    versions.iter().map(ToString::to_string).collect()
}
