"""The figures alerts watch, from samples."""

from __future__ import annotations

import pytest

from pytest_rustide_load.stats import Outcome, ResourceSample, SampleLog
from pytest_rustide_load.stats.readings import (
    cpu_readings,
    error_readings,
    memory_readings,
    normal_latencies,
    response_readings,
)

S = 1_000_000_000
MS = 1_000_000


def log_of(rows: list[tuple[int, float, float, Outcome]]) -> SampleLog:
    """Rows of operation, end in seconds, latency in milliseconds, outcome."""
    log = SampleLog(["hover", "completion"])
    for operation, done_s, latency_ms, outcome in rows:
        done_ns = round(done_s * S)
        row = log.add(operation, 0, 1, done_ns - round(latency_ms * MS), done_ns - 1)
        log.finish(row, done_ns, outcome)
    return log


def resource(at_s: float, rss: int = 0, cpu_s: float = 0) -> ResourceSample:
    return ResourceSample(round(at_s * S), rss, round(cpu_s * S), 1, 1, 0, 0)


def test_memory_is_a_share_of_what_it_is_measured_against():
    assert [r.value for r in memory_readings([resource(0, 100), resource(1, 300)], 400)] == [0.25, 0.75]


def test_cpu_is_of_the_second_before_and_of_all_cores():
    samples = [resource(at / 10, cpu_s=at / 10 * 1.5) for at in range(31)]
    values = [r.value for r in cpu_readings(samples, 2)]
    assert values[:10] == [None] * 10
    assert values[10:] == pytest.approx([0.75] * 21)


def test_a_burst_of_cpu_is_seen_only_while_it_lasts():
    samples = [resource(at / 10, cpu_s=min(max(at - 10, 0), 10) / 10) for at in range(41)]
    by_second = {r.at_ns / S: r.value for r in cpu_readings(samples, 1)}
    assert [by_second[at] for at in (1, 1.5, 2, 2.5, 3, 4)] == pytest.approx([0, 0.5, 1, 0.5, 0, 0])


def test_errors_are_a_share_of_what_ended_in_the_last_ten_seconds():
    rows = [(0, at / 10, 5, Outcome.ERROR if 100 <= at < 110 else Outcome.OK) for at in range(300)]
    values = {r.at_ns // S: r.value for r in error_readings(log_of(rows).columns(), 0, 30 * S)}
    assert values[1] is None
    assert [values[at] for at in (2, 10, 11, 20, 21, 30)] == pytest.approx([0, 0, 0.1, 0.1, 0, 0])


def test_every_kind_of_failure_counts_and_pending_ones_do_not():
    kinds = [Outcome.ERROR, Outcome.TIMEOUT, Outcome.CRASHED, Outcome.DROPPED, Outcome.OK, Outcome.WRONG]
    log = log_of([(0, 0.1 + at / 1000, 1, kinds[at % 6]) for at in range(60)])
    log.add(0, 0, 1, 0, 0)
    assert error_readings(log.columns(), 0, S)[0].value == pytest.approx(4 / 6)


def test_normal_is_the_median_of_each_operation_with_answers_enough():
    rows = [(0, at / 10, 10, Outcome.OK) for at in range(9)] + [(1, 0.5, 99, Outcome.OK)] * 4
    log = log_of([*rows, (0, 0.5, 9999, Outcome.ERROR), (0, 5, 9999, Outcome.OK)])
    assert normal_latencies(log.columns(), log.operations, 0, S) == {"hover": 10 * MS}


def test_a_change_of_the_mix_is_no_degradation_and_a_slower_operation_is():
    normal = {"hover": 10.0 * MS, "completion": 100.0 * MS}
    calm = [(at % 2, at / 20, 10 if at % 2 == 0 else 100, Outcome.OK) for at in range(200)]
    only_slow = [(1, 10 + at / 20, 100, Outcome.OK) for at in range(200)]
    degraded = [(1, 20 + at / 20, 250, Outcome.OK) for at in range(201)]
    log = log_of(calm + only_slow + degraded)
    values = {
        r.at_ns // S: r.value for r in response_readings(log.columns(), log.operations, normal, 0, 30 * S)
    }
    assert [values[at] for at in (10, 20, 30)] == pytest.approx([1, 1, 2.5])


def test_waiting_in_vain_is_slow_and_a_quick_refusal_is_not_fast():
    normal = {"hover": 10.0 * MS}
    rows = [(0, 1 + at / 100, 0.1, Outcome.ERROR) for at in range(50)]
    rows += [(0, 1 + at / 100, 100, Outcome.TIMEOUT) for at in range(50)]
    log = log_of(rows)
    assert response_readings(log.columns(), log.operations, normal, 0, 2 * S)[-1].value == 10.0


def test_what_was_never_sent_or_crashed_took_as_long_as_anybody_waits():
    """As in a Summary: what is refused at once where a server drowns is no fast answer."""
    normal = {"hover": 10.0 * MS}
    for outcome in (Outcome.DROPPED, Outcome.CRASHED):
        log = log_of([(0, 1 + at / 100, 0.1, outcome) for at in range(50)])
        [*_, last] = response_readings(log.columns(), log.operations, normal, 0, 2 * S, timeout_ns=5 * S)
        assert last.value == 500.0


def test_operations_without_a_normal_latency_say_nothing():
    log = log_of([(1, 0.5, 100, Outcome.OK)] * 50)
    assert response_readings(log.columns(), log.operations, {"hover": 1.0}, 0, S)[0].value is None
