//! Settings of the HTTP room, as the configuration's `[http]` gives them.

use std::net::SocketAddr;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use serde::de::{Deserialize, Deserializer, Error as _};

use super::proxies::{Network, NetworkFault, ProxyHeader};

/// How the server listens and what it takes.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Where the API is served.
    pub address: SocketAddr,
    /// Where `/metrics` is served; empty: nowhere.
    pub metrics_address: String,
    /// Threads that read and write connections; operations have threads of their own.
    pub workers: usize,
    /// Connections that one worker keeps at once.
    pub max_connections: usize,
    /// Connections of one address at once, and requests of one address through trusted proxies; 0: as many as there are.
    pub connections_per_address: usize,
    /// Body of a GraphQL request, at most.
    pub max_body_bytes: usize,
    /// Body of a GraphQL request whose sender is not known, at most.
    pub anonymous_body_bytes: usize,
    /// Body of an import, at most.
    pub max_import_bytes: usize,
    /// Bodies that are held in memory at once, in all: three quarters for imports.
    pub max_buffered_bytes: usize,
    /// Answers that wait for their readers, in all.
    pub max_unread_bytes: usize,
    /// Imports by upload at once.
    pub uploads: usize,
    /// Imports by upload of one account or token at once.
    pub uploads_per_caller: usize,
    /// For an uploaded file to arrive once all places are taken and others wait; slower, it gives way.
    pub upload_turn_s: u64,
    /// For a file to be examined, outside any transaction; longer, it is given up.
    pub examination_timeout_ms: u64,
    /// For an upload to wait for a place to be examined in.
    pub examination_wait_ms: u64,
    /// Requests a second of one account, or of one address while nobody is known; 0: as many as come.
    pub requests_per_s: u64,
    /// Requests that may come at once before that begins to hold.
    pub requests_burst: u64,
    /// For the head of a request to arrive.
    pub head_timeout_ms: u64,
    /// The least speed of a body.
    pub min_body_bytes_per_s: u64,
    /// A body may be slower than that, or stand still, for so long.
    pub body_grace_ms: u64,
    /// The least speed at which an answer is read.
    pub min_answer_bytes_per_s: u64,
    /// An answer may be read slower than that, or not at all, for so long.
    pub answer_grace_ms: u64,
    /// An idle connection is kept so long.
    pub keep_alive_s: u64,
    /// What is under way at the end gets so long to finish.
    pub shutdown_timeout_s: u64,
    /// Proxies that are believed when they name their client: addresses and networks.
    pub trusted_proxies: Vec<String>,
    /// By which header they do.
    pub proxy_header: ProxyHeader,
    /// Web origins that may call the API from a browser: `https://example.gouv.fr`. None: no CORS.
    pub cors_origins: Vec<String>,
    /// Headers that those may send.
    pub cors_headers: Vec<String>,
    /// Whether to send `Strict-Transport-Security`: when the way to the client is HTTPS.
    pub hsts: bool,
    /// Whether the explorer is served at `/graphiql`.
    pub graphiql: Explorer,
    /// Whom to tell of a weakness, as a URI: `mailto:…`, `https://…`, `tel:…`. Empty: no `/.well-known/security.txt`.
    pub security_contact: String,
    /// The last day on which that is true; needed with a contact.
    pub security_expires: String,
    /// The address of the rules for telling weaknesses; empty: none.
    pub security_policy: String,
}

/// Whether the explorer is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Explorer {
    /// In demonstrations only.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl<'de> Deserialize<'de> for Explorer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        #[serde(untagged)]
        enum Said {
            Flag(bool),
            Text(String),
        }
        match Said::deserialize(deserializer)? {
            Said::Flag(true) => Ok(Self::Always),
            Said::Flag(false) => Ok(Self::Never),
            Said::Text(text) => match text.trim() {
                "auto" => Ok(Self::Auto),
                "true" => Ok(Self::Always),
                "false" => Ok(Self::Never),
                _ => Err(D::Error::custom("il faut « auto », true ou false")),
            },
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            address: SocketAddr::from(([127, 0, 0, 1], 8080)),
            metrics_address: "127.0.0.1:9464".to_owned(),
            workers: 2,
            max_connections: 4_096,
            connections_per_address: 512,
            max_body_bytes: 1 << 20,
            anonymous_body_bytes: 16 << 10,
            max_import_bytes: 64 << 20,
            max_buffered_bytes: 256 << 20,
            max_unread_bytes: 128 << 20,
            uploads: 8,
            uploads_per_caller: 2,
            upload_turn_s: 60,
            examination_timeout_ms: 30_000,
            examination_wait_ms: 10_000,
            requests_per_s: 200,
            requests_burst: 400,
            head_timeout_ms: 5_000,
            min_body_bytes_per_s: 10_000,
            body_grace_ms: 10_000,
            min_answer_bytes_per_s: 10_000,
            answer_grace_ms: 30_000,
            keep_alive_s: 75,
            shutdown_timeout_s: 30,
            trusted_proxies: Vec::new(),
            proxy_header: ProxyHeader::Auto,
            cors_origins: Vec::new(),
            cors_headers: CORS_HEADERS.map(str::to_owned).to_vec(),
            hsts: false,
            graphiql: Explorer::Auto,
            security_contact: String::new(),
            security_expires: String::new(),
            security_policy: String::new(),
        }
    }
}

