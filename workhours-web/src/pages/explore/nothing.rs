//! The message when nothing was found: that the database is empty, and how to fill it; or which condition to remove.

use super::super::report::{Link, grouped};
use super::PATH;
use crate::query_string::QueryString;
use crate::search::{Search, SearchRun};
use serde::Serialize;
use workhours_core::error::Result;
use workhours_core::index::{Order, PageAsk, Question};
use workhours_core::store::Store;

/// An explanation.
#[derive(Serialize)]
pub(super) struct Nothing {
    /// Whether the database has no event at all.
    empty: bool,
    /// Searches with one condition less that find something, and how many events each.
    without: Vec<Link>,
}

impl Nothing {
    /// For a search without results.
    pub(super) fn new(store: &mut Store, engine: &SearchRun<'_>, query: &QueryString) -> Result<Self> {
        if store.events().count()? == 0 {
            return Ok(Self { empty: true, without: Vec::new() });
        }
        // The database itself is too slow to be asked so often.
        if !engine.is_indexed() {
            return Ok(Self { empty: false, without: Vec::new() });
        }
        let query = query.without("after").without("as_of");
        let mut less: Vec<(String, QueryString)> = Vec::new();
        for (name, value) in query.pairs() {
            if ["q", "f", "from", "to"].contains(&name.as_str()) {
                let label = if name == "f" { value.clone() } else { format!("{name} {value}") };
                less.push((label, query.without_one(name, value)));
            }
        }
        let mut without = Vec::new();
        for (label, query) in less.into_iter().take(12) {
            let Ok(wider) = Search::new(engine.site(), &query) else { continue };
            let question = Question { as_of: Some(engine.as_of), ..wider.question };
            let ask = PageAsk { order: Order::Newest, after: None, size: 1 };
            let found = engine.index().page(&question, &ask, &engine.budget())?.total.value;
            if found > 0 {
                let label = format!("Without {label}: {}", grouped(found));
                without.push(Link { label, path: query.at(PATH), here: false });
            }
        }
        Ok(Self { empty: false, without })
    }
}
