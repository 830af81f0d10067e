//! What a request says of itself and its sender: its id, the bearer token, the address behind proxies that we trust; and against whom it counts.

use std::net::IpAddr;

use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use actix_web::{HttpMessage, HttpRequest};

use super::App;
use super::connection::Place;
use super::proxies::Trusted;
use super::trace::RequestId;
use crate::domain::Message;
use crate::graphql::answer::Refusal;
use crate::graphql::shares::Counted;
use crate::workflow::{Credentials, Error, Result};

/// Longest bearer token that is looked at.
const MAX_TOKEN: usize = 4_096;

/// The id under which a request is logged; its answer carries it in `x-request-id`.
#[must_use]
pub fn id(request: &HttpRequest) -> String {
    request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default()
}

/// Who says to call, and from where.
///
/// # Errors
/// UNAUTHENTICATED for an `Authorization` header that holds no bearer token.
pub fn credentials(request: &HttpRequest, app: &App) -> Result<Credentials> {
    Ok(Credentials { bearer: bearer(request.headers())?, address: address(request, &app.edge.proxies) })
}

/// Who sends a request, as far as that is known before anything is done for it.
pub struct Sender {
    /// What the request says of its sender.
    pub credentials: Result<Credentials>,
    /// Against whom it counts.
    pub counted: Counted,
    /// Among the requests of his address.
    _place: Option<Place>,
}

/// Against whom a request counts: whose token it was when that was verified last, or the address.
pub fn counted(credentials: &Credentials, app: &App) -> Counted {
    let known = credentials.bearer.as_deref().and_then(|bearer| app.office.callers.glimpse(bearer));
    known.map_or_else(|| Counted::network(credentials.address), |who| Counted::of(&who.caller, credentials.address))
}

/// Counts a request against its sender, whom a token that was verified before names; whoever bears an unknown one counts by his address.
///
/// # Errors
/// LIMIT beyond the rate, or beyond the requests of one address that may be under way.
pub fn sender(request: &HttpRequest, app: &App) -> std::result::Result<Sender, Refusal> {
    let address = address(request, &app.edge.proxies);
    let credentials = bearer(request.headers()).map(|bearer| Credentials { bearer, address });
    let counted = credentials.as_ref().map_or_else(|_| Counted::network(address), |it| counted(it, app));
    app.edge.count(counted)?;
    Ok(Sender { credentials, counted, _place: app.edge.pass(request, address)? })
}

/// The Authorization header holds no bearer token.
pub(super) fn no_bearer() -> Error {
    Error::unauthenticated(Message::new("NO_BEARER", "l’en-tête Authorization doit porter un jeton, et un seul (Bearer)"))
}

fn bearer(headers: &HeaderMap) -> Result<Option<String>> {
    let Some(value) = headers.get(AUTHORIZATION) else { return Ok(None) };
    let refused = no_bearer;
    if headers.get_all(AUTHORIZATION).nth(1).is_some() {
        return Err(refused());
    }
    let (scheme, token) = value.to_str().ok().and_then(|text| text.split_once(' ')).ok_or_else(refused)?;
    let token = token.trim();
    let acceptable = scheme.eq_ignore_ascii_case("bearer")
        && !token.is_empty()
        && token.len() <= MAX_TOKEN
        && token.bytes().all(|byte| byte.is_ascii_graphic());
    if acceptable { Ok(Some(token.to_owned())) } else { Err(refused()) }
}

/// Longest idempotency key, in bytes.
const MAX_KEY: usize = 200;

/// The key under which a mutation may be sent again, if the request has one.
///
/// # Errors
/// INVALID for an `Idempotency-Key` that is empty, too long, not plain text, or there twice.
pub fn idempotency_key(request: &HttpRequest) -> Result<Option<String>> {
    let mut values = request.headers().get_all("idempotency-key");
    let Some(value) = values.next() else { return Ok(None) };
    let key = value.to_str().ok().map(str::trim).filter(|key| !key.is_empty() && key.len() <= MAX_KEY);
    match (key, values.next()) {
        (Some(key), None) => Ok(Some(key.to_owned())),
        (None | Some(_), _) => Err(Error::invalid(
            "Idempotency-Key",
            Message::new("HEADER", "l’en-tête Idempotency-Key doit être unique et compter de 1 à 200 caractères ASCII visibles"),
        )),
    }
}

/// The sender's address: the peer's, or the one that proxies name whom we trust.
#[must_use]
pub fn address(request: &HttpRequest, proxies: &Trusted) -> Option<IpAddr> {
    Some(proxies.client(request.peer_addr()?.ip(), request.headers()))
}
