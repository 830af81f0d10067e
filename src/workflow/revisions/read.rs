//! Reading plans and revisions, each caller as far as its sight of plans reaches.

use crate::access::PlanSight;
use crate::domain::keys::RevisionKey;
use crate::store::revisions::{self, Revision};
use crate::workflow::{Call, Error, Result};

/// A revision as a caller sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The revision.
    pub revision: Revision,
    /// Whether all of it is seen; the education service sees its head, its diagnosis and its contributions only.
    pub whole: bool,
}

impl Seen {
    /// What of the revision the sight shows; the revision itself was found to be in sight.
    pub(super) fn by(sight: &PlanSight, revision: Revision) -> Self {
        Self { whole: sight.plans_in_force().holds(&revision.key.department), revision }
    }
}

/// One revision that the caller sees.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN for a caller who reads no plan at all, NOT_FOUND.
pub fn seen(call: &mut Call, key: &RevisionKey) -> Result<Seen> {
    let sight = call.plan_sight()?;
    let found = revisions::in_sight(call.db()?, &sight, std::slice::from_ref(key))?.pop();
    found.map(|revision| Seen::by(&sight, revision)).ok_or_else(|| Error::not_found("revision"))
}
