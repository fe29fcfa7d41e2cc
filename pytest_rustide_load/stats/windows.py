"""From a run's record to the windows of each of its phases, and what held each back.

Pure; the procedure is in `bottleneck`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pytest_rustide_load.stats.bottleneck import Bottleneck, Window, judge_phase
from pytest_rustide_load.stats.record import RunRecord
from pytest_rustide_load.stats.rows import Rows
from pytest_rustide_load.stats.samples import NEVER, Outcome, PhaseKind
from pytest_rustide_load.stats.summary import bounds_of_parts
from pytest_rustide_load.units import NS_PER_S

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Circumstances", "Phase", "PhaseBottleneck", "judge_phases", "phases_of", "queueing_share"]

# A window is a second, more where a phase has more of them than this.
_MOST_WINDOWS = 60
# A phase with less than this many answers, or hardly any change in what was before them, tells nothing of
# queues.
_FEWEST_ANSWERS = 30
_LEAST_SPREAD = 0.5
_USUAL = 0.75
_FEWEST_LOOKS = 5
_ANSWERED = (Outcome.OK, Outcome.EMPTY, Outcome.WRONG, Outcome.ERROR, Outcome.CONTENT_MODIFIED)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a record does not know: the cores the backend may use, how long the link takes there and back at
    the median, and the share of time in which a CPU quota held the group back."""

    cores: float
    network_ns: float | None = None
    throttled_ratio: float | None = None


@dataclass(frozen=True, slots=True)
class Phase:
    """A stage of the measured time, or a step of a ramp."""

    name: str
    start_ns: int
    end_ns: int


@dataclass(frozen=True, slots=True)
class PhaseBottleneck:
    """`name` is that of the stage or step, empty for the whole measured time."""

    name: str
    start_ns: int
    end_ns: int
    found: Bottleneck


def phases_of(record: RunRecord) -> list[Phase]:
    """The stages or steps that have a name."""
    return [Phase(part.name, *bounds) for part, *bounds in bounds_of_parts(record) if part.name]


def judge_phases(
    record: RunRecord, phases: Sequence[Phase], around: Circumstances
) -> tuple[PhaseBottleneck, ...]:
    """What held back each of `phases` of the measured time, or all of it where there are none."""
    reasons = record.generator.bottleneck_reasons
    found = []
    for phase in phases or [Phase("", record.measure_start_ns, record.measure_end_ns)]:
        end_ns = min(phase.end_ns, record.measure_end_ns)
        # A run that was cut short has only the phases it came to.
        if end_ns > phase.start_ns:
            windows = _windows(record, phase.start_ns, end_ns, around)
            found.append(PhaseBottleneck(phase.name, phase.start_ns, end_ns, judge_phase(windows, reasons)))
    return tuple(found)


def queueing_share(sent_ns: npt.NDArray[np.int64], done_ns: npt.NDArray[np.int64]) -> float | None:
    """How much of an answer's time goes along with the number of requests that were before it, 0 to 1.

    The elasticity of the service time in that number, by least squares: near 1 where requests are worked off
    one after the other, 0 where they do not get in each other's way. Requests sent and answered,
    shape (n,); times of one kind of request, or relative to those of their kind. None for too few, or where
    the number hardly changes.
    """
    if not len(sent_ns):
        return None
    before = _in_flight_at(sent_ns, done_ns)
    return _queueing(before, (done_ns - sent_ns).astype(np.float64))


