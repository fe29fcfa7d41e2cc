"""What users of different kinds do to a run: patience, favourites, what a server does not offer; and that the
rates a scenario states are those of its samples."""

from __future__ import annotations

from collections import Counter

import pytest

from pytest_rustide_load.codebase import CodebaseSpec, generate_codebase
from pytest_rustide_load.engine import ScenarioRun, Session
from pytest_rustide_load.engine.slips import Slips
from pytest_rustide_load.engine.targets import Targets
from pytest_rustide_load.seeds import seeded_random
from pytest_rustide_load.stats import Outcome, RunRecord
from pytest_rustide_load.testing import FakeBackend, VirtualClock, run_virtually
from pytest_rustide_load.workload import ErrorRates, OperationPattern, Range, Scenario
from pytest_rustide_load.workload.scenario import Stage
from tests.engine.test_run import CODEBASE, ROOT, assert_nothing_vanished, run

LARGER = generate_codebase(CodebaseSpec(seed=1, loc=4_000))


def hovering(**more) -> Scenario:
    pattern = OperationPattern("hover", Range(20, 20))
    return Scenario(
        name="s", description="", warm_up_s=0, duration_s=20, patterns=(pattern,), **{"users": 1, **more}
    )


def test_a_user_without_patience_cancels_what_is_slow_and_not_what_is_fast():
    slow, fast = FakeBackend(service_s=lambda *_: 1.0), FakeBackend(service_s=lambda *_: 0.0)
    counts = []
    for backend in (slow, fast):
        record = run(hovering(errors=ErrorRates(cancelled=0.5)), backend)
        assert_nothing_vanished(record)
        cancelled = sum(sample.outcome == Outcome.CANCELLED for sample in record.samples)
        told = sum(method == "$/cancelRequest" for method, _ in backend.notifications)
        assert told == cancelled
        counts.append(cancelled)
    assert counts[0] == pytest.approx(200, rel=0.25)
    assert counts[1] == 0


def test_a_closed_loop_goes_on_after_a_question_was_given_up():
    pattern = OperationPattern("hover", think_time_s=0.5)
    record = run(
        Scenario(
            name="s",
            description="",
            warm_up_s=0,
            duration_s=60,
            patterns=(pattern,),
            errors=ErrorRates(cancelled=1),
        ),
        FakeBackend(service_s=lambda *_: 5.0),
    )
    assert len(record.samples) > 50
    assert {sample.outcome for sample in record.samples} == {Outcome.CANCELLED}


def test_completions_are_abandoned_and_other_questions_cancelled():
    slips = Slips(ErrorRates(abandoned=1, cancelled=0), seed=1, user=0)
    assert all(slips.patience_ns("completion") is not None for _ in range(50))
    assert all(slips.patience_ns("hover") is None for _ in range(50))
    assert Slips(ErrorRates(), seed=1, user=0).patience_ns("completion") is None


def test_favourites_follow_zipf():
    files = LARGER.rust_paths[:6]
    random = seeded_random(1, "test")
    draws = [int(random.random() * 2**64) for _ in range(6_000)]
    targets = Targets(LARGER, files, zipf=1.0)
    counts = Counter(targets.file(draw) for draw in draws)
    harmonic = sum(1 / rank for rank in range(1, 7))
    for rank, path in enumerate(files, start=1):
        assert counts[path] == pytest.approx(6_000 / rank / harmonic, rel=0.15)
    places = Counter(mark.path for draw in draws if (mark := targets.landmark("hover", draw)) is not None)
    assert places[files[0]] > 3 * places[files[5]]


def test_what_a_server_does_not_announce_is_not_asked_and_said():
    async def work() -> tuple[RunRecord, FakeBackend]:
        backend, clock = FakeBackend(), VirtualClock()
        backend.capabilities = {"hoverProvider": True}
        session = Session(backend, clock)
        await session.initialize(ROOT, timeout_s=5)
        what = hovering()
        patterns = (*what.patterns, OperationPattern("code_lens", Range(5, 5)))
        patterns = (*patterns, OperationPattern("type_definition", think_time_s=1.0))
        stages = (Stage("all", 1.0, (OperationPattern("inlay_hints", Range(5, 5)),)),)
        one = ScenarioRun(
            Scenario(name="s", description="", warm_up_s=0, duration_s=20, patterns=patterns, stages=stages),
            codebase=CODEBASE,
            sessions=[session],
            roots=[ROOT],
            clock=clock,
            seed=1,
            cpu_ns=lambda: 1,
        )
        await one.run()
        return one.record(), backend

    record, backend = run_virtually(work())
    assert record.not_offered == ("code_lens", "inlay_hints", "type_definition")
    assert {sample.operation for sample in record.samples} == {"hover"}
    assert {one.method for one in backend.log} == {"textDocument/hover"}
