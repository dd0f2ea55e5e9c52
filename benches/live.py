#!/usr/bin/env python3
"""Reads the site while five thousand events a second are loaded into its database, and says what that costs.

A million requests of a web server are loaded first. Then twenty pages a second are asked for, each when its time has
come whether or not the ones before were answered (an open loop): the explorer's page, its endpoints, words, filters,
counts, and pages that go on. Meanwhile a reader goes through a search from page to page, again and again, and holds what
it saw against the database: no event twice, none missing. Once with nothing else to do, once while a load reads a pipe
into which new lines are written at the wished rate, and once more when there is nothing else to do again, because by then
there are more events to go through.

    cargo build --release
    benches/live.py --gen gen.py --dir DIR [--seconds 300] [--rate 5000] [--asks 20]

Prints a Markdown table, and what went wrong, which should be nothing.
"""

import argparse
import bisect
import http.client
import itertools
import json
import os
import random
import sqlite3
import statistics
import subprocess
import threading
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORKHOURS = ROOT / "target/release/workhours"
PORT = 8141


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gen", required=True)
    parser.add_argument("--dir", type=Path, required=True)
    parser.add_argument("--seconds", type=int, default=300)
    parser.add_argument("--rate", type=int, default=5_000)
    parser.add_argument("--asks", type=int, default=20)
    parser.add_argument("--lines", type=int, default=1_000_000)
    return parser.parse_args()


local = threading.local()


def ask(path):
    """An answer over a connection of this thread's own."""
    for again in (False, True):
        connection = getattr(local, "connection", None)
        if connection is None or again:
            connection = local.connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (http.client.HTTPException, OSError):
            if again:
                raise
    raise AssertionError


def paths(seed):
    dice = random.Random(seed)
    words = ["policy", "wiki", "storage", "ledger", "contact", "calendar", "monitor", "metric"]
    kinds = ["/events?", "/api/events?", "/api/events?", "/events?whole=1&", "/api/facets?", "/api/histogram?"]
    while True:
        asked = {}
        if dice.random() < 0.5:
            asked["q"] = dice.choice(words)
        if dice.random() < 0.3:
            asked["f"] = f"meta.status:{dice.choice([200, 404, 304])}"
        yield dice.choice(kinds) + urllib.parse.urlencode(asked)


def open_loop(seconds, rate, troubles):
    """Asks at fixed times; gives how long after its time each answer was there, in milliseconds."""
    took, begun = [], time.monotonic()

    def one(due, path):
        try:
            status, body = ask(path)
            if status != 200:
                troubles.append(f"{path}: {status} {body[:200]}")
        except OSError as e:
            troubles.append(f"{path}: {e}")
        took.append((time.monotonic() - due) * 1000)

    with ThreadPoolExecutor(64) as pool:
        for i, path in zip(range(seconds * rate), paths(7)):
            due = begun + i / rate
            time.sleep(max(0, due - time.monotonic()))
            pool.submit(one, due, path)
    return took


def walk(until, troubles, walks):
    """Goes through what a search finds, page by page, until it is told to end; gives the states and how many there were."""
    for round in itertools.count():
        if until.wait(2):
            return
        path, ids, as_of = "/api/events?size=500&f=meta.status:500&sort=" + ("date" if round % 2 else "-date"), [], None
        while path:
            status, body = ask(path)
            if status != 200:
                troubles.append(f"{path}: {status}")
                return
            page = json.loads(body)
            ids.extend(event["id"] for event in page["data"])
            as_of = page["page"]["as_of"]
            after = page["page"]["next"]
            path = after and (path.split("&after")[0].split("&as_of")[0] + f"&after={after}&as_of={as_of}")
        if len(set(ids)) != len(ids):
            troubles.append(f"{len(ids) - len(set(ids))} events came twice")
        walks.append((int(as_of), len(ids)))


def watched(options, troubles, walks):
    """The open loop, with a reader who goes from page to page beside it."""
    until = threading.Event()
    walker = threading.Thread(target=walk, args=(until, troubles, walks))
    walker.start()
    took = open_loop(options.seconds, options.asks, troubles)
    until.set()
    walker.join()
    return took


