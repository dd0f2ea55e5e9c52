//! `/`: how much was worked today and lately, where it comes from, what came up most, and how fresh all of it is.

use super::heatmap::{Heatmap, heatmap};
use crate::answer::Answer;
use crate::fresh::Clock;
use crate::links::only;
use crate::markup::Markup;
use crate::problem::Problem;
use crate::query_string::QueryString;
use crate::reports::ReportRequest;
use crate::request::Request;
use crate::route::{Nav, Route};
use crate::site::Site;
use crate::template::Template;
use serde::Serialize;
use std::collections::BTreeMap;
use workhours_core::ago::ago;
use workhours_core::output::html::sparkline;
use workhours_core::report::reports;
use workhours_core::table::{Cell, Row};
use workhours_core::zones::Zones;

inventory::submit! { Template { name: "home", text: include_str!("home.hbs") } }

/// Rows of a list of what came up most.
const TOP: usize = 7;
/// Days of the sparklines.
const DAYS: usize = 30;

/// The values of the template.
#[derive(Serialize)]
struct HomePage {
    /// The first of the seven days.
    since: String,
    today: String,
    week: String,
    days: Vec<Bar>,
    heatmap: Heatmap,
    sources: Vec<Source>,
    tops: Vec<Top>,
    inputs: Vec<Input>,
}

/// A number, and how long its bar is, percent.
#[derive(Serialize)]
struct Bar {
    label: String,
    value: String,
    percent: f64,
    path: String,
}

#[derive(Serialize)]
struct Source {
    name: String,
    count: String,
    spark: Markup,
    path: String,
}

#[derive(Serialize)]
struct Top {
    title: &'static str,
    path: String,
    bars: Vec<Bar>,
}

#[derive(Serialize)]
struct Input {
    id: i64,
    name: String,
    path: String,
    last: String,
    loaded: String,
    /// `good`, `warn`, `bad`.
    state: &'static str,
    rejects: i64,
}

/// The rows of a report, by column.
pub(super) type Rows = Vec<BTreeMap<&'static str, Cell>>;

/// Asks a report; an unknown one has no rows.
pub(super) async fn rows(site: &Site, report: &'static str, query: &str, most: u64) -> Result<Rows, Problem> {
    if reports().iter().all(|known| known.info().name != report) {
        return Ok(Rows::new());
    }
    let asking = ReportRequest::new(site, report, &QueryString::parse(query.as_bytes()))?;
    site.work(move |site, store, stop| {
        let mut table = asking.run(site, store, stop, Some(most))?;
        let names: Vec<&'static str> = table.columns.iter().map(|column| column.name).collect();
        let mut rows = Rows::new();
        while let Some(row) = table.rows.next_row()? {
            let Row::Data(cells) = row else { continue };
            rows.push(names.iter().copied().zip(cells).collect());
        }
        Ok(rows)
    })
    .await
}

pub(super) fn text(row: &BTreeMap<&'static str, Cell>, column: &str) -> String {
    match row.get(column) {
        Some(Cell::Text(text)) => text.to_string(),
        _ => String::new(),
    }
}

pub(super) fn number(row: &BTreeMap<&'static str, Cell>, column: &str) -> f64 {
    row.get(column).and_then(Cell::number).unwrap_or_default()
}

pub(super) fn time(row: &BTreeMap<&'static str, Cell>, column: &str) -> Option<i64> {
    match row.get(column) {
        Some(Cell::Time(us)) => Some(*us),
        _ => None,
    }
}

async fn home(site: Site, asked: Request) -> Result<Answer, Problem> {
    let (asked, site) = (&asked, &site);
    let answer = || async move {
        if site.quick_read(|store| Ok(store.inputs().all()?.is_empty())).await? {
            return Ok(Answer::page(site.templates.page(site, "home.empty", "Welcome", asked.theme, ())?));
        }
        let page = page(site).await?;
        Ok(Answer::page(site.templates.page(site, "home", "Home", asked.theme, page)?))
    };
    site.fresh(asked, Clock::Minute, answer).await
}

async fn page(site: &Site) -> Result<HomePage, Problem> {
    // Whole days: `-6d` would begin at this hour.
    let since = today(site).checked_sub_days(chrono::Days::new(6)).unwrap_or_default().to_string();
    let lately = format!("from={since}");
    let (week, map, counts, projects, domains, commands, inputs) = tokio::try_join!(
        rows(site, "calendar", &lately, 10),
        heatmap(site),
        rows(site, "histogram", "by=source&bucket=day&from=-29d", 20_000),
        rows(site, "projects", &lately, TOP as u64),
        rows(site, "domains", &lately, TOP as u64),
        rows(site, "commands", &lately, TOP as u64),
        rows(site, "sources", "", 500),
    )?;
    let days = last_days(site, &week);
    let worked: f64 = days.iter().map(|(_, hours)| hours).sum();
    let longest = days.iter().map(|(_, hours)| *hours).fold(0.0, f64::max);
    let bar = |(day, hours): &(chrono::NaiveDate, f64)| Bar {
        label: day.format("%a %-d").to_string(),
        value: clock(*hours),
        percent: percent(*hours, longest),
        path: QueryString::default().with("in", day).with("explain", 1).at("/reports/hours"),
    };
    let hours = format!("/reports/hours?by=project&{lately}");
    Ok(HomePage {
        today: clock(days.last().map_or(0.0, |(_, hours)| *hours)),
        week: clock(worked),
        days: days.iter().map(bar).collect(),
        heatmap: map,
        sources: sources(site, &counts),
        tops: vec![
            top("Projects", hours, &projects, ("project", "count"), &since),
            top("Domains", format!("/reports/domains?{lately}"), &domains, ("domain", "count"), &since),
            top("Commands", format!("/reports/commands?{lately}"), &commands, ("command", "runs"), &since),
        ],
        inputs: inputs.iter().map(|row| input(site, row)).collect(),
        since,
    })
}

