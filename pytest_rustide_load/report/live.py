"""Where a run stands while it goes on: figures of the last seconds, totals since its measured time began, and
alerts.

Pure: looks at logs that somebody else appends to, and keeps what it needs of them. The structures are what
the live view's addresses answer, and their schema is published.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from pytest_rustide_load.report.alerts import alert_report
from pytest_rustide_load.report.results import AlertReport
from pytest_rustide_load.stats.alerts import Alert
from pytest_rustide_load.stats.record import ResourceSample
from pytest_rustide_load.stats.samples import Outcome, PhaseKind
from pytest_rustide_load.stats.summary import FAILED
from pytest_rustide_load.stats.watch import RunSoFar
from pytest_rustide_load.units import NS_PER_MS, NS_PER_S, mb_from_bytes, s_from_ns

if TYPE_CHECKING:
    import numpy.typing as npt

    _Columns = dict[str, npt.NDArray[np.int64]]

__all__ = [
    "WINDOW_NS",
    "LiveAgent",
    "LiveErrors",
    "LiveFigures",
    "LiveHealth",
    "LiveOperation",
    "LivePerformance",
    "LiveResources",
    "LiveState",
    "backend_resources",
    "idle_state",
    "live_schema",
    "live_state",
]

# What the figures of the last seconds are of.
WINDOW_NS = 10 * NS_PER_S
# What is older than this and finished only counts in the totals.
_KEPT_NS = 20 * NS_PER_S


class LiveOperation(msgspec.Struct, frozen=True, kw_only=True):
    """One operation in the last seconds: what was due, what was answered rightly in them, and how long that
    took from when the user wanted it; None where nothing was. Of a run on agents `planned` are those that
    ended, as what has not is known as a number of requests in flight alone, and `right_per_s` is None until
    they have told of a whole second."""

    planned: int
    right: int
    right_per_s: float | None
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None


class LivePerformance(msgspec.Struct, frozen=True, kw_only=True):
    """`/api/metrics/performance`: the last `window_s` seconds. `phase` is idle, warm-up, measuring or ending;
    `overall` is of the operations the user waits for. `notes` are what to know of the figures, a sentence
    each."""

    scenario: str
    phase: str
    elapsed_s: float
    total_s: float
    window_s: float
    in_flight: int
    overall: LiveOperation
    operations: dict[str, LiveOperation]
    notes: tuple[str, ...]


class LiveAgent(msgspec.Struct, frozen=True, kw_only=True):
    """An agent that runs a share of the users: what it answered so far and still awaits, its CPU in percent
    of one core over the last second and its memory, None where that is not known; `lost` says why it is,
    empty while it is not."""

    agent: int
    name: str
    users: int
    answered: int
    in_flight: int
    cpu_percent: float | None
    rss_mb: float | None
    lost: str


class LiveResources(msgspec.Struct, frozen=True, kw_only=True):
    """`/api/metrics/resources`: the backend's process tree and the load generator; CPU in percent of one core
    over the last second, None where it is not known. Where `agents` run the users the backend is all of
    theirs, and the load generator all of them."""

    scenario: str
    rss_mb: float | None
    cpu_percent: float | None
    processes: int | None
    threads: int | None
    generator_cpu_percent: float | None
    generator_rss_mb: float | None
    agents: tuple[LiveAgent, ...]


class LiveErrors(msgspec.Struct, frozen=True, kw_only=True):
    """`/api/metrics/errors`: how the operations of the measured time ended so far, by operation and outcome;
    `error_ratio` is of the last seconds, None where nothing ended."""

    scenario: str
    outcomes: dict[str, dict[str, int]]
    error_ratio: float | None
    alerts: tuple[AlertReport, ...]


class LiveHealth(msgspec.Struct, frozen=True, kw_only=True):
    """`/api/health`: `status` is idle, running, or alert while one lasts."""

    status: str
    scenario: str
    phase: str
    active_alerts: tuple[str, ...]


class LiveState(msgspec.Struct, frozen=True, kw_only=True):
    """All of it at one moment, as the stream of events sends it."""

    performance: LivePerformance
    resources: LiveResources
    errors: LiveErrors
    health: LiveHealth


def live_schema() -> dict[str, Any]:
    """The JSON schema of what each address answers, by its path."""
    kinds = {
        "/api/metrics/performance": LivePerformance,
        "/api/metrics/resources": LiveResources,
        "/api/metrics/errors": LiveErrors,
        "/api/health": LiveHealth,
        "/events": LiveState,
    }
    dialect = "https://json-schema.org/draft/2020-12/schema"
    return {path: {"$schema": dialect, **msgspec.json.schema(kind)} for path, kind in kinds.items()}


def idle_state() -> LiveState:
    """Where no run goes on."""
    nothing = LiveOperation(planned=0, right=0, right_per_s=0.0, p50_ms=None, p95_ms=None, p99_ms=None)
    return LiveState(
        performance=LivePerformance(
            scenario="",
            phase="idle",
            elapsed_s=0.0,
            total_s=0.0,
            window_s=s_from_ns(WINDOW_NS),
            in_flight=0,
            overall=nothing,
            operations={},
            notes=(),
        ),
        resources=_resources("", ()),
        errors=LiveErrors(scenario="", outcomes={}, error_ratio=None, alerts=()),
        health=LiveHealth(status="idle", scenario="", phase="idle", active_alerts=()),
    )


class LiveFigures:
    """Of one run that goes on. `waits` are the operations the user waits for, `alerts` gives those that were
    found so far."""

    def __init__(
        self,
        scenario: str,
        run: RunSoFar,
        *,
        waits: Collection[str],
        alerts: Callable[[], Sequence[Alert]],
    ) -> None:
        self._scenario = scenario
        self._run = run
        self._samples = run.samples
        self._waits = np.array([name in waits for name in run.samples.operations] or [False])
        self._alerts = alerts
        # Rows before this one are finished and old, and counted in the totals.
        self._first = 0
        self._totals: Counter[tuple[int, int]] = Counter()

    def look(self, now_ns: int) -> LiveState:
        """Where the run stands at `now_ns`; no earlier than the look before."""
        columns = self._recent(now_ns)
        resources = [one for one in self._run.resources[-40:] if one.at_ns <= now_ns]
        ended = (columns["outcome"] != Outcome.PENDING) & (columns["done_ns"] > now_ns - WINDOW_NS)
        failed = np.isin(columns["outcome"], FAILED)
        overall, operations = self._operations(columns, now_ns)
        return live_state(
            self._scenario,
            self._run,
            now_ns,
            overall=overall,
            operations=operations,
            in_flight=int(np.count_nonzero(columns["outcome"] == Outcome.PENDING)),
            resources=_resources(self._scenario, resources),
            outcomes=self._outcomes(columns),
            failed=int(np.count_nonzero(ended & failed)),
            ended=int(np.count_nonzero(ended)),
            alerts=self._alerts(),
        )

    def _recent(self, now_ns: int) -> _Columns:
        """The rows that may still change or are young; the others go into the totals."""
        columns = self._samples.columns(self._first)
        young = columns["outcome"] == Outcome.PENDING
        young |= np.maximum(columns["intended_ns"], columns["done_ns"]) > now_ns - _KEPT_NS
        old = int(np.argmax(young)) if young.any() else len(young)
        if old:
            self._count(self._totals, {name: column[:old] for name, column in columns.items()})
            self._first += old
        return {name: column[old:] for name, column in columns.items()}

    def _count(self, totals: Counter[tuple[int, int]], columns: _Columns) -> None:
        counted = (columns["phase"] == PhaseKind.MEASURE) & (columns["outcome"] != Outcome.PENDING)
        pairs = columns["operation"][counted] * len(Outcome) + columns["outcome"][counted]
        numbers, counts = np.unique(pairs, return_counts=True)
        for number, count in zip(numbers.tolist(), counts.tolist(), strict=True):
            totals[divmod(number, len(Outcome))] += count

    def _outcomes(self, columns: _Columns) -> dict[str, dict[str, int]]:
        totals = self._totals.copy()
        self._count(totals, columns)
        found: dict[str, dict[str, int]] = {}
        for (operation, outcome), count in sorted(totals.items()):
            name = self._samples.operations[operation]
            found.setdefault(name, {})[Outcome(outcome).name.lower()] = count
        return found

    def _operations(self, columns: _Columns, now_ns: int) -> tuple[LiveOperation, dict[str, LiveOperation]]:
        """Of the last seconds: what users wait for, and each operation."""
        since_ns = now_ns - WINDOW_NS
        operations, intended_ns, done_ns = columns["operation"], columns["intended_ns"], columns["done_ns"]
        due = operations[(intended_ns > since_ns) & (intended_ns <= now_ns)]
        right = (columns["outcome"] == Outcome.OK) & (done_ns > since_ns)
        answered = operations[right]
        times_ms = (done_ns - intended_ns)[right] / NS_PER_MS
        window_s = max(min(s_from_ns(WINDOW_NS), s_from_ns(now_ns - self._run.start_ns)), 1e-3)
        return _operation(self._waits[due], times_ms[self._waits[answered]], window_s), {
            self._samples.operations[code]: _operation(due == code, times_ms[answered == code], window_s)
            for code in np.unique(operations).tolist()
        }


def live_state(
    scenario: str,
    run: RunSoFar,
    now_ns: int,
    *,
    overall: LiveOperation,
    operations: dict[str, LiveOperation],
    in_flight: int,
    resources: LiveResources,
    outcomes: dict[str, dict[str, int]],
    failed: int,
    ended: int,
    alerts: Sequence[Alert],
    notes: tuple[str, ...] = (),
) -> LiveState:
    """Where a run stands, from what is known of it; of `ended` operations of the window so many `failed`."""
    told = tuple(alert_report(one, run.measure_start_ns) for one in alerts)
    active = tuple(one.name for one in told if one.end_s is None)
    phase = _phase_of(run, now_ns)
    return LiveState(
        performance=LivePerformance(
            scenario=scenario,
            phase=phase,
            # Agents tell when they will begin a moment before they do.
            elapsed_s=round(max(s_from_ns(now_ns - run.start_ns), 0.0), 3),
            total_s=round(s_from_ns(run.measure_end_ns - run.start_ns), 3),
            window_s=s_from_ns(WINDOW_NS),
            in_flight=in_flight,
            overall=overall,
            operations=operations,
            notes=notes,
        ),
        resources=resources,
        errors=LiveErrors(
            scenario=scenario,
            outcomes=outcomes,
            error_ratio=failed / ended if ended else None,
            alerts=told,
        ),
        health=LiveHealth(
            status="alert" if active else "running",
            scenario=scenario,
            phase=phase,
            active_alerts=active,
        ),
    )


def _operation(
    due: npt.NDArray[np.bool_], times_ms: npt.NDArray[np.float64], window_s: float
) -> LiveOperation:
    """Of what is `due` where that is true, and of the right answers that took so long, shape (n,)."""
    times_ms = np.sort(times_ms)
    count = len(times_ms)

    def quantile(share: float) -> float | None:
        """Type 7, as numpy's, which takes ten times as long for so few."""
        if not count:
            return None
        below, part = divmod((count - 1) * share, 1)
        low = float(times_ms[int(below)])
        return round(low + part * (float(times_ms[min(int(below) + 1, count - 1)]) - low), 3)

    return LiveOperation(
        planned=int(np.count_nonzero(due)),
        right=count,
        right_per_s=round(count / window_s, 3),
        p50_ms=quantile(0.5),
        p95_ms=quantile(0.95),
        p99_ms=quantile(0.99),
    )


