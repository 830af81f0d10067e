//! The audit log: hash chains, one per department and one for the nation. The head of a chain is the lock of its territory's writers and
//! bears its data epoch. Not for deciding what is audited.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use chrono::NaiveDateTime;
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use super::backend::corrupt;
use super::schema::{audit_entries, chains};
use super::words::{Column, Plain, Words};
use super::{AnyConnection, Reader, StoreError, StoreResult, Writer};
use crate::domain::codes::DepartmentCode;
use crate::{insert_all, upsert_all};

/// Which chain an entry belongs to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Chain {
    /// National acts, accounts and anchors.
    Nation,
    /// A department's acts.
    Department(DepartmentCode),
}

impl Chain {
    /// Its key: `FR` or the department's code.
    #[must_use]
    pub fn key(&self) -> &str {
        match self {
            Self::Nation => "FR",
            Self::Department(code) => code.as_str(),
        }
    }

    /// The chain of that key.
    #[must_use]
    pub fn read(key: &str) -> Option<Self> {
        if key == "FR" { Some(Self::Nation) } else { key.parse().ok().map(Self::Department) }
    }
}

/// Who may read an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    /// A department's plan, meetings, measures, schools.
    Plan,
    /// National acts.
    National,
    /// Accounts, grants, tokens, logins.
    Access,
}

impl Category {
    /// As stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Plan => "PLAN",
            Self::National => "NATIONAL",
            Self::Access => "ACCESS",
        }
    }

    /// The category of that name.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        [Self::Plan, Self::National, Self::Access].into_iter().find(|category| category.as_str() == text)
    }
}

/// The outcome of an act that was done; any other is the code of its refusal.
pub const DONE: &str = "DONE";

/// The act of the operator that loads territories and national indicators.
pub const LOAD_REFERENCE: &str = "loadReference";

/// The act that writes down the heads of all chains, signed.
pub const ANCHOR: &str = "anchor";

/// Acts after which every question has the answer that it had before: who has a session shows in the audit and in lists of sessions, which are
/// not kept. The end of a session is none of them: its access tokens are to be known no more.
const CHANGE_NOTHING: [&str; 3] = [ANCHOR, "login", "refreshSession"];

/// An entry to append.
#[derive(Clone, Debug)]
pub struct NewEntry {
    chain: String,
    category: Category,
    department: Option<String>,
    at: NaiveDateTime,
    actor: String,
    act: String,
    subject: String,
    outcome: String,
    detail: String,
}

impl NewEntry {
    /// Puts an entry together; `outcome` is DONE or the code of the refusal.
    #[must_use]
    #[allow(clippy::too_many_arguments)]
    pub fn of(
        chain: &Chain,
        category: Category,
        at: NaiveDateTime,
        actor: &str,
        act: &str,
        subject: &str,
        outcome: &str,
        detail: &str,
    ) -> Self {
        Self {
            chain: chain.key().to_owned(),
            category,
            department: match chain {
                Chain::Nation => None,
                Chain::Department(code) => Some(code.to_string()),
            },
            at,
            actor: actor.to_owned(),
            act: act.to_owned(),
            subject: bounded(subject, SUBJECT),
            outcome: outcome.to_owned(),
            detail: bounded(detail, DETAIL),
        }
    }

    /// Whether anything that decides an answer has changed with it, rights included: sessions, anchors and refusals change nothing.
    fn changes_data(&self) -> bool {
        self.outcome == DONE && !CHANGE_NOTHING.contains(&self.act.as_str())
    }

    /// Whether nothing of these texts had to be cut: what is read back must be so.
    #[must_use]
    pub fn is_verbatim(&self, subject: &str, detail: &str) -> bool {
        self.subject == subject && self.detail == detail
    }

    fn chain(&self) -> StoreResult<Chain> {
        match &self.department {
            None => Ok(Chain::Nation),
            Some(code) => corrupt("audit_entries.department_code", code.parse()).map(Chain::Department),
        }
    }

    /// Key of the chain that it goes to.
    #[must_use]
    pub fn chain_key(&self) -> &str {
        &self.chain
    }

    /// The hash that chains this entry to the one before it: SHA-256 over all fields, each with its length, so that no two entries share a
    /// text.
    #[must_use]
    pub fn hash(&self, seq: i64, previous: &str) -> String {
        let at = self.at.and_utc().timestamp_micros().to_string();
        let seq = seq.to_string();
        let fields = [
            previous,
            &self.chain,
            &seq,
            self.category.as_str(),
            self.department.as_deref().unwrap_or(""),
            &at,
            &self.actor,
            &self.act,
            &self.subject,
            &self.outcome,
            &self.detail,
        ];
        let mut context = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
        for field in fields {
            context.update(format!("{}:", field.len()).as_bytes());
            context.update(field.as_bytes());
        }
        context.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Longest subject, in characters.
const SUBJECT: usize = 300;
/// Longest detail, in characters: an anchor with the heads of all chains fits.
const DETAIL: usize = 20_000;

/// A text cut to its bound, without what PostgreSQL cannot keep.
fn bounded(text: &str, most: usize) -> String {
    text.chars().filter(|character| *character != '\0').take(most).collect()
}

/// Where a chain stands: what the next entry follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The number of its last entry.
    pub seq: i64,
    /// The hash of it.
    pub hash: String,
    /// The data epoch of the territory.
    pub epoch: i64,
}

/// A chain that this transaction has locked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locked {
    /// Where it stands: nobody else moves it before this transaction ends.
    pub head: Head,
    /// The nation's data epoch, as it stood once the lock was had. It may move meanwhile, unless it is the nation's chain that was locked.
    pub nation: i64,
}

