//! Turns at the database: a write that is one of many examines and computes first, and waits for its turn only when it begins to write; how long it
//! may then keep others waiting is bounded. Not for who comes first, which is the gate's business.

use std::cell::Cell;
use std::time::{Duration, Instant};

use super::Call;
use crate::domain::Message;
use crate::store::silence::Loan;
use crate::workflow::{Error, Result};

thread_local! {
    /// For how long this thread has waited for others, since it began.
    static WAITED: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// Waits for others on this thread: that is nobody's work.
pub(super) fn waiting<T>(wait: impl FnOnce() -> T) -> T {
    let began = Instant::now();
    let had = wait();
    WAITED.set(WAITED.get() + began.elapsed());
    had
}

/// Work on one thread, measured without what it waits for others meanwhile: for its turn, a connection, the lock of a territory.
#[derive(Clone, Copy, Debug)]
pub struct Work {
    began: Instant,
    waited: Duration,
}

impl Work {
    /// Begins now, on this thread.
    #[must_use]
    pub fn begin() -> Self {
        Self { began: Instant::now(), waited: WAITED.get() }
    }

    /// How long it took so far. Asked on the thread where it began.
    #[must_use]
    pub fn took(self) -> Duration {
        self.began.elapsed().saturating_sub(WAITED.get().saturating_sub(self.waited))
    }
}

/// Who gives turns.
pub trait Turns: Send {
    /// Waits for the turn to write; it ends when the loan is dropped.
    ///
    /// # Errors
    /// LIMIT at once where too many wait; UNAVAILABLE when the deadline passes.
    fn writing(&self, deadline: Instant) -> Result<Loan>;

    /// Waits for a turn to read beside those who write.
    ///
    /// # Errors
    /// As of [`writing`](Self::writing).
    fn reading(&self, deadline: Instant) -> Result<Loan>;

    /// From here on the write keeps others waiting.
    fn begins(&self);

    /// How long a write may last once it has begun to keep others waiting.
    fn longest(&self) -> Duration;
}

/// Where a call waits, and what it has.
#[derive(Default)]
pub(super) struct Turn {
    turns: Option<Box<dyn Turns>>,
    /// While it writes.
    loan: Option<Loan>,
    /// When its writing must have come to its end.
    ends: Option<Instant>,
    /// Whether it was turned away because too many wait.
    is_crowded: bool,
}

impl Turn {
    /// Waits, where there is anything to wait for.
    pub(super) fn write(&mut self, deadline: Instant) -> Result<()> {
        if let Some(turns) = self.turns.as_ref().filter(|_| self.loan.is_none()) {
            let loan = waiting(|| turns.writing(deadline)).inspect_err(|error| self.is_crowded = error.code() == "LIMIT")?;
            self.loan = Some(loan);
        }
        Ok(())
    }

    /// It has the lock that others wait for: the time that it may take begins. What it waited before for that lock does not count.
    pub(super) fn begins(&mut self) {
        if let Some(turns) = self.turns.as_ref().filter(|_| self.loan.is_some() && self.ends.is_none()) {
            turns.begins();
            self.ends = Some(Instant::now() + turns.longest());
        }
    }

    pub(super) fn read(&mut self, deadline: Instant) -> Result<Option<Loan>> {
        let turn = self.turns.as_ref().map(|turns| waiting(|| turns.reading(deadline))).transpose();
        turn.inspect_err(|error| self.is_crowded = error.code() == "LIMIT")
    }

    /// Until when a call may go on that would otherwise end at its deadline.
    pub(super) fn until(&self, deadline: Instant) -> Instant {
        self.ends.map_or(deadline, |ends| ends.min(deadline))
    }

    /// Whether it has kept others waiting for as long as it may.
    pub(super) fn check(&self) -> Result<()> {
        if self.ends.is_none_or(|ends| Instant::now() <= ends) {
            return Ok(());
        }
        let text =
            "cette écriture en ferait attendre d’autres trop longtemps, et rien n’en a été gardé : partagez-la en plusieurs";
        Err(Error::limit(Message::new("WRITE_TOO_LONG", text)))
    }

    /// What must be given back once the transaction has ended.
    pub(super) fn into_loan(self) -> Option<Loan> {
        self.loan
    }
}

impl Call {
    /// Has the call wait for its turn before its first statement, if that opens a write.
    #[must_use]
    pub fn in_turn(mut self, turns: Box<dyn Turns>) -> Self {
        self.turn.turns = Some(turns);
        self
    }

    /// Whether the call ended because too many wait for their turn.
    #[must_use]
    pub fn was_turned_away(&self) -> bool {
        self.turn.is_crowded
    }

    /// Waits for a turn to read, for what is read beside the call's own transaction.
    ///
    /// # Errors
    /// LIMIT where too many wait; UNAVAILABLE when the deadline passes.
    pub fn turn_to_read(&mut self) -> Result<Option<Loan>> {
        self.turn.read(self.deadline)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_is_no_work() {
        let work = Work::begin();
        waiting(|| std::thread::sleep(Duration::from_millis(300)));
        assert!(work.took() < Duration::from_millis(250), "{:?}", work.took());
        let later = Work::begin();
        std::thread::sleep(Duration::from_millis(5));
        assert!(later.took() >= Duration::from_millis(5), "what was waited before it began is not taken off");
    }
}
