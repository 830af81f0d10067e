//! Bodies of requests: read whole, up to a limit of bytes and of time, so that nobody holds a connection by sending slowly.

use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use actix_web::web::{Bytes, Payload};

/// Why a body was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyFault {
    /// Larger than the route takes: 413.
    #[error("the body is larger than {0} bytes")]
    TooLarge(usize),
    /// Did not arrive in time: 408.
    #[error("the body did not arrive in time")]
    TooSlow,
    /// Compressed or otherwise encoded: 415.
    #[error("the body must not be compressed")]
    Encoded,
    /// The connection broke: 400, which nobody will read.
    #[error("the body was cut off")]
    CutOff,
}

/// Reads a body of at most `limit` bytes.
///
/// # Errors
/// Each [`BodyFault`].
pub async fn read(request: &HttpRequest, payload: Payload, limit: usize, timeout: Duration) -> Result<Bytes, BodyFault> {
    let encoding = request.headers().get(CONTENT_ENCODING).map(|value| value.as_bytes());
    if encoding.is_some_and(|encoding| !encoding.eq_ignore_ascii_case(b"identity")) {
        return Err(BodyFault::Encoded);
    }
    let announced = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limit) {
        return Err(BodyFault::TooLarge(limit));
    }
    match tokio::time::timeout(timeout, payload.to_bytes_limited(limit)).await {
        Err(_) => Err(BodyFault::TooSlow),
        Ok(Err(_)) => Err(BodyFault::TooLarge(limit)),
        Ok(Ok(Err(_))) => Err(BodyFault::CutOff),
        Ok(Ok(Ok(bytes))) => Ok(bytes),
    }
}
