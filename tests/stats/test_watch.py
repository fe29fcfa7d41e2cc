"""The alerts of a run, from its samples and resources."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
from pytest_rustide_load.stats.alerts import (
    CPU_HIGH,
    ERRORS_HIGH,
    MEMORY_HIGH,
    RESPONSES_SLOW,
    default_alert_rules,
)
from pytest_rustide_load.stats.histogram import Histogram
from pytest_rustide_load.stats.tally import LATENCY, Tally, tally_of
from pytest_rustide_load.stats.watch import MEASURED, WARM_UP, RunSoFar, RunWatch, measured_alerts, watch_run
from pytest_rustide_load.stats.watch_counts import CountsWatch

S = 1_000_000_000
MS = 1_000_000
HALVES = (PartOfRun("", 1, 0.5, is_baseline=True), PartOfRun("", 1, 0.5))
GENERATOR = GeneratorStats(0, 0, 0, 0.0, 0.0, 0, 0, 0, 0.0, 0.0)


RULES = tuple(
    replace(rule, capacity={MEMORY_HIGH: 1_000, CPU_HIGH: 2}.get(rule.name)) for rule in default_alert_rules()
)


def run(*, late_ms: int = 10, failing: bool = False, rss: int = 100, cpu_share: float = 0.1) -> RunRecord:
    """Forty measured seconds with ten answers each, after ten of warm-up; what is given holds in the second
    half."""
    log = SampleLog(["hover"])
    for number in range(-100, 400):
        late = number >= 200
        intended = 11 * S + number * 100 * MS
        phase = PhaseKind.WARM_UP if number < 0 else PhaseKind.MEASURE
        row = log.add(0, 0, phase, intended, intended)
        outcome = Outcome.ERROR if late and failing and number % 4 == 0 else Outcome.OK
        log.finish(row, intended + (late_ms if late else 10) * MS, outcome)
    resources, cpu_ns = [], 0
    for tick in range(-100, 400):
        late = tick >= 200
        cpu_ns += round((cpu_share if late else 0.1) * 2 * 100 * MS)
        resources.append(ResourceSample(11 * S + tick * 100 * MS, rss if late else 100, cpu_ns, 1, 1, 0, 0))
    return RunRecord(
        "demo",
        1,
        "",
        S,
        11 * S,
        51 * S,
        51 * S,
        log,
        GENERATOR,
        SafetyMetrics(),
        tuple(resources),
        parts=HALVES,
    )


def test_a_run_like_its_beginning_raises_nothing():
    assert watch_run(run(), RULES) == ()


WRONG = [
    ({"rss": 900}, MEMORY_HIGH, 0.9),
    ({"cpu_share": 0.95}, CPU_HIGH, 0.95),
    ({"failing": True}, ERRORS_HIGH, 0.25),
    ({"late_ms": 40}, RESPONSES_SLOW, 4.0),
]


@pytest.mark.parametrize(("changes", "name", "peak"), WRONG)
def test_each_figure_raises_its_own_alert_when_it_goes_wrong(changes, name, peak):
    [alert] = watch_run(run(**changes), RULES)
    assert (alert.rule.name, alert.phase, alert.end_ns) == (name, MEASURED, None)
    assert alert.peak == pytest.approx(peak, abs=0.05)
    # It began in the second half, and lasts.
    assert 20 * S <= alert.start_ns - 11 * S <= 32 * S


def test_stages_are_told_by_name_and_the_warm_up_as_such():
    parts = (PartOfRun("type", 1, 0.5, is_baseline=True), PartOfRun("refactor", 1, 0.5))
    [late] = watch_run(replace(run(rss=900), parts=parts), RULES)
    assert late.phase == "refactor"
    rules = (replace(RULES[0], raise_at=0.05, clear_at=0.05), *RULES[1:])
    [early] = watch_run(replace(run(), parts=parts), rules)
    assert (early.phase, early.start_ns) == (WARM_UP, S + 0)


def test_what_was_over_before_the_measured_time_is_none_of_it():
    record = run()
    resources = tuple(
        replace(sample, rss_bytes=900) if sample.at_ns < 9 * S else sample for sample in record.resources
    )
    rules = [replace(rule, clear_for_ns=0) for rule in RULES]
    alerts = watch_run(replace(record, resources=resources), rules)
    assert [alert.phase for alert in alerts] == [WARM_UP]
    assert measured_alerts(alerts, 11 * S) == 0
    assert measured_alerts(alerts, 5 * S) == 1
    assert measured_alerts(watch_run(run(rss=900), RULES), 11 * S) == 1


def test_without_a_capacity_or_a_rule_nothing_is_told_of_it():
    rules = [replace(rule, capacity=None) for rule in RULES]
    assert watch_run(run(rss=10**12, cpu_share=50), rules) == ()
    assert watch_run(run(late_ms=40), RULES[:2]) == ()


@settings(deadline=None, max_examples=30)
@given(st.sampled_from(WRONG), st.lists(st.integers(S, 51 * S), max_size=25))
def test_fed_as_the_run_goes_on_it_finds_the_same(wrong, moments):
    record = run(**wrong[0])
    so_far = RunSoFar(
        record.samples, record.resources, S, record.measure_start_ns, record.measure_end_ns, record.parts
    )
    watch = RunWatch(RULES, so_far)
    changes = [change for at_ns in [*sorted(moments), 51 * S] for change in watch.feed(at_ns)]
    assert watch.alerts == watch_run(record, RULES)
    assert len(changes) == sum(1 if alert.end_ns is None else 2 for alert in watch.alerts)


def test_a_run_cut_short_is_judged_by_what_it_would_have_been():
    record = run(late_ms=40)
    cut = replace(record, measure_end_ns=48 * S, planned_end_ns=51 * S, ended="crashed")
    assert watch_run(cut, RULES)[0].start_ns == watch_run(record, RULES)[0].start_ns


@pytest.mark.parametrize(("changes", "name", "peak"), WRONG)
def test_what_arrives_as_counts_raises_the_same_alerts_a_moment_later(changes, name, peak):
    """As from agents: each second what ended in it, and nothing of the warm-up."""
    record = run(**changes)
    columns = record.samples.columns()
    whole, fresh = Tally(), Tally()

    def take() -> Tally:
        nonlocal fresh
        told, fresh = fresh, Tally()
        return told

    so_far = RunSoFar(SampleLog(["hover"]), record.resources, S, 11 * S, 51 * S, record.parts)

    def latencies(first: int, last: int) -> dict[int, Histogram]:
        return {0: whole.histogram([0], LATENCY, first, last)}

    watch = CountsWatch(RULES, so_far, take=take, latencies=latencies)
    told = []
    for second in range(1, 52):
        ended = (columns["done_ns"] >= (second - 1) * S) & (columns["done_ns"] < second * S)
        counted = tally_of(
            {key: column[ended] for key, column in columns.items()},
            measure_start_ns=11 * S,
            measure_end_ns=51 * S,
            timeout_ns=10 * S,
            answered=(0,),
        )
        whole.add(counted)
        fresh.add(counted)
        told += watch.feed(second * S)
    [alert] = watch.alerts
    [of_samples] = watch_run(record, RULES)
    assert told == [replace(alert, peak=told[0].peak, peak_ns=told[0].peak_ns)]
    assert (alert.rule.name, alert.phase, alert.end_ns) == (name, MEASURED, None)
    assert alert.peak == pytest.approx(peak, abs=0.05)
    assert abs(alert.start_ns - of_samples.start_ns) <= 2 * S


def test_like_its_beginning_what_arrives_as_counts_raises_nothing_either():
    so_far = RunSoFar(SampleLog(["hover"]), (), S, 11 * S, 51 * S, HALVES)
    watch = CountsWatch(RULES, so_far, take=Tally, latencies=lambda _first, _last: {})
    assert [watch.feed(second * S) for second in range(60)] == [[]] * 60
    assert watch.alerts == ()
