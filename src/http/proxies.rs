//! Whose address a request comes from: the peer's, or, behind proxies that the configuration names, the one that they say. Reads
//! `X-Forwarded-For` and `Forwarded` (RFC 7239). Not for what follows from an address.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use actix_web::http::header::{FORWARDED, HeaderMap, HeaderName, X_FORWARDED_FOR};

/// Hops that are looked at, from the nearest on: nobody has as many proxies.
const MAX_HOPS: usize = 64;

/// An address, or a network in CIDR notation: `10.0.0.0/8`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    length: u8,
}

/// Why a text is no network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("« {0} » n’est ni une adresse (192.0.2.1) ni un réseau (10.0.0.0/8, fd00::/8)")]
pub struct NetworkFault(String);

impl FromStr for Network {
    type Err = NetworkFault;

    fn from_str(text: &str) -> Result<Self, NetworkFault> {
        let fault = || NetworkFault(text.trim().chars().take(80).collect());
        let (address, length) = match text.trim().split_once('/') {
            Some((address, length)) => (address.trim(), Some(length.trim())),
            None => (text.trim(), None),
        };
        let address = address.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(address);
        let address: IpAddr = address.parse().map_err(|_| fault())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let length = match length {
            Some(length) if length.bytes().all(|byte| byte.is_ascii_digit()) => {
                length.parse().ok().filter(|length| *length <= most).ok_or_else(fault)?
            }
            Some(_) => return Err(fault()),
            None => most,
        };
        // ::ffff:10.0.0.0/104 is 10.0.0.0/8.
        let (address, length) = match address.to_canonical() {
            canonical @ IpAddr::V4(_) if most == 128 && length >= 96 => (canonical, length - 96),
            _ => (address, length),
        };
        Ok(Self { address: masked(address, length), length })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = if self.address.is_ipv4() { 32 } else { 128 };
        if self.length == whole { write!(f, "{}", self.address) } else { write!(f, "{}/{}", self.address, self.length) }
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Network {
    /// Whether an address is in it; a mapped IPv4 address is the IPv4 address.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_ipv4() == self.address.is_ipv4() && masked(address, self.length) == self.address
    }
}

fn masked(address: IpAddr, length: u8) -> IpAddr {
    match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(32_u32.saturating_sub(length.into())).unwrap_or(0);
            Ipv4Addr::from_bits(address.to_bits() & mask).into()
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128_u32.saturating_sub(length.into())).unwrap_or(0);
            Ipv6Addr::from_bits(address.to_bits() & mask).into()
        }
    }
}

/// Which header names the client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProxyHeader {
    /// `X-Forwarded-For` where there is one, `Forwarded` otherwise.
    #[default]
    Auto,
    /// `X-Forwarded-For` alone.
    XForwardedFor,
    /// `Forwarded` alone.
    Forwarded,
}

impl fmt::Display for ProxyHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::XForwardedFor => "x-forwarded-for",
            Self::Forwarded => "forwarded",
        })
    }
}

/// The proxies that are believed.
#[derive(Clone, Debug, Default)]
pub struct Trusted {
    networks: Vec<Network>,
    header: ProxyHeader,
}

/// The networks, as the configuration lists them.
impl fmt::Display for Trusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, network) in self.networks.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            fmt::Display::fmt(network, f)?;
        }
        Ok(())
    }
}

impl Trusted {
    /// Which header names the client.
    #[must_use]
    pub fn header(&self) -> ProxyHeader {
        self.header
    }

    /// Those of these networks, by that header.
    #[must_use]
    pub fn new(networks: Vec<Network>, header: ProxyHeader) -> Self {
        Self { networks, header }
    }

