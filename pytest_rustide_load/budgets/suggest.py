"""Budgets from what was measured: limits that runs like those of before keep, and not by far.

A limit below what unchanged runs scatter by fails by chance; one far above them lets everything pass. Both
ends follow from the t-distribution of a next run, on a log scale (on the share of losses for ratios).

Values in, values out; knows nothing of runs or files.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from pytest_rustide_load.budgets.metrics import Metric, Unit
from pytest_rustide_load.stats.distributions import t_quantile

__all__ = ["MIN_RUNS", "SLACK_FACTOR", "Suggestion", "judge_limit", "suggest_limits"]

MIN_RUNS = 5
# A limit beyond so many times the suggested one bounds nothing.
SLACK_FACTOR = 2.0
# One run in a hundred of unchanged ones warns, one in a thousand fails.
_WARNING, _VIOLATION = 0.99, 0.999
_WARNING_ROOM, _VIOLATION_ROOM = 1.05, 1.10
# Of ratios: a share of losses that a single operation makes is none to speak of.
_RATIO_ROOM = 0.005


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Limits for one metric, in its unit, from `count` runs. `usual` is the geometric mean (of ratios the
    mean), `low` and `high` its 95 % interval. Unchanged runs keep `noise` in 99 of 100 cases; `warning` is
    never nearer than that."""

    count: int
    usual: float
    low: float
    high: float
    noise: float
    target: float
    warning: float
    violation: float


def suggest_limits(metric: Metric, values: Sequence[float]) -> Suggestion | None:
    """Limits of `metric` from one value a run; None for fewer than five, or where nothing follows from them
    (a count, a value that is not positive)."""
    if len(values) < MIN_RUNS or metric.unit is Unit.COUNT:
        return None
    if metric.unit is Unit.RATIO:
        return _of_ratio(metric, values)
    if any(not value > 0 or math.isinf(value) for value in values):
        return None
    # Of a floor everything is the other way round, one over the value.
    sign = -1.0 if metric.is_floor else 1.0
    found = _bounds([sign * math.log(value) for value in values])
    target = max(found.high, found.usual)
    warning = max(found.noise, target + math.log(_WARNING_ROOM))
    violation = max(found.far, warning + math.log(_VIOLATION_ROOM))

    def back(cost: float) -> float:
        return math.exp(sign * cost)

    low, high = sorted((back(found.low), back(found.high)))
    limits = [_rounded(back(cost), down=metric.is_floor) for cost in (target, warning, violation)]
    return Suggestion(len(values), back(found.usual), low, high, back(found.noise), *limits)


def judge_limit(metric: Metric, violation: float, suggestion: Suggestion) -> str:
    """What is wrong with a limit, as a sentence; "" for nothing."""
    if metric.unit is Unit.RATIO:
        limit, noise, far = (
            1 - value if metric.is_floor else value
            for value in (violation, suggestion.noise, suggestion.violation)
        )
    else:
        limit, noise, far = (
            1 / value if metric.is_floor and value else value
            for value in (violation, suggestion.noise, suggestion.violation)
        )
    if limit < noise:
        return "tighter than the noise: unchanged runs miss it more often than once in a hundred"
    if limit > SLACK_FACTOR * far:
        return f"slack: more than {SLACK_FACTOR:g} times what unchanged runs need"
    return ""


@dataclass(frozen=True, slots=True)
class _Bounds:
    """Of costs: more is worse."""

    usual: float
    low: float
    high: float
    noise: float
    far: float


def _bounds(costs: Sequence[float]) -> _Bounds:
    """The interval of the mean, t·s/√n, and the bounds of a next run, t·s·√(1 + 1/n)."""
    count = len(costs)
    mean, spread = fmean(costs), stdev(costs)
    reach = t_quantile(0.975, count - 1) * spread / math.sqrt(count)
    next_run = spread * math.sqrt(1 + 1 / count)
    noise, far = (mean + t_quantile(q, count - 1) * next_run for q in (_WARNING, _VIOLATION))
    return _Bounds(mean, mean - reach, mean + reach, noise, far)


def _of_ratio(metric: Metric, values: Sequence[float]) -> Suggestion:
    """Of a share the losses count: of a goodput what is missing from the whole."""
    found = _bounds([1 - value if metric.is_floor else value for value in values])
    target = max(found.high, 0.0)
    warning = max(found.noise, target + _RATIO_ROOM)
    violation = max(found.far, warning + _RATIO_ROOM)

    def back(loss: float) -> float:
        within = min(max(loss, 0.0), 1.0)
        return 1 - within if metric.is_floor else within

    limits = [
        back(math.ceil(round(loss / _RATIO_ROOM, 6)) * _RATIO_ROOM) for loss in (target, warning, violation)
    ]
    low, high = sorted((back(found.low), back(found.high)))
    noise = back(max(found.noise, _RATIO_ROOM))
    return Suggestion(len(values), back(found.usual), low, high, noise, *(round(one, 6) for one in limits))


def _rounded(value: float, *, down: bool) -> float:
    """To two digits, away from what was measured."""
    unit = 10.0 ** (math.floor(math.log10(value)) - 1)
    steps = round(value / unit, 6)
    return float(f"{(math.floor(steps) if down else math.ceil(steps)) * unit:.12g}")
