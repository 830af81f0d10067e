//! Statements in words of SQL, for what diesel's builder cannot say, or says in a way that is prepared anew each time (batch inserts, updates,
//! `sql_query`): these are prepared once for each text. Not for texts that anything from outside is part of.

use std::borrow::Cow;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::backend::Backend;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Date, Integer, Nullable, Text, Timestamp, Untyped};
use diesel::sqlite::Sqlite;

/// A statement, in which each `?` stands for the next of its values.
pub(super) struct Words<V> {
    text: Cow<'static, str>,
    values: Vec<V>,
}

impl<V> Words<V> {
    pub(super) fn new(text: impl Into<Cow<'static, str>>, values: Vec<V>) -> Self {
        Self { text: text.into(), values }
    }
}

/// A query of at most so many rows, with their number in its text: of a number that comes as a value PostgreSQL assumes that it is large, and
/// plans the query anew each time to find that it is not. For few numbers only, because each is a statement to be kept.
pub(super) struct AtMost<Q> {
    pub(super) query: Q,
    pub(super) rows: i64,
}

impl<DB: Backend, Q: QueryFragment<DB>> QueryFragment<DB> for AtMost<Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.query.walk_ast(out.reborrow())?;
        out.push_sql(&format!(" LIMIT {}", self.rows));
        Ok(())
    }
}

/// Known by its text.
impl<Q> QueryId for AtMost<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q: Query> Query for AtMost<Q> {
    type SqlType = Q::SqlType;
}

impl<Q, C> RunQueryDsl<C> for AtMost<Q> {}

/// A value that a database takes.
pub(super) trait Value<DB: Backend> {
    fn push<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()>;
}

/// A value for either database.
pub(super) enum Plain<'a> {
    Text(&'a str),
    Integer(i32),
    Whole(i64),
    Day(NaiveDate),
}

impl Value<Pg> for Plain<'_> {
    fn push<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        match self {
            Self::Text(value) => out.push_bind_param::<Text, _>(value),
            Self::Integer(value) => out.push_bind_param::<Integer, _>(value),
            Self::Whole(value) => out.push_bind_param::<BigInt, _>(value),
            Self::Day(value) => out.push_bind_param::<Date, _>(value),
        }
    }
}

impl Value<Sqlite> for Plain<'_> {
    fn push<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        match self {
            Self::Text(value) => out.push_bind_param::<Text, _>(value),
            Self::Integer(value) => out.push_bind_param::<Integer, _>(value),
            Self::Whole(value) => out.push_bind_param::<BigInt, _>(value),
            Self::Day(value) => out.push_bind_param::<Date, _>(value),
        }
    }
}

/// A value for PostgreSQL, which takes lists too: a column of the rows to insert, of any number.
pub(super) enum Column<'a> {
    Text(&'a str),
    MaybeText(Option<&'a str>),
    Integer(i32),
    Whole(i64),
    Day(NaiveDate),
    Moment(NaiveDateTime),
    Texts(Vec<&'a str>),
    Integers(Vec<i32>),
    Wholes(Vec<i64>),
}

impl Value<Pg> for Column<'_> {
    fn push<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        match self {
            Self::Text(value) => out.push_bind_param::<Text, _>(value),
            Self::MaybeText(value) => out.push_bind_param::<Nullable<Text>, _>(value),
            Self::Whole(value) => out.push_bind_param::<BigInt, _>(value),
            Self::Integer(value) => out.push_bind_param::<Integer, _>(value),
            Self::Day(value) => out.push_bind_param::<Date, _>(value),
            Self::Moment(value) => out.push_bind_param::<Timestamp, _>(value),
            Self::Texts(value) => out.push_bind_param::<Array<Text>, _>(value),
            Self::Integers(value) => out.push_bind_param::<Array<Integer>, _>(value),
            Self::Wholes(value) => out.push_bind_param::<Array<BigInt>, _>(value),
        }
    }
}

impl<V: Value<DB>, DB: Backend> QueryFragment<DB> for Words<V> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let mut values = self.values.iter();
        for (index, part) in self.text.split('?').enumerate() {
            if index > 0 {
                let value = values.next().ok_or_else(|| diesel::result::Error::QueryBuilderError("a value is missing".into()))?;
                value.push(out.reborrow())?;
            }
            out.push_sql(part);
        }
        Ok(())
    }
}

/// Known by its text.
impl<V> QueryId for Words<V> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<V> Query for Words<V> {
    type SqlType = Untyped;
}

impl<V, C> RunQueryDsl<C> for Words<V> {}
