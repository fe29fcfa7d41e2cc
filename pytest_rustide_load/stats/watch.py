"""The alerts of one run: memory, CPU, errors and response times against their limits, as the run goes on.

Pure; the limits and how they are watched are in `alerts`, the figures in `readings`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pytest_rustide_load.stats.alerts import (
    CPU_HIGH,
    ERRORS_HIGH,
    MEMORY_HIGH,
    RESPONSES_SLOW,
    Alert,
    AlertRule,
    AlertWatch,
    Reading,
)
from pytest_rustide_load.stats.readings import (
    WINDOW_NS,
    cpu_readings,
    error_readings,
    memory_readings,
    normal_latencies,
    response_readings,
)
from pytest_rustide_load.stats.record import PartOfRun, ResourceSample, RunRecord
from pytest_rustide_load.stats.samples import SampleLog

__all__ = ["MEASURED", "WARM_UP", "RunSoFar", "RunWatch", "measured_alerts", "watch_run"]

# The parts of a scenario that have no name of their own.
WARM_UP, MEASURED = "warm-up", "measured time"


@dataclass(frozen=True, slots=True)
class RunSoFar:
    """A run that goes on: `samples` and `resources` grow meanwhile. `measure_end_ns` is when its measured
    time will end, `timeout_ns` how long its users wait."""

    samples: SampleLog
    resources: Sequence[ResourceSample]
    start_ns: int
    measure_start_ns: int
    measure_end_ns: int
    parts: tuple[PartOfRun, ...] = ()
    timeout_ns: int = 0

    def phase_at(self, at_ns: int) -> str:
        """The stage, or step of a ramp; where these have no name, that it is measured; the warm-up before."""
        if at_ns < self.measure_start_ns:
            return WARM_UP
        return next((part.name for part, _, to_ns in self._bounds() if at_ns < to_ns), "") or MEASURED

    def baseline_ns(self) -> tuple[int, int]:
        """From when to when responses take their normal time: the part that others are compared with."""
        for part, from_ns, to_ns in self._bounds():
            if part.is_baseline:
                return from_ns, to_ns
        return self.measure_start_ns, (self.measure_start_ns + self.measure_end_ns) // 2

    def _bounds(self) -> list[tuple[PartOfRun, int, int]]:
        length_ns = self.measure_end_ns - self.measure_start_ns
        before, found = 0.0, []
        for part in self.parts:
            first, last = round(before * length_ns), round((before + part.share) * length_ns)
            found.append((part, self.measure_start_ns + first, self.measure_start_ns + last))
            before += part.share
        return found


class RunWatch:
    """Follows one run by `rules`, of which those of memory and CPU have a capacity. Whether it is fed often
    or once makes no difference to what it finds."""

    def __init__(self, rules: Sequence[AlertRule], run: RunSoFar) -> None:
        self._run = run
        self._watches = [(rule, AlertWatch(rule, run.phase_at)) for rule in rules]
        self._looked = 0
        # Operations up to here were read, and rows before that one are of no more use.
        self._read_ns = run.start_ns
        self._first_row = self._baseline_row = 0
        self._normal_ns: dict[str, float] | None = None

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """All so far, in order of their start (of the rules where equal)."""
        found = [alert for _, watch in self._watches for alert in watch.alerts]
        return tuple(sorted(found, key=lambda alert: alert.start_ns))

    def feed(self, until_ns: int) -> list[Alert]:
        """Take in what happened until `until_ns`; the alerts that began or ended with it. Whatever had ended
        by then has to be recorded already."""
        run = self._run
        until_ns = min(until_ns, run.measure_end_ns)
        if until_ns <= self._read_ns:
            return []
        resources = run.resources[:]
        last = len(resources)
        while last > self._looked and resources[last - 1].at_ns > until_ns:
            last -= 1
        figures = self._figures(resources[:last], until_ns)
        self._looked = last
        self._read_ns = until_ns
        changes = []
        for rule, watch in self._watches:
            for reading in figures.get(rule.name, ()):
                change = watch.feed(reading)
                if change is not None:
                    changes.append(change)
        return changes

    def _figures(self, resources: Sequence[ResourceSample], until_ns: int) -> dict[str, list[Reading]]:
        capacities = {rule.name: rule.capacity for rule, _ in self._watches}
        found = {}
        memory_bytes, cores = capacities.get(MEMORY_HIGH), capacities.get(CPU_HIGH)
        if memory_bytes:
            found[MEMORY_HIGH] = memory_readings(resources, memory_bytes, self._looked)
        if cores:
            found[CPU_HIGH] = cpu_readings(resources, cores, self._looked)
        return found | self._of_operations(until_ns)

    def _of_operations(self, until_ns: int) -> dict[str, list[Reading]]:
        """Errors and response times since the last look."""
        run, after_ns = self._run, self._read_ns
        found = {}
        from_ns, to_ns = run.baseline_ns()
        operations = run.samples.operations
        if after_ns <= from_ns:
            self._baseline_row = self._first_row
        if self._normal_ns is None and until_ns >= to_ns:
            of_baseline = run.samples.columns(self._baseline_row)
            self._normal_ns = normal_latencies(of_baseline, operations, from_ns, to_ns)
        columns = run.samples.columns(self._first_row)
        found[ERRORS_HIGH] = error_readings(columns, run.start_ns, until_ns, after_ns=after_ns)
        if self._normal_ns is not None:
            found[RESPONSES_SLOW] = response_readings(
                columns,
                operations,
                self._normal_ns,
                to_ns,
                until_ns,
                after_ns=after_ns,
                timeout_ns=run.timeout_ns,
            )
        self._first_row = run.samples.ended_before(self._first_row, until_ns - WINDOW_NS)
        return found


def watch_run(record: RunRecord, rules: Sequence[AlertRule], *, timeout_ns: int = 0) -> tuple[Alert, ...]:
    """Every alert of `record`, whose users wait for `timeout_ns`, by `rules`, warm-up included, in order of
    their start.

    The normal response time is that of the run's baseline part, the first one where none is marked.
    """
    run = RunSoFar(
        record.samples,
        record.resources,
        record.start_ns,
        record.measure_start_ns,
        record.planned_end_ns or record.measure_end_ns,
        record.parts,
        timeout_ns,
    )
    watch = RunWatch(rules, run)
    watch.feed(record.measure_end_ns)
    return watch.alerts


def measured_alerts(alerts: Sequence[Alert], measure_start_ns: int) -> int:
    """How many were not over before the measured time began: those that budgets speak of."""
    return sum(alert.end_ns is None or alert.end_ns > measure_start_ns for alert in alerts)
