"""What a process tree uses: a cheap look at every process below one, many times a second.

The process itself is not counted: it is the supervisor that holds the tree together. On Linux from
/proc, elsewhere through psutil. Knows nothing of LSP or scenarios.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from dataclasses import dataclass, replace

import psutil

from pytest_rustide_load.ports import Clock
from pytest_rustide_load.stats.record import ResourceSample
from pytest_rustide_load.units import NS_PER_S

__all__ = ["ProcessTreeProbe"]

# New processes are looked for at this distance; between, the known ones are read.
_DISCOVER_INTERVAL_NS = NS_PER_S // 2


@dataclass(frozen=True, slots=True)
class _Usage:
    """One process: what it holds now and what it has used since it began."""

    rss_bytes: int = 0
    cpu_ns: int = 0
    threads: int = 0
    read_bytes: int = 0
    write_bytes: int = 0


class ProcessTreeProbe:
    """ports.Probe of the processes below `pid`."""

    def __init__(self, pid: int, clock: Clock) -> None:
        self._clock = clock
        self._pid = pid
        self._reader_type = _ProcReader if sys.platform.startswith("linux") else _PsutilReader
        self._readers: dict[int, _ProcReader | _PsutilReader] = {}
        self._last: dict[int, _Usage] = {}
        self._ended = _Usage()
        self._discovered_ns = -_DISCOVER_INTERVAL_NS
        self._self_memory = psutil.Process()

    def sample(self) -> ResourceSample:
        """Look now. Processes that have ended keep what they used in the totals."""
        now_ns = self._clock.now_ns()
        if now_ns - self._discovered_ns >= _DISCOVER_INTERVAL_NS or not self._readers:
            self._discovered_ns = now_ns
            self._discover()
        for pid in list(self._readers):
            usage = self._readers[pid].read()
            if usage is None:
                self._forget(pid)
            else:
                self._last[pid] = usage
        alive = self._last.values()
        return ResourceSample(
            at_ns=now_ns,
            rss_bytes=sum(usage.rss_bytes for usage in alive),
            cpu_ns=self._ended.cpu_ns + sum(usage.cpu_ns for usage in alive),
            process_count=len(alive),
            thread_count=sum(usage.threads for usage in alive),
            generator_cpu_ns=time.process_time_ns(),
            generator_rss_bytes=self._self_memory.memory_info().rss,
            read_bytes=self._ended.read_bytes + sum(usage.read_bytes for usage in alive),
            write_bytes=self._ended.write_bytes + sum(usage.write_bytes for usage in alive),
        )

    def close(self) -> None:
        for pid in list(self._readers):
            self._forget(pid)

    def _discover(self) -> None:
        for pid in self._reader_type.descendants(self._pid):
            if pid not in self._readers:
                reader = self._reader_type.open(pid)
                if reader is not None:
                    self._readers[pid] = reader

    def _forget(self, pid: int) -> None:
        self._readers.pop(pid).close()
        usage = self._last.pop(pid, _Usage())
        self._ended = replace(
            self._ended,
            cpu_ns=self._ended.cpu_ns + usage.cpu_ns,
            read_bytes=self._ended.read_bytes + usage.read_bytes,
            write_bytes=self._ended.write_bytes + usage.write_bytes,
        )


class _ProcReader:
    """One process through descriptors of /proc that stay open: a read is a few microseconds."""

    _TICK_NS = NS_PER_S // os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 0
    _PAGE = resource.getpagesize()

    def __init__(self, stat_fd: int, io_fd: int) -> None:
        self._stat_fd = stat_fd
        self._io_fd = io_fd

    @classmethod
    def open(cls, pid: int) -> _ProcReader | None:
        """None where the process has ended."""
        try:
            stat_fd = os.open(f"/proc/{pid}/stat", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            io_fd = os.open(f"/proc/{pid}/io", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            # A process of another user shows no I/O counters.
            io_fd = -1
        return cls(stat_fd, io_fd)

    def read(self) -> _Usage | None:
        """None when the process has ended, a zombie included."""
        try:
            # The name, in parentheses, may hold anything; what follows is numbers.
            fields = os.pread(self._stat_fd, 4096, 0).rpartition(b") ")[2].split()
            io = os.pread(self._io_fd, 4096, 0).split() if self._io_fd >= 0 else []
        except OSError:
            return None
        if not fields or fields[0] == b"Z":
            return None
        # proc_pid_stat(5), counted from the state: utime 11, stime 12, threads 17, rss 21.
        return _Usage(
            rss_bytes=int(fields[21]) * self._PAGE,
            cpu_ns=(int(fields[11]) + int(fields[12])) * self._TICK_NS,
            threads=int(fields[17]),
            read_bytes=int(io[9]) if io else 0,
            write_bytes=int(io[11]) if io else 0,
        )

    def close(self) -> None:
        os.close(self._stat_fd)
        if self._io_fd >= 0:
            os.close(self._io_fd)

    @staticmethod
    def descendants(pid: int) -> list[int]:
        """Every process below `pid`."""
        found = [pid]
        for parent in found:
            try:
                for task in os.listdir(f"/proc/{parent}/task"):
                    with open(f"/proc/{parent}/task/{task}/children", encoding="ascii") as children:
                        found += map(int, children.read().split())
            except OSError:
                continue
        return found[1:]


class _PsutilReader:
    """One process where there is no /proc."""

    def __init__(self, process: psutil.Process) -> None:
        self._process = process

    @classmethod
    def open(cls, pid: int) -> _PsutilReader | None:
        try:
            return cls(psutil.Process(pid))
        except psutil.Error:
            return None

    def read(self) -> _Usage | None:
        try:
            with self._process.oneshot():
                if self._process.status() == psutil.STATUS_ZOMBIE:
                    return None
                cpu = self._process.cpu_times()
                return _Usage(
                    rss_bytes=self._process.memory_info().rss,
                    cpu_ns=round((cpu.user + cpu.system) * NS_PER_S),
                    threads=self._process.num_threads(),
                )
        except psutil.Error:
            return None

    def close(self) -> None:
        """Nothing is held."""

    @staticmethod
    def descendants(pid: int) -> list[int]:
        try:
            return [child.pid for child in psutil.Process(pid).children(recursive=True)]
        except psutil.Error:
            return []
