from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.stats.histogram import Histogram, bucket_range

VALUES = st.lists(
    st.one_of(st.integers(0, 2**53 - 1), st.integers(0, 1000), st.sampled_from([2**k for k in range(53)])),
    max_size=60,
)


@given(VALUES, VALUES)
def test_merging_gives_the_histogram_of_all_values(first: list[int], second: list[int]) -> None:
    assert Histogram.of(first) + Histogram.of(second) == Histogram.of(first + second)


@given(VALUES, VALUES, VALUES)
def test_merging_is_associative_and_commutative(a: list[int], b: list[int], c: list[int]) -> None:
    x, y, z = Histogram.of(a), Histogram.of(b), Histogram.of(c)
    assert (x + y) + z == x + (y + z)
    assert x + y == y + x
    assert x + Histogram() == x


@given(st.integers(0, 2**53 - 1))
def test_a_value_lies_in_its_bucket_and_the_bucket_is_narrow(value: int) -> None:
    (number,) = Histogram.of([value]).buckets
    low, high = bucket_range(number)
    assert low <= value <= high
    assert high - low <= value / 128


def test_buckets_follow_one_another_without_gap() -> None:
    for number in range(3000):
        assert bucket_range(number)[1] + 1 == bucket_range(number + 1)[0]


@given(VALUES.filter(bool), st.floats(0, 1))
def test_quantiles_are_within_a_bucket_of_the_exact_ones(values: list[int], q: float) -> None:
    exact = float(np.quantile(np.array(values, dtype=np.float64), q))
    assert Histogram.of(values).quantile(q) == pytest.approx(exact, rel=0.008, abs=0.5)


@given(VALUES)
def test_bytes_and_json_round_trip(values: list[int]) -> None:
    histogram = Histogram.of(values)
    assert Histogram.from_bytes(histogram.to_bytes()) == histogram
    assert Histogram.from_dict(json.loads(json.dumps(histogram.to_dict()))) == histogram


@given(VALUES.filter(bool))
def test_count_total_mean_and_extremes_are_exact(values: list[int]) -> None:
    histogram = Histogram.of(values)
    assert (histogram.count, histogram.total) == (len(values), sum(values))
    assert (histogram.min, histogram.max) == (min(values), max(values))
    assert histogram.mean == sum(values) / len(values)


def test_a_histogram_of_nothing_has_no_quantile_and_no_mean() -> None:
    assert Histogram().mean is None
    with pytest.raises(ValueError, match="nothing"):
        Histogram().quantile(0.5)


@pytest.mark.parametrize("value", [-1, 2**53])
def test_values_out_of_range_are_refused(value: int) -> None:
    with pytest.raises(ValueError, match="must lie"):
        Histogram.of([5, value])


@given(st.binary(max_size=40))
def test_foreign_bytes_are_refused_or_make_a_sound_histogram(data: bytes) -> None:
    try:
        histogram = Histogram.from_bytes(data)
    except ValueError:
        return
    assert Histogram.from_bytes(histogram.to_bytes()) == histogram


@given(VALUES.filter(bool))
def test_bytes_cut_short_are_refused(values: list[int]) -> None:
    data = Histogram.of(values).to_bytes()
    for end in range(1, len(data)):
        try:
            assert Histogram.from_bytes(data[:end]) != Histogram.of(values)
        except ValueError:
            continue


@pytest.mark.parametrize(
    "plain",
    [
        {},
        {"format": 2, "buckets": [], "total": 0, "min": None, "max": None},
        {"format": 1, "buckets": [[3, 0]], "total": 0, "min": 3, "max": 3},
        {"format": 1, "buckets": [[4, 1], [3, 1]], "total": 7, "min": 3, "max": 4},
        {"format": 1, "buckets": [[3, 1]], "total": 3, "min": 2, "max": 3},
        {"format": 1, "buckets": [[3, 1]], "total": 3, "min": None, "max": None},
        {"format": 1, "buckets": [], "total": 1, "min": None, "max": None},
        {"format": 1, "buckets": 5, "total": 1, "min": None, "max": None},
    ],
)
def test_a_dict_that_is_no_histogram_is_refused(plain: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="histogram"):
        Histogram.from_dict(plain)
