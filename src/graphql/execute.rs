//! Executing a document: from the variables to the answer, on a thread that may block. Not for finding the document, the caller, or a place at
//! the gate; that is the [`runner`](super::runner)'s.

use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use juniper::{ExecutionError, GraphQLError, Value, Variables};
use serde_json::value::RawValue;

use super::answer::{Answer, Refusal, code_of};
use super::budget::{self, Bounds};
use super::context::Context;
use super::cost::Sizes;
use super::document::Document;
use super::gate;
use super::request::Request;
use super::schema::schema;
use super::settings::Settings;
use super::value::PaltsScalar;
use super::variables;
use crate::access::Caller;
use crate::domain::Message;
use crate::store::epochs::State;
use crate::workflow::call::{Dependence, Lesson, Turns};
use crate::workflow::idempotency::{self, Attempt};
use crate::workflow::{self, Call, Error, Kind, Office, Verdict, operation};

/// Runs a document as a caller who is known, in this thread and past the gate: for the command line. Answers the JSON.
///
/// # Errors
/// INVALID for a document that is not valid, as far as it does not come back in the answer's `errors`; UNAVAILABLE without a connection.
pub fn run_as(
    office: &Arc<Office>,
    caller: Caller,
    query: &str,
    variables: &serde_json::Value,
    deadline: Instant,
) -> workflow::Result<serde_json::Value> {
    let settings = Settings::default();
    let sizes = Sizes::of(&office.rules, &settings);
    let document = match Document::read(schema(settings.document_limits()), query.to_owned(), None, sizes) {
        Ok(document) => document,
        Err(refusal) => return read(&Answer::refused(refusal, "")),
    };
    let variables = serde_json::value::to_raw_value(variables).map_err(|error| Error::Internal(error.to_string()))?;
    let variables = variables::read(&variables, document.declared(), document.schema(), settings.max_input_values)?;
    let call = operation::begin(office, document.kind(), caller, deadline);
    match execute(&document, &variables, call, "", settings.max_answer_bytes) {
        Ok(outcome) => read(&outcome.answer),
        Err(refusal) => read(&Answer::refused(refusal, "")),
    }
}

fn read(answer: &Answer) -> workflow::Result<serde_json::Value> {
    serde_json::from_slice(&answer.body).map_err(|error| Error::Internal(format!("an answer is not JSON: {error}")))
}

