//! `/api/docs`: the API for people, made of the same table of routes as its description for programs.

use crate::answer::Answer;
use crate::problem::Problem;
use crate::request::Request;
use crate::route::{self, Access, Kind, Route};
use crate::site::Site;
use crate::template::Template;
use serde_json::{Value, json};

inventory::submit! { Template { name: "docs", text: include_str!("docs.hbs") } }

fn described(route: &Route) -> Value {
    let parameters: Vec<Value> = (route.params)(None)
        .iter()
        .map(|p| json!({ "name": p.name, "help": p.help, "many": p.repeatable }))
        .collect();
    let kind = match route.kind {
        Kind::Json(shape) => shape().0,
        Kind::Description => "OpenAPI".to_owned(),
        Kind::File => "a file".to_owned(),
        Kind::Stream => "server-sent events".to_owned(),
        Kind::Page | Kind::Text => "text".to_owned(),
    };
    json!({
        "verb": route.verb.as_str(),
        "path": route.path,
        "summary": route.summary,
        "open": route.access == Access::Open,
        "kind": kind,
        // One path may take several methods.
        "id": format!("{}{}", route.verb.as_str().to_lowercase(), route.path.replace(['/', '{', '}', '.'], "-")),
        "plain": route.captures().next().is_none() && route.verb == route::Verb::Get,
        "parameters": parameters,
    })
}

async fn docs(site: Site, asked: Request) -> Result<Answer, Problem> {
    let routes: Vec<Value> = route::all().into_iter().filter(|r| r.is_api()).map(described).collect();
    let page = json!({ "routes": routes });
    Ok(Answer::page(site.templates.page(&site, "docs", "API", asked.theme, page)?))
}

inventory::submit! { Route::page("/api/docs", "The API, for people", |site, asked| Box::pin(docs(site, asked))) }
