"""One backend through several processes: what those before used stays in the totals.

Knows nothing of why one follows another.
"""

from __future__ import annotations

from dataclasses import replace

from pytest_rustide_load.monitor.combined import totals
from pytest_rustide_load.monitor.probe import ProcessTreeProbe
from pytest_rustide_load.ports import Probe
from pytest_rustide_load.stats.record import RESOURCE_COUNTERS, ResourceSample

__all__ = ["SuccessiveProbe"]


class SuccessiveProbe:
    """ports.Probe of what `first` looks at, and then of whatever follows it."""

    def __init__(self, first: Probe) -> None:
        self._now = first
        self._before: ResourceSample | None = None

    def sample(self) -> ResourceSample:
        """Look at the process there is now; counters go on from those before."""
        seen, before = self._now.sample(), self._before
        if before is None:
            return seen
        return replace(seen, **totals([before, seen], RESOURCE_COUNTERS))

    def follow(self, probe: Probe) -> None:
        """From now on look at another process; the one before has ended."""
        self._before = self.sample()
        self._now.close()
        self._now = probe

    def pids(self) -> list[int]:
        """The processes there are now, parents first, where what looks at them tells."""
        return self._now.pids() if isinstance(self._now, ProcessTreeProbe) else []

    def close(self) -> None:
        self._now.close()
