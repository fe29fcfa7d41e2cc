"""One run against those before it: what is odd, and what is not."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.stats.anomaly import AnomalyRule, find_anomaly

_POSITIVE = st.floats(1e-3, 1e6)


def _noise(count: int, seed: int, scatter: float = 0.03) -> list[float]:
    numbers = random.Random(seed)
    return [math.exp(numbers.gauss(0, scatter)) for _ in range(count)]


def test_a_run_far_from_all_others_is_odd_on_either_side():
    earlier = _noise(30, 1)
    for value in (1.5, 0.6):
        found = find_anomaly(value, earlier)
        assert found.is_odd
        assert found.change_ratio == pytest.approx(value - 1, abs=0.05)
        assert (found.deviations or 0) * (value - 1) > 0


def test_one_odd_run_among_those_before_hides_nothing():
    assert find_anomaly(1.5, [*_noise(30, 1), 40.0]).is_odd


def test_equal_runs_are_seldom_odd():
    odd = sum(find_anomaly(_noise(1, 10_000 + seed)[0], _noise(20, seed)).is_odd for seed in range(2_000))
    assert odd <= 20


def test_a_small_change_is_not_odd_however_quiet_the_series():
    found = find_anomaly(1.02, [1.0, 1.0001] * 15)
    assert not found.is_odd
    assert (found.deviations or 0) > 5


def test_below_twenty_runs_nothing_is_said():
    found = find_anomaly(9.0, _noise(19, 1))
    assert (found.is_odd, found.deviations, found.count) == (False, None, 19)


@given(st.lists(_POSITIVE, min_size=20, max_size=40), _POSITIVE, st.floats(0.01, 100))
def test_the_unit_does_not_matter(earlier, value, factor):
    here = find_anomaly(value, earlier)
    there = find_anomaly(value * factor, [one * factor for one in earlier])
    assert there.change_ratio == pytest.approx(here.change_ratio, rel=1e-6, abs=1e-9)


@given(_POSITIVE, st.integers(20, 30))
def test_a_constant_series_makes_every_change_beyond_the_threshold_odd(value, count):
    earlier = [value] * count
    assert not find_anomaly(value, earlier).is_odd
    assert find_anomaly(value * 1.06, earlier).is_odd
    assert not find_anomaly(value * 1.06, earlier, AnomalyRule(threshold_ratio=0.1)).is_odd


@pytest.mark.parametrize("bad", [0.0, -1.0, math.inf, math.nan])
def test_what_is_not_positive_is_refused(bad):
    with pytest.raises(ValueError, match="positive"):
        find_anomaly(bad, [1.0] * 20)
