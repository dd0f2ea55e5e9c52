//! How each table is copied and summed up, in the order of their list.

use super::CopiedTable;
use super::pages::{Copied, Job, Range};
use crate::backend::bulk;
use crate::canon::Canon;
use crate::schema;
use crate::tables::all_tables;
use crate::{Conn, MultiBackend};
use diesel::prelude::*;
use workhours_base::error::Result;

/// Says how whole rows of a table are read, deleted and stored again.
macro_rules! copied {
    ($($table:ident by ($first:ident: $firsttype:ty $(, $key:ident: $keytype:ty)*) { $($column:ident: $type:ty),+ $(,)? };)+) => {
        $(
            mod $table {
                use super::*;
                use crate::tables::$table::{Bulk, Row};
                use schema::$table::dsl;

                impl Copied for Row {
                    const TABLE: &'static str = stringify!($table);
                    type Key = ($firsttype, $($keytype,)*);

                    fn key(&self) -> Self::Key {
                        (self.$first.clone(), $(self.$key.clone(),)*)
                    }

                    fn page(conn: &mut Conn, (after, upto): Range<'_, Self>, limit: i64) -> QueryResult<Vec<Self>> {
                        let mut query = schema::$table::table.select(Row::as_select()).into_boxed::<MultiBackend>();
                        if let Some(key) = after {
                            query = query.filter(copied!(@beyond key $first $($key)*));
                        }
                        if let Some(key) = upto {
                            query = query.filter(copied!(@upto key $first $($key)*));
                        }
                        query.order((dsl::$first, $(dsl::$key,)*)).limit(limit).load(conn)
                    }

                    fn delete(conn: &mut Conn, (after, upto): Range<'_, Self>) -> QueryResult<usize> {
                        let mut query = diesel::delete(schema::$table::table).into_boxed::<MultiBackend>();
                        if let Some(key) = after {
                            query = query.filter(copied!(@beyond key $first $($key)*));
                        }
                        if let Some(key) = upto {
                            query = query.filter(copied!(@upto key $first $($key)*));
                        }
                        query.execute(conn)
                    }

                    fn insert(conn: &mut Conn, rows: &[Self]) -> QueryResult<()> {
                        bulk::fill::<Bulk>(conn, rows)
                    }

                    fn count(conn: &mut Conn) -> QueryResult<i64> {
                        schema::$table::table.count().get_result(conn)
                    }

                    fn feed(&self, out: &mut Vec<u8>) {
                        $(self.$column.feed(out);)+
                    }
                }
            }
        )+

        /// All of them: copied, or only summed up on the target's side.
        pub(super) fn all(job: &mut Job<'_>, check: bool) -> Result<Vec<CopiedTable>> {
            Ok(vec![$(if check { job.check::<crate::tables::$table::Row>()? } else { job.copy::<crate::tables::$table::Row>()? },)+])
        }
    };
    // Keys beyond another, column by column. The first column's bound is repeated on its own, so that the key is used.
    (@beyond $of:ident $a:ident) => { dsl::$a.gt($of.0.clone()) };
    (@beyond $of:ident $a:ident $b:ident) => {
        dsl::$a.ge($of.0.clone()).and(dsl::$a.gt($of.0.clone()).or(dsl::$b.gt($of.1.clone())))
    };
    (@beyond $of:ident $a:ident $b:ident $c:ident) => {
        dsl::$a.ge($of.0.clone()).and(dsl::$a.gt($of.0.clone()).or(dsl::$b.gt($of.1.clone())).or(
            dsl::$b.eq($of.1.clone()).and(dsl::$c.gt($of.2.clone())),
        ))
    };
    // The others.
    (@upto $of:ident $a:ident) => { dsl::$a.le($of.0.clone()) };
    (@upto $of:ident $a:ident $b:ident) => {
        dsl::$a.le($of.0.clone()).and(dsl::$a.lt($of.0.clone()).or(dsl::$b.le($of.1.clone())))
    };
    (@upto $of:ident $a:ident $b:ident $c:ident) => {
        dsl::$a.le($of.0.clone()).and(dsl::$a.lt($of.0.clone()).or(dsl::$b.lt($of.1.clone())).or(
            dsl::$b.eq($of.1.clone()).and(dsl::$c.le($of.2.clone())),
        ))
    };
}

all_tables!(copied);
