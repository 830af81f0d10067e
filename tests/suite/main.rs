//! The suite: the real application over real HTTP and a real database, one file per area.

mod accounts;
mod acceptance;
// A test that cannot go on says so by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod architecture;
mod command_line;
mod audit;
mod harness;
mod http;
mod imports;
mod limits;
mod migrations;
mod reference;
mod revisions;
mod sessions;
mod schema;
mod smoke;
mod tour;
