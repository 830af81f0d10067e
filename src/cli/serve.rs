//! `palts serve`: listens until SIGTERM or SIGINT, then lets what is under way finish.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use clap::Args;

use super::{Done, Failure, start};
use crate::config::Config;
use crate::http::{self, App};

/// What may be asked of it.
#[derive(Args)]
pub struct Arguments {
    /// Listen here instead of `http.address`.
    #[arg(long, value_name = "ADDRESS:PORT")]
    address: Option<SocketAddr>,
}

/// Does it.
pub fn run(config: &Config, arguments: &Arguments) -> Done {
    let office = start::server(config)?;
    office.database.analyze()?;
    let address = arguments.address.unwrap_or(config.http.address);
    let listener = listen(address)?;
    let metrics = config.http.metrics().map_err(Failure::new)?.map(listen).transpose()?;
    let app = App::new(Arc::clone(&office), config.graphql.clone(), config.http.clone()).map_err(Failure::new)?;
    if config.demonstration {
        tracing::warn!("demonstration mode: accounts have known passwords; no real plan belongs here");
    }
    drop(office);
    http::run(app, listener, metrics).map_err(Failure::new)
}

fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).map_err(|error| {
        Failure::new(format!(
            "cannot listen on {address}: {error}; PALTS_HTTP__ADDRESS and PALTS_HTTP__METRICS_ADDRESS say where else"
        ))
    })
}