#[derive(QueryableByName)]
struct LockedRow {
    #[diesel(sql_type = BigInt)]
    seq: i64,
    #[diesel(sql_type = Text)]
    hash: String,
    #[diesel(sql_type = BigInt)]
    epoch: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    nation: Option<i64>,
}

/// One round trip for the lock and for what is to be read under it: see the function's own comment, in its migration.
const LOCK: &str = "SELECT seq, hash, epoch, nation FROM lock_chain(?)";
/// Who writes has SQLite's only write lock already.
const LOOK: &str = "SELECT seq, hash, epoch, (SELECT epoch FROM chains WHERE chain = 'FR') AS nation FROM chains WHERE chain = ?";

/// Locks a chain until the end of the transaction: other writers of the territory wait. Answers its head, which nobody else moves from here on,
/// and the nation's epoch.
///
/// # Errors
/// Those of the database.
pub fn lock(writer: &mut Writer, chain: &Chain) -> StoreResult<Locked> {
    let key = vec![Plain::Text(chain.key())];
    let row: Option<LockedRow> = match writer.writing() {
        AnyConnection::Postgres(c) => Words::new(LOCK, key).get_result(c).optional()?,
        AnyConnection::Sqlite(c) => Words::new(LOOK, key).get_result(c).optional()?,
    };
    let LockedRow { seq, hash, epoch, nation } = row.ok_or_else(|| missing(chain))?;
    let nation = nation.ok_or_else(|| missing(&Chain::Nation))?;
    Ok(Locked { head: Head { seq, hash, epoch }, nation })
}

/// Has every lock of this transaction waited for so long at most, on PostgreSQL; on SQLite it has the only one already.
///
/// # Errors
/// Those of the database.
pub fn wait_at_most(writer: &mut Writer, patience: Duration) -> StoreResult<()> {
    match writer.writing() {
        AnyConnection::Postgres(c) => Ok(c.batch_execute(&format!("SET LOCAL lock_timeout = {}", patience.as_millis()))?),
        AnyConnection::Sqlite(_) => Ok(()),
    }
}

/// Locks several chains until the end of the transaction, in the order of their keys: everybody who locks more than one keeps to it, or two
/// writers could wait for each other for ever.
///
/// # Errors
/// Those of the database.
pub fn lock_all(writer: &mut Writer, wanted: &BTreeSet<Chain>) -> StoreResult<HashMap<String, Head>> {
    let query = chains::table
        .filter(chains::chain.eq_any(wanted.iter().map(Chain::key)))
        .select((chains::chain, chains::seq, chains::hash, chains::epoch))
        .order(chains::chain);
    let rows: Vec<(String, i64, String, i64)> = match writer.writing() {
        AnyConnection::Postgres(c) => query.for_update().load(c)?,
        AnyConnection::Sqlite(c) => query.load(c)?,
    };
    let heads: HashMap<String, Head> = rows.into_iter().map(|(key, seq, hash, epoch)| (key, Head { seq, hash, epoch })).collect();
    match wanted.iter().find(|chain| !heads.contains_key(chain.key())) {
        Some(chain) => Err(missing(chain)),
        None => Ok(heads),
    }
}

fn missing(chain: &Chain) -> StoreError {
    StoreError::corrupt("chains", format!("no chain {}: the reference territories are not loaded", chain.key()))
}

/// The data epochs of some chains by their keys, or of all: they grow with each act that was done there.
///
/// # Errors
/// Those of the database.
pub fn epochs(reader: &mut Reader, keys: Option<&[String]>) -> StoreResult<Vec<(String, i64)>> {
    let mut query = chains::table.order(chains::chain).select((chains::chain, chains::epoch)).into_boxed();
    if let Some(keys) = keys {
        query = query.filter(chains::chain.eq_any(keys.to_vec()));
    }
    Ok(query.load(reader.reading())?)
}

/// The nation's data epoch as this transaction sees it: rights are what they were for as long as it stands.
///
/// # Errors
/// Those of the database.
pub fn nation(reader: &mut Reader) -> StoreResult<i64> {
    Ok(chains::table.filter(chains::chain.eq(Chain::Nation.key())).select(chains::epoch).first(reader.reading())?)
}

/// Whether nothing was done in this database, ever, but what it does for itself: loading the reference, and anchoring its chains. What was
/// refused is nothing.
///
/// # Errors
/// Those of the database.
pub fn is_untouched(reader: &mut Reader) -> StoreResult<bool> {
    let done = audit_entries::table
        .filter(audit_entries::outcome.eq(DONE))
        .filter(audit_entries::act.ne(ANCHOR))
        .filter(audit_entries::act.ne(LOAD_REFERENCE));
    Ok(!diesel::select(diesel::dsl::exists(done)).get_result::<bool>(reader.reading())?)
}

