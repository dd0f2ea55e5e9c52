#!/usr/bin/env python3
"""Loads an input of each source type and says how fast: MB/s, events/s, and the time for a byte beside log.http's.

Inputs that grow are each source's own sample, over and over, with changed dates where it has any; documents and
databases are made here. Whole runs of the program into a new SQLite database, medians of --runs.

    cargo build --release
    benches/sources.py --mb 20

Only the standard library. Prints a Markdown table.
"""

import argparse
import json
import os
import sqlite3
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORDS = "budget bridge parser index ledger garden harbor signal timer vector widget yearly zone".split()


def text(n, words=6):
    return " ".join(WORDS[(n * 7 + i * 3) % len(WORDS)] for i in range(words)) + f" {n}"


def stamp(n):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(1_500_000_000 + n * 7))


def until(size, record, head="", tail="", between=""):
    """Records, numbered, until there are so many bytes."""
    parts, total = [head], 0
    n = 0
    while total < size:
        part = record(n)
        parts.append(part + between)
        total += len(part)
        n += 1
    if between:
        parts[-1] = parts[-1][: -len(between)]
    return "".join(parts) + tail


def database(path, schema, tables, size):
    path.unlink(missing_ok=True)
    db = sqlite3.connect(path)
    db.executescript(schema)
    n = 0
    while path.stat().st_size < size:
        for table, row in tables.items():
            rows = [row(i) for i in range(n, n + 20_000)]
            db.executemany(f"INSERT INTO {table} VALUES ({','.join('?' * len(rows[0]))})", rows)
        db.commit()
        n += 20_000
    db.close()


def visits(n):
    return f"https://www.{WORDS[n % 13]}.example/{WORDS[n % 7]}/{n}?q={n * 31}"


def places(path, size):
    database(path, """
        CREATE TABLE moz_places (id INTEGER PRIMARY KEY, url TEXT, title TEXT, guid TEXT);
        CREATE TABLE moz_historyvisits (id INTEGER PRIMARY KEY, from_visit INTEGER, place_id INTEGER,
                                        visit_date INTEGER, visit_type INTEGER);
        CREATE TABLE moz_bookmarks (id INTEGER PRIMARY KEY, type INTEGER, fk INTEGER, parent INTEGER, position INTEGER,
                                    title TEXT, dateAdded INTEGER, lastModified INTEGER, guid TEXT);
        INSERT INTO moz_bookmarks VALUES (1, 2, NULL, 0, 0, 'root', 1, 1, 'root________');""", {
        "moz_places": lambda n: (n + 1, visits(n), text(n), f"p{n:011}"),
        "moz_historyvisits": lambda n: (n + 1, 0, n + 1, (1_500_000_000 + n) * 1_000_000, 1),
        "moz_bookmarks": lambda n: (n + 2, 1, n + 1, 1, n, text(n), (1_500_000_000 + n) * 1_000_000, 1, f"b{n:011}"),
    }, size)


def history(path, size):
    database(path, """
        CREATE TABLE urls (id INTEGER PRIMARY KEY, url TEXT, title TEXT, visit_count INTEGER, hidden INTEGER);
        CREATE TABLE visits (id INTEGER PRIMARY KEY, url INTEGER, visit_time INTEGER, from_visit INTEGER,
                             transition INTEGER, visit_duration INTEGER);""", {
        "urls": lambda n: (n + 1, visits(n), text(n), 1, 0),
        "visits": lambda n: (n + 1, n + 1, 13_144_473_600_000_000 + n * 1_000_000, 0, 0, 1_000_000),
    }, size)


def safari(path, size):
    database(path, """
        CREATE TABLE history_items (id INTEGER PRIMARY KEY, url TEXT, domain_expansion TEXT, visit_count INTEGER);
        CREATE TABLE history_visits (id INTEGER PRIMARY KEY, history_item INTEGER, visit_time REAL, title TEXT);""", {
        "history_items": lambda n: (n + 1, visits(n), "", 1),
        "history_visits": lambda n: (n + 1, n + 1, 500_000_000.5 + n, text(n)),
    }, size)


def atuin(path, size):
    database(path, """
        CREATE TABLE history (id TEXT PRIMARY KEY, timestamp INTEGER, duration INTEGER, exit INTEGER, command TEXT,
                              cwd TEXT, session TEXT, hostname TEXT, deleted_at INTEGER);""", {
        "history": lambda n: (f"{n:032x}", (1_500_000_000 + n) * 10**9, 5_000_000, 0, text(n), "/home/ada", "s",
                              "laptop:ada", None),
    }, size)


