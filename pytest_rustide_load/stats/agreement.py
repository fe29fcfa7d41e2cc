"""Whether what a backend says of itself agrees with what is seen from outside.

Pure arithmetic on scrapes and samples.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from pytest_rustide_load.stats.observed import Scrape
from pytest_rustide_load.stats.record import ResourceSample
from pytest_rustide_load.units import MB, NS_PER_S

__all__ = ["Agreement", "compare_with_outside"]

# Which self-reported values can be held against ours: the last word of the name is the unit.
_MEMORY = re.compile(r"(?:^|[._])(?:rss|resident|memory)\w*?_(bytes|kb|mb|mib|gb)$")
_CPU = re.compile(r"(?:^|[._])cpu\w*?_(percent|ratio)$")
_CPU_TIME = re.compile(r"(?:^|[._])cpu\w*?_(?:s|seconds|seconds_total)$")
_CPU_PARTS = re.compile(r"(?:^|[._])cpu_(?:user|sys|system)_(?:s|seconds|seconds_total)$")
_REQUESTS = re.compile(r"(?:^|[._])requests(?:_total)?$")
# Not what is used now.
_OTHER_MEMORY = re.compile(r"peak|max|limit|total|avail|free|cache|swap")
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
# A clock that counts in hundredths of a second, for user and system time.
_CPU_SLACK_NS = 30_000_000
_REQUESTS_SLACK = 5


@dataclass(frozen=True, slots=True)
class Agreement:
    """A value that the backend reports of itself beside ours, in `unit`: "bytes" and "ratio" (of one core)
    are medians over the same moments, "s" (of CPU) and "requests" what a counter grew by between the first of
    the `moments` and the last."""

    name: str
    unit: str
    reported: float
    measured: float
    moments: int
    agrees: bool


def compare_with_outside(
    scrapes: Sequence[Scrape],
    samples: Sequence[ResourceSample],
    *,
    answered_ns: Sequence[int] | None = None,
    tolerance_ratio: float = 0.1,
) -> tuple[Agreement, ...]:
    """Hold what the backend says of its memory, CPU and requests against what was seen from outside.

    Compared are names that end in a unit: `...rss_bytes`, `...memory_mb`, `...cpu_percent`, and the counters
    `...cpu_seconds_total` and `requests`. `answered_ns` are the ends, ascending, of all requests that were
    answered; None where the backend was asked by others too. They agree when they differ by no more than
    `tolerance_ratio` of ours (for CPU: or 5 % of a core; for counters: or what a look may be late).
    """
    found = [*_levels(scrapes, samples, tolerance_ratio), *_cpu_times(scrapes, samples, tolerance_ratio)]
    if answered_ns is not None:
        found += _requests(scrapes, answered_ns, tolerance_ratio)
    return tuple(sorted(found, key=lambda one: one.name))


def _levels(
    scrapes: Sequence[Scrape], samples: Sequence[ResourceSample], tolerance_ratio: float
) -> Iterator[Agreement]:
    """Memory and CPU now, each held against the sample within a second of it."""
    at_ns = [sample.at_ns for sample in samples]
    pairs: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for scrape in scrapes:
        for name, value in scrape.values.items():
            lower = name.lower()
            memory, cpu = _MEMORY.search(lower), _CPU.search(lower)
            if memory is not None and not _OTHER_MEMORY.search(lower.rpartition(".")[2]):
                near, factor, unit = _rss_near(samples, at_ns, scrape.at_ns), _UNITS[memory.group(1)], "bytes"
            elif cpu is not None:
                near, factor, unit = _cpu_near(samples, at_ns, scrape.at_ns), _UNITS[cpu.group(1)], "ratio"
            else:
                continue
            if near is not None:
                pairs.setdefault((name, unit), []).append((value * factor, near))
    for (name, unit), found in pairs.items():
        theirs, ours = median(pair[0] for pair in found), median(pair[1] for pair in found)
        slack = max(tolerance_ratio * ours, _CPU_SLACK_RATIO if unit == "ratio" else 0.0)
        yield Agreement(name, unit, theirs, ours, len(found), abs(theirs - ours) <= slack)


def _cpu_times(
    scrapes: Sequence[Scrape], samples: Sequence[ResourceSample], tolerance_ratio: float
) -> Iterator[Agreement]:
    """Counters of CPU time; one of user and one of system time are one together."""
    series: dict[str, list[tuple[int, float]]] = {}
    for scrape in scrapes:
        parts = {name: value for name, value in scrape.values.items() if _CPU_PARTS.search(name.lower())}
        if len(parts) > 1:
            series.setdefault(" + ".join(sorted(parts)), []).append((scrape.at_ns, sum(parts.values())))
        for name, value in scrape.values.items():
            if name not in parts and _CPU_TIME.search(name.lower()):
                series.setdefault(name, []).append((scrape.at_ns, value))
    at_ns = [sample.at_ns for sample in samples]
    for name, found in series.items():
        inside = [(when, value) for when, value in found if at_ns and at_ns[0] <= when <= at_ns[-1]]
        if len(inside) < 2:
            continue
        (first_ns, first), (last_ns, last) = inside[0], inside[-1]
        ours_s = (_cpu_at(samples, at_ns, last_ns) - _cpu_at(samples, at_ns, first_ns)) / NS_PER_S
        slack = max(tolerance_ratio * ours_s, _CPU_SLACK_NS / NS_PER_S)
        yield Agreement(name, "s", last - first, ours_s, len(inside), abs(last - first - ours_s) <= slack)


def _requests(
    scrapes: Sequence[Scrape], answered_ns: Sequence[int], tolerance_ratio: float
) -> Iterator[Agreement]:
    series: dict[str, list[tuple[int, float]]] = {}
    for scrape in scrapes:
        # The one of all methods, not those of each.
        names = [name for name in scrape.values if _REQUESTS.search(name.lower())]
        shortest = min(names, key=lambda name: (name.count("."), name), default=None)
        if shortest is not None:
            series.setdefault(shortest, []).append((scrape.at_ns, scrape.values[shortest]))
    for name, found in series.items():
        if len(found) < 2:
            continue
        (first_ns, first), (last_ns, last) = found[0], found[-1]
        ours = bisect_right(answered_ns, last_ns) - bisect_right(answered_ns, first_ns)
        slack = max(tolerance_ratio * ours, _REQUESTS_SLACK)
        agrees = abs(last - first - ours) <= slack
        yield Agreement(name, "requests", last - first, ours, len(found), agrees)


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


def _cpu_at(samples: Sequence[ResourceSample], at_ns: Sequence[int], when_ns: int) -> float:
    """CPU used until a moment between the first sample and the last, as if it grew evenly between two."""
    after = bisect_left(at_ns, when_ns)
    if at_ns[after] == when_ns or after == 0:
        return samples[after].cpu_ns
    before = after - 1
    share = (when_ns - at_ns[before]) / (at_ns[after] - at_ns[before])
    return samples[before].cpu_ns + share * (samples[after].cpu_ns - samples[before].cpu_ns)
