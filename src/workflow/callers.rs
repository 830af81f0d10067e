//! Callers who were recognised before: a verified token and the grants behind it, believed until the token ends, the day ends, or anything of
//! accounts, grants or tokens has changed. Not for verifying, which is [`sessions`](super::sessions)'.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use chrono::{NaiveDate, NaiveDateTime};
use quick_cache::sync::Cache;

use super::{Office, Result, sessions};
use crate::access::{Access, Caller, Identity, Scope};
use crate::domain::period::paris_day;
use crate::store::epochs::Epochs;

/// Callers remembered; each takes a kilobyte at most.
const REMEMBERED: usize = 10_000;

/// A caller, and what of him decides an answer.
#[derive(Clone, Debug)]
pub struct Recognised {
    /// Who.
    pub caller: Caller,
    /// Roles and territories, in one text: the same for all who see the same.
    pub rights: Arc<str>,
    /// Where anything that he may read of departments lies.
    pub sphere: Scope,
    /// Whether publications are all that he reads: a dashboard.
    pub is_dashboard: bool,
}

impl Recognised {
    /// A caller under the policy of the office.
    #[must_use]
    pub fn new(caller: Caller, office: &Office) -> Self {
        let sphere = Access::new(&caller, &office.policy, &office.territories).sphere();
        let grants = caller.identity().map(Identity::grants).unwrap_or_default();
        let mut rights: Vec<String> =
            grants.iter().map(|grant| format!("{} {:?}", grant.role.as_str(), grant.territory)).collect();
        rights.sort();
        let is_dashboard = caller.identity().is_some_and(Identity::is_dashboard);
        // Nobody and somebody without grants are refused in different words.
        let known = if caller.identity().is_some() { "known" } else { "anonymous" };
        Self { rights: format!("{known}: {}", rights.join(", ")).into(), sphere, is_dashboard, caller }
    }
}

/// The callers that one process remembers.
pub struct Callers {
    known: Cache<[u8; 32], Known>,
}

#[derive(Clone)]
struct Known {
    who: Arc<Recognised>,
    until: NaiveDateTime,
    day: NaiveDate,
    nation: i64,
}

impl Default for Callers {
    fn default() -> Self {
        Self { known: Cache::new(REMEMBERED) }
    }
}

impl Callers {
    /// Who bears the token, if that is known and still true at these epochs.
    #[must_use]
    pub fn find(&self, bearer: &str, epochs: &Epochs, now: NaiveDateTime) -> Option<Arc<Recognised>> {
        let known = self.known.get(&key(bearer))?;
        let holds = known.nation == epochs.nation && now < known.until && known.day == paris_day(now);
        holds.then_some(known.who)
    }

    /// Who bore the token when it was last verified, whatever has become of his rights since: enough to say whose limits a request counts
    /// against, and for nothing else.
    #[must_use]
    pub fn glimpse(&self, bearer: &str) -> Option<Arc<Recognised>> {
        self.known.get(&key(bearer)).map(|known| known.who)
    }

    fn keep(&self, bearer: &str, known: Known) {
        self.known.insert(key(bearer), known);
    }
}

/// Tokens are not kept, their digests are.
fn key(bearer: &str) -> [u8; 32] {
    let mut key = [0; 32];
    key.copy_from_slice(digest(&SHA256, bearer.as_bytes()).as_ref());
    key
}

/// Verifies a token, reads the grants behind it, and remembers both as true at these epochs, which were read before. Blocks; must not be called
/// while a connection is held.
///
/// # Errors
/// UNAUTHENTICATED; UNAVAILABLE without a connection.
pub fn recognise(office: &Office, bearer: &str, epochs: Option<&Epochs>) -> Result<Arc<Recognised>> {
    let now = office.clock.now();
    let (caller, until) = sessions::authenticate(office, bearer)?;
    let who = Arc::new(Recognised::new(caller, office));
    if let Some(epochs) = epochs {
        let known = Known { who: Arc::clone(&who), until, day: paris_day(now), nation: epochs.nation };
        office.callers.keep(bearer, known);
    }
    Ok(who)
}
