//! A call: the state of one operation. Holds its connection, inside its one transaction, who calls, and the moment at which everything in it
//! happens. Workflow functions take `&mut Call` and nothing else of the world.

mod acts;
mod carry;
pub mod reading;
mod recall;
mod source;
mod turn;
mod write;

use std::cell::Cell;
use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use chrono::{NaiveDate, NaiveDateTime};

use super::idempotency::{self, Attempt, Claim};
use super::{Error, Office, Result};
use crate::access::{Access, Caller, Capability, Identity, PlanSight, Refusal, Scope};
use crate::domain::Deadline;
use crate::domain::codes::DepartmentCode;
use crate::domain::keys::RevisionKey;
use crate::domain::period::paris_day;
use crate::store::audit::{Chain, Head};
use crate::store::silence::Loan;
use crate::store::{Conn, Mode, Reader, Writer};
use carry::Carry;
use reading::Reading;
use recall::Recall;
use turn::{Turn, waiting};

use crate::domain::Message;
pub use acts::Act;
pub use carry::HandedOn;
pub use recall::Lesson;
pub use source::{Source, Way};
pub use turn::{Turns, Work};
use write::Progress;
pub use write::Write;

/// Departments out of scope that one call is remembered for, at most.
const MOST_BEYOND: usize = 8;

/// What a call stands on.
enum Ground {
    /// Nothing yet: the first statement takes a connection and opens the transaction.
    Waiting(Mode),
    /// A connection, its transaction open.
    Open(Box<Conn>),
    /// Nothing, to the end: sessions open their own short transactions.
    Outside,
    /// What is remembered, and no more: whatever else is asked for ends the call.
    Memory,
}

/// What an answer depends on beside the data, the day and the caller's rights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dependence {
    /// On who asks: others with the same rights are answered otherwise.
    pub person: bool,
    /// On what no data epoch counts: the audit, which grows with refusals too.
    pub uncounted: bool,
}

/// One operation under way.
pub struct Call {
    ground: Ground,
    office: Arc<Office>,
    caller: Caller,
    address: Option<IpAddr>,
    now: NaiveDateTime,
    deadline: Instant,
    /// What setting says when it is stopped, and after how many milliseconds; none on the command line.
    limit: Option<(&'static str, u64)>,
    act: Option<Act>,
    /// What a refusal is put under once an act has come to its end.
    last: Option<Act>,
    /// The chains that are locked, each after the one before it.
    locked: Vec<Chain>,
    /// The chains that the next statement locks before anything else.
    wanted: Vec<Chain>,
    turn: Turn,
    /// The heads of some of them.
    heads: Vec<(Chain, Head)>,
    refused: Vec<Capability>,
    /// What was asked for in departments that do not exist for the caller.
    beyond: Vec<(Capability, DepartmentCode)>,
    dependence: Cell<Dependence>,
    /// The nation's epoch at which the caller was recognised; none: it needs no recognition.
    recognised_at: Option<i64>,
    overtaken: bool,
    /// Revisions that were met, and had been transmitted: what they hold never changes.
    unchanging: HashSet<RevisionKey>,
    is_reading: bool,
    /// What may be believed without asking; nothing but in a glance.
    recall: Option<Recall>,
    /// What a write believes under its locks.
    carry: Carry,
    /// Under a key of its sender's: taken as the transaction's first statement, and not before.
    attempt: Option<Attempt>,
    /// What was answered when it was done before under its key.
    given: Option<String>,
    /// Whether the audit has an entry of something that was done here.
    has_acted: bool,
    reading: Reading,
    progress: Progress,
}

impl Call {
    /// Begins a call; its transaction opens with its first statement.
    #[must_use]
    pub fn new(office: Arc<Office>, mode: Mode, caller: Caller, deadline: Instant) -> Self {
        Self::on(Ground::Waiting(mode), office, caller, deadline)
    }

    /// Begins a call outside any transaction: login, refresh and logout (for nobody yet) and a change of password open their own short ones,
    /// because hashing must not hold a connection.
    #[must_use]
    pub fn outside(office: Arc<Office>, caller: Caller, deadline: Instant) -> Self {
        Self::on(Ground::Outside, office, caller, deadline)
    }

    fn on(ground: Ground, office: Arc<Office>, caller: Caller, deadline: Instant) -> Self {
        let now = office.clock.now();
        let is_reading = matches!(ground, Ground::Waiting(Mode::Glance | Mode::Read) | Ground::Memory);
        Self {
            ground,
            office,
            caller,
            address: None,
            now,
            deadline,
            limit: None,
            act: None,
            last: None,
            locked: Vec::new(),
            wanted: Vec::new(),
            turn: Turn::default(),
            heads: Vec::new(),
            refused: Vec::new(),
            beyond: Vec::new(),
            dependence: Cell::default(),
            recognised_at: None,
            overtaken: false,
            unchanging: HashSet::new(),
            is_reading,
            recall: None,
            carry: Carry::default(),
            attempt: None,
            given: None,
            has_acted: false,
            reading: Reading::default(),
            progress: Progress::default(),
        }
    }

