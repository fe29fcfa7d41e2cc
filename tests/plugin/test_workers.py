"""Under pytest-xdist: a worker that dies loses nothing that was finished; any number runs the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pytest_rustide_load.errors import RustIdeLoadError
from pytest_rustide_load.plugin import turns

ROOT = str(Path(__file__).parents[2])
SCENARIO = """
description: simulated
warm_up: 0s
duration: 5s
codebase: {loc: 600, crates: 1}
operations: {hover: 40/s}
"""
CRASH = """
import os

import pytest

from pytest_rustide_load.workload import OperationPattern, Range, Scenario

QUICK = Scenario(
    name="quick", description="", warm_up_s=0, duration_s=3,
    patterns=(OperationPattern("hover", Range(40, 40)),),
)


@pytest.mark.parametrize("name", ["first", "second", "dies", "last"])
def test_load(name, rust_codebase, ide_backend, run_scenario):
    run_scenario(QUICK, backend=ide_backend(rust_codebase(loc=600, crates=1)))
    if name == "dies":
        os._exit(9)
"""


@pytest.fixture
def simulate(pytester, run_pytest, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", ROOT)
    (pytester.path / "budgets.yaml").write_text("defaults: {error_ratio: 50%}\n")
    return lambda *arguments: run_pytest(
        "-p", "tests.simulated_runs", "--ide-backend=cmd:true --run-noise=1%", *arguments
    )


def test_a_worker_that_dies_keeps_what_was_finished_and_its_running_test_is_red(pytester, simulate):
    pytester.makepyfile(CRASH)
    result = simulate("-n1", "--load-json=out.json", "--max-worker-restart=1")
    result.assert_outcomes(passed=3, failed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*worker 'gw0' crashed while running *test_load?dies?*"])
    # Those before and after it; the history has each run that was over, its own too.
    assert len(json.loads((pytester.path / "out.json").read_text())["results"]) == 3


def test_any_number_of_workers_has_the_same_items_seeds_and_verdicts(pytester, simulate):
    for number in range(4):
        (pytester.path / f"sim{number}.scenario.yaml").write_text(SCENARIO)
    found = []
    for workers in ("0", "4"):
        result = simulate("-n", workers, "--load-json=out.json", "--load-repetitions=2")
        result.assert_outcomes(passed=4)
        runs = json.loads((pytester.path / "out.json").read_text())["results"]
        found.append(
            sorted(
                (
                    run["scenario_name"],
                    run["seed"],
                    run["codebase"]["digest"],
                    run["sample_count"],
                    [
                        (one["key"], one["operation"], one["violation"], one["status"])
                        for one in run["verdicts"]
                    ],
                )
                for run in runs
            )
        )
    assert found[0] == found[1]


def test_turns_are_taken_one_after_the_other_unless_they_are_shared(tmp_path, monkeypatch):
    monkeypatch.setattr(turns, "_TIMEOUT_S", 0.1)
    path = tmp_path / "lock"
    with turns.Turns().held(path):
        with pytest.raises(RustIdeLoadError, match="others have been running load"):
            turns.Turns().take(path)
        with turns.Turns(shared=True).held(path):
            pass
    with turns.Turns().held(path):
        pass
