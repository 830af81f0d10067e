//! The server's life: from its listeners to the signal that stops it, and what has to be done now and then in between.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use actix_web::dev::ServerHandle;
use actix_web::rt::{self, System};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{App, serve, serve_metrics};
use crate::workflow::{Office, anchors, audit, idempotency};

/// How often repeated refusals whose window is over are written down.
const FLUSH: Duration = Duration::from_secs(30);

/// How often keys of requests that are too old are removed.
const PURGE: Duration = Duration::from_secs(600);

/// What each step of the end gets at least, once the time is over.
const LAST: Duration = Duration::from_millis(500);

/// How often the database looks at its tables again.
const ANALYZE: Duration = Duration::from_secs(3_600);

/// Serves until SIGTERM or SIGINT, then lets what is under way finish, and closes the database: nothing holds a connection any more when this
/// returns, but for connections that are silent. Calls `ready` once requests are answered. Blocks; must not be called inside an actix system.
///
/// # Errors
/// When a listener cannot be used.
pub fn run(app: App, listener: TcpListener, metrics: Option<TcpListener>, ready: impl FnOnce()) -> std::io::Result<()> {
    let office = Arc::clone(&app.office);
    let within = Duration::from_secs(app.settings.shutdown_timeout_s);
    let tending = Tending::over(Arc::clone(&office))?;
    let served = System::new().block_on(until_stopped(app, listener, metrics, ready));
    let end = served.as_ref().map_or_else(|_| Instant::now(), |stopping| *stopping) + within;
    let left = || end.saturating_duration_since(Instant::now()).max(LAST);
    tending.end(left());
    let last = Arc::clone(&office);
    if let Ok(thread) = std::thread::Builder::new().spawn(move || audit::flush_refusals(&last, true)) {
        ended(thread, left());
    }
    if !office.close(left()) {
        tracing::warn!("the database does not answer: its last connections are left as they are");
    }
    tracing::info!("palts has stopped");
    served.map(|_| ())
}

/// Answers when it was asked to stop.
async fn until_stopped(
    app: App,
    listener: TcpListener,
    metrics: Option<TcpListener>,
    ready: impl FnOnce(),
) -> std::io::Result<Instant> {
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
        let (proxies, header) = (&app.edge.proxies, app.edge.proxies.header());
        tracing::info!(%proxies, %header, "these proxies are trusted to name their clients");
    }
    if app.settings.security_expiry().is_some_and(|expires| expires < app.office.clock.now()) {
        tracing::warn!("http.security_expires has passed: /.well-known/security.txt is no longer valid");
    }
    ready();
    let stopping = rt::spawn(stop(app, server.handle(), terminate, interrupt));
    server.await?;
    if let Some(handle) = metrics_handle {
        handle.stop(false).await;
    }
    Ok(stopping.await.unwrap_or_else(|_| Instant::now()))
}

/// The first signal stops in good order, within `http.shutdown_timeout_s`; the second at once.
async fn stop(app: App, server: ServerHandle, mut terminate: Signal, mut interrupt: Signal) -> Instant {
    either(&mut terminate, &mut interrupt).await;
    let at = Instant::now();
    tracing::info!("stopping: what is under way may finish");
    app.close();
    tokio::select! {
        () = server.stop(true) => {}
        () = either(&mut terminate, &mut interrupt) => {
            tracing::warn!("stopping at once");
            server.stop(false).await;
        }
    }
    at
}

async fn either(terminate: &mut Signal, interrupt: &mut Signal) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}

/// What has to be done now and then while the server runs, on a thread of its own: one that waits for a silent database keeps nothing else.
struct Tending {
    /// Its end ends the thread.
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

impl Tending {
    fn over(office: Arc<Office>) -> std::io::Result<Self> {
        let (stop, stopped) = channel();
        let thread = std::thread::Builder::new().name("tending".to_owned()).spawn(move || tend(&office, &stopped))?;
        Ok(Self { stop, thread })
    }

    /// Ends it, and waits so long for what it does.
    fn end(self, within: Duration) {
        let Self { stop, thread } = self;
        drop(stop);
        ended(thread, within);
    }
}

/// Waits so long for a thread to end; one that waits for a silent database is left to itself.
fn ended(thread: JoinHandle<()>, within: Duration) {
    let end = Instant::now() + within;
    while !thread.is_finished() && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(5));
    }
    if thread.is_finished() && thread.join().is_err() {
        tracing::error!("what had to be done at the end panicked");
    }
}

fn tend(office: &Office, stopped: &Receiver<()>) {
    let every = Duration::from_secs(u64::from(office.desk.settings().anchor_minutes) * 60);
    let (mut anchored, mut analyzed, mut purged) = (Instant::now(), Instant::now(), Instant::now());
    while matches!(stopped.recv_timeout(FLUSH), Err(RecvTimeoutError::Timeout)) {
        if !every.is_zero() && anchored.elapsed() >= every {
            anchored = Instant::now();
            if let Err(error) = anchors::write(office, "system") {
                tracing::error!(?error, "the audit could not be anchored");
            }
        }
        if analyzed.elapsed() >= ANALYZE {
            analyzed = Instant::now();
            if let Err(error) = office.database.analyze() {
                tracing::warn!(?error, "the tables could not be looked at again");
            }
        }
        if purged.elapsed() >= PURGE {
            purged = Instant::now();
            if let Err(error) = idempotency::purge(office) {
                tracing::warn!(?error, "keys of requests could not be removed");
            }
        }
        audit::flush_refusals(office, false);
    }
}
