//! One upload, from its credentials to its report: who sends it is known, and may, before its body is read, the body is read and examined before the
//! transaction, and the transaction is one operation like any other.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, ContentDisposition, RETRY_AFTER, WWW_AUTHENTICATE,
};
use actix_web::web::{Bytes, Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use crate::domain::{Deadline, Message};
use crate::graphql::answer::{Answer, Refusal};
use crate::graphql::shares::{Charged, Counted};
use crate::http::body::{self, BodyFault, Bounds};
use crate::http::budget::Full;
use crate::http::trace::Noted;
use crate::http::{App, request as sent};
use crate::workflow::imports::{Import, Report, settle};
use crate::workflow::{Error, Kind, Result, Source, Way};

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
            Error::Limit(ref message) => match message.reason {
                // All of the server's places are taken.
                "QUEUE_FULL" | "IMPORTS" => StatusCode::SERVICE_UNAVAILABLE,
                // What the caller may have is used up for now.
                _ if message.parameters.iter().any(|(name, _)| *name == "retryAfterSeconds") => StatusCode::TOO_MANY_REQUESTS,
                // What was sent is too much, and is so again.
                _ => StatusCode::UNPROCESSABLE_ENTITY,
            },
            Error::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self(status, error)
    }
}

impl From<BodyFault> for Refused {
    fn from(fault: BodyFault) -> Self {
        let (status, error) = fault.told();
        Self(status, error)
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Throttled(error, _) => Self(StatusCode::TOO_MANY_REQUESTS, error),
            Refusal::Error(error) | Refusal::Crowded(error) => error.into(),
            // Of documents, which an upload has not.
            Refusal::Document(_) | Refusal::NotPersisted => {
                Error::Internal("a document's refusal of an upload".to_owned()).into()
            }
        }
    }
}

/// Answers an upload: 200 with the report, 422 with the report of a file that is refused, or an error in the form of GraphQL's.
pub(super) async fn answer<I>(request: HttpRequest, payload: Payload, app: Data<App>, import: Result<I>) -> HttpResponse
where
    I: Import + Send + Sync + 'static,
    I::File: Send + Sync + 'static,
{
    match take(&request, payload, &app, import).await {
        Ok(report) => show(&request, &report),
        Err(Refused(status, error)) => refuse(&request, status, error),
    }
}

async fn take<I>(request: &HttpRequest, payload: Payload, app: &App, import: Result<I>) -> Result<Report, Refused>
where
    I: Import + Send + Sync + 'static,
    I::File: Send + Sync + 'static,
{
    let sender = sent::sender(request, app)?;
    let credentials = match sent::credentials(request, app) {
        Ok(credentials) => credentials,
        Err(error) => return Err(app.runner.unrecognised(error, app.runner.deadline()).await.into()),
    };
    let deadline = app.runner.deadline();
    let import = match import {
        Ok(import) => Arc::new(import),
        Err(error) => {
            // Who is not signed in learns nothing of parameters.
            app.runner.act(Kind::Query, credentials, deadline, |call| call.require_signed_in()).await?;
            return Err(match error {
                Error::Invalid { .. } => Refused(StatusCode::BAD_REQUEST, error),
                other => other.into(),
            });
        }
    };
    // Rights before anything else: who may not import holds no place, and no byte of the body is read.
    let (asked, address) = (Arc::clone(&import), credentials.address);
    let admitted = app.runner.act(Kind::Query, credentials.clone(), deadline, move |call| {
        call.require_signed_in()?;
        asked.admit(call)?;
        Ok(Counted::of(call.caller(), address))
    });
    let counted = admitted.await?;
    if is_form(request) {
        let message = Message::new("FORM", "le corps doit être le fichier lui-même, et non un formulaire");
        let error = Error::invalid("content-type", message);
        return Err(Refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, error));
    }
    may_work(app, counted, import.kind())?;
    let place = app.edge.upload(counted).map_err(no_place)?;
    let bytes = app.settings.max_import_bytes.min(import.max_bytes());
    let mut lease = app.edge.files.lease(counted);
    let bounds = Bounds { bytes, pace: app.settings.body_pace() };
    let body = tokio::select! {
        biased;
        read = body::read(request, payload, bounds, &mut lease) => read?,
        () = place.given_way() => return Err(gave_way()),
    };
    if !place.arrived() {
        return Err(gave_way());
    }
    drop(sender);
    let name = file_name(request);
    let (file, source) = examine(app, &import, body, name, counted).await?;
    let said = Arc::new(OnceLock::new());
    let says = Arc::clone(&said);
    let deadline = app.runner.deadline();
    let done = app.runner.act_again(import.kind(), credentials, deadline, move |call| {
        let report = import.write(call, file.clone(), &source)?;
        let verdict = report.verdict();
        says.get_or_init(|| report);
        verdict
    });
    Ok(settle(done.await, said.get().cloned())?)
}

/// No place for another upload.
fn no_place(full: Full) -> Refused {
    match full {
        Full::Caller => {
            let text = "ce compte a déjà des imports en cours ; attendre la fin de l’un d’eux";
            Refused(
                StatusCode::TOO_MANY_REQUESTS,
                Error::limit(Message::new("CALLER_IMPORTS", text).with("retryAfterSeconds", 1)),
            )
        }
        Full::All => {
            let text = "trop d’imports sont en cours ; réessayer dans un instant";
            Error::limit(Message::new("IMPORTS", text).with("retryAfterSeconds", 1)).into()
        }
    }
}

