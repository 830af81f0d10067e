//! Metrics for Prometheus: requests, operations, documents, the queue and the database. Labels have few values each, none of them a client's.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::Method;
use actix_web::web::Data;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::App;
use super::edge::Edge;
use crate::graphql::Runner;
use crate::logs;
use crate::workflow::Office;

/// From 0.5 ms, each bucket twice the one before, to 16 s.
const BUCKETS: [f64; 16] = [0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0];

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OperationLabels {
    kind: &'static str,
    code: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct KindLabels {
    kind: &'static str,
}

/// What is counted.
pub struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter<u64, AtomicU64>>,
    request_seconds: Histogram,
    operations: Family<OperationLabels, Counter<u64, AtomicU64>>,
    operation_seconds: Family<KindLabels, Histogram>,
}

impl Metrics {
    /// Nothing counted yet.
    #[must_use]
    pub fn new(office: Arc<Office>, runner: Arc<Runner>, edge: Arc<Edge>) -> Self {
        let requests = Family::default();
        let request_seconds = Histogram::new(BUCKETS);
        let operations = Family::default();
        let operation_seconds: Family<KindLabels, Histogram> = Family::new_with_constructor(|| Histogram::new(BUCKETS));
        let mut registry = Registry::with_prefix("palts");
        registry.register("http_requests", "HTTP requests answered", requests.clone());
        registry.register("http_request_duration_seconds", "Time to answer an HTTP request", request_seconds.clone());
        registry.register("graphql_operations", "GraphQL operations by kind and code (OK: no error)", operations.clone());
        registry.register(
            "graphql_operation_duration_seconds",
            "Time to answer a GraphQL operation, waiting included",
            operation_seconds.clone(),
        );
        registry.register_collector(Box::new(Inside { office, runner, edge }));
        Self { registry, requests, request_seconds, operations, operation_seconds }
    }

    /// Counts a request.
    pub fn request(&self, method: &Method, route: String, status: u16, took: Duration) {
        let labels = RequestLabels { method: named(method), route, status };
        self.requests.get_or_create(&labels).inc();
        self.request_seconds.observe(took.as_secs_f64());
    }

    /// Counts an operation.
    pub fn operation(&self, kind: &'static str, code: &'static str, took: Duration) {
        self.operations.get_or_create(&OperationLabels { kind, code }).inc();
        self.operation_seconds.get_or_create(&KindLabels { kind }).observe(took.as_secs_f64());
    }
}

/// Methods are a client's to invent.
fn named(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::OPTIONS => "OPTIONS",
        Method::HEAD => "HEAD",
        _ => "other",
    }
}

/// What others count already, read when somebody asks.
struct Inside {
    office: Arc<Office>,
    runner: Arc<Runner>,
    edge: Arc<Edge>,
}

impl std::fmt::Debug for Inside {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Inside")
    }
}

impl Collector for Inside {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let figures = self.runner.figures();
        let gauges = [
            ("graphql_documents", "Documents kept", figures.documents),
            ("graphql_answers", "Answers kept", figures.answers),
            ("graphql_waiting", "Operations that wait for a place", figures.waiting),
            ("http_buffered_bytes", "Bytes of bodies in memory", self.edge.bodies.held() + self.edge.files.held()),
            ("http_unread_bytes", "Bytes of long answers that were not read yet", self.edge.answers.held()),
            ("database_connections_abandoned", "Connections given up because they fell silent", self.office.database.abandoned()),
        ];
        for (name, help, value) in gauges {
            let gauge = ConstGauge::new(i64::try_from(value).unwrap_or(i64::MAX));
            gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)?;
        }
        let replica = self.office.database.replica_figures();
        let counters = [
            ("graphql_document_hits", "Requests whose document was kept", figures.hits),
            ("graphql_document_misses", "Requests whose document had to be read", figures.misses),
            ("graphql_answer_hits", "Queries whose answer was kept", figures.answer_hits),
            ("graphql_answer_misses", "Queries that had to be executed, of those that may be kept", figures.answer_misses),
            ("http_throttled", "Requests turned away because their sender sent too many", self.edge.throttled()),
            ("http_stalled", "Connections closed because their client did not read", self.edge.connections.stalled()),
            ("http_crowded", "Connections turned away because their address had too many", self.edge.connections.turned_away()),
            ("http_malformed", "Connections closed because they sent what is no HTTP", self.edge.malformed()),
            ("log_lines_dropped", "Log lines that could not be written", logs::dropped()),
            ("database_statements", "SQL statements sent", self.office.database.statements()),
            ("replica_answers", "Queries that the replica answered", replica.answers),
            ("replica_behind", "Queries that it did not answer because it did not show the primary's state", replica.behind),
            ("replica_away", "Queries that it did not answer because it could not be asked", replica.away),
        ];
        for (name, help, value) in counters {
            let counter = ConstCounter::new(value);
            counter.encode(encoder.encode_descriptor(name, help, None, counter.metric_type())?)?;
        }
        Ok(())
    }
}

/// `GET /metrics`.
pub async fn show(app: Data<App>) -> HttpResponse {
    let mut text = String::new();
    match prometheus_client::encoding::text::encode(&mut text, &app.metrics.registry) {
        Ok(()) => HttpResponse::Ok().content_type("application/openmetrics-text; version=1.0.0; charset=utf-8").body(text),
        Err(error) => {
            tracing::error!(%error, "the metrics could not be written");
            HttpResponse::InternalServerError().finish()
        }
    }
}
