"""From figures of windows to what held a run back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.stats.bottleneck import (
    ALLOCATION,
    CPU,
    GENERATOR,
    IO,
    KINDS,
    MEMORY,
    NETWORK,
    SERIAL,
    UNDETERMINED,
    Window,
    judge_phase,
)

QUIET = Window(seconds=1, cores=2, cpu=0.2, in_flight=3, run_delay=0.0, blocked=0.0, queueing=0.0)
CLEAR = {
    MEMORY: replace(QUIET, major_faults_per_s=200, blocked=0.5),
    ALLOCATION: replace(QUIET, cpu=1.8, system_cpu=1.5, minor_faults_per_s=200_000),
    IO: replace(QUIET, blocked=0.7, storage_bytes_per_s=5e6, queueing=0.9),
    CPU: replace(QUIET, cpu=1.9, run_delay=3.0, queueing=0.9),
    NETWORK: replace(QUIET, network_ratio=0.95, queueing=0.6),
    SERIAL: replace(QUIET, queueing=0.9, voluntary_switches_per_s=2_000),
    UNDETERMINED: QUIET,
}


@pytest.mark.parametrize("kind", CLEAR)
def test_clear_figures_have_their_name_and_evidence(kind):
    found = judge_phase([CLEAR[kind]] * 5)
    assert found.kind == kind
    assert (found.agreeing, found.windows) == (5, 5)
    assert all(found.evidence)
    assert not found.idle


def test_a_starved_generator_comes_before_everything():
    found = judge_phase([CLEAR[CPU]] * 3, ["it sent p99 30 ms late"])
    assert (found.kind, found.evidence) == (GENERATOR, ("it sent p99 30 ms late",))


def test_where_windows_do_not_agree_nothing_is_claimed():
    mixed = judge_phase([CLEAR[CPU], CLEAR[SERIAL], QUIET, CLEAR[IO], CLEAR[CPU]])
    assert mixed.kind == UNDETERMINED
    assert (
        "signs of CPU in 2 of 5 windows, lock or serialisation in 1 of 5 windows, I/O in 1"
        in mixed.evidence[-1]
    )
    most = judge_phase([CLEAR[CPU]] * 4 + [QUIET])
    assert (most.kind, most.agreeing, most.windows) == (CPU, 4, 5)


def test_nothing_near_a_limit_is_said_to_be_so():
    found = judge_phase([replace(QUIET, in_flight=0.3)] * 4)
    assert found.kind == UNDETERMINED
    assert found.idle
    assert found.evidence[0] == "nothing was near a limit"
    assert judge_phase([]).evidence == ("nothing was watched",)


def test_a_program_whose_cores_others_have_too_is_bound_by_cpu_but_one_that_waits_for_storage_is_not():
    starved = replace(QUIET, cpu=0.8, run_delay=3.0)
    assert judge_phase([starved] * 3).kind == CPU
    assert "others used the rest" in judge_phase([starved] * 3).evidence
    assert judge_phase([replace(starved, cpu=0.1)] * 3).kind == UNDETERMINED
    # Whoever waits for a core is not waiting for a lock, even where requests queue up.
    assert judge_phase([replace(starved, cpu=0.1, queueing=0.9)] * 3).kind == UNDETERMINED
    assert judge_phase([replace(starved, blocked=0.15)] * 3).kind == UNDETERMINED


def test_a_limit_that_is_reached_is_memory_where_pages_are_waited_for():
    limited = replace(QUIET, major_faults_per_s=8, limit_hits_per_s=40)
    found = judge_phase([limited] * 3)
    assert found.kind == MEMORY
    assert "its limit of memory was reached 40 times a second" in found.evidence
    # What reads and writes files fills what it may have, and waits for none of it.
    assert judge_phase([replace(limited, major_faults_per_s=0)] * 3).kind == UNDETERMINED
    assert judge_phase([replace(limited, limit_hits_per_s=0)] * 3).kind == UNDETERMINED


def test_churn_on_a_core_that_others_have_too_is_churn():
    starved = replace(CLEAR[ALLOCATION], cpu=0.2, system_cpu=0.18, minor_faults_per_s=60_000, run_delay=3.5)
    assert judge_phase([starved] * 3).kind == ALLOCATION
    # Few pages are no churn, however much of the little CPU is the kernel's.
    assert judge_phase([replace(starved, minor_faults_per_s=500, run_delay=0)] * 3).kind == UNDETERMINED


def test_a_quota_is_a_limit_of_cpu():
    found = judge_phase([replace(QUIET, cpu=0.5, throttled_ratio=0.4)] * 3)
    assert found.kind == CPU
    assert "throttled by its quota 40% of the time" in found.evidence


def test_idle_pools_are_no_lock():
    """Sleeping threads, each with a request of its own, and parked ones beside them: nobody waits for
    another."""
    pool = replace(QUIET, queueing=None, working=3.0, threads=16.0, in_flight=3.1)
    assert judge_phase([pool] * 4).kind == UNDETERMINED
    # One works while others have requests in hand and wait.
    assert judge_phase([replace(pool, working=1.0, in_flight=6.0)] * 4).kind == SERIAL
    # Nobody waits for those before it, whatever the threads do.
    assert judge_phase([replace(pool, working=1.0, queueing=0.05)] * 4).kind == UNDETERMINED
    # Without a backlog there is no lock to speak of.
    assert judge_phase([replace(pool, working=1.0, queueing=0.9, in_flight=0.8)] * 4).kind == UNDETERMINED


figures = st.one_of(st.none(), st.floats(0, 1e6))
shares = st.one_of(st.none(), st.floats(0, 1))
windows = st.builds(
    Window,
    seconds=st.just(1.0),
    cores=st.floats(0.5, 64),
    cpu=st.floats(0, 64),
    in_flight=st.floats(0, 1e4),
    system_cpu=figures,
    run_delay=figures,
    threads=figures,
    blocked=figures,
    working=figures,
    voluntary_switches_per_s=figures,
    minor_faults_per_s=figures,
    major_faults_per_s=figures,
    limit_hits_per_s=figures,
    storage_bytes_per_s=figures,
    memory_stall_ratio=shares,
    io_stall_ratio=shares,
    throttled_ratio=shares,
    queueing=shares,
    network_ratio=shares,
)


@given(st.lists(windows, max_size=8))
def test_whatever_the_figures_there_is_one_answer_with_evidence(some):
    found = judge_phase(some)
    assert found.kind in KINDS
    assert found.evidence
    assert 0 <= found.agreeing <= found.windows == len(some)
    if found.kind != UNDETERMINED:
        assert found.agreeing >= 0.6 * found.windows
