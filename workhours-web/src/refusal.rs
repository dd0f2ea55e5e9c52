//! Problems as responses: problem details (RFC 9457) for programs, a page for people. An internal error shows only a
//! number, which is also in the log.

use crate::answer::Answer;
use crate::gate::Theme;
use crate::log::{Level, Line};
use crate::problem::Problem;
use crate::site::Site;
use hyper::header::CACHE_CONTROL;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

/// Problem details as JSON.
#[derive(Serialize, ToSchema)]
pub(crate) struct Details {
    /// Always `about:blank`: the status says what kind of problem it is.
    r#type: &'static str,
    /// The status in words.
    title: &'static str,
    status: u16,
    /// What is wrong with this request.
    detail: String,
    /// What can be done about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    /// The character of the query at which the mistake is, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<u32>,
    /// By this number the log knows more.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
}

impl Problem {
    /// The answer: a page or problem details.
    pub(crate) fn answer(self, site: &Site, page: bool, theme: Theme) -> Answer {
        let id = self.cause.as_ref().map(|cause| {
            let id = site.next_id();
            Line::new(Level::Error, "failed").with("id", &id).with("cause", cause).send(&site.log);
            id
        });
        let title = self.status.canonical_reason().unwrap_or("Error");
        let details = Details {
            r#type: "about:blank",
            title,
            status: self.status.as_u16(),
            detail: self.detail,
            hint: self.hint,
            position: self.position,
            id,
        };
        let drawn = page.then(|| {
            let known = json!({ "status": details.status, "title": title, "detail": details.detail,
                "hint": details.hint, "id": details.id, "sign_in": details.status == 401, "query": self.query });
            site.templates.page(site, "problem", title, theme, known)
        });
        let answer = match drawn {
            Some(Ok(html)) => Answer::page(html),
            // Also when the page cannot be drawn: this cannot fail.
            _ => Answer::of("application/problem+json", serde_json::to_vec(&details).unwrap_or_default()),
        };
        let answer = answer.status(self.status).header(CACHE_CONTROL, "no-store");
        self.headers.into_iter().fold(answer, |answer, (name, value)| answer.header(name, &value))
    }
}
