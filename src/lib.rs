//! palts
