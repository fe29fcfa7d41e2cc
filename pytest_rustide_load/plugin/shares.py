"""What an agent is given and gives back, and one run made of the shares of all.

Joins the engine's and the statistics' values; starts nothing, and hears nothing by itself.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from pytest_rustide_load.backends import BackendChoice
from pytest_rustide_load.codebase import CodebaseSpec
from pytest_rustide_load.engine.generator import bottleneck_reasons, disagreement, judged_quantile
from pytest_rustide_load.stats.events import EventLog
from pytest_rustide_load.stats.histogram import Histogram
from pytest_rustide_load.stats.record import (
    GeneratorStats,
    PartOfRun,
    ResourceSample,
    RunRecord,
    SafetyMetrics,
)
from pytest_rustide_load.stats.samples import NEVER, Outcome, SampleLog
from pytest_rustide_load.stats.slowest import MOST_SLOW, SlowSample
from pytest_rustide_load.stats.tally import LAG, LATENCY, Tally
from pytest_rustide_load.stats.windows import PhaseBottleneck
from pytest_rustide_load.units import NS_PER_S
from pytest_rustide_load.workload import OPERATIONS, Scenario

__all__ = [
    "EXACT_ROWS",
    "Fresh",
    "Prepared",
    "ShareResult",
    "Shares",
    "Work",
    "counted_generator",
    "merged_record",
    "pack_share",
]

# Single samples of a run that the controller takes in all; beyond these it has the histograms alone.
EXACT_ROWS = 2_000_000
_SAMPLE_TYPES = {
    "operation": "<u2",
    "user": "<u4",
    "phase": "u1",
    "intended_ns": "<i8",
    "sent_ns": "<i8",
    "done_ns": "<i8",
    "outcome": "u1",
}
_EVENT_TYPES = {"kind": "u1", "document": "<u4", "version": "<i8", "what": "<i8"}
_ROW_BYTES = sum(np.dtype(kind).itemsize for kind in [*_SAMPLE_TYPES.values(), *_EVENT_TYPES.values()])
_FIRST_WRONG = 10

_Ints = npt.NDArray[np.int64]


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """The share of one agent: the `users` of a run, counted from 0. `address` is that of the backend, where
    it listens already. One that is `shared` works on `workspace` of its host; else each user has a copy of
    the codebase below `temporary`. `own` is the user's project, in place of the codebase of `spec`, and
    `codebase` is the content of either. `diagnoses` looks closely at backends of its own."""

    scenario: Scenario
    users: tuple[int, ...]
    seed: int
    duration_s: float | None
    warm_up_s: float | None
    spec: CodebaseSpec | None
    own: str
    codebase: str
    backend: BackendChoice
    address: tuple[str, int] | None
    shared: bool
    workspace: str
    temporary: str
    exact_rows: int
    diagnoses: bool = False


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """What an agent has got ready."""

    backend: str
    version: str
    details: dict[str, str]


class ShareResult(msgspec.Struct, frozen=True, kw_only=True):
    """What an agent says of its share at the end, beside counts and samples. Times are from the start of the
    run. `exact` says that it sent every sample; `slowest` are the slowest requests of its users, and
    `bottlenecks` what held back the backends of its own."""

    ended: str
    crash_message: str
    end_ns: int
    exact: bool
    rows: int
    safety: SafetyMetrics
    generator: GeneratorStats
    in_flight: float
    first_wrong: tuple[str, ...]
    offered: tuple[str, ...]
    not_offered: tuple[str, ...]
    landmark_kinds: dict[str, int]
    slowest: tuple[SlowSample, ...] = ()
    bottlenecks: tuple[PhaseBottleneck, ...] = ()


def counted_generator(
    tally: Tally, *, span_ns: int, cpu_ratio: float, in_flight: float | None
) -> GeneratorStats:
    """How well generators kept to the plan, from what was counted. `in_flight` is the mean number of requests
    awaited in the measured time of `span_ns`, None where it is not known."""
    counts: Counter[Outcome] = Counter()
    for code in tally.operations:
        counts.update(tally.outcomes(code))
    planned, dropped = sum(counts.values()), counts[Outcome.DROPPED]
    lag = tally.histogram(tally.operations, LAG)
    span_s = max(span_ns, 1) / NS_PER_S
    error = 0.0
    if in_flight is not None:
        error = disagreement(in_flight, tally.awaited_ns() / max(span_ns, 1))
    share = judged_quantile(lag.count)
    late_ns = lag.quantile(share) if lag.count else 0.0
    return GeneratorStats(
        planned=planned,
        sent=planned - dropped,
        dropped=dropped,
        offered_per_s=planned / span_s,
        achieved_per_s=(planned - dropped) / span_s,
        send_lag_p50_ns=round(lag.quantile(0.5)) if lag.count else 0,
        send_lag_p99_ns=round(lag.quantile(0.99)) if lag.count else 0,
        send_lag_max_ns=lag.max or 0,
        cpu_ratio=cpu_ratio,
        littles_law_error_ratio=error,
        bottleneck_reasons=bottleneck_reasons(cpu_ratio, share, late_ns, error, planned - dropped),
    )


def pack_share(samples: SampleLog, events: EventLog, start_ns: int) -> dict[str, bytes]:
    """Every sample and event of a run, in columns, with times from its start."""
    columns = samples.columns()
    for name in ("intended_ns", "sent_ns", "done_ns"):
        columns[name] = np.where(columns[name] == NEVER, NEVER, columns[name] - start_ns)
    log = events.columns()
    published = log["kind"] == 2
    log["what"] = np.where(published, log["what"] - start_ns, log["what"])
    packed = {name: columns[name].astype(kind).tobytes() for name, kind in _SAMPLE_TYPES.items()}
    return packed | {name: log[name].astype(kind).tobytes() for name, kind in _EVENT_TYPES.items()}


@dataclass(slots=True)
class Fresh:
    """What was counted lately: of the measured time, and of the warm-up before."""

    measured: Tally = field(default_factory=Tally)
    warm_up: Tally = field(default_factory=Tally)


@dataclass(slots=True)
class _Share:
    """What has come from one agent."""

    columns: dict[str, bytearray]
    size: int = 0


class Shares:
    """What comes from all agents, added up as it comes, from any thread. `start_ns` is when the run began."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._shares: dict[int, _Share] = {}
        # Of backends on the agents' hosts: the last sample in each second, by agent.
        self._resources: dict[int, dict[int, ResourceSample]] = {}
        self.tally = Tally()
        self._followers: list[Fresh] = []

    def add_report(self, agent: int, counts: bytes, resources: Sequence[bytes], warm_up: bytes = b"") -> None:
        """Raises ValueError for what is none."""
        tally = Tally.from_bytes(counts)
        before = Tally.from_bytes(warm_up) if warm_up else Tally()
        try:
            seen = [msgspec.msgpack.decode(one, type=ResourceSample) for one in resources]
        except msgspec.MsgspecError as error:
            raise ValueError(f"no resources: {error}") from error
        with self._lock:
            self.tally.add(tally)
            for follower in self._followers:
                follower.measured.add(tally)
                follower.warm_up.add(before)
            for sample in seen:
                self._resources.setdefault(sample.at_ns // NS_PER_S, {})[agent] = sample

    def follow(self) -> Callable[[], Fresh]:
        """What gives all that was counted since it was asked last, and at first what is counted from now on.
        Any number may follow."""
        waiting = Fresh()
        with self._lock:
            self._followers.append(waiting)

        def take() -> Fresh:
            with self._lock:
                taken = Fresh(waiting.measured, waiting.warm_up)
                waiting.measured, waiting.warm_up = Tally(), Tally()
            return taken

        return take

    def latencies(self, from_s: int, to_s: int) -> dict[int, Histogram]:
        """Those of right answers that were due in these seconds of the measured time, by operation."""
        with self._lock:
            return {
                code: self.tally.histogram([code], LATENCY, from_s, to_s) for code in self.tally.operations
            }

    def add_chunk(self, agent: int, name: str, data: bytes) -> None:
        """Raises ValueError for more than there can be."""
        if name not in _SAMPLE_TYPES and name not in _EVENT_TYPES:
            raise ValueError(f"no column is called {name!r}")
        with self._lock:
            share = self._shares.setdefault(agent, _Share({}))
            share.size += len(data)
            # A few events for each sample at most.
            if share.size > 4 * EXACT_ROWS * _ROW_BYTES:
                raise ValueError("more samples than a run may have")
            share.columns.setdefault(name, bytearray()).extend(data)

    def exact(self, results: dict[int, ShareResult], start_ns: int) -> tuple[SampleLog, EventLog] | None:
        """All samples and events of the run in the order they were due; None where they are not all there."""
        if not all(result.exact for result in results.values()):
            return None
        found = []
        for agent in sorted(results):
            columns = self._unpacked(agent, _SAMPLE_TYPES)
            if len(columns["operation"]) != results[agent].rows:
                return None
            found.append(columns)
        whole = {name: np.concatenate([one[name] for one in found]) for name in _SAMPLE_TYPES}
        for name in ("intended_ns", "sent_ns", "done_ns"):
            whole[name] = np.where(whole[name] == NEVER, NEVER, whole[name] + start_ns)
        order = np.argsort(whole["intended_ns"], kind="stable")
        samples, events = SampleLog(tuple(OPERATIONS)), EventLog()
        samples.extend({name: column[order] for name, column in whole.items()})
        place = np.empty(len(order), np.int64)
        place[order] = np.arange(len(order))
        first = 0
        for agent, columns in zip(sorted(results), found, strict=True):
            count = len(columns["operation"])
            log = self._unpacked(agent, _EVENT_TYPES)
            log["what"] = np.where(log["kind"] == 2, log["what"] + start_ns, log["what"])
            events.extend(log, place[first : first + count])
            first += count
        return samples, events

    def _unpacked(self, agent: int, types: dict[str, str]) -> dict[str, _Ints]:
        columns = self._shares[agent].columns if agent in self._shares else {}
        return {
            name: np.frombuffer(bytes(columns.get(name, b"")), kind).astype(np.int64)
            for name, kind in types.items()
        }

    def resources(self, start_ns: int, from_s: int = 0) -> list[ResourceSample]:
        """What the backends of all agents used, second by second: of every agent its last sample from second
        `from_s` on. The generators' own is not among it."""
        found = []
        last: dict[int, ResourceSample] = {}
        with self._lock:
            known = {second: dict(told) for second, told in self._resources.items() if second >= from_s}
        for second in sorted(known):
            last |= known[second]
            mine = list(last.values())
            found.append(
                ResourceSample(
                    at_ns=start_ns + (second + 1) * NS_PER_S,
                    rss_bytes=sum(one.rss_bytes for one in mine),
                    cpu_ns=sum(one.cpu_ns for one in mine),
                    process_count=sum(one.process_count for one in mine),
                    thread_count=sum(one.thread_count for one in mine),
                    generator_cpu_ns=sum(one.generator_cpu_ns for one in mine),
                    generator_rss_bytes=sum(one.generator_rss_bytes for one in mine),
                    read_bytes=_sum([one.read_bytes for one in mine]),
                    write_bytes=_sum([one.write_bytes for one in mine]),
                )
            )
        return found


def merged_record(
    scenario: Scenario,
    results: dict[int, ShareResult],
    tally: Tally,
    exact: tuple[SampleLog, EventLog] | None,
    *,
    seed: int,
    started_at_utc: str,
    start_ns: int,
    window_ns: tuple[int, int],
    end_ns: int,
    ended: str,
    message: str,
    resources: Sequence[ResourceSample],
    presence: tuple[int, ...],
) -> RunRecord:
    """The record of the whole run. `window_ns` is the measured time as it was planned, from the start; of a
    run whose samples are not all there, those of the record are empty."""
    measure_start = start_ns + window_ns[0]
    measure_end = max(min(start_ns + window_ns[1], end_ns), measure_start)
    shares = [results[number] for number in sorted(results)]
    cpu_ratio = max((share.generator.cpu_ratio for share in shares), default=0.0)
    in_flight = sum(share.in_flight for share in shares) if len(results) and ended == "complete" else None
    generator = counted_generator(
        tally, span_ns=measure_end - measure_start, cpu_ratio=cpu_ratio, in_flight=in_flight
    )
    # One that was late among many that were not would not be seen in what all did together.
    own = tuple(
        f"agent {number}: {reason}"
        for number in sorted(results)
        for reason in results[number].generator.bottleneck_reasons
    )
    samples, events = exact or (SampleLog(tuple(OPERATIONS)), EventLog())
    kinds: Counter[str] = Counter()
    for share in shares:
        kinds.update(share.landmark_kinds)
    return RunRecord(
        scenario=scenario.name,
        seed=seed,
        started_at_utc=started_at_utc,
        start_ns=start_ns,
        measure_start_ns=measure_start,
        measure_end_ns=measure_end,
        end_ns=end_ns,
        samples=samples,
        generator=replace(generator, bottleneck_reasons=own or generator.bottleneck_reasons),
        safety=_safety([share.safety for share in shares]),
        resources=tuple(resources),
        ended=ended,
        crash_message=message,
        first_wrong=tuple(text for share in shares for text in share.first_wrong)[:_FIRST_WRONG],
        events=events,
        parts=tuple(PartOfRun(*part) for part in scenario.parts),
        offered=tuple(sorted({name for share in shares for name in share.offered})),
        not_offered=tuple(sorted({name for share in shares for name in share.not_offered})),
        landmark_kinds=dict(kinds),
        presence=presence,
        slowest=_slowest(shares, start_ns),
    )


def _slowest(shares: Sequence[ShareResult], start_ns: int) -> tuple[SlowSample, ...]:
    """Of the slowest of each share those that took longest, as many as of one."""
    found = sorted((one for share in shares for one in share.slowest), key=lambda one: -one.latency_ns)
    return tuple(replace(one, intended_ns=one.intended_ns + start_ns) for one in found[:MOST_SLOW])


def _safety(found: Sequence[SafetyMetrics]) -> SafetyMetrics:
    """All counts added up; what one did not look at is not known of all."""
    if not found:
        return SafetyMetrics()
    values: dict[str, Any] = {
        field.name: _sum([getattr(one, field.name) for one in found])
        for field in fields(SafetyMetrics)
        # Nobody refactors in agents.
        if field.name not in ("refactored", "refactored_compiles")
    }
    return SafetyMetrics(**values)


def _sum(values: Sequence[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None
