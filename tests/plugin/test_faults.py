"""Faults that a backend is made to have are found: the verdict on each turns red, and no other."""

from __future__ import annotations

import json
import re
import sys

import pytest

from pytest_rustide_load.reference_server.faults import FAULT_KINDS
from tests.unhurried import unless_void

pytestmark = pytest.mark.alone

SERVER = f"cmd:{sys.executable} -P -m pytest_rustide_load.reference_server"
SCENARIO = """
description: a bit of everything
warm_up: 0s
duration: 3s
codebase: {loc: 1000, crates: 1}
working_set: {open_files: 2-3}
operations: {hover: 4/s, definition: 20/s, edit: 7/s}
"""
BUDGETS = """
defaults:
  # A server that answers one question after the other is late for all of them where it is late for one, but
  # not as late; a busy machine makes none of it so slow.
  hover: {p50_ms: 250ms}
  definition: {p50_ms: 1s}
  min_goodput_ratio: 80%
  error_ratio: 20%
  rss_peak_mb: 250MB
"""


@pytest.fixture
def run_with(pytester, run_pytest):
    (pytester.path / "faulty.scenario.yaml").write_text(SCENARIO)
    (pytester.path / "budgets.yaml").write_text(BUDGETS)

    def run(*faults: str):
        command = " ".join([SERVER, *(f"--fault {fault}" for fault in faults)])
        options = (f"--ide-backend={command}", "--load-json=out.json")
        result = unless_void(lambda: run_pytest(*options), lambda ran: ran.stdout.str())
        [found] = json.loads((pytester.path / "out.json").read_text())["results"]
        unmet = ("FAIL", "INCONCLUSIVE")
        red = {f"{one['operation']} {one['key']}" for one in found["verdicts"] if one["status"] in unmet}
        safety = found["performance_stats"]["concurrency_safety"]
        # What fails a test without any budget.
        red |= {"crash"} if found["ended"] == "crashed" else set()
        red |= {name for name in ("lost_edits", "stale_answers") if safety[name]}
        return result, found, red

    return run


def test_without_a_fault_everything_is_green(run_with):
    result, _, red = run_with()
    result.assert_outcomes(passed=1)
    assert red == set()


# What the server is told, what turns red, and what is said of it.
FAULTS = [
    (("latency:hover=260ms",), {"hover p50_ms"}, "FAIL hover p50: *"),
    # Twenty times the 20 ms that they take anyway, which nobody would mind; definitions do not wait for them.
    (("latency:hover=20ms", "slow:hover=2000%"), {"hover p50_ms"}, "FAIL hover p50: *"),
    (("leak=100MB/s",), {"None rss_peak_mb"}, "FAIL rss peak: *"),
    (("wrong:definition=4",), {"definition min_goodput_ratio"}, "FAIL definition goodput: *"),
    # One of twenty edits: a few answers about the lines below it are wrong from then on.
    (("lost-edit=15",), {"lost_edits"}, "edits were lost: at the end the server held another text of *"),
    (("crash-after=40",), {"crash"}, "the backend ended in mid-run: *"),
]
STALE = "stale"


def test_every_fault_that_the_server_knows_is_among_those_found():
    ordered = [fault for faults, _, _ in FAULTS for fault in faults] + [STALE]
    assert {re.split("[:=]", fault)[0] for fault in ordered} == set(FAULT_KINDS)


@pytest.mark.parametrize(("faults", "expected", "said"), FAULTS, ids=[" ".join(one[0]) for one in FAULTS])
def test_a_fault_turns_its_own_verdict_red_and_no_other(run_with, faults, expected, said):
    result, _, red = run_with(*faults)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"*{said}"])
    if "crash" in red:
        # Of a run that was cut off the budgets are not kept either, whichever could not be judged any more.
        red = {"crash"}
    assert red == expected


def test_a_server_that_stays_behind_its_user_is_red(run_with):
    result, _, red = run_with(STALE)
    result.assert_outcomes(failed=1)
    # It holds the last change of each document back: those are lost in the end, and answers about the lines
    # below are of before. Where most are, their number and their times are no good either.
    implied = {f"{name} {key}" for name in ("hover", "definition") for key in ("min_goodput_ratio", "p50_ms")}
    assert red - implied == {"lost_edits", "stale_answers"}
