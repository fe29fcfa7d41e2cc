"""Where scaling ends: the last level that scales linearly, the memory from which more is no use, and I/O.

Each is a value with its evidence, or "not reached" with what was seen instead. Knows nothing of how levels
were measured.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from pytest_rustide_load.stats.bottleneck import IO
from pytest_rustide_load.units import format_bytes

__all__ = ["Factor", "Point", "io_bottleneck", "linear_threshold", "memory_saturation"]

# Throughput per core or user, of that at the first level.
_LINEAR = 0.90
# Of the best throughput: what is above it is as good as the best.
_SATURATED = 0.95


@dataclass(frozen=True, slots=True)
class Point:
    """One level: its name and value, the throughput with its interval, and what held it back."""

    name: str
    value: float
    throughput_per_s: float
    interval: tuple[float, float] | None = None
    bottleneck: str = ""
    storage_mb_per_s: float | None = None


@dataclass(frozen=True, slots=True)
class Factor:
    """`reached` is the level's name, None where the end was not reached; `evidence` says why in words."""

    reached: str | None
    evidence: str


def linear_threshold(points: Sequence[Point], unit: str) -> Factor | None:
    """The last level up to which each `unit` brings at least 90 % of what the first brought. None for fewer
    than two levels."""
    if len(points) < 2:
        return None
    first = points[0]
    each = first.throughput_per_s / first.value
    for before, point in itertools.pairwise(points):
        share = point.throughput_per_s / point.value / each
        if share < _LINEAR:
            doubt = ""
            if point.interval is not None and point.interval[1] / point.value / each >= _LINEAR:
                doubt = ", though its interval reaches 90 %"
            at = _counted(point.name, unit)
            said = f"at {at} each brings {share:.0%} of what it brought at {first.name}{doubt}"
            return Factor(_counted(before.name, unit), said)
    last = points[-1]
    share = last.throughput_per_s / last.value / each
    until = _counted(last.name, unit)
    return Factor(None, f"up to {until} each brings {share:.0%} of what it brought at {first.name}")


def _counted(name: str, unit: str) -> str:
    """`unit` is a plural."""
    return f"{name} {unit.removesuffix('s') if name == '1' else unit}"


def memory_saturation(points: Sequence[Point]) -> Factor | None:
    """The least memory with which throughput is within 5 % of the best. None for fewer than two levels."""
    if len(points) < 2:
        return None
    best = max(point.throughput_per_s for point in points)
    enough = next(point for point in points if point.throughput_per_s >= _SATURATED * best)
    if enough is points[0]:
        return Factor(None, f"the least that was tried, {enough.name}, is as good as more")
    before = points[points.index(enough) - 1]
    share = before.throughput_per_s / best
    said = f"with {before.name} {share:.0%} of the best throughput"
    if enough is points[-1]:
        return Factor(None, f"it still grows with the last step, to {enough.name}: {said}")
    return Factor(enough.name, said)


def io_bottleneck(points: Sequence[Point]) -> Factor | None:
    """The least traffic with storage at which a level was held back by I/O. None where nobody looked."""
    known = [point for point in points if point.storage_mb_per_s is not None]
    if not known:
        return None
    bound = [point for point in known if point.bottleneck == IO]
    if bound:
        least = min(bound, key=lambda point: point.storage_mb_per_s or 0.0)
        rate = format_bytes((least.storage_mb_per_s or 0.0) * 1e6)
        return Factor(f"{rate}/s", f"at {least.name}")
    most = max(point.storage_mb_per_s or 0.0 for point in known)
    return Factor(None, f"no level was held back by I/O; at most {format_bytes(most * 1e6)}/s")
