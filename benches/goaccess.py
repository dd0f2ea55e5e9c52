#!/usr/bin/env python3
"""Holds the report `http` against GoAccess on one log: requests, visitors, status codes, paths.

    benches/goaccess.py --log access.log

Prints each figure of both and whether they agree; exit code 1 if one does not. What is known to differ:

* GoAccess takes lines for invalid that workhours reads: a cut last line, a quotation mark that is not closed. The
  difference is the number of such lines, and is said.
* GoAccess is asked for all values of a panel; workhours shows 100.
* GoAccess decodes the escapes of paths and trims them; workhours keeps them. Done here as well.
* GoAccess has a row for each path, method and version of HTTP, and counts a visitor in each; workhours has one for each
  path. The rows are summed up here, and a tenth of the visitors allowed for where there are several.
* Days are those of the log: both are run in UTC.

Needs goaccess (apt install goaccess). Only the standard library.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import urllib.parse
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def theirs(log, folder):
    out = Path(folder) / "goaccess.json"
    subprocess.run(
        ["goaccess", log, "--log-format=COMBINED", "--max-items=100000", "-o", out, "--no-progress"],
        check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ, "TZ": "UTC", "LC_ALL": "C.UTF-8"})
    return json.loads(out.read_text(errors="replace"), strict=False)


def ours(log, folder, program):
    base = [program, "--db", f"sqlite:///{folder}/events.db", "--fs", f"{folder}/fs", "--timezone", "UTC", "-q"]
    subprocess.run([*base, "-s", "log.http", log, "-P"], check=True)
    out = subprocess.run([*base, "-r", "http", "-O", "json"], check=True, stdout=subprocess.PIPE).stdout
    sections = {}
    for row in json.loads(out):
        paths = sections.setdefault(row["section"], {})
        value = urllib.parse.unquote(row["value"]).strip()
        hits, visitors, times = paths.get(value, (0, 0, 0))
        paths[value] = (hits + row["hits"], visitors + row["visitors"], times + 1)
    return sections


def panel(report, name):
    """A panel's values: what it is, hits and visitors. Codes are in groups; paths stand once for each method and
    version of HTTP, and with them each visitor."""
    rows = []
    for row in report.get(name, {}).get("data", []):
        rows += row.get("items", [row])
    count = lambda n: n["count"] if isinstance(n, dict) else n
    sums = {}
    for row in rows:
        hits, visitors, times = sums.get(row["data"], (0, 0, 0))
        sums[row["data"]] = (hits + count(row["hits"]), visitors + count(row["visitors"]), times + 1)
    return [(data, *values) for data, values in sums.items()]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--bin", type=Path, default=ROOT / "target" / "release" / "workhours")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        them, us = theirs(args.log, folder), ours(args.log, folder, args.bin)
    general = them["general"]
    invalid = general["failed_requests"]
    differ = 0

    def compare(what, a, b, allowed=0):
        nonlocal differ
        fine = abs(a - b) <= allowed
        differ += not fine
        print(f"{what:<60} GoAccess {a:>8}  workhours {b:>8}  {'same' if a == b else 'explained' if fine else 'DIFFERS'}")

    print(f"lines GoAccess could not read: {invalid}")
    compare("requests", general["valid_requests"], us["total"]["requests"][0], invalid)
    compare("visitors", general["unique_visitors"], us["total"]["requests"][1], invalid)
    compare("not found, different paths", len(panel(them, "not_found")), len(us.get("not_found", {})), invalid)
    for data, hits, visitors, _ in panel(them, "status_codes"):
        code = str(data).split()[0]
        got = us["status"].get(code, (0, 0, 0))
        compare(f"status {code}: hits", hits, got[0], invalid)
        compare(f"status {code}: visitors", visitors, got[1], invalid)
    for name, section, top in [("requests", "path", 20), ("static_requests", "static", 20), ("not_found", "not_found", 20)]:
        for data, hits, visitors, times in panel(them, name)[:top]:
            got = us.get(section, {}).get(data, (0, 0, 0))
            compare(f"{section} {data[:90]}: hits", hits, got[0], invalid)
            # A visitor who came with two methods or versions stands there twice.
            compare(f"{section} {data[:90]}: visitors", visitors, got[1], invalid + (times > 1 or got[2] > 1) * visitors // 10)
    sys.exit(1 if differ else 0)


if __name__ == "__main__":
    main()
