"""What makes the backends' life hard while a run goes on, and how much of it was achieved.

Joins workload and stress; knows nothing of samples or verdicts.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterator
from typing import cast

import psutil

from pytest_rustide_load.plugin.backend import IdeBackend
from pytest_rustide_load.report import StressFigure
from pytest_rustide_load.stress.apply import Stress as Running
from pytest_rustide_load.stress.apply import Stressor, applied
from pytest_rustide_load.stress.cpu import CpuContention, CpuReport, ExecutionModel, Throttling
from pytest_rustide_load.stress.memory import AllocationPattern, MemoryPressure, limit_memory
from pytest_rustide_load.units import MB, NS_PER_MS
from pytest_rustide_load.workload import Stress

__all__ = ["Pressure"]


class Pressure:
    """`asked` of the machine and of the `backends`, for as long as one coroutine runs, which is to take
    `duration_s`."""

    def __init__(self, asked: Stress, backends: tuple[IdeBackend, ...], duration_s: float) -> None:
        self._asked = asked
        # What grows has grown by the middle of the run.
        self._ramp_s = max(min(10.0, duration_s / 2), 0.1)
        self._backends = backends
        self._running: tuple[Running, ...] = ()
        self._limited = ""

    async def around(self, work: Awaitable[None]) -> None:
        """Await `work` under stress. Raises StressError where it cannot be applied."""
        if self._asked.memory_limit_bytes:
            limit = limit_memory(list(self._pids()), self._asked.memory_limit_bytes)
            self._limited = limit.mechanism
        async with applied(self._stressors()) as running:
            self._running = running
            await work

    def figures(self) -> tuple[StressFigure, ...]:
        """What was asked for beside what was achieved."""
        found = [_figure(stress) for stress in self._running]
        if self._limited:
            limit_mb = self._asked.memory_limit_bytes / MB
            found.append(
                StressFigure(
                    kind=f"memory limit by {self._limited}", unit="MB", asked=limit_mb, achieved=limit_mb
                )
            )
        for backend in self._backends:
            if backend.link is not None:
                report = backend.link.report()
                median_ns = report.to_backend.delay_median_ns
                found.append(
                    StressFigure(
                        kind=f"network {report.profile.name}, each way",
                        unit="ms",
                        asked=report.profile.one_way_ns / NS_PER_MS,
                        achieved=None if median_ns is None else median_ns / NS_PER_MS,
                    )
                )
        return tuple(found)

    def _pids(self) -> Iterator[int]:
        """The processes of the backends, without those that hold them together."""
        for pid in dict.fromkeys(backend.running.backend_pid for backend in self._backends):
            if not pid:
                continue
            yield pid
            try:
                yield from (child.pid for child in psutil.Process(pid).children(recursive=True))
            except psutil.NoSuchProcess:
                continue

    def _stressors(self) -> list[Stressor]:
        asked = self._asked
        found: list[Stressor] = []
        if asked.cpu_ratio:
            model, throttling = cast(ExecutionModel, asked.cpu_model), cast(Throttling, asked.cpu_throttling)
            found.append(CpuContention(asked.cpu_ratio, model, throttling))
        if asked.memory_bytes:
            pattern = cast(AllocationPattern, asked.memory_pattern)
            found.append(MemoryPressure(asked.memory_bytes, pattern, ramp_s=self._ramp_s))
        return found


def _figure(stress: Running) -> StressFigure:
    report = stress.report()
    if isinstance(report, CpuReport):
        asked = report.requested
        return StressFigure(
            kind=f"cpu of {report.threads} core{'' if report.threads == 1 else 's'}, {asked.model}",
            unit="%",
            asked=asked.target_ratio * 100,
            achieved=report.achieved_ratio * 100,
            reached=report.reached,
        )
    return StressFigure(
        kind=f"memory held, {report.requested.pattern}",
        unit="MB",
        asked=report.requested.size_bytes / MB,
        achieved=report.peak_bytes / MB,
        reached=report.reached,
    )
