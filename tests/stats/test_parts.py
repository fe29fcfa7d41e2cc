"""The parts of a run, and how much slower a later one is than the first."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.stats import (
    GeneratorStats,
    Outcome,
    PhaseKind,
    RunRecord,
    SafetyMetrics,
    SampleLog,
    summarise,
)

S = 1_000_000_000
MS = 1_000_000
GENERATOR = GeneratorStats(0, 0, 0, 0.0, 0.0, 0, 0, 0, 0.0, 0.0)


def record(
    latencies_ms: list[int], *, ramp: tuple[float, ...] = (), outcome: Outcome = Outcome.OK
) -> RunRecord:
    """One answer each 10 ms, with these latencies; the last one ends as `outcome` says."""
    log = SampleLog(["hover"])
    for number, latency_ms in enumerate(latencies_ms):
        intended = S + number * 10 * MS
        row = log.add(0, 0, PhaseKind.MEASURE, intended, intended)
        last = number == len(latencies_ms) - 1
        log.finish(row, intended + latency_ms * MS, outcome if last else Outcome.OK)
    end = S + len(latencies_ms) * 10 * MS
    return RunRecord("demo", 1, "", 0, S, end, end, log, GENERATOR, SafetyMetrics(), ramp=ramp)


def test_the_worst_later_step_is_held_against_the_first():
    summary = summarise(record([10] * 60 + [50] * 60 + [30] * 60, ramp=(1, 4, 2)), {"hover"})
    assert [part.level for part in summary.parts] == [1, 4, 2]
    factor, fewest = summary.degradation("hover")
    assert factor is not None
    assert (factor.value, factor.is_lower_bound, fewest) == (pytest.approx(5), False, 60)


def test_without_a_ramp_the_second_half_is_held_against_the_first():
    factor, fewest = summarise(record([10] * 70 + [15] * 70), {"hover"}).degradation("hover")
    assert factor is not None
    assert (factor.value, fewest) == (pytest.approx(1.5), 70)


@given(st.lists(st.integers(1, 50), min_size=2, max_size=200), st.integers(2, 5))
def test_every_operation_is_in_one_part(latencies_ms: list[int], steps: int):
    summary = summarise(record(latencies_ms, ramp=(1.0,) * steps), {"hover"})
    assert sum(part.operations["hover"].planned for part in summary.parts) == len(latencies_ms)
    assert len(summary.parts) == steps


def test_an_answer_that_never_came_makes_it_a_lower_bound_and_in_the_first_part_nothing_can_be_told():
    late = record([10] * 8 + [20_000], outcome=Outcome.TIMEOUT)
    factor, _ = summarise(late, {"hover"}).degradation("hover")
    assert factor is not None
    assert factor.is_lower_bound
    early = record([20_000], outcome=Outcome.TIMEOUT)
    assert summarise(replace(early, ramp=(1, 1)), {"hover"}).degradation("hover") == (None, 0)


def test_a_run_that_ended_early_has_no_parts():
    cut = replace(record([10] * 100), ended="crashed")
    summary = summarise(cut, {"hover"})
    assert summary.parts == ()
    assert summary.degradation("hover") == (None, 0)
