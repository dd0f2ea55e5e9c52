//! `activitywatch`: events of ActivityWatch's watchers, one JSON object a line, each with its bucket.
//!
//! Not for heartbeats: the receiver joins them to events.

use crate::toolkit::object_lines::{Form, Object};
use serde_json::{Map, Value as Json};
use workhours_plugin_api::*;

/// The source `activitywatch`.
pub struct ActivityWatch;

export_source!(ActivityWatch);

static INFO: SourceInfo = SourceInfo {
    name: "activitywatch",
    aliases: &["aw"],
    summary: "Events of ActivityWatch's watchers, one JSON object a line",
    details: "\
A line is an event as ActivityWatch's REST API has it, an object with `timestamp`, `duration` in seconds and `data`, and \
in addition the `bucket`, its `type`, its `client` and its `hostname`. `serve` writes such lines when watchers send \
heartbeats to it.

* The event lasts from `timestamp` for `duration`. Where the next line has the same bucket and `timestamp`, and the same `data` \
or none, it says how long the event has become. The last event of a file may still grow: it's stored, and replaced when it \
has grown. An empty line after it says that it won't.
* The kind is by the bucket's type: `app.window` for `currentwindow`, `web.tab` for `web.tab.current`, \
`editor.activity` for `app.editor.activity`, `presence` for `afkstatus`, and `activity` for any other type.
* A window's title is the event's title, and its `app` an attribute. A tab's `url` and `title` are the event's. The title of \
an editor's activity is the last part of `file`, which is the attribute `path`; its `project` becomes the attribute \
`repository`, so that it is the event's project.
* For `afkstatus` the attribute `presence` is `active` or `away`. It isn't counted as work by itself. When somebody was \
`away`, the other events of the same host don't count: see the report `hours`.
* The other members of `data` are attributes if they are texts, numbers or booleans. Numbers beyond 64 bits are read as doubles. Where \
that would lose something, all of `data` is also the attribute `data`, as JSON.
* `hostname` is the host, unless it is `unknown` or `!local`; `client` is the agent; `bucket` and `bucket_type` are \
attributes.
* An event is known by its bucket, its time, its duration and its data.
* Lines that aren't JSON objects, or that lack a bucket, a timestamp with its offset from UTC or data, are rejected. If \
the first line isn't an event with a bucket, the file isn't read.",
    authority: "ActivityWatch's data model and REST API: https://docs.activitywatch.net/en/latest/buckets-and-events.html",
    activity: Activity::Human,
    growth: Growth::Append,
    input: InputNeed::Read,
    kinds: &["app.window", "web.tab", "editor.activity", "presence", "activity"],
    locations: &[],
    companions: &[],
    options: &[],
    sample: Sample { bytes: include_bytes!("../../samples/activitywatch"), events: 5, rejects: 1 },
};

const FORM: Form = Form {
    fits: |object| object.contains_key("bucket") && object.contains_key("timestamp"),
    expected: "the first line isn't an event: expected a JSON object with bucket, timestamp and data",
};

/// The longest duration, in seconds: a hundred years.
const LONGEST_S: f64 = 3_155_760_000.0;

impl IDataSource for ActivityWatch {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn parse(&self, input: &mut Input<'_>, out: &mut dyn EventSink) -> Result<(), SourceError> {
        let mut at = input.resume().position;
        let mut first = at.offset == 0;
        let mut lines = Lines::new(input);
        let mut pending: Option<Pending> = None;
        while let Some(line) = lines.next()? {
            let begin = std::mem::replace(&mut at, line.end);
            let text = line.bytes().trim_ascii();
            if text.is_empty() {
                if let Some(pending) = pending.take() {
                    pending.emit(RowFlags::NONE, out)?;
                }
                out.ignored(1)?;
                if line.terminated {
                    out.checkpoint(line.end, &[])?;
                }
                continue;
            }
            let object = FORM.object(&line, std::mem::take(&mut first))?;
            let event = match object.and_then(Event::of) {
                Ok(event) => event,
                Err((code, reason)) => {
                    if let Some(pending) = pending.take() {
                        pending.emit(RowFlags::NONE, out)?;
                    }
                    let provisional = !line.terminated;
                    out.reject(&Reject { span: line.span, code, reason: &reason, provisional })?;
                    if line.terminated {
                        out.checkpoint(line.end, &[])?;
                    }
                    continue;
                }
            };
            if let Some(before) = &mut pending
                && before.event.is_begun_as(&event)
            {
                before.grow(line.span, event.duration_us);
                out.ignored(1)?;
                continue;
            }
            if let Some(before) = pending.take() {
                before.emit(RowFlags::NONE, out)?;
                out.checkpoint(begin, &[])?;
            }
            if event.data.is_none() {
                let reason = "the event has no data: a JSON object";
                let provisional = !line.terminated;
                out.reject(&Reject { span: line.span, code: RejectCode::Malformed, reason, provisional })?;
                if line.terminated {
                    out.checkpoint(line.end, &[])?;
                }
                continue;
            }
            let (span, is_whole) = (line.span, true);
            pending = Some(Pending {
                offset: span.offset,
                line: span.line,
                raw: span.raw.to_vec(),
                is_whole,
                event,
            });
        }
        match pending {
            Some(last) => Ok(last.emit(RowFlags::PROVISIONAL, out)?),
            None => Ok(()),
        }
    }
}