def xonsh(path, size):
    database(path, """
        CREATE TABLE xonsh_history (inp TEXT, rtn INTEGER, tsb REAL, tse REAL, sessionid TEXT, out TEXT, info TEXT);""", {
        "xonsh_history": lambda n: (text(n), 0, 1_500_000_000.25 + n, 1_500_000_001.0 + n, "s", None, None),
    }, size)


def chrome_bookmark(n):
    return json.dumps({"date_added": str(13_144_473_600_000_000 + n * 10**6), "guid": f"00000000-0000-4000-8000-{n:012}",
                       "id": str(n + 10), "name": text(n), "type": "url", "url": visits(n)})


def firefox_bookmark(n):
    return json.dumps({"guid": f"b{n:011}", "title": text(n), "index": n, "dateAdded": (1_500_000_000 + n) * 10**6,
                       "lastModified": 1, "id": n + 10, "typeCode": 1, "type": "text/x-moz-place", "uri": visits(n)})


DOCUMENTS = {
    "webkit.bookmarks": lambda size: until(
        size, chrome_bookmark, '{"checksum": "", "roots": {"bookmark_bar": {"children": [',
        '], "date_added": "13144473600000000", "id": "1", "name": "Bar", "type": "folder"}}, "version": 1}', ","),
    "bookmarks.json": lambda size: until(
        size, firefox_bookmark, '{"guid": "root________", "title": "", "index": 0, "dateAdded": 1, "lastModified": 1, '
        '"id": 1, "typeCode": 2, "type": "text/x-moz-place-container", "root": "placesRoot", "children": [', "]}", ","),
    "bookmarks.html": lambda size: until(size, lambda n: f'<DT><A HREF="{visits(n)}" ADD_DATE="{1_500_000_000 + n}" '
                                         f'TAGS="one,two">{text(n)}</A>\n', "<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<DL><p>\n"),
    "delicious.bookmarks": lambda size: until(size, lambda n: f'<DT><A HREF="{visits(n)}" ADD_DATE="{1_500_000_000 + n}" '
                                              f'PRIVATE="0" TAGS="one,two">{text(n)}</A>\n',
                                              "<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<DL><p>\n"),
    "ical": lambda size: until(size, lambda n: f"BEGIN:VEVENT\r\nUID:{n}@example.org\r\nDTSTART:{stamp(n).replace('-', '').replace(':', '')}Z\r\n"
                               f"SUMMARY:{text(n)}\r\nCATEGORIES:work,{WORDS[n % 5]}\r\nDESCRIPTION:{text(n, 12)}\r\nEND:VEVENT\r\n",
                               "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:bench\r\n", "END:VCALENDAR\r\n"),
    "git.log": lambda size: until(size, lambda n: "git.log\x1f%040x\x1f%040x\x1f\x1fAda\x1fada@example.org\x1f%d +0100\x1fAda\x1f"
                                  "ada@example.org\x1f%d +0100\x1f%s\n\n%s\n\0" % (
                                      n + 1, n, 1_500_000_000 + n, 1_500_000_000 + n, text(n), text(n, 14))),
    "google.takeout": lambda size: until(size, lambda n: json.dumps(
        {"header": "Chrome", "title": "Visited " + text(n), "titleUrl": visits(n), "time": stamp(n) + ".000Z",
         "products": ["Chrome"]}), "[", "]", ","),
    "trac.timeline": lambda size: until(size, lambda n: f"<item><title>Ticket #{n} ({text(n)}) created</title>"
                                        f"<pubDate>{time.strftime('%a, %d %b %Y %H:%M:%S GMT', time.gmtime(1_500_000_000 + n))}</pubDate>"
                                        f"<link>https://trac.example/ticket/{n}</link><guid isPermaLink=\"false\">"
                                        f"https://trac.example/ticket/{n}/{n}</guid><dc:creator>ada</dc:creator>"
                                        "<description>text</description><category>newticket</category></item>\n",
                                        '<?xml version="1.0"?>\n<rss xmlns:dc="http://purl.org/dc/elements/1.1/" version="2.0">'
                                        "<channel><title>P</title><generator>Trac 1.6</generator>\n", "</channel></rss>\n"),
}
DATABASES = {"firefox.history": places, "firefox.bookmarks": places, "webkit.history": history,
             "safari.history": safari, "atuin": atuin, "xonsh.history": xonsh}