def _phase_of(run: RunSoFar, now_ns: int) -> str:
    """The phase a run is in, by its plan."""
    if now_ns < run.measure_start_ns:
        return "warm-up"
    return "measuring" if now_ns < run.measure_end_ns else "ending"


def backend_resources(
    scenario: str,
    samples: Sequence[ResourceSample],
    *,
    generator_cpu_percent: float | None,
    generator_rss_mb: float | None,
    agents: tuple[LiveAgent, ...] = (),
) -> LiveResources:
    """What the backend takes, by the last second of `samples`, beside what is known of the load generator."""
    last, cpu_percent = None, None
    if samples:
        before, last = _last_second(samples)
        cpu_percent = _percent(last.cpu_ns - before.cpu_ns, last.at_ns - before.at_ns)
    return LiveResources(
        scenario=scenario,
        rss_mb=None if last is None else round(mb_from_bytes(last.rss_bytes), 3),
        cpu_percent=cpu_percent,
        processes=None if last is None else last.process_count,
        threads=None if last is None else last.thread_count,
        generator_cpu_percent=generator_cpu_percent,
        generator_rss_mb=generator_rss_mb,
        agents=agents,
    )


def _resources(scenario: str, samples: Sequence[ResourceSample]) -> LiveResources:
    cpu_percent = rss_mb = None
    if samples:
        before, last = _last_second(samples)
        used_ns = last.generator_cpu_ns - before.generator_cpu_ns
        cpu_percent = _percent(used_ns, last.at_ns - before.at_ns)
        rss_mb = round(mb_from_bytes(last.generator_rss_bytes), 3)
    return backend_resources(scenario, samples, generator_cpu_percent=cpu_percent, generator_rss_mb=rss_mb)


def _last_second(samples: Sequence[ResourceSample]) -> tuple[ResourceSample, ResourceSample]:
    """The last of them, and the one a second before it, or the first."""
    last = samples[-1]
    return next((one for one in reversed(samples) if one.at_ns <= last.at_ns - NS_PER_S), samples[0]), last


def _percent(used_ns: int, passed_ns: int) -> float | None:
    return round(100 * used_ns / passed_ns, 2) if passed_ns else None
