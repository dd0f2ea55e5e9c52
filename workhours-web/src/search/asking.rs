//! A search made from an address: `q`, `f`, `from`, `to` and the other parameters of the explorer, its endpoints and
//! exports.

use crate::fresh::{Clock, asks_for_time, is_fixed};
use crate::problem::Problem;
use crate::query_string::QueryString;
use crate::site::Site;
use chrono_tz::Tz;
use workhours_core::index::{Cut, Highlights, Order, PageAsk, Question, Step};
use workhours_core::query::{Field, FieldKind, parse};
use workhours_core::report::settings::{Parameter, ParameterKind};
use workhours_core::search::{Filter, SearchRequest, dividing, facet};
use workhours_core::store::Seq;
use workhours_core::zones::Zones;

/// Default number of events on a page.
const SIZE: usize = 50;
/// And at most.
const MAX_SIZE: usize = 500;
/// Facets at once, at most.
const MAX_FACETS: usize = 16;
/// Bars that can be distinguished on a narrow screen.
const BARS: usize = 80;

/// The conditions of a search.
pub(crate) const NARROWED: [Parameter; 5] = [
    Parameter::new("q", "Events that match this query: 'rsync -tag:home status>=500'", ParameterKind::Query),
    Parameter::new("f", "A filter: FIELD:VALUE, or -FIELD:VALUE to exclude it", ParameterKind::Text).many(),
    Parameter::new("from", "From this time on", ParameterKind::When),
    Parameter::new("to", "Before this time; a day, week, month or year is included", ParameterKind::When),
    Parameter::new(
        "tz",
        "The zone of times that name none, and of those that are shown",
        ParameterKind::Text,
    ),
];
const SORT: Parameter = Parameter::new(
    "sort",
    "In which order: relevance, or a field such as date, host, duration or meta.KEY, with a minus the greatest first; -date by default",
    ParameterKind::Text,
);
const AS_OF: Parameter = Parameter::new(
    "as_of",
    "Only what had been committed with this batch or before it",
    ParameterKind::Number,
);
/// The page of the results.
pub(crate) const PAGED: [Parameter; 4] = [
    SORT,
    Parameter::new("size", "How many events, up to 500", ParameterKind::Number),
    Parameter::new("after", "Behind which event: the place the page before gave", ParameterKind::Text),
    AS_OF,
];
/// Further parameters of an export.
pub(crate) const EXPORTED: [Parameter; 2] =
    [SORT, Parameter::new("limit", "At most N events", ParameterKind::Number)];
const BUCKET: Parameter = Parameter::new(
    "bucket",
    "The interval of a bar, such as 15m, 1h, 1d, 1mo; by default the best",
    ParameterKind::Text,
);
const BY: Parameter = Parameter::new(
    "by",
    "The field that divides the bars: source, kind, host, peer, user, person, project, domain, input or label; source by default",
    ParameterKind::Text,
);
const FACET: Parameter = Parameter::new(
    "facet",
    "A field whose values are counted; with a colon and a number, that many of them",
    ParameterKind::Text,
)
.many();

/// The part of an address that a saved search stores.
pub(crate) const SAVED: [&str; 9] = ["q", "f", "from", "to", "tz", "sort", "facet", "bucket", "by"];

/// The counts: by time, by fields, and of which state.
pub(crate) fn counted() -> [Parameter; 4] {
    [BUCKET, BY, FACET, AS_OF]
}

/// The default facets.
const FACETS: [&str; 7] = ["source", "host", "peer", "user", "domain", "tag", "meta.status"];

/// A search, all of it read.
#[derive(Clone)]
pub(crate) struct Search {
    pub(crate) asked: SearchRequest,
    pub(crate) question: Question,
    pub(crate) zone: Tz,
    pub(crate) zones: Zones,
    pub(crate) ask: PageAsk,
    pub(crate) cut: Cut,
    /// The field that divides the histogram.
    pub(crate) by: Field,
    /// The fields to be counted, and how many values of each.
    pub(crate) facets: Vec<(Field, usize)>,
    pub(crate) limit: Option<u64>,
    /// The words to mark in results: those of the query, not the values of filters.
    pub(crate) highlights: Highlights,
}

impl Search {
    /// From an address. Missing parameters have their defaults.
    ///
    /// # Errors
    /// A problem that names the invalid parameter.
    pub(crate) fn new(site: &Site, query: &QueryString) -> Result<Self, Problem> {
        let text = |name: &str| Ok::<_, Problem>(query.one(name)?.map(str::to_owned));
        let zone = query.one("tz")?.map_or(Ok(site.config.timezone), workhours_core::config::timezone)?;
        let filters = query.all("f").iter().map(|text| text.parse()).collect::<Result<_, _>>()?;
        let asked = SearchRequest {
            query: text("q")?.unwrap_or_default(),
            filters,
            from: text("from")?,
            to: text("to")?,
            ..SearchRequest::default()
        };
        let as_of = number(query, "as_of", i64::MAX as u64)?.map(|seq| Seq::new(seq as i64));
        let zones = site.config.zones(Some(zone), None)?;
        let lookup = site.config.hours.lookup(site.now_us(), &zones)?;
        let question = Question { expr: asked.expr(site.now_us(), &zones)?, as_of, lookup };
        let facets = query.all("facet");
        if facets.len() > MAX_FACETS {
            return Err(Problem::too_much(format!("there are more than {MAX_FACETS} facets")));
        }
        let facets = match facets.is_empty() {
            true => FACETS.iter().map(|name| facet(name)).collect::<Result<_, _>>()?,
            false => facets.iter().map(|text| facet(text)).collect::<Result<_, _>>()?,
        };
        let cut = match query.one("bucket")?.filter(|bucket| *bucket != "auto") {
            Some(step) => Cut::By(step.parse::<Step>()?),
            None => Cut::Into(BARS),
        };
        let by = query.one("by")?.map_or(Ok(Field::Source), dividing)?;
        let ask = PageAsk {
            order: query.one("sort")?.map_or(Ok(Order::Newest), str::parse)?,
            after: query.one("after")?.map(str::parse).transpose()?,
            size: number(query, "size", MAX_SIZE as u64)?.map_or(SIZE, |size| size as usize),
        };
        let limit = number(query, "limit", u64::MAX)?;
        let highlights = Highlights::of(&parse(&asked.query, site.now_us(), &zones)?);
        Ok(Self { asked, question, zone, zones, ask, cut, by, facets, limit, highlights })
    }

    /// Whether the answer changes with the clock.
    pub(crate) fn clock(&self) -> Clock {
        let times = [&self.asked.from, &self.asked.to];
        // Filters may be for times too: date:today.
        let by_filter = |filter: &Filter| filter.field.kind() == FieldKind::Time && !is_fixed(&filter.value);
        let asks = asks_for_time(&self.asked.query) || self.asked.filters.iter().any(by_filter);
        match times.into_iter().flatten().all(|text| is_fixed(text)) && !asks {
            true => Clock::Still,
            false => Clock::Minute,
        }
    }
}

fn number(query: &QueryString, name: &str, most: u64) -> Result<Option<u64>, Problem> {
    let Some(text) = query.one(name)? else { return Ok(None) };
    match text.parse::<u64>() {
        Ok(n) if n > most => Err(Problem::too_much(format!("{name} is at most {most}"))),
        Ok(n) if n > 0 || name == "as_of" => Ok(Some(n)),
        _ => Err(Problem::bad(format!("{name} takes a number, not {text:?}"))),
    }
}
