#!/usr/bin/env python3
"""Runs every report on ten million events and says how long it took and how much memory, beside DuckDB asked the same
of the same rows.

Reports read columns, which the load keeps. Half of the events are requests of a web server, a quarter visits of a browser (2 % of its places new each time), a
quarter commands of a shell. They are loaded into a new SQLite database, told to Parquet by the report `events`, and
read by DuckDB into a database of its own. Each question is a whole run of a program: workhours, or Python with
duckdb. DuckDB's SQL has no public suffix list, no calendar and no tables of search engines: where it cannot ask the
same it asks what is nearest, as its text below shows.

    cargo build --release
    benches/reports.py --gen gen.py --dir DIR [--rows 10000000] [--runs 3]

The folder keeps what was made, for the next time. Needs duckdb from PyPI. Prints a Markdown table.
"""

import argparse
import bisect
import itertools
import os
import random
import sqlite3
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
T0 = 1_704_067_200  # 2024-01-01

SESSIONS = """WITH t AS (SELECT epoch_us(date) d, epoch_us(date) + coalesce(duration_ms * 1000, 0)::BIGINT e FROM events
    WHERE date IS NOT NULL AND source_type IN ('log.shell', 'firefox.history')),
  s AS (SELECT d, e, max(e) OVER (ORDER BY d ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) p FROM t),
  n AS (SELECT d, e, sum(CASE WHEN p IS NULL OR d - p > 900000000 THEN 1 ELSE 0 END) OVER (ORDER BY d) n FROM s),
  w AS (SELECT n, min(d) d, max(e) e, count(*) c FROM n GROUP BY n) """

