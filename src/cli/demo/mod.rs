//! `palts demo`: fills an empty database with a demonstration: one user per role, and three departments whose plans stand in different states,
//! with meetings, figures and a publication. Everything goes through the API's own operations as those users, on the days when it would have
//! happened; nothing here could be done that a user could not do. Refused outside demonstration mode; safe to repeat.

mod figures;
mod plans;
mod script;
pub(super) mod users;

use std::sync::Arc;

use chrono::{Days, NaiveDate};

use super::out::say;
use super::{Done, Failure, start};
use crate::config::Config;
use crate::domain::semester::Semester;
use crate::exchange::reference;
use crate::store::hold::Hold;
use crate::store::{Mode, audit, marks, migrate, publications};
use crate::workflow::{self, Clock, Office};
use script::Script;

/// Loads the demonstration, unless it is there already, and prints who may sign in.
///
/// # Errors
/// When this is no demonstration, or when something that was to be shown is refused.
pub fn run(config: &Config) -> Done {
    if !config.demonstration {
        return Err(Failure::new("la démonstration n’est chargée qu’en mode démonstration (PALTS_DEMONSTRATION=true)"));
    }
    let clock = Clock::fixed(Clock::system().now());
    let office = start::office_at(config, clock.clone())?;
    // Of two at once, one would take what the other is making for what was cut off.
    let _hold = Hold::take(&office.database)?;
    let loaded = if is_loaded(&office)? {
        "La démonstration est déjà chargée."
    } else {
        mark(&office, LOADING)?;
        let script = Script::new(Arc::clone(&office), clock);
        let semesters = Semesters::around(script.today())?;
        script.on(semesters.before.first_day());
        users::make(&office)?;
        plans::play(&script, &semesters)?;
        figures::play(&script, &semesters)?;
        mark(&office, LOADED)?;
        "La démonstration est chargée."
    };
    say!("{loaded}\n\n{}", users::described())
}

/// What the mark of the demonstration says while it is being loaded, and after.
const LOADING: &str = "LOADING";
const LOADED: &str = "LOADED";

/// Whether the demonstration is there as a whole. One that was cut off is removed, with everything else in its database: it began in an empty one.
/// Whoever asks has the [`Hold`], so that nobody is loading it.
fn is_loaded(office: &Arc<Office>) -> Result<bool, Failure> {
    let state = office.database.read(|reader| marks::find(reader, marks::DEMONSTRATION))?;
    match state.as_deref() {
        Some(LOADED) => return Ok(true),
        Some(_) => {}
        None if office.database.read(audit::is_untouched)? => return Ok(false),
        None if !users::are_there(office)? => {
            return Err(Failure::new(
                "la démonstration se charge dans une base vide, et celle-ci contient déjà des données ou des comptes : prenez-en une nouvelle",
            ));
        }
        // Loaded by a program that set no mark: the publication came last.
        None if office.database.read(publications::count)? > 0 => {
            mark(office, LOADED)?;
            return Ok(true);
        }
        None => {}
    }
    if users::others_are_there(office)? {
        return Err(Failure::new(
            "le chargement de la démonstration a été interrompu, et il y a des comptes qui ne sont pas les siens : chargez-la dans une base vide",
        ));
    }
    tracing::warn!("the demonstration was cut off while it was loaded; it is made anew");
    let territories = reference::territories().map_err(Failure::new)?;
    let indicators = reference::indicators().map_err(Failure::new)?;
    let mut conn = office.database.checkout(Mode::Write)?;
    migrate::alone(conn.writer()?, |writer| {
        migrate::down(writer)?;
        migrate::up(writer)?;
        workflow::reference::refresh(writer, &territories, &indicators, Clock::system().now())
    })?;
    Ok(false)
}

fn mark(office: &Office, state: &str) -> Done {
    Ok(office.database.write(|writer| marks::set(writer, marks::DEMONSTRATION, state))?)
}

/// The semester of today and the one before.
struct Semesters {
    before: Semester,
    now: Semester,
}

impl Semesters {
    fn around(today: NaiveDate) -> Result<Self, Failure> {
        let now = Semester::of(today).map_err(Failure::new)?;
        let before = now.previous().ok_or_else(|| Failure::new("il n’y a pas de semestre avant celui-ci"))?;
        Ok(Self { before, now })
    }
}

/// So many days after a day.
fn after(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_add_days(Days::new(days)).unwrap_or(day)
}
