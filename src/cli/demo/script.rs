//! A way to play operations as users on given days. Each is a document of the API, run in this process as that account.

use std::cell::Cell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{NaiveDate, NaiveTime};
use serde_json::Value;

use crate::cli::Failure;
use crate::graphql::execute;
use crate::workflow::{Clock, Office, sessions};

/// Plays operations.
pub struct Script {
    office: Arc<Office>,
    clock: Clock,
    today: NaiveDate,
    day: Cell<NaiveDate>,
}

impl Script {
    /// A script that begins today.
    pub fn new(office: Arc<Office>, clock: Clock, today: NaiveDate) -> Self {
        Self { office, clock, today, day: Cell::new(today) }
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
        self.clock.set(day.and_time(NaiveTime::from_hms_opt(8, 0, 0).unwrap_or_default()));
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
