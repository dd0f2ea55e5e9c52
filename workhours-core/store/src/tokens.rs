//! The tokens of programs that send events: what each may send, for which machine and user, and until when. Only hashes of
//! them are stored.

use super::Store;
use super::schema::tokens::dsl;
use diesel::prelude::*;
use workhours_base::error::{Error, Result};
use workhours_base::names;

/// Names are also names of folders.
const LONGEST_NAME: usize = 64;

/// A token as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = super::schema::tokens)]
#[allow(missing_docs)] // the columns of the table
pub struct TokenRow {
    /// The program that has it.
    pub name: String,
    /// Of the token: BLAKE3 in hexadecimal digits.
    pub hash: String,
    /// What it is for: `ingest`.
    pub scope: String,
    /// The source types that may be sent, with spaces between them; empty for all.
    pub sources: String,
    /// The machine of events that name none.
    pub host: Option<String>,
    /// The user of events that name none.
    pub user: Option<String>,
    pub created_us: i64,
    /// From then on it is not valid.
    pub expires_us: Option<i64>,
    /// When it was last used, to the hour.
    pub used_us: Option<i64>,
}

/// The tokens. Opened by [`Store::tokens`].
pub struct Tokens<'s> {
    pub(crate) store: &'s mut Store,
}

impl Tokens<'_> {
    /// All of them, by name.
    ///
    /// # Errors
    /// Database errors.
    pub fn all(&mut self) -> Result<Vec<TokenRow>> {
        self.store.read("list the tokens", |conn| {
            dsl::tokens.order(dsl::name).select(TokenRow::as_select()).load(conn)
        })
    }

    /// Adds one.
    ///
    /// # Errors
    /// A usage error for a name that is taken, or that can't be the name of a folder.
    pub fn add(&mut self, row: &TokenRow) -> Result<()> {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
        let name = row.name.as_str();
        if name.is_empty() || name.len() > LONGEST_NAME || !name.chars().all(fits) || name.starts_with('.') {
            return Err(Error::usage(format!("{name:?} can't be the name of a token"))
                .hint("use up to 64 small letters, digits, hyphens, underscores and dots: vscode-laptop"));
        }
        let is_new = self.store.write_alone("add a token", |conn| {
            if dsl::tokens.find(name).count().get_result::<i64>(conn)? > 0 {
                return Ok(false);
            }
            diesel::insert_into(dsl::tokens).values(row).execute(conn)?;
            Ok(true)
        })?;
        match is_new {
            true => Ok(()),
            false => Err(Error::usage(format!("there is a token {name} already"))
                .hint(format!("choose another name, or first: workhours tokens revoke {name}"))),
        }
    }

    /// Records that one was used.
    ///
    /// # Errors
    /// Database errors.
    pub fn touch(&mut self, name: &str, now_us: i64) -> Result<()> {
        self.store.write("record the use of a token", |conn| {
            diesel::update(dsl::tokens.find(name)).set(dsl::used_us.eq(now_us)).execute(conn)
        })?;
        Ok(())
    }

    /// Deletes one.
    ///
    /// # Errors
    /// A usage error when there is no such name.
    pub fn revoke(&mut self, name: &str) -> Result<()> {
        let gone = self
            .store
            .write("revoke a token", |conn| diesel::delete(dsl::tokens.find(name)).execute(conn))?;
        if gone > 0 {
            return Ok(());
        }
        let all = self.all()?;
        Err(names::unknown("token", name, all.iter().map(|row| row.name.as_str()), "workhours tokens list"))
    }
}
