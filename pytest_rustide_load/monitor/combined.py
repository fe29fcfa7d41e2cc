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
_LEVELS = ("rss_bytes", "process_count", "thread_count", "pss_bytes")


class CombinedProbe:
    """ports.Probe of all that `probes` look at; there must be one."""

    def __init__(self, probes: Sequence[Probe]) -> None:
        self._probes = tuple(probes)

    def sample(self) -> ResourceSample:
        """Look at all of them now. The generator and the host are those of the first."""
        samples = [probe.sample() for probe in self._probes]
        return replace(samples[0], **totals(samples, (*_LEVELS, *RESOURCE_COUNTERS)))

    def close(self) -> None:
        """Let go of what each of them holds."""
        for probe in self._probes:
            probe.close()


def totals(samples: Sequence[ResourceSample], names: Iterable[str]) -> dict[str, Any]:
    """The sum of each field, or None where a part of it is not known."""
    columns = {name: [getattr(sample, name) for sample in samples] for name in names}
    return {name: None if None in values else sum(values) for name, values in columns.items()}
