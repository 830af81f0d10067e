//! The HTTP room: the actix application. Routes, limits, who calls from where, and the statuses of answers. No rule is here, and no SQL.

pub mod body;
pub mod budget;
pub mod connection;
pub mod edge;
pub mod examiners;
mod files;
mod graphql;
mod health;
mod idle_buffers;
pub mod imports;
mod media;
pub mod metrics;
mod outgoing;
pub mod pace;
mod parameters;
pub mod proxies;
pub mod request;
mod routes;
mod run;
mod settings;
mod tags;
mod trace;
pub mod uploading;
mod well_known;

use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_cors::Cors;
use actix_http::error::DispatchError;
use actix_http::{HttpService, Protocol};
use actix_service::{IntoServiceFactory as _, ServiceFactoryExt as _, fn_service, map_config};
use actix_web::dev::{AppConfig, Server};
use actix_web::http::header;
use actix_web::rt::net::TcpStream;
use actix_web::{HttpServer, middleware, web};

use self::connection::Watched;
use crate::graphql::{self as engine, Runner};
use crate::workflow::{Office, Result};

pub use run::run;
pub use settings::{Explorer, Settings};

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
    /// What requests must pass.
    pub edge: Arc<edge::Edge>,
    closing: Arc<AtomicBool>,
}

impl App {
    /// The application over an office.
    ///
    /// # Errors
    /// INVALID for a registered document that cannot be read, or a trusted proxy that is none.
    pub fn new(office: Arc<Office>, limits: engine::Settings, settings: Settings) -> Result<Self> {
        let runner = Arc::new(Runner::new(Arc::clone(&office), limits)?);
        let edge = Arc::new(edge::Edge::new(&settings)?);
        let metrics = Arc::new(metrics::Metrics::new(Arc::clone(&office), Arc::clone(&runner), Arc::clone(&edge)));
        Ok(Self {
            office,
            runner,
            settings: Arc::new(settings),
            metrics,
            readiness: Arc::default(),
            edge,
            closing: Arc::default(),
        })
    }

    /// Says that the server is about to stop: `/readyz` answers 503 from now on, so that balancers send nobody any more.
    pub fn close(&self) {
        self.closing.store(true, Ordering::Relaxed);
    }

    /// Whether the explorer is served.
    #[must_use]
    pub fn serves_explorer(&self) -> bool {
        match self.settings.graphiql {
            Explorer::Auto => self.office.desk.is_demonstration(),
            Explorer::Always => true,
            Explorer::Never => false,
        }
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
/// The connections are [watched](connection::Watched), which `HttpServer` has no way to say: this is what it does for a plain listener.
///
/// # Errors
/// When the listener cannot be used.
pub fn serve(listener: TcpListener, app: App) -> io::Result<Server> {
    let (settings, address) = (Arc::clone(&app.settings), listener.local_addr()?);
    let builder = Server::build()
        .workers(settings.workers)
        .max_concurrent_connections(settings.max_connections)
        .shutdown_timeout(settings.shutdown_timeout_s)
        .disable_signals();
    let stopping = builder.graceful_shutdown_signal();
    let builder = builder.listen("palts", listener, move || {
        let stopping = stopping.clone();
        let served = actix_web::App::new()
            .app_data(web::Data::new(app.clone()))
            .configure(|config| routes::api(config, &app))
            .default_service(web::to(files::not_found))
            .wrap(cors(&app.settings))
            .wrap(security(&app.settings))
            .wrap(middleware::from_fn(trace::trace))
            .wrap(middleware::from_fn(idle_buffers::let_go))
            .into_factory()
            .map_err(|error: actix_web::Error| error.error_response());
        let http = HttpService::build()
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .client_request_timeout(Duration::from_millis(app.settings.head_timeout_ms))
            .client_disconnect_timeout(Duration::from_secs(2))
            .keep_alive(Duration::from_secs(app.settings.keep_alive_s))
            .local_addr(address)
            .on_connect_ext(|io: &Watched, data| {
                data.insert(io.received());
            })
            .finish(map_config(served, |()| AppConfig::default()));
        let (edge, pace) = (Arc::clone(&app.edge), app.settings.answer_pace());
        let watched = move |io: TcpStream| {
            let peer = io.peer_addr().ok();
            let watched = match edge.connect(peer.map(|peer| peer.ip())) {
                Some(place) => Ok((Watched::new(io, pace, &edge.connections, place), Protocol::Http1, peer)),
                None => {
                    Watched::turn_away(&io);
                    Err(DispatchError::Io(io::Error::other("too many connections from this address")))
                }
            };
            std::future::ready(watched)
        };
        let edge = Arc::clone(&app.edge);
        fn_service(watched).and_then(http).map_err(move |error| {
            edge.ended(&error);
            error
        })
    })?;
    Ok(builder.run())
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
    let cors = settings.cors_origins.iter().fold(Cors::default(), |cors, origin| cors.allowed_origin(origin.trim()));
    let cors = settings.cors_headers.iter().fold(cors, |cors, name| cors.allowed_header(name.trim()));
    let cors =
        cors.allowed_methods(["GET", "POST"]).expose_headers([trace::REQUEST_ID, header::ETAG, header::RETRY_AFTER]).max_age(600);
    middleware::Condition::new(!settings.cors_origins.is_empty(), cors)
}
