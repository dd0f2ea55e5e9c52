//! The terms typed into search engines.

use super::counting::{COUNT, Counting, DAYS, FIRST, LAST, OPTIONS, SHARE, Values};
use super::{ReportEntry, ReportInfo, ReportParams};
use workhours_base::table::{Column, ColumnType};
use workhours_event::StoredEvent;
use workhours_query::domain_of;
use workhours_store::Wanted;
const COLUMNS: [Column; 7] = [
    Column::new("terms", ColumnType::Text, "what was searched for"),
    Column::new("engine", ColumnType::Category, "the search engine or site"),
    COUNT,
    SHARE,
    DAYS,
    FIRST,
    LAST,
];

static INFO: ReportInfo = ReportInfo {
    name: "searches",
    summary: "What was typed into search engines, by how often",
    columns: &COLUMNS,
    options: OPTIONS,
};

fn keys(_: &ReportParams, e: &StoredEvent) -> Values {
    let found = e.url.as_deref().and_then(search).or_else(|| {
        let typed = e.title.as_ref().filter(|_| e.kind == "web.search");
        typed.map(|terms| (terms.to_string(), e.source_type.to_string()))
    });
    found.into_iter().map(|(terms, engine)| vec![Some(terms.into()), Some(engine.into())]).collect()
}

/// Engines: what their host is or ends with, how their path begins, and the parameter with the words.
const ENGINES: [(&str, &str, &str); 18] = [
    ("google", "/search", "q"),
    ("scholar.google", "/scholar", "q"),
    ("bing.com", "/search", "q"),
    ("duckduckgo.com", "/", "q"),
    ("search.yahoo.com", "/search", "p"),
    ("yandex.com", "/search", "text"),
    ("yandex.ru", "/search", "text"),
    ("baidu.com", "/s", "wd"),
    ("ecosia.org", "/search", "q"),
    ("startpage.com", "/", "query"),
    ("qwant.com", "/", "q"),
    ("search.brave.com", "/search", "q"),
    ("kagi.com", "/search", "q"),
    ("youtube.com", "/results", "search_query"),
    ("github.com", "/search", "q"),
    ("stackoverflow.com", "/search", "q"),
    ("crates.io", "/search", "q"),
    ("wikipedia.org", "/w/index.php", "search"),
];

/// Words and engine.
fn search(url: &str) -> Option<(String, String)> {
    let url = url::Url::parse(url).ok()?;
    let host = url.host_str()?.trim_start_matches("www.");
    let (engine, _, parameter) = ENGINES.iter().find(|(engine, path, _)| {
        let at = match *engine {
            // google.com, google.co.uk, google.de …
            "google" => {
                domain_of(url.as_str()).is_some_and(|d| d.starts_with("google."))
                    && host.starts_with("google.")
            }
            "scholar.google" => host.starts_with("scholar.google."),
            engine => host == engine || host.ends_with(&format!(".{engine}")),
        };
        at && url.path().starts_with(path)
    })?;
    let terms = url.query_pairs().find(|(key, _)| key == parameter)?.1.trim().to_owned();
    (!terms.is_empty()).then(|| (terms, (*engine).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::search;

    #[test]
    fn engines_and_what_is_none() {
        let is = |url: &str| search(url).map(|(terms, engine)| format!("{engine}: {terms}"));
        for (url, want) in [
            ("https://www.google.co.uk/search?hl=en&q=neap+tide%20table", Some("google: neap tide table")),
            ("https://scholar.google.com/scholar?q=tides", Some("scholar.google: tides")),
            ("https://duckduckgo.com/?t=h_&q=t%C3%ADde", Some("duckduckgo.com: tíde")),
            ("https://html.duckduckgo.com/html/?q=x", Some("duckduckgo.com: x")),
            ("https://search.yahoo.com/search?p=tide", Some("search.yahoo.com: tide")),
            ("https://www.youtube.com/results?search_query=moon", Some("youtube.com: moon")),
            ("https://www.google.com/maps?q=x", None),
            ("https://www.google.com/search?q=", None),
            ("https://google.example.com/search?q=x", None),
            ("https://notbing.com/search?q=x", None),
        ] {
            assert_eq!(is(url).as_deref(), want, "{url}");
        }
    }
}

inventory::submit! { ReportEntry(&Counting { info: &INFO, distinct: 2, keys, wanted: Wanted { source: true, url: true, title: true, ..Wanted::NONE }, kind: None, with_place: false, sums: None }) }
