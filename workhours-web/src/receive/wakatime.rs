//! What editor plugins with a WakaTime client ask for: heartbeats are taken, and the time of today is answered by
//! WakaTime's rule. The hours of the reports go by ours.

use super::lines::API_KEY;
use super::{How, admit, store, unpacked};
use crate::answer::Answer;
use crate::problem::Problem;
use crate::receivers::{Client, Heartbeat, of_body};
use crate::request::Request;
use crate::route::{Access, Handler, Kind, Route, Verb};
use crate::site::Site;
use chrono::NaiveDate;
use hyper::{HeaderMap, StatusCode};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use workhours_core::report::settings::{Parameter, ParameterKind};
use workhours_core::store::EventFilter;

/// The source type of what is stored.
pub(super) const SOURCE: &str = "wakatime";
/// The most that a request unpacks to, and the most heartbeats in it; clients send 25.
const LARGEST: u64 = 2 << 20;
const MOST_HEARTBEATS: usize = 2_000;
/// WakaTime's rule: a gap of at most this is time worked.
const TIMEOUT_US: i64 = 15 * 60 * 1_000_000;

/// Stores the heartbeats of a request; what each gets for an answer. It's done to the end, even if the client goes away: what
/// is stored has to be remembered.
async fn take(site: &Site, asked: Request) -> Result<Vec<(Value, u16)>, Problem> {
    let client = admit::admit(site, &asked.headers, &asked.query).await?;
    client.may_send(SOURCE)?;
    let body = unpacked(asked.body, LARGEST).await?;
    let items = of_body(&body).map_err(Problem::bad)?;
    if items.len() > MOST_HEARTBEATS {
        return Err(Problem::too_much(format!("more than {MOST_HEARTBEATS} heartbeats at once")));
    }
    let (site, headers) = (site.clone(), asked.headers);
    let work = tokio::spawn(async move { store_all(&site, &client, &headers, items).await });
    work.await.map_err(|e| Problem::failed(e.to_string()))?
}

async fn store_all(
    site: &Site,
    client: &Client,
    headers: &HeaderMap,
    items: Vec<Value>,
) -> Result<Vec<(Value, u16)>, Problem> {
    // One request after the other: a repeated one must see what the first has stored.
    let mut remembered = site.receivers.remembered.lock().await;
    let of_client = remembered.of(client);
    let mut lines = String::new();
    let mut new = Vec::new();
    let mut answers = Vec::with_capacity(items.len());
    for item in items {
        answers.push(match of_client.read(headers, item, &new) {
            Heartbeat::New(line, hash) => {
                new.push(hash);
                lines.push_str(&line);
                lines.push('\n');
                // Only the id: some clients fail at the nulls of a longer answer.
                (json!({ "data": { "id": &blake3::hash(line.as_bytes()).to_hex()[..32] } }), 201)
            }
            Heartbeat::Known => (json!({ "data": { "id": "known" } }), 201),
            Heartbeat::Wrong(member, why) => {
                let mut errors = Map::new();
                errors.insert(member.to_owned(), json!([why]));
                (json!({ "errors": errors }), 400)
            }
        });
    }
    if !lines.is_empty() {
        store(site, client, SOURCE, How::ByIdentity, lines.into_bytes()).await?;
        of_client.keep(new);
    }
    Ok(answers)
}

async fn bulk(site: Site, asked: Request) -> Result<Answer, Problem> {
    let answers = take(&site, asked).await?;
    let responses: Vec<Value> = answers.into_iter().map(|(body, status)| json!([body, status])).collect();
    Ok(Answer::json(&json!({ "responses": responses }))?.status(StatusCode::ACCEPTED))
}

async fn single(site: Site, asked: Request) -> Result<Answer, Problem> {
    let mut answers = take(&site, asked).await?;
    let (body, status) = answers.pop().ok_or_else(|| Problem::bad("there is no heartbeat in the body"))?;
    Ok(Answer::json(&body)?.status(StatusCode::from_u16(status).unwrap_or(StatusCode::CREATED)))
}

/// The time of some heartbeats, in all and by value.
#[derive(Default)]
struct Worked {
    total_us: i64,
    by: BTreeMap<&'static str, BTreeMap<String, i64>>,
}

/// Members by which the time is divided, with their names in meta.
const DIVISIONS: [(&str, &str); 4] = [
    ("categories", "category"),
    ("projects", "repository"),
    ("languages", "language"),
    ("editors", "editor"),
];

