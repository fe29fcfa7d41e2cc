"""Editors that drive the traffic: keystrokes in, an editor's requests out, nothing lost on the way."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from pytest_rustide_load.engine import ScenarioRun, Session
from pytest_rustide_load.lsp.documents import DocumentBuffer, Edit, Position
from pytest_rustide_load.lsp.profiles import EDITOR_PROFILES
from pytest_rustide_load.stats import Outcome
from pytest_rustide_load.stats.derived import derive_times
from pytest_rustide_load.testing import FakeBackend, VirtualClock, run_virtually
from pytest_rustide_load.workload import OPERATIONS, OperationPattern, Range, Scenario
from pytest_rustide_load.workload.edits import EditMix
from pytest_rustide_load.workload.scenario import EDITORS
from tests.engine.test_run import CODEBASE, ROOT, assert_nothing_vanished

EDITING = tuple(name for name in EDITORS if name != "raw")


def answers(method: str, params) -> object:
    """Something of the right shape for every method an editor asks."""
    if method == "textDocument/completion":
        return {"isIncomplete": True, "items": [{"label": "alpha"}, {"label": "beta"}]}
    if method == "completionItem/resolve":
        return params
    if method.startswith("textDocument/semanticTokens"):
        return {"resultId": "1", "data": [], **({"edits": []} if method.endswith("delta") else {})}
    if method == "textDocument/diagnostic":
        return {"kind": "full", "resultId": "d", "items": []}
    if method == "textDocument/signatureHelp":
        return {"signatures": [{"label": "fn f()"}]}
    return []


def scenario(editor: str, *, rate: float = 8, **more) -> Scenario:
    return Scenario(
        name="editing",
        description="",
        editor=editor,
        edits=EditMix(places={"comment": 1, "body": 2, "item": 1}),
        patterns=(OperationPattern("edit", Range(rate, rate)), *more.pop("patterns", ())),
        **{"warm_up_s": 1, "duration_s": 20, **more},
    )


def run(what: Scenario, backend: FakeBackend, *, meanwhile=None, seed: int = 5):
    async def work():
        clock = VirtualClock()
        session = Session(backend, clock)
        one = ScenarioRun(
            what,
            codebase=CODEBASE,
            sessions=[session] * what.users,
            roots=[ROOT] * what.users,
            clock=clock,
            seed=seed,
            cpu_ns=lambda: 1,
        )
        if meanwhile is not None:
            meanwhile()
        await one.run()
        return one.record()

    return run_virtually(work())


def test_a_scenario_may_name_every_editor_there_is():
    assert sorted(EDITORS) == sorted(EDITOR_PROFILES)


@pytest.mark.parametrize("editor", EDITORS)
def test_the_server_holds_the_users_text_and_nothing_vanishes(editor):
    backend = FakeBackend(service_s=lambda *_: 0.02, answer=answers)
    record = run(scenario(editor), backend)
    assert record.ended == "complete"
    assert_nothing_vanished(record)
    edits = [sample for sample in record.samples if sample.operation == "edit"]
    assert len(edits) == pytest.approx(8 * 21, abs=3)
    assert all(sample.outcome in (Outcome.OK, Outcome.DROPPED) for sample in edits)
    # Replaying what was sent gives texts in which every change had its place.
    buffers = {uri: DocumentBuffer(uri, text, encoding="utf-16") for uri, text in backend.texts.items()}
    changes = [params for method, params in backend.notifications if method == "textDocument/didChange"]
    assert changes
    for change in changes:
        buffer = buffers[change["textDocument"]["uri"]]
        assert change["textDocument"]["version"] == buffer.version + 1
        buffer.apply(
            [
                Edit(
                    Position(one["range"]["start"]["line"], one["range"]["start"]["character"]),
                    Position(one["range"]["end"]["line"], one["range"]["end"]["character"]),
                    one["text"],
                )
                for one in change["contentChanges"]
            ]
        )


@pytest.mark.parametrize("editor", EDITING)
def test_an_editor_asks_on_its_own_when_its_profile_says_so(editor):
    record = run(scenario(editor, rate=1), FakeBackend(service_s=lambda *_: 0.02, answer=answers))
    counts = Counter(sample.operation for sample in record.samples)
    reactions = EDITOR_PROFILES[editor].reactions
    of_profile = {reaction.operation for reaction in reactions} | {reaction.then for reaction in reactions}
    asked = {name for name in counts if OPERATIONS[name].answered}
    assert asked
    assert asked <= of_profile
    # Latency runs from when the editor meant to ask.
    assert all(sample.sent_ns >= sample.intended_ns for sample in record.samples)


@pytest.mark.parametrize("editor", EDITING)
def test_every_request_of_a_profile_is_asked_by_somebody_who_works(editor):
    """Who types, stops, looks at something and saves: a reaction that nothing causes would be none."""
    here = (
        OperationPattern("definition", Range(0.05, 0.05)),
        OperationPattern("document_save", Range(0.1, 0.1)),
    )
    counts: Counter[str] = Counter()
    for rate in (0.1, 8):
        record = run(scenario(editor, rate=rate, patterns=here, duration_s=60), FakeBackend(answer=answers))
        counts.update(sample.operation for sample in record.samples)
    reactions = EDITOR_PROFILES[editor].reactions
    assert {one.operation for one in reactions} | {one.then for one in reactions} - {""} <= set(counts)


def test_neovim_tells_its_changes_at_most_every_150_ms():
    backend = FakeBackend(answer=answers)
    record = run(scenario("neovim", rate=30), backend)
    changes = [params for method, params in backend.notifications if method == "textDocument/didChange"]
    edits = [sample for sample in record.samples if sample.operation == "edit"]
    assert len(changes) < len(edits) / 2
    assert max(sample.sent_ns - sample.intended_ns for sample in edits) <= 151e6


def test_what_is_superseded_is_cancelled_and_counted():
    backend = FakeBackend(service_s=lambda *_: 1.5, answer=answers)
    record = run(scenario("vscode", rate=10), backend)
    assert_nothing_vanished(record)
    cancelled = sum(sample.outcome == Outcome.CANCELLED for sample in record.samples)
    assert cancelled
    told = sum(method == "$/cancelRequest" for method, _ in backend.notifications)
    assert told == cancelled


def test_a_refresh_makes_the_editor_ask_again():
    refresh = {"jsonrpc": "2.0", "id": "r", "method": "workspace/semanticTokens/refresh"}
    quiet, noisy = FakeBackend(answer=answers), FakeBackend(answer=answers)
    calm = run(scenario("vscode", rate=0.01), quiet)
    asked = run(
        scenario("vscode", rate=0.01),
        noisy,
        meanwhile=lambda: asyncio.get_running_loop().call_at(10, noisy.send, refresh),
    )

    def tokens(record) -> int:
        return sum(sample.operation.startswith("semantic_tokens") for sample in record.samples)

    assert tokens(asked) > tokens(calm)


def test_times_a_user_feels_follow_from_the_events():
    record = run(scenario("vscode", rate=2), FakeBackend(service_s=lambda *_: 0.05, answer=answers))
    times = derive_times(record.samples, record.events, end_ns=record.end_ns)
    assert times.edits
    assert times.keystroke_to_feedback.count
    assert times.keystroke_to_feedback.min_ns.value >= 50e6
    assert times.diagnostics_from == "pull"


def test_twenty_minutes_with_an_editor_are_the_same_twice():
    what = scenario("helix", rate=2, duration_s=1200, users=2)

    def columns():
        backend = FakeBackend(service_s=lambda _m, n: 0.01 + n % 7 / 100, answer=answers)
        return run(what, backend).samples.columns()

    first, second = columns(), columns()
    assert all((first[name] == second[name]).all() for name in first)
    assert len(first["user"]) > 5_000
