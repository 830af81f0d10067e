//! The runner: one operation, one blocking task, one connection, one transaction. Finds the document, waits at the gate, and runs the operation
//! between its begin and its end. Not for HTTP, and not for what a transaction is.

use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use juniper::Variables;

use super::answer::{Answer, Refusal, code_of};
use super::context::Context;
use super::cost::Sizes;
use super::document::{Document, Documents};
use super::gate::Gate;
use super::request::Request;
use super::schema::{DocumentLimits, Schema, schema};
use super::value::PaltsScalar;
use super::variables;
use crate::access::Caller;
use crate::workflow::{self, Call, Credentials, Error, Kind, Office, Verdict, operation};

/// Bounds on documents and operations.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Nesting of selections and values in a document.
    pub max_depth: usize,
    /// Lexical tokens in a document.
    pub max_tokens: usize,
    /// Fields in a document, fragments unfolded.
    pub max_fields: usize,
    /// Fields in an answer, as [`cost`](super::cost) estimates them.
    pub max_cost: u64,
    /// What a list counts that is no connection.
    pub list_size: u64,
    /// Whether `__schema` and `__type` are answered.
    pub introspection: bool,
    /// An operation longer than this is stopped at its next store call.
    pub operation_timeout_ms: u64,
    /// Operations of one kind that wait at most; more are turned away.
    pub queue: usize,
    /// Logins that hash at once; 0 is one for each processor.
    pub session_places: usize,
    /// Documents kept.
    pub cached_documents: usize,
    /// Bytes of documents kept, as estimated.
    pub cached_document_bytes: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_depth: 24,
            max_tokens: 8_000,
            max_fields: 4_000,
            max_cost: 100_000,
            list_size: 20,
            introspection: true,
            operation_timeout_ms: 10_000,
            queue: 256,
            session_places: 0,
            cached_documents: 1_000,
            cached_document_bytes: 64 << 20,
        }
    }
}

impl Settings {
    /// Adds what is wrong with these settings.
    pub fn check(&self, faults: &mut Vec<String>) {
        let sizes = [
            ("max_depth", self.max_depth as u64, 1_000),
            ("max_tokens", self.max_tokens as u64, 1_000_000),
            ("max_fields", self.max_fields as u64, 1_000_000),
            ("max_cost", self.max_cost, u64::MAX),
            ("list_size", self.list_size, 100_000),
            ("operation_timeout_ms", self.operation_timeout_ms, 3_600_000),
            ("cached_documents", self.cached_documents as u64, 1_000_000),
            ("cached_document_bytes", self.cached_document_bytes, u64::MAX),
        ];
        for (name, value, most) in sizes {
            if value == 0 || value > most {
                faults.push(format!("graphql.{name}: must be 1 to {most}"));
            }
        }
    }
}

impl Settings {
    fn document_limits(&self) -> DocumentLimits {
        DocumentLimits {
            depth: self.max_depth,
            tokens: self.max_tokens,
            fields: self.max_fields,
            introspection: self.introspection,
        }
    }
}

/// Runs operations. One per server.
pub struct Runner {
    office: Arc<Office>,
    settings: Settings,
    schema: &'static Schema,
    documents: Documents,
    hits: AtomicU64,
    misses: AtomicU64,
    readers: Gate,
    writers: Gate,
    sessions: Gate,
    parsers: Gate,
}

impl Runner {
    /// A runner for an office.
    #[must_use]
    pub fn new(office: Arc<Office>, settings: Settings) -> Self {
        let processors = std::thread::available_parallelism().map_or(2, NonZeroUsize::get);
        let connections = |writes| usize::try_from(office.database.connections(writes)).unwrap_or(1);
        let readers = Gate::new(connections(false), settings.queue);
        // On PostgreSQL both use one pool, so they pass one gate; SQLite has its one writer, and those who read do not wait for it.
        let writers = if office.database.is_postgres() { readers.clone() } else { Gate::new(connections(true), settings.queue) };
        let places = if settings.session_places == 0 { processors } else { settings.session_places };
        Self {
            schema: schema(settings.document_limits()),
            documents: Documents::new(settings.cached_documents, settings.cached_document_bytes),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
            readers,
            writers,
            sessions: Gate::new(places, settings.queue),
            parsers: Gate::new(processors, settings.queue),
            office,
            settings,
        }
    }