def held(database, troubles, walks):
    """Holds what the walks saw against the database, when nobody waits for it any more."""
    db = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=60)
    seqs = [seq for (seq,) in db.execute("""SELECT b.seq FROM events e JOIN batches b ON b.id = e.batch_id
                                            WHERE json_extract(e.meta, '$.status') = 500 ORDER BY b.seq""")]
    for as_of, shown in walks:
        wanted = bisect.bisect_right(seqs, as_of)
        if shown != wanted:
            troubles.append(f"{shown} events were shown as of {as_of}, and there are {wanted}")


def feed(pipe, lines, rate, until, fed):
    """Writes lines at a rate."""
    begun, n = time.monotonic(), 0
    while not until.is_set():
        piece = "".join(itertools.islice(lines, rate // 20))
        if not piece:
            return
        pipe.write(piece.encode())
        pipe.flush()
        n += rate // 20
        fed[0] = n
        time.sleep(max(0, begun + n / rate - time.monotonic()))


def told(times):
    times = sorted(times)
    return f"{statistics.median(times):.0f} / {times[int(len(times) * 0.95)]:.0f} / {times[-1]:.0f}"


def main():
    options = arguments()
    folder = options.dir.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    env = {**os.environ, "HOME": str(folder), "TZ": "UTC"}
    base = [str(WORKHOURS), "--db", f"sqlite:///{folder}/w.db", "--fs", str(folder / "fs")]
    total = options.lines + options.rate * (options.seconds + 30)
    log = folder / f"{total}.log"
    if not log.exists():
        with log.open("wb") as out:
            subprocess.run(["python3", options.gen, "http", str(total)], stdout=out, check=True)
    for old in folder.glob("w.db*"):
        old.unlink()
    subprocess.run(["rm", "-rf", str(folder / "fs")], check=True)
    lines = log.open(encoding="utf-8", errors="replace")
    first = folder / "first.log"
    with first.open("w") as out:
        out.writelines(itertools.islice(lines, options.lines))
    subprocess.run([*base, "-q", "-s", "log.http", str(first), "-P", "--index"], env=env, check=True)
    site = subprocess.Popen([*base, "-q", "serve", "--port", str(PORT), "--no-auth"], env=env, stderr=subprocess.DEVNULL)
    troubles, walks, fed = [], [], [0]
    try:
        for _ in range(100):
            try:
                http.client.HTTPConnection("127.0.0.1", PORT, timeout=1).request("GET", "/healthz")
                break
            except OSError:
                time.sleep(0.1)
        open_loop(5, options.asks, troubles)
        idle = watched(options, troubles, walks)
        load = subprocess.Popen([*base, "-q", "-s", "log.http", "-", "-P"],
                                env=env, stdin=subprocess.PIPE)
        until = threading.Event()
        feeder = threading.Thread(target=feed, args=(load.stdin, lines, options.rate, until, fed))
        feeder.start()
        begun = time.monotonic()
        busy = watched(options, troubles, walks)
        loaded = fed[0] / (time.monotonic() - begun)
        until.set()
        feeder.join()
        load.stdin.close()
        load.wait()
        time.sleep(5)
        after = watched(options, troubles, walks)
    finally:
        site.terminate()
        site.wait()
    held(folder / "w.db", troubles, walks)
    print("| | half / 95 % / longest, ms | answers |\n|---|---:|---:|")
    print(f"| nothing is loaded | {told(idle)} | {len(idle):,} |")
    print(f"| {loaded:,.0f} events/s are loaded | {told(busy)} | {len(busy):,} |")
    print(f"| nothing is loaded any more | {told(after)} | {len(after):,} |")
    before, while_loading, behind = (sorted(times)[int(len(times) * 0.95)] for times in (idle, busy, after))
    counts = [n for _, n in walks]
    print(f"\n95 % while loading: {while_loading / before:.2f} times that of before, {while_loading / behind:.2f} times that of "
          f"after. {len(walks)} walks from page to page over "
          f"{min(counts, default=0):,} to {max(counts, default=0):,} events.")
    print("\n".join(troubles[:20]) or "Nothing went wrong.")


if __name__ == "__main__":
    main()
