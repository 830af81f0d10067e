//! What the server survives: logs that cannot be written, databases that fall silent, go, fill up, are replaced or
//! damaged, answers that are lost, and two programs at once.

mod damage;
mod keys;
mod logging;
mod migrating;
mod pool;
mod replaced;
mod rights;
mod silence;
mod storage;
mod writing;