impl Worked {
    /// Of heartbeats in order of time: the gap after each, if it isn't too long, is that heartbeat's.
    fn of(beats: &[(i64, Map<String, Value>)]) -> Self {
        let mut worked = Self::default();
        for pair in beats.windows(2) {
            let gap = pair[1].0 - pair[0].0;
            if gap > TIMEOUT_US {
                continue;
            }
            worked.total_us += gap;
            for (division, member) in DIVISIONS {
                let usual = if division == "categories" { "coding" } else { "Other" };
                let value = pair[0].1.get(member).and_then(Value::as_str).unwrap_or(usual);
                *worked.by.entry(division).or_default().entry(value.to_owned()).or_default() += gap;
            }
        }
        worked
    }

    fn to_json(&self) -> Value {
        let mut all = json!({ "grand_total": length(self.total_us) });
        for (division, _) in DIVISIONS {
            let mut values: Vec<(&String, &i64)> = self.by.get(division).into_iter().flatten().collect();
            values.sort_by_key(|(name, us)| (-**us, (*name).clone()));
            let items: Vec<Value> = values
                .into_iter()
                .map(|(name, us)| {
                    let mut item = length(*us);
                    item["name"] = json!(name);
                    item["percent"] =
                        json!((*us as f64 * 100.0 / self.total_us.max(1) as f64 * 100.0).round() / 100.0);
                    item
                })
                .collect();
            all[division] = Value::Array(items);
        }
        all
    }
}

fn length(us: i64) -> Value {
    let minutes = us / 60_000_000;
    let (h, m) = (minutes / 60, minutes % 60);
    let unit = |n: i64, name: &str| if n == 1 { format!("{n} {name}") } else { format!("{n} {name}s") };
    let text = match h {
        0 => unit(m, "min"),
        _ => format!("{} {}", unit(h, "hr"), unit(m, "min")),
    };
    json!({
        "text": text, "digital": format!("{h}:{m:02}"), "decimal": format!("{:.2}", us as f64 / 3.6e9),
        "hours": h, "minutes": m, "total_seconds": us as f64 / 1e6,
    })
}

/// The heartbeats of a client's user between two moments, in order of time.
async fn beats(
    site: &Site,
    client: &Client,
    from_us: i64,
    until_us: i64,
) -> Result<Vec<(i64, Map<String, Value>)>, Problem> {
    let filter = EventFilter {
        source_types: vec![SOURCE.to_owned()],
        users: client.user.iter().cloned().collect(),
        from_us: Some(from_us),
        until_us: Some(until_us),
        ..EventFilter::default()
    };
    site.work(move |_, store, _| {
        let mut reader = store.events().reader(filter);
        let mut beats = Vec::new();
        while let Some(event) = reader.next_event()? {
            let meta = event.meta.as_deref().and_then(|meta| serde_json::from_str(meta).ok());
            beats.extend(event.date.map(|us| (us, meta.unwrap_or_default())));
        }
        Ok(beats)
    })
    .await
}

async fn today(site: Site, asked: Request) -> Result<Answer, Problem> {
    let client = admit::admit(&site, &asked.headers, &asked.query).await?;
    client.may_send(SOURCE)?;
    let (zones, now) = (site.config.zones(None, None)?, site.now_us());
    let begin = zones.start_of(zones.day_of(now));
    let mut data = Worked::of(&beats(&site, &client, begin, now).await?).to_json();
    data["range"] = json!({ "date": zones.day_of(now).to_string(), "text": "Today", "timezone": site.config.timezone.name() });
    Answer::json(&json!({ "data": data, "cached_at": crate::event::utc(now) }))
}

/// The most days of a summary.
const MOST_DAYS: i64 = 400;

