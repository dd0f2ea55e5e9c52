//! `trac.timeline`: the timeline of a Trac, saved as a web page or as its feed.
//!
//! The page is read in `trac_html`, the feed in `trac_rss`; here is what both make events of.

use crate::trac::day;
use crate::trac::html;
use crate::trac::rss;
use memchr::memmem;
use workhours_plugin_api::*;

/// The source `trac.timeline`.
pub struct TracTimeline;

export_source!(TracTimeline);

static INFO: SourceInfo = SourceInfo {
    name: "trac.timeline",
    aliases: &["trac.timelines"],
    summary: "Timelines of Trac 0.10 to 1.6, as pages or feeds",
    details: "\
Pages are lists under headings with a day: each `<dt class=kind>` is an event, the `<dd>` behind it its text. Feeds \
are RSS: each `<item>` is an event. All authors are read, not only the one whose browser saved it.

* A page states the day in its headings and the time to the minute beside each event, both in the zone and the \
language it was shown in: they are local times. Days are read as `11/10/26`, `Nov 10, 2026`, `10 nov. 2026`, \
`10.11.2026`, `2026-11-10`, `2026年11月10日` and their like, times with or without AM and PM. A heading that says \
only Today or Yesterday counts from the moment of the first load, with a remark.
* Whether `11/10/26` begins with the month is told by the option `date_order` (`mdy` or `dmy`), else by the page: \
by the format of its date picker, or by a heading with a day beyond 12. If nothing tells, the month comes first.
* A heading without a readable day (`Context Navigation`) leaves the events under it without a date, with a remark.
* An hour that the clock shows twice cannot be told apart; the order of the page is kept.
* `trac_kind` is the class or category. Tickets (`newticket`, `closedticket` …), changesets, wiki pages and \
milestones have kinds of their own, attachments and all else are `trac.event`.
* The author is the user. Trac 0.10 only names the author in the title: what follows `by` at its end is taken.
* Addresses stay as written: in pages they are paths.
* A feed's item that is not UTF-8 is read with replacements, and a remark. One that is no XML is rejected.
* An event of a page is known by its class and address (and, as all events are, by its time), one of a feed by its \
`guid`. The same event read from both is two events.",
    authority: "Trac's templates timeline.html, timeline.rss and timeline.cs: https://trac.edgewall.org/browser",
    activity: Activity::Mixed,
    growth: Growth::Mutable,
    input: InputNeed::Map,
    kinds: &["trac.ticket", "trac.changeset", "trac.wiki", "trac.milestone", "trac.event"],
    locations: &[
        Location { os: Os::Any, glob: "~/Downloads/*imeline*.html" },
        Location { os: Os::Any, glob: "~/Downloads/timeline*.rss" },
    ],
    companions: &[],
    options: &[SourceOption {
        name: "date_order",
        help: "order of day and month in dates of numbers only: mdy or dmy",
        default: "told by the page",
    }],
    sample: Sample { bytes: include_bytes!("../../samples/trac.timeline"), events: 4, rejects: 0 },
};

impl IDataSource for TracTimeline {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn parse(&self, input: &mut Input<'_>, out: &mut dyn EventSink) -> Result<(), SourceError> {
        let order = day::order_option(input.option("date_order"))?;
        let reference = input.reference_secs();
        let bytes = input.map()?;
        let head = &bytes[..bytes.len().min(4096)];
        if memmem::find(head, b"<rss").is_some() {
            return rss::read(bytes, out);
        }
        html::read(bytes, order, reference, out)
    }
}

/// One event of a timeline.
#[derive(Debug, Default)]
pub(crate) struct Entry {
    pub(crate) time: Option<EventTime>,
    /// Class or category.
    pub(crate) kind: String,
    pub(crate) key: Vec<u8>,
    pub(crate) url: Vec<u8>,
    pub(crate) title: Vec<u8>,
    pub(crate) text: Vec<u8>,
    pub(crate) author: Vec<u8>,
    pub(crate) tooltip: Vec<u8>,
    pub(crate) flags: RowFlags,
}

impl Entry {
    pub(crate) fn emit(&self, span: Span<'_>, out: &mut dyn EventSink) -> Result<(), Stop> {
        let mut attrs = Vec::with_capacity(2);
        for (key, value) in [("trac_kind", self.kind.as_bytes()), ("tooltip", &self.tooltip)] {
            if !value.is_empty() {
                attrs.push(Attr { key, value: Value::Str(Text(value)) });
            }
        }
        out.emit(&EventRow {
            span,
            time: self.time,
            kind: kind(&self.kind),
            key: &self.key,
            url: Text(&self.url),
            title: Text::from(&self.title),
            text: Text::from(&self.text),
            user: Text::from(&self.author),
            attrs: &attrs,
            flags: self.flags,
            ..EventRow::default()
        })
    }
}

fn kind(class: &str) -> &'static str {
    match class {
        "changeset" => "trac.changeset",
        "wiki" => "trac.wiki",
        "milestone" => "trac.milestone",
        "batchmodify" => "trac.ticket",
        // The feed of Trac 0.9 has categories for people.
        class if class.to_ascii_lowercase().ends_with("ticket") => "trac.ticket",
        "Changeset" => "trac.changeset",
        "Wiki" => "trac.wiki",
        "Milestone" => "trac.milestone",
        _ => "trac.event",
    }
}
