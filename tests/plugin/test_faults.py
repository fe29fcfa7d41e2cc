"""Faults that a backend is made to have are found: the verdict on each turns red, and no other."""

from __future__ import annotations

import json
import sys

import pytest

SERVER = f"cmd:{sys.executable} -P -m pytest_rustide_load.reference_server"
SCENARIO = """
description: a bit of everything
warm_up: 0s
duration: 4s
codebase: {loc: 1000, crates: 1}
working_set: {open_files: 2-3}
operations: {hover: 15/s, definition: 15/s, edit: 5/s}
"""
BUDGETS = """
defaults:
  hover: {p50_ms: 25ms}
  definition: {p50_ms: 150ms}
  min_goodput_ratio: 80%
  error_ratio: 10%
  rss_peak_mb: 250MB
"""


@pytest.fixture
def run_with(pytester, run_pytest):
    (pytester.path / "faulty.scenario.yaml").write_text(SCENARIO)
    (pytester.path / "budgets.yaml").write_text(BUDGETS)

    def run(*faults: str):
        command = " ".join([SERVER, *(f"--fault {fault}" for fault in faults)])
        result = run_pytest(f"--ide-backend={command}", "--load-json=out.json")
        [found] = json.loads((pytester.path / "out.json").read_text())["results"]
        unmet = ("FAIL", "INCONCLUSIVE")
        red = {(one["operation"], one["key"]) for one in found["verdicts"] if one["status"] in unmet}
        return result, found, red

    return run


def test_without_a_fault_everything_is_green(run_with):
    result, found, red = run_with()
    result.assert_outcomes(passed=1)
    assert red == set()
    assert found["performance_stats"]["concurrency_safety"]["lost_edits"] == 0


@pytest.mark.parametrize(
    ("fault", "expected"),
    [("latency:hover=40ms", ("hover", "p50_ms")), ("leak=100MB/s", (None, "rss_peak_mb"))],
)
def test_a_fault_turns_its_own_verdict_red(run_with, fault, expected):
    result, _, red = run_with(fault)
    result.assert_outcomes(failed=1)
    assert red == {expected}


def test_lost_edits_are_red_whatever_the_budgets_say(run_with):
    result, found, _ = run_with("lost-edit=4")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["faulty: edits were lost: at the end the server held another text of *"])
    assert found["performance_stats"]["concurrency_safety"]["lost_edits"] > 0


def test_wrong_answers_are_red_and_nothing_else_is(run_with):
    result, found, red = run_with("wrong:definition=4")
    result.assert_outcomes(failed=1)
    assert red == {("definition", "min_goodput_ratio")}
    wrong = {name: one["error_stats"]["wrong"] for name, one in found["operations"].items()}
    assert wrong["definition"] > 0
    assert wrong["hover"] == 0


def test_a_crash_is_red_and_says_when(run_with):
    result, found, _ = run_with("crash-after=40")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["faulty: the backend ended in mid-run: *"])
    assert found["ended"] == "crashed"


def test_a_server_that_stays_behind_its_user_is_red(run_with):
    result, found, _ = run_with("stale")
    result.assert_outcomes(failed=1)
    safety = found["performance_stats"]["concurrency_safety"]
    assert safety["stale_answers"] > 0
    assert safety["lost_edits"] > 0
