//! `/.well-known/security.txt` (RFC 9116): whom to tell of a weakness. From the configuration; without a contact there is no such file.

use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::Data;

use super::App;
use super::files;

/// `GET /.well-known/security.txt`.
pub async fn security_txt(app: Data<App>) -> HttpResponse {
    let settings = &app.settings;
    let Some(expires) = settings.security_expiry().filter(|_| !settings.security_contact.is_empty()) else {
        return files::nothing();
    };
    let (contact, expires) = (settings.security_contact.trim(), expires.format("%Y-%m-%dT%H:%M:%SZ"));
    let mut text = format!("Contact: {contact}\nExpires: {expires}\nPreferred-Languages: fr, en\n");
    if !settings.security_policy.is_empty() {
        text.push_str(&format!("Policy: {}\n", settings.security_policy));
    }
    HttpResponse::Ok().insert_header((CACHE_CONTROL, "max-age=86400")).content_type("text/plain; charset=utf-8").body(text)
}