    /// When an operation that begins now is stopped.
    #[must_use]
    pub fn deadline(&self) -> Instant {
        Instant::now() + Duration::from_millis(self.settings.operation_timeout_ms)
    }

    /// The document of a request: kept from before, or read now.
    ///
    /// # Errors
    /// What is wrong with it.
    pub async fn document(&self, request: &Request, deadline: Instant) -> Result<Arc<Document>, Refusal> {
        let name = request.operation_name.as_deref();
        if let Some(document) = self.documents.get(&request.query, name) {
            self.hits.fetch_add(1, Ordering::Relaxed);
            return Ok(document);
        }
        self.misses.fetch_add(1, Ordering::Relaxed);
        let permit = self.parsers.enter(deadline).await.map_err(Refusal::Crowded)?;
        let (schema, query, operation_name) = (self.schema, request.query.clone(), request.operation_name.clone());
        let page = u64::try_from(self.office.rules.page_size).unwrap_or(0);
        let sizes = Sizes { page, list: self.settings.list_size };
        let read = move || {
            let _permit = permit;
            catch_unwind(AssertUnwindSafe(|| Document::read(schema, query, operation_name.as_deref(), sizes)))
        };
        let document = match tokio::task::spawn_blocking(read).await {
            Ok(Ok(document)) => Arc::new(document?),
            Ok(Err(_)) | Err(_) => return Err(Error::Internal("reading a document panicked".to_owned()).into()),
        };
        self.documents.keep(&request.query, name, &document);
        Ok(document)
    }

    /// Runs an operation and answers.
    pub async fn run(
        &self,
        document: Arc<Document>,
        request: Request,
        credentials: Credentials,
        request_id: &str,
        deadline: Instant,
    ) -> Answer {
        let kind = document.kind();
        let permit = match self.gate(kind).enter(deadline).await {
            Ok(permit) => permit,
            Err(error) => return Answer::refused(Refusal::Crowded(error), request_id).of_kind(kind),
        };
        let (office, max_cost, id) = (Arc::clone(&self.office), self.settings.max_cost, request_id.to_owned());
        let span = tracing::info_span!("operation", request_id = %id, kind = kind.as_str());
        let operate = move || {
            let _permit = permit;
            span.in_scope(|| operate(&office, &document, &request, &credentials, &id, deadline, max_cost))
        };
        match tokio::task::spawn_blocking(operate).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(refusal)) => Answer::refused(refusal, request_id).of_kind(kind),
            Err(_) => Answer::refused(Error::Internal("an operation panicked".to_owned()).into(), request_id).of_kind(kind),
        }
    }

    /// Runs one workflow function as an operation of its own, through the same gate: for routes that are not GraphQL.
    ///
    /// # Errors
    /// The function's, and those of begin and end.
    pub async fn act<T: Send + 'static>(
        &self,
        kind: Kind,
        credentials: Credentials,
        deadline: Instant,
        work: impl FnOnce(&mut Call) -> workflow::Result<T> + Send + 'static,
    ) -> workflow::Result<T> {
        let permit = self.gate(kind).enter(deadline).await?;
        let office = Arc::clone(&self.office);
        let done = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let call = operation::begin(&office, kind, &credentials, deadline)?;
            operation::finish(call, kind, |call| {
                catch_unwind(AssertUnwindSafe(|| work(call)))
                    .unwrap_or_else(|_| Err(Error::Internal("a workflow function panicked".to_owned())))
            })
        });
        done.await.unwrap_or_else(|_| Err(Error::Internal("an operation panicked".to_owned())))
    }

    /// What is counted here, for the metrics: documents kept, found and read, and operations waiting.
    #[must_use]
    pub fn figures(&self) -> Figures {
        let shared = self.office.database.is_postgres();
        Figures {
            documents: self.documents.len(),
            hits: self.hits.load(Ordering::Relaxed),
            misses: self.misses.load(Ordering::Relaxed),
            waiting: self.readers.waiting()
                + if shared { 0 } else { self.writers.waiting() }
                + self.sessions.waiting()
                + self.parsers.waiting(),
        }
    }

    fn gate(&self, kind: Kind) -> &Gate {
        match kind {
            Kind::Query => &self.readers,
            Kind::Mutation => &self.writers,
            Kind::Session => &self.sessions,
        }
    }
}

