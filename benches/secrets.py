#!/usr/bin/env python3
"""How many secrets workhours finds, and how often it takes an ordinary line for one.

Makes commands, requests, JSON lines and messages of syslog with a secret each, of every form in secret_forms.py, and
ordinary commands and requests that hold none; loads all of them; and looks for each secret in what is stored: in the
database, in what reports show and in rejects. A long secret of which one half is left counts as not found. With
--rounds it measures instead what redaction costs a load.

    cargo build --release
    benches/secrets.py --gen GENERATOR --lines 20000
    benches/secrets.py --gen GENERATOR --lines 1000000 --rounds 7

GENERATOR is called as `GENERATOR http LINES` and writes ordinary lines of an access log, without secrets. Other
scanners get the same lines as plain files, where they are named: --ripsecrets and --detect-secrets each take the path
of the program. They are made for source code, so this says how far their rules go here, and not how good they are.
Prints Markdown tables. Only the standard library.
"""

import argparse
import base64
import json
import os
import random
import resource
import shutil
import statistics
import string
import subprocess
import tempfile
import time
from pathlib import Path

from secret_forms import FIELDS, NUMBERS, ORDINARY, PARAMETERS, REQUESTS, SHELL

ROOT = Path(__file__).resolve().parent.parent
ALNUM = string.ascii_letters + string.digits
WORDS = """archive article backup balance branch bridge budget cache calendar client cluster column compile config console dataset design
device docker editor engine error export feature filter gallery gateway graph handler history image index island journal kernel ledger
library linux local machine market matrix memory method metric mobile monitor network notebook offset option output package parser patch
people photo pipeline planet policy portal print process product project python query random reader record release report review router
runtime sample schema script search server signal simple socket source station status storage stream studio survey switch symbol system
target template terminal thread timeline topic trace trail unicode update upload user value vector vendor video village volume weather
widget window worker yearly zone""".split()