/// Hours of the last seven days, also of those without any.
fn last_days(site: &Site, rows: &Rows) -> Vec<(chrono::NaiveDate, f64)> {
    let today = today(site);
    let worked: BTreeMap<String, f64> =
        rows.iter().map(|row| (text(row, "day"), number(row, "hours"))).collect();
    let of = |day: chrono::NaiveDate| (day, worked.get(&day.to_string()).copied().unwrap_or_default());
    (0..7).rev().filter_map(|back| today.checked_sub_days(chrono::Days::new(back))).map(of).collect()
}

/// The day it is where the user is.
pub(super) fn today(site: &Site) -> chrono::NaiveDate {
    // The config's travels were found to be in order when it was read.
    let zones = site.config.zones(None, None).unwrap_or_else(|_| Zones::plain(site.config.timezone));
    zones.day_of(site.now_us())
}

/// How many events each source had on each of the last days.
fn sources(site: &Site, rows: &Rows) -> Vec<Source> {
    let today = today(site);
    let mut counts: BTreeMap<String, [f64; DAYS]> = BTreeMap::new();
    for row in rows {
        let day = text(row, "period").parse::<chrono::NaiveDate>().ok();
        let back =
            day.and_then(|day| usize::try_from((today - day).num_days()).ok()).filter(|back| *back < DAYS);
        if let Some(back) = back {
            counts.entry(text(row, "key")).or_insert([0.0; DAYS])[DAYS - 1 - back] += number(row, "count");
        }
    }
    let mut all: Vec<(String, [f64; DAYS])> =
        counts.into_iter().filter(|(name, _)| !name.is_empty()).collect();
    let sum = |days: &[f64; DAYS]| days.iter().sum::<f64>();
    all.sort_by(|a, b| sum(&b.1).total_cmp(&sum(&a.1)));
    let source = |(name, days): (String, [f64; DAYS])| Source {
        count: super::report::grouped(sum(&days) as u64),
        spark: Markup::finished(sparkline(&days)),
        path: only(&QueryString::default().with("from", "-29d"), "source", &name),
        name,
    };
    all.into_iter().map(source).collect()
}

fn top(title: &'static str, path: String, rows: &Rows, (name, count): (&str, &str), since: &str) -> Top {
    let highest = rows.iter().map(|row| number(row, count)).fold(0.0, f64::max);
    let field = if name == "command" { "text" } else { name };
    let bar = |row: &BTreeMap<&'static str, Cell>| {
        let (label, n) = (text(row, name), number(row, count));
        let path = QueryString::default().with("from", since);
        let path = match name {
            "project" => path.with("by", "project").at("/reports/hours"),
            _ => only(&path, field, &label),
        };
        Bar { value: super::report::grouped(n as u64), percent: percent(n, highest), path, label }
    };
    let bars = rows.iter().filter(|row| !text(row, name).is_empty()).take(TOP).map(bar).collect();
    Top { title, path, bars }
}

fn input(site: &Site, row: &BTreeMap<&'static str, Cell>) -> Input {
    let label = text(row, "label");
    let source = text(row, "source_type");
    let stale = row.get("stale_days").and_then(Cell::number);
    Input {
        id: number(row, "input_id") as i64,
        name: if label.is_empty() { source } else { format!("{source} · {label}") },
        path: text(row, "path"),
        last: since(site, time(row, "last"), "never"),
        loaded: since(site, time(row, "loaded"), "nothing yet"),
        state: match stale {
            Some(days) if days < 2.0 => "good",
            Some(days) if days < 14.0 => "warn",
            _ => "bad",
        },
        rejects: number(row, "rejects") as i64,
    }
}

/// Hours and minutes.
pub(super) fn clock(hours: f64) -> String {
    let minutes = (hours * 60.0).round() as i64;
    format!("{}:{:02}", minutes / 60, minutes % 60)
}

fn percent(n: f64, highest: f64) -> f64 {
    if highest > 0.0 { (n / highest * 1000.0).round() / 10.0 } else { 0.0 }
}

/// The time since something happened; `never` if it didn't.
pub(super) fn since(site: &Site, us: Option<i64>, never: &str) -> String {
    us.map_or_else(|| never.to_owned(), |us| ago(us, site.now_us()))
}

inventory::submit! { Template { name: "home.empty", text: include_str!("home_empty.hbs") } }

inventory::submit! { Route {
    nav: Some(Nav { order: 0, label: "Home" }),
    ..Route::page("/", "Hours of late, and how fresh everything is", |site, asked| Box::pin(home(site, asked)))
} }
