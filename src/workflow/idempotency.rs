//! Writes that may be sent again: under a key of its sender's a request is done once, and whoever sends it again within a day is answered as the
//! first time. What is kept is kept in the transaction of the write itself; keys are kept as keyed hashes, by account. Not for meetings, whose
//! own keys hold for ever, and never for credentials.

use aws_lc_rs::hmac;
use chrono::{NaiveDateTime, TimeDelta};

use super::{Call, Error, Office, Result};
use crate::access::Caller;
use crate::domain::Message;
use crate::keys::secret;
use crate::store::request_keys::{self, Kept};
use crate::store::{Mode, Writer, marks};

/// How long a key is kept.
const HOURS: i64 = 24;
/// The longest answer that is kept, in bytes; of a longer one it is known only that it was given.
const LONGEST_ANSWER: usize = 65_536;
/// Keys of one account within the time that they are kept, at most.
const MOST_KEYS: i64 = 5_000;
/// Bytes of the answers of one account that are kept, at most; a last one may go beyond.
const MOST_BYTES: i64 = 16 << 20;

/// A request to write, under a key of its sender's.
pub struct Attempt {
    key: String,
    account: String,
    /// What is asked for.
    request: Vec<u8>,
    /// What decides the answer, of who asks.
    rights: String,
    /// The key as it is kept; known once it was [claimed](claim).
    kept_as: std::cell::OnceCell<String>,
}

/// What a key is good for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Claim {
    /// Nothing was done under it: do it, and [`keep`] the answer.
    First,
    /// It was done, and answered so.
    Done(String),
}

impl Attempt {
    /// An attempt of the caller; none for nobody, who is refused anyway.
    #[must_use]
    pub fn new(call: &Call, key: &str, request: &[&str]) -> Option<Self> {
        let Caller::Known(identity) = call.caller() else { return None };
        let grants = identity.grants().iter().map(|grant| format!("{} {:?}", grant.role.as_str(), grant.territory));
        let mut grants: Vec<String> = grants.collect();
        grants.sort();
        let request = request.iter().flat_map(|part| framed(part.as_bytes())).collect();
        Some(Self {
            key: key.to_owned(),
            account: identity.name(),
            request,
            rights: grants.join(", "),
            kept_as: std::cell::OnceCell::new(),
        })
    }

    /// Under the server's key.
    fn hashes(&self, server: &str) -> Hashes {
        let server = hmac::Key::new(hmac::HMAC_SHA256, server.as_bytes());
        let hash = |what: &str, parts: &[&[u8]]| {
            let text: Vec<u8> = std::iter::once(what.as_bytes()).chain(parts.iter().copied()).flat_map(framed).collect();
            hex(hmac::sign(&server, &text).as_ref())
        };
        Hashes {
            key: hash("key", &[self.account.as_bytes(), self.key.as_bytes()]),
            fingerprint: hash("request", &[&self.request]),
            rights: hash("rights", &[self.rights.as_bytes()]),
        }
    }
}

/// What is kept of an attempt.
struct Hashes {
    key: String,
    fingerprint: String,
    rights: String,
}

/// A part of what is hashed, that no other partition could be taken for.
fn framed(part: &[u8]) -> Vec<u8> {
    let mut framed = (part.len() as u64).to_be_bytes().to_vec();
    framed.extend_from_slice(part);
    framed
}

/// What was done under the key, as far as it was kept when that was asked: looked up without holding anybody up, before anything is examined.
/// None: nothing, or it is under way; [`claim`] tells.
///
/// # Errors
/// CONFLICT when another request was made under it, or the answer can no longer be given; those of the database.
pub fn look(office: &Office, attempt: &Attempt, now: NaiveDateTime) -> Result<Option<String>> {
    let mut conn = office.database.checkout(Mode::Glance)?;
    let reader = conn.reader();
    // The first request under any key draws the server's.
    let Some(server) = marks::find(reader, marks::REQUEST_KEY)? else { return Ok(None) };
    let hashes = attempt.hashes(&server);
    match request_keys::find(reader, &hashes.key, oldest(now))? {
        Some(kept) => answered(kept, &hashes).map(Some),
        None => Ok(None),
    }
}

