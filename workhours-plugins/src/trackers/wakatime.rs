//! `wakatime`: heartbeats, as editors with a WakaTime plugin send them to a server, one JSON object a line.
//!
//! Not for what WakaTime makes of them: durations and summaries.

use crate::toolkit::epoch;
use crate::toolkit::object_lines::{Form, Object};
use serde_json::{Map, Value};
use workhours_plugin_api::*;

/// The source `wakatime`.
pub struct WakaTime;

export_source!(WakaTime);

static INFO: SourceInfo = SourceInfo {
    name: "wakatime",
    aliases: &["heartbeats"],
    summary: "Heartbeats of WakaTime's editor plugins, one JSON object a line",
    details: "\
A line is a heartbeat: an object with `time` and `entity`. It is a point in time, without a duration.

* `time` is in seconds since 1970 with a fraction, a number or a text of one, and is read to the microsecond.
* The kind is `editor.heartbeat` for a file, `web.heartbeat` for the types `url` and `domain`, `app.heartbeat` for \
`app`, and `heartbeat` for any other type.
* The title is the last part of the entity; for a file the attribute `path` is all of it. An entity that is an address is \
the event's address.
* `machine` is the host, `user_agent` the agent; the attributes `editor` and `plugin` are from it.
* `project` becomes the attribute `repository`, so that it is the event's project. Texts such as `<<LAST_PROJECT>>`, \
which stand for one that the server knows, are left out.
* `type`, `category`, `branch`, `language`, `is_write`, `lines`, `lineno`, `cursorpos` and further known members are \
attributes; a number may be a text. Empty texts and nulls say nothing.
* A heartbeat is known by its time, its type and its entity, and its machine. Two programs that send the same one make one event.
* Lines that aren't JSON objects, or that lack a time or an entity, are rejected. If the first line isn't a heartbeat, the \
file isn't read.",
    authority: "WakaTime's API, heartbeats: https://wakatime.com/developers#heartbeats",
    activity: Activity::Human,
    growth: Growth::Append,
    input: InputNeed::Read,
    kinds: &["editor.heartbeat", "web.heartbeat", "app.heartbeat", "heartbeat"],
    locations: &[],
    companions: &[],
    options: &[],
    sample: Sample { bytes: include_bytes!("../../samples/wakatime"), events: 4, rejects: 1 },
};

/// Members that become attributes, texts and numbers alike, with their names there.
const ATTRIBUTES: [(&str, &str); 22] = [
    ("type", "type"),
    ("category", "category"),
    ("project", "repository"),
    ("branch", "branch"),
    ("language", "language"),
    ("lines", "lines"),
    ("lineno", "lineno"),
    ("cursorpos", "cursorpos"),
    ("line_additions", "line_additions"),
    ("line_deletions", "line_deletions"),
    ("project_root_count", "project_root_count"),
    ("ai_model", "ai_model"),
    ("ai_session", "ai_session"),
    ("ai_line_changes", "ai_line_changes"),
    ("human_line_changes", "human_line_changes"),
    ("ai_input_tokens", "ai_input_tokens"),
    ("ai_output_tokens", "ai_output_tokens"),
    ("ai_prompt_length", "ai_prompt_length"),
    ("commit_hash", "commit_hash"),
    ("timezone", "timezone"),
    ("dependencies", "dependencies"),
    ("is_write", "is_write"),
];

impl IDataSource for WakaTime {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn parse(&self, input: &mut Input<'_>, out: &mut dyn EventSink) -> Result<(), SourceError> {
        FORM.read(input, out, take)
    }
}

const FORM: Form = Form {
    fits: |object| object.contains_key("entity") && object.contains_key("time"),
    expected: "the first line isn't a heartbeat: expected a JSON object with time and entity",
};

