#!/usr/bin/env python3
"""Reports with and without columns: the same rows, and how long each takes.

    cargo build --release
    benches/columns.py --gen "GENERATOR http" --lines 3000000 [--runs 3]

GENERATOR http LINES writes an access log. Each run is one of the whole program; the smallest of the runs counts. Prints a
Markdown table. Only the standard library.
"""

import argparse
import json
import os
import shlex
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REPORTS = [
    ["places"],
    ["places", "--where", "status>=500"],
    ["places", "--where", "agent:firefox -status:404"],
    ["peers", "--where", "status>=500"],
]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gen", required=True)
    parser.add_argument("--lines", type=int, default=3_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--bin", type=Path, default=ROOT / "target/release/workhours")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="workhours-columns-") as folder:
        home = Path(folder)
        env = {"HOME": folder, "PATH": os.environ["PATH"], "TZ": "UTC"}
        where = ["--db", f"sqlite:///{home}/e.db", "--fs", str(home / "fs"), "--fs-keep", "none"]

        def run(*args):
            begun = time.perf_counter()
            done = subprocess.run([asked.bin, *where, "-q", *args], env=env, capture_output=True, check=True)
            return time.perf_counter() - begun, done.stdout

        with open(home / "access.log", "wb") as log:
            subprocess.run([*shlex.split(asked.gen), str(asked.lines)], stdout=log, check=True)
        loaded, _ = run("-s", "log.http", str(home / "access.log"), "-P")

        def times():
            found = []
            for report in REPORTS:
                each = [run("-O", "csv", "-r", *report) for _ in range(asked.runs)]
                found.append((min(took for took, _ in each), each[0][1]))
            return found

        events = times()
        built, _ = run("columns", "update")
        status = json.loads(run("columns", "status", "-O", "jsonl")[1])
        columns = times()
        print(f"{asked.lines:,} lines: loaded in {loaded:.1f} s, columns built in {built:.1f} s, {status['bytes'] / status['events']:.1f} bytes an event\n")
        print("| report | from events, s | from columns, s | ratio |\n|---|--:|--:|--:|")
        for report, (slow, rows), (fast, same) in zip(REPORTS, events, columns):
            assert rows == same, report
            print(f"| `{' '.join(report)}` | {slow:.2f} | {fast:.2f} | {slow / fast:.1f} |")


main()
