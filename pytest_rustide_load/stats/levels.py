"""One level of a scaling experiment: what its runs did, with intervals that know of runs and of neighbours.

Knows nothing of what was varied.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np

from pytest_rustide_load.stats.quantiles import min_samples_for, quantile
from pytest_rustide_load.stats.record import RunRecord
from pytest_rustide_load.stats.samples import Outcome, PhaseKind
from pytest_rustide_load.units import NS_PER_MS, NS_PER_S

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["LevelFigures", "LevelRun", "level_figures", "level_series"]

_RESAMPLES = 400
_CELLS = 4_000_000
_Q = 0.95


@dataclass(frozen=True, slots=True)
class LevelRun:
    """One run: right answers in each whole second, the latencies of right answers in order of their end in
    milliseconds, and the memory and CPU it took. `void` says why its timings mean nothing, "" where they do;
    its memory does in any case.
    """

    per_second: npt.NDArray[np.float64]
    latencies_ms: npt.NDArray[np.float64]
    rss_peak_mb: float | None
    cpu_percent: float | None
    goodput_ratio: float | None
    startup_s: float | None = None
    storage_mb_per_s: float | None = None
    void: str = ""

    @property
    def throughput_per_s(self) -> float:
        return float(self.per_second.mean()) if len(self.per_second) else 0.0

    @property
    def p95_ms(self) -> float | None:
        return quantile(np.sort(self.latencies_ms), _Q) if len(self.latencies_ms) else None


@dataclass(frozen=True, slots=True)
class LevelFigures:
    """Means over the runs that count, with 95 % intervals; None where there is nothing, or too little, to
    tell."""

    runs: int
    throughput_per_s: float | None
    throughput_interval: tuple[float, float] | None
    p95_ms: float | None
    p95_interval: tuple[float, float] | None
    rss_peak_mb: float | None
    cpu_percent: float | None
    goodput_ratio: float | None
    startup_s: float | None
    storage_mb_per_s: float | None


def level_series(
    record: RunRecord, operations: Collection[str]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Right answers to `operations` in each whole second of the measured time, and their latencies in
    milliseconds in order of their end."""
    columns = record.samples.columns()
    codes = [code for code, name in enumerate(record.samples.operations) if name in operations]
    chosen = (columns["phase"] == PhaseKind.MEASURE) & (columns["outcome"] == Outcome.OK)
    rows = np.flatnonzero(chosen & np.isin(columns["operation"], codes))
    done_ns = columns["done_ns"][rows]
    rows = rows[np.argsort(done_ns, kind="stable")]
    seconds = (record.measure_end_ns - record.measure_start_ns) // NS_PER_S
    second = (done_ns - record.measure_start_ns) // NS_PER_S
    per_second = np.bincount(second[(second >= 0) & (second < seconds)], minlength=seconds)
    latencies = (columns["done_ns"][rows] - columns["intended_ns"][rows]) / NS_PER_MS
    return per_second.astype(np.float64), latencies


def level_figures(runs: Sequence[LevelRun], *, seed: int = 0) -> LevelFigures:
    """Those of a level from its runs. Runs are drawn with replacement, and in each of them blocks of
    neighbours (Davison and Hinkley 1997, Bootstrap Methods and their Application, chapters 3.8 and 8.2.3)."""
    counted = [run for run in runs if not run.void and len(run.per_second)]
    throughputs = [run.throughput_per_s for run in counted]
    p95s = [value for run in counted if (value := run.p95_ms) is not None]
    enough = all(len(run.latencies_ms) >= min_samples_for(_Q) for run in counted)
    return LevelFigures(
        runs=len(counted),
        throughput_per_s=_mean(throughputs),
        throughput_interval=_interval([run.per_second for run in counted], None, seed),
        p95_ms=_mean(p95s),
        p95_interval=_interval([run.latencies_ms for run in counted], _Q, seed) if enough else None,
        rss_peak_mb=_mean([run.rss_peak_mb for run in runs]),
        cpu_percent=_mean([run.cpu_percent for run in counted]),
        goodput_ratio=_mean([run.goodput_ratio for run in counted]),
        startup_s=_mean([run.startup_s for run in counted]),
        storage_mb_per_s=_mean([run.storage_mb_per_s for run in counted]),
    )


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None


def _interval(
    series: Sequence[npt.NDArray[np.float64]], q: float | None, seed: int
) -> tuple[float, float] | None:
    """Of the mean over runs of each run's mean, or its q-quantile."""
    if not series or min(len(one) for one in series) < 4:
        return None
    random = np.random.default_rng(seed)
    # What each run would have given, had other blocks of it come; then which runs would have come.
    drawn = np.stack([_resampled(one, q, random) for one in series])
    chosen = random.integers(0, len(series), size=(len(series), _RESAMPLES))
    means = np.sort(drawn[chosen, np.arange(_RESAMPLES)[None, :]].mean(axis=0))
    return float(quantile(means, 0.025)), float(quantile(means, 0.975))


def _resampled(
    values: npt.NDArray[np.float64], q: float | None, random: np.random.Generator
) -> npt.NDArray[np.float64]:
    count = len(values)
    length = max(1, round(count ** (1 / 3)))
    blocks = math.ceil(count / length)
    offsets = np.arange(length)
    found: list[npt.NDArray[np.float64]] = []
    batch = max(1, _CELLS // (blocks * length))
    for first in range(0, _RESAMPLES, batch):
        rows = min(batch, _RESAMPLES - first)
        starts = random.integers(0, count - length + 1, size=(rows, blocks, 1))
        again = values[(starts + offsets).reshape(rows, -1)[:, :count]]
        found.append(again.mean(axis=1) if q is None else np.quantile(again, q, axis=1))
    return np.concatenate(found)
