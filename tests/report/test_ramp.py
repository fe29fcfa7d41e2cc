"""How response times and memory grow over the steps of a ramp."""

from __future__ import annotations

import msgspec
import pytest

from pytest_rustide_load.report.ramp import ramp_slopes, render_ramp
from pytest_rustide_load.stats.memory import MemoryPart
from pytest_rustide_load.stats.quantiles import Estimate
from pytest_rustide_load.stats.summary import Distribution, RunPart
from tests.report.test_text import _results as results

NOBODY = Distribution(0, 0)


def step(level: float, p95_ms: float | None, *, is_bound: bool = False) -> RunPart:
    p95 = None if p95_ms is None else Estimate(p95_ms * 1e6, is_bound)
    pool = Distribution(100, 0, p95_ns=p95)
    return RunPart(f"{level:g}x", level, level == 1, 0, 1, {}, NOBODY, pool)


def held(level: float, peak_mb: float) -> MemoryPart:
    return MemoryPart(f"{level:g}x", 1.0, 0.0, int(peak_mb * 1e6), 0.0, 0.0, None, False)


def test_p95_and_memory_have_a_line_through_the_steps():
    levels = [1.0, 2.0, 3.0, 4.0, 6.0, 8.0]
    p95, memory = ramp_slopes(
        [step(level, 10 + 5 * level) for level in levels],
        [held(level, 200 + 3 * level) for level in levels[:-1]],
        is_void=False,
    )
    assert (p95.variable, p95.measure, p95.count) == ("load", "p95_ms", 6)
    assert (p95.slope, p95.intercept, p95.r_squared) == pytest.approx((5, 10, 1))
    assert p95.order == "linear"
    # Of the last step no sample of memory was there.
    assert (memory.measure, memory.count) == ("rss_peak_mb", 5)
    assert memory.slope == pytest.approx(3)
    lines = render_ramp(msgspec.structs.replace(results(), slopes=(p95, memory)))
    assert lines[0] == "p95: +5ms each 1x of load (+5ms..+5ms), R² 1.00; grows: linear"
    assert lines[1].startswith("memory: +3MB each 1x of load")


def test_what_never_ended_is_on_no_line_and_void_timings_have_none():
    steps = [step(1, 10), step(2, 20), step(4, 10_000, is_bound=True), step(8, None)]
    [found] = ramp_slopes(steps, (), is_void=False)
    assert (found.count, found.slope) == (2, pytest.approx(10))
    assert found.slope_interval is None
    assert ramp_slopes(steps, (), is_void=True) == ()


def test_a_run_without_a_ramp_has_no_slope():
    assert ramp_slopes([step(1, 10), step(1, 20)], (), is_void=False) == ()
    assert ramp_slopes((), (), is_void=False) == ()
    assert render_ramp(results()) == []
