//! The first pages of departments' lists, in memory: the last meetings, and what they brought, are what everybody opens. Each as it was read at
//! the version of its department, and believed by glances alone. Not for pages further on, nor for who sees what.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use super::heads::{Dated, Heads};
use super::shelf::{Heavy, OVERHEAD};
use super::{Call, Result};
use crate::domain::codes::DepartmentCode;
use crate::store::measures::Measure;
use crate::store::meetings::Meeting;

/// The items of a page, in their order.
pub type Items<V> = Arc<[Arc<V>]>;

/// First pages by what their list hangs on, and by how many items they have at most.
pub type FirstPages<K, V> = Dated<(K, i64), Items<V>>;

impl Heavy for [Arc<Meeting>] {
    fn bytes(&self) -> usize {
        self.iter().map(|meeting| size_of::<Meeting>() + meeting.minutes.len() + meeting.attendance.len() + OVERHEAD).sum()
    }
}

impl Heavy for [Arc<Measure>] {
    fn bytes(&self) -> usize {
        let texts = |one: &Measure| one.authority.len() + one.parquet.len() + one.recorded_by.len();
        self.iter().map(|one| size_of::<Measure>() + texts(one) + OVERHEAD).sum()
    }
}

/// A list that is remembered: where, what it hangs on, and whose data it is of.
pub struct Listed<K: 'static, V: 'static> {
    /// The shelf of its first pages.
    pub shelf: fn(&Heads) -> &FirstPages<K, V>,
    /// The department whose version tells whether a page is still true.
    pub department: fn(&K) -> &DepartmentCode,
    /// What an item's list hangs on.
    pub of: fn(&V) -> K,
}

impl<K, V> Listed<K, V>
where
    K: Clone + Eq + Hash + Send + 'static,
    V: Send + Sync + 'static,
    [Arc<V>]: Heavy,
{
    /// The first pages, of so many items at most, of some lists: those that are remembered, and the others as `read` finds them, in one
    /// statement, for the glances after this one to remember. Each list's items in their order.
    ///
    /// # Errors
    /// Those of `read`.
    pub fn first_pages(
        &self,
        call: &mut Call,
        keys: &[K],
        limit: i64,
        read: impl FnOnce(&mut Call, &[K]) -> Result<Vec<V>>,
    ) -> Result<Vec<Arc<V>>> {
        let (mut found, mut others) = (Vec::new(), Vec::new());
        for key in keys {
            let wanted = (key.clone(), limit);
            let version = |epochs: &crate::store::epochs::Epochs| epochs.of_department((self.department)(key));
            match call.recalled(|heads, epochs| (self.shelf)(heads).find(&wanted, version(epochs))) {
                Some(page) => found.extend(page.iter().cloned()),
                None => others.push(key.clone()),
            }
        }
        if others.is_empty() {
            return Ok(found);
        }
        if !call.may_learn() {
            found.extend(read(call, &others)?.into_iter().map(Arc::new));
            return Ok(found);
        }
        let mut pages: HashMap<K, Vec<Arc<V>>> = HashMap::with_capacity(others.len());
        for item in read(call, &others)? {
            let item = Arc::new(item);
            pages.entry((self.of)(&item)).or_default().push(Arc::clone(&item));
            found.push(item);
        }
        // A list of which nothing was found is known too.
        for key in others {
            let page: Items<V> = pages.remove(&key).unwrap_or_default().into();
            let (shelf, department) = (self.shelf, (self.department)(&key).clone());
            call.learn(move |heads, epochs| shelf(heads).keep((key, limit), epochs.of_department(&department), page));
        }
        Ok(found)
    }
}
