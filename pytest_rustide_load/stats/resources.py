"""Memory and CPU of a backend over a window: averages weighted by time, peaks as sampled.

Pure arithmetic on ResourceSamples.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from pytest_rustide_load.stats.record import ResourceSample

__all__ = ["ResourceSummary", "summarise_resources"]


@dataclass(frozen=True, slots=True)
class ResourceSummary:
    """CPU ratios are of one core. A peak is the highest value sampled (for CPU: between two samples)."""

    sample_count: int
    rss_avg_bytes: float
    rss_peak_bytes: int
    cpu_avg_ratio: float
    cpu_peak_ratio: float
    process_peak: int
    thread_peak: int
    read_bytes: int | None
    write_bytes: int | None
    generator_cpu_ratio: float
    generator_rss_peak_bytes: int


def summarise_resources(
    samples: Sequence[ResourceSample], start_ns: int, end_ns: int
) -> ResourceSummary | None:
    """Summarise the samples taken from `start_ns` to `end_ns`; None for fewer than two.

    The average memory weighs each pair of neighbours by the time between them (trapezoids), so that
    uneven sampling does not shift it.
    """
    inside = [sample for sample in samples if start_ns <= sample.at_ns <= end_ns]
    if len(inside) < 2:
        return None
    first, last = inside[0], inside[-1]
    span_ns = last.at_ns - first.at_ns
    pairs = [(a, b) for a, b in itertools.pairwise(inside) if b.at_ns > a.at_ns]
    if span_ns <= 0 or not pairs:
        return None
    area = sum((a.rss_bytes + b.rss_bytes) / 2 * (b.at_ns - a.at_ns) for a, b in pairs)
    return ResourceSummary(
        sample_count=len(inside),
        rss_avg_bytes=area / span_ns,
        rss_peak_bytes=max(sample.rss_bytes for sample in inside),
        cpu_avg_ratio=max(last.cpu_ns - first.cpu_ns, 0) / span_ns,
        cpu_peak_ratio=max(max(b.cpu_ns - a.cpu_ns, 0) / (b.at_ns - a.at_ns) for a, b in pairs),
        process_peak=max(sample.process_count for sample in inside),
        thread_peak=max(sample.thread_count for sample in inside),
        read_bytes=_difference(first.read_bytes, last.read_bytes),
        write_bytes=_difference(first.write_bytes, last.write_bytes),
        generator_cpu_ratio=max(last.generator_cpu_ns - first.generator_cpu_ns, 0) / span_ns,
        generator_rss_peak_bytes=max(sample.generator_rss_bytes for sample in inside),
    )


def _difference(first: int | None, last: int | None) -> int | None:
    return None if first is None or last is None else max(last - first, 0)
