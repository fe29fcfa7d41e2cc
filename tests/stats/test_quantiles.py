from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.stats.quantiles import (
    Estimate,
    bootstrap_interval,
    censored_quantiles,
    min_samples_for,
    quantile,
)

TIMES = st.lists(st.floats(0, 1e12), min_size=1, max_size=80)


@given(TIMES, st.floats(0, 1))
def test_quantile_is_type_7(values: list[float], q: float) -> None:
    ordered = np.sort(np.array(values))
    assert quantile(ordered, q) == pytest.approx(float(np.quantile(ordered, q, method="linear")), rel=1e-9)


@given(TIMES)
def test_the_extreme_quantiles_are_the_extremes(values: list[float]) -> None:
    ordered = np.sort(np.array(values))
    assert quantile(ordered, 0.0) == min(values)
    assert quantile(ordered, 1.0) == max(values)


def test_there_is_no_quantile_of_nothing_nor_outside_0_to_1() -> None:
    with pytest.raises(ValueError, match="nothing"):
        quantile(np.array([]), 0.5)
    with pytest.raises(ValueError, match="must lie in 0"):
        quantile(np.array([1.0]), 1.5)


@pytest.mark.parametrize(("q", "n"), [(0.5, 5), (0.9, 29), (0.95, 59), (0.99, 299), (0.999, 2995)])
def test_smallest_sample_sizes_are_the_published_ones(q: float, n: int) -> None:
    assert min_samples_for(q) == n
    assert q**n <= 0.05 < q ** (n - 1)


def test_smallest_sample_size_survives_rounding() -> None:
    assert min_samples_for(0.5, confidence=0.75) == 2


@given(TIMES, st.lists(st.floats(0, 1e12), max_size=20), st.floats(0, 1))
def test_a_censored_quantile_is_exact_only_if_no_censored_value_can_move_it(
    exact: list[float], bounds: list[float], q: float
) -> None:
    (estimate,) = censored_quantiles(np.array(exact), np.array(bounds), [q])
    # Whatever the censored values really are, the quantile is at least this, and exactly this if it says so.
    for factor in (1.0, 3.0, 1e6):
        truth = float(np.quantile(np.array(exact + [bound * factor for bound in bounds]), q))
        assert truth >= estimate.value * (1 - 1e-9) - 1e-9
        if not estimate.is_lower_bound:
            assert truth == pytest.approx(estimate.value, rel=1e-6, abs=1e-9)


def test_quantiles_below_the_censored_values_stay_exact() -> None:
    exact = np.arange(95, dtype=np.float64)
    p50, p99 = censored_quantiles(exact, np.full(5, 1e4), [0.5, 0.99])
    assert p50 == Estimate(49.5)
    assert p99 == Estimate(1e4, is_lower_bound=True)


def _correlated(rng: np.random.Generator, n: int, rho: float) -> np.ndarray:
    noise = rng.normal(size=n)
    series = np.empty(n)
    series[0] = noise[0]
    for i in range(1, n):
        series[i] = rho * series[i - 1] + math.sqrt(1 - rho**2) * noise[i]
    return np.exp(0.5 * series)


def test_the_interval_covers_the_true_p95_of_a_correlated_series() -> None:
    rng = np.random.default_rng(1)
    truth = math.exp(0.5 * 1.6448536)
    covered = 0
    for run in range(120):
        interval = bootstrap_interval(_correlated(rng, 400, 0.5), 0.95, seed=run)
        assert interval is not None
        covered += interval[0] <= truth <= interval[1]
    # Nominally 95 %; blocks of finite length fall a little short of it.
    assert covered >= 120 * 0.85


def test_the_interval_holds_the_estimate_and_narrows_with_more_values() -> None:
    rng = np.random.default_rng(2)
    widths = []
    for n in (200, 5000):
        series = _correlated(rng, n, 0.3)
        interval = bootstrap_interval(series, 0.95, seed=7)
        assert interval is not None
        assert interval[0] <= float(np.quantile(series, 0.95)) <= interval[1]
        widths.append(interval[1] - interval[0])
    assert widths[1] < widths[0] / 2


def test_too_few_values_have_no_interval() -> None:
    assert bootstrap_interval(np.arange(58.0), 0.95, seed=1) is None
    assert bootstrap_interval(np.arange(59.0), 0.95, seed=1) is not None


def test_a_block_longer_than_the_series_is_refused() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        bootstrap_interval(np.arange(60.0), 0.95, seed=1, block_length=61)


def test_the_interval_is_the_same_in_another_process_with_another_hash_seed() -> None:
    code = (
        "import numpy as np; from pytest_rustide_load.stats.quantiles import bootstrap_interval as b;"
        "print(b(np.arange(997.0) % 101, 0.9, seed=5))"
    )
    here = str(bootstrap_interval(np.arange(997.0) % 101, 0.9, seed=5))
    there = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env={"PYTHONHASHSEED": "12"},
    )
    assert there.stdout.strip() == here
