//! `/theme`: light, dark, or as the system is.

use crate::answer::Answer;
use crate::gate::Theme;
use crate::problem::Problem;
use crate::request::Request;
use crate::route::{Access, Route, Verb};
use crate::site::Site;
use hyper::header::{REFERER, SET_COOKIE};
use url::Url;

async fn choose(site: Site, asked: Request) -> Result<Answer, Problem> {
    let name = asked.form.one("theme")?.unwrap_or_default();
    let theme = Theme::named(name)
        .ok_or_else(|| Problem::bad(format!("there is no theme {name:?}")).hint("system, light or dark"))?;
    Ok(Answer::see(&back(&site, &asked)).header(SET_COOKIE, &theme.keep()))
}

/// The page the visitor comes from, if it is one of ours.
fn back(site: &Site, asked: &Request) -> String {
    let from = asked.header(REFERER).and_then(|text| Url::parse(text).ok());
    let ours = from.filter(|url| {
        let host = url.host_str().unwrap_or_default();
        site.hosts.are(&url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
    });
    ours.map_or_else(
        || "/".to_owned(),
        |url| url[url::Position::BeforePath..url::Position::AfterQuery].to_owned(),
    )
}

inventory::submit! { Route {
    verb: Verb::Post,
    access: Access::Open,
    ..Route::page("/theme", "Chooses light or dark", |site, asked| Box::pin(choose(site, asked)))
} }
