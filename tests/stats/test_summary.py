from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.stats.quantiles import Estimate
from pytest_rustide_load.stats.record import GeneratorStats, RunRecord, SafetyMetrics
from pytest_rustide_load.stats.samples import NEVER, Outcome, PhaseKind, SampleLog
from pytest_rustide_load.stats.summary import DEFAULT_TIMEOUT_NS, RunSummary, Summary, summarise

S = 1_000_000_000
MS = 1_000_000
GENERATOR = GeneratorStats(0, 0, 0, 0.0, 0.0, 0, 0, 0, 0.0, 0.0)
NAMES = ("completion", "hover", "edit", "rename")
WAITED = {"completion", "hover", "rename"}

# operation code, outcome, latency, phase
ROW = st.tuples(
    st.integers(0, 2),
    st.sampled_from([outcome for outcome in Outcome if outcome is not Outcome.PENDING]),
    st.integers(0, 20 * S),
    st.sampled_from(PhaseKind),
)


def _record(rows: list[tuple[int, Outcome, int, PhaseKind]], measured_ns: int = 10 * S) -> RunRecord:
    log = SampleLog(NAMES)
    for number, (operation, outcome, latency, phase) in enumerate(rows):
        intended = 2 * S + number * 10 * MS
        sent = NEVER if outcome is Outcome.DROPPED else intended + min(latency, MS)
        row = log.add(operation, 0, phase, intended, sent)
        log.finish(row, intended + latency, outcome)
    end = 2 * S + measured_ns
    return RunRecord("demo", 1, "2026-01-01T00:00:00Z", 0, 2 * S, end, end, log, GENERATOR, SafetyMetrics())


def _completion(*ends: tuple[Outcome, int]) -> Summary:
    record = _record([(0, outcome, latency, PhaseKind.MEASURE) for outcome, latency in ends])
    return summarise(record, WAITED).operations["completion"]


def _everything(summary: RunSummary) -> list[Summary]:
    return [*summary.operations.values(), summary.overall]


@given(st.lists(ROW, max_size=40))
def test_no_sample_vanishes(rows: list[tuple[int, Outcome, int, PhaseKind]]) -> None:
    """Invariant 3: planned = sent + dropped; sent = the sum of the other outcomes."""
    summary = summarise(_record(rows), WAITED)
    measured = [row for row in rows if row[3] is PhaseKind.MEASURE]
    assert sum(part.planned for part in summary.operations.values()) == len(measured)
    for part in _everything(summary):
        assert part.planned == sum(part.outcomes.values())
        assert part.sent == part.planned - part.outcomes[Outcome.DROPPED]
        censored = part.latency.censored
        assert part.latency.count == part.ok + censored
        assert censored == sum(
            part.outcomes[kind] for kind in (Outcome.TIMEOUT, Outcome.CRASHED, Outcome.DROPPED)
        )
        assert part.service.count == part.latency.count - part.outcomes[Outcome.DROPPED]


@given(st.lists(ROW, max_size=30), st.lists(ROW, max_size=30))
def test_warm_up_and_cool_down_never_enter_a_summary(
    rows: list[tuple[int, Outcome, int, PhaseKind]], other: list[tuple[int, Outcome, int, PhaseKind]]
) -> None:
    """Invariant 4."""
    measured = [(*row[:3], PhaseKind.MEASURE) for row in rows]
    outside = [(*row[:3], row[3]) for row in other if row[3] is not PhaseKind.MEASURE]
    alone = summarise(_record(measured), WAITED)
    beside = summarise(_record(measured + outside), WAITED)
    assert beside.overall == alone.overall
    for name, part in alone.operations.items():
        assert beside.operations[name] == part


@given(st.lists(ROW, max_size=40))
def test_the_pool_is_of_the_operations_the_user_waits_for(
    rows: list[tuple[int, Outcome, int, PhaseKind]],
) -> None:
    summary = summarise(_record(rows), WAITED)
    waited = [part for part in summary.operations.values() if part.user_waits]
    assert {part.operation for part in waited} <= WAITED
    assert summary.overall.planned == sum(part.planned for part in waited)
    assert summary.overall.throughput_per_s == pytest.approx(sum(part.throughput_per_s for part in waited))


def test_quantiles_of_answers_are_those_of_numpy() -> None:
    rng = np.random.default_rng(4)
    latencies = rng.integers(MS, 900 * MS, 500)
    found = _completion(*((Outcome.OK, int(latency)) for latency in latencies)).latency
    for name, q in (("p50_ns", 0.5), ("p90_ns", 0.9), ("p95_ns", 0.95), ("p99_ns", 0.99), ("max_ns", 1.0)):
        assert getattr(found, name) == Estimate(pytest.approx(float(np.quantile(latencies, q))))
    assert found.mean_ns == Estimate(pytest.approx(float(latencies.mean())))
    assert found.stddev_ns == pytest.approx(float(latencies.std(ddof=1)))
    assert found.min_ns == Estimate(float(latencies.min()))
    assert found.p95_interval_ns is not None
    assert found.p95_interval_ns[0] <= float(np.quantile(latencies, 0.95)) <= found.p95_interval_ns[1]


