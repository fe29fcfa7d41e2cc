"""What makes the backends' life hard while a run goes on, and how much of it was achieved.

Joins workload and stress; knows nothing of samples or verdicts.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable
from dataclasses import asdict, replace
from typing import cast

import msgspec

from pytest_rustide_load.monitor import cpu_quota_cores
from pytest_rustide_load.monitor.share import RunShareProbe
from pytest_rustide_load.plugin.backend import IdeBackend
from pytest_rustide_load.plugin.figures import limit_figure, link_figures, name_of, stress_figure
from pytest_rustide_load.plugin.margin import SafetyMargin
from pytest_rustide_load.plugin.rescue import how_it_ended, rescue
from pytest_rustide_load.plugin.surroundings import DIRECT
from pytest_rustide_load.ports import Clock
from pytest_rustide_load.report import StressFigure
from pytest_rustide_load.report.pressure import PressureReport
from pytest_rustide_load.report.timeline import Span, Timeline
from pytest_rustide_load.stats.pressure import PressureSpan, judge_pressure
from pytest_rustide_load.stats.record import RunRecord
from pytest_rustide_load.stress.apply import Stress as Running
from pytest_rustide_load.stress.apply import Stressor, applied
from pytest_rustide_load.stress.cage import MemoryCage, MemoryLimit
from pytest_rustide_load.stress.child import StressRefused
from pytest_rustide_load.stress.cpu import CpuContention, CpuStress, ExecutionModel, Throttling, usable_cores
from pytest_rustide_load.stress.memory import AllocationPattern, MemoryPressure
from pytest_rustide_load.stress.ping import LinkProbe
from pytest_rustide_load.stress.proxy import LinkedTransport
from pytest_rustide_load.stress.storage import IoContention
from pytest_rustide_load.units import s_from_ns
from pytest_rustide_load.workload import Scenario, Stress, waited_for

__all__ = ["Pressure", "everywhere", "refusal"]

_SHARE_INTERVAL_S = 1.0
# What grows has grown by the middle of the time there is, and takes no longer than this.
_LONGEST_RAMP_S = 10.0
_SHORTEST_RAMP_S = 0.1


def refusal(asked: Stress, margin: SafetyMargin) -> str:
    """Why this cannot be done to this machine, as a sentence; empty where it can."""
    return next(filter(None, (one.refusal() for one in everywhere(asked, margin, 1.0))), "")


class Pressure:
    """The stress of `scenario` on the machine and on the `backends`, for as long as one coroutine runs, which
    is to take `duration_s`; in its stages that are stressed, where it has any. `ambient` is what others have
    started already."""

    def __init__(
        self,
        scenario: Scenario,
        backends: tuple[IdeBackend, ...],
        duration_s: float,
        margin: SafetyMargin,
        clock: Clock,
        *,
        ambient: tuple[Running, ...] = (),
    ) -> None:
        self._scenario = scenario
        self._asked = scenario.stress
        shares = [stage.share for stage in scenario.stages if stage.is_stressed] or [1.0]
        self._ramp_s = max(min(_LONGEST_RAMP_S, duration_s * min(shares) / 2), _SHORTEST_RAMP_S)
        self._margin = margin
        self._clock = clock
        # When it came, went, and had been followed by what is done then; and what that was.
        self._times: list[int] = []
        self._did = ""
        self._backends = backends
        self._running: list[Running] = list(ambient)
        self._cages: tuple[MemoryCage, ...] = ()
        self._shares: RunShareProbe | None = None
        self._probe = LinkProbe(self._links)
        self._on: contextlib.AsyncExitStack | None = None
        self._turn = asyncio.Lock()
        self._switching: set[asyncio.Task[None]] = set()
        # Every process that served, for what it said at its end.
        self._processes = [backend.running for backend in _once(backends)]
        for backend in _once(backends):
            backend.on_restart.append(self._restarted)

    async def around(self, work: Awaitable[None]) -> None:
        """Await `work` under stress. Raises StressError where it cannot be applied."""
        stages = self._scenario.stages
        for stress in self._running:
            if isinstance(stress, CpuStress):
                # What it achieved before says nothing of this run.
                stress.mark()
        async with contextlib.AsyncExitStack() as stack:
            if self._links():
                stack.push_async_callback(_cancel, asyncio.create_task(self._probe.run()))
            if any(isinstance(stress, CpuStress) for stress in self._running):
                self._watch_shares(stack)
            stack.push_async_callback(self._end, over=True)
            stack.push_async_callback(self._settle)
            if not stages or stages[0].is_stressed:
                await self._begin()
            await work

    def enter_stage(self, number: int) -> None:
        """The run has come to this stage: what belongs to it begins, what does not ends, in the
        background."""
        stage = self._scenario.stages[number]
        if stage.network:
            for link in self._links():
                link.change(self._scenario.networks[stage.network])
        task = asyncio.get_running_loop().create_task(self._begin() if stage.is_stressed else self._end())
        self._switching.add(task)

    def figures(self) -> tuple[StressFigure, ...]:
        """What was asked for beside what was achieved."""
        share = None if self._shares is None else self._shares.sample().ratio
        found = [stress_figure(stress.report(), share) for stress in self._running]
        found += [limit_figure(cage.report(), self._asked.memory_limit_bytes) for cage in self._cages]
        if not self._cages:
            # A limit that a block of the test has set.
            reports = [one.cage.report() for one in _once(self._backends) if one.cage is not None]
            found += [limit_figure(one, one.limit_bytes) for one in reports if one.limit_bytes is not None]
        found += link_figures([link.report() for link in self._links()], self._probe.reports())
        return tuple(found)

    def report(self, record: RunRecord) -> PressureReport | None:
        """What became of the backends, where the stress came after a while and went before the end."""
        if len(self._times) < 3 or self._times[0] <= record.measure_start_ns:
            return None
        began_ns, ended_ns, acted_ns = self._times[:3]
        span = PressureSpan(record.measure_start_ns, began_ns, ended_ns, acted_ns, self._did)
        found = judge_pressure(record, span, waited_for())
        found = replace(found, evidence=(*found.evidence, *self._ends()))
        return PressureReport(recovery_action=self._did, **asdict(found))

    def marked(self, timeline: Timeline, record: RunRecord) -> Timeline:
        """`timeline` with the stretches in which there was stress."""
        if not self._times:
            return timeline
        began_ns, *rest = self._times
        ended_ns = rest[0] if rest else record.end_ns
        span = Span(
            kind="stress",
            name=name_of(self._asked),
            start_s=s_from_ns(max(began_ns, record.start_ns) - record.measure_start_ns),
            end_s=s_from_ns(min(ended_ns, record.end_ns) - record.measure_start_ns),
        )
        return msgspec.structs.replace(timeline, spans=(*timeline.spans, span))

    def _ends(self) -> list[str]:
        """How each process ended that is not there any more, in words, with its last ones; each once."""
        said = [how_it_ended(one.exit_code, one.stderr_tail()) for one in self._processes]
        found = [sentence for sentence in said if sentence]
        return [
            sentence + (f" ({found.count(sentence)} times)" if found.count(sentence) > 1 else "")
            for sentence in dict.fromkeys(found)
        ]

    def _restarted(self, backend: IdeBackend) -> None:
        self._processes.append(backend.running)
        if self._shares is not None and backend.running.backend_pid:
            self._shares.add(backend.running.backend_pid)

    def _links(self) -> list[LinkedTransport]:
        """Those of now: a backend that was started again has another. One that is there only to be broken is
        none."""
        links = (backend.link for backend in self._backends)
        return [link for link in links if link is not None and link.profile is not DIRECT]

    async def _begin(self) -> None:
        async with self._turn:
            if self._on is not None or not self._asked.is_any:
                return
            self._times.append(self._clock.now_ns())
            self._on = contextlib.AsyncExitStack()
            if self._asked.memory_limit_bytes:
                self._limit()
            stressors = everywhere(self._asked, self._margin, self._ramp_s)
            if self._asked.io_bytes:
                stressors.append(IoContention(self._backends[0].workspace, self._asked.io_bytes))
            self._running += await self._on.enter_async_context(applied(stressors))
            if self._asked.cpu_ratio:
                self._watch_shares(self._on)

    async def _settle(self) -> None:
        """Wait for what is being begun or ended, and tell what went wrong with it."""
        for task in self._switching:
            await task

    async def _end(self, *, over: bool = False) -> None:
        async with self._turn:
            on, self._on = self._on, None
            if on is None:
                return
            await on.aclose()
            self._times.append(self._clock.now_ns())
            if self._asked.recovery_action and not over:
                found = [
                    await rescue(backend, self._asked.recovery_action) for backend in _once(self._backends)
                ]
                self._did = "; ".join(dict.fromkeys(found))
            self._times.append(self._clock.now_ns())

    def _limit(self) -> None:
        assert self._on is not None  # noqa: S101  as it begins
        if not self._cages:
            self._cages = tuple(self._cage(backend) for backend in _once(self._backends))
        asked = MemoryLimit(
            self._asked.memory_limit_bytes,
            cast(AllocationPattern, self._asked.memory_pattern),
            ramp_s=self._ramp_s,
        )
        for cage in self._cages:
            cage.limit(asked)
            self._on.callback(cage.lift)

    def _cage(self, backend: IdeBackend) -> MemoryCage:
        if backend.cage is not None:
            return backend.cage
        if not backend.running.backend_pid:
            raise StressRefused(
                f"the process of {backend.name} is not known, so its memory cannot be limited"
            )
        # It runs already: what it holds would be charged to no group.
        cage = MemoryCage("rlimit")
        backend.leftovers.callback(cage.close)
        cage.adopt(backend.running.backend_pid)
        return cage

    def _watch_shares(self, stack: contextlib.AsyncExitStack) -> None:
        """See what is left to the backends of the cores that others burn, until the end of the stack."""
        pids = [backend.running.backend_pid for backend in _once(self._backends)]
        if all(pids):
            self._shares = RunShareProbe(pids)
            stack.push_async_callback(_cancel, asyncio.create_task(_look_every_second(self._shares)))


def everywhere(asked: Stress, margin: SafetyMargin, ramp_s: float) -> list[Stressor]:
    """What is done to the machine as a whole, growing over `ramp_s` where it grows."""
    found: list[Stressor] = []
    if asked.cpu_ratio:
        model, throttling = cast(ExecutionModel, asked.cpu_model), cast(Throttling, asked.cpu_throttling)
        found.append(
            CpuContention(
                asked.cpu_ratio, model, throttling, _quota_cores(margin), spare_cores=margin.spare_cores
            )
        )
    if asked.memory_bytes:
        pattern = cast(AllocationPattern, asked.memory_pattern)
        found.append(
            MemoryPressure(asked.memory_bytes, pattern, ramp_s=ramp_s, keep_free_bytes=margin.keep_free_bytes)
        )
    return found


def _quota_cores(margin: SafetyMargin) -> int | None:
    """How many cores may be burnt where a quota leaves less than the machine has; None where none does."""
    quota = cpu_quota_cores()
    if quota is None or quota >= usable_cores():
        return None
    return max(1, int(quota) - margin.spare_cores)


def _once(backends: tuple[IdeBackend, ...]) -> list[IdeBackend]:
    """One for each process, however many users share it."""
    return list({backend.running.backend_pid or id(backend): backend for backend in backends}.values())


async def _look_every_second(shares: RunShareProbe) -> None:
    while True:
        await asyncio.sleep(_SHARE_INTERVAL_S)
        await asyncio.to_thread(shares.sample)


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
