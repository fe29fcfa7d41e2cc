"""What becomes of a backend under pressure, told from records made for each case."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.stats import GeneratorStats, Outcome, PhaseKind, RunRecord, SafetyMetrics, SampleLog
from pytest_rustide_load.stats.outages import Outage
from pytest_rustide_load.stats.pressure import PressureOutcome, PressureSpan, judge_pressure

S = 1_000_000_000
MS = 1_000_000
GENERATOR = GeneratorStats(0, 0, 0, 0.0, 0.0, 0, 0, 0, 0.0, 0.0)
# Ten seconds as usual, ten under pressure, forty after it.
BEGAN, ENDED, END = 10 * S, 20 * S, 60 * S
SPAN = PressureSpan(0, BEGAN, ENDED, ENDED)

ENDS = st.tuples(st.integers(1, 4_000), st.sampled_from(list(Outcome)[1:]))

Answer = Callable[[float], tuple[int, Outcome]]


def judged(
    answer: Answer,
    *,
    outages: tuple[Outage, ...] = (),
    ended: str = "complete",
    lost: int = 0,
    end_ns: int = END,
) -> PressureOutcome:
    """Of ten questions a second; `answer` gives milliseconds and outcome of one asked at a second."""
    log = SampleLog(["hover", "edit"])
    for number in range(end_ns // (100 * MS)):
        at_ns = number * 100 * MS
        took_ms, outcome = answer(at_ns / S)
        log.finish(log.add(0, 0, PhaseKind.MEASURE, at_ns, at_ns), at_ns + took_ms * MS, outcome)
        # What nobody waits for says nothing.
        log.finish(log.add(1, 0, PhaseKind.MEASURE, at_ns, at_ns), at_ns, Outcome.ERROR)
    safety = SafetyMetrics(lost_edits=lost, documents_compared=3)
    record = RunRecord(
        "demo", 1, "", 0, 0, end_ns, end_ns, log, GENERATOR, safety, (), ended, "gone", outages=outages
    )
    return judge_pressure(record, SPAN, {"hover"})


def test_a_backend_that_is_slower_and_then_as_before_is_degraded():
    found = judged(lambda at: (150 if BEGAN <= at * S < ENDED else 50, Outcome.OK))
    assert (found.kind, found.why, found.evidence) == ("degraded", "", ())
    assert found.slowdown_factor == 3
    assert found.goodput_ratio == 1
    assert found.graceful_degradation
    assert found.data_preservation
    assert found.recovery_s == found.first_right_s == pytest.approx(0.05)


def test_one_that_ends_and_comes_back_is_restarted_with_the_reason():
    def answer(at: float) -> tuple[int, Outcome]:
        return (50, Outcome.OK) if at < 12 or at >= 26 else (1_000, Outcome.CRASHED)

    outages = (Outage((0,), 12 * S, "SIGKILL", 1, 15 * S), Outage((0,), 16 * S, "SIGKILL", 1, 25 * S))
    found = judged(answer, outages=outages)
    assert found.kind == "restarted"
    assert found.restarts == 2
    assert not found.graceful_degradation
    assert found.goodput_ratio == pytest.approx(0.2)
    assert found.silent_s == pytest.approx(8, abs=0.2)
    assert found.recovery_s == found.first_right_s == pytest.approx(6.05)
    assert found.evidence == ("it ended: SIGKILL (2 times)",)


def test_one_that_lives_and_does_not_answer_any_more_is_found():
    found = judged(lambda at: (50, Outcome.OK) if at < 12 else (10_000, Outcome.TIMEOUT))
    assert (found.kind, found.recovery_s, found.first_right_s) == ("failed", None, None)
    assert "had not recovered" in found.why
    assert not found.graceful_degradation
    [sentence] = found.evidence
    assert sentence.startswith("alive and dead: no right answer for 48 s, from 2.0 s after")


def test_one_that_recovers_too_late_fails():
    found = judged(lambda at: (50, Outcome.OK) if at < 10 or at >= 55 else (50, Outcome.ERROR))
    assert found.kind == "failed"
    assert "it took 35 s to recover, more than 30 s" in found.why


def test_one_that_answers_but_stays_slow_has_not_recovered():
    found = judged(lambda at: (50 if at < 10 else 150, Outcome.OK))
    assert (found.kind, found.recovery_s) == ("failed", None)
    # A few milliseconds are no slowness.
    assert judged(lambda at: (2 if at < 10 else 15, Outcome.OK)).recovery_s == pytest.approx(0.015)


@pytest.mark.parametrize("how", ["lost", "wrong", "crashed"])
def test_lost_data_and_an_end_are_failures(how):
    def answer(at: float) -> tuple[int, Outcome]:
        return 50, Outcome.WRONG if how == "wrong" and at >= 50 else Outcome.OK

    found = judged(answer, lost=how == "lost", ended="crashed" if how == "crashed" else "complete")
    assert found.kind == "failed"
    assert ("data was lost" if how != "crashed" else "gone at the end: gone") in found.why
    assert found.data_preservation is (how == "crashed")


def test_what_was_wrong_only_while_it_loaded_again_is_no_loss():
    found = judged(lambda at: (50, Outcome.WRONG if 20 <= at < 24 else Outcome.OK))
    assert found.data_preservation
    assert found.recovery_s == pytest.approx(4, abs=0.1)


def test_one_that_is_wrong_again_had_not_recovered():
    found = judged(lambda at: (50, Outcome.WRONG if at == 30 else Outcome.OK))
    # The next question comes a tenth of a second later, and its answer after a twentieth.
    assert found.recovery_s == pytest.approx(10.15)
    assert found.data_preservation


def test_nobody_has_recovered_before_the_first_right_answer():
    """Two seconds without a failure begin as the pressure ends, but the first question comes later."""

    def answer(at: float) -> tuple[int, Outcome]:
        return (50, Outcome.CANCELLED) if 20 <= at < 21.45 else (50, Outcome.OK)

    found = judged(answer)
    assert found.recovery_s == found.first_right_s == pytest.approx(1.55)


@given(st.lists(ENDS, min_size=1, max_size=40))
def test_whatever_happens_recovery_is_not_before_the_first_right_answer(ends):
    def answer(at: float) -> tuple[int, Outcome]:
        after = round((at - 20) * 10)
        return ends[after] if 0 <= after < len(ends) else (50, Outcome.OK)

    found = judged(answer, end_ns=32 * S)
    if found.recovery_s is not None:
        assert found.first_right_s is not None
        assert found.recovery_s >= found.first_right_s


def test_a_record_without_a_question_is_a_failure_and_no_error():
    found = judged(lambda at: (50, Outcome.OK), end_ns=0)
    assert found.kind == "failed"
    assert (found.slowdown_factor, found.goodput_ratio, found.recovery_s) == (None, None, None)
