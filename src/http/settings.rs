//! Settings of the HTTP room, as the configuration's `[http]` gives them.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

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
    /// Body of a GraphQL request, at most.
    pub max_body_bytes: usize,
    /// Body of an import, at most.
    pub max_import_bytes: usize,
    /// For the head of a request to arrive.
    pub head_timeout_ms: u64,
    /// For its body to arrive.
    pub body_timeout_ms: u64,
    /// An idle connection is kept so long.
    pub keep_alive_s: u64,
    /// What is under way at the end gets so long to finish.
    pub shutdown_timeout_s: u64,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// Web origins that may call the API from a browser: `https://example.gouv.fr`. None: no CORS.
    pub cors_origins: Vec<String>,
    /// Whether to send `Strict-Transport-Security`: when the way to the client is HTTPS.
    pub hsts: bool,
    /// Whether the explorer is served at `/graphiql`.
    pub graphiql: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            address: SocketAddr::from(([127, 0, 0, 1], 8080)),
            metrics_address: "127.0.0.1:9464".to_owned(),
            workers: 2,
            max_connections: 4_096,
            max_body_bytes: 1 << 20,
            max_import_bytes: 64 << 20,
            head_timeout_ms: 5_000,
            body_timeout_ms: 30_000,
            keep_alive_s: 75,
            shutdown_timeout_s: 30,
            trusted_proxies: Vec::new(),
            cors_origins: Vec::new(),
            hsts: false,
            graphiql: true,
        }
    }
}

impl Settings {
    /// Where the metrics are served, if anywhere.
    ///
    /// # Errors
    /// When the setting is no address.
    pub fn metrics(&self) -> Result<Option<SocketAddr>, std::net::AddrParseError> {
        if self.metrics_address.is_empty() { Ok(None) } else { self.metrics_address.parse().map(Some) }
    }

    /// Time for a body to arrive.
    #[must_use]
    pub fn body_timeout(&self) -> Duration {
        Duration::from_millis(self.body_timeout_ms)
    }

    /// Adds what is wrong with these settings.
    pub fn check(&self, faults: &mut Vec<String>) {
        if self.metrics().is_err() {
            faults.push(format!("http.metrics_address: not an address as 127.0.0.1:9464: {}", self.metrics_address));
        }
        for (name, value) in [
            ("workers", self.workers),
            ("max_connections", self.max_connections),
            ("max_body_bytes", self.max_body_bytes),
            ("max_import_bytes", self.max_import_bytes),
        ] {
            if value == 0 {
                faults.push(format!("http.{name}: must be at least 1"));
            }
        }
        for (name, value) in [("head_timeout_ms", self.head_timeout_ms), ("body_timeout_ms", self.body_timeout_ms)] {
            if value == 0 {
                faults.push(format!("http.{name}: must be at least 1"));
            }
        }
        for origin in &self.cors_origins {
            let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
            if host.is_none_or(|host| host.is_empty() || host.contains(['/', '*', ' '])) {
                faults.push(format!("http.cors_origins: not an origin as https://example.gouv.fr: {origin}"));
            }
        }
    }
}
