"""A run on virtual time against a backend that does exactly as it is told."""

from __future__ import annotations

import asyncio
import functools
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from pytest_rustide_load.codebase import CodebaseSpec, Landmark, generate_codebase
from pytest_rustide_load.engine import ScenarioRun, Session
from pytest_rustide_load.engine import flight as flight_module
from pytest_rustide_load.stats import Outcome, PhaseKind, RunRecord, summarise
from pytest_rustide_load.stats.samples import NEVER
from pytest_rustide_load.testing import FakeBackend, VirtualClock, run_virtually
from pytest_rustide_load.workload import OperationPattern, Range, Scenario, waited_for

ROOT = Path("/workspace")
CODEBASE = generate_codebase(CodebaseSpec(seed=1, loc=1_000, crates=2))


def scenario(*, rate: float = 20, duration_s: float = 10, warm_up_s: float = 2, timeout_s: float = 5, **more):
    return Scenario(
        name="test",
        description="",
        warm_up_s=warm_up_s,
        duration_s=duration_s,
        request_timeout_s=timeout_s,
        patterns=(
            OperationPattern("definition", Range(rate, rate)),
            OperationPattern("hover", Range(rate / 2, rate / 2)),
            *more.pop("patterns", ()),
        ),
        **more,
    )


def start(what: Scenario, backend: FakeBackend, *, seed: int = 7) -> ScenarioRun:
    clock = VirtualClock()
    session = Session(backend, clock)
    return ScenarioRun(
        what,
        codebase=CODEBASE,
        sessions=[session] * what.users,
        roots=[ROOT] * what.users,
        clock=clock,
        seed=seed,
        cpu_ns=lambda: 1,
    )


def run(what: Scenario, backend: FakeBackend, *, seed: int = 7) -> RunRecord:
    async def work():
        one = start(what, backend, seed=seed)
        await one.run()
        return one.record()

    return run_virtually(work())


@functools.cache
def utf16(path: str, line: int, column: int) -> int:
    """A column of the codebase, which is in bytes, as the session counts."""
    prefix = CODEBASE.text(path).split("\n")[line].encode()[:column].decode()
    return len(prefix.encode("utf-16-le")) // 2


@functools.cache
def landmarks_by_place(path: str) -> dict[tuple[int, int], Landmark]:
    marks = CODEBASE.oracle.landmarks(path=path)
    return {(mark.line, utf16(path, mark.line, mark.column)): mark for mark in marks}


def right_answers(method: str, params: dict) -> object:
    """What the oracle says, for definitions; for the rest something that is not empty."""
    if method == "textDocument/definition":
        path = params["textDocument"]["uri"].removeprefix("file:///workspace/")
        line, column = params["position"]["line"], params["position"]["character"]
        landmark = landmarks_by_place(path)[line, column]
        return [
            {
                "uri": f"file:///workspace/{place.path}",
                "range": {
                    "start": {"line": place.line, "character": utf16(place.path, place.line, place.column)},
                },
            }
            for place in CODEBASE.oracle.definition(landmark)
        ]
    return {"contents": "nothing about it"}


def assert_nothing_vanished(record: RunRecord) -> None:
    """Invariant: planned = sent + dropped; sent = the sum of the outcomes; nothing pends."""
    outcomes = Counter(sample.outcome for sample in record.samples)
    assert outcomes[Outcome.PENDING] == 0
    sent = [sample for sample in record.samples if sample.sent_ns != NEVER]
    assert len(record.samples) == len(sent) + outcomes[Outcome.DROPPED]
    assert all(sample.outcome != Outcome.DROPPED for sample in sent)
    assert all(sample.done_ns >= sample.sent_ns >= sample.intended_ns for sample in sent)
    measured = [sample for sample in record.samples if sample.phase == PhaseKind.MEASURE]
    assert record.generator.planned == record.generator.sent + record.generator.dropped == len(measured)


def test_a_constant_service_time_is_reported_as_it_was():
    record = run(scenario(), FakeBackend(service_s=lambda *_: 0.020, answer=right_answers))
    assert_nothing_vanished(record)
    definition = summarise(record, waited_for()).operations["definition"]
    assert definition.outcomes[Outcome.OK] == definition.planned
    for estimate in (definition.latency.p50_ns, definition.latency.p99_ns, definition.service.p99_ns):
        assert estimate.value == pytest.approx(20e6, abs=0.2e6)
    assert record.ended == "complete"
    assert record.generator.littles_law_error_ratio < 0.05