    /// Whether an address is a trusted proxy's.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(address))
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.networks.is_empty()
    }

    /// The sender's address: the peer's, or, when the peer is a proxy that is trusted, the last one that it and other trusted proxies did
    /// not write themselves.
    #[must_use]
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut address = peer.to_canonical();
        if !self.contains(address) {
            return address;
        }
        for hop in self.hops(headers).into_iter().rev().take(MAX_HOPS) {
            // A proxy that does not tell is itself the last that is known.
            let Some(next) = hop else { break };
            address = next;
            if !self.contains(address) {
                break;
            }
        }
        address
    }

    fn hops(&self, headers: &HeaderMap) -> Vec<Option<IpAddr>> {
        let by_comma = match self.header {
            ProxyHeader::Auto => headers.contains_key(X_FORWARDED_FOR),
            ProxyHeader::XForwardedFor => true,
            ProxyHeader::Forwarded => false,
        };
        if by_comma {
            return values(headers, &X_FORWARDED_FOR).flat_map(|value| value.split(',').map(node).collect::<Vec<_>>()).collect();
        }
        values(headers, &FORWARDED).flat_map(|value| split(value, ',').into_iter().map(forwarded).collect::<Vec<_>>()).collect()
    }
}

/// Whether a request bears a header by which proxies name their clients.
#[must_use]
pub fn names_a_client(headers: &HeaderMap) -> bool {
    headers.contains_key(X_FORWARDED_FOR) || headers.contains_key(FORWARDED)
}

fn values<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    // What is no text names nobody, and must not be passed over: who stands before it could be anybody's invention.
    headers.get_all(name).map(|value| value.to_str().unwrap_or("unknown"))
}

/// The `for` of one element of `Forwarded`.
fn forwarded(element: &str) -> Option<IpAddr> {
    let pair = split(element, ';')
        .into_iter()
        .filter_map(|pair| pair.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("for"));
    node(&unquoted(pair?.1.trim()))
}

