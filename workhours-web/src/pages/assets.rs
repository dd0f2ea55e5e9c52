//! `/static/{name}`: the site's own style and scripts, packed if the browser takes them so.

use crate::answer::Answer;
use crate::assets::named;
use crate::problem::Problem;
use crate::request::Request;
use crate::route::{Access, Kind, Route};
use crate::site::Site;
use hyper::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, VARY};

async fn serve(asked: Request) -> Result<Answer, Problem> {
    let file = named(asked.name()).ok_or_else(|| Problem::not_found("there is no such file"))?;
    let packs = asked.header(ACCEPT_ENCODING).is_some_and(|all| {
        all.split(',').any(|one| one.split(';').next().is_some_and(|name| name.trim() == "gzip"))
    });
    let answer = match packs {
        true => Answer::of(file.asset.kind, file.packed.as_slice()).header(CONTENT_ENCODING, "gzip"),
        false => Answer::of(file.asset.kind, file.asset.bytes),
    };
    let answer = answer.header(CACHE_CONTROL, "public, max-age=31536000, immutable");
    Ok(answer.header(VARY, ACCEPT_ENCODING.as_str()))
}

inventory::submit! { Route {
    access: Access::Open,
    kind: Kind::Page,
    ..Route::page("/static/{name}", "The site's style and scripts", |_: Site, asked| Box::pin(serve(asked)))
} }
