//! The extensions of addresses, their outputs in core, and their media types.

/// A way to write an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Format {
    /// The text after the dot.
    pub(crate) ending: &'static str,
    /// Core's output; none for the page itself.
    pub(crate) output: Option<&'static str>,
    pub(crate) media_type: &'static str,
    /// For people, where it is offered.
    pub(crate) label: &'static str,
}

const fn format(
    ending: &'static str,
    output: &'static str,
    media_type: &'static str,
    label: &'static str,
) -> Format {
    Format { ending, output: Some(output), media_type, label }
}

/// All of them. What spreadsheets open is written so that they compute nothing of it.
pub(crate) const FORMATS: [Format; 10] = [
    format("csv", "csv-safe", "text/csv; charset=utf-8", "CSV"),
    format("xlsx", "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "Excel"),
    format("json", "json", "application/json", "JSON"),
    format("ndjson", "jsonl", "application/x-ndjson", "NDJSON"),
    format("jsonl", "jsonl", "application/x-ndjson", ""),
    format("parquet", "parquet", "application/vnd.apache.parquet", "Parquet"),
    format("arrow", "arrow", "application/vnd.apache.arrow.file", "Arrow"),
    format("ics", "ics", "text/calendar; charset=utf-8", "Calendar"),
    format("md", "markdown", "text/markdown; charset=utf-8", "Markdown"),
    Format { ending: "html", output: None, media_type: "text/html", label: "" },
];

/// A name without its extension, and that extension's format. An unknown extension is part of the name.
pub(crate) fn split(name: &str) -> (&str, Option<Format>) {
    let found = name.rsplit_once('.').and_then(|(stem, ending)| {
        FORMATS.iter().find(|format| format.ending == ending).map(|format| (stem, *format))
    });
    found.map_or((name, None), |(stem, format)| (stem, Some(format)))
}

/// The format of the preferred media type that has one.
pub(crate) fn by_media_type(accepted: &[String]) -> Option<Format> {
    let bare = |format: &Format| format.media_type.split(';').next().unwrap_or_default();
    accepted.iter().find_map(|wanted| FORMATS.iter().find(|format| bare(format) == wanted).copied())
}

#[cfg(test)]
mod tests {
    use super::*;
    use workhours_core::output::by_name;

    #[test]
    fn endings_and_types_lead_to_outputs() {
        for format in FORMATS {
            assert!(format.output.is_none_or(|name| by_name(name).is_ok()), "{format:?}");
        }
        assert_eq!(split("hours.csv"), ("hours", Some(FORMATS[0])));
        assert_eq!(split("hours"), ("hours", None));
        assert_eq!(split("hours.exe"), ("hours.exe", None));
        let accepted = |types: &[&str]| types.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>();
        assert_eq!(by_media_type(&accepted(&["text/csv", "text/html"])), Some(FORMATS[0]));
        assert_eq!(by_media_type(&accepted(&["text/html", "text/csv"])).and_then(|f| f.output), None);
        assert_eq!(by_media_type(&accepted(&["*/*"])), None);
    }
}
