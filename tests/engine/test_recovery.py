"""A backend that ends in mid-run, on virtual time: the run goes on as an editor's would; nothing is lost."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_rustide_load.codebase import CodebaseSpec, generate_codebase
from pytest_rustide_load.engine import ScenarioRun, Session
from pytest_rustide_load.engine.faulting import Faulting, PlannedFault
from pytest_rustide_load.engine.recovery import RecoveryPlan
from pytest_rustide_load.errors import StartFailed
from pytest_rustide_load.lsp.documents import DocumentBuffer, Edit, Position
from pytest_rustide_load.lsp.restarts import RESTART_RULES
from pytest_rustide_load.stats import Outcome, RunRecord, summarise
from pytest_rustide_load.stats.outages import FaultEvent
from pytest_rustide_load.stats.recovery import recovery_times
from pytest_rustide_load.stats.samples import NEVER
from pytest_rustide_load.testing import FakeBackend, VirtualClock, run_virtually
from pytest_rustide_load.workload import OperationPattern, Range, Scenario, waited_for
from pytest_rustide_load.workload.edits import EditMix

ROOT = Path("/workspace")
CODEBASE = generate_codebase(CodebaseSpec(seed=1, loc=1_000, crates=2))
SCENARIO = Scenario(
    name="recovery",
    description="",
    warm_up_s=1,
    duration_s=19,
    request_timeout_s=5,
    patterns=(OperationPattern("definition", Range(20, 20)), OperationPattern("edit", Range(5, 5))),
)
EVERYTHING = {
    "completionProvider": {"triggerCharacters": [":", "."]},
    "signatureHelpProvider": {"triggerCharacters": ["("]},
    "inlayHintProvider": True,
    "documentHighlightProvider": True,
    "semanticTokensProvider": {"full": {"delta": True}},
    "codeActionProvider": True,
    "diagnosticProvider": {},
    "documentFormattingProvider": True,
    "definitionProvider": True,
}


class Backends:
    """One after the other, each with the texts that it alone was told. `start_s` is how long one takes to
    start, `lives` how long each lives (the last number for all that follow; None for ever)."""

    def __init__(self, *lives, start_s=1.0, service_s=lambda *_: 0.01, fails=(), capabilities=None) -> None:
        self.lives = lives
        self.start_s = start_s
        self.service_s = service_s
        self.fails = fails
        self.capabilities = capabilities or {}
        self.started: list[FakeBackend] = []
        self.attempts = 0
        self.clock = VirtualClock()

    async def session(self, _user: int = 0) -> Session:
        self.attempts += 1
        if self.started:
            await asyncio.sleep(self.start_s)
        if self.attempts in self.fails:
            raise StartFailed("no such luck")
        life_s = self.lives[min(len(self.started), len(self.lives) - 1)]
        now_s = asyncio.get_running_loop().time()
        backend = FakeBackend(
            service_s=self.service_s,
            answer=self.answer,
            crash_at_s=None if life_s is None else now_s + life_s,
            capabilities=self.capabilities,
        )
        self.started.append(backend)
        session = Session(backend, self.clock, position_encodings=("utf-8",))
        await session.initialize(ROOT)
        return session

    def answer(self, method: str, params: dict) -> object:
        if method == "rust-analyzer/viewFileText":
            return texts(self.started[-1])[params["uri"]]
        if method == "textDocument/formatting":
            # Nothing is to be changed, which is right.
            return []
        return [{"uri": "file:///elsewhere", "range": {"start": {"line": 0, "character": 0}}}]


def texts(backend: FakeBackend) -> dict[str, str]:
    """What the notifications of one backend make of its documents."""
    buffers: dict[str, DocumentBuffer] = {}
    versions: dict[str, int] = {}
    for method, params in backend.notifications:
        uri = params.get("textDocument", {}).get("uri")
        if method == "textDocument/didOpen":
            assert uri not in buffers, "opened twice"
            buffers[uri] = DocumentBuffer(uri, params["textDocument"]["text"], encoding="utf-8")
            versions[uri] = params["textDocument"]["version"]
        elif method == "textDocument/didClose":
            del buffers[uri]
        elif method == "textDocument/didChange":
            assert params["textDocument"]["version"] > versions[uri]
            versions[uri] = params["textDocument"]["version"]
            for change in params["contentChanges"]:
                start, end = (Position(*change["range"][key].values()) for key in ("start", "end"))
                buffers[uri].apply([Edit(start, end, change["text"])])
    return {uri: buffer.text for uri, buffer in buffers.items()}


def run(backends: Backends, scenario: Scenario = SCENARIO, **plan) -> RunRecord:
    async def work() -> RunRecord:
        one = ScenarioRun(
            scenario,
            codebase=CODEBASE,
            sessions=[await backends.session()],
            roots=[ROOT],
            clock=backends.clock,
            seed=7,
            cpu_ns=lambda: 1,
            recovery=RecoveryPlan(restart=backends.session, **plan),
        )
        await one.run()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        assert not left
        return one.record()

    return run_virtually(work())


def assert_nothing_vanished(record: RunRecord) -> Counter:
    outcomes = Counter(sample.outcome for sample in record.samples)
    assert outcomes[Outcome.PENDING] == 0
    assert all((one.sent_ns == NEVER) == (one.outcome is Outcome.DROPPED) for one in record.samples)
    generator = record.generator
    assert generator.planned == generator.sent + generator.dropped
    summary = summarise(record, waited_for(), timeout_ns=5 * 10**9)
    assert sum(part.planned for part in summary.operations.values()) == generator.planned
    return outcomes


def test_what_was_in_flight_crashed_what_was_due_meanwhile_waited_and_no_edit_is_lost():
    backends = Backends(8.0, None, start_s=2.0, service_s=lambda *_: 0.2)
    record = run(backends)
    outcomes = assert_nothing_vanished(record)
    assert record.ended == "complete"
    assert len(backends.started) == 2
    (outage,) = record.outages
    assert (outage.down_ns, outage.up_ns, outage.attempts) == (8 * 10**9, 10 * 10**9, 1)
    assert outage.why == "it crashed as it was told to"
    # Those of the last 200 ms, at 20 a second.
    assert 3 <= outcomes[Outcome.CRASHED] <= 5
    assert outcomes[Outcome.DROPPED] == 0
    waited = [one for one in record.samples if 8.01e9 < one.intended_ns < 9.99e9]
    assert len(waited) == pytest.approx(50, abs=4)
    for one in waited:
        # Asked when the other one was there, counted from when it was wanted.
        assert one.sent_ns == 10 * 10**9
        assert one.done_ns == (10 * 10**9 if one.operation == "edit" else 10.2 * 10**9)
    # A backend that is not there is not the generator's fault.
    assert record.generator.bottleneck_reasons == ()
    assert record.safety.documents_compared == record.safety.documents_edited > 0
    assert record.safety.lost_edits == 0


def test_whoever_waits_longer_than_for_any_answer_is_dropped():
    record = run(Backends(4.0, None, start_s=8.0))
    outcomes = assert_nothing_vanished(record)
    assert record.ended == "complete"
    # Three of the eight seconds, at 20 a second: those due in the last five are still there.
    assert outcomes[Outcome.DROPPED] == pytest.approx(60, abs=3)
    dropped = [one for one in record.samples if one.outcome is Outcome.DROPPED]
    assert all(4e9 <= one.intended_ns <= 7.1e9 for one in dropped)
    assert {one.operation for one in dropped} == {"definition"}
    assert record.safety.lost_edits == 0


@pytest.mark.parametrize("editor", ["vscode", "neovim", "helix"])
def test_an_editor_opens_everything_again_as_it_is_now(editor):
    typing = replace(
        SCENARIO,
        patterns=(OperationPattern("edit", Range(8, 8)),),
        editor=editor,
        edits=EditMix(),
        arrivals="typing",
    )
    backends = Backends(6.3, 4.1, None, start_s=1.5, capabilities=EVERYTHING)
    record = run(backends, typing)
    outcomes = assert_nothing_vanished(record)
    assert record.ended == "complete"
    assert [outage.attempts for outage in record.outages] == [1, 1]
    first, _, last = backends.started
    opened = [params["textDocument"]["uri"] for method, params in first.notifications if "didOpen" in method]
    again = [params["textDocument"]["uri"] for method, params in last.notifications if "didOpen" in method]
    assert sorted(again) == sorted(opened)
    # Nothing is closed that was never opened.
    assert not [method for method, _ in last.notifications if "didClose" in method]
    assert record.safety.documents_compared == record.safety.documents_edited > 0
    assert record.safety.lost_edits == 0
    edits = [one for one in record.samples if one.operation == "edit"]
    assert all(one.outcome is Outcome.OK for one in edits)
    assert max(one.latency_ns for one in edits) > 0.5e9
    assert outcomes[Outcome.OK] > 0


def test_a_start_that_fails_is_tried_again_later_and_later():
    backends = Backends(5.0, None, start_s=0.1, fails=(2, 3, 4))
    record = run(backends)
    assert_nothing_vanished(record)
    (outage,) = record.outages
    assert outage.attempts == 4
    # Four starts of 0.1 s, at once and after 1, 2 and 4 seconds.
    assert outage.up_ns - outage.down_ns == pytest.approx(7.4e9)
    assert record.ended == "complete"
    assert record.safety.lost_edits == 0


def test_vs_code_gives_up_at_the_fifth_crash_within_three_minutes():
    backends = Backends(2.0, start_s=0.5)
    record = run(backends, replace(SCENARIO, duration_s=60), rule=RESTART_RULES["vscode"])
    assert_nothing_vanished(record)
    assert len(backends.started) == 5
    assert record.ended == "crashed"
    assert record.crash_message == (
        "it crashed as it was told to; it ended 5 times within 3 min and is not started again"
    )
    # Five lives of two seconds, four starts between them.
    assert record.end_ns - record.start_ns == pytest.approx(12e9, abs=0.1e9)
    slow = Backends(50.0, start_s=0.5)
    rarely = (OperationPattern("definition", Range(1, 1)),)
    record = run(slow, replace(SCENARIO, duration_s=300, patterns=rarely), rule=RESTART_RULES["vscode"])
    assert record.ended == "complete"
    assert len(slow.started) == 6


def test_a_backend_that_is_alive_and_dead_is_found_by_the_watchdog_only():
    def service(_method, number):
        return None if number > 100 else 0.01

    mute = Backends(None, start_s=0.5, service_s=service)
    record = run(mute)
    assert_nothing_vanished(record)
    assert len(mute.started) == 1
    assert Counter(one.outcome for one in record.samples)[Outcome.TIMEOUT] > 100
    mute = Backends(
        None, start_s=0.5, service_s=lambda m, n: service(m, n) if len(mute.started) < 2 else 0.01
    )
    record = run(mute, watchdog_s=2.0)
    outcomes = assert_nothing_vanished(record)
    assert len(mute.started) == 2
    assert record.ended == "complete"
    assert record.outages[0].why == "it answered nothing for 2 s"
    assert outcomes[Outcome.TIMEOUT] == 0
    assert outcomes[Outcome.CRASHED] == pytest.approx(40, abs=4)
    assert record.safety.lost_edits == 0


def test_a_watchdog_leaves_alone_who_has_nothing_to_answer_or_is_slow():
    idle = replace(SCENARIO, patterns=(OperationPattern("edit", Range(5, 5)),))
    backends = Backends(None)
    assert run(backends, idle, watchdog_s=0.5).ended == "complete"
    assert len(backends.started) == 1
    slow = Backends(None, service_s=lambda *_: 1.5)
    assert run(slow, watchdog_s=2.0).ended == "complete"
    assert len(slow.started) == 1


FORMATTING = replace(
    SCENARIO,
    patterns=(OperationPattern("formatting", Range(20, 20)), OperationPattern("edit", Range(5, 5))),
)


def test_a_fault_strikes_where_it_is_planned_and_every_time_is_known():
    backends = Backends(None, start_s=2.0, capabilities=EVERYTHING)

    async def strike(fault: Faulting) -> None:
        fault.struck("it was told to go")
        backends.started[-1].crash()

    record = run(backends, FORMATTING, fault=PlannedFault("kill", 6.0, strike))
    assert_nothing_vanished(record)
    assert record.fault == FaultEvent("kill", 7 * 10**9, 7 * 10**9, "it was told to go")
    names = ("formatting",)
    told = recovery_times(record, waited_for=names, answered=names, judged=())
    assert told.unsteady == ""
    # Asked as soon as there is one, and answered 10 ms later.
    assert told.first_response.value == told.first_correct.value == 2.01e9
    # What was due in the last moments of the outage waited no longer than the band allows, but was not there.
    assert told.first_correct.value <= told.latency_band.value <= 2.05e9
    assert told.quiescent is None
    assert record.safety.lost_edits == 0


def test_a_backend_that_is_not_well_is_left_alone():
    async def strike(fault: Faulting) -> None:
        raise AssertionError("it was struck")

    # All its definitions are wrong, but for one that an edit overtook.
    backends = Backends(None)
    record = run(backends, fault=PlannedFault("kill", 6.0, strike))
    assert record.ended == "complete"
    assert record.fault.struck_ns is None
    why = "98% of the questions before the fault failed or were answered wrongly, more than 5%"
    assert record.fault.refused == why
    told = recovery_times(record, waited_for=("definition",), answered=(), judged=())
    assert told.unsteady == why


def test_a_fault_that_lasts_is_lifted_where_the_run_ends_before_it():
    lifted = []

    async def strike(fault: Faulting) -> None:
        fault.struck("it stands still")
        try:
            await asyncio.sleep(600)
        finally:
            lifted.append(True)

    record = run(Backends(None, capabilities=EVERYTHING), FORMATTING, fault=PlannedFault("stop", 6.0, strike))
    assert record.ended == "complete"
    assert lifted == [True]
    assert record.fault.ended_ns is None


def test_a_fault_that_goes_wrong_is_raised_and_leaves_nothing_running():
    backends = Backends(3, start_s=1_000)

    async def strike(_run: Faulting) -> None:
        raise PermissionError("not allowed")

    async def work() -> None:
        one = ScenarioRun(
            SCENARIO,
            codebase=CODEBASE,
            sessions=[await backends.session()],
            roots=[ROOT],
            clock=backends.clock,
            seed=7,
            cpu_ns=lambda: 1,
            recovery=RecoveryPlan(
                restart=backends.session, fault=PlannedFault("kill", 1.5, strike, is_gated=False)
            ),
        )
        with pytest.raises(PermissionError):
            await one.run()
        # Neither the restart that was under way, nor what was waiting for it.
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert_nothing_vanished(one.record())

    run_virtually(work())


def test_a_server_that_says_its_status_without_end_fills_no_memory():
    class Talkative(Backends):
        def answer(self, method: str, params: dict) -> object:
            for _ in range(100):
                status = {"method": "experimental/serverStatus", "params": {"quiescent": True}}
                self.started[-1].send(status)
            return super().answer(method, params)

    record = run(Talkative(None))
    assert len(record.samples) > 300
    # Ten a second at most, of thirty thousand.
    assert 100 < len(record.statuses) <= 210


def test_users_of_one_backend_each_come_back_each_on_their_own():
    backends = [Backends(None, start_s=start_s, capabilities=EVERYTHING) for start_s in (1.0, 3.0)]

    async def strike(fault: Faulting) -> None:
        fault.struck("all at once")
        for one in backends:
            one.started[-1].crash()

    async def work() -> RunRecord:
        one = ScenarioRun(
            replace(FORMATTING, users=2),
            codebase=CODEBASE,
            sessions=[await each.session() for each in backends],
            roots=[ROOT, ROOT],
            clock=VirtualClock(),
            seed=7,
            cpu_ns=lambda: 1,
            recovery=RecoveryPlan(
                restart=lambda user: backends[user].session(), fault=PlannedFault("kill", 6.0, strike)
            ),
        )
        await one.run()
        return one.record()

    record = run_virtually(work())
    assert_nothing_vanished(record)
    assert [(outage.users, outage.up_ns - outage.down_ns) for outage in record.outages] == [
        ((0,), 1e9),
        ((1,), 3e9),
    ]
    names = ("formatting",)
    assert recovery_times(record, waited_for=names, answered=names, judged=()).first_correct.value == 3.01e9


@settings(max_examples=15, deadline=None)
@given(
    lives=st.lists(st.floats(0.2, 9), min_size=1, max_size=6),
    start_s=st.floats(0.0, 7.0),
    editor=st.sampled_from(["raw", "vscode", "neovim"]),
    rule=st.sampled_from(list(RESTART_RULES)),
    watchdog_s=st.sampled_from([None, 0.5]),
    fails=st.sets(st.integers(2, 6), max_size=3),
)
def test_however_often_it_ends_nothing_vanishes_and_what_came_back_has_every_edit(
    lives, start_s, editor, rule, watchdog_s, fails
):
    edits = None if editor == "raw" else EditMix()
    scenario = replace(SCENARIO, duration_s=12, request_timeout_s=3, editor=editor, edits=edits)
    backends = Backends(*lives, None, start_s=start_s, fails=fails, capabilities=EVERYTHING)
    record = run(backends, scenario, rule=RESTART_RULES[rule], watchdog_s=watchdog_s)
    assert_nothing_vanished(record)
    if record.ended == "complete":
        assert all(outage.up_ns is not None for outage in record.outages)
        assert record.safety.lost_edits == 0
        assert record.safety.documents_compared == record.safety.documents_edited
    else:
        assert record.ended == "crashed"
        assert record.crash_message
