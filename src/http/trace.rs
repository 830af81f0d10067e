//! What is noted of each request: its id, one line in the log, and the metrics. Never its query string, variables, tokens or bodies.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage};
use aws_lc_rs::rand::{SecureRandom, SystemRandom};

use super::App;
use crate::workflow::Kind;

/// The header with a request's id, both ways.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a request, in its extensions.
pub struct RequestId(pub String);

/// What an operation was and how it ended, in the extensions of its response.
#[derive(Clone, Copy)]
pub struct Noted {
    /// What kind of operation, if it came so far.
    pub kind: Option<Kind>,
    /// Code of the first error.
    pub code: Option<&'static str>,
}

/// Gives the request its id and notes how it went.
///
/// # Errors
/// Those of the handlers, which answer themselves.
pub async fn trace<B: MessageBody>(request: ServiceRequest, next: Next<B>) -> Result<ServiceResponse<B>, Error> {
    let began = Instant::now();
    let id = request.headers().get(REQUEST_ID).and_then(|value| well_formed(value.as_bytes())).unwrap_or_else(fresh);
    request.extensions_mut().insert(RequestId(id.clone()));
    let app = request.app_data::<Data<App>>().cloned();
    let mut response = next.call(request).await?;
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    let noted = response.response().extensions().get::<Noted>().copied();
    let (kind, code) = noted.map_or((None, None), |noted| (noted.kind.map(Kind::as_str), noted.code));
    let status = response.status().as_u16();
    let took = began.elapsed();
    let request = response.request();
    // A pattern, not the path: whoever asks for what there is not must not fill the metrics.
    let route = request.match_pattern().unwrap_or_else(|| "other".to_owned());
    let address = app.as_ref().and_then(|app| super::request::address(request, &app.edge.proxies));
    #[allow(clippy::cast_precision_loss)] // microseconds of one request
    let ms = took.as_micros() as f64 / 1000.0;
    tracing::info!(
        target: "palts::access",
        request_id = %id,
        method = %request.method(),
        path = %request.path(),
        status,
        ms,
        address = address.map(tracing::field::display),
        kind,
        code,
    );
    if let Some(app) = app {
        app.edge.look_for_proxy(request);
        app.metrics.request(request.method(), route, status, took);
        if let Some(kind) = kind {
            app.metrics.operation(kind, code.unwrap_or("OK"), took);
        }
    }
    Ok(response)
}

/// An id that a client or a proxy gave: short, and harmless in a log.
fn well_formed(value: &[u8]) -> Option<String> {
    let harmless = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if (8..=64).contains(&value.len()) && value.iter().all(harmless) { String::from_utf8(value.to_vec()).ok() } else { None }
}

/// A new id: random for this process, counted within it.
fn fresh() -> String {
    static PROCESS: OnceLock<u64> = OnceLock::new();
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let process = PROCESS.get_or_init(|| {
        let mut bytes = [0; 8];
        match SystemRandom::new().fill(&mut bytes) {
            Ok(()) => u64::from_ne_bytes(bytes),
            Err(_) => std::process::id().into(),
        }
    });
    format!("{process:016x}-{:x}", COUNT.fetch_add(1, Ordering::Relaxed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_from_outside_must_be_harmless() {
        assert_eq!(well_formed(b"abc-123_4.5").as_deref(), Some("abc-123_4.5"));
        assert_eq!(well_formed(b"short"), None);
        assert_eq!(well_formed(b"with space here"), None);
        assert_eq!(well_formed(&[b'a'; 65]), None);
    }

    #[test]
    fn own_ids_differ() {
        assert_ne!(fresh(), fresh());
        assert!(well_formed(fresh().as_bytes()).is_some());
    }
}
