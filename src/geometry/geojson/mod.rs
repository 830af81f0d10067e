//! GeoJSON (RFC 7946) in and out: geometries from users, feature collections from files.
//! Written on `serde_json`'s visitors rather than on the `geojson` crate, because what comes in is hostile or faulty: every fault needs its
//! kind and place, a faulty feature must not fail its file, and size is bounded before anything is built.
//! Not for judging shapes (`validity`) nor areas (`sector`).

mod coordinates;
mod feature;
mod features;
mod json;
mod properties;
mod read;
mod write;

pub use feature::{Excess, Feature};
pub use features::{Collection, CollectionFault, FeatureLimits, read_collection, read_features};
pub use read::{Limits, parse, parse_point, parse_within};
pub use write::{at_kept_decimals, canonical, rounded, write, write_point};
