//! What one computation may cost: so many steps, and no longer than until a moment. Shapes are drawn by strangers, and the work that they ask
//! for can grow with the square of their size. Not for the size of what comes in, which `geojson::Limits` bounds before.

use crate::domain::{Deadline, PastDeadline};

/// Steps between two looks at the clock: less than a millisecond.
const STRIDE: usize = 4_096;

/// What is left to one computation.
#[derive(Clone, Debug)]
pub struct Effort {
    left: usize,
    until_look: usize,
    deadline: Deadline,
}

/// Why a computation ended without its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// It asked for more steps than it was given: the same input would always do so.
    TooMuch,
    /// The moment had come: later there may be time enough.
    Late(PastDeadline),
}

impl From<PastDeadline> for Stopped {
    fn from(past: PastDeadline) -> Self {
        Self::Late(past)
    }
}

impl Effort {
    /// So many steps, until a moment. A step is a comparison of two edges or positions: some 50 ns.
    #[must_use]
    pub fn new(steps: usize, deadline: Deadline) -> Self {
        Self { left: steps, until_look: 0, deadline }
    }

    /// As many steps as there is time for.
    #[must_use]
    pub fn until(deadline: Deadline) -> Self {
        Self::new(usize::MAX, deadline)
    }

    /// Steps that are left.
    #[must_use]
    pub fn left(&self) -> usize {
        self.left
    }

    /// Takes steps before they are gone.
    ///
    /// # Errors
    /// [`Stopped`], when there are not so many left or the moment has come.
    pub fn spend(&mut self, steps: usize) -> Result<(), Stopped> {
        self.left = self.left.checked_sub(steps).ok_or(Stopped::TooMuch)?;
        match self.until_look.checked_sub(steps) {
            Some(until) => self.until_look = until,
            None => {
                self.deadline.check()?;
                self.until_look = STRIDE;
            }
        }
        Ok(())
    }
}

/// The result of a computation that may have asked for too much: then there is none, and that is no reason to end the operation.
///
/// # Errors
/// [`PastDeadline`], which is one.
pub fn unless_too_much<T>(result: Result<T, Stopped>) -> Result<Option<T>, PastDeadline> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Stopped::TooMuch) => Ok(None),
        Err(Stopped::Late(past)) => Err(past),
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn steps_are_counted_and_the_clock_is_looked_at_on_the_way() {
        let mut effort = Effort::new(10, Deadline::NEVER);
        assert_eq!((effort.spend(7), effort.left()), (Ok(()), 3));
        assert_eq!(effort.spend(4), Err(Stopped::TooMuch));
        let past = Deadline::at(Instant::now() - Duration::from_millis(1));
        assert_eq!(Effort::until(past).spend(1), Err(Stopped::Late(PastDeadline)));
        assert_eq!(unless_too_much::<()>(Err(Stopped::TooMuch)), Ok(None));
        assert_eq!(unless_too_much::<()>(Err(Stopped::Late(PastDeadline))), Err(PastDeadline));
    }
}
