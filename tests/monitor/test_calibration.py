from __future__ import annotations

import pytest

from pytest_rustide_load.monitor.calibration import calibrate, calibration_time_s


def test_a_calibration_takes_a_hundredth_of_the_run_within_bounds() -> None:
    assert calibration_time_s(10.0) == pytest.approx(0.1)
    assert calibration_time_s(1.0) == pytest.approx(0.02)
    assert calibration_time_s(3_600.0) == pytest.approx(0.25)


def test_the_cost_of_a_piece_does_not_depend_on_how_many_there_are() -> None:
    few, many = calibrate(0.0), min(calibrate(0.02) for _ in range(5))
    assert 0.01 < many < 100
    assert few > many / 3
