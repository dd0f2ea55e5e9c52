//! `otlp`: log records of OpenTelemetry, as JSON: a request of the protocol on each line, with one record or many.
//!
//! Not for traces and metrics. What arrives in the protocol's binary form is written as JSON by the receiver.

use crate::toolkit::attr_names::{Keys, snake_case};
use crate::toolkit::epoch;
use crate::toolkit::object_lines::{Form, Object};
use serde_json::Value as Json;
use std::borrow::Cow;
use workhours_plugin_api::*;

/// The source `otlp`.
pub struct Otlp;

export_source!(Otlp);

static INFO: SourceInfo = SourceInfo {
    name: "otlp",
    aliases: &["opentelemetry.logs"],
    summary: "Log records of OpenTelemetry as JSON, as its Collector writes them",
    details: "\
A line is an object with `resourceLogs`: a request of the OpenTelemetry protocol for logs, as the Collector's file \
exporter writes it and `serve` receives it. Each of its `logRecords` is an event.

* The time is `timeUnixNano`, or else `observedTimeUnixNano`, to the nanosecond; a number may be a text. A record with \
neither has no date.
* The text is the `body`: a text as it is, anything else as JSON. The title is the `eventName`.
* Of the attributes, of the record first and then of its resource: `host.name` is the host, `service.name` the agent, \
`enduser.id` or `user.name` the user, `client.address` the other end, and `url.full` the address.
* `severity` is as in `syslog`: `debug`, `info`, `warning`, `err` or `crit`, by the `severityNumber` or else by the \
`severityText`, which is kept as `severity_text` if it's another word.
* `trace_id`, `span_id` and `scope`, the name of the instrumentation, are attributes, and so are all other attributes, with names \
in `snake_case`. Lists and maps are kept as JSON.
* A record is known by its times, its content and its resource. Equal ones of one request are several events.
* Lines that aren't JSON objects, and those without `resourceLogs`, are rejected. Lines of traces and metrics say nothing. If \
the first line is none of these, the file isn't read.",
    authority: "OpenTelemetry protocol, JSON: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding",
    activity: Activity::Machine,
    growth: Growth::Append,
    input: InputNeed::Read,
    kinds: &["log.record"],
    locations: &[],
    companions: &[],
    options: &[],
    sample: Sample { bytes: include_bytes!("../../samples/otlp"), events: 3, rejects: 1 },
};

/// The member of a request for logs, and those of requests for something else.
const LOGS: &str = "resourceLogs";
const OTHERS: [&str; 3] = ["resourceSpans", "resourceMetrics", "resourceProfiles"];

impl IDataSource for Otlp {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn parse(&self, input: &mut Input<'_>, out: &mut dyn EventSink) -> Result<(), SourceError> {
        FORM.read(input, out, take)
    }
}

const FORM: Form = Form {
    fits: |object| object.contains_key(LOGS) || is_other(object),
    expected: "the first line isn't a request of OpenTelemetry: expected a JSON object with resourceLogs",
};

fn is_other(object: &Object) -> bool {
    OTHERS.iter().any(|other| object.contains_key(*other))
}

