//! The suite: the real application over real HTTP and a real database, one file per area.

mod accounts;
mod acceptance;
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
mod smoke;
