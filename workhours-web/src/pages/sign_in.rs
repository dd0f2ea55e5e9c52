//! `/login` and `/logout`: from the address that was printed, or from the token, to a session; and its end.

use crate::answer::Answer;
use crate::problem::Problem;
use crate::request::Request;
use crate::route::{Access, Route, Verb};
use crate::site::Site;
use crate::template::Template;
use hyper::StatusCode;
use hyper::header::SET_COOKIE;
use serde_json::json;
use workhours_core::report::settings::{Parameter, ParameterKind};

inventory::submit! { Template { name: "login", text: include_str!("login.hbs") } }

const TOKEN: Parameter = Parameter::new("token", "What workhours serve printed", ParameterKind::Text);
const NEXT: Parameter = Parameter::new("next", "The page to go on to", ParameterKind::Text);

/// With a ticket, in; without, a form.
async fn show(site: Site, asked: Request) -> Result<Answer, Problem> {
    let next = next(asked.query.one("next")?);
    if !site.auth || asked.signed_in {
        return Ok(Answer::see(&next));
    }
    match asked.query.one("token")? {
        Some(ticket) if site.sessions.take_ticket(ticket) => begin(&site, &next),
        Some(_) => form(&site, &asked, &next, "That address was used already, or is of another start."),
        None => form(&site, &asked, &next, ""),
    }
}

async fn enter(site: Site, asked: Request) -> Result<Answer, Problem> {
    let next = next(asked.form.one("next")?);
    let token = asked.form.one("token")?.unwrap_or_default().trim();
    if site.sessions.is_token(token) || site.sessions.take_ticket(token) {
        return begin(&site, &next);
    }
    let again = form(&site, &asked, &next, "That is not the token.")?;
    Ok(again.status(StatusCode::UNAUTHORIZED))
}

async fn leave(site: Site, _: Request) -> Result<Answer, Problem> {
    Ok(Answer::see("/login").header(SET_COOKIE, &site.sessions.end()))
}

fn begin(site: &Site, next: &str) -> Result<Answer, Problem> {
    Ok(Answer::see(next).header(SET_COOKIE, &site.sessions.begin(site.now_us())?))
}

fn form(site: &Site, asked: &Request, next: &str, wrong: &str) -> Result<Answer, Problem> {
    let page = json!({ "next": next, "wrong": wrong });
    Ok(Answer::page(site.templates.page(site, "login", "Sign in", asked.theme, page)?))
}

/// A page of this site, and of no other.
fn next(wanted: Option<&str>) -> String {
    let ours = |next: &&str| {
        next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\r', '\n', '\t'])
    };
    wanted.filter(ours).unwrap_or("/").to_owned()
}

inventory::submit! { Route {
    access: Access::Open,
    params: |_| vec![TOKEN, NEXT],
    ..Route::page("/login", "Begins a session", |site, asked| Box::pin(show(site, asked)))
} }
inventory::submit! { Route {
    verb: Verb::Post,
    access: Access::Open,
    ..Route::page("/login", "Begins a session by the token", |site, asked| Box::pin(enter(site, asked)))
} }
inventory::submit! { Route {
    verb: Verb::Post,
    access: Access::Open,
    ..Route::page("/logout", "Ends a session", |site, asked| Box::pin(leave(site, asked)))
} }

#[cfg(test)]
mod tests {
    use super::next;

    #[test]
    fn nobody_is_sent_elsewhere() {
        for (wanted, want) in [
            (None, "/"),
            (Some("/reports/hours?by=tag"), "/reports/hours?by=tag"),
            (Some("//evil.example"), "/"),
            (Some("/\\evil.example"), "/"),
            (Some("https://evil.example"), "/"),
            (Some("/\t/evil.example"), "/"),
        ] {
            assert_eq!(next(wanted), want);
        }
    }
}
