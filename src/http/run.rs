//! The server's life: from its listeners to the signal that stops it, and what has to be done now and then in between.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::dev::ServerHandle;
use actix_web::rt::{self, System};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{App, serve, serve_metrics};
use crate::workflow::{Office, anchors, audit};

/// How often repeated refusals whose window is over are written down.
const FLUSH: Duration = Duration::from_secs(30);

/// How often the database looks at its tables again.
const ANALYZE: Duration = Duration::from_secs(3_600);

/// Serves until SIGTERM or SIGINT, then lets what is under way finish. Calls `ready` once requests are answered. Blocks; must
/// not be called inside an actix system.
///
/// # Errors
/// When a listener cannot be used.
pub fn run(app: App, listener: TcpListener, metrics: Option<TcpListener>, ready: impl FnOnce()) -> std::io::Result<()> {
    System::new().block_on(until_stopped(app, listener, metrics, ready))
}

async fn until_stopped(
    app: App,
    listener: TcpListener,
    metrics: Option<TcpListener>,
    ready: impl FnOnce(),
) -> std::io::Result<()> {
    let (terminate, interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let address = listener.local_addr()?;
    let server = serve(listener, app.clone())?;
    let mut metrics_handle = None;
    if let Some(listener) = metrics {
        let server = serve_metrics(listener, app.clone())?;
        metrics_handle = Some(server.handle());
        rt::spawn(server);
    }
    tracing::info!(%address, version = env!("CARGO_PKG_VERSION"), "palts serves");
    if app.edge.proxies.is_empty() {
        tracing::info!("no proxy is trusted: requests come from where their connections come from");
    } else {
        tracing::info!(proxies = ?app.edge.proxies, "these proxies are trusted to name their clients");
    }
    if app.settings.security_expiry().is_some_and(|expires| expires < app.office.clock.now()) {
        tracing::warn!("http.security_expires has passed: /.well-known/security.txt is no longer valid");
    }
    ready();
    rt::spawn(tend(Arc::clone(&app.office)));
    rt::spawn(stop(app, server.handle(), terminate, interrupt));
    server.await?;
    if let Some(handle) = metrics_handle {
        handle.stop(false).await;
    }
    tracing::info!("palts has stopped");
    Ok(())
}

/// The first signal stops in good order, within `http.shutdown_timeout_s`; the second at once.
async fn stop(app: App, server: ServerHandle, mut terminate: Signal, mut interrupt: Signal) {
    either(&mut terminate, &mut interrupt).await;
    tracing::info!("stopping: what is under way may finish");
    app.close();
    tokio::select! {
        () = server.stop(true) => {}
        () = either(&mut terminate, &mut interrupt) => {
            tracing::warn!("stopping at once");
            server.stop(false).await;
        }
    }
}

async fn either(terminate: &mut Signal, interrupt: &mut Signal) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}

/// What has to be done now and then while the server runs.
async fn tend(office: Arc<Office>) {
    let mut clock = tokio::time::interval(FLUSH);
    let every = Duration::from_secs(u64::from(office.desk.settings().anchor_minutes) * 60);
    let (mut anchored, mut analyzed) = (Instant::now(), Instant::now());
    loop {
        clock.tick().await;
        if !every.is_zero() && anchored.elapsed() >= every {
            anchored = Instant::now();
            let office = Arc::clone(&office);
            match tokio::task::spawn_blocking(move || anchors::write(&office, "system")).await {
                Ok(Ok(_)) => {}
                Ok(Err(error)) => tracing::error!(?error, "the audit could not be anchored"),
                Err(error) => tracing::error!(%error, "the audit could not be anchored"),
            }
        }
        if analyzed.elapsed() >= ANALYZE {
            analyzed = Instant::now();
            let office = Arc::clone(&office);
            match tokio::task::spawn_blocking(move || office.database.analyze()).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::warn!(?error, "the tables could not be looked at again"),
                Err(error) => tracing::warn!(%error, "the tables could not be looked at again"),
            }
        }
        let office = Arc::clone(&office);
        if let Err(error) = tokio::task::spawn_blocking(move || audit::flush_refusals(&office, false)).await {
            tracing::error!(%error, "refusals could not be written down");
        }
    }
}
