//! The watch over the data epochs. One reading of the database answers everybody who asked before it began, so that a busy server reads them
//! no more often than the database can answer, and nobody is told of a state older than his question. Not for what the epochs mean.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::store::Database;
use crate::store::epochs::{EpochReader, Epochs};

type Answer = Option<Arc<Epochs>>;

/// So many who wait for one reading are a crowd.
const CROWD: usize = 8;
/// How long a crowd gathers before the next reading; far less than any of them would notice.
const GATHER: Duration = Duration::from_micros(100);
/// So long one waits for a reading. Epochs are a hundred numbers: what takes longer goes on without them.
const PATIENCE: Duration = Duration::from_secs(2);
/// Readers whose database fell silent and that were replaced, at most.
const MOST_REPLACED: usize = 16;

/// Asks for the epochs of now. Its thread ends with it.
pub struct EpochWatch {
    database: Database,
    state: Mutex<State>,
}

struct State {
    /// None once it is closed.
    reader: Option<Reader>,
    replaced: Vec<JoinHandle<()>>,
}

/// A thread that reads.
struct Reader {
    questions: Sender<oneshot::Sender<Answer>>,
    thread: JoinHandle<()>,
    /// Milliseconds from `born` to the beginning of the reading under way; 0 for none.
    reading: Arc<AtomicU64>,
    born: Instant,
}

impl Reader {
    fn over(database: Database) -> io::Result<Self> {
        let (questions, asked) = channel();
        let (reading, born) = (Arc::new(AtomicU64::new(0)), Instant::now());
        let noted = Arc::clone(&reading);
        let thread = std::thread::Builder::new()
            .name("epochs".to_owned())
            .spawn(move || answer(&asked, EpochReader::new(database), &noted, born))?;
        Ok(Self { questions, thread, reading, born })
    }

    /// For how long it has been reading.
    fn reads_for(&self) -> Duration {
        match self.reading.load(Ordering::Relaxed) {
            0 => Duration::ZERO,
            began => self.born.elapsed().saturating_sub(Duration::from_millis(began)),
        }
    }
}

impl EpochWatch {
    /// Begins to watch; the database is not asked before somebody asks.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn over(database: Database) -> io::Result<Self> {
        let reader = Some(Reader::over(database.clone())?);
        Ok(Self { database, state: Mutex::new(State { reader, replaced: Vec::new() }) })
    }

    /// The epochs, read after this was asked; none when the database cannot be read, or not soon: then nothing may be believed that was read
    /// before.
    pub async fn now(&self, deadline: Instant) -> Answer {
        let answered = self.ask()?;
        let until = deadline.min(Instant::now() + PATIENCE);
        tokio::time::timeout_at(until.into(), answered).await.ok()?.ok().flatten()
    }

    fn ask(&self) -> Option<oneshot::Receiver<Answer>> {
        let mut state = self.state();
        let waited = state.reader.as_ref()?.reads_for();
        if waited > PATIENCE {
            // Its database has fallen silent. Whoever comes does not wait for it too; where the server itself would have stopped the reading
            // long ago, another reader begins on a connection of its own.
            if waited <= self.database.statement_timeout() + PATIENCE || !state.replace(&self.database) {
                return None;
            }
        }
        let (answer, answered) = oneshot::channel();
        state.reader.as_ref()?.questions.send(answer).ok()?;
        Some(answered)
    }

    /// Ends the reading, and waits so long for a reading under way. Whether no thread reads any more.
    pub fn close(&self, within: Duration) -> bool {
        let end = Instant::now() + within;
        let mut threads = {
            let mut state = self.state();
            let mut threads = std::mem::take(&mut state.replaced);
            // With the questions' sender gone the thread ends.
            threads.extend(state.reader.take().map(|reader| reader.thread));
            threads
        };
        loop {
            threads = threads.into_iter().filter_map(ended).collect();
            if threads.is_empty() || Instant::now() >= end {
                return threads.is_empty();
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The thread, unless it has ended; then it is joined.
fn ended(thread: JoinHandle<()>) -> Option<JoinHandle<()>> {
    if !thread.is_finished() {
        return Some(thread);
    }
    // A reader does not panic; if it did, it is over all the same.
    let _ = thread.join();
    None
}

impl State {
    fn replace(&mut self, database: &Database) -> bool {
        self.replaced = std::mem::take(&mut self.replaced).into_iter().filter_map(ended).collect();
        if self.replaced.len() >= MOST_REPLACED {
            return false;
        }
        let Ok(reader) = Reader::over(database.clone()) else { return false };
        tracing::error!("the database fell silent: the epochs are read on another connection");
        self.replaced.extend(self.reader.replace(reader).map(|before| before.thread));
        true
    }
}

impl Drop for EpochWatch {
    fn drop(&mut self) {
        self.close(PATIENCE);
    }
}

fn answer(asked: &Receiver<oneshot::Sender<Answer>>, mut reader: EpochReader, reading: &AtomicU64, born: Instant) {
    let mut waiting = Vec::new();
    let mut crowded = false;
    while let Ok(first) = asked.recv() {
        waiting.push(first);
        if crowded {
            // Many are coming: one reading for more of them leaves the processors to the rest of their work.
            std::thread::sleep(GATHER);
        }
        waiting.extend(asked.try_iter());
        reading.store(u64::try_from(born.elapsed().as_millis()).unwrap_or(u64::MAX).max(1), Ordering::Relaxed);
        let epochs = reader.read().inspect_err(|error| tracing::debug!(%error, "the data epochs cannot be read")).ok();
        reading.store(0, Ordering::Relaxed);
        crowded = waiting.len() >= CROWD;
        for one in waiting.drain(..) {
            // Who went away in the meantime need not know.
            let _ = one.send(epochs.clone());
        }
    }
}
