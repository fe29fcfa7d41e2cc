"""Shares of one run: some of its users, told of as it goes on, and forgotten where it is too long."""

from __future__ import annotations

import asyncio
from collections import Counter

import numpy as np
import pytest

from pytest_rustide_load.engine import Session, TellingRun
from pytest_rustide_load.stats import RunRecord
from pytest_rustide_load.testing import FakeBackend, VirtualClock, run_virtually
from pytest_rustide_load.workload import ErrorRates, OperationPattern, Range, Scenario
from tests.engine.test_run import CODEBASE, ROOT

USERS = 5
START_S = 3
SCENARIO = Scenario(
    name="s",
    description="",
    users=USERS,
    warm_up_s=1,
    duration_s=20,
    arrivals="poisson",
    errors=ErrorRates(cancelled=0.2),
    patterns=(OperationPattern("hover", Range(4, 8)), OperationPattern("definition", Range(1, 2))),
)


def share(numbers: list[int], *, forgets: bool = False) -> tuple[RunRecord, list[dict[str, np.ndarray]]]:
    """The run of these users, begun at a moment that was said before, and what it told once a second."""

    async def work() -> tuple[RunRecord, list[dict[str, np.ndarray]]]:
        clock = VirtualClock()
        backends = [FakeBackend(service_s=lambda _, number: 0.05 + number % 7 * 0.4) for _ in numbers]
        sessions = [Session(backend, clock) for backend in backends]
        for session in sessions:
            await session.initialize(ROOT)
        run = TellingRun(
            SCENARIO,
            codebase=CODEBASE,
            sessions=sessions,
            roots=[ROOT] * len(numbers),
            clock=clock,
            seed=4,
            cpu_ns=lambda: 0,
            numbers=numbers,
        )
        running = asyncio.ensure_future(run.run(START_S * 10**9))
        told = []
        while not running.done():
            await asyncio.wait({running}, timeout=1)
            told.append(run.settled())
            if forgets:
                run.forget_settled()
        await running
        record = run.record()
        told.append(run.settled())
        return record, told

    return run_virtually(work())


def arrivals(told: list[dict[str, np.ndarray]]) -> Counter[tuple[int, ...]]:
    columns = ("user", "operation", "intended_ns", "phase")
    rows = zip(*(np.concatenate([one[name] for one in told]).tolist() for name in columns), strict=True)
    return Counter(rows)


def test_shares_of_the_users_are_together_the_whole_run_at_the_same_moments():
    whole, told = share(list(range(USERS)))
    assert whole.start_ns == START_S * 10**9
    assert arrivals(told) == Counter(
        (one.user, whole.samples.operations.index(one.operation), one.intended_ns, int(one.phase))
        for one in whole.samples
    )
    parts = [arrivals(share(numbers)[1]) for numbers in ([0, 3], [1, 4], [2])]
    assert sum(parts, Counter()) == arrivals(told)
    # Each row was told once, and most of them long before the end.
    assert max(arrivals(told).values()) == 1
    assert sum(len(one["user"]) for one in told[: len(told) // 2]) > len(whole.samples) / 3


@pytest.mark.parametrize("numbers", [[0, 1], [2, 4]])
def test_what_is_forgotten_was_told_and_is_the_same(numbers):
    record, told = share(numbers)
    kept, told_too = share(numbers, forgets=True)
    assert arrivals(told_too) == arrivals(told)
    assert len(kept.samples) < len(record.samples) / 4
    assert len(kept.events) == 0
    # The slowest requests are known by then.
    assert kept.slowest == record.slowest
    assert len(kept.slowest) == 5
    for name in ("outcome", "done_ns", "sent_ns"):
        one, other = (np.sort(np.concatenate([part[name] for part in both])) for both in (told, told_too))
        assert np.array_equal(one, other)
