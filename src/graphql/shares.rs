//! What one caller may have of what all share: so many operations at once, so many waiting, so much time of execution. One caller never holds
//! the whole [gate](super::gate), and whoever asks for too much waits behind himself. Not for HTTP's own limits.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use quick_cache::sync::Cache;
use tokio::sync::OwnedSemaphorePermit;

use super::answer::Refusal;
use super::bucket::{Bucket, Rate, now};
use super::gate::Gate;
use super::settings::Settings;
use crate::access::{Caller, Identity};
use crate::domain::Message;
use crate::workflow::call::Work;
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
    places: Places,
    queue: usize,
    work: Option<Rate>,
    writing: Option<Rate>,
}

/// Operations at once, of all or of one caller.
#[derive(Clone, Copy, Debug)]
pub struct Places {
    /// Those that read.
    pub queries: usize,
    /// Those that write, whatever they are doing: examining, waiting for their turn, or writing.
    pub mutations: usize,
    /// Those of these whose turn it is to write.
    pub writing: usize,
    /// Those that sign in.
    pub sessions: usize,
}

/// One caller's.
pub struct Share {
    queries: Gate,
    mutations: Gate,
    writing: Gate,
    sessions: Gate,
    work: Bucket,
    written: Bucket,
    rate: Option<Rate>,
}

impl Share {
    /// Where the caller's own writes wait for each other, before they wait with those of others: one caller never stands in line twice where all
    /// write one after the other.
    #[must_use]
    pub fn writing(&self) -> &Gate {
        &self.writing
    }

    /// Whether the caller has not kept others from writing for too long of late.
    ///
    /// # Errors
    /// LIMIT, with the time to wait.
    pub fn may_write(&self) -> Result<(), Refusal> {
        let Some(rate) = self.rate else { return Ok(()) };
        self.written.take(rate, 1, now()).map_err(|wait| {
            let text =
                "ce compte a écrit trop longtemps ces derniers instants, ce qui fait attendre les autres ; réessayer plus tard";
            throttled(Message::new("CALLER_WRITING", text), wait)
        })
    }

    /// Counts for how long the caller kept others from writing.
    pub fn wrote(&self, time: Duration) {
        if let Some(rate) = self.rate {
            self.written.charge(rate, millis(time).max(1), now());
        }
    }
}

/// One operation's part of its caller's share; when it ends, what it took is counted.
pub struct Part {
    share: Arc<Share>,
    /// Milliseconds that may still be counted.
    left: AtomicU64,
    _place: OwnedSemaphorePermit,
}

impl Part {
    /// Of all that it takes, however often it begins again, no more is counted.
    #[must_use]
    pub fn at_most(self, time: Duration) -> Self {
        Self { left: AtomicU64::new(millis(time)), ..self }
    }

    /// What of it is counted.
    fn counted(&self, time: Duration) -> Duration {
        let time = millis(time);
        let taken = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| Some(left.saturating_sub(time)));
        Duration::from_millis(time.min(taken.unwrap_or_default()))
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

impl Shares {
    /// Of gates with so many places: all but one, or a quarter of those of writes, unless the settings say otherwise. None where there is no
    /// limit.
    #[must_use]
    pub fn new(settings: &Settings, all: Places) -> Option<Self> {
        if settings.caller_queue == 0 {
            return None;
        }
        let of = |places: usize, unsaid: usize| match settings.caller_places {
            0 => unsaid.clamp(1, places.max(1)),
            set => set.clamp(1, places.max(1)),
        };
        let but_one = |places: usize| of(places, places.saturating_sub(1));
        let places = Places {
            queries: but_one(all.queries),
            mutations: of(all.mutations, all.mutations / 4),
            writing: but_one(all.writing),
            sessions: but_one(all.sessions),
        };
        Some(Self {
            known: Cache::new(REMEMBERED),
            places,
            queue: settings.caller_queue,
            work: Rate::new(settings.caller_work_ms_per_s, settings.caller_work_burst_ms),
            writing: Rate::new(settings.caller_writing_ms_per_s, settings.caller_writing_burst_ms),
        })
    }

    /// A caller's share.
    #[must_use]
    pub fn of(&self, who: Counted) -> Arc<Share> {
        match self.known.get(&who) {
            Some(share) => share,
            None => self
                .known
                .get_or_insert_with(&who, || Ok::<_, std::convert::Infallible>(self.share()))
                .unwrap_or_else(|never| match never {}),
        }
    }

