from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.stats.trend import DriftRule, find_drift


def _series(count: int, drift: float, seed: int, rho: float = 0.0, spread: float = 0.05) -> list[float]:
    """Runs that creep by `drift` from first to last, on noise in which neighbours correlate by `rho`."""
    rng = np.random.default_rng(seed)
    weights = math.sqrt(1 - rho**2) * rho ** np.arange(40)
    noise = np.convolve(rng.normal(size=count + 39), weights, mode="valid")
    return [float(v) for v in np.exp(spread * noise + math.log1p(drift) * np.arange(count) / (count - 1))]


def _share(count: int, drift: float, rho: float = 0.0, rule: DriftRule | None = None) -> float:
    return sum(find_drift(_series(count, drift, seed, rho), rule).is_drift for seed in range(300)) / 300


def test_p_value_and_slope_of_a_worked_example() -> None:
    # Ten values with S = 45 - 2·3 = 39 (three pairs fall) and no ties: variance 10·9·25/18 = 125.
    values = [1.0, 2.0, 4.0, 3.0, 5.0, 6.0, 8.0, 7.0, 10.0, 9.0]
    found = find_drift([math.exp(value) for value in values])
    z = (39 - 1) / math.sqrt(125)
    assert found.p_value == pytest.approx(math.erfc(z / math.sqrt(2)))
    assert found.per_run_ratio == pytest.approx(math.e - 1)


def test_ties_lower_the_variance() -> None:
    # Ten values in order but for one tie of two: S = 45 - 1.
    values = [1, 2, 2, 3, 4, 5, 6, 7, 8, 9]
    variance = (10 * 9 * 25 - 2 * 1 * 9) / 18
    z = (44 - 1) / math.sqrt(variance)
    found = find_drift([float(value) for value in values])
    assert found.p_value == pytest.approx(math.erfc(z / math.sqrt(2)))


def test_the_change_is_from_the_first_run_to_the_last() -> None:
    found = find_drift([100 * 1.01**run for run in range(21)])
    assert found.per_run_ratio == pytest.approx(0.01)
    assert found.change_ratio == pytest.approx(1.01**20 - 1)
    assert find_drift([1.0 * 1.002**run for run in range(26)]).is_drift
    assert not find_drift([1.0 * 1.002**run for run in range(25)]).is_drift


@pytest.mark.parametrize(("seed", "corrected"), [(1, False), (2, True), (3, True)])
def test_the_correction_is_that_of_hamed_and_rao(seed: int, corrected: bool) -> None:
    """The same by the letter of the formula, value by value."""
    values = _series(60, 0.05, seed, rho=0.6)
    n = len(values)
    logs = [math.log(value) for value in values]
    score = sum((b > a) - (b < a) for i, a in enumerate(logs) for b in logs[i + 1 :])
    slope = float(np.median([(logs[j] - logs[i]) / (j - i) for i in range(n) for j in range(i + 1, n)]))
    residuals = [value - slope * run for run, value in enumerate(logs)]
    ranks = [sum(other < value for other in residuals) for value in residuals]
    mean = sum(ranks) / n
    power = sum((rank - mean) ** 2 for rank in ranks)
    total = 0.0
    for lag in range(1, n):
        r = sum((ranks[i] - mean) * (ranks[i + lag] - mean) for i in range(n - lag)) / power
        if abs(r) > 1.959964 / math.sqrt(n):
            total += (n - lag) * (n - lag - 1) * (n - lag - 2) * r
    inflation = 1 + 2 * total / (n * (n - 1) * (n - 2))
    assert (inflation > 1) is corrected
    # Below one it would make a series that swings back and forth look like more evidence.
    variance = n * (n - 1) * (2 * n + 5) / 18 * max(1.0, inflation)
    expected = math.erfc((abs(score) - 1) / math.sqrt(2 * variance))
    assert find_drift(values).p_value == pytest.approx(expected, rel=1e-6)


def test_a_drift_is_both_significant_and_large() -> None:
    large, small = (
        find_drift(_series(40, 0.20, 1, spread=0.01)),
        find_drift(_series(40, 0.03, 1, spread=0.001)),
    )
    assert large.is_drift
    assert large.change_ratio == pytest.approx(0.20, abs=0.03)
    assert not small.is_drift
    assert small.p_value is not None
    assert small.p_value < 0.01


def test_an_improvement_drifts_downwards() -> None:
    found = find_drift(_series(40, -0.20, 1, spread=0.01))
    assert found.is_drift
    assert found.change_ratio == pytest.approx(-0.20, abs=0.03)


@pytest.mark.parametrize("count", [20, 30, 60])
def test_equal_runs_hardly_ever_drift(count: int) -> None:
    assert _share(count, 0.0) <= 0.03


def test_the_correction_keeps_correlated_runs_from_drifting() -> None:
    uncorrected = DriftRule(correct_from=10**9)
    assert _share(60, 0.0, rho=0.6) < _share(60, 0.0, rho=0.6, rule=uncorrected) / 1.5


@pytest.mark.parametrize(("count", "least"), [(20, 0.25), (30, 0.45), (60, 0.85)])
def test_ten_percent_is_found_the_sooner_the_more_runs(count: int, least: float) -> None:
    """With runs that scatter by five percent; the sharper runs of one machine are found much earlier."""
    assert _share(count, 0.10) >= least


@given(st.lists(st.floats(0.1, 100), min_size=10, max_size=70), st.floats(0.01, 100))
def test_the_unit_does_not_matter_and_reversal_turns_the_sign(values: list[float], factor: float) -> None:
    found, scaled = find_drift(values), find_drift([value * factor for value in values])
    assert scaled.change_ratio == pytest.approx(found.change_ratio, rel=1e-6, abs=1e-9)
    backwards = find_drift(values[::-1])
    assert found.per_run_ratio is not None
    assert backwards.per_run_ratio == pytest.approx(1 / (1 + found.per_run_ratio) - 1, abs=1e-9)


def test_few_runs_say_nothing() -> None:
    found = find_drift([1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0])
    assert (found.is_drift, found.p_value, found.count) == (False, None, 9)


def test_a_constant_series_does_not_drift() -> None:
    assert not find_drift([3.0] * 80).is_drift
    assert find_drift([3.0] * 80).p_value == 1.0


@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf])
def test_values_that_are_not_positive_are_refused(value: float) -> None:
    with pytest.raises(ValueError, match="positive"):
        find_drift([1.0] * 10 + [value])
