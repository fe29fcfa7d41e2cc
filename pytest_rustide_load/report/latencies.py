"""The distribution of latencies in a few buckets, for drawing it; small enough to travel with the results.

Values in, values out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from pytest_rustide_load.report.buckets import LatencyBucket
from pytest_rustide_load.report.results import LoadTestResults
from pytest_rustide_load.stats.record import RunRecord
from pytest_rustide_load.stats.samples import Outcome, PhaseKind
from pytest_rustide_load.units import NS_PER_MS

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["latency_buckets", "merged_latencies"]

# A bucket is 12 % wide: what differs less is not seen in a picture.
_PER_DECADE = 20
_SHORTEST_MS = 0.001


def latency_buckets(record: RunRecord) -> dict[str, tuple[LatencyBucket, ...]]:
    """Of each operation the right answers of the measured time, from the intended start."""
    columns = record.samples.columns()
    right = (columns["phase"] == PhaseKind.MEASURE) & (columns["outcome"] == Outcome.OK)
    found = {}
    for code, name in enumerate(record.samples.operations):
        rows = right & (columns["operation"] == code)
        found[name] = _buckets((columns["done_ns"] - columns["intended_ns"])[rows] / NS_PER_MS)
    return found


def merged_latencies(runs: Iterable[LoadTestResults]) -> dict[str, tuple[LatencyBucket, ...]]:
    """The distributions of several runs as one, by operation; buckets of all runs have the same borders."""
    counts: dict[str, Counter[tuple[float, float]]] = {}
    for run in runs:
        for name, operation in run.operations.items():
            for one in operation.latency_buckets:
                counts.setdefault(name, Counter())[one.low_ms, one.high_ms] += one.count
    return {
        name: tuple(LatencyBucket(low, high, count) for (low, high), count in sorted(each.items()))
        for name, each in counts.items()
    }


def _buckets(values_ms: npt.NDArray[np.float64]) -> tuple[LatencyBucket, ...]:
    powers = np.floor(np.log10(np.maximum(values_ms, _SHORTEST_MS)) * _PER_DECADE).astype(np.int64)
    numbers, counts = np.unique(powers, return_counts=True)
    return tuple(
        LatencyBucket(_border(number), _border(number + 1), count)
        for number, count in zip(numbers.tolist(), counts.tolist(), strict=True)
    )


def _border(number: int) -> float:
    return float(f"{10 ** (number / _PER_DECADE):.4g}")
