//! Bodies of requests: read whole, up to a limit of bytes, at a least speed, and counted against what is held in all. Not for who may send
//! one.

use std::future::poll_fn;
use std::pin::pin;
use std::time::Instant;

use actix_web::HttpRequest;
use actix_web::body::{BodyStream, MessageBody};
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use actix_web::web::{Bytes, BytesMut, Payload};

use super::budget::{Full, Lease};
use super::pace::Pace;
use crate::domain::Message;
use crate::workflow::Error;

/// What a body may be.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Its bytes, at most.
    pub bytes: usize,
    /// Its speed, at least.
    pub pace: Pace,
}

/// Why a body was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyFault {
    /// Larger than the route takes: 413.
    TooLarge(usize),
    /// Larger than what is read of somebody unknown: 413.
    NeedsSignIn(usize),
    /// Arrived too slowly: 408.
    TooSlow,
    /// Compressed or otherwise encoded: 415.
    Encoded,
    /// Too much of the same sender's is being read already: 429.
    TooMuchOfOne,
    /// Too much is being read already: 503.
    TooMuchInAll,
    /// The connection broke: 400, which nobody will read.
    CutOff,
}

impl BodyFault {
    /// Its status, and what is said.
    #[must_use]
    pub fn told(self) -> (StatusCode, Error) {
        match self {
            Self::TooLarge(limit) => {
                let text = format!("le corps de la requête dépasse {limit} octets");
                (StatusCode::PAYLOAD_TOO_LARGE, Error::limit(Message::new("BODY_TOO_LARGE", text).with("limit", limit)))
            }
            Self::NeedsSignIn(limit) => {
                let text = format!("le corps de la requête dépasse {limit} octets : se connecter d’abord");
                (StatusCode::PAYLOAD_TOO_LARGE, Error::limit(Message::new("BODY_NEEDS_SIGN_IN", text).with("limit", limit)))
            }
            Self::TooSlow => {
                let text = "le corps de la requête arrive trop lentement";
                (StatusCode::REQUEST_TIMEOUT, Error::limit(Message::new("BODY_TOO_SLOW", text)))
            }
            Self::Encoded => {
                let text = "le corps ne doit pas être compressé";
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, Error::invalid("content-encoding", Message::new("BODY_ENCODED", text)))
            }
            Self::TooMuchOfOne => {
                let text =
                    "trop de requêtes du même compte ou de la même adresse sont en cours d’envoi ; réessayer dans un instant";
                (StatusCode::TOO_MANY_REQUESTS, Error::limit(Message::new("CALLER_BODIES", text).with("retryAfterSeconds", 1)))
            }
            Self::TooMuchInAll => {
                let text = "trop de requêtes sont en cours d’envoi ; réessayer dans un instant";
                (StatusCode::SERVICE_UNAVAILABLE, Error::limit(Message::new("BODIES", text).with("retryAfterSeconds", 1)))
            }
            Self::CutOff => {
                (StatusCode::BAD_REQUEST, Error::invalid("body", Message::new("BODY_CUT_OFF", "le corps est interrompu")))
            }
        }
    }
}

impl From<Full> for BodyFault {
    fn from(full: Full) -> Self {
        match full {
            Full::Caller => Self::TooMuchOfOne,
            Full::All => Self::TooMuchInAll,
        }
    }
}

/// How long a body says that it is.
#[must_use]
pub fn announced(request: &HttpRequest) -> Option<usize> {
    request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok())
}

/// Reads a body; what it holds is added to the lease as it comes, so that who announces much and sends nothing holds nothing.
///
/// # Errors
/// Each [`BodyFault`].
pub async fn read(request: &HttpRequest, payload: Payload, bounds: Bounds, lease: &mut Lease) -> Result<Bytes, BodyFault> {
    let encoding = request.headers().get(CONTENT_ENCODING).map(|value| value.as_bytes());
    if encoding.is_some_and(|encoding| !encoding.eq_ignore_ascii_case(b"identity")) {
        return Err(BodyFault::Encoded);
    }
    let announced = announced(request);
    if announced.is_some_and(|length| length > bounds.bytes) {
        return Err(BodyFault::TooLarge(bounds.bytes));
    }
    let mut stream = pin!(BodyStream::new(payload));
    let mut patience = bounds.pace.begin(Instant::now());
    let (mut first, mut body) = (Bytes::new(), BytesMut::new());
    loop {
        let next = tokio::time::timeout_at(patience.until().into(), poll_fn(|cx| stream.as_mut().poll_next(cx)));
        let chunk = match next.await {
            Err(_) => return Err(BodyFault::TooSlow),
            Ok(None) => break,
            Ok(Some(Err(_))) => return Err(BodyFault::CutOff),
            Ok(Some(Ok(chunk))) => chunk,
        };
        if first.len() + body.len() + chunk.len() > bounds.bytes {
            return Err(BodyFault::TooLarge(bounds.bytes));
        }
        lease.grow(chunk.len())?;
        patience.moved(chunk.len(), Instant::now());
        // Most bodies come in one piece, which is not copied.
        if first.is_empty() && body.is_empty() {
            first = chunk;
        } else {
            body.extend_from_slice(&std::mem::take(&mut first));
            body.extend_from_slice(&chunk);
        }
    }
    Ok(if body.is_empty() { first } else { body.freeze() })
}
