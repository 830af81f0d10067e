//! Connections end after a request whose head is large. actix keeps the buffer that a head filled for as long as its connection lasts, in no
//! budget; a thousand idle connections would hold 100 MB. Not for heads past actix's own limit (128 kB), which it refuses.

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{RequestHead, ServiceRequest, ServiceResponse};
use actix_web::http::ConnectionType;
use actix_web::middleware::Next;

/// Longer heads than that are not what browsers, libraries and proxies send: a token is 1 kB, a document in an address 8 kB at most.
const LARGE: usize = 16 << 10;

/// Answers, and closes the connection if the request's head was large.
///
/// # Errors
/// Those of the handlers, which answer themselves.
pub async fn let_go<B: MessageBody>(request: ServiceRequest, next: Next<B>) -> Result<ServiceResponse<B>, Error> {
    let is_large = size(request.head()) > LARGE;
    let mut response = next.call(request).await?;
    if is_large {
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    }
    Ok(response)
}

/// Bytes of address and headers.
fn size(head: &RequestHead) -> usize {
    let headers: usize = head.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    let address = head.uri.path_and_query().map_or(0, |address| address.as_str().len());
    address + headers
}