class Draw:
    """Draws secrets of each kind, always the same for a seed."""

    def __init__(self, seed):
        self.r = random.Random(seed)

    def of(self, letters, n):
        return "".join(self.r.choice(letters) for _ in range(n))

    def secret(self, kind):
        a = lambda n: self.of(ALNUM, n)  # noqa: E731
        h = lambda n: self.of("0123456789abcdef", n)  # noqa: E731
        u = lambda n: self.of(string.ascii_uppercase + "234567", n)  # noqa: E731
        d = lambda n: self.of(string.digits, n)  # noqa: E731
        drawn = {
            # As people choose them, with a digit or two behind a word, and as programs make them.
            "pw": lambda: self.r.choice([self.r.choice(WORDS).capitalize() + d(3) + a(2), a(self.r.randint(8, 16)), self.r.choice(WORDS) + "_" + a(5)]),
            "tok": lambda: self.r.choice([a(self.r.randint(20, 40)), h(32), h(40), "-".join(map(h, (8, 4, 4, 4, 12)))]),
            "num": lambda: d(6),
            "b32": lambda: u(32),
            "b64": lambda: base64.b64encode(self.r.randbytes(33)).decode().replace("+", "A").replace("/", "B"),
            "hex64": lambda: h(64),
            "aws": lambda: "AKIA" + u(16),
            "ghp": lambda: "ghp_" + a(36),
            "ghpat": lambda: "github_pat_" + a(22) + "_" + a(59),
            "glpat": lambda: "glpat-" + a(20),
            "xoxb": lambda: f"xoxb-{d(12)}-{d(12)}-{a(24)}",
            "stripe": lambda: "sk_live_" + a(24),
            "whsec": lambda: "whsec_" + a(32),
            "openai": lambda: "sk-proj-" + a(48),
            "anthropic": lambda: "sk-ant-api03-" + a(93),
            "hf": lambda: "hf_" + a(34),
            "gcp": lambda: "AIza" + a(35),
            "ya29": lambda: "ya29." + a(100),
            "npm": lambda: "npm_" + a(36),
            "pypi": lambda: "pypi-AgEIcHlwaS5vcmc" + a(80),
            "do": lambda: "dop_v1_" + h(64),
            "dapi": lambda: "dapi" + h(32),
            "sendgrid": lambda: f"SG.{a(22)}.{a(43)}",
            "shopify": lambda: "shpat_" + h(32),
            "age": lambda: "AGE-SECRET-KEY-1" + self.of("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58),
            "jwt": lambda: f"eyJ{a(30)}.eyJ{a(60)}.{a(43)}",
            "hvs": lambda: "hvs." + a(90),
            "vaults": lambda: "s." + a(24),
            "rubygems": lambda: "rubygems_" + h(48),
            "grafana": lambda: f"glsa_{a(32)}_{h(8)}",
            "square": lambda: "sq0atp-" + a(22),
            "mailgun": lambda: "key-" + h(32),
            "linear": lambda: "lin_api_" + a(40),
            "telegram": lambda: f"{d(10)}:AA{a(33)}",
            "pulumi": lambda: "pul-" + h(40),
            "postman": lambda: f"PMAK-{h(24)}-{h(34)}",
            "doppler": lambda: "dp.pt." + a(43),
            "azure": lambda: a(3) + "8Q~" + a(34),
            "card": lambda: card(d(14)),
            "tailscale": lambda: f"tskey-auth-{a(11)}-{a(21)}",
            "docker": lambda: "dckr_pat_" + a(27),
            "webhook": lambda: f"T{u(8)}/B{u(8)}/{a(24)}",
            "pem": lambda: base64.b64encode(self.r.randbytes(90)).decode(),
        }
        return drawn[kind]()

    def ordinary(self, line):
        r = self.r
        name = r.choice(WORDS) + r.choice(["", "-" + r.choice(WORDS), "_" + r.choice(WORDS)])
        ending = r.choice([".txt", ".json", ".md", ".rs", ".yml", ".log", ".tar.gz", ".py"])
        host = r.choice(WORDS) + "." + r.choice(["example", "example.org", "test"])
        user = r.choice(["ada", "bob", "carol", "deploy", "root"])
        return line.format(w=r.choice(WORDS), f=name + ending, h=host, n=r.randint(2, 9999), x=self.of("0123456789abcdef", 40), u=user)


def card(digits):
    """A Visa number: 4, fourteen digits, and the check digit."""
    body = "4" + digits
    total = sum(sum(divmod(int(c) * (2 - i % 2), 10)) for i, c in enumerate(body))
    return body + str(-total % 10)


def request(n, path="/", referrer="-", agent="curl/8.5.0", user="-"):
    stamp = f"10/Mar/2026:{n // 3600 % 24:02}:{n // 60 % 60:02}:{n % 60:02} +0000"
    return f'192.0.2.{n % 250 + 1} - {user} [{stamp}] "GET {path} HTTP/1.1" 200 {n} "{referrer}" "{agent}"\n'


def history(commands):
    return "".join(f"#{1_773_100_000 + n}\n{command}\n" for n, command in enumerate(commands))


def secrets(draws, seed):
    """For each kind of input its secrets and its lines: [(form, secret, line)]."""
    draw = Draw(seed)
    shell, web, fields, messages = [], [], [], []
    for _ in range(draws):
        for kind, form in SHELL:
            secret = draw.secret(kind)
            shell.append((form, secret, form.format(secret)))
        for kind, names in (("tok", PARAMETERS), ("num", NUMBERS)):
            for name in names:
                secret = draw.secret(kind)
                web.append((name, secret, request(len(web), path=f"/x?a=1&{name}={secret}&b=2")))
        for kind, parts in REQUESTS:
            secret = draw.secret(kind)
            web.append((str(parts), secret, request(len(web), **{key: part.format(secret) for key, part in parts.items()})))
        for name in FIELDS:
            secret = draw.secret("tok") if name != "otp" else draw.secret("num")
            fields.append((name, secret, json.dumps({"time": "2026-03-10T08:00:00Z", "text": f"line {len(fields)}", name: secret}) + "\n"))
            secret = draw.secret("tok") if name != "otp" else draw.secret("num")
            messages.append((name, secret, f'<34>1 2026-03-10T08:00:00Z h app 1 ID [x@1 {name}="{secret}"] line {len(messages)}\n'))
    return {"commands": shell, "requests": web, "JSON lines": fields, "structured data of syslog": messages}


def run(*command, cwd=None):
    done = subprocess.run(list(map(str, command)), stdin=subprocess.DEVNULL, capture_output=True, check=False, cwd=cwd)
    return done.stdout


class Workhours:
    """Loads files into a database of its own, and holds what is stored and shown."""

    def __init__(self, program, folder):
        self.command = [program, "--db", f"sqlite:///{folder}/e.db", "--fs", f"{folder}/fs"]
        self.folder = folder

    def load(self, source, path):
        loaded = subprocess.run([*map(str, self.command), "-s", source, str(path), "-P", "-q"], capture_output=True, check=False)
        if loaded.returncode != 0:
            raise RuntimeError(loaded.stderr.decode())

    def stored(self):
        shown = run(*self.command, "-r", "events", "-O", "jsonl", "--all-columns") + run(*self.command, "rejects", "list", "-O", "jsonl")
        return shown + b"".join(path.read_bytes() for path in self.folder.glob("e.db*"))

    def marked(self):
        shown = run(*self.command, "-r", "events", "-O", "jsonl", "--all-columns").decode()
        return [line for line in shown.splitlines() if "‹redacted:" in line]


def is_left(secret, stored):
    """Whether a secret is in there, or half of a long one."""
    parts = [secret] if len(secret) < 24 else [secret[:14], secret[-14:]]
    return any(part.encode() in stored for part in parts)


def scanners(args):
    """Names of other scanners, and what gives the numbers of lines they report of a file, from 1."""

    def ripsecrets(path):
        lines = run(args.ripsecrets, path).decode(errors="replace").splitlines()
        numbers = [line.removeprefix(str(path)).split(":") for line in lines]
        return {int(parts[1]) for parts in numbers if len(parts) > 1 and parts[1].isdigit()}

    def detect_secrets(path):
        found = json.loads(run(args.detect_secrets, "scan", "--all-files", ".", cwd=path.parent) or "{}")
        return {hit["line_number"] for hits in found.get("results", {}).values() for hit in hits}

    named = {"ripsecrets": (args.ripsecrets, ripsecrets), "detect-secrets": (args.detect_secrets, detect_secrets)}
    return {name: scan for name, (program, scan) in named.items() if program}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--workhours", type=Path, default=ROOT / "target/release/workhours", help="the program")
    parser.add_argument("--gen", help="a generator of ordinary lines of an access log: GEN http LINES")
    parser.add_argument("--lines", type=int, default=100_000, help="ordinary lines of each kind")
    parser.add_argument("--draws", type=int, default=5, help="secrets of each form")
    parser.add_argument("--rounds", type=int, default=0, help="measure what redaction costs a load, in this many rounds")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", action="store_true", help="list the forms that leak and the lines that are marked")
    for name in ("ripsecrets", "detect-secrets"):
        parser.add_argument(f"--{name}", help=f"where {name} is, to measure it too")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if args.rounds:
            cost(args, Path(folder))
        else:
            measure(args, Path(folder))


def measure(args, folder):
    corpora = secrets(args.draws, args.seed)
    sources = {"commands": "bash.history", "requests": "log.http", "JSON lines": "jsonl", "structured data of syslog": "syslog"}
    print("| secrets in | of | workhours | " + " | ".join(scanners(args)) + " |")
    for name, rows in corpora.items():
        path = folder / name.split()[0] / "input"
        path.parent.mkdir()
        lines = [line for _, _, line in rows]
        path.write_text(history(lines) if name == "commands" else "".join(lines))
        ours = Workhours(args.workhours, path.parent)
        ours.load(sources[name], path)
        stored = ours.stored()
        left = [(form, secret) for form, secret, _ in rows if is_left(secret, stored)]
        cells = [f"{1 - len(left) / len(rows):.3f}"]
        plain = folder / f"plain-{name.split()[0]}" / "plain.txt"
        plain.parent.mkdir()
        plain.write_text("".join(line.rstrip("\n") + "\n" for line in lines))
        cells += [f"{len(scan(plain)) / len(rows):.3f}" for scan in scanners(args).values()]
        print(f"| {name} | {len(rows)} | {' | '.join(cells)} |")
        if args.show:
            for form, secret in left:
                print(f"    left: {form}: {secret}")
    draw = Draw(args.seed)
    forms = [form for row in ORDINARY.strip().splitlines() for form in row.split("|") if form.strip()]
    commands = [draw.ordinary(forms[n % len(forms)]) for n in range(args.lines)]
    ordinary = {"commands": ("bash.history", history(commands), "\n".join(commands) + "\n")}
    if args.gen:
        log = run(*args.gen.split(), "http", args.lines).decode(errors="replace")
        ordinary["requests"] = ("log.http", log, log)
    print("\n| ordinary lines taken for secrets | of | workhours | " + " | ".join(scanners(args)) + " |")
    for name, (source, text, plain_text) in ordinary.items():
        path = folder / f"ordinary-{name}" / "input"
        path.parent.mkdir()
        path.write_text(text)
        ours = Workhours(args.workhours, path.parent)
        ours.load(source, path)
        marked = ours.marked()
        plain = folder / f"plain-ordinary-{name}" / "plain.txt"
        plain.parent.mkdir()
        plain.write_text(plain_text)
        cells = [str(len(marked)), *(str(len(scan(plain))) for scan in scanners(args).values())]
        print(f"| {name} | {len(plain_text.splitlines())} | {' | '.join(cells)} |")
        if args.show:
            for line in marked[:50]:
                print(f"    marked: {line[:300]}")


def cost(args, folder):
    """Loads the generator's lines with redaction and without, in turn, and prints what the first costs over the second."""
    log = folder / "access.log"
    log.write_bytes(run(*args.gen.split(), "http", args.lines))
    off = folder / "off.toml"
    off.write_text("[redaction]\nenabled = false\n")
    walls, cpus = [], []
    for n in range(args.rounds):
        spent = {}
        # The order changes, so that neither always finds the machine as the other left it.
        for name in ("on", "off") if n % 2 else ("off", "on"):
            here = folder / f"{name}-{n}"
            here.mkdir()
            settings = ["-c", off] if name == "off" else []
            before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
            run(args.workhours, "--db", f"sqlite:///{here}/e.db", "--fs", f"{here}/fs", *settings, "-s", "log.http", log, "-P", "-q")
            wall, after = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
            spent[name] = (wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
            shutil.rmtree(here)
        walls.append(spent["on"][0] / spent["off"][0])
        cpus.append(spent["on"][1] / spent["off"][1])
    print(f"with redaction over without, {args.lines} lines, median of {args.rounds} rounds (least, most):")
    for name, ratios in (("time", walls), ("CPU", cpus)):
        print(f"{name} {statistics.median(ratios):.3f} ({min(ratios):.3f}, {max(ratios):.3f})")


if __name__ == "__main__":
    os.umask(0o077)
    main()
