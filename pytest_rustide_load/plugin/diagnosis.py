"""What held a run back and which of its requests were slowest: watched beside the run, added to its results.

Joins backends, monitor and report; knows nothing of budgets.
"""

from __future__ import annotations

import asyncio
import math
import os
from collections.abc import Awaitable, Sequence
from dataclasses import replace
from statistics import median

import msgspec

from pytest_rustide_load.monitor import cpu_quota_cores, procfs
from pytest_rustide_load.monitor.cgroup import throttled_ns
from pytest_rustide_load.monitor.places import allowed_cores
from pytest_rustide_load.monitor.waits import WaitSampler, WaitsProbe, tells_waits
from pytest_rustide_load.plugin.backend import IdeBackend
from pytest_rustide_load.ports import Clock
from pytest_rustide_load.report import LoadTestResults
from pytest_rustide_load.report.bottleneck import bottleneck_reports, slow_requests
from pytest_rustide_load.stats.record import RunRecord
from pytest_rustide_load.stats.windows import Circumstances, PhaseBottleneck, judge_phases, phases_of

__all__ = ["Diagnosis"]


class Diagnosis:
    """Of a run on `backends`; `closely` looks at what each thread waits for, and names the slowest
    requests."""

    def __init__(self, backends: tuple[IdeBackend, ...], clock: Clock, *, closely: bool) -> None:
        self._backends = backends
        self._clock = clock
        self._closely = closely
        self._waits: WaitSampler | None = None
        self._throttled_ratio: float | None = None

    async def around(self, work: Awaitable[None]) -> None:
        """Await `work` and look meanwhile."""
        if self._closely:
            self._waits = await asyncio.to_thread(self._sampler)
        begun_ns, before_ns = self._clock.now_ns(), throttled_ns()
        try:
            await work
        finally:
            after_ns, lasted_ns = throttled_ns(), self._clock.now_ns() - begun_ns
            if before_ns is not None and after_ns is not None and lasted_ns > 0:
                self._throttled_ratio = min(max(after_ns - before_ns, 0) / lasted_ns, 1.0)
            if self._waits is not None:
                self._waits.stop()

    def of(self, results: LoadTestResults, record: RunRecord) -> LoadTestResults:
        """`results` with the bottleneck of each phase, and the slowest requests if they are to be named."""
        start_ns = record.measure_start_ns
        if self._closely and not tells_waits():
            untold = {"diagnosis": "this kernel does not tell what threads wait for"}
            results = msgspec.structs.replace(results, details={**results.details, **untold})
        slowest = record.slowest if self._closely else ()
        return msgspec.structs.replace(
            results,
            bottlenecks=bottleneck_reports(self.judge(record), start_ns),
            slowest=slow_requests(
                slowest, start_ns=start_ns, seed=record.seed, command=results.repeat_command
            ),
        )

    def judge(self, record: RunRecord) -> tuple[PhaseBottleneck, ...]:
        """What held back each phase of a run that was looked at."""
        around = Circumstances(_cores_of(self._backends), _network_ns(self._backends), self._throttled_ratio)
        if self._waits is not None:
            record = replace(record, waits=tuple(self._waits.looks))
        return judge_phases(record, phases_of(record), around)

    def _sampler(self) -> WaitSampler | None:
        roots = {
            backend.running.pid: backend.running.pid == backend.running.backend_pid
            for backend in self._backends
            if backend.probe is not None
        }
        if not (roots and procfs.is_available() and tells_waits()):
            return None
        sampler = WaitSampler(WaitsProbe(roots, self._clock))
        sampler.start()
        return sampler


def _cores_of(backends: Sequence[IdeBackend]) -> float:
    """How many cores the backends may use between them, by affinity and by quota."""
    allowed: set[int] = set()
    for pid in {backend.running.backend_pid for backend in backends}:
        allowed |= allowed_cores(pid) if pid else set()
    count = len(allowed)
    if not count:
        # They have ended, or are somewhere else: as many as there are here.
        count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(float(count), cpu_quota_cores() or math.inf)


def _network_ns(backends: Sequence[IdeBackend]) -> float | None:
    """What the links took there and back, at the median of the medians; None without links."""
    found = []
    for backend in backends:
        if backend.link is not None:
            report = backend.link.report()
            ways = (report.to_backend.delay_median_ns, report.from_backend.delay_median_ns)
            if ways[0] is not None and ways[1] is not None:
                found.append(ways[0] + ways[1])
    return median(found) if found else None
