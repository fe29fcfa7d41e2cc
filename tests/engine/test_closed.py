"""Users who wait for the answer before they ask again, and users who come and go."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from pytest_rustide_load.stats import Outcome
from pytest_rustide_load.stats.samples import NEVER
from pytest_rustide_load.testing import FakeBackend
from pytest_rustide_load.units import NS_PER_S
from pytest_rustide_load.workload import OperationPattern, Scenario
from pytest_rustide_load.workload.shape import LoadShape
from tests.engine.test_run import assert_nothing_vanished, right_answers, run


def closed(think_s: float = 0.5, **more) -> Scenario:
    return Scenario(
        name="closed",
        description="",
        patterns=(OperationPattern("definition", think_time_s=think_s),),
        **{"warm_up_s": 0, "duration_s": 60, **more},
    )


def test_the_next_question_waits_for_the_answer_and_for_a_thought():
    record = run(closed(), FakeBackend(service_s=lambda *_: 0.3, answer=right_answers))
    assert_nothing_vanished(record)
    samples = sorted(record.samples, key=lambda sample: sample.intended_ns)
    assert len(samples) > 40
    for before, after in pairwise(samples):
        assert after.intended_ns > before.done_ns
    thoughts = [(after.intended_ns - before.done_ns) / NS_PER_S for before, after in pairwise(samples)]
    assert np.mean(thoughts) == pytest.approx(0.5, rel=0.35)
    # Both are reported, what the user felt and what the server took; nobody was late here.
    assert all(sample.latency_ns - sample.service_ns < 1e6 for sample in samples)


def test_a_slower_server_is_asked_less_and_a_closed_loop_says_so_by_its_rate():
    fast = run(closed(), FakeBackend(service_s=lambda *_: 0.01, answer=right_answers))
    slow = run(closed(), FakeBackend(service_s=lambda *_: 2.0, answer=right_answers))
    assert slow.generator.achieved_per_s < fast.generator.achieved_per_s / 3
    assert slow.generator.offered_per_s == pytest.approx(slow.generator.achieved_per_s)


def test_a_user_whose_question_timed_out_asks_again():
    backend = FakeBackend(service_s=lambda _m, n: None if n == 3 else 0.01, answer=right_answers)
    record = run(closed(request_timeout_s=2), backend)
    assert_nothing_vanished(record)
    outcomes = [sample.outcome for sample in sorted(record.samples, key=lambda sample: sample.intended_ns)]
    lost = outcomes.index(Outcome.TIMEOUT)
    assert outcomes.count(Outcome.TIMEOUT) == 1
    assert len(outcomes) > lost + 10


def test_a_closed_loop_is_the_same_twice_and_a_users_own():
    def questions(users: int) -> dict[int, list[int]]:
        record = run(closed(users=users), FakeBackend(service_s=lambda *_: 0.05, answer=right_answers))
        by_user: dict[int, list[int]] = {}
        for sample in record.samples:
            by_user.setdefault(sample.user, []).append(sample.intended_ns)
        return by_user

    assert questions(2) == questions(2)
    # Another user changes nobody else's thoughts, where the server is not what they wait for.
    assert questions(3)[0] == questions(2)[0]


def test_users_who_are_not_there_yet_ask_nothing():
    coming = LoadShape("step", (("levels", (0.25, 0.5, 1.0)),))
    record = run(closed(users=4, presence=coming, duration_s=30), FakeBackend(answer=right_answers))
    assert_nothing_vanished(record)
    first = dict.fromkeys(range(4), 1000000000.0)
    for sample in record.samples:
        assert sample.sent_ns != NEVER
        first[sample.user] = min(first[sample.user], (sample.intended_ns - record.start_ns) / NS_PER_S)
    assert first[0] < 10
    assert 10 <= first[1] < 20
    assert 20 <= first[2] < 30
    assert 20 <= first[3] < 30
