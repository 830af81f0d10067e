//! A call: the state of one operation. Holds its connection, inside its one transaction, who calls, and the moment at which everything in it
//! happens. Workflow functions take `&mut Call` and nothing else of the world.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use chrono::{NaiveDate, NaiveDateTime};

use super::{Error, Office, Result};
use crate::access::{Access, Caller, Capability, PlanSight, Refusal, Scope};
use crate::domain::codes::DepartmentCode;
use crate::domain::period::paris_day;
use crate::store::audit::{Category, Chain, NewEntry};
use crate::store::{self, AnyConnection, Conn};

/// What is being done, for the audit: known before anything can be refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// Name of the act: the mutation's.
    pub name: &'static str,
    /// The department it concerns; none for national acts and accounts.
    pub department: Option<DepartmentCode>,
    /// Who may read of it.
    pub category: Category,
    /// What it is done to, in short: `revision 13/4`.
    pub subject: String,
}

impl Act {
    /// An act in a department.
    pub fn local(name: &'static str, department: &DepartmentCode, subject: impl Into<String>) -> Self {
        Self { name, department: Some(department.clone()), category: Category::Plan, subject: subject.into() }
    }

    /// An act of the nation.
    pub fn national(name: &'static str, subject: impl Into<String>) -> Self {
        Self { name, department: None, category: Category::National, subject: subject.into() }
    }

    /// An act on accounts, grants, tokens or sessions.
    pub fn access(name: &'static str, subject: impl Into<String>) -> Self {
        Self { name, department: None, category: Category::Access, subject: subject.into() }
    }

    /// The chain that the act is written to: its department's, or the nation's.
    #[must_use]
    pub fn chain(&self) -> Chain {
        self.department.as_ref().map_or(Chain::Nation, |code| Chain::Department(code.clone()))
    }
}

/// One operation under way.
pub struct Call {
    conn: Option<Conn>,
    office: Arc<Office>,
    caller: Caller,
    address: Option<IpAddr>,
    now: NaiveDateTime,
    deadline: Instant,
    act: Option<Act>,
    refused: Vec<Capability>,
}

impl Call {
    /// Begins a call on a connection whose transaction is open.
    #[must_use]
    pub fn new(conn: Conn, office: Arc<Office>, caller: Caller, deadline: Instant) -> Self {
        let now = office.clock.now();
        Self { conn: Some(conn), office, caller, address: None, now, deadline, act: None, refused: Vec::new() }
    }

    /// Begins a call outside any transaction, for nobody yet: login, refresh and logout open their own short ones, because hashing must not
    /// hold a connection.
    #[must_use]
    pub fn outside(office: Arc<Office>, deadline: Instant) -> Self {
        let now = office.clock.now();
        let caller = Caller::Anonymous;
        Self { conn: None, office, caller, address: None, now, deadline, act: None, refused: Vec::new() }
    }

    /// Says where the call comes from.
    #[must_use]
    pub fn from_address(mut self, address: Option<IpAddr>) -> Self {
        self.address = address;
        self
    }

    /// Where the call comes from; none on the command line.
    #[must_use]
    pub fn address(&self) -> Option<IpAddr> {
        self.address
    }

    /// The connection, for store functions.
    ///
    /// # Errors
    /// [`Error::Unavailable`] past the deadline: a blocking thread cannot be cancelled, so every store call asks. INTERNAL in a call that
    /// was begun [`outside`](Self::outside).
    pub fn db(&mut self) -> Result<&mut AnyConnection> {
        if Instant::now() > self.deadline {
            return Err(Error::Unavailable("the operation took too long and was stopped".to_owned()));
        }
        match &mut self.conn {
            Some(conn) => Ok(conn.get()),
            None => Err(Error::Internal("a session's call has no transaction".to_owned())),
        }
    }

    /// What all operations share.
    #[must_use]
    pub fn office(&self) -> &Arc<Office> {
        &self.office
    }

    /// Who calls.
    #[must_use]
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The moment of this operation, UTC.
    #[must_use]
    pub fn now(&self) -> NaiveDateTime {
        self.now
    }

