"""Where a run stands whose users are run by agents: as `live`, but from the counts that they tell.

Pure. What ended is known when it is told, a second or two later; what is due and has not ended is known as a
number of requests in flight alone.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pytest_rustide_load.report.live import (
    WINDOW_NS,
    LiveAgent,
    LiveOperation,
    LiveResources,
    LiveState,
    backend_resources,
    live_state,
)
from pytest_rustide_load.stats.alerts import Alert
from pytest_rustide_load.stats.histogram import BUCKETS, bucket_range
from pytest_rustide_load.stats.record import ResourceSample
from pytest_rustide_load.stats.samples import Outcome
from pytest_rustide_load.stats.summary import FAILED
from pytest_rustide_load.stats.tally import DONE, LATENCY, OUTCOMES, Tally
from pytest_rustide_load.stats.watch import RunSoFar
from pytest_rustide_load.units import NS_PER_MS, NS_PER_S, mb_from_bytes, s_from_ns

if TYPE_CHECKING:
    from typing import TypeAlias

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
    """What was told until a look, each of shape (n,): how operations ended, the buckets of right answers'
    latencies, and when the seconds end in which right answers came."""

    at_ns: int
    outcomes: _Counts
    latencies: _Counts
    done: _Counts


class _Counts(NamedTuple):
    """Counts by operation and by something else."""

    operation: _Ints
    what: _Ints
    number: _Ints


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
        window = [one for one in self._heard if one.at_ns > now_ns - WINDOW_NS]
        outcomes = _joined([one.outcomes for one in window])
        latencies = _joined([one.latencies for one in window])
        overall, operations = self._operations(outcomes, latencies, now_ns)
        lost = (f"{one.name} is lost: {one.lost}" for one in agents if one.lost)
        return live_state(
            self._scenario,
            self._run,
            now_ns,
            overall=overall,
            operations=operations,
            in_flight=sum(one.in_flight for one in agents if not one.lost),
            resources=self._of_resources(agents, now_ns),
            outcomes=self._outcomes(),
            failed=int(outcomes.number[np.isin(outcomes.what, FAILED)].sum()),
            ended=int(outcomes.number.sum()),
            alerts=self._alerts(),
            notes=(*self._notes, *lost),
        )

    def _hear(self, now_ns: int) -> None:
        found: dict[int, list[_Counts]] = {OUTCOMES: [], LATENCY: [], DONE: []}
        measured, warm_up = self._take()
        for tally, zero_ns in ((measured, self._run.measure_start_ns), (warm_up, self._run.start_ns)):
            second, operation, kinds, cell, count = tally.rows()
            for kind, counts in found.items():
                mine = kinds == kind
                what = zero_ns + (second[mine] + 1) * NS_PER_S if kind == DONE else cell[mine]
                counts.append(_Counts(operation[mine], what, count[mine]))
        for code, outcome, number in zip(*(each.tolist() for each in found[OUTCOMES][0]), strict=True):
            self._totals[code, Outcome(outcome)] += number
        self._heard.append(_Heard(now_ns, *map(_joined, found.values())))
        while self._heard[0].at_ns <= now_ns - WINDOW_NS - 2 * _TOLD_NS:
            self._heard.popleft()

    def _outcomes(self) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = {}
        for (code, kind), count in sorted(self._totals.items()):
            if count:
                found.setdefault(self._names[code], {})[kind.name.lower()] = count
        return found

    def _operations(
        self, outcomes: _Counts, latencies: _Counts, now_ns: int
    ) -> tuple[LiveOperation, dict[str, LiveOperation]]:
        """Of what was told in the window: what users wait for, and each operation."""
        span_s, done = self._right_answers(now_ns)
        none = np.zeros(BUCKETS)

        def of(codes: Sequence[int], times: npt.NDArray[np.float64]) -> LiveOperation:
            p50, p95, p99 = _quantiles_ms(times)
            came = int(done.number[np.isin(done.operation, codes)].sum())
            return LiveOperation(
                planned=int(outcomes.number[np.isin(outcomes.operation, codes)].sum()),
                right=int(times.sum()),
                right_per_s=round(came / span_s, 3) if span_s > 0 else None,
                p50_ms=p50,
                p95_ms=p95,
                p99_ms=p99,
            )

        times: dict[int, npt.NDArray[np.float64]] = {}
        for code in np.unique(outcomes.operation).tolist():
            mine = latencies.operation == code
            weights = latencies.number[mine].astype(np.float64)
            times[code] = np.bincount(latencies.what[mine], weights, BUCKETS).astype(np.float64)
        waited = [code for code in times if code in self._waits]
        overall = of(waited, sum((times[code] for code in waited), none))
        return overall, {self._names[code]: of([code], each) for code, each in times.items()}

    def _right_answers(self, now_ns: int) -> tuple[float, _Counts]:
        """Of the last whole seconds of which all has been told: how many these are, ten at most, and what was
        answered rightly in them."""
        measure_ns = self._run.measure_start_ns
        to_ns = measure_ns + (now_ns - _TOLD_NS - measure_ns) // NS_PER_S * NS_PER_S
        from_ns = max(to_ns - WINDOW_NS, self._run.start_ns)
        done = _joined([one.done for one in self._heard])
        inside = (done.what > from_ns) & (done.what <= to_ns)
        return s_from_ns(to_ns - from_ns), _Counts(*(each[inside] for each in done))

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


def _joined(counts: Sequence[_Counts]) -> _Counts:
    return _Counts(*(np.concatenate(each) for each in zip(*counts, strict=True)))


def _quantiles_ms(counts: npt.NDArray[np.float64]) -> tuple[float | None, float | None, float | None]:
    """p50, p95 and p99 (type 7) of times counted by bucket, shape (BUCKETS,), each taken as the middle of its
    bucket; None for no times."""
    reached = np.cumsum(counts)
    total = int(reached[-1])
    if not total:
        return None, None, None

    def ranked(rank: int) -> float:
        return sum(bucket_range(int(np.searchsorted(reached, rank, side="right")))) / 2 / NS_PER_MS

    def quantile(share: float) -> float:
        below, part = divmod((total - 1) * share, 1)
        low = ranked(int(below))
        return round(low + part * (ranked(min(int(below) + 1, total - 1)) - low), 3)

    return quantile(0.5), quantile(0.95), quantile(0.99)
