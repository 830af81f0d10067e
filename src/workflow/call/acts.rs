//! What a call does that writes: the act under way, the territories that it locks, and its entries in the audit. Not for what may be done.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Call;
use super::source::Source;
use super::turn::waiting;
use crate::domain::Message;
use crate::domain::codes::DepartmentCode;
use crate::store;
use crate::store::audit::{Category, Chain, DONE, NewEntry};
use crate::workflow::{Error, Result, sessions};

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
    /// Whether it would give its caller rights, or anybody those of administrators: refused, it always stands by itself.
    pub escalates: bool,
    /// Whether it leaves everything as it was that measures are [held against](crate::workflow::measures::frame::Frame), of whichever
    /// department.
    pub leaves_frames: bool,
    /// The file that it takes its data from, and how.
    provenance: Option<Arc<str>>,
}

impl Act {
    /// An act in a department.
    pub fn local(name: &'static str, department: &DepartmentCode, subject: impl Into<String>) -> Self {
        let department = Some(department.clone());
        Self {
            name,
            department,
            category: Category::Plan,
            subject: subject.into(),
            escalates: false,
            leaves_frames: false,
            provenance: None,
        }
    }

    /// An act in a department that only adds or corrects figures: no indicator, sector or declaration is another one after it.
    pub fn recording(name: &'static str, department: &DepartmentCode, subject: impl Into<String>) -> Self {
        Self { leaves_frames: true, ..Self::local(name, department, subject) }
    }

    /// An act of the nation.
    pub fn national(name: &'static str, subject: impl Into<String>) -> Self {
        let category = Category::National;
        Self {
            name,
            department: None,
            category,
            subject: subject.into(),
            escalates: false,
            leaves_frames: false,
            provenance: None,
        }
    }

    /// An act on accounts, grants, tokens or sessions.
    pub fn access(name: &'static str, subject: impl Into<String>) -> Self {
        let category = Category::Access;
        Self {
            name,
            department: None,
            category,
            subject: subject.into(),
            escalates: false,
            leaves_frames: false,
            provenance: None,
        }
    }

    /// Says whether the act [escalates](Self::escalates).
    #[must_use]
    pub fn escalating(self, escalates: bool) -> Self {
        Self { escalates, ..self }
    }

    /// Says which file the act takes its data from, and in which mode: its entry in the audit does, whatever becomes of it.
    #[must_use]
    pub fn from_file(self, source: &Source, mode: &str) -> Self {
        Self { provenance: Some(format!("{source}, {mode}").into()), ..self }
    }

    /// A detail of its entry, and where its data came from.
    pub(in crate::workflow) fn told(&self, detail: &str) -> String {
        match &self.provenance {
            Some(provenance) => format!("{detail}; {provenance}"),
            None => detail.to_owned(),
        }
    }

    /// The chain that the act is written to: its department's, or the nation's.
    #[must_use]
    pub fn chain(&self) -> Chain {
        self.department.as_ref().map_or(Chain::Nation, |code| Chain::Department(code.clone()))
    }
}

impl Call {
    /// Says what is about to be done, for the audit of a refusal, without locking anything yet.
    pub fn announce(&mut self, act: Act) {
        self.carry.begins(&act);
        self.act = Some(act);
    }

    pub(super) fn want(&mut self, chain: Chain) -> Result<()> {
        if self.is_reading || self.locked.contains(&chain) || self.wanted.contains(&chain) {
            return Ok(());
        }
        self.in_order(&chain)?;
        self.wanted.push(chain);
        Ok(())
    }

    /// Locks one more territory until the commit. A document that writes in several takes them in one order, departments by their code and the
    /// nation last, as the writers of the audit do: two documents of opposite orders would wait for each other.
    ///
    /// # Errors
    /// INVALID naming the act, when a territory further on is locked already; those of the database.
    pub fn lock(&mut self, chain: Chain) -> Result<()> {
        self.want(chain)?;
        self.take_locks()
    }

    /// Takes the locks that were asked for, in their order; one that cannot be taken is asked for still.
    pub(super) fn take_locks(&mut self) -> Result<()> {
        while let Some(chain) = self.wanted.first().cloned() {
            let writer = self.connection()?.writer()?;
            let locked = waiting(|| store::audit::lock(writer, &chain))?;
            self.turn.begins();
            // Under the nation's own lock too, which nobody can take from here on to end a grant. Nothing of this document moved it before.
            self.still_recognised(locked.nation)?;
            self.recall_frame(&chain, &locked);
            self.heads.push((chain.clone(), locked.head));
            self.locked.push(chain);
            self.wanted.remove(0);
        }
        Ok(())
    }

    /// Whether a chain may be locked after those that are.
    fn in_order(&self, chain: &Chain) -> Result<()> {
        let last = self.wanted.last().or(self.locked.last());
        let Some(last) = last.filter(|last| last.key() > chain.key()) else { return Ok(()) };
        let text = format!(
            "un document écrit département par département, dans l’ordre de leurs codes, et pour la nation en dernier : {} ne \
             vient pas après {}",
            chain.key(),
            last.key()
        );
        let message = Message::new("WRITING_ORDER", text).with("chain", chain.key()).with("after", last.key());
        Err(Error::invalid(self.act.as_ref().map_or("document", |act| act.name), message))
    }

