//! Promise: a bookmark file is read whole, again and again. A bookmark is identified by its address and date: an edited
//! one is updated, a deleted one is kept, one that is only exported again isn't new.

use crate::kit::{Home, samples};
use serde_json::json;

const INPUT: [&str; 3] = ["-s", "bookmarks.html", "bookmarks.html"];

fn page(entries: &[(&str, &str, &str)]) -> String {
    let entry = |(i, (name, title, tags)): (usize, &(&str, &str, &str))| {
        let date = 1_456_433_748 + i;
        format!("<DT><A HREF=\"https://a.example/{name}\" ADD_DATE=\"{date}\" TAGS=\"{tags}\">{title}</A>\n")
    };
    let entries: String = entries.iter().enumerate().map(entry).collect();
    format!("<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<TITLE>Bookmarks</TITLE>\n<DL><p>\n{entries}</DL><p>\n")
}

#[test]
fn edited_removed_and_tagged() {
    let home = Home::new();
    home.write("bookmarks.html", page(&[("a", "A", "x,y"), ("b", "B", ""), ("c", "C", "")]));
    home.load(&INPUT).counts([3, 0, 0, 0]);
    assert_eq!(home.events(&[])[0]["tags"], json!(["x", "y"]));
    assert_eq!(home.load(&INPUT).counts([0; 4]).states(), ["unchanged"]);

    // An edited title.
    home.write("bookmarks.html", page(&[("a", "A", "x,y"), ("b", "B, edited", ""), ("c", "C", "")]));
    home.load(&INPUT).counts([0, 2, 1, 0]);
    assert_eq!(home.column("title"), ["A", "B, edited", "C"]);

    // Other tags, and tags that were none.
    home.write("bookmarks.html", page(&[("a", "A", "y,z"), ("b", "B, edited", ""), ("c", "C", "new")]));
    home.load(&INPUT).counts([0, 1, 2, 0]);
    let tags: Vec<_> = home.events(&[]).iter().map(|e| e["tags"].clone()).collect();
    assert_eq!(tags, [json!(["y", "z"]), json!([]), json!(["new"])]);

    // The last one deleted by its user: it was a bookmark once.
    home.write("bookmarks.html", page(&[("a", "A", "y,z"), ("b", "B, edited", "")]));
    home.load(&INPUT).counts([0, 2, 0, 0]);
    assert_eq!(home.column("title"), ["A", "B, edited", "C"]);

    // Back to an earlier version: it isn't new, and later edits stay.
    home.write("other-name.html", page(&[("a", "A", "y,z"), ("b", "B, edited", "")]));
    let other = home.load(&["-s", "bookmarks.html", "other-name.html"]).counts([0; 4]);
    assert_eq!(other.states(), ["unchanged"]);
    home.load(&[&INPUT[..], &["--reread"]].concat()).counts([0, 2, 0, 0]);
}

#[test]
fn a_bookmark_twice_in_one_file_is_one() {
    let home = Home::new();
    let entry = "<DT><A HREF=\"https://a.example/\" ADD_DATE=\"1456433748\">A</A>\n";
    home.write(
        "bookmarks.html",
        format!("<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<DL><p>\n{entry}{entry}</DL><p>\n"),
    );
    let run = home.load(&INPUT);
    assert_eq!(home.events(&[]).len() as u64, run.n("inserted"), "{}", *run);
    home.load(&[&INPUT[..], &["--reread"]].concat());
    assert_eq!(home.events(&[]).len() as u64, run.n("inserted"));
}

#[test]
fn nothing_of_a_document_is_loaded_when_reading_fails() {
    let home = Home::new();
    let whole = crate::logs::packed(page(&[("a", "A", ""), ("b", "B", "")]).as_bytes(), "zst");
    home.write("bookmarks.html", &whole[..whole.len() - 6]);
    let run = home.load_failing(&INPUT).counts([0; 4]);
    assert_eq!(run.states(), ["failed"], "{}", *run);
    assert!(home.events(&[]).is_empty());
}

#[test]
fn an_icon_of_two_megabytes() {
    let Some(folder) = samples() else { return };
    let home = Home::new();
    let path = folder.join("torture/icon-2mb.bookmarks.html");
    let input = ["-s", "bookmarks.html", path.to_str().unwrap()];
    home.load(&input).counts([2, 0, 0, 0]);
    home.load(&input).counts([0; 4]);
}
