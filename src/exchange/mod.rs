//! Exchange: file formats in and out. Reads and writes rows; the workflow decides what becomes of them.

pub mod boundaries;
pub mod cells;
pub mod measures;
pub mod national_lists;
pub mod properties;
pub mod reference;
pub mod rows;
pub mod schools;
pub mod sectors;
pub mod table;
pub mod users;
