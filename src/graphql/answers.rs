//! Answers that were given before, kept for as long as they are true: an answer stands under its document, its variables, the rights of who
//! asked, the day, and the version of everything that those rights reach. Whoever comes with the same, after whatever was written, finds it;
//! whoever comes after a write that he could see has another version, and does not. Bounded by bytes. Not for answers with errors, whose
//! refusals have to be audited each time.

use std::io::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use bytes::Bytes;
use chrono::NaiveDate;
use flate2::Compression;
use flate2::write::GzEncoder;
use quick_cache::sync::{Cache, DefaultLifecycle, PlaceholderGuard};
use quick_cache::{DefaultHashBuilder, Weighter};

use super::document::Document;
use super::request::Request;
use crate::keys::secret::fingerprint;
use crate::workflow::callers::Recognised;
use crate::workflow::{Error, Result};

/// Bytes that an entry takes beside its texts, about.
const OVERHEAD: usize = 400;
/// A longer answer is named and compressed on a thread that may block.
const LONG: usize = 128 << 10;
/// A shorter answer is not worth compressing.
const COMPRESSED_FROM: usize = 1_024;

/// An answer as it goes out, in each form that was asked for.
#[derive(Debug)]
pub struct Kept {
    /// The JSON.
    pub body: Bytes,
    /// Names this content: the same content has the same name, whenever it was made.
    pub etag: String,
    gzip: OnceLock<Option<Bytes>>,
}

impl Kept {
    /// An answer to keep.
    #[must_use]
    pub fn new(body: Bytes) -> Self {
        // Weak, because one name stands for the compressed and the plain form.
        let etag = format!("W/\"{}\"", &fingerprint(&body)[..32]);
        Self { body, etag, gzip: OnceLock::new() }
    }

    /// An answer to keep; a long one is named and compressed at once, where nobody else waits for it.
    ///
    /// # Errors
    /// INTERNAL when that panics.
    pub async fn of(body: Bytes) -> Result<Self> {
        if !Self::is_long(&body) {
            return Ok(Self::new(body));
        }
        let keep = move || {
            let kept = Self::new(body);
            let _ = kept.gzip();
            kept
        };
        let kept = tokio::task::spawn_blocking(keep).await;
        kept.map_err(|_| Error::Internal("keeping an answer panicked".to_owned()))
    }

    /// Whether naming and compressing it takes longer than a thread that serves connections should stand still.
    #[must_use]
    pub fn is_long(body: &Bytes) -> bool {
        body.len() > LONG
    }

    /// The answer compressed, where that makes it smaller; done once.
    #[must_use]
    pub fn gzip(&self) -> Option<&Bytes> {
        self.gzip.get_or_init(|| compress(&self.body).filter(|small| small.len() < self.body.len())).as_ref()
    }
}

fn compress(body: &[u8]) -> Option<Bytes> {
    if body.len() < COMPRESSED_FROM {
        return None;
    }
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 3), Compression::new(4));
    encoder.write_all(body).ok()?;
    encoder.finish().ok().map(Bytes::from)
}

/// Under what an answer is kept.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    document: u64,
    who: Who,
    day: NaiveDate,
    version: i64,
    variables: Box<str>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Who {
    /// Whoever has these rights.
    Rights(Arc<str>),
    /// One person, with these rights.
    Person(Arc<str>, String),
}

impl Key {
    /// The key of a request, of a caller, on a day, at a version of what the caller may read.
    #[must_use]
    pub fn of(document: &Document, request: &Request, who: &Recognised, day: NaiveDate, version: i64) -> Self {
        let variables = request.variables.as_deref().map_or("", |raw| raw.get()).into();
        let key = Self { document: document.id(), who: Who::Rights(Arc::clone(&who.rights)), day, version, variables };
        if document.is_personal() { key.of_person(who) } else { key }
    }

    /// The key of what depends on the schema alone: the same for everybody, for as long as the process lives.
    #[must_use]
    pub fn of_schema(document: &Document, request: &Request) -> Self {
        let variables = request.variables.as_deref().map_or("", |raw| raw.get()).into();
        Self { document: document.id(), who: Who::Rights(Arc::from("")), day: NaiveDate::MIN, version: 0, variables }
    }

    /// The same for this caller alone.
    #[must_use]
    pub fn of_person(self, who: &Recognised) -> Self {
        Self { who: Who::Person(Arc::clone(&who.rights), who.caller.name()), ..self }
    }
}

#[derive(Clone)]
struct Weight;

impl Weighter<Key, Arc<Kept>> for Weight {
    fn weight(&self, key: &Key, kept: &Arc<Kept>) -> u64 {
        // A third more for the compressed form.
        (OVERHEAD + key.variables.len() + kept.body.len() + kept.body.len() / 3) as u64
    }
}