def test_percentiles_of_a_bimodal_server_agree_with_its_own_log():
    backend = FakeBackend(service_s=lambda _m, n: 0.2 if n % 10 == 0 else 0.004, answer=right_answers)
    record = run(scenario(rate=50, duration_s=60), backend)
    truth = [done.done_ns - done.arrived_ns for done in backend.log if done.method.endswith("definition")]
    operation = record.samples.operations.index("definition")
    columns = record.samples.columns()
    mine = columns["operation"] == operation
    measured = (columns["done_ns"] - columns["sent_ns"])[mine]
    for share in (0.5, 0.9, 0.95, 0.99):
        expected = float(np.quantile(truth, share))
        assert float(np.quantile(measured, share)) == pytest.approx(expected, rel=0.02, abs=0.2e6)


def test_a_stall_shows_from_the_intended_start_of_everything_it_delays():
    # One second in ten, a single-threaded server does nothing: whoever wanted something then, waited.
    def service(_method, _number):
        now_s = asyncio.get_running_loop().time()
        return max(0.001, 6.0 - now_s) if 5.0 <= now_s < 6.0 else 0.001

    record = run(scenario(rate=100, warm_up_s=0), FakeBackend(service_s=service, answer=right_answers))
    latency = summarise(record, waited_for()).operations["definition"].latency
    assert latency.p50_ns.value < 5e6
    assert latency.p99_ns.value > 800e6


def test_latency_counts_from_when_it_was_due_also_when_the_generator_is_late():
    async def work():
        backend = FakeBackend(answer=right_answers)
        one = start(scenario(warm_up_s=0), backend)

        async def hold_the_loop_up():
            await asyncio.sleep(3)
            # A callback that takes half a second of the loop's own time.
            asyncio.get_running_loop()._virtual.now_s += 0.5

        await asyncio.gather(one.run(), hold_the_loop_up())
        return one.record()

    record = run_virtually(work())
    assert_nothing_vanished(record)
    late = [sample for sample in record.samples if sample.sent_ns - sample.intended_ns > 100e6]
    assert late
    assert all(sample.latency_ns > sample.service_ns for sample in late)
    assert record.generator.send_lag_p99_ns > 10e6
    assert any("late" in reason for reason in record.generator.bottleneck_reasons)


def test_what_never_comes_is_a_censored_sample_and_is_cancelled():
    backend = FakeBackend(service_s=lambda _m, n: None if n % 5 == 0 else 0.001, answer=right_answers)
    record = run(scenario(timeout_s=3), backend)
    assert_nothing_vanished(record)
    lost = [sample for sample in record.samples if sample.outcome == Outcome.TIMEOUT]
    assert len(lost) == sum(done.done_ns is None for done in backend.log)
    assert all(sample.service_ns == pytest.approx(3e9, abs=50e6) for sample in lost)
    assert sum(method == "$/cancelRequest" for method, _ in backend.notifications) == len(lost)
    assert summarise(record, waited_for(), timeout_ns=3 * 10**9).overall.latency.p99_ns.is_lower_bound


def test_a_crash_ends_the_run_and_everything_in_flight_is_crashed():
    backend = FakeBackend(service_s=lambda *_: 0.5, answer=right_answers, crash_at_s=6.0)
    record = run(scenario(), backend)
    assert_nothing_vanished(record)
    assert record.ended == "crashed"
    assert record.crash_message == "it crashed as it was told to"
    outcomes = Counter(sample.outcome for sample in record.samples)
    assert outcomes[Outcome.CRASHED] >= 5
    assert outcomes[Outcome.OK] > 0
    assert max(sample.intended_ns for sample in record.samples) <= 6.1e9


