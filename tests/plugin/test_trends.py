"""Trends through the command line: printed, and a reason to fail."""

from __future__ import annotations

import random
from dataclasses import replace

import msgspec
import pytest

from pytest_rustide_load.__main__ import main
from pytest_rustide_load.history import HISTORY_PATH, HistoryStore, stored_run

SCENARIO = """
description: a little
warm_up: 0s
duration: 2s
codebase: {loc: 1000, crates: 1}
operations: {hover: 30/s}
"""


@pytest.fixture
def run_quick(pytester, run_drawn):
    """On a backend that is drawn: void runs, of a busy machine, are in no trend."""
    (pytester.path / "quick.scenario.yaml").write_text(SCENARIO)
    (pytester.path / "budgets.yaml").write_text("defaults: {error_ratio: 10%}\n")
    return lambda *arguments: run_drawn("--ide-backend=cmd:true --run-noise=1%", *arguments)


def age(path, growth: float) -> None:
    """As if the first run had been made thirty times before, each time a little slower."""
    history = HistoryStore(path)
    [first] = history.runs()
    results, numbers = history.results(first.number), random.Random(2)
    for number in range(30):
        factor = growth ** (number - 29) * numbers.gauss(1, 0.005)
        operations = {}
        for name, one in results.operations.items():
            times = one.response_time
            scaled = {
                key: getattr(times, key) * factor for key in ("mean", "p50", "p90", "p95", "p99", "max")
            }
            operations[name] = msgspec.structs.replace(
                one, response_time=msgspec.structs.replace(times, **scaled)
            )
        older = msgspec.structs.replace(results, operations=operations)
        history.add(replace(stored_run(older, None, revision="", machine=""), revision=f"{number:012d}"))
    history.close()


@pytest.mark.parametrize("mode", [(), ("-n", "2")], ids=["alone", "workers"])
def test_a_series_that_creeps_is_printed_and_fails_where_that_is_asked_for(pytester, run_quick, mode):
    run_quick().assert_outcomes(passed=1)
    age(pytester.path / HISTORY_PATH, growth=1.05)
    result = run_quick("--load-trend", *mode)
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        ["*trends over the history*", "quick: true*, 32 comparable runs, run 1 to 32", "hover p9* WORSE"]
    )
    result = run_quick("--load-fail-on-drift", *mode)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["FAIL quick: hover p9* gets worse: +*% over 33 runs"])


def test_few_runs_tell_nothing_and_fail_nothing(pytester, run_quick, capsys):
    result = run_quick("--load-fail-on-drift")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["quick: *, 1 comparable run, run 1", "hover p* too few"])
    assert main(["history", f"--path={pytester.path / HISTORY_PATH}", "trend"]) == 0
    told = capsys.readouterr().out
    assert "1 comparable run" in told
    assert "crash probability: 0 of 1 runs, 0.0% (0.0%..97.5%)" in told
    # One that the backend did not live through, and one that somebody ended.
    history = HistoryStore(pytester.path / HISTORY_PATH)
    for ended in ("crashed", "interrupted"):
        history.add(replace(history.run(1), ended=ended))
    history.close()
    assert main(["history", f"--path={pytester.path / HISTORY_PATH}", "trend"]) == 0
    assert "crash probability: 1 of 2 runs, 50.0% (1.3%..98.7%)" in capsys.readouterr().out
    assert main(["history", f"--path={pytester.path / HISTORY_PATH}", "trend", "--scenario=other"]) == 0
    assert capsys.readouterr().out == "no runs of 'other': known: quick\n"


def test_without_a_history_there_are_no_trends(run_quick):
    result = run_quick("--load-trend", "--load-history=off")
    assert result.ret == 0
    assert "trends over" not in result.stdout.str()


def test_a_history_that_is_none_is_told_with_the_other_warnings(pytester, run_quick):
    path = pytester.path / HISTORY_PATH
    path.parent.mkdir()
    path.write_text("something else")
    result = run_quick("--load-scenario=quick")
    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines(["*warnings summary*", "*UserWarning: runs are not kept: *is no history: *"])
    # Not as Python prints what nobody gathers.
    assert "UserWarning" not in result.stderr.str()
    assert path.read_text() == "something else"
