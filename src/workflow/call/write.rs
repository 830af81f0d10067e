//! A write as a value: begun with its act and the capability that it needs, ended with its entry in the audit. Only a write hands out a
//! [`Writer`], so that whatever writes has asked for a right, has locked its territory and is found in the audit. Not for what is written.

use std::ops::{Deref, DerefMut};

use super::{Act, Call};
use crate::access::{Capability, Scope};
use crate::domain::codes::DepartmentCode;
use crate::store::{Writer, bulk};
use crate::workflow::{Error, Result};

/// A write that has begun: the caller has the capability, and the territory of the act is locked before the first statement, until the commit.
/// What needs that lock asks for a `&mut Write`.
///
/// It ends in [`done`](Self::done) or [`unchanged`](Self::unchanged). Dropped without an end, as by an early `?`, its operation keeps nothing.
///
/// A call that has begun nothing has no writer, so that a query cannot write:
/// ```compile_fail,E0599
/// fn resolver(call: &mut palts::workflow::Call) {
///     call.writer();
/// }
/// ```
/// A write that has ended writes no more:
/// ```compile_fail,E0382
/// fn twice(mut write: palts::workflow::Write<'_>) {
///     write.unchanged();
///     write.writer();
/// }
/// ```
/// Nobody begins one without saying what is done and by which right:
/// ```compile_fail,E0061
/// fn begin(call: &mut palts::workflow::Call, act: palts::workflow::Act) {
///     call.begin(act);
/// }
/// ```
#[must_use = "a write ends in done or unchanged; else its operation keeps nothing"]
pub struct Write<'call> {
    call: &'call mut Call,
    scope: Scope,
    has_ended: bool,
}

/// How far a call has come with its writes.
#[derive(Default)]
pub(super) struct Progress {
    /// Whether an act is under way.
    is_under_way: bool,
    /// Whether an act was dropped without an end.
    is_dropped: bool,
    /// Whether a writer was handed out since the last entry in the audit.
    is_unaudited: bool,
}

impl Progress {
    /// An entry says what was written.
    pub(super) fn is_audited(&mut self) {
        self.is_unaudited = false;
    }

    /// Whether the operation must not be kept, and why.
    pub(super) fn fault(&self) -> Option<Error> {
        let fault = |text: &str| Some(Error::Internal(text.to_owned()));
        match self {
            Self { is_under_way: true, .. } | Self { is_dropped: true, .. } => fault("an act was begun and did not end"),
            Self { is_unaudited: true, .. } => fault("something was written, and the audit has no entry of it"),
            Self { is_under_way: false, is_dropped: false, is_unaudited: false } => None,
        }
    }
}

