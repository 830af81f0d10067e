//! Whether what is stored can be read as it was written: a cheap look at the start, and the whole. Not for whether it is right; the chains of the
//! audit and the rollups are verified by the workflow.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::{AnyConnection, Reader, StoreResult, silence};

/// Faults that are named, at most.
const NAMED: usize = 50;
/// A SQLite file of at most so many pages is looked at as a whole at the start; of a larger one its first tables.
const FEW_PAGES: i64 = 16_384;
/// Small tables without which nothing works.
const FIRST: [&str; 5] = ["chains", "users", "grants", "departments", "indicators"];
/// How long one table may take.
const LONGEST: std::time::Duration = std::time::Duration::from_secs(3_600);

#[derive(QueryableByName)]
struct Said {
    #[diesel(sql_type = Text)]
    said: String,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

/// A look that takes milliseconds, or a second on a file of 64 MB: what is wrong, as far as it shows. PostgreSQL looks after itself at its own
/// start.
///
/// # Errors
/// Those of the database.
pub fn glance(reader: &mut Reader) -> StoreResult<Vec<String>> {
    let AnyConnection::Sqlite(c) = reader.reading() else { return Ok(Vec::new()) };
    let pages = number(c, "SELECT page_count AS number FROM pragma_page_count()")?;
    let free = number(c, "SELECT freelist_count AS number FROM pragma_freelist_count()")?;
    if free > pages {
        return Ok(vec![format!("{free} pages sur {pages} seraient libres")]);
    }
    if pages <= FEW_PAGES {
        return faults(c, &format!("SELECT quick_check AS said FROM pragma_quick_check LIMIT {NAMED}"));
    }
    let mut found = Vec::new();
    for table in FIRST {
        found.extend(faults(c, &format!("SELECT quick_check AS said FROM pragma_quick_check('{table}')"))?);
    }
    Ok(found)
}

/// Reads everything: what is wrong. On SQLite every page, index and reference is checked; on PostgreSQL every table is read whole, and every index
/// checked where the extension amcheck is installed. Also says what was done.
///
/// # Errors
/// Those of the database.
pub fn whole(reader: &mut Reader) -> StoreResult<(Vec<String>, String)> {
    silence::be_patient(LONGEST);
    match reader.reading() {
        AnyConnection::Sqlite(c) => {
            let mut found = faults(c, &format!("SELECT integrity_check AS said FROM pragma_integrity_check LIMIT {NAMED}"))?;
            let dangling = format!(
                "SELECT \"table\" || ' renvoie à une ligne absente de ' || parent AS said FROM pragma_foreign_key_check LIMIT {NAMED}"
            );
            found.extend(faults(c, &dangling)?);
            Ok((found, "toutes les pages, tous les index et toutes les références sont vérifiés".to_owned()))
        }
        AnyConnection::Postgres(c) => {
            // The configured one, which a RESET would not bring back: that leads to the role's.
            let before: Said = diesel::sql_query("SELECT current_setting('statement_timeout') AS said").get_result(c)?;
            let set = |c: &mut PgConnection, limit: &str| {
                let limited = "SELECT set_config('statement_timeout', $1, false) AS said";
                diesel::sql_query(limited).bind::<Text, _>(limit).load::<Said>(c)
            };
            set(c, "0")?;
            let checked = checked(c);
            // The connection goes back to a pool.
            set(c, &before.said)?;
            checked
        }
    }
}

fn checked(c: &mut PgConnection) -> StoreResult<(Vec<String>, String)> {
    let tables: Vec<Said> =
        diesel::sql_query("SELECT quote_ident(tablename) AS said FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1")
            .load(c)?;
    let mut found = Vec::new();
    for Said { said: table } in &tables {
        let read = diesel::sql_query(format!("SELECT coalesce(sum(length(t::text)), 0)::bigint AS number FROM {table} t"));
        if let Err(error) = read.load::<Number>(c) {
            found.push(format!("{table}: {error}"));
        }
    }
    let has_amcheck =
        diesel::sql_query("SELECT count(*) AS number FROM pg_extension WHERE extname = 'amcheck'").get_result::<Number>(c)?;
    if has_amcheck.number == 0 {
        return Ok((found, format!("tables lues : {} ; leurs index ne sont vérifiés qu’avec l’extension amcheck", tables.len())));
    }
    let indexes: Vec<Said> = diesel::sql_query(
        "SELECT quote_ident(i.relname) AS said FROM pg_class i JOIN pg_am a ON a.oid = i.relam JOIN pg_namespace n ON n.oid = i.relnamespace \
         WHERE i.relkind = 'i' AND a.amname = 'btree' AND n.nspname = current_schema() ORDER BY 1",
    )
    .load(c)?;
    for Said { said: index } in &indexes {
        let check = diesel::sql_query(format!("SELECT 1::bigint AS number FROM bt_index_check('{index}'::regclass)"));
        if let Err(error) = check.load::<Number>(c) {
            found.push(format!("{index}: {error}"));
        }
    }
    Ok((found, format!("tables lues : {}, index vérifiés : {}", tables.len(), indexes.len())))
}

fn number(c: &mut SqliteConnection, sql: &str) -> StoreResult<i64> {
    Ok(diesel::sql_query(sql).get_result::<Number>(c)?.number)
}

/// The lines of a check, without the one that says that all is well.
fn faults(c: &mut SqliteConnection, sql: &str) -> StoreResult<Vec<String>> {
    let lines: Vec<Said> = diesel::sql_query(sql).load(c)?;
    Ok(lines.into_iter().map(|line| line.said).filter(|said| said != "ok").collect())
}
