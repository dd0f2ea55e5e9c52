#!/usr/bin/env python3
"""Numbered messages from rsyslog to `workhours watch`, which is killed again and again.

    benches/syslog.py [--bin PATH] [--transport udp|tcp|tls] [--messages N] [--kills N] [--rate N]

Prints how many were sent, how many are in the database, and how many are in it twice. rsyslog gets no answer for a message, so
those that are on their way when the receiver is killed are lost with the connection: what counts is that none is there twice, and
that each connection's messages are there without a gap from the first to the last that was read.
"""

import argparse
import pathlib
import random
import signal
import sqlite3
import subprocess
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent.parent


def free_port():
    import socket

    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", default=str(HERE / "target/release/workhours"))
    parser.add_argument("--transport", default="tcp", choices=["udp", "tcp", "tls"])
    parser.add_argument("--messages", type=int, default=2_000_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--rate", type=int, default=40_000, help="messages a second")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run(args, pathlib.Path(folder))


def run(args, folder):
    port = free_port()
    listen = f"listen = '{args.transport}://127.0.0.1:{port}'\n"
    stream = ""
    if args.transport == "tls":
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
             "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "cert.pem"],
            cwd=folder, check=True, capture_output=True)
        listen += "certificate = 'cert.pem'\nkey = 'key.pem'\n"
        stream = ' StreamDriver="ossl" StreamDriverMode="1" StreamDriverAuthMode="anon"'
    (folder / "wh.toml").write_text("[receivers.net]\n" + listen)
    protocol = "udp" if args.transport == "udp" else "tcp"
    framing = "" if protocol == "udp" else ' TCP_Framing="octet-counted"'
    (folder / "rsyslog.conf").write_text(
        f'module(load="imfile")\nglobal(workDirectory="{folder}" defaultNetstreamDriverCAFile="{folder}/cert.pem")\n'
        f'main_queue(queue.size="3000000")\n'
        f'input(type="imfile" file="{folder}/numbers" tag="n:" severity="info")\n'
        f'action(type="omfwd" target="127.0.0.1" port="{port}" protocol="{protocol}"{framing}{stream} '
        f'template="RSYSLOG_SyslogProtocol23Format" action.resumeRetryCount="-1" action.resumeInterval="1")\n')
    (folder / "numbers").touch()
    log = open(folder / "watch.log", "w")
    uri = f"sqlite:///{folder}/events.db"
    def start():
        return subprocess.Popen([args.bin, "-c", "wh.toml", "--db", uri, "--fs", "fs", "watch"], cwd=folder, stderr=log)
    watch = start()
    time.sleep(1)
    rsyslog = subprocess.Popen(["rsyslogd", "-n", "-f", str(folder / "rsyslog.conf"), "-i", str(folder / "pid")],
                               stderr=subprocess.DEVNULL)
    began = time.time()
    kills = sorted(random.sample(range(1, args.messages), args.kills)) if args.kills else []
    sent, peak = 0, 0
    with open(folder / "numbers", "a") as numbers:
        while sent < args.messages:
            step = min(args.rate // 20, args.messages - sent)
            numbers.write("".join(f"number {n}\n" for n in range(sent, sent + step)))
            numbers.flush()
            sent += step
            while kills and kills[0] <= sent:
                kills.pop(0)
                watch.send_signal(signal.SIGKILL)
                watch.wait()
                watch = start()
            peak = max(peak, memory(watch.pid))
            ahead = sent / args.rate - (time.time() - began)
            if ahead > 0:
                time.sleep(ahead)
    print(f"sent {sent} in {time.time() - began:.0f} s")
    db, last, since = None, -1, time.time()
    while True:
        time.sleep(2)
        peak = max(peak, memory(watch.pid))
        db = sqlite3.connect(f"file:{folder}/events.db?mode=ro", uri=True)
        n = db.execute("SELECT count(*) FROM events").fetchone()[0]
        if n != last:
            last, since = n, time.time()
        if time.time() - since > 8:
            break
    rsyslog.terminate()
    rsyslog.wait()
    watch.send_signal(signal.SIGINT)
    watch.wait()
    rows = [int(text.split()[1]) for (text,) in db.execute("SELECT text FROM events")]
    distinct = len(set(rows))
    lost = [n for n in sorted(set(range(sent)) - set(rows))]
    runs = sum(1 for a, b in zip([-2] + lost, lost) if b != a + 1)
    within = db.execute("SELECT count(*) - count(DISTINCT text || '/' || file_id) FROM events").fetchone()[0]
    print(f"twice within what one process has read: {within}")
    print(f"in the database: {len(rows)}, twice: {len(rows) - distinct}, lost on the way: {len(lost)} in {runs} runs")
    print(f"loaded {last / (since - began):,.0f} messages/s, peak memory {peak / 1024:.0f} MB")
    said = (folder / "watch.log").read_text().splitlines()
    print("reported:", [line for line in said if "dropped" in line or "error" in line][:5])


def memory(pid):
    try:
        for line in open(f"/proc/{pid}/status"):
            if line.startswith("VmRSS"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0


if __name__ == "__main__":
    main()
