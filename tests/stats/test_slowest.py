"""The slowest requests are kept, and no others."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.stats.slowest import Kept, Slowest


@given(st.lists(st.integers(0, 50)), st.integers(1, 6))
def test_those_that_took_longest_stay_the_slowest_first(latencies, most):
    slowest = Slowest(most)
    for row, latency in enumerate(latencies):
        if slowest.is_among(latency):
            slowest.note(latency, Kept(row, "", -1, -1, 0))
    kept = [latencies[one.row] for one in slowest.kept()]
    assert kept == sorted(latencies, reverse=True)[:most]
