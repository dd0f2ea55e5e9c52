#!/usr/bin/env python3
"""Times what it costs to run a plugin in its worker, beside the same library inside workhours itself.

Makes the plugin that `workhours plugin new NAME --lang c` writes, adds it, and loads in turn

* a log of so many lines of 190 bytes, once through the worker and once with `run = "in-process"`;
* so many files of one line each, both ways: the difference, by file, is what starting a worker costs.

Prints a Markdown table. Only the standard library, and a C compiler.

    cargo build --release
    benches/plugins.py --lines 1000000 --runs 5
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LINE_BYTES = 190
WAYS = ("worker", "in-process")


def log(path, lines):
    """Lines such as the plugin reads, a second apart, no two alike."""
    with open(path, "w", encoding="ascii", newline="\n") as out:
        for start in range(0, lines, 10_000):
            block = []
            for n in range(start, min(start + 10_000, lines)):
                stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(1_700_000_000 + n))
                text = f"{stamp} step {n} of a job that reports {n * 7919 % 1_000_003} "
                block.append(text.ljust(LINE_BYTES - 1, "abcdefghij"[n % 10]) + "\n")
            out.write("".join(block))


class Bench:
    def __init__(self, binary, folder):
        self.binary, self.folder = binary, folder
        self.env = {**os.environ, "HOME": str(folder), "XDG_DATA_HOME": str(folder / "data"),
                    "XDG_CONFIG_HOME": str(folder / "config")}

    def run(self, *args):
        return subprocess.run([self.binary, *map(str, args)], cwd=self.folder, env=self.env, check=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True).stdout

    def plugin(self):
        self.run("plugin", "new", "bench.log", "--lang", "c")
        project = self.folder / "bench.log"
        subprocess.run(["make", "-s"], cwd=project, check=True)
        self.run("plugin", "add", project / "bench.log.so")

    def load(self, way, *inputs):
        """Seconds of a whole load into a new database, and the events it inserted."""
        config = self.folder / f"{way}.toml"
        config.write_text(f'[plugins]\nrun = "{way}"\n', encoding="utf-8")
        database, store = self.folder / "bench.db", self.folder / "bench.fs"
        for old in self.folder.glob("bench.db*"):
            old.unlink()
        shutil.rmtree(store, ignore_errors=True)
        args = [arg for path in inputs for arg in ("-s", "bench.log", path)]
        began = time.perf_counter()
        self.run("-c", config, "--db", f"sqlite:///{database}", "--fs", store, *args, "-P", "-q")
        took = time.perf_counter() - began
        counted = self.run("--db", f"sqlite:///{database}", "-r", "events", "-O", "csv").count("\n") - 1 \
            if len(inputs) > 1 else None
        return took, counted


def spread(values, digits=2):
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f}–{max(values):.{digits}f})"


def main():
    args = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    args.add_argument("--lines", type=int, default=1_000_000)
    args.add_argument("--files", type=int, default=200)
    args.add_argument("--runs", type=int, default=5)
    args.add_argument("--binary", default=ROOT / "target/release/workhours")
    args = args.parse_args()
    with tempfile.TemporaryDirectory(prefix="workhours-bench-") as folder:
        folder = Path(folder)
        bench = Bench(Path(args.binary).resolve(), folder)
        bench.plugin()
        big = folder / "big.log"
        log(big, args.lines)
        small = []
        for n in range(args.files):
            small.append(folder / f"small{n:04}.log")
            small[-1].write_text(f"2024-05-01T12:00:00Z small {n}\n", encoding="ascii")
        times = {(way, what): [] for way in WAYS for what in ("big", "small")}
        for turn in range(args.runs):
            # In turn, and each first as often as the other: a machine has slow minutes.
            for way in WAYS if turn % 2 == 0 else WAYS[::-1]:
                times[way, "big"].append(bench.load(way, big)[0])
                took, counted = bench.load(way, *small)
                if counted != args.files:
                    sys.exit(f"{counted} events of {args.files}")
                times[way, "small"].append(took)
        ratios = [i / w for w, i in zip(times["worker", "big"], times["in-process", "big"])]
        starts = [(w - i) / args.files * 1000
                  for w, i in zip(times["worker", "small"], times["in-process", "small"])]
        print(f"| | seconds for {args.lines:,} events | events/s | to in-process |\n|---|---|---|---|")
        for way in WAYS:
            ratio = spread(ratios) if way == "worker" else "1.00"
            rate = args.lines / statistics.median(times[way, "big"])
            print(f"| {way} | {spread(times[way, 'big'])} | {rate:,.0f} | {ratio} |")
        print(f"\nStarting a worker, with {args.files} files of one line: {spread(starts, 1)} ms")


if __name__ == "__main__":
    main()
