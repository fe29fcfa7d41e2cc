"""One backend through several processes: what those before used stays in the totals.

Knows nothing of why one follows another.
"""

from __future__ import annotations

from dataclasses import replace

from pytest_rustide_load.ports import Probe
from pytest_rustide_load.stats.record import ResourceSample

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
        return replace(
            seen,
            cpu_ns=before.cpu_ns + seen.cpu_ns,
            read_bytes=_sum(before.read_bytes, seen.read_bytes),
            write_bytes=_sum(before.write_bytes, seen.write_bytes),
        )

    def follow(self, probe: Probe) -> None:
        """From now on look at another process; the one before has ended."""
        self._before = self.sample()
        self._now.close()
        self._now = probe

    def close(self) -> None:
        self._now.close()


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other