fn take(line: &Line<'_>, object: &Object, out: &mut dyn EventSink) -> Result<Option<&'static str>, Stop> {
    let (span, provisional) = (line.span, !line.terminated);
    let Some(entity) = text(object, "entity") else {
        return Ok(Some("the heartbeat has no entity"));
    };
    let Some(time) = number(object, "time").and_then(epoch::from_1970_secs) else {
        return Ok(Some("the heartbeat has no time: seconds since 1970"));
    };
    let kind_of_entity = text(object, "type").unwrap_or("file");
    let is_address = entity.contains("://");
    let agent = text(object, "user_agent").unwrap_or_default();
    let (editor, plugin) = programs(agent);
    let mut attrs = Vec::new();
    if kind_of_entity == "file" && !is_address {
        attrs.push(("path", AttrValue::Text(entity.into())));
    }
    let members = ATTRIBUTES.iter().filter_map(|(member, key)| Some((*key, value(object.get(*member)?)?)));
    attrs.extend(members);
    let programs = [("editor", editor), ("plugin", plugin)];
    attrs.extend(programs.into_iter().filter_map(|(key, name)| Some((key, AttrValue::Text(name?.into())))));
    let attrs: Vec<Attr<'_>> = attrs.iter().map(|(key, value)| Attr { key, value: value.of_row() }).collect();
    let us = time.secs.saturating_mul(1_000_000).saturating_add(i64::from(time.nanos) / 1_000);
    let key = format!("{us}\0{kind_of_entity}\0{entity}");
    let last = entity.trim_end_matches(['/', '\\']).rsplit(['/', '\\']).next().unwrap_or(entity);
    out.emit(&EventRow {
        span,
        time: Some(time),
        kind: match kind_of_entity {
            "file" => "editor.heartbeat",
            "url" | "domain" => "web.heartbeat",
            "app" => "app.heartbeat",
            _ => "heartbeat",
        },
        key: key.as_bytes(),
        url: if is_address { entity.into() } else { Text::NONE },
        title: if is_address { Text::NONE } else { last.into() },
        host: text(object, "machine").unwrap_or_default().into(),
        agent: agent.into(),
        attrs: &attrs,
        flags: if provisional { RowFlags::PROVISIONAL } else { RowFlags::NONE },
        ..EventRow::default()
    })
    .map(|()| None)
}

/// A member's value as an attribute.
enum AttrValue<'a> {
    Text(std::borrow::Cow<'a, str>),
    Int(i64),
    Bool(bool),
}

impl AttrValue<'_> {
    fn of_row(&self) -> workhours_plugin_api::Value<'_> {
        match self {
            Self::Text(text) => workhours_plugin_api::Value::Str(Text::from(text.as_ref())),
            Self::Int(n) => workhours_plugin_api::Value::Int(*n),
            Self::Bool(b) => workhours_plugin_api::Value::Bool(*b),
        }
    }
}

fn value(value: &Value) -> Option<AttrValue<'_>> {
    match value {
        Value::String(text) if is_absent(text) => None,
        Value::String(text) => Some(match text.parse() {
            Ok(n) if !text.starts_with(['0', '+']) || text == "0" => AttrValue::Int(n),
            _ => AttrValue::Text(text.into()),
        }),
        Value::Number(n) => {
            Some(n.as_i64().map_or_else(|| AttrValue::Text(n.to_string().into()), AttrValue::Int))
        }
        Value::Bool(b) => Some(AttrValue::Bool(*b)),
        Value::Array(items) => {
            let texts: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            (!texts.is_empty()).then(|| AttrValue::Text(texts.join(", ").into()))
        }
        Value::Null | Value::Object(_) => None,
    }
}

/// A text that says nothing: empty, or a place that the server was to fill in.
fn is_absent(text: &str) -> bool {
    text.is_empty() || (text.starts_with("<<") && text.ends_with(">>"))
}

fn text<'a>(object: &'a Map<String, Value>, member: &str) -> Option<&'a str> {
    object.get(member)?.as_str().filter(|text| !is_absent(text))
}

fn number(object: &Map<String, Value>, member: &str) -> Option<f64> {
    match object.get(member)? {
        Value::Number(n) => n.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// The editor and its plugin in an agent such as
/// `wakatime/v1.98.1 (linux-6.1-x86_64) go1.22 vscode/1.90.0 vscode-wakatime/24.5.0`.
fn programs(agent: &str) -> (Option<&str>, Option<&str>) {
    let behind = agent.rsplit_once(')').map_or(agent, |(_, behind)| behind);
    let is_own = |name: &str| {
        matches!(name, "wakatime" | "wakatime-cli" | "wakatime-ls" | "Unknown")
            || name.starts_with("Python")
            || name
                .strip_prefix("go")
                .is_some_and(|version| version.starts_with(|c: char| c.is_ascii_digit()))
    };
    let mut names = behind
        .split_ascii_whitespace()
        .filter_map(|token| token.split('/').next())
        .filter(|name| !name.is_empty() && !is_own(name));
    (names.next(), names.next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn editors_in_agents() {
        for (agent, want) in [
            (
                "wakatime/v1.98.1 (linux-6.1-x86_64) go1.22 vscode/1.90.0 vscode-wakatime/24.5.0",
                (Some("vscode"), Some("vscode-wakatime")),
            ),
            (
                "wakatime/13.1.0 (Linux-5.15-WSL2-x86_64) Python3.8 Vim/8.2 vim-wakatime/9.0",
                (Some("Vim"), Some("vim-wakatime")),
            ),
            ("wakatime/v1.0 (darwin-23-arm64) go1.21 wakatime-ls/0.1 zed/0.140", (Some("zed"), None)),
            ("", (None, None)),
        ] {
            assert_eq!(programs(agent), want, "{agent}");
        }
    }
}
