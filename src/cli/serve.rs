//! `palts serve`: listens until SIGTERM or SIGINT, then lets what is under way finish.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::sync::Arc;

use clap::Args;

use super::out::say;
use super::{Done, Failure, demo, start};
use crate::config::Config;
use crate::http::{self, App};

/// What may be asked of it.
#[derive(Args)]
pub struct Arguments {
    /// Écoute ici, et non sur `http.address`.
    #[arg(long, value_name = "ADRESSE:PORT")]
    address: Option<SocketAddr>,
}

/// Does it.
pub fn run(config: &Config, arguments: &Arguments) -> Done {
    let office = start::server(config)?;
    office.database.analyze()?;
    let address = arguments.address.unwrap_or(config.http.address);
    let setting = if arguments.address.is_some() { "--address" } else { "http.address (PALTS_HTTP__ADDRESS)" };
    let listener = listen(address, setting, "")?;
    let metrics = config.http.metrics().map_err(Failure::new)?;
    let otherwise = " ; \"\" pour n’en servir aucune";
    let metrics = metrics.map(|at| listen(at, "http.metrics_address (PALTS_HTTP__METRICS_ADDRESS)", otherwise)).transpose()?;
    let app = App::new(Arc::clone(&office), config.graphql.clone(), config.http.clone()).map_err(Failure::new)?;
    start::warn_of_open_files(config);
    if config.demonstration {
        tracing::warn!("demonstration mode: accounts have known passwords; no real plan belongs here");
    }
    let explorer = app.serves_explorer();
    let bound = listener.local_addr().map_err(Failure::new)?;
    drop(office);
    let served = http::run(app, listener, metrics, || {
        // Who tries palts out is told last where to look.
        if config.demonstration
            && let Err(Failure::Refused(fault)) = welcome(bound, explorer)
        {
            tracing::warn!(fault, "the address could not be printed");
        }
    });
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

/// Listens, or names the setting that says where.
fn listen(address: SocketAddr, setting: &str, otherwise: &str) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).map_err(|error| {
        let why = match error.kind() {
            ErrorKind::AddrInUse => "l’adresse est déjà prise, par exemple par une autre instance".to_owned(),
            _ => error.to_string(),
        };
        Failure::new(format!("{setting} : impossible d’écouter sur {address} ({why}) ; en donner une autre{otherwise}"))
    })
}
