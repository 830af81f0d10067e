//! Shapes on the WGS 84 ellipsoid: GeoJSON in and out, validity with places, repair, measures, containment.
//! Plain data in and out; knows nothing of plans, users, databases or requests.

pub mod edges;
pub mod effort;
pub mod fault;
pub mod geojson;
pub mod index;
pub mod measure;
pub mod outline;
pub mod place;
pub mod redrawn;
pub mod reference;
pub mod repair;
mod search;
pub mod sector;
pub mod simplify;
pub mod validity;

pub use effort::{Effort, Stopped};
pub use fault::{GeometryFault, GeometryFaultKind, LonLat};
pub use index::{AreaIndex, Overlap, Overlaps};
pub use outline::Outline;
pub use reference::Reference;
pub use repair::{Mended, Repair};
pub use sector::{AreaRules, CheckedArea, Unsound};

#[cfg(test)]
mod tests;
