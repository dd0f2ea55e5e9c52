#!/usr/bin/env python3
"""Events into a search server: `workhours index rebuild` beside opensearch-py's parallel_bulk of the same documents.

    pip install opensearch-py
    benches/search_server.py --url http://127.0.0.1:19200 --gen "python3 GENERATOR" --events 1000000

The documents are those that workhours sends: a first, untimed rebuild goes through a recorder. GENERATOR LINES writes an
access log. The program needs the feature elasticsearch.
"""

import argparse
import http.server
import json
import os
import pathlib
import shlex
import subprocess
import tempfile
import threading
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent


class Recorder(http.server.BaseHTTPRequestHandler):
    """Passes requests on, and keeps the lines of bulk requests."""

    protocol_version = "HTTP/1.1"
    url, lines, lock = "", [], threading.Lock()

    def pass_on(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if "/_bulk" in self.path:
            with self.lock:
                self.lines.append(body)
        headers = {"Content-Type": self.headers.get("Content-Type", "application/json")}
        request = urllib.request.Request(self.url + self.path, body or None, headers, method=self.command)
        try:
            with urllib.request.urlopen(request) as answer:
                status, body = answer.status, answer.read()
        except urllib.error.HTTPError as answer:
            status, body = answer.code, answer.read()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_PUT = do_POST = do_DELETE = pass_on

    def log_message(self, *_):
        pass


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://127.0.0.1:19200")
    parser.add_argument("--gen", required=True, help="writes an access log of so many lines")
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workhours", type=pathlib.Path, default=ROOT / "target/release/workhours")
    asked = parser.parse_args()

    from opensearchpy import OpenSearch, helpers

    with tempfile.TemporaryDirectory() as home:
        home = pathlib.Path(home)

        def config(url):
            (home / "w.toml").write_text(
                f"database = 'sqlite:///{home}/w.db'\nfilestore = '{home}/fs'\nfs.keep = 'none'\n"
                f"[index]\nengine = 'elasticsearch'\nurl = '{url}'\nname = 'bench'\n"
            )

        def run(*args):
            begun = time.perf_counter()
            env = {**os.environ, "HOME": str(home)}
            subprocess.run([asked.workhours, "-c", home / "w.toml", "-q", *args], check=True, env=env)
            return time.perf_counter() - begun

        with open(home / "access.log", "wb") as log:
            subprocess.run([*shlex.split(asked.gen), str(asked.events)], check=True, stdout=log)
        config(asked.url)
        print(f"load into SQLite: {run('-s', 'log.http', home / 'access.log', '-P'):.1f} s")

        Recorder.url = asked.url
        recorder = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
        threading.Thread(target=recorder.serve_forever, daemon=True).start()
        config(f"http://127.0.0.1:{recorder.server_port}")
        run("index", "rebuild")
        recorder.shutdown()
        config(asked.url)

        documents = []
        for request in Recorder.lines:
            lines = request.splitlines()
            documents += [(json.loads(a)["index"]["_id"], json.loads(d)) for a, d in zip(lines[::2], lines[1::2])]
        client = OpenSearch(asked.url, timeout=120)
        alias = next(name for name, its in client.indices.get_alias().items() if its["aliases"] and name.startswith("bench-"))
        made = client.indices.get(index=alias)[alias]
        settings = {"index": {k: made["settings"]["index"][k] for k in ("number_of_shards", "number_of_replicas", "refresh_interval")}}

        for turn in range(asked.rounds):
            ours = run("index", "rebuild")
            client.indices.delete(index="peer", ignore=[404])
            client.indices.create(index="peer", body={"settings": settings, "mappings": made["mappings"]})
            begun = time.perf_counter()
            actions = ({"_index": "peer", "_id": i, "_source": d} for i, d in documents)
            for ok, what in helpers.parallel_bulk(client, actions, thread_count=3, chunk_size=1000):
                assert ok, what
            client.indices.refresh(index="peer")
            theirs = time.perf_counter() - begun
            n = len(documents)
            print(f"{turn + 1}: workhours {n / ours:,.0f} events/s, parallel_bulk {n / theirs:,.0f}, ratio {theirs / ours:.2f}")
        status = subprocess.run(
            [asked.workhours, "-c", home / "w.toml", "index", "status", "-O", "jsonl"], capture_output=True, check=True
        )
        print("size:", json.loads(status.stdout)["bytes"] >> 20, "MiB")


main()
