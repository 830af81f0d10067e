//! Workflow functions as operations of their own, through the same gates and shares: for routes that are not GraphQL. Not for documents.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use super::Runner;
use crate::graphql::lines::Own;
use crate::graphql::shares::{Charged, Counted};
use crate::graphql::waiting::on_thread;
use crate::workflow::{self, Call, Credentials, Error, Kind, operation};

impl Runner {
    /// Runs one workflow function as an operation of its own, through the same gate: for routes that are not GraphQL.
    ///
    /// # Errors
    /// The function's, and those of begin and end.
    pub async fn act<T: Send + 'static>(
        &self,
        kind: Kind,
        credentials: Credentials,
        deadline: Instant,
        work: impl FnOnce(&mut Call) -> workflow::Result<T> + Send + 'static,
    ) -> workflow::Result<T> {
        self.acted(kind, credentials, deadline, true, work).await
    }

    /// The same for what may be overtaken by others' writes, or by a change of its caller's rights: begun again as mutations are, by the
    /// caller as he is then, as long as its time lasts.
    ///
    /// # Errors
    /// As of [`act`](Self::act).
    pub async fn act_again<T: Send + 'static>(
        &self,
        kind: Kind,
        credentials: Credentials,
        deadline: Instant,
        work: impl Fn(&mut Call) -> workflow::Result<T> + Send + Sync + 'static,
    ) -> workflow::Result<T> {
        let (work, mut tries) = (Arc::new(work), 0);
        loop {
            let is_overtaken = Arc::new(AtomicBool::new(false));
            let (work, noted) = (Arc::clone(&work), Arc::clone(&is_overtaken));
            let once = move |call: &mut Call| {
                let done = work(call);
                noted.store(call.is_overtaken(), Ordering::Relaxed);
                done
            };
            // The share is asked for once, as of mutations.
            let done = self.acted(kind, credentials.clone(), deadline, tries == 0, once).await;
            tries += 1;
            if !is_overtaken.load(Ordering::Relaxed) || tries == operation::TRIES || Instant::now() >= deadline {
                return done;
            }
        }
    }

    async fn acted<T: Send + 'static>(
        &self,
        kind: Kind,
        credentials: Credentials,
        deadline: Instant,
        asks_for_share: bool,
        work: impl FnOnce(&mut Call) -> workflow::Result<T> + Send + 'static,
    ) -> workflow::Result<T> {
        let permits = self.places(kind, deadline).await?;
        let epochs = self.office.epochs.now(deadline).await;
        let office = Arc::clone(&self.office);
        let (database, shares) = (Arc::clone(&self.database), self.shares.clone());
        on_thread(permits, kind, deadline, move || {
            let who = operation::recognise(&office, &credentials, epochs.as_deref())?;
            let _charged = Charged::begin(shares.clone(), Counted::of(&who.caller, credentials.address));
            let mut call = operation::begin(&office, kind, who.caller.clone(), deadline)
                .from_address(credentials.address)
                .recognised_at(epochs.as_ref().map(|epochs| epochs.nation));
            if kind == Kind::Mutation {
                let own = Own::of(&database, shares.as_deref(), Counted::of(&who.caller, credentials.address));
                if asks_for_share {
                    own.may_write()?;
                }
                call = call.in_turn(Box::new(own));
            }
            operation::finish(call, kind, |call| {
                catch_unwind(AssertUnwindSafe(|| work(call)))
                    .unwrap_or_else(|_| Err(Error::Internal("a workflow function panicked".to_owned())))
            })
        })
        .await?
    }
}
