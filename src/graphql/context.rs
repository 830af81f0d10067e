//! What resolvers get: the call under way, and the loaders of this answer. One per operation.

use std::sync::{Arc, Mutex, PoisonError};

use super::budget;
use super::error::{ApiError, ApiResult};
use super::loaders::Loaders;
use crate::workflow::{self, Call, Office};

/// An operation may read so many times the bytes of its answer.
const READ: u64 = 4;

/// The context of one operation.
pub struct Context {
    call: Mutex<Call>,
    office: Arc<Office>,
    /// Whether the document may select what figures are held against.
    pub compares: bool,
    /// Whether [lists](super::lists::List) may be resolved into text.
    pub writes_lists: bool,
    /// Bytes that the answer may take.
    pub max_answer_bytes: u64,
    /// Children loaded for all siblings at once.
    pub loaders: Loaders,
}

impl juniper::Context for Context {}

impl Context {
    /// A context for one operation.
    #[must_use]
    pub fn new(mut call: Call, compares: bool, max_answer_bytes: u64) -> Self {
        let office = Arc::clone(call.office());
        call.read_at_most(max_answer_bytes.saturating_mul(READ));
        Self { call: Mutex::new(call), office, compares, writes_lists: false, max_answer_bytes, loaders: Loaders::default() }
    }

    /// Allows lists to be resolved into text, if the document is one that can be answered so.
    #[must_use]
    pub fn writing_lists(self, writes_lists: bool) -> Self {
        Self { writes_lists, ..self }
    }

    /// What all operations share.
    #[must_use]
    pub fn office(&self) -> &Office {
        &self.office
    }

    /// Runs a workflow function that reads.
    ///
    /// # Errors
    /// The function's; LIMIT once the answer takes more than it may.
    pub fn read<T>(&self, work: impl FnOnce(&mut Call) -> workflow::Result<T>) -> ApiResult<T> {
        if budget::is_spent() {
            return Err(ApiError(budget::too_large(self.max_answer_bytes)));
        }
        // A panic in a resolver ends the operation; nothing of the call is used after it.
        let mut call = self.call.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(work(&mut call)?)
    }

    /// Runs a workflow function that writes, and forgets what was loaded before it.
    ///
    /// # Errors
    /// The function's.
    pub fn write<T>(&self, work: impl FnOnce(&mut Call) -> workflow::Result<T>) -> ApiResult<T> {
        let done = self.read(|call| {
            let made = work(call)?;
            call.leave();
            Ok(made)
        });
        self.loaders.forget();
        done
    }

    /// Ends the operation and gives the call back.
    #[must_use]
    pub fn into_call(self) -> Call {
        self.call.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}
