//! A way to play operations as users on given days. Each is a document of the API, run in this process as that account.

use std::cell::Cell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use serde_json::Value;

use crate::cli::Failure;
use crate::graphql::execute;
use crate::workflow::{Clock, Office, sessions};

/// Plays operations.
pub struct Script {
    office: Arc<Office>,
    clock: Clock,
    now: NaiveDateTime,
    today: NaiveDate,
    day: Cell<NaiveDate>,
}

impl Script {
    /// A script over a clock that stands at the real moment.
    pub fn new(office: Arc<Office>, clock: Clock) -> Self {
        let (now, today) = (clock.now(), clock.today());
        Self { office, clock, now, today, day: Cell::new(today) }
    }

    /// The day on which things happen now.
    pub fn day(&self) -> NaiveDate {
        self.day.get()
    }

    /// The real day.
    pub fn today(&self) -> NaiveDate {
        self.today
    }

    /// What follows happens in the morning of a day; never in the future.
    pub fn on(&self, day: NaiveDate) -> &Self {
        let day = day.min(self.today);
        self.day.set(day);
        self.clock.set(morning(day, self.now));
        self
    }

    /// Runs a document as a user; answers its data.
    ///
    /// # Errors
    /// The first error of the answer, with what was tried.
    pub fn run(&self, username: &str, document: &str, variables: Value) -> Result<Value, Failure> {
        let (caller, _) = sessions::impersonate(&self.office, username)?;
        let deadline = Instant::now() + Duration::from_secs(60);
        let answer = execute::run_as(&self.office, caller, document, &variables, deadline);
        match answer {
            Ok(answer) => match answer.pointer("/errors/0/message").and_then(Value::as_str) {
                Some(message) => Err(Failure::new(format!("{username}, {}: {message}: {document} {variables}", self.day.get()))),
                None => Ok(answer.get("data").cloned().unwrap_or_default()),
            },
            Err(error) => Err(Failure::new(format!("{username}: {error}"))),
        }
    }
}

/// The morning of a day, or the present moment where that morning is still to come.
fn morning(day: NaiveDate, now: NaiveDateTime) -> NaiveDateTime {
    day.and_time(NaiveTime::from_hms_opt(8, 0, 0).unwrap_or_default()).min(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_happens_in_the_future_even_at_night() {
        let day = NaiveDate::from_ymd_opt(2026, 7, 31).unwrap();
        let at = |hour: u32| day.and_hms_opt(hour, 30, 0).unwrap();
        assert_eq!(morning(day, at(3)), at(3));
        assert_eq!(morning(day, at(9)), day.and_hms_opt(8, 0, 0).unwrap());
        let before = day.pred_opt().unwrap();
        assert_eq!(morning(before, at(3)), before.and_hms_opt(8, 0, 0).unwrap());
    }
}
