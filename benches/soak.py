#!/usr/bin/env python3
"""Many lines through `workhours serve --watch`, with its index and columns, as fast as they are taken.

    benches/soak.py [--bin PATH] [--lines N] [--ahead N] [--folder DIR]

Three logs grow and are rotated by renaming. At most --ahead lines wait to be loaded. Prints every ten seconds what is in the
database and how much memory the program has, and at the end whether every line is there once, the slope of the memory over
the second half, and the sizes of what is stored.
"""

import argparse
import pathlib
import signal
import sqlite3
import subprocess
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent.parent
ROTATED = 500_000


def memory(pid):
    """Its own memory and the pages of mapped files, which the system may take back, in MB."""
    lines = dict(line.split(":", 1) for line in open(f"/proc/{pid}/status"))
    return [int(lines[name].split()[0]) / 1024 for name in ("RssAnon", "RssFile")]


def size(path):
    return sum(f.stat().st_size for f in path.rglob("*") if f.is_file()) / 1e9 if path.is_dir() else path.stat().st_size / 1e9


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", default=str(HERE / "target/release/workhours"))
    parser.add_argument("--lines", type=int, default=50_000_000)
    parser.add_argument("--ahead", type=int, default=1_000_000)
    parser.add_argument("--folder")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        run(args, pathlib.Path(folder))


def run(args, folder):
    logs = folder / "logs"
    logs.mkdir()
    (folder / "wh.toml").write_text(
        "fs.keep = 'none'\n[server]\nport = 0\n[[inputs]]\ntype = 'log.http'\npath = 'logs/*.log*'\n")
    command = [args.bin, "-c", "wh.toml", "--db", f"sqlite:///{folder}/events.db", "--fs", "fs", "serve", "--watch", "--no-auth"]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=open(folder / "said", "w"))
    time.sleep(2)
    files = [open(logs / f"{name}.log", "w") for name in "abc"]
    counts, turns = [0, 0, 0], [0, 0, 0]
    written, began, told = 0, time.time(), 0.0
    samples = []
    db = sqlite3.connect(f"file:{folder}/events.db?mode=ro", uri=True)
    loaded = lambda: db.execute("SELECT coalesce(sum(inserted), 0) FROM tasks").fetchone()[0]
    there = 0
    while there < args.lines:
        if process.poll() is not None:
            raise SystemExit("it has ended:\n" + (folder / "said").read_text()[-2000:])
        if written < args.lines and written - there < args.ahead:
            for n, file in enumerate(files):
                step = min(20_000, args.lines - written)
                # A day has 86,400 seconds: about 50 days for 50 million lines.
                at = [(written + i) // 12 for i in range(step)]
                stamp = lambda s: time.strftime("%d/%b/%Y:%H:%M:%S", time.gmtime(1_767_225_600 + s))
                stamps = {s: stamp(s) for s in set(at)}
                file.write("".join(
                    f'10.{n}.{i % 200}.{(written + i) % 250} - - [{stamps[s]} +0000] "GET /{(written + i) % 5000}?{written + i} HTTP/1.1" '
                    f'{200 if i % 50 else 502} {i % 9000}\n' for i, s in enumerate(at)))
                file.flush()
                written += step
                counts[n] += step
                if counts[n] >= ROTATED:
                    file.close()
                    counts[n], turns[n] = 0, turns[n] + 1
                    # The oldest goes when it has been loaded for long.
                    for old in range(turns[n], 0, -1):
                        name = logs / f"{'abc'[n]}.log{'' if old == 1 else '.' + str(old - 1)}"
                        if old > 4:
                            name.unlink(missing_ok=True)
                        elif name.exists():
                            name.rename(logs / f"{'abc'[n]}.log.{old}")
                    files[n] = open(logs / f"{'abc'[n]}.log", "w")
        else:
            time.sleep(0.1)
        there = loaded()
        now = time.time() - began
        if now - told >= 10:
            told = now
            own, mapped = memory(process.pid)
            samples.append((now, own))
            print(f"{now:5.0f} s  {there:>11,} lines  {there / now:8,.0f}/s  {own:4.0f} MB, {mapped:4.0f} MB mapped", flush=True)
    took = time.time() - began
    time.sleep(15)
    events = db.execute("SELECT count(*) FROM events").fetchone()[0]
    half = samples[len(samples) // 2:]
    mean_t, mean_m = sum(t for t, _ in half) / len(half), sum(m for _, m in half) / len(half)
    spread = sum((t - mean_t) ** 2 for t, _ in half) or 1
    slope = sum((t - mean_t) * (m - mean_m) for t, m in half) / spread
    process.send_signal(signal.SIGINT)
    process.wait()
    print(f"{args.lines:,} lines in {took:.0f} s: {args.lines / took:,.0f}/s; in the database: {events:,}")
    print(f"own memory at most {max(m for _, m in samples):.0f} MB, slope of the second half {slope * 60:.2f} MB a minute")
    print(f"database {size(folder / 'events.db'):.1f} GB, filestore with index and columns {size(folder / 'fs'):.1f} GB")
    said = [line for line in (folder / "said").read_text().splitlines() if "error" in line or "warn" in line or "note" in line]
    print("reported:", said[:5])


if __name__ == "__main__":
    main()
