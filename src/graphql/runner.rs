//! The runner: one operation, one blocking task, one connection, one transaction; and none of them for an answer that was given before and is
//! still true. Finds the document and the caller, waits at the gate, and has the operation executed. Not for HTTP, and not for what a
//! transaction is.

mod acting;
mod recognising;

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::OwnedSemaphorePermit;

use super::answer::{Answer, Refusal};
use super::answers::{Answers, Found, Kept, Key};
use super::cost::Sizes;
use super::document::{Document, Documents};
use super::execute::{self, Outcome, Run};
use super::figures::Figures;
use super::gate::Gate;
use super::lines::{Lines, Own};
use super::persisted::{self, Persisted};
use super::request::Request;
use super::schema::{Schema, schema};
use super::settings::{Introspection, RegisteredOnly, Settings};
use super::shares::{Counted, Part, Places, Shares};
use super::waiting::on_thread;
use crate::access::{Access, Caller, Capability};
use crate::domain::Message;
use crate::store::epochs::{Epochs, State};
use crate::workflow::call::{Turns, Work};
use crate::workflow::callers::Recognised;
use crate::workflow::{self, Act, Credentials, Error, Kind, Office, audit};

/// Writes that are under way at once: most examine what they will write, or wait on a thread for their turn.
const WRITES: usize = 16;

/// Runs operations. One per server.
pub struct Runner {
    office: Arc<Office>,
    settings: Settings,
    schema: &'static Schema,
    documents: Documents,
    persisted: Persisted,
    answers: Answers,
    hits: AtomicU64,
    misses: AtomicU64,
    database: Arc<Lines>,
    writes: Gate,
    sessions: Gate,
    parsers: Gate,
    shares: Option<Arc<Shares>>,
}

impl Runner {
    /// A runner for an office.
    ///
    /// # Errors
    /// INVALID for a registered document that cannot be read.
    pub fn new(office: Arc<Office>, settings: Settings) -> workflow::Result<Self> {
        let processors = std::thread::available_parallelism().map_or(2, NonZeroUsize::get);
        let connections = |writes| usize::try_from(office.database.connections(writes)).unwrap_or(1);
        let readers = Gate::new(connections(false), settings.queue);
        // On PostgreSQL both use one pool: writers, who may wait for each other's locks, leave a connection of it (where it has more than one).
        // SQLite has its one writer, and those who read do not wait for it.
        let one_pool = office.database.is_postgres();
        let writing = connections(true);
        let writing = if one_pool { writing.saturating_sub(1).max(1) } else { writing };
        let database = Lines {
            readers,
            writers: Gate::new(writing, settings.queue),
            is_shared: one_pool,
            territories: if one_pool { Lines::of_territories(&office.territories, settings.queue) } else { HashMap::new() },
            longest: Duration::from_millis(settings.writing_timeout_ms),
        };
        let places = if settings.session_places == 0 { processors } else { settings.session_places };
        let registered = match settings.registered_documents.as_str() {
            "" => Vec::new(),
            folder => persisted::read_folder(Path::new(folder))?,
        };
        let shares = Shares::new(&settings, Places { queries: connections(false), mutations: WRITES, writing, sessions: places });
        Ok(Self {
            schema: schema(settings.document_limits()),
            documents: Documents::new(settings.cached_documents, settings.cached_document_bytes),
            persisted: Persisted::new(registered, settings.cached_document_bytes),
            answers: Answers::new(settings.cached_answer_bytes),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
            database: Arc::new(database),
            writes: Gate::new(WRITES, settings.queue),
            sessions: Gate::new(places, settings.queue),
            parsers: Gate::new(processors, settings.queue),
            shares: shares.map(Arc::new),
            office,
            settings,
        })
    }

    /// When an operation that begins now is stopped.
    #[must_use]
    pub fn deadline(&self) -> Instant {
        Instant::now() + Duration::from_millis(self.settings.operation_timeout_ms)
    }

