"""A run second by second, from its record."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.report.timeline import Timeline
from pytest_rustide_load.report.timeline_build import build_timeline
from pytest_rustide_load.stats import (
    NEVER,
    GeneratorStats,
    Outcome,
    PartOfRun,
    PhaseKind,
    ResourceSample,
    RunRecord,
    SafetyMetrics,
    SampleLog,
)
from pytest_rustide_load.stats.merged import Counted
from pytest_rustide_load.stats.observed import HostSample, TreeDetails
from pytest_rustide_load.stats.outages import FaultEvent, Outage
from pytest_rustide_load.stats.tally import tally_of

S = 1_000_000_000
MS = 1_000_000
MB = 1_000_000
TIMEOUT_NS = 10 * S
GENERATOR = GeneratorStats(0, 0, 0, 0.0, 0.0, 0, 0, 0, 0.0, 0.0)


def record(*operations: tuple[str, float, float, Outcome], **changes) -> RunRecord:
    """Two seconds of warm-up from second 10 on, then four measured; operations are due at a second of the
    measured time and take so many milliseconds."""
    log = SampleLog(["hover", "edit", "startup"])
    for name, due_s, took_ms, outcome in operations:
        due_ns = round((12 + due_s) * S)
        phase = PhaseKind.WARM_UP if due_s < 0 else PhaseKind.MEASURE
        sent_ns = NEVER if outcome is Outcome.DROPPED else due_ns
        row = log.add(log.operations.index(name), 0, phase, due_ns, sent_ns)
        log.finish(row, due_ns + round(took_ms * MS), outcome)
    base = RunRecord("demo", 1, "", 10 * S, 12 * S, 16 * S, 16 * S, log, GENERATOR, SafetyMetrics())
    return replace(base, **{"presence": (1, 1, 2, 2, 3, 3)} | changes)


def timeline(*operations: tuple[str, float, float, Outcome], **changes) -> Timeline:
    found = build_timeline(record(*operations, **changes), {"hover"}, timeout_ns=TIMEOUT_NS)
    assert found is not None
    return found


def test_rows_are_seconds_of_the_measured_time_and_the_warm_up_lies_before():
    found = timeline()
    assert (found.start_s, found.step_s, found.rows) == (-2, 1, 6)
    assert (found.begun_s, found.ended_s) == (-2, 4)
    assert found.users == (1, 1, 2, 2, 3, 3)
    assert [(span.kind, span.start_s, span.end_s) for span in found.spans] == [("warm-up", -2, 0)]
    assert found.backend is found.host is found.generator is None


def test_a_warm_up_of_no_whole_seconds_begins_within_its_first_row():
    found = timeline(start_ns=round(10.5 * S), measure_end_ns=round(15.2 * S))
    assert (found.start_s, found.rows, found.begun_s, found.ended_s) == (-2, 6, -1.5, 3.2)
    # A second of presence lies in two rows then.
    assert found.users == (1, 1, 2, 2, 3, 3)


def test_operations_are_planned_when_due_and_end_when_they_end():
    found = timeline(
        ("hover", -1.5, 10, Outcome.OK),
        ("hover", 0.5, 700, Outcome.OK),
        ("hover", 0.6, 10, Outcome.OK),
        ("hover", 1.0, 5, Outcome.WRONG),
        ("hover", 1.1, 5, Outcome.CANCELLED),
        ("edit", 1.5, 1, Outcome.OK),
        ("hover", 3.9, 500, Outcome.OK),
    )
    hover = found.operations["hover"]
    assert hover.planned == (1, 0, 2, 2, 0, 1)
    assert hover.ok == (1, 0, 1, 1, 0, 0)
    assert hover.wrong == (0, 0, 0, 1, 0, 0)
    assert hover.withdrawn == (0, 0, 0, 1, 0, 0)
    assert hover.p50_ms == (10, None, 355, None, None, 500)
    assert hover.max_ms == (10, None, 700, None, None, 500)
    assert found.overall == hover
    assert found.operations["edit"].ok == (0, 0, 0, 1, 0, 0)
    assert found.in_flight_avg == (0.01, 0, 0.51, 0.21, 0, 0.1)


def test_what_never_ended_counts_for_at_least_as_long_as_anybody_waits():
    found = timeline(
        ("hover", 0, 1, Outcome.DROPPED),
        ("hover", 1, 1, Outcome.CRASHED),
        ("hover", 2, 3000, Outcome.TIMEOUT),
    )
    assert found.overall.p50_ms == (None, None, 10_000, 10_000, 3_000, None)
    assert found.overall.failed == (0, 0, 1, 1, 0, 0)
    assert found.in_flight_avg[2] == 0


def test_the_start_of_a_backend_is_in_no_row():
    found = timeline(("startup", -9, 6000, Outcome.OK), ("hover", 0, 1, Outcome.OK))
    assert set(found.operations) == {"hover"}


OPERATIONS = st.tuples(
    st.sampled_from(["hover", "edit"]),
    st.floats(-1.99, 3.99),
    st.floats(0, 3000),
    st.sampled_from([kind for kind in Outcome if kind is not Outcome.PENDING]),
)


@given(st.lists(OPERATIONS, max_size=40))
def test_nothing_vanishes(operations):
    found = timeline(*operations)
    rows = [row for name in found.operations for row in [found.operations[name]]]
    assert sum(sum(row.planned) for row in rows) == len(operations)
    ended = sum(sum(row.ok + row.wrong + row.failed + row.withdrawn) for row in rows)
    late = sum(due_s + round(took_ms * MS) / S >= 4 for _, due_s, took_ms, _ in operations)
    assert ended == pytest.approx(len(operations) - late, abs=1)
    columns = [column for row in rows for column in msgspec.structs.astuple(row)]
    assert {len(column) for column in columns} <= {found.rows}


def test_the_backend_the_machine_and_the_generator_are_on_the_same_axis():
    looks = [
        ResourceSample(
            at_ns=10 * S + tick * S // 10,
            rss_bytes=(100 if tick < 20 else 200) * MB + (50 * MB if tick == 35 else 0),
            cpu_ns=tick * S // 10 // 2,
            process_count=2 if tick == 41 else 1,
            thread_count=8,
            generator_cpu_ns=tick * S // 100,
            generator_rss_bytes=60 * MB,
            pss_bytes=90 * MB if tick == 12 else None,
            read_bytes=tick * MB,
            write_bytes=None,
            minor_faults=tick * 3,
        )
        for tick in range(61)
    ]
    threads = [
        TreeDetails(10 * S + tick * S // 2, tick % 2, 1, 6, 9, tick * 50, 0, tick * S // 20)
        for tick in range(13)
    ]
    host = [
        HostSample(10 * S + tick * S, 0.25 + tick / 10, 8_000 * MB, 4_000 * MB, tick * S // 5)
        for tick in range(7)
    ]
    found = timeline(resources=tuple(looks), threads=tuple(threads), host=tuple(host))
    backend, machine, generator = found.backend, found.host, found.generator
    assert backend is not None
    assert machine is not None
    assert generator is not None
    assert backend.rss_peak_mb == (100, 100, 200, 250, 200, 200)
    assert backend.rss_avg_mb[3] == pytest.approx(205)
    assert backend.cpu_percent == (50,) * 6
    assert backend.pss_mb == (None, 90, None, None, None, None)
    assert backend.processes == (1, 1, 1, 1, 2, 1)
    assert backend.read_mb_per_s == (10,) * 6
    assert backend.write_mb_per_s == (None,) * 6
    assert backend.minor_faults_per_s == (30,) * 6
    assert backend.voluntary_switches_per_s == (100,) * 6
    assert backend.run_delay_percent == (10,) * 6
    assert backend.threads_running == (0.5,) * 6
    assert (backend.descriptors, backend.threads_blocked) == ((9,) * 6, (1,) * 6)
    # Each look tells of the second before it.
    assert machine.cpu_percent == pytest.approx((35, 45, 55, 65, 75, 85))
    assert machine.cpu_stall_percent == (20,) * 6
    assert machine.io_stall_percent == (None,) * 6
    assert generator.cpu_percent == (10,) * 6


def test_stages_are_spans_as_far_as_the_run_got():
    parts = (PartOfRun("type", 1, 0.25, is_baseline=True), PartOfRun("refactor", 1, 0.75))
    spans = [(span.name, span.start_s, span.end_s) for span in timeline(parts=parts).spans]
    assert spans == [("warm-up", -2, 0), ("type", 0, 1), ("refactor", 1, 4)]
    for planned_s, expected in ((20, [("type", 0, 4)]), (8, [("type", 0, 2), ("refactor", 2, 4)])):
        cut = timeline(parts=parts, planned_end_ns=(12 + planned_s) * S, ended="crashed")
        assert [(span.name, span.start_s, span.end_s) for span in cut.spans[1:]] == expected


def test_faults_and_times_without_a_backend_are_spans():
    outages = (Outage((0,), 13 * S, "killed", 1, 14 * S), Outage((0,), 15 * S, "killed"))
    fault = FaultEvent("process_restart", struck_ns=12 * S + S // 2)
    spans = [span for span in timeline(outages=outages, fault=fault).spans if span.kind != "warm-up"]
    assert [(span.start_s, span.end_s) for span in spans] == [(0.5, 0.5), (1, 2), (3, 4)]
    assert [(span.kind, span.name) for span in spans[:2]] == [
        ("fault", "process_restart"),
        ("gone", "no backend"),
    ]


def test_a_run_of_many_hours_has_wider_rows():
    found = timeline(("hover", 7195, 1, Outcome.OK), measure_end_ns=(12 + 7200) * S, presence=())
    assert (found.step_s, found.rows, found.start_s) == (5, 1441, -5)
    assert found.overall.planned[-1] == 1


def test_a_run_that_ended_before_it_was_measured_has_no_timeline():
    assert build_timeline(record(measure_end_ns=12 * S), {"hover"}, timeout_ns=TIMEOUT_NS) is None


MEASURED = st.lists(
    st.tuples(
        st.sampled_from(["hover", "edit"]),
        st.floats(0, 3.99),
        st.floats(0.1, 3_000),
        st.sampled_from([one for one in Outcome if one is not Outcome.PENDING]),
    ),
    max_size=60,
)


@given(MEASURED)
def test_counts_make_the_same_rows_as_samples(operations):
    whole = record(*operations)
    tally = tally_of(
        whole.samples.columns(),
        measure_start_ns=whole.measure_start_ns,
        measure_end_ns=whole.measure_end_ns,
        timeout_ns=TIMEOUT_NS,
        answered=(0,),
    )
    in_flight = [(whole.start_ns + second * S, 3) for second in range(7)]
    empty = replace(whole, samples=SampleLog(whole.samples.operations))
    of_samples = build_timeline(whole, {"hover"}, timeout_ns=TIMEOUT_NS)
    of_counts = build_timeline(
        empty, {"hover"}, timeout_ns=TIMEOUT_NS, counted=Counted(tally, in_flight, alerts=())
    )
    assert of_samples is not None
    assert of_counts is not None
    assert (of_counts.rows, of_counts.users, of_counts.spans) == (6, of_samples.users, of_samples.spans)
    assert of_counts.in_flight_avg == (3,) * 6
    assert set(of_counts.operations) == set(of_samples.operations)
    for names, mine, theirs in [
        ({"hover"}, of_counts.overall, of_samples.overall),
        *(({name}, of_counts.operations[name], one) for name, one in of_samples.operations.items()),
    ]:
        assert mine.planned == theirs.planned
        assert mine.ok == theirs.ok
        for column in ("p50_ms", "p95_ms", "p99_ms", "max_ms"):
            for counted, exact in zip(getattr(mine, column), getattr(theirs, column), strict=True):
                assert counted == (None if exact is None else pytest.approx(exact, rel=0.005, abs=0.002))
        # These count by when they were due, where nobody knows when they ended.
        due = [sum(kind) for kind in (mine.wrong, mine.failed, mine.withdrawn)]
        kinds = {Outcome.WRONG: 0, Outcome.EMPTY: 0, Outcome.CANCELLED: 2, Outcome.CONTENT_MODIFIED: 2}
        counts = [0, 0, 0]
        for name, _, _, outcome in operations:
            if outcome is not Outcome.OK and name in names:
                counts[kinds.get(outcome, 1)] += 1
        assert due == counts
