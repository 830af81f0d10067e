//! The HTTP room: the actix application. Routes, limits, who calls from where, and the statuses of answers. No rule is here, and no SQL.

pub mod body;
mod files;
mod graphql;
mod health;
pub mod imports;
mod media;
pub mod metrics;
pub mod request;
mod routes;
mod run;
mod settings;
mod trace;

use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_cors::Cors;
use actix_web::dev::Server;
use actix_web::http::header;
use actix_web::{HttpServer, middleware, web};
use tokio::sync::Semaphore;

use crate::graphql::{self as engine, Runner};
use crate::workflow::{Office, Result};

pub use run::run;
pub use settings::Settings;

/// What all requests share. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// Territories, policy, rules, clock and database.
    pub office: Arc<Office>,
    /// Runs operations.
    pub runner: Arc<Runner>,
    /// How to serve.
    pub settings: Arc<Settings>,
    /// What is counted.
    pub metrics: Arc<metrics::Metrics>,
    readiness: Arc<health::Readiness>,
    uploads: Arc<Semaphore>,
    closing: Arc<AtomicBool>,
}

impl App {
    /// The application over an office.
    ///
    /// # Errors
    /// INVALID for a registered document that cannot be read.
    pub fn new(office: Arc<Office>, limits: engine::Settings, settings: Settings) -> Result<Self> {
        let runner = Arc::new(Runner::new(Arc::clone(&office), limits)?);
        let metrics = Arc::new(metrics::Metrics::new(Arc::clone(&office), Arc::clone(&runner)));
        Ok(Self {
            office,
            runner,
            settings: Arc::new(settings),
            metrics,
            readiness: Arc::default(),
            uploads: Arc::new(Semaphore::new(imports::AT_ONCE)),
            closing: Arc::default(),
        })
    }

    /// Says that the server is about to stop: `/readyz` answers 503 from now on, so that balancers send nobody any more.
    pub fn close(&self) {
        self.closing.store(true, Ordering::Relaxed);
    }

    /// Whether the server is about to stop.
    #[must_use]
    pub fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }
}

/// Serves the application on a listener. The server is a future that ends when its [handle](Server::handle) stops it; it must be made and
/// awaited inside an actix system (`actix_web::rt::System`). It takes no signals.
///
/// # Errors
/// When the listener cannot be used.
pub fn serve(listener: TcpListener, app: App) -> io::Result<Server> {
    let settings = Arc::clone(&app.settings);
    let server = HttpServer::new(move || {
        actix_web::App::new()
            .app_data(web::Data::new(app.clone()))
            .configure(|config| routes::api(config, &app.settings))
            .default_service(web::to(files::not_found))
            .wrap(cors(&app.settings))
            .wrap(security(&app.settings))
            .wrap(middleware::from_fn(trace::trace))
    });
    let server = server
        .workers(settings.workers)
        .max_connections(settings.max_connections)
        .client_request_timeout(Duration::from_millis(settings.head_timeout_ms))
        .client_disconnect_timeout(Duration::from_secs(2))
        .keep_alive(Duration::from_secs(settings.keep_alive_s))
        .shutdown_timeout(settings.shutdown_timeout_s)
        .disable_signals()
        .listen(listener)?;
    Ok(server.run())
}

/// Serves `/metrics` on a listener of its own, away from the API's clients.
///
/// # Errors
/// When the listener cannot be used.
pub fn serve_metrics(listener: TcpListener, app: App) -> io::Result<Server> {
    let server = HttpServer::new(move || {
        actix_web::App::new().app_data(web::Data::new(app.clone())).route("/metrics", web::get().to(metrics::show))
    });
    Ok(server.workers(1).disable_signals().listen(listener)?.run())
}

/// What browsers must not do with our answers.
fn security(settings: &Settings) -> middleware::DefaultHeaders {
    let headers = middleware::DefaultHeaders::new()
        .add((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .add((header::X_FRAME_OPTIONS, "DENY"))
        .add((header::REFERRER_POLICY, "no-referrer"))
        .add(("cross-origin-resource-policy", "same-origin"))
        .add((header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"));
    if settings.hsts { headers.add((header::STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains")) } else { headers }
}

/// Origins other than our own are refused unless configured. There are no cookies: credentials are not CORS's.
fn cors(settings: &Settings) -> middleware::Condition<Cors> {
    let cors = settings.cors_origins.iter().fold(Cors::default(), |cors, origin| cors.allowed_origin(origin));
    let cors = cors
        .allowed_methods(["GET", "POST"])
        .allowed_headers([header::AUTHORIZATION, header::CONTENT_TYPE, header::ACCEPT, header::IF_NONE_MATCH])
        .allowed_header(trace::REQUEST_ID)
        .allowed_header("idempotency-key")
        .expose_headers([trace::REQUEST_ID, header::ETAG])
        .max_age(600);
    middleware::Condition::new(!settings.cors_origins.is_empty(), cors)
}
