"""What is watched while a run goes on: threads, the machine, and whether anything is too high for too long.

Joins monitor, engine and statistics; knows nothing of verdicts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from pytest_rustide_load.monitor import CombinedProbe, HostProbe, Observer, TreeDetailsProbe, procfs
from pytest_rustide_load.plugin.backend import IdeBackend
from pytest_rustide_load.ports import Clock
from pytest_rustide_load.report.alerts import alert_report, describe_change
from pytest_rustide_load.stats.alerts import AlertRule
from pytest_rustide_load.stats.record import RunRecord
from pytest_rustide_load.stats.watch import RunSoFar, RunWatch
from pytest_rustide_load.units import NS_PER_S

__all__ = ["Watching"]

# What ended a moment ago may not have been recorded yet.
_SETTLED_NS = NS_PER_S // 2


class Watching:
    """Of `backends`, for as long as one coroutine runs. `probe` is the engine's, None where no process is
    known. `say` is told each alert of `rules` that is raised and that is over, from another thread."""

    def __init__(
        self,
        backends: tuple[IdeBackend, ...],
        clock: Clock,
        *,
        rules: Sequence[AlertRule] = (),
        say: Callable[[str], None],
    ) -> None:
        self._clock = clock
        self.rules = tuple(rules)
        self._say = say
        # Each process once, however many users it serves.
        probes = {backend.running.pid: backend.probe for backend in backends}
        known = [probe for probe in probes.values() if probe is not None]
        self.probe = CombinedProbe(known) if known else None
        self._roots = {
            backend.running.pid: backend.running.pid == backend.running.backend_pid
            for backend in backends
            if backend.probe is not None
        }
        self._observer: Observer | None = None
        self._watch: RunWatch | None = None

    async def around(self, work: Awaitable[None], so_far: Callable[[], RunSoFar | None]) -> None:
        """Await `work` and watch meanwhile; `so_far` is the run, once it has begun."""
        self._observer = await asyncio.to_thread(self._observe, so_far)
        try:
            await work
        finally:
            self._observer.stop()

    def observed(self, record: RunRecord) -> RunRecord:
        """`record` with what was seen."""
        observer = self._observer
        if observer is None:
            return record
        told = {"monitor": f"ended early: {observer.problem}"} if observer.problem else {}
        return replace(
            record,
            threads=tuple(observer.threads),
            host=tuple(observer.host),
            details={**record.details, **told},
        )

    def _observe(self, so_far: Callable[[], RunSoFar | None]) -> Observer:
        """Making the probes looks at everything once."""
        has_threads = procfs.is_available() and self._roots
        observer = Observer(
            self._clock,
            details=TreeDetailsProbe(self._roots, self._clock) if has_threads else None,
            host=HostProbe(self._clock),
            each_second=lambda: self._look_for_alerts(so_far()),
        )
        observer.start()
        return observer

    def _look_for_alerts(self, run: RunSoFar | None) -> None:
        if run is None:
            return
        if self._watch is None:
            self._watch = RunWatch(self.rules, run)
        for alert in self._watch.feed(self._clock.now_ns() - _SETTLED_NS):
            self._say(describe_change(alert_report(alert, run.measure_start_ns)))
