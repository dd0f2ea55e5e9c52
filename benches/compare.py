#!/usr/bin/env python3
"""Times workhours loading a web-server log, beside the ceiling and beside other tools on the same log.

In one go, on the same machine, with the log in the page cache:

* workhours into a new SQLite database, and the same file again with --reread (every event is there already);
* the ceiling: `cargo bench -p workhours-store --bench ceiling`, the very rows of that database inserted through
  SQLite's C API with nothing parsed meanwhile;
* `wc -l`, and lnav, goaccess and DuckDB (the Python package) where they are installed.

Prints a Markdown table. Only the standard library; Linux and macOS.

    benches/compare.py --log access.log
    benches/compare.py --gen generator.py --lines 1000000 --scale

A generator is called as `generator.py http LINES` and writes combined log lines to its standard output; the
first lines of a longer log must be those of a shorter one.
"""

import argparse
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# ru_maxrss is in KiB on Linux and in bytes on macOS.
RSS_UNIT = 1 if sys.platform == "darwin" else 1024
# CPU of other processes, in cores, from which on a run counts as disturbed.
NOISE = 0.15
WORKHOURS = "**workhours**"
CEILING = "**the ceiling: SQLite's C API**"
CEILING_COMMAND = ["cargo", "bench", "-q", "-p", "workhours-store", "--bench", "ceiling"]

DUCKDB = r"""
import duckdb, sys
log, database, how = sys.argv[1:]
lines = "(SELECT line FROM read_csv(?, columns={'line': 'VARCHAR'}, header=false, auto_detect=false, " \
    "delim='\x01', quote='', escape='', strict_mode=false))"
split = f'''
    CREATE TABLE events AS
    WITH quoted AS (SELECT string_split(line, '"') AS q FROM {lines}),
    words AS (SELECT q, string_split(q[1], ' ') AS a, string_split(q[2], ' ') AS r,
                     string_split(trim(q[3]), ' ') AS b FROM quoted)
    SELECT a[1] AS host, a[3] AS usr, try_strptime(a[4] || ' ' || a[5], '[%d/%b/%Y:%H:%M:%S %z]') AS date,
           r[1] AS method, r[2] AS path, r[3] AS protocol, try_cast(b[1] AS SMALLINT) AS status,
           try_cast(b[2] AS BIGINT) AS size, q[4] AS referrer, q[6] AS agent
    FROM words'''
names = "['host', 'ident', 'usr', 'date', 'request', 'status', 'size', 'referrer', 'agent']"
pattern = r'^(\S+) (\S+) (.+?) \[([^\]]+)\] "((?:[^"\\]|\\.)*)" (\d{3}) (\d+|-) "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)"'
regex = f'''
    CREATE TABLE events AS
    SELECT f.host, f.usr, try_strptime(f.date, '%d/%b/%Y:%H:%M:%S %z') AS date, f.request,
           try_cast(f.status AS SMALLINT) AS status, try_cast(f.size AS BIGINT) AS size, f.referrer, f.agent
    FROM (SELECT regexp_extract(line, '{pattern}', {names}) AS f FROM {lines})'''
connection = duckdb.connect(database)
connection.execute("SET enable_progress_bar = false")
connection.execute({"split": split, "regex": regex}[how], [log])
print(connection.execute("SELECT count(*) FROM events WHERE date IS NOT NULL").fetchone()[0])
connection.close()
"""


class Run:
    """One run of a command: wall time, CPU time, peak memory, standard output."""

    def __init__(self, command, **kwargs):
        before, idle = os.times(), cpu_of_all()
        begin = time.perf_counter()
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, **kwargs)
            # wait4 and not communicate(): only it gives this one child's peak memory.
            _, status, usage = os.wait4(process.pid, 0)
            self.seconds = time.perf_counter() - begin
            process.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0)
            self.output = out.read().decode(errors="replace")
            err.seek(0)
            message = err.read().decode(errors="replace").strip()
        if process.returncode != 0:
            raise RuntimeError(f"{' '.join(map(str, command))}: exit {process.returncode}\n{message}{self.output}")
        self.cpu = usage.ru_utime + usage.ru_stime
        self.peak = usage.ru_maxrss * RSS_UNIT
        after = os.times()
        ours = self.cpu + (after.user - before.user) + (after.system - before.system)
        self.size = self.copies = None
        self.others = max(0.0, cpu_of_all() - idle - ours) / self.seconds


