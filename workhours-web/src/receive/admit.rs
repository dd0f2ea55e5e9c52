//! Which client a request is from.

use crate::problem::Problem;
use crate::query_string::QueryString;
use crate::receivers::{ByHash, Client, shown};
use crate::site::Site;
use hyper::header::WWW_AUTHENTICATE;
use hyper::{HeaderMap, StatusCode};
use std::sync::Arc;
use workhours_core::store::now_us;
use workhours_core::token::token_hash;

/// The time of a token's last use is kept to this.
const HOUR_US: i64 = 3_600_000_000;

/// The client that a request is from; `None` for one without a valid token.
///
/// # Errors
/// Database errors.
pub(crate) async fn find(
    site: &Site,
    headers: &HeaderMap,
    query: &QueryString,
) -> Result<Option<Client>, Problem> {
    let shown = shown(headers, query);
    if shown.is_empty() {
        return Ok(None);
    }
    let known = known(site).await?;
    let now = now_us();
    let found = shown.iter().find_map(|token| known.get(&token_hash(token)));
    let Some(row) = found.filter(|row| row.expires_us.is_none_or(|until| until > now)) else {
        return Ok(None);
    };
    if row.used_us.is_none_or(|used| used / HOUR_US != now / HOUR_US) && site.read_only.is_none() {
        let name = row.name.clone();
        site.quick_read(move |store| store.tokens().touch(&name, now / HOUR_US * HOUR_US)).await?;
        site.receivers.clients.forget();
    }
    Ok(Some(Client::of(row)))
}

/// The client of a request that needs one.
///
/// # Errors
/// A problem without a valid token.
pub(crate) async fn admit(site: &Site, headers: &HeaderMap, query: &QueryString) -> Result<Client, Problem> {
    find(site, headers, query).await?.ok_or_else(|| {
        Problem::new(StatusCode::UNAUTHORIZED, "this needs the token of a program that may send events")
            .hint("workhours tokens add NAME makes one; send Authorization: Bearer TOKEN")
            .header(WWW_AUTHENTICATE, "Bearer")
    })
}

async fn known(site: &Site) -> Result<Arc<ByHash>, Problem> {
    match site.receivers.clients.fresh() {
        Some(known) => Ok(known),
        None => Ok(site.receivers.clients.keep(site.quick_read(|store| store.tokens().all()).await?)),
    }
}
