//! The one harness: starts the real application on a free port over a fresh database, and speaks to it as typed users through HTTP.
//!
//! `PALTS_TEST_DATABASE` is `sqlite` (the default) or `postgres`; `make test` runs the suite once with each.

#![allow(dead_code)] // Not every area uses every word of it.

mod app;
mod client;
pub mod data;
mod database;
pub mod plans;
mod proxy;
mod server;

#[allow(unused_imports)]
pub use app::{App, FIRST_DAY, PASSWORD, Setup, office, office_over};
pub use client::{Answer, Client};
pub use database::{TestDatabase, on_postgres, past_palts};
pub use proxy::Proxy;
pub use server::{Server, command};
