//! Whether a declared format reads its sample as declared. Each difference names the line of the config file with the
//! expectation.

use super::Declared;
use chrono::{DateTime, NaiveDate, NaiveDateTime, SecondsFormat};
use chrono_tz::Tz;
use workhours_event::resolve;
use workhours_plugin_api::testing::{Event, parse_bytes};
use workhours_plugin_api::{EventTime, Precision};

impl Declared {
    /// Reads the sample; local times are in the format's zone, or else in `zone`. Returns every difference.
    pub fn check(&self, zone: Tz) -> Vec<String> {
        let spec = &self.spec;
        let Some(sample) = &spec.sample else { return Vec::new() };
        let zone = spec.timezone.unwrap_or(zone);
        let got = parse_bytes(self, sample.as_bytes());
        let (events, rejects) = (got.events.len() as u64, got.rejects.len() as u64);
        let mut problems: Vec<String> = Vec::new();
        let mut say = |origin: &str, what: String| problems.push(format!("{origin}: {what}"));
        if let Some(error) = got.error {
            say(&spec.origin, format!("the sample of {} cannot be read: {error}", spec.name));
            return problems;
        }
        // A sample without expectations must have at least one event.
        let want_events = spec.expected_events().unwrap_or(events.max(1));
        let want_rejects = spec.expect_rejects.unwrap_or(0);
        if events != want_events {
            say(
                &spec.origin,
                format!("the sample of {} gives {events} events, not {want_events}", spec.name),
            );
        }
        if rejects != want_rejects {
            let mut what = format!("the sample of {} gives {rejects} rejects, not {want_rejects}", spec.name);
            if let Some(first) = got.rejects.first() {
                what += &format!("; the first, in its line {}: {}", first.line, first.reason);
            }
            say(&spec.origin, what);
        }
        for (i, (event, expected)) in got.events.iter().zip(&spec.expect).enumerate() {
            for (field, want) in &expected.fields {
                if let Some(what) = difference(event, field, want, zone) {
                    say(&expected.origin, format!("event {} of the sample: {what}", i + 1));
                }
            }
        }
        problems
    }
}

/// The difference in a field, if any.
fn difference(event: &Event, field: &str, want: &str, zone: Tz) -> Option<String> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let got = match field {
        "date" => return other_date(field, event.time, want, zone),
        "end" => return other_date(field, event.end, want, zone),
        "kind" => event.kind.clone(),
        "key" => text(&event.key),
        "url" => text(&event.url),
        "referrer" => text(&event.referrer),
        "title" => text(&event.title),
        "text" => text(&event.text),
        "host" => text(&event.host),
        "peer" => text(&event.peer),
        "user" => text(&event.user),
        "agent" => text(&event.agent),
        "tags" => event.tags.iter().map(|tag| text(tag)).collect::<Vec<_>>().join(", "),
        attr => match event.attrs.iter().find(|(key, _)| key == attr) {
            // Text is shown in quotes.
            Some((_, shown)) if *shown == format!("{want:?}") => return None,
            Some((_, shown)) => shown.clone(),
            None if want.is_empty() => return None,
            None => {
                let there: Vec<&str> = event.attrs.iter().map(|(key, _)| key.as_str()).collect();
                return Some(format!("it has no {attr}; in meta there are {}", there.join(", ")));
            }
        },
    };
    (got != want).then(|| format!("{field} is {got:?}, not {want:?}"))
}

fn other_date(field: &str, got: Option<EventTime>, want: &str, zone: Tz) -> Option<String> {
    let got = got.and_then(|time| resolve(time, zone).date);
    let wanted = match want {
        "" => None,
        text => match date(text, zone) {
            Some(date) => Some(date),
            None => {
                return Some(format!("{field} is expected to be {text:?}, which is no date as in RFC 3339"));
            }
        },
    };
    let shown = |date: Option<i64>| match date.and_then(DateTime::from_timestamp_micros) {
        Some(date) => date.to_rfc3339_opts(SecondsFormat::AutoSi, true),
        None => "not there".to_owned(),
    };
    (got != wanted).then(|| match wanted {
        None => format!("{field} is {}, and none is expected", shown(got)),
        wanted => format!("{field} is {}, not {}", shown(got), shown(wanted)),
    })
}

/// µs since the Unix epoch. Without an offset it is a wall clock in the zone.
fn date(text: &str, zone: Tz) -> Option<i64> {
    let text = text.replacen(' ', "T", 1);
    if let Ok(date) = DateTime::parse_from_rfc3339(&text) {
        return Some(date.timestamp_micros());
    }
    let wall = match text.parse::<NaiveDateTime>() {
        Ok(wall) => wall,
        Err(_) => text.parse::<NaiveDate>().ok()?.and_hms_opt(0, 0, 0)?,
    };
    let time = EventTime::local(wall.and_utc().timestamp(), Precision::Nanosecond);
    resolve(EventTime { nanos: wall.and_utc().timestamp_subsec_nanos(), ..time }, zone).date
}
