#!/usr/bin/env python3
"""Asks the site over HTTP about ten million events, and Datasette with FTS5 about the same rows in the same run.

The events are those of `benches/reports.py`, whose folder this takes. The search index is made and measured once; for
Datasette the rows of the Parquet file go into a table of an SQLite file, with indexes on what it is asked by and an
FTS5 index over title, text and address. Each kind of question is asked again and again, over one connection, with other
words each time; what is told are the times at which half and 95 of 100 answers were there, in milliseconds.

    cargo build --release
    benches/reports.py --gen gen.py --dir DIR
    benches/site.py --dir DIR --datasette DATASETTE [--requests 40]

DATASETTE is the program, from PyPI. Needs pyarrow. Prints Markdown tables.
"""

import argparse
import http.client
import json
import os
import sqlite3
import statistics
import subprocess
import time
import urllib.parse
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORKHOURS = ROOT / "target/release/workhours"
COLUMNS = ["date", "source_type", "host", "user", "title", "text", "url", "status"]
# Frequent and rare, in titles, texts and addresses.
WORDS = ["git", "cargo", "status", "policy", "wiki", "bridge", "archive", "signal", "budget", "calendar", "vim", "parser",
         "ledger", "monitor", "contact", "storage", "workspace", "commit", "cache", "audit"]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dir", type=Path, required=True)
    parser.add_argument("--datasette")
    parser.add_argument("--requests", type=int, default=40)
    return parser.parse_args()


def environment(folder):
    home = folder / "home"
    home.mkdir(exist_ok=True)
    return {**os.environ, "HOME": str(home), "TZ": "UTC"}


def workhours(folder):
    return [str(WORKHOURS), "--db", f"sqlite:///{folder}/w.db", "--fs", str(folder / "fs")]


def size(path):
    return sum(file.stat().st_size for file in Path(path).rglob("*") if file.is_file())


def make_index(folder):
    """Makes the index anew; gives seconds and bytes."""
    begun = time.monotonic()
    subprocess.run([*workhours(folder), "-q", "index", "rebuild"], env=environment(folder), check=True)
    return time.monotonic() - begun, size(folder / "fs/index")


def make_rows(folder):
    """The same rows in a table of Datasette's liking; gives seconds and bytes, of rows and of FTS5."""
    path = folder / "datasette.db"
    told = folder / "datasette.json"
    if told.exists():
        return path, *json.loads(told.read_text())
    import pyarrow.parquet as parquet

    path.unlink(missing_ok=True)
    db = sqlite3.connect(path)
    db.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
                     f"CREATE TABLE events (id INTEGER PRIMARY KEY, {', '.join(COLUMNS)});")
    begun = time.monotonic()
    for batch in parquet.ParquetFile(folder / "e.parquet").iter_batches(100_000, columns=[*COLUMNS[:-1], "meta"]):
        columns = [batch.column(name).to_pylist() for name in [*COLUMNS[:-1], "meta"]]
        columns[0] = [date.isoformat() if date else None for date in columns[0]]
        columns[-1] = [json.loads(meta).get("status") if meta else None for meta in columns[-1]]
        db.executemany(f"INSERT INTO events ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})", zip(*columns))
        db.commit()
    for column in ["date", "source_type", "host", "user", "status"]:
        db.execute(f"CREATE INDEX events_{column} ON events ({column})")
    rows = time.monotonic() - begun
    begun = time.monotonic()
    db.executescript("""CREATE VIRTUAL TABLE events_fts USING fts5 (title, text, url, content = events, content_rowid = id);
        INSERT INTO events_fts (events_fts) VALUES ('rebuild'); ANALYZE;""")
    fts = time.monotonic() - begun
    db.close()
    told.write_text(json.dumps([rows, fts]))
    return path, rows, fts


