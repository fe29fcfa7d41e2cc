"""From samples to the figures that alerts watch, each as readings in order of time.

Figures over operations are of a window that ends at the reading, and None while too few operations ended
in it to speak of a share. Pure; must not know the limits.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from pytest_rustide_load.stats.alerts import Reading
from pytest_rustide_load.stats.record import ResourceSample
from pytest_rustide_load.stats.samples import Outcome
from pytest_rustide_load.stats.summary import CENSORED, FAILED, waiting_times
from pytest_rustide_load.units import NS_PER_S

__all__ = [
    "MIN_NORMAL",
    "MIN_OPERATIONS",
    "WINDOW_NS",
    "cpu_readings",
    "error_readings",
    "memory_readings",
    "normal_latencies",
    "response_readings",
]

# An alert on three operations would be an alert on chance.
MIN_OPERATIONS = 20
MIN_NORMAL = 5
# How far back a figure over operations looks.
WINDOW_NS = 10 * NS_PER_S
_STEP_NS = NS_PER_S
_CPU_WINDOW_NS = NS_PER_S

Columns = Mapping[str, npt.NDArray[np.int64]]


def memory_readings(
    samples: Sequence[ResourceSample], capacity_bytes: float, first: int = 0
) -> list[Reading]:
    """The tree's resident memory as a share of `capacity_bytes`: a limit, or the machine's memory. Of the
    samples from `first` on."""
    return [Reading(sample.at_ns, sample.rss_bytes / capacity_bytes) for sample in samples[first:]]


def cpu_readings(samples: Sequence[ResourceSample], cores: float, first: int = 0) -> list[Reading]:
    """The tree's CPU over the second before each sample from `first` on, as a share of `cores`; None in the
    first second of all."""
    readings = []
    before = max(first - 1, 0)
    for index in range(first, len(samples)):
        sample = samples[index]
        since_ns = sample.at_ns - _CPU_WINDOW_NS
        while before > 0 and samples[before].at_ns > since_ns:
            before -= 1
        while before + 1 < index and samples[before + 1].at_ns <= since_ns:
            before += 1
        start = samples[before]
        value = None
        if start.at_ns <= since_ns:
            value = (sample.cpu_ns - start.cpu_ns) / (sample.at_ns - start.at_ns) / cores
        readings.append(Reading(sample.at_ns, value))
    return readings


def error_readings(
    columns: Columns, start_ns: int, end_ns: int, *, after_ns: int | None = None
) -> list[Reading]:
    """The share of the operations ended in the last ten seconds that failed, second by second from `start_ns`
    to `end_ns`; of these the seconds after `after_ns`.

    `columns` are those of SampleLog (a slice that holds the windows will do). What failed means is what it
    means in a Summary.
    """
    ended = _Ended(columns)
    failed = np.isin(ended.outcome, sorted(FAILED))
    counts = np.concatenate([[0], np.cumsum(failed)])
    readings = []
    for at_ns, first, last in ended.windows(start_ns, end_ns, after_ns):
        enough = last - first >= MIN_OPERATIONS
        readings.append(
            Reading(at_ns, float(counts[last] - counts[first]) / (last - first) if enough else None)
        )
    return readings


def normal_latencies(
    columns: Columns, operations: Sequence[str], start_ns: int, end_ns: int
) -> dict[str, float]:
    """The median latency in nanoseconds of each operation's answers from `start_ns` to `end_ns`.

    Operations with fewer than five answers have no normal latency.
    """
    inside = (columns["done_ns"] >= start_ns) & (columns["done_ns"] < end_ns)
    answered = inside & (columns["outcome"] == Outcome.OK)
    latency = columns["done_ns"] - columns["intended_ns"]
    normal = {}
    for code, name in enumerate(operations):
        values = latency[answered & (columns["operation"] == code)]
        if len(values) >= MIN_NORMAL:
            normal[name] = float(np.median(values))
    return normal


def response_readings(
    columns: Columns,
    operations: Sequence[str],
    normal_ns: Mapping[str, float],
    start_ns: int,
    end_ns: int,
    *,
    after_ns: int | None = None,
    timeout_ns: int = 0,
) -> list[Reading]:
    """How many times their normal latency the operations of the last ten seconds took, second by second as
    for `error_readings`.

    The median over all operations with a normal latency, each divided by its own, so that a change in the
    mix is no change here. Those that got no answer count with what was waited, and where that was not all the
    time that users wait, `timeout_ns`, with this, as in a Summary.
    """
    normal = np.array([normal_ns.get(name, 0.0) for name in operations] or [0.0])
    ended = _Ended(columns, among={Outcome.OK, *CENSORED}, with_normal=normal > 0, timeout_ns=timeout_ns)
    multiple = ended.latency_ns / normal[ended.operation]
    readings = []
    for at_ns, first, last in ended.windows(start_ns, end_ns, after_ns):
        enough = last - first >= MIN_OPERATIONS
        readings.append(Reading(at_ns, float(np.median(multiple[first:last])) if enough else None))
    return readings


class _Ended:
    """The operations that have ended, in order of their end."""

    def __init__(
        self,
        columns: Columns,
        *,
        among: Collection[Outcome] | None = None,
        with_normal: npt.NDArray[np.bool_] | None = None,
        timeout_ns: int = 0,
    ) -> None:
        chosen = columns["outcome"] != Outcome.PENDING
        if among is not None:
            chosen &= np.isin(columns["outcome"], sorted(among))
        if with_normal is not None:
            chosen &= with_normal[columns["operation"]]
        rows = np.flatnonzero(chosen)
        rows = rows[np.argsort(columns["done_ns"][rows], kind="stable")]
        chosen_columns = {name: columns[name][rows] for name in ("outcome", "intended_ns", "done_ns")}
        self.done_ns, self.outcome = chosen_columns["done_ns"], chosen_columns["outcome"]
        self.operation = columns["operation"][rows]
        self.latency_ns = waiting_times(chosen_columns, "intended_ns", timeout_ns)

    def windows(self, start_ns: int, end_ns: int, after_ns: int | None) -> Iterator[tuple[int, int, int]]:
        """The end of each window in nanoseconds, and the rows it holds."""
        passed = 0 if after_ns is None else max(after_ns - start_ns, 0) // _STEP_NS
        for at_ns in range(start_ns + (passed + 1) * _STEP_NS, end_ns + 1, _STEP_NS):
            first = int(np.searchsorted(self.done_ns, max(at_ns - WINDOW_NS, start_ns), side="left"))
            last = int(np.searchsorted(self.done_ns, at_ns, side="left"))
            yield at_ns, first, last
