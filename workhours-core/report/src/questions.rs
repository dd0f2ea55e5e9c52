//! Questions that were looked up: on the sites of Stack Exchange, and on Quora.

use super::counting::{COUNT, Counting, DAYS, FIRST, LAST, OPTIONS, SHARE, Values};
use super::web::decoded;
use super::{ReportEntry, ReportInfo, ReportParams};
use workhours_base::table::{Column, ColumnType};
use workhours_event::StoredEvent;
use workhours_store::Wanted;
const COLUMNS: [Column; 9] = [
    Column::new("site", ColumnType::Category, "the site"),
    Column::new("question", ColumnType::Text, "its title, taken from the address"),
    Column::detail("number", ColumnType::Text, "its number on the site"),
    Column::detail("url", ColumnType::Text, "the address it was last read at"),
    COUNT,
    SHARE,
    DAYS,
    FIRST,
    LAST,
];

static INFO: ReportInfo = ReportInfo {
    name: "questions",
    summary: "The questions on Stack Exchange and Quora, by how often they were read",
    columns: &COLUMNS,
    options: OPTIONS,
};

fn keys(_: &ReportParams, e: &StoredEvent) -> Values {
    let found = e.url.as_deref().and_then(question);
    let row = |q: Question| {
        vec![Some(q.site.into()), Some(q.title.into()), q.number.map(Into::into), e.url.clone()]
    };
    found.into_iter().map(row).collect()
}

struct Question {
    site: String,
    title: String,
    number: Option<String>,
}

/// Sites of Stack Exchange with their own names.
const SITES: [&str; 6] = [
    "stackoverflow.com",
    "serverfault.com",
    "superuser.com",
    "askubuntu.com",
    "mathoverflow.net",
    "stackapps.com",
];

fn question(url: &str) -> Option<Question> {
    let url = url::Url::parse(url).ok()?;
    let host = url.host_str()?.trim_start_matches("www.");
    let parts: Vec<&str> = url.path_segments()?.filter(|part| !part.is_empty()).collect();
    if SITES.iter().any(|site| host == *site || host.ends_with(&format!(".{site}")))
        || host.ends_with(".stackexchange.com")
    {
        let (["questions" | "q", number, ..], title) = (&parts[..], parts.get(2)) else { return None };
        if !number.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        // An address with only a question number has no title; a number after it is that of an answer.
        let title =
            title.filter(|title| parts[0] == "questions" && !title.bytes().all(|b| b.is_ascii_digit()));
        let title =
            title.map_or_else(|| format!("question {number}"), |title| decoded(title).replace('-', " "));
        return Some(Question { site: host.to_owned(), title, number: Some((*number).to_owned()) });
    }
    let is_quora = host == "quora.com" || host.ends_with(".quora.com");
    let ([title] | ["unanswered", title], true) = (&parts[..], is_quora) else { return None };
    let pages = ["search", "topic", "profile", "notifications", "answer", "following", "spaces", "about"];
    let is_question = title.contains('-') && !pages.contains(title);
    is_question.then(|| Question {
        site: host.to_owned(),
        title: decoded(title).replace('-', " "),
        number: None,
    })
}

#[cfg(test)]
mod tests {
    use super::question;

    #[test]
    fn questions_and_what_is_none() {
        let is = |url: &str| question(url).map(|q| format!("{}: {}", q.site, q.title));
        for (url, want) in [
            (
                "https://stackoverflow.com/questions/11227809/why-is-it-faster?x=1#2",
                Some("stackoverflow.com: why is it faster"),
            ),
            ("https://stackoverflow.com/q/11227809", Some("stackoverflow.com: question 11227809")),
            ("https://stackoverflow.com/q/11227809/17", Some("stackoverflow.com: question 11227809")),
            ("https://unix.stackexchange.com/questions/1/a%2Db", Some("unix.stackexchange.com: a b")),
            ("https://meta.superuser.com/questions/9/x", Some("meta.superuser.com: x")),
            ("https://www.quora.com/How-do-tides-work", Some("quora.com: How do tides work")),
            ("https://stackoverflow.com/questions/tagged/rust", None),
            ("https://stackoverflow.com/", None),
            ("https://www.quora.com/search?q=tides", None),
            ("https://stackoverflow.com.example/questions/1/x", None),
        ] {
            assert_eq!(is(url).as_deref(), want, "{url}");
        }
    }
}

inventory::submit! { ReportEntry(&Counting { info: &INFO, distinct: 2, keys, wanted: Wanted { url: true, ..Wanted::NONE }, kind: None, with_place: true, sums: None }) }
