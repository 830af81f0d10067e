//! What a write believes without asking of the departments that it has locked, and hands on to the writes after it. A department's epoch is
//! known from its lock and nobody else can move it, so that what was remembered at that epoch is what would be read. Not for queries, which
//! believe by epochs that they were given: see [`recall`](super::recall).

use std::sync::Arc;

use super::{Act, Call};
use crate::domain::codes::DepartmentCode;
use crate::store::audit::{Chain, Locked};
use crate::workflow::measures::frame::Frame;

/// A department's frame, and the data epoch at which it is true.
pub type HandedOn = (DepartmentCode, i64, Arc<Frame>);

/// What a document that writes holds of frames.
#[derive(Default)]
pub(super) struct Carry {
    /// Whether an act of the document may have changed any frame, or any indicator: from there on nothing is believed, and nothing handed on.
    is_stirred: bool,
    /// The nation's data epoch under the last lock.
    nation: Option<i64>,
    /// Of departments that are locked.
    frames: Vec<(DepartmentCode, Arc<Frame>)>,
}

impl Carry {
    /// Takes note of an act before it does anything.
    pub(super) fn begins(&mut self, act: &Act) {
        if !act.leaves_frames {
            self.is_stirred = true;
            self.frames.clear();
        }
    }
}

impl Call {
    /// Under a lock that was just taken: the department's frame as of its epoch, if that is remembered.
    pub(super) fn recall_frame(&mut self, chain: &Chain, locked: &Locked) {
        self.carry.nation = Some(locked.nation);
        if let Chain::Department(department) = chain
            && !self.carry.is_stirred
            && let Some(frame) = self.office.heads.frames.find(department, locked.head.epoch)
        {
            self.carry.frames.push((department.clone(), frame));
        }
    }

    /// The frame of a department, if it is known to be true in this transaction.
    #[must_use]
    pub fn frame(&self, department: &DepartmentCode) -> Option<Arc<Frame>> {
        self.carry.frames.iter().find(|(of, _)| of == department).map(|(_, frame)| Arc::clone(frame))
    }

    /// Holds the frame of a department that this document has locked, as it was read under the lock.
    pub fn hold_frame(&mut self, department: &DepartmentCode, frame: &Arc<Frame>) {
        if !self.carry.is_stirred {
            self.carry.frames.push((department.clone(), Arc::clone(frame)));
        }
    }

    /// The nation's data epoch under the last lock, as long as this document has done nothing that may have changed an indicator.
    #[must_use]
    pub fn nation_under_lock(&self) -> Option<i64> {
        self.carry.nation.filter(|_| !self.carry.is_stirred)
    }

    /// The frames that stand once this document is committed, each at the epoch to which its acts have brought the department.
    #[must_use]
    pub fn handed_on(&self) -> Vec<HandedOn> {
        let epoch = |department: &DepartmentCode| {
            let head = self.heads.iter().find(|(chain, _)| matches!(chain, Chain::Department(of) if of == department));
            head.map(|(_, head)| head.epoch)
        };
        let standing = |(department, frame): &(DepartmentCode, Arc<Frame>)| {
            epoch(department).map(|epoch| (department.clone(), epoch, Arc::clone(frame)))
        };
        self.carry.frames.iter().filter_map(standing).collect()
    }
}
