//! ETags as they come back: weak or strong, one or several, and with what servers in between have added to them.

use actix_web::http::header::{HeaderMap, IF_NONE_MATCH};

/// What servers that compress an answer put behind its tag: Apache `-gzip`, `-br` and `;gzip`, Jetty `--gzip`, and their kind.
const ADDED: [&str; 9] = ["-gzip", "--gzip", ";gzip", "-br", "--br", ";br", "-zstd", ";zstd", "-deflate"];

/// Whether the client has what bears this tag; compared weakly, as RFC 9110 has it.
#[must_use]
pub fn are_known(headers: &HeaderMap, etag: &str) -> bool {
    let wanted = opaque(etag);
    headers
        .get_all(IF_NONE_MATCH)
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.trim() == "*" || value.split(',').map(opaque).any(|known| known == wanted || plain(known) == wanted))
}

/// Without weakness and quotes.
fn opaque(tag: &str) -> &str {
    let tag = tag.trim();
    tag.strip_prefix("W/").or_else(|| tag.strip_prefix("w/")).unwrap_or(tag).trim_matches('"')
}

/// Without what was added.
fn plain(tag: &str) -> &str {
    // Some put it behind the closing quote.
    ADDED.iter().filter_map(|added| tag.strip_suffix(added)).min_by_key(|plain| plain.len()).unwrap_or(tag).trim_end_matches('"')
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn known(value: &'static str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(IF_NONE_MATCH, HeaderValue::from_static(value));
        are_known(&headers, "W/\"abc\"")
    }

    #[test]
    fn a_tag_is_known_in_each_of_its_forms() {
        for tag in [
            "W/\"abc\"",
            "\"abc\"",
            "W/\"abc-gzip\"",
            "\"abc-gzip\"",
            "\"abc--gzip\"",
            "\"abc;gzip\"",
            "W/\"abc-br\"",
            "*",
            "\"x\", W/\"abc\"",
            "\"x\",\"abc-gzip\"",
            "W/\"abc\";gzip",
        ] {
            assert!(known(tag), "{tag}");
        }
        for tag in ["", "\"abcd\"", "\"x\"", "\"abc-other\"", "\"ab\"", "\"-gzip\""] {
            assert!(!known(tag), "{tag}");
        }
    }
}
