"""The times of a recovery from samples that are known, and the gate before it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.stats import RunRecord
from pytest_rustide_load.stats.outages import FaultEvent, Outage, StatusChange
from pytest_rustide_load.stats.record import GeneratorStats, SafetyMetrics
from pytest_rustide_load.stats.recovery import band_ns, recovery_times, steady_state
from pytest_rustide_load.stats.samples import NEVER, Outcome, PhaseKind, SampleLog
from pytest_rustide_load.units import NS_PER_MS, NS_PER_S

S, MS = NS_PER_S, NS_PER_MS
GENERATOR = GeneratorStats(0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
STRUCK_S = 10


def log_of(rows) -> SampleLog:
    """Rows of (user, due, sent, done, outcome), times in seconds; sent None for never."""
    samples = SampleLog(("hover", "edit"))
    for user, due_s, sent_s, done_s, outcome in rows:
        sent_ns = NEVER if sent_s is None else round(sent_s * S)
        row = samples.add(0, user, PhaseKind.MEASURE, round(due_s * S), sent_ns)
        samples.finish(row, round(done_s * S), outcome)
    return samples


def steady(from_s, to_s, *, every_s=0.1, takes_s=0.01, user=0):
    return [(user, at, at, at + takes_s, Outcome.OK) for at in np.arange(from_s, to_s, every_s)]


def times(rows, *, end_s=30, outages=(), statuses=(), struck_s=STRUCK_S):
    record = RunRecord(
        scenario="test",
        seed=1,
        started_at_utc="",
        start_ns=0,
        measure_start_ns=0,
        measure_end_ns=end_s * S,
        end_ns=end_s * S,
        samples=log_of(rows),
        generator=GENERATOR,
        safety=SafetyMetrics(),
        outages=tuple(outages),
        statuses=tuple(statuses),
        fault=FaultEvent("kill", None if struck_s is None else struck_s * S, what="done"),
    )
    return recovery_times(record, waited_for=("hover",), answered=("hover",), judged=("hover",))


def after(back_s, *, user=0):
    """Gone at the strike: what is due until `back_s` is sent then, empty for a second, slow for another."""
    rows = []
    for due in np.arange(STRUCK_S, 28, 0.1):
        sent = max(due, back_s)
        if sent < back_s + 1:
            rows.append((user, due, sent, sent + 0.005, Outcome.EMPTY))
        else:
            takes_s = 0.5 if sent < back_s + 2 else 0.01
            rows.append((user, due, sent, sent + takes_s, Outcome.OK))
    return rows


def test_each_time_is_told_apart():
    told = times(
        steady(0, STRUCK_S) + after(12),
        outages=[Outage((0,), 10 * S, "gone", 1, 12 * S)],
        statuses=[
            StatusChange(1 * S, 0, True),
            StatusChange(12 * S + 100 * MS, 0, False),
            StatusChange(13 * S, 0, True),
            # It flaps.
            StatusChange(13 * S + 50 * MS, 0, False),
            StatusChange(15 * S + 500 * MS, 0, True),
        ],
    )
    assert told.unsteady == ""
    assert told.first_response.value == pytest.approx(2.005 * S)
    # What was asked a second after it was back, and is answered half a second later.
    assert told.first_correct.value == pytest.approx(3.5 * S, abs=0.11 * S)
    assert told.latency_band.value == pytest.approx(4.0 * S, abs=0.2 * S)
    assert told.quiescent.value == 5.5 * S
    assert told.whole.value == 5.5 * S
    assert not told.whole.is_lower_bound
    assert told.baseline_p95_ns == pytest.approx(10 * MS)
    assert told.band_ns == pytest.approx(30 * MS)


def test_latencies_are_not_as_before_while_nothing_was_answered_yet():
    """Stopped for two seconds: what was due just before its end waited no longer than the band allows."""
    rows = [
        (0, due, due, max(due, 12.0) + 0.01, Outcome.OK) for due in np.arange(STRUCK_S, 28, 0.005).tolist()
    ]
    told = times(steady(0, STRUCK_S) + rows)
    assert told.first_correct.value == pytest.approx(2.01 * S)
    assert told.latency_band == told.first_correct


def test_of_several_users_the_one_who_waited_longest_counts():
    rows = steady(0, STRUCK_S) + steady(0, STRUCK_S, user=1) + after(11) + after(14, user=1)
    told = times(rows)
    assert told.first_response.value == pytest.approx(4.005 * S)
    assert told.first_correct.value == pytest.approx(5.5 * S, abs=0.11 * S)
    assert told.quiescent is None


def test_what_was_asked_before_or_never_answered_is_no_recovery():
    in_flight = [(0, 9.95, 9.95, 10.02, Outcome.OK)]
    lost = [(0, at, at, at + 5, Outcome.TIMEOUT) for at in np.arange(STRUCK_S, 20, 0.1)]
    given_up = [(0, at, None, at + 5, Outcome.DROPPED) for at in np.arange(20, 29, 0.1)]
    told = times(steady(0, 9.9) + in_flight + lost + given_up)
    for one in (told.first_response, told.first_correct, told.latency_band, told.whole):
        assert one.is_lower_bound
        assert one.value == 20 * S


def test_a_backend_that_was_never_gone_is_back_at_once():
    told = times(steady(0, 28), statuses=[StatusChange(1 * S, 0, True)])
    assert told.first_response.value == pytest.approx(0.01 * S)
    assert told.latency_band.value < 0.11 * S
    assert told.quiescent.value == told.first_response.value


def test_one_that_says_quiescent_before_it_loaded_is_not_believed():
    outage = Outage((0,), 10 * S, "gone", 1, 12 * S)
    quick = [StatusChange(12 * S, 0, True), StatusChange(13 * S, 0, False), StatusChange(16 * S, 0, True)]
    told = times(steady(0, STRUCK_S) + after(12), outages=[outage], statuses=quick)
    assert told.quiescent.value == 6 * S
    # Unless it goes on saying so.
    told = times(steady(0, STRUCK_S) + after(12), outages=[outage], statuses=quick[:1])
    assert told.quiescent.value == 2 * S


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        (steady(0, 1), "10 questions before the fault are too few: it takes 20"),
        (
            [(0, at, at, at + 0.01, Outcome.WRONG) for at in np.arange(0, 1, 0.1)] + steady(1, 10),
            "10% of the questions before the fault failed or were answered wrongly, more than 5%",
        ),
        (
            [(0, at, at, at + 0.01, Outcome.EMPTY) for at in np.arange(0, 6, 0.1)] + steady(6, 10),
            "only 40% of the questions before the fault were answered, not 50%",
        ),
    ],
)
def test_without_a_steady_state_before_nothing_is_said(rows, why):
    assert times(rows + after(12)).unsteady == why


def test_a_fault_that_did_not_strike_is_told_as_such():
    told = times(steady(0, 28), struck_s=None)
    assert told.unsteady == "the run ended before the fault"
    assert told.whole is None


@given(
    back_s=st.floats(10.01, 22),
    delays_ms=st.lists(st.integers(1, 400), min_size=1, max_size=20),
    outcomes=st.lists(st.sampled_from(list(Outcome)[1:]), min_size=1, max_size=20),
)
def test_the_whole_is_the_last_and_a_right_answer_never_comes_before_any(back_s, delays_ms, outcomes):
    rows = steady(0, STRUCK_S)
    for n, due in enumerate(np.arange(STRUCK_S, 28, 0.1)):
        outcome = outcomes[n % len(outcomes)]
        sent = None if outcome is Outcome.DROPPED else max(due, back_s)
        rows.append((0, due, sent, max(due, back_s) + delays_ms[n % len(delays_ms)] / 1e3, outcome))
    told = times(rows)
    parts = [told.first_response, told.first_correct, told.latency_band]
    assert told.first_response.value <= told.first_correct.value <= told.latency_band.value
    assert told.whole.value == max(one.value for one in parts)
    assert told.whole.is_lower_bound == any(one.is_lower_bound for one in parts)
    assert all(0 <= one.value <= 20 * S for one in parts)


@given(st.floats(0, 1e11))
def test_the_band_lies_above_what_it_is_a_band_of(p95_ns):
    assert band_ns(p95_ns) >= 2 * p95_ns
    assert band_ns(p95_ns) >= p95_ns + 20 * MS


def test_the_gate_may_be_asked_while_answers_are_awaited():
    samples = SampleLog(("hover",))
    for n in range(30):
        row = samples.add(0, 0, PhaseKind.MEASURE, n * MS, n * MS)
        if n < 25:
            samples.finish(row, n * MS + 1, Outcome.OK)
    columns = samples.columns()
    assert steady_state(columns, np.ones(30, dtype=bool), 0, S) == ""
