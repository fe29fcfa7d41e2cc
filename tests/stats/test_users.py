"""The users of a team: what each waited for, how fairly, and what others cost them."""

from __future__ import annotations

import pytest

from pytest_rustide_load.stats.record import GeneratorStats, PartOfRun, RunRecord, SafetyMetrics
from pytest_rustide_load.stats.samples import Outcome, PhaseKind, SampleLog
from pytest_rustide_load.stats.summary import RunSummary, summarise
from pytest_rustide_load.units import NS_PER_MS, NS_PER_S


def _run(ops: list[tuple[int, float, int, Outcome]]) -> RunSummary:
    """Of operations (user, due after s, latency in ms, outcome), in a measured time of 10 s."""
    log = SampleLog(("hover",))
    for user, due_s, latency_ms, outcome in ops:
        due_ns = round(due_s * NS_PER_S)
        row = log.add(0, user, PhaseKind.MEASURE, due_ns, due_ns)
        log.finish(row, due_ns + latency_ms * NS_PER_MS, outcome)
    halves = (PartOfRun("", 1, 0.5, True), PartOfRun("", 1, 0.5))
    end = 10 * NS_PER_S
    nobody = GeneratorStats(0, 0, 0, 0.0, 0.0, 0, 0, 0, 0.0, 0.0)
    record = RunRecord("demo", 1, "", 0, 0, end, end, log, nobody, SafetyMetrics(), parts=halves)
    return summarise(record, {"hover"})


def test_each_user_has_figures_of_their_own():
    run = _run([(0, 1, 10, Outcome.OK), (0, 2, 30, Outcome.OK), (3, 1, 50, Outcome.WRONG)])
    first, second = run.users
    assert (first.user, first.planned, first.ok, first.latency.count) == (0, 2, 2, 2)
    assert (second.user, second.planned, second.ok, second.latency.count) == (3, 1, 0, 0)


def test_fairness_is_the_worst_over_the_median():
    run = _run([(user, 1, 10 * (user + 1), Outcome.OK) for user in range(3)])
    factor, fewest = run.fairness()
    assert factor is not None
    assert factor.value == pytest.approx(1.5)
    assert fewest == 1


def test_one_user_is_neither_fair_nor_unfair():
    assert _run([(0, 1, 10, Outcome.OK)]).fairness()[0] is None


def test_a_user_without_any_answer_leaves_fairness_unknown():
    run = _run([(0, 1, 10, Outcome.OK), (1, 1, 10, Outcome.OK), (2, 1, 1, Outcome.ERROR)])
    assert run.fairness() == (None, 0)


def test_interference_is_what_newcomers_cost_the_others():
    early = [(0, 1, 10, Outcome.OK), (1, 2, 10, Outcome.OK)]
    late = [(0, 6, 40, Outcome.OK), (1, 7, 40, Outcome.OK), (2, 8, 900, Outcome.OK)]
    factor, _ = _run(early + late).interference()
    assert factor is not None
    assert factor.value == pytest.approx(4)


def test_without_newcomers_there_is_no_interference():
    assert _run([(0, 1, 10, Outcome.OK), (0, 6, 40, Outcome.OK)]).interference() == (None, 0)


def test_who_comes_a_little_before_the_parts_change_is_a_newcomer_too():
    ops = [(0, 1, 10, Outcome.OK), (1, 4.5, 10, Outcome.OK), (0, 6, 20, Outcome.OK)]
    factor, _ = _run(ops).interference()
    assert factor is not None
    assert factor.value == pytest.approx(2)
