"""What a backend's memory did over a run: before load, while it worked, after it; and whether it grows.

Pure arithmetic on ResourceSamples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median

from pytest_rustide_load.stats.record import PartOfRun, ResourceSample
from pytest_rustide_load.stats.trend import DriftRule, find_drift

__all__ = ["MemoryPart", "MemorySummary", "summarise_memory"]

# A part is looked at in so many slices of equal length, each the median of its samples: enough to correct for
# neighbours that resemble one another, and few enough for all pairs.
_SLICES = 120
# Less than that share over a part is noise of the allocator's.
_RULE = DriftRule(threshold_ratio=0.005)
_END_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class MemoryPart:
    """Resident memory in one part of the measured time. `start_bytes` and `end_bytes` are medians of its
    first and last tenth; `slope_bytes_per_s` is that of its line (Theil-Sen), None for too few samples, and
    `grows` says that there is a trend upwards at all."""

    name: str
    duration_s: float
    avg_bytes: float
    peak_bytes: int
    start_bytes: float
    end_bytes: float
    slope_bytes_per_s: float | None
    grows: bool


@dataclass(frozen=True, slots=True)
class MemorySummary:
    """`baseline_bytes` is what was resident when the run began, with nothing asked yet. PSS divides shared
    pages among those who share them; None where it cannot be read."""

    baseline_bytes: int
    pss_avg_bytes: float | None
    pss_peak_bytes: int | None
    parts: tuple[MemoryPart, ...]


def summarise_memory(
    samples: Sequence[ResourceSample], parts: Sequence[PartOfRun], start_ns: int, end_ns: int
) -> MemorySummary | None:
    """Of the samples of a run that was measured from `start_ns` to `end_ns`; None for none at all. A run
    without named parts is one part without a name."""
    if not samples:
        return None
    pss = [
        sample.pss_bytes
        for sample in samples
        if sample.pss_bytes is not None and start_ns <= sample.at_ns <= end_ns
    ]
    named = parts if any(part.name for part in parts) else (PartOfRun("", 1.0, 1.0),)
    found, share = [], 0.0
    for part in named:
        low = start_ns + round(share * (end_ns - start_ns))
        share += part.share
        high = start_ns + round(share * (end_ns - start_ns))
        inside = [sample for sample in samples if low <= sample.at_ns <= high]
        if inside:
            found.append(_part(part.name, inside, low, high))
    return MemorySummary(
        samples[0].rss_bytes, fmean(pss) if pss else None, max(pss, default=None), tuple(found)
    )


def _part(name: str, samples: Sequence[ResourceSample], low_ns: int, high_ns: int) -> MemoryPart:
    sizes = [sample.rss_bytes for sample in samples]
    ends = max(1, round(len(sizes) * _END_SHARE))
    slices = _slices(samples, low_ns, high_ns)
    # No process has no memory: what has ended is no series.
    drift = find_drift(slices, _RULE) if min(slices) > 0 else None
    slope = None
    if drift is not None and drift.change_ratio is not None:
        seconds = (samples[-1].at_ns - samples[0].at_ns) / 1e9
        slope = drift.change_ratio * median(sizes[:ends]) / seconds if seconds > 0 else None
    return MemoryPart(
        name=name,
        duration_s=(high_ns - low_ns) / 1e9,
        avg_bytes=fmean(sizes),
        peak_bytes=max(sizes),
        start_bytes=median(sizes[:ends]),
        end_bytes=median(sizes[-ends:]),
        slope_bytes_per_s=slope,
        grows=drift is not None and drift.is_drift and (drift.change_ratio or 0) > 0,
    )


def _slices(samples: Sequence[ResourceSample], low_ns: int, high_ns: int) -> list[float]:
    width = max((high_ns - low_ns) / _SLICES, 1)
    found: dict[int, list[int]] = {}
    for sample in samples:
        found.setdefault(int((sample.at_ns - low_ns) / width), []).append(sample.rss_bytes)
    return [median(found[number]) for number in sorted(found)]
