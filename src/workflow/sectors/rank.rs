//! Sectors as items that a draft ranks, worst hit first. Ranking itself is [`ranking`](crate::workflow::ranking)'s.

use crate::access::Scope;
use crate::domain::codes::SectorCode;
use crate::domain::keys::{RevisionKey, SectorKey};
use crate::store::sectors::{self, Sector};
use crate::workflow::ranking::{self, Ranked};
use crate::workflow::revisions::Seen;
use crate::workflow::{Call, Result, Write};

/// Takes a sector out of a draft, and closes the gap in the ranks. Objectives that named it name it no longer; one that is left without a
/// place fails the check of submission, and says so there (house).
///
/// # Errors
/// Those of [`ranking::remove`].
pub fn remove(call: &mut Call, draft: &RevisionKey, version: i32, code: &str) -> Result<Seen> {
    ranking::remove::<Sector>(call, draft, version, code)
}

/// Ranks all sectors of a draft, worst hit first, at once.
///
/// # Errors
/// Those of [`ranking::rank`].
pub fn rank(call: &mut Call, draft: &RevisionKey, version: i32, codes: &[String]) -> Result<Seen> {
    ranking::rank::<Sector>(call, draft, version, codes)
}

impl Ranked for Sector {
    type Code = SectorCode;
    const ONE: &'static str = "sector";
    const MANY: &'static str = "sectors";
    const RANK: &'static str = "rankSectors";
    const REMOVE: &'static str = "removeSector";

    fn code(&self) -> &SectorCode {
        &self.key.code
    }

    fn rank(&mut self) -> &mut i32 {
        &mut self.rank
    }

    fn all(call: &mut Call, scope: &Scope, draft: &RevisionKey) -> Result<Vec<Self>> {
        Ok(sectors::of_revisions(call.db()?, scope, std::slice::from_ref(draft))?)
    }

    fn find(call: &mut Call, scope: &Scope, draft: &RevisionKey, code: &SectorCode) -> Result<Option<Self>> {
        Ok(sectors::by_keys(call.db()?, scope, &[SectorKey { revision: draft.clone(), code: code.clone() }])?.pop())
    }

    fn write_ranks(write: &mut Write<'_>, scope: &Scope, all: &[Self]) -> Result<()> {
        Ok(sectors::upsert(write.writer()?, scope, all)?)
    }

    fn delete(write: &mut Write<'_>, scope: &Scope, draft: &RevisionKey, code: &SectorCode, rank: i32) -> Result<()> {
        sectors::delete(write.writer()?, scope, &SectorKey { revision: draft.clone(), code: code.clone() })?;
        Ok(sectors::close_gap(write.writer()?, scope, draft, rank)?)
    }
}
