//! GraphQL over HTTP: POST with JSON, GET for queries only, both media types. Reads the request, refuses what is not one, and puts the runner's
//! answer under its status.

use std::time::Duration;

use actix_web::http::header::{ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, RETRY_AFTER, VARY, WWW_AUTHENTICATE};
use actix_web::http::{Method, StatusCode};
use actix_web::web::{Bytes, Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::body::{self, BodyFault, Bounds};
use super::budget::{Full, Lease};
use super::media::{self, Media};
use super::outgoing::{self, SHORT};
use super::request::Sender;
use super::trace::Noted;
use super::{App, parameters, request, tags};
use crate::domain::Message;
use crate::graphql::answer::{Answer, Refusal};
use crate::graphql::answers::Kept;
use crate::graphql::request::Request;
use crate::graphql::shares::{Counted, throttled};
use crate::workflow::{Credentials, Error, Kind};

/// The parameters of a GET.
#[derive(Deserialize)]
pub struct Parameters {
    query: Option<String>,
    #[serde(rename = "operationName")]
    operation_name: Option<String>,
    variables: Option<String>,
    extensions: Option<String>,
}

/// `POST /graphql`.
pub async fn post(request: HttpRequest, payload: Payload, app: Data<App>) -> HttpResponse {
    let Some(media) = Media::accepted(request.headers()) else { return not_acceptable(&request) };
    if !media::is_json(request.headers()) {
        let error = Error::invalid("content-type", Message::new("CONTENT_TYPE", "doit être application/json en UTF-8"));
        return refuse(&request, media, StatusCode::UNSUPPORTED_MEDIA_TYPE, error);
    }
    let sender = match request::sender(&request, &app) {
        Ok(sender) => sender,
        Err(refusal) => return answer(media, Answer::refused(refusal, &request::id(&request)), None),
    };
    let (body, _lease) = match receive(&request, payload, &app, &sender).await {
        Ok(received) => received,
        Err(Unread::Fault(fault)) => return refuse_body(&request, media, fault),
        Err(Unread::Refused(refusal)) => return answer(media, Answer::refused(refusal, &request::id(&request)), None),
    };
    match Request::from_json(&body) {
        Ok(graphql) => run(&request, &app, media, graphql, sender, false).await,
        Err(error) => refuse(&request, media, StatusCode::BAD_REQUEST, error),
    }
}

/// Why a body was not read: for itself, or for who sends it.
enum Unread {
    Fault(BodyFault),
    Refused(Refusal),
}

impl From<BodyFault> for Unread {
    fn from(fault: BodyFault) -> Self {
        Self::Fault(fault)
    }
}

/// Reads a body. Up to what signing in needs, from everybody; more only from who has proved who he is, before it is read.
async fn receive(request: &HttpRequest, payload: Payload, app: &App, sender: &Sender) -> Result<(Bytes, Lease), Unread> {
    let settings = &app.settings;
    let small = settings.anonymous_body_bytes.min(settings.max_body_bytes);
    let (mut bytes, mut counted) = (small, sender.counted);
    // A body whose length nobody knows may be a long one.
    if body::announced(request).is_none_or(|length| length > small) {
        let credentials = match &sender.credentials {
            Ok(credentials) => credentials,
            Err(_) => return Err(Unread::Refused(app.runner.unrecognised(request::no_bearer(), app.runner.deadline()).await)),
        };
        if credentials.bearer.is_some() {
            let who = app.runner.introduce(credentials, app.runner.deadline()).await.map_err(Unread::Refused)?;
            (bytes, counted) = (settings.max_body_bytes, Counted::of(&who.caller, credentials.address));
        }
    }
    let mut lease = app.edge.bodies.lease(counted);
    let read = body::read(request, payload, Bounds { bytes, pace: settings.body_pace() }, &mut lease).await;
    let body = read.map_err(|fault| match fault {
        BodyFault::TooLarge(limit) if limit < settings.max_body_bytes => BodyFault::NeedsSignIn(limit),
        other => other,
    })?;
    Ok((body, lease))
}

/// `GET /graphql`.
pub async fn get(request: HttpRequest, app: Data<App>) -> HttpResponse {
    let Some(media) = Media::accepted(request.headers()) else { return not_acceptable(&request) };
    let sender = match request::sender(&request, &app) {
        Ok(sender) => sender,
        Err(refusal) => return answer(media, Answer::refused(refusal, &request::id(&request)), None),
    };
    let graphql = parameters::read::<Parameters>(request.query_string())
        .and_then(|it| Request::from_parameters(it.query, it.operation_name, it.variables, it.extensions));
    match graphql {
        Ok(graphql) => run(&request, &app, media, graphql, sender, true).await,
        Err(error) => refuse(&request, media, StatusCode::BAD_REQUEST, error),
    }
}

/// Any other method.
pub async fn other_method(request: HttpRequest) -> HttpResponse {
    let media = Media::accepted(request.headers()).unwrap_or(Media::Json);
    let error = Error::invalid("method", Message::new("METHOD", "doit être GET ou POST"));
    let mut response = refuse(&request, media, StatusCode::METHOD_NOT_ALLOWED, error);
    response.headers_mut().insert(ALLOW, actix_web::http::header::HeaderValue::from_static("GET, POST"));
    response
}

async fn run(request: &HttpRequest, app: &App, media: Media, graphql: Request, sender: Sender, reading: bool) -> HttpResponse {
    let id = request::id(request);
    let deadline = app.runner.deadline();
    let document = match app.runner.document(&graphql, deadline).await {
        Ok(document) => document,
        Err(refusal) => return answer(media, Answer::refused(refusal, &id), None),
    };
    let kind = document.kind();
    let mut graphql = graphql;
    match request::idempotency_key(request) {
        Ok(key) => graphql.idempotency_key = key,
        Err(error) => return answer(media, Answer::refused(error.into(), &id).of_kind(kind), None),
    }
    if reading && kind != Kind::Query {
        let error = Error::invalid("method", Message::new("METHOD", "une mutation s’envoie par POST"));
        let mut response = refuse(request, media, StatusCode::METHOD_NOT_ALLOWED, error);
        response.headers_mut().insert(ALLOW, actix_web::http::header::HeaderValue::from_static("POST"));
        return response;
    }
    let is_of_nobody = kind == Kind::Session && !document.is_within_a_session();
    let credentials = match (is_of_nobody, &sender.credentials) {
        // Login and refresh are for those whose token is no longer good: it is not looked at.
        (true, _) => Credentials { bearer: None, address: request::address(request, &app.edge.proxies) },
        (false, Ok(credentials)) => credentials.clone(),
        (false, Err(_)) => {
            let refusal = app.runner.unrecognised(request::no_bearer(), deadline).await;
            return answer(media, Answer::refused(refusal, &id).of_kind(kind), None);
        }
    };
    let by = credentials.clone();
    let answered = app.runner.run(document, graphql, credentials, &id, deadline).await;
    if answered.kept.is_some() {
        app.edge.answered_from_memory(sender.counted);
    }
    let kept = answered.kept.clone();
    let form = kept.as_deref().map(|kept| Form::of(request, kept));
    let sent = form.as_ref().map_or(Some(&answered.body), Form::body);
    // The caller is known by now, if he was not when the request came.
    match lease(app, &answered, sent, &by) {
        Ok(lease) => match kept.zip(form) {
            Some((kept, form)) => again(media, &answered, &kept, form, lease),
            None => answer(media, answered, lease),
        },
        Err(refusal) => answer(media, Answer::refused(refusal, &id).of_kind(kind), None),
    }
}

/// Counts what is sent of a long answer, for as long as it is not read. One of a write goes out whatever is counted: its work is done.
fn lease(app: &App, answer: &Answer, sent: Option<&Bytes>, by: &Credentials) -> Result<Option<Lease>, Refusal> {
    let is_write = answer.executed && answer.kind != Some(Kind::Query);
    let Some(body) = sent.filter(|body| body.len() > SHORT) else { return Ok(None) };
    let counted = request::counted(by, app);
    if is_write {
        let mut lease = app.edge.answers.lease(counted);
        lease.force(body.len());
        return Ok(Some(lease));
    }
    let lease = app.edge.unread(counted, body.as_ptr().addr(), body.len());
    lease.map(Some).map_err(|full| {
        let (whose, seconds) = match full {
            Full::Caller => ("du même compte ou de la même adresse ", 5),
            Full::All => ("", 5),
        };
        let text = format!("trop de réponses {whose}attendent d’être lues ; réessayer dans un instant");
        throttled(Message::new("ANSWERS_UNREAD", text), Duration::from_secs(seconds))
    })
}

/// An answer under the status that its media type asks for.
fn answer(media: Media, answer: Answer, lease: Option<Lease>) -> HttpResponse {
    let status = media.status(&answer);
    respond(media, status, answer, lease)
}

/// In which form an answer that is kept goes out.
enum Form {
    /// Not at all: who asks has it.
    Had,
    Gzip(Bytes),
    Plain(Bytes),
}

impl Form {
    /// To who may have it already: by its ETag to a GET that names it, compressed to who takes that.
    fn of(request: &HttpRequest, kept: &Kept) -> Self {
        if request.method() == Method::GET && tags::are_known(request.headers(), &kept.etag) {
            return Self::Had;
        }
        let gzip = if media::takes_gzip(request.headers()) { kept.gzip() } else { None };
        gzip.map_or_else(|| Self::Plain(kept.body.clone()), |gzip| Self::Gzip(gzip.clone()))
    }

    /// The bytes that are sent, and no copy of them.
    fn body(&self) -> Option<&Bytes> {
        match self {
            Self::Had => None,
            Self::Gzip(body) | Self::Plain(body) => Some(body),
        }
    }
}

/// An answer that is kept, in its form.
fn again(media: Media, answer: &Answer, kept: &Kept, form: Form, lease: Option<Lease>) -> HttpResponse {
    let is_had = matches!(form, Form::Had);
    let mut builder = HttpResponse::build(if is_had { StatusCode::NOT_MODIFIED } else { StatusCode::OK });
    builder
        .insert_header((CACHE_CONTROL, "private, no-cache"))
        .insert_header((VARY, "Accept, Accept-Encoding, Authorization"))
        .insert_header((ETAG, kept.etag.as_str()));
    let mut response = match form {
        Form::Had => builder.finish(),
        Form::Gzip(body) => {
            builder.insert_header((CONTENT_TYPE, media.content_type())).insert_header((CONTENT_ENCODING, "gzip"));
            outgoing::respond(&mut builder, body, lease)
        }
        Form::Plain(body) => {
            builder.insert_header((CONTENT_TYPE, media.content_type()));
            outgoing::respond(&mut builder, body, lease)
        }
    };
    response.extensions_mut().insert(Noted { kind: answer.kind, code: None });
    response
}

/// A request that is not one: its status says so in both media types.
fn refuse(request: &HttpRequest, media: Media, status: StatusCode, error: Error) -> HttpResponse {
    respond(media, status, Answer::refused(Refusal::Error(error), &request::id(request)), None)
}

fn refuse_body(request: &HttpRequest, media: Media, fault: BodyFault) -> HttpResponse {
    let (status, error) = fault.told();
    refuse(request, media, status, error)
}

fn not_acceptable(request: &HttpRequest) -> HttpResponse {
    let text = "doit admettre application/graphql-response+json ou application/json";
    let error = Error::invalid("accept", Message::new("ACCEPT", text));
    refuse(request, Media::Json, StatusCode::NOT_ACCEPTABLE, error)
}

fn respond(media: Media, status: StatusCode, answer: Answer, lease: Option<Lease>) -> HttpResponse {
    let mut builder = HttpResponse::build(status);
    builder
        .insert_header((CONTENT_TYPE, media.content_type()))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((VARY, "Accept"));
    match status {
        StatusCode::UNAUTHORIZED => {
            builder.insert_header((WWW_AUTHENTICATE, "Bearer"));
        }
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
            builder.insert_header((RETRY_AFTER, answer.retry_after_s.unwrap_or(1)));
        }
        _ => {}
    }
    let noted = Noted { kind: answer.kind, code: answer.code };
    let mut response = outgoing::respond(&mut builder, answer.body, lease);
    response.extensions_mut().insert(noted);
    response
}
