//! How a page of Trac writes its days: the order of day and month, and headings that count from today.
//!
//! Dates themselves are read in [`written`].

use crate::toolkit::bytes_input::BytesInput;
use crate::toolkit::html::text::{VisibleText, is_tag};
use crate::toolkit::html::tokens::{Token, Tokens};
use crate::toolkit::written::{self, Order, plain};
use memchr::memmem;
use workhours_plugin_api::*;

/// The option `date_order`.
pub(crate) fn order_option(value: Option<&str>) -> Result<Option<Order>, SourceError> {
    match value {
        None | Some("") => Ok(None),
        Some("mdy") => Ok(Some(Order::MonthFirst)),
        Some("dmy") => Ok(Some(Order::DayFirst)),
        Some(other) => Err(SourceError::Config(format!("date_order: expected mdy or dmy, not {other:?}"))),
    }
}

/// How the page's date picker or a heading with a day beyond 12 orders day and month.
pub(crate) fn order_of_page(bytes: &[u8]) -> Option<Order> {
    let picker = memmem::find(bytes, b"\"date_format\":\"").map(|at| &bytes[at + 15..]);
    if let Some(format) = picker.and_then(|f| f.split(|b| *b == b'"').next()) {
        let first = |c: u8| format.iter().position(|b| b.eq_ignore_ascii_case(&c));
        if let (Some(month), Some(day)) = (first(b'm'), first(b'd')) {
            return Some(if month < day { Order::MonthFirst } else { Order::DayFirst });
        }
    }
    let mut host = BytesInput::new(bytes);
    let mut input = Input::new(&mut host);
    let mut tokens = Tokens::new(&mut input);
    let (mut inside, mut heading) = (false, VisibleText::default());
    while let Ok(Some(token)) = tokens.next() {
        match token {
            Token::Text(text) if inside => heading.text(text),
            Token::Tag(tag) if is_tag(&tag, "h2") => {
                if let Some(order) = written::order(before_colon(&plain(&heading.lossy()))) {
                    return Some(order);
                }
                inside = !tag.closing;
                heading.clear();
            }
            _ => {}
        }
    }
    None
}

fn before_colon(heading: &str) -> &str {
    heading.split(':').next().unwrap_or(heading).trim()
}

/// The day that the events belong to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Day {
    /// There was no heading with a day.
    None,
    /// Seconds of its beginning on the page's clock.
    Known(i64),
    /// Counted from the first load.
    Counted(i64),
}

impl Day {
    /// The day that a heading names, with `today` for those that count from it.
    pub(crate) fn of_heading(heading: &str, order: Option<Order>, today: i64) -> Self {
        let heading = plain(heading);
        let (date, rest) = heading.split_once(':').unwrap_or((&heading, ""));
        match written::day(date, order) {
            Some((year, month, day)) => Day::Known(civil::days(year, month, day) * 86_400),
            None => match days_ago(date).or_else(|| days_ago(rest)) {
                Some(n) => Day::Counted(today - n * 86_400),
                None => Day::None,
            },
        }
    }
}

/// 0 for today, 1 for yesterday, in the languages that Trac speaks.
fn days_ago(heading: &str) -> Option<i64> {
    const TODAY: [&str; 20] = [
        "today",
        "heute",
        "aujourd'hui",
        "aujourd’hui",
        "hoy",
        "oggi",
        "hoje",
        "vandaag",
        "idag",
        "i dag",
        "tänään",
        "dzisiaj",
        "dnes",
        "сегодня",
        "сьогодні",
        "今日",
        "今天",
        "오늘",
        "bugün",
        "ma",
    ];
    const YESTERDAY: [&str; 18] = [
        "yesterday",
        "gestern",
        "hier",
        "ayer",
        "ieri",
        "ontem",
        "gisteren",
        "igår",
        "i går",
        "eilen",
        "wczoraj",
        "včera",
        "вчера",
        "вчора",
        "昨日",
        "昨天",
        "어제",
        "dün",
    ];
    let word = heading.trim().to_lowercase();
    [TODAY.as_slice(), &YESTERDAY].iter().position(|words| words.contains(&word.as_str())).map(|n| n as i64)
}
