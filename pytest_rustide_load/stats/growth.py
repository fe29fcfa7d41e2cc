"""How a cost grows with size: the straight line through it, and the order of growth the data can tell.

Orders are compared as models y = a + b·g(x) with a, b ≥ 0 and relative errors, by the corrected Akaike
criterion (Burnham and Anderson 2002, Model Selection and Multimodel Inference). Where more than one explains
the data, all of them are named. Knows nothing of what x and y measure.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pytest_rustide_load.stats.distributions import t_quantile
from pytest_rustide_load.units import two_digits

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["ORDERS", "Growth", "Line", "fit_line", "growth_of"]

ORDERS = ("constant", "log", "linear", "n log n", "quadratic")
_SHAPES: dict[str, Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]]] = {
    "log": np.log,
    "linear": lambda x: x,
    "n log n": lambda x: x * np.log(x),
    "quadratic": np.square,
}
# From 4 to 7 on a model has considerably less support (Burnham and Anderson, chapter 2.6). At 8 its
# likelihood, with as many parameters, is a fiftieth of the best one's.
_WORSE = 8.0
# What grows by less than this factor over the whole range, with 95 % confidence, is called constant.
_FLAT_FACTOR = 1.25
_CONFIDENCE = 0.95
# The share of the growing term at the largest x, from next to nothing to all of it, on a logistic scale.
_SHARES = np.concatenate([1 / (1 + np.exp(-np.linspace(-12.0, 12.0, 241))), [1.0]])
_SHARES_BETWEEN = 41


@dataclass(frozen=True, slots=True)
class Line:
    """y = intercept + slope·x by least squares through `count` points; the `interval` of the slope is of
    95 %, None where no point is left over to tell noise by."""

    slope: float
    intercept: float
    r_squared: float
    count: int
    interval: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Growth:
    """`order` is the one of ORDERS that the data name, None where several, the `candidates`, would do.

    `worse_by` is how much larger the AICc of each is than the best one's. `factor` is how many times the
    fitted value at the smallest x the one at the largest is. `why` says what is missing where none is named.
    """

    order: str | None
    candidates: tuple[str, ...]
    worse_by: dict[str, float]
    factor: float
    noise_ratio: float
    why: str = ""


def fit_line(xs: Sequence[float], ys: Sequence[float]) -> Line | None:
    """None for fewer than two different x."""
    x, y = _arrays(xs, ys)
    if len(set(xs)) < 2:
        return None
    count = len(x)
    mean_x, mean_y = float(x.mean()), float(y.mean())
    spread = float(((x - mean_x) ** 2).sum())
    slope = float(((x - mean_x) * (y - mean_y)).sum()) / spread
    intercept = mean_y - slope * mean_x
    left = float(((y - intercept - slope * x) ** 2).sum())
    whole = float(((y - mean_y) ** 2).sum())
    interval = None
    if count > 2:
        error = math.sqrt(left / (count - 2) / spread)
        reach = t_quantile(1 - (1 - _CONFIDENCE) / 2, count - 2) * error
        interval = (slope - reach, slope + reach)
    return Line(slope, intercept, 1 - left / whole if whole > 0 else 1.0, count, interval)


def growth_of(xs: Sequence[float], ys: Sequence[float]) -> Growth | None:
    """The order in which positive `ys` grow with `xs`, several at an x where it was measured repeatedly.

    None for fewer than three different x. ValueError for costs that are not positive and sizes below 1.
    """
    x, y = _arrays(xs, ys)
    if not (y > 0).all() or not (x >= 1).all():
        raise ValueError("sizes must be 1 or more and costs positive")
    if len(set(xs)) < 3:
        return None
    log_y = np.log(y)
    count = len(y)
    squares = {"constant": float(((log_y - log_y.mean()) ** 2).sum())}
    factors = {"constant": 1.0}
    for name, shape in _SHAPES.items():
        squares[name], factors[name] = _fit(log_y, shape(x))
    # Two parameters, one for a constant, and the noise; what is left of fewer is nothing to judge by.
    if count < 6:
        noise = math.sqrt(min(squares.values()) / count)
        best = min(squares, key=lambda name: squares[name])
        few = f"{count} measurements are too few: it takes 6"
        return Growth(None, ORDERS, {}, factors[best], noise, few)
    criteria = {name: _aicc(squares[name], count, 2 if name == "constant" else 3) for name in ORDERS}
    least = min(criteria.values())
    worse_by = {name: value - least for name, value in criteria.items()}
    best = min(ORDERS, key=lambda name: worse_by[name])
    noise = math.sqrt(squares[best] / (count - (1 if best == "constant" else 2)))
    candidates = tuple(name for name in ORDERS if worse_by[name] <= _WORSE)
    if "constant" not in candidates:
        order = candidates[0] if len(candidates) == 1 else None
        return Growth(order, candidates, worse_by, factors[best], noise)
    # Each of the others can be as flat as one likes: what can be told is how much growth there may be.
    most = _most_growth(x, log_y)
    if most <= _FLAT_FACTOR:
        return Growth("constant", ("constant",), worse_by, factors[best], noise)
    why = f"it may be constant, or grow by up to {two_digits(most)} times over this range"
    return Growth(None, candidates, worse_by, factors[best], noise, why)


def _arrays(
    xs: Sequence[float], ys: Sequence[float]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    if len(xs) != len(ys):
        raise ValueError(f"{len(xs)} sizes and {len(ys)} costs")
    return np.asarray(xs, dtype=np.float64), np.asarray(ys, dtype=np.float64)


def _fit(log_y: npt.NDArray[np.float64], shape: npt.NDArray[np.float64]) -> tuple[float, float]:
    """The least sum of squared log residuals of s·((1 - t) + t·g/max g) over scale s and share t, and how
    many times the first value the last one is. For each t the best s is the mean of what is left."""
    # The logarithm of 1 is nothing, and of nothing there is none.
    unit = np.maximum(shape / shape.max(), 1e-9)

    def squares(shares: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        left = log_y[None, :] - np.log((1 - shares[:, None]) + shares[:, None] * unit[None, :])
        return np.asarray(((left - left.mean(axis=1, keepdims=True)) ** 2).sum(axis=1))

    coarse = squares(_SHARES)
    at = int(np.argmin(coarse))
    between = np.linspace(_SHARES[max(at - 1, 0)], _SHARES[min(at + 1, len(_SHARES) - 1)], _SHARES_BETWEEN)
    fine = squares(between)
    share = float(between[int(np.argmin(fine))])
    curve = (1 - share) + share * unit
    return float(fine.min()), float(curve.max() / curve.min())


def _aicc(squares: float, count: int, parameters: int) -> float:
    # A perfect fit is perfect to the precision of the numbers only.
    error = max(squares / count, 1e-24)
    correction = 2 * parameters * (parameters + 1) / (count - parameters - 1)
    return count * math.log(error) + 2 * parameters + correction


def _most_growth(x: npt.NDArray[np.float64], log_y: npt.NDArray[np.float64]) -> float:
    """The upper 95 % bound of the growth over the range, by a straight line through the logarithms."""
    log_x = np.log(x)
    line = fit_line(log_x.tolist(), log_y.tolist())
    if line is None or line.interval is None:
        return math.inf
    return math.exp(max(line.interval[1], 0.0) * float(log_x.max() - log_x.min()))