    /// The document of a request: kept from before, or read now.
    ///
    /// # Errors
    /// What is wrong with it; for a hash without its text, that the text is not known.
    pub async fn document(&self, request: &Request, deadline: Instant) -> Result<Arc<Document>, Refusal> {
        match (&request.query, &request.hash) {
            (Some(text), None) => self.document_of(text, request, deadline).await,
            (Some(text), Some(hash)) => {
                Persisted::check(text, hash)?;
                let document = self.document_of(text, request, deadline).await?;
                if document.kind() != Kind::Session {
                    self.persisted.keep(hash, text);
                }
                Ok(document)
            }
            (None, Some(hash)) => {
                let text = self.persisted.find(hash).ok_or(Refusal::NotPersisted)?;
                self.document_of(&text, request, deadline).await
            }
            (None, None) => Err(Error::invalid("query", Message::new("MISSING", "la requête manque")).into()),
        }
    }

    async fn document_of(&self, text: &str, request: &Request, deadline: Instant) -> Result<Arc<Document>, Refusal> {
        let name = request.operation_name.as_deref();
        if let Some(document) = self.documents.get(text, name) {
            self.hits.fetch_add(1, Ordering::Relaxed);
            return Ok(document);
        }
        self.misses.fetch_add(1, Ordering::Relaxed);
        let permit = self.parsers.enter(deadline).await.map_err(Refusal::Crowded)?;
        let (schema, query, operation_name) = (self.schema, text.to_owned(), request.operation_name.clone());
        let sizes = Sizes::of(&self.office.rules, &self.settings);
        let read = move || {
            let _permit = permit;
            catch_unwind(AssertUnwindSafe(|| Document::read(schema, query, operation_name.as_deref(), sizes)))
        };
        let document = match tokio::task::spawn_blocking(read).await {
            Ok(Ok(document)) => Arc::new(document?.registered(self.persisted.is_registered(text))),
            Ok(Err(_)) | Err(_) => return Err(Error::Internal("reading a document panicked".to_owned()).into()),
        };
        self.documents.keep(text, name, &document);
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
        let run = Run {
            office: Arc::clone(&self.office),
            caller: Caller::Anonymous,
            recognised_at: None,
            address: credentials.address,
            request_id: request_id.to_owned(),
            deadline,
            limit: ("graphql.operation_timeout_ms", self.settings.operation_timeout_ms),
            max_cost: self.settings.max_cost,
            max_input_values: self.settings.max_input_values,
            max_answer_bytes: self.settings.max_answer_bytes,
            remembers: self.settings.remembers,
        };
        let answered = match kind {
            Kind::Session => self.session(run, document, request, credentials).await,
            Kind::Mutation => self.write(run, document, request, credentials).await,
            Kind::Query => self.read(run, document, request, credentials).await,
        };
        answered.unwrap_or_else(|refusal| Answer::refused(refusal, request_id).of_kind(kind))
    }

    /// Credentials are handed in by nobody yet; a change of password by whoever is signed in.
    async fn session(
        &self,
        run: Run,
        document: Arc<Document>,
        request: Request,
        credentials: Credentials,
    ) -> Result<Answer, Refusal> {
        let run = if document.is_within_a_session() {
            let epochs = self.office.epochs.now(run.deadline).await;
            let who = self.recognise(credentials, epochs.as_deref(), run.deadline).await?;
            Run { caller: who.caller.clone(), ..run }
        } else {
            run
        };
        Ok(self.executed(run, document, request, None).await?.answer)
    }

    /// A write is done with rights that hold when it is done: one that waited while its caller's rights changed is begun again, as long as its
    /// time lasts.
    async fn write(
        &self,
        run: Run,
        document: Arc<Document>,
        request: Request,
        credentials: Credentials,
    ) -> Result<Answer, Refusal> {
        let ends = Instant::now() + Duration::from_millis(self.settings.publishing_timeout_ms);
        let mut run = run;
        let mut part = None;
        loop {
            let (admitted, who, _) = self.admit(run.clone(), &document, &credentials).await?;
            // Only for those who may: others are refused in the time that everybody has.
            if document.publishes() && self.may_publish(&who) {
                run.deadline = ends;
                run.limit = ("graphql.publishing_timeout_ms", self.settings.publishing_timeout_ms);
            }
            let deadline = run.deadline;
            let run = Run { deadline, limit: run.limit, ..admitted };
            // The share is asked for once: who is overtaken by others has not asked for more.
            if part.is_none() {
                // What is published keeps its caller from nothing for longer than other work does: its own time bounds it.
                let most = document.publishes().then(|| Duration::from_millis(self.settings.operation_timeout_ms));
                part = self.part(&run, Kind::Mutation, most).await?;
            }
            let outcome = self.executed_within(part.clone(), run, Arc::clone(&document), request.clone(), None).await?;
            if !outcome.is_overtaken || Instant::now() >= deadline {
                return Ok(outcome.answer);
            }
        }
    }

