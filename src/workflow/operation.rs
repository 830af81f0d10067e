//! An operation from begin to end: tells who calls, gives the call its one transaction, and at the end keeps everything or nothing, and audits
//! what was refused in a transaction of its own. Not for what happens in between.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use super::callers::{self, Recognised};
use super::{Call, Error, Office, Result, audit, sessions};
use crate::access::Caller;
use crate::store::epochs::Epochs;
use crate::store::{self, Mode, Reader, StoreError};

/// How often what is overtaken again and again is begun, at most: each time it is held against all that there is.
pub const TRIES: usize = 10;

/// What an operation may do to the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Reads a snapshot.
    Query,
    /// Writes everything or nothing.
    Mutation,
    /// Login, refresh, logout or another password: begins outside any transaction and opens its own.
    Session,
}

impl Kind {
    /// As logs and metrics name it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Mutation => "mutation",
            Self::Session => "session",
        }
    }
}

/// What a request says of who calls.
#[derive(Clone, Default)]
pub struct Credentials {
    /// The bearer token, unverified.
    pub bearer: Option<String>,
    /// Where the request comes from.
    pub address: Option<IpAddr>,
}

/// Never shows the token.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("bearer", &self.bearer.is_some()).field("address", &self.address).finish()
    }
}

/// How an operation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// Without an error: keep it.
    Done,
    /// With errors: keep nothing.
    Refused {
        /// Code of the first.
        code: &'static str,
        /// What it says.
        message: &'a str,
    },
}

/// Tells who calls, and remembers it as true at these epochs; a token that is not valid is audited. Blocks; must not be called while a
/// connection is held.
///
/// # Errors
/// UNAUTHENTICATED for a token that is not valid; UNAVAILABLE when no connection can be had.
pub fn recognise(office: &Office, credentials: &Credentials, epochs: Option<&Epochs>) -> Result<Arc<Recognised>> {
    let Some(bearer) = &credentials.bearer else { return Ok(Arc::new(Recognised::new(Caller::Anonymous, office))) };
    callers::recognise(office, bearer, epochs).inspect_err(|error| audit::token_refused(office, error))
}

/// Begins an operation for a caller who is known. Its transaction opens with its first statement, so that what is refused before makes nobody
/// wait.
#[must_use]
pub fn begin(office: &Arc<Office>, kind: Kind, caller: Caller, deadline: Instant) -> Call {
    let office = Arc::clone(office);
    match kind {
        Kind::Query => Call::new(office, Mode::Read, caller, deadline),
        Kind::Mutation => Call::new(office, Mode::Write, caller, deadline),
        Kind::Session => Call::outside(office, caller, deadline),
    }
}

/// Runs one workflow function as an operation of its own, for a caller who is known: the command line's.
///
/// # Errors
/// The function's, and those of begin and end.
pub fn run_as<T>(
    office: &Arc<Office>,
    kind: Kind,
    caller: Caller,
    deadline: Instant,
    work: impl FnOnce(&mut Call) -> Result<T>,
) -> Result<T> {
    finish(begin(office, kind, caller, deadline), kind, work)
}

/// Runs one workflow function as the account of that name, with its grants of today: for the command line (`--as USER`), whose operator
/// needs no password.
///
/// # Errors
/// NOT_FOUND for a name without an account, or a disabled one; the function's, and those of begin and end.
pub fn as_user<T>(
    office: &Arc<Office>,
    username: &str,
    kind: Kind,
    deadline: Instant,
    work: impl FnOnce(&mut Call) -> Result<T>,
) -> Result<T> {
    let (caller, nation) = sessions::impersonate(office, username)?;
    finish(begin(office, kind, caller, deadline).recognised_at(Some(nation)), kind, work)
}

/// The same for what may be overtaken by others' writes: begun again, with the account's rights of then, as long as its time lasts.
///
/// # Errors
/// As of [`as_user`].
pub fn as_user_again<T>(
    office: &Arc<Office>,
    username: &str,
    kind: Kind,
    deadline: Instant,
    mut work: impl FnMut(&mut Call) -> Result<T>,
) -> Result<T> {
    let mut tries = 0;
    loop {
        let mut is_overtaken = false;
        let done = as_user(office, username, kind, deadline, |call| {
            let done = work(call);
            is_overtaken = call.is_overtaken();
            done
        });
        tries += 1;
        if !is_overtaken || tries == TRIES || Instant::now() >= deadline {
            return done;
        }
    }
}

