//! The routes of the API, in one table. Each route reads its own body under its own limit.

use actix_web::web::{self, ServiceConfig};

use super::{App, files, graphql, health, imports, well_known};

/// Adds every route.
pub fn api(config: &mut ServiceConfig, app: &App) {
    config
        .service(
            web::resource("/graphql")
                .route(web::get().to(graphql::get))
                .route(web::post().to(graphql::post))
                .default_service(web::to(graphql::other_method)),
        )
        // Some balancers ask with HEAD.
        .service(web::resource("/healthz").route(web::get().to(health::alive)).route(web::head().to(health::alive)))
        .service(web::resource("/readyz").route(web::get().to(health::ready)).route(web::head().to(health::ready)));
    // ------------------------------------------------------------ imports
    config
        .service(imports::route("/imports/sectors", imports::sectors))
        .service(imports::route("/imports/schools", imports::schools))
        .service(imports::route("/imports/boundaries", imports::boundaries))
        .service(imports::route("/imports/national-list", imports::national_list));

    config.service(
        web::resource("/.well-known/security.txt")
            .route(web::get().to(well_known::security_txt))
            .route(web::head().to(well_known::security_txt)),
    );
    if app.serves_explorer() {
        config
            .route("/", web::get().to(files::to_explorer))
            .route("/graphiql", web::get().to(files::explorer))
            .route("/graphiql/{path:.*}", web::get().to(files::asset));
    }
}