/// Locks the chain of an entry, and appends it.
///
/// # Errors
/// Those of the database.
pub fn append(writer: &mut Writer, entry: &NewEntry) -> StoreResult<Head> {
    let locked = lock(writer, &entry.chain()?)?;
    extend(writer, &locked.head, entry)
}

/// In one statement, because every write ends with it.
const EXTEND: &str = "WITH head AS (UPDATE chains SET seq = ?, hash = ?, epoch = epoch + ? WHERE chain = ?) \
    INSERT INTO audit_entries (chain, seq, hash, category, department_code, at, actor, act, subject, outcome, detail) \
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

/// Appends an entry to its chain, which this transaction has locked, and whose head it knows; answers the new head.
///
/// # Errors
/// Those of the database.
pub fn extend(writer: &mut Writer, head: &Head, entry: &NewEntry) -> StoreResult<Head> {
    let seq = head.seq + 1;
    let hash = entry.hash(seq, &head.hash);
    let grown = i64::from(entry.changes_data());
    match writer.writing() {
        AnyConnection::Postgres(c) => {
            let moved = [Column::Whole(seq), Column::Text(&hash), Column::Whole(grown), Column::Text(&entry.chain)];
            let kept = [
                Column::Text(&entry.chain),
                Column::Whole(seq),
                Column::Text(&hash),
                Column::Text(entry.category.as_str()),
                Column::MaybeText(entry.department.as_deref()),
                Column::Moment(entry.at),
                Column::Text(&entry.actor),
                Column::Text(&entry.act),
                Column::Text(&entry.subject),
                Column::Text(&entry.outcome),
                Column::Text(&entry.detail),
            ];
            Words::new(EXTEND, moved.into_iter().chain(kept).collect()).execute(c)?;
        }
        AnyConnection::Sqlite(c) => {
            diesel::update(chains::table.filter(chains::chain.eq(&entry.chain)))
                .set((chains::seq.eq(seq), chains::hash.eq(&hash), chains::epoch.eq(chains::epoch + grown)))
                .execute(c)?;
            diesel::insert_into(audit_entries::table).values(EntryRow::of(entry, seq, &hash)).execute(c)?;
        }
    }
    Ok(Head { seq, hash, epoch: head.epoch + grown })
}

#[derive(Insertable)]
#[diesel(table_name = chains, treat_none_as_default_value = false)]
struct HeadRow<'a> {
    chain: &'a str,
    seq: i64,
    hash: &'a str,
    epoch: i64,
}

#[derive(Insertable)]
#[diesel(table_name = audit_entries, treat_none_as_default_value = false)]
struct EntryRow<'a> {
    chain: &'a str,
    seq: i64,
    category: &'static str,
    department_code: Option<&'a str>,
    at: NaiveDateTime,
    actor: &'a str,
    act: &'a str,
    subject: &'a str,
    outcome: &'a str,
    detail: &'a str,
    hash: &'a str,
}

impl<'a> EntryRow<'a> {
    fn of(entry: &'a NewEntry, seq: i64, hash: &'a str) -> Self {
        Self {
            chain: &entry.chain,
            seq,
            category: entry.category.as_str(),
            department_code: entry.department.as_deref(),
            at: entry.at,
            actor: &entry.actor,
            act: &entry.act,
            subject: &entry.subject,
            outcome: &entry.outcome,
            detail: &entry.detail,
            hash,
        }
    }
}

/// Appends entries to their chains, in their order, and moves the heads: as [`append`], in a number of statements that does not grow.
///
/// # Errors
/// Those of the database.
pub fn append_all(writer: &mut Writer, entries: &[NewEntry]) -> StoreResult<()> {
    let wanted = entries.iter().map(NewEntry::chain).collect::<StoreResult<BTreeSet<Chain>>>()?;
    let mut heads = lock_all(writer, &wanted)?;
    let mut moved: Vec<(&NewEntry, i64, String)> = Vec::with_capacity(entries.len());
    for entry in entries {
        if let Some(head) = heads.get_mut(&entry.chain) {
            head.seq += 1;
            head.hash = entry.hash(head.seq, &head.hash);
            head.epoch += i64::from(entry.changes_data());
            moved.push((entry, head.seq, head.hash.clone()));
        }
    }
    let rows: Vec<HeadRow<'_>> =
        heads.iter().map(|(chain, head)| HeadRow { chain, seq: head.seq, hash: &head.hash, epoch: head.epoch }).collect();
    upsert_all!(writer.writing(), chains::table, rows, chains::chain, chains::seq, chains::hash, chains::epoch)?;
    let rows: Vec<EntryRow<'_>> = moved.iter().map(|(entry, seq, hash)| EntryRow::of(entry, *seq, hash)).collect();
    insert_all!(writer.writing(), audit_entries::table, rows)
}