@pytest.mark.parametrize(
    "outcome", [Outcome.EMPTY, Outcome.WRONG, Outcome.ERROR, Outcome.CANCELLED, Outcome.CONTENT_MODIFIED]
)
def test_a_quick_non_answer_lowers_the_goodput_and_not_the_percentile(outcome: Outcome) -> None:
    answers = [(Outcome.OK, 100 * MS)] * 10
    alone, beside = _completion(*answers), _completion(*answers, *[(outcome, 1000)] * 30)
    assert beside.latency == alone.latency
    assert (alone.goodput_ratio, beside.goodput_ratio) == (1.0, 0.25)
    assert beside.error_ratio == (0.75 if outcome is Outcome.ERROR else 0.0)


def test_what_never_came_raises_the_percentile_as_a_lower_bound() -> None:
    part = _completion(*[(Outcome.OK, 100 * MS)] * 90, *[(Outcome.TIMEOUT, 2 * S)] * 10)
    assert part.latency.p50_ns == Estimate(100 * MS)
    assert part.latency.p95_ns == Estimate(2 * S, is_lower_bound=True)
    assert part.latency.mean_ns == Estimate(0.9 * 100 * MS + 0.1 * 2 * S, is_lower_bound=True)
    assert part.latency.censored == 10


def test_one_that_never_came_makes_the_mean_a_lower_bound() -> None:
    assert _completion((Outcome.OK, MS), (Outcome.TIMEOUT, 3 * MS)).latency.mean_ns == Estimate(
        2 * MS, is_lower_bound=True
    )


@pytest.mark.parametrize(("count", "expected"), [(1, None), (2, MS / 2**0.5)])
def test_two_values_have_a_deviation_and_one_has_none(count: int, expected: float | None) -> None:
    found = _completion(*[(Outcome.OK, MS), (Outcome.OK, 2 * MS)][:count]).latency.stddev_ns
    assert found == (expected if expected is None else pytest.approx(expected))


@pytest.mark.parametrize("outcome", [Outcome.CRASHED, Outcome.DROPPED])
def test_a_crash_or_a_drop_counts_as_waiting_as_long_as_users_wait(outcome: Outcome) -> None:
    part = _completion((Outcome.OK, MS), (outcome, 5))
    assert part.latency.max_ns == Estimate(DEFAULT_TIMEOUT_NS, is_lower_bound=True)
    late = _completion((outcome, 3 * DEFAULT_TIMEOUT_NS))
    assert late.latency.max_ns == Estimate(3 * DEFAULT_TIMEOUT_NS, is_lower_bound=True)


def test_latency_runs_from_the_intended_start_and_service_time_from_the_send() -> None:
    log = SampleLog(NAMES)
    log.finish(log.add(0, 0, PhaseKind.MEASURE, 2 * S, 2 * S + 40 * MS), 2 * S + 50 * MS, Outcome.OK)
    record = RunRecord("demo", 1, "", 0, 2 * S, 3 * S, 3 * S, log, GENERATOR, SafetyMetrics())
    part = summarise(record, WAITED).operations["completion"]
    assert part.latency.max_ns == Estimate(50 * MS)
    assert part.service.max_ns == Estimate(10 * MS)


def test_an_operation_planned_only_in_warm_up_is_shown_without_samples() -> None:
    summary = summarise(_record([(3, Outcome.OK, MS, PhaseKind.WARM_UP)]), WAITED)
    part = summary.operations["rename"]
    assert (part.planned, part.latency.count, part.latency.p95_ns) == (0, 0, None)
    assert (part.goodput_ratio, part.error_ratio) == (None, None)
    assert "completion" not in summary.operations


def test_throughput_is_right_answers_per_measured_second() -> None:
    rows = [(0, Outcome.OK, MS, PhaseKind.MEASURE)] * 50 + [(0, Outcome.WRONG, MS, PhaseKind.MEASURE)] * 50
    assert summarise(_record(rows), WAITED).overall.throughput_per_s == 5.0


def test_answers_are_counted_in_the_second_in_which_they_arrive() -> None:
    rows = [(0, Outcome.OK, latency, PhaseKind.MEASURE) for latency in (0, 0, 1 * S, 5 * S)]
    summary = summarise(_record(rows, measured_ns=3 * S + S // 2), WAITED)
    # The last one arrived after the measured time; half a second at its end is no whole second.
    assert summary.ok_per_second == (2, 1, 0)


def test_pending_samples_cannot_be_summarised() -> None:
    record = _record([])
    record.samples.add(0, 0, PhaseKind.MEASURE, 2 * S, 2 * S)
    with pytest.raises(ValueError, match="pending"):
        summarise(record, WAITED)


def test_a_run_of_nothing_has_a_summary_of_nothing() -> None:
    summary = summarise(_record([], measured_ns=0), WAITED)
    assert summary.operations == {}
    assert (summary.overall.planned, summary.overall.throughput_per_s, summary.ok_per_second) == (0, 0.0, ())
