"""How busy the whole machine is, from Linux's /proc.

Knows nothing of processes.
"""

from __future__ import annotations

import os

__all__ = ["HostCpu"]

_LINE_BYTES = 512


class HostCpu:
    """The share of all cores' time that was used, from one look to the next."""

    def __init__(self) -> None:
        self._fd = os.open("/proc/stat", os.O_RDONLY | os.O_CLOEXEC)
        self._busy, self._all = self._ticks()

    def read(self) -> float | None:
        """0 to 1 since the last look; None where less than a tick has passed."""
        busy, everything = self._ticks()
        used, passed = busy - self._busy, everything - self._all
        if passed <= 0:
            return None
        self._busy, self._all = busy, everything
        return min(max(used / passed, 0.0), 1.0)

    def close(self) -> None:
        os.close(self._fd)

    def _ticks(self) -> tuple[int, int]:
        """Of all cores since the machine started: busy, and all. proc_stat(5)."""
        line = os.pread(self._fd, _LINE_BYTES, 0).partition(b"\n")[0].split()
        # user nice system idle iowait irq softirq steal; guests are part of user already.
        values = [int(word) for word in line[1:9]]
        return sum(values) - values[3] - values[4], sum(values)