def cpu_of_all():
    """Seconds of CPU used by everything on this machine so far; 0 where the kernel does not say."""
    try:
        fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    except OSError:
        return 0.0
    # user, nice, system, irq, softirq; not idle, not waiting for the disk.
    return sum(int(fields[i]) for i in (0, 1, 2, 5, 6)) / os.sysconf("SC_CLK_TCK")


def wait_for_quiet(seconds):
    """Waits until other programs leave the machine alone for a second, at most so long."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        before = cpu_of_all()
        time.sleep(1)
        if cpu_of_all() - before <= NOISE:
            return


def noise_of(runs):
    """The most that other programs took in any of the runs of a round."""
    return max(run.others for run in runs.values())


def median_of(runs):
    """The run whose time is the median, with the spread of all."""
    middle = statistics.median_low([run.seconds for run in runs])
    run = next(run for run in runs if run.seconds == middle)
    run.spread = (min(r.seconds for r in runs), max(r.seconds for r in runs))
    return run


def median_ratio(rounds, what, base):
    """How many times as fast a step was as another of the same round."""
    return statistics.median(r[what].rate / r[base].rate for r in rounds)


def size_of(path):
    """Bytes of a file or of all files below a folder."""
    files = [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]
    return sum(p.stat().st_size for p in files)


def count_lines(path):
    """Line ends; also brings the log into the page cache."""
    with open(path, "rb") as log:
        return sum(block.count(b"\n") for block in iter(lambda: log.read(1 << 20), b""))


class Bench:
    """Everything that is run, in a folder of its own."""

    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        home = folder / "home"
        home.mkdir()
        # No tool may read the settings of whoever runs this, or leave anything behind with them.
        self.env = os.environ | {"HOME": str(home), "XDG_CONFIG_HOME": str(home), "XDG_DATA_HOME": str(home)}
        self.rows, self.skipped, self.lines_of, self.noise = [], [], {}, 0.0

    def run(self, command, **kwargs):
        return Run([str(part) for part in command], **({"env": self.env, "cwd": self.folder} | kwargs))

    def rounds(self, times, steps):
        """Takes each step in turn, again and again, until so many rounds were left in peace, within reason.

        In turn and not one after the other, because a shared host may be a third slower for minutes, which no
        program on it can see: only runs made within seconds of each other can be compared.
        """
        rounds = []
        while sum(noise_of(r) <= NOISE for r in rounds) < times and len(rounds) < times + self.options.retries:
            wait_for_quiet(self.options.wait)
            rounds.append({what: step() for what, step in steps.items()})
        rounds = sorted(rounds, key=noise_of)[:times]
        self.noise = max(self.noise, noise_of(rounds[-1]))
        return rounds

    def say(self, text):
        print(text, file=sys.stderr, flush=True)

    def add(self, what, run, log, to_ceiling=None):
        self.say(f"  {what}: {run.seconds:.2f} s, {run.rate:,.0f} lines/s, others {run.others:.2f} cores")
        self.rows.append(
            {
                "what": what,
                "seconds": run.seconds,
                "spread": run.spread,
                "cpu": run.cpu,
                "lines_per_second": run.rate,
                "to_ceiling": to_ceiling,
                "peak_bytes": run.peak,
                "size": run.size,
                "copies": run.copies,
                "of_log": run.size and run.size / log.stat().st_size,
            }
        )

    # workhours

    def load(self, log, name, *flags):
        """Loads a log; the run also says what was counted and how much was written."""
        database, copies = self.folder / f"{name}.db", self.folder / f"{name}.fs"
        command = [self.options.workhours, "--db", f"sqlite:///{database}", "--fs", copies]
        run = self.run([*command, "-s", self.options.type, log, "-P", "-O", "json", *flags])
        run.summary = json.loads(run.output)
        seen = run.summary["events"] + run.summary["rejected"] + sum(t["ignored"] for t in run.summary["tasks"])
        if run.summary["failed_tasks"] or seen < self.lines_of[log]:
            raise RuntimeError(f"workhours did not read all of {log}: {run.output}")
        run.size, run.copies = size_of(database), size_of(copies)
        run.rate = self.lines_of[log] / run.seconds
        return run

    def load_new(self, log, name, *flags):
        """Loads a log into a new database."""
        self.forget(name)
        return self.load(log, name, *flags)

    def reread(self, log, name):
        run = self.load(log, name, "--reread")
        if run.summary["inserted"] or run.summary["duplicates"] != run.summary["events"]:
            raise RuntimeError(f"reading again made new events: {run.output}")
        run.size = run.copies = None
        return run

    def forget(self, name):
        for path in self.folder.glob(f"{name}.*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    # the ceiling

    def ceiling(self, name):
        """The rows of a database once more, with nothing around."""
        self.forget("ceiling")
        path = self.folder / "ceiling.db"
        flags = ["--db", path, "--from-db", self.folder / f"{name}.db", "--json"]
        run = self.run([*CEILING_COMMAND, "--", *flags], env=os.environ, cwd=ROOT)
        run.summary = json.loads(run.output.strip().splitlines()[-1])
        # Reading the rows into memory is not what is measured.
        run.seconds, run.rate, run.peak, run.cpu = run.summary["seconds"], run.summary["rows_per_second"], None, None
        run.size = size_of(path)
        self.forget("ceiling")
        return run

    # both

    def ours(self, log, big):
        """All that is of workhours, and the ceiling; gives the rounds."""
        # Built before, so that the compiler's time stays out of it.
        subprocess.run([*CEILING_COMMAND, "--no-run"], cwd=ROOT, check=True, stdout=sys.stderr)
        steps = {
            WORKHOURS: lambda: self.load_new(log, "load"),
            CEILING: lambda: self.ceiling("load"),
            "workhours --reread, all duplicates": lambda: self.reread(log, "load"),
            "workhours --fs-keep none": lambda: self.load_new(log, "bare", "--fs-keep", "none"),
        }
        if big:
            steps[f"workhours, {self.lines_of[big]:,} lines"] = lambda: self.load_new(big, "scale")
        rounds = self.rounds(self.options.runs, steps)
        for what in steps:
            of = big if big and what == list(steps)[-1] else log
            self.add(what, median_of([r[what] for r in rounds]), of, median_ratio(rounds, what, CEILING))
        return rounds

    # others

    def others(self, log):
        self.peer("`wc -l`", ["wc", "-l", log], log)
        if self.have("lnav"):
            command = ["lnav", "-n", "-c", ";SELECT count(*) AS n FROM access_log", log]
            self.peer(f"{self.version('lnav')}: open and count, nothing stored", command, log)
        if self.have("goaccess"):
            out = self.folder / "peer.json"
            command = ["goaccess", log, "--no-global-config", "--no-progress", "--log-format=COMBINED", "-o", out]
            self.peer(f"{self.version('goaccess')}: totals as JSON", command, log, out)
        python = self.options.duckdb_python
        probe = [python, "-c", "import duckdb; print(duckdb.__version__)"]
        probe = subprocess.run(probe, check=False, capture_output=True, text=True)
        if probe.returncode != 0:
            self.skipped.append("DuckDB (no duckdb package; name a Python that has it with --duckdb-python)")
            return
        for how, words in [("split", "splitting"), ("regex", "with a regex")]:
            out = self.folder / "peer.duckdb"
            command = [python, "-c", DUCKDB, log, out, how]
            run = self.peer(f"DuckDB {probe.stdout.strip()}, {words}", command, log, out)
            if int(run.output) < 0.99 * self.lines_of[log]:
                raise RuntimeError(f"DuckDB {how}: only {run.output.strip()} lines")

    def peer(self, what, command, log, out=None):
        """Runs another tool that may write a file."""

        def step():
            self.forget("peer")
            run = self.run(command)
            run.rate, run.size = self.lines_of[log] / run.seconds, out and size_of(out)
            self.forget("peer")
            return run

        run = median_of([r[what] for r in self.rounds(self.options.peer_runs, {what: step})])
        self.add(what, run, log)
        return run

    def have(self, tool):
        if not shutil.which(tool):
            self.skipped.append(f"{tool} (not installed)")
            return False
        return True

    def version(self, tool):
        out = subprocess.run([tool, "-V"], check=False, capture_output=True, text=True, env=self.env).stdout
        return " ".join(out.replace(" - ", " ").split()[:2]).rstrip(".")

    # input

    def generate(self, lines):
        log = self.folder / f"http-{lines}.log"
        self.say(f"generating {lines:,} lines")
        with open(log, "wb") as out:
            subprocess.run([sys.executable, self.options.gen, "http", str(lines)], stdout=out, check=True)
        return log


def table(rows, ceiling):
    """The rows as Markdown."""
    lines = [
        "| | seconds (of all runs) | CPU seconds | lines/s | to the ceiling | peak memory, MB | output, MB | output / log |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        seconds = f"{row['seconds']:.2f}"
        if row["spread"][0] != row["spread"][1]:
            seconds += f" ({row['spread'][0]:.2f}–{row['spread'][1]:.2f})"
        size = "" if row["size"] is None else f"{row['size'] / 1e6:.0f}"
        if row["copies"]:
            size += f" + copy {row['copies'] / 1e6:.0f}"
        cells = [
            row["what"],
            seconds,
            f"{row['cpu']:.2f}" if row["cpu"] else "",
            f"{row['lines_per_second']:,.0f}",
            f"{row['to_ceiling'] or row['lines_per_second'] / ceiling:.2f}",
            peak(row["peak_bytes"]),
            size,
            "" if row["of_log"] is None else f"{row['of_log']:.2f}",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def peak(size):
    # A process is born with the memory of the one that started it, so that this is the least there is to see.
    least = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * RSS_UNIT
    return "" if not size else f"{size / 1e6:.0f}" if size > least else f"< {least / 1e6:.0f}"


def machine():
    """What this runs on, in a line."""
    model = platform.processor() or platform.machine()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    except OSError:
        pass
    return f"{os.cpu_count()} cores ({model}), {memory:.0f} GB, {platform.system()} {platform.release()}"


def options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    log = parser.add_mutually_exclusive_group(required=True)
    log.add_argument("--log", type=Path, help="a log in the combined format")
    log.add_argument("--gen", type=Path, help="a generator of one")
    parser.add_argument("--lines", type=int, default=1_000_000, help="lines to generate [%(default)s]")
    parser.add_argument(
        "--scale", type=int, nargs="?", const=5_000_000, metavar="LINES",
        help="also load so many generated lines, for memory and linearity [%(const)s]",
    )
    parser.add_argument("--runs", type=int, default=3, help="runs of each measurement of ours [%(default)s]")
    parser.add_argument("--peer-runs", type=int, default=1, help="runs of the other tools [%(default)s]")
    parser.add_argument(
        "--retries", type=int, default=3, metavar="N",
        help="repeat up to N runs of each measurement that other programs disturbed [%(default)s]",
    )
    parser.add_argument(
        "--wait", type=float, default=20, metavar="SECONDS",
        help="wait so long for a quiet machine before each run [%(default)s]",
    )
    parser.add_argument("--type", default="log.http", help="source type [%(default)s]")
    parser.add_argument("--no-peers", action="store_true", help="leave out the other tools")
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    parser.add_argument("--workhours", type=Path, default=target / "release" / "workhours", help="[%(default)s]")
    parser.add_argument("--duckdb-python", default=sys.executable, help="a Python that has duckdb [this one]")
    parser.add_argument("--dir", type=Path, help="where to put the temporary folder")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    o = parser.parse_args()
    if o.scale and not o.gen:
        parser.error("--scale needs --gen")
    if not o.workhours.exists():
        parser.error(f"{o.workhours} is not there: cargo build --release -p workhours-cli")
    for name in ("log", "gen", "workhours"):
        if getattr(o, name):
            setattr(o, name, getattr(o, name).resolve())
    return o


def main():
    o = options()
    with tempfile.TemporaryDirectory(prefix="workhours-bench-", dir=o.dir) as folder:
        bench = Bench(o, Path(folder))
        log = o.log or bench.generate(o.lines)
        big = bench.generate(o.scale) if o.scale else None
        for path in filter(None, (big, log)):
            bench.lines_of[path] = count_lines(path)
        lines = bench.lines_of[log]
        bench.say(f"{lines:,} lines, {log.stat().st_size / 1e6:.0f} MB; {machine()}")
        rounds = bench.ours(log, big)
        if not o.no_peers:
            bench.others(log)
        first, ceiling = rounds[0][WORKHOURS].summary, rounds[0][CEILING].summary
        print(f"{lines:,} lines, {log.stat().st_size / 1e6:.0f} MB.")
        print(f"{machine()}; SQLite {ceiling['sqlite']}.\n")
        rate = next(row["lines_per_second"] for row in bench.rows if row["what"] == CEILING)
        print(table(bench.rows, rate))
        counts = ", ".join(f"{first[k]:,} {k}" for k in ("events", "inserted", "duplicates", "rejected"))
        print(f"\nworkhours counted {counts}.")
        if big:
            linear = median_ratio(rounds, f"workhours, {bench.lines_of[big]:,} lines", WORKHOURS)
            print(f"Lines per second at {o.scale:,} lines are {linear:.2f} × those at {lines:,}.")
        if bench.skipped:
            print("Skipped: " + "; ".join(bench.skipped) + ".")
        if bench.noise > NOISE:
            print(f"NOISY: other programs took up to {bench.noise:.2f} cores meanwhile; run again on a quiet machine.")
        if o.json:
            o.json.write_text(json.dumps(bench.rows, indent=1))


if __name__ == "__main__":
    try:
        main()
    except (RuntimeError, OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"compare.py: {error}")
