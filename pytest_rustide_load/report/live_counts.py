"""Where a run stands whose users are run by agents: as `live`, but from the counts that they tell.

Pure. What ended is known when it is told, a second or two later; what is due and has not ended is known as a
number of requests in flight alone.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_rustide_load.report.alerts import alert_report
from pytest_rustide_load.report.live import (
    WINDOW_NS,
    LiveAgent,
    LiveErrors,
    LiveHealth,
    LiveOperation,
    LivePerformance,
    LiveResources,
    LiveState,
    backend_resources,
    phase_of,
)
from pytest_rustide_load.stats.alerts import Alert
from pytest_rustide_load.stats.histogram import Histogram
from pytest_rustide_load.stats.record import ResourceSample
from pytest_rustide_load.stats.samples import Outcome
from pytest_rustide_load.stats.summary import FAILED
from pytest_rustide_load.stats.tally import DONE, LATENCY, Tally
from pytest_rustide_load.stats.watch import RunSoFar
from pytest_rustide_load.units import NS_PER_MS, NS_PER_S, mb_from_bytes, s_from_ns

if TYPE_CHECKING:
    from typing import TypeAlias

    import numpy as np
    import numpy.typing as npt

    _Ints: TypeAlias = npt.NDArray[np.int64]

__all__ = ["AgentSoFar", "CountedFigures"]

# What was answered in a second is told in the next, or the one after.
_TOLD_NS = 2 * NS_PER_S


@dataclass(frozen=True, slots=True)
class AgentSoFar:
    """An agent as it is now: what it said `at_ns` of itself, the CPU from its start on; nothing of one that
    has not said anything. `lost` says why it is, empty while it is not."""

    number: int
    name: str
    users: int
    at_ns: int = 0
    answered: int = 0
    in_flight: int = 0
    cpu_ns: int | None = None
    rss_bytes: int | None = None
    lost: str = ""


@dataclass(frozen=True, slots=True)
class _Heard:
    """What was told until a look: all of it, and right answers by operation: when the seconds end that they
    came in, and how many these are, each of shape (n,)."""

    at_ns: int
    counts: Tally
    done: Sequence[tuple[int, _Ints, _Ints]]


class CountedFigures:
    """Of one run that goes on. `take` gives what was told since it was called last, of the measured time and
    of the warm-up; `agents`, `alerts` and, for its moment, `resources` are asked at each look. `notes` are
    what to know of the figures, a sentence each."""

    def __init__(
        self,
        scenario: str,
        run: RunSoFar,
        *,
        waits: Collection[str],
        alerts: Callable[[], Sequence[Alert]],
        take: Callable[[], tuple[Tally, Tally]],
        agents: Callable[[], Sequence[AgentSoFar]],
        resources: Callable[[int], Sequence[ResourceSample]],
        notes: Sequence[str] = (),
    ) -> None:
        self._scenario = scenario
        self._run = run
        self._names = run.samples.operations
        self._waits = frozenset(code for code, name in enumerate(self._names) if name in waits)
        self._alerts = alerts
        self._take, self._agents, self._resources = take, agents, resources
        self._notes = tuple(notes)
        self._heard: deque[_Heard] = deque()
        self._totals: Counter[tuple[int, Outcome]] = Counter()
        # When each agent said how much CPU it had used: the last time, and the time before.
        self._used: dict[int, deque[tuple[int, int]]] = {}

    def look(self, now_ns: int) -> LiveState:
        """Where the run stands at `now_ns`; no earlier than the look before."""
        self._hear(now_ns)
        agents = tuple(self._agents())
        alerts = tuple(alert_report(one, self._run.measure_start_ns) for one in self._alerts())
        active = tuple(alert.name for alert in alerts if alert.end_s is None)
        window = Tally()
        for one in self._heard:
            if one.at_ns > now_ns - WINDOW_NS:
                window.add(one.counts)
        outcomes: Counter[Outcome] = Counter()
        for code in window.operations:
            outcomes.update(window.outcomes(code))
        ended = outcomes.total()
        phase = phase_of(self._run, now_ns)
        overall, operations = self._operations(window, now_ns)
        lost = (f"{one.name} is lost: {one.lost}" for one in agents if one.lost)
        return LiveState(
            performance=LivePerformance(
                scenario=self._scenario,
                phase=phase,
                # It is known when it will begin a moment before it does.
                elapsed_s=round(max(s_from_ns(now_ns - self._run.start_ns), 0.0), 3),
                total_s=round(s_from_ns(self._run.measure_end_ns - self._run.start_ns), 3),
                window_s=s_from_ns(WINDOW_NS),
                in_flight=sum(one.in_flight for one in agents if not one.lost),
                overall=overall,
                operations=operations,
                notes=(*self._notes, *lost),
            ),
            resources=self._of_resources(agents, now_ns),
            errors=LiveErrors(
                scenario=self._scenario,
                outcomes=self._outcomes(),
                error_ratio=sum(outcomes[kind] for kind in FAILED) / ended if ended else None,
                alerts=alerts,
            ),
            health=LiveHealth(
                status="alert" if active else "running",
                scenario=self._scenario,
                phase=phase,
                active_alerts=active,
            ),
        )

    def _hear(self, now_ns: int) -> None:
        measured, warm_up = self._take()
        for code in measured.operations:
            for kind, count in measured.outcomes(code).items():
                self._totals[code, kind] += count
        whole, done = Tally(), []
        for tally, zero_ns in ((measured, self._run.measure_start_ns), (warm_up, self._run.start_ns)):
            whole.add(tally)
            for code in tally.operations:
                seconds, _, counts = tally.cells([code], DONE)
                done.append((code, zero_ns + (seconds + 1) * NS_PER_S, counts))
        self._heard.append(_Heard(now_ns, whole, done))
        while self._heard[0].at_ns <= now_ns - WINDOW_NS - 2 * _TOLD_NS:
            self._heard.popleft()

    def _outcomes(self) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = {}
        for (code, kind), count in sorted(self._totals.items()):
            if count:
                found.setdefault(self._names[code], {})[kind.name.lower()] = count
        return found

    def _operations(self, window: Tally, now_ns: int) -> tuple[LiveOperation, dict[str, LiveOperation]]:
        """Of what was told in the window: what users wait for, and each operation."""
        span_s, done = self._right_answers(now_ns)
        times = {code: window.histogram([code], LATENCY) for code in window.operations}
        ended = {code: sum(window.outcomes(code).values()) for code in window.operations}
        waited = [code for code in window.operations if code in self._waits]

        def of(codes: Sequence[int]) -> LiveOperation:
            whole = sum((times[code] for code in codes), Histogram())
            p50, p95, p99 = (
                (round(whole.quantile(share) / NS_PER_MS, 3) for share in (0.5, 0.95, 0.99))
                if whole.count
                else (None, None, None)
            )
            per_s = sum(done[code] for code in codes) / span_s if span_s > 0 else 0.0
            return LiveOperation(
                planned=sum(ended[code] for code in codes),
                right=whole.count,
                right_per_s=round(per_s, 3),
                p50_ms=p50,
                p95_ms=p95,
                p99_ms=p99,
            )

        return of(waited), {self._names[code]: of([code]) for code in window.operations}

    def _right_answers(self, now_ns: int) -> tuple[float, Counter[int]]:
        """Of the last whole seconds of which all has been told: how many these are, ten at most, and how many
        right answers came in them, by operation."""
        begin_ns, measure_ns = self._run.start_ns, self._run.measure_start_ns
        to_ns = measure_ns + (now_ns - _TOLD_NS - measure_ns) // NS_PER_S * NS_PER_S
        from_ns = max(to_ns - WINDOW_NS, begin_ns)
        found: Counter[int] = Counter()
        for one in self._heard:
            for code, ends_ns, counts in one.done:
                found[code] += int(counts[(ends_ns > from_ns) & (ends_ns <= to_ns)].sum())
        return s_from_ns(to_ns - from_ns), found

    def _of_resources(self, agents: Sequence[AgentSoFar], now_ns: int) -> LiveResources:
        """Of the backends, and of all agents together in place of one load generator."""
        told = tuple(self._agent(one) for one in agents)
        alive = [one for one in told if not one.lost]
        cpus = [one.cpu_percent for one in alive if one.cpu_percent is not None]
        sizes = [one.rss_mb for one in alive if one.rss_mb is not None]
        return backend_resources(
            self._scenario,
            self._resources(now_ns),
            generator_cpu_percent=round(sum(cpus), 2) if cpus else None,
            generator_rss_mb=round(sum(sizes), 3) if sizes else None,
            agents=told,
        )

    def _agent(self, one: AgentSoFar) -> LiveAgent:
        used = self._used.setdefault(one.number, deque(maxlen=2))
        if one.cpu_ns is not None and (not used or used[-1][0] != one.at_ns):
            used.append((one.at_ns, one.cpu_ns))
        percent = None
        if len(used) == 2:
            (before_ns, before), (after_ns, after) = used
            percent = round(100 * (after - before) / (after_ns - before_ns), 2)
        return LiveAgent(
            agent=one.number,
            name=one.name,
            users=one.users,
            answered=one.answered,
            in_flight=one.in_flight,
            cpu_percent=percent,
            rss_mb=None if one.rss_bytes is None else round(mb_from_bytes(one.rss_bytes), 3),
            lost=one.lost,
        )
