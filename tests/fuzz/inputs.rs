//! What is done with each input under test: read it as the server would, and hold what was read against itself. Used by the fuzz targets and
//! by the suite, which replays the corpus.

#![allow(dead_code)] // Each target uses one of them.

use std::sync::OnceLock;

use palts::domain::Deadline;
use palts::exchange::properties::Names;
use palts::exchange::{
    boundaries as outlines, measures as figures, national_lists, schools as directory, sectors as mapped, users as accounts,
};
use palts::geometry::geojson::{self, FeatureLimits, Limits, canonical};
use palts::geometry::{GeometryFaultKind, measure, repair, sector, simplify, validity};
use palts::graphql::cost::Sizes;
use palts::graphql::document::Document;
use palts::graphql::node::NodeId;
use palts::graphql::request::Request;
use palts::graphql::schema::{Schema, schema};
use palts::graphql::{connection, variables as values};
use palts::keys::{Keys, token as tokens};
use palts::workflow::Rules;

/// A file of the size that an import takes in tests: fuzzers seldom go beyond.
const LIMITS: FeatureLimits =
    FeatureLimits { max_bytes: 1 << 20, max_features: 1_000, each: Limits { max_bytes: 1 << 18, max_positions: 2_000 } };

fn prepared() -> &'static Schema {
    static SCHEMA: OnceLock<&'static Schema> = OnceLock::new();
    SCHEMA.get_or_init(|| schema(palts::graphql::Settings::default().document_limits()))
}

/// A geometry: what is written of a sound one reads as the same (others have no one form, and of a ring whose positions are repeated nothing may be
/// left); what is mended or simplified is valid.
pub fn geojson(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(geometry) = geojson::parse_within(text, LIMITS.each) else { return };
    let written = geojson::write(&geometry);
    let again = geojson::parse_within(&written, LIMITS.each).map(|again| geojson::write(&again));
    if let Err(fault) = &again {
        assert_eq!(fault.kind, GeometryFaultKind::TooFewPositions, "{fault:?}");
    }
    let Ok(shape) = sector::polygons(geometry) else {
        if let Ok(again) = again {
            assert_eq!(again, written);
        }
        return;
    };
    let shape = canonical(&shape);
    if validity::faults(&shape, Deadline::NEVER).expect("no deadline").is_empty() {
        assert_eq!(again, Ok(written));
        assert_eq!(canonical(&shape), shape, "canonical once is canonical for good");
        let _ = (measure::area_km2(&shape), measure::centroid(&shape), measure::bbox(&shape));
        for (tolerance, version) in simplify::versions(&shape, Deadline::NEVER).expect("no deadline") {
            let version = geojson::parse(&version).unwrap_or_else(|fault| panic!("at {tolerance} m: {fault}"));
            let version = sector::polygons(version).expect("a simplified shape is of polygons");
            assert!(validity::faults(&version, Deadline::NEVER).expect("no deadline").is_empty(), "a simplified shape is valid");
        }
    } else if let Ok(mended) = repair::repair(&shape, Deadline::NEVER).expect("no deadline") {
        assert!(validity::faults(&mended.shape, Deadline::NEVER).expect("no deadline").is_empty(), "a mended shape is valid");
    }
}

/// A file of sectors.
pub fn sectors(bytes: &[u8]) {
    let _ = mapped::read(bytes, LIMITS, &mapped::SectorMapping::default());
}

/// A file of schools.
pub fn schools(bytes: &[u8]) {
    let _ = directory::read(bytes, LIMITS, &directory::SchoolMapping::default());
}

/// A file of outlines.
pub fn boundaries(bytes: &[u8]) {
    let _ = outlines::read(bytes, LIMITS, &Names::usual(&["code"]));
}

/// A file of measures.
pub fn measures(bytes: &[u8]) {
    let Ok(mut reader) = figures::MeasureReader::open(bytes) else { return };
    while let Ok(Some(_)) = reader.row() {}
}

/// A national list.
pub fn national_list(bytes: &[u8]) {
    let _ = national_lists::read(bytes);
}

/// A file of accounts.
pub fn users(bytes: &[u8]) {
    let _ = accounts::read(bytes);
}

/// The body of a request, down to its document and its price.
pub fn request(bytes: &[u8]) {
    let Ok(request) = Request::from_json(bytes) else { return };
    let Some(query) = request.query else { return };
    let Ok(document) =
        Document::read(prepared(), query, request.operation_name.as_deref(), Sizes { page: 50, list: 20, indicators: 250 })
    else {
        return;
    };
    if let Some(given) = request.variables.as_deref()
        && let Ok(given) = values::read(given, document.declared(), document.schema(), 100_000)
    {
        let _ = document.cost(&given);
    }
}

/// Variables alone, for a document that declares those of every kind.
pub fn variables(bytes: &[u8]) {
    static DOCUMENT: OnceLock<Document> = OnceLock::new();
    const TEXT: &str = "mutation($i: UpsertSectorsInput!, $m: RecordMeetingInput!, $s: [SchoolInput!]!) {
        upsertSectors(input: $i) { version } recordMeeting(input: $m) { id } upsertSchools(input: $s) { uai } }";
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let document = DOCUMENT.get_or_init(|| {
        Document::read(prepared(), TEXT.to_owned(), None, Sizes { page: 50, list: 20, indicators: 250 })
            .expect("a document of ours")
    });
    if let Ok(raw) = serde_json::value::RawValue::from_string(text.to_owned()) {
        let _ = values::read(&raw, document.declared(), document.schema(), 10_000);
    }
}

/// Ids and cursors: what is read is written as the same.
pub fn ids(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let _ = NodeId::read(&text.to_owned().into());
    let rules = Rules::default();
    if let Ok(page) = connection::PageRequest::new("users", None, Some(text), &rules)
        && let Some(key) = page.after
    {
        let again = connection::PageRequest::new("users", None, Some(&connection::cursor("users", &key)), &rules)
            .expect("a cursor of ours");
        assert_eq!(again.after.as_deref(), Some(key.as_str()));
    }
}

/// Tokens: nobody makes one without the key.
pub fn token(bytes: &[u8]) {
    static KEYS: OnceLock<Keys> = OnceLock::new();
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let keys = KEYS.get_or_init(|| Keys::ephemeral().expect("keys"));
    let now = chrono::DateTime::UNIX_EPOCH.naive_utc();
    assert!(tokens::verify(&keys.signing, "palts", now, text).is_err());
}
