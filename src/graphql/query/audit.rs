//! Questions about the audit.

use crate::graphql::connection::{Page, PageRequest};
use crate::graphql::context::Context;
use crate::graphql::error::ApiResult;
use crate::graphql::scalars::{DateTime, DepartmentCode};
use crate::graphql::types::audit::{AuditEntry, AuditEntryConnection};
use crate::store::audit_log::Filter;
use crate::workflow::audit;

/// Entries that the viewer may read, newest first.
pub fn audit_entries(
    context: &Context,
    department_code: Option<DepartmentCode>,
    from: Option<DateTime>,
    until: Option<DateTime>,
    first: Option<i32>,
    after: Option<String>,
) -> ApiResult<AuditEntryConnection> {
    let request = PageRequest::new("audit", first, after.as_deref(), &context.office().rules)?;
    let place = request.after_key()?;
    let filter = Filter {
        department: department_code.map(|code| code.0),
        from: from.map(|instant| instant.0),
        until: until.map(|instant| instant.0),
    };
    let rows = context.read(|call| audit::entries(call, &filter, place.as_ref(), request.first + 1))?;
    let count = Box::new(move |context: &Context| {
        let count = context.read(|call| audit::count(call, &filter))?;
        Ok(i32::try_from(count).unwrap_or(i32::MAX))
    });
    let nodes = AuditEntry::hand_out(context, rows);
    Ok(AuditEntryConnection(Page::new(&request, nodes, |entry| entry.0.place().to_string(), count)))
}