    /// The day of this operation, Europe/Paris.
    #[must_use]
    pub fn today(&self) -> NaiveDate {
        paris_day(self.now)
    }

    /// The caller under the policy.
    #[must_use]
    pub fn access(&self) -> Access<'_> {
        Access::new(&self.caller, &self.office.policy, &self.office.territories)
    }

    /// Where the caller has the capability; a refusal is remembered for the audit.
    ///
    /// # Errors
    /// UNAUTHENTICATED or FORBIDDEN.
    pub fn scope(&mut self, capability: Capability) -> Result<Scope> {
        let answer = self.access().scope(capability);
        self.remember(answer)
    }

    /// Requires the capability in a department; a refusal is remembered for the audit.
    ///
    /// # Errors
    /// UNAUTHENTICATED, FORBIDDEN, or NOT_FOUND outside the caller's territory.
    pub fn require(&mut self, capability: Capability, department: &DepartmentCode) -> Result<Scope> {
        let answer = self.access().require(capability, department);
        self.remember(answer)
    }

    /// Requires the capability over the nation; a refusal is remembered for the audit.
    ///
    /// # Errors
    /// UNAUTHENTICATED or FORBIDDEN.
    pub fn require_nation(&mut self, capability: Capability) -> Result<()> {
        let answer = self.access().require_nation(capability);
        self.remember(answer)
    }

    /// Requires that somebody is signed in.
    ///
    /// # Errors
    /// UNAUTHENTICATED.
    pub fn require_signed_in(&self) -> Result<()> {
        self.caller.identity().map(|_| ()).ok_or_else(|| Refusal::Unauthenticated.into())
    }

    /// What of plans the caller sees; a refusal is remembered for the audit.
    ///
    /// # Errors
    /// UNAUTHENTICATED, or FORBIDDEN for a caller who reads no plan at all.
    pub fn plan_sight(&mut self) -> Result<PlanSight> {
        let answer = PlanSight::of(&self.access());
        self.remember(answer)
    }

    fn remember<T>(&mut self, answer: Result<T, Refusal>) -> Result<T> {
        if let Err(Refusal::Forbidden(capability)) = &answer
            && !self.refused.contains(capability)
        {
            self.refused.push(*capability);
        }
        Ok(answer?)
    }

    /// Says what is about to be done and locks its territory against other writers, so that everything read from here on stays true until
    /// the commit. Call it first in every write, before any check: a refusal is audited under this act.
    ///
    /// # Errors
    /// Those of the database.
    pub fn begin(&mut self, act: Act) -> Result<()> {
        let chain = act.chain();
        self.act = Some(act);
        // Nobody who is not signed in makes others wait.
        self.require_signed_in()?;
        store::audit::lock(self.db()?, &chain)?;
        Ok(())
    }

    /// Writes the audit entry of the act that was begun. Call it last in every write.
    ///
    /// # Errors
    /// Those of the database; INTERNAL when no act was begun.
    pub fn done(&mut self, detail: impl Into<String>) -> Result<()> {
        let act = self.act.clone().ok_or_else(|| Error::Internal("a write without an act".to_owned()))?;
        let entry = NewEntry::of(
            &act.chain(),
            act.category,
            self.now,
            &self.caller.name(),
            act.name,
            &act.subject,
            "DONE",
            &detail.into(),
        );
        store::audit::append(self.db()?, entry)?;
        Ok(())
    }

    /// Forgets that a capability was refused: when the caller was answered all the same, by another right.
    pub fn forgive(&mut self, capability: Capability) {
        self.refused.retain(|refused| *refused != capability);
    }

    /// The act under way, and what was refused: for the audit of refusals.
    #[must_use]
    pub fn refusals(&self) -> (Option<&Act>, &[Capability]) {
        (self.act.as_ref(), &self.refused)
    }

    /// Ends the call and gives the connection back, its transaction still open; none when the call was begun
    /// [`outside`](Self::outside).
    #[must_use]
    pub fn into_conn(self) -> Option<Conn> {
        self.conn
    }
}
