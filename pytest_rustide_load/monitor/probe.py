"""What a process tree uses: a cheap look at every process below one, many times a second.

The process at the top is not counted: it is the supervisor that holds the backend's tree together, and only
what it inherited from the orphans it has waited for belongs to the tree. Knows nothing of LSP or scenarios.
"""

from __future__ import annotations

import os
import time
from concurrent.futures import Future, ThreadPoolExecutor

from pytest_rustide_load.monitor import portable, procfs
from pytest_rustide_load.monitor.host import HostCpu
from pytest_rustide_load.monitor.totals import GrowingTotal
from pytest_rustide_load.monitor.usage import ProcessReader, Usage
from pytest_rustide_load.ports import Clock
from pytest_rustide_load.stats.record import ResourceSample
from pytest_rustide_load.units import NS_PER_MS, NS_PER_S

__all__ = ["ProcessTreeProbe"]

# New processes are looked for, and the host's CPU is read, at this distance.
_DISCOVER_INTERVAL_NS = NS_PER_S // 2
# The proportional share walks every page of a process (13 ms for 500 MB) and holds up its mmap calls
# meanwhile: rarely, and the rarer the longer it takes.
_PSS_INTERVAL_NS = 10 * NS_PER_S
_PSS_COST_FACTOR = 1000
# Counters that every process has, those of the children it has waited for included.
_IO_COUNTERS = ("read_bytes", "write_bytes", "read_calls", "write_calls")
_FAULTS = ("minor_faults", "major_faults", "system_cpu_ns")
_COUNTERS = (*_IO_COUNTERS, *_FAULTS)
# How often a look is begun anew because a process ended during it.
_MOST_LOOKS = 4
# CPU that is handed on to a parent is cut to hundredths of a second, user and system time apart.
_CPU_ROUNDING_NS = 25 * NS_PER_MS