impl Call {
    /// Begins an act: asks for the capability in its territory, says what is about to be done, and has the territory locked against other
    /// writers. A refusal is audited under this act. The lock is taken with the first statement after it, so that whoever is refused by his
    /// rights makes nobody wait. A call that only reads locks nothing: it says what would be done.
    ///
    /// # Errors
    /// UNAUTHENTICATED, FORBIDDEN, NOT_FOUND outside the caller's territory; INVALID for a territory out of the order of
    /// [`lock`](Self::lock); INTERNAL inside another act.
    pub fn begin(&mut self, act: Act, capability: Capability) -> Result<Write<'_>> {
        self.announce(act.clone());
        // Nobody who is not signed in makes others wait, or learns what exists.
        self.require_signed_in()?;
        let scope = match &act.department {
            Some(department) => self.require(capability, department)?,
            None => {
                self.require_nation(capability)?;
                Scope::nowhere()
            }
        };
        self.opened(act, scope)
    }

    /// Begins an act that everybody who is signed in may do, on what is his own; or whose rights were [asked](Self::require) in another way just
    /// before.
    ///
    /// # Errors
    /// As of [`begin`](Self::begin), but for the capability.
    pub fn begin_within(&mut self, act: Act, scope: Scope) -> Result<Write<'_>> {
        self.announce(act.clone());
        self.require_signed_in()?;
        self.opened(act, scope)
    }

    fn opened(&mut self, act: Act, scope: Scope) -> Result<Write<'_>> {
        self.want(act.chain())?;
        self.under_way(scope)
    }

    /// As [`begin`](Self::begin), in several departments at once, each under an act of its own, and with the capability that it needs in each.
    /// What is refused later is audited under that act, or under `whole` when there are several.
    ///
    /// # Errors
    /// As of [`begin`](Self::begin), for the first department where the caller may not; those of the database.
    pub fn begin_all(&mut self, acts: &[(DepartmentCode, Act)], whole: Act, capability: Capability) -> Result<Write<'_>> {
        self.announce(whole.clone());
        self.require_signed_in()?;
        if acts.is_empty() {
            self.scope(capability)?;
        }
        for (department, act) in acts {
            self.announce(act.clone());
            self.require(capability, department)?;
        }
        if acts.len() > 1 {
            self.announce(whole);
        }
        self.lock_all(acts.iter().map(|(_, act)| act.chain()).collect())?;
        self.under_way(Scope::departments(acts.iter().map(|(department, _)| department.clone())))
    }

    fn under_way(&mut self, scope: Scope) -> Result<Write<'_>> {
        if self.progress.is_under_way {
            return Err(Error::Internal("an act was begun inside another".to_owned()));
        }
        self.progress.is_under_way = true;
        Ok(Write { call: self, scope, has_ended: false })
    }

    /// Why what was written must not be kept, if it must not.
    pub(in crate::workflow) fn fault_of_writing(&self) -> Option<Error> {
        self.progress.fault()
    }
}

impl Write<'_> {
    /// Where the caller has the capability that the write was begun with; nowhere for an act of the nation.
    #[must_use]
    pub fn scope(&self) -> Scope {
        self.scope.clone()
    }

    /// The connection, for store functions that write.
    ///
    /// # Errors
    /// As of [`Call::db`].
    pub fn writer(&mut self) -> Result<&mut Writer> {
        self.call.db()?;
        self.call.progress.is_unaudited = true;
        Ok(self.call.connection()?.writer()?)
    }

    /// Ends the write with its entry in the audit.
    ///
    /// # Errors
    /// Those of the database.
    pub fn done(mut self, detail: impl Into<String>) -> Result<()> {
        self.call.done(detail)?;
        self.end();
        Ok(())
    }

    /// Ends writes that were begun [together](Call::begin_all), each with its entry.
    ///
    /// # Errors
    /// Those of the database.
    pub fn done_all(mut self, acts: &[(Act, String)]) -> Result<()> {
        self.call.done_all(acts)?;
        self.end();
        Ok(())
    }

    /// Ends the write as one that was refused, where the answer tells the faults and is no error. Nothing may have been written for the act.
    ///
    /// # Errors
    /// Those of the database.
    pub fn refused_whole(mut self, outcome: &str, detail: impl Into<String>) -> Result<()> {
        self.call.refused_whole(outcome, detail)?;
        self.end();
        Ok(())
    }

    /// Ends a write that takes back what it has written since it [set a mark](crate::store::bulk::mark).
    ///
    /// # Errors
    /// Those of the database.
    pub fn undone(mut self) -> Result<()> {
        bulk::undo(self.writer()?)?;
        self.call.progress.is_audited();
        self.unchanged();
        Ok(())
    }

    /// Ends a write that found everything as it was to be, or was only tried. Whatever was written for it after all makes the operation fail.
    pub fn unchanged(mut self) {
        self.call.leave();
        self.end();
    }

    fn end(&mut self) {
        self.has_ended = true;
    }
}

impl Drop for Write<'_> {
    fn drop(&mut self) {
        self.call.progress.is_under_way = false;
        self.call.progress.is_dropped |= !self.has_ended;
    }
}

impl Deref for Write<'_> {
    type Target = Call;
    fn deref(&self) -> &Call {
        self.call
    }
}

impl DerefMut for Write<'_> {
    fn deref_mut(&mut self) -> &mut Call {
        self.call
    }
}
