"""What is watched while a run goes on: threads, the machine, and whether anything is too high for too long.

Joins monitor, engine and statistics; knows nothing of verdicts.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import numpy as np

from pytest_rustide_load.backends.launch import announced_figures
from pytest_rustide_load.monitor import (
    CombinedProbe,
    EndpointScraper,
    HostProbe,
    Observer,
    Scraping,
    TreeDetailsProbe,
    WorkingSet,
    procfs,
)
from pytest_rustide_load.plugin.backend import IdeBackend
from pytest_rustide_load.ports import Clock
from pytest_rustide_load.report.alerts import alert_report, describe_change
from pytest_rustide_load.report.endpoints import EndpointReport, build_endpoints
from pytest_rustide_load.stats.agreement import compare_with_outside
from pytest_rustide_load.stats.alerts import Alert, AlertRule
from pytest_rustide_load.stats.record import RunRecord
from pytest_rustide_load.stats.samples import Outcome
from pytest_rustide_load.stats.watch import RunSoFar, RunWatch
from pytest_rustide_load.units import NS_PER_S
from pytest_rustide_load.workload import JOINT_OPERATIONS, OPERATIONS, Scenario

__all__ = ["Watching"]

_INTERVAL_S = 1.0
# Answering costs the embedded backend some tenths of a millisecond in which it does nothing else.
_OWN_INTERVAL_S = 2.0
# The backend has answered these, whatever became of them then.
_ANSWERED = (Outcome.OK, Outcome.EMPTY, Outcome.WRONG, Outcome.ERROR, Outcome.CONTENT_MODIFIED)
# What ended a moment ago may not have been recorded yet.
_SETTLED_NS = NS_PER_S // 2


class Watching:
    """Of `backends`, for as long as one coroutine runs. `probe` is the engine's, None where no process is
    known. `say` is told each alert of `rules` that is raised and that is over, from another thread. What is
    scraped is `scrape_url`, or with `own_endpoints` the address that the backend itself names."""

    def __init__(
        self,
        backends: tuple[IdeBackend, ...],
        clock: Clock,
        *,
        rules: Sequence[AlertRule] = (),
        say: Callable[[str], None],
        scrape_url: str | None = None,
        own_endpoints: bool = True,
    ) -> None:
        self._backends = backends
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
        self._details: TreeDetailsProbe | None = None
        self._scraping = _scraping(backends if own_endpoints else (), clock, scrape_url)
        self._observer: Observer | None = None
        self._watch: RunWatch | None = None
        self._follow: Callable[[Sequence[AlertRule], RunSoFar], RunWatch] = RunWatch
        self._probe_of = [backend.running.pid for backend in backends]
        self._pids = [pid for pid, probe in probes.items() if probe is not None]
        self._known = known
        self._working_set_bytes: int | None = None

    async def around(
        self,
        work: Awaitable[None],
        so_far: Callable[[], RunSoFar | None],
        follow: Callable[[Sequence[AlertRule], RunSoFar], RunWatch] = RunWatch,
    ) -> None:
        """Await `work` and watch meanwhile; `so_far` is the run, once it has begun, and what `follow` makes
        of it finds its alerts."""
        self._follow = follow
        # Before anything is due, so that a few milliseconds hold up nobody.
        self._observer = self._observe(so_far)
        touched = WorkingSet(pid for probe in self._known for pid in probe.pids())
        touched.begin()
        for backend in self._backends:
            backend.on_restart.append(self._look_at_the_new_one)
        if self._scraping is not None:
            self._scraping.start()
        try:
            await work
        finally:
            self._working_set_bytes = touched.read()
            if self._scraping is not None:
                self._scraping.stop()
            self._observer.stop()
            for backend in self._backends:
                backend.on_restart.remove(self._look_at_the_new_one)

    def _rss_peaks(self) -> tuple[int | None, ...]:
        """The most that the backend of each user took, None where it is not known; nothing of one for all."""
        if self.probe is None or len(set(self._probe_of)) < len(self._probe_of):
            return ()
        peaks = dict(zip(self._pids, self.probe.rss_peaks(), strict=False))
        return tuple(peaks.get(pid) for pid in self._probe_of)

    def alerts_so_far(self) -> tuple[Alert, ...]:
        """Those that were told, at most a second ago; from any thread."""
        return () if self._watch is None else self._watch.alerts

    def alerts(self, until_ns: int) -> tuple[Alert, ...]:
        """Those that were told, and what came until then, of a run that is over."""
        if self._watch is None:
            return ()
        self._watch.feed(until_ns)
        return self._watch.alerts

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
            scrapes=() if self._scraping is None else tuple(self._scraping.scrapes),
            working_set_bytes=self._working_set_bytes,
            rss_peaks=self._rss_peaks(),
            details={**record.details, **told},
        )

    def endpoints(self, record: RunRecord, scenario: Scenario) -> EndpointReport | None:
        """What the backend said of itself in `record`, beside what was measured."""
        if self._scraping is None:
            return None
        columns = record.samples.columns()
        asked = [name in OPERATIONS and OPERATIONS[name].answered for name in record.samples.operations]
        answered = np.isin(columns["outcome"], _ANSWERED) & np.array(asked)[columns["operation"]]
        answered_ns = sorted(columns["done_ns"][answered].tolist()) if _asks_only_its_plan(scenario) else None
        agreement = compare_with_outside(record.scrapes, record.resources, answered_ns=answered_ns)
        return build_endpoints(self._scraping.url, record.scrapes, agreement, record.measure_start_ns)

    def _observe(self, so_far: Callable[[], RunSoFar | None]) -> Observer:
        """Making the probes looks at everything once."""
        if procfs.is_available() and self._roots:
            self._details = TreeDetailsProbe(self._roots, self._clock)
        observer = Observer(
            self._clock,
            details=self._details,
            host=HostProbe(self._clock),
            each_second=lambda: self._look_for_alerts(so_far()),
        )
        observer.start()
        return observer

    def _look_at_the_new_one(self, backend: IdeBackend) -> None:
        if self._details is not None and backend.running.pid:
            self._details.add(backend.running.pid, itself=backend.running.pid == backend.running.backend_pid)

    def _look_for_alerts(self, run: RunSoFar | None) -> None:
        if run is None:
            return
        if self._watch is None:
            self._watch = self._follow(self.rules, run)
        for alert in self._watch.feed(self._clock.now_ns() - _SETTLED_NS):
            self._say(describe_change(alert_report(alert, run.measure_start_ns)))


def _scraping(backends: tuple[IdeBackend, ...], clock: Clock, url: str | None) -> Scraping | None:
    """Of the address that was asked for, else of the one that the backend itself names, if it is one."""
    if url is not None:
        return Scraping(EndpointScraper(url, clock), interval_s=_INTERVAL_S)
    running = {backend.running.pid: backend.running for backend in backends}
    if len(running) != 1:
        return None
    own = announced_figures(backends[0].running)
    return None if own is None else Scraping(EndpointScraper(own, clock), interval_s=_OWN_INTERVAL_S)


def _asks_only_its_plan(scenario: Scenario) -> bool:
    """Whether there are no requests but the operations themselves: no editor that asks on its own, and no
    team that looks whether a change has arrived."""
    users = [scenario.of_user(user) for user in range(scenario.users)]
    asked = {pattern.operation for user in users for pattern in user.patterns}
    asked |= {pattern.operation for stage in scenario.stages for pattern in stage.patterns}
    raw = all(user.editor == "raw" for user in users)
    return raw and asked.isdisjoint(JOINT_OPERATIONS)
