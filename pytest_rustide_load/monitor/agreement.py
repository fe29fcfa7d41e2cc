"""Whether what a backend says of itself agrees with what is seen from outside.

Pure arithmetic on scrapes and samples.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from pytest_rustide_load.monitor.endpoints import Scrape
from pytest_rustide_load.stats.record import ResourceSample
from pytest_rustide_load.units import MB, NS_PER_S

__all__ = ["Agreement", "compare_with_outside"]

# Which self-reported values can be held against ours: the last word of the name is the unit.
_MEMORY = re.compile(r"(?:^|[._])(?:rss|resident|memory)\w*?_(bytes|kb|mb|mib|gb)$")
_CPU = re.compile(r"(?:^|[._])cpu\w*?_(percent|ratio)$")
_UNITS = {
    "bytes": 1.0,
    "kb": 1e3,
    "mb": float(MB),
    "mib": float(1 << 20),
    "gb": 1e3 * MB,
    "percent": 0.01,
    "ratio": 1.0,
}
_NEAR_NS = NS_PER_S
_CPU_WINDOW_NS = NS_PER_S
_CPU_SLACK_RATIO = 0.05


@dataclass(frozen=True, slots=True)
class Agreement:
    """A value the backend reports of itself beside ours: medians over the same moments, in bytes or as a
    ratio of one core."""

    name: str
    reported: float
    measured: float
    moments: int
    agrees: bool


def compare_with_outside(
    scrapes: Sequence[Scrape], samples: Sequence[ResourceSample], *, tolerance_ratio: float = 0.1
) -> tuple[Agreement, ...]:
    """Hold what the backend says of its memory and CPU against what was sampled within a second of it.

    Compared are names that end in a unit: `...rss_bytes`, `...memory_mb`, `...cpu_percent` and the like. They
    agree when the medians differ by no more than `tolerance_ratio` of ours (for CPU: or 5 % of a core).
    """
    at_ns = [sample.at_ns for sample in samples]
    reported: dict[str, list[float]] = {}
    measured: dict[str, list[float]] = {}
    for scrape in scrapes:
        for name, value in scrape.values.items():
            memory, cpu = _MEMORY.search(name.lower()), _CPU.search(name.lower())
            if memory is not None:
                near, unit = _rss_near(samples, at_ns, scrape.at_ns), _UNITS[memory.group(1)]
            elif cpu is not None:
                near, unit = _cpu_near(samples, at_ns, scrape.at_ns), _UNITS[cpu.group(1)]
            else:
                continue
            if near is not None:
                reported.setdefault(name, []).append(value * unit)
                measured.setdefault(name, []).append(near)
    found = []
    for name, values in sorted(reported.items()):
        theirs, ours = median(values), median(measured[name])
        slack = max(tolerance_ratio * ours, _CPU_SLACK_RATIO if _CPU.search(name.lower()) else 0.0)
        found.append(Agreement(name, theirs, ours, len(values), abs(theirs - ours) <= slack))
    return tuple(found)


def _rss_near(samples: Sequence[ResourceSample], at_ns: Sequence[int], when_ns: int) -> float | None:
    after = bisect_left(at_ns, when_ns)
    near = samples[max(after - 1, 0) : after + 1]
    nearest = min(near, key=lambda sample: abs(sample.at_ns - when_ns), default=None)
    return None if nearest is None or abs(nearest.at_ns - when_ns) > _NEAR_NS else float(nearest.rss_bytes)


def _cpu_near(samples: Sequence[ResourceSample], at_ns: Sequence[int], when_ns: int) -> float | None:
    """CPU over the second before; a backend's own figure is of some such window too."""
    first = bisect_left(at_ns, when_ns - _CPU_WINDOW_NS)
    last = bisect_left(at_ns, when_ns) - 1
    if last <= first or when_ns - at_ns[last] > _NEAR_NS:
        return None
    return (samples[last].cpu_ns - samples[first].cpu_ns) / (at_ns[last] - at_ns[first])
