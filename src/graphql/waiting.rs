//! Waiting for a thread that speaks to the database: no longer than its operation may take, for such a thread cannot be called back. Not for what
//! it does.

use std::any::Any;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::domain::Message;
use crate::store::silence::Lifeline;
use crate::workflow::{Error, Kind, Result};

/// An operation looks at its deadline itself, between statements; what is still under way so long after it is not waited for.
const GRACE: Duration = Duration::from_millis(1_500);

/// Does some work on a thread that may block, which holds its places until it ends or its connection is given up.
///
/// # Errors
/// UNAVAILABLE when it does not end soon after the deadline: of a write that the database was asked to keep nobody knows then whether it was
/// done; any other is not done, now or later. INTERNAL when it panicked.
pub(super) async fn on_thread<T: Send + 'static>(
    places: impl Any + Send,
    kind: Kind,
    deadline: Instant,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T> {
    let line = Lifeline::holding(places);
    let own = Arc::clone(&line);
    let thread = tokio::task::spawn_blocking(move || own.run(work));
    match tokio::time::timeout_at((deadline + GRACE).into(), thread).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(_)) => Err(Error::Internal("an operation panicked".to_owned())),
        Err(_) => Err(match kind {
            Kind::Query => Error::unavailable(Message::new("DEADLINE", "la base de données n’a pas répondu à temps ; réessayez")),
            Kind::Mutation | Kind::Session if line.give_up() => Error::undone_in_time(),
            Kind::Mutation | Kind::Session => Error::outcome_unknown(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;
    use crate::store::silence::may_be_kept;

    #[tokio::test]
    async fn a_write_is_of_unknown_outcome_only_once_the_database_was_asked_to_keep_it() {
        let (go, wait) = channel::<()>();
        let (tell, told) = channel();
        let late = on_thread((), Kind::Mutation, Instant::now() - GRACE, move || {
            let _ = wait.recv();
            let _ = tell.send(may_be_kept());
        });
        let error = late.await.unwrap_err();
        assert_eq!((error.message().unwrap().reason, error.is_outcome_unknown()), ("NOT_DONE_IN_TIME", false));
        go.send(()).unwrap();
        // It wakes up later, and must undo what it has done.
        assert!(!tokio::task::spawn_blocking(move || told.recv().unwrap()).await.unwrap());

        let (go, wait) = channel::<()>();
        let (tell, told) = channel();
        let keeping = tokio::spawn(on_thread((), Kind::Mutation, Instant::now() + Duration::from_millis(500), move || {
            let _ = tell.send(may_be_kept());
            let _ = wait.recv();
        }));
        assert!(tokio::task::spawn_blocking(move || told.recv().unwrap()).await.unwrap());
        assert!(keeping.await.unwrap().unwrap_err().is_outcome_unknown());
        go.send(()).unwrap();
    }
}
