//! One upload, from its credentials to its report: who sends it is known before its body is read, the body is read and examined before the
//! transaction, and the transaction is one operation like any other.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::web::{Bytes, Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use crate::domain::Deadline;
use crate::graphql::answer::{Answer, Refusal};
use crate::http::body::{self, BodyFault};
use crate::http::trace::Noted;
use crate::http::{App, request as sent};
use crate::workflow::imports::{Import, Report, settle};
use crate::workflow::{Error, Kind, Result};

/// For examining the shapes of one file, outside any transaction: the largest that is taken needs some twenty seconds.
const EXAMINATION: Duration = Duration::from_secs(60);

/// An error, and the status that says it.
struct Refused(StatusCode, Error);

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        let status = match error {
            Error::Unauthenticated(_) => StatusCode::UNAUTHORIZED,
            Error::Forbidden(_) => StatusCode::FORBIDDEN,
            Error::NotFound(_) => StatusCode::NOT_FOUND,
            Error::Invalid { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Error::Conflict { .. } => StatusCode::CONFLICT,
            Error::Limit(_) | Error::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self(status, error)
    }
}

impl From<BodyFault> for Refused {
    fn from(fault: BodyFault) -> Self {
        match fault {
            BodyFault::TooLarge(_) => Self(StatusCode::PAYLOAD_TOO_LARGE, Error::limit(fault.to_string())),
            BodyFault::TooSlow => Self(StatusCode::REQUEST_TIMEOUT, Error::limit(fault.to_string())),
            BodyFault::Encoded => Self(StatusCode::UNSUPPORTED_MEDIA_TYPE, Error::invalid("content-encoding", fault)),
            BodyFault::CutOff => Self(StatusCode::BAD_REQUEST, Error::invalid("body", fault)),
        }
    }
}

/// Answers an upload: 200 with the report, 422 with the report of a file that is refused, or an error in the form of GraphQL's.
pub(super) async fn answer<I>(request: HttpRequest, payload: Payload, app: Data<App>, import: Result<I>) -> HttpResponse
where
    I: Import + Send + Sync + 'static,
    I::File: Send + 'static,
{
    match take(&request, payload, &app, import).await {
        Ok(report) => show(&request, &report),
        Err(Refused(status, error)) => refuse(&request, status, error),
    }
}

async fn take<I>(request: &HttpRequest, payload: Payload, app: &App, import: Result<I>) -> Result<Report, Refused>
where
    I: Import + Send + Sync + 'static,
    I::File: Send + 'static,
{
    let credentials = sent::credentials(request, &app.settings)?;
    let deadline = app.runner.deadline();
    app.runner.act(Kind::Query, credentials.clone(), deadline, |call| call.require_signed_in()).await?;
    let import = Arc::new(import.map_err(|error| match error {
        Error::Invalid { .. } => Refused(StatusCode::BAD_REQUEST, error),
        other => other.into(),
    })?);
    if is_form(request) {
        let error = Error::invalid("content-type", "the body must be the file itself, not a form");
        return Err(Refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, error));
    }
    let Ok(_place) = Arc::clone(&app.uploads).try_acquire_owned() else {
        return Err(Error::limit("too many imports are under way; try again in a moment".to_owned()).into());
    };
    let limit = app.settings.max_import_bytes.min(import.max_bytes());
    let body = body::read(request, payload, limit, app.settings.body_timeout()).await?;
    let file = examine(app, &import, body).await?;
    let said = Arc::new(OnceLock::new());
    let says = Arc::clone(&said);
    let deadline = app.runner.deadline();
    let done = app.runner.act(Kind::Mutation, credentials, deadline, move |call| {
        let report = import.write(call, file)?;
        let verdict = report.verdict();
        says.get_or_init(|| report);
        verdict
    });
    Ok(settle(done.await, said.get().cloned())?)
}

/// Reads the file on a thread of its own: outside the transaction, and without a connection.
async fn examine<I>(app: &App, import: &Arc<I>, body: Bytes) -> Result<I::File>
where
    I: Import + Send + Sync + 'static,
    I::File: Send + 'static,
{
    let (office, import) = (Arc::clone(&app.office), Arc::clone(import));
    let deadline = Deadline::at(Instant::now() + EXAMINATION);
    let read = move || catch_unwind(AssertUnwindSafe(|| import.read(&office.rules, &body, deadline, &mut |_, _| {})));
    match tokio::task::spawn_blocking(read).await {
        Ok(Ok(file)) => file,
        Ok(Err(_)) | Err(_) => Err(Error::Internal("reading an import panicked".to_owned())),
    }
}

/// Browsers' forms wrap a file in parts, which nobody unwraps here.
fn is_form(request: &HttpRequest) -> bool {
    request.headers().get(CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"multipart/"))
}

fn show(request: &HttpRequest, report: &Report) -> HttpResponse {
    let (status, code) =
        if report.is_refused() { (StatusCode::UNPROCESSABLE_ENTITY, Some("INVALID")) } else { (StatusCode::OK, None) };
    match serde_json::to_vec(report) {
        Ok(body) => respond(status, body.into(), code),
        Err(error) => refuse(request, StatusCode::INTERNAL_SERVER_ERROR, Error::Internal(error.to_string())),
    }
}

/// An error, in the form that the GraphQL endpoint gives its own.
pub(super) fn refuse(request: &HttpRequest, status: StatusCode, error: Error) -> HttpResponse {
    let code = error.code();
    respond(status, Answer::refused(Refusal::Error(error), &sent::id(request)).body, Some(code))
}

fn respond(status: StatusCode, body: Bytes, code: Option<&'static str>) -> HttpResponse {
    let mut builder = HttpResponse::build(status);
    builder.insert_header((CONTENT_TYPE, "application/json; charset=utf-8")).insert_header((CACHE_CONTROL, "no-store"));
    match status {
        StatusCode::UNAUTHORIZED => {
            builder.insert_header((WWW_AUTHENTICATE, "Bearer"));
        }
        StatusCode::SERVICE_UNAVAILABLE => {
            builder.insert_header((RETRY_AFTER, "1"));
        }
        _ => {}
    }
    let mut response = builder.body(body);
    response.extensions_mut().insert(Noted { kind: Some(Kind::Mutation), code });
    response
}