def test_a_run_that_is_cut_short_keeps_what_it_measured():
    async def work():
        one = start(scenario(), FakeBackend(service_s=lambda *_: 0.3, answer=right_answers))
        task = asyncio.create_task(one.run())
        await asyncio.sleep(5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return one.record()

    record = run_virtually(work())
    assert_nothing_vanished(record)
    assert record.ended == "interrupted"
    outcomes = Counter(sample.outcome for sample in record.samples)
    assert outcomes[Outcome.OK] > 50
    assert 1 <= outcomes[Outcome.CANCELLED] <= 20
    assert record.measure_end_ns - record.measure_start_ns == pytest.approx(3e9, abs=0.1e9)


def test_beyond_the_bound_in_flight_operations_are_dropped_and_counted(monkeypatch):
    monkeypatch.setattr(flight_module, "MAX_IN_FLIGHT", 10)
    backend = FakeBackend(service_s=lambda *_: 1.0, answer=right_answers)
    record = run(scenario(rate=50), backend)
    assert_nothing_vanished(record)
    assert record.generator.dropped > 100


def test_answers_that_wait_to_be_judged_are_bounded_where_no_pause_is_long_enough(monkeypatch):
    monkeypatch.setattr(flight_module, "MAX_UNCHECKED", 10)
    waiting = []

    def answer(method, params):
        waiting.append(one._flight.unchecked)
        return right_answers(method, params)

    async def work():
        nonlocal one
        # Evenly one a millisecond, less than the pause in which answers are judged.
        one = start(scenario(rate=700, duration_s=2), FakeBackend(answer=answer))
        await one.run()
        return one.record()

    one = None
    assert_nothing_vanished(run_virtually(work()))
    assert len(waiting) > 1_000
    assert max(waiting) == 10


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (None, Outcome.EMPTY),
        ([], Outcome.EMPTY),
        (
            [{"uri": "file:///workspace/elsewhere.rs", "range": {"start": {"line": 1, "character": 2}}}],
            Outcome.WRONG,
        ),
        ({"what": "is this"}, Outcome.WRONG),
        ("text", Outcome.WRONG),
        (ValueError(-32801), Outcome.CONTENT_MODIFIED),
        (ValueError(-32800), Outcome.CANCELLED),
        (ValueError(-32802), Outcome.CANCELLED),
        (ValueError(-32603), Outcome.ERROR),
    ],
)
def test_each_kind_of_answer_is_an_outcome_of_its_own(answer, outcome):
    record = run(scenario(), FakeBackend(answer=lambda *_: answer))
    assert_nothing_vanished(record)
    definitions = {sample.outcome for sample in record.samples if sample.operation == "definition"}
    assert definitions == {outcome}
    if outcome == Outcome.WRONG:
        assert record.first_wrong
        assert record.safety.wrong_answers > 0


def test_a_second_reply_is_counted_and_changes_nothing():
    record = run(scenario(), FakeBackend(answer=right_answers, replies=2))
    assert_nothing_vanished(record)
    assert record.safety.duplicate_replies == len(record.samples)


def test_warm_up_is_never_measured():
    slow_at_first = FakeBackend(
        service_s=lambda *_: 0.4 if asyncio.get_running_loop().time() < 1.5 else 0.001, answer=right_answers
    )
    record = run(scenario(warm_up_s=2), slow_at_first)
    assert summarise(record, waited_for()).operations["definition"].latency.max_ns.value < 10e6
    assert any(sample.phase == PhaseKind.WARM_UP and sample.latency_ns > 300e6 for sample in record.samples)


def test_answers_stay_right_while_documents_are_edited():
    edits = OperationPattern("edit", Range(2, 2))
    backend = FakeBackend(answer=right_answers)
    asked = []

    def answer(method, params):
        heard = sum(method == "textDocument/didChange" for method, _ in backend.notifications)
        asked.append((heard, method, params))
        return {"contents": "x"}

    backend.answer = answer
    record = run(scenario(patterns=(edits,)), backend)
    assert_nothing_vanished(record)
    changes = [params for method, params in backend.notifications if method == "textDocument/didChange"]
    assert len(changes) == pytest.approx(24, abs=2)
    # Replaying the changes on the opened texts, every question points at an identifier when it is asked.
    texts = {uri: text.split("\n") for uri, text in backend.texts.items()}
    versions = dict.fromkeys(texts, 1)
    made = 0
    for heard, method, params in asked:
        for change in changes[made:heard]:
            uri = change["textDocument"]["uri"]
            assert change["textDocument"]["version"] == versions[uri] + 1
            versions[uri] += 1
            (edit,) = change["contentChanges"]
            texts[uri].insert(edit["range"]["start"]["line"], edit["text"].rstrip("\n"))
        made = heard
        if method == "textDocument/definition":
            line = texts[params["textDocument"]["uri"]][params["position"]["line"]]
            rest = line.encode("utf-16-le")[2 * params["position"]["character"] :].decode("utf-16-le")
            assert rest[:1].isidentifier()
    assert made > 20


def test_an_hour_of_plan_is_the_same_twice():
    what = scenario(rate=1, duration_s=3_600, warm_up_s=0)

    def columns():
        backend = FakeBackend(service_s=lambda _m, n: 0.001 * (n % 7 + 1), answer=right_answers)
        return run(what, backend).samples.columns()

    first, second = columns(), columns()
    assert len(first["sent_ns"]) == pytest.approx(5_400, abs=5)
    assert all(np.array_equal(first[name], second[name]) for name in first)


def test_a_run_can_be_looked_at_once_it_has_begun():
    async def work():
        one = start(scenario(), FakeBackend(service_s=lambda *_: 0.020, answer=right_answers))
        before = one.so_far()
        await one.run()
        return before, one.so_far(), one.record()

    before, seen, record = run_virtually(work())
    assert before is None
    assert seen is not None
    assert seen.samples is record.samples
    assert (seen.start_ns, seen.measure_start_ns) == (record.start_ns, record.measure_start_ns)
    assert seen.measure_end_ns == record.planned_end_ns == record.measure_end_ns
    assert seen.parts == record.parts
    assert len(record.presence) == 12
