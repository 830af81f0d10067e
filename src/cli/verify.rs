//! `palts verify`: everything that can be verified, in one command: the stored pages, the chains of the audit, and the rollups against their
//! measures. For after a restore, and now and then.

use super::out::say;
use super::{Done, Failure, audit, rollup, start};
use crate::config::Config;
use crate::store::{Mode, integrity};

/// Does it; each part is tried whatever the others say.
pub fn run(config: &Config) -> Done {
    let database = start::database(config)?;
    let stored = database.checkout(Mode::Read).and_then(|mut conn| integrity::whole(conn.get()));
    let mut failed = Vec::new();
    match stored {
        Ok((faults, done)) if faults.is_empty() => say!("the stored data is whole: {done}")?,
        Ok((faults, _)) => failed.push(format!("the stored data is damaged:\n  {}", faults.join("\n  "))),
        Err(error) => failed.push(format!("the stored data cannot be read: {error}")),
    }
    drop(database);
    match start::office(config) {
        Ok(office) => {
            let parts = [audit::verify(&office, None), rollup::verify(&office, None)];
            failed.extend(parts.into_iter().filter_map(Result::err).map(|failure| failure.to_string()));
        }
        Err(failure) => failed.push(failure.to_string()),
    }
    if failed.is_empty() { Ok(()) } else { Err(Failure::new(failed.join("\n"))) }
}
