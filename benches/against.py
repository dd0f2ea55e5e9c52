#!/usr/bin/env python3
"""What a change costs: loads and reports of this program beside those of an earlier one, in turn.

Loads an access log and a shell history with both programs, runs the same reports over the two databases, each on its own,
and prints the CPU time of each as a ratio to the earlier program's. CPU time, user and system together, is steadier than
the clock on a machine with neighbours. Programs take turns within each round, and who begins changes.

    cargo build --release
    benches/against.py --old OTHER/target/release/workhours --gen GENERATOR --rounds 9

GENERATOR is called as `GENERATOR http LINES` and as `GENERATOR bash LINES`. Prints a Markdown table: the median of the
rounds' ratios, with the least and the greatest. Only the standard library.
"""

import argparse
import os
import resource
import statistics
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REPORTS = [
    ["-r", "events", "-O", "csv"],
    ["-r", "gap", "-O", "csv"],
    ["-r", "commands", "-O", "csv"],
    ["-r", "http", "-O", "csv"],
    ["-r", "places", "-O", "csv"],
    ["-r", "histogram", "--by", "user", "-O", "csv"],
    ["-r", "hours", "-O", "csv"],
    ["-r", "calendar", "-O", "csv"],
]


def cpu(command, home):
    """CPU seconds of a command, which must end well."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    env = {"HOME": str(home), "PATH": os.environ["PATH"], "TZ": "UTC"}
    subprocess.run(command, check=True, env=env, cwd=home, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def load(program, home, source, path, to):
    for ending in ["", "-wal", "-shm"]:
        (home / f"{to}.db{ending}").unlink(missing_ok=True)
    subprocess.run(["rm", "-rf", str(home / f"{to}.fs")], check=True)
    where = ["--db", f"sqlite:///{home}/{to}.db", "--fs", str(home / f"{to}.fs")]
    return cpu([program, *where, "-s", source, str(path), "-P", "-q"], home)


def in_turn(rounds, old, new):
    """Ratios of new to old, and their times: who begins changes from round to round."""
    ratios, times = [], ([], [])
    for n in range(rounds):
        first, second = (old, new) if n % 2 == 0 else (new, old)
        one, other = first(), second()
        a, b = (one, other) if n % 2 == 0 else (other, one)
        ratios.append(b / a)
        times[0].append(a)
        times[1].append(b)
    return ratios, statistics.median(times[0]), statistics.median(times[1])


def row(name, measured):
    ratios, old, new = measured
    spread = f"{min(ratios):.2f}–{max(ratios):.2f}"
    print(f"| {name} | {old:.2f} | {new:.2f} | {statistics.median(ratios):.2f} ({spread}) |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--old", required=True, type=Path, help="the earlier program")
    parser.add_argument("--new", default=ROOT / "target/release/workhours", type=Path, help="this one")
    parser.add_argument("--gen", required=True, help="makes logs")
    parser.add_argument("--lines", type=int, default=300_000, help="lines of each log")
    parser.add_argument("--rounds", type=int, default=9)
    asked = parser.parse_args()
    old, new = str(asked.old.resolve()), str(asked.new.resolve())
    with tempfile.TemporaryDirectory(prefix="workhours-against-") as folder:
        home = Path(folder)
        for kind in ["http", "bash"]:
            with open(home / kind, "wb") as out:
                subprocess.run([*asked.gen.split(), kind, str(asked.lines)], check=True, stdout=out)
        print("| | earlier, CPU s | now, CPU s | ratio |\n|---|---|---|---|")
        for source, kind in [("log.http", "http"), ("bash.history", "bash")]:
            run = lambda program, to: load(program, home, source, home / kind, to)  # noqa: B023, E731
            row(f"load {source}", in_turn(asked.rounds, lambda: run(old, "old"), lambda: run(new, "new")))
        for program, to in [(old, "old"), (new, "new")]:
            where = ["--db", f"sqlite:///{home}/{to}.db", "--fs", str(home / f"{to}.fs")]
            inputs = ["-s", "log.http", str(home / "http"), "-s", "bash.history", str(home / "bash")]
            subprocess.run([program, *where, *inputs, "-P", "-q"], check=True, cwd=home, stderr=subprocess.DEVNULL)
        for report in REPORTS:
            run = lambda program, to: cpu([program, "--db", f"sqlite:///{home}/{to}.db", *report], home)  # noqa: B023, E731
            name = " ".join(report[1:-2])
            row(f"`{name}`", in_turn(asked.rounds, lambda: run(old, "old"), lambda: run(new, "new")))


if __name__ == "__main__":
    main()
