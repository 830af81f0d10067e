//! Telling who sends a request. Not for what he may do.

use std::sync::Arc;
use std::time::Instant;

use super::super::answer::Refusal;
use super::super::waiting::on_thread;
use super::Runner;
use crate::store::epochs::Epochs;
use crate::workflow::callers::Recognised;
use crate::workflow::{Credentials, Error, Kind, audit, operation};

impl Runner {
    /// Tells who calls before his request is read, at epochs that are read now; a token that is not valid is audited.
    ///
    /// # Errors
    /// UNAUTHENTICATED for a token that is not valid; LIMIT or UNAVAILABLE when it cannot be looked at.
    pub async fn introduce(&self, credentials: &Credentials, deadline: Instant) -> Result<Arc<Recognised>, Refusal> {
        let epochs = self.office.epochs.now(deadline).await;
        self.recognise(credentials.clone(), epochs.as_deref(), deadline).await
    }

    /// Writes down that a request named its sender in a way that is no token: as a token that is not valid.
    pub async fn unrecognised(&self, error: Error, deadline: Instant) -> Refusal {
        let office = Arc::clone(&self.office);
        let told = on_thread((), Kind::Query, deadline, move || {
            audit::token_refused(&office, &error);
            error
        });
        match told.await {
            Ok(error) => error.into(),
            Err(failed) => failed.into(),
        }
    }

    pub(super) async fn recognise(
        &self,
        credentials: Credentials,
        epochs: Option<&Epochs>,
        deadline: Instant,
    ) -> Result<Arc<Recognised>, Refusal> {
        if let (Some(bearer), Some(epochs)) = (&credentials.bearer, epochs)
            && let Some(who) = self.office.callers.find(bearer, epochs, self.office.clock.now())
        {
            return Ok(who);
        }
        self.office.database.check().map_err(Error::from)?;
        // Always through the readers' gate: whoever may turn out to be nobody does not wait for the writer.
        let permit = self.database.readers.enter(deadline).await.map_err(Refusal::Crowded)?;
        let (office, epochs) = (Arc::clone(&self.office), epochs.cloned());
        let recognise = move || operation::recognise(&office, &credentials, epochs.as_ref());
        // Nothing is written yet, whatever the operation is.
        Ok(on_thread(permit, Kind::Query, deadline, recognise).await??)
    }
}
