"""Axes: from a value to a place, and where the ticks go. Pure arithmetic; knows nothing of SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Axis", "exact_axis", "linear_axis", "log_axis"]

_STEPS = (1.0, 2.0, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Axis:
    """Values `low..high` on `start..end` (pixels), with `ticks` among the values."""

    low: float
    high: float
    start: float
    end: float
    ticks: tuple[float, ...]
    is_log: bool = False

    def place(self, value: float) -> float:
        """Where `value` lies; what is outside of the axis is put at its end."""
        value = min(max(value, self.low), self.high)
        if self.is_log:
            share = math.log(value / self.low) / math.log(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)


def linear_axis(
    values: Sequence[float], start: float, end: float, *, count: int = 5, from_zero: bool = True
) -> Axis:
    """An axis for all `values`, its ticks at 1, 2 or 5 times a power of ten, at most `count` or so."""
    high = max(values, default=1.0)
    low = 0.0 if from_zero else min(values, default=0.0)
    if high <= low:
        high = low + (abs(low) or 1.0)
    step = _step((high - low) / count)
    first, last = math.floor(low / step), math.ceil(high / step)
    ticks = tuple(step * number for number in range(first, last + 1))
    return Axis(ticks[0], ticks[-1], start, end, ticks)


def exact_axis(low: float, high: float, start: float, end: float, *, count: int = 8) -> Axis:
    """An axis from `low` to `high` and no further, as time has it."""
    if high <= low:
        high = low + 1.0
    step = _step((high - low) / count)
    ticks = tuple(
        step * number for number in range(math.ceil(low / step), math.floor(high / step * (1 + 1e-9)) + 1)
    )
    return Axis(low, high, start, end, ticks)


def log_axis(values: Sequence[float], start: float, end: float) -> Axis:
    """A logarithmic axis for the positive ones of `values`: ticks at 1 (2, 5) of each decade, fewer where
    there are many decades."""
    positive = [value for value in values if value > 0]
    low, high = min(positive, default=1.0), max(positive, default=10.0)
    decades = math.log10(high / low)
    parts = (1,) if decades > 2.5 else (1, 2, 5)
    marks = [
        part * 10.0**power
        for power in range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 2)
        for part in parts
    ]
    below = max(mark for mark in marks if mark <= low * (1 + 1e-9))
    above = min(mark for mark in marks if mark >= high * (1 - 1e-9))
    if above <= below:
        above = min(mark for mark in marks if mark > below)
    ticks = tuple(mark for mark in marks if below <= mark <= above)
    return Axis(below, above, start, end, ticks, is_log=True)


def _step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor for factor in _STEPS if factor * power >= rough * (1 - 1e-9)) * power
