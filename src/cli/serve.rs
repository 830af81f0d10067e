//! `palts serve`: listens until SIGTERM or SIGINT, then lets what is under way finish.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::sync::Arc;

use clap::Args;

use super::out::say;
use super::{Done, Failure, demo, start};
use crate::config::Config;
use crate::http::{self, App};
use crate::workflow::audit;

/// What may be asked of it.
#[derive(Args)]
pub struct Arguments {
    /// Listen here instead of `http.address`.
    #[arg(long, value_name = "ADDRESS:PORT")]
    address: Option<SocketAddr>,
}

/// Does it.
pub fn run(config: &Config, arguments: &Arguments) -> Done {
    let office = start::office(config)?;
    office.database.analyze()?;
    let address = arguments.address.unwrap_or(config.http.address);
    let listener = listen(address)?;
    let metrics = config.http.metrics().map_err(Failure::new)?.map(listen).transpose()?;
    let app = App::new(Arc::clone(&office), config.graphql.clone(), config.http.clone()).map_err(Failure::new)?;
    if config.demonstration {
        tracing::warn!("demonstration mode: accounts have known passwords; no real plan belongs here");
    }
    let bound = listener.local_addr().map_err(Failure::new)?;
    let served = http::run(app, listener, metrics, || {
        // Who tries palts out is told last where to look.
        if config.demonstration
            && let Err(Failure::Refused(fault)) = welcome(bound, config.http.graphiql)
        {
            tracing::warn!(fault, "the address could not be printed");
        }
    });
    audit::flush_refusals(&office, true);
    served.map_err(Failure::new)
}

fn welcome(mut address: SocketAddr, explorer: bool) -> Done {
    if address.ip().is_unspecified() {
        address.set_ip(if address.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() });
    }
    let place = if explorer { format!("l’explorateur : http://{address}/graphiql") } else { format!("http://{address}") };
    let accounts = demo::users::described();
    say!("\n{accounts}\npalts est prêt. Ouvrez {place}\n(API : http://{address}/graphql ; Ctrl+C arrête le serveur.)")
}

fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).map_err(|error| {
        Failure::new(format!(
            "cannot listen on {address}: {error}; PALTS_HTTP__ADDRESS and PALTS_HTTP__METRICS_ADDRESS say where else"
        ))
    })
}
