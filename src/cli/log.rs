//! Logs go to standard error: JSON for machines in production, text for people. What is logged is chosen where it is logged: never variables,
//! tokens or passwords. Nothing waits for them to be written: see [`logs`](crate::logs).

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

use super::{Done, Failure};
use crate::config::{Config, LogFormat};
use crate::logs::{self, Line};

/// Sets the logs up. Commands other than `serve` are for people, and say only what is wrong.
///
/// # Errors
/// When `log.level` is no list of directives.
pub fn init(config: &Config, serving: bool) -> Done {
    let level = if serving { config.log.level.as_str() } else { "warn" };
    let filter = EnvFilter::try_new(quietened(level)).map_err(|error| Failure::new(format!("log.level: {error}")))?;
    let json = match config.log.format {
        LogFormat::Json => serving,
        LogFormat::Text => false,
        LogFormat::Auto => serving && !config.demonstration && !std::io::stderr().is_terminal(),
    };
    logs::start(std::io::stderr(), json).map_err(Failure::new)?;
    // A line that cannot be written is counted, and not complained of: standard error is where it could not be written.
    let lines = fmt().with_env_filter(filter).with_writer(Line::new).log_internal_errors(false);
    let set = if json {
        lines.json().flatten_event(true).with_current_span(true).with_span_list(false).try_init()
    } else {
        lines.with_ansi(std::io::stderr().is_terminal()).try_init()
    };
    // Somebody who set the logs up before keeps them.
    drop(set);
    std::panic::set_hook(Box::new(logs::note_panic));
    Ok(())
}

/// Without what actix says at ERROR of requests that are no HTTP, which anybody can send as often as he likes: they are
/// [counted](crate::http::edge::Edge::ended). Shown to whoever names `actix_http` in `log.level`.
fn quietened(level: &str) -> String {
    if level.contains("actix_http") {
        return level.to_owned();
    }
    format!("{level},actix_http::h1::dispatcher=off,actix_http::h1::decoder=off")
}
