//! Connections that fall silent: a thread that waits for such a server cannot be called back, so that what it holds for others is taken from
//! it. Not for when that is; the [`pool`](super::pool) watches.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

thread_local! {
    /// What the work of this thread holds.
    static LINE: RefCell<Option<Arc<Lifeline>>> = const { RefCell::new(None) };
    /// The connection that this thread took last.
    static TICKET: RefCell<Option<Arc<Ticket>>> = const { RefCell::new(None) };
    /// Whether what this thread writes is said of its work, and not done by it.
    static APART: Cell<bool> = const { Cell::new(false) };
}

/// What some work on a thread holds for as long as it lasts, and no longer than its connection answers: its place before the pool.
pub struct Lifeline {
    held: Mutex<Option<Box<dyn Any + Send>>>,
    /// What it holds for a part of its time.
    loans: Mutex<Vec<Lent>>,
    fate: AtomicU8,
}

type Lent = Arc<Mutex<Option<Box<dyn Any + Send>>>>;

/// What work holds for a part of its time: free when this is dropped, or when its connection is given up.
pub struct Loan(Lent);

impl Loan {
    /// Held by the work of this thread.
    #[must_use]
    pub fn of(thing: impl Any + Send) -> Self {
        let lent: Lent = Arc::new(Mutex::new(Some(Box::new(thing))));
        LINE.with_borrow(|line| {
            if let Some(line) = line {
                let mut loans = line.loans.lock().unwrap_or_else(PoisonError::into_inner);
                loans.retain(|loan| loan.lock().unwrap_or_else(PoisonError::into_inner).is_some());
                loans.push(Arc::clone(&lent));
            }
        });
        Self(lent)
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        drop(self.0.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

/// Nothing of the work is kept yet, and it is still waited for.
const UNDER_WAY: u8 = 0;
/// The database was asked to keep it: from here on nobody knows but the database.
const KEEPING: u8 = 1;
/// Nobody waits for it any more, and it must not be kept.
const GIVEN_UP: u8 = 2;

/// Says that the work of this thread asks the database now to keep what it has done. False: nobody waits for it any more, and its sender was told
/// that nothing was done; then it must undo everything.
pub fn may_be_kept() -> bool {
    APART.get() || LINE.with_borrow(|line| line.as_ref().is_none_or(|line| line.moves(UNDER_WAY, KEEPING) != GIVEN_UP))
}

/// Writes down what became of the work of this thread: that is kept in any case, and is not the work.
pub fn apart<T>(write: impl FnOnce() -> T) -> T {
    struct End(bool);
    impl Drop for End {
        fn drop(&mut self) {
            APART.set(self.0);
        }
    }
    let _end = End(APART.replace(true));
    write()
}

impl Lifeline {
    /// Holds that until the work ends.
    pub fn holding(held: impl Any + Send) -> Arc<Self> {
        let (held, loans) = (Mutex::new(Some(Box::new(held) as Box<dyn Any + Send>)), Mutex::default());
        Arc::new(Self { held, loans, fate: AtomicU8::new(UNDER_WAY) })
    }

    /// Waits for the work no longer: from here on the database is not asked to keep it. False where it was asked before: then it may be kept, or
    /// not.
    pub fn give_up(&self) -> bool {
        self.moves(UNDER_WAY, GIVEN_UP) != KEEPING
    }

    /// What it was, or is still.
    fn moves(&self, from: u8, to: u8) -> u8 {
        match self.fate.compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => to,
            Err(found) => found,
        }
    }

    /// Does the work on this thread, and lets go at its end.
    pub fn run<T>(self: Arc<Self>, work: impl FnOnce() -> T) -> T {
        struct End(Arc<Lifeline>);
        impl Drop for End {
            fn drop(&mut self) {
                LINE.set(None);
                self.0.cut();
            }
        }
        LINE.set(Some(Arc::clone(&self)));
        let _end = End(self);
        work()
    }

    /// Lets go of what is held.
    fn cut(&self) {
        drop(self.held.lock().unwrap_or_else(PoisonError::into_inner).take());
        for loan in std::mem::take(&mut *self.loans.lock().unwrap_or_else(PoisonError::into_inner)) {
            drop(loan.lock().unwrap_or_else(PoisonError::into_inner).take());
        }
    }
}

/// What is known of a connection while somebody has it.
#[derive(Default)]
pub(super) struct Ticket {
    /// When its last statement began, in milliseconds of [`now`]; 0 for none.
    began: AtomicU64,
    /// How long a statement may take, in milliseconds.
    limit: AtomicU64,
    holder: Mutex<Holder>,
}

#[derive(Default)]
struct Holder {
    line: Option<Arc<Lifeline>>,
    /// Where the system tells what the thread does.
    status: Option<PathBuf>,
}

impl Ticket {
    /// The thread that asks takes the connection; its statements may take so long.
    pub(super) fn taken(self: &Arc<Self>, limit: Duration) {
        self.began.store(0, Ordering::Relaxed);
        self.limit.store(millis(limit), Ordering::Relaxed);
        let line = LINE.with_borrow(Clone::clone);
        *self.holder.lock().unwrap_or_else(PoisonError::into_inner) = Holder { line, status: status_of_this_thread() };
        TICKET.set(Some(Arc::clone(self)));
    }

    /// It is given back.
    pub(super) fn returned(&self) {
        self.began.store(0, Ordering::Relaxed);
        *self.holder.lock().unwrap_or_else(PoisonError::into_inner) = Holder::default();
    }

    /// A statement begins.
    pub(super) fn begins(&self) {
        self.began.store(now(), Ordering::Relaxed);
    }

    /// It has ended. Not every statement says so: see [`is_silent`](Self::is_silent).
    pub(super) fn ends(&self) {
        self.began.store(0, Ordering::Relaxed);
    }

    /// Whether its holder has waited longer for a statement than the server would have let it run. The database's library does not tell the end
    /// of every statement, so that the thread must be asleep too: one that computes is not waiting.
    pub(super) fn is_silent(&self) -> bool {
        let began = self.began.load(Ordering::Relaxed);
        if began == 0 || now().saturating_sub(began) <= self.limit.load(Ordering::Relaxed) {
            return false;
        }
        let holder = self.holder.lock().unwrap_or_else(PoisonError::into_inner);
        holder.status.as_ref().is_none_or(is_asleep)
    }

    /// Nobody waits for it any more: what its holder held for others is free.
    pub(super) fn abandon(&self) {
        let line = self.holder.lock().unwrap_or_else(PoisonError::into_inner).line.take();
        if let Some(line) = line {
            line.cut();
        }
    }
}

/// Says that the statements of this thread's connection may take so long from here on, until it is given back.
pub(super) fn be_patient(limit: Duration) {
    TICKET.with_borrow(|ticket| {
        if let Some(ticket) = ticket {
            ticket.limit.store(millis(limit), Ordering::Relaxed);
        }
    });
}

/// Milliseconds since this was first asked, and at least 1.
fn now() -> u64 {
    static FIRST: OnceLock<Instant> = OnceLock::new();
    millis(FIRST.get_or_init(Instant::now).elapsed()) + 1
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Found once for each thread; none where the system does not tell.
fn status_of_this_thread() -> Option<PathBuf> {
    thread_local! {
        static STATUS: Option<PathBuf> =
            fs::read_link("/proc/thread-self").ok().map(|path| PathBuf::from("/proc").join(path).join("stat"));
    }
    STATUS.with(Clone::clone)
}

/// Whether a thread sleeps, as far as that can be told.
fn is_asleep(status: &PathBuf) -> bool {
    let Ok(text) = fs::read_to_string(status) else { return true };
    // The name of the thread stands in brackets and may hold anything; its state comes after.
    let state = text.rsplit_once(')').map(|(_, rest)| rest.trim_start());
    !state.is_some_and(|rest| rest.starts_with('R'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_is_free_at_the_end_of_the_work_or_when_its_connection_is_abandoned() {
        let (ended, cut) = (Arc::new(()), Arc::new(()));
        Lifeline::holding(Arc::clone(&ended)).run(|| assert_eq!(Arc::strong_count(&ended), 2));
        assert_eq!(Arc::strong_count(&ended), 1);
        Lifeline::holding(Arc::clone(&cut)).run(|| {
            let ticket = Arc::new(Ticket::default());
            ticket.taken(Duration::ZERO);
            ticket.abandon();
            assert_eq!(Arc::strong_count(&cut), 1);
        });
    }

    #[test]
    fn what_is_lent_is_free_when_it_is_given_back_or_its_connection_is_abandoned() {
        let (back, cut) = (Arc::new(()), Arc::new(()));
        Lifeline::holding(()).run(|| {
            let loan = Loan::of(Arc::clone(&back));
            assert_eq!(Arc::strong_count(&back), 2);
            drop(loan);
            assert_eq!(Arc::strong_count(&back), 1);
            let _loan = Loan::of(Arc::clone(&cut));
            let ticket = Arc::new(Ticket::default());
            ticket.taken(Duration::ZERO);
            ticket.abandon();
            assert_eq!(Arc::strong_count(&cut), 1);
        });
    }

    #[test]
    fn what_was_given_up_is_not_kept_and_what_is_being_kept_is_not_given_up() {
        let (late, kept) = (Lifeline::holding(()), Lifeline::holding(()));
        assert!(late.give_up(), "nothing was asked of the database");
        assert!(!late.run(|| apart(may_be_kept) && may_be_kept()));
        assert!(Arc::clone(&kept).run(|| may_be_kept() && may_be_kept()));
        assert!(!kept.give_up(), "it may be kept");
        assert!(may_be_kept(), "on a thread that nobody waits for");
    }

    #[test]
    fn a_thread_that_waits_is_silent_and_one_that_computes_is_not() {
        let ticket = Arc::new(Ticket::default());
        ticket.taken(Duration::from_millis(1));
        assert!(!ticket.is_silent(), "it asked nothing");
        ticket.begins();
        std::thread::sleep(Duration::from_millis(5));
        // This thread runs while it asks.
        assert!(!ticket.is_silent());
        let other = Arc::clone(&ticket);
        assert!(
            std::thread::spawn(move || {
                // Until the first thread sleeps in join.
                (0..1_000).any(|_| {
                    std::thread::sleep(Duration::from_millis(5));
                    other.is_silent()
                })
            })
            .join()
            .unwrap()
        );
        ticket.ends();
        assert!(!ticket.is_silent());
    }
}