type Lifecycle = DefaultLifecycle<Key, Arc<Kept>>;

/// The right to find an answer out that others wait for: dropped without one, the next of them has it.
pub struct Turn<'a>(PlaceholderGuard<'a, Key, Arc<Kept>, Weight, DefaultHashBuilder, Lifecycle>);

impl Turn<'_> {
    /// Gives the answer to all who wait, and keeps it unless it is too large.
    pub fn keep(self, kept: &Arc<Kept>) {
        // What is too large is given back, and answered all the same.
        let _ = self.0.insert(Arc::clone(kept));
    }
}

/// Keys remembered whose answers cannot be kept.
const PASSING: usize = 4_096;
/// Bytes of the variables of the longest of them.
const LONGEST_PASSING: usize = 2_048;

/// The answers of one process.
pub struct Answers {
    kept: Option<Cache<Key, Arc<Kept>, Weight>>,
    /// Under these, answers do not last (they have errors): nobody waits for another's.
    passing: Cache<Key, ()>,
    hits: AtomicU64,
    misses: AtomicU64,
}

/// What there is under a key.
pub enum Found<'a> {
    /// An answer.
    Kept(Arc<Kept>),
    /// Nothing: this caller finds it out, and those who come meanwhile wait for him.
    Turn(Turn<'a>),
    /// Nothing, and nothing is to be kept.
    Nothing,
}

impl Answers {
    /// Room for so many bytes; none for 0.
    #[must_use]
    pub fn new(bytes: u64) -> Self {
        let about = usize::try_from(bytes / 4_096).unwrap_or(usize::MAX);
        let kept = (bytes > 0).then(|| Cache::with_weighter(about, bytes, Weight));
        Self { kept, passing: Cache::new(PASSING), hits: AtomicU64::new(0), misses: AtomicU64::new(0) }
    }

    /// Looks under a key; waits while somebody else is finding the answer out.
    ///
    /// # Errors
    /// UNAVAILABLE when the deadline passes.
    pub async fn find(&self, key: &Key, deadline: Instant) -> Result<Found<'_>> {
        let Some(cache) = &self.kept else { return Ok(Found::Nothing) };
        if let Some(kept) = cache.get(key) {
            self.hits.fetch_add(1, Ordering::Relaxed);
            return Ok(Found::Kept(kept));
        }
        if self.passing.get(key).is_some() {
            return Ok(Found::Nothing);
        }
        match tokio::time::timeout_at(deadline.into(), cache.get_value_or_guard_async(key)).await {
            // Somebody found out meanwhile that nothing lasts here: the turn goes on at once to the next who waits.
            Ok(Err(_)) if self.passing.get(key).is_some() => Ok(Found::Nothing),
            Ok(Ok(kept)) => {
                self.hits.fetch_add(1, Ordering::Relaxed);
                Ok(Found::Kept(kept))
            }
            Ok(Err(turn)) => {
                self.misses.fetch_add(1, Ordering::Relaxed);
                Ok(Found::Turn(Turn(turn)))
            }
            Err(_) => Err(super::gate::waited_too_long()),
        }
    }

    /// Keeps an answer under another key than the one that was looked under.
    pub fn keep(&self, key: Key, kept: &Arc<Kept>) {
        if let Some(cache) = &self.kept {
            cache.insert(key, Arc::clone(kept));
        }
    }

    /// Says that what was found out under a key does not last; a long key is not worth remembering.
    pub fn pass(&self, key: Key) {
        if key.variables.len() <= LONGEST_PASSING {
            self.passing.insert(key, ());
        }
    }

    /// How many are kept, how often one was found, and how often none.
    #[must_use]
    pub fn figures(&self) -> (usize, u64, u64) {
        let kept = self.kept.as_ref().map_or(0, Cache::len);
        (kept, self.hits.load(Ordering::Relaxed), self.misses.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn content_names_itself_and_is_compressed_once() {
        let text = "département ".repeat(500);
        let (one, other) = (Kept::new(Bytes::from(text.clone())), Kept::new(Bytes::from(text.clone())));
        assert_eq!(one.etag, other.etag);
        assert_ne!(one.etag, Kept::new(Bytes::from_static(b"{}")).etag);
        let gzip = one.gzip().unwrap();
        assert_eq!(gzip.as_ptr(), one.gzip().unwrap().as_ptr());
        let mut back = String::new();
        flate2::read::GzDecoder::new(gzip.as_ref()).read_to_string(&mut back).unwrap();
        assert_eq!(back, text);
    }

    #[test]
    fn what_is_short_is_not_compressed() {
        assert!(Kept::new(Bytes::from_static(b"{\"data\":null}")).gzip().is_none());
    }
}