fn take(line: &Line<'_>, request: &Object, out: &mut dyn EventSink) -> Result<Option<&'static str>, Stop> {
    let Some(resources) = request.get(LOGS).and_then(Json::as_array) else {
        return match is_other(request) {
            true => out.ignored(1).map(|()| None),
            false => Ok(Some("there are no resourceLogs")),
        };
    };
    let provisional = !line.terminated;
    let mut any = false;
    for group in resources {
        let resource = attributes(group.get("resource"));
        for scope_logs in list(group, "scopeLogs") {
            let scope = scope_logs.get("scope").and_then(|scope| scope.get("name")).and_then(Json::as_str);
            for record in list(scope_logs, "logRecords") {
                any = true;
                emit(line, provisional, record, (&resource, scope.unwrap_or_default()), out)?;
            }
        }
    }
    if !any {
        out.ignored(1)?;
    }
    Ok(None)
}

/// Emits a record; where it's from is its resource's attributes and its scope.
fn emit(
    line: &Line<'_>,
    provisional: bool,
    record: &Json,
    (resource, scope): (&[(&str, &Json)], &str),
    out: &mut dyn EventSink,
) -> Result<(), Stop> {
    let own = attributes(Some(record));
    let time = ["timeUnixNano", "observedTimeUnixNano"]
        .iter()
        .find_map(|member| number(record.get(*member)?).filter(|ns| *ns != 0));
    let text_of = |names: &[&str]| {
        let all = own.iter().chain(resource);
        let found = all.filter(|(name, _)| names.contains(name)).find_map(|(_, value)| text(value));
        found.unwrap_or_default()
    };
    let member = |name: &str| record.get(name).and_then(Json::as_str).unwrap_or_default();
    let body = record.get("body").map(plain).unwrap_or_default();
    let severity = severity(record.get("severityNumber"), member("severityText"));
    let mut keys = Keys::default();
    let mut attrs: Vec<(String, Cow<'_, Json>)> = Vec::new();
    let mut add = |key: String, value| {
        if !key.is_empty() {
            attrs.push((keys.unique(key), value));
        }
    };
    let words = [
        ("severity", severity),
        (
            "severity_text",
            if member("severityText").eq_ignore_ascii_case(severity) { "" } else { member("severityText") },
        ),
        ("trace_id", member("traceId")),
        ("span_id", member("spanId")),
        ("scope", scope),
    ];
    for (key, word) in words.into_iter().filter(|(_, word)| !word.is_empty()) {
        add(key.to_owned(), Cow::Owned(Json::from(word)));
    }
    for (name, value) in own.iter().chain(resource) {
        if !FIELDS.contains(name) {
            add(snake_case(name), Cow::Borrowed(value));
        }
    }
    let shown: Vec<(&str, Cow<'_, str>, Option<Value<'_>>)> =
        attrs.iter().map(|(key, value)| (key.as_str(), plain(value), scalar(value))).collect();
    let attrs: Vec<Attr<'_>> = shown
        .iter()
        .filter(|(_, text, scalar)| scalar.is_some() || !text.is_empty())
        .map(|(key, text, scalar)| Attr { key, value: scalar.unwrap_or(Value::Str(text.as_ref().into())) })
        .collect();
    let key =
        format!("{}\0{scope}\0{record}", Json::from_iter(resource.iter().map(|(n, v)| (*n, (*v).clone()))));
    out.emit(&EventRow {
        span: line.span,
        time: time.map(epoch::from_1970_ns),
        kind: "log.record",
        key: key.as_bytes(),
        title: member("eventName").into(),
        text: body.as_ref().into(),
        host: text_of(&["host.name"]).into(),
        agent: text_of(&["service.name"]).into(),
        user: text_of(&["enduser.id", "user.name"]).into(),
        peer: text_of(&["client.address"]).into(),
        url: text_of(&["url.full"]).into(),
        attrs: &attrs,
        flags: if provisional { RowFlags::PROVISIONAL } else { RowFlags::NONE },
        ..EventRow::default()
    })
}

/// Attributes that are fields of the event.
const FIELDS: [&str; 6] =
    ["host.name", "service.name", "enduser.id", "user.name", "client.address", "url.full"];

fn list<'a>(object: &'a Json, member: &str) -> impl Iterator<Item = &'a Json> {
    object.get(member).and_then(Json::as_array).into_iter().flatten()
}

/// The `attributes` of an object: names and values.
fn attributes(object: Option<&Json>) -> Vec<(&str, &Json)> {
    let all = object.into_iter().flat_map(|object| list(object, "attributes"));
    all.filter_map(|pair| Some((pair.get("key")?.as_str()?, pair.get("value")?))).collect()
}

