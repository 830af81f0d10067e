//! The moment at which a long computation gives up. It never changes a result: a computation ends with its whole result, or with none.
//! Not for moments that a rule speaks of, which come in as days.

use std::time::{Duration, Instant};

/// When a computation gives up.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(Option<Instant>);

/// The computation took too long, and has no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("le calcul a pris trop de temps et a été arrêté")]
pub struct PastDeadline;

impl Deadline {
    /// For commands that a person waits for.
    pub const NEVER: Self = Self(None);

    /// At that moment.
    #[must_use]
    pub fn at(moment: Instant) -> Self {
        Self(Some(moment))
    }

    /// How much time is left: for a library that keeps its own watch. None without end.
    #[must_use]
    pub fn left(self) -> Option<Duration> {
        self.0.map(|moment| moment.saturating_duration_since(Instant::now()))
    }

    /// Asked now and then inside every computation whose time grows with its input: reading the clock costs some 30 ns.
    ///
    /// # Errors
    /// [`PastDeadline`] once the moment has come.
    pub fn check(self) -> Result<(), PastDeadline> {
        match self.0 {
            Some(moment) if Instant::now() > moment => Err(PastDeadline),
            Some(_) | None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_that_has_come_ends_the_computation() {
        assert_eq!(Deadline::at(Instant::now() - std::time::Duration::from_millis(1)).check(), Err(PastDeadline));
        assert_eq!(Deadline::at(Instant::now() + std::time::Duration::from_secs(3_600)).check(), Ok(()));
        assert_eq!(Deadline::NEVER.check(), Ok(()));
    }
}
