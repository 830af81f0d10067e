//! Writes that may be sent again: under a key of its sender's a request is done once, and whoever sends it again within a day is answered as the
//! first time. What is kept is kept in the transaction of the write itself; keys are kept as keyed hashes, by account. Not for meetings, whose
//! own keys hold for ever, and never for credentials.

use aws_lc_rs::hmac;
use chrono::{NaiveDateTime, TimeDelta};

use super::{Call, Error, Office, Result};
use crate::access::Caller;
use crate::domain::Message;
use crate::keys::secret;
use crate::store::{marks, request_keys};

/// How long a key is kept.
const HOURS: i64 = 24;
/// The longest answer that is kept, in bytes; of a longer one it is known only that it was given.
const LONGEST_ANSWER: usize = 65_536;
/// Keys of one account within the time that they are kept, at most: with the above it bounds what is kept.
const MOST_KEYS: i64 = 5_000;

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
pub enum Claim {
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
}

/// A part of what is hashed, that no other partition could be taken for.
fn framed(part: &[u8]) -> Vec<u8> {
    let mut framed = (part.len() as u64).to_be_bytes().to_vec();
    framed.extend_from_slice(part);
    framed
}

/// Takes the key in the transaction of the write, or finds what was done under it.
///
/// # Errors
/// CONFLICT when another request was made under it, or the answer can no longer be given; LIMIT for too many keys; those of the database.
pub fn claim(call: &mut Call, attempt: &Attempt) -> Result<Claim> {
    let now = call.now();
    let since = oldest(now);
    let server = server_key(call)?;
    let hash = |what: &str, parts: &[&[u8]]| {
        let text: Vec<u8> = std::iter::once(what.as_bytes()).chain(parts.iter().copied()).flat_map(framed).collect();
        hex(hmac::sign(&server, &text).as_ref())
    };
    let key = hash("key", &[attempt.account.as_bytes(), attempt.key.as_bytes()]);
    let fingerprint = hash("request", &[&attempt.request]);
    let rights = hash("rights", &[attempt.rights.as_bytes()]);
    let new = request_keys::New { key: &key, account: &attempt.account, fingerprint: &fingerprint, rights: &rights, at: now };
    let Some(kept) = request_keys::claim(call.db()?, &new, since)? else {
        if request_keys::count(call.db()?, &attempt.account, since)? > MOST_KEYS {
            let text = format!("Ce compte a déjà employé {MOST_KEYS} clés Idempotency-Key en {HOURS} heures.");
            return Err(Error::limit(Message::new("IDEMPOTENCY_KEYS", text).with("most", MOST_KEYS).with("hours", HOURS)));
        }
        // A second claim of one attempt is the same key.
        let _ = attempt.kept_as.set(key);
        return Ok(Claim::First);
    };
    if kept.fingerprint != fingerprint {
        let text = "Cette clé Idempotency-Key a déjà servi à une autre requête : prenez-en une nouvelle.";
        return Err(Error::conflict(Message::new("IDEMPOTENCY_KEY_REUSED", text)));
    }
    match kept.answer {
        Some(answer) if kept.rights == rights => Ok(Claim::Done(answer)),
        Some(_) | None => {
            let text = "Cette requête a déjà été faite ; sa réponse ne peut plus être redonnée : relisez.";
            Err(Error::conflict(Message::new("ALREADY_DONE", text)))
        }
    }
}

/// Keeps the answer of a write that was [claimed](claim), in its transaction.
///
/// # Errors
/// Those of the database.
pub fn keep(call: &mut Call, attempt: &Attempt, answer: &[u8]) -> Result<()> {
    let Some(key) = attempt.kept_as.get() else { return Ok(()) };
    let text = std::str::from_utf8(answer).ok().filter(|text| text.len() <= LONGEST_ANSWER);
    Ok(request_keys::keep(call.db()?, key, text)?)
}

/// Removes what was kept for long enough.
///
/// # Errors
/// Those of the database.
pub fn purge(office: &Office) -> Result<usize> {
    let before = oldest(office.clock.now());
    office.database.write(|connection| Ok(request_keys::purge(connection, before)?))
}

fn oldest(now: NaiveDateTime) -> NaiveDateTime {
    now - TimeDelta::hours(HOURS)
}

/// The key of the hashes: drawn once for each database, so that all servers of it share it.
fn server_key(call: &mut Call) -> Result<hmac::Key> {
    let drawn = secret::random()?;
    let text = marks::found_or_set(call.db()?, marks::REQUEST_KEY, &drawn)?;
    Ok(hmac::Key::new(hmac::HMAC_SHA256, text.as_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
