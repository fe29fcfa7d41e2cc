"""Two backends side by side, as a user runs them."""

from __future__ import annotations

import json
import sys

import pytest

SERVER = f"cmd:{sys.executable} -P -m pytest_rustide_load.reference_server"
QUICK = """
description: quick
warm_up: 0s
duration: 2s
codebase: {loc: 600, crates: 1}
operations: {hover: 40/s}
"""


@pytest.fixture(autouse=True)
def quick(pytester):
    (pytester.path / "quick.scenario.yaml").write_text(QUICK)
    (pytester.path / "budgets.yaml").write_text(
        "defaults: {error_ratio: 50%, memory: {regression_threshold: 90%}, hover: {critical: true}}\n"
    )


def test_a_backend_that_became_slower_fails_after_a_second_look(pytester, run_pytest):
    result = run_pytest(
        f"--load-compare=old={SERVER},new={SERVER} --fault latency:hover=60ms",
        "--load-json=out.json",
        "--junitxml=out.xml",
        timeout=300,
    )
    # The test passes, the session fails.
    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        [
            "*comparison with the baseline*",
            "* interleaved pairs, regression beyond 5.0%, failures looked at twice",
            "series * old * new * change * interval * p *verdict",
            "hover p95 * FAIL",
            "memory peak *",
            "  FAIL hover p95: +*% is a regression of more than 5.0%, confirmed by a",
            "repeat with:",
            "FAIL quick: 1 of 2 series regressed against old (python*): hover p95",
        ]
    )
    result.stdout.fnmatch_lines(["memory peak: regression beyond 90.0%"])
    [report] = json.loads((pytester.path / "out.json").read_text())["comparisons"]
    assert [one["status"] == "FAIL" for one in report["series"]] == [True, False]
    assert (
        'name="rustide_load.quick.hover.p95.regression" value="FAIL"'
        in (pytester.path / "out.xml").read_text()
    )


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
