"""What a run reports against the log of a server whose every delay is known, and that no operation is lost.

On real pipes to a real process: a machine that does other things delays what is read, and that is measured
too. So the closest of a few runs counts; what the generator itself gets wrong is wrong in each of them.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_rustide_load.cli import generator_figures
from pytest_rustide_load.codebase import CodebaseSpec, generate_codebase
from pytest_rustide_load.engine import ScenarioRun, Session, new_event_loop
from pytest_rustide_load.engine import flight as flight_module
from pytest_rustide_load.stats import Outcome, PhaseKind, SampleLog, summarise
from pytest_rustide_load.stats.samples import NEVER
from pytest_rustide_load.testing import FakeBackend, VirtualClock, run_virtually
from pytest_rustide_load.workload import OperationPattern, Plan, Range, Scenario, waited_for
from tests.unhurried import watched

CODEBASE = generate_codebase(CodebaseSpec(seed=1, loc=1_000))
TRIES = 5
SERVERS = {
    "constant": ("--delays-ms", "5"),
    "bimodal": ("--delays-ms", "2,2,2,20"),
    # Three of ten requests come while it stands still: no percentile lies where the waiting begins, and one
    # answer differs from the next by as much as a machine may add.
    "stalling": ("--stall-ms", "1000,300"),
}


def measure(server):
    """Percentiles of the response time in ms: as reported, and by the server's log."""

    async def work():
        return await generator_figures._open_loop(CODEBASE, 200, 2.0, server=server)

    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        one = runner.run(work())
    assert one.vanished == 0
    # The server answers with null, which is no place; here every answer counts.
    samples = SampleLog(("definition",))
    for sample in one.record.samples:
        row = samples.add(0, 0, sample.phase, sample.intended_ns, sample.sent_ns)
        samples.finish(row, sample.done_ns, Outcome.OK)
    record = replace(one.record, samples=samples)
    reported = summarise(record, waited_for(), timeout_ns=10**10).operations["definition"].latency
    measured = samples.columns()["phase"] == PhaseKind.MEASURE
    assert reported.count == np.count_nonzero(measured) > 300
    truth = one.true_latency_ns[measured]
    return [
        (getattr(reported, f"p{share}_ns").value / 1e6, float(np.quantile(truth, share / 100)) / 1e6)
        for share in (50, 90, 95)
    ]


@pytest.mark.alone
@pytest.mark.parametrize("name", SERVERS)
def test_reported_percentiles_are_those_of_the_servers_own_log(name):
    tried, busy = [], []
    for _ in range(TRIES):
        with watched() as machine:
            tried.append(measure(SERVERS[name]))
        busy.append(machine.was_busy)
        if all(abs(told - true) <= max(0.02 * true, 0.2) for told, true in tried[-1]) and is_as_told(
            name, *(true for _, true in tried[-1])
        ):
            return
    if all(busy):
        pytest.skip("the machine does too much else")
    pytest.fail(f"reported and true p50, p90, p95 in ms: {tried}")


def is_as_told(name: str, p50: float, p90: float, p95: float) -> bool:
    """Whether the truth is what the server was told to be."""
    if name == "constant":
        return 5 <= p50 <= p95 < 20
    if name == "bimodal":
        return 2 <= p50 < 10 and p90 >= 20
    return p50 < 10 and p95 > 200


ENDINGS = ("complete", "cancelled", "crashed")
outcomes_of_a_request = st.sampled_from([0.0, 0.001, 0.05, 0.7, None])


@settings(max_examples=40, deadline=None)
@given(
    ending=st.sampled_from(ENDINGS),
    when_s=st.floats(0.0, 6.0),
    services=st.lists(outcomes_of_a_request, min_size=1, max_size=7),
    bound=st.sampled_from([3, 4_096]),
)
def test_planned_is_sent_plus_dropped_and_sent_is_the_sum_of_outcomes_however_a_run_ends(
    ending, when_s, services, bound
):
    scenario = Scenario(
        name="sums",
        description="",
        warm_up_s=1,
        duration_s=4,
        request_timeout_s=0.5,
        patterns=(
            OperationPattern("definition", Range(20, 20)),
            OperationPattern("edit", Range(5, 5)),
        ),
    )
    backend = FakeBackend(
        service_s=lambda _method, number: services[number % len(services)],
        crash_at_s=when_s if ending == "crashed" else None,
    )

    async def work():
        clock = VirtualClock()
        one = ScenarioRun(
            scenario,
            codebase=CODEBASE,
            sessions=[Session(backend, clock)],
            roots=[Path("/workspace")],
            clock=clock,
            seed=3,
            cpu_ns=lambda: 1,
        )
        task = asyncio.create_task(one.run())
        if ending == "cancelled":
            await asyncio.sleep(when_s)
            task.cancel()
        await asyncio.wait([task])
        return one.record(), clock.now_ns()

    before, flight_module.MAX_IN_FLIGHT = flight_module.MAX_IN_FLIGHT, bound
    try:
        record, end_ns = run_virtually(work())
    finally:
        flight_module.MAX_IN_FLIGHT = before
    measured = [sample for sample in record.samples if sample.phase == PhaseKind.MEASURE]
    ends = Counter(sample.outcome for sample in measured)
    assert Outcome.PENDING not in ends
    generator = record.generator
    assert generator.planned == len(measured) == generator.sent + generator.dropped
    assert generator.dropped == ends[Outcome.DROPPED] == sum(sample.sent_ns == NEVER for sample in measured)
    assert generator.sent == sum(count for kind, count in ends.items() if kind != Outcome.DROPPED)
    summary = summarise(record, waited_for(), timeout_ns=500_000_000)
    assert sum(part.planned for part in summary.operations.values()) == len(measured)
    # Everything that was due before the end is there.
    due = [arrival.intended_ns for arrival in Plan(scenario, seed=3)]
    if record.ended == "complete":
        assert len(record.samples) == len(due)
    else:
        until_ns = min(end_ns, round(when_s * 1e9))
        assert len(record.samples) >= sum(intended_ns < until_ns for intended_ns in due)
        assert record.ended == ("interrupted" if ending == "cancelled" else "crashed")