    fn may_publish(&self, who: &Recognised) -> bool {
        let office = &self.office;
        Access::new(&who.caller, &office.policy, &office.territories).require_nation(Capability::Publish).is_ok()
    }

    /// Tells who calls, at epochs that are read now, and whether he may run the document.
    async fn admit(
        &self,
        run: Run,
        document: &Document,
        credentials: &Credentials,
    ) -> Result<(Run, Arc<Recognised>, Option<Arc<Epochs>>), Refusal> {
        let epochs = self.office.epochs.now(run.deadline).await;
        let who = self.recognise(credentials.clone(), epochs.as_deref(), run.deadline).await?;
        self.permit(document, &who, run.deadline).await?;
        let run = Run { caller: who.caller.clone(), recognised_at: epochs.as_ref().map(|epochs| epochs.nation), ..run };
        Ok((run, who, epochs))
    }

    /// Everything that is believed here of callers and answers was true when these epochs were read, after the request had arrived: an answer
    /// never is older than a write that was acknowledged before.
    async fn read(
        &self,
        run: Run,
        document: Arc<Document>,
        request: Request,
        credentials: Credentials,
    ) -> Result<Answer, Refusal> {
        let (run, who, epochs) = self.admit(run, &document, &credentials).await?;
        let Some(epochs) = epochs.filter(|_| !document.is_uncounted()) else {
            return Ok(self.executed(run, document, request, None).await?.answer);
        };
        let (day, version) = (self.office.clock.today(), epochs.version(&who.sphere));
        let key = if document.is_introspection() {
            Key::of_schema(&document, &request)
        } else {
            Key::of(&document, &request, &who, day, version)
        };
        let turn = match self.answers.find(&key, run.deadline).await? {
            Found::Kept(kept) => return Ok(Answer::again(kept)),
            Found::Turn(turn) => Some(turn),
            Found::Nothing => None,
        };
        let state = State { epochs, sphere: who.sphere.clone() };
        let outcome = self.seen_at(state, run, &document, request).await?;
        document.learn(outcome.dependence);
        let Some(turn) = turn else { return Ok(outcome.answer) };
        let lasts = outcome.answer.executed
            && outcome.answer.code.is_none()
            && !outcome.dependence.uncounted
            && self.office.clock.today() == day;
        if !lasts {
            self.answers.pass(key);
            return Ok(outcome.answer);
        }
        let kept = Arc::new(Kept::of(outcome.answer.body).await?);
        let own = key.clone().of_person(&who);
        if outcome.dependence.person && own != key {
            self.answers.keep(own, &kept);
        } else {
            turn.keep(&kept);
        }
        Ok(Answer::again(kept))
    }

    /// An outcome that shows one state of the data: a glance, if nothing in the caller's reach was written meanwhile; in a transaction
    /// otherwise.
    async fn seen_at(&self, state: State, run: Run, document: &Arc<Document>, request: Request) -> Result<Outcome, Refusal> {
        if document.is_recalled()
            && let Some(outcome) = execute::recall(&run, document, &request, state.clone())?
        {
            document.was_recalled(!Kept::is_long(&outcome.answer.body));
            return Ok(outcome);
        }
        let deadline = run.deadline;
        let mut outcome = self.executed(run.clone(), Arc::clone(document), request.clone(), Some(state.clone())).await?;
        // What takes long to write is not written where connections are served.
        document.was_recalled(outcome.is_recalled && !Kept::is_long(&outcome.answer.body));
        if !outcome.is_glance {
            return Ok(outcome);
        }
        let version = |epochs: &Epochs| epochs.version(&state.sphere);
        if outcome.is_settled || self.office.epochs.now(deadline).await.map(|now| version(&now)) == Some(version(&state.epochs)) {
            for lesson in outcome.lessons.drain(..) {
                lesson(&self.office.heads, &state.epochs);
            }
            return Ok(outcome);
        }
        self.executed(run, Arc::clone(document), request, None).await
    }

    /// The operation's part of its caller's share; none where there is no limit.
    async fn part(&self, run: &Run, kind: Kind, most: Option<Duration>) -> Result<Option<Arc<Part>>, Refusal> {
        let Some(shares) = &self.shares else { return Ok(None) };
        let part = shares.enter(Counted::of(&run.caller, run.address), kind, run.deadline).await?;
        Ok(Some(Arc::new(match most {
            Some(most) => part.at_most(most),
            None => part,
        })))
    }

