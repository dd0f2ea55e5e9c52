//! Texts, identities and numbers as they come out of a database, each as its own type. Texts and identities need no
//! block of memory on the way: Diesel would make a `String` or a `Vec` of every field first.
//!
//! The caller decides which columns are read.

use super::MultiBackend;
use super::backend::conn::MultiRawValue;
use diesel::deserialize::{FromSql, Queryable, Result};
use diesel::sql_types::{self, BigInt, Binary};
use workhours_base::Text;
use workhours_event::{BatchId, EventId, FileId, InputId, Seq, TaskId};

impl FromSql<sql_types::Text, MultiBackend> for Text {
    fn from_sql(value: MultiRawValue<'_>) -> Result<Self> {
        Ok(match value {
            MultiRawValue::Sqlite(mut value) => value.read_text().into(),
            #[cfg(feature = "postgres")]
            MultiRawValue::Postgres(value) => std::str::from_utf8(value.as_bytes())?.into(),
            #[cfg(feature = "mysql")]
            MultiRawValue::Mysql(value) => std::str::from_utf8(value.as_bytes())?.into(),
        })
    }
}

impl FromSql<Binary, MultiBackend> for EventId {
    fn from_sql(value: MultiRawValue<'_>) -> Result<Self> {
        Ok(Self(match value {
            MultiRawValue::Sqlite(mut value) => value.read_blob().try_into()?,
            #[cfg(feature = "postgres")]
            MultiRawValue::Postgres(value) => value.as_bytes().try_into()?,
            #[cfg(feature = "mysql")]
            MultiRawValue::Mysql(value) => value.as_bytes().try_into()?,
        }))
    }
}

impl Queryable<sql_types::Text, MultiBackend> for Text {
    type Row = Self;

    fn build(row: Self) -> Result<Self> {
        Ok(row)
    }
}

impl Queryable<Binary, MultiBackend> for EventId {
    type Row = Self;

    fn build(row: Self) -> Result<Self> {
        Ok(row)
    }
}

macro_rules! numbers {
    ($($name:ident)+) => {
        $(
            impl FromSql<BigInt, MultiBackend> for $name {
                fn from_sql(value: MultiRawValue<'_>) -> Result<Self> {
                    FromSql::<BigInt, MultiBackend>::from_sql(value).map(Self::new)
                }
            }

            impl Queryable<BigInt, MultiBackend> for $name {
                type Row = Self;

                fn build(row: Self) -> Result<Self> {
                    Ok(row)
                }
            }
        )+
    };
}

numbers! { InputId FileId TaskId BatchId Seq }
