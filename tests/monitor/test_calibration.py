from __future__ import annotations

import pytest

from pytest_rustide_load.monitor import calibration
from pytest_rustide_load.monitor.calibration import calibrate, calibration_time_s

pytestmark = pytest.mark.alone


def test_a_calibration_takes_a_hundredth_of_the_run_within_bounds() -> None:
    assert calibration_time_s(10.0) == pytest.approx(0.1)
    assert calibration_time_s(1.0) == pytest.approx(0.02)
    assert calibration_time_s(3_600.0) == pytest.approx(0.25)


def test_the_cost_of_a_piece_does_not_depend_on_how_many_there_are(monkeypatch) -> None:
    now_s = 0.0

    def work() -> None:
        nonlocal now_s
        now_s += 0.0015

    monkeypatch.setattr(calibration, "_work", work)
    monkeypatch.setattr(calibration.time, "perf_counter", lambda: now_s)
    assert calibrate(0.0) == pytest.approx(1.5)
    assert calibrate(0.02) == pytest.approx(1.5)


def test_a_piece_of_work_takes_some_time() -> None:
    assert calibrate(0.0) > 0