LINES = {
    "log.http": lambda n: f'192.0.2.{n % 250} - - [{time.strftime("%d/%b/%Y:%H:%M:%S", time.gmtime(1_500_000_000 + n))} +0000] '
                          f'"GET /{WORDS[n % 7]}/{n} HTTP/1.1" 200 {n % 9000} "https://www.example.org/" "agent/{n % 50}"\n',
    "log.shell": lambda n: f"#  {stamp(n)}-0500\tnotes\t/home/ada/.ve\t/home/ada\t{stamp(n)}-0500\tlaptop\tada\t$$\t{text(n)} \n",
    "bash.history": lambda n: f"#{1_500_000_000 + n}\n{text(n)}\n",
    "zsh.history": lambda n: f": {1_500_000_000 + n}:2;{text(n)}\n",
    "fish.history": lambda n: f"- cmd: {text(n)}\n  when: {1_500_000_000 + n}\n",
    "log.auth": lambda n: f"{stamp(n)}.123456+00:00 gate sshd[{n}]: Failed password for root from 192.0.2.{n % 250} port {n % 60000} ssh2\n",
    "syslog": lambda n: f"<34>1 {stamp(n)}Z gate app {n} ID47 - {text(n)}\n",
    "journald": lambda n: json.dumps({"__CURSOR": f"s={n:x}", "__REALTIME_TIMESTAMP": str((1_500_000_000 + n) * 10**6),
                                      "_BOOT_ID": "b", "MESSAGE": text(n), "SYSLOG_IDENTIFIER": "app", "_HOSTNAME": "gate"}) + "\n",
    "find": lambda n: f"{1_500_000_000 + n}.0000000000\t{n}\tada\tf\t/home/ada/{WORDS[n % 9]}/{n}\n",
    "bodyfile": lambda n: f"0|/home/ada/{n}|{n}|r/rrwxr-xr-x|0|0|{n}|{1_500_000_000 + n}|{1_500_000_000 + n}|{1_500_000_000 + n}|0\n",
    "jsonl": lambda n: json.dumps({"time": stamp(n) + "Z", "title": text(n), "url": visits(n), "user": "ada"}) + "\n",
    "csv": lambda n: ("time,title,url,user\n" if n == 0 else "") + f"{stamp(n)}Z,{text(n)},{visits(n)},ada\n",
    "regex": lambda n: f"{stamp(n)}Z {text(n)}\n",
}


def wtmp(size):
    import struct
    record = struct.Struct("<hxxi32s4s32s256shhiii4i20x")
    pack = lambda n: record.pack(7, n % 30000, b"pts/0", b"ts/0", b"ada", b"192.0.2.1", 0, 0, n, 1_500_000_000 + n, 0, 0, 0, 0, 0)
    return b"".join(pack(n) for n in range(size // record.size))


def main():
    args = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    args.add_argument("--mb", type=int, default=20)
    args.add_argument("--runs", type=int, default=3)
    args.add_argument("--binary", default=ROOT / "target/release/workhours")
    args.add_argument("--type", action="append")
    args = args.parse_args()
    size = args.mb << 20
    results = {}
    with tempfile.TemporaryDirectory(prefix="workhours-bench-") as folder:
        folder = Path(folder)
        env = {**os.environ, "HOME": str(folder), "TZ": "UTC"}
        names = ["log.http"] + sorted(({*LINES, *DOCUMENTS, *DATABASES, "log.wtmp"}) - {"log.http"})
        for name in names:
            if args.type and name not in args.type and name != "log.http":
                continue
            path = folder / "input"
            if name in DATABASES:
                DATABASES[name](path, size)
            elif name == "log.wtmp":
                path.write_bytes(wtmp(size))
            else:
                make = DOCUMENTS.get(name) or (lambda size, line=LINES[name]: until(size, line))
                path.write_text(make(size), encoding="utf-8", newline="")
            seconds = []
            for run in range(args.runs):
                command = [args.binary, "--db", f"sqlite:///{folder}/{name}{run}.db", "--fs", folder / f"fs{name}{run}",
                           "-s", name, path, "-P", "-O", "json", "-q"]
                began = time.perf_counter()
                done = subprocess.run(command, env=env, check=True, stdout=subprocess.PIPE, text=True).stdout
                seconds.append(time.perf_counter() - began)
            results[name] = (path.stat().st_size, statistics.median(seconds), json.loads(done)["events"])
            for old in folder.glob(f"*{name}*"):
                subprocess.run(["rm", "-rf", old], check=True)
    http = results["log.http"][1] / results["log.http"][0]
    print("| source type | MB | events | bytes/event | MB/s | events/s | time for a byte, log.http = 1 |\n|---|---|---|---|---|---|---|")
    for name, (size, took, events) in sorted(results.items()):
        print(f"| `{name}` | {size / 1e6:.0f} | {events:,} | {size / max(events, 1):.0f} | {size / 1e6 / took:.0f} "
              f"| {events / took:,.0f} | {took / size / http:.1f} |")


if __name__ == "__main__":
    main()
