//! A revision in GraphQL.

use juniper::{ID, graphql_object};

use super::enums::RevisionStatus;
use crate::graphql::context::Context;
use crate::graphql::node::NodeId;
use crate::graphql::scalars::{Date, Semester};
use crate::graphql::value::PaltsScalar;
use crate::workflow::revisions::Seen;

/// One semester's state of a plan: diagnosis, mapping, objectives, modes of action. Immutable once signed.
#[derive(Clone)]
pub struct PlanRevision(pub Seen);

#[graphql_object]
#[graphql(scalar = PaltsScalar, context = Context)]
impl PlanRevision {
    /// Opaque id.
    pub fn id(&self) -> ID {
        NodeId::Revision(self.0.revision.key.department.clone(), self.0.revision.key.number).into()
    }
    /// 1, 2, 3 … in the order in which they were opened.
    pub fn number(&self) -> i32 {
        self.0.revision.key.number
    }
    /// Whose plan it states.
    pub fn semester(&self) -> Semester {
        Semester(self.0.revision.semester)
    }
    /// Where it stands in its life.
    pub fn status(&self) -> RevisionStatus {
        self.0.revision.status.into()
    }
    /// Grows with every change of content or step other than a signature; mutations name the version that they were made from.
    pub fn version(&self) -> i32 {
        self.0.revision.version
    }
    /// The last day on which it is in time (Europe/Paris); frozen when it was opened.
    pub fn due_on(&self) -> Date {
        Date(self.0.revision.due_on)
    }
    /// The shared diagnosis.
    pub fn diagnosis(&self) -> &str {
        &self.0.revision.diagnosis
    }
}
