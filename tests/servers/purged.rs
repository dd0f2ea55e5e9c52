//! After a purge no file of a server's tables holds the purged text, and a transaction that keeps old rows is named.

use super::{Room, on_each_server};
use crate::kit::Home;
use crate::kit::server::{Kind, Server};
use crate::logs::access_log;
use std::fs;

on_each_server! { no_table_file_holds_it }

/// The table files that hold a text, after the server has written everything to them.
fn holding(server: &Server, database: &str, text: &str) -> Vec<String> {
    server.write_out(database);
    let mut files = server.table_files(database);
    files.retain(|file| {
        // Files of dropped tables go away while we look.
        let bytes = fs::read(file).unwrap_or_default();
        bytes.windows(text.len()).any(|w| w == text.as_bytes())
    });
    files.iter().map(|file| file.display().to_string()).collect()
}

fn no_table_file_holds_it(kind: Kind) {
    let Some(Room { server, database, home }) = Room::on(kind) else { return };
    let secret =
        |i: usize| access_log(i..i + 1).replace("GET /p", "GET /hunter2/").replace("\" 200", "\" 201");
    let log: String = (0..600).map(|i| if i % 5 == 0 { secret(i) } else { access_log(i..i + 1) }).collect();
    home.write("access.log", log + "no hunter2 line\n");
    home.write(
        "marks.html",
        "<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<DT><A HREF=\"https://hunter2.example/\" ADD_DATE=\"1\" TAGS=\"hunter2\">A</A>\n",
    );
    home.load(&["-s", "log.http", "access.log", "-s", "bookmarks.html", "marks.html"]);
    home.ok(&["-r", "domains"]);
    assert!(!holding(server, &database, "hunter2").is_empty(), "it is there before");
    home.ok(&["purge", "hunter2"]).says(&["removed for good: 121 events, 1 reject"]);
    assert_eq!(holding(server, &database, "hunter2"), [""; 0]);
    assert_eq!(home.events(&[]).len(), 480);
    home.ok(&["purge", "--check", "hunter2"]);
    home.ok(&["db", "check"]);
    comes_back_with_nothing(&home);
    assert_eq!(holding(server, &database, "hunter2"), [""; 0]);
}

fn comes_back_with_nothing(home: &Home) {
    home.ok(&["inputs", "reload", "1"]);
    home.ok(&["rejects", "replay"]);
    home.load(&["-s", "log.http", "access.log", "--reread"]);
    assert_eq!(home.events(&[]).len(), 480);
}
