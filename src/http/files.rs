//! The explorer at `/graphiql`, from assets embedded in the binary: ministries' networks are closed. Nothing is loaded from elsewhere, and the
//! page's policy forbids it.

use std::borrow::Cow;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, LOCATION};
use actix_web::web::{Bytes, Path};
use actix_web::{HttpRequest, HttpResponse};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::tags;

#[derive(RustEmbed)]
#[folder = "web/graphiql/dist"]
#[allow_missing = true]
struct Assets;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; frame-ancestors 'none'; \
                      base-uri 'none'; form-action 'none'";

/// `GET /`: there is nothing but the explorer to look at.
pub async fn to_explorer() -> HttpResponse {
    HttpResponse::SeeOther().insert_header((LOCATION, "/graphiql")).finish()
}

/// `GET /graphiql`.
pub async fn explorer(request: HttpRequest) -> HttpResponse {
    send(&request, "index.html")
}

/// `GET /graphiql/…`.
pub async fn asset(request: HttpRequest, path: Path<String>) -> HttpResponse {
    send(&request, if path.is_empty() { "index.html" } else { &path })
}

/// What no route answers.
pub async fn not_found() -> HttpResponse {
    nothing()
}

/// The answer where nothing is.
pub fn nothing() -> HttpResponse {
    HttpResponse::NotFound()
        .content_type("application/json; charset=utf-8")
        .body(r#"{"errors":[{"message":"introuvable","extensions":{"code":"NOT_FOUND"}}]}"#)
}

fn send(request: &HttpRequest, path: &str) -> HttpResponse {
    // Only names of the embedded table are found: no path leads out of it.
    let Some(EmbeddedFile { data, metadata, .. }) = Assets::get(path) else {
        return HttpResponse::NotFound().content_type("text/plain; charset=utf-8").body("not found\n");
    };
    let tag: String = metadata.sha256_hash().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let tag = format!("\"{tag}\"");
    let known = tags::are_known(request.headers(), &tag);
    // The same headers on both: browsers keep an asset under those of the last 304, the page's policy among them.
    let mut answer = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    answer.insert_header((ETAG, tag)).insert_header((CACHE_CONTROL, "no-cache")).insert_header((CONTENT_SECURITY_POLICY, POLICY));
    if known {
        return answer.finish();
    }
    let kind = metadata.mimetype();
    let kind =
        if kind.starts_with("text/") || kind.ends_with("+xml") { format!("{kind}; charset=utf-8") } else { kind.to_owned() };
    answer.insert_header((CONTENT_TYPE, kind));
    // Assets lie in the program: however many are on their way, they take no memory.
    match data {
        Cow::Borrowed(data) => answer.body(Bytes::from_static(data)),
        Cow::Owned(data) => answer.body(data),
    }
}
