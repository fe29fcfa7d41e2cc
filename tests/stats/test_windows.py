"""From a run's record to windows, and how much of an answer's time is a queue's."""

from __future__ import annotations

import numpy as np
import pytest

from pytest_rustide_load.stats import (
    GeneratorStats,
    Outcome,
    PhaseKind,
    ResourceSample,
    RunRecord,
    SafetyMetrics,
    SampleLog,
)
from pytest_rustide_load.stats.bottleneck import CPU, IO, NETWORK, SERIAL, UNDETERMINED
from pytest_rustide_load.stats.observed import HostSample, TreeDetails, WaitLook
from pytest_rustide_load.stats.windows import Circumstances, Phase, judge_phases, queueing_share

S = 1_000_000_000
MS = 1_000_000


def served(arrivals_ns, work_ns, servers):
    """When each is done: in order, by the first server that is free."""
    free = [0] * servers
    done = []
    for at in arrivals_ns:
        which = free.index(min(free))
        free[which] = max(free[which], at) + work_ns
        done.append(free[which])
    return np.array(done)


@pytest.mark.parametrize("load", [0.8, 0.95, 1.3])
@pytest.mark.parametrize(("servers", "low", "high"), [(1, 0.5, 1.0), (50, 0.0, 0.15)])
def test_one_after_the_other_shows_and_side_by_side_does_not(load, servers, low, high):
    random = np.random.default_rng(3)
    work_ns = 8 * MS
    gaps = random.exponential(work_ns / load, size=2_000)
    arrivals = gaps.cumsum().astype(np.int64)
    share = queueing_share(arrivals, served(arrivals.tolist(), work_ns, servers))
    assert share is not None
    assert low <= share <= high


@pytest.mark.parametrize("stall_ms", [100, 300, 1_000])
def test_a_stall_of_the_whole_machine_is_no_queue(stall_ms):
    """Everything stands still for a moment, twice in ten seconds: what was sent meanwhile is slow
    together."""
    random = np.random.default_rng(5)
    arrivals = np.sort(random.integers(0, 10 * S, size=1_500))
    done = arrivals + 20 * MS
    for start in (3 * S, 7 * S):
        end = start + stall_ms * MS
        held = (done > start) & (arrivals < end)
        done[held] = np.maximum(done[held], end + random.integers(0, 5 * MS, size=held.sum()))
    share = queueing_share(arrivals, done)
    assert share is not None
    assert share < 0.35


def test_where_the_queue_never_changes_nothing_is_told_of_it():
    sent = np.arange(0, 100 * S, S)
    assert queueing_share(sent, sent + 5 * MS) is None
    assert queueing_share(sent[:10], sent[:10] + MS) is None


def record(*, cpu=0.1, blocked=0, moved=0, waits=(), servers=100, reasons=()):
    """Ten seconds of twenty requests a second, of 150 ms each unless they wait for one another."""
    log = SampleLog(["hover"])
    random = np.random.default_rng(1)
    arrivals = np.sort(random.integers(S, 11 * S, size=200))
    for at, done in zip(
        arrivals, served(arrivals.tolist(), 150 * MS if servers > 1 else 45 * MS, servers), strict=True
    ):
        row = log.add(0, 0, PhaseKind.MEASURE, int(at), int(at))
        log.finish(row, int(done), Outcome.OK)
    resources = [
        ResourceSample(
            at * S // 10,
            100,
            round(at * cpu * S / 10),
            1,
            4,
            0,
            0,
            read_bytes=0,
            write_bytes=at * moved // 10,
            minor_faults=0,
            major_faults=0,
            system_cpu_ns=0,
        )
        for at in range(10, 111)
    ]
    threads = [TreeDetails(at * S // 2, 0, blocked, 4, 9, 0, 0, 0) for at in range(2, 23)]
    host = [HostSample(at * S, 0.1, 1, 1, 0, 0, 0) for at in range(1, 12)]
    generator = GeneratorStats(200, 200, 0, 20.0, 20.0, 0, 0, 0, 0.1, 0.0, tuple(reasons))
    return RunRecord(
        "demo",
        1,
        "",
        0,
        S,
        11 * S,
        11 * S,
        log,
        generator,
        SafetyMetrics(),
        tuple(resources),
        threads=tuple(threads),
        host=tuple(host),
        waits=tuple(waits),
    )


def kind(found, **around):
    (phase,) = judge_phases(found, (), Circumstances(cores=1.0, **around))
    assert (phase.name, phase.start_ns, phase.end_ns) == ("", S, 11 * S)
    return phase.found.kind


def test_a_record_has_the_bottleneck_that_was_put_into_it():
    assert kind(record()) == UNDETERMINED
    assert kind(record(cpu=0.98)) == CPU
    assert kind(record(blocked=1, moved=2_000_000)) == IO
    assert kind(record(blocked=1)) == UNDETERMINED
    assert kind(record(servers=1)) == SERIAL
    assert kind(record(), network_ns=140 * MS) == NETWORK
    assert kind(record(), network_ns=20 * MS) == UNDETERMINED


def test_in_a_diagnosis_threads_that_do_nothing_speak_against_a_lock():
    looks = [WaitLook(at * S // 20, 20, 0, 12, 8) for at in range(20, 221)]
    assert kind(record(servers=1, waits=looks)) == UNDETERMINED


def test_every_named_phase_is_judged_and_a_record_without_figures_says_so():
    parts = [Phase("a", S, 5 * S), Phase("b", 5 * S, 11 * S), Phase("never", 11 * S, 12 * S)]
    found = judge_phases(record(cpu=0.98), parts, Circumstances(cores=1.0))
    assert [(one.name, one.found.kind) for one in found] == [("a", CPU), ("b", CPU)]
    assert [one.found.windows for one in found] == [4, 6]
    bare = RunRecord(
        "demo", 1, "", 0, S, 3 * S, 3 * S, SampleLog(["hover"]), record().generator, SafetyMetrics()
    )
    (nothing,) = judge_phases(bare, (), Circumstances(cores=1.0))
    assert nothing.found.evidence == ("nothing was watched",)
