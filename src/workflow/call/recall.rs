//! What a glance believes without asking: heads and definitions that were read at the data epochs with which it begins; and what it learns for
//! the glances after it. Not for what is kept of it, which is [`heads`](crate::workflow::heads)'.

use std::sync::Arc;
use std::time::Instant;

use super::{Call, Ground};
use crate::access::Caller;
use crate::store::Mode;
use crate::store::epochs::{Epochs, State};
use crate::workflow::Office;
use crate::workflow::heads::Heads;

/// Something that was read, and what remembers it: true at the epochs at which its glance began, once these were found to stand at its end.
pub type Lesson = Box<dyn FnOnce(&Heads, &Epochs) + Send>;

/// A glance's view of what is remembered.
pub(super) struct Recall {
    state: State,
    /// Whether anything is believed, and learnt.
    believes: bool,
    lessons: Vec<Lesson>,
}

impl Recall {
    /// What the glance is to show.
    pub(super) fn state(&self) -> &State {
        &self.state
    }
}

impl Call {
    /// Begins a query outside any transaction, on the replica where that shows this state, which believes what was read at its epochs. Whoever
    /// begins it reads the epochs again at its end: only if they still stand did all that it read, and all that it believed, belong to one
    /// state. One that asked no database needs no second reading: all that it believed was true when the epochs were read.
    #[must_use]
    pub fn glance(office: Arc<Office>, caller: Caller, state: State, deadline: Instant) -> Self {
        let recall = Some(Recall { state, believes: true, lessons: Vec::new() });
        Self { recall, ..Self::new(office, Mode::Glance, caller, deadline) }
    }

    /// Says whether the glance believes what was read before, and learns for those after it.
    #[must_use]
    pub fn believing(mut self, believes: bool) -> Self {
        if let Some(recall) = &mut self.recall {
            recall.believes = believes;
        }
        self
    }

    /// As [`glance`](Self::glance), of a query that asks no database, and fails where it would have to.
    #[must_use]
    pub fn from_memory(office: Arc<Office>, caller: Caller, state: State, deadline: Instant) -> Self {
        let recall = Some(Recall { state, believes: true, lessons: Vec::new() });
        Self { recall, ..Self::on(Ground::Memory, office, caller, deadline) }
    }

    /// Something from memory, if it is there and true.
    pub fn recalled<T>(&self, find: impl FnOnce(&Heads, &Epochs) -> Option<T>) -> Option<T> {
        self.recall.as_ref().filter(|recall| recall.believes).and_then(|recall| find(&self.office.heads, &recall.state.epochs))
    }

    /// Whether what is read now may be remembered.
    #[must_use]
    pub fn may_learn(&self) -> bool {
        self.recall.as_ref().is_some_and(|recall| recall.believes)
    }

    /// Notes what was read, for the glances after this one.
    pub fn learn(&mut self, lesson: impl FnOnce(&Heads, &Epochs) + Send + 'static) {
        if let Some(recall) = self.recall.as_mut().filter(|recall| recall.believes) {
            recall.lessons.push(Box::new(lesson));
        }
    }

    /// Takes what was learnt.
    pub fn lessons(&mut self) -> Vec<Lesson> {
        self.recall.as_mut().map(|recall| std::mem::take(&mut recall.lessons)).unwrap_or_default()
    }
}
