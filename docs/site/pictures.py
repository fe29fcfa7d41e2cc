"""Takes the pictures of the documentation anew, of runs that really happen: `python docs/site/pictures.py`,
two minutes, with chromium and chromedriver and the extras live and test.

A developer works on the embedded backend, twice; then on one whose hovers take 40 ms longer, while
others burn a core for a while. Into docs/images go the terminal of that session (SVG), and the live view of
another run (PNG). Those of report and dashboard are taken by everything.py.
"""

from __future__ import annotations

import contextlib
import os
import pty
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.text import Text
from selenium import webdriver

IMAGES = Path(__file__).parents[1] / "images"
# No path of whoever takes the pictures is in them.
SLOWER = "cmd:python -m pytest_rustide_load.reference_server --fault latency:hover=40ms"
SCENARIO = """
extends: individual-developer
description: a developer, alone and beside a program that takes a core
duration: 15s
warm_up: 2s
codebase: {loc: 5000}
operations: {edit: 1/s}
stress: {cpu: 60%, cpu_model: single_thread}
stages:
  - {name: alone, duration: 5s, baseline: true, stress: false}
  - {name: beside others, duration: 5s}
  - {name: alone again, duration: 5s, stress: false}
"""
BUDGETS = """
defaults: {min_goodput_ratio: 90%}
alerts:
  cpu_usage_high: {raise: 1%, clear: 0.5%, for: 1s}
scenarios:
  morning:
    completion: {p95_ms: {target: 40ms, warning: 60ms, violation: 100ms}}
    hover: {p95_ms: {target: 20ms, warning: 40ms, violation: 60ms}}
    rss_peak_mb: 400MB
"""


def in_terminal(command: list[str], directory: Path) -> str:
    """What a terminal of 80 columns shows in the end, with its colours."""
    ours, theirs = pty.openpty()
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "COLUMNS": "80", "TERM": "xterm-256color", "PATH": path}
    running = subprocess.Popen(command, cwd=directory, env=environment, stdout=theirs, stderr=theirs)
    os.close(theirs)
    found = b""
    while True:
        try:
            data = os.read(ours, 65_536)
        except OSError:
            break
        if not data:
            break
        found += data
    running.wait()
    os.close(ours)
    return found.decode(errors="replace")


def draw(text: str, title: str, target: Path) -> None:
    """Text with colours as a picture that asks no other host for a font."""
    console = Console(record=True, width=80, file=open(os.devnull, "w"), force_terminal=True)  # noqa: SIM115
    console.print(Text.from_ansi(text.replace("\r\n", "\n")))
    svg = console.export_svg(title=title)
    target.write_text(re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL), encoding="utf-8")


@contextlib.contextmanager
def chromium() -> Iterator[webdriver.Chrome]:
    """A browser without a screen."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or shutil.which("google-chrome") or ""
    for flag in ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(flag)
    driver = webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver")))
    try:
        yield driver
    finally:
        driver.quit()


def shoot(
    driver: webdriver.Chrome, url: str, target: str, *, height: int, dark: bool = False, at: str = ""
) -> None:
    """A picture of the page at `url`, 1000 pixels wide, from the element `at` on."""
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
    size = {"width": 1000, "height": height, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    driver.get(url)
    time.sleep(3 if url.startswith("http") else 1)
    if at:
        driver.execute_script("document.querySelector(arguments[0]).scrollIntoView()", at)
        time.sleep(0.5)
    driver.save_screenshot(str(IMAGES / target))
    print(f"{target}: {(IMAGES / target).stat().st_size:,} bytes")


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def main() -> None:
    with tempfile.TemporaryDirectory() as place, chromium() as driver:
        directory = Path(place)
        (directory / "morning.scenario.yaml").write_text(SCENARIO)
        (directory / "budgets.yaml").write_text(BUDGETS)
        load = [sys.executable, "-m", "pytest", "-p", "no:benchmark", "morning.scenario.yaml"]
        base = [*load, "--ide-backend=embedded", "--load-repetitions=2"]
        subprocess.run(base, cwd=directory, check=False, stdout=subprocess.DEVNULL)
        told = in_terminal([*load, f"--ide-backend={SLOWER}", "--load-baseline=last"], directory)
        _, found, told = told.partition(" load test results ")
        if not found:
            sys.exit("the session came to nothing: try it without the pictures")
        draw(told[told.index("\n") + 1 :], "pytest morning.scenario.yaml", IMAGES / "terminal.svg")
        port = free_port()
        running = subprocess.Popen(
            [*load, "--ide-backend=embedded", f"--load-live={port}"], cwd=directory, stdout=subprocess.DEVNULL
        )
        time.sleep(15)
        shoot(driver, f"http://127.0.0.1:{port}/", "live.png", height=1000)
        running.wait()


if __name__ == "__main__":
    main()
