"""Tallies add up to that of all samples together, and say of a run what its samples say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_rustide_load.stats.histogram import bucket_range
from pytest_rustide_load.stats.merged import seconds_of, summarise_tally
from pytest_rustide_load.stats.record import GeneratorStats, PartOfRun, RunRecord, SafetyMetrics
from pytest_rustide_load.stats.samples import NEVER, Outcome, PhaseKind, SampleLog
from pytest_rustide_load.stats.summary import summarise
from pytest_rustide_load.stats.tally import Tally, tally_of
from pytest_rustide_load.units import NS_PER_S

OPERATIONS = ("hover", "completion", "edit")
WAITS = ("hover", "completion")
TIMEOUT_NS = 2 * NS_PER_S
START_NS, END_NS = 5 * NS_PER_S, 15 * NS_PER_S
OUTCOMES = [outcome for outcome in Outcome if outcome is not Outcome.PENDING]

rows = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.integers(0, 5),
        st.integers(0, END_NS - 1),
        st.integers(0, 50_000_000),
        st.integers(0, 3 * NS_PER_S),
        st.sampled_from(OUTCOMES),
    ),
    max_size=200,
)


def log_of(drawn) -> SampleLog:
    log = SampleLog(OPERATIONS)
    for operation, user, due_ns, lag_ns, took_ns, outcome in drawn:
        phase = PhaseKind.WARM_UP if due_ns < START_NS else PhaseKind.MEASURE
        sent_ns = NEVER if outcome is Outcome.DROPPED else due_ns + lag_ns
        row = log.add(operation, user, phase, due_ns, sent_ns)
        log.finish(row, due_ns + lag_ns + took_ns, outcome)
    return log


def tallied(log: SampleLog) -> Tally:
    return tally_of(
        log.columns(),
        measure_start_ns=START_NS,
        measure_end_ns=END_NS,
        timeout_ns=TIMEOUT_NS,
        answered=(0, 1),
    )


def record_of(log: SampleLog, parts=()) -> RunRecord:
    return RunRecord(
        scenario="s",
        seed=1,
        started_at_utc="",
        start_ns=0,
        measure_start_ns=START_NS,
        measure_end_ns=END_NS,
        end_ns=END_NS,
        samples=log,
        generator=GeneratorStats(0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
        safety=SafetyMetrics(),
        parts=parts,
    )


def same(one: Tally, other: Tally) -> bool:
    pairs = zip(one.entries(), other.entries(), strict=True)
    return all(np.array_equal(a, b) for a, b in pairs) and one.extremes == other.extremes


@given(rows, st.randoms(use_true_random=False), st.integers(1, 7))
def test_any_split_in_any_order_adds_up_to_the_whole(drawn, random, pieces):
    shares: list[list[object]] = [[] for _ in range(pieces)]
    for row in drawn:
        shares[random.randrange(pieces)].append(row)
    whole = Tally()
    for share in shares:
        whole.add(Tally.from_bytes(tallied(log_of(share)).to_bytes()))
    assert same(whole, tallied(log_of(drawn)))


def _close(found, exact) -> bool:
    """As close as the buckets are narrow."""
    if exact is None or found is None:
        return found is exact
    within = abs(found.value - exact.value) <= exact.value / 256 + 1
    return within and found.is_lower_bound == exact.is_lower_bound


@settings(max_examples=60)
@given(rows)
def test_a_tally_says_what_the_samples_say_within_the_width_of_a_bucket(drawn):
    log = log_of(drawn)
    parts = (PartOfRun("a", 1, 0.3, True), PartOfRun("b", 1, 0.7))
    record = record_of(log, parts)
    exact = summarise(record, WAITS, timeout_ns=TIMEOUT_NS)
    found = summarise_tally(record, tallied(log), OPERATIONS, WAITS)
    assert found.ok_per_second == exact.ok_per_second
    pairs = [(found.overall, exact.overall)]
    pairs += [(found.operations[name], exact.operations[name]) for name in found.operations]
    for mine, theirs in zip(found.parts, exact.parts, strict=True):
        assert (mine.from_ns, mine.to_ns) == (theirs.from_ns, theirs.to_ns)
        pairs += [(mine.operations[name], theirs.operations[name]) for name in mine.operations]
    for mine, theirs in pairs:
        assert dict(mine.outcomes) == dict(theirs.outcomes)
        assert mine.throughput_per_s == pytest.approx(theirs.throughput_per_s)
        for kind in ("latency", "service"):
            told, known = getattr(mine, kind), getattr(theirs, kind)
            assert (told.count, told.censored) == (known.count, known.censored)
            if known.mean_ns is not None:
                assert told.mean_ns.value == pytest.approx(known.mean_ns.value, rel=1e-9)
            for name in ("min_ns", "p50_ns", "p90_ns", "p95_ns", "p99_ns", "max_ns"):
                assert _close(getattr(told, name), getattr(known, name)), (kind, name, told, known)
    # The extremes of the whole run are exact.
    for name, operation in found.operations.items():
        known = exact.operations[name].latency
        assert operation.latency.max_ns == known.max_ns or known.censored


@given(rows)
def test_the_time_requests_were_awaited_is_exact(drawn):
    log = log_of(drawn)
    awaited = sum(
        max(min(one.done_ns, END_NS) - max(one.sent_ns, START_NS), 0)
        for one in log
        if one.operation != "edit" and one.outcome is not Outcome.DROPPED
    )
    assert tallied(log).awaited_ns() == awaited


def test_each_second_has_its_histogram():
    log = log_of([(0, 0, START_NS + 7, 0, 1_000_000, Outcome.OK), (0, 0, END_NS - 1, 0, 9, Outcome.OK)])
    found = seconds_of(tallied(log), OPERATIONS)
    assert set(found) == {("hover", 0), ("hover", 9)}
    low, high = bucket_range(next(iter(found["hover", 0].buckets)))
    assert low <= 1_000_000 <= high


@pytest.mark.parametrize("damage", ["cut", "nothing", "other", "descending"])
def test_what_is_no_tally_is_refused(damage):
    tally = tallied(log_of([(0, 0, START_NS, 0, 1_000_000, Outcome.OK)]))
    data = tally.to_bytes()
    broken = {"cut": data[:-3], "nothing": b"", "other": b"\x93\x90\xc4\x00\xc4\x00"}
    if damage == "descending":
        wrong = Tally()
        wrong._keys, wrong._counts = np.array([5, 3]), np.array([1, 1])
        broken["descending"] = wrong.to_bytes()
    with pytest.raises(ValueError, match="not a tally"):
        Tally.from_bytes(broken[damage])


def test_what_waits_to_be_added_up_is_bounded():
    whole, one = (
        Tally(),
        tallied(log_of([(0, 0, START_NS + k, 0, k * 1_000, Outcome.OK) for k in range(200)])),
    )
    for _ in range(2_000):
        whole.add(one)
        assert whole._waiting <= 2 * (1 << 17)
    assert sum(whole.outcomes(0).values()) == 2_000 * 200
