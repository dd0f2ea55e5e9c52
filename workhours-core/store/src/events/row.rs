//! How a row of the table of events becomes an event. `page` decides which rows and columns are read.

use super::super::MultiBackend;
use diesel::deserialize::{self, FromSqlRow};
use diesel::row::Row;
use diesel::sql_types::{self, BigInt, Binary, Integer, Nullable, SmallInt};
use workhours_base::Text;
use workhours_event::StoredEvent;

/// A row: an event, and what it refers to by number.
pub(super) struct Fetched {
    pub(super) event: StoredEvent,
    pub(super) refers: Refers,
}

/// Places and agents.
pub(super) struct Refers {
    pub(super) place: Option<i64>,
    pub(super) referrer: Option<i64>,
    pub(super) agent: Option<i64>,
}

/// The SQL of a row's columns.
#[rustfmt::skip]
type Columns = (
    Binary, Nullable<BigInt>, Nullable<SmallInt>, SmallInt, Integer, Nullable<BigInt>,
    sql_types::Text, sql_types::Text, BigInt,
    Nullable<BigInt>, Nullable<BigInt>, Nullable<BigInt>,
    Nullable<sql_types::Text>, Nullable<sql_types::Text>, Nullable<sql_types::Text>,
    Nullable<sql_types::Text>, Nullable<sql_types::Text>, Nullable<sql_types::Text>,
    Nullable<sql_types::Text>, BigInt, BigInt, BigInt, BigInt,
);

/// Field by field: in nested tuples each would pass through several layers, and there are 23 in each of millions of rows.
impl FromSqlRow<Columns, MultiBackend> for Fetched {
    fn build_from_row<'a>(row: &impl Row<'a, MultiBackend>) -> deserialize::Result<Self> {
        let text = |at: usize| row.get_value::<Nullable<sql_types::Text>, Option<Text>, _>(at);
        // Long texts need an allocation anyway, and Diesel's is faster.
        let long = |at: usize| {
            let text = row.get_value::<Nullable<sql_types::Text>, Option<String>, _>(at);
            text.map(|text| text.map(Text::from))
        };
        let number = |at: usize| row.get_value::<Nullable<BigInt>, Option<i64>, _>(at);
        Ok(Self {
            event: StoredEvent {
                id: row.get_value::<Binary, _, _>(0)?,
                date: number(1)?,
                offset_min: row.get_value::<Nullable<SmallInt>, _, _>(2)?,
                precision: row.get_value::<SmallInt, _, _>(3)?,
                flags: row.get_value::<Integer, _, _>(4)?,
                duration_us: number(5)?,
                kind: row.get_value::<sql_types::Text, _, _>(6)?,
                source_type: row.get_value::<sql_types::Text, _, _>(7)?,
                input_id: row.get_value::<BigInt, _, _>(8)?,
                url: long(12)?,
                referrer: None,
                agent: None,
                title: long(13)?,
                text: long(14)?,
                host: text(15)?,
                user: text(16)?,
                meta: long(17)?,
                peer: text(18)?,
                file_id: row.get_value::<BigInt, _, _>(19)?,
                file_offset: row.get_value::<BigInt, _, _>(20)?,
                file_length: row.get_value::<BigInt, _, _>(21)?,
                batch_id: row.get_value::<BigInt, _, _>(22)?,
                tags: Vec::new(),
                project: None,
            },
            refers: Refers { place: number(9)?, referrer: number(10)?, agent: number(11)? },
        })
    }
}
