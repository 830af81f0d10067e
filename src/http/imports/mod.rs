//! Imports by upload, for those who have no shell: `POST /imports/…` with the file as its body, what is asked for as parameters, and the
//! report as the answer. Not for GraphQL, whose bodies are small.

mod parameters;
mod upload;

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::web::{self, Data, Payload};
use actix_web::{Handler, HttpRequest, HttpResponse, Resource, Responder};

pub use parameters::target;
use parameters::{Boundaries, NationalListOf, Schools, Sectors};

use super::App;
use crate::domain::Message;
use crate::workflow::Error;

/// The resource of one import: POST alone.
pub fn route<F>(path: &str, handler: F) -> Resource
where
    F: Handler<(HttpRequest, Payload, Data<App>)>,
    F::Output: Responder + 'static,
{
    web::resource(path).route(web::post().to(handler)).default_service(web::to(other_method))
}

/// `POST /imports/sectors`.
pub async fn sectors(request: HttpRequest, payload: Payload, app: Data<App>) -> HttpResponse {
    let import = parameters::read(&request).and_then(Sectors::import);
    upload::answer(request, payload, app, import).await
}

/// `POST /imports/schools`.
pub async fn schools(request: HttpRequest, payload: Payload, app: Data<App>) -> HttpResponse {
    let import = parameters::read(&request).and_then(Schools::import);
    upload::answer(request, payload, app, import).await
}

/// `POST /imports/boundaries`.
pub async fn boundaries(request: HttpRequest, payload: Payload, app: Data<App>) -> HttpResponse {
    let import = parameters::read(&request).and_then(Boundaries::import);
    upload::answer(request, payload, app, import).await
}

/// `POST /imports/national-list`.
pub async fn national_list(request: HttpRequest, payload: Payload, app: Data<App>) -> HttpResponse {
    let import = parameters::read(&request).and_then(NationalListOf::import);
    upload::answer(request, payload, app, import).await
}

async fn other_method(request: HttpRequest) -> HttpResponse {
    let error = Error::invalid("method", Message::new("METHOD", "doit être POST"));
    let mut response = upload::refuse(&request, StatusCode::METHOD_NOT_ALLOWED, error);
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
    response
}