    /// Executes on a blocking thread, past the gate, as one more operation of its caller.
    async fn executed(
        &self,
        run: Run,
        document: Arc<Document>,
        request: Request,
        glance: Option<State>,
    ) -> Result<Outcome, Refusal> {
        let part = self.part(&run, document.kind(), None).await?;
        self.executed_within(part, run, document, request, glance).await
    }

    async fn executed_within(
        &self,
        part: Option<Arc<Part>>,
        run: Run,
        document: Arc<Document>,
        request: Request,
        glance: Option<State>,
    ) -> Result<Outcome, Refusal> {
        let kind = document.kind();
        let who = Counted::of(&run.caller, run.address);
        let shares = self.shares.clone();
        // Queries have their turn from the beginning.
        let own = || Box::new(Own::of(&self.database, self.shares.as_deref(), who)) as Box<dyn Turns>;
        let turns = (kind == Kind::Mutation).then(own);
        let permits = self.places(kind, run.deadline).await.map_err(Refusal::Crowded)?;
        // Of the highest level: whatever `log.level` is, a fault is found by its request's id.
        let span = tracing::error_span!("operation", request_id = %run.request_id, kind = kind.as_str());
        let deadline = run.deadline;
        let execute = move || {
            let work = Work::begin();
            let outcome = span.in_scope(|| match glance {
                Some(state) => execute::glance(&run, &document, &request, state),
                None => execute::operate(&run, &document, &request, turns),
            });
            if let (Some(shares), Some(part)) = (&shares, &part) {
                shares.took(part, work.took());
            }
            outcome
        };
        on_thread(permits, kind, deadline, execute).await?
    }

    /// Whether the caller may run the document at all; a refusal is audited, but for nobody's who asks for the schema.
    async fn permit(&self, document: &Document, who: &Arc<Recognised>, deadline: Instant) -> Result<(), Refusal> {
        if document.introspects()
            && self.settings.introspection == Introspection::SignedIn
            && matches!(who.caller, Caller::Anonymous)
            && !document.is_registered()
        {
            let text = "le schéma n’est décrit qu’aux comptes connectés : se connecter, puis redemander";
            return Err(Error::unauthenticated(Message::new("INTROSPECTION", text)).into());
        }
        let free = match self.settings.registered_only {
            RegisteredOnly::Nobody => true,
            RegisteredOnly::Dashboards => !who.is_dashboard,
            RegisteredOnly::Everybody => false,
        };
        if free || document.is_registered() {
            return Ok(());
        }
        let (office, who) = (Arc::clone(&self.office), Arc::clone(who));
        let refuse = move || {
            let error = Error::forbidden(Message::new("NOT_REGISTERED", "seuls les documents enregistrés sont exécutés ici"));
            audit::refused(&office, &who.caller.name(), &Act::access("query", "unregistered document"), &error);
            error
        };
        Err(on_thread((), Kind::Query, deadline, refuse).await?.into())
    }

    /// What each caller may have; none where there is no limit.
    #[must_use]
    pub fn shares(&self) -> Option<&Arc<Shares>> {
        self.shares.as_ref()
    }

    /// What is counted here, for the metrics.
    #[must_use]
    pub fn figures(&self) -> Figures {
        let (answers, answer_hits, answer_misses) = self.answers.figures();
        Figures {
            documents: self.documents.len(),
            hits: self.hits.load(Ordering::Relaxed),
            misses: self.misses.load(Ordering::Relaxed),
            answers,
            answer_hits,
            answer_misses,
            waiting: self.database.waiting() + self.writes.waiting() + self.sessions.waiting() + self.parsers.waiting(),
        }
    }

    /// Waits for a place for an operation. Whoever writes waits for the database once he needs it.
    async fn places(&self, kind: Kind, deadline: Instant) -> workflow::Result<OwnedSemaphorePermit> {
        // While the database is down nobody waits to learn it.
        self.office.database.check()?;
        match kind {
            Kind::Query => self.database.readers.enter(deadline).await,
            Kind::Session => self.sessions.enter(deadline).await,
            Kind::Mutation => self.writes.enter(deadline).await,
        }
    }
}
