//! `google.takeout`: what Google Takeout exports of searches, visits and other activity.
//!
//! "My Activity" as HTML is read in `takeout_html`, as JSON in `takeout_json`, with Chrome's history; here is what all of
//! them make events of. Not for the other products of an export.

use crate::takeout::html;
use crate::takeout::json;
use workhours_plugin_api::*;

/// The source `google.takeout`.
pub struct GoogleTakeout;

export_source!(GoogleTakeout);

static INFO: SourceInfo = SourceInfo {
    name: "google.takeout",
    aliases: &["takeout"],
    summary: "Searches, visits and activity exported by Google Takeout (My Activity, Chrome)",
    details: "\
An export is read as it is, as a folder or as a zip: whatever the files are called in the language of the account, those \
of these formats are read and the others left alone. Three files are told apart by what stands in them: `MyActivity.html`, `MyActivity.json` (also the `watch-history` and \
`search-history` of YouTube) and Chrome's `BrowserHistory.json` or `History.json`.

* In HTML each cell with content is an event. Its date is the first line behind the first that is a date with a time \
to the second, as CLDR writes it in some ninety languages and their digits: `Jan 31, 2018, 10:54:50 PM EST`, \
`31.01.2018, 22:54:50 MEZ`, `2018年1月31日 GMT+8 22:54:50`; also by the calendars of Iran and Thailand.
* In a date of numbers the year may come first; else the day does. Between slashes, with a clock of twelve hours, the \
month may: then the days beyond 12 on the same page decide, and where there are none, or both, the event has no date \
and a remark, and the line stays in its text.
* A zone is read as an offset (`GMT+1`, `GMT +1`, `[GMT+8]`, `Гринуич+2`) or if its name has one meaning in the pages \
of Google (`CST` is that of America). `IST` is that of India beside a language of India or a clock of twelve hours. \
Others are kept as `zone`, with a remark, and the time is local; without a zone, as in older exports, it is local too. \
Without a readable date the event has none, and a remark.
* JSON states UTC. An element that is no object, or not of this kind, is rejected; a list none of whose elements has \
what an activity has (`header`, `products`, `titleUrl`) is refused.
* `web.search` is what leads to a page of results of Google or YouTube; the text is what was searched for. \
`web.visit` is what says so (`Visited`, `Besucht` …), leads through `google.com/url`, is from the product Chrome, or \
stands in Chrome's history. All else is `takeout.activity`.
* An address wrapped in `google.com/url` is unwrapped; `wrapped_url` keeps it.
* Of Chrome's file the list `Browser History` is read, its other lists are ignored. A visit is known by client and \
address (and, as all events are, by its time); activity by its bytes.",
    authority: "Google Takeout: https://support.google.com/accounts/answer/3024190",
    activity: Activity::Human,
    growth: Growth::Mutable,
    input: InputNeed::Map,
    kinds: &["web.search", "web.visit", "takeout.activity"],
    locations: &[
        Location { os: Os::Any, glob: "~/Takeout/*/*/*.html" },
        Location { os: Os::Any, glob: "~/Takeout/*/*/*ctiv*.json" },
        Location { os: Os::Any, glob: "~/Takeout/*/*/*-history.json" },
        Location { os: Os::Any, glob: "~/Takeout/Chrome/*.json" },
        Location { os: Os::Any, glob: "~/takeout-*/Takeout/*/*/*.html" },
        Location { os: Os::Any, glob: "~/takeout-*/Takeout/*/*/*ctiv*.json" },
        Location { os: Os::Any, glob: "~/takeout-*/Takeout/*/*/*-history.json" },
        Location { os: Os::Any, glob: "~/takeout-*/Takeout/Chrome/*.json" },
        Location { os: Os::Any, glob: "~/Downloads/Takeout/*/*/*.html" },
        Location { os: Os::Any, glob: "~/Downloads/Takeout/*/*/*ctiv*.json" },
        Location { os: Os::Any, glob: "~/Downloads/Takeout/*/*/*-history.json" },
        Location { os: Os::Any, glob: "~/Downloads/Takeout/Chrome/*.json" },
        Location { os: Os::Any, glob: "~/Downloads/takeout-*/Takeout/*/*/*.html" },
        Location { os: Os::Any, glob: "~/Downloads/takeout-*/Takeout/*/*/*ctiv*.json" },
        Location { os: Os::Any, glob: "~/Downloads/takeout-*/Takeout/*/*/*-history.json" },
        Location { os: Os::Any, glob: "~/Downloads/takeout-*/Takeout/Chrome/*.json" },
        Location { os: Os::Any, glob: "~/takeout-*.zip" },
        Location { os: Os::Any, glob: "~/Downloads/takeout-*.zip" },
    ],
    companions: &[],
    options: &[],
    sample: Sample { bytes: include_bytes!("../../samples/google.takeout"), events: 3, rejects: 0 },
};

