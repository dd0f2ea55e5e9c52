//! Log records of OpenTelemetry: of a real SDK, in both forms of its protocol, each once.

use super::{post, token, until_events};
use crate::kit::{Home, skipped};
use crate::serve::Served;
use std::process::Command;

const JSON: &str = "Content-Type: application/json";

#[test]
fn a_request_that_is_sent_again_is_one() {
    let home = Home::new();
    let bearer = format!(
        "Authorization: Bearer {}",
        token(&home, &["app", "--source", "otlp", "--host", "web.example"])
    );
    let served = Served::start(&home, &[]);
    let record =
        r#"{"timeUnixNano":"1773000000000000000","severityText":"WARN","body":{"stringValue":"late"}}"#;
    // Two equal records are two.
    let body = format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{record},{record}]}}]}}]}}"#);
    for _ in 0..3 {
        let answer = post(&served, "/v1/logs", &[&bearer, JSON], body.as_bytes());
        assert_eq!((answer.status, answer.body.as_str()), (200, "{}"));
    }
    let status = |headers: &[&str], body: &[u8]| post(&served, "/v1/logs", headers, body).status;
    assert_eq!(status(&[JSON], body.as_bytes()), 401);
    assert_eq!(status(&[&bearer, "Content-Type: text/plain"], body.as_bytes()), 415);
    assert_eq!(status(&[&bearer, "Content-Type: application/x-protobuf"], b"\xff\xff"), 400);
    assert_eq!(status(&[&bearer, JSON], br#"{"resourceLogs":7}"#), 400);
    // An empty request is valid.
    assert_eq!(status(&[&bearer, "Content-Type: application/x-protobuf"], b""), 200);
    until_events(&home, 2);
    let events = home.events(&[]);
    assert!(events.iter().all(|e| e["text"] == "late" && e["host"] == "web.example"), "{events:?}");
    assert!(events.iter().all(|e| e["meta"]["severity"] == "warning"), "{events:?}");
    served.end("-INT");
}

/// Numbered messages through the SDK, in batches.
const PROGRAM: &str = "\
import logging, sys
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource
if len(sys.argv) > 1:
    resource = Resource.create({'service.name': 'tides', 'host.name': 'web1'})
    provider = LoggerProvider(resource=resource)
    headers = {'authorization': 'Bearer ' + sys.argv[2]}
    exporter = OTLPLogExporter(endpoint=sys.argv[1], headers=headers, compression=Compression.Gzip)
    provider.add_log_record_processor(BatchLogRecordProcessor(exporter, max_export_batch_size=50))
    logger = logging.getLogger('gauge')
    logger.addHandler(LoggingHandler(logger_provider=provider))
    for n in range(200):
        logger.error('number %d', n, extra={'http.status': 500 + n})
    assert provider.force_flush()
    provider.shutdown()
";

#[test]
fn records_of_the_python_sdk_arrive() {
    let python = std::env::var("WORKHOURS_TEST_PYTHON").unwrap_or_else(|_| "python3".into());
    let run = |args: &[&str]| Command::new(&python).args(["-W", "ignore", "-c", PROGRAM]).args(args).output();
    if !run(&[]).is_ok_and(|output| output.status.success()) {
        skipped(format_args!("{python} cannot import opentelemetry"));
        return;
    }
    let home = Home::new();
    let secret = token(&home, &["app", "--source", "otlp"]);
    let served = Served::start(&home, &[]);
    let sent = run(&[&format!("http://{}/v1/logs", served.host), &secret]).unwrap();
    assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stderr));
    until_events(&home, 200);
    let events = home.events(&[]);
    let mut numbers: Vec<u64> = events
        .iter()
        .map(|e| e["text"].as_str().unwrap().strip_prefix("number ").unwrap().parse().unwrap())
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (0..200).collect::<Vec<_>>());
    let first = &events[0];
    assert_eq!((&first["host"], &first["agent"]), (&"web1".into(), &"tides".into()), "{first}");
    assert_eq!(
        (&first["meta"]["severity"], &first["meta"]["scope"]),
        (&"err".into(), &"gauge".into()),
        "{first}"
    );
    assert!(first["meta"]["http_status"].as_u64().is_some(), "{first}");
    served.end("-INT");
}
