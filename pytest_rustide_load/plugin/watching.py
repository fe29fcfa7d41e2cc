"""What is watched beside the load while a run goes on: threads, and the machine.

Joins monitor and engine; knows nothing of verdicts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import replace

from pytest_rustide_load.monitor import (
    CombinedProbe,
    HostProbe,
    Observer,
    ProcessTreeProbe,
    TreeDetailsProbe,
    WorkingSet,
    procfs,
)
from pytest_rustide_load.plugin.backend import IdeBackend
from pytest_rustide_load.ports import Clock
from pytest_rustide_load.stats.record import RunRecord

__all__ = ["Watching"]


class Watching:
    """Of `backends`, for as long as one coroutine runs. `probe` is the engine's, None where no process is
    known."""

    def __init__(self, backends: tuple[IdeBackend, ...], clock: Clock) -> None:
        self._clock = clock
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
        self._probe_of = [backend.running.pid for backend in backends]
        self._pids = [pid for pid, probe in probes.items() if probe is not None]
        self._trees = [probe for probe in known if isinstance(probe, ProcessTreeProbe)]
        self._working_set_bytes: int | None = None

    async def around(self, work: Awaitable[None]) -> None:
        """Await `work` and watch meanwhile."""
        self._observer = await asyncio.to_thread(self._observe)
        touched = WorkingSet(pid for tree in self._trees for pid in tree.pids())
        await asyncio.to_thread(touched.begin)
        try:
            await work
        finally:
            self._working_set_bytes = touched.read()
            self._observer.stop()

    def _rss_peaks(self) -> tuple[int | None, ...]:
        """The most that the backend of each user took, None where it is not known; nothing of one for all."""
        if self.probe is None or len(set(self._probe_of)) < len(self._probe_of):
            return ()
        peaks = dict(zip(self._pids, self.probe.rss_peaks(), strict=False))
        return tuple(peaks.get(pid) for pid in self._probe_of)

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
            working_set_bytes=self._working_set_bytes,
            rss_peaks=self._rss_peaks(),
            details={**record.details, **told},
        )

    def _observe(self) -> Observer:
        """Making the probes looks at everything once."""
        details = (
            TreeDetailsProbe(self._roots, self._clock) if procfs.is_available() and self._roots else None
        )
        observer = Observer(self._clock, details=details, host=HostProbe(self._clock))
        observer.start()
        return observer
