//! Data epochs, read again and again on a connection of their own: how often each territory's data has changed. Their growth is
//! [`audit`](super::audit)'s. Not for who may see what.

use std::collections::HashMap;
use std::sync::Arc;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Numeric};

use super::opening::Aside;
use super::schema::chains;
use super::{AnyConnection, Database, Reader, StoreResult, audit};
use crate::access::Scope;
use crate::domain::codes::DepartmentCode;

/// The epochs of one moment. Each grows with the acts of its territory and never shrinks, so that their sum tells two states apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Epochs {
    /// Of the nation: national acts and accounts.
    pub nation: i64,
    departments: HashMap<String, i64>,
    total: i64,
}

impl Epochs {
    /// The epochs of all chains, by their keys.
    #[must_use]
    pub fn of(chains: Vec<(String, i64)>) -> Self {
        let total = chains.iter().map(|(_, epoch)| epoch).sum();
        let nation = chains.iter().find(|(chain, _)| chain == audit::Chain::Nation.key()).map_or(0, |(_, epoch)| *epoch);
        Self { nation, departments: chains.into_iter().collect(), total }
    }

    /// The version of what a department's data say, national data included.
    #[must_use]
    pub fn of_department(&self, code: &DepartmentCode) -> i64 {
        self.nation + self.departments.get(code.as_str()).copied().unwrap_or_default()
    }

    /// The version of everything that can be read in a scope, national data included. The same for the same scope means: nothing there has
    /// changed.
    #[must_use]
    pub fn version(&self, scope: &Scope) -> i64 {
        match scope {
            Scope::Nation => self.total,
            Scope::Departments(codes) => {
                self.nation + codes.iter().filter_map(|code| self.departments.get(code.as_str())).sum::<i64>()
            }
        }
    }
}

/// A state of the data, as far as an answer can depend on it.
#[derive(Clone, Debug)]
pub struct State {
    /// The epochs of all territories.
    pub epochs: Arc<Epochs>,
    /// What the answer can depend on, beside national data.
    pub sphere: Scope,
}

impl State {
    /// Whether these epochs, of another server of the same data, are those of this state: one by one. Of two servers sums would not do: a
    /// standby may show the commits of two departments in another order than the primary.
    #[must_use]
    pub fn is_that_of(&self, other: &Epochs) -> bool {
        let of = |epochs: &Epochs, code: &DepartmentCode| epochs.departments.get(code.as_str()).copied();
        match &self.sphere {
            Scope::Nation => *self.epochs == *other,
            Scope::Departments(codes) => {
                self.epochs.nation == other.nation && codes.iter().all(|code| of(&self.epochs, code) == of(other, code))
            }
        }
    }
}

/// Reads epochs on a connection of its own, outside any transaction: what is committed when the reading begins is seen.
pub struct EpochReader {
    database: Database,
    open: Option<Open>,
}

struct Open {
    conn: Aside,
    reading: Reading,
}

/// What one connection read last.
pub(super) struct Reading {
    mark: i64,
    /// The epochs.
    pub(super) epochs: Arc<Epochs>,
}

diesel::define_sql_function! {
    /// PostgreSQL's name for the conversion to 64 bits; there, sums of such numbers are of unbounded size.
    fn int8(sum: Nullable<Numeric>) -> Nullable<BigInt>;
}

#[derive(QueryableByName)]
struct Version {
    #[diesel(sql_type = BigInt)]
    data_version: i64,
}

impl EpochReader {
    /// A reader that connects when it first reads.
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self { database, open: None }
    }

    /// The epochs of now.
    ///
    /// # Errors
    /// Those of the database; the next reading connects anew.
    pub fn read(&mut self) -> StoreResult<Arc<Epochs>> {
        let (mut conn, last) = match self.open.take() {
            Some(open) => (open.conn, Some(open.reading)),
            None => (self.database.aside()?, None),
        };
        let reading = Reading::again(last, &mut conn)?;
        let epochs = Arc::clone(&reading.epochs);
        self.open = Some(Open { conn, reading });
        Ok(epochs)
    }
}

impl Reading {
    /// Reads anew on a connection whose last reading was that; all rows only if anything has moved.
    pub(super) fn again(last: Option<Self>, reader: &mut Reader) -> StoreResult<Self> {
        // The mark first: what comes between is read twice rather than never.
        let mark = mark(reader)?;
        match last {
            Some(last) if last.mark == mark => Ok(last),
            Some(_) | None => Ok(Self { mark, epochs: all(reader)? }),
        }
    }
}

fn all(reader: &mut Reader) -> StoreResult<Arc<Epochs>> {
    Ok(Arc::new(Epochs::of(audit::epochs(reader, None)?)))
}

/// A number that is another one when any epoch is: on PostgreSQL their sum; on SQLite what it keeps itself of the commits of all other
/// connections, in this process and in others, which costs no table.
fn mark(reader: &mut Reader) -> StoreResult<i64> {
    match reader.reading() {
        AnyConnection::Postgres(c) => {
            let sum: Option<i64> = chains::table.select(int8(diesel::dsl::sum(chains::epoch))).first(c)?;
            Ok(sum.unwrap_or_default())
        }
        AnyConnection::Sqlite(c) => {
            let row: Version = diesel::sql_query("PRAGMA data_version").get_result(c)?;
            Ok(row.data_version)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_s_version_counts_its_departments_and_the_nation() {
        let epochs = Epochs::of(vec![("13".to_owned(), 5), ("75".to_owned(), 7), ("FR".to_owned(), 100)]);
        let in_13 = Scope::department("13".parse().unwrap());
        assert_eq!(epochs.version(&in_13), 105);
        assert_eq!(epochs.version(&Scope::Nation), 112);
        assert_eq!(epochs.version(&Scope::nowhere()), 100);
    }

    #[test]
    fn two_servers_show_the_same_state_when_each_epoch_is_the_same() {
        let epochs = |first, second| Epochs::of(vec![("13".to_owned(), first), ("75".to_owned(), second), ("FR".to_owned(), 9)]);
        let state = |sphere| State { epochs: Arc::new(epochs(5, 7)), sphere };
        assert!(state(Scope::Nation).is_that_of(&epochs(5, 7)));
        // The same sum, and another state.
        assert!(!state(Scope::Nation).is_that_of(&epochs(6, 6)));
        let in_13 = Scope::department("13".parse().unwrap());
        assert!(state(in_13.clone()).is_that_of(&epochs(5, 8)));
        assert!(!state(in_13).is_that_of(&epochs(4, 7)));
    }
}
