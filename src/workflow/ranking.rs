//! What is ranked in a draft ('classés par ordre de priorité', circular of 2010): sectors by how badly hit they are, objectives by urgency.
//! Ranking them anew and taking one out go the same way for both, and are the préfecture's. What a rank is, is the domain's.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use super::revisions::{self, Seen};
use super::{Act, Call, Error, Result, Write, input};
use crate::access::{Capability, Scope};
use crate::domain::Explained;
use crate::domain::keys::RevisionKey;
use crate::domain::ranks;

/// An item of a draft that has a rank there.
pub trait Ranked: Sized {
    /// Its code, stable across revisions.
    type Code: FromStr<Err: Explained> + Ord + Clone + Display;
    /// What one is called.
    const ONE: &'static str;
    /// What several are called.
    const MANY: &'static str;
    /// The mutation that ranks them, as the audit names it.
    const RANK: &'static str;
    /// The mutation that takes one out.
    const REMOVE: &'static str;

    /// Its code.
    fn code(&self) -> &Self::Code;
    /// Its rank, from 1.
    fn rank(&mut self) -> &mut i32;
    /// All of a draft.
    fn all(call: &mut Call, scope: &Scope, draft: &RevisionKey) -> Result<Vec<Self>>;
    /// The one with a code.
    fn find(call: &mut Call, scope: &Scope, draft: &RevisionKey, code: &Self::Code) -> Result<Option<Self>>;
    /// Writes the ranks of all, in one statement.
    fn write_ranks(write: &mut Write<'_>, scope: &Scope, all: &[Self]) -> Result<()>;
    /// Deletes one, and moves those after it up.
    fn delete(write: &mut Write<'_>, scope: &Scope, draft: &RevisionKey, code: &Self::Code, rank: i32) -> Result<()>;
}

/// Takes an item out of a draft, and closes the gap in the ranks.
///
/// # Errors
/// FORBIDDEN, NOT_FOUND, CONFLICT; INVALID for what is no code.
pub fn remove<T: Ranked>(call: &mut Call, draft: &RevisionKey, version: i32, code: &str) -> Result<Seen> {
    let mut write = call.begin(Act::local(T::REMOVE, &draft.department, format!("revision {draft}")), Capability::EditPlan)?;
    let scope = write.scope();
    revisions::draft_for_edit(&mut write, &scope, draft, version)?;
    let code: T::Code = input::parse("code", code)?;
    let mut item = T::find(&mut write, &scope, draft, &code)?.ok_or_else(|| Error::not_found(T::ONE))?;
    T::delete(&mut write, &scope, draft, &code, *item.rank())?;
    let seen = revisions::touch(&mut write, draft)?;
    write.done(format!("{} {code}", T::ONE))?;
    Ok(seen)
}

/// Ranks all items of a draft at once, the first of the list first.
///
/// # Errors
/// FORBIDDEN, NOT_FOUND, CONFLICT; INVALID when the list is not exactly the items that there are.
pub fn rank<T: Ranked>(call: &mut Call, draft: &RevisionKey, version: i32, codes: &[String]) -> Result<Seen> {
    let mut write = call.begin(Act::local(T::RANK, &draft.department, format!("revision {draft}")), Capability::EditPlan)?;
    let scope = write.scope();
    revisions::draft_for_edit(&mut write, &scope, draft, version)?;
    input::bounded("codes", codes, write.office().rules.max_items_per_revision)?;
    let wanted = codes
        .iter()
        .enumerate()
        .map(|(index, code)| input::parse(&format!("codes[{index}]"), code))
        .collect::<Result<Vec<T::Code>>>()?;
    let mut items = T::all(&mut write, &scope, draft)?;
    let current: Vec<T::Code> = items.iter().map(|item| item.code().clone()).collect();
    let order = ranks::reorder(&current, &wanted).map_err(|fault| Error::invalid("codes", fault.message()))?;
    let order: BTreeMap<T::Code, i32> = order.into_iter().collect();
    for item in &mut items {
        if let Some(rank) = order.get(item.code()) {
            *item.rank() = *rank;
        }
    }
    T::write_ranks(&mut write, &scope, &items)?;
    let seen = revisions::touch(&mut write, draft)?;
    write.done(format!("{} {}", items.len(), T::MANY))?;
    Ok(seen)
}
