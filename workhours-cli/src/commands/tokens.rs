//! `tokens add|list|revoke`: who may send events to the site.

use super::Outcome;
use crate::args::Tokens;
use crate::session::Session;
use workhours_core::duration::parse_duration;
use workhours_core::error::Result;
use workhours_core::store::{TokenRow, now_us};
use workhours_core::table::{Cell, Column, ColumnType, Table};
use workhours_core::token::{new_token, token_hash};

/// What a token is for.
const SCOPE: &str = "ingest";

const COLUMNS: [Column; 7] = [
    Column::new("name", ColumnType::Text, "the program that has it"),
    Column::new("sources", ColumnType::Text, "the source types it may send; empty for all"),
    Column::new("host", ColumnType::Text, "the machine of events that name none"),
    Column::new("user", ColumnType::Text, "the user of events that name none"),
    Column::new("created", ColumnType::Time, "when it was made"),
    Column::new("expires", ColumnType::Time, "when it ends; empty for never"),
    Column::new("used", ColumnType::Time, "when it was last used, to the hour"),
];

pub(crate) fn run(session: &Session<'_>, command: &Tokens) -> Result<Outcome> {
    let mut store = session.store()?;
    match command {
        Tokens::Add { name, sources, host, user, expires } => {
            let mut known = Vec::with_capacity(sources.len());
            for source in sources {
                known.push(session.registry()?.get(source)?.source.info().name);
            }
            let lifetime = expires.as_deref().map(parse_duration).transpose()?;
            let (token, now) = (new_token()?, now_us());
            let until = |lifetime: std::time::Duration| {
                now.saturating_add(i64::try_from(lifetime.as_micros()).unwrap_or(i64::MAX))
            };
            store.tokens().add(&TokenRow {
                name: name.clone(),
                hash: token_hash(&token),
                scope: SCOPE.to_owned(),
                sources: known.join(" "),
                host: host.clone(),
                user: user.clone(),
                created_us: now,
                expires_us: lifetime.map(until),
                used_us: None,
            })?;
            session.print_text(&format!("{token}\n"))?;
            session.console.say(format_args!("this is the token of {name}; it is not shown again"));
        }
        Tokens::List => {
            let row = |token: TokenRow| {
                vec![
                    Cell::from(token.name),
                    token.sources.into(),
                    token.host.into(),
                    token.user.into(),
                    Cell::Time(token.created_us),
                    token.expires_us.map_or(Cell::Null, Cell::Time),
                    token.used_us.map_or(Cell::Null, Cell::Time),
                ]
            };
            let rows = store.tokens().all()?.into_iter().map(row).collect();
            session.print(&mut Table::ready("tokens", &COLUMNS, rows))?;
        }
        Tokens::Revoke { name } => {
            store.tokens().revoke(name)?;
            session.console.say(format_args!("the token of {name} is not valid any more"));
        }
    }
    Ok(Outcome::Done)
}
