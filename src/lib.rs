//! palts: the coordination server for departmental action plans against drug trafficking (circular of 11 February 2010).
//!
//! Rooms, and arrows that run one way: `cli, http -> graphql -> workflow -> access, domain, geometry` and `workflow -> store`.

pub mod access;
pub mod cli;
pub mod config;
pub mod domain;
pub mod exchange;
pub mod geometry;
pub mod graphql;
pub mod http;
pub mod keys;
pub mod logs;
pub mod store;
pub mod workflow;