/// Looks again for a call that was refused before it took its key: somebody may have done the same since the first look, which is why this one
/// found what it did not expect. None too for one that took its key, and where nothing can be looked up.
///
/// # Errors
/// CONFLICT when another request was made under it, or the answer can no longer be given.
pub fn done_meanwhile(call: &mut Call) -> Result<Option<String>> {
    if !call.holds_nothing() || call.attempt().is_none() {
        return Ok(None);
    }
    let Ok(_turn) = call.turn_to_read() else { return Ok(None) };
    let Some(attempt) = call.attempt() else { return Ok(None) };
    match look(call.office(), attempt, call.now()) {
        // What the call itself was refused is told then.
        Err(error) if error.code() != "CONFLICT" => Ok(None),
        found => found,
    }
}

/// Takes the key in the transaction of the write, or finds what was done under it.
///
/// # Errors
/// CONFLICT when another request was made under it, or the answer can no longer be given; LIMIT for too many keys; those of the database.
pub(super) fn claim(writer: &mut Writer, attempt: &Attempt, now: NaiveDateTime) -> Result<Claim> {
    let since = oldest(now);
    let hashes = attempt.hashes(&server_key(writer)?);
    let Hashes { key, fingerprint, rights } = &hashes;
    let new = request_keys::New { key, account: &attempt.account, fingerprint, rights, at: now };
    if let Some(kept) = request_keys::claim(writer, &new, since)? {
        return answered(kept, &hashes).map(Claim::Done);
    }
    let (keys, bytes) = request_keys::held(writer, &attempt.account, since)?;
    if keys > MOST_KEYS || bytes >= MOST_BYTES {
        let text = format!(
            "Ce compte a déjà employé trop de clés Idempotency-Key en {HOURS} heures : {MOST_KEYS} au plus, et {MOST_BYTES} octets \
             de réponses gardées. Renvoyez la requête sans clé, ou plus tard."
        );
        let message = Message::new("IDEMPOTENCY_KEYS", text).with("most", MOST_KEYS).with("mostBytes", MOST_BYTES);
        return Err(Error::limit(message.with("hours", HOURS)));
    }
    // A second claim of one attempt is the same key.
    let _ = attempt.kept_as.set(hashes.key);
    Ok(Claim::First)
}

/// The answer that was kept, to the same request of the same rights.
fn answered(kept: Kept, hashes: &Hashes) -> Result<String> {
    if kept.fingerprint != hashes.fingerprint {
        let text = "Cette clé Idempotency-Key a déjà servi à une autre requête : prenez-en une nouvelle.";
        return Err(Error::conflict(Message::new("IDEMPOTENCY_KEY_REUSED", text)));
    }
    kept.answer.filter(|_| kept.rights == hashes.rights).ok_or_else(already_done)
}

/// The same request was done, and is not done again.
pub(super) fn already_done() -> Error {
    let text = "Cette requête a déjà été faite ; sa réponse ne peut plus être redonnée : relisez.";
    Error::conflict(Message::new("ALREADY_DONE", text))
}

/// Keeps the answer of a write whose key was [claimed](claim), in its transaction; nothing for one without a key. Where
/// nothing was done, as the audit has it, the key is forgotten too: sent again, nothing is done again, and who may do
/// nothing fills nothing.
///
/// # Errors
/// Those of the database.
pub fn keep(call: &mut Call, answer: &[u8]) -> Result<()> {
    let Some(key) = call.attempt().and_then(|attempt| attempt.kept_as.get()).cloned() else { return Ok(()) };
    if !call.has_acted() {
        return Ok(request_keys::forget(call.key_writer()?, &key)?);
    }
    let text = std::str::from_utf8(answer).ok().filter(|text| text.len() <= LONGEST_ANSWER);
    Ok(request_keys::keep(call.key_writer()?, &key, text)?)
}

/// Removes what was kept for long enough.
///
/// # Errors
/// Those of the database.
pub fn purge(office: &Office) -> Result<usize> {
    let before = oldest(office.clock.now());
    office.database.write(|writer| Ok(request_keys::purge(writer, before)?))
}

fn oldest(now: NaiveDateTime) -> NaiveDateTime {
    now - TimeDelta::hours(HOURS)
}

/// The key of the hashes: drawn once for each database, so that all servers of it share it.
fn server_key(writer: &mut Writer) -> Result<String> {
    let drawn = secret::random()?;
    Ok(marks::found_or_set(writer, marks::REQUEST_KEY, &drawn)?)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