/// A number, which may be a text.
fn number(value: &Json) -> Option<i64> {
    match value {
        Json::String(text) => text.parse().ok(),
        value => value.as_i64(),
    }
}

/// A value of the protocol as a text, if it is one.
fn text(value: &Json) -> Option<&str> {
    value.get("stringValue")?.as_str().filter(|text| !text.is_empty())
}

/// A value of the protocol that is a number or a boolean.
fn scalar(value: &Json) -> Option<Value<'_>> {
    if let Some(n) = value.get("intValue").and_then(number) {
        return Some(Value::Int(n));
    }
    if let Some(x) = value.get("doubleValue").and_then(Json::as_f64) {
        return Some(Value::Float(x));
    }
    value.get("boolValue").and_then(Json::as_bool).map(Value::Bool)
}

/// A value of the protocol as a text: a text as it is, lists and maps as JSON.
fn plain(value: &Json) -> Cow<'_, str> {
    match (value, value.get("stringValue")) {
        (Json::String(text), _) | (_, Some(Json::String(text))) => Cow::Borrowed(text.as_str()),
        _ => match simple(value) {
            Json::Null => Cow::Borrowed(""),
            simple => Cow::Owned(simple.to_string()),
        },
    }
}

/// A value of the protocol as JSON without the names of its types.
fn simple(value: &Json) -> Json {
    let Some((kind, inner)) = value.as_object().and_then(|object| object.iter().next()) else {
        return Json::Null;
    };
    match kind.as_str() {
        "intValue" => number(inner).map_or(Json::Null, Json::from),
        "arrayValue" => list(inner, "values").map(simple).collect(),
        "kvlistValue" => {
            let pairs = list(inner, "values");
            let pairs = pairs
                .filter_map(|pair| Some((pair.get("key")?.as_str()?.to_owned(), simple(pair.get("value")?))));
            Json::Object(pairs.collect())
        }
        _ => inner.clone(),
    }
}

/// A severity as syslog calls it; empty for none.
fn severity(value: Option<&Json>, word: &str) -> &'static str {
    // In JSON it may be the name of the protocol's constant: SEVERITY_NUMBER_WARN2.
    let name = value.and_then(Json::as_str).and_then(|name| name.strip_prefix("SEVERITY_NUMBER_"));
    match value.and_then(number) {
        Some(1..=8) => return "debug",
        Some(9..=12) => return "info",
        Some(13..=16) => return "warning",
        Some(17..=20) => return "err",
        Some(21..=24) => return "crit",
        _ => {}
    }
    let word = name.unwrap_or(word).trim_end_matches(|c: char| c.is_ascii_digit()).to_ascii_lowercase();
    match word.as_str() {
        "trace" | "debug" => "debug",
        "info" | "information" | "notice" => "info",
        "warn" | "warning" => "warning",
        "error" | "err" => "err",
        "fatal" | "critical" | "crit" | "alert" | "emergency" => "crit",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn severities_are_those_of_syslog() {
        for (number, word, want) in [
            (json!(1), "", "debug"),
            (json!("9"), "INFO", "info"),
            (json!("SEVERITY_NUMBER_WARN2"), "", "warning"),
            (json!(0), "Error", "err"),
            (json!(24), "", "crit"),
            (json!(99), "odd", ""),
        ] {
            assert_eq!(severity(Some(&number), word), want, "{number} {word}");
        }
        assert_eq!(severity(None, ""), "");
    }

    #[test]
    fn values_without_the_names_of_their_types() {
        let value = json!({"kvlistValue": {"values": [
            {"key": "a", "value": {"intValue": "7"}},
            {"key": "b", "value": {"arrayValue": {"values": [{"stringValue": "x"}, {"boolValue": true}]}}},
        ]}});
        assert_eq!(simple(&value), json!({"a": 7, "b": ["x", true]}));
    }
}
