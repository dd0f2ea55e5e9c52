#!/usr/bin/env python3
"""Times workhours loading a web-server log into PostgreSQL and MariaDB, each beside what that server can take.

In one go, on the same machine, in turn:

* workhours, a whole run: reading, parsing, copies, cursor, into a new database of the server;
* the ceiling: the very events of that database, exported before, put back by the server's own client from a
  finished file: `\\copy` in psql, `LOAD DATA` in mariadb, into a table with the same columns and primary key;
* reading all events back as CSV, and `workhours db copy` from SQLite to PostgreSQL to MariaDB to SQLite.

Starts servers of its own from Debian's packages (postgresql, mariadb-server) in a temporary folder. Prints a Markdown
table. Only the standard library; Linux.

    cargo build --release --features full
    benches/backends.py --log access.log
    benches/backends.py --gen generator.py --lines 1000000
"""

import argparse
import glob
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORKHOURS = ROOT / "target" / "release" / "workhours"


class Server:
    """A throw-away server: `sql` runs statements in a database, `uri` names it for workhours."""

    def __init__(self, folder):
        self.folder = folder
        self.as_user = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.getuid() == 0 else []
        folder.mkdir(mode=0o777)
        folder.chmod(0o777)

    def run(self, command, **more):
        return subprocess.run([*self.as_user, *map(str, command)], check=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, **more).stdout

    def spawn(self, command):
        log = open(self.folder / "log", "wb")
        self.process = subprocess.Popen([*self.as_user, *map(str, command)], stdout=log, stderr=log)
        for _ in range(300):
            try:
                return self.sql(self.own, "SELECT 1")
            except subprocess.CalledProcessError:
                time.sleep(0.1)
        sys.exit(f"{self.name} does not start:\n{(self.folder / 'log').read_text()}")

    def database(self, name):
        self.sql(self.own, f"DROP DATABASE IF EXISTS {name}")
        self.sql(self.own, f"CREATE DATABASE {name}")
        return self.uri(name)

    def sql(self, database, text):
        return self.run([*self.client(database), text], cwd=self.folder)

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Postgres(Server):
    name, own = "PostgreSQL", "postgres"

    def __init__(self, folder):
        super().__init__(folder)
        programs = Path(sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1])
        self.run([programs / "initdb", "-D", folder / "data", "-U", "wh", "-A", "trust", "--no-sync"])
        self.spawn([programs / "postgres", "-D", folder / "data", "-k", folder, "-c", "listen_addresses=",
                    "-c", "shared_buffers=256MB", "-c", "max_wal_size=2GB"])

    def client(self, database):
        return ["psql", "-h", str(self.folder), "-U", "wh", "-v", "ON_ERROR_STOP=1", "-q", database, "-c"]

    def uri(self, database):
        return f"postgresql:///{database}?host={self.folder}&user=wh"

    def export(self, database):
        self.sql(database, f"\\copy events TO '{self.folder}/events.copy'")

    def ceiling(self, database):
        self.sql(database, "DROP TABLE IF EXISTS same; CREATE TABLE same (LIKE events INCLUDING ALL)")
        begin = time.perf_counter()
        self.sql(database, f"\\copy same FROM '{self.folder}/events.copy'")
        took = time.perf_counter() - begin
        self.sql(database, "DROP TABLE same; CHECKPOINT")
        return took


