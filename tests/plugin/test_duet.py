"""Two backends side by side, as a user runs them."""

from __future__ import annotations

import sys

import pytest

from pytest_rustide_load.history import HistoryStore

SERVER = f"cmd:{sys.executable} -P -m pytest_rustide_load.reference_server"
QUICK = """
description: quick
warm_up: 0s
duration: 1s
codebase: {loc: 600, crates: 1}
operations: {hover: 20/s}
"""


@pytest.fixture(autouse=True)
def quick(pytester):
    (pytester.path / "quick.scenario.yaml").write_text(QUICK)
    (pytester.path / "budgets.yaml").write_text("defaults: {error_ratio: 50%}\n")


@pytest.mark.alone
def test_both_backends_of_a_pair_are_really_run(pytester, run_pytest):
    """Few pairs, which tell nothing; what many tell is drawn in test_gate.py."""
    result = run_pytest(
        f"--load-compare=old={SERVER},new={SERVER} --fault latency:hover=60ms",
        "--load-repetitions=2",
        timeout=300,
    )
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["quick: new (python*", "* interleaved pairs, regression beyond 5.0%"])
    history = HistoryStore(pytester.path / ".rustide-load" / "history.sqlite3")
    runs = history.runs()
    history.close()
    assert len({one.session for one in runs}) == 1
    first = {one.role: one.operations["hover"].p50_ms for one in runs[:2]}
    assert first["candidate"] > first["baseline"] + 50


@pytest.mark.parametrize(("pairs", "told"), [("3", True), ("5", False)])
def test_too_few_pairs_to_tell_anything_are_told_before_they_run(run_pytest, pairs, told):
    result = run_pytest(
        "--load-scenario=individual-developer",
        f"--load-compare=old={SERVER},new={SERVER}",
        f"--load-repetitions={pairs}",
        "--collect-only",
    )
    few = "3 pairs are too few to tell whether anything got slower: that takes --load-repetitions=5"
    assert (few in result.stdout.str()) == told


def test_mistakes_in_the_options_are_told_at_once(run_pytest):
    result = run_pytest(
        "--load-baseline-backend=embeded", "--load-repetitions=1", "--load-regression-threshold=5x"
    )
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    text = result.stdout.str() + result.stderr.str()
    assert "--load-baseline-backend: " in text
    assert "did you mean 'embedded'?" in text
    assert "--load-repetitions: '1'" in text
    assert "--load-regression-threshold: '5x'" in text
    result = run_pytest("--load-compare=A=embedded,B=embeded", "--ide-backend=auto")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    text = result.stdout.str() + result.stderr.str()
    assert "--load-compare: names both backends, so there is no room for --ide-backend" in text
    assert "--load-compare: unknown backend 'embeded'" in text
