//! Reading the audit log: what a caller may see of it, page by page, and whole chains for verification. Writing is in [`audit`](super::audit).

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, NaiveDateTime};
use diesel::dsl::count_star;
use diesel::prelude::*;

use super::audit::{Category, Chain, NewEntry};
use super::error::StoreError;
use super::schema::{audit_entries, chains};
use super::{MultiBackend, Reader, StoreResult};
use crate::access::Scope;
use crate::domain::codes::DepartmentCode;

/// An entry of the log.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct EntryRow {
    /// `FR` or a department's code.
    pub chain: String,
    /// Place in the chain, from 1.
    pub seq: i64,
    /// Who may read it, as stored.
    pub category: String,
    /// The department, of a department's chain.
    pub department: Option<String>,
    /// When.
    pub at: NaiveDateTime,
    /// Who.
    pub actor: String,
    /// What was done.
    pub act: String,
    /// To what.
    pub subject: String,
    /// DONE, or the code of the refusal.
    pub outcome: String,
    /// More of it.
    pub detail: String,
    /// Chains it to the entry before.
    pub hash: String,
}

impl EntryRow {
    /// The hash that the entry should have after that one; `None` when it is not even an entry that this program could have written.
    #[must_use]
    pub fn expected_hash(&self, previous: &str) -> Option<String> {
        let chain = Chain::read(&self.chain)?;
        let category = Category::read(&self.category)?;
        let department = match &chain {
            Chain::Nation => None,
            Chain::Department(code) => Some(code.to_string()),
        };
        if self.department != department {
            return None;
        }
        let entry = NewEntry::of(&chain, category, self.at, &self.actor, &self.act, &self.subject, &self.outcome, &self.detail);
        entry.is_verbatim(&self.subject, &self.detail).then(|| entry.hash(self.seq, previous))
    }

    /// Its place in the list, newest first.
    #[must_use]
    pub fn place(&self) -> Place {
        Place { at: self.at, chain: self.chain.clone(), seq: self.seq }
    }
}

/// Where an entry stands in the list of all: by time, then chain, then number, the newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    at: NaiveDateTime,
    chain: String,
    seq: i64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.at.and_utc().timestamp_micros(), self.chain, self.seq)
    }
}

/// The text is no place.
#[derive(Debug, thiserror::Error)]
#[error("not a place in the audit")]
pub struct NoPlace;

impl FromStr for Place {
    type Err = NoPlace;
    fn from_str(text: &str) -> Result<Self, NoPlace> {
        let mut parts = text.splitn(3, ':');
        let (Some(at), Some(chain), Some(seq)) = (parts.next(), parts.next(), parts.next()) else { return Err(NoPlace) };
        let micros = at.parse().map_err(|_| NoPlace)?;
        let at = DateTime::from_timestamp_micros(micros).ok_or(NoPlace)?.naive_utc();
        let chain = Chain::read(chain).ok_or(NoPlace)?.key().to_owned();
        Ok(Self { at, chain, seq: seq.parse().map_err(|_| NoPlace)? })
    }
}

/// What of the log a caller sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sight {
    /// Departments whose acts are seen.
    pub departments: Scope,
    /// Whether national acts are.
    pub national: bool,
    /// Whether acts on accounts, tokens and sessions are.
    pub access: bool,
}

/// Which entries are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of one department's chain only.
    pub department: Option<DepartmentCode>,
    /// From that moment on.
    pub from: Option<NaiveDateTime>,
    /// Before that moment.
    pub until: Option<NaiveDateTime>,
}

type Boxed<'a> = audit_entries::BoxedQuery<'a, MultiBackend>;
type Condition = Box<dyn BoxableExpression<audit_entries::table, MultiBackend, SqlType = diesel::sql_types::Bool>>;

const COLUMNS: (
    audit_entries::chain,
    audit_entries::seq,
    audit_entries::category,
    audit_entries::department_code,
    audit_entries::at,
    audit_entries::actor,
    audit_entries::act,
    audit_entries::subject,
    audit_entries::outcome,
    audit_entries::detail,
    audit_entries::hash,
) = (
    audit_entries::chain,
    audit_entries::seq,
    audit_entries::category,
    audit_entries::department_code,
    audit_entries::at,
    audit_entries::actor,
    audit_entries::act,
    audit_entries::subject,
    audit_entries::outcome,
    audit_entries::detail,
    audit_entries::hash,
);

