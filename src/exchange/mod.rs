//! Exchange: file formats in and out. Reads and writes rows; the workflow decides what becomes of them.

pub mod reference;
