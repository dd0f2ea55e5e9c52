//! The API: its description against its routes, its counts, and the assets' budget.

use crate::kit::Home;
use serde_json::Value;
use std::collections::BTreeSet;
use workhours_web::{packed_bytes, routes};

#[test]
fn the_description_is_of_all_routes_and_of_no_others() {
    let home = Home::new();
    let site = home.serve();
    let described = site.json("/api/openapi.json");
    let mut there = BTreeSet::new();
    for (path, item) in described["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            there.insert((method.to_uppercase(), path.clone()));
            assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{path}");
            let names: Vec<&str> = operation["parameters"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|parameter| parameter["name"].as_str().unwrap())
                .collect();
            for capture in path.split(['{', '}']).skip(1).step_by(2) {
                assert!(names.contains(&capture), "{path}: {names:?}");
            }
        }
    }
    let wanted: BTreeSet<_> = routes()
        .into_iter()
        .filter(|(_, _, api)| *api)
        .map(|(verb, path, _)| (verb.as_str().to_owned(), path.to_owned()))
        .collect();
    assert_eq!(there, wanted);
    // Whatever is referred to is there.
    let text = described.to_string();
    for name in text.split("#/components/schemas/").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert!(described["components"]["schemas"][name].is_object(), "{name}");
    }
    let docs = site.page("/api/docs");
    for (_, path, _) in routes().into_iter().filter(|(_, _, api)| *api) {
        assert!(docs.contains(&format!("<code>{path}</code>")), "{path}");
    }
}

