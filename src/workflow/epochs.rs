//! The watch over the data epochs. One reading of the database answers everybody who asked before it began, so that a busy server reads them
//! no more often than the database can answer, and nobody is told of a state older than his question. Not for what the epochs mean.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::store::Database;
use crate::store::epochs::{EpochReader, Epochs};

type Answer = Option<Arc<Epochs>>;

/// So many who wait for one reading are a crowd.
const CROWD: usize = 8;
/// How long a crowd gathers before the next reading; far less than any of them would notice.
const GATHER: Duration = Duration::from_micros(100);

/// Asks for the epochs of now. Its thread ends with it.
pub struct EpochWatch {
    questions: Sender<oneshot::Sender<Answer>>,
}

impl EpochWatch {
    /// Begins to watch; the database is not asked before somebody asks.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn over(database: Database) -> io::Result<Self> {
        let (questions, asked) = channel();
        std::thread::Builder::new().name("epochs".to_owned()).spawn(move || answer(&asked, EpochReader::new(database)))?;
        Ok(Self { questions })
    }

    /// The epochs, read after this was asked; none when the database cannot be read, or not before the deadline: then nothing may be believed
    /// that was read before.
    pub async fn now(&self, deadline: Instant) -> Answer {
        let (answer, answered) = oneshot::channel();
        self.questions.send(answer).ok()?;
        tokio::time::timeout_at(deadline.into(), answered).await.ok()?.ok().flatten()
    }
}

fn answer(asked: &Receiver<oneshot::Sender<Answer>>, mut reader: EpochReader) {
    let mut waiting = Vec::new();
    let mut crowded = false;
    while let Ok(first) = asked.recv() {
        waiting.push(first);
        if crowded {
            // Many are coming: one reading for more of them leaves the processors to the rest of their work.
            std::thread::sleep(GATHER);
        }
        waiting.extend(asked.try_iter());
        let epochs = reader.read().inspect_err(|error| tracing::warn!(%error, "the data epochs cannot be read")).ok();
        crowded = waiting.len() >= CROWD;
        for one in waiting.drain(..) {
            // Who went away in the meantime need not know.
            let _ = one.send(epochs.clone());
        }
    }
}