    /// A write under a key: the key is taken in the transaction of the write, once that begins. What is examined or computed before holds
    /// nobody up.
    #[must_use]
    pub fn under(self, attempt: Attempt) -> Self {
        Self { attempt: Some(attempt), ..self }
    }

    /// The key of the write, if it has one.
    pub(super) fn attempt(&self) -> Option<&Attempt> {
        self.attempt.as_ref()
    }

    /// Whether anything was done, as the audit has it.
    pub(super) fn has_acted(&self) -> bool {
        self.has_acted
    }

    /// What the same write was answered when it was done: found when it was to begin. Then nothing was done, and that is the answer.
    pub fn given_before(&mut self) -> Option<String> {
        self.given.take()
    }

    /// Ends a glance: whether the replica showed one state to all of its statements. None when it was not asked: then whoever glanced compares
    /// the primary's epochs.
    pub fn saw_one_state(&mut self) -> Option<bool> {
        match &mut self.ground {
            Ground::Open(conn) => conn.saw_one_state(),
            Ground::Waiting(_) | Ground::Outside | Ground::Memory => None,
        }
    }

    /// Says where the call comes from.
    #[must_use]
    pub fn from_address(mut self, address: Option<IpAddr>) -> Self {
        self.address = address;
        self
    }

    /// Says at which epoch of the nation the caller was recognised: a write that had to wait since is not done with rights of then.
    #[must_use]
    pub fn recognised_at(mut self, nation: Option<i64>) -> Self {
        self.recognised_at = nation;
        self
    }

    /// Whether the call ended because what it was decided over had changed while it waited: the caller's rights, national data, or data of its
    /// department. Nothing was done, and it may be begun again.
    #[must_use]
    pub fn is_overtaken(&self) -> bool {
        self.overtaken
    }

    /// Names the setting that the deadline comes from, for who must be told which one to raise.
    #[must_use]
    pub fn limited_by(self, setting: &'static str, millis: u64) -> Self {
        Self { limit: Some((setting, millis)), ..self }
    }

    /// That setting, in milliseconds.
    pub(super) fn limit(&self) -> Option<(&'static str, u64)> {
        self.limit
    }

    /// Where the call comes from; none on the command line.
    #[must_use]
    pub fn address(&self) -> Option<IpAddr> {
        self.address
    }

    /// When what this call computes gives up: for computations whose time grows with their input.
    #[must_use]
    pub fn deadline(&self) -> Deadline {
        Deadline::at(self.turn.until(self.deadline))
    }

    /// The connection, for store functions that read, with every territory [locked](Self::begin) that was asked for.
    ///
    /// # Errors
    /// [`Error::Unavailable`] past the deadline: a blocking thread cannot be cancelled, so every store call asks; or when no connection
    /// can be had. LIMIT for a write that lasts too long. INTERNAL in a call that was begun [`outside`](Self::outside). CONFLICT where another
    /// write was done [under](Self::under) its key, or the same: see [`given_before`](Self::given_before).
    pub fn db(&mut self) -> Result<&mut Reader> {
        self.take_locks()?;
        self.connection()?;
        self.turn.begins();
        Ok(self.connection()?.reader())
    }

    /// The connection, for what belongs to the request and not to an act of it: the key under which it was sent.
    pub(super) fn key_writer(&mut self) -> Result<&mut Writer> {
        Ok(self.connection()?.writer()?)
    }

    /// The connection, whatever is locked.
    fn connection(&mut self) -> Result<&mut Conn> {
        self.turn.check()?;
        if Instant::now() > self.deadline {
            let text = "l’opération a pris trop de temps et a été arrêtée";
            return Err(Error::unavailable(Message::new("DEADLINE", text)));
        }
        if let Ground::Waiting(mode) = self.ground {
            if self.given.is_some() {
                return Err(idempotency::already_done());
            }
            if mode == Mode::Write {
                self.turn.write(&self.wanted, self.deadline)?;
                self.office.writes_begun.fetch_add(1, Ordering::Relaxed);
            }
            let mut conn = waiting(|| match mode {
                Mode::Glance => self.office.database.glance(self.recall.as_ref().map(Recall::state)),
                Mode::Read | Mode::Write => self.office.database.checkout(mode),
            })?;
            if mode == Mode::Write {
                waiting(|| conn.begin())?;
                if !self.office.database.is_postgres() {
                    self.turn.begins();
                }
            } else {
                conn.begin()?;
            }
            if let Some(attempt) = &self.attempt {
                let writer = conn.writer()?;
                match waiting(|| idempotency::claim(writer, attempt, self.now))? {
                    Claim::First => {}
                    Claim::Done(answer) => {
                        self.given = Some(answer);
                        return Err(idempotency::already_done());
                    }
                }
            }
            self.ground = Ground::Open(Box::new(conn));
        }
        match &mut self.ground {
            Ground::Open(conn) => Ok(conn),
            Ground::Memory => Err(Error::unavailable(Message::new("NOT_REMEMBERED", "cela n’est pas en mémoire ; réessayez"))),
            Ground::Waiting(_) | Ground::Outside => Err(Error::Internal("a session's call has no transaction".to_owned())),
        }
    }

