//! A pool of connections. Connections are opened by whoever needs one, so that no thread of the pool's own holds any; while the database is
//! down, whoever asks is told at once; a connection that falls silent is given up, and its place is free. Not for what is done on them.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::opening::{Link, Manager};
use super::silence::Ticket;
use super::{StoreError, StoreResult};

/// So long after a failure nobody tries to connect again; afterwards one does, and the others wait for what comes of it.
const REST: Duration = Duration::from_secs(1);
/// Whoever tries to connect and has not come back after so long is not waited for.
const TRY: Duration = Duration::from_secs(5);
/// How often connections that were taken are looked at.
const LOOK: Duration = Duration::from_millis(250);
/// Longer than the server lets a statement run, by so much: then it is the connection that is silent.
const MARGIN: Duration = Duration::from_secs(1);
/// A connection is not used for longer than this, nor after so long without use.
const LIFE: Duration = Duration::from_secs(1_800);
const IDLE: Duration = Duration::from_secs(600);
/// Connections that were given up and may still be waited for by a thread each; beyond, their places stay taken.
const MOST_ABANDONED: usize = 64;

/// A pool. Clones are the same pool; it closes with the last of them.
#[derive(Clone)]
pub(super) struct Pool(Arc<Shared>);

struct Shared {
    manager: Manager,
    size: u32,
    patience: Duration,
    core: Arc<Core>,
    watch: Mutex<Option<Watch>>,
}

struct Watch {
    /// Its end ends the watch.
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

/// What is shared with connections that are out.
struct Core {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    idle: Vec<Idle>,
    /// Connections that are idle, out, or being opened; without those that were abandoned.
    open: u32,
    /// Grows when connections of before are of no more use.
    generation: u64,
    taken: HashMap<u64, Arc<Ticket>>,
    next: u64,
    abandoned: usize,
    is_closed: bool,
    down: Option<Down>,
    opener: Option<JoinHandle<()>>,
}

struct Idle {
    link: Link,
    since: Instant,
}

/// The database could not be reached.
struct Down {
    why: String,
    rests_until: Instant,
    /// While somebody is trying: until when that may take.
    tried_until: Option<Instant>,
}

/// A connection of a pool; goes back to it when dropped.
pub(super) struct Taken {
    link: Option<Link>,
    number: u64,
    core: Arc<Core>,
}

impl Pool {
    /// A pool of at most `size` connections, in which nobody waits longer than `patience` for one. Nothing is opened before it is asked for.
    ///
    /// # Errors
    /// [`StoreError::Unreachable`] when the system gives no thread to watch connections.
    pub(super) fn new(manager: Manager, size: u32, patience: Duration, silent: fn()) -> StoreResult<Self> {
        let core = Arc::new(Core { state: Mutex::default(), changed: Condvar::new() });
        let watch = if manager.may_fall_silent() {
            let (stop, stopped) = channel();
            let watched = Arc::clone(&core);
            let thread = std::thread::Builder::new()
                .name("connections".to_owned())
                .spawn(move || watch(&watched, &stopped, silent))
                .map_err(|error| StoreError::Unreachable(error.to_string()))?;
            Some(Watch { stop, thread })
        } else {
            None
        };
        Ok(Self(Arc::new(Shared { manager, size, patience, core, watch: Mutex::new(watch) })))
    }

    pub(super) fn size(&self) -> u32 {
        self.0.size
    }

    /// Connections that were given up and have not come back.
    pub(super) fn abandoned(&self) -> usize {
        self.0.core.lock().abandoned
    }