/// An event and its lines: the next one may say how long it has become.
struct Pending {
    offset: u64,
    line: u64,
    raw: Vec<u8>,
    /// Whether these are all of its lines.
    is_whole: bool,
    event: Event,
}

/// The most bytes of an event's lines. Those beyond say nothing but how long it has become.
const LONGEST_RAW: usize = 64 << 10;

/// An event as a line has it.
struct Event {
    bucket: String,
    bucket_type: String,
    client: String,
    host: String,
    start_us: i64,
    duration_us: Option<i64>,
    /// Not in a line that only says how long an event has become.
    data: Option<Map<String, Json>>,
    flags: RowFlags,
}

impl Event {
    /// Reads the object of a line.
    ///
    /// # Errors
    /// Why it is rejected.
    fn of(mut object: Object) -> Result<Self, (RejectCode, String)> {
        let malformed = |reason: &str| (RejectCode::Malformed, reason.to_owned());
        let Some(bucket) = text(&object, "bucket").map(str::to_owned) else {
            return Err(malformed("the event has no bucket"));
        };
        let data = match object.remove("data") {
            None => None,
            Some(Json::Object(data)) => Some(data),
            Some(_) => return Err(malformed("the event has no data: a JSON object")),
        };
        let Some(start_us) = text(&object, "timestamp").and_then(micros) else {
            return Err(malformed("the event has no timestamp with an offset from UTC"));
        };
        let seconds = object.get("duration").and_then(Json::as_f64).filter(|s| (0.0..=LONGEST_S).contains(s));
        let has_bad_number = seconds.is_none() && object.contains_key("duration");
        let of = |member: &str| text(&object, member).unwrap_or_default().to_owned();
        let host = of("hostname");
        Ok(Self {
            bucket,
            bucket_type: of("type"),
            client: of("client"),
            host: if matches!(host.as_str(), "unknown" | "!local") { String::new() } else { host },
            start_us,
            duration_us: seconds.map(|seconds| (seconds * 1e6).round() as i64),
            data,
            flags: if has_bad_number { RowFlags::BAD_NUMBER } else { RowFlags::NONE },
        })
    }

    /// Whether both are states of one event.
    fn is_begun_as(&self, later: &Self) -> bool {
        let same = self.bucket == later.bucket && self.start_us == later.start_us;
        same && (later.data.is_none() || later.data == self.data)
    }
}

impl Pending {
    /// Another line says how long it has become.
    fn grow(&mut self, span: Span<'_>, duration_us: Option<i64>) {
        self.event.duration_us = duration_us;
        let end: &[u8] = match span.offset - self.offset - self.raw.len() as u64 {
            1 => b"\n",
            2 => b"\r\n",
            _ => b"",
        };
        self.is_whole &= !end.is_empty() && self.raw.len() + end.len() + span.raw.len() <= LONGEST_RAW;
        if self.is_whole {
            self.raw.extend(end);
            self.raw.extend(span.raw);
        }
    }

