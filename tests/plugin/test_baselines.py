"""Baselines through the command line: made, compared with, refused.

On backends that are drawn (tests/simulated_runs.py), so that no run is void on a busy machine.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from types import SimpleNamespace

import msgspec
import pytest

from pytest_rustide_load.budgets import Budget
from pytest_rustide_load.errors import ConfigError
from pytest_rustide_load.history import HistoryStore
from pytest_rustide_load.plugin.baselines import load_baseline, save_baseline
from pytest_rustide_load.report import encode_results
from tests.history.test_store import RUN
from tests.report.html import samples
from tests.report.test_text import _results as results

BACKEND = "cmd:true --run-noise=1%"
SCENARIO = """
description: a little of everything
warm_up: 0s
duration: 20s
codebase: {loc: 1000, crates: 1}
operations: {hover: 30/s}
"""


@pytest.fixture
def run_quick(pytester, run_drawn):
    (pytester.path / "quick.scenario.yaml").write_text(SCENARIO)
    (pytester.path / "budgets.yaml").write_text("defaults: {error_ratio: 10%}\n")

    def run(*arguments: str, backend: str = BACKEND) -> pytest.RunResult:
        return run_drawn(f"--ide-backend={backend}", *arguments)

    return run


def test_a_baseline_is_made_and_a_slower_backend_fails_against_it(pytester, run_quick):
    result = run_quick("--load-save-baseline=main", "--load-repetitions=20")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["baseline main saved: 20 runs in *main.json"])
    path = pytester.path / ".rustide-load" / "baselines" / "main.json"
    assert len(json.loads(path.read_text())["results"]) == 20
    result = run_quick("--load-baseline=main", backend=f"{BACKEND} --slower=hover=60%")
    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        [
            "*comparison with the baseline*",
            "1 run against 20 of before, regression beyond 5.0%",
            "hover p9* FAIL",
            "  FAIL hover p9*: +*% is a regression of more than 5.0%*",
            "FAIL quick: hover p9? is *% slower: * ms, was * ms; between +*",
        ]
    )


@pytest.mark.parametrize("mode", [(), ("-n", "2")], ids=["alone", "workers"])
def test_the_last_runs_of_the_history_are_a_baseline_and_few_bind_nobody(run_quick, mode):
    run_quick("--load-repetitions=2").assert_outcomes(passed=1)
    result = run_quick("--load-baseline=last", *mode, backend=f"{BACKEND} --slower=hover=60%")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["1 run against 2 of before, regression beyond 5.0%", "hover p9* WARN"])


def test_void_runs_are_no_baseline_and_those_that_missed_a_budget_are(pytester, run_quick):
    run_quick("--load-repetitions=2", backend=f"{BACKEND} --late=100%")
    result = run_quick("--load-baseline=last")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "has no complete runs of before: 2 are void" in result.stderr.str() + result.stdout.str()
    (pytester.path / "budgets.yaml").write_text("defaults: {hover: {p50_ms: 0.001ms}}\n")
    run_quick().assert_outcomes(failed=1)
    result = run_quick("--load-baseline=last", "--load-trend")
    result.stdout.fnmatch_lines(["1 run against 1 of before, regression beyond 5.0%"])
    result.stdout.fnmatch_lines(["2 void runs of before left out: the load generator was the bottleneck"])
    result.stdout.fnmatch_lines(["quick: true, 2 comparable runs, run 3 to 4"])


def test_a_scenario_without_a_run_of_before_that_counts_is_compared_with_nothing_and_says_why(
    pytester, run_quick, monkeypatch
):
    """Where others have runs; it fails as little as a first run does."""
    first = run_quick("--load-baseline=last", "--load-allow-missing")
    first.assert_outcomes(passed=1)
    assert first.ret == 0
    first.stdout.fnmatch_lines(["compared with nothing: there is no run of this scenario"])
    (pytester.path / "quick.scenario.yaml").rename(pytester.path / "other.scenario.yaml")
    run_quick("--load-repetitions=2", backend=f"{BACKEND} --late=100%").assert_outcomes(passed=1)
    run_quick(backend=f"{BACKEND} --unstressed=100%").assert_outcomes(passed=1)
    (pytester.path / "new.scenario.yaml").write_text(SCENARIO)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(pytester.path / "summary.md"))
    result = run_quick("--load-baseline=last", "--load-json=out.json", "--load-report=out.html")
    result.assert_outcomes(passed=2)
    assert result.ret == 0
    text = " ".join(result.stdout.str().split())
    why = (
        "of 3 runs of before none counts: the stress was not what was asked for (1), "
        "the load generator was the bottleneck (2)"
    )
    told = f"other: true against the last runs compared with nothing: {why}"
    assert told in text
    assert "new: true against the last runs compared with nothing: there is no run of this scenario" in text
    comparisons = json.loads((pytester.path / "out.json").read_text())["comparisons"]
    found = {one["scenario_name"]: one for one in comparisons}
    assert found["other"]["void_earlier"] == 3
    assert found["other"]["notes"] == [f"compared with nothing: {why}"]
    assert why in (pytester.path / "out.html").read_text()
    summary = (pytester.path / "summary.md").read_text()
    assert "WARN: other: nothing could be compared with the last runs" in summary
    assert why in summary


def test_a_session_that_fails_makes_no_baseline(pytester, run_quick):
    (pytester.path / "budgets.yaml").write_text("defaults: {hover: {p50_ms: 0.001ms}}\n")
    result = run_quick("--load-save-baseline=sub/main.json")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["baseline sub/main.json is not saved: a session that fails is none to *"])
    assert not (pytester.path / "sub").exists()
    (pytester.path / "budgets.yaml").write_text("defaults: {}\n")
    void = run_quick("--load-save-baseline=sub/main.json", backend=f"{BACKEND} --late=100%")
    void.assert_outcomes(passed=1)
    void.stdout.fnmatch_lines(["FAIL baseline sub/main.json is not saved: *: the load generator was the *"])
    assert void.ret == pytest.ExitCode.TESTS_FAILED
    assert not (pytester.path / "sub").exists()


def test_a_run_among_many_that_misses_a_budget_makes_no_baseline_and_is_named(tmp_path):
    """Its test passes where the last run does."""
    late = Budget(key="p95_ms", operation="hover", violation=0.1, source="budgets.yaml:7")
    runs = [samples.results(seconds=8, budgets=budgets) for budgets in ([], [late], [])]
    config = SimpleNamespace(getoption=lambda _: "main", rootpath=tmp_path)
    told = save_baseline(config, [msgspec.to_builtins(run) for run in runs], failed=False)
    assert told.line.startswith(
        "baseline main is not saved: 1 of 3 runs do not keep a budget: individual-developer: hover p95 FAIL, "
    )
    # Whoever asked for one has none, and the next step counts on it.
    assert told.is_missing
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--load-baseline=mian",), "there is no baseline 'mian': did you mean 'main'?"),
        (("--load-baseline=last",), "has no complete runs of before"),
        (("--load-baseline=abcdef1",), "has no complete runs of commit abcdef1"),
        (("--load-baseline=bad.json",), "bad.json: not a results file"),
        (("--load-baseline=main", "--load-baseline-backend=embedded"), "not both"),
        (("--load-baseline=last", "--load-history=off"), "runs are kept nowhere"),
        (("--load-save-baseline=last",), "'last' is what the last runs in the history are called"),
        (("--load-save-baseline=",), "--load-save-baseline: names nothing: leave it out, or name one"),
        (("--load-codebase=",), "--load-codebase: names nothing"),
        (("--load-repetitions=0",), "'0' is not a whole number from 1 to"),
    ],
)
def test_a_baseline_that_is_none_is_told_before_anything_starts(pytester, run_pytest, arguments, told):
    folder = pytester.path / ".rustide-load" / "baselines"
    folder.mkdir(parents=True)
    (folder / "main.json").write_text("{}")
    (pytester.path / "bad.json").write_text("[]")
    result = run_pytest("--load-scenario=cold-start", "--ide-backend=embedded", *arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert told in result.stderr.str() + result.stdout.str()
    assert "Traceback" not in result.stderr.str()


def test_a_commit_is_found_by_hash_and_by_name_and_changed_files_are_none(tmp_path):
    def git(*arguments: str) -> str:
        who = ("-c", "user.name=a", "-c", "user.email=a@b")
        command = ["git", "-C", str(tmp_path), *who, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout.strip()

    git("init", "-q", "-b", "trunk")
    git("commit", "-q", "--allow-empty", "-m", "first")
    first = git("rev-parse", "HEAD")
    git("tag", "v1")
    git("commit", "-q", "--allow-empty", "-m", "second")
    history = HistoryStore(tmp_path / "history.sqlite3")
    mine = replace(RUN, results=encode_results([results()]), session="mine")
    history.add(replace(mine, revision=first[:12]))
    history.add(replace(mine, revision=git("rev-parse", "HEAD")[:12] + "+"))
    session = "another"
    for name in (first, first[:7], "v1", "HEAD~1", "trunk^"):
        assert len(load_baseline(name, tmp_path, history, session).runs) == 1
    assert load_baseline("v1", tmp_path, history, session).label == f"v1, commit {first[:8]}"
    # What this session has run already, before a worker took the place of another, is none of before.
    with pytest.raises(ConfigError, match="no complete runs of v1"):
        load_baseline("v1", tmp_path, history, mine.session)
    with pytest.raises(ConfigError, match=r"of trunk, commit [0-9a-f]{8}: 1 were made with changed files"):
        load_baseline("trunk", tmp_path, history, session)
    with pytest.raises(ConfigError, match="there is no baseline '--all'"):
        load_baseline("--all", tmp_path, history, session)
