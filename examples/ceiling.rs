//! The ceiling that palts is held against: an actix-web server of two workers which answers every POST to `/graphql` with the bytes of a file,
//! whatever it was asked. `ceiling ADDRESS:PORT FILE`. Not a benchmark by itself: the load comes from `make bench` and `make bench-quick`.

use std::env;

use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpResponse, HttpServer};

async fn answer(_: Bytes, body: Data<Bytes>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json; charset=utf-8").body(body.get_ref().clone())
}

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [address, file] = arguments.as_slice() else {
        eprintln!("usage: ceiling ADDRESS:PORT FILE");
        return Ok(());
    };
    let body = Data::new(Bytes::from(std::fs::read(file)?));
    let serve = async {
        HttpServer::new(move || App::new().app_data(body.clone()).route("/graphql", web::post().to(answer)))
            .workers(2)
            .bind(address.as_str())?
            .run()
            .await
    };
    actix_web::rt::System::new().block_on(serve)
}
