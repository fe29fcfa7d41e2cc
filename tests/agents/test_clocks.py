"""The offset of a clock, from questions and answers that take a while to arrive."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.agents.clocks import Reading, estimate_offset

DELAYS = st.integers(0, 50_000_000)


@given(
    st.integers(-(10**15), 10**15),
    st.lists(st.tuples(DELAYS, DELAYS, DELAYS, st.integers(0, 10**12)), min_size=1, max_size=20),
)
def test_the_truth_lies_within_the_error_however_lopsided_the_ways(offset_ns, trips):
    readings = [
        Reading(at, at + there + offset_ns, at + there + stay + offset_ns, at + there + stay + back)
        for there, stay, back, at in trips
    ]
    found = estimate_offset(readings)
    assert found is not None
    assert abs(found.offset_ns - offset_ns) <= found.error_ns
    fastest = min(there + back for there, _, back, _ in trips)
    assert found.error_ns <= fastest // 2 + 1


def test_nothing_asked_nothing_known():
    assert estimate_offset([]) is None
