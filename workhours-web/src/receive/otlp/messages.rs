//! The protocol's messages for logs in their binary form, and the same as JSON. Fields that say nothing here are left out;
//! the decoder skips them. Numbers of fields: opentelemetry-proto, `logs.proto` and `common.proto`.

use prost::Message;
use serde_json::{Map, Value, json};

#[derive(Clone, PartialEq, Message)]
pub(super) struct ExportRequest {
    #[prost(message, repeated, tag = "1")]
    resource_logs: Vec<ResourceLogs>,
}

#[derive(Clone, PartialEq, Message)]
struct ResourceLogs {
    #[prost(message, optional, tag = "1")]
    resource: Option<Resource>,
    #[prost(message, repeated, tag = "2")]
    scope_logs: Vec<ScopeLogs>,
}

#[derive(Clone, PartialEq, Message)]
struct Resource {
    #[prost(message, repeated, tag = "1")]
    attributes: Vec<KeyValue>,
}

#[derive(Clone, PartialEq, Message)]
struct ScopeLogs {
    #[prost(message, optional, tag = "1")]
    scope: Option<Scope>,
    #[prost(message, repeated, tag = "2")]
    log_records: Vec<LogRecord>,
}

#[derive(Clone, PartialEq, Message)]
struct Scope {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    version: String,
}

#[derive(Clone, PartialEq, Message)]
struct LogRecord {
    #[prost(fixed64, tag = "1")]
    time_unix_nano: u64,
    #[prost(int32, tag = "2")]
    severity_number: i32,
    #[prost(string, tag = "3")]
    severity_text: String,
    #[prost(message, optional, tag = "5")]
    body: Option<AnyValue>,
    #[prost(message, repeated, tag = "6")]
    attributes: Vec<KeyValue>,
    #[prost(bytes = "vec", tag = "9")]
    trace_id: Vec<u8>,
    #[prost(bytes = "vec", tag = "10")]
    span_id: Vec<u8>,
    #[prost(fixed64, tag = "11")]
    observed_time_unix_nano: u64,
    #[prost(string, tag = "12")]
    event_name: String,
}

#[derive(Clone, PartialEq, Message)]
struct KeyValue {
    #[prost(string, tag = "1")]
    key: String,
    #[prost(message, optional, tag = "2")]
    value: Option<AnyValue>,
}

#[derive(Clone, PartialEq, Message)]
struct AnyValue {
    #[prost(oneof = "Any", tags = "1, 2, 3, 4, 5, 6, 7")]
    value: Option<Any>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
enum Any {
    #[prost(string, tag = "1")]
    String(String),
    #[prost(bool, tag = "2")]
    Bool(bool),
    #[prost(int64, tag = "3")]
    Int(i64),
    #[prost(double, tag = "4")]
    Double(f64),
    #[prost(message, tag = "5")]
    Array(ArrayValue),
    #[prost(message, tag = "6")]
    Map(KeyValueList),
    #[prost(bytes, tag = "7")]
    Bytes(Vec<u8>),
}

#[derive(Clone, PartialEq, Message)]
struct ArrayValue {
    #[prost(message, repeated, tag = "1")]
    values: Vec<AnyValue>,
}

#[derive(Clone, PartialEq, Message)]
struct KeyValueList {
    #[prost(message, repeated, tag = "1")]
    values: Vec<KeyValue>,
}

impl ExportRequest {
    /// As the protocol writes it in JSON.
    pub(super) fn to_json(&self) -> Value {
        let resource_logs = |logs: &ResourceLogs| {
            let resource =
                logs.resource.as_ref().map(|resource| json!({ "attributes": pairs(&resource.attributes) }));
            json!({ "resource": resource, "scopeLogs": logs.scope_logs.iter().map(ScopeLogs::to_json).collect::<Vec<_>>() })
        };
        json!({ "resourceLogs": self.resource_logs.iter().map(resource_logs).collect::<Vec<_>>() })
    }
}

impl ScopeLogs {
    fn to_json(&self) -> Value {
        let scope = self.scope.as_ref().map(|scope| json!({ "name": scope.name, "version": scope.version }));
        json!({ "scope": scope, "logRecords": self.log_records.iter().map(LogRecord::to_json).collect::<Vec<_>>() })
    }
}

impl LogRecord {
    fn to_json(&self) -> Value {
        let mut record = Map::new();
        let mut set = |name: &str, value: Value| drop(record.insert(name.to_owned(), value));
        for (name, ns) in
            [("timeUnixNano", self.time_unix_nano), ("observedTimeUnixNano", self.observed_time_unix_nano)]
        {
            if ns > 0 {
                set(name, Value::from(ns.to_string()));
            }
        }
        if self.severity_number != 0 {
            set("severityNumber", Value::from(self.severity_number));
        }
        for (name, text) in [
            ("severityText", self.severity_text.clone()),
            ("eventName", self.event_name.clone()),
            ("traceId", hex(&self.trace_id)),
            ("spanId", hex(&self.span_id)),
        ] {
            if !text.is_empty() {
                set(name, Value::from(text));
            }
        }
        if let Some(body) = &self.body {
            set("body", body.to_json());
        }
        set("attributes", pairs(&self.attributes));
        Value::Object(record)
    }
}

impl AnyValue {
    fn to_json(&self) -> Value {
        use base64::Engine;
        match &self.value {
            None => json!({}),
            Some(Any::String(text)) => json!({ "stringValue": text }),
            Some(Any::Bool(yes)) => json!({ "boolValue": yes }),
            Some(Any::Int(n)) => json!({ "intValue": n.to_string() }),
            Some(Any::Double(x)) => json!({ "doubleValue": x }),
            Some(Any::Array(array)) => {
                json!({ "arrayValue": { "values": array.values.iter().map(Self::to_json).collect::<Vec<_>>() } })
            }
            Some(Any::Map(map)) => json!({ "kvlistValue": { "values": pairs(&map.values) } }),
            Some(Any::Bytes(bytes)) => {
                json!({ "bytesValue": base64::engine::general_purpose::STANDARD.encode(bytes) })
            }
        }
    }
}

fn pairs(pairs: &[KeyValue]) -> Value {
    let pair =
        |pair: &KeyValue| json!({ "key": pair.key, "value": pair.value.as_ref().map(AnyValue::to_json) });
    pairs.iter().map(pair).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
