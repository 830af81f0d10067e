//! Objectives as items that a draft ranks, most urgent first. Ranking itself is [`ranking`](crate::workflow::ranking)'s.

use crate::access::Scope;
use crate::domain::codes::ObjectiveCode;
use crate::domain::keys::{ObjectiveKey, RevisionKey};
use crate::store::objectives::{self, Objective};
use crate::workflow::ranking::{self, Ranked};
use crate::workflow::revisions::Seen;
use crate::workflow::{Call, Result, Write};

/// Takes an objective out of a draft, and closes the gap in the ranks.
///
/// # Errors
/// Those of [`ranking::remove`].
pub fn remove(call: &mut Call, draft: &RevisionKey, version: i32, code: &str) -> Result<Seen> {
    ranking::remove::<Objective>(call, draft, version, code)
}

/// Ranks all objectives of a draft, most urgent first, at once.
///
/// # Errors
/// Those of [`ranking::rank`].
pub fn rank(call: &mut Call, draft: &RevisionKey, version: i32, codes: &[String]) -> Result<Seen> {
    ranking::rank::<Objective>(call, draft, version, codes)
}

impl Ranked for Objective {
    type Code = ObjectiveCode;
    const ONE: &'static str = "objective";
    const MANY: &'static str = "objectives";
    const RANK: &'static str = "rankObjectives";
    const REMOVE: &'static str = "removeObjective";

    fn code(&self) -> &ObjectiveCode {
        &self.key.code
    }

    fn rank(&mut self) -> &mut i32 {
        &mut self.rank
    }

    fn all(call: &mut Call, scope: &Scope, draft: &RevisionKey) -> Result<Vec<Self>> {
        Ok(objectives::of_revisions(call.db()?, scope, std::slice::from_ref(draft))?)
    }

    fn find(call: &mut Call, scope: &Scope, draft: &RevisionKey, code: &ObjectiveCode) -> Result<Option<Self>> {
        Ok(objectives::by_keys(call.db()?, scope, &[ObjectiveKey { revision: draft.clone(), code: code.clone() }])?.pop())
    }

    fn write_ranks(write: &mut Write<'_>, scope: &Scope, all: &[Self]) -> Result<()> {
        Ok(objectives::rank(write.writer()?, scope, all)?)
    }

    fn delete(write: &mut Write<'_>, scope: &Scope, draft: &RevisionKey, code: &ObjectiveCode, rank: i32) -> Result<()> {
        objectives::delete(write.writer()?, scope, &ObjectiveKey { revision: draft.clone(), code: code.clone() })?;
        Ok(objectives::close_gap(write.writer()?, scope, draft, rank)?)
    }
}
