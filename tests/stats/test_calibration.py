from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.stats.calibration import Line, fit_line


def test_a_slow_machine_is_normalised_away() -> None:
    rng = np.random.default_rng(8)
    speed = rng.normal(0, 0.08, 60)
    calibration = list(1.0 + speed + rng.normal(0, 0.005, 60))
    values = list(4.0 + 0.9 * speed + rng.normal(0, 0.01, 60))
    line = fit_line(values, calibration)
    assert line is not None
    assert line.sensitivity == pytest.approx(0.9, abs=0.05)
    assert line.stddev == pytest.approx(0.011, abs=0.003)
    assert line.p_value < 1e-6
    normalised = [line.normalise(y, c) for y, c in zip(values, calibration, strict=True)]
    assert float(np.std(normalised)) < float(np.std(values)) / 4


def test_a_machine_twice_as_slow_as_the_reference_halves_the_cost() -> None:
    line = Line(1.0, math.log(10.0), 1.0, 0.1, 0.0)
    assert line.normalise(math.log(6.0), math.log(20.0)) == pytest.approx(math.log(3.0))


def test_few_values_or_a_calibration_that_never_changed_make_no_line() -> None:
    assert fit_line([1.0, 2.0], [1.0, 2.0]) is None
    assert fit_line([1.0, 2.0, 3.0], [5.0, 5.0, 5.0]) is None
    with pytest.raises(ValueError):
        fit_line([1.0, 2.0, 3.0], [5.0, 5.0])


@given(st.floats(-2, 2), st.floats(-3, 3), st.lists(st.floats(-2, 2), min_size=3, max_size=20, unique=True))
def test_points_on_a_line_give_that_line(slope: float, height: float, calibrations: list[float]) -> None:
    if max(calibrations) - min(calibrations) < 0.1:
        return
    line = fit_line([height + slope * c for c in calibrations], calibrations)
    assert line is not None
    assert line.sensitivity == pytest.approx(slope, abs=1e-6)
    assert line.stddev == pytest.approx(0, abs=1e-6)