/// The entries that the sight shows, of those that the filter wants.
fn seen<'a>(sight: &Sight, filter: &Filter) -> Boxed<'a> {
    let mut categories: Vec<&'static str> = Vec::new();
    if sight.national {
        categories.push(Category::National.as_str());
    }
    if sight.access {
        categories.push(Category::Access.as_str());
    }
    let plans = audit_entries::category.eq(Category::Plan.as_str());
    let shown: Condition = match sight.departments.codes() {
        None => Box::new(audit_entries::category.eq_any(categories).or(plans)),
        Some(codes) => Box::new(
            audit_entries::category
                .eq_any(categories)
                .or(plans.and(audit_entries::department_code.assume_not_null().eq_any(codes))),
        ),
    };
    let mut query = audit_entries::table.into_boxed().filter(shown);
    if let Some(code) = &filter.department {
        query = query.filter(audit_entries::chain.eq(code.to_string()));
    }
    if let Some(from) = filter.from {
        query = query.filter(audit_entries::at.ge(from));
    }
    if let Some(until) = filter.until {
        query = query.filter(audit_entries::at.lt(until));
    }
    query
}

/// Entries, newest first, after a place.
///
/// # Errors
/// Those of the database.
pub fn list(
    reader: &mut Reader,
    sight: &Sight,
    filter: &Filter,
    after: Option<&Place>,
    limit: i64,
) -> StoreResult<Vec<EntryRow>> {
    let mut query = seen(sight, filter);
    if let Some(place) = after {
        let same_chain = audit_entries::chain.eq(place.chain.clone()).and(audit_entries::seq.lt(place.seq));
        let same_moment = audit_entries::at.eq(place.at).and(audit_entries::chain.lt(place.chain.clone()).or(same_chain));
        query = query.filter(audit_entries::at.lt(place.at).or(same_moment));
    }
    Ok(query
        .order((audit_entries::at.desc(), audit_entries::chain.desc(), audit_entries::seq.desc()))
        .limit(limit)
        .select(COLUMNS)
        .load(reader.reading())?)
}

/// How many entries there are.
///
/// # Errors
/// Those of the database.
pub fn count(reader: &mut Reader, sight: &Sight, filter: &Filter) -> StoreResult<i64> {
    Ok(seen(sight, filter).select(count_star()).first(reader.reading())?)
}

/// One entry, if it is seen.
///
/// # Errors
/// Those of the database.
pub fn entry(reader: &mut Reader, sight: &Sight, chain: &str, seq: i64) -> StoreResult<Option<EntryRow>> {
    Ok(seen(sight, &Filter::default())
        .filter(audit_entries::chain.eq(chain.to_owned()))
        .filter(audit_entries::seq.eq(seq))
        .select(COLUMNS)
        .first(reader.reading())
        .optional()?)
}

/// The heads of all chains: key, number of entries, hash of the last; for anchors and verification, which see everything.
///
/// # Errors
/// Those of the database.
pub fn heads(reader: &mut Reader) -> StoreResult<Vec<(String, i64, String)>> {
    Ok(chains::table.order(chains::chain).select((chains::chain, chains::seq, chains::hash)).load(reader.reading())?)
}

/// The chains that entries belong to, heads or not.
///
/// # Errors
/// Those of the database.
pub fn chains_of_entries(reader: &mut Reader) -> StoreResult<Vec<String>> {
    Ok(audit_entries::table.select(audit_entries::chain).distinct().order(audit_entries::chain).load(reader.reading())?)
}

/// The next entries of one chain, in order: for verification, a page at a time.
///
/// # Errors
/// Those of the database.
pub fn page(reader: &mut Reader, chain: &str, after: i64, limit: i64) -> StoreResult<Vec<EntryRow>> {
    Ok(audit_entries::table
        .filter(audit_entries::chain.eq(chain))
        .filter(audit_entries::seq.gt(after))
        .order(audit_entries::seq)
        .limit(limit)
        .select(COLUMNS)
        .load(reader.reading())?)
}

/// The hashes of entries at some places (at most a few hundred): for verifying an anchor.
///
/// # Errors
/// Those of the database.
pub fn hashes(reader: &mut Reader, places: &[(String, i64)]) -> StoreResult<Vec<(String, i64, String)>> {
    let mut query = audit_entries::table
        .select((audit_entries::chain, audit_entries::seq, audit_entries::hash))
        .filter(audit_entries::chain.eq(""))
        .into_boxed();
    for (chain, seq) in places {
        query = query.or_filter(audit_entries::chain.eq(chain.clone()).and(audit_entries::seq.eq(*seq)));
    }
    query.load(reader.reading()).map_err(StoreError::from)
}

/// The last entry of an act in a chain.
///
/// # Errors
/// Those of the database.
pub fn last_of(reader: &mut Reader, chain: &Chain, act: &str) -> StoreResult<Option<EntryRow>> {
    Ok(audit_entries::table
        .filter(audit_entries::chain.eq(chain.key().to_owned()))
        .filter(audit_entries::act.eq(act.to_owned()))
        .order(audit_entries::seq.desc())
        .select(COLUMNS)
        .first(reader.reading())
        .optional()?)
}
