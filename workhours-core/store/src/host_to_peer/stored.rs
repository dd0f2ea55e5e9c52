//! Queries stored in the database: searches, as parameters of an address, and reports, as settings in JSON. Those that
//! name `host:x` become `(host:x OR peer:x)`.

use super::super::Conn;
use super::super::schema::{saved_reports, saved_searches};
use diesel::prelude::*;
use serde_json::Value;
use url::form_urlencoded;
use workhours_query::{Field, either_end, quoted};

/// Rewrites those that name a host.
pub(super) fn ask_for_either_end(conn: &mut Conn) -> QueryResult<()> {
    let searches: Vec<(String, String)> =
        saved_searches::table.select((saved_searches::name, saved_searches::query)).load(conn)?;
    for (name, query) in searches {
        let asked = search(&query);
        if asked != query {
            let row = saved_searches::table.find(name);
            diesel::update(row).set(saved_searches::query.eq(asked)).execute(conn)?;
        }
    }
    let reports: Vec<(String, String)> =
        saved_reports::table.select((saved_reports::name, saved_reports::arguments)).load(conn)?;
    for (name, settings) in reports {
        if let Some(asked) = report(&settings) {
            let row = saved_reports::table.find(name);
            diesel::update(row).set(saved_reports::arguments.eq(asked)).execute(conn)?;
        }
    }
    Ok(())
}

/// The parameters of a search. A filter has one field, so a filter for `host` becomes a part of the query.
fn search(parameters: &str) -> String {
    let pairs: Vec<(String, String)> = form_urlencoded::parse(parameters.as_bytes()).into_owned().collect();
    let (mut query, mut filters, mut others) = (String::new(), Vec::new(), Vec::new());
    for (name, value) in pairs {
        match (name.as_str(), of_host(&value)) {
            ("q", _) => query = value,
            ("f", Some(filter)) => filters.push(filter),
            _ => others.push((name, value)),
        }
    }
    let asked = either_end(&query);
    if asked == query && filters.is_empty() {
        return parameters.to_owned();
    }
    let mut parts = Vec::new();
    match filters.is_empty() {
        true => parts.push(asked),
        // The rest is added to the query, whatever it contains.
        false if !asked.trim().is_empty() => parts.push(format!("({asked})")),
        false => {}
    }
    parts.extend(filters);
    let mut to = form_urlencoded::Serializer::new(String::new());
    to.append_pair("q", &parts.join(" ")).extend_pairs(others);
    to.finish()
}

/// A filter `host:x` or `-host:x` as a query for either end.
fn of_host(filter: &str) -> Option<String> {
    let (sign, rest) = filter.strip_prefix('-').map_or(("", filter), |rest| ("-", rest));
    let (name, value) = rest.split_once(':')?;
    let value = quoted(value);
    (Field::named(name)? == Field::Host).then(|| format!("{sign}(host:{value} OR peer:{value})"))
}

/// The settings of a report, if its `--where` needs rewriting.
fn report(settings: &str) -> Option<String> {
    let mut settings: Value = serde_json::from_str(settings).ok()?;
    let mut changed = false;
    for query in settings.get_mut("wheres")?.as_array_mut()? {
        let asked = either_end(query.as_str()?);
        changed |= query.as_str() != Some(&asked);
        *query = Value::String(asked);
    }
    changed.then(|| settings.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn searches_as_the_site_keeps_them() {
        for (before, after) in [
            ("q=user%3Aada&sort=date", "q=user%3Aada&sort=date"),
            ("q=host%3Aweb1&f=tag%3At", "q=%28host%3Aweb1+OR+peer%3Aweb1%29&f=tag%3At"),
            ("f=host%3Aa+b&facet=host", "q=%28host%3A%22a+b%22+OR+peer%3A%22a+b%22%29&facet=host"),
            ("q=a+OR+b&f=-host%3Ac", "q=%28a+OR+b%29+-%28host%3A%22c%22+OR+peer%3A%22c%22%29"),
            ("", ""),
        ] {
            assert_eq!(search(before), after);
            assert_eq!(search(after), after, "once is enough");
        }
    }

    #[test]
    fn reports_as_the_command_line_keeps_them() {
        let before = r#"{"by":"user","reports":["hours"],"wheres":["host:web1","tag:t"]}"#;
        let after = r#"{"by":"user","reports":["hours"],"wheres":["(host:web1 OR peer:web1)","tag:t"]}"#;
        assert_eq!(report(before).as_deref(), Some(after));
        for same in [after, r#"{"reports":["hours"]}"#, "no json"] {
            assert_eq!(report(same), None);
        }
    }
}
