"""Makes a report that holds everything a report can hold, of runs that really happen, and looks at it:
`python docs/site/everything.py --out DIR`, four minutes, with chromium and chromedriver and the extra test.

A developer works on a server for six seconds: alone, beside a program that takes a core, and alone again,
when the server stands still for a moment. Eight times on an older build, whose hovers take 15 ms longer;
twenty times on the one that becomes the baseline; and once on a build whose hovers take 40 ms longer, on
which there is a session of three other scenarios, too. Of the last two sessions DIR gets the reports, and of
all the dashboard, with pictures at three widths, in the light, in the dark and on paper. What is missing in
the report of the day is named, and each figure in it that is not that of report.json; the exit status is then
1. A session that is void, as the machine did too much else, is run once more; were both of them
void, the exit status is 75.

With `--images` the pictures of the documentation of report and dashboard are taken of it.
`--backend=/usr/bin/rust-analyzer` does the same with that rust-analyzer, behind a program that delays, in
eight minutes.
"""

from __future__ import annotations

import argparse
import base64
import os
import re
import subprocess
import sys
from pathlib import Path

import msgspec
from pictures import chromium, shoot
from selenium import webdriver

sys.path.insert(0, str(Path(__file__).parents[2]))

from pytest_rustide_load.report import LoadTestResults
from tests.report.html.figures import compare
from tests.report.html.held import missing

SCENARIO = """
extends: individual-developer
description: a developer, alone, beside a program that takes a core, and when the server stands still
duration: 6s
warm_up: 1s
codebase: {loc: 3000}
operations: {edit: 1/s, hover: 20/s, completion: 12/s}
stress: {cpu: 60%, cpu_model: single_thread}
stages:
  - {name: alone, duration: 2s, baseline: true, stress: false}
  - {name: beside others, duration: 1.6s}
  - {name: alone again, duration: 2.4s, stress: false}
fault: {kind: stop, at: 3.7s, duration: 150ms}
"""
# Of a session of several: one that the slower hovers fail, two that they do not.
OTHERS = {
    "reading": """
extends: individual-developer
description: a developer who looks around
duration: 5s
warm_up: 1s
codebase: {loc: 3000}
operations: {hover: 8/s, completion: 2/s, edit: 0.2/s}
""",
    "typing": """
extends: individual-developer
description: a developer who types
duration: 5s
warm_up: 1s
codebase: {loc: 3000}
operations: {hover: 1/s, completion: 15/s, edit: 5/s}
""",
    "three": """
extends: individual-developer
description: three developers, each on a backend of their own
users: 3
duration: 5s
warm_up: 1s
codebase: {loc: 3000}
operations: {hover: 2/s, completion: 2/s}
""",
}
# How much longer hovers take in each session.
DELAYS = {"older": "15ms", "baseline": "0ms", "last": "40ms", "several": "40ms"}
BUDGETS = """
defaults: {min_goodput_ratio: 80%}
alerts:
  cpu_usage_high: {raise: 1%, clear: 0.5%, for: 1s}
scenarios:
  day:
    completion: {p95_ms: {target: 40ms, warning: 60ms, violation: 300ms}}
    hover: {p50_ms: {target: 5ms, warning: 20ms, violation: 30ms}}
    rss_peak_mb: 2GB
    recovery_s: 30s
  reading:
    hover: {p50_ms: {target: 5ms, warning: 20ms, violation: 30ms}}
  typing:
    completion: {p50_ms: 300ms}
    rss_peak_mb: 2GB
  three:
    completion: {p50_ms: 300ms}
    rss_peak_mb: 6GB
"""
# Said of runs that are void, and of a baseline that is none for that.
BUSY = re.compile(r"^timings void|NOT REACHED|^baseline main is not saved", re.MULTILINE)
# Of a session, the first included.
TRIES = 2
# EX_TEMPFAIL.
TOO_BUSY = 75
# Between an editor and a server, one reply after the other: what was asked for by `method` is held back.
DELAY = """
import subprocess, sys, threading, time

method, delay_s, *command = sys.argv[1:]
wanted = f'"method":"{method}"'.encode()
server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
asked = set()


def messages(stream):
    while header := stream.readline():
        length = 0
        while header.strip():
            name, _, value = header.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
            header = stream.readline()
        yield stream.read(length)


def identity(body):
    import json
    return json.loads(body).get("id")


def forth():
    for body in messages(sys.stdin.buffer):
        if wanted in body.replace(b" ", b""):
            asked.add(identity(body))
        server.stdin.write(b"Content-Length: %d\\r\\n\\r\\n%b" % (len(body), body))
        server.stdin.flush()
    server.stdin.close()


threading.Thread(target=forth, daemon=True).start()
for body in messages(server.stdout):
    if asked and b'"method"' not in body[:60] and identity(body) in asked:
        asked.discard(identity(body))
        time.sleep(float(delay_s))
    sys.stdout.buffer.write(b"Content-Length: %d\\r\\n\\r\\n%b" % (len(body), body))
    sys.stdout.buffer.flush()
"""


def write_files(directory: Path, backend: str) -> None:
    """The scenarios, their budgets, and an executable: the server, its hovers as late as it is told."""
    for name, text in {"day": SCENARIO, **OTHERS}.items():
        (directory / f"{name}.scenario.yaml").write_text(text)
    (directory / "budgets.yaml").write_text(BUDGETS)
    (directory / "delay.py").write_text(DELAY)
    if backend == "embedded":
        fault = '--fault "latency:hover=$1"'
        scripts = {"my-server": f"exec {sys.executable} -m pytest_rustide_load.reference_server {fault}"}
    else:
        late = f"{sys.executable} {directory / 'delay.py'} textDocument/hover"
        scripts = {
            # It is asked for its version first.
            f"rust-analyzer-{delay}": f'case "$1" in --*) exec {backend} "$@" ;; esac\n'
            f'exec {late} {delay.removesuffix("ms")}e-3 {backend} "$@"'
            for delay in DELAYS.values()
        }
    for name, script in scripts.items():
        (directory / name).write_text(f"#!/bin/sh\n{script}\n")
        (directory / name).chmod(0o755)


