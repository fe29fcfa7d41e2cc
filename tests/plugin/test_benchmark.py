"""What pytest-benchmark sees of a load test: its table, files, comparisons and gate."""

from __future__ import annotations

import json
import re
import sys

import pytest

QUICK = """
description: quick
warm_up: 0s
duration: 2s
codebase: {loc: 1000}
operations: {hover: 20/s, definition: 10/s, edit: 1/s}
"""
DRAWN = """
description: quick
warm_up: 0s
duration: 20s
codebase: {loc: 1000}
operations: {hover: 1000/s}
"""
NAMES = {
    f"quick:{operation}{percentile}"
    for operation in ("hover", "definition")
    for percentile in ("", ":p50", ":p95", ":p99")
}


@pytest.fixture(autouse=True)
def quick(pytester):
    (pytester.path / "quick.scenario.yaml").write_text(QUICK)
    (pytester.path / "budgets.yaml").write_text("defaults: {error_ratio: 5%}\n")


def saved(pytester) -> list[dict]:
    return [json.loads(path.read_text()) for path in sorted(pytester.path.glob(".benchmarks/*/*.json"))]


def test_every_operation_and_its_percentiles_are_saved_and_compared(pytester, run_pytest):
    for workers in ("0", "2"):
        result = run_pytest("--ide-backend=embedded", "-n", workers, "--benchmark-autosave")
        result.assert_outcomes(passed=1)
    first, second = saved(pytester)
    for run in (first, second):
        benchmarks = {one["name"]: one for one in run["benchmarks"]}
        assert set(benchmarks) == NAMES
        assert benchmarks["quick:hover"]["stats"]["rounds"] == pytest.approx(40, abs=1)
        assert 0 < benchmarks["quick:hover:p50"]["stats"]["mean"] < 2
        assert benchmarks["quick:hover"]["extra_info"]["backend"].startswith("embedded")
        assert benchmarks["quick:hover"]["group"] == "quick"
    compared = pytester.run(sys.executable, "-m", "pytest_benchmark", "compare", "--columns=mean,rounds")
    assert compared.ret == 0
    assert compared.stdout.str().count("quick:hover:p95") == 2


def test_a_p95_that_is_a_seventh_longer_fails_what_is_gated_by_five_percent(pytester, run_drawn):
    """Of backends that are drawn: how long a run of a real one takes is a matter of the machine too."""
    (pytester.path / "quick.scenario.yaml").write_text(DRAWN)

    def run(backend: str, *arguments: str) -> pytest.RunResult:
        return run_drawn(f"--ide-backend=cmd:{backend}", *arguments)

    # Without a name it compares with the last that was saved.
    gate = ("--benchmark-compare", "--benchmark-compare-fail=mean:5%")
    assert run("true", "--benchmark-save=base").ret == 0
    # As fast, with noise of its own.
    same = run("true --day=2", *gate)
    assert same.ret == 0
    assert "has regressed" not in same.stdout.str() + same.stderr.str()
    longer = run("true --slower=hover=15%", *gate)
    assert longer.ret == 1
    text = longer.stdout.str() + longer.stderr.str()
    assert "Performance has regressed" in text
    # The format of pytest-benchmark: a name, and by how much the mean is beyond.
    regressed = dict(re.findall(r"\b(quick:[\w:]+) \(\w+\) - Field 'mean' has failed [^:]*: ([0-9.]+)", text))
    assert set(regressed) == {f"quick:hover{percentile}" for percentile in ("", ":p50", ":p95", ":p99")}
    assert float(regressed["quick:hover:p95"]) == pytest.approx(15, abs=4)


def test_a_test_may_use_the_benchmark_fixture_and_ours(pytester, run_pytest):
    pytester.makepyfile(
        """
        from pytest_rustide_load.workload import OperationPattern, Range, Scenario

        QUICK = Scenario(
            name="own", description="", warm_up_s=0, duration_s=1,
            patterns=(OperationPattern("hover", Range(20, 20)),),
        )

        def test_both(benchmark, rust_codebase, ide_backend, run_scenario):
            run_scenario(QUICK, backend=ide_backend(rust_codebase(loc=1_000)))
            benchmark(sum, range(10))
        """
    )
    (pytester.path / "quick.scenario.yaml").unlink()
    result = run_pytest("--ide-backend=embedded", "--benchmark-json=out.json")
    result.assert_outcomes(passed=1)
    names = {one["name"] for one in json.loads((pytester.path / "out.json").read_text())["benchmarks"]}
    assert {"test_both", "own:hover", "own:hover:p95"} <= names


def test_who_asks_nothing_of_it_sees_no_second_table(run_pytest):
    result = run_pytest("--ide-backend=embedded")
    result.assert_outcomes(passed=1)
    assert "quick:hover" not in result.stdout.str()
