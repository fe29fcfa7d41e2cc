"""The alerts of a run of which only counts arrive, from those who run shares of its users.

As `watch`, but that an operation ended when it was told, a second late at most, and took the middle of its
bucket. Pure.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pytest_rustide_load.stats.alerts import ERRORS_HIGH, RESPONSES_SLOW, AlertRule, Reading
from pytest_rustide_load.stats.histogram import Histogram, bucket_range
from pytest_rustide_load.stats.readings import MIN_NORMAL, MIN_OPERATIONS, WINDOW_NS
from pytest_rustide_load.stats.samples import Outcome
from pytest_rustide_load.stats.summary import FAILED
from pytest_rustide_load.stats.tally import CENSORED_LATENCY, LATENCY, Tally
from pytest_rustide_load.stats.watch import RunSoFar, RunWatch
from pytest_rustide_load.units import NS_PER_S

__all__ = ["CountsWatch"]

# What is due in a second is told in the next, or the one after.
_TOLD_NS = 2 * NS_PER_S


@dataclass(frozen=True, slots=True)
class _Told:
    """What was told at a time: outcomes, and latencies by operation."""

    at_ns: int
    outcomes: Counter[Outcome]
    latencies: Mapping[int, Histogram]


class CountsWatch(RunWatch):
    """Follows one run by `rules`; its samples are not looked at. `take` gives what was told since it was
    called last, `latencies` those of right answers that were due from one second of the measured time to
    another, by operation."""

    def __init__(
        self,
        rules: Sequence[AlertRule],
        run: RunSoFar,
        *,
        take: Callable[[], Tally],
        latencies: Callable[[int, int], Mapping[int, Histogram]],
    ) -> None:
        super().__init__(rules, run)
        self._take = take
        self._latencies = latencies
        self._window: deque[_Told] = deque()
        self._normal: dict[int, float] | None = None

    def _of_operations(self, until_ns: int) -> dict[str, list[Reading]]:
        told = self._take()
        outcomes: Counter[Outcome] = Counter()
        latencies = {}
        for code in told.operations:
            outcomes.update(told.outcomes(code))
            latencies[code] = told.histogram([code], LATENCY) + told.histogram([code], CENSORED_LATENCY)
        self._window.append(_Told(until_ns, outcomes, latencies))
        while self._window[0].at_ns <= until_ns - WINDOW_NS:
            self._window.popleft()
        found = {ERRORS_HIGH: [Reading(until_ns, self._failed())]}
        begins_ns, ends_ns = self._run.baseline_ns()
        if self._normal is None and until_ns >= ends_ns + _TOLD_NS:
            begins_s, ends_s = (
                (at_ns - self._run.measure_start_ns) // NS_PER_S for at_ns in (begins_ns, ends_ns)
            )
            self._normal = {
                code: middle
                for code, times in self._latencies(begins_s, ends_s).items()
                if times.count >= MIN_NORMAL and (middle := times.quantile(0.5))
            }
        if self._normal is not None:
            found[RESPONSES_SLOW] = [Reading(until_ns, self._multiple(self._normal))]
        return found

    def _failed(self) -> float | None:
        """The share of what was told in the window."""
        outcomes: Counter[Outcome] = sum((one.outcomes for one in self._window), Counter())
        count = outcomes.total()
        return sum(outcomes[kind] for kind in FAILED) / count if count >= MIN_OPERATIONS else None

    def _multiple(self, normal: Mapping[int, float]) -> float | None:
        """How many times their normal latency the operations of the window took since, at the median."""
        values: list[float] = []
        counts: list[int] = []
        _, baseline_ns = self._run.baseline_ns()
        for one in self._window:
            if one.at_ns <= baseline_ns:
                continue
            for code, histogram in one.latencies.items():
                if code in normal:
                    values += [sum(bucket_range(number)) / 2 / normal[code] for number in histogram.buckets]
                    counts += histogram.buckets.values()
        if sum(counts) < MIN_OPERATIONS:
            return None
        order = np.argsort(values)
        reached = np.cumsum(np.array(counts)[order])
        return float(np.array(values)[order][np.searchsorted(reached, reached[-1] / 2)])