/// Runs a workflow function on a call that was begun, and ends it.
///
/// # Errors
/// The function's, and those of the end.
pub fn finish<T>(mut call: Call, kind: Kind, work: impl FnOnce(&mut Call) -> Result<T>) -> Result<T> {
    let result = work(&mut call);
    match &result {
        Ok(_) => end(call, kind, Verdict::Done)?,
        // Nobody refused him: too many wait.
        Err(_) if call.was_turned_away() => end(call, Kind::Query, Verdict::Done)?,
        Err(error) => end(call, kind, Verdict::Refused { code: error.code(), message: &error.to_string() })?,
    }
    result
}

/// Ends an operation: keeps a mutation that was done, forgets anything else, and audits what was refused.
///
/// # Errors
/// When the commit fails: then nothing is kept, and the operation was not done.
pub fn end(call: Call, kind: Kind, verdict: Verdict<'_>) -> Result<()> {
    let handed_on = call.handed_on();
    let fault = call.fault_of_writing();
    let (conn, mut refused) = call.into_parts();
    let committed = match (conn, kind, verdict) {
        // Remembered only once the database has said that it is kept: of a commit that nobody answered, nobody knows.
        (Some(mut conn), Kind::Mutation, Verdict::Done) if fault.is_none() => {
            conn.commit().map(|()| refused.office.heads.take_frames(handed_on)).map_err(Error::from)
        }
        (Some(mut conn), Kind::Mutation | Kind::Query, _) => {
            conn.rollback();
            fault.filter(|_| kind == Kind::Mutation && verdict == Verdict::Done).map_or(Ok(()), Err)
        }
        (None, Kind::Mutation, Verdict::Done) => fault.map_or(Ok(()), Err),
        (Some(_), Kind::Session, _) | (None, _, _) => Ok(()),
    };
    // The connection is back in its pool: the audit needs one itself. Sessions write their own. Written within the turn, it waits behind nobody.
    if let Verdict::Refused { code, message } = verdict
        && kind != Kind::Session
    {
        audit::operation_refused(&refused.office, &refused, kind == Kind::Mutation, code, message);
    }
    // Others may write.
    drop(refused.turn.take());
    committed
}

/// What a server can do just now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// Reads and writes.
    Everything,
    /// Reads alone: the disk is full, or the database is read-only.
    Reads,
    /// Nothing.
    Nothing,
}

/// What the office can do: whether the database answers, its schema is this program's, and it takes writes. Asks on a connection of its own,
/// so that a busy pool is not taken for a database that is down; on one of the pool's when no further one is opened. Why not is in the log.
#[must_use]
pub fn ready(office: &Office) -> Readiness {
    let ask = |reader: &mut Reader| {
        let standing = store::migrate::standing(reader)?;
        Ok((standing, office.database.takes_writes(reader)))
    };
    let asked = match office.database.aside() {
        Ok(mut aside) => ask(&mut aside),
        // It lives, and has no place for one more connection: those that are open tell what it can do.
        Err(StoreError::NoFurther(_) | StoreError::Busy(_)) => {
            office.database.checkout(Mode::Read).and_then(|mut conn| ask(conn.reader()))
        }
        Err(error) => Err(error),
    };
    let writes = match asked {
        Ok((standing, writes)) => match standing.require_current() {
            Ok(()) => writes,
            Err(why) => {
                tracing::warn!(%why, "not ready");
                return Readiness::Nothing;
            }
        },
        Err(error @ (StoreError::Storage(_) | StoreError::Replaced(_))) => {
            tracing::error!(%error, reason = "STORAGE", "not ready");
            return Readiness::Nothing;
        }
        Err(error) => {
            tracing::warn!(%error, "not ready");
            return Readiness::Nothing;
        }
    };
    match writes {
        Ok(()) => Readiness::Everything,
        Err(error @ StoreError::Unreachable(_)) => {
            tracing::warn!(%error, "not ready");
            Readiness::Nothing
        }
        Err(error) => {
            tracing::error!(%error, reason = "STORAGE", "ready for reads only: the database takes no writes");
            Readiness::Reads
        }
    }
}
