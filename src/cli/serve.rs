//! `palts serve`: listens until SIGTERM or SIGINT, then lets what is under way finish.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::dev::ServerHandle;
use actix_web::rt::System;
use clap::Args;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{Done, Failure, start};
use crate::config::Config;
use crate::http::{self, App};
use crate::workflow::{Office, anchors, audit};

/// How often repeated refusals whose window is over are written down.
const FLUSH: Duration = Duration::from_secs(30);

/// What may be asked of it.
#[derive(Args)]
pub struct Arguments {
    /// Listen here instead of `http.address`.
    #[arg(long, value_name = "ADDRESS:PORT")]
    address: Option<SocketAddr>,
}

/// Does it.
pub fn run(config: &Config, arguments: Arguments) -> Done {
    let office = start::office(config)?;
    let address = arguments.address.unwrap_or(config.http.address);
    let listener = listen(address)?;
    let metrics = config.http.metrics().map_err(Failure::new)?.map(listen).transpose()?;
    let app = App::new(Arc::clone(&office), config.graphql.clone(), config.http.clone());
    let served = System::new().block_on(serve(app, listener, metrics, config.demonstration));
    audit::flush_refusals(&office, true);
    served.map_err(Failure::new)
}

fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).map_err(|error| Failure::new(format!("cannot listen on {address}: {error}")))
}

async fn serve(app: App, listener: TcpListener, metrics: Option<TcpListener>, demonstration: bool) -> std::io::Result<()> {
    let (terminate, interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let address = listener.local_addr()?;
    let server = http::serve(listener, app.clone())?;
    let mut metrics_handle = None;
    if let Some(listener) = metrics {
        let server = http::serve_metrics(listener, app.clone())?;
        metrics_handle = Some(server.handle());
        actix_web::rt::spawn(server);
    }
    tracing::info!(%address, demonstration, version = env!("CARGO_PKG_VERSION"), "palts serves");
    actix_web::rt::spawn(tend(Arc::clone(&app.office)));
    actix_web::rt::spawn(stop(app, server.handle(), terminate, interrupt));
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
    let orderly = server.stop(true);
    tokio::select! {
        () = orderly => {}
        () = either(&mut terminate, &mut interrupt) => {
            tracing::warn!("stopping at once");
            server.stop(false).await;
        }
    }
}

/// What has to be done now and then while the server runs.
async fn tend(office: Arc<Office>) {
    let mut clock = tokio::time::interval(FLUSH);
    let every = Duration::from_secs(u64::from(office.desk.settings().anchor_minutes) * 60);
    let mut anchored = Instant::now();
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
        let office = Arc::clone(&office);
        if let Err(error) = tokio::task::spawn_blocking(move || audit::flush_refusals(&office, false)).await {
            tracing::error!(%error, "refusals could not be written down");
        }
    }
}

async fn either(terminate: &mut Signal, interrupt: &mut Signal) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}
