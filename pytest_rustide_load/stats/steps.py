"""Steps: at which runs did a series change its level?

E-divisive means (Matteson and James 2014, Journal of the American Statistical Association 109) finds where
the parts before and after differ most in distribution, with Student's t test deciding which of these
differences are real, as Apache Otava does; long series are searched in overlapping windows, and what was
found is then pruned over the whole. Knows nothing of what the values measure.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pytest_rustide_load.stats.distributions import t_upper_tail

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Step", "StepRule", "find_steps"]

# The search is more lenient than the result, so that a step is not lost beside a larger one.
_SEARCH_LENIENCE = 10


@dataclass(frozen=True, slots=True)
class StepRule:
    """A step is real below `alpha`, and worth telling from `threshold_ratio` on. `window` is how many runs
    are searched at a time. Many places are tried, so `alpha` is strict: at 0.01 one series of sixty equal
    runs in four shows a step, at 0.001 one in a hundred."""

    alpha: float = 0.001
    threshold_ratio: float = 0.05
    window: int = 30


@dataclass(frozen=True, slots=True)
class Step:
    """The level changed with the run at `index`, the first of the new level. Means are of the runs back to
    the step before and on to the one after; `change_ratio` is after over before minus one."""

    index: int
    p_value: float
    mean_before: float
    mean_after: float

    @property
    def change_ratio(self) -> float:
        return self.mean_after / self.mean_before - 1

    @property
    def magnitude_ratio(self) -> float:
        """The change seen from the lower level, so that a rise and the same fall weigh alike."""
        high, low = max(self.mean_before, self.mean_after), min(self.mean_before, self.mean_after)
        return high / low - 1


def find_steps(values: Sequence[float], rule: StepRule | None = None) -> list[Step]:
    """The steps of positive `values` in the order of their runs. ValueError for one not positive."""
    rule = rule or StepRule()
    if any(not value > 0 or math.isinf(value) for value in values):
        raise ValueError("steps are relative: values must be positive")
    if rule.window < 4:
        raise ValueError(f"a window of {rule.window} runs has no two levels")
    series = np.asarray(values, dtype=np.float64)
    lenient = min(rule.alpha * _SEARCH_LENIENCE, max(rule.alpha, 0.5))
    return _prune(_search(series, rule.window, lenient), series, rule)


def _search(series: npt.NDArray[np.float64], window: int, alpha: float) -> list[int]:
    """Candidates, ascending: those of windows that overlap by half, each starting no earlier than the last
    step found."""
    found: list[int] = []
    start = 0
    while start < len(series):
        inside = [start + index for index in _divide(series[start : start + window], alpha)]
        found += inside
        start = max(inside[-1] if inside else 0, start + window // 2)
    return sorted(set(found))


def _divide(series: npt.NDArray[np.float64], alpha: float) -> list[int]:
    """Split where the parts differ most, and go on within the parts, until the best split is not
    significant; ascending indices."""
    borders = [0, len(series)]
    best = {0: _best_split(series)}
    while True:
        start = max(best, key=lambda border: best[border][0])
        strength, offset = best[start]
        if strength <= 0:
            break
        end = borders[borders.index(start) + 1]
        middle = start + offset
        if _t_test(series[start:middle], series[middle:end]) > alpha:
            break
        borders.insert(borders.index(start) + 1, middle)
        best[start] = _best_split(series[start:middle])
        best[middle] = _best_split(series[middle:end])
    return borders[1:-1]


def _best_split(part: npt.NDArray[np.float64]) -> tuple[float, int]:
    """Where the values before and those after, up to any later end, differ most: the largest energy
    distance scaled by the sizes, and its place; (0, 0) for a part that cannot be split in two of two.

    q(m, e) = mk/(m+k) · (2·mean|x-y| - mean|x-x'| - mean|y-y'|), with x of the first m values, y of the k
    from there to e, and the inner means over distinct pairs. Ends before the last let a step be seen that
    a later one in the other direction would hide.
    """
    count = len(part)
    if count < 4:
        return 0.0, 0
    # sums[i, j]: all distances between the first i and the first j values.
    sums = np.zeros((count + 1, count + 1))
    sums[1:, 1:] = np.abs(part[:, None] - part[None, :]).cumsum(axis=0).cumsum(axis=1)
    diagonal = np.diagonal(sums)
    left = np.arange(2, count - 1)[:, None]
    end = np.arange(4, count + 1)[None, :]
    right = np.maximum(end - left, 2)
    inside_left = diagonal[left] / (left * (left - 1))
    inside_right = (diagonal[end] - 2 * sums[left, end] + diagonal[left]) / (right * (right - 1))
    between = (sums[left, end] - diagonal[left]) / (left * right)
    strength = left * right / (left + right) * (2 * between - inside_left - inside_right)
    strength[end - left < 2] = 0.0
    place = int(np.argmax(strength))
    best = float(strength.flat[place])
    return (best, 2 + place // strength.shape[1]) if best > 0 else (0.0, 0)


def _prune(candidates: list[int], series: npt.NDArray[np.float64], rule: StepRule) -> list[Step]:
    """Drop the weakest candidate, and look at its neighbours anew, until all that remain are real and large
    enough."""
    kept = list(candidates)
    while kept:
        borders = [0, *kept, len(series)]
        steps = [_step(series, *ends) for ends in zip(borders, borders[1:], borders[2:], strict=False)]
        weakest = max(steps, key=lambda step: step.p_value)
        if weakest.p_value < rule.alpha:
            weakest = min(steps, key=lambda step: step.magnitude_ratio)
            if weakest.magnitude_ratio > rule.threshold_ratio:
                return steps
        kept.remove(weakest.index)
    return []


def _step(series: npt.NDArray[np.float64], start: int, middle: int, end: int) -> Step:
    before, after = series[start:middle], series[middle:end]
    return Step(middle, _t_test(before, after), float(before.mean()), float(after.mean()))


def _t_test(before: npt.NDArray[np.float64], after: npt.NDArray[np.float64]) -> float:
    """The two-sided p-value of equal means, with a common variance; where there is no spread to judge by,
    1 for equal means and 0 for others."""
    degrees = len(before) + len(after) - 2
    difference = abs(float(after.mean() - before.mean()))
    if degrees < 1:
        return 1.0
    squares = float(((before - before.mean()) ** 2).sum() + ((after - after.mean()) ** 2).sum())
    error = math.sqrt(squares / degrees * (1 / len(before) + 1 / len(after)))
    if error == 0:
        return 1.0 if difference == 0 else 0.0
    return min(1.0, 2 * t_upper_tail(difference / error, degrees))
