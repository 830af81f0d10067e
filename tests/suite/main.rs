//! The suite: the real application over real HTTP and a real database, one file per area.

// A test that cannot go on says so by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod acceptance;
mod accounts;
mod administration;
mod answers;
mod architecture;
mod audit;
mod boundaries;
mod bounds;
mod clients;
mod command_line;
mod compliance;
mod corpus;
mod credentials;
mod demonstration;
mod forms;
mod harness;
mod heads;
mod http;
mod imports;
mod indicators;
mod installation;
mod limits;
mod lists;
mod matrix;
mod measures;
mod meetings;
mod migrations;
mod objectives;
mod pages;
mod publications;
mod reasons;
mod recording;
mod reference;
mod reliability;
mod replica;
mod revisions;
mod rollups;
mod schema;
mod schools;
mod sectors;
mod security;
mod sessions;
mod shapes;
mod smoke;
mod tour;
