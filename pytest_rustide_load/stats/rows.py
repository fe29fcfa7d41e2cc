"""A run cut into rows of equal time, and what samples, counters and operations come to in each of them.

Pure arithmetic on arrays; knows nothing of what the numbers mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Rows"]

# A rate over less of a row than this says more about when somebody looked than about the row.
_LEAST_SHARE = 0.2


class Rows:
    """`count` rows of `step_ns` each, from `start_ns` on. Columns have the shape (count,); NaN stands for a
    row in which nothing is known. Moments are ascending, shape (n,)."""

    def __init__(self, start_ns: int, step_ns: int, count: int) -> None:
        self.step_ns = step_ns
        self.count = count
        self.edges_ns: npt.NDArray[np.int64] = start_ns + np.arange(count + 1, dtype=np.int64) * step_ns

    def of(self, at_ns: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The row of each moment, -1 for those in none."""
        rows = (at_ns - self.edges_ns[0]) // self.step_ns
        return np.where((rows >= 0) & (rows < self.count), rows, -1)

    def counts(self, at_ns: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """How many moments (in any order) lie in each row."""
        rows = self.of(at_ns)
        return np.bincount(rows[rows >= 0], minlength=self.count)

    def peaks(self, at_ns: npt.NDArray[np.int64], values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """The largest of the values sampled in each row; those that are NaN do not count."""
        found = np.full(self.count, -np.inf)
        rows = self.of(at_ns)
        inside = (rows >= 0) & ~np.isnan(values)
        np.maximum.at(found, rows[inside], values[inside])
        return np.where(np.isfinite(found), found, np.nan)

    def means(self, at_ns: npt.NDArray[np.int64], values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """The time-weighted mean of each row, of straight lines from sample to sample (trapezoids); of that
        part of the row that lies between the first sample and the last."""
        known = ~np.isnan(values)
        at_ns, values = at_ns[known], values[known]
        if len(at_ns) < 2:
            return np.full(self.count, np.nan)
        # In seconds from the first, where a double holds what an int64 of nanoseconds does.
        at_s = (at_ns - at_ns[0]) / 1e9
        edges_s = np.clip((self.edges_ns - at_ns[0]) / 1e9, 0, at_s[-1])
        moments = np.union1d(at_s, edges_s)
        levels = np.interp(moments, at_s, values)
        areas = np.concatenate([[0.0], np.cumsum((levels[1:] + levels[:-1]) / 2 * np.diff(moments))])
        return self._per_time(np.interp(edges_s, moments, areas), edges_s)

    def rates(self, at_ns: npt.NDArray[np.int64], totals: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """By how much a counter grew in each row, per second; between samples it grows evenly. NaN where the
        counter is not known."""
        known = ~np.isnan(totals)
        at_ns, totals = at_ns[known], totals[known]
        if len(at_ns) < 2:
            return np.full(self.count, np.nan)
        at_s = (at_ns - at_ns[0]) / 1e9
        edges_s = np.clip((self.edges_ns - at_ns[0]) / 1e9, 0, at_s[-1])
        return self._per_time(np.interp(edges_s, at_s, totals), edges_s)

    def quantiles(
        self, at_ns: npt.NDArray[np.int64], values: npt.NDArray[np.float64], qs: Sequence[float]
    ) -> list[npt.NDArray[np.float64]]:
        """The `qs`-quantiles (type 7, as in stats.quantiles) of the values (in any order) of each row."""
        rows = self.of(at_ns)
        inside = rows >= 0
        rows, values = rows[inside], values[inside]
        ordered = values[np.lexsort((values, rows))]
        ends = np.cumsum(np.bincount(rows, minlength=self.count))
        sizes = np.diff(ends, prepend=0)
        there = sizes > 0
        first = (ends - sizes)[there]
        found = []
        for q in qs:
            column = np.full(self.count, np.nan)
            position = (sizes[there] - 1) * q
            below = np.floor(position).astype(np.int64)
            above = np.minimum(below + 1, sizes[there] - 1)
            low, high = ordered[first + below], ordered[first + above]
            column[there] = low + (position - below) * (high - low)
            found.append(column)
        return found

    def means_open(
        self, from_ns: npt.NDArray[np.int64], until_ns: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.float64]:
        """How many stretches, from `from_ns` until `until_ns` (in any order), were open on average in each
        row: the time-weighted mean, by the sum of what each has of the row."""
        area = self._elapsed(from_ns) - self._elapsed(until_ns)
        found: npt.NDArray[np.float64] = np.diff(area) / (self.step_ns / 1e9)
        return found

    def _elapsed(self, since_ns: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """At each edge, the sum of the seconds that have passed since each of the moments before it."""
        since_s = np.sort(since_ns - self.edges_ns[0]) / 1e9
        edges_s = (self.edges_ns - self.edges_ns[0]) / 1e9
        before = np.searchsorted(since_s, edges_s)
        sums = np.concatenate([[0.0], np.cumsum(since_s)])
        found: npt.NDArray[np.float64] = edges_s * before - sums[before]
        return found

    def _per_time(
        self, reached: npt.NDArray[np.float64], edges_s: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float64]:
        span_s = np.diff(edges_s)
        enough = span_s >= _LEAST_SHARE * self.step_ns / 1e9
        found: npt.NDArray[np.float64] = np.full(self.count, np.nan)
        np.divide(np.diff(reached), span_s, out=found, where=enough)
        return found
