"""A run cut into rows: against what a slow and plain reading of the definitions gives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.stats.quantiles import quantile
from pytest_rustide_load.stats.rows import Rows

S = 1_000_000_000
MOMENTS = st.lists(st.integers(-2 * S, 8 * S), max_size=40)


def array(values):
    return np.array(values, dtype=np.int64)


@given(MOMENTS)
def test_every_moment_within_counts_in_one_row(moments):
    counts = Rows(0, 2 * S, 3).counts(array(moments))
    assert counts.sum() == sum(0 <= at < 6 * S for at in moments)
    assert counts.tolist() == [sum(at // (2 * S) == row for at in moments) for row in range(3)]


@given(st.lists(st.tuples(st.integers(-S, 5 * S), st.floats(0, 1e6)), max_size=30))
def test_peaks_and_quantiles_are_those_of_the_row(pairs):
    rows = Rows(0, S, 4)
    at_ns, values = array([at for at, _ in pairs]), np.array([value for _, value in pairs])
    peaks = rows.peaks(at_ns, values)
    columns = rows.quantiles(at_ns, values, (0.5, 0.95, 1.0))
    for row in range(4):
        mine = np.sort(values[(at_ns >= row * S) & (at_ns < (row + 1) * S)])
        if not len(mine):
            assert np.isnan([peaks[row], *(column[row] for column in columns)]).all()
            continue
        assert peaks[row] == mine[-1]
        for column, q in zip(columns, (0.5, 0.95, 1.0), strict=True):
            assert column[row] == pytest.approx(quantile(mine, q))


@given(st.lists(st.tuples(st.integers(1, S), st.integers(0, 1000)), min_size=2, max_size=30))
def test_a_counter_gives_as_much_as_it_grew(steps):
    at_ns = np.cumsum(array([gap for gap, _ in steps]))
    totals = np.cumsum([more for _, more in steps]).astype(np.float64)
    count = int(at_ns[-1] // S) + 1
    rates = Rows(0, S, count).rates(at_ns, totals)
    # A row that is watched for less than a fifth tells nothing; the sum of the others is at most all.
    assert np.nansum(rates * np.array(covered(at_ns, count))) <= totals[-1] - totals[0] + 1e-6
    if not np.isnan(rates).any():
        assert (rates * np.array(covered(at_ns, count))).sum() == pytest.approx(totals[-1] - totals[0])


def covered(at_ns, count):
    """Seconds of each row between the first look and the last."""
    return [max(min((row + 1) * S, at_ns[-1]) - max(row * S, at_ns[0]), 0) / S for row in range(count)]


def test_the_mean_weighs_by_time_whoever_looks_how_often():
    # 100 for the first half of the second, seen six times; then 200, seen at its ends.
    at_ns = array([0, *range(S // 10, S // 2, S // 10), S // 2 - 1, S // 2, S, 2 * S])
    values = np.array([100.0] * 6 + [200.0, 200.0, 200.0])
    assert Rows(0, S, 2).means(at_ns, values).tolist() == pytest.approx([150, 200], rel=1e-6)


def test_means_and_rates_are_of_the_part_that_was_watched():
    rows = Rows(0, S, 3)
    at_ns = array([S // 2, 3 * S // 2, 2 * S + S // 10])
    assert rows.rates(at_ns, np.array([0.0, 10.0, 16.0])).tolist() == pytest.approx(
        [10, 10, np.nan], nan_ok=True
    )
    assert rows.means(at_ns, np.array([4.0, 4.0, np.nan])).tolist() == pytest.approx(
        [4, 4, np.nan], nan_ok=True
    )
    assert np.isnan(rows.means(at_ns[:1], np.array([4.0]))).all()
    assert np.isnan(rows.rates(array([]), np.array([]))).all()


@given(st.lists(st.tuples(st.integers(-S, 4 * S), st.integers(0, 3 * S)), max_size=20))
def test_what_is_open_is_the_sum_of_what_each_has_of_the_row(stretches):
    begins = array([begin for begin, _ in stretches])
    ends = array([begin + length for begin, length in stretches])
    found = Rows(0, S, 3).means_open(begins, ends)
    for row in range(3):
        shares = [
            max(min(end, (row + 1) * S) - max(begin, row * S), 0) / S
            for begin, end in zip(begins, ends, strict=True)
        ]
        assert found[row] == pytest.approx(sum(shares), abs=1e-6)