    /// Reads on a snapshot of its own, which holds nobody up, and gives its connection back: for what takes long before a write locks anything.
    ///
    /// # Errors
    /// Those of the reading; UNAVAILABLE when no connection can be had.
    pub fn on_a_snapshot<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let _turn = self.turn_to_read()?;
        let mut aside = Self::new(Arc::clone(&self.office), Mode::Read, self.caller.clone(), self.deadline);
        aside.now = self.now;
        let found = read(&mut aside);
        let (conn, Refused { capabilities, beyond, .. }) = aside.into_parts();
        if let Some(mut conn) = conn {
            conn.rollback();
        }
        // What was refused there is this call's refusal.
        self.refused.extend(capabilities);
        self.beyond.extend(beyond);
        found
    }

    /// Reads what a write will be held against: on a snapshot while the call [holds nothing](Self::holds_nothing), else over what the document wrote
    /// before, which no snapshot shows. What takes long is computed after it, when no connection is held.
    ///
    /// # Errors
    /// As of [`on_a_snapshot`](Self::on_a_snapshot).
    pub fn ahead<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.holds_nothing() { self.on_a_snapshot(read) } else { read(self) }
    }

    /// Whether nothing was asked of the database yet: nobody waits for what takes long now.
    #[must_use]
    pub fn holds_nothing(&self) -> bool {
        match self.ground {
            Ground::Waiting(_) | Ground::Outside | Ground::Memory => true,
            Ground::Open(_) => false,
        }
    }

    /// Whether the call is a login, a refresh or the like, which opens its own transactions and reads nothing else.
    #[must_use]
    pub fn is_outside(&self) -> bool {
        matches!(self.ground, Ground::Outside)
    }

    /// What all operations share.
    #[must_use]
    pub fn office(&self) -> &Arc<Office> {
        &self.office
    }

    /// Who calls. Whoever asks only for rights asks [`access`](Self::access): an answer that depends on the
    /// person is kept for that person alone.
    #[must_use]
    pub fn caller(&self) -> &Caller {
        self.dependence.set(Dependence { person: true, ..self.dependence.get() });
        &self.caller
    }

    /// Whether publications are all that the caller reads.
    #[must_use]
    pub fn is_dashboard(&self) -> bool {
        self.caller.identity().is_some_and(Identity::is_dashboard)
    }

    /// Says that what is read next is counted by no data epoch, so that the answer is not kept.
    pub fn reads_uncounted(&self) {
        self.dependence.set(Dependence { uncounted: true, ..self.dependence.get() });
    }

    /// Says that a revision has been transmitted, so that what it holds never changes. A write believes it of none: it may have transmitted the
    /// revision itself, and may still be undone.
    pub fn met_transmitted(&mut self, key: &RevisionKey) {
        if self.is_reading {
            self.unchanging.insert(key.clone());
        }
    }

    /// Whether a revision is known to have been transmitted.
    #[must_use]
    pub fn is_unchanging(&self, key: &RevisionKey) -> bool {
        self.unchanging.contains(key)
    }

    /// What the answer depends on, so far.
    #[must_use]
    pub fn dependence(&self) -> Dependence {
        self.dependence.get()
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
        let place = (capability, department.clone());
        if answer == Err(Refusal::OutOfScope) && self.beyond.len() < MOST_BEYOND && !self.beyond.contains(&place) {
            self.beyond.push(place);
        }
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
        if let Err(Refusal::Forbidden(capability) | Refusal::PasswordFirst(capability)) = &answer
            && !self.refused.contains(capability)
        {
            self.refused.push(*capability);
        }
        Ok(answer?)
    }

    /// Forgets that a capability was refused: when the caller was answered all the same, by another right.
    pub fn forgive(&mut self, capability: Capability) {
        self.refused.retain(|refused| *refused != capability);
        self.beyond.retain(|(refused, _)| *refused != capability);
    }

    /// Ends the call: gives back the connection, if one was needed, its transaction still open, and what is to be audited if it was refused.
    #[must_use]
    pub fn into_parts(self) -> (Option<Conn>, Refused) {
        let conn = match self.ground {
            Ground::Open(conn) => Some(*conn),
            Ground::Waiting(_) | Ground::Outside | Ground::Memory => None,
        };
        let (act, capabilities, beyond) = (self.act.or(self.last), self.refused, self.beyond);
        let turn = self.turn.into_loan();
        (conn, Refused { office: self.office, caller: self.caller, act, capabilities, beyond, turn })
    }
}

/// What there is to say of a call that was refused.
pub struct Refused {
    /// Where it was refused.
    pub office: Arc<Office>,
    /// Who was refused.
    pub caller: Caller,
    /// The act under way, else the one that the document had come to.
    pub act: Option<Act>,
    /// What was refused on the way.
    pub capabilities: Vec<Capability>,
    /// What was asked for where nothing exists for the caller.
    pub beyond: Vec<(Capability, DepartmentCode)>,
    /// The turn of a write, to be given back once its transaction has ended.
    pub turn: Option<Loan>,
}
