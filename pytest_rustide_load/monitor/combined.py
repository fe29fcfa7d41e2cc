"""Several process trees as one: what the backends of a team use together.

Knows nothing of processes; adds what other probes saw.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from pytest_rustide_load.ports import Probe
from pytest_rustide_load.stats.record import RESOURCE_COUNTERS, ResourceSample

__all__ = ["CombinedProbe", "totals"]

# What is there at the moment, beside the counters.
_LEVELS = ("rss_bytes", "process_count", "thread_count")


class CombinedProbe:
    """ports.Probe of all that `probes` look at; there must be one."""

    def __init__(self, probes: Sequence[Probe]) -> None:
        self._probes = tuple(probes)
        # Each is told what its processes share at times of its own: the last is what is known.
        self._pss: dict[int, int] = {}
        self._rss_peaks: dict[int, int] = {}

    def sample(self) -> ResourceSample:
        """Look at all of them now. The generator and the host are those of the first."""
        samples = [probe.sample() for probe in self._probes]
        for number, sample in enumerate(samples):
            self._rss_peaks[number] = max(self._rss_peaks.get(number, 0), sample.rss_bytes)
        together = totals(samples, (*_LEVELS, *RESOURCE_COUNTERS))
        return replace(samples[0], **together, pss_bytes=self._total_pss(samples))

    def rss_peaks(self) -> list[int]:
        """The most that each of them saw so far, in their order."""
        return [self._rss_peaks.get(number, 0) for number in range(len(self._probes))]

    def _total_pss(self, samples: Sequence[ResourceSample]) -> int | None:
        """Where one of them was told something new, and all are known."""
        told = {number: one.pss_bytes for number, one in enumerate(samples) if one.pss_bytes is not None}
        self._pss |= told
        return sum(self._pss.values()) if told and len(self._pss) == len(samples) else None

    def close(self) -> None:
        """Let go of what each of them holds."""
        for probe in self._probes:
            probe.close()


def totals(samples: Sequence[ResourceSample], names: Iterable[str]) -> dict[str, Any]:
    """The sum of each field, or None where a part of it is not known."""
    columns = {name: [getattr(sample, name) for sample in samples] for name in names}
    return {name: None if None in values else sum(values) for name, values in columns.items()}
