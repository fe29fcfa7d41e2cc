"""How busy the whole machine is, from Linux's /proc.

Knows nothing of the processes that make it busy.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from pytest_rustide_load.ports import Clock

__all__ = ["HostCpu", "HostProbe", "HostSample"]

_LINE_BYTES = 512
_NS_PER_US = 1_000


@dataclass(frozen=True, slots=True)
class HostSample:
    """The machine at one moment.

    `cpu_ratio` is of all its cores since the look before. The stalls are the time in which at least one
    task waited for CPU, memory or I/O, counted from the making of the probe (proc_pressure(5)); None where
    the kernel keeps no account of that.
    """

    at_ns: int
    cpu_ratio: float | None
    memory_total_bytes: int
    memory_available_bytes: int
    cpu_stall_ns: int | None = None
    memory_stall_ns: int | None = None
    io_stall_ns: int | None = None


class HostProbe:
    """Looks at the machine; a look costs about a tenth of a millisecond. Linux only."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._cpu = HostCpu()
        self._stalled_before = {name: _stall_ns(name) for name in ("cpu", "memory", "io")}

    def sample(self) -> HostSample:
        memory = _memory_bytes()
        return HostSample(
            at_ns=self._clock.now_ns(),
            cpu_ratio=self._cpu.read(),
            memory_total_bytes=memory.get("MemTotal", 0),
            memory_available_bytes=memory.get("MemAvailable", 0),
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


def _memory_bytes() -> dict[str, int]:
    found = {}
    for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines()[:3]:
        name, _, value = line.partition(":")
        found[name] = int(value.split()[0]) * 1024
    return found


def _stall_ns(resource: str) -> int | None:
    """The kernel's count since it started; None where pressure is not accounted for."""
    try:
        some = Path(f"/proc/pressure/{resource}").read_text(encoding="ascii").partition("\n")[0]
    except OSError:
        return None
    return int(some.rpartition("total=")[2]) * _NS_PER_US
