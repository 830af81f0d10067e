//! Logs go to standard error: JSON for machines in production, text for people. What is logged is chosen where it is logged: never variables,
//! tokens or passwords.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

use super::{Done, Failure};
use crate::config::{Config, LogFormat};

/// Sets the logs up. Commands other than `serve` are for people, and say only what is wrong.
///
/// # Errors
/// When `log.level` is no list of directives.
pub fn init(config: &Config, serving: bool) -> Done {
    let level = if serving { config.log.level.as_str() } else { "warn" };
    let filter = EnvFilter::try_new(level).map_err(|error| Failure::new(format!("log.level: {error}")))?;
    let json = match config.log.format {
        LogFormat::Json => serving,
        LogFormat::Text => false,
        LogFormat::Auto => serving && !config.demonstration && !std::io::stderr().is_terminal(),
    };
    let logs = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let set = if json {
        logs.json().flatten_event(true).with_current_span(true).with_span_list(false).try_init()
    } else {
        logs.with_ansi(std::io::stderr().is_terminal()).try_init()
    };
    // Somebody who set the logs up before keeps them.
    drop(set);
    std::panic::set_hook(Box::new(|panic| {
        // The place only: the message may hold what a user sent.
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(%place, "panic");
    }));
    Ok(())
}