/// The file took long to arrive, or was its account's second, and others waited.
fn gave_way() -> Refused {
    let text = "l’envoi du fichier a été interrompu pour laisser la place à un autre compte : toutes les places étaient prises ; réessayer";
    let message = Message::new("UPLOAD_GAVE_WAY", text).with("retryAfterSeconds", 10);
    Refused(StatusCode::SERVICE_UNAVAILABLE, Error::limit(message))
}

/// Whether the account has time of execution left; a file that was taken is examined and written to its end, whatever it costs.
fn may_work(app: &App, who: Counted, kind: Kind) -> Result<(), Refusal> {
    app.runner.shares().map_or(Ok(()), |shares| shares.admit(who, kind))
}

/// Reads the file on a thread of its own: outside the transaction, and without a connection. As many at once as there are processors, one
/// account's on half of them at most. What it takes counts as the account's work.
async fn examine<I>(
    app: &App,
    import: &Arc<I>,
    body: Bytes,
    name: Option<String>,
    who: Counted,
) -> Result<(I::File, Source), Refused>
where
    I: Import + Send + Sync + 'static,
    I::File: Send + 'static,
{
    let patience = Duration::from_millis(app.settings.examination_wait_ms);
    let place = app.edge.examiners.enter(who, Instant::now() + patience).await.map_err(not_examined)?;
    // What other files took meanwhile counts.
    may_work(app, who, import.kind())?;
    let (office, import) = (Arc::clone(&app.office), Arc::clone(import));
    let (shares, limit) = (app.runner.shares().cloned(), Duration::from_millis(app.settings.examination_timeout_ms));
    let read = move || {
        let _place = place;
        // The time begins with the turn.
        let _charged = Charged::begin(shares, who);
        let deadline = Deadline::at(Instant::now() + limit);
        catch_unwind(AssertUnwindSafe(|| {
            let source = Source::of(name.as_deref(), &body, Way::Upload);
            Ok((import.read(&office.rules, &body, deadline, &mut |_, _| {})?, source))
        }))
    };
    match tokio::task::spawn_blocking(read).await {
        Ok(Ok(file)) => file.map_err(|error| in_time(error, limit).into()),
        Ok(Err(_)) | Err(_) => Err(Error::Internal("reading an import panicked".to_owned()).into()),
    }
}

/// Past its time an examination is no reason to come again: the same file takes as long again.
fn in_time(error: Error, limit: Duration) -> Error {
    match error {
        Error::Unavailable(_) => {
            let seconds = limit.as_secs_f64();
            let text = format!(
                "l’examen du fichier a pris plus de {seconds} s et a été arrêté : partagez le fichier, ou simplifiez ses tracés"
            );
            Error::limit(Message::new("FILE_TOO_COMPLEX", text).with("seconds", seconds))
        }
        other => other,
    }
}

/// No place to be examined in, in time.
fn not_examined(full: Full) -> Refused {
    let wait = |text: &str, reason| Error::limit(Message::new(reason, text).with("retryAfterSeconds", 5));
    match full {
        Full::Caller => {
            let text = "un autre fichier de ce compte est encore examiné ; réessayer dans un instant";
            Refused(StatusCode::TOO_MANY_REQUESTS, wait(text, "CALLER_IMPORTS"))
        }
        Full::All => wait("d’autres fichiers sont encore examinés ; réessayer dans un instant", "IMPORTS").into(),
    }
}

/// What the sender calls the file, if it says so.
fn file_name(request: &HttpRequest) -> Option<String> {
    let disposition = ContentDisposition::from_raw(request.headers().get(CONTENT_DISPOSITION)?).ok()?;
    disposition
        .get_filename_ext()
        .map(|name| String::from_utf8_lossy(&name.value).into_owned())
        .or_else(|| disposition.get_filename().map(str::to_owned))
}

/// Browsers' forms wrap a file in parts, which nobody unwraps here.
fn is_form(request: &HttpRequest) -> bool {
    request.headers().get(CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"multipart/"))
}

fn show(request: &HttpRequest, report: &Report) -> HttpResponse {
    let (status, code) =
        if report.is_refused() { (StatusCode::UNPROCESSABLE_ENTITY, Some("INVALID")) } else { (StatusCode::OK, None) };
    match serde_json::to_vec(report) {
        Ok(body) => respond(status, None, body.into(), code),
        Err(error) => refuse(request, StatusCode::INTERNAL_SERVER_ERROR, Error::Internal(error.to_string())),
    }
}

/// An error, in the form that the GraphQL endpoint gives its own.
pub(super) fn refuse(request: &HttpRequest, status: StatusCode, error: Error) -> HttpResponse {
    let code = error.code();
    let parameters = error.message().map(|message| message.parameters.as_slice()).unwrap_or_default();
    let wait = parameters.iter().find(|(name, _)| *name == "retryAfterSeconds").and_then(|(_, seconds)| seconds.parse().ok());
    respond(status, wait, Answer::refused(Refusal::Error(error), &sent::id(request)).body, Some(code))
}

fn respond(status: StatusCode, wait: Option<u64>, body: Bytes, code: Option<&'static str>) -> HttpResponse {
    let mut builder = HttpResponse::build(status);
    builder.insert_header((CONTENT_TYPE, "application/json; charset=utf-8")).insert_header((CACHE_CONTROL, "no-store"));
    match status {
        StatusCode::UNAUTHORIZED => {
            builder.insert_header((WWW_AUTHENTICATE, "Bearer"));
        }
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
            builder.insert_header((RETRY_AFTER, wait.unwrap_or(1)));
        }
        _ => {}
    }
    let mut response = builder.body(body);
    response.extensions_mut().insert(Noted { kind: Some(Kind::Mutation), code });
    response
}