    /// Locks all departments, before any act of the nation that is decided over what they hold: none of them writes until the commit.
    ///
    /// # Errors
    /// INVALID naming the act, in a document that wrote in some of them before; those of the database.
    pub fn lock_departments(&mut self) -> Result<()> {
        let departments = self.office.territories.departments();
        let chains = departments.map(|department| Chain::Department(department.code.clone())).collect();
        self.lock_all(chains)
    }

    /// Locks some departments, before an act of the nation that changes what their writers believe.
    ///
    /// # Errors
    /// As of [`lock_departments`](Self::lock_departments).
    pub fn lock_these(&mut self, departments: &[DepartmentCode]) -> Result<()> {
        self.lock_all(departments.iter().cloned().map(Chain::Department).collect())
    }

    pub(super) fn lock_all(&mut self, chains: BTreeSet<Chain>) -> Result<()> {
        if self.is_reading {
            return Ok(());
        }
        self.take_locks()?;
        let mut wanted: Vec<Chain> = chains.into_iter().filter(|chain| !self.locked.contains(chain)).collect();
        wanted.sort_by(|one, other| one.key().cmp(other.key()));
        let Some(first) = wanted.first() else { return Ok(()) };
        self.in_order(first)?;
        let asked = wanted.iter().cloned().collect();
        let writer = self.connection()?.writer()?;
        waiting(|| store::audit::lock_all(writer, &asked))?;
        self.turn.begins();
        if self.recognised_at.is_some() {
            let nation = store::audit::nation(self.db()?)?;
            self.still_recognised(nation)?;
        }
        self.locked.extend(wanted);
        Ok(())
    }

    /// Writes the audit entries of acts that were begun [together](Self::begin_all), each with its detail.
    ///
    /// # Errors
    /// Those of the database.
    pub(super) fn done_all(&mut self, acts: &[(Act, String)]) -> Result<()> {
        let name = self.caller.name();
        let entry = |(act, detail): &(Act, String)| {
            NewEntry::of(&act.chain(), act.category, self.now, &name, act.name, &act.subject, DONE, &act.told(detail))
        };
        let entries: Vec<NewEntry> = acts.iter().map(entry).collect();
        store::audit::append_all(self.connection()?.writer()?, &entries)?;
        self.has_acted |= !entries.is_empty();
        self.progress.is_audited();
        self.heads.clear();
        Ok(())
    }

    /// Writes the audit entry of the act that was begun. Call it last in every write.
    ///
    /// # Errors
    /// Those of the database; INTERNAL when no act was begun.
    pub(super) fn done(&mut self, detail: impl Into<String>) -> Result<()> {
        self.ended(DONE, detail.into())
    }

    /// Writes the audit entry of the act under way as one that was refused, where the answer tells the faults and is no error. Nothing else may
    /// have been written for the act.
    ///
    /// # Errors
    /// Those of the database.
    pub(super) fn refused_whole(&mut self, outcome: &str, detail: impl Into<String>) -> Result<()> {
        self.ended(outcome, detail.into())
    }

    fn ended(&mut self, outcome: &str, detail: String) -> Result<()> {
        let act = self.act.clone().ok_or_else(|| Error::Internal("a write without an act".to_owned()))?;
        self.take_locks()?;
        let (name, detail) = (self.caller.name(), act.told(&detail));
        let entry = NewEntry::of(&act.chain(), act.category, self.now, &name, act.name, &act.subject, outcome, &detail);
        let chain = act.chain();
        let known = self.heads.iter().position(|(of, _)| *of == chain).map(|index| self.heads.swap_remove(index).1);
        let head = match known {
            Some(head) => store::audit::extend(self.connection()?.writer()?, &head, &entry)?,
            None => store::audit::append(self.connection()?.writer()?, &entry)?,
        };
        self.heads.push((chain, head));
        self.has_acted |= outcome == DONE;
        self.progress.is_audited();
        self.leave();
        Ok(())
    }

    /// The act under way has come to its end, with an entry or (one that was sent again, or only tried) without: what is refused from here on
    /// is not this act.
    pub fn leave(&mut self) {
        if let Some(act) = self.act.take() {
            self.last = Some(Act::access("mutation", format!("after {}, {}", act.name, act.subject)));
        }
    }

    /// Ends a write that was decided over what has changed since, before anything was kept: it is begun again as long as its time lasts.
    pub fn overtaken(&mut self) -> Error {
        self.overtaken = true;
        let words = "les données ont changé pendant le calcul ; renvoyez la demande";
        Error::unavailable(Message::new("OVERTAKEN", words.to_owned()))
    }

    /// Under a lock, and at the nation's epoch as read there: whether the rights that the caller was recognised with hold still. Where anything of
    /// the nation moved since, they are read again; others' accounts are not the caller's business.
    fn still_recognised(&mut self, nation: i64) -> Result<()> {
        if self.recognised_at.is_none_or(|then| then == nation) {
            return Ok(());
        }
        let (caller, office, now) = (self.caller.clone(), Arc::clone(&self.office), self.now);
        if sessions::holds_still(self.connection()?.reader(), &office, &caller, now)? {
            self.recognised_at = Some(nation);
            return Ok(());
        }
        self.overtaken = true;
        let text = "Vos droits ont changé pendant que cette écriture attendait : renvoyez-la.";
        Err(Error::unavailable(Message::new("RIGHTS_CHANGED", text)))
    }
}
