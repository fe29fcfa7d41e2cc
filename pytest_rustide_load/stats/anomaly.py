"""Is one run unlike those before it?

Compared with the median and the median deviation of earlier runs, which one odd run among them does not
move. Knows nothing of what the values measure.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["Anomaly", "AnomalyRule", "find_anomaly"]

# The median deviation of a normal distribution times this is its standard deviation.
_MAD_TO_STDDEV = 1.4826


@dataclass(frozen=True, slots=True)
class AnomalyRule:
    """A run is odd when its logarithm lies more than `deviations` robust standard deviations from the median
    of at least `min_runs` earlier ones, and the value itself more than `threshold_ratio` from theirs."""

    deviations: float = 5.0
    threshold_ratio: float = 0.05
    min_runs: int = 20


@dataclass(frozen=True, slots=True)
class Anomaly:
    """One run beside `count` earlier ones. `deviations` is how many robust standard deviations it lies above
    their median (negative: below; infinite where they are all equal), `change_ratio` value over median minus
    one; both None for too few runs."""

    count: int
    is_odd: bool
    deviations: float | None = None
    change_ratio: float | None = None


def find_anomaly(value: float, earlier: Sequence[float], rule: AnomalyRule | None = None) -> Anomaly:
    """Compare a positive `value` with positive earlier ones. ValueError for one that is not positive.

    The robust z-score of Iglewicz and Hoaglin (1993, How to Detect and Handle Outliers), on logarithms.
    """
    rule = rule or AnomalyRule()
    if any(not one > 0 or math.isinf(one) for one in (value, *earlier)):
        raise ValueError("values are compared on a log scale: they must be positive")
    if len(earlier) < max(rule.min_runs, 1):
        return Anomaly(len(earlier), False)
    logs = np.log(np.asarray(earlier, dtype=np.float64))
    median = float(np.median(logs))
    spread = _MAD_TO_STDDEV * float(np.median(np.abs(logs - median)))
    distance = math.log(value) - median
    if spread > 0:
        deviations = distance / spread
    else:
        deviations = 0.0 if distance == 0 else math.copysign(math.inf, distance)
    large = abs(distance) > math.log1p(rule.threshold_ratio)
    return Anomaly(
        len(earlier), large and abs(deviations) > rule.deviations, deviations, math.expm1(distance)
    )