    fn emit(&self, more: RowFlags, out: &mut dyn EventSink) -> Result<(), Stop> {
        let event = &self.event;
        let none = Map::new();
        let data = event.data.as_ref().unwrap_or(&none);
        let fields = Fields::of(&event.bucket_type, data);
        let mut attrs = fields.attrs;
        attrs.push(Attr { key: "bucket", value: Value::Str((&event.bucket).into()) });
        if !event.bucket_type.is_empty() {
            attrs.push(Attr { key: "bucket_type", value: Value::Str((&event.bucket_type).into()) });
        }
        let raw = Json::Object(data.clone()).to_string();
        if fields.is_lossy {
            attrs.push(Attr { key: "data", value: Value::Str(raw.as_str().into()) });
        }
        let (start_us, duration_us) = (event.start_us, event.duration_us);
        let key = format!("{}\0{start_us}\0{}\0{raw}", event.bucket, duration_us.unwrap_or_default());
        out.emit(&EventRow {
            span: Span { offset: self.offset, line: self.line, raw: &self.raw },
            time: Some(EventTime::from_unix_us(start_us)),
            end: duration_us.and_then(|us| start_us.checked_add(us)).map(EventTime::from_unix_us),
            kind: fields.kind,
            key: key.as_bytes(),
            url: fields.url.into(),
            title: fields.title.into(),
            host: (&event.host).into(),
            agent: (&event.client).into(),
            attrs: &attrs,
            flags: event.flags | more,
            ..EventRow::default()
        })
    }
}

/// What the data of an event says.
struct Fields<'a> {
    kind: &'static str,
    url: &'a str,
    title: &'a str,
    attrs: Vec<Attr<'a>>,
    /// Whether the data can't be made from these again.
    is_lossy: bool,
}

impl<'a> Fields<'a> {
    fn of(bucket_type: &str, data: &'a Map<String, Json>) -> Self {
        let of = |member: &str| data.get(member).and_then(Json::as_str).unwrap_or_default();
        let last = |path: &'a str| path.rsplit(['/', '\\']).next().unwrap_or(path);
        let (kind, url, title) = match bucket_type {
            "currentwindow" if of("title").is_empty() => ("app.window", "", of("app")),
            "currentwindow" => ("app.window", "", of("title")),
            "web.tab.current" => ("web.tab", of("url"), of("title")),
            "app.editor.activity" => ("editor.activity", "", last(of("file"))),
            "afkstatus" => ("presence", "", ""),
            _ => (
                "activity",
                of("url"),
                [of("title"), of("label")].into_iter().find(|t| !t.is_empty()).unwrap_or_default(),
            ),
        };
        // A title that is made of something else.
        let is_lossy = kind != "editor.activity" && title != of("title");
        let mut fields = Self { kind, url, title, attrs: Vec::new(), is_lossy };
        for (member, value) in data {
            let is_field = match member.as_str() {
                "title" => title == of("title"),
                "url" => url == of("url"),
                _ => false,
            };
            if is_field && value.is_string() {
                continue;
            }
            let key = match (kind, member.as_str()) {
                ("editor.activity", "file") => "path",
                ("editor.activity", "project") => "repository",
                ("presence", "status") => "presence",
                (_, "bucket" | "bucket_type" | "data" | "path" | "repository" | "presence") => {
                    fields.is_lossy = true;
                    continue;
                }
                (_, member) => member,
            };
            let value = match value {
                Json::String(text) if key == "presence" => Value::Str(match text.as_str() {
                    "afk" => "away".into(),
                    "not-afk" => "active".into(),
                    other => other.into(),
                }),
                Json::String(text) => Value::Str(text.as_str().into()),
                Json::Bool(yes) => Value::Bool(*yes),
                Json::Number(n) => match n.as_i64() {
                    Some(n) => Value::Int(n),
                    None => {
                        fields.is_lossy |= n.is_u64();
                        Value::Float(n.as_f64().unwrap_or_default())
                    }
                },
                Json::Null | Json::Array(_) | Json::Object(_) => {
                    fields.is_lossy = true;
                    continue;
                }
            };
            // Empty texts aren't stored.
            fields.is_lossy |= value == Value::Str(Text::NONE);
            fields.attrs.push(Attr { key, value });
        }
        fields
    }
}

fn text<'a>(object: &'a Map<String, Json>, member: &str) -> Option<&'a str> {
    object.get(member)?.as_str().filter(|text| !text.is_empty())
}

/// A time with its offset, as `2026-03-08T20:00:00.25Z` or with `+01:00` or `+0100`.
fn micros(text: &str) -> Option<i64> {
    let time = chrono::DateTime::parse_from_rfc3339(text)
        .or_else(|_| chrono::DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z"));
    Some(time.ok()?.timestamp_micros())
}
