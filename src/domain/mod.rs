//! The rules of the trade, as pure functions over plain values: no input or output, no clock, no database, no web.
//!
//! What day it is, what was read and what was stored come in as arguments. Rules that the sources do not give are marked
//! (house). Nothing here knows who the caller is (see `access`) nor how anything is kept (see `store`).

pub mod amount;
pub mod bounds;
pub mod canonical;
pub mod changes;
pub mod checks;
pub mod codes;
pub mod compliance;
pub mod content;
pub mod coverage;
pub mod deadline;
pub mod departments;
pub mod due;
pub mod file_kind;
pub mod fortnight;
pub mod french;
pub mod indicators;
pub mod keys;
pub mod message;
pub mod normal;
pub mod period;
pub mod publication;
pub mod ranks;
pub mod revision;
pub mod rollup;
pub mod semester;
pub mod signing;
pub mod suppression;
pub mod territory;
pub mod vocabulary;

pub use amount::{Amount, AmountFault};
pub use codes::{
    CodeFault, CommuneCode, DepartmentCode, IndicatorCode, ObjectiveCode, ParquetCode, RegionCode, SectorCode, Uai, Username,
    ZoneCode,
};
pub use deadline::{Deadline, PastDeadline};
pub use fortnight::Fortnight;
pub use message::{Explained, Message};
pub use period::{Period, PeriodFault, paris_day};
pub use semester::Semester;
