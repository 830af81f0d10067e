//! Ranking the sectors of a draft, and taking one out. Both are the préfecture's.

use super::upsert::key_of;
use crate::access::Capability;
use crate::domain::codes::SectorCode;
use crate::domain::keys::RevisionKey;
use crate::domain::ranks;
use crate::store::sectors;
use crate::workflow::revisions::{self, Seen};
use crate::workflow::{Act, Call, Error, Result, input};

/// Takes a sector out of a draft, and closes the gap in the ranks. Objectives that named it name it no longer; one that is left without a
/// place fails the check of submission, and says so there (house).
///
/// # Errors
/// FORBIDDEN, NOT_FOUND, CONFLICT.
pub fn remove(call: &mut Call, key: &RevisionKey, version: i32, code: &str) -> Result<Seen> {
    call.begin(Act::local("removeSector", &key.department, format!("revision {key}")))?;
    let scope = call.require(Capability::EditPlan, &key.department)?;
    revisions::draft_for_edit(call, &scope, key, version)?;
    let sector_key = key_of(key, code)?;
    let sector = sectors::by_keys(call.db()?, &scope, std::slice::from_ref(&sector_key))?.pop();
    let sector = sector.ok_or_else(|| Error::not_found("sector"))?;
    sectors::delete(call.db()?, &scope, &sector_key)?;
    sectors::close_gap(call.db()?, &scope, key, sector.rank)?;
    let seen = revisions::touch(call, key)?;
    call.done(format!("sector {}", sector_key.code))?;
    Ok(seen)
}

/// Ranks all sectors of a draft, worst hit first, at once.
///
/// # Errors
/// FORBIDDEN, NOT_FOUND, CONFLICT; INVALID when the list is not exactly the sectors that there are.
pub fn rank(call: &mut Call, key: &RevisionKey, version: i32, codes: &[String]) -> Result<Seen> {
    call.begin(Act::local("rankSectors", &key.department, format!("revision {key}")))?;
    let scope = call.require(Capability::EditPlan, &key.department)?;
    revisions::draft_for_edit(call, &scope, key, version)?;
    input::bounded("codes", codes, call.office().rules.max_items_per_revision)?;
    let wanted = codes
        .iter()
        .enumerate()
        .map(|(index, code)| input::parse::<SectorCode>(&format!("codes[{index}]"), code))
        .collect::<Result<Vec<_>>>()?;
    let mut rows = sectors::of_revisions(call.db()?, &scope, std::slice::from_ref(key))?;
    let current: Vec<SectorCode> = rows.iter().map(|row| row.key.code.clone()).collect();
    let order = ranks::reorder(&current, &wanted).map_err(|fault| Error::invalid("codes", fault))?;
    let order: std::collections::BTreeMap<SectorCode, i32> = order.into_iter().collect();
    for row in &mut rows {
        if let Some(rank) = order.get(&row.key.code) {
            row.rank = *rank;
        }
    }
    sectors::upsert(call.db()?, &scope, &rows)?;
    let seen = revisions::touch(call, key)?;
    call.done(format!("{} sectors", rows.len()))?;
    Ok(seen)
}
