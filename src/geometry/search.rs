//! Searching a tree of boxes: every node that is looked at counts as a step, whether anything is found in it or not. The library's own iterators
//! count nothing, and a search that finds nothing may have walked through the whole tree. Not for what is done with what is found.

use std::ops::ControlFlow;

use rstar::{AABB, Envelope as _, RTree, RTreeNode, RTreeObject};

use super::effort::{Effort, Stopped};

/// A box in degrees, or in any plane.
pub(super) type Box2 = AABB<[f64; 2]>;

/// Steps for putting one thing into a tree: it is sorted once for each level.
pub(super) const TO_INDEX: usize = 8;

/// Calls `found` with everything whose box meets the given one, in no order, until it breaks.
///
/// # Errors
/// [`Stopped`], and those of `found`.
pub(super) fn meeting<'t, T: RTreeObject<Envelope = Box2>>(
    tree: &'t RTree<T>,
    envelope: Box2,
    effort: &mut Effort,
    mut found: impl FnMut(&'t T, &mut Effort) -> Result<ControlFlow<()>, Stopped>,
) -> Result<(), Stopped> {
    let mut waiting = vec![tree.root()];
    while let Some(node) = waiting.pop() {
        effort.spend(1)?;
        for child in node.children() {
            match child {
                RTreeNode::Leaf(leaf) => {
                    if leaf.envelope().intersects(&envelope) {
                        effort.spend(1)?;
                        if found(leaf, effort)?.is_break() {
                            return Ok(());
                        }
                    }
                }
                RTreeNode::Parent(parent) => {
                    if parent.envelope().intersects(&envelope) {
                        waiting.push(parent);
                    }
                }
            }
        }
    }
    Ok(())
}

/// The same, all at once.
///
/// # Errors
/// [`Stopped`].
pub(super) fn all_meeting<'t, T: RTreeObject<Envelope = Box2>>(
    tree: &'t RTree<T>,
    envelope: Box2,
    effort: &mut Effort,
) -> Result<Vec<&'t T>, Stopped> {
    let mut all = Vec::new();
    meeting(tree, envelope, effort, |one, _| {
        all.push(one);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(all)
}
