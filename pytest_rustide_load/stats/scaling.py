"""How throughput grows with users or cores: the Universal Scalability Law, and where it bends.

X(N) = λN / (1 + σ(N - 1) + κN(N - 1)), Gunther 2007, Guerrilla Capacity Planning: σ is the share of work that
is done one at a time, κ the cost of every pair having to agree. Knows nothing of what N and X measure.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Interval", "ScalabilityFit", "fit_scalability"]

Interval = tuple[float, float]

_COLUMNS = 3
_RESAMPLES = 999
_CONFIDENCE = 0.95
# Relative noise means weights by the fitted values, which need the fit: a few rounds settle it.
_ROUNDS = 4
# A peak this many times beyond the last level is no measurement any more.
_MOST_BEYOND = 2.0
_LEVELS_FOR_A_PEAK = 5


@dataclass(frozen=True, slots=True)
class ScalabilityFit:
    """σ, κ and λ, throughput at N = 1, with 95 % intervals; no intervals where no observation is left over,
    and none of λ where it may be anything.

    `residuals` are (measured - fitted) / fitted of N/X, in the order of the observations, and `noise_ratio`
    their standard deviation. `peak` is the N of most throughput, √((1 - σ)/κ); where none can be told,
    `why_no_peak` says why.
    """

    rate_per_s: float
    sigma: float
    kappa: float
    residuals: tuple[float, ...]
    noise_ratio: float | None = None
    rate_interval: Interval | None = None
    sigma_interval: Interval | None = None
    kappa_interval: Interval | None = None
    peak: float | None = None
    peak_interval: Interval | None = None
    why_no_peak: str = ""

    def throughput(self, level: float) -> float:
        """What the law says of a level."""
        loss = self.sigma * (level - 1) + self.kappa * level * (level - 1)
        return self.rate_per_s * level / (1 + loss)


def fit_scalability(
    levels: Sequence[float], throughputs: Sequence[float], *, seed: int = 0
) -> ScalabilityFit | None:
    """Fit the law to observations, several at a level where it was measured repeatedly.

    N/X is linear in [1, N - 1, N(N - 1)]; no coefficient may be negative, and errors are relative. Intervals
    are a parametric bootstrap-t (Efron and Tibshirani 1993, An Introduction to the Bootstrap, chapters 6.5
    and 12.5) of the fit without bounds, cut to what is possible. None for fewer than three levels. ValueError
    for a level below 1, or a throughput that is not positive.
    """
    number = np.asarray(levels, dtype=np.float64)
    rate = np.asarray(throughputs, dtype=np.float64)
    if len(number) != len(rate):
        raise ValueError(f"{len(number)} levels and {len(rate)} throughputs")
    if (number < 1).any() or not (np.isfinite(rate) & (rate > 0)).all():
        raise ValueError("levels are 1 and more, throughputs are positive")
    count = len(set(levels))
    if count < _COLUMNS:
        return None
    columns = np.stack([np.ones_like(number), number - 1, number * (number - 1)], axis=1)
    cost = number / rate
    bounded = _bounded_fit(columns, cost)
    fitted = columns @ bounded
    base, one_at_a_time, pairs = map(float, bounded)
    residuals = tuple(float(value) for value in (cost - fitted) / fitted)
    plain = ScalabilityFit(1 / base, one_at_a_time / base, pairs / base, residuals)
    left_over = len(cost) - _COLUMNS
    if left_over < 1:
        why = "as many levels as unknowns: nothing tells noise from the law"
        return replace(plain, why_no_peak=why)
    return _bootstrap(plain, columns, cost, seed)


def _bounded_fit(columns: npt.NDArray[np.float64], cost: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Least squares of relative errors without negative coefficients. With three columns the best of all
    subsets whose own fit is not negative is the solution (Lawson and Hanson 1974, chapter 23)."""
    weights = 1 / cost
    best = np.zeros(_COLUMNS)
    for _ in range(_ROUNDS):
        found: list[tuple[float, npt.NDArray[np.float64]]] = []
        for size in range(_COLUMNS):
            # The first column, the cost of work itself, is always there.
            for others in combinations(range(1, _COLUMNS), size):
                chosen = [0, *others]
                part, *_ = np.linalg.lstsq(columns[:, chosen] * weights[:, None], cost * weights, rcond=None)
                if part[0] > 0 and (part >= 0).all():
                    whole = np.zeros(_COLUMNS)
                    whole[chosen] = part
                    found.append((float((((cost - columns @ whole) * weights) ** 2).sum()), whole))
        best = min(found, key=lambda one: one[0])[1]
        weights = 1 / (columns @ best)
    return best


