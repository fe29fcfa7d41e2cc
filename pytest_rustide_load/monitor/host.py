"""How busy the whole machine is, from Linux's /proc, or from psutil where there is none.

Knows nothing of the processes that make it busy.
"""

from __future__ import annotations

import os
from pathlib import Path

import psutil

from pytest_rustide_load.monitor import procfs
from pytest_rustide_load.ports import Clock
from pytest_rustide_load.stats.observed import HostSample

__all__ = ["HostCpu", "HostProbe"]

_LINE_BYTES = 512
_NS_PER_US = 1_000


class HostProbe:
    """Looks at the machine; a look costs some tenths of a millisecond."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._cpu = HostCpu() if procfs.is_available() else _PortableCpu()
        self._stalled_before = {name: _stall_ns(name) for name in ("cpu", "memory", "io")}

    def sample(self) -> HostSample:
        memory = psutil.virtual_memory()
        return HostSample(
            at_ns=self._clock.now_ns(),
            cpu_ratio=self._cpu.read(),
            memory_total_bytes=memory.total,
            memory_available_bytes=memory.available,
            cpu_stall_ns=self._stalled("cpu"),
            memory_stall_ns=self._stalled("memory"),
            io_stall_ns=self._stalled("io"),
        )

    def close(self) -> None:
        self._cpu.close()

    def _stalled(self, name: str) -> int | None:
        before, now = self._stalled_before[name], _stall_ns(name)
        return None if before is None or now is None else now - before


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


class _PortableCpu:
    """The same through psutil."""

    def __init__(self) -> None:
        self.read()

    def read(self) -> float | None:
        return psutil.cpu_percent() / 100

    def close(self) -> None:
        """Nothing is held."""


def _stall_ns(resource: str) -> int | None:
    """The kernel's count since it started; None where pressure is not accounted for."""
    try:
        some = Path(f"/proc/pressure/{resource}").read_text(encoding="ascii").partition("\n")[0]
    except OSError:
        return None
    return int(some.rpartition("total=")[2]) * _NS_PER_US
