//! `palts migrate`: brings the schema up to date and loads the reference tables. Safe to repeat.

use clap::Args;

use super::out::say;
use super::{Done, Failure, start};
use crate::config::Config;
use crate::exchange::reference;
use crate::store::Mode;
use crate::store::migrate::{self, Standing};
use crate::workflow::{self, Clock};

/// What may be asked of it.
#[derive(Args)]
pub struct Arguments {
    /// Défait au contraire toutes les migrations : toutes les données sont perdues.
    #[arg(long, requires = "yes")]
    down: bool,
    /// Oui, perdre toutes les données.
    #[arg(long)]
    yes: bool,
}

/// Does it.
pub fn run(config: &Config, arguments: &Arguments) -> Done {
    let database = start::database_made(config)?;
    let mut conn = database.checkout(Mode::Write)?;
    if let Standing::Ahead(_) = migrate::standing(conn.reader())? {
        return migrate::standing(conn.reader())?.require_current().map_err(Failure::new);
    }
    if arguments.down && arguments.yes {
        let ran = migrate::alone(conn.writer()?, migrate::down)?;
        return say!("migrations défaites : {}", ran.len());
    }
    let territories = reference::territories().map_err(Failure::new)?;
    let indicators = reference::indicators().map_err(Failure::new)?;
    let ran = migrate::alone(conn.writer()?, |writer| {
        let ran = migrate::up(writer)?;
        workflow::reference::refresh(writer, &territories, &indicators, Clock::system().now())?;
        Ok::<_, workflow::Error>(ran)
    })?;
    // Said at the end: what was begun is done even where nobody reads.
    let mut said = String::new();
    for name in &ran {
        said.push_str(&format!("migration faite : {name}\n"));
    }
    say!(
        "{said}la base est à jour : {} départements, {} indicateurs nationaux",
        territories.departments().count(),
        indicators.len()
    )
}
