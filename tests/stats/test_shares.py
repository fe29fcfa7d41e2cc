from __future__ import annotations

from itertools import pairwise
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.stats.shares import chance_of_as_few, share_interval


@given(st.integers(1, 60), st.floats(0.01, 0.99), st.data())
def test_it_is_the_sum_of_what_each_number_comes_with(count: int, share: float, data: st.DataObject) -> None:
    right = data.draw(st.integers(0, count))
    exact = sum(comb(count, k) * share**k * (1 - share) ** (count - k) for k in range(right + 1))
    assert chance_of_as_few(right, count, share) == pytest.approx(exact, rel=1e-9)


@given(st.integers(1, 400), st.floats(0.05, 0.95))
def test_more_are_never_less_likely_and_all_are_certain(count: int, share: float) -> None:
    chances = [chance_of_as_few(right, count, share) for right in range(count + 1)]
    # Up to the last bits of a sum.
    assert all(more >= fewer * (1 - 1e-12) for fewer, more in pairwise(chances))
    assert chances[-1] == 1


@pytest.mark.parametrize(
    ("right", "count", "share", "chance"),
    [(0, 10, 1.0, 0), (10, 10, 1.0, 1), (0, 10, 0.0, 1), (0, 0, 0.7, 1), (500_000, 1_000_000, 0.5, 0.5004)],
)
def test_the_ends_and_very_many(right: int, count: int, share: float, chance: float) -> None:
    assert chance_of_as_few(right, count, share) == pytest.approx(chance, abs=1e-4)


@pytest.mark.parametrize(("right", "count", "share"), [(2, 1, 0.5), (-1, 1, 0.5), (1, 1, 1.5)])
def test_what_cannot_be_is_refused(right: int, count: int, share: float) -> None:
    with pytest.raises(ValueError, match="with the probability"):
        chance_of_as_few(right, count, share)


# By Clopper and Pearson's beta quantiles, as tables have them.
@pytest.mark.parametrize(
    ("hits", "count", "low", "high"),
    [(0, 25, 0.0, 0.1372), (1, 10, 0.0025, 0.4450), (10, 10, 0.6915, 1.0), (5, 100, 0.0164, 0.1128)],
)
def test_an_interval_of_a_share_is_that_of_the_tables(hits: int, count: int, low: float, high: float) -> None:
    assert share_interval(hits, count) == pytest.approx((low, high), abs=1e-4)


def test_nothing_counted_has_no_share() -> None:
    with pytest.raises(ValueError, match="no share of nothing"):
        share_interval(0, 0)