/// What the runner counts.
#[derive(Clone, Copy, Debug)]
pub struct Figures {
    /// Documents kept.
    pub documents: usize,
    /// Requests whose document was kept.
    pub hits: u64,
    /// Requests whose document had to be read.
    pub misses: u64,
    /// Operations that wait for a place.
    pub waiting: usize,
}

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
    let page = u64::try_from(office.rules.page_size).unwrap_or(0);
    let sizes = Sizes { page, list: settings.list_size };
    let document = match Document::read(schema(settings.document_limits()), query.to_owned(), None, sizes) {
        Ok(document) => document,
        Err(refusal) => return read(&Answer::refused(refusal, "")),
    };
    let variables = serde_json::value::to_raw_value(variables).map_err(|error| Error::invalid("variables", error))?;
    let variables = variables::read(&variables)?;
    let call = operation::begin_as(office, document.kind(), caller, deadline)?;
    match execute(&document, &variables, call, "") {
        Ok(answer) => read(&answer),
        Err(refusal) => read(&Answer::refused(refusal, "")),
    }
}

fn read(answer: &Answer) -> workflow::Result<serde_json::Value> {
    serde_json::from_slice(&answer.body).map_err(|error| Error::Internal(format!("an answer is not JSON: {error}")))
}

/// On the blocking thread, from the variables to the answer.
fn operate(
    office: &Arc<Office>,
    document: &Document,
    request: &Request,
    credentials: &Credentials,
    request_id: &str,
    deadline: Instant,
    max_cost: u64,
) -> Result<Answer, Refusal> {
    let kind = document.kind();
    let variables = request.variables.as_deref().map(variables::read).transpose()?.unwrap_or_default();
    let cost = document.cost(&variables);
    if cost > max_cost {
        return Err(Error::Limit(format!("the operation may answer {cost} fields; the limit is {max_cost}")).into());
    }
    let call = operation::begin(office, kind, credentials, deadline)?;
    execute(document, &variables, call, request_id)
}

/// Between the begin of an operation and its end.
fn execute(document: &Document, variables: &Variables<PaltsScalar>, call: Call, request_id: &str) -> Result<Answer, Refusal> {
    let kind = document.kind();
    let context = Context::new(call);
    // A panic is a fault of ours in one resolver: this operation ends, nothing of it is kept, and the server goes on.
    let ran = catch_unwind(AssertUnwindSafe(|| document.operation().execute_sync(variables, &context)));
    let call = context.into_call();
    match ran {
        Ok(Ok((data, errors))) => {
            let verdict = errors
                .first()
                .map_or(Verdict::Done, |error| Verdict::Refused { code: code_of(error), message: error.error().message() });
            match operation::end(call, kind, verdict) {
                Ok(()) => Ok(Answer::executed(&data, &errors, kind, request_id)),
                Err(error) => Ok(Answer::undone(error, kind, request_id)),
            }
        }
        Ok(Err(refusal)) => {
            operation::end(call, kind, Verdict::Refused { code: "INVALID", message: "the variables do not fit" })?;
            Err(Refusal::Document(refusal))
        }
        Err(_) => {
            let error = Error::Internal("a resolver panicked".to_owned());
            operation::end(call, kind, Verdict::Refused { code: error.code(), message: "" })?;
            Ok(Answer::undone(error, kind, request_id))
        }
    }
}
