//! Health: whether the process lives, and whether it can serve. Says no more than that to whoever asks; why is in the log.

use std::time::{Duration, Instant};

use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::Data;
use tokio::sync::Mutex;

use super::App;
use crate::workflow::operation;

/// An answer holds so long: however many ask, the database is asked once.
const HOLDS: Duration = Duration::from_secs(1);

/// What was found last, and when.
#[derive(Default)]
pub struct Readiness(Mutex<Option<(Instant, bool)>>);

/// `GET /healthz`: the process answers.
pub async fn alive() -> HttpResponse {
    HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).content_type("text/plain").body("ok\n")
}

/// `GET /readyz`: the database answers, its migrations are up to date, and the server is not about to stop.
pub async fn ready(app: Data<App>) -> HttpResponse {
    let (mut response, text) = if !app.is_closing() && is_ready(&app).await {
        (HttpResponse::Ok(), "ready\n")
    } else {
        (HttpResponse::ServiceUnavailable(), "not ready\n")
    };
    response.insert_header((CACHE_CONTROL, "no-store")).content_type("text/plain").body(text)
}

async fn is_ready(app: &App) -> bool {
    let mut last = app.readiness.0.lock().await;
    if let Some((at, ready)) = *last
        && at.elapsed() < HOLDS
    {
        return ready;
    }
    let office = std::sync::Arc::clone(&app.office);
    let ready = match tokio::task::spawn_blocking(move || operation::ready(&office)).await {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::warn!(%error, "not ready");
            false
        }
        Err(error) => {
            tracing::error!(%error, "not ready");
            false
        }
    };
    *last = Some((Instant::now(), ready));
    ready
}