/// Headers that web clients send: the API's own, those of tracing, and those of the usual GraphQL clients.
const CORS_HEADERS: [&str; 13] = [
    "accept",
    "authorization",
    "content-type",
    "if-none-match",
    "x-request-id",
    "idempotency-key",
    "traceparent",
    "tracestate",
    "baggage",
    "apollographql-client-name",
    "apollographql-client-version",
    "apollo-require-preflight",
    "x-apollo-operation-name",
];

impl Settings {
    /// Where the metrics are served, if anywhere.
    ///
    /// # Errors
    /// When the setting is no address.
    pub fn metrics(&self) -> Result<Option<SocketAddr>, std::net::AddrParseError> {
        if self.metrics_address.is_empty() { Ok(None) } else { self.metrics_address.parse().map(Some) }
    }

    /// The networks of the proxies that are believed. An empty entry, as a comma at the end of a variable leaves one, is none.
    ///
    /// # Errors
    /// The first that is no network.
    pub fn networks(&self) -> Result<Vec<Network>, NetworkFault> {
        self.trusted_proxies.iter().filter(|text| !text.trim().is_empty()).map(|text| text.parse()).collect()
    }

    /// Until when the contact for weaknesses holds: the end of its day.
    #[must_use]
    pub fn security_expiry(&self) -> Option<NaiveDateTime> {
        let day: NaiveDate = self.security_expires.trim().parse().ok()?;
        Some(day.and_time(NaiveTime::from_hms_opt(23, 59, 59)?))
    }

    /// Adds what is wrong with these settings, as lines of the form `http.workers: what is wrong`.
    pub fn check(&self, faults: &mut Vec<String>) {
        if self.metrics().is_err() {
            faults.push("http.metrics_address: il faut une adresse comme 127.0.0.1:9464".to_owned());
        }
        self.check_sizes(faults);
        for text in self.trusted_proxies.iter().filter(|text| !text.trim().is_empty()) {
            if let Err(fault) = text.parse::<Network>() {
                faults.push(format!("http.trusted_proxies: {fault}"));
            }
        }
        for origin in &self.cors_origins {
            let origin = origin.trim();
            let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
            if host.is_none_or(|host| host.is_empty() || host.contains(['/', '*', ' '])) {
                faults.push(format!("http.cors_origins: « {origin} » n’est pas une origine comme https://example.gouv.fr"));
            }
        }
        for name in &self.cors_headers {
            if actix_web::http::header::HeaderName::from_bytes(name.trim().as_bytes()).is_err() {
                faults.push(format!("http.cors_headers: « {} » n’est pas un nom d’en-tête HTTP", name.trim()));
            }
        }
        self.check_security(faults);
    }

    fn check_sizes(&self, faults: &mut Vec<String>) {
        // One body of the largest kind must fit into one caller's share, or it could never be sent.
        let least = (self.max_body_bytes.saturating_mul(32)).max(self.max_import_bytes.saturating_mul(8).div_ceil(3));
        if self.max_buffered_bytes < least {
            faults.push(format!(
                "http.max_buffered_bytes: il faut au moins {least}, pour que http.max_body_bytes et http.max_import_bytes puissent servir"
            ));
        }
    }

    fn check_security(&self, faults: &mut Vec<String>) {
        let is_uri = |text: &str| ["mailto:", "https://", "tel:"].iter().any(|scheme| text.trim().starts_with(scheme));
        let is_line = |text: &str| !text.chars().any(char::is_control);
        if !self.security_contact.is_empty() && (!is_uri(&self.security_contact) || !is_line(&self.security_contact)) {
            faults.push("http.security_contact: il faut mailto:…, https://… ou tel:…".to_owned());
        }
        if !self.security_policy.is_empty() && (!self.security_policy.starts_with("https://") || !is_line(&self.security_policy))
        {
            faults.push("http.security_policy: il faut une adresse https://…".to_owned());
        }
        if !self.security_contact.is_empty() && self.security_expiry().is_none() {
            faults.push("http.security_expires: il faut avec http.security_contact un jour comme 2027-06-30".to_owned());
        }
    }
}
