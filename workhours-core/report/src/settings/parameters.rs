//! The settings of reports, each declared once. The command line makes its flags of them, the web its parameters and
//! form fields, the API its description; saved reports store them by name.
//!
//! To add one: declare it here. If only some reports take it, make it `optional` and list it in the `options` of those
//! reports. Use it where [`Settings::params`](super::Settings::params) makes the parameters of a run.

use crate::ReportInfo;
use workhours_base::vocabulary::{Bucket, Dimension};

/// The values of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterKind {
    /// Any text.
    Text,
    /// A source type.
    Source,
    /// A question in the language of queries.
    Query,
    /// A time, as `--from` reads it.
    When,
    /// A time of day.
    Clock,
    /// A whole number.
    Number,
    /// Minutes, such as 7.5.
    Minutes,
    /// Columns of the report, with commas between.
    Columns,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Nothing, or anything: it is there or not.
    Flag,
}

/// A parameter: a flag of the command line without its dashes, a parameter of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// One line, no full stop.
    pub help: &'static str,
    /// Its values.
    pub kind: ParameterKind,
    /// Whether it may be given several times.
    pub repeatable: bool,
    /// Whether only some reports take it: those that list it.
    pub optional: bool,
    /// The flag of one letter.
    pub short: Option<char>,
    /// What the command line's help calls the value: `MIN`.
    pub placeholder: &'static str,
    /// What applies without it, as the command line's help says it. Empty if nothing does.
    pub default: &'static str,
    /// The flags it can't be combined with.
    pub conflicts: &'static [&'static str],
    /// Its name in a saved report, if that is another one.
    stored: &'static str,
    /// The label of its form field; empty for its name in words.
    label: &'static str,
    /// An example of a value, for its form field.
    pub example: &'static str,
    /// Whether forms hide it until it's asked for.
    pub rare: bool,
}

impl Parameter {
    /// One that every report takes, once.
    pub const fn new(name: &'static str, help: &'static str, kind: ParameterKind) -> Self {
        Self {
            name,
            help,
            kind,
            repeatable: false,
            optional: false,
            short: None,
            placeholder: "TEXT",
            default: "",
            conflicts: &[],
            stored: "",
            label: "",
            example: "",
            rare: false,
        }
    }

    /// The same, to be given as often as one likes.
    pub const fn many(self) -> Self {
        Self { repeatable: true, ..self }
    }

    /// Its name in a saved report.
    pub fn stored(&self) -> String {
        match self.stored {
            "" => self.name.replace('-', "_"),
            stored => stored.to_owned(),
        }
    }

    /// The label of its form field.
    pub fn label(&self) -> String {
        if !self.label.is_empty() {
            return self.label.to_owned();
        }
        let words = self.name.replace('-', " ");
        let (first, rest) = words.split_at(words.len().min(1));
        first.to_uppercase() + rest
    }
}

const DIMENSIONS: [&str; 11] = {
    let (mut found, mut i) = ([""; 11], 0);
    while i < found.len() {
        found[i] = Dimension::ALL[i].as_str();
        i += 1;
    }
    found
};
const BUCKETS: [&str; 8] = {
    let (mut found, mut i) = ([""; 8], 0);
    while i < found.len() {
        found[i] = Bucket::ALL[i].as_str();
        i += 1;
    }
    found
};

use ParameterKind as Kind;

