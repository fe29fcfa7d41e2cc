"""The parts of a run, and how much slower a later one is than the first."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.stats import (
    GeneratorStats,
    Outcome,
    PartOfRun,
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
    latencies_ms: list[int], *, ramp: tuple[float, ...] = (1.0, 1.0), outcome: Outcome = Outcome.OK
) -> RunRecord:
    """One answer each 10 ms, with these latencies; the last one ends as `outcome` says."""
    log = SampleLog(["hover"])
    for number, latency_ms in enumerate(latencies_ms):
        intended = S + number * 10 * MS
        row = log.add(0, 0, PhaseKind.MEASURE, intended, intended)
        last = number == len(latencies_ms) - 1
        log.finish(row, intended + latency_ms * MS, outcome if last else Outcome.OK)
    end = S + len(latencies_ms) * 10 * MS
    parts = tuple(
        PartOfRun(str(level), level, 1 / len(ramp), is_baseline=not index) for index, level in enumerate(ramp)
    )
    return RunRecord("demo", 1, "", 0, S, end, end, log, GENERATOR, SafetyMetrics(), parts=parts)


def test_the_worst_later_step_is_held_against_the_first():
    summary = summarise(record([10] * 60 + [50] * 60 + [30] * 60, ramp=(1, 4, 2)), {"hover"})
    assert [part.level for part in summary.parts] == [1, 4, 2]
    factor, fewest = summary.degradation("hover")
    assert factor is not None
    assert (factor.value, factor.is_lower_bound, fewest) == (pytest.approx(5), False, 60)


def test_parts_of_unlike_length_and_a_baseline_that_is_not_the_first():
    parts = (
        PartOfRun("scan", 1, 0.25),
        PartOfRun("alone", 1, 0.25, is_baseline=True),
        PartOfRun("busy", 1, 0.5),
    )
    summary = summarise(replace(record([90] * 60 + [10] * 60 + [40] * 120), parts=parts), {"hover"})
    assert [part.operations["hover"].planned for part in summary.parts] == [60, 60, 120]
    factor, fewest = summary.degradation("hover")
    assert factor is not None
    assert (factor.value, fewest) == (pytest.approx(4), 60)


def test_a_part_in_which_an_operation_was_not_planned_does_not_count():
    parts = tuple(PartOfRun(name, 1, 1 / 3, is_baseline=name == "a") for name in "abc")
    log = record([10] * 60).samples
    for number in range(60):
        intended = S + 1200 * MS + number * 10 * MS
        row = log.add(0, 0, PhaseKind.MEASURE, intended, intended)
        log.finish(row, intended + 30 * MS, Outcome.OK)
    end = S + 1800 * MS
    summary = summarise(
        RunRecord("demo", 1, "", 0, S, end, end, log, GENERATOR, SafetyMetrics(), parts=parts), {"hover"}
    )
    factor, _ = summary.degradation("hover")
    assert factor is not None
    assert factor.value == pytest.approx(3)


def test_halves_are_held_against_one_another():
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
    assert summarise(early, {"hover"}).degradation("hover")[0] is None


def test_a_run_that_ended_early_has_no_parts():
    cut = replace(record([10] * 100), ended="crashed")
    summary = summarise(cut, {"hover"})
    assert summary.parts == ()
    assert summary.degradation("hover") == (None, 0)