class ProcessTreeProbe:
    """ports.Probe of the processes below `pid`, and with `itself` of that one too.

    CPU and I/O count from the making of the probe. `pss_bytes` is found out rarely, in a thread so that
    nobody waits for it, and told once: in the first sample after it is known.
    """

    def __init__(self, pid: int, clock: Clock, *, itself: bool = False) -> None:
        self._clock = clock
        self._pid = pid
        self._is_linux = procfs.is_available()
        self._has_io = self._is_linux and procfs.has_io_counters()
        self._readers: dict[int, ProcessReader] = {}
        self._generator = self._open(os.getpid())
        self._itself = itself
        # What ends below the root is on its books; of a root that is looked at itself that is in its usage.
        self._supervisor = None if itself else self._open(pid)
        self._host_cpu = HostCpu() if self._is_linux else None
        self._host_cpu_ratio: float | None = None
        self._cpu = GrowingTotal(_CPU_ROUNDING_NS)
        # Of what every process counts, children it has waited for included.
        self._totals = {name: GrowingTotal() for name in _COUNTERS}
        self._supervisor_last = Usage(False, 0, 0, 0)
        self._pss_due_ns = clock.now_ns() + _PSS_INTERVAL_NS
        self._pss_walker: ThreadPoolExecutor | None = None
        self._pss_walk: Future[tuple[int | None, int]] | None = None
        self._discover_due_ns = 0
        self.sample()

    def sample(self) -> ResourceSample:
        """Look now. A tree that has ended holds nothing, and keeps what it used in the totals."""
        now_ns = self._clock.now_ns()
        if now_ns >= self._discover_due_ns or not self._readers:
            self._discover_due_ns = now_ns + _DISCOVER_INTERVAL_NS
            self._discover()
            if self._host_cpu is not None:
                self._host_cpu_ratio = self._host_cpu.read()
        above, tree = self._look()
        alive = [usage for usage in tree if usage.alive]
        cpu_ns = sum(usage.own_cpu_ns + usage.inherited_cpu_ns for usage in tree) + above.inherited_cpu_ns
        generator = self._generator.read() if self._generator is not None else None
        return ResourceSample(
            at_ns=now_ns,
            rss_bytes=sum(usage.rss_bytes for usage in alive),
            cpu_ns=self._cpu.feed(cpu_ns),
            process_count=len(alive),
            thread_count=sum(usage.threads for usage in alive),
            generator_cpu_ns=time.process_time_ns(),
            generator_rss_bytes=generator.rss_bytes if generator is not None else 0,
            pss_bytes=self._pss(now_ns),
            host_cpu_ratio=self._host_cpu_ratio,
            **self._counters([above, *tree]),
        )

    def pids(self) -> list[int]:
        """The processes seen at the last look, parents first."""
        return list(self._readers)

    def close(self) -> None:
        """Let go of every descriptor. Idempotent."""
        for reader in [*self._readers.values(), self._generator, self._supervisor]:
            if reader is not None:
                reader.close()
        self._readers.clear()
        if self._pss_walker is not None:
            self._pss_walker.shutdown(wait=False)
        self._generator = self._supervisor = None
        if self._host_cpu is not None:
            self._host_cpu.close()
            self._host_cpu = None

    def _open(self, pid: int) -> ProcessReader | None:
        """None where the process has ended."""
        try:
            return procfs.ProcReader(pid) if self._is_linux else portable.PortableReader(pid)
        except (FileNotFoundError, ProcessLookupError):
            return None

    def _discover(self) -> None:
        find = procfs.descendants if self._is_linux else portable.descendants
        for pid in [self._pid, *find(self._pid)] if self._itself else find(self._pid):
            if pid not in self._readers:
                reader = self._open(pid)
                if reader is not None:
                    self._readers[pid] = reader

    def _look(self) -> tuple[Usage, list[Usage]]:
        """The one on top, and every process of the tree, those that have ended and are still on the books
        included.

        What a process has used moves to its parent's books the moment it is gone. Parents are read first, so
        nothing counts twice; where one is found gone its parent was read too early, and all are read again.
        """
        for _ in range(_MOST_LOOKS):
            above = self._look_at_supervisor()
            seen = [(pid, reader.read()) for pid, reader in self._readers.items()]
            gone = [pid for pid, usage in seen if usage is None]
            for pid in gone:
                self._readers.pop(pid).close()
            if not gone:
                break
        return above, [usage for _, usage in seen if usage is not None]

    def _look_at_supervisor(self) -> Usage:
        usage = self._supervisor.read() if self._supervisor is not None else None
        if usage is not None:
            self._supervisor_last = usage
        return self._supervisor_last

    def _counters(self, processes: list[Usage]) -> dict[str, int | None]:
        names = (*(_IO_COUNTERS if self._has_io else ()), *(_FAULTS if self._is_linux else ()))
        return {name: self._totals[name].feed(sum(getattr(one, name) for one in processes)) for name in names}

    def _pss(self, now_ns: int) -> int | None:
        """What the last walk found, once; starts the next when it is due."""
        if self._pss_walk is not None:
            if not self._pss_walk.done():
                return None
            found, took_ns = self._pss_walk.result()
            self._pss_walk = None
            self._pss_due_ns = now_ns + max(_PSS_INTERVAL_NS, _PSS_COST_FACTOR * took_ns)
            return found
        if self._is_linux and self._readers and now_ns >= self._pss_due_ns:
            if self._pss_walker is None:
                self._pss_walker = ThreadPoolExecutor(1, "pss")
            self._pss_walk = self._pss_walker.submit(_walk_pss, self.pids())
        return None


def _walk_pss(pids: list[int]) -> tuple[int | None, int]:
    """The sum over the processes that let themselves be read, None for none; and how long it took, in ns."""
    started_ns = time.perf_counter_ns()
    known = [value for value in map(procfs.pss_bytes, pids) if value is not None]
    return (sum(known) if known else None), time.perf_counter_ns() - started_ns