def _bootstrap(
    plain: ScalabilityFit,
    columns: npt.NDArray[np.float64],
    cost: npt.NDArray[np.float64],
    seed: int,
) -> ScalabilityFit:
    levels = columns[:, 1] + 1
    fitted = cost / (1 + np.array(plain.residuals))
    weighted = columns / fitted[:, None]
    left_over = len(cost) - _COLUMNS
    inverse = np.linalg.inv(weighted.T @ weighted)
    hat = inverse @ weighted.T
    free = hat @ (cost / fitted)
    noise = math.sqrt(float(((cost / fitted - weighted @ free) ** 2).sum()) / left_over)
    theta, error = _ratios(free[None, :], np.array([noise]), inverse)
    random = np.random.default_rng(seed)
    # Data as they would come again, and the same fit of them, all at once.
    drawn = (weighted @ free)[None, :] + noise * random.standard_normal((_RESAMPLES, len(cost)))
    again = drawn @ hat.T
    noises = np.sqrt(((drawn - again @ weighted.T) ** 2).sum(axis=1) / left_over)
    thetas, errors = _ratios(again, noises, inverse)
    with np.errstate(divide="ignore", invalid="ignore"):
        students = (thetas - theta) / errors
    students = np.where(np.isfinite(students), students, 0.0)
    tail = (1 - _CONFIDENCE) / 2
    high, low = np.quantile(students, [1 - tail, tail], axis=0)
    bounds = [
        _interval(
            float(theta[0, at] - high[at] * error[0, at]), float(theta[0, at] - low[at] * error[0, at]), own
        )
        for at, own in enumerate((1 / plain.rate_per_s, plain.sigma, plain.kappa))
    ]
    slowest, quickest = bounds[0]
    peak, around, why = _peak(plain, bounds[1], bounds[2], levels)
    return replace(
        plain,
        noise_ratio=noise,
        rate_interval=(1 / quickest, 1 / slowest) if slowest > 0 else None,
        sigma_interval=bounds[1],
        kappa_interval=bounds[2],
        peak=peak,
        peak_interval=around,
        why_no_peak=why,
    )


def _ratios(
    coefficients: npt.NDArray[np.float64], noises: npt.NDArray[np.float64], inverse: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """1/λ, σ and κ of each row of coefficients, shape (n, 3), and their standard errors (delta method)."""
    base = coefficients[:, 0]
    thetas = np.stack([base, coefficients[:, 1] / base, coefficients[:, 2] / base], axis=1)
    variances = [np.full(len(base), inverse[0, 0])]
    for at in (1, 2):
        ratio = thetas[:, at]
        spread = inverse[at, at] - 2 * ratio * inverse[0, at] + ratio**2 * inverse[0, 0]
        variances.append(spread / base**2)
    errors = noises[:, None] * np.sqrt(np.maximum(np.stack(variances, axis=1), 0.0))
    return thetas, errors


def _interval(low: float, high: float, own: float) -> Interval:
    """Cut to what is possible, and never without the estimate."""
    return max(0.0, min(low, own)), max(high, own, 0.0)


def _peak(
    fit: ScalabilityFit, sigma: Interval, kappa: Interval, levels: npt.NDArray[np.float64]
) -> tuple[float | None, Interval | None, str]:
    if sigma[0] >= 1:
        return None, None, "σ is 1 or more: throughput falls from the first level on"
    if kappa[0] <= 0:
        return None, None, "κ may be 0: throughput may go on growing, or level off"
    if fit.sigma >= 1:
        return None, None, "σ may be 1 or more: throughput may fall from the first level on"
    peak = math.sqrt((1 - fit.sigma) / fit.kappa)
    around = (
        math.sqrt(max(1 - sigma[1], 0.0) / kappa[1]),
        math.sqrt(max(1 - sigma[0], 0.0) / kappa[0]),
    )
    level_count, largest = len(np.unique(levels)), float(levels.max())
    if level_count < _LEVELS_FOR_A_PEAK:
        return None, around, f"{level_count} levels are too few to name a peak: it takes {_LEVELS_FOR_A_PEAK}"
    if peak > _MOST_BEYOND * largest:
        return None, around, f"it would lie beyond twice the last level, {largest:g}"
    return peak, around, ""