impl IDataSource for GoogleTakeout {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn parse(&self, input: &mut Input<'_>, out: &mut dyn EventSink) -> Result<(), SourceError> {
        let bytes = input.map()?;
        let start = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        match bytes.get(start..).unwrap_or_default().trim_ascii_start().first() {
            None => Ok(()),
            Some(b'[' | b'{') => json::read(bytes, start, out),
            Some(b'<') => html::read(bytes, out),
            Some(_) => {
                let why = "expected MyActivity.html, MyActivity.json or BrowserHistory.json, found neither HTML nor JSON";
                Err(SourceError::Unsupported(why.into()))
            }
        }
    }
}

/// One thing done.
#[derive(Debug, Default)]
pub(crate) struct Done {
    pub(crate) time: Option<EventTime>,
    pub(crate) flags: RowFlags,
    pub(crate) key: Vec<u8>,
    pub(crate) title: Vec<u8>,
    pub(crate) url: Vec<u8>,
    /// The text below the title.
    pub(crate) more: Vec<u8>,
    pub(crate) attrs: Vec<(&'static str, Vec<u8>)>,
    /// The product as the export names it.
    pub(crate) product: Vec<u8>,
    /// It is known to be a visit.
    pub(crate) visit: bool,
}

impl Done {
    pub(crate) fn emit(&self, span: Span<'_>, out: &mut dyn EventSink) -> Result<(), Stop> {
        let target = unwrapped(&self.url);
        let query = query(&self.url);
        let kind = match query {
            Some(_) => "web.search",
            None if begins_with(&self.title, &SEARCHED) => "web.search",
            None if self.visit || target.is_some() => "web.visit",
            None if begins_with(&self.title, &VISITED) && !self.url.is_empty() => "web.visit",
            None if self.product == b"Chrome" && !self.url.is_empty() => "web.visit",
            None => "takeout.activity",
        };
        let mut text = query.unwrap_or_default();
        if !text.is_empty() && !self.more.is_empty() {
            text.push(b'\n');
        }
        text.extend_from_slice(&self.more);
        let wrapped = if target.is_some() { &self.url[..] } else { b"" };
        let attrs: Vec<Attr<'_>> = [("product", &self.product[..]), ("wrapped_url", wrapped)]
            .into_iter()
            .chain(self.attrs.iter().map(|(key, value)| (*key, value.as_slice())))
            .filter(|(_, value)| !value.is_empty())
            .map(|(key, value)| Attr { key, value: Value::Str(Text(value)) })
            .collect();
        out.emit(&EventRow {
            span,
            time: self.time,
            kind,
            key: &self.key,
            url: Text(target.as_deref().unwrap_or(&self.url)),
            title: Text(&self.title),
            text: Text(&text),
            attrs: &attrs,
            flags: self.flags,
            ..EventRow::default()
        })
    }
}

/// How titles of searches begin.
const SEARCHED: [&str; 14] = [
    "Searched for ",
    "Gesucht nach",
    "Vous avez recherché",
    "Recherche :",
    "Buscaste ",
    "Has buscado",
    "Hai cercato",
    "Pesquisou por",
    "Pesquisa por",
    "Gezocht naar",
    "Du sökte efter",
    "Wyszukano",
    "Đã tìm kiếm",
    "Menelusuri",
];

/// How titles of visits begin.
const VISITED: [&str; 12] = [
    "Visited ",
    "Besucht:",
    "Vous avez consulté",
    "Page consultée",
    "Visitaste ",
    "Has visitado",
    "Hai visitato",
    "Visitou ",
    "Bezocht",
    "Du besökte",
    "Odwiedzono",
    "Mengunjungi",
];

fn begins_with(title: &[u8], words: &[&str]) -> bool {
    words.iter().any(|w| title.starts_with(w.as_bytes()))
}

/// Host and path-with-query of an address.
fn split(url: &[u8]) -> Option<(&str, &str)> {
    let url = std::str::from_utf8(url).ok()?;
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    Some(rest.split_at(rest.find('/')?))
}

fn is_google(host: &str) -> bool {
    let host = host.strip_prefix("www.").unwrap_or(host);
    host.starts_with("google.")
}

/// The value of a parameter, decoded.
fn parameter(path: &str, name: &str) -> Option<Vec<u8>> {
    let (_, query) = path.split_once('?')?;
    let query = query.split('#').next()?;
    let pairs = query.split('&').filter_map(|p| p.split_once('='));
    let value = pairs.into_iter().find(|(n, _)| *n == name)?.1;
    Some(decoded(value))
}

fn decoded(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|h| std::str::from_utf8(h).ok());
        match (first, hex.and_then(|h| u8::from_str_radix(h, 16).ok())) {
            (b'%', Some(byte)) => {
                out.push(byte);
                rest = &after[2..];
                continue;
            }
            (b'+', _) => out.push(b' '),
            _ => out.push(*first),
        }
        rest = after;
    }
    out
}

