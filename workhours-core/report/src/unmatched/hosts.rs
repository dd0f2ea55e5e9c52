//! Queries from versions without `peer`, which use `host` for a client.
//!
//! Nothing marks such a query, and one may be copied from an older config at any time. The database shows it: no event
//! has this host, and some have this peer.

use workhours_base::error::Result;
use workhours_base::table::Note;
use workhours_base::zones::Zones;
use workhours_query::{Expr, Want, either_end, name_is, parse, written};
use workhours_store::{RollupField, Store};

/// A query that is kept to be used again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptQuery {
    /// Where it is stored and as what: `FILE:LINE: the project web`.
    pub whose: String,
    /// In the language of queries.
    pub query: String,
}

/// The messages for queries that name a host which events have only as their peer.
///
/// # Errors
/// Database errors.
pub fn only_peers(store: &mut Store, kept: &[KeptQuery]) -> Result<Vec<Note>> {
    // Times are not at stake: any clock will do. What cannot be read is found out where it is used.
    let read = |kept: &KeptQuery| parse(&kept.query, 0, &Zones::plain(chrono_tz::Tz::UTC)).ok();
    let queries: Vec<(&KeptQuery, Expr)> = kept.iter().filter_map(|kept| Some((kept, read(kept)?))).collect();
    if queries.iter().all(|(_, expr)| expr.hosts_alone().is_empty()) {
        return Ok(Vec::new());
    }
    let (hosts, peers) =
        (store.events().values(RollupField::Host)?, store.events().values(RollupField::Peer)?);
    let any = |values: &[String], want: &Want| values.iter().any(|value| name_is(value, want));
    let mut notes = Vec::new();
    for (kept, expr) in &queries {
        let stale = |want: &&&Want| !any(&hosts, want) && any(&peers, want);
        if let Some(want) = expr.hosts_alone().iter().find(stale) {
            let text = format!("{} asks for {}, which events have as peer only", kept.whose, host(want));
            notes.push(Note::new(text).hint(format!("write {}", either_end(&kept.query))));
        }
    }
    Ok(notes)
}

/// The value, as written.
fn host(want: &Want) -> String {
    match want {
        Want::Word(value) | Want::Phrase(value) => format!("host:{}", written(value)),
        Want::Prefix(start) => format!("host:{start}*"),
        Want::Range(from, to) => format!("host:[{from} TO {to}]"),
        Want::Compare(_, value) => format!("hosts compared with {value}"),
    }
}
