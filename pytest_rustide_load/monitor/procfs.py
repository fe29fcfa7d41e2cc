"""Processes as Linux shows them in /proc, through descriptors that stay open: a look costs microseconds.

A kept descriptor belongs to its process for good: when the number is given to another one, reading fails
instead of mixing the two up. Fields are those of proc_pid_stat(5) and proc_pid_io(5).
"""

from __future__ import annotations

import contextlib
import os
import resource
import sys
import time

from pytest_rustide_load.monitor.usage import Usage
from pytest_rustide_load.units import NS_PER_S

__all__ = ["ProcReader", "descendants", "has_io_counters", "is_available", "pss_bytes"]

_BUFFER_BYTES = 4096
_PAGE_BYTES = resource.getpagesize()
_TICK_NS = NS_PER_S // os.sysconf("SC_CLK_TCK")
# The clock of a whole process's CPU time for clock_gettime(2), as in the kernel's posix-timers.h.
_CPUCLOCK_SCHED = 2


def is_available() -> bool:
    return sys.platform.startswith("linux") and os.path.exists("/proc/self/stat")


def has_io_counters() -> bool:
    """Kernels may be built without, and sandboxes may hide them."""
    try:
        with open("/proc/self/io", "rb") as io:
            return b"write_bytes" in io.read()
    except OSError:
        return False


class ProcReader:
    """A `usage.ProcessReader` of one process."""

    def __init__(self, pid: int) -> None:
        """Raises ProcessLookupError or FileNotFoundError where there is no such process."""
        self._stat_fd = os.open(f"/proc/{pid}/stat", os.O_RDONLY | os.O_CLOEXEC)
        self._io_fd = -1
        # Another user's process shows its I/O to nobody.
        with contextlib.suppress(OSError):
            self._io_fd = os.open(f"/proc/{pid}/io", os.O_RDONLY | os.O_CLOEXEC)
        self._cpu_clock = (~pid << 3) | _CPUCLOCK_SCHED

    def read(self) -> Usage | None:
        try:
            # The command's name, in parentheses, may hold anything; what follows is one word a field.
            stat = os.pread(self._stat_fd, _BUFFER_BYTES, 0).rpartition(b") ")[2].split()
        except OSError:
            return None
        if len(stat) < 22:
            return None
        own_cpu_ns = (int(stat[11]) + int(stat[12])) * _TICK_NS
        # The clock is exact where the field counts hundredths of a second; a zombie has none.
        with contextlib.suppress(OSError):
            own_cpu_ns = max(own_cpu_ns, time.clock_gettime_ns(self._cpu_clock))
        read_calls, write_calls, read_bytes, write_bytes = self._io()
        alive = stat[0] not in {b"Z", b"X"}
        return Usage(
            alive=alive,
            rss_bytes=int(stat[21]) * _PAGE_BYTES if alive else 0,
            threads=int(stat[17]) if alive else 0,
            own_cpu_ns=own_cpu_ns,
            inherited_cpu_ns=(int(stat[13]) + int(stat[14])) * _TICK_NS,
            minor_faults=int(stat[7]) + int(stat[8]),
            major_faults=int(stat[9]) + int(stat[10]),
            system_cpu_ns=(int(stat[12]) + int(stat[14])) * _TICK_NS,
            read_bytes=read_bytes,
            write_bytes=write_bytes,
            read_calls=read_calls,
            write_calls=write_calls,
        )

    def close(self) -> None:
        os.close(self._stat_fd)
        if self._io_fd >= 0:
            os.close(self._io_fd)

    def _io(self) -> tuple[int, int, int, int]:
        """Calls that read and that wrote, bytes from and to storage."""
        if self._io_fd < 0:
            return 0, 0, 0, 0
        try:
            words = os.pread(self._io_fd, _BUFFER_BYTES, 0).split()
        except OSError:
            return 0, 0, 0, 0
        if len(words) < 12:
            return 0, 0, 0, 0
        return int(words[5]), int(words[7]), int(words[9]), int(words[11])


def pss_bytes(pid: int) -> int | None:
    """Its memory with shared pages divided among those who share them; None where it cannot be read.

    Milliseconds, and the longer the more memory: rarely.
    """
    try:
        with open(f"/proc/{pid}/smaps_rollup", "rb", buffering=0) as rollup:
            lines = rollup.read(_BUFFER_BYTES).splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(b"Pss:")), None)


def descendants(pid: int) -> list[int]:
    """Every process below `pid`, parents first; empty where it has ended."""
    me = os.getpid()
    if not os.path.exists(f"/proc/{me}/task/{me}/children"):
        return _descendants_by_parent(pid)
    found = [pid]
    for parent in found:
        # One that ends meanwhile has no children left to tell of.
        with contextlib.suppress(OSError):
            for task in os.listdir(f"/proc/{parent}/task"):
                with open(f"/proc/{parent}/task/{task}/children", "rb", buffering=0) as children:
                    found += map(int, children.read().split())
    return found[1:]


def _descendants_by_parent(pid: int) -> list[int]:
    """The same for kernels that keep no list of children: from the parent that each process names."""
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if name.isdecimal():
            with contextlib.suppress(OSError), open(f"/proc/{name}/stat", "rb", buffering=0) as stat:
                parent = int(stat.read(_BUFFER_BYTES).rpartition(b") ")[2].split()[1])
                children.setdefault(parent, []).append(int(name))
    found = [pid]
    for parent in found:
        found += children.get(parent, [])
    return found[1:]
