//! Articles of Wikipedia that were read.

use super::counting::{COUNT, Counting, DAYS, FIRST, LAST, OPTIONS, SHARE, Values};
use super::web::decoded;
use super::{ReportEntry, ReportInfo, ReportParams};
use workhours_base::table::{Column, ColumnType};
use workhours_event::StoredEvent;
use workhours_store::Wanted;
const COLUMNS: [Column; 8] = [
    Column::new("article", ColumnType::Text, "the title"),
    Column::new("language", ColumnType::Category, "the edition: en, de"),
    Column::detail("url", ColumnType::Text, "the address it was last read at"),
    COUNT,
    SHARE,
    DAYS,
    FIRST,
    LAST,
];

static INFO: ReportInfo = ReportInfo {
    name: "wikipedia",
    summary: "The articles of Wikipedia, by how often they were read",
    columns: &COLUMNS,
    options: OPTIONS,
};

fn keys(_: &ReportParams, e: &StoredEvent) -> Values {
    let found = e.url.as_deref().and_then(article);
    found
        .into_iter()
        .map(|(title, language)| vec![Some(title.into()), Some(language.into()), e.url.clone()])
        .collect()
}

/// Title and language of an article; none for pages about articles.
fn article(url: &str) -> Option<(String, String)> {
    let url = url::Url::parse(url).ok()?;
    let host = url.host_str()?.strip_suffix(".wikipedia.org")?;
    let language = host.trim_end_matches(".m");
    if language.is_empty() || language.contains('.') || language == "www" {
        return None;
    }
    let title = match url.path().strip_prefix("/wiki/") {
        Some(title) => decoded(title),
        None if url.path() == "/w/index.php" => {
            url.query_pairs().find(|(key, _)| key == "title").map(|(_, title)| title.into_owned())?
        }
        None => return None,
    };
    let title = title.replace('_', " ");
    // `Special:`, `Talk:`, `Datei:` … but a colon may be part of a title, and then a space follows it.
    let is_page = title.split_once(':').is_some_and(|(space, rest)| {
        space.chars().all(|c| c.is_alphabetic() || c == ' ') && !rest.starts_with(' ') && !rest.is_empty()
    });
    (!title.is_empty() && !is_page).then(|| (title, language.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::article;

    #[test]
    fn articles_and_what_is_none() {
        let is = |url: &str| article(url).map(|(title, language)| format!("{language}: {title}"));
        for (url, want) in [
            ("https://en.wikipedia.org/wiki/Tide_table", Some("en: Tide table")),
            ("https://de.m.wikipedia.org/wiki/Gezeiten%C3%BCbersicht#Oben", Some("de: Gezeitenübersicht")),
            ("https://en.wikipedia.org/w/index.php?title=Neap_tide&action=edit", Some("en: Neap tide")),
            ("https://en.wikipedia.org/wiki/Star_Wars:_Episode_IV", Some("en: Star Wars: Episode IV")),
            ("https://en.wikipedia.org/wiki/Special:Search?search=x", None),
            ("https://en.wikipedia.org/wiki/Talk:Tide", None),
            ("https://www.wikipedia.org/wiki/Tide", None),
            ("https://wikipedia.org.example/wiki/Tide", None),
            ("https://en.wikipedia.org/", None),
        ] {
            assert_eq!(is(url).as_deref(), want, "{url}");
        }
    }
}

inventory::submit! { ReportEntry(&Counting { info: &INFO, distinct: 2, keys, wanted: Wanted { url: true, ..Wanted::NONE }, kind: None, with_place: true, sums: None }) }
