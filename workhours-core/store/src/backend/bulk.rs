//! Inserting many rows at once: which columns the tables that fill fastest have, and where a row's values come from.
//! How a backend takes many rows in one statement is in its folder.
//!
//! All backends do the same: rows with an existing key stay as they are, and the number of new rows is known.

mod empty;
mod row;

pub(crate) use empty::{Columns, EMPTY_SETS, IsNull};
pub(crate) use row::{EventTag, Owner};

use super::Conn;
#[cfg(feature = "mysql")]
use super::mysql;
#[cfg(feature = "postgres")]
use super::postgres;
use super::sqlite;
use diesel::backend::Backend;
use diesel::prelude::*;
use diesel::query_builder::AstPass;
use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, SmallInt, Text};
use empty::sets;
use workhours_event::{NewEvent, Place};

/// A table that is filled in bulk.
// SQLite asks for less than the others.
#[cfg_attr(not(feature = "mysql"), allow(dead_code))]
pub(crate) trait Rows: 'static {
    /// One row's values.
    type Row<'r>;
    /// The table.
    const TABLE: &'static str;
    /// A column of its key.
    const KEY: &'static str;
    /// Columns shared by all rows of a call, quoted, separated by commas and ending in one.
    const SHARED: &'static str;
    /// How many these are.
    const SHARED_COUNT: usize;
    /// The other columns, quoted, with commas between.
    const COLUMNS: &'static str;
    /// The other columns.
    const NAMES: &'static [&'static str];
    /// Columns that rows often leave empty together, the largest set first. SQLite is spared binding their NULLs.
    const LEFT_EMPTY: &'static [&'static [&'static str]];
    /// The same as bits, and the empty set for the rest.
    const EMPTY: [Columns; EMPTY_SETS] = sets(Self::NAMES, Self::LEFT_EMPTY);
    /// Which of its values are NULL.
    fn nulls(row: &Self::Row<'_>) -> Columns;
    /// Bytes of a row, roughly: servers limit a statement's size.
    fn size(row: &Self::Row<'_>) -> usize;
}

/// How a backend binds the values of one row after the other.
pub(crate) trait Bind<DB: Backend>: Rows {
    /// Binds the shared values, each followed by a comma.
    fn bind_shared<'b>(owner: &'b Owner, out: &mut AstPass<'_, 'b, DB>) -> QueryResult<()>;
    /// Binds one row's own values, separated by commas, except these columns.
    fn bind<'b>(row: &'b Self::Row<'_>, but: Columns, out: &mut AstPass<'_, 'b, DB>) -> QueryResult<()>;
}

/// How PostgreSQL binds them: a column at a time.
#[cfg(feature = "postgres")]
pub(crate) trait BindColumns: Rows {
    /// Runs the statement with its shared values and the columns of these rows.
    fn run(conn: &mut PgConnection, sql: &str, owner: &Owner, rows: &[Self::Row<'_>]) -> QueryResult<usize>;
    /// Sends rows whose keys are known not to exist. If one does exist, the transaction fails.
    fn copy(conn: &mut PgConnection, owner: &Owner, rows: &[&Self::Row<'_>]) -> QueryResult<usize>;
}

macro_rules! bind_rows {
    ($name:ident, $db:ty, |$row:ident| [$($sql:ty = $value:expr,)+], |$owner:ident| [$($ssql:ty = $svalue:expr,)*]) => {
        impl Bind<$db> for $name {
            #[allow(unused_variables)] // most share nothing
            fn bind_shared<'b>($owner: &'b Owner, out: &mut AstPass<'_, 'b, $db>) -> QueryResult<()> {
                $( out.push_bind_param::<$ssql, _>($svalue)?; out.push_sql(","); )*
                Ok(())
            }

            fn bind<'b>(
                $row: &'b Self::Row<'_>,
                but: $crate::backend::bulk::Columns,
                out: &mut AstPass<'_, 'b, $db>,
            ) -> QueryResult<()> {
                let (mut comma, mut bit) = ("", 1);
                $(
                    if but & bit == 0 {
                        out.push_sql(comma);
                        out.push_bind_param::<$sql, _>($value)?;
                        comma = ",";
                    }
                    bit <<= 1;
                )+
                let _ = (comma, bit);
                Ok(())
            }
        }
    };
}

/// Defines for all backends where a table's values come from.
macro_rules! rows {
    ($(#[$doc:meta])* $name:ident fills $table:ident by $key:ident, size $size:expr;
     <$life:lifetime> |$row:ident: $ty:ty| { $($column:ident: $sql:ty = $value:expr,)+ }
     |$owner:ident| { $($scolumn:ident: $ssql:ty = $svalue:expr,)* }
     $(leaves empty $([$($empty:ident)+])+)?) => {
        $(#[$doc])*
        pub(crate) struct $name;

        impl Rows for $name {
            type Row<$life> = $ty;
            const TABLE: &'static str = stringify!($table);
            const KEY: &'static str = stringify!($key);
            const SHARED: &'static str = concat!("", $("\"", stringify!($scolumn), "\",",)*);
            const SHARED_COUNT: usize = <[&str]>::len(&[$(stringify!($scolumn),)*]);
            const COLUMNS: &'static str = $crate::backend::bulk::rows!(@list $($column,)+);
            const NAMES: &'static [&'static str] = &[$(stringify!($column),)+];
            const LEFT_EMPTY: &'static [&'static [&'static str]] = &[$($(&[$(stringify!($empty),)+],)+)?];
            fn nulls($row: &Self::Row<'_>) -> $crate::backend::bulk::Columns {
                let (mut nulls, mut bit) = (0, 1);
                $(
                    nulls |= if $crate::backend::bulk::IsNull::is_null($value) { bit } else { 0 };
                    bit <<= 1;
                )+
                let _ = bit;
                nulls
            }
            fn size(row: &Self::Row<'_>) -> usize {
                let size: fn(&Self::Row<'_>) -> usize = $size;
                size(row)
            }
        }

        $crate::backend::bulk::bind_rows!($name, diesel::sqlite::Sqlite, |$row| [$($sql = $value,)+], |$owner| [$($ssql = $svalue,)*]);
        #[cfg(feature = "mysql")]
        $crate::backend::bulk::bind_rows!($name, diesel::mysql::Mysql, |$row| [$($sql = $value,)+], |$owner| [$($ssql = $svalue,)*]);

        #[cfg(feature = "postgres")]
        impl BindColumns for $name {
            #[allow(unused_variables)] // most share nothing
            fn run(
                conn: &mut PgConnection,
                sql: &str,
                $owner: &Owner,
                rows: &[Self::Row<'_>],
            ) -> QueryResult<usize> {
                use diesel::sql_types::Array;
                let query = diesel::sql_query(sql);
                $( let query = query.bind::<$ssql, _>($svalue); )*
                $( let query = query.bind::<Array<$sql>, _>(rows.iter().map(|$row| $value).collect::<Vec<_>>()); )+
                query.execute(conn)
            }

            #[allow(unused_variables)] // most share nothing
            fn copy(conn: &mut PgConnection, $owner: &Owner, rows: &[&Self::Row<'_>]) -> QueryResult<usize> {
                use $crate::schema::$table;
                let values = rows.iter().map(|$row| {
                    ($($table::$scolumn.eq($svalue),)* $($table::$column.eq($value),)+)
                });
                let values: Vec<_> = values.collect();
                diesel::copy_from($table::table).from_insertable(values).execute(conn)
            }
        }
    };
    (@list $first:ident, $($more:ident,)*) => {
        concat!("\"", stringify!($first), "\"", $(",\"", stringify!($more), "\"",)*)
    };
}

pub(crate) use {bind_rows, rows};

#[cfg_attr(not(any(feature = "mysql", feature = "postgres")), allow(dead_code))]
fn len(text: Option<&str>) -> usize {
    text.map_or(0, str::len)
}

rows! {
    /// Events of one batch.
    Events fills events by id, size |e| {
        200 + len(e.url) + len(e.title) + len(e.text) + len(e.host) + len(e.peer) + len(e.user) + len(e.meta)
    };
    <'r> |e: NewEvent<'r>| {
        id: Binary = &e.id.0,
        date: Nullable<BigInt> = &e.date,
        offset_min: Nullable<SmallInt> = &e.offset_min,
        precision: SmallInt = &e.precision,
        flags: Integer = &e.flags,
        duration_us: Nullable<BigInt> = &e.duration_us,
        kind: Text = &e.kind,
        place_id: Nullable<BigInt> = &e.place_id,
        referrer_id: Nullable<BigInt> = &e.referrer_id,
        agent_id: Nullable<BigInt> = &e.agent_id,
        url: Nullable<Text> = &e.url,
        title: Nullable<Text> = &e.title,
        text: Nullable<Text> = &e.text,
        host: Nullable<Text> = &e.host,
        user: Nullable<Text> = &e.user,
        meta: Nullable<Text> = &e.meta,
        file_offset: BigInt = &e.offset,
        file_length: BigInt = &e.length,
        peer: Nullable<Text> = &e.peer,
    }
    |owner| {
        source_type: Text = &owner.source_type,
        input_id: BigInt = &owner.input_id,
        task_id: BigInt = &owner.task_id,
        batch_id: BigInt = &owner.batch_id,
        file_id: BigInt = &owner.file_id,
    }
    leaves empty
        [offset_min duration_us place_id referrer_id agent_id url title host user meta peer] // bare commands
        [duration_us place_id referrer_id agent_id url peer] // commands, log lines
        [duration_us place_id text host] // requests
}

rows! {
    /// Places.
    Places fills places by id, size |p| 100 + 2 * p.url.len();
    <'r> |p: Place| {
        id: BigInt = &p.id,
        url: Text = &p.url,
        scheme: Text = &p.scheme,
        host: Nullable<Text> = &p.host,
        port: Nullable<Integer> = &p.port,
        path: Text = &p.path,
        query: Nullable<Text> = &p.query,
        fragment: Nullable<Text> = &p.fragment,
    }
    |owner| {}
}

rows! {
    /// Names of programs.
    Agents fills agents by id, size |a| 20 + a.1.len();
    <'r> |a: (i64, &'r str)| { id: BigInt = &a.0, agent: Text = &a.1, }
    |owner| {}
}

rows! {
    /// Tags.
    Tags fills tags by id, size |t| 20 + t.1.len();
    <'r> |t: (i64, &'r str)| { id: BigInt = &t.0, tag: Text = &t.1, }
    |owner| {}
}

rows! {
    /// Links from events to tags.
    EventTags fills event_tags by tag_id, size |_| 40;
    <'r> |t: EventTag<'r>| {
        event_id: Binary = &t.event,
        tag_id: BigInt = &t.tag,
        by_rule: Bool = &t.by_rule,
    }
    |owner| {}
}

/// How many rows are worth gathering before they are inserted. On a server all of a batch, in order of their keys:
/// loaders that insert the same rows then wait for each other instead of running into deadlocks.
pub(crate) fn gather(conn: &Conn) -> usize {
    if conn.is_server() { usize::MAX } else { sqlite::ROWS }
}

/// Inserts rows whose keys don't exist yet; returns how many were new, but not which.
pub(crate) fn insert<B: Bulk>(conn: &mut Conn, rows: &[B::Row<'_>], owner: &Owner) -> QueryResult<u64> {
    if rows.is_empty() {
        return Ok(0);
    }
    match conn {
        Conn::Sqlite(conn) => sqlite::insert::<B>(conn, rows, owner),
        #[cfg(feature = "postgres")]
        Conn::Postgres(conn) => postgres::insert::<B>(conn, rows, owner),
        #[cfg(feature = "mysql")]
        Conn::Mysql(conn) => mysql::insert::<B>(conn, rows, owner),
    }
}

/// The same for a batch's events, which are given in order of their ids where [`gather`] says to gather all of them.
pub(crate) fn insert_events(conn: &mut Conn, rows: &[NewEvent<'_>], owner: &Owner) -> QueryResult<u64> {
    match conn {
        #[cfg(feature = "postgres")]
        Conn::Postgres(conn) => postgres::insert_events(conn, rows, owner),
        conn => insert::<Events>(conn, rows, owner),
    }
}

/// Inserts rows whose keys are known not to be there.
pub(crate) fn fill<B: Bulk>(conn: &mut Conn, rows: &[B::Row<'_>]) -> QueryResult<()> {
    let nobody = Owner::default();
    match conn {
        #[cfg(feature = "postgres")]
        Conn::Postgres(conn) => postgres::fill::<B>(conn, &rows.iter().collect::<Vec<_>>(), &nobody),
        conn => insert::<B>(conn, rows, &nobody).map(|_| ()),
    }
}

/// A table that every backend of this build can take many rows of.
pub(crate) trait Bulk: Bind<diesel::sqlite::Sqlite> + ForPostgres + ForMysql {}
impl<B: Bind<diesel::sqlite::Sqlite> + ForPostgres + ForMysql> Bulk for B {}

#[cfg(feature = "postgres")]
pub(crate) use BindColumns as ForPostgres;
#[cfg(not(feature = "postgres"))]
pub(crate) use Rows as ForPostgres;

/// MySQL's part of a table, if it is in the build.
#[cfg(feature = "mysql")]
pub(crate) trait ForMysql: Bind<diesel::mysql::Mysql> {}
#[cfg(feature = "mysql")]
impl<B: Bind<diesel::mysql::Mysql>> ForMysql for B {}
#[cfg(not(feature = "mysql"))]
pub(crate) use Rows as ForMysql;
