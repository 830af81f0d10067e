//! What a request must pass before anything is done for it: its sender's address, the rate of his requests, the bytes that he has under way,
//! and the places for uploads. Not for rights, and not for what an operation may cost.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use actix_http::error::DispatchError;
use actix_web::HttpRequest;
use quick_cache::sync::Cache;

use super::Settings;
use super::budget::{Budget, Full, Lease};
use super::connection::{Open, Place};
use super::examiners::Examiners;
use super::pace::Pace;
use super::proxies::{self, Trusted};
use super::uploading::{UploadPlace, Uploads};
use crate::domain::Message;
use crate::graphql::answer::Refusal;
use crate::graphql::bucket::{Bucket, Rate, now};
use crate::graphql::shares::{Counted, throttled};
use crate::workflow::{Error, Result};

/// Callers whose requests are counted at once; each takes a hundred bytes. Those who ask often stay, others are forgotten first.
const REMEMBERED: usize = 50_000;

/// How often a proxy is named that nobody trusts.
const WARNED_EVERY: Duration = Duration::from_secs(600);

/// How often it is said that connections sent what is no HTTP: anybody can, as often as he likes.
const TOLD_EVERY: Duration = Duration::from_secs(60);

/// What an answer from memory gives back of the request that asked for it, in thousandths.
const FROM_MEMORY: u64 = 750;

/// Counts and bounds of one server's edge.
pub struct Edge {
    /// Proxies that are believed.
    pub proxies: Trusted,
    /// Connections, by the peer's address.
    pub connections: Arc<Open>,
    /// Requests that came through a proxy, by the client's address.
    pub forwarded: Arc<Open>,
    /// Bodies that are being read or worked on.
    pub bodies: Arc<Budget>,
    /// Files that are being uploaded or worked on.
    pub files: Arc<Budget>,
    /// Answers that nobody has taken yet.
    pub answers: Arc<Budget>,
    /// Files that are examined at once.
    pub examiners: Examiners,
    rate: Option<Rate>,
    buckets: Cache<Counted, Arc<Bucket>>,
    throttled: AtomicU64,
    uploads: Arc<Uploads>,
    warned: Mutex<Option<Instant>>,
    malformed: AtomicU64,
    told: Mutex<Option<Instant>>,
    per_address: usize,
}

impl Edge {
    /// As the settings say.
    ///
    /// # Errors
    /// INVALID naming `http.trusted_proxies`.
    pub fn new(settings: &Settings) -> Result<Self> {
        let networks = settings
            .networks()
            .map_err(|fault| Error::invalid("http.trusted_proxies", Message::new("NETWORK", fault.to_string())))?;
        let processors = std::thread::available_parallelism().map_or(2, std::num::NonZeroUsize::get);
        // Files are large and few: most of what may be held is for them, and never all.
        let (for_files, for_bodies) = (settings.max_buffered_bytes / 4 * 3, settings.max_buffered_bytes / 4);
        Ok(Self {
            proxies: Trusted::new(networks, settings.proxy_header),
            connections: Arc::default(),
            forwarded: Arc::default(),
            bodies: Budget::new(for_bodies, 8),
            files: Budget::new(for_files, 2),
            answers: Budget::new(settings.max_unread_bytes, 4),
            examiners: Examiners::new(processors),
            rate: Rate::new(settings.requests_per_s, settings.requests_burst),
            buckets: Cache::new(REMEMBERED),
            throttled: AtomicU64::new(0),
            uploads: Uploads::new(settings.uploads, settings.uploads_per_caller, Duration::from_secs(settings.upload_turn_s)),
            warned: Mutex::default(),
            malformed: AtomicU64::new(0),
            told: Mutex::default(),
            per_address: settings.connections_per_address,
        })
    }

    /// Counts a request.
    ///
    /// # Errors
    /// LIMIT, and when to come again, beyond the rate.
    pub fn count(&self, who: Counted) -> Result<(), Refusal> {
        let Some(rate) = self.rate else { return Ok(()) };
        let taken = self.bucket(who).take(rate, 1, now());
        taken.map_err(|wait| {
            self.throttled.fetch_add(1, Ordering::Relaxed);
            let text = if who.is_known() { "trop de requêtes de ce compte" } else { "trop de requêtes de cette adresse" };
            throttled(Message::new("REQUEST_RATE", format!("{text} ; réessayer dans un instant")), wait)
        })
    }

    /// Gives back most of a request that was answered from memory.
    pub fn answered_from_memory(&self, who: Counted) {
        if let Some(rate) = self.rate {
            self.bucket(who).give_back(rate, FROM_MEMORY);
        }
    }

