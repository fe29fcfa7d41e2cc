"""Drift: does a series of runs creep in one direction?

Two questions, both answered without assuming any distribution: is there a trend at all (Mann-Kendall),
and how large is it (Theil-Sen)? Knows nothing of what the values measure or where they come from.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pytest_rustide_load.stats.distributions import normal_quantile, normal_upper_tail

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Drift", "DriftRule", "find_drift"]


@dataclass(frozen=True, slots=True)
class DriftRule:
    """When a trend is a drift: its two-sided p-value is below `alpha` and it amounts to more than
    `threshold_ratio` from the first run to the last. Neighbouring runs resemble one another; from
    `correct_from` runs on there is enough of a series to correct for that. Below `min_runs` nothing is
    said."""

    alpha: float = 0.01
    threshold_ratio: float = 0.05
    correct_from: int = 60
    min_runs: int = 10


@dataclass(frozen=True, slots=True)
class Drift:
    """A series' trend. `change_ratio` is the whole of it, last run over first minus one, along the line;
    `per_run_ratio` a single step of it. `is_drift` by the rule; an improvement drifts too, with a
    negative change. Figures are None for too few runs."""

    count: int
    is_drift: bool
    p_value: float | None = None
    change_ratio: float | None = None
    per_run_ratio: float | None = None


def find_drift(values: Sequence[float], rule: DriftRule | None = None) -> Drift:
    """The drift of positive `values` in the order of their runs. ValueError for one that is not positive."""
    rule = rule or DriftRule()
    if any(not value > 0 or math.isinf(value) for value in values):
        raise ValueError("drift is measured on a log scale: values must be positive")
    count = len(values)
    if count < max(3, rule.min_runs):
        return Drift(count, False)
    series = np.log(np.asarray(values, dtype=np.float64))
    slope = _theil_sen(series)
    p_value = _mann_kendall(series, slope, corrected=count >= rule.correct_from)
    change = math.expm1(slope * (count - 1))
    large = abs(slope) * (count - 1) > math.log1p(rule.threshold_ratio)
    return Drift(count, p_value < rule.alpha and large, p_value, change, math.expm1(slope))


def _theil_sen(series: npt.NDArray[np.float64]) -> float:
    """The median of the slopes of all pairs (Sen 1968, Journal of the American Statistical Association
    63)."""
    earlier, later = np.triu_indices(len(series), k=1)
    return float(np.median((series[later] - series[earlier]) / (later - earlier)))


def _mann_kendall(series: npt.NDArray[np.float64], slope: float, *, corrected: bool) -> float:
    """The two-sided p-value of "no trend" (Mann 1945, Kendall 1975): S counts the pairs that rise less
    those that fall, with variance (n(n-1)(2n+5) - Σ t(t-1)(2t+5))/18 over ties of t equal values."""
    count = len(series)
    earlier, later = np.triu_indices(count, k=1)
    score = int(np.sign(series[later] - series[earlier]).sum())
    _, ties = np.unique(series, return_counts=True)
    variance = (_ordered(count) - sum(_ordered(int(tie)) for tie in ties)) / 18
    if variance <= 0 or score == 0:
        return 1.0
    if corrected:
        variance *= _inflation(series - slope * np.arange(count))
    # One less in the direction of zero: the score is a whole number, the normal is not.
    return min(1.0, 2 * normal_upper_tail((abs(score) - 1) / math.sqrt(variance)))


def _ordered(count: int) -> int:
    return count * (count - 1) * (2 * count + 5)


def _inflation(residuals: npt.NDArray[np.float64]) -> float:
    """How much autocorrelation inflates the variance of S, by Hamed and Rao (1998, Journal of Hydrology
    204), from the ranks of the residuals of the trend at the lags where it is significant at 5 %.

    Never below one: a series that swings back and forth is not taken as evidence for more.
    """
    count = len(residuals)
    # Equal residuals get neighbouring ranks; among continuous measurements there are next to none.
    ranks = np.argsort(np.argsort(residuals, kind="stable"), kind="stable").astype(np.float64)
    ranks -= ranks.mean()
    power = float(ranks @ ranks)
    limit = normal_quantile(0.975) / math.sqrt(count)
    total = 0.0
    for lag in range(1, count - 2):
        correlation = float(ranks[:-lag] @ ranks[lag:]) / power
        if abs(correlation) > limit:
            total += (count - lag) * (count - lag - 1) * (count - lag - 2) * correlation
    return max(1.0, 1 + 2 * total / (count * (count - 1) * (count - 2)))