    /// Waits for a place among the caller's own.
    ///
    /// # Errors
    /// LIMIT at once, with the time to wait, for a caller who has too much under way or has used too much; UNAVAILABLE when the deadline
    /// passes.
    pub async fn enter(&self, who: Counted, kind: Kind, deadline: Instant) -> Result<Part, Refusal> {
        let share = self.of(who);
        self.admits(&share, kind)?;
        let gate = match kind {
            Kind::Query => &share.queries,
            Kind::Mutation => &share.mutations,
            Kind::Session => &share.sessions,
        };
        match gate.enter(deadline).await {
            Ok(place) => Ok(Part { share: Arc::clone(&share), left: AtomicU64::new(u64::MAX), _place: place }),
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
    pub fn admit(&self, who: Counted, kind: Kind) -> Result<(), Refusal> {
        self.admits(&self.of(who), kind)
    }

    /// Counts what a caller's work took that was no operation.
    pub fn charge(&self, who: Counted, time: Duration) {
        self.charged(&self.of(who), time);
    }

    fn admits(&self, share: &Share, kind: Kind) -> Result<(), Refusal> {
        if kind == Kind::Mutation {
            share.may_write()?;
        }
        let Some(rate) = self.work else { return Ok(()) };
        share.work.take(rate, 1, now()).map_err(|wait| {
            let text = "ce compte a occupé le serveur trop longtemps ces derniers instants ; réessayer plus tard";
            throttled(Message::new("CALLER_WORK", text), wait)
        })
    }

    /// Counts what an operation took.
    pub fn took(&self, part: &Part, time: Duration) {
        self.charged(&part.share, part.counted(time));
    }

    fn charged(&self, share: &Share, time: Duration) {
        if let Some(rate) = self.work {
            share.work.charge(rate, millis(time), now());
        }
    }

    fn share(&self) -> Arc<Share> {
        Arc::new(Share {
            queries: Gate::new(self.places.queries, self.queue),
            mutations: Gate::new(self.places.mutations, self.queue),
            // There are no more of them than mutations.
            writing: Gate::new(self.places.writing, usize::MAX),
            sessions: Gate::new(self.places.sessions, self.queue),
            work: Bucket::default(),
            written: Bucket::default(),
            rate: self.writing,
        })
    }
}

/// Work that is charged to its caller when it ends, however it does, on the thread where it began. Waiting for others is no work.
pub struct Charged {
    who: Counted,
    work: Work,
    shares: Option<Arc<Shares>>,
}

impl Charged {
    /// Begins now; charges nothing where there is no limit.
    #[must_use]
    pub fn begin(shares: Option<Arc<Shares>>, who: Counted) -> Self {
        Self { who, work: Work::begin(), shares }
    }
}

impl Drop for Charged {
    fn drop(&mut self) {
        if let Some(shares) = &self.shares {
            shares.charge(self.who, self.work.took());
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
        Shares::new(settings, Places { queries: 4, mutations: 16, writing: 1, sessions: 2 }).unwrap()
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
    async fn one_caller_stands_in_line_to_write_once_and_not_for_all_of_his_time() {
        let settings = Settings { caller_writing_ms_per_s: 100, caller_writing_burst_ms: 1_000, ..Settings::default() };
        let (shares, now) = (shares(&settings), Instant::now());
        let later = now + Duration::from_secs(60);
        let one = shares.of(Counted::Account(1));
        let inside = one.writing().enter_blocking(later).unwrap();
        assert!(one.writing().enter_blocking(now).is_err(), "the second waits behind the first");
        assert!(shares.of(Counted::Account(2)).writing().enter_blocking(now).is_ok());
        drop(inside);
        let mut examining = Vec::new();
        for _ in 0..4 {
            examining.push(shares.enter(Counted::Account(1), Kind::Mutation, now).await.ok().unwrap());
        }
        assert!(shares.enter(Counted::Account(1), Kind::Mutation, now).await.is_err(), "a quarter of the places");
        one.wrote(Duration::from_secs(3));
        let Err(Refusal::Throttled(error, seconds)) = shares.enter(Counted::Account(1), Kind::Mutation, later).await else {
            panic!("refused");
        };
        assert_eq!((error.code(), error.message().unwrap().reason), ("LIMIT", "CALLER_WRITING"));
        assert!((18..=21).contains(&seconds), "{seconds}");
        assert!(shares.enter(Counted::Account(1), Kind::Query, now).await.is_ok(), "he may read");
        assert!(shares.enter(Counted::Account(2), Kind::Mutation, now).await.is_ok());
    }

    #[tokio::test]
    async fn of_what_has_a_time_of_its_own_no_more_is_counted_than_was_said_however_often_it_begins() {
        let settings = Settings { caller_work_ms_per_s: 1, caller_work_burst_ms: 10_500, ..Settings::default() };
        let (shares, deadline) = (shares(&settings), Instant::now() + Duration::from_secs(60));
        let enter = || shares.enter(Counted::Account(1), Kind::Mutation, deadline);
        let part = enter().await.ok().unwrap().at_most(Duration::from_secs(10));
        shares.took(&part, Duration::from_secs(4));
        shares.took(&part, Duration::from_secs(200));
        shares.took(&part, Duration::from_secs(200));
        drop(part);
        let part = enter().await.ok().unwrap();
        shares.took(&part, Duration::from_secs(1));
        assert!(enter().await.is_err(), "10 s were counted, and 1 s");
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
