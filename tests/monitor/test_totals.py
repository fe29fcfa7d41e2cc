"""Totals over a tree grow, whoever comes and goes."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.monitor.totals import GrowingTotal


def test_counting_starts_at_the_first_feed():
    total = GrowingTotal()
    assert [total.feed(value) for value in (100, 130, 150)] == [0, 30, 50]


def test_what_the_kernel_forgets_is_kept():
    total = GrowingTotal()
    assert [total.feed(value) for value in (0, 100, 40, 70)] == [0, 100, 100, 130]


def test_a_fall_by_rounding_is_made_up_for_and_not_counted_twice():
    total = GrowingTotal(rounding=25)
    assert [total.feed(value) for value in (0, 100, 80, 90, 120)] == [0, 100, 100, 100, 120]


@given(st.lists(st.integers(0, 10**9)), st.integers(0, 100))
def test_it_never_falls_and_is_at_least_every_rise(values, rounding):
    total = GrowingTotal(rounding)
    totals = [total.feed(value) for value in values]
    assert totals == sorted(totals)
    rises = sum(max(b - a, 0) for a, b in itertools.pairwise(values))
    assert not totals or totals[-1] <= rises


@given(st.lists(st.integers(0, 1000)))
def test_a_sum_that_only_grows_is_reported_as_it_is(steps):
    total = GrowingTotal(25)
    value = 7
    assert total.feed(value) == 0
    for step in steps:
        value += step
        assert total.feed(value) == value - 7