# What DuckDB is asked: report, options for workhours, SQL.
QUESTIONS = [
    ("histogram", [], "SELECT date_trunc('day', date), count(*) FROM events GROUP BY 1 ORDER BY 1"),
    ("histogram", ["--bucket", "hour"], "SELECT date_trunc('hour', date), count(*) FROM events GROUP BY 1 ORDER BY 1"),
    ("histogram", ["--by", "source"],
     "SELECT date_trunc('day', date), source_type, count(*) FROM events GROUP BY 1, 2 ORDER BY 1, 2"),
    ("histogram", ["--by", "user"],
     "SELECT date_trunc('day', date), \"user\", count(*) FROM events GROUP BY 1, 2 ORDER BY 1, 2"),
    ("hours", [], SESSIONS + "SELECT date_trunc('day', make_timestamp(d)), sum(e - d), count(*), sum(c) FROM w GROUP BY 1 ORDER BY 1"),
    ("hours", ["--sensitivity"], SESSIONS + "SELECT count(*), sum(e - d) FROM w"),
    ("calendar", [], SESSIONS + "SELECT date_trunc('day', make_timestamp(d)), sum(e - d), count(*) FROM w GROUP BY 1 ORDER BY 1"),
    ("sessions", [], SESSIONS + "SELECT * FROM w ORDER BY n"),
    ("gaps", [], SESSIONS + "SELECT e, lead(d) OVER (ORDER BY n) FROM w"),
    ("domains", [], """SELECT regexp_extract(url, '^[a-z]+://([^/:]+)', 1) v, count(*), count(DISTINCT date::DATE), min(date),
        max(date) FROM events WHERE url LIKE '%://%' GROUP BY 1 ORDER BY 2 DESC"""),
    *((name, [], f"""SELECT "{column}" v, count(*), count(DISTINCT date::DATE), min(date), max(date) FROM events
        WHERE v IS NOT NULL GROUP BY 1 ORDER BY 2 DESC""") for name, column in
      [("hosts", "host"), ("users", "user"), ("kinds", "kind"), ("places", "url"), ("files", "path")]),
    ("sources", [], "SELECT source_type, count(*), min(date), max(date) FROM events GROUP BY 1"),
    ("tags", [], """SELECT unnest(tags) v, count(*), count(DISTINCT date::DATE), min(date), max(date) FROM events
        GROUP BY 1 ORDER BY 2 DESC"""),
    ("commands", [], """SELECT string_split(text, ' ')[1] v, count(*), min(date), max(date) FROM events
        WHERE kind = 'shell.command' GROUP BY 1 ORDER BY 2 DESC"""),
    ("projects", [], """SELECT regexp_extract(url, '^https://(github|gitlab).com/([^/]+/[^/]+)', 2) v, count(*) FROM events
        WHERE url LIKE 'https://git%' GROUP BY 1 ORDER BY 2 DESC"""),
    ("searches", [], """SELECT regexp_extract(url, '[?&]q=([^&]+)', 1) v, count(*) FROM events
        WHERE url LIKE 'https://%q=%' GROUP BY 1 ORDER BY 2 DESC"""),
    ("questions", [], "SELECT url, count(*) FROM events WHERE url LIKE 'https://stackoverflow.com/questions/%' GROUP BY 1"),
    ("wikipedia", [], "SELECT url, count(*) FROM events WHERE url LIKE 'https://%.wikipedia.org/wiki/%' GROUP BY 1"),
    ("http", [], """SELECT * FROM (SELECT json_extract_string(meta, '$.status') k, count(*) n FROM events
        WHERE kind = 'http.request' GROUP BY 1) UNION ALL (SELECT url, count(*) FROM events WHERE kind = 'http.request'
        GROUP BY 1 ORDER BY 2 DESC LIMIT 10) UNION ALL (SELECT 'visitors', count(DISTINCT (date::DATE, host, agent))
        FROM events WHERE kind = 'http.request')"""),
    ("users", ["--where", "status>=500"], """SELECT "user" v, count(*), count(DISTINCT date::DATE), min(date), max(date)
        FROM events WHERE v IS NOT NULL AND json_extract(meta, '$.status')::INT >= 500 GROUP BY 1 ORDER BY 2 DESC"""),
    ("peers", ["--where", "status>=500"], """SELECT peer v, count(*), count(DISTINCT date::DATE), min(date), max(date)
        FROM events WHERE v IS NOT NULL AND json_extract(meta, '$.status')::INT >= 500 GROUP BY 1 ORDER BY 2 DESC"""),
    ("commands", ["--where", "user:ada"], """SELECT string_split(text, ' ')[1] v, count(*), min(date), max(date) FROM events
        WHERE kind = 'shell.command' AND "user" = 'ada' GROUP BY 1 ORDER BY 2 DESC"""),
    ("histogram", ["--where", "status>=500"], """SELECT date_trunc('day', date), count(*) FROM events
        WHERE json_extract(meta, '$.status')::INT >= 500 GROUP BY 1 ORDER BY 1"""),
    ("http", ["--where", "status>=500"], """SELECT * FROM (SELECT json_extract_string(meta, '$.status') k, count(*) n
        FROM events WHERE kind = 'http.request' AND json_extract(meta, '$.status')::INT >= 500 GROUP BY 1) UNION ALL
        (SELECT url, count(*) FROM events WHERE kind = 'http.request' AND json_extract(meta, '$.status')::INT >= 500
        GROUP BY 1 ORDER BY 2 DESC LIMIT 10)"""),
    ("hours", ["--by", "project"], SESSIONS + "SELECT date_trunc('day', make_timestamp(d)), sum(e - d), count(*), sum(c) FROM w GROUP BY 1 ORDER BY 1"),
    ("hours", ["--by", "domain"], SESSIONS + "SELECT date_trunc('day', make_timestamp(d)), sum(e - d), count(*), sum(c) FROM w GROUP BY 1 ORDER BY 1"),
    ("histogram", ["--by", "project"], """SELECT date_trunc('day', date), regexp_extract(url, '^https://(github|gitlab).com/([^/]+/[^/]+)', 2), count(*)
        FROM events GROUP BY 1, 2 ORDER BY 1, 2"""),
    ("gap", ["-O", "csv"], "COPY (SELECT *, date - lag(date) OVER (ORDER BY date) FROM events ORDER BY date) TO '{out}' (FORMAT csv)"),
    ("events", ["-O", "csv"], "COPY (SELECT * FROM events ORDER BY date) TO '{out}' (FORMAT csv)"),
    ("events", ["-O", "jsonl"], "COPY (SELECT * FROM events ORDER BY date) TO '{out}' (FORMAT json)"),
    ("events", ["-O", "parquet"], "COPY (SELECT * FROM events ORDER BY date) TO '{out}' (FORMAT parquet)"),
]

DUCK = """
import duckdb, sys
db = duckdb.connect(sys.argv[1], read_only=True)
db.execute("SET TimeZone = 'UTC'")
answer = db.execute(sys.argv[2])
answer.fetchall()
"""


