"""How a series follows the machine it is measured on, learned from runs of before.

Beside every repetition a fixed workload is timed, c (a logarithm). Where the log costs y of past repetitions
follow it, y = a + β·c, a new one can be told as it would be on the machine of then: y' = y - β·(c - c_ref).

Knows nothing of what the workload is, or of the gate.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pytest_rustide_load.stats.distributions import t_upper_tail

__all__ = ["Line", "fit_line"]


@dataclass(frozen=True, slots=True)
class Line:
    """A least-squares line: `sensitivity` is its slope β, `reference` the mean of the calibrations, c_ref,
    `squares` the sum of their squared distances from it, `stddev` the residual standard deviation with n - 2
    degrees of freedom. `p_value` is one-sided, of "no slope above nothing"."""

    sensitivity: float
    reference: float
    squares: float
    stddev: float
    p_value: float

    def normalise(self, value_log: float, calibration_log: float) -> float:
        """A log cost as it would be on the reference machine: y - β·(c - c_ref)."""
        return value_log - self.sensitivity * (calibration_log - self.reference)


def fit_line(values_log: Sequence[float], calibrations_log: Sequence[float]) -> Line | None:
    """The line through log costs over the logarithms of the calibrations beside them; None for fewer than
    three, or where the calibration never changed."""
    count = len(values_log)
    pairs = list(zip(values_log, calibrations_log, strict=True))
    if count < 3:
        return None
    mean_y, mean_c = math.fsum(values_log) / count, math.fsum(calibrations_log) / count
    squares = math.fsum((c - mean_c) ** 2 for c in calibrations_log)
    if squares <= 0:
        return None
    slope = math.fsum((y - mean_y) * (c - mean_c) for y, c in pairs) / squares
    rest = math.fsum((y - mean_y - slope * (c - mean_c)) ** 2 for y, c in pairs)
    stddev = math.sqrt(max(0.0, rest) / (count - 2))
    if stddev == 0:
        p_value = 0.0 if slope > 0 else 1.0
    else:
        p_value = t_upper_tail(slope / (stddev / math.sqrt(squares)), count - 2)
    return Line(slope, mean_c, squares, stddev, p_value)