/// The query of a page of results.
fn query(url: &[u8]) -> Option<Vec<u8>> {
    let (host, path) = split(url)?;
    let page = path.split('?').next()?;
    let asked = match page {
        "/search" | "/webhp" if is_google(host) => parameter(path, "q"),
        "/results" if host.ends_with("youtube.com") => parameter(path, "search_query"),
        _ => None,
    };
    asked.filter(|q| !q.is_empty())
}

/// The address after `https://www.google.com/url?q=…`.
fn unwrapped(url: &[u8]) -> Option<Vec<u8>> {
    let (host, path) = split(url)?;
    if !is_google(host) || path.split('?').next() != Some("/url") {
        return None;
    }
    let raw =
        path.split_once('?')?.1.split('&').find_map(|p| p.strip_prefix("q=").or(p.strip_prefix("url=")))?;
    // Older exports didn't encode it, and encoded parts belong to it.
    let target = if raw.contains("://") { raw.as_bytes().to_vec() } else { decoded(raw) };
    (!target.is_empty()).then_some(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let text = |v: Option<Vec<u8>>| v.map(|v| String::from_utf8(v).unwrap());
        assert_eq!(text(query(b"https://www.google.com/search?q=a+b%26c&hl=en")).as_deref(), Some("a b&c"));
        assert_eq!(text(query(b"https://www.youtube.com/results?search_query=x")).as_deref(), Some("x"));
        assert_eq!(query(b"https://example.org/search?q=a"), None);
        let plain = b"https://www.google.com/url?q=http://e.org/a%20b&usg=x";
        assert_eq!(text(unwrapped(plain)).as_deref(), Some("http://e.org/a%20b"));
        let encoded = b"https://www.google.de/url?sa=t&q=https%3A%2F%2Fe.org%2F%3Fa%3D1&usg=x";
        assert_eq!(text(unwrapped(encoded)).as_deref(), Some("https://e.org/?a=1"));
        assert_eq!(unwrapped(b"https://e.org/url?q=x"), None);
    }
}
