"""What pytest-benchmark sees of a load test: its table, files, comparisons and gate."""

from __future__ import annotations

import json
import sys

import pytest

pytest.importorskip("pytest_benchmark")

QUICK = """
description: quick
warm_up: 0s
duration: 2s
codebase: {loc: 1000}
operations: {hover: 20/s, definition: 10/s, edit: 1/s}
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


@pytest.mark.parametrize("workers", ["0", "2"])
def test_every_operation_and_its_percentiles_are_saved_and_compared(pytester, run_pytest, workers):
    for _ in range(2):
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


def test_a_derived_series_is_gated_by_the_mean(pytester, run_pytest):
    run_pytest("--ide-backend=embedded", "--benchmark-save=base").assert_outcomes(passed=1)
    [path] = pytester.path.glob(".benchmarks/*/*_base.json")
    base = json.loads(path.read_text())
    for one in base["benchmarks"]:
        if one["name"] == "quick:hover:p95":
            one["stats"].update({"mean": 1e-9, "min": 1e-9, "max": 1e-9, "median": 1e-9})
    path.write_text(json.dumps(base))
    result = run_pytest(
        "--ide-backend=embedded", "--benchmark-compare=0001", "--benchmark-compare-fail=mean:100000%"
    )
    assert result.ret != 0
    text = result.stdout.str() + result.stderr.str()
    assert "Performance has regressed" in text
    # The format of pytest-benchmark: a name, and by how much the mean is beyond.
    regressed = [
        line.split(" - ")[0].strip() for line in text.splitlines() if "Field 'mean' has failed" in line
    ]
    assert len(set(regressed)) == 1
    assert "quick:hover:p95" in regressed[0]


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
