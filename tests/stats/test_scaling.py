"""The Universal Scalability Law: exact data give exact values, intervals cover the truth, noise no peak."""

from __future__ import annotations

import math
import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.stats.scaling import fit_scalability

LEVELS = [1, 2, 4, 8, 16, 32]


def _simulation():
    return SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("simulate_scaling.py"))))


def law(level, rate, sigma, kappa):
    return rate * level / (1 + sigma * (level - 1) + kappa * level * (level - 1))


@given(rate=st.floats(0.1, 1e4), sigma=st.floats(0, 0.9), kappa=st.floats(0, 0.5))
def test_exact_data_give_the_law_back(rate, sigma, kappa):
    fit = fit_scalability(LEVELS, [law(level, rate, sigma, kappa) for level in LEVELS])
    assert fit is not None
    assert fit.rate_per_s == pytest.approx(rate, rel=1e-6)
    assert fit.sigma == pytest.approx(sigma, abs=1e-6)
    assert fit.kappa == pytest.approx(kappa, abs=1e-6)
    assert fit.throughput(8) == pytest.approx(law(8, rate, sigma, kappa), rel=1e-6)
    assert max(map(abs, fit.residuals)) < 1e-6


@given(st.lists(st.floats(1, 1e3), min_size=6, max_size=6))
def test_whatever_is_measured_no_coefficient_is_negative_and_intervals_hold_the_estimate(rates):
    fit = fit_scalability(LEVELS, rates)
    assert fit is not None
    assert fit.sigma_interval
    assert fit.kappa_interval
    assert fit.rate_per_s > 0
    assert fit.sigma >= 0
    assert fit.kappa >= 0
    assert fit.sigma_interval[0] <= fit.sigma <= fit.sigma_interval[1]
    assert fit.kappa_interval[0] <= fit.kappa <= fit.kappa_interval[1]
    # What may be anything has no interval; one that goes on for ever could not be written down.
    low, high = fit.rate_interval or (fit.rate_per_s, fit.rate_per_s)
    assert low <= fit.rate_per_s * (1 + 1e-9)
    assert fit.rate_per_s <= high * (1 + 1e-9)
    assert math.isfinite(high)
    # Of the peak either the place is told or the reason why not.
    assert (fit.peak is None) == bool(fit.why_no_peak)
    if fit.kappa_interval[0] == 0:
        assert fit.peak is None


def test_the_bounded_fit_is_the_least_one():
    """The conditions of Karush, Kuhn and Tucker: no slope where a coefficient is free, none downwards where
    it is at its bound."""
    random = np.random.default_rng(3)
    number = np.array(LEVELS, dtype=float)
    at_bounds = 0
    for _ in range(50):
        rates = 100 * number ** random.uniform(0.3, 1.2) * np.exp(0.1 * random.standard_normal(len(number)))
        fit = fit_scalability(LEVELS, rates.tolist())
        assert fit is not None
        fitted = np.array([level / fit.throughput(level) for level in LEVELS])
        columns = (
            np.stack([np.ones_like(number), number - 1, number * (number - 1)], axis=1) / fitted[:, None]
        )
        slopes = columns.T @ np.array(fit.residuals)
        size = np.abs(columns).sum(axis=0) * max(map(abs, fit.residuals))
        for slope, scale, value in zip(slopes, size, (1, fit.sigma, fit.kappa), strict=True):
            # The weights are those of the round before the last.
            assert slope <= 0.02 * scale if value == 0 else abs(slope) <= 0.02 * scale
            at_bounds += value == 0
    assert at_bounds > 10


def test_too_little_to_tell():
    assert fit_scalability([1, 2, 2], [10, 20, 20]) is None
    fit = fit_scalability([1, 2, 4], [10, 18, 25])
    assert fit is not None
    assert fit.kappa_interval is None
    assert fit.peak is None
    assert "nothing tells noise" in fit.why_no_peak
    few = fit_scalability([1, 4, 16] * 3, [law(level, 10, 0.1, 0.05) for level in [1, 4, 16] * 3])
    assert few is not None
    assert few.peak is None
    assert "too few" in few.why_no_peak
    with pytest.raises(ValueError, match="positive"):
        fit_scalability([1, 2, 4], [1, 2, 0])
    with pytest.raises(ValueError, match="levels are 1"):
        fit_scalability([0.5, 2, 4], [1, 2, 3])


def test_a_peak_that_was_measured_is_named_and_one_far_beyond_is_not():
    clear = [law(level, 10, 0.05, 0.01) * (1 + 0.01 * (-1) ** at) for at, level in enumerate(LEVELS * 2)]
    fit = fit_scalability(LEVELS * 2, clear)
    assert fit is not None
    assert fit.peak_interval is not None
    assert fit.peak == pytest.approx(math.sqrt(0.95 / 0.01), rel=0.1)
    far = fit_scalability([1, 2, 3, 4, 5], [law(level, 10, 0.05, 0.002) for level in [1, 2, 3, 4, 5]])
    assert far is not None
    assert far.peak is None
    assert "beyond twice" in far.why_no_peak


@pytest.mark.parametrize(("sigma", "kappa"), [(0.0, 0.0), (0.3, 0.0), (0.05, 0.005), (0.2, 0.1)])
def test_intervals_cover_the_truth_in_nine_of_ten_cases_and_more(sigma, kappa):
    """A hundred systems; the script tells more of them, with other levels and noises."""
    simulation = _simulation()
    tally = simulation.simulate(sigma, kappa, (1, 2, 4, 8, 16), 3, 0.05, 100, seed=5)
    assert 88 <= tally["sigma"] <= 100
    assert 88 <= tally["kappa"] <= 100
    assert tally["peaks_with_zero"] == 0
    if kappa == 0:
        assert tally["peaks"] <= 8