#[test]
fn every_route_is_asked_for_as_the_table_says() {
    let home = Home::small();
    let site = home.serve();
    let id = site.json("/api/reports/events?limit=1")["data"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(site.ask("PUT", "/api/saved/hours?q=git", &["Sec-Fetch-Site: same-origin"], "").status, 201);
    // A stream has no end.
    for (verb, path, api) in routes().into_iter().filter(|(_, path, _)| !path.ends_with("/stream")) {
        let place = path.replace("{id}", &id).replace("{name}", "hours");
        let got = site.ask(verb.as_str(), &place, &["Sec-Fetch-Site: same-origin"], "");
        // The forms of theme and login need parameters, and `hours` isn't an asset.
        // What programs send needs a token of theirs.
        let of_client =
            ["/ingest/", "/api/v1/", "/api/0/", "/v1/logs"].iter().any(|begin| path.starts_with(begin));
        if of_client {
            assert_eq!(got.status, 401, "{verb:?} {path}");
            continue;
        }
        let fine = got.status < 400 || ["/theme", "/login", "/saved", "/static/{name}"].contains(&path);
        assert!(fine, "{verb:?} {path}: {} {}", got.status, got.text());
        if api && got.header("content-type") == "application/json" {
            serde_json::from_slice::<serde_json::Value>(&got.body).unwrap();
        }
    }
}

/// The schema of what a route answers with, with all that it refers to.
fn schema_of(described: &Value, path: &str, method: &str) -> Option<Value> {
    let content = &described["paths"][path][method]["responses"]["200"]["content"]["application/json"];
    let mut schema = content["schema"].as_object()?.clone();
    schema.insert("components".into(), described["components"].clone());
    Some(schema.into())
}

#[test]
fn answers_are_what_the_description_says() {
    let home = Home::small();
    let site = home.serve();
    let described = site.json("/api/openapi.json");
    let id = site.json("/api/reports/events?limit=1")["data"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(site.ask("PUT", "/api/saved/hours?q=git", &["Sec-Fetch-Site: same-origin"], "").status, 201);
    let mut asked = BTreeSet::new();
    for (verb, path, _) in routes().into_iter().filter(|(verb, _, api)| *api && verb.as_str() == "GET") {
        let Some(schema) = schema_of(&described, path, &verb.as_str().to_lowercase()) else { continue };
        let validator = jsonschema::validator_for(&schema).unwrap_or_else(|e| panic!("{path}: {e}"));
        let place = path.replace("{id}", &id).replace("{name}", "hours");
        for query in ["", "?q=git&limit=3", "?q=nothing_like_this", "?from=2026-03-01&field=user&field=host"]
        {
            let got = site.get(&format!("{place}{query}"));
            if got.status != 200 || got.header("content-type") != "application/json" {
                continue;
            }
            let body: Value = serde_json::from_slice(&got.body).unwrap();
            let wrong: Vec<String> = validator.iter_errors(&body).map(|e| e.to_string()).collect();
            assert!(wrong.is_empty(), "{place}{query}: {wrong:?} in {body}");
            asked.insert(path);
        }
    }
    assert!(asked.len() >= 14, "{asked:?}");
    // The validator is not one that takes anything.
    let schema = schema_of(&described, "/api/events", "get").unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mut body = site.json("/api/events");
    body["total"] = serde_json::json!([{ "label": "hours", "value": "1" }]);
    assert!(!validator.is_valid(&body));
}

#[test]
fn rows_come_in_an_envelope() {
    let home = Home::small();
    let site = home.serve();
    let rows = site.json("/api/reports/events?limit=4");
    assert_eq!((&rows["page"]["size"], &rows["page"]["more"]), (&4.into(), &true.into()));
    assert_eq!(rows["data"][0]["title"].as_str().or(rows["data"][0]["text"].as_str()), Some("git status"));
    assert!(rows["took_ms"].is_u64() && rows["page"]["as_of"].as_str().unwrap().parse::<u64>().is_ok());
    let hours = site.json("/api/hours?bucket=month");
    assert_eq!(hours["data"][0]["period"], "2026-03");
    assert!(hours["totals"][0]["label"] == "hours");
    assert_eq!(site.json("/api/sessions")["data"].as_array().unwrap().len(), 3);
    assert_eq!(site.json("/api/sources")["data"][0]["events"], 18);
    let reports = site.json("/api/reports");
    assert!(reports["data"].as_array().unwrap().iter().any(|report| report["name"] == "hours"));
    assert!(
        site.json("/api/fields")["data"].as_array().unwrap().iter().any(|field| field["name"] == "domain")
    );
}

#[test]
fn what_happens_is_counted() {
    let home = Home::new();
    let site = home.serve();
    site.page("/help");
    site.get("/nowhere/at/all");
    let text = site.page("/metrics");
    assert!(text.contains("workhours_requests_total{route=\"/help\",status=\"200\"} 1"), "{text}");
    assert!(text.contains("workhours_requests_total{route=\"none\",status=\"404\"} 1"), "{text}");
    assert!(
        text.contains("workhours_request_duration_seconds_bucket{route=\"/help\",le=\"+Inf\"} 1"),
        "{text}"
    );
    let log = site.log();
    assert!(log.lines().all(|line| line.starts_with("time=") && line.contains(" level=")), "{log}");
}

#[test]
fn assets_are_small_and_kept_for_ever() {
    // The explorer loads all of it, and may have 25 KB.
    assert!(packed_bytes() < 15 << 10, "{} bytes", packed_bytes());
    let home = Home::new();
    let site = home.serve();
    let page = site.page("/help");
    let places: Vec<&str> =
        page.split("\"/static/").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(places.len(), 3, "{places:?}");
    for place in places {
        let place = format!("/static/{place}");
        let plain = site.get(&place);
        assert_eq!(plain.header("cache-control"), "public, max-age=31536000, immutable", "{place}");
        let packed = site.ask("GET", &place, &["Accept-Encoding: br, gzip"], "");
        assert_eq!(packed.header("content-encoding"), "gzip", "{place}");
        assert_eq!(packed.header("vary"), "accept-encoding", "{place}");
        assert!(packed.body.starts_with(&[0x1f, 0x8b]) && plain.header("content-encoding").is_empty());
    }
}
