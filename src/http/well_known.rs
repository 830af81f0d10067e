//! `/.well-known/security.txt` (RFC 9116): whom to tell of a weakness. From the configuration; without a contact, and once it has
//! expired, there is no such file.

use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::Data;
use chrono::NaiveDateTime;

use super::App;
use super::files;

/// `GET` and `HEAD` of `/.well-known/security.txt`.
pub async fn security_txt(app: Data<App>) -> HttpResponse {
    let settings = &app.settings;
    // What has expired is to be believed no longer, so it is not said (RFC 9116, section 2.5.5).
    let is_good = |expires: &NaiveDateTime| !settings.security_contact.is_empty() && *expires >= app.office.clock.now();
    let Some(expires) = settings.security_expiry().filter(is_good) else {
        return files::nothing();
    };
    let (contact, expires) = (settings.security_contact.trim(), expires.format("%Y-%m-%dT%H:%M:%SZ"));
    let mut text = format!("Contact: {contact}\nExpires: {expires}\nPreferred-Languages: fr, en\n");
    if !settings.security_policy.is_empty() {
        text.push_str(&format!("Policy: {}\n", settings.security_policy));
    }
    HttpResponse::Ok().insert_header((CACHE_CONTROL, "max-age=86400")).content_type("text/plain; charset=utf-8").body(text)
}
