"""`--load-live` in real sessions: alone and with workers, and where it cannot be."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

pytest.importorskip("uvicorn", reason="needs the live extra: pip install -e '.[test]'")

LOAD_TEST = """
    def test_load(rust_codebase, run_scenario, ide_backend):
        backend = ide_backend(rust_codebase(seed=3, loc=1_000))
        run_scenario("individual-developer", backend=backend, duration_s=60, warm_up_s=0.5)
"""


def ask(address: str) -> dict:
    with urllib.request.urlopen(address, timeout=10) as answer:
        return json.loads(answer.read())


TEAM = """
description: some who share
topology: shared
users: 3
warm_up: 1s
duration: 60s
codebase: {loc: 1000}
operations: {hover: 10/s, definition: 5/s}
"""


@pytest.mark.parametrize(
    "arguments", [(), ("-n", "1"), ("--load-tx=2*popen",)], ids=["alone", "worker", "agents"]
)
def test_a_run_is_seen_while_it_goes_on(pytester, arguments):
    pytester.makefile(".yaml", budgets="defaults: {}\n")
    on_agents = "--load-tx=2*popen" in arguments
    if on_agents:
        (pytester.path / "team.scenario.yaml").write_text(TEAM)
    else:
        pytester.makepyfile(LOAD_TEST)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "--ide-backend=embedded",
        "--load-live",
    ]
    # Ctrl-C reaches all of them, as in a terminal.
    with subprocess.Popen(
        [*command, *arguments], stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as session:
        try:
            line = next(line for line in session.stdout if "live view at" in line)
            address = re.search(r"http://127\.0\.0\.1:[0-9]+/", line)[0]
            seen: dict = {}
            # The run is a minute long, and ended once it was seen.
            while session.poll() is None and not (seen and (seen["overall"]["right_per_s"] or 0) > 1):
                with contextlib.suppress(OSError):
                    seen = ask(f"{address}api/metrics/performance")
                    resources = ask(f"{address}api/metrics/resources")
                time.sleep(0.05)
        finally:
            os.killpg(session.pid, signal.SIGINT)
            text = session.stdout.read()
    assert session.returncode == pytest.ExitCode.INTERRUPTED, text
    assert seen["scenario"] == ("team" if on_agents else "individual-developer")
    assert seen["operations"].keys() >= {"definition", "hover"}
    assert seen["overall"]["p95_ms"] > 0
    assert resources["rss_mb"] > 1
    # Those who run the users are named, and what to know of what they tell is said.
    assert [(one["name"], one["users"]) for one in resources["agents"]] == (
        [("agent 1 (popen)", 2), ("agent 2 (popen)", 1)] if on_agents else []
    )
    assert len(seen["notes"]) == on_agents
    assert "Warning" not in text


@pytest.mark.parametrize("given", [("-q",), ("--no-header",), ("-q", "-n1")], ids=" ".join)
def test_the_address_is_told_once_however_quiet_the_session_is(pytester, run_pytest, given):
    pytester.makepyfile("def test_nothing(): pass")
    result = run_pytest("--load-live", *given)
    assert result.ret == pytest.ExitCode.OK
    told = [
        line for line in result.outlines if re.search(r"live view at http://127\.0\.0\.1:[0-9]+/ while", line)
    ]
    assert len(told) == 1


def test_a_port_that_is_none_or_taken_ends_the_session_before_anything_runs(pytester, run_pytest):
    pytester.makepyfile("def test_nothing(): pass")
    result = run_pytest("--load-live", "test_a_port_that_is_none.py")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--load-live: *is no port; what follows the option is taken for one*"])
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run_pytest(f"--load-live={port}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        [f"*--load-live: 127.0.0.1:{port} cannot be listened on: Address already in use"]
    )
