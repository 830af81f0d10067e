//! An operation from begin to end: takes a connection, opens the one transaction, authenticates inside it, and at the end keeps everything or
//! nothing, and audits what was refused in a transaction of its own. Not for what happens in between.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use super::{Act, Call, Error, Office, Result};
use crate::access::{Caller, Capability};
use crate::store::audit::NewEntry;
use crate::store::{self, AnyConnection, Mode};

/// What an operation may do to the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Reads a snapshot.
    Query,
    /// Writes everything or nothing.
    Mutation,
    /// Login, refresh or logout: begins outside any transaction and opens its own.
    Session,
}

impl Kind {
    /// As logs and metrics name it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Mutation => "mutation",
            Self::Session => "session",
        }
    }
}

/// What a request says of who calls.
#[derive(Clone, Default)]
pub struct Credentials {
    /// The bearer token, unverified.
    pub bearer: Option<String>,
    /// Where the request comes from.
    pub address: Option<IpAddr>,
}

/// Never shows the token.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("bearer", &self.bearer.is_some()).field("address", &self.address).finish()
    }
}

/// How an operation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Without an error: keep it.
    Done,
    /// With errors, the first of which has this code: keep nothing.
    Refused(&'static str),
}

/// Begins an operation: its transaction is open and its caller known.
///
/// # Errors
/// UNAUTHENTICATED for a token that is not valid; UNAVAILABLE when no connection can be had.
pub fn begin(office: &Arc<Office>, kind: Kind, credentials: &Credentials, deadline: Instant) -> Result<Call> {
    let mode = match kind {
        Kind::Query => Mode::Read,
        Kind::Mutation => Mode::Write,
        Kind::Session => return Ok(Call::outside(Arc::clone(office), deadline).from_address(credentials.address)),
    };
    let mut conn = office.database.checkout(mode)?;
    conn.begin(mode)?;
    let caller = authenticate(conn.get(), office, credentials.bearer.as_deref())?;
    Ok(Call::new(conn, Arc::clone(office), caller, deadline).from_address(credentials.address))
}

/// Ends an operation: keeps a mutation that was done, forgets anything else, and audits what was refused.
///
/// # Errors
/// When the commit fails: then nothing is kept, and the operation was not done.
pub fn end(mut call: Call, kind: Kind, verdict: Verdict) -> Result<()> {
    let office = Arc::clone(call.office());
    let refusal = Refused::of(&mut call, verdict);
    let committed = match (call.into_conn(), kind, verdict) {
        (Some(mut conn), Kind::Mutation, Verdict::Done) => conn.commit().map_err(Error::from),
        (Some(mut conn), Kind::Mutation | Kind::Query, _) => {
            conn.rollback();
            Ok(())
        }
        (Some(_), Kind::Session, _) | (None, _, _) => Ok(()),
    };
    // The connection is back in its pool: this transaction needs one itself.
    if let Some(refusal) = refusal
        && let Err(error) = refusal.write(&office)
    {
        tracing::error!(%error, "a refusal could not be audited");
    }
    committed
}

/// Whether the office can serve: the database answers and its migrations are up to date.
///
/// # Errors
/// UNAVAILABLE when not.
pub fn ready(office: &Office) -> Result<()> {
    let mut conn = office.database.checkout(Mode::Read)?;
    if store::migrate::pending(conn.get())? {
        return Err(Error::Unavailable("migrations are waiting: run `palts migrate`".to_owned()));
    }
    Ok(())
}

/// Who calls. Nobody, without a token.
fn authenticate(_connection: &mut AnyConnection, _office: &Office, bearer: Option<&str>) -> Result<Caller> {
    match bearer {
        None => Ok(Caller::Anonymous),
        Some(_) => Err(Error::Unauthenticated("the token is not valid".to_owned())),
    }
}

/// What was refused to whom, for the audit.
struct Refused {
    actor: String,
    at: chrono::NaiveDateTime,
    act: Option<(Act, &'static str)>,
    capabilities: Vec<Capability>,
}

impl Refused {
    /// What of this call is to be audited; nothing of people who are not signed in.
    fn of(call: &mut Call, verdict: Verdict) -> Option<Self> {
        call.caller().identity()?;
        let actor = call.caller().name();
        let at = call.now();
        let (act, capabilities) = call.refusals();
        let act = match (act, verdict) {
            // A fault of ours or of the database is no refusal.
            (Some(_), Verdict::Refused("INTERNAL" | "UNAVAILABLE")) => None,
            (Some(act), Verdict::Refused(code)) => Some((act.clone(), code)),
            (Some(_), Verdict::Done) | (None, _) => None,
        };
        let capabilities = if act.is_some() { Vec::new() } else { capabilities.to_vec() };
        if act.is_none() && capabilities.is_empty() {
            return None;
        }
        Some(Self { actor, at, act, capabilities })
    }

    fn write(self, office: &Office) -> Result<()> {
        let mut entries = Vec::new();
        if let Some((act, code)) = &self.act {
            entries.push(self.entry(act, code, ""));
        }
        for capability in &self.capabilities {
            let act = Act::access("read", capability.to_string());
            entries.push(self.entry(&act, "FORBIDDEN", ""));
        }
        office.database.write(|connection| {
            for entry in entries {
                store::audit::append(connection, entry)?;
            }
            Ok(())
        })
    }

    fn entry(&self, act: &Act, outcome: &str, detail: &str) -> NewEntry {
        NewEntry::of(&act.chain(), act.category, self.at, &self.actor, act.name, &act.subject, outcome, detail)
    }
}
