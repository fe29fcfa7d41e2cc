"""Quantiles, the sample sizes they need, and how sure one may be of them.

Knows nothing of samples or units: numbers in, numbers out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Estimate", "bootstrap_interval", "censored_quantiles", "min_samples_for", "quantile"]

_RESAMPLES = 400
# A very long series has a narrow interval, which fewer resamples describe as well.
_FEWEST_RESAMPLES = 100
_RESAMPLED_VALUES = 20_000_000
# Cells of the index table of one batch of resamples: bounds the memory to some tens of megabytes.
_BATCH_CELLS = 2_000_000


@dataclass(frozen=True, slots=True)
class Estimate:
    """A statistic of a distribution in which some values are only known to be at least so large.

    `is_lower_bound` is True where the true statistic may be larger than `value`.
    """

    value: float
    is_lower_bound: bool = False


def quantile(ordered: npt.NDArray[np.float64], q: float) -> float:
    """The q-quantile of ascending `ordered`, shape (n,), n ≥ 1, by linear interpolation between order
    statistics (type 7 of Hyndman and Fan 1996, The American Statistician 50: h = (n - 1)·q)."""
    if not len(ordered):
        raise ValueError("no quantile of nothing")
    if not 0 <= q <= 1:
        raise ValueError(f"q is {q}, must lie in 0..1")
    position = (len(ordered) - 1) * q
    below = math.floor(position)
    above = min(below + 1, len(ordered) - 1)
    low, high = float(ordered[below]), float(ordered[above])
    if low == high or position == below:
        return low
    return low + (position - below) * (high - low)


def censored_quantiles(
    exact: npt.NDArray[np.float64], lower_bounds: npt.NDArray[np.float64], qs: Sequence[float]
) -> list[Estimate]:
    """The quantiles `qs` of values of which some are only known to be at least `lower_bounds`.

    A quantile grows with each of its values, so the true one lies between the quantile with every
    censored value at its bound and the one with every censored value at infinity. Where both agree it
    is exact; else the former is reported as a lower bound.
    """
    lowest = np.sort(np.concatenate([exact, lower_bounds]))
    highest = np.sort(np.concatenate([exact, np.full(len(lower_bounds), np.inf)]))
    estimates = []
    for q in qs:
        low = quantile(lowest, q)
        estimates.append(Estimate(low, is_lower_bound=quantile(highest, q) != low))
    return estimates


def min_samples_for(q: float, confidence: float = 0.95) -> int:
    """How many independent values it takes before the largest of them lies above the true q-quantile
    with `confidence`: the smallest n with qⁿ ≤ 1 - confidence (p90 29, p95 59, p99 299)."""
    if not 0 < q < 1 or not 0 < confidence < 1:
        raise ValueError("q and confidence lie strictly between 0 and 1")
    # The guard against rounding: q = 0.5 and confidence = 0.75 take exactly two.
    return max(1, math.ceil(math.log(1 - confidence) / math.log(q) - 1e-12))


def bootstrap_interval(
    values: npt.NDArray[np.float64] | Sequence[float],
    q: float,
    *,
    seed: int,
    confidence: float = 0.95,
    block_length: int | None = None,
) -> tuple[float, float] | None:
    """A confidence interval of the q-quantile of a series in time order, by moving blocks.

    Latencies that follow one another are alike, and intervals that treat them as independent are too
    narrow. Whole blocks of neighbours are drawn with replacement instead (Künsch 1989, Annals of
    Statistics 17), of n^(1/3) values unless `block_length` says otherwise. None where n is below
    `min_samples_for(q)`. The same series and seed give the same interval everywhere.
    """
    series = np.asarray(values, dtype=np.float64)
    count = len(series)
    if count < max(2, min_samples_for(q)):
        return None
    length = block_length or max(1, round(count ** (1 / 3)))
    if not 1 <= length <= count:
        raise ValueError(f"a block of {length} does not fit a series of {count}")
    blocks = math.ceil(count / length)
    # The raw words of a bit generator are the part of numpy's random streams that is promised to stay.
    words = np.random.PCG64(seed)
    offsets = np.arange(length, dtype=np.int64)
    resamples = min(_RESAMPLES, max(_FEWEST_RESAMPLES, _RESAMPLED_VALUES // count))
    batch = max(1, _BATCH_CELLS // (blocks * length))
    position = (count - 1) * q
    below = math.floor(position)
    above = min(below + 1, count - 1)
    found: list[float] = []
    while len(found) < resamples:
        rows = min(batch, resamples - len(found))
        raw = words.random_raw(rows * blocks).astype(np.uint64)
        starts = (raw % np.uint64(count - length + 1)).astype(np.int64).reshape(rows, blocks, 1)
        drawn = series[(starts + offsets).reshape(rows, blocks * length)[:, :count]]
        drawn.partition((below, above), axis=1)
        low, high = drawn[:, below], drawn[:, above]
        found += (low + (position - below) * (high - low)).tolist()
    ordered = np.sort(np.array(found))
    tail = (1 - confidence) / 2
    return quantile(ordered, tail), quantile(ordered, 1 - tail)
