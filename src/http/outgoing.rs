//! Long answers on their way out: counted as long as somebody has not taken them, and handed to actix piece by piece, because it copies
//! whatever it is given into a buffer of the connection. Not for short ones, which connections bound by their number.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::HttpResponse;
use actix_web::HttpResponseBuilder;
use actix_web::body::{BodySize, MessageBody};
use actix_web::web::Bytes;

use super::budget::Lease;

/// Up to here an answer is short: it is not counted.
pub const SHORT: usize = 64 << 10;

/// What is handed on at once.
const PIECE: usize = 64 << 10;

/// A long answer.
pub struct Long {
    rest: Bytes,
    _lease: Lease,
}

/// Answers a short body, or a long one that is counted by this lease.
pub fn respond(builder: &mut HttpResponseBuilder, body: Bytes, lease: Option<Lease>) -> HttpResponse {
    match lease {
        Some(lease) => builder.body(Long { rest: body, _lease: lease }),
        None => builder.body(body),
    }
}

impl MessageBody for Long {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.rest.len() as u64)
    }

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Infallible>>> {
        let length = self.rest.len().min(PIECE);
        Poll::Ready((length > 0).then(|| Ok(self.rest.split_to(length))))
    }
}
