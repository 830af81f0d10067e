//! GraphQL over HTTP: POST with JSON, GET for queries only, both media types. Reads the request, refuses what is not one, and puts the runner's
//! answer under its status.

use actix_web::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, RETRY_AFTER, VARY, WWW_AUTHENTICATE,
};
use actix_web::http::{Method, StatusCode};
use actix_web::web::{Data, Payload, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::body::{self, BodyFault};
use super::media::{self, Media};
use super::trace::Noted;
use super::{App, request};
use crate::graphql::answer::{Answer, Refusal};
use crate::graphql::answers::Kept;
use crate::graphql::request::Request;
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
        let error = Error::invalid("content-type", "must be application/json in UTF-8");
        return refuse(&request, media, StatusCode::UNSUPPORTED_MEDIA_TYPE, error);
    }
    let body = match body::read(&request, payload, app.settings.max_body_bytes, app.settings.body_timeout()).await {
        Ok(body) => body,
        Err(fault) => return refuse_body(&request, media, fault),
    };
    match Request::from_json(&body) {
        Ok(graphql) => run(&request, &app, media, graphql, false).await,
        Err(error) => refuse(&request, media, StatusCode::BAD_REQUEST, error),
    }
}

/// `GET /graphql`.
pub async fn get(request: HttpRequest, app: Data<App>) -> HttpResponse {
    let Some(media) = Media::accepted(request.headers()) else { return not_acceptable(&request) };
    let graphql = Query::<Parameters>::from_query(request.query_string())
        .map_err(|_| Error::invalid("query", "the parameters cannot be read"))
        .and_then(|Query(it)| Request::from_parameters(it.query, it.operation_name, it.variables, it.extensions));
    match graphql {
        Ok(graphql) => run(&request, &app, media, graphql, true).await,
        Err(error) => refuse(&request, media, StatusCode::BAD_REQUEST, error),
    }
}

/// Any other method.
pub async fn other_method(request: HttpRequest) -> HttpResponse {
    let media = Media::accepted(request.headers()).unwrap_or(Media::Json);
    let error = Error::invalid("method", "must be GET or POST");
    let mut response = refuse(&request, media, StatusCode::METHOD_NOT_ALLOWED, error);
    response.headers_mut().insert(ALLOW, actix_web::http::header::HeaderValue::from_static("GET, POST"));
    response
}

async fn run(request: &HttpRequest, app: &App, media: Media, graphql: Request, reading: bool) -> HttpResponse {
    let id = request::id(request);
    let deadline = app.runner.deadline();
    let document = match app.runner.document(&graphql, deadline).await {
        Ok(document) => document,
        Err(refusal) => return answer(media, Answer::refused(refusal, &id)),
    };
    let kind = document.kind();
    let mut graphql = graphql;
    match request::idempotency_key(request) {
        Ok(key) => graphql.idempotency_key = key,
        Err(error) => return answer(media, Answer::refused(error.into(), &id).of_kind(kind)),
    }
    if reading && kind != Kind::Query {
        let error = Error::invalid("method", "a mutation must be sent by POST");
        let mut response = refuse(request, media, StatusCode::METHOD_NOT_ALLOWED, error);
        response.headers_mut().insert(ALLOW, actix_web::http::header::HeaderValue::from_static("POST"));
        return response;
    }
    let credentials = if kind == Kind::Session {
        // Login and refresh are for those whose token is no longer good: it is not looked at.
        Credentials { bearer: None, address: request::address(request, &app.settings) }
    } else {
        match request::credentials(request, &app.settings) {
            Ok(credentials) => credentials,
            Err(error) => return answer(media, Answer::refused(error.into(), &id).of_kind(kind)),
        }
    };
    let answered = app.runner.run(document, graphql, credentials, &id, deadline).await;
    match &answered.kept {
        Some(kept) => again(request, media, &answered, kept),
        None => answer(media, answered),
    }
}

/// An answer under the status that its media type asks for.
fn answer(media: Media, answer: Answer) -> HttpResponse {
    let status = media.status(&answer);
    respond(media, status, answer)
}

/// An answer that is kept, to who may have it already: by its ETag to a GET that names it, compressed to who takes that.
fn again(request: &HttpRequest, media: Media, answer: &Answer, kept: &Kept) -> HttpResponse {
    let had = request.method() == Method::GET
        && request.headers().get_all(IF_NONE_MATCH).filter_map(|value| value.to_str().ok()).any(|value| names(value, &kept.etag));
    let mut builder = HttpResponse::build(if had { StatusCode::NOT_MODIFIED } else { StatusCode::OK });
    builder
        .insert_header((CACHE_CONTROL, "private, no-cache"))
        .insert_header((VARY, "Accept, Accept-Encoding, Authorization"))
        .insert_header((ETAG, kept.etag.as_str()));
    let gzip = if had || !media::takes_gzip(request.headers()) { None } else { kept.gzip() };
    let mut response = match (had, gzip) {
        (true, _) => builder.finish(),
        (false, Some(gzip)) => {
            builder.insert_header((CONTENT_TYPE, media.content_type())).insert_header((CONTENT_ENCODING, "gzip"));
            builder.body(gzip.clone())
        }
        (false, None) => builder.insert_header((CONTENT_TYPE, media.content_type())).body(kept.body.clone()),
    };
    response.extensions_mut().insert(Noted { kind: answer.kind, code: None });
    response
}

/// Whether an `If-None-Match` names the tag; weakly, as RFC 9110 has it compared.
fn names(value: &str, etag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    value.trim() == "*" || value.split(',').any(|tag| opaque(tag) == opaque(etag))
}

/// A request that is not one: its status says so in both media types.
fn refuse(request: &HttpRequest, media: Media, status: StatusCode, error: Error) -> HttpResponse {
    respond(media, status, Answer::refused(Refusal::Error(error), &request::id(request)))
}

fn refuse_body(request: &HttpRequest, media: Media, fault: BodyFault) -> HttpResponse {
    let (status, error) = match fault {
        BodyFault::TooLarge(_) => (StatusCode::PAYLOAD_TOO_LARGE, Error::limit(fault.to_string())),
        BodyFault::TooSlow => (StatusCode::REQUEST_TIMEOUT, Error::limit(fault.to_string())),
        BodyFault::Encoded => (StatusCode::UNSUPPORTED_MEDIA_TYPE, Error::invalid("content-encoding", fault)),
        BodyFault::CutOff => (StatusCode::BAD_REQUEST, Error::invalid("body", fault)),
    };
    refuse(request, media, status, error)
}

fn not_acceptable(request: &HttpRequest) -> HttpResponse {
    let error = Error::invalid("accept", "must take application/graphql-response+json or application/json");
    refuse(request, Media::Json, StatusCode::NOT_ACCEPTABLE, error)
}

fn respond(media: Media, status: StatusCode, answer: Answer) -> HttpResponse {
    let mut builder = HttpResponse::build(status);
    builder
        .insert_header((CONTENT_TYPE, media.content_type()))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((VARY, "Accept"));
    match status {
        StatusCode::UNAUTHORIZED => {
            builder.insert_header((WWW_AUTHENTICATE, "Bearer"));
        }
        StatusCode::SERVICE_UNAVAILABLE => {
            builder.insert_header((RETRY_AFTER, "1"));
        }
        _ => {}
    }
    let noted = Noted { kind: answer.kind, code: answer.code };
    let mut response = builder.body(answer.body);
    response.extensions_mut().insert(noted);
    response
}
