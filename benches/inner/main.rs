//! The inner parts alone, without HTTP and GraphQL: `make bench-inner`, or `cargo bench --bench inner -- geometry`. What they come to in
//! a whole server is measured by `make bench`. Not for pass or fail: no figure is asserted.

// A bench stops at the first surprise, as a test does.
#![allow(clippy::unwrap_used, missing_docs)]

mod cohorts;
mod database;
mod geometry;
mod policy;
mod rollups;

use criterion::{criterion_group, criterion_main};

criterion_group!(inner, geometry::benches, policy::benches, rollups::benches, cohorts::benches);
criterion_main!(inner);
