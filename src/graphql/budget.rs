//! How many bytes the answer under way may still take: counted by thread while it is resolved, because juniper hands no context to those who make
//! its values. Whoever makes one takes its bytes here; once they are spent, texts stay empty, lists stop, and nothing more is read. Not for the
//! estimate before the operation runs; that is the [`cost`](super::cost).

use std::cell::Cell;

use crate::domain::Message;
use crate::workflow::Error;

/// Errors in one answer, at most. juniper compares each that empties its parent with all before.
const MOST_ERRORS: u32 = 2_000;
/// Values that juniper holds may take so many times the bytes of the answer.
const HELD: u64 = 3;
/// What juniper holds for a field beside its text, about: the name, the hash, and the place in its object.
const VALUE: u64 = 160;
/// What an error takes beside its message and path, about.
const ERROR: u64 = 600;

/// The bounds of one answer.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Bytes of the answer.
    pub bytes: u64,
    /// Whether values are held until the answer is written, and not written while they are resolved.
    pub holds_values: bool,
    /// Bytes of the longest path that an error may have.
    pub path: u64,
}

/// What is left.
#[derive(Clone, Copy)]
struct Left {
    text: u64,
    held: u64,
    errors: u32,
    value: u64,
    path: u64,
}

/// Outside of an answer nothing is bounded.
const UNBOUNDED: Left = Left { text: u64::MAX, held: u64::MAX, errors: u32::MAX, value: 0, path: 0 };

thread_local! {
    static LEFT: Cell<Left> = const { Cell::new(UNBOUNDED) };
}

/// Gives back what was left before, also when the work panics.
struct Restore(Left);

impl Drop for Restore {
    fn drop(&mut self) {
        LEFT.set(self.0);
    }
}

/// Does the work of one answer; tells also whether it took more than it may. What came of it is not the answer then.
pub fn within<T>(bounds: Bounds, work: impl FnOnce() -> T) -> (T, bool) {
    let left = Left {
        text: bounds.bytes,
        held: bounds.bytes.saturating_mul(HELD),
        errors: MOST_ERRORS,
        value: if bounds.holds_values { VALUE } else { 0 },
        path: bounds.path,
    };
    let _restore = Restore(LEFT.replace(left));
    let done = work();
    (done, is_spent())
}

/// Takes the bytes of a value; tells whether there is room for it.
pub fn take(bytes: usize) -> bool {
    let mut left = LEFT.get();
    let bytes = bytes as u64;
    left.text = left.text.saturating_sub(bytes);
    left.held = left.held.saturating_sub(bytes.saturating_add(left.value));
    LEFT.set(left);
    left.text > 0 && left.held > 0
}

/// Takes the bytes of an error.
pub fn take_error(bytes: usize) {
    let mut left = LEFT.get();
    let bytes = (bytes as u64).saturating_add(left.path);
    left.text = left.text.saturating_sub(bytes);
    left.held = left.held.saturating_sub(bytes.saturating_mul(2).saturating_add(ERROR));
    left.errors = left.errors.saturating_sub(1);
    if left.errors == 0 {
        left.text = 0;
    }
    LEFT.set(left);
}

/// How many bytes of the answer are left: what two readings differ by was taken in between.
#[must_use]
pub fn left() -> u64 {
    LEFT.get().text
}

/// Whether the answer takes more than it may.
#[must_use]
pub fn is_spent() -> bool {
    let left = LEFT.get();
    left.text == 0 || left.held == 0
}

/// What is said of an answer that takes more than `most` bytes.
#[must_use]
pub fn too_large(most: u64) -> Error {
    let text = format!(
        "la réponse dépasserait {most} octets (ou {MOST_ERRORS} erreurs) : en demander moins à la fois, par pages plus courtes ou avec moins \
         de champs"
    );
    Error::limit(Message::new("ANSWER_TOO_LARGE", text).with("limit", most))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Bounds = Bounds { bytes: 1_000, holds_values: false, path: 100 };

    #[test]
    fn what_is_taken_is_counted_and_forgotten_with_the_answer() {
        let ((), spent) = within(BOUNDS, || {
            assert!(take(900));
            assert!(!take(200));
            assert!(is_spent());
        });
        assert!(spent);
        assert!(!is_spent());
        assert!(!within(BOUNDS, || take(999)).1);
    }

    #[test]
    fn values_that_are_held_count_for_what_holds_them() {
        let many = || (0..30).filter(|_| take(1)).count();
        assert!(!within(BOUNDS, many).1);
        assert!(within(Bounds { holds_values: true, ..BOUNDS }, many).1);
    }

    #[test]
    fn errors_are_counted_with_their_paths() {
        assert!(!within(BOUNDS, || take_error(50)).1);
        assert!(within(BOUNDS, || (0..8).for_each(|_| take_error(50))).1);
        let wide = Bounds { bytes: u64::MAX / 4, ..BOUNDS };
        assert!(within(wide, || (0..MOST_ERRORS).for_each(|_| take_error(50))).1);
    }
}
