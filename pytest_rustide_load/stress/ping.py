"""What a link really does: probes sent through it beside the traffic, and what became of each.

Knows nothing of what the traffic is.
"""

from __future__ import annotations

import asyncio
import time
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from pytest_rustide_load.stress.proxy import LinkedTransport
from pytest_rustide_load.units import NS_PER_MS
from pytest_rustide_load.workload.networks import LinkProfile

__all__ = ["LinkProbe", "ProbeReport", "summarise_probes"]

# As large as a ping, and as rare as not to matter: less than a kilobyte a second.
_PING_BYTES = 64
_INTERVAL_S = 0.1
# What is not back by then is not waited for with more and more of its kind.
_MAX_UNDERWAY = 200
# A retransmission takes the time-out, whose floor is 200 ms, longer: jitter alone does not come near.
_LATE_NS = 180 * NS_PER_MS
# And this is longer than a few retransmissions after one another.
_OVERDUE_NS = 3_000 * NS_PER_MS
# Of a range that is evenly spread, the middle nine tenths are so much.
_LOW, _HIGH = 0.05, 0.95


@dataclass(frozen=True, slots=True)
class ProbeReport:
    """What `count` probes met on a link, each way of each a measurement; None without any.

    `jitter_ns` is the width over which delays are spread, taken from the middle nine tenths of those that
    were not lost. `loss_ratio` is the share that took a retransmission longer than the profile's delays.
    `missing` are under way for longer than any retransmission takes.
    """

    profile: LinkProfile
    count: int
    missing: int
    delay_median_ns: float | None
    jitter_ns: float | None
    loss_ratio: float | None


class LinkProbe:
    """Probes the links there are for as long as `run` is awaited. One report for each profile that any had
    meanwhile."""

    def __init__(self, links: Callable[[], Sequence[LinkedTransport]]) -> None:
        self._links = links
        self._ways: dict[LinkProfile, array[int]] = {}
        # Of those that are under way, by number: on which profile, and since when.
        self._underway: dict[int, tuple[LinkProfile, int]] = {}
        self._count = 0

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            links = self._links()
            for link in links:
                if len(self._underway) < _MAX_UNDERWAY * len(links):
                    self._ping(link, link.profile)
            await asyncio.sleep(_INTERVAL_S)

    def reports(self) -> tuple[ProbeReport, ...]:
        overdue_ns = time.monotonic_ns() - _OVERDUE_NS
        return tuple(
            summarise_probes(
                profile,
                ways,
                sum(
                    on is profile and since_ns < overdue_ns - 2 * profile.round_trip_ns
                    for on, since_ns in self._underway.values()
                ),
            )
            for profile, ways in self._ways.items()
        )

    def _ping(self, link: LinkedTransport, profile: LinkProfile) -> None:
        ways = self._ways.setdefault(profile, array("q"))
        self._count += 1
        number = self._count
        self._underway[number] = profile, time.monotonic_ns()

        def arrived(there_ns: int, back_ns: int) -> None:
            del self._underway[number]
            # Of one that was under way while the link changed nothing follows.
            if link.profile is profile:
                ways.extend((there_ns, back_ns))

        link.ping(_PING_BYTES, arrived)


def summarise_probes(profile: LinkProfile, ways_ns: Sequence[int], missing: int) -> ProbeReport:
    """What probes met: both ways of those that came back are in `ways_ns`."""
    ways = np.asarray(ways_ns, dtype=np.int64)
    if not len(ways):
        return ProbeReport(profile, 0, missing, None, None, None)
    late = ways > profile.one_way_ns + profile.jitter_ns / 2 + _LATE_NS
    punctual = ways[~late] if not late.all() else ways
    low, high = np.quantile(punctual, [_LOW, _HIGH])
    return ProbeReport(
        profile,
        len(ways) // 2,
        missing,
        float(np.median(ways)),
        float(high - low) / (_HIGH - _LOW),
        float(np.mean(late)),
    )