def browser(path, n):
    """A Firefox history of n visits in working hours, to places whose popularity is Zipf's."""
    rnd = random.Random("reports")
    words = "archive balance bridge budget cache commit cursor deploy editor garden ledger market parser signal".split()
    tops = ["com", "org", "net", "io", "de", "co.uk"]
    hosts = [f"{rnd.choice(['www.', '', 'news.'])}{rnd.choice(words)}{rnd.choice(words)}{i}.{rnd.choice(tops)}" for i in range(1500)]
    hosts[:6] = ["github.com", "www.google.com", "stackoverflow.com", "en.wikipedia.org", "gitlab.com", "duckduckgo.com"]
    cum = list(itertools.accumulate(1 / (i + 1) for i in range(len(hosts))))

    def url(i):
        host = hosts[bisect.bisect(cum, rnd.random() * cum[-1])]
        a, b = rnd.choice(words), rnd.choice(words)
        path = {"github.com": f"{a}/{b}", "gitlab.com": f"{a}/{b}", "en.wikipedia.org": f"wiki/{a}_{b}",
                "www.google.com": f"search?q={a}+{b}+{i % 999}", "duckduckgo.com": f"?q={a}+{b}",
                "stackoverflow.com": f"questions/{i % 5000 + 1}/{a}-{b}"}.get(host, f"{a}/{b}-{i}.html")
        return f"https://{host}/{path}"

    path.unlink(missing_ok=True)
    db = sqlite3.connect(path)
    db.executescript("""PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
        CREATE TABLE moz_places (id INTEGER PRIMARY KEY, url TEXT, title TEXT, guid TEXT);
        CREATE TABLE moz_historyvisits (id INTEGER PRIMARY KEY, from_visit INTEGER, place_id INTEGER, visit_date INTEGER,
                                        visit_type INTEGER);""")
    places = max(n // 50, 1)
    db.executemany("INSERT INTO moz_places VALUES (?, ?, ?, ?)",
                   ((i + 1, url(i), f"{rnd.choice(words)} {rnd.choice(words)} {i}", f"p{i:011}") for i in range(places)))
    day, made = 0, 0
    while made < n:
        k = min(n - made, int(n / 300 * rnd.uniform(.5, 1.5)) + 1)
        at = sorted(int((8 + rnd.triangular(0, 14, 4)) * 3600e6) for _ in range(k))
        db.executemany("INSERT INTO moz_historyvisits VALUES (?, 0, ?, ?, 1)",
                       ((made + j + 1, int(rnd.random() ** 2 * places) + 1, (T0 + day * 86_400) * 10**6 + us)
                        for j, us in enumerate(at)))
        made, day = made + k, day + 1
    db.commit()
    db.close()


def run(argv, env=None):
    """Seconds and peak RSS in MB of a whole run."""
    start = time.monotonic()
    child = subprocess.Popen([str(a) for a in argv], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=env)
    errors = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        sys.exit(f"{argv}: {errors.decode()[-2000:]}")
    return time.monotonic() - start, usage.ru_maxrss / 1024


def median(argv, runs, env=None):
    took = [run(argv, env) for _ in range(runs)]
    return statistics.median(t for t, _ in took), max(m for _, m in took)


def ours(args):
    """The program with its database."""
    return [args.bin, "--db", f"sqlite:///{args.dir.resolve()}/w.db", "--fs", args.dir / "fs"]


def prepare(args, env):
    """Makes what is not there yet; says how long loading took."""
    d, n = args.dir, args.rows
    d.mkdir(parents=True, exist_ok=True)
    inputs = [("log.http", d / "access.log", n // 2), ("log.shell", d / "usrlog.log", n // 4),
              ("firefox.history", d / "places.sqlite", n // 4)]
    for kind, path, rows in inputs:
        if path.exists():
            continue
        if kind == "firefox.history":
            browser(path, rows)
        else:
            with open(path, "wb") as out:
                name = {"log.http": "http", "log.shell": "usrlog"}[kind]
                subprocess.run([sys.executable, args.gen, name, str(rows)], stdout=out, check=True)
    program = ours(args)
    if not (d / "w.db").exists():
        took, _ = run([*program, "-P", "--fs-keep", "none",
                       *(x for kind, path, _ in inputs for x in ("-s", kind, path))], env)
        print(f"loaded, with columns, in {took:.1f} s", file=sys.stderr)
    if not (d / "duck.db").exists():
        run([*program, "-r", "events", "-O", "parquet", "-o", d / "e.parquet"], env)
        # In a program of its own: the peak memory of a program counts for those it starts.
        read = "import duckdb, sys; duckdb.connect(sys.argv[1]).execute(f\"CREATE TABLE events AS SELECT * FROM '{sys.argv[2]}' ORDER BY date\")"
        took, _ = run([sys.executable, "-c", read, d / "duck.db", d / "e.parquet"])
        print(f"DuckDB took {took:.1f} s to read Parquet", file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=Path, default=ROOT / "target/release/workhours")
    parser.add_argument("--gen", type=Path, required=True, help="the generator of logs")
    parser.add_argument("--dir", type=Path, required=True)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=[])
    args = parser.parse_args()
    home = args.dir / "home"
    home.mkdir(parents=True, exist_ok=True)
    env = {"PATH": os.environ["PATH"], "HOME": str(home), "TZ": "UTC"}
    prepare(args, env)
    print("| report | workhours | RSS | DuckDB | RSS | ratio |\n|---|---:|---:|---:|---:|---:|")
    out = args.dir / "out"
    for name, options, sql in QUESTIONS:
        if args.only and name not in args.only:
            continue
        options = options if "-O" in options else [*options, "-O", "csv"]
        took, our_rss = median([*ours(args), "-r", name, *options, "-o", out], args.runs, env)
        theirs, their_rss = median([sys.executable, "-c", DUCK, args.dir / "duck.db", sql.format(out=out)], args.runs)
        label = " ".join([name, *(o for o in options if o not in ("-O", "csv") or name in ("events", "gap"))])
        print(f"| `{label}` | {took:.2f} s | {our_rss:.0f} MB | {theirs:.2f} s | {their_rss:.0f} MB | {took / theirs:.2f} |", flush=True)
        out.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
