//! The data of the stories: realistic logs, bookmarks and notes, and texts that databases are known to treat
//! differently.

use serde_json::json;

/// The command-line words that load all of them.
pub(super) const ALL: [&str; 15] = [
    "-s",
    "log.http",
    "access.log",
    "-s",
    "log.shell",
    "usrlog",
    "-s",
    "bookmarks.html",
    "bookmarks.html",
    "-s",
    "jsonl",
    "notes.jsonl",
    "-s",
    "csv",
    "sheet.csv",
];

impl super::Story {
    /// All of them, written.
    pub(super) fn with_files(self) -> Self {
        self.write("access.log", access_log(0..40) + "no log line\n" + &access_log(40..60) + "nor \0 this\n");
        self.write("usrlog", SHELL);
        self.write(
            "bookmarks.html",
            bookmarks(&[("a", "A", "x,y"), ("b", "B", ""), ("c", "C", "Work,work")]),
        );
        self.write("notes.jsonl", notes());
        self.write("sheet.csv", SHEET);
        self
    }

    /// All of them, loaded.
    pub(super) fn loaded() -> Self {
        let story = Self::new().with_files();
        story.load(&ALL);
        story
    }
}

/// Requests of users whose names differ only in case, from pages that several came from.
pub(super) fn access_log(lines: std::ops::Range<usize>) -> String {
    let line = |i: usize| {
        let user = ["-", "Bob", "bob", "BOB", "ada"][i % 5];
        let (minute, second) = (i / 3 % 60, i % 3);
        format!(
            "192.0.2.{} - {user} [01/May/2024:{:02}:{minute:02}:{second:02} +0200] \"GET /p{i}?q=a%20b HTTP/1.1\" 200 \
             {i} \"https://from.example/{}?x=1#top\" \"Mozilla/5.0 (X11; {})\"\n",
            i % 9,
            i / 180,
            i % 7,
            i % 4,
        )
    };
    lines.map(line).collect()
}

const SHELL: &str = "k3Yd81hQz0s: 06/08/12 19:28 ::: make html\n\
    k3Yd81hQz0s: 06/08/12 19:29.41 ::: cat <<'EOT'\nit's \"here\"; \\ and\n\nthere\nEOT\n\
    # 2014-12-01T09:00:00-0600\tnotes\t/home/ada/notes\t2014-12-01T08:59:30-0600\tlaptop\tada\t$$\tmake test \n\
    #  2015-05-21T14:59:48-0500\tnotes\t/home/ada\t/home/ada\t2015-05-21T14:59:48-0500\tlaptop\tBob\t$$\tDROP TABLE \
    events; -- '\n";

const SHEET: &str = "When,Title,Link,Tags,User,Minutes\n\
    2024-03-01 09:15:00+01:00,Budget meeting,,\"work,money\",ada,45\n\
    2024-03-01T10:00:00Z,\"Read \"\"Small rooms\"\"\",https://example.org/rooms?b=2&a=1,reading,Bob,20\n\
    1709287200,\"Notes:\ntwo lines; 100 % of 'em\",,,\"bob \",5\n\
    2024-03-01 12:00,a wall clock,,,ä,\n\
    2024-02-30 10:00:00,A day that does not exist,,,a,\n\
    ,No date at all,,,,\n\
    too,few\n";

/// A page of bookmarks: address, title, tags.
pub(super) fn bookmarks(entries: &[(&str, &str, &str)]) -> String {
    let entry = |(i, (name, title, tags)): (usize, &(&str, &str, &str))| {
        let date = 1_456_433_748 + i;
        format!("<DT><A HREF=\"https://a.example/{name}\" ADD_DATE=\"{date}\" TAGS=\"{tags}\">{title}</A>\n")
    };
    let entries: String = entries.iter().enumerate().map(entry).collect();
    let undated = "<DT><A HREF=\"https://undated.example/\">U</A>\n<DT><A NAME=\"none\">No address</A>\n";
    format!(
        "<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<TITLE>Bookmarks</TITLE>\n<DL><p>\n{entries}{undated}</DL><p>\n"
    )
}

/// Names that one collation or another takes for the same.
pub(super) const NAMES: [&str; 12] =
    ["Bob", "bob", "BOB", "bob ", " bob", "ä", "a", "a\u{308}", "ß", "ss", "ｂｏｂ", "b\u{200d}ob"];

/// Texts that must be returned unchanged, or with a flag.
pub(super) const TEXTS: [&str; 14] = [
    "a NUL \0 within",
    "👩‍👩‍👧‍👦 🏳️‍🌈 𝔘𝔫𝔦𝔠𝔬𝔡𝔢 \u{10ffff}",
    "e\u{301} and é, ﬁ and fi, İ and i\u{307}",
    "ends with spaces   ",
    "   begins with them",
    "ends with a tab\t",
    "lines\r\nof\rtwo\nkinds\u{2028}and one more",
    "'\";\\ '' \"\" \\' \\0 \\n `x` /* */ -- #",
    "%s %d {} $1 ? :name @var @@version %",
    "\u{202e}right to left\u{202c} \u{1b}[31mred\u{1b}[0m \u{7}",
    "NULL",
    "\\N",
    "0x41",
    " ",
];

/// Notes: with those names and texts, at the ends of time, in one instant, and with nothing in them.
fn notes() -> String {
    let mut notes = vec![
        json!({"date": "1900-01-01T00:00:00Z", "title": "the oldest"}),
        json!({"date": "1969-12-31T23:59:59.999999Z", "title": "just before it all began"}),
        json!({"date": "1970-01-01T00:00:00.000001Z", "title": "just after", "duration": 3.25}),
        json!({"date": "2199-12-31T23:59:59.999999+14:00", "title": "far", "end": "2199-12-31T23:59:59.999999Z"}),
        json!({"title": "no date at all", "user": "Bob", "tags": ["undated"]}),
        json!({"date": "2024-02-30", "title": "a date that is none"}),
        json!({"date": "2001-01-01T00:00:00Z"}),
        json!({"date": "2001-01-01T00:00:01Z", "title": "", "user": null, "n": 12345678901234567u64, "f": 0.1, "deep": {"x": [1, {}, "ä"]}}),
        json!({"date": "2001-01-01T00:00:02Z", "url": "https://Bob:secret@host.example:8443/ä/%C3%A4?q=%00&Q=é#ß", "referrer": "https://r.example", "agent": "Ä/1.0 "}),
        json!({"date": "2001-01-01T00:00:02Z", "url": "https://host.example:8443/ä/%C3%A4?q=%00&Q=é#ẞ", "agent": "ä/1.0"}),
    ];
    for (i, name) in NAMES.iter().enumerate() {
        notes.push(json!({"date": "2002-02-02T02:02:02Z", "title": format!("by {i}"), "user": name, "host": name, "tags": [name, "all"]}));
    }
    for (i, text) in TEXTS.iter().enumerate() {
        notes.push(json!({"date": "2003-03-03T03:03:03Z", "title": text, "text": format!("{i}: {text}"), "meta": text}));
    }
    let lines: String = notes.iter().map(|note| note.to_string() + "\n").collect();
    lines + "{\"cut\n[1]\n{\"date\": \"2004-04-04\", \"title\": \"unfinished"
}
