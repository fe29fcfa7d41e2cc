"""From a run's record to its timeline; the units people read come in here.

Knows nothing of terminals, files or pytest.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np

from pytest_rustide_load.report.timeline import (
    BackendTimeline,
    Column,
    Counts,
    GeneratorTimeline,
    HostTimeline,
    OperationTimeline,
    Span,
    Timeline,
)
from pytest_rustide_load.report.timeline_counts import CountedOperation, counted_in_flight
from pytest_rustide_load.stats.merged import Counted
from pytest_rustide_load.stats.record import ResourceSample, RunRecord
from pytest_rustide_load.stats.rows import Rows
from pytest_rustide_load.stats.samples import NEVER, Outcome
from pytest_rustide_load.stats.summary import CENSORED, FAILED, waiting_times
from pytest_rustide_load.units import MB, NS_PER_MS, NS_PER_S, s_from_ns

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["build_timeline"]

# A run of more seconds has wider rows: nobody sees more on a screen.
_MOST_ROWS = 3_600
_STEPS_S = (1, 2, 5, 10, 30, 60, 300, 600, 3_600)
_WRONG = (Outcome.WRONG, Outcome.EMPTY)
_WITHDRAWN = (Outcome.CANCELLED, Outcome.CONTENT_MODIFIED)

_Ns = dict[str, "npt.NDArray[np.int64]"]


def build_timeline(
    record: RunRecord,
    operations_user_waits: Collection[str],
    *,
    timeout_ns: int,
    counted: Counted | None = None,
) -> Timeline | None:
    """The timeline of `record`; None for a run that ended before its measured time began.

    `operations_user_waits` make up the pool, `timeout_ns` is how long users wait, both as for `summarise`.
    Of a record without samples the operations are those that were `counted`.
    """
    begun_ns = record.start_ns - record.measure_start_ns
    ended_ns = record.measure_end_ns - record.measure_start_ns
    if ended_ns <= 0:
        return None
    step_s = _step_s(s_from_ns(ended_ns - begun_ns))
    before = math.ceil(s_from_ns(-begun_ns) / step_s)
    count = before + math.ceil(s_from_ns(ended_ns) / step_s)
    rows = Rows(record.measure_start_ns - before * step_s * NS_PER_S, step_s * NS_PER_S, count)
    names = record.samples.operations
    waits = np.array([name in operations_user_waits for name in names] or [False])
    if counted is None:
        columns = _within(record.samples.columns(), record.start_ns, record.measure_end_ns)
        in_flight = _in_flight(columns, rows)
        overall = _operation(columns, waits[columns["operation"]], rows, timeout_ns)
        operations = {
            names[code]: _operation(columns, columns["operation"] == code, rows, timeout_ns)
            for code in np.unique(columns["operation"])
        }
    else:
        in_flight = _column(counted_in_flight(counted.in_flight, rows), 1, 2)
        codes = counted.tally.operations

        def of(chosen: Sequence[int]) -> OperationTimeline:
            return _counted(CountedOperation(counted.tally, chosen, rows, record.measure_start_ns))

        overall = of([code for code in codes if waits[code]])
        operations = {names[code]: of([code]) for code in codes}
    return Timeline(
        start_s=-before * step_s,
        step_s=step_s,
        rows=count,
        begun_s=s_from_ns(begun_ns),
        ended_s=s_from_ns(ended_ns),
        users=_users(record, rows),
        in_flight_avg=in_flight,
        overall=overall,
        operations=operations,
        backend=_backend(record, rows),
        host=_host(record, rows),
        generator=_generator(record.resources, rows),
        spans=_spans(record),
    )


def _step_s(length_s: float) -> int:
    return next((step for step in _STEPS_S if length_s <= step * _MOST_ROWS), _STEPS_S[-1])


def _within(columns: _Ns, from_ns: int, to_ns: int) -> _Ns:
    """Those due in the run; what was due before is the start of a backend."""
    inside = (columns["intended_ns"] >= from_ns) & (columns["intended_ns"] < to_ns)
    return {name: column[inside] for name, column in columns.items()}


def _users(record: RunRecord, rows: Rows) -> Counts:
    """The most who were there in a second that a row has a part of."""
    users = np.zeros(rows.count, dtype=np.int64)
    begins_ns = record.start_ns + np.arange(len(record.presence), dtype=np.int64) * NS_PER_S
    for moments in (begins_ns, np.minimum(begins_ns + NS_PER_S, record.measure_end_ns) - 1):
        of_row = rows.of(moments)
        inside = of_row >= 0
        np.maximum.at(users, of_row[inside], np.array(record.presence, dtype=np.int64)[inside])
    return _counts(users)


def _in_flight(columns: _Ns, rows: Rows) -> Column:
    sent = columns["sent_ns"] != NEVER
    return _column(rows.means_open(columns["sent_ns"][sent], columns["done_ns"][sent]), 1, 2)


def _operation(columns: _Ns, chosen: npt.NDArray[np.bool_], rows: Rows, timeout_ns: int) -> OperationTimeline:
    mine = {name: column[chosen] for name, column in columns.items()}
    times = waiting_times(mine, "intended_ns", timeout_ns)
    counted = np.isin(mine["outcome"], (Outcome.OK, *CENSORED))
    due_ns, waited_ns = mine["intended_ns"][counted], times[counted].astype(np.float64)
    p50, p95, p99, most = rows.quantiles(due_ns, waited_ns, (0.5, 0.95, 0.99, 1.0))

    def ended(kinds: Sequence[Outcome]) -> Counts:
        return _counts(rows.counts(mine["done_ns"][np.isin(mine["outcome"], kinds)]))

    return OperationTimeline(
        planned=_counts(rows.counts(mine["intended_ns"])),
        ok=ended([Outcome.OK]),
        wrong=ended(_WRONG),
        failed=ended(FAILED),
        withdrawn=ended(_WITHDRAWN),
        p50_ms=_column(p50, NS_PER_MS),
        p95_ms=_column(p95, NS_PER_MS),
        p99_ms=_column(p99, NS_PER_MS),
        max_ms=_column(most, NS_PER_MS),
    )


def _counted(found: CountedOperation) -> OperationTimeline:
    p50, p95, p99, most = found.quantiles_ns()
    return OperationTimeline(
        planned=_counts(found.planned()),
        ok=_counts(found.right()),
        wrong=_counts(found.ended(_WRONG)),
        failed=_counts(found.ended(FAILED)),
        withdrawn=_counts(found.ended(_WITHDRAWN)),
        p50_ms=_column(p50, NS_PER_MS),
        p95_ms=_column(p95, NS_PER_MS),
        p99_ms=_column(p99, NS_PER_MS),
        max_ms=_column(most, NS_PER_MS),
    )


def _backend(record: RunRecord, rows: Rows) -> BackendTimeline | None:
    if not record.resources:
        return None
    look = _Looks(record.resources, rows)
    deep = _Looks(record.threads, rows)
    return BackendTimeline(
        rss_avg_mb=look.mean("rss_bytes", MB),
        rss_peak_mb=look.peak("rss_bytes", MB),
        pss_mb=look.peak("pss_bytes", MB),
        cpu_percent=look.rate("cpu_ns", NS_PER_S / 100),
        processes=look.peak("process_count"),
        threads=look.peak("thread_count"),
        descriptors=deep.peak("descriptors"),
        read_mb_per_s=look.rate("read_bytes", MB),
        write_mb_per_s=look.rate("write_bytes", MB),
        read_calls_per_s=look.rate("read_calls"),
        write_calls_per_s=look.rate("write_calls"),
        minor_faults_per_s=look.rate("minor_faults"),
        major_faults_per_s=look.rate("major_faults"),
        voluntary_switches_per_s=deep.rate("voluntary_switches"),
        involuntary_switches_per_s=deep.rate("involuntary_switches"),
        run_delay_percent=deep.rate("run_delay_ns", NS_PER_S / 100),
        threads_running=deep.mean("threads_running"),
        threads_blocked=deep.mean("threads_blocked"),
        threads_sleeping=deep.mean("threads_sleeping"),
    )


def _host(record: RunRecord, rows: Rows) -> HostTimeline | None:
    if not record.host:
        return None
    look = _Looks(record.host, rows)
    return HostTimeline(
        cpu_percent=look.held("cpu_ratio", 0.01),
        memory_available_mb=look.mean("memory_available_bytes", MB),
        cpu_stall_percent=look.rate("cpu_stall_ns", NS_PER_S / 100),
        memory_stall_percent=look.rate("memory_stall_ns", NS_PER_S / 100),
        io_stall_percent=look.rate("io_stall_ns", NS_PER_S / 100),
    )


def _generator(samples: Sequence[ResourceSample], rows: Rows) -> GeneratorTimeline | None:
    if not samples:
        return None
    look = _Looks(samples, rows)
    return GeneratorTimeline(
        cpu_percent=look.rate("generator_cpu_ns", NS_PER_S / 100),
        rss_mb=look.peak("generator_rss_bytes", MB),
    )


class _Looks:
    """Samples of one kind, as columns of their fields in a unit of so much."""

    def __init__(self, samples: Sequence[object], rows: Rows) -> None:
        self._samples = samples
        self._rows = rows
        self._at_ns = np.array([getattr(one, "at_ns") for one in samples], dtype=np.int64)  # noqa: B009  of several types

    def mean(self, name: str, unit: float = 1) -> Column:
        return _column(self._rows.means(self._at_ns, self._values(name)), unit)

    def peak(self, name: str, unit: float = 1) -> Column:
        return _column(self._rows.peaks(self._at_ns, self._values(name)), unit)

    def rate(self, name: str, unit: float = 1) -> Column:
        return _column(self._rows.rates(self._at_ns, self._values(name)), unit)

    def held(self, name: str, unit: float = 1) -> Column:
        """The mean of what each sample says of all the time since the one before."""
        values = self._values(name)
        grown = np.cumsum(
            np.where(np.isnan(values), 0.0, values) * np.diff(self._at_ns, prepend=0) / NS_PER_S
        )
        return _column(self._rows.rates(self._at_ns, grown), unit)

    def _values(self, name: str) -> npt.NDArray[np.float64]:
        found = [getattr(one, name) for one in self._samples]
        return np.array([math.nan if value is None else value for value in found], dtype=np.float64)


def _spans(record: RunRecord) -> tuple[Span, ...]:
    """The warm-up, the stages that had begun, and when a backend was struck or gone."""

    def at_s(at_ns: int) -> float:
        return s_from_ns(at_ns - record.measure_start_ns)

    ended_s = at_s(record.measure_end_ns)
    planned_s = at_s(record.planned_end_ns or record.measure_end_ns)
    spans = []
    if record.start_ns < record.measure_start_ns:
        spans.append(Span(kind="warm-up", name="warm-up", start_s=at_s(record.start_ns), end_s=0.0))
    shares = [0.0, *accumulate(part.share for part in record.parts)]
    spans += [
        Span(kind="stage", name=part.name, start_s=first * planned_s, end_s=min(last * planned_s, ended_s))
        for part, first, last in zip(record.parts, shares, shares[1:], strict=False)
        if part.name and first * planned_s < ended_s
    ]
    fault = record.fault
    if fault is not None and fault.struck_ns is not None:
        ended_ns = fault.struck_ns if fault.ended_ns is None else fault.ended_ns
        spans.append(_span("fault", fault.kind, fault.struck_ns, ended_ns, record))
    for outage in record.outages:
        until_ns = record.end_ns if outage.up_ns is None else outage.up_ns
        spans.append(_span("gone", "no backend", outage.down_ns, until_ns, record))
    return tuple(spans)


def _span(kind: str, name: str, from_ns: int, to_ns: int, record: RunRecord) -> Span:
    start_ns = record.measure_start_ns
    return Span(
        kind=kind, name=name, start_s=s_from_ns(from_ns - start_ns), end_s=s_from_ns(to_ns - start_ns)
    )


def _counts(values: npt.NDArray[np.int64]) -> Counts:
    return tuple(int(value) for value in values)


def _column(values: npt.NDArray[np.float64], unit: float = 1, digits: int = 3) -> Column:
    """In the unit, to as many decimals as anybody reads."""
    return tuple(None if math.isnan(value) else round(value, digits) for value in (values / unit).tolist())
