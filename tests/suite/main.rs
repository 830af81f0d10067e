//! The suite: the real application over real HTTP and a real database, one file per area.

// A test that cannot go on says so by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod acceptance;
mod accounts;
mod architecture;
mod audit;
mod command_line;
mod harness;
mod http;
mod imports;
mod limits;
mod migrations;
mod reference;
mod revisions;
mod schema;
mod sessions;
mod smoke;
mod tour;
