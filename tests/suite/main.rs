//! The suite: the real application over real HTTP and a real database, one file per area.

mod architecture;
mod migrations;
mod reference;