/// What a run of an operation needs beside its document and its request.
#[derive(Clone)]
pub struct Run {
    /// What all operations share.
    pub office: Arc<Office>,
    /// Who calls.
    pub caller: Caller,
    /// The nation's epoch at which the caller was recognised.
    pub recognised_at: Option<i64>,
    /// From where, as far as that is known.
    pub address: Option<IpAddr>,
    /// For the answer to an INTERNAL error.
    pub request_id: String,
    /// When it is stopped.
    pub deadline: Instant,
    /// The setting that says so, and its milliseconds.
    pub limit: (&'static str, u64),
    /// Fields that it may answer, as estimated.
    pub max_cost: u64,
    /// Values that its variables may hold.
    pub max_input_values: usize,
    /// Bytes of its answer.
    pub max_answer_bytes: u64,
    /// Whether a glance believes what was read before.
    pub remembers: bool,
}

/// What came of it.
pub struct Outcome {
    /// The answer.
    pub answer: Answer,
    /// What it depends on.
    pub dependence: Dependence,
    /// Whether its statements were each by itself: what they saw may be of several states.
    pub is_glance: bool,
    /// Whether they saw one state all the same: the replica's, or none, because all that it says was known to be true when it began.
    pub is_settled: bool,
    /// Whether nothing was asked of the database.
    pub is_recalled: bool,
    /// What a glance learnt, to be remembered if it saw one state.
    pub lessons: Vec<Lesson>,
    /// Whether nothing was done because the caller's rights, or the data that it was held against, had changed while it waited.
    pub is_overtaken: bool,
}

impl Outcome {
    /// Of an answer alone.
    fn of(answer: Answer) -> Self {
        Self {
            answer,
            dependence: Dependence::default(),
            is_glance: false,
            is_settled: false,
            is_recalled: false,
            lessons: Vec::new(),
            is_overtaken: false,
        }
    }
}

/// Runs an operation in its one transaction.
///
/// # Errors
/// What is wrong with the variables or the cost.
pub fn operate(run: &Run, document: &Document, request: &Request, turns: Option<Box<dyn Turns>>) -> Result<Outcome, Refusal> {
    let variables = priced(run, document, request)?;
    let mut call = begin(run, document);
    if let Some(turns) = turns {
        call = call.in_turn(turns);
    }
    let Some(attempt) = Attempt::of(&call, document, request) else {
        return execute(document, &variables, call, &run.request_id, run.max_answer_bytes);
    };
    let looked = match call.turn_to_read() {
        Ok(_turn) => idempotency::look(&run.office, &attempt, call.now()),
        Err(crowded) => return Err(Refusal::Crowded(crowded)),
    };
    match looked {
        // The key is taken when the write begins: not before what is refused, examined or computed without a lock.
        Ok(None) => execute(document, &variables, call.under(attempt), &run.request_id, run.max_answer_bytes),
        Ok(Some(answer)) => done_before(call, answer),
        Err(error) => Ok(Outcome::of(undone(call, Kind::Mutation, error, &run.request_id)?)),
    }
}

/// Runs a query without a transaction, which saves PostgreSQL two of its round trips, and believing what was read at these epochs; whoever
/// asks must see to it that nothing was written meanwhile, or [`operate`]. What does not go smoothly is run in a transaction at once, so that a
/// refusal is audited once.
///
/// # Errors
/// As [`operate`].
pub fn glance(run: &Run, document: &Document, request: &Request, state: State) -> Result<Outcome, Refusal> {
    let variables = priced(run, document, request)?;
    let call = Call::glance(Arc::clone(&run.office), run.caller.clone(), state, run.deadline).believing(run.remembers);
    let context = Context::new(call, document.compares(), run.max_answer_bytes).writing_lists(!document.overlaps());
    let (ran, is_spent) = resolve(document, &variables, &context);
    let mut call = context.into_call();
    let (dependence, is_recalled, lessons) = (call.dependence(), call.holds_nothing(), call.lessons());
    let of_replica = call.saw_one_state();
    // Nothing was written: the connection goes back as it is.
    drop(call);
    if is_spent {
        return Err(budget::too_large(run.max_answer_bytes).into());
    }
    match ran {
        Ok(Ok((data, errors))) if errors.is_empty() && !dependence.uncounted && of_replica != Some(false) => {
            let answer = Answer::executed(&data, &errors, Kind::Query, &run.request_id, run.max_answer_bytes);
            let is_settled = is_recalled || of_replica.is_some();
            Ok(Outcome { dependence, is_glance: true, is_settled, is_recalled, lessons, ..Outcome::of(answer) })
        }
        Ok(_) | Err(_) => execute(document, &variables, begin(run, document), &run.request_id, run.max_answer_bytes),
    }
}

/// Fields that may be resolved where connections are served, rather than on a thread that may block: a fraction of a millisecond.
const LITTLE: u64 = 1_000;

/// Runs a query on what is remembered alone, in the thread that asks: changing threads twice takes longer than answering. None where anything
/// else is needed, or it takes long.
///
/// # Errors
/// As [`operate`].
pub fn recall(run: &Run, document: &Document, request: &Request, state: State) -> Result<Option<Outcome>, Refusal> {
    let variables = priced(run, document, request)?;
    if document.cost(&variables) > LITTLE {
        return Ok(None);
    }
    let call = Call::from_memory(Arc::clone(&run.office), run.caller.clone(), state, run.deadline).believing(run.remembers);
    let context = Context::new(call, document.compares(), run.max_answer_bytes).writing_lists(!document.overlaps());
    let (ran, is_spent) = resolve(document, &variables, &context);
    let dependence = context.into_call().dependence();
    if is_spent {
        return Err(budget::too_large(run.max_answer_bytes).into());
    }
    match ran {
        Ok(Ok((data, errors))) if errors.is_empty() && !dependence.uncounted => {
            let answer = Answer::executed(&data, &errors, Kind::Query, &run.request_id, run.max_answer_bytes);
            let (is_glance, is_settled, is_recalled) = (true, true, true);
            Ok(Some(Outcome { dependence, is_glance, is_settled, is_recalled, ..Outcome::of(answer) }))
        }
        Ok(_) | Err(_) => Ok(None),
    }
}

/// What juniper answers; none when a resolver panicked.
type Ran = std::thread::Result<Result<(Value<PaltsScalar>, Vec<ExecutionError<PaltsScalar>>), GraphQLError>>;

/// Resolves an operation, and counts the bytes of its answer meanwhile; tells also whether they are more than it may take.
fn resolve(document: &Document, variables: &Variables<PaltsScalar>, context: &Context) -> (Ran, bool) {
    let bounds = Bounds {
        bytes: context.max_answer_bytes,
        // The lists of the schema itself are always juniper's.
        holds_values: !context.writes_lists || document.introspects(),
        path: document.longest_path(),
    };
    // A panic is a fault of ours in one resolver: this operation ends, nothing of it is kept, and the server goes on.
    budget::within(bounds, || catch_unwind(AssertUnwindSafe(|| document.operation().execute_sync(variables, context))))
}

fn begin(run: &Run, document: &Document) -> Call {
    operation::begin(&run.office, document.kind(), run.caller.clone(), run.deadline)
        .from_address(run.address)
        .recognised_at(run.recognised_at)
        .limited_by(run.limit.0, run.limit.1)
}

impl Attempt {
    /// A write under a key of its sender's; none for one that has no key, whose sender is nobody, or that holds credentials.
    fn of(call: &Call, document: &Document, request: &Request) -> Option<Self> {
        let key =
            request.idempotency_key.as_deref().filter(|_| document.kind() == Kind::Mutation && !document.holds_credentials())?;
        let variables = request.variables.as_deref().map_or("", RawValue::get);
        let name = request.operation_name.as_deref().unwrap_or_default();
        Self::new(call, key, &[document.text(), name, variables])
    }
}

fn priced(run: &Run, document: &Document, request: &Request) -> Result<Variables<PaltsScalar>, Refusal> {
    let declared = document.declared();
    let none: &RawValue = serde_json::from_str("{}").map_err(|error| Error::Internal(error.to_string()))?;
    let sent = request.variables.as_deref().unwrap_or(none);
    let variables = variables::read(sent, declared, document.schema(), run.max_input_values)?;
    let cost = document.cost(&variables);
    if cost > run.max_cost {
        let limit = run.max_cost;
        let text = format!("l’opération peut répondre {cost} champs ; la limite est de {limit}");
        return Err(Error::limit(Message::new("COST", text).with("cost", cost).with("limit", limit)).into());
    }
    Ok(variables)
}

/// Ends an operation that is not done, for an error of the whole.
fn undone(call: Call, kind: Kind, error: Error, request_id: &str) -> Result<Answer, Refusal> {
    operation::end(call, kind, Verdict::Refused { code: error.code(), message: &error.to_string() })?;
    Ok(Answer::undone(error, kind, request_id))
}

/// Ends an operation that was done before under its key: nothing is done again.
fn done_before(call: Call, answer: String) -> Result<Outcome, Refusal> {
    operation::end(call, Kind::Query, Verdict::Done)?;
    Ok(Outcome::of(Answer::given_before(answer)))
}

/// Between the begin of an operation and its end.
fn execute(
    document: &Document,
    variables: &Variables<PaltsScalar>,
    call: Call,
    request_id: &str,
    most: u64,
) -> Result<Outcome, Refusal> {
    let kind = document.kind();
    let context = Context::new(call, document.compares(), most);
    let (ran, is_spent) = resolve(document, variables, &context);
    let mut call = context.into_call();
    if call.was_turned_away() {
        // Before anything was done, as at the gate.
        operation::end(call, Kind::Query, Verdict::Done)?;
        return Err(Refusal::Crowded(gate::queue_full()));
    }
    if let Some(answer) = call.given_before() {
        // Somebody else did it between the look and the lock.
        return done_before(call, answer);
    }
    let (dependence, is_overtaken) = (call.dependence(), call.is_overtaken());
    if let Ok(Ok((_, errors))) = &ran
        && !errors.is_empty()
    {
        match idempotency::done_meanwhile(&mut call) {
            Ok(None) => {}
            Ok(Some(answer)) => return done_before(call, answer),
            Err(error) => return Ok(Outcome::of(undone(call, kind, error, request_id)?)),
        }
    }
    let answer = match ran {
        Ok(Ok(_)) if is_spent => undone(call, kind, budget::too_large(most), request_id)?,
        Ok(Ok((data, errors))) => {
            // Written before it is kept: what turns out too long must not have been done.
            let answer = Answer::executed(&data, &errors, kind, request_id, most);
            let first = errors.first().map(|error| (code_of(error), error.error().message()));
            let verdict = match first {
                Some((code, message)) => Verdict::Refused { code, message },
                None if answer.code == Some("LIMIT") => {
                    let answer = undone(call, kind, budget::too_large(most), request_id)?;
                    return Ok(Outcome { dependence, ..Outcome::of(answer) });
                }
                None => Verdict::Done,
            };
            // In the transaction of the write: both are kept, or neither.
            let kept = if errors.is_empty() { idempotency::keep(&mut call, &answer.body) } else { Ok(()) };
            let ended = match &kept {
                Ok(()) => operation::end(call, kind, verdict),
                Err(error) => operation::end(call, kind, Verdict::Refused { code: error.code(), message: &error.to_string() }),
            };
            match kept.and(ended) {
                Ok(()) => answer,
                Err(error) => Answer::undone(error, kind, request_id),
            }
        }
        Ok(Err(refusal)) => {
            operation::end(call, kind, Verdict::Refused { code: "INVALID", message: "the variables do not fit" })?;
            return Err(Refusal::Document(refusal));
        }
        Err(_) => {
            let error = Error::Internal("a resolver panicked".to_owned());
            operation::end(call, kind, Verdict::Refused { code: error.code(), message: "" })?;
            Answer::undone(error, kind, request_id)
        }
    };
    Ok(Outcome { dependence, is_overtaken, ..Outcome::of(answer) })
}