class Client:
    """One connection that stays."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)

    def ask(self, path):
        begun = time.perf_counter()
        self.connection.request("GET", path)
        answer = self.connection.getresponse()
        body = answer.read()
        took = (time.perf_counter() - begun) * 1000
        assert answer.status == 200, (path, answer.status, body[:300])
        return took, body

    def times(self, paths):
        self.ask(paths[0])
        return [self.ask(path)[0] for path in paths]


def wait(port):
    for _ in range(600):
        try:
            http.client.HTTPConnection("127.0.0.1", port, timeout=1).request("GET", "/")
            return
        except OSError:
            time.sleep(0.1)


def told(times):
    times = sorted(times)
    return f"{statistics.median(times):.0f} / {times[min(len(times) - 1, int(len(times) * 0.95))]:.0f}"


def query(**parameters):
    return urllib.parse.urlencode(parameters, doseq=True)


def ours(folder, n, last):
    """What the site is asked, by kind."""
    facets = ["source", "host", "user", "status"]
    days = [f"2024-{1 + i % 12:02}-{1 + i % 28:02}" for i in range(n)]
    words = [WORDS[i % len(WORDS)] for i in range(n)]
    after = [f"{(int(last, 16) - i):032x}" for i in range(n)]
    return {
        "first page, all events": [f"/api/events?{query(tz='UTC', size=50, as_of=2**40 + i)}" for i in range(n)],
        "first page as HTML": [f"/events?{query(as_of=2**40 + i)}" for i in range(n)],
        "first page of a word": [f"/api/events?{query(q=word, as_of=2**40 + i)}" for i, word in enumerate(words)],
        "first page of a word in a day": [f"/api/events?{query(q=word, **{'from': day}, to=day)}" for word, day in zip(words, days)],
        "page 10,000": [f"/api/events?{query(after=place)}" for place in after],
        "histogram and 4 facets, all events": [f"/events?{query(whole=1, facet=facets, as_of=2**40 + i)}" for i in range(n)],
        "histogram and 4 facets of a word": [f"/events?{query(whole=1, facet=facets, q=word, as_of=2**40 + i)}" for i, word in enumerate(words)],
        "a year of hours": [f"/api/hours?{query(**{'from': '2024-01-01', 'to': '2024-12-31', 'pad': i % 9})}" for i in range(n)],
    }


def theirs(n, last):
    facets = ["source_type", "host", "user", "status"]
    words = [WORDS[i % len(WORDS)] for i in range(n)]
    days = [f"2024-{1 + i % 12:02}-{1 + i % 28:02}" for i in range(n)]
    table = "/datasette/events.json"
    hours = """select substr(date, 1, 10) day, count(*) from events where date >= '2024-01-01' and date < '2025-01-01'
               and source_type in ('log.shell', 'firefox.history') group by 1"""
    return {
        "first page, all events": [f"{table}?{query(_size=50, _sort_desc='date', _x=i)}" for i in range(n)],
        "first page as HTML": [f"/datasette/events?{query(_size=50, _sort_desc='date', _x=i)}" for i in range(n)],
        "first page of a word": [f"{table}?{query(_size=50, _sort_desc='date', _search=word)}" for word in words],
        "first page of a word in a day": [f"{table}?{query(_size=50, _sort_desc='date', _search=word, date__startswith=day)}"
                                          for word, day in zip(words, days)],
        "page 10,000": [f"{table}?{query(_size=50, _sort_desc='date', _next=last, _x=i)}" for i in range(n)],
        "histogram and 4 facets, all events": [f"{table}?{query(_size=50, _facet=facets, _x=i)}" for i in range(n)],
        "histogram and 4 facets of a word": [f"{table}?{query(_size=50, _facet=facets, _search=word)}" for word in words],
        "a year of hours": [f"/datasette.json?{query(sql=hours)}" for _ in range(n)],
    }


def main():
    options = arguments()
    folder, n = options.dir.resolve(), options.requests
    seconds, index = make_index(folder)
    database = (folder / "w.db").stat().st_size
    events = sqlite3.connect(folder / "w.db").execute("SELECT count(*) FROM events").fetchone()[0]
    print(f"{events:,} events. The index was made in {seconds:.0f} s ({events / seconds:,.0f} events/s) and takes "
          f"{index / 1e6:,.0f} MB, {index / database * 100:.0f} % of the database's {database / 1e6:,.0f} MB.")
    if options.datasette:
        path, rows, fts = make_rows(folder)
        print(f"Datasette: rows and indexes in {rows:.0f} s, FTS5 in {fts:.0f} s, {path.stat().st_size / 1e6:,.0f} MB.")
    last = sqlite3.connect(folder / "w.db").execute(
        "SELECT hex(id) FROM events WHERE id < ? ORDER BY id DESC LIMIT 1 OFFSET 499999", (b"\xff",)).fetchone()[0]
    found = {}
    site = subprocess.Popen([*workhours(folder), "-q", "serve", "--port", "8139", "--no-auth"], env=environment(folder))
    try:
        wait(8139)
        client = Client(8139)
        for name, paths in ours(folder, n, last).items():
            found[name] = [client.times(paths)]
    finally:
        site.terminate()
        site.wait()
    if options.datasette:
        date, row = sqlite3.connect(path).execute(
            "SELECT date, id FROM events WHERE date IS NOT NULL ORDER BY date DESC, id LIMIT 1 OFFSET 499999").fetchone()
        process = subprocess.Popen(
            [options.datasette, "serve", str(path), "-p", "8140", "--setting", "sql_time_limit_ms", "300000",
             "--setting", "facet_time_limit_ms", "300000", "--setting", "suggest_facets", "off"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait(8140)
            client = Client(8140)
            for name, paths in theirs(min(n, 10), f"{date},{row}").items():
                found[name].append(client.times(paths))
        finally:
            process.terminate()
            process.wait()
    print("\n| question | workhours, ms (half / 95 %) | Datasette, ms (half / 95 %) |\n|---|---:|---:|")
    for name, times in found.items():
        print(f"| {name} | {' | '.join(told(t) for t in times)} |")


if __name__ == "__main__":
    main()