/// Splits at a character that stands outside of quotes.
fn split(text: &str, at: char) -> Vec<&str> {
    let (mut parts, mut from, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (index, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if character == at && !quoted => {
                parts.push(&text[from..index]);
                from = index + character.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[from..]);
    parts
}

fn unquoted(text: &str) -> String {
    let Some(inner) = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else { return text.to_owned() };
    let mut characters = inner.chars();
    let mut plain = String::with_capacity(inner.len());
    while let Some(character) = characters.next() {
        plain.extend(if character == '\\' { characters.next() } else { Some(character) });
    }
    plain
}

/// An address as proxies write it: alone, with a port, an IPv6 address in brackets, all of it in quotes. None for `unknown`, for names that
/// hide an address, and for nonsense.
fn node(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"').trim();
    let host = if let Some(rest) = text.strip_prefix('[') {
        let (host, port) = rest.split_once(']')?;
        if !port.is_empty() && !port.strip_prefix(':').is_some_and(is_port) {
            return None;
        }
        host
    } else {
        match text.split_once(':') {
            Some((host, port)) if !port.contains(':') => {
                if !is_port(port) {
                    return None;
                }
                host
            }
            _ => text,
        }
    };
    // An interface of the proxy's machine says nothing of the client.
    let host = host.split_once('%').map_or(host, |(host, _)| host);
    host.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

/// A port, or the name that hides one.
fn is_port(text: &str) -> bool {
    let hidden = text
        .strip_prefix('_')
        .is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte)));
    hidden || (1..=5).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn trusted(networks: &[&str]) -> Trusted {
        Trusted::new(networks.iter().map(|text| text.parse().unwrap()).collect(), ProxyHeader::Auto)
    }

    fn client(trusted: &Trusted, peer: &str, headers: &[(HeaderName, &'static str)]) -> String {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name.clone(), HeaderValue::from_static(value));
        }
        trusted.client(ip(peer), &map).to_string()
    }

    fn by_x(networks: &[&str], peer: &str, value: &'static str) -> String {
        client(&trusted(networks), peer, &[(X_FORWARDED_FOR, value)])
    }

    #[test]
    fn a_stranger_cannot_name_its_own_address() {
        assert_eq!(by_x(&["127.0.0.1"], "192.0.2.7", "10.0.0.1"), "192.0.2.7");
        assert_eq!(by_x(&[], "127.0.0.1", "10.0.0.1"), "127.0.0.1");
    }

    #[test]
    fn a_trusted_proxy_names_its_client() {
        let proxies = ["127.0.0.1", "198.51.100.0/24"];
        let hops = [(X_FORWARDED_FOR, "203.0.113.9, 192.0.2.7"), (X_FORWARDED_FOR, "198.51.100.1")];
        assert_eq!(client(&trusted(&proxies), "127.0.0.1", &hops), "192.0.2.7");
        assert_eq!(by_x(&proxies, "127.0.0.1", "nonsense"), "127.0.0.1");
        assert_eq!(by_x(&proxies, "127.0.0.1", "192.0.2.7, unknown"), "127.0.0.1");
    }

    #[test]
    fn addresses_are_read_as_proxies_write_them() {
        for (written, meant) in [
            ("192.0.2.10:51324", "192.0.2.10"),
            (" 192.0.2.10 ", "192.0.2.10"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("2001:db8::1", "2001:db8::1"),
            ("\"[2001:db8::1]:443\"", "2001:db8::1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("[::ffff:192.0.2.1]:80", "192.0.2.1"),
            ("fe80::1%eth0", "fe80::1"),
        ] {
            assert_eq!(by_x(&["127.0.0.1"], "127.0.0.1", written), meant, "{written}");
            assert_eq!(by_x(&["127.0.0.1"], "::ffff:127.0.0.1", written), meant, "{written}");
        }
        for nonsense in
            ["", "unknown", "_hidden", "192.0.2.1:port", "192.0.2.1:", "[2001:db8::1", "[2001:db8::1]x", "1.2.3", "a:b:c:d"]
        {
            assert_eq!(node(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn forwarded_is_read_as_rfc_7239_writes_it() {
        for (written, meant) in [
            ("for=192.0.2.60;proto=http;by=203.0.113.43", "192.0.2.60"),
            ("For=\"[2001:db8:cafe::17]:4711\"", "2001:db8:cafe::17"),
            ("for=192.0.2.43, for=198.51.100.17", "198.51.100.17"),
            ("for=\"192.0.2.60:_port\";host=\"a,b;c\"", "192.0.2.60"),
            ("host=\"x\\\",for=1.1.1.1\";for=192.0.2.60", "192.0.2.60"),
            ("for=192.0.2.43, for=\"127.0.0.1\"", "192.0.2.43"),
            ("for=unknown", "127.0.0.1"),
            ("for=_gazonk", "127.0.0.1"),
            ("proto=https", "127.0.0.1"),
        ] {
            assert_eq!(client(&trusted(&["127.0.0.1"]), "127.0.0.1", &[(FORWARDED, written)]), meant, "{written}");
        }
    }

    #[test]
    fn one_header_is_believed_not_the_one_that_a_client_adds() {
        let both = [(FORWARDED, "for=10.0.0.1"), (X_FORWARDED_FOR, "192.0.2.7")];
        assert_eq!(client(&trusted(&["127.0.0.1"]), "127.0.0.1", &both), "192.0.2.7");
        let forwarded = Trusted::new(vec!["127.0.0.1".parse().unwrap()], ProxyHeader::Forwarded);
        assert_eq!(client(&forwarded, "127.0.0.1", &both), "10.0.0.1");
        let other = Trusted::new(vec!["127.0.0.1".parse().unwrap()], ProxyHeader::XForwardedFor);
        assert_eq!(client(&other, "127.0.0.1", &[(FORWARDED, "for=10.0.0.1")]), "127.0.0.1");
    }

    #[test]
    fn networks_are_read_and_shown() {
        let within = |network: &str, address: &str| network.parse::<Network>().unwrap().contains(ip(address));
        assert!(within("10.0.0.0/8", "10.255.0.1") && !within("10.0.0.0/8", "11.0.0.1"));
        assert!(within(" 10.1.2.3/8 ", "10.9.9.9"));
        assert!(within("10.0.0.0/8", "::ffff:10.0.0.1") && within("::ffff:10.0.0.0/104", "10.2.3.4"));
        assert!(within("fd00::/8", "fd12::1") && !within("fd00::/8", "fe80::1"));
        assert!(within("0.0.0.0/0", "192.0.2.1") && !within("0.0.0.0/0", "::1") && within("::/0", "2001:db8::1"));
        assert!(within("[::1]", "::1"));
        assert_eq!("10.1.2.3/8".parse::<Network>().unwrap().to_string(), "10.0.0.0/8");
        assert_eq!("192.0.2.1/32".parse::<Network>().unwrap().to_string(), "192.0.2.1");
        for wrong in ["", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0/8", "::/129", "proxy", "10.0.0.0/+8"] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
    }
}
