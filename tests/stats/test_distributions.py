from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.stats.distributions import (
    normal_quantile,
    normal_upper_tail,
    quantile_constant,
    t_quantile,
    t_upper_tail,
)


@pytest.mark.parametrize(
    ("p", "degrees", "expected"),
    [
        (0.99, 4, 3.746947388),
        (0.975, 9, 2.262157163),
        (0.8, 4, 0.9409646),
        (0.95, 1, 6.313751515),
        (0.99, 30, 2.457261542),
        (0.9, 2, 1.885618083),
    ],
)
def test_quantiles_of_t_are_those_of_the_tables(p: float, degrees: int, expected: float) -> None:
    assert t_quantile(p, degrees) == pytest.approx(expected, rel=1e-7)


@given(st.floats(0.001, 0.999), st.integers(1, 500))
def test_tail_and_quantile_of_t_are_inverse(p: float, degrees: int) -> None:
    assert 1 - t_upper_tail(t_quantile(p, degrees), degrees) == pytest.approx(p, abs=1e-9)


@given(st.floats(-30, 30), st.integers(1, 500))
def test_t_is_symmetric(t: float, degrees: int) -> None:
    assert t_upper_tail(t, degrees) + t_upper_tail(-t, degrees) == pytest.approx(1, abs=1e-12)


@given(st.floats(-50, 50))
def test_t_of_one_and_two_degrees_has_a_closed_form(t: float) -> None:
    assert t_upper_tail(t, 1) == pytest.approx(0.5 - math.atan(t) / math.pi, abs=1e-11)
    assert t_upper_tail(t, 2) == pytest.approx(0.5 - t / (2 * math.sqrt(2 + t * t)), abs=1e-11)


def test_t_of_many_degrees_is_normal() -> None:
    assert t_upper_tail(1.96, 1e7) == pytest.approx(normal_upper_tail(1.96), rel=1e-5)
    assert normal_upper_tail(normal_quantile(0.99)) == pytest.approx(0.01)


def test_infinity_has_no_tail() -> None:
    assert (t_upper_tail(math.inf, 3), t_upper_tail(-math.inf, 3)) == (0.0, 1.0)


@pytest.mark.parametrize(("q", "constant"), [(0.5, 1.25), (0.95, 2.11), (0.99, 3.73)])
def test_the_spread_of_sample_quantiles_is_the_published_one(q: float, constant: float) -> None:
    assert quantile_constant(q) == pytest.approx(constant, abs=0.005)


def test_senseless_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="degrees"):
        t_upper_tail(1, 0)
    with pytest.raises(ValueError, match="strictly"):
        t_quantile(1.0, 3)
