//! The life of a plan: reading plans and revisions, and each step that a revision takes. Which steps there are is the domain's; who may take
//! them is the policy's; here they meet.

mod draft;
mod read;

pub use draft::{draft_for_edit, touch};
pub use read::{Seen, seen};
