//! The suite: the real application over real HTTP and a real database, one file per area.

mod architecture;
mod harness;
mod migrations;
mod reference;
mod revisions;
mod smoke;
