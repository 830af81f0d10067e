//! Relay connections: pages of bounded size, opaque cursors, the total counted only when asked for. A cursor names its list and the place of its
//! item there: it leads on when the item is gone, and means nothing to another list.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::context::Context;
use super::error::ApiResult;
use crate::domain::Message;
use crate::workflow::{Error, Rules};

/// How many nodes are wanted, and after which cursor.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PageRequest {
    /// Which list: its cursors begin so.
    pub list: &'static str,
    /// At least 0, at most the configured bound.
    pub first: i64,
    /// The decoded cursor: whatever [`Page::new`] was given for the last node seen.
    pub after: Option<String>,
}

impl PageRequest {
    /// Reads the two arguments of a connection, of the list of that name.
    ///
    /// # Errors
    /// INVALID naming `first` or `after`; LIMIT for a page that is too large.
    pub fn new(list: &'static str, first: Option<i32>, after: Option<&str>, rules: &Rules) -> Result<Self, Error> {
        let first = first.unwrap_or(rules.page_size);
        if first < 0 {
            return Err(Error::invalid("first", Message::new("NEGATIVE", "ne doit pas être négatif")));
        }
        if first > rules.max_page_size {
            let most = rules.max_page_size;
            let message = Message::new("PAGE_TOO_LARGE", format!("first : une page a au plus {most} éléments"));
            return Err(Error::limit(message.with("most", most)));
        }
        let after = after.map(|cursor| key_of(list, cursor).ok_or_else(foreign)).transpose()?;
        Ok(Self { list, first: first.into(), after })
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
        self.after.as_deref().map(|key| key.parse().map_err(|_| foreign())).transpose()
    }
}

/// A text that is no cursor of the list that it is sent to: the empty one, too.
#[must_use]
pub fn foreign() -> Error {
    let text = "n’est pas un curseur de cette liste : reprendre depuis le début, sans after";
    Error::invalid("after", Message::new("FOREIGN_CURSOR", text))
}

/// The key in a cursor of a list.
fn key_of(list: &str, cursor: &str) -> Option<String> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    let key = text.strip_prefix(list)?.strip_prefix(SEPARATOR)?;
    // PostgreSQL cannot store a NUL, and none of our keys has one.
    (!key.contains('\0')).then(|| key.to_owned())
}

/// Stands between a list's name and a key.
const SEPARATOR: char = '|';

/// Counts a whole list, when somebody asks.
pub type Total = Box<dyn Fn(&Context) -> ApiResult<i32> + Send + Sync>;

/// One page of `T`.
pub struct Page<T> {
    /// The list that it is of.
    pub list: &'static str,
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
        Self { list: request.list, items, has_next, has_previous: request.after.is_some(), total }
    }

    /// Makes a page from a whole list that is in memory already, from its `start`th item on.
    #[must_use]
    pub fn of_all(request: &PageRequest, all: Vec<T>, start: usize, key: impl Fn(&T) -> String) -> Self {
        let total = i32::try_from(all.len()).unwrap_or(i32::MAX);
        let items: Vec<T> = all.into_iter().skip(start).take(request.shown().saturating_add(1)).collect();
        Self::new(request, items, key, Box::new(move |_| Ok(total)))
    }
}

/// The cursor that stands for a key of a list.
#[must_use]
pub fn cursor(list: &str, key: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{list}{SEPARATOR}{key}"))
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
                    .map(|(key, node)| $edge {
                        cursor: $crate::graphql::connection::cursor(self.0.list, key),
                        node: node.clone(),
                    })
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
                    start_cursor: self.0.items.first().map(|(key, _)| $crate::graphql::connection::cursor(self.0.list, key)),
                    end_cursor: self.0.items.last().map(|(key, _)| $crate::graphql::connection::cursor(self.0.list, key)),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_of_its_list_alone() {
        let rules = Rules::default();
        let after = |list, cursor: &str| PageRequest::new(list, None, Some(cursor), &rules).map(|request| request.after);
        let of_users = cursor("users", "préfet");
        assert_eq!(after("users", &of_users).unwrap().as_deref(), Some("préfet"));
        for (list, cursor) in
            [("tokens", of_users.as_str()), ("user", &of_users), ("users", ""), ("users", "|"), ("users", "dXNlcnM")]
        {
            let Err(Error::Invalid { field, message }) = after(list, cursor) else { panic!("{list}: {cursor}") };
            assert_eq!((field.as_str(), message.reason), ("after", "FOREIGN_CURSOR"));
        }
    }
}
