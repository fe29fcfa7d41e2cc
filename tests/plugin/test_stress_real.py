"""Cells of each stress matrix on rust-analyzer, as short as they can be: what was achieved is told, and what
became of it under memory that is short, and nothing is lost.

Three cells of `memory-pressure` have each limit and each pattern among them. How long it takes to be back is
the machine's business: what has not come back by the end of so short a time is called failed, which is one of
the ends there may be.
"""

from __future__ import annotations

import json

import pytest

CELLS = """
extends: memory-pressure
description: what is left of ten seconds, of a limit and a pattern each
warm_up: 0s
duration: 11s
codebase: {loc: 1000, crates: 1}
operations: {hover: 10/s, edit: 1/s}
stages:
  - {name: before, duration: 1.5s, stress: false, baseline: true}
  - {name: under pressure, duration: 3s}
  - {name: after, duration: 6.5s, stress: false}
stress: {memory: 50MB}
matrix:
  cell:
    256MB-gradual: {stress: {memory_limit: 256MB, memory_pattern: gradual}}
    512MB-stepped: {stress: {memory_limit: 512MB, memory_pattern: stepped}}
    1GB-spike: {stress: {memory_limit: 1GB, memory_pattern: spike}}
"""
SHORT = """
extends: {extends}
description: a cell, as short as it can be
warm_up: 0s
duration: {duration}
codebase: {{loc: 1000, crates: 1}}
operations: {{hover: 10/s, edit: 1/s}}
{cell}
"""
OTHERS = {
    "burnt": ("cpu-contention", "3s", "stress: {cpu: 80%, cpu_model: multi_thread}"),
    "far": ("network-latency", "3s", "network: local_network"),
    "killed": ("recovery", "7s", "fault: {kind: kill, at: 20%}"),
}

pytestmark = [pytest.mark.real_backend, pytest.mark.usefixtures("rustup_home")]


def run_all(pytester, run_pytest, *files: str) -> list[dict]:
    run_pytest(
        *(f"{name}.scenario.yaml" for name in files),
        "--ide-backend=rust-analyzer",
        "--load-json=out.json",
        "--load-history=off",
        timeout=600,
    )
    return json.loads((pytester.path / "out.json").read_text())["results"]


def test_under_each_limit_and_pattern_it_ends_classified_and_loses_nothing(pytester, run_pytest):
    (pytester.path / "cells.scenario.yaml").write_text(CELLS)
    runs = run_all(pytester, run_pytest, "cells")
    assert [run["scenario_name"] for run in runs] == [
        "cells[256MB-gradual]",
        "cells[512MB-stepped]",
        "cells[1GB-spike]",
    ]
    for run, limit_mb in zip(runs, (256, 512, 1000), strict=True):
        pressure, safety = run["pressure"], run["performance_stats"]["concurrency_safety"]
        [limit] = [one for one in run["stress"] if one["kind"].startswith("memory limit by ")]
        assert (limit["asked"], limit["achieved"]) == (limit_mb, limit_mb)
        # Its process was ended when the limit was lifted, if not before.
        assert pressure["restarts"] >= 1
        assert pressure["kind"] in ("restarted", "failed")
        assert bool(pressure["why"]) == (pressure["kind"] == "failed")
        assert run["ended"] == "complete"
        assert safety["documents_compared"] == safety["documents_edited"] > 0
        assert safety["lost_edits"] == 0


def test_busy_cores_a_network_and_an_end_are_told_with_what_was_achieved(pytester, run_pytest):
    for name, (extends, duration, cell) in OTHERS.items():
        text = SHORT.format(extends=extends, duration=duration, cell=cell)
        (pytester.path / f"{name}.scenario.yaml").write_text(text)
    burnt, far, killed = run_all(pytester, run_pytest, *OTHERS)
    [cpu] = burnt["stress"]
    assert cpu["kind"] == "cpu of 1 core, multi_thread, os_scheduling"
    assert cpu["achieved"] > 0
    assert cpu["note"].endswith("% of the time it was ready to run")
    delay = far["stress"][0]
    assert delay["kind"] == "network local_network, delay each way"
    assert delay["achieved"] >= 0.3
    assert killed["recovery"]["restarts"] == 1
    assert killed["recovery"]["what"] == "SIGKILL to rust-analyzer"
    for run in (burnt, far, killed):
        safety = run["performance_stats"]["concurrency_safety"]
        assert safety["documents_compared"] == safety["documents_edited"] > 0
        assert safety["lost_edits"] == 0
