//! Whether a browser's copy still holds: a weak tag made of everything an answer depends on, before anything of it is
//! worked out.

use crate::answer::Answer;
use crate::problem::Problem;
use crate::request::Request;
use crate::site::Site;
use hyper::header::{ACCEPT, COOKIE, ETAG, IF_NONE_MATCH, VARY};
use std::future::Future;
use workhours_core::store::Seq;

/// How a response depends on the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Clock {
    /// Empty: the event was over when it was requested.
    Still,
    /// The minute.
    Minute,
}

/// Whether a time depends on the calendar, not on now.
pub(crate) fn is_fixed(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit()) && text.contains('-') || text.starts_with('@')
}

/// Whether a query may contain times, which may be relative to now.
pub(crate) fn asks_for_time(query: &str) -> bool {
    query.contains("date") || query.contains("time")
}

impl Site {
    /// The answer, or that the browser's copy of it still holds.
    ///
    /// # Errors
    /// From the response.
    pub(crate) async fn fresh<F: Future<Output = Result<Answer, Problem>>>(
        &self,
        asked: &Request,
        clock: Clock,
        answer: impl FnOnce() -> F,
    ) -> Result<Answer, Problem> {
        self.fresh_of(asked, clock, None, answer).await
    }

    /// The same for results of the index, which may learn of events later than the database.
    ///
    /// # Errors
    /// From the response.
    pub(crate) async fn fresh_by_index<F: Future<Output = Result<Answer, Problem>>>(
        &self,
        asked: &Request,
        clock: Clock,
        answer: impl FnOnce() -> F,
    ) -> Result<Answer, Problem> {
        // One that cannot be read is as good as none.
        let known = self.index.known().ok().flatten();
        self.fresh_of(asked, clock, known, answer).await
    }

    async fn fresh_of<F: Future<Output = Result<Answer, Problem>>>(
        &self,
        asked: &Request,
        clock: Clock,
        known: Option<Seq>,
        answer: impl FnOnce() -> F,
    ) -> Result<Answer, Problem> {
        let moment = self
            .quick_read(|store| {
                Ok((store.journal().moment()?, store.uuid().to_owned(), store.corrections().all()?.len()))
            })
            .await?;
        let minute = if clock == Clock::Minute { self.now_us() / 60_000_000 } else { 0 };
        let theme = asked.theme.as_str();
        let accepted = asked.header(ACCEPT);
        let of = format!(
            "{moment:?} {known:?} {minute} {theme} {accepted:?} {} {} {}",
            asked.signed_in,
            asked.query.at(&asked.path),
            self.build
        );
        let tag = format!("W/\"{}\"", &blake3::hash(of.as_bytes()).to_hex()[..24]);
        let shown = asked.header(IF_NONE_MATCH).unwrap_or_default();
        let same = shown.split(',').any(|t| t.trim() == tag || t.trim() == "*");
        let answer = if same { Answer::unchanged() } else { answer().await? };
        Ok(answer.header(ETAG, &tag).header(VARY, "Accept").header(VARY, COOKIE.as_str()))
    }
}
