//! Media types of GraphQL over HTTP: which one an answer has, by `Accept`, and the status that goes with it (the draft's two sets of rules).

use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, HeaderMap};

use crate::graphql::answer::Answer;

/// How an answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Media {
    /// `application/graphql-response+json`: statuses tell what happened.
    GraphQl,
    /// `application/json`: 200 for every well-formed request, as older clients expect.
    Json,
}

impl Media {
    /// As a header.
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::GraphQl => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }

    /// The type that a client prefers; JSON when it does not say; none when it takes neither.
    #[must_use]
    pub fn accepted(headers: &HeaderMap) -> Option<Self> {
        let ranges: Vec<&str> = headers.get_all(ACCEPT).filter_map(|value| value.to_str().ok()).collect();
        if ranges.iter().all(|value| value.trim().is_empty()) {
            return Some(Self::Json);
        }
        let weigh = |wanted: &str| {
            let found = ranges.iter().flat_map(|value| value.split(',')).filter_map(|range| weight(range, wanted));
            // The most specific range that matches decides.
            found.max_by_key(|(specific, _)| *specific).map_or(0, |(_, weight)| weight)
        };
        let (graphql, json) = (weigh("application/graphql-response+json"), weigh("application/json"));
        let named = ranges.iter().any(|value| value.to_ascii_lowercase().contains("application/graphql-response+json"));
        match (graphql, json) {
            (0, 0) => None,
            (graphql, json) if named && graphql >= json => Some(Self::GraphQl),
            (_, json) if json > 0 => Some(Self::Json),
            _ => Some(Self::GraphQl),
        }
    }

    /// The status of an answer.
    #[must_use]
    pub fn status(self, answer: &Answer) -> StatusCode {
        if answer.executed {
            return StatusCode::OK;
        }
        if answer.retry_after_s.is_some() {
            return StatusCode::TOO_MANY_REQUESTS;
        }
        if answer.crowded {
            return StatusCode::SERVICE_UNAVAILABLE;
        }
        match answer.code {
            Some("UNAUTHENTICATED") => StatusCode::UNAUTHORIZED,
            Some("UNAVAILABLE") => StatusCode::SERVICE_UNAVAILABLE,
            Some("INTERNAL") => StatusCode::INTERNAL_SERVER_ERROR,
            _ => match self {
                Self::GraphQl => StatusCode::BAD_REQUEST,
                Self::Json => StatusCode::OK,
            },
        }
    }
}

/// How specific a range of `Accept` is and its weight in thousandths, if it matches.
fn weight(range: &str, wanted: &str) -> Option<(u8, u32)> {
    let mut parts = range.split(';').map(str::trim);
    let name = parts.next()?;
    let specific = if name.eq_ignore_ascii_case(wanted) {
        2
    } else if name.eq_ignore_ascii_case("application/*") {
        1
    } else if name == "*/*" {
        0
    } else {
        return None;
    };
    let mut weight = 1000;
    // Some clients end with a semicolon, or write two.
    for parameter in parts.filter(|parameter| !parameter.is_empty()) {
        let (name, value) = parameter.split_once('=')?;
        match name.trim().to_ascii_lowercase().as_str() {
            "q" => weight = thousandths(value.trim())?,
            "charset" if !is_utf8(value) => return None,
            _ => {}
        }
    }
    Some((specific, weight))
}

fn thousandths(text: &str) -> Option<u32> {
    let value: f32 = text.parse().ok()?;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // between 0 and 1000
    (0.0..=1.0).contains(&value).then_some((value * 1000.0) as u32)
}

/// Whether the client takes an answer that is compressed with gzip.
#[must_use]
pub fn takes_gzip(headers: &HeaderMap) -> bool {
    let values = headers.get_all(ACCEPT_ENCODING).filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let is_gzip = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        is_gzip
            && parts
                .filter_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")))
                .all(|weight| thousandths(weight).is_some_and(|it| it > 0))
    })
}

/// Whether a body says that it is JSON in UTF-8.
#[must_use]
pub fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) else { return false };
    let mut parts = value.split(';').map(str::trim);
    parts.next().is_some_and(|name| name.eq_ignore_ascii_case("application/json"))
        && parts
            .filter_map(|parameter| parameter.split_once('='))
            .all(|(name, value)| !name.trim().eq_ignore_ascii_case("charset") || is_utf8(value))
}

fn is_utf8(value: &str) -> bool {
    let value = value.trim().trim_matches('"');
    value.eq_ignore_ascii_case("utf-8") || value.eq_ignore_ascii_case("utf8")
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn accepting(range: &'static str) -> Option<Media> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static(range));
        Media::accepted(&headers)
    }

    #[test]
    fn the_client_chooses_the_media_type() {
        assert_eq!(Media::accepted(&HeaderMap::new()), Some(Media::Json));
        assert_eq!(accepting("*/*"), Some(Media::Json));
        assert_eq!(accepting("application/json"), Some(Media::Json));
        assert_eq!(accepting("application/graphql-response+json"), Some(Media::GraphQl));
        assert_eq!(accepting("application/graphql-response+json, application/json;q=0.9"), Some(Media::GraphQl));
        assert_eq!(accepting("application/graphql-response+json;q=0.5, application/json"), Some(Media::Json));
        assert_eq!(accepting("application/graphql-response+json;q=0, */*"), Some(Media::Json));
        assert_eq!(accepting("application/json;q=0, */*"), Some(Media::GraphQl));
        assert_eq!(accepting("application/json;"), Some(Media::Json));
        assert_eq!(accepting("application/json; ;q=0.5"), Some(Media::Json));
        assert_eq!(accepting("application/graphql-response+json; , application/json ;;"), Some(Media::GraphQl));
        assert_eq!(accepting("Application/*"), Some(Media::Json));
        assert_eq!(accepting("text/html"), None);
        assert_eq!(accepting("application/json; charset=latin1"), None);
    }

    #[test]
    fn a_body_must_be_json_in_utf_8() {
        let says = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(value));
            is_json(&headers)
        };
        assert!(says("application/json"));
        assert!(says("Application/JSON; charset=\"UTF-8\""));
        assert!(!says("application/json; charset=latin1"));
        assert!(!says("text/plain"));
        assert!(!says("application/graphql"));
    }
}
