#!/usr/bin/env python3
"""What `workhours watch` needs, and how soon a line is in the database.

    benches/watch.py --bin target/release/workhours [--rate 5000] [--seconds 30] [--files 1000]

First a log grows by RATE lines a second. Five times a second the newest line of the database is compared with the
time at which it was written. Then FILES logs are followed and nothing happens: processor time and memory of the program.
"""

import argparse
import os
import re
import signal
import sqlite3
import subprocess
import tempfile
import threading
import time

args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
args.add_argument("--bin", required=True)
args.add_argument("--rate", type=int, default=5000)
args.add_argument("--seconds", type=float, default=30)
args.add_argument("--files", type=int, default=1000)
args = args.parse_args()
program = os.path.abspath(args.bin)
ticks = os.sysconf("SC_CLK_TCK")


def start(folder, *inputs):
    """The program, once it follows."""
    command = [program, "--db", f"sqlite:///{folder}/w.db", "--fs", f"{folder}/fs", "watch", *inputs]
    child = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=dict(os.environ, HOME=folder))
    for line in child.stderr:
        if line.startswith("following"):
            break
    threading.Thread(target=lambda: child.stderr.read(), daemon=True).start()
    return child


def used(child):
    """Seconds of processor time, and MB of memory."""
    fields = open(f"/proc/{child.pid}/stat").read().rsplit(")", 1)[1].split()
    status = open(f"/proc/{child.pid}/status").read()
    return (int(fields[11]) + int(fields[12])) / ticks, int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024


def end(child):
    child.send_signal(signal.SIGINT)
    child.wait()


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def growing():
    with tempfile.TemporaryDirectory() as folder:
        log = f"{folder}/access.log"
        open(log, "w").close()
        child = start(folder, "-s", "log.http", log)
        written, over = [], threading.Event()

        def write():
            began, n = time.time(), 0
            with open(log, "a", buffering=1 << 16) as file:
                while not over.is_set():
                    due = int((time.time() - began) * args.rate)
                    stamp = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime())
                    for n in range(n, due):
                        file.write(f'10.0.{n % 250}.1 - - [{stamp}] "GET /{n} HTTP/1.1" 200 {n % 5000} "-" "curl/8"\n')
                    n = max(n, due)
                    file.flush()
                    written.append((time.time(), n))
                    time.sleep(0.01)

        writer = threading.Thread(target=write)
        writer.start()
        began, cpu = time.time(), used(child)[0]
        lags = []
        database = sqlite3.connect(f"file:{folder}/w.db?mode=ro", uri=True)
        while time.time() - began < args.seconds:
            time.sleep(0.2)
            now = time.time()
            (there,) = database.execute("SELECT count(*) FROM events").fetchone()
            due = [at for at, n in written if n > there]
            lags.append(now - due[0] if due else 0.0)
        busy, memory = used(child)
        over.set()
        writer.join()
        time.sleep(2)
        (there,) = database.execute("SELECT count(*) FROM events").fetchone()
        end(child)
        assert there == written[-1][1], (there, written[-1])
        share = (busy - cpu) / args.seconds
        print(f"{args.rate} lines/s: a line is there after {percentile(lags, .5):.2f} s (half), "
              f"{percentile(lags, .95):.2f} s (95 %), {max(lags):.2f} s (all); "
              f"{share:.0%} of a core, {memory:.0f} MB; {there} lines, each once")


def idle():
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(f"{folder}/logs")
        for n in range(args.files):
            with open(f"{folder}/logs/{n}.log", "w") as file:
                file.write(f'10.0.0.1 - - [10/Mar/2026:08:00:00 +0000] "GET /{n} HTTP/1.1" 200 1\n')
        child = start(folder, "-s", "log.http", f"{folder}/logs/*.log")
        time.sleep(8 + args.files / 500)
        before = used(child)[0]
        time.sleep(args.seconds * 4)
        after, memory = used(child)
        handles = len(os.listdir(f"/proc/{child.pid}/fd"))
        end(child)
        print(f"{args.files} files, idle for {args.seconds * 4:.0f} s: {(after - before) / args.seconds / 4:.2%} of a core, "
              f"{memory:.0f} MB, {handles} open files")


growing()
idle()
