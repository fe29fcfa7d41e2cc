"""CPU contention: processes that burn a share of the cores, and how much they really got.

Knows nothing of the backend: what it loses is for the monitor to say. What burns is programs/burn.py.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pytest_rustide_load.errors import ConfigError, Problem
from pytest_rustide_load.stress.child import StressChild, StressError, Stressing, StressRefused
from pytest_rustide_load.units import NS_PER_S

__all__ = ["CpuContention", "CpuReport", "CpuStress", "usable_cores"]

ExecutionModel = Literal["single_thread", "multi_thread", "thread_pool"]
Throttling = Literal["os_scheduling", "process_priority"]

_MODELS = ("single_thread", "multi_thread", "thread_pool")
_THROTTLINGS = ("os_scheduling", "process_priority")
# The lowest priority: it gets what others leave, and a bit.
_NICE = 19
_START_S = 10.0


def usable_cores() -> int:
    """The cores this process may run on (os.cpu_count ignores cpusets)."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class CpuContention:
    """What is asked for: `target_ratio` (0 to 1) of each of `cores` cores, by one thread for each.

    `single_thread` burns one core whatever `cores` says. `cores=None` takes all usable ones but
    `spare_cores`, which are left to the load generator. With `process_priority` the burners have the lowest
    priority, with `os_scheduling` the usual one, and compete with the backend as equals.
    """

    target_ratio: float = 0.9
    model: ExecutionModel = "multi_thread"
    throttling: Throttling = "os_scheduling"
    cores: int | None = None
    spare_cores: int = 1
    tolerance_ratio: float = 0.03

    def __post_init__(self) -> None:
        wrong = []
        if not 0 < self.target_ratio <= 1:
            wrong.append("the target must lie above 0 and be at most 100%")
        if self.model not in _MODELS:
            wrong.append(f"unknown execution model {self.model!r} (known: {', '.join(_MODELS)})")
        if self.throttling not in _THROTTLINGS:
            wrong.append(f"unknown throttling {self.throttling!r} (known: {', '.join(_THROTTLINGS)})")
        if self.cores is not None and not 1 <= self.cores <= usable_cores():
            wrong.append(f"{self.cores} cores cannot be loaded here: {usable_cores()} may be used")
        if self.spare_cores < 0:
            wrong.append("fewer than no cores cannot be spared")
        if not 0 < self.tolerance_ratio < 1:
            wrong.append("the tolerance must lie between 0 and 100%")
        if wrong:
            raise ConfigError([Problem(message, source="cpu contention") for message in wrong])

    @property
    def threads(self) -> int:
        if self.model == "single_thread":
            return 1
        return self.cores or max(1, usable_cores() - self.spare_cores)

    def refusal(self) -> str:
        """Why this cannot be done here, as a sentence; empty where it can."""
        wanted, usable = self.threads, usable_cores()
        if wanted + self.spare_cores > usable:
            return (
                f"burning {wanted} of {usable} usable cores would leave less than {self.spare_cores} "
                "to the load generator"
            )
        return ""

    def start(self) -> CpuStress:
        """Start to burn. Raises StressRefused with the refusal. Use as a context manager, or call `stop`."""
        return CpuStress(self)


@dataclass(frozen=True, slots=True)
class CpuReport:
    """Requested and achieved, both as a share (0 to 1) of the `threads` cores aimed at.

    `reached` says whether they agree within the tolerance; where not, a verdict about the backend under
    this load says nothing. `alive` is False when a burner has ended by itself.
    """

    requested: CpuContention
    threads: int
    achieved_ratio: float
    duration_ns: int
    reached: bool
    alive: bool


class CpuStress(Stressing[CpuReport]):
    """Burners at work. One process for `threads` threads."""

    def __init__(self, contention: CpuContention) -> None:
        refusal = contention.refusal()
        if refusal:
            raise StressRefused(refusal)
        self._asked = contention
        nice = _NICE if contention.throttling == "process_priority" else 0
        self._child = StressChild(
            "burn", contention.model, str(contention.threads), str(contention.target_ratio), str(nice)
        )
        if not self._child.lines(_START_S):
            self._child.stop()
            raise StressError("the process that burns CPU time did not start")
        self.mark()

    def mark(self) -> None:
        """Count what is achieved from now on, as where a phase begins."""
        self._began_ns, self._began_cpu_ns = time.monotonic_ns(), _cpu_ns(self.pid) or 0

    def report(self) -> CpuReport:
        """What was achieved since `mark`; after `stop`, until then."""
        if self._final is not None:
            return self._final
        duration_ns = max(1, time.monotonic_ns() - self._began_ns)
        cpu_ns = _cpu_ns(self.pid)
        threads = self._asked.threads
        achieved = 0.0 if cpu_ns is None else (cpu_ns - self._began_cpu_ns) / duration_ns / threads
        alive = self._child.alive
        near = abs(achieved - self._asked.target_ratio) <= self._asked.tolerance_ratio
        return CpuReport(self._asked, threads, achieved, duration_ns, near and alive, alive)


def _cpu_ns(pid: int) -> int | None:
    """CPU time of all threads of a process so far; None when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return _portable_cpu_ns(pid)
    # utime and stime, fields 14 and 15 of the whole line (proc(5)).
    return (int(fields[11]) + int(fields[12])) * NS_PER_S // os.sysconf("SC_CLK_TCK")


def _portable_cpu_ns(pid: int) -> int | None:
    import psutil

    try:
        times = psutil.Process(pid).cpu_times()
    except psutil.Error:
        return None
    return int((times.user + times.system) * NS_PER_S)