/// Declares parameters, and the list of all in this order.
macro_rules! parameters {
    ($($(#[doc = $doc:literal])+ $id:ident: $kind:expr, $name:literal, $help:literal $(, $field:ident: $value:expr)*;)+) => {
        $($(#[doc = $doc])+
        pub const $id: Parameter = Parameter { $($field: $value,)* ..Parameter::new($name, $help, $kind) };)+

        /// All of them, in the order of help and forms.
        pub static PARAMETERS: &[Parameter] = &[$($id),+];
    };
}

parameters! {
    /// The period.
    IN: Kind::When, "in", "Only this period: yesterday, 'last month', 2026-W11, 2026-Q1, 2026-03-01..2026-03-15",
        placeholder: "PERIOD", conflicts: &["from", "to"], stored: "in_period", example: "last month, 2026-W11";
    /// The start of the window.
    FROM: Kind::When, "from", "From this time on: 2024-05-01, 'yesterday 17:30', 'last monday', -7d",
        placeholder: "WHEN", example: "-7d, monday, 2026-03";
    /// The end of the window.
    TO: Kind::When, "to", "Before this time; a day, week, month or year is included",
        placeholder: "WHEN", example: "today, 2026-03-10";
    /// Source types.
    SOURCE: Kind::Source, "source", "Only events of this source type",
        placeholder: "TYPE", repeatable: true, stored: "sources";
    /// Whose events.
    USERNAME: Kind::Text, "username", "Only events of this person, user or address; 'all' counts everyone's hours",
        placeholder: "USER", short: Some('u'), repeatable: true, stored: "users", label: "User", rare: true;
    /// A text that events hold.
    TEXT: Kind::Text, "text", "Only events with this text, ignoring case, in title, text, URL, host, peer or user",
        rare: true;
    /// A query that events match.
    WHERE: Kind::Query, "where",
        "Only events that match this query; for hours, only their time: 'user:ada -tag:home \"release notes\"'",
        placeholder: "QUERY", repeatable: true, stored: "wheres", example: "user:ada -tag:home";
    /// What to divide by.
    BY: Kind::Choice(&DIMENSIONS), "by",
        "Divide by: source, kind, host, peer, user, tag, project, domain, input or label",
        placeholder: "DIMENSION", optional: true, label: "Divide by";
    /// The length of a row's period.
    BUCKET: Kind::Choice(&BUCKETS), "bucket",
        "Length of a row's period: year, quarter, month, week, day, hour, minute or weekday-hour",
        placeholder: "BUCKET", optional: true;
    /// The gap that ends a session.
    GAPTIME: Kind::Minutes, "gaptime", "Minutes without an event that make a gap",
        placeholder: "MIN", short: Some('G'), default: "15", optional: true, label: "Gap, min";
    /// The time before a session's first event.
    PAD: Kind::Minutes, "pad", "Minutes counted before the first event of a session",
        placeholder: "MIN", default: "0", optional: true, label: "Pad, min";
    /// How hours are rounded.
    ROUND: Kind::Text, "round",
        "Round hours: MINUTES[:up|down|nearest[:session|row|day|total]], such as 15 or 6:up:day",
        placeholder: "HOW", optional: true, example: "15 or 6:up:day";
    /// Whose traces count as work.
    ACTIVITY: Kind::Text, "activity",
        "Whose traces count as work: human, machine, mixed, several separated by commas, or all",
        placeholder: "WHOSE", default: "human", optional: true, example: "human";
    /// When a day begins.
    DAY_START: Kind::Clock, "day-start", "When a day begins, up to 12:00",
        placeholder: "HH:MM", default: "00:00", optional: true, example: "04:00";
    /// The total at several gap times, instead of the hours.
    SENSITIVITY: Kind::Flag, "sensitivity", "Show the total hours at several gap times", optional: true;
    /// The events the hours are made of, instead of the hours.
    EXPLAIN: Kind::Flag, "explain", "List the events that the hours are made of, with file and line",
        optional: true, conflicts: &["sensitivity"];
    /// The columns to group by.
    GROUP_BY: Kind::Columns, "group-by", "Group a report's rows by these columns, and sum up the others",
        placeholder: "COLUMNS", rare: true;
    /// The columns to sort by.
    SORT: Kind::Columns, "sort", "Sort a report's rows by these columns; a minus before one sorts in descending order",
        placeholder: "COLUMNS", rare: true;
    /// The number of rows.
    LIMIT: Kind::Number, "limit", "At most N rows", placeholder: "N", rare: true;
    /// The zone.
    TZ: Kind::Text, "tz", "Time zone of times that name none, and of times in tables",
        placeholder: "ZONE", stored: "timezone", label: "Time zone", rare: true, example: "Europe/Oslo";
}

/// The parameters of a report.
pub fn parameters_of(info: &ReportInfo) -> impl Iterator<Item = Parameter> {
    PARAMETERS.iter().filter(|parameter| !parameter.optional || info.takes(parameter)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_parameter_is_described() {
        let mut names: Vec<_> = PARAMETERS.iter().map(|p| p.name).collect();
        for p in PARAMETERS {
            assert!(!p.help.is_empty() && !p.help.ends_with('.'), "{}", p.name);
            assert!(p.conflicts.iter().all(|name| names.contains(name)), "{}", p.name);
        }
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), PARAMETERS.len());
        assert!(DIMENSIONS.contains(&"project") && BUCKETS.contains(&"weekday-hour"));
        assert_eq!([TZ.label(), GROUP_BY.label()], ["Time zone", "Group by"]);
    }
}
