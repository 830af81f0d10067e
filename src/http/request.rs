//! What a request says of itself and its sender: its id, the bearer token, the address behind proxies that we trust.

use std::net::IpAddr;

use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use actix_web::{HttpMessage, HttpRequest};

use super::Settings;
use super::trace::RequestId;
use crate::domain::Message;
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
pub fn credentials(request: &HttpRequest, settings: &Settings) -> Result<Credentials> {
    Ok(Credentials { bearer: bearer(request.headers())?, address: address(request, settings) })
}

fn bearer(headers: &HeaderMap) -> Result<Option<String>> {
    let Some(value) = headers.get(AUTHORIZATION) else { return Ok(None) };
    let refused = || Error::unauthenticated("the Authorization header must hold one bearer token".to_owned());
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
            Message::new("HEADER", "L'en-tête Idempotency-Key doit être unique et compter de 1 à 200 caractères ASCII visibles."),
        )),
    }
}

/// The sender's address: the peer's, or, when the peer is a proxy that we trust, the last one that it and other trusted proxies did not write
/// themselves.
#[must_use]
pub fn address(request: &HttpRequest, settings: &Settings) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip();
    let forwarded = request.headers().get_all("x-forwarded-for").filter_map(|value| value.to_str().ok());
    Some(behind(peer, forwarded, &settings.trusted_proxies))
}

fn behind<'a>(peer: IpAddr, forwarded: impl Iterator<Item = &'a str>, trusted: &[IpAddr]) -> IpAddr {
    let hops: Vec<&str> = forwarded.flat_map(|value| value.split(',')).map(str::trim).collect();
    let mut address = peer;
    for hop in hops.iter().rev() {
        if !trusted.contains(&address) {
            break;
        }
        let Ok(next) = hop.parse() else { break };
        address = next;
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_stranger_cannot_name_its_own_address() {
        let claimed = ["10.0.0.1"];
        assert_eq!(behind(ip("192.0.2.7"), claimed.into_iter(), &[ip("127.0.0.1")]), ip("192.0.2.7"));
    }

    #[test]
    fn a_trusted_proxy_names_its_client() {
        let trusted = [ip("127.0.0.1"), ip("198.51.100.1")];
        let hops = ["203.0.113.9, 192.0.2.7", "198.51.100.1"];
        assert_eq!(behind(ip("127.0.0.1"), hops.into_iter(), &trusted), ip("192.0.2.7"));
        assert_eq!(behind(ip("127.0.0.1"), ["nonsense"].into_iter(), &trusted), ip("127.0.0.1"));
    }
}
