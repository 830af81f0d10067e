//! What one caller may have of what all share: so many operations at once, so many waiting, so much time of execution. One caller never holds
//! the whole [gate](super::gate), and whoever asks for too much waits behind himself. Not for HTTP's own limits.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use quick_cache::sync::Cache;
use tokio::sync::OwnedSemaphorePermit;

use super::answer::Refusal;
use super::bucket::{Bucket, Rate, now};
use super::gate::Gate;
use super::settings::Settings;
use crate::access::{Caller, Identity};
use crate::domain::Message;
use crate::workflow::{Error, Kind};

/// Callers that are told apart at once; each takes half a kilobyte. Those who ask often stay, others are forgotten first.
const REMEMBERED: usize = 20_000;

/// Against whom something counts: an account, a machine's token, or, while nobody is known, the network that a request comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Counted {
    /// An account, by its id.
    Account(i64),
    /// A machine's token, by its id.
    Machine(i64),
    /// An IPv4 address, or the /64 network of an IPv6 address, of which one customer has 2^64.
    Network(IpAddr),
    /// The operator, or an unknown address.
    Nobody,
}

impl Counted {
    /// Against whom what a caller does counts.
    #[must_use]
    pub fn of(caller: &Caller, address: Option<IpAddr>) -> Self {
        match caller.identity() {
            Some(Identity::User { id, .. }) => Self::Account(*id),
            Some(Identity::Machine { id, .. }) => Self::Machine(*id),
            Some(Identity::Operator) => Self::Nobody,
            None => Self::network(address),
        }
    }

    /// Against whom a request counts whose sender is not known.
    #[must_use]
    pub fn network(address: Option<IpAddr>) -> Self {
        match address.map(|address| address.to_canonical()) {
            Some(IpAddr::V6(address)) => {
                let network = address.to_bits() & (u128::MAX << 64);
                Self::Network(Ipv6Addr::from_bits(network).into())
            }
            Some(address) => Self::Network(address),
            None => Self::Nobody,
        }
    }

    /// Whether somebody proved who he is.
    #[must_use]
    pub fn is_known(self) -> bool {
        matches!(self, Self::Account(_) | Self::Machine(_))
    }
}

/// What each caller may have.
pub struct Shares {
    known: Cache<Counted, Arc<Share>>,
    queries: usize,
    mutations: usize,
    sessions: usize,
    queue: usize,
    work: Option<Rate>,
}

struct Share {
    queries: Gate,
    mutations: Gate,
    sessions: Gate,
    work: Bucket,
}

/// One operation's part of its caller's share; when it ends, what it took is counted.
pub struct Part {
    share: Arc<Share>,
    _place: OwnedSemaphorePermit,
}

impl Shares {
    /// Of gates with so many places each: all but one, unless the settings say otherwise. None where there is no limit.
    #[must_use]
    pub fn new(settings: &Settings, queries: usize, mutations: usize, sessions: usize) -> Option<Self> {
        if settings.caller_queue == 0 {
            return None;
        }
        let of = |places: usize| match settings.caller_places {
            0 => places.saturating_sub(1).max(1),
            set => set.min(places).max(1),
        };
        Some(Self {
            known: Cache::new(REMEMBERED),
            queries: of(queries),
            mutations: of(mutations),
            sessions: of(sessions),
            queue: settings.caller_queue,
            work: Rate::new(settings.caller_work_ms_per_s, settings.caller_work_burst_ms),
        })
    }

    /// Waits for a place among the caller's own.
    ///
    /// # Errors
    /// LIMIT at once, with the time to wait, for a caller who has too much under way or has used too much; UNAVAILABLE when the deadline
    /// passes.
    pub async fn enter(&self, who: Counted, kind: Kind, deadline: Instant) -> Result<Part, Refusal> {
        let share = self.of(who);
        self.admits(&share)?;
        let gate = match kind {
            Kind::Query => &share.queries,
            Kind::Mutation => &share.mutations,
            Kind::Session => &share.sessions,
        };
        match gate.enter(deadline).await {
            Ok(place) => Ok(Part { share: Arc::clone(&share), _place: place }),
            Err(Error::Limit(_)) => {
                let text =
                    "trop d’opérations du même compte ou de la même adresse attendent leur tour ; réessayer dans un instant";
                Err(throttled(Message::new("CALLER_QUEUE", text).with("limit", self.queue), Duration::from_secs(1)))
            }
            Err(other) => Err(Refusal::Crowded(other)),
        }
    }

    /// Whether a caller may work the server at all just now: for what waits for other places than operations do.
    ///
    /// # Errors
    /// LIMIT, with the time to wait, for a caller who has used too much.
    pub fn admit(&self, who: Counted) -> Result<(), Refusal> {
        self.admits(&self.of(who))
    }

