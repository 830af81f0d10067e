//! `palts verify`: everything that can be verified, in one command: the stored pages, the chains of the audit, and the rollups against their
//! measures. For after a restore, and now and then.

use super::out::say;
use super::{Done, Failure, audit, in_french, rollup, start};
use crate::config::Config;
use crate::store::{Mode, integrity};

/// Does it; each part is tried whatever the others say. Where one fails everything is said in one place, the damage first.
pub fn run(config: &Config) -> Done {
    let database = start::database(config)?;
    let stored = database.checkout(Mode::Read).and_then(|mut conn| integrity::whole(conn.reader()));
    drop(database);
    let mut parts = vec![match stored {
        Ok((faults, done)) if faults.is_empty() => Ok(format!("les données stockées sont intactes : {done}")),
        Ok((faults, _)) => Err(format!("les données stockées sont endommagées :\n  {}", faults.join("\n  "))),
        Err(error) => Err(format!("les données stockées ne peuvent être lues : {}", in_french(&error))),
    }];
    match start::office(config) {
        Ok(office) => {
            let rest = [audit::verify(&office, None), rollup::verify(&office, None)];
            parts.extend(rest.into_iter().map(|part| part.map_err(|failure| failure.to_string())));
        }
        Err(failure) => parts.push(Err(failure.to_string())),
    }
    let (mut failed, mut whole) = (Vec::new(), Vec::new());
    for part in parts {
        match part {
            Ok(said) => whole.push(said),
            Err(fault) => failed.push(fault),
        }
    }
    if failed.is_empty() {
        return say!("{}", whole.join("\n"));
    }
    failed.extend(whole);
    Err(Failure::new(failed.join("\n")))
}
