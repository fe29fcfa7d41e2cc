"""Load under stress, as a user runs it: what was asked for and what was achieved, and nothing left behind."""

from __future__ import annotations

import json

import psutil
import pytest

FAR = """
description: far away, on a busy machine
warm_up: 0s
duration: 3s
codebase: {loc: 1000, crates: 2}
operations: {hover: 10/s}
network: local_network
stages:
  - {name: near, duration: 1s}
  - {name: far, duration: 2s, network: mobile_network}
stress: {cpu: 30%, cpu_model: single_thread, memory: 50MB, memory_pattern: stepped, memory_limit: 2GB}
"""


@pytest.fixture(autouse=True)
def far(pytester):
    (pytester.path / "far.scenario.yaml").write_text(FAR)
    (pytester.path / "budgets.yaml").write_text("defaults: {error_ratio: 5%}\n")


@pytest.mark.alone
def test_what_was_asked_for_stands_beside_what_was_achieved(pytester, run_pytest):
    result = run_pytest("--ide-backend=embedded", "--load-json=out.json")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines_random(
        [
            "stress: cpu of 1 core, single_thread, os_scheduling: 30 % asked, *",
            "stress: memory held by others, stepped: 50 MB asked, * achieved*",
            "stress: memory limit by *: 2,000 MB asked, 2,000 MB achieved*",
            "stress: network mobile_network, delay each way: 75 ms asked, *",
            "stress: network mobile_network, jitter: 50 ms asked, * ms achieved",
        ]
    )
    [run] = json.loads((pytester.path / "out.json").read_text())["results"]
    figures = {one["kind"].split(",")[0]: one for one in reversed(run["stress"])}
    # A delay is never shorter than the link makes it, whatever else the machine does.
    assert figures["network mobile_network"]["achieved"] > 70
    assert "probes there and back" in figures["network mobile_network"]["note"]
    assert "of the time it was ready to run" in figures["cpu of 1 core"]["note"]
    assert "network local_network" in figures
    # A round trip, less its jitter at the very most.
    assert run["operations"]["hover"]["response_time"]["p50"] > 100
    programs = [" ".join(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"])]
    assert not [line for line in programs if "stress/programs" in line and str(pytester.path) in line]


def test_stress_that_the_machine_cannot_give_is_skipped_with_the_reason(pytester, run_pytest):
    path = pytester.path / "far.scenario.yaml"
    path.write_text(FAR.replace("memory: 50MB", "memory: 9000GB"))
    result = run_pytest("--ide-backend=embedded", "--load-report=report.html")
    result.assert_outcomes(skipped=1)
    assert "not run: far cannot run here: holding 9000 GB would leave less than 1 GB" in " ".join(
        result.stdout.str().split()
    )
    # Whoever asked for a report is told there as well, and finds a file where one is looked for.
    page = (pytester.path / "report.html").read_text(encoding="utf-8")
    assert "Nothing measured: 1 load test was not run" in page
    assert "far cannot run here: holding 9000 GB would leave less than 1 GB" in page
    assert "Traceback" not in result.stdout.str()
    # This is found out when the load would begin, which then never does.
    path.write_text(FAR.replace("memory: 50MB", "io: 9000GB"))
    result = run_pytest("--ide-backend=embedded")
    result.assert_outcomes(skipped=1)
    assert "warning" not in result.stdout.str()
