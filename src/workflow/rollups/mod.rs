//! tbd
pub mod keep;
