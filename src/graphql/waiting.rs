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
