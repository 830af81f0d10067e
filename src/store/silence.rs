//! Connections that fall silent: a thread that waits for such a server cannot be called back, so that what it holds for others is taken from
//! it. Not for when that is; the [`pool`](super::pool) watches.

use std::any::Any;
use std::cell::RefCell;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

thread_local! {
    /// What the work of this thread holds.
    static LINE: RefCell<Option<Arc<Lifeline>>> = const { RefCell::new(None) };
    /// The connection that this thread took last.
    static TICKET: RefCell<Option<Arc<Ticket>>> = const { RefCell::new(None) };
}

/// What some work on a thread holds for as long as it lasts, and no longer than its connection answers: its place before the pool.
pub struct Lifeline {
    held: Mutex<Option<Box<dyn Any + Send>>>,
}

impl Lifeline {
    /// Holds that until the work ends.
    pub fn holding(held: impl Any + Send) -> Arc<Self> {
        Arc::new(Self { held: Mutex::new(Some(Box::new(held))) })
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
