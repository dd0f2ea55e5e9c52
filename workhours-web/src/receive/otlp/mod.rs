//! `POST /v1/logs`: log records of OpenTelemetry, as its SDKs and its Collector send them.

mod messages;

use super::lines::API_KEY;
use super::{How, UNPACKED, admit, json as json_of, read_body, store};
use crate::answer::Answer;
use crate::problem::Problem;
use crate::request::Request;
use crate::route::{Access, Kind, Route, Verb};
use crate::site::Site;
use hyper::StatusCode;
use hyper::header::CONTENT_TYPE;
use messages::ExportRequest;
use prost::Message;
use serde_json::{Value, json};

/// The source type of what is stored.
const SOURCE: &str = "otlp";
/// The protocol's two forms.
const BINARY: &str = "application/x-protobuf";
const JSON: &str = "application/json";

async fn take(site: Site, asked: Request) -> Result<Answer, Problem> {
    let client = admit::admit(&site, &asked.headers, &asked.query).await?;
    client.may_send(SOURCE)?;
    let kind = asked.header(CONTENT_TYPE).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_binary = match kind.as_str() {
        BINARY => true,
        JSON => false,
        _ => {
            let detail = format!("the body must be {BINARY} or {JSON}, not {kind:?}");
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
        }
    };
    let (key, lines) = read_body(asked.body, UNPACKED, move |body| {
        let request = match is_binary {
            true => ExportRequest::decode(body)
                .map(|request| request.to_json())
                .map_err(|e| Problem::bad(format!("the body isn't a request for logs: {e}")))?,
            false => json_of(body)?,
        };
        // The same bytes again are the same request, of which the answer was lost.
        Ok((blake3::hash(body).to_hex().to_string(), lines(request)?))
    })
    .await?;
    if !lines.is_empty() {
        store(&site, &client, SOURCE, How::Keyed(key), lines.into_bytes()).await?;
    }
    // An answer without a number of rejected records says that there are none.
    match is_binary {
        true => Ok(Answer::of(BINARY, bytes::Bytes::new())),
        false => Answer::json(&json!({})),
    }
}

/// A line for each record, with its resource and its scope: one for all might be longer than a record may be.
fn lines(mut request: Value) -> Result<String, Problem> {
    let mut lines = String::new();
    for mut resource_logs in list(&mut request, "resourceLogs")? {
        for mut scope_logs in list(&mut resource_logs, "scopeLogs")? {
            for record in list(&mut scope_logs, "logRecords")? {
                let scope = json!({ "scope": scope_logs.get("scope"), "logRecords": [record] });
                let resource = json!({ "resource": resource_logs.get("resource"), "scopeLogs": [scope] });
                lines += &format!("{}\n", json!({ "resourceLogs": [resource] }));
            }
        }
    }
    Ok(lines)
}

/// Takes a list out of an object; an empty one if it has none.
fn list(object: &mut Value, member: &str) -> Result<Vec<Value>, Problem> {
    match object.get_mut(member).map(Value::take) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(items)) => Ok(items),
        Some(_) => Err(Problem::bad(format!("{member} isn't a list"))),
    }
}

inventory::submit! { Route {
    verb: Verb::Post,
    access: Access::Client,
    kind: Kind::File,
    params: |_| vec![API_KEY],
    ..Route::file("/v1/logs", "Takes log records, as the OpenTelemetry protocol sends them", |site, asked| Box::pin(take(site, asked)))
} }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_record_is_a_line_with_where_it_is_from() {
        let request = json!({ "resourceLogs": [{
            "resource": {"attributes": [{"key": "host.name", "value": {"stringValue": "web"}}]},
            "scopeLogs": [{"scope": {"name": "s"}, "logRecords": [{"body": {"stringValue": "a"}}, {"body": {"stringValue": "b"}}]}],
        }]});
        let lines = lines(request.clone()).unwrap();
        let all: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(all.len(), 2);
        assert_eq!(all[1]["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0]["body"]["stringValue"], "b");
        assert_eq!(all[1]["resourceLogs"][0]["scopeLogs"][0]["scope"]["name"], "s");
        assert_eq!(all[1]["resourceLogs"][0]["resource"], request["resourceLogs"][0]["resource"]);
        assert!(super::lines(json!({"resourceLogs": 1})).is_err());
        assert_eq!(super::lines(json!({})).unwrap(), "");
    }
}
