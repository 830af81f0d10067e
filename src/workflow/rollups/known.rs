//! Figures by department, in memory: what was read of each at the version of its data, so that after a write in one department those of the
//! others are known still. Only glances believe it. Nobody gets at the figures of a department but by naming it: see [`Within`].

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use super::view::{View, scope_of};
use crate::access::Scope;
use crate::domain::departments::{DepartmentPlace, DepartmentSet};
use crate::domain::rollup::Tally;
use crate::domain::rollup::table::Exemption;
use crate::domain::territory::Territories;
use crate::domain::vocabulary::Granularity;
use crate::store::epochs::Epochs;
use crate::store::rollups::Cut;
use crate::workflow::heads::Heads;
use crate::workflow::shelf::{Heavy, Shelf};
use crate::workflow::{Call, Result};

/// Beyond so many departments of the nation that have to be read, all are: a list of them is prepared anew each time.
const FEW: usize = 24;

/// Of which sums one statement reads many: an indicator (its database id), a kept period, and what its sums are told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Slice {
    /// The indicator's database id.
    pub indicator: i32,
    /// The length of the period.
    pub length: Granularity,
    /// Its first fortnight, as stored.
    pub start: i32,
    /// What, beside the department, sums are told apart by.
    pub cut: Cut,
}

/// The sum of a department, or of one part of it.
#[derive(Clone, Debug)]
pub struct Share {
    /// Service, authority or parquet; empty for the whole, and where there is none.
    pub part: Box<str>,
    /// What its cells come to.
    pub tally: Tally,
}

impl Heavy for Share {
    fn bytes(&self) -> usize {
        // What an allocation takes beside its text.
        if self.part.is_empty() { 0 } else { self.part.len() + 16 }
    }
}

impl Heavy for Exemption {
    fn bytes(&self) -> usize {
        0
    }
}

/// At which version each department was read; none: it was not.
type Versions = Box<[Option<i64>]>;

/// What is known of departments. A department that was read and of which nothing was found is known too: by its version.
#[derive(Debug)]
pub struct ByDepartment<T> {
    versions: Versions,
    /// By department.
    items: Box<[(DepartmentPlace, T)]>,
}

impl<T: Heavy> Heavy for ByDepartment<T> {
    fn bytes(&self) -> usize {
        size_of::<Self>()
            + size_of_val(&*self.versions)
            + size_of_val(&*self.items)
            + self.items.iter().map(|(_, item)| item.bytes()).sum::<usize>()
    }
}

impl<T: Clone> ByDepartment<T> {
    /// Of some departments, those that were read at these versions.
    fn standing(&self, of: DepartmentSet, now: &[Option<i64>]) -> DepartmentSet {
        let at = |versions: &[Option<i64>], place: DepartmentPlace| versions.get(place.index()).copied().flatten();
        of.places().filter(|place| at(now, *place).is_some_and(|now| at(&self.versions, *place) == Some(now))).collect()
    }

    /// What was known before, but of the departments that were read now what was found.
    fn renewed(before: Option<&Self>, read: DepartmentSet, now: &[Option<i64>], found: Vec<(DepartmentPlace, T)>) -> Self {
        let was = |index| before.and_then(|before| before.versions.get(index).copied().flatten());
        let is_read = |index| DepartmentPlace::at(index).is_some_and(|place| read.holds(place));
        let versions = now.iter().enumerate().map(|(index, now)| if is_read(index) { *now } else { was(index) }).collect();
        let kept = before.into_iter().flat_map(|before| before.items.iter().filter(|(place, _)| !read.holds(*place)).cloned());
        let mut items: Vec<(DepartmentPlace, T)> =
            kept.chain(found.into_iter().filter(|(place, _)| read.holds(*place))).collect();
        items.sort_by_key(|(place, _)| *place);
        Self { versions, items: items.into() }
    }
}

/// What is known of the departments of a view, and of no others.
pub(super) struct Within<T> {
    known: Arc<ByDepartment<T>>,
    departments: DepartmentSet,
}

impl<T> Within<T> {
    /// Each item with its department, by department.
    pub(super) fn items(&self) -> impl Iterator<Item = (DepartmentPlace, &T)> {
        self.known.items.iter().filter(|(place, _)| self.departments.holds(*place)).map(|(place, item)| (*place, item))
    }
}

/// What is kept of a key, and whether all of it stands.
struct Kept<K, T> {
    key: K,
    before: Option<Arc<ByDepartment<T>>>,
    stands: bool,
}

/// What a view holds of some keys: from memory, as far as the departments' versions stand; the rest is read, in one statement, and noted for the
/// glances after this one. Answers in the order of the keys.
///
/// # Errors
/// Those of the database.
pub(super) fn gather<K, T>(
    call: &mut Call,
    view: &View,
    keys: Vec<K>,
    shelf: fn(&Heads) -> &Shelf<K, Arc<ByDepartment<T>>>,
    read: impl FnOnce(&mut Call, &Scope, &[K]) -> Result<HashMap<K, Vec<(DepartmentPlace, T)>>>,
) -> Result<Vec<(K, Within<T>)>>
where
    K: Copy + Eq + Hash + Send + 'static,
    T: Clone + Heavy + Send + Sync + 'static,
{
    let office = Arc::clone(call.office());
    let (territories, departments) = (&office.territories, view.departments);
    let within = |known| Within { known, departments };
    let Some(now) = call.recalled(|_, epochs| Some(versions(territories, departments, epochs))) else {
        let mut found = read(call, &view.scope(territories), &keys)?;
        let of = |items: Vec<_>| within(Arc::new(ByDepartment::renewed(None, departments, &[], items)));
        return Ok(keys.into_iter().map(|key| (key, of(found.remove(&key).unwrap_or_default()))).collect());
    };
    let mut lacking = DepartmentSet::default();
    let known: Vec<Kept<K, T>> = keys
        .into_iter()
        .map(|key| {
            let before = call.recalled(|heads, _| shelf(heads).find(&key));
            let missing = before.as_ref().map_or(departments, |before| departments - before.standing(departments, &now));
            lacking = lacking | missing;
            Kept { key, before, stands: missing.is_empty() }
        })
        .collect();
    let to_read: Vec<K> = known.iter().filter(|kept| !kept.stands).map(|kept| kept.key).collect();
    let reading = if lacking.len() > FEW { departments } else { lacking };
    let scope = if reading == departments { view.scope(territories) } else { scope_of(territories, reading) };
    let mut found = if to_read.is_empty() { HashMap::new() } else { read(call, &scope, &to_read)? };
    let mut learnt: Vec<(K, Arc<ByDepartment<T>>)> = Vec::with_capacity(to_read.len());
    let answers = known
        .into_iter()
        .map(|Kept { key, before, stands }| match before {
            Some(before) if stands => (key, within(before)),
            before => {
                let items = found.remove(&key).unwrap_or_default();
                let renewed = Arc::new(ByDepartment::renewed(before.as_deref(), reading, &now, items));
                learnt.push((key, Arc::clone(&renewed)));
                (key, within(renewed))
            }
        })
        .collect();
    if !learnt.is_empty() {
        call.learn(move |heads, _| learnt.into_iter().for_each(|(key, value)| shelf(heads).keep(key, value)));
    }
    Ok(answers)
}

/// The versions of some departments, at their places.
fn versions(territories: &Territories, departments: DepartmentSet, epochs: &Epochs) -> Versions {
    let version =
        |index, code| DepartmentPlace::at(index).filter(|place| departments.holds(*place)).map(|_| epochs.of_department(code));
    territories.departments().enumerate().map(|(index, department)| version(index, &department.code)).collect()
}