    /// A connection: an idle one, or a new one. Waits while all are out.
    ///
    /// # Errors
    /// [`StoreError::Unreachable`] at once while the database is down, or when none is free in time; [`StoreError::NoFurther`] or
    /// [`StoreError::Busy`] when it answers and opens none; the others of the pool go on.
    pub(super) fn take(&self) -> StoreResult<Taken> {
        let core = &self.0.core;
        let end = Instant::now() + self.0.patience;
        let mut state = core.lock();
        loop {
            if state.is_closed {
                return Err(StoreError::Unreachable("palts is stopping".to_owned()));
            }
            let (fresh, stale) = state.idle();
            if !stale.is_empty() {
                drop(state);
                drop(stale);
                state = core.lock();
                if let Some(link) = fresh {
                    return Ok(self.hand_out(state, link));
                }
                continue;
            }
            if let Some(link) = fresh {
                return Ok(self.hand_out(state, link));
            }
            if state.open < self.0.size {
                state.try_now()?;
                return self.connect(state);
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(StoreError::Unreachable("no connection was free in time".to_owned()));
            }
            state = core.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// An idle connection, if there is one; else one is opened in the background for who comes later, and `failed` hears why if it cannot be.
    pub(super) fn take_idle(&self, failed: impl FnOnce(&StoreError) + Send + 'static) -> Option<Taken> {
        let core = &self.0.core;
        let mut state = core.lock();
        let (fresh, stale) = state.idle();
        let taken = match fresh {
            Some(link) => Some(self.hand_out(state, link)),
            None => {
                self.open_aside(&mut state, failed);
                None
            }
        };
        drop(stale);
        taken
    }

    fn open_aside(&self, state: &mut State, failed: impl FnOnce(&StoreError) + Send + 'static) {
        let is_opening = state.opener.as_ref().is_some_and(|opener| !opener.is_finished());
        if state.is_closed || is_opening || state.open >= self.0.size || state.try_now().is_err() {
            return;
        }
        let (manager, core) = (self.0.manager.clone(), Arc::clone(&self.0.core));
        let open = move || {
            let opened = manager.connect(Arc::default());
            let mut state = core.lock();
            match opened {
                Ok(mut link) => {
                    state.is_up();
                    link.generation = state.generation;
                    state.idle.push(Idle { link, since: Instant::now() });
                }
                Err(error) => {
                    state.open -= 1;
                    if state.not_opened(&error) {
                        state.generation += 1;
                    }
                    drop(state);
                    failed(&error);
                }
            }
            core.changed.notify_all();
        };
        match std::thread::Builder::new().name("connecting".to_owned()).spawn(open) {
            Ok(opener) => {
                state.open += 1;
                state.opener = Some(opener);
            }
            Err(error) => tracing::warn!(%error, "no thread to open a connection"),
        }
    }

    /// Opens a connection; while that lasts it counts as one that is out, and may be given up.
    fn connect(&self, mut state: MutexGuard<'_, State>) -> StoreResult<Taken> {
        let core = &self.0.core;
        state.open += 1;
        let ticket = Arc::new(Ticket::default());
        let number = self.note(&mut state, &ticket);
        drop(state);
        let opened = self.0.manager.connect(ticket);
        let mut state = core.lock();
        let is_given_up = !state.taken.contains_key(&number);
        let done = match opened {
            Ok(mut link) if !is_given_up => {
                state.is_up();
                link.generation = state.generation;
                Ok(Taken { link: Some(link), number, core: Arc::clone(core) })
            }
            Ok(_) => {
                state.abandoned -= 1;
                Err(StoreError::Unreachable("the database fell silent".to_owned()))
            }
            Err(error) => {
                if state.taken.remove(&number).is_some() {
                    state.open -= 1;
                } else {
                    state.abandoned -= 1;
                }
                if state.not_opened(&error) {
                    state.generation += 1;
                }
                Err(error)
            }
        };
        drop(state);
        core.changed.notify_all();
        done
    }

    fn hand_out(&self, mut state: MutexGuard<'_, State>, link: Link) -> Taken {
        let number = self.note(&mut state, &link.ticket);
        Taken { link: Some(link), number, core: Arc::clone(&self.0.core) }
    }

    fn note(&self, state: &mut State, ticket: &Arc<Ticket>) -> u64 {
        ticket.taken(self.0.manager.statement_timeout() + MARGIN);
        let number = state.next;
        state.next += 1;
        state.taken.insert(number, Arc::clone(ticket));
        number
    }

    /// Opens a connection beside the pool, and tells the pool whether the database answers. The pool's own connections find out themselves.
    pub(super) fn aside<T>(&self, open: impl FnOnce(&Manager) -> StoreResult<T>) -> StoreResult<T> {
        let core = &self.0.core;
        {
            let mut state = core.lock();
            if state.is_closed {
                return Err(StoreError::Unreachable("palts is stopping".to_owned()));
            }
            state.try_now()?;
        }
        let opened = open(&self.0.manager);
        let mut state = core.lock();
        match &opened {
            Ok(_) => state.is_up(),
            Err(error) => {
                state.not_opened(error);
            }
        }
        core.changed.notify_all();
        opened
    }

    /// Whether the database is known to be down, so that nobody need wait for it.
    ///
    /// # Errors
    /// [`StoreError::Unreachable`] when it is.
    pub(super) fn check(&self) -> StoreResult<()> {
        self.0.core.lock().check()
    }

    /// Closes every connection; those that are out when they come back. Waits for them so long; not for those that were abandoned. Whether all
    /// are closed.
    pub(super) fn close(&self, within: Duration) -> bool {
        self.0.close(within)
    }
}

impl Shared {
    fn close(&self, within: Duration) -> bool {
        let end = Instant::now() + within;
        let mut state = self.core.lock();
        state.is_closed = true;
        let idle = std::mem::take(&mut state.idle);
        state.open = state.open.saturating_sub(u32::try_from(idle.len()).unwrap_or(u32::MAX));
        let opener = state.opener.take();
        drop(state);
        drop(idle);
        self.core.changed.notify_all();
        if let Some(opener) = opener {
            // It gives up by itself, within the time that connecting may take.
            let _ = opener.join();
        }
        let mut state = self.core.lock();
        let idle = std::mem::take(&mut state.idle);
        state.open = state.open.saturating_sub(u32::try_from(idle.len()).unwrap_or(u32::MAX));
        while !state.taken.is_empty() {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            state = self.core.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        let is_done = state.taken.is_empty() && state.abandoned == 0;
        drop(state);
        drop(idle);
        let watch = self.watch.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(Watch { stop, thread }) = watch {
            drop(stop);
            // It looks at lists and never waits for a database.
            let _ = thread.join();
        }
        is_done
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.close(Duration::ZERO);
    }
}

impl Core {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The idle connection that was used last, and those that are of no more use, to be dropped without the lock.
    fn idle(&mut self) -> (Option<Link>, Vec<Link>) {
        let mut stale = Vec::new();
        while let Some(Idle { link, since }) = self.idle.pop() {
            if link.generation == self.generation && link.opened.elapsed() < LIFE && since.elapsed() < IDLE {
                return (Some(link), stale);
            }
            self.open -= 1;
            stale.push(link);
        }
        (None, stale)
    }

    fn check(&self) -> StoreResult<()> {
        match &self.down {
            Some(down) if Instant::now() < down.tried_until.unwrap_or(down.rests_until) => {
                Err(StoreError::Unreachable(down.why.clone()))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Whether the caller may connect; while the database is down, one at a time.
    fn try_now(&mut self) -> StoreResult<()> {
        self.check()?;
        if let Some(down) = &mut self.down {
            down.tried_until = Some(Instant::now() + TRY);
        }
        Ok(())
    }

    fn is_up(&mut self) {
        if self.down.take().is_some() {
            tracing::info!("the database answers again");
        }
    }

    /// A connection could not be opened: whether because the database is down. One that answers, and opens no further connection, is not: those
    /// that there are go on, and who asked is told.
    fn not_opened(&mut self, error: &StoreError) -> bool {
        let rests_until = Instant::now() + REST;
        if !matches!(error, StoreError::Unreachable(_)) {
            // What was known before is known still; whoever tried has come back.
            if let Some(down) = &mut self.down {
                (down.rests_until, down.tried_until) = (rests_until, None);
            }
            return false;
        }
        if self.down.is_none() {
            tracing::error!(%error, "the database cannot be reached");
        }
        self.down = Some(Down { why: error.to_string(), rests_until, tried_until: None });
        true
    }
}

impl Taken {
    /// The connection.
    pub(super) fn link(&mut self) -> &mut Link {
        match &mut self.link {
            Some(link) => link,
            // Taken out by Drop alone.
            None => unreachable!("a connection is used after it was given back"),
        }
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        let Some(mut link) = self.link.take() else { return };
        link.ticket.returned();
        let is_broken = std::thread::panicking() || link.lost || link.is_broken();
        let mut state = self.core.lock();
        let is_given_up = state.taken.remove(&self.number).is_none();
        let closed = if is_given_up {
            // Its place was given away.
            state.abandoned -= 1;
            Some(link)
        } else if is_broken || state.is_closed {
            // Where one connection broke, the others that lie idle are no better; those that are out find out themselves.
            if is_broken && link.may_fall_silent() {
                state.generation += 1;
            }
            state.open -= 1;
            Some(link)
        } else {
            state.idle.push(Idle { link, since: Instant::now() });
            None
        };
        drop(state);
        self.core.changed.notify_all();
        // Closed without the lock.
        drop(closed);
    }
}

/// Looks at the connections that are out, until its other end is gone.
fn watch(core: &Core, stopped: &Receiver<()>, silent: fn()) {
    while matches!(stopped.recv_timeout(LOOK), Err(RecvTimeoutError::Timeout)) {
        let mut given_up = Vec::new();
        {
            let mut state = core.lock();
            let numbers: Vec<u64> =
                state.taken.iter().filter(|(_, ticket)| ticket.is_silent()).map(|(number, _)| *number).collect();
            for number in numbers {
                if state.abandoned >= MOST_ABANDONED {
                    break;
                }
                if let Some(ticket) = state.taken.remove(&number) {
                    state.abandoned += 1;
                    state.open -= 1;
                    state.generation += 1;
                    given_up.push(ticket);
                }
            }
        }
        if given_up.is_empty() {
            continue;
        }
        tracing::error!(connections = given_up.len(), "the database fell silent: connections are given up");
        for ticket in given_up {
            ticket.abandon();
        }
        core.changed.notify_all();
        silent();
    }
}