/// The time of each day from one to another, both included, by WakaTime's rule. A day begins as in the reports.
async fn summaries(site: Site, asked: Request) -> Result<Answer, Problem> {
    let client = admit::admit(&site, &asked.headers, &asked.query).await?;
    client.may_send(SOURCE)?;
    let (zones, now) = (site.config.zones(None, None)?, site.now_us());
    let day = |name: &str| match asked.query.one(name)? {
        None => Ok(zones.day_of(now)),
        Some(text) => text
            .get(..10)
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| Problem::bad(format!("{name} is a date such as 2026-03-08, not {text:?}"))),
    };
    let (first, last): (NaiveDate, NaiveDate) = (day("start")?, day("end")?);
    let days = (last - first).num_days();
    if !(0..MOST_DAYS).contains(&days) {
        return Err(Problem::bad(format!("a summary has 1 to {MOST_DAYS} days, from start to end")));
    }
    let all: Vec<NaiveDate> = first.iter_days().take(usize::try_from(days).unwrap_or_default() + 1).collect();
    let after = last.succ_opt().unwrap_or(last);
    let beats = beats(&site, &client, zones.start_of(first), zones.start_of(after)).await?;
    let (mut data, mut total_us) = (Vec::new(), 0);
    for day in all {
        let (begin, end) = (zones.start_of(day), zones.start_of(day.succ_opt().unwrap_or(day)));
        let of_day: Vec<_> = beats.iter().filter(|(us, _)| (begin..end).contains(us)).cloned().collect();
        let worked = Worked::of(&of_day);
        total_us += worked.total_us;
        let mut shown = worked.to_json();
        shown["range"] = json!({
            "date": day.to_string(), "start": crate::event::utc(begin), "end": crate::event::utc(end),
            "text": day.format("%a %b %-d %Y").to_string(), "timezone": site.config.timezone.name(),
        });
        data.push(shown);
    }
    let mut total = length(total_us);
    total["seconds"] = total["total_seconds"].clone();
    Answer::json(&json!({
        "data": data, "cumulative_total": total,
        "start": crate::event::utc(zones.start_of(first)), "end": crate::event::utc(zones.start_of(after)),
    }))
}

async fn user(site: Site, asked: Request) -> Result<Answer, Problem> {
    let client = admit::admit(&site, &asked.headers, &asked.query).await?;
    let name = client.user.as_deref().unwrap_or(&client.name);
    Answer::json(&json!({ "data": {
        "id": client.name, "username": name, "display_name": name, "timezone": site.config.timezone.name(),
        "timeout": TIMEOUT_US / 60_000_000,
    } }))
}

/// Plugins report their own errors; there is nothing to do about them here.
async fn error(site: Site, asked: Request) -> Result<Answer, Problem> {
    admit::admit(&site, &asked.headers, &asked.query).await?;
    Ok(Answer::json(&json!({ "data": {} }))?.status(StatusCode::CREATED))
}

const START: Parameter = Parameter::new("start", "The first day: 2026-03-08", ParameterKind::Text);
const END: Parameter = Parameter::new("end", "The last day", ParameterKind::Text);

const fn route(verb: Verb, path: &'static str, summary: &'static str, handler: Handler) -> Route {
    Route {
        verb,
        access: Access::Client,
        kind: Kind::File,
        params: |_| vec![API_KEY],
        ..Route::file(path, summary, handler)
    }
}

inventory::submit! { route(Verb::Post, "/api/v1/users/current/heartbeats.bulk", "Takes heartbeats, as WakaTime does", |site, asked| Box::pin(bulk(site, asked))) }
inventory::submit! { route(Verb::Post, "/api/v1/users/current/heartbeats", "Takes a heartbeat, as WakaTime does", |site, asked| Box::pin(single(site, asked))) }
inventory::submit! { route(Verb::Get, "/api/v1/users/current/statusbar/today", "The time of today by WakaTime's rule", |site, asked| Box::pin(today(site, asked))) }
inventory::submit! { Route {
    params: |_| vec![API_KEY, START, END],
    ..route(Verb::Get, "/api/v1/users/current/summaries", "The time of some days by WakaTime's rule", |site, asked| Box::pin(summaries(site, asked)))
} }
inventory::submit! { route(Verb::Get, "/api/v1/users/current", "The user of a token, as WakaTime has it", |site, asked| Box::pin(user(site, asked))) }
inventory::submit! { route(Verb::Post, "/api/v1/plugins/errors", "Takes errors of plugins, and does nothing", |site, asked| Box::pin(error(site, asked))) }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_of_up_to_fifteen_minutes_count_whole() {
        let mut at = 1_773_000_000_000_000;
        let mut beats = vec![(at, Map::new())];
        for gap in [60, 120, 30, 570, 630, 890, 930] {
            at += gap * 1_000_000;
            beats.push((at, Map::new()));
        }
        let worked = Worked::of(&beats);
        assert_eq!(worked.total_us, 2_300_000_000);
        let shown = worked.to_json();
        assert_eq!(shown["grand_total"]["text"], "38 mins");
        assert_eq!(shown["categories"][0]["name"], "coding");
        assert_eq!(length(3_660_000_000)["text"], "1 hr 1 min");
    }
}
