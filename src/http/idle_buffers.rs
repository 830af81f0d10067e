//! Connections end after a request that brought much: a long head, a body, or many requests sent ahead. actix keeps the buffer that it read them into
//! for as long as the connection lasts, in no budget; a thousand idle connections would hold 100 MB. Not for what may be sent at all.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::ConnectionType;
use actix_web::middleware::Next;

/// Browsers, libraries and dashboards send less at a time: a token has 1 kB, a document some. Who sends more connects again.
const MUCH: usize = 16 << 10;

/// Bytes that came over a connection since its last answer.
#[derive(Clone, Debug, Default)]
pub struct Received(Arc<AtomicUsize>);

impl Received {
    /// Counts some.
    pub fn add(&self, bytes: usize) {
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Whether they were many. Then the count stays: what was sent ahead is answered still, and none of those answers keeps the connection.
    fn is_much(&self) -> bool {
        let is_much = self.0.load(Ordering::Relaxed) > MUCH;
        if !is_much {
            self.0.store(0, Ordering::Relaxed);
        }
        is_much
    }
}

/// Answers, and closes the connection if much was received.
///
/// # Errors
/// Those of the handlers, which answer themselves.
pub async fn let_go<B: MessageBody>(request: ServiceRequest, next: Next<B>) -> Result<ServiceResponse<B>, Error> {
    let received = request.conn_data::<Received>().cloned();
    let mut response = next.call(request).await?;
    if received.is_some_and(|received| received.is_much()) {
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    }
    Ok(response)
}
