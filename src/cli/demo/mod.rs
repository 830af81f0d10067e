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
use crate::workflow::Clock;
use script::Script;

/// Loads the demonstration, unless it is there already, and prints who may sign in.
///
/// # Errors
/// When this is no demonstration, or when something that was to be shown is refused.
pub fn run(config: &Config) -> Done {
    if !config.demonstration {
        return Err(Failure::new("the demonstration is loaded in demonstration mode only (PALTS_DEMONSTRATION=true)"));
    }
    let today = Clock::system().today();
    let clock = Clock::fixed(Clock::system().now());
    let office = start::office_at(config, clock.clone())?;
    let loaded = if users::are_there(&office)? {
        "La démonstration est déjà chargée."
    } else {
        let script = Script::new(Arc::clone(&office), clock, today);
        let semesters = Semesters::around(today)?;
        script.on(semesters.before.first_day());
        users::make(&office)?;
        plans::play(&script, &semesters)?;
        figures::play(&script, &semesters)?;
        "La démonstration est chargée."
    };
    say!("{loaded}\n\n{}", users::described())
}

/// The semester of today and the one before.
struct Semesters {
    before: Semester,
    now: Semester,
}

impl Semesters {
    fn around(today: NaiveDate) -> Result<Self, Failure> {
        let now = Semester::of(today).map_err(Failure::new)?;
        let before = now.previous().ok_or_else(|| Failure::new("there is no semester before the present one"))?;
        Ok(Self { before, now })
    }
}

/// So many days after a day.
fn after(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_add_days(Days::new(days)).unwrap_or(day)
}
