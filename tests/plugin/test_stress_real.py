"""Cells of each stress matrix on rust-analyzer, as short as they can be and three at a time.

What was achieved is told, and what became of it under memory that is short, and nothing is lost.
Three cells of `memory-pressure` have each limit and each pattern among them. How long it takes to be back is
the machine's business: what has not come back by the end of so short a time is called failed, which is one of
the ends there may be.
"""

from __future__ import annotations

import json

import pytest

PRESSURE = """
extends: memory-pressure
description: what is left of eight seconds, of a limit and a pattern each
warm_up: 0s
duration: 8s
codebase: {loc: 1000, crates: 1}
operations: {hover: 10/s, edit: 1/s}
stages:
  - {name: before, duration: 1s, stress: false, baseline: true}
  - {name: under pressure, duration: 2.5s}
  - {name: after, duration: 4.5s, stress: false}
stress: {memory: 50MB}
matrix:
  cell:
    256MB-gradual: {stress: {memory_limit: 256MB, memory_pattern: gradual}}
    512MB-stepped: {stress: {memory_limit: 512MB, memory_pattern: stepped}}
    1GB-spike: {stress: {memory_limit: 1GB, memory_pattern: spike}}
"""
LIMITS_MB = {"256MB-gradual": 256, "512MB-stepped": 512, "1GB-spike": 1000}
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
    "full": ("recovery", "6s", "fault: {kind: disk_full, at: 15%, gate: false}"),
}


@pytest.mark.real_backend
def test_cells_of_each_matrix_end_classified_and_lose_nothing(pytester, run_pytest, rustup_home):
    (pytester.path / "pressed.scenario.yaml").write_text(PRESSURE)
    for name, (extends, duration, cell) in OTHERS.items():
        text = SHORT.format(extends=extends, duration=duration, cell=cell)
        (pytester.path / f"{name}.scenario.yaml").write_text(text)
    result = run_pytest(
        *("-n", "3", "--load-parallel"),
        "--ide-backend=rust-analyzer",
        "--load-json=out.json",
        "--load-history=off",
        timeout=600,
    )
    found = json.loads((pytester.path / "out.json").read_text())["results"]
    runs = {run["scenario_name"]: run for run in found}
    assert set(runs) == {*OTHERS, *(f"pressed[{cell}]" for cell in LIMITS_MB)}
    for run in runs.values():
        safety = run["performance_stats"]["concurrency_safety"]
        assert run["ended"] == "complete"
        assert safety["documents_compared"] == safety["documents_edited"] > 0
        assert safety["lost_edits"] == 0
    for cell, limit_mb in LIMITS_MB.items():
        check_pressure(runs[f"pressed[{cell}]"], limit_mb, " ".join(result.stdout.str().split()))
    check_others(runs)


def check_pressure(run: dict, limit_mb: int, text: str) -> None:
    pressure = run["pressure"]
    [limit] = [one for one in run["stress"] if one["kind"].startswith("memory limit by ")]
    assert (limit["asked"], limit["achieved"]) == (limit_mb, limit_mb)
    [span] = [one for one in run["timeline"]["spans"] if one["kind"] == "stress"]
    assert span["name"].startswith("at most ")
    assert 0 < span["start_s"] < span["end_s"] < 8
    # Its process was ended when the limit was lifted, if not before.
    assert pressure["restarts"] >= 1
    assert pressure["recovery_action"].startswith("process_restart: ")
    assert f" {pressure['recovery_action']} " in text
    if pressure["kind"] == "failed":
        assert f"under pressure it failed: {pressure['why']}" in text
    else:
        assert pressure["kind"] == "restarted"
        assert pressure["data_preservation"]
        assert "pressure: restarted and recovered: under it answers " in text


def check_others(runs: dict[str, dict]) -> None:
    cpu = runs["burnt"]["stress"][0]
    assert cpu["kind"] == "cpu of 1 core, multi_thread, os_scheduling"
    assert cpu["achieved"] > 0
    assert cpu["note"].endswith("% of the time it was ready to run")
    delay = runs["far"]["stress"][0]
    assert delay["kind"] == "network local_network, delay each way"
    assert delay["achieved"] >= 0.3
    recovery = runs["full"]["recovery"]
    assert "of its target directory deleted, and " in recovery["what"]
    assert recovery["what"].endswith("SIGKILL to rust-analyzer")
    assert [outage["attempts"] for outage in recovery["outages"]] == [1]
