"""The order of growth: named where the data tell it, left open where they do not."""

from __future__ import annotations

import math
import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.stats.growth import ORDERS, fit_line, growth_of


def _simulation():
    return SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("simulate_growth.py"))))


@pytest.mark.parametrize("truth", ORDERS)
def test_ten_percent_of_noise_do_not_hide_the_order(truth):
    found = _simulation().answers(truth, (100, 100_000, 11, 5, 1.0), 60, seed=2)
    assert found[truth] >= 57
    assert found[truth] + found["undetermined"] >= 58


@pytest.mark.parametrize("truth", ["linear", "n log n"])
def test_where_the_range_is_too_small_both_are_named(truth):
    found = _simulation().answers(truth, (1_000, 8_000, 4, 3, 0.5), 60, seed=2)
    assert found["undetermined"] >= 30
    assert found["excluded"] <= 2
    growth = growth_of(
        [1_000, 2_000, 4_000, 8_000] * 3, [1.05, 2.1, 3.9, 8.3, 0.9, 1.9, 4.2, 7.9, 1, 2.2, 4.1, 8]
    )
    assert growth is not None
    assert growth.order is None
    assert {"linear", "n log n"} <= set(growth.candidates)


@given(
    st.sampled_from(ORDERS[1:]),
    st.floats(0.001, 1e6),
    st.sampled_from([0.0, 1.0, 100.0]),
)
def test_scale_does_not_matter(truth, scale, base):
    shape = _simulation().TRUTHS[truth]
    x = np.geomspace(10, 100_000, 30)
    noise = np.exp(0.01 * np.random.default_rng(1).standard_normal(30))
    cost = (shape(x) + base * shape(x)[0]) * noise
    first, second = growth_of(x.tolist(), cost.tolist()), growth_of(x.tolist(), (cost * scale).tolist())
    assert first is not None
    assert second is not None
    assert first.order == second.order
    assert first.worse_by == pytest.approx(second.worse_by, abs=1e-6)


def test_a_constant_is_only_named_where_growth_is_excluded():
    flat = growth_of(
        [10, 100, 1000] * 4, [1.0, 1.02, 0.99, 1.01, 0.98, 1.0, 0.99, 1.0, 1.02, 1.0, 1.01, 0.98]
    )
    assert flat is not None
    assert flat.order == "constant"
    noisy = growth_of([10, 100, 1000] * 3, [1.0, 3.0, 0.8, 2.0, 0.7, 2.9, 1.5, 0.9, 2.2])
    assert noisy is not None
    assert noisy.order is None
    assert "constant" in noisy.candidates
    assert "may be constant" in noisy.why


def test_too_little_to_tell():
    assert growth_of([1e3, 2e3, 2e3], [1, 2, 2]) is None
    few = growth_of([1e3, 2e3, 4e3], [1, 2, 4])
    assert few is not None
    assert few.order is None
    assert "too few" in few.why
    with pytest.raises(ValueError, match="positive"):
        growth_of([1e3, 2e3, 4e3], [1, 0, 4])
    with pytest.raises(ValueError, match="sizes and"):
        growth_of([1e3], [])


@given(st.floats(-100, 100), st.floats(-100, 100))
def test_a_line_is_given_back(slope, intercept):
    xs = [1.0, 2.0, 5.0, 9.0]
    line = fit_line(xs, [intercept + slope * x for x in xs])
    assert line is not None
    assert line.interval is not None
    assert line.slope == pytest.approx(slope, abs=1e-6)
    assert line.intercept == pytest.approx(intercept, abs=1e-6)
    assert line.interval[0] - 1e-6 <= slope <= line.interval[1] + 1e-6


def test_the_interval_of_a_slope_covers_it():
    random = np.random.default_rng(4)
    xs = np.repeat([1.0, 2.0, 4.0, 8.0], 3)
    covered = 0
    for _ in range(300):
        line = fit_line(xs.tolist(), (3 + 2 * xs + random.standard_normal(len(xs))).tolist())
        assert line is not None
        assert line.interval is not None
        covered += line.interval[0] <= 2 <= line.interval[1]
    assert 0.91 <= covered / 300 <= 0.99
    assert fit_line([1, 1], [2, 3]) is None
    two = fit_line([1, 2], [2, 3])
    assert two is not None
    assert two.interval is None
    assert math.isclose(two.slope, 1)
