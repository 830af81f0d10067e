//! Relay connections: pages of bounded size, opaque cursors, the total counted only when asked for.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::context::Context;
use super::error::ApiResult;
use crate::workflow::{Error, Rules};

/// How many nodes are wanted, and after which cursor.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PageRequest {
    /// At least 0, at most the configured bound.
    pub first: i64,
    /// The decoded cursor: whatever [`Page::new`] was given for the last node seen.
    pub after: Option<String>,
}

impl PageRequest {
    /// Reads the two arguments of a connection.
    ///
    /// # Errors
    /// INVALID naming `first` or `after`; LIMIT for a page that is too large.
    pub fn new(first: Option<i32>, after: Option<&str>, rules: &Rules) -> Result<Self, Error> {
        let first = first.unwrap_or(rules.page_size);
        if first < 0 {
            return Err(Error::invalid("first", "must not be negative"));
        }
        if first > rules.max_page_size {
            return Err(Error::limit(format!("first: a page has at most {} nodes", rules.max_page_size)));
        }
        let after = after
            .map(|cursor| {
                let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| Error::invalid("after", "is not a cursor of ours"))?;
                String::from_utf8(bytes)
                    .ok()
                    .filter(|key| !key.contains('\0'))
                    .ok_or_else(|| Error::invalid("after", "is not a cursor of ours"))
            })
            .transpose()?;
        Ok(Self { first: first.into(), after })
    }

    /// How many nodes the page shows at most.
    #[must_use]
    pub fn shown(&self) -> usize {
        usize::try_from(self.first).unwrap_or(0)
    }

    /// Parses the decoded cursor as the key that the list is ordered by.
    ///
    /// # Errors
    /// INVALID naming `after`.
    pub fn after_key<T: std::str::FromStr>(&self) -> Result<Option<T>, Error> {
        self.after
            .as_deref()
            .map(|key| key.parse().map_err(|_| Error::invalid("after", "is not a cursor of this list")))
            .transpose()
    }
}

/// Counts a whole list, when somebody asks.
pub type Total = Box<dyn Fn(&Context) -> ApiResult<i32> + Send + Sync>;

/// One page of `T`.
pub struct Page<T> {
    /// The nodes with their cursors' keys.
    pub items: Vec<(String, T)>,
    /// Whether more follow.
    pub has_next: bool,
    /// Whether some came before.
    pub has_previous: bool,
    /// How many there are in all.
    pub total: Total,
}

impl<T> Page<T> {
    /// Makes a page from up to `first + 1` items, read after the cursor: the one too many shows that more follow.
    #[must_use]
    pub fn new(request: &PageRequest, mut items: Vec<T>, key: impl Fn(&T) -> String, total: Total) -> Self {
        let wanted = usize::try_from(request.first).unwrap_or(0);
        let has_next = items.len() > wanted;
        items.truncate(wanted);
        let items = items.into_iter().map(|item| (key(&item), item)).collect();
        Self { items, has_next, has_previous: request.after.is_some(), total }
    }

    /// Makes a page from a whole list that is in memory already.
    #[must_use]
    pub fn of_all(request: &PageRequest, all: Vec<T>, key: impl Fn(&T) -> String) -> Self {
        let total = i32::try_from(all.len()).unwrap_or(i32::MAX);
        let start = match &request.after {
            Some(after) => all.iter().position(|item| &key(item) == after).map_or(all.len(), |index| index + 1),
            None => 0,
        };
        let wanted = usize::try_from(request.first).unwrap_or(0);
        let items: Vec<T> = all.into_iter().skip(start).take(wanted.saturating_add(1)).collect();
        Self::new(request, items, key, Box::new(move |_| Ok(total)))
    }
}

/// The cursor that stands for a key.
#[must_use]
pub fn cursor(key: &str) -> String {
    URL_SAFE_NO_PAD.encode(key)
}

/// Where a page stands in its list.
#[derive(Clone, juniper::GraphQLObject)]
#[graphql(scalar = super::value::PaltsScalar, context = Context)]
pub struct PageInfo {
    /// Whether more follow.
    pub has_next_page: bool,
    /// Whether some came before.
    pub has_previous_page: bool,
    /// Cursor of the first node.
    pub start_cursor: Option<String>,
    /// Cursor of the last node.
    pub end_cursor: Option<String>,
}

/// Declares `XConnection` and `XEdge` for a node type that is `Clone`.
#[macro_export]
macro_rules! connection {
    ($connection:ident, $edge:ident, $node:ident) => {
        /// A page of a list.
        pub struct $connection(pub $crate::graphql::connection::Page<$node>);

        #[juniper::graphql_object]
        #[graphql(scalar = $crate::graphql::value::PaltsScalar, context = $crate::graphql::context::Context)]
        /// A page of a list.
        impl $connection {
            /// The nodes with their cursors.
            fn edges(&self) -> $crate::graphql::lists::List<$edge> {
                self.0
                    .items
                    .iter()
                    .map(|(key, node)| $edge { cursor: $crate::graphql::connection::cursor(key), node: node.clone() })
                    .collect()
            }
            /// The nodes alone.
            fn nodes(&self) -> $crate::graphql::lists::List<&$node> {
                self.0.items.iter().map(|(_, node)| node).collect()
            }
            /// Where the page stands.
            fn page_info(&self) -> $crate::graphql::connection::PageInfo {
                $crate::graphql::connection::PageInfo {
                    has_next_page: self.0.has_next,
                    has_previous_page: self.0.has_previous,
                    start_cursor: self.0.items.first().map(|(key, _)| $crate::graphql::connection::cursor(key)),
                    end_cursor: self.0.items.last().map(|(key, _)| $crate::graphql::connection::cursor(key)),
                }
            }
            /// How many there are in all.
            fn total_count(&self, context: &$crate::graphql::context::Context) -> $crate::graphql::error::ApiResult<i32> {
                (self.0.total)(context)
            }
        }

        /// A node and its place in a list.
        #[derive(juniper::GraphQLObject)]
        #[graphql(scalar = $crate::graphql::value::PaltsScalar, context = $crate::graphql::context::Context)]
        pub struct $edge {
            /// Opaque; pass it as `after`.
            pub cursor: String,
            /// The node.
            pub node: $node,
        }
    };
}