def run(directory: Path, name: str, backend: str, *arguments: str) -> bool:
    """One session, of which only the end is told; False where the machine did too much else meanwhile."""
    scenarios = [f"{one}.scenario.yaml" for one in (OTHERS if name == "several" else ["day"])]
    load = [sys.executable, "-m", "pytest", "-q", "-p", "no:benchmark", *scenarios]
    paths = {"PATH": f"{directory}{os.pathsep}{os.environ['PATH']}"}
    # As a rust-analyzer it is told where the standard library is, without which some answers are wrong.
    chosen = "cmd:my-server {}" if backend == "embedded" else "rust-analyzer@./rust-analyzer-{}"
    command = [*load, f"--ide-backend={chosen.format(DELAYS[name])}", *arguments]
    found = subprocess.run(
        command, cwd=directory, env={**os.environ, **paths}, capture_output=True, text=True, check=False
    )
    print(f"{name}: exit status {found.returncode}: {found.stdout.strip().splitlines()[-1]}", flush=True)
    (directory / f"session-{name}.txt").write_text(found.stdout + found.stderr)
    # Beside a real one some run is always void.
    is_judged = backend == "embedded" and name in ("baseline", "last")
    return not (is_judged and BUSY.search(found.stdout))


def look(driver: webdriver.Chrome, page: Path, out: Path, *, width: int, dark: bool) -> None:
    """A picture of all of the page."""
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    driver.get(page.as_uri())
    height = driver.execute_script("return document.documentElement.scrollHeight")
    size["height"] = height + 1_000
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    driver.execute_async_script("setTimeout(arguments[0], 1500)")
    size["height"] = driver.execute_script("return document.body.scrollHeight") + 40
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    target = out / f"{page.stem}-{width}{'-dark' if dark else ''}.png"
    driver.save_screenshot(str(target))
    print(f"{target.name}: {width} x {size['height']}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--backend", default="embedded")
    parser.add_argument(
        "--sessions",
        default="older,baseline,last,several",
        help="which of them to run; the others are there from before",
    )
    parser.add_argument("--runs", type=int, default=20, help="of the baseline; from twenty on it binds")
    parser.add_argument("--no-looks", action="store_true", help="no pictures of whole pages")
    parser.add_argument("--images", action="store_true", help="take the pictures of the documentation anew")
    options = parser.parse_args()
    directory = options.out.resolve()
    directory.mkdir(parents=True, exist_ok=True)
    report = directory / "report.html"
    write_files(directory, options.backend)
    # Two cores are few for a real one beside stress: a run of many is void, and saves no baseline.
    baseline = "main" if options.backend == "embedded" else "last"
    sessions = {
        "older": (f"--load-repetitions={options.runs * 2 // 5}",),
        "baseline": (
            f"--load-repetitions={options.runs}",
            *(["--load-save-baseline=main"] if baseline == "main" else []),
        ),
        "last": (
            f"--load-baseline={baseline}",
            "--load-trend",
            "--load-diagnose",
            "--load-report=report.html",
            "--load-json=report.json",
        ),
        "several": ("--load-report=several.html",),
    }
    chosen = options.sessions.split(",") if options.sessions else []
    for name in chosen:
        if not any(run(directory, name, options.backend, *sessions[name]) for _ in range(TRIES)):
            print(f"{name}: the machine does too much else: see session-{name}.txt")
            return TOO_BUSY
    if not report.exists():
        if "last" in chosen:
            # Where a session of the baseline fails nothing is kept to be held against.
            sys.exit("no report was written: see session-*.txt")
        return 0
    site = [sys.executable, "-m", "pytest_rustide_load", "dashboard", "--out", "site"]
    subprocess.run(site, cwd=directory, check=True, stdout=subprocess.DEVNULL)
    text = report.read_text(encoding="utf-8")
    lacking = missing(text)
    print(f"report.html: {len(text.encode()):,} bytes; missing: {', '.join(lacking) or 'nothing'}")
    results = msgspec.json.decode((directory / "report.json").read_bytes())["results"]
    count, different = compare(text, msgspec.convert(results, list[LoadTestResults]))
    print(f"report.html: {count:,} figures held against report.json, {len(different)} differ", *different[:9])
    several = directory / "several.html"
    index = directory / "site/index.html"
    pages = [report, *([several] if several.exists() else []), index, directory / "site/compare.html"]
    pages += (directory / "site").glob("scenario-day-*.html")
    with chromium() as driver:
        if options.images:
            shoot(driver, report.as_uri(), "report.png", height=900)
            if several.exists():
                shoot(driver, several.as_uri(), "report-several.png", height=760)
            shoot(driver, report.as_uri(), "report-dark.png", height=900, dark=True, at="figure")
            shoot(driver, index.as_uri(), "dashboard.png", height=800)
        for page in () if options.no_looks else pages:
            for width, dark in ((1280, False), (1000, True), (390, False)):
                look(driver, page, directory, width=width, dark=dark)
        driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        driver.get(report.as_uri())
        paper = driver.execute_cdp_cmd("Page.printToPDF", {"paperWidth": 8.27, "paperHeight": 11.69})
        (directory / "report.pdf").write_bytes(base64.b64decode(paper["data"]))
    return 1 if lacking or different else 0


if __name__ == "__main__":
    raise SystemExit(main())
