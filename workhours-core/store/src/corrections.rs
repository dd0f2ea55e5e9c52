//! The user's corrections of hours: intervals of time to add, remove, move or label. Append-only: an undo is one more
//! row.

use super::schema::corrections;
use super::{Store, next_number, now_us};
use diesel::prelude::*;
use workhours_base::error::{Error, Result};

/// A correction as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = corrections)]
pub struct Correction {
    /// Its number.
    pub id: i64,
    /// When it was made, µs.
    pub made_us: i64,
    /// `add`, `remove`, `move`, `label`; `undo` takes back the one whose number is its label.
    pub kind: String,
    /// The first instant it is about.
    pub from_us: i64,
    /// The first that it is not about any more.
    pub until_us: i64,
    /// Where a moved interval begins.
    pub to_us: Option<i64>,
    /// Its label.
    pub label: Option<String>,
    /// Why.
    pub note: Option<String>,
    /// Whose hours it corrects; `None` for mine.
    pub person: Option<String>,
    /// Its author.
    pub made_by: Option<String>,
}

/// The user's corrections of hours. Opened by [`Store::corrections`].
pub struct Corrections<'s> {
    pub(crate) store: &'s mut Store,
}

impl Corrections<'_> {
    /// All corrections, in the order in which they were made.
    ///
    /// # Errors
    /// Database errors.
    pub fn all(&mut self) -> Result<Vec<Correction>> {
        self.store.read("read the corrections", |conn| {
            corrections::table.order(corrections::id).select(Correction::as_select()).load(conn)
        })
    }

    /// Adds one; returns its number. Its own `id` and `made_us` are ignored.
    ///
    /// # Errors
    /// A usage error for an interval that ends before it begins.
    pub fn add(&mut self, correction: &Correction) -> Result<i64> {
        if correction.until_us <= correction.from_us {
            return Err(Error::usage("the correction ends before it begins"));
        }
        let id = self.store.write("number the correction", |conn| next_number(conn, "correction"))?;
        let row = Correction { id, made_us: now_us(), ..correction.clone() };
        self.store.write("store the correction", |conn| {
            // It may have been committed before the connection broke.
            if corrections::table.find(id).count().get_result::<i64>(conn)? == 0 {
                diesel::insert_into(corrections::table).values(&row).execute(conn)?;
            }
            Ok(id)
        })
    }

    /// Takes a correction back.
    ///
    /// # Errors
    /// A usage error when there is no such number, or it is already undone.
    pub fn undo(&mut self, id: i64) -> Result<i64> {
        let all = self.all()?;
        let see = "see workhours hours list";
        let number = id.to_string();
        let undone = all.iter().any(|c| c.kind == "undo" && c.label.as_ref() == Some(&number));
        let Some(old) = all.into_iter().find(|c| c.id == id && c.kind != "undo") else {
            return Err(Error::usage(format!("there is no correction {id}")).hint(see));
        };
        if undone {
            return Err(Error::usage(format!("correction {id} is undone already")).hint(see));
        }
        self.add(&Correction { kind: "undo".into(), label: Some(number), to_us: None, note: None, ..old })
    }
}
