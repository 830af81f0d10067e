//! palts.