class Mariadb(Server):
    name, own = "MariaDB", "mysql"

    def __init__(self, folder):
        super().__init__(folder)
        self.run(["mariadb-install-db", "--no-defaults", f"--datadir={folder}/data", "--skip-test-db",
                  "--auth-root-authentication-method=normal"])
        self.spawn(["mariadbd", "--no-defaults", f"--datadir={folder}/data", f"--socket={folder}/socket",
                    f"--pid-file={folder}/pid", "--skip-networking", "--local-infile=1",
                    "--innodb-buffer-pool-size=256M"])

    def client(self, database):
        return ["mariadb", "--no-defaults", "-S", f"{self.folder}/socket", "-u", "root", "--local-infile=1", database,
                "-e"]

    def uri(self, database):
        return f"mysql://root@localhost/{database}?unix_socket={self.folder}/socket"

    def export(self, database):
        target = self.folder / "events.tsv"
        target.unlink(missing_ok=True)
        self.sql(database, f"SELECT * FROM events INTO OUTFILE '{target}'")

    def ceiling(self, database):
        self.sql(database, "DROP TABLE IF EXISTS same; CREATE TABLE same LIKE events")
        begin = time.perf_counter()
        self.sql(database, f"LOAD DATA LOCAL INFILE '{self.folder}/events.tsv' INTO TABLE same CHARACTER SET binary")
        took = time.perf_counter() - begin
        self.sql(database, "DROP TABLE same")
        return took


def workhours(*args, **more):
    begin = time.perf_counter()
    subprocess.run([WORKHOURS, *map(str, args)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                   **more)
    return time.perf_counter() - begin


def load(uri, log, folder):
    shutil.rmtree(folder / "fs", ignore_errors=True)
    return workhours("--db", uri, "--fs", folder / "fs", "-s", "log.http", log, "-P", "-q")


def spread(values):
    return f"{statistics.median(values):.2f} ({min(values):.2f}–{max(values):.2f})"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--log", type=Path)
    parser.add_argument("--gen", type=Path, help="a generator, called as GENERATOR http LINES")
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="workhours-backends-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        log = args.log and args.log.resolve()
        if not log:
            log = folder / "access.log"
            with open(log, "wb") as out:
                subprocess.run([sys.executable, args.gen, "http", str(args.lines)], check=True, stdout=out)
        lines = sum(1 for _ in open(log, "rb"))
        servers = [Postgres(folder / "pg"), Mariadb(folder / "my")]
        try:
            measure(servers, log, lines, folder, args.runs)
        finally:
            for server in servers:
                server.stop()


def measure(servers, log, lines, folder, runs):
    for server in servers:
        load(server.database("first"), log, folder)
        server.export("first")
    ours = {server.name: [] for server in servers}
    theirs = {server.name: [] for server in servers}
    for _ in range(runs):
        for server in servers:
            ours[server.name].append(load(server.database("bench"), log, folder))
            theirs[server.name].append(server.ceiling("first"))
    print(f"\n{lines:,} lines, {runs} rounds; medians, and the spread.\n")
    print("| | seconds | rows/s | the ceiling, seconds | to the ceiling, by round |\n|---|---|---|---|---|")
    for server in servers:
        ratios = [b / a for a, b in zip(ours[server.name], theirs[server.name])]
        rate = lines / statistics.median(ours[server.name])
        print(f"| {server.name} | {spread(ours[server.name])} | {rate:,.0f} | {spread(theirs[server.name])} "
              f"| {spread(ratios)} |")
    print("\n| all events as CSV | seconds | rows/s |\n|---|---|---|")
    sqlite = f"sqlite:///{folder}/events.db"
    load(sqlite, log, folder)
    for what, uri in [("SQLite", sqlite), *((s.name, s.uri("bench")) for s in servers)]:
        took = statistics.median(workhours("--db", uri, "-r", "events", "-O", "csv") for _ in range(runs))
        print(f"| {what} | {took:.2f} | {lines / took:,.0f} |")
    print("\n| db copy, and its check | seconds | rows/s |\n|---|---|---|")
    stops = [("SQLite", sqlite), *((s.name, s.database("copied")) for s in servers),
             ("SQLite", f"sqlite:///{folder}/back.db")]
    for (a, source), (b, target) in zip(stops, stops[1:]):
        took = workhours("db", "copy", source, target)
        print(f"| {a} → {b} | {took:.2f} | {lines / took:,.0f} |")


if __name__ == "__main__":
    main()