    fn bucket(&self, who: Counted) -> Arc<Bucket> {
        match self.buckets.get(&who) {
            Some(bucket) => bucket,
            None => {
                let made: std::result::Result<_, std::convert::Infallible> =
                    self.buckets.get_or_insert_with(&who, || Ok(Arc::default()));
                made.unwrap_or_else(|never| match never {})
            }
        }
    }

    /// How many requests were turned away for their rate.
    #[must_use]
    pub fn throttled(&self) -> u64 {
        self.throttled.load(Ordering::Relaxed)
    }

    /// A place for a connection; none for who has too many. Proxies that are trusted and the machine itself may have as many as they like.
    #[must_use]
    pub fn connect(&self, peer: Option<IpAddr>) -> Option<Option<Place>> {
        match peer.map(|peer| peer.to_canonical()) {
            Some(peer) if self.per_address > 0 && !peer.is_loopback() && !self.proxies.contains(peer) => {
                self.connections.enter(peer, self.per_address).map(Some)
            }
            _ => Some(None),
        }
    }

    /// The place of a request that came through a proxy, whose connections say nothing of the client.
    ///
    /// # Errors
    /// LIMIT for a client who has too many requests under way.
    pub fn pass(&self, request: &HttpRequest, address: Option<IpAddr>) -> Result<Option<Place>, Refusal> {
        let peer = request.peer_addr().map(|peer| peer.ip().to_canonical());
        let Some(address) = address.filter(|address| self.per_address > 0 && !address.is_loopback() && peer != Some(*address))
        else {
            return Ok(None);
        };
        self.forwarded.enter(address, self.per_address).map(Some).ok_or_else(|| {
            let text = "trop de requêtes de la même adresse sont en cours ; réessayer dans un instant";
            throttled(Message::new("ADDRESS_REQUESTS", text).with("limit", self.per_address), Duration::from_secs(1))
        })
    }

    /// A place for an upload.
    ///
    /// # Errors
    /// LIMIT: the caller has too many under way ([`Full::Caller`]), or all have and none gives way.
    pub fn upload(&self, who: Counted) -> Result<UploadPlace, Full> {
        self.uploads.enter(who, Instant::now())
    }

    /// Uploads under way.
    #[must_use]
    pub fn uploading(&self) -> usize {
        self.uploads.count()
    }

    /// A lease on a long answer.
    ///
    /// # Errors
    /// [`Full`] when too much is unread already.
    pub fn unread(&self, who: Counted, address: usize, bytes: usize) -> Result<Lease, Full> {
        self.answers.lease_shared(who, address, bytes)
    }

    /// Counts a connection that ended because it sent what is no HTTP, and says so in the log, now and then.
    pub fn ended(&self, error: &DispatchError) {
        if !matches!(error, DispatchError::Parse(_)) {
            return;
        }
        let since_the_start = self.malformed.fetch_add(1, Ordering::Relaxed) + 1;
        tracing::debug!(%error, "a connection sent what is no HTTP");
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.is_none_or(|at| at.elapsed() >= TOLD_EVERY) {
            *told = Some(Instant::now());
            tracing::warn!(
                since_the_start,
                "connections send what is no HTTP; they are closed, and counted as palts_http_malformed_total"
            );
        }
    }

    /// How many connections sent what is no HTTP.
    #[must_use]
    pub fn malformed(&self) -> u64 {
        self.malformed.load(Ordering::Relaxed)
    }

    /// Says in the log, now and then, that somebody seems to come through a proxy that nobody trusts: then all its clients are one address.
    pub fn look_for_proxy(&self, request: &HttpRequest) {
        if !self.proxies.is_empty() || !proxies::names_a_client(request.headers()) {
            return;
        }
        let Some(peer) = request.peer_addr().map(|peer| peer.ip().to_canonical()).filter(is_near) else { return };
        let mut warned = self.warned.lock().unwrap_or_else(PoisonError::into_inner);
        if warned.is_none_or(|at| at.elapsed() >= WARNED_EVERY) {
            *warned = Some(Instant::now());
            tracing::warn!(
                %peer,
                "requests come through a proxy that is not trusted: all its clients count as one address; \
                 name the proxy in http.trusted_proxies (PALTS_HTTP__TRUSTED_PROXIES)"
            );
        }
    }
}

/// Whether an address is this machine's or of a private network, where proxies stand.
fn is_near(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_loopback() || address.is_private() || address.is_link_local(),
        IpAddr::V6(address) => address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local(),
    }
}

impl Settings {
    /// The least speed of a body.
    #[must_use]
    pub fn body_pace(&self) -> Pace {
        Pace::new(self.min_body_bytes_per_s, self.body_grace_ms)
    }

    /// The least speed at which an answer is read.
    #[must_use]
    pub fn answer_pace(&self) -> Pace {
        Pace::new(self.min_answer_bytes_per_s, self.answer_grace_ms)
    }
}
