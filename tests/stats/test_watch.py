"""The alerts of a run, from its samples and resources."""

from __future__ import annotations

from pytest_rustide_load.stats import (
    GeneratorStats,
    Outcome,
    PartOfRun,
    PhaseKind,
    ResourceSample,
    RunRecord,
    SafetyMetrics,
    SampleLog,
)
from pytest_rustide_load.stats.alerts import CPU_HIGH, ERRORS_HIGH, MEMORY_HIGH, RESPONSES_SLOW, Alert
from pytest_rustide_load.stats.watch import watch_run

S = 1_000_000_000
MS = 1_000_000
HALVES = (PartOfRun("", 1, 0.5, is_baseline=True), PartOfRun("", 1, 0.5))
GENERATOR = GeneratorStats(0, 0, 0, 0.0, 0.0, 0, 0, 0, 0.0, 0.0)


def alerts(
    *, late_ms: int = 10, failing: bool = False, rss: int = 100, cpu_share: float = 0.1
) -> list[Alert]:
    """Of forty seconds with ten answers each; what is given holds in the second half."""
    log = SampleLog(["hover"])
    for number in range(400):
        late = number >= 200
        intended = S + number * 100 * MS
        row = log.add(0, 0, PhaseKind.MEASURE, intended, intended)
        outcome = Outcome.ERROR if late and failing and number % 4 == 0 else Outcome.OK
        log.finish(row, intended + (late_ms if late else 10) * MS, outcome)
    resources, cpu_ns = [], 0
    for tick in range(400):
        late = tick >= 200
        cpu_ns += round((cpu_share if late else 0.1) * 2 * 100 * MS)
        at_ns = S + tick * 100 * MS
        resources.append(ResourceSample(at_ns, rss if late else 100, cpu_ns, 1, 1, 0, 0))
    record = RunRecord(
        "demo", 1, "", 0, S, 41 * S, 41 * S, log, GENERATOR, SafetyMetrics(), tuple(resources), parts=HALVES
    )
    return list(watch_run(record, memory_bytes=1_000, memory_of="the limit", cores=2, cpu_of="2 cores"))


def test_a_run_like_its_beginning_raises_nothing():
    assert alerts() == []


def test_each_figure_raises_its_own_alert_when_it_goes_wrong():
    for changes, name, peak in (
        ({"rss": 900}, MEMORY_HIGH, 0.9),
        ({"cpu_share": 0.95}, CPU_HIGH, 0.95),
        ({"failing": True}, ERRORS_HIGH, 0.25),
        ({"late_ms": 40}, RESPONSES_SLOW, 4.0),
    ):
        found = alerts(**changes)
        assert [alert.rule.name for alert in found] == [name]
        assert abs(found[0].peak - peak) < 0.05
        # It began in the second half, and lasts.
        assert 20 * S <= found[0].start_ns - S <= 32 * S
        assert found[0].end_ns is None