    /// Counts what a caller's work took that was no operation.
    pub fn charge(&self, who: Counted, time: Duration) {
        if let Some(rate) = self.work {
            self.of(who).work.charge(rate, u64::try_from(time.as_millis()).unwrap_or(u64::MAX), now());
        }
    }

    fn of(&self, who: Counted) -> Arc<Share> {
        self.known.get(&who).unwrap_or_else(|| {
            let made = self.known.get_or_insert_with(&who, || Ok::<_, std::convert::Infallible>(self.share()));
            made.unwrap_or_else(|never| match never {})
        })
    }

    fn admits(&self, share: &Share) -> Result<(), Refusal> {
        let Some(rate) = self.work else { return Ok(()) };
        share.work.take(rate, 1, now()).map_err(|wait| {
            let text = "ce compte a occupé le serveur trop longtemps ces derniers instants ; réessayer plus tard";
            throttled(Message::new("CALLER_WORK", text), wait)
        })
    }

    /// Counts what an operation took.
    pub fn took(&self, part: &Part, time: Duration) {
        if let Some(rate) = self.work {
            part.share.work.charge(rate, u64::try_from(time.as_millis()).unwrap_or(u64::MAX), now());
        }
    }

    fn share(&self) -> Arc<Share> {
        Arc::new(Share {
            queries: Gate::new(self.queries, self.queue),
            mutations: Gate::new(self.mutations, self.queue),
            sessions: Gate::new(self.sessions, self.queue),
            work: Bucket::default(),
        })
    }
}

/// Work that is charged to its caller when it ends, however it does.
pub struct Charged {
    who: Counted,
    began: Instant,
    shares: Option<Arc<Shares>>,
}

impl Charged {
    /// Begins now; charges nothing where there is no limit.
    #[must_use]
    pub fn begin(shares: Option<Arc<Shares>>, who: Counted) -> Self {
        Self { who, began: Instant::now(), shares }
    }
}

impl Drop for Charged {
    fn drop(&mut self) {
        if let Some(shares) = &self.shares {
            shares.charge(self.who, self.began.elapsed());
        }
    }
}

/// A refusal that says when to come again.
#[must_use]
pub fn throttled(message: Message, wait: Duration) -> Refusal {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    let seconds = seconds.max(1);
    Refusal::Throttled(Error::limit(message.with("retryAfterSeconds", seconds)), seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(settings: &Settings) -> Shares {
        Shares::new(settings, 4, 3, 2).unwrap()
    }

    fn network(text: &str) -> Counted {
        Counted::network(Some(text.parse().unwrap()))
    }

    #[test]
    fn an_address_stands_for_its_network() {
        assert_eq!(network("::ffff:192.0.2.1"), network("192.0.2.1"));
        assert_eq!(network("2001:db8::1"), network("2001:db8::2:3:4:5"));
        assert_ne!(network("2001:db8::1"), network("2001:db8:0:1::1"));
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
    }

    #[tokio::test]
    async fn one_caller_never_has_every_place() {
        let (shares, deadline) = (shares(&Settings { caller_queue: 1, ..Settings::default() }), Instant::now());
        let mut held = Vec::new();
        for _ in 0..3 {
            held.push(shares.enter(Counted::Account(1), Kind::Query, deadline).await.ok().unwrap());
        }
        assert!(matches!(shares.enter(Counted::Account(1), Kind::Query, deadline).await, Err(Refusal::Crowded(_))));
        assert!(shares.enter(Counted::Account(2), Kind::Query, deadline).await.is_ok());
        assert!(shares.enter(Counted::Account(1), Kind::Mutation, deadline).await.is_ok());
    }

    #[tokio::test]
    async fn who_has_worked_too_long_is_told_when_to_come_again() {
        let settings = Settings { caller_work_ms_per_s: 100, caller_work_burst_ms: 1_000, ..Settings::default() };
        let (shares, deadline) = (shares(&settings), Instant::now() + Duration::from_secs(60));
        let part = shares.enter(Counted::Account(1), Kind::Query, deadline).await.ok().unwrap();
        shares.took(&part, Duration::from_secs(3));
        drop(part);
        let Err(Refusal::Throttled(error, seconds)) = shares.enter(Counted::Account(1), Kind::Query, deadline).await else {
            panic!("refused");
        };
        assert_eq!((error.code(), error.message().unwrap().reason), ("LIMIT", "CALLER_WORK"));
        assert!((18..=21).contains(&seconds), "{seconds}");
        assert!(shares.enter(Counted::Account(2), Kind::Query, deadline).await.is_ok());
    }
}