def _in_flight_at(sent_ns: npt.NDArray[np.int64], done_ns: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """How many others were in flight when each was sent."""
    sent, done = np.sort(sent_ns), np.sort(done_ns)
    began = np.searchsorted(sent, sent_ns, side="left")
    ended = np.searchsorted(done, sent_ns, side="right")
    return (began - ended).astype(np.float64)


def _queueing(before: npt.NDArray[np.float64], took: npt.NDArray[np.float64]) -> float | None:
    """The elasticity over all, or over those with fewer before them if that is less: one stall of the whole
    machine makes many requests wait at once, which are then slow together and not for one another."""
    over_all = _elasticity(before, took)
    usual = before <= np.quantile(before, _USUAL)
    over_usual = _elasticity(before[usual], took[usual])
    known = [share for share in (over_all, over_usual) if share is not None]
    return min(known, default=None)


def _elasticity(before: npt.NDArray[np.float64], took: npt.NDArray[np.float64]) -> float | None:
    if len(before) < _FEWEST_ANSWERS:
        return None
    spread = float(before.std())
    if spread < _LEAST_SPREAD or took.mean() <= 0:
        return None
    slope = float(((before - before.mean()) * (took - took.mean())).mean()) / spread**2
    return min(max(slope * float(before.mean()) / float(took.mean()), 0.0), 1.0)


def _windows(record: RunRecord, from_ns: int, to_ns: int, around: Circumstances) -> list[Window]:
    seconds = max((to_ns - from_ns) / NS_PER_S, 1e-3)
    count = max(1, min(_MOST_WINDOWS, int(seconds)))
    rows = Rows(from_ns, max((to_ns - from_ns) // count, 1), count)
    tree = _tree(record, rows)
    columns = record.samples.columns()
    sent = columns["sent_ns"] != NEVER
    open_from = columns["sent_ns"][sent]
    open_until = np.where(columns["done_ns"][sent] == NEVER, record.end_ns, columns["done_ns"][sent])
    in_flight = rows.means_open(open_from, np.maximum(open_until, open_from))
    answered = np.isin(columns["outcome"], _ANSWERED)
    answers = rows.counts(np.sort(columns["done_ns"][answered])) / (rows.step_ns / NS_PER_S)
    queueing, service_ns = _service(columns, from_ns, to_ns)
    network = None
    if around.network_ns is not None and service_ns:
        network = min(around.network_ns / service_ns, 1.0)
    windows = []
    for index in range(count):
        cpu = _at(tree.get("cpu"), index)
        if cpu is None:
            continue
        figures = {name: _at(column, index) for name, column in tree.items() if name != "cpu"}
        windows.append(
            Window(
                seconds=rows.step_ns / NS_PER_S,
                cores=around.cores,
                cpu=cpu,
                in_flight=float(in_flight[index]),
                answers_per_s=float(answers[index]),
                throttled_ratio=around.throttled_ratio,
                queueing=queueing,
                network_ratio=network,
                **figures,
            )
        )
    return windows


def _at(column: npt.NDArray[np.float64] | None, index: int) -> float | None:
    return None if column is None or np.isnan(column[index]) else float(column[index])


def _tree(record: RunRecord, rows: Rows) -> Mapping[str, npt.NDArray[np.float64]]:
    """Columns of windows by the field of Window they go into."""
    found: dict[str, npt.NDArray[np.float64]] = {}

    def rate(name: str, samples: Sequence[object], field: str, unit: float = 1.0) -> None:
        values = _column(samples, field)
        if values is not None:
            found[name] = rows.rates(_column_ns(samples), values) / unit

    resources, threads, host = record.resources, record.threads, record.host
    rate("cpu", resources, "cpu_ns", NS_PER_S)
    rate("system_cpu", resources, "system_cpu_ns", NS_PER_S)
    rate("minor_faults_per_s", resources, "minor_faults")
    rate("major_faults_per_s", resources, "major_faults")
    moved = [_column(resources, "read_bytes"), _column(resources, "write_bytes")]
    if moved[0] is not None and moved[1] is not None:
        found["storage_bytes_per_s"] = rows.rates(_column_ns(resources), moved[0] + moved[1])
    rate("run_delay", threads, "run_delay_ns", NS_PER_S)
    rate("voluntary_switches_per_s", threads, "voluntary_switches")
    rate("limit_hits_per_s", threads, "limit_hits")
    rate("memory_stall_ratio", host, "memory_stall_ns", NS_PER_S)
    rate("io_stall_ratio", host, "io_stall_ns", NS_PER_S)
    # Looks in a diagnosis are many; else the two of each second.
    looks = record.waits or threads
    at_ns = _column_ns(looks)
    for name, field in (("blocked", "threads_blocked"), ("working", "threads_working")):
        values = _column(looks, field)
        if values is not None:
            found[name] = _means_of_looks(rows, at_ns, values)
    count = _column(resources, "thread_count")
    if count is not None:
        found["threads"] = rows.means(_column_ns(resources), count)
    return found


def _means_of_looks(
    rows: Rows, at_ns: npt.NDArray[np.int64], values: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Plain means, each of five looks at least: what a thread does between two looks nobody knows, and of two
    looks a second one more would be half of it."""
    if len(values) > _FEWEST_LOOKS:
        padded = np.pad(values, _FEWEST_LOOKS // 2, mode="reflect")
        values = np.convolve(padded, np.full(_FEWEST_LOOKS, 1 / _FEWEST_LOOKS), mode="valid")
    at = rows.of(at_ns)
    inside = at >= 0
    counts = np.bincount(at[inside], minlength=rows.count)
    sums = np.bincount(at[inside], weights=values[inside], minlength=rows.count)
    means = np.full(rows.count, np.nan)
    np.divide(sums, counts, out=means, where=counts > 0)
    return means


def _column(samples: Sequence[object], field: str) -> npt.NDArray[np.float64] | None:
    """None where no sample has the field, or one does not know it."""
    values = [getattr(sample, field, None) for sample in samples]
    if not values or any(value is None for value in values):
        return None
    return np.array(values, dtype=np.float64)


def _column_ns(samples: Sequence[object]) -> npt.NDArray[np.int64]:
    return np.array([getattr(sample, "at_ns") for sample in samples], dtype=np.int64)  # noqa: B009


def _service(
    columns: Mapping[str, npt.NDArray[np.int64]], from_ns: int, to_ns: int
) -> tuple[float | None, float]:
    """The queueing share of what was sent in the phase, and its median service time in nanoseconds."""
    answered = np.isin(columns["outcome"], _ANSWERED) & (columns["phase"] != PhaseKind.COOL_DOWN)
    chosen = answered & (columns["sent_ns"] >= from_ns) & (columns["sent_ns"] < to_ns)
    if int(chosen.sum()) < _FEWEST_ANSWERS:
        return None, 0.0
    sent, done, kinds = (columns[name][chosen] for name in ("sent_ns", "done_ns", "operation"))
    service = (done - sent).astype(np.float64)
    # All requests of the run are in each other's way, those sent before the phase too.
    was_sent = columns["sent_ns"] != NEVER
    all_sent = np.sort(columns["sent_ns"][was_sent])
    all_done = np.sort(columns["done_ns"][was_sent & (columns["done_ns"] != NEVER)])
    before = np.searchsorted(all_sent, sent, side="left") - np.searchsorted(all_done, sent, side="right")
    relative = service.copy()
    for kind in np.unique(kinds):
        of_kind = kinds == kind
        relative[of_kind] /= max(float(np.median(service[of_kind])), 1.0)
    return _queueing(before.astype(np.float64), relative), float(np.median(service))
