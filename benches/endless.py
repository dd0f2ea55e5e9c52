#!/usr/bin/env python3
"""Loads of many small files, and of a file that holds nothing but line ends.

    cargo build --release
    benches/endless.py --files 100000 --mib 1024 [--old OTHER/target/release/workhours]

Makes so many files of one to three lines of an access log, a thousand in a folder, and loads all of them twice: first they
are new, then nothing has changed. Then a file of so many MiB of line ends as `log.http`. With --old an earlier program does the
same with a fifth of the files, for a ratio. Prints a Markdown table. Only the standard library.
"""

import argparse
import os
import subprocess
import tempfile
import time
from pathlib import Path

SETTLE = 5
ROOT = Path(__file__).resolve().parent.parent


def line(n):
    second = f"{1 + n // 86400 % 28:02}/Mar/2026:{n // 3600 % 24:02}:{n // 60 % 60:02}:{n % 60:02} +0000"
    return f'10.0.{n % 250}.{n // 250 % 250} - - [{second}] "GET /p{n} HTTP/1.1" 200 {100 + n % 900} "-" "curl/8"\n'


def make(folder, files):
    for i in range(files):
        below = folder / f"{i // 1000:03}"
        if i % 1000 == 0:
            below.mkdir(parents=True)
        (below / f"{i:06}.log").write_text("".join(line(3 * i + k) for k in range(1 + i % 3)))


def seconds(program, home, path):
    env = {"HOME": str(home), "PATH": os.environ["PATH"], "TZ": "UTC"}
    where = ["--db", f"sqlite:///{home}/e.db", "--fs", str(home / "fs")]
    before = time.monotonic()
    done = subprocess.run([program, *where, "-s", "log.http", str(path), "-P"], env=env, cwd=home, capture_output=True)
    if done.returncode:
        raise SystemExit(done.stderr.decode()[-1000:])
    return time.monotonic() - before, len(done.stderr.splitlines())


def row(name, rate, lines=""):
    print(f"| {name} | {rate} | {lines} |", flush=True)


def many(name, program, files):
    with tempfile.TemporaryDirectory(prefix="workhours-files-") as folder:
        home = Path(folder)
        make(home / "many", files)
        # A file this young is read again by the next load: it may change without its time changing.
        time.sleep(SETTLE)
        new, said = seconds(program, home, home / "many" / "*" / "*.log")
        row(f"{name}: {files:,} files, new", f"{files / new:,.0f} files/s", said)
        known, said = seconds(program, home, home / "many" / "*" / "*.log")
        row(f"{name}: the same again", f"{files / known:,.0f} files/s", said)


def empty(name, program, mib):
    with tempfile.TemporaryDirectory(prefix="workhours-empty-") as folder:
        home = Path(folder)
        with open(home / "empty.log", "wb") as out:
            for _ in range(mib):
                out.write(b"\n" * (1 << 20))
        took, said = seconds(program, home, home / "empty.log")
        row(f"{name}: {mib:,} MiB of line ends", f"{took:.1f} s", said)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--mib", type=int, default=1024)
    parser.add_argument("--old", type=Path, help="an earlier program")
    asked = parser.parse_args()
    print("| | | lines on stderr |\n|---|---|---|")
    if asked.old:
        many("earlier", str(asked.old.resolve()), asked.files // 5)
        empty("earlier", str(asked.old.resolve()), asked.mib)
    many("now", str(ROOT / "target/release/workhours"), asked.files)
    empty("now", str(ROOT / "target/release/workhours"), asked.mib)


if __name__ == "__main__":
    main()
