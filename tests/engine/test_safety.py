"""What went wrong under concurrency stands in the record of the run."""

from __future__ import annotations

from pathlib import Path

from pytest_rustide_load.codebase import CodebaseSpec, generate_codebase
from pytest_rustide_load.engine import ScenarioRun, Session
from pytest_rustide_load.engine.documents import OpenDocument
from pytest_rustide_load.lsp.documents import Edit, Position
from pytest_rustide_load.stats import Outcome, RunRecord
from pytest_rustide_load.stats.derived import derive_times
from pytest_rustide_load.testing import FakeBackend, VirtualClock, run_virtually
from pytest_rustide_load.workload import OperationPattern, Range, Scenario

ROOT = Path("/workspace")
CODEBASE = generate_codebase(CodebaseSpec(seed=1, loc=1_000, crates=2))
LANDMARKS = {(mark.path, mark.line, mark.column): mark for mark in CODEBASE.oracle.landmarks()}
SCENARIO = Scenario(
    name="safety",
    description="",
    warm_up_s=0,
    duration_s=10,
    request_timeout_s=5,
    patterns=(OperationPattern("definition", Range(20, 20)), OperationPattern("edit", Range(3, 3))),
)


class Server:
    """A backend that answers definitions as of `behind` edits ago, and loses the changes of `loses`."""

    def __init__(self, *, behind: int = 0, loses: frozenset[int] = frozenset()) -> None:
        self.backend = FakeBackend(answer=self.answer)
        self.behind = behind
        self.loses = loses
        self.heard = 0
        self.documents = {path: OpenDocument(path, ROOT, CODEBASE.text(path)) for path in CODEBASE.rust_paths}

    def hear(self) -> None:
        told = [params for method, params in self.backend.notifications if method == "textDocument/didChange"]
        for number in range(self.heard, len(told)):
            path = told[number]["textDocument"]["uri"].removeprefix("file:///workspace/")
            for change in told[number]["contentChanges"]:
                place = Position(*change["range"]["start"].values())
                text = change["text"] if number not in self.loses else ""
                self.documents[path].edit([Edit(place, place, text)])
        self.heard = len(told)

    def place(self, path: str, line: int, column: int, behind: int) -> dict[str, int]:
        document = self.documents[path]
        now = document.now(line, column, max(0, document.edits - behind))
        return {"line": now.line, "character": now.column}

    def answer(self, method: str, params: dict) -> object:
        self.hear()
        if method == "rust-analyzer/viewFileText":
            return self.documents[params["uri"].removeprefix("file:///workspace/")].text
        path = params["textDocument"]["uri"].removeprefix("file:///workspace/")
        asked = params["position"]
        document = self.documents[path]
        original = document.original(asked["line"], asked["character"], document.edits)
        mark = LANDMARKS.get((path, original.line, original.column)) if original else None
        if mark is None:
            return None
        found = []
        for one in CODEBASE.oracle.definition(mark):
            start = self.place(one.path, one.line, one.column, self.behind)
            found.append({"uri": (ROOT / one.path).as_uri(), "range": {"start": start, "end": start}})
        return found


def run(server: Server) -> RunRecord:
    async def work() -> RunRecord:
        clock = VirtualClock()
        session = Session(server.backend, clock, position_encodings=("utf-8",))
        await session.initialize(ROOT)
        one = ScenarioRun(
            SCENARIO,
            codebase=CODEBASE,
            sessions=[session],
            roots=[ROOT],
            clock=clock,
            seed=7,
            cpu_ns=lambda: 1,
        )
        await one.run()
        return one.record()

    return run_virtually(work())


def test_a_server_that_keeps_up_has_nothing_to_answer_for():
    record = run(Server())
    safety = record.safety
    assert {sample.outcome for sample in record.samples} == {Outcome.OK}
    assert (safety.wrong_answers, safety.stale_answers, safety.out_of_order_answers) == (0, 0, 0)
    assert safety.unjudged_answers == 0
    assert safety.lost_edits == 0
    assert safety.documents_compared == safety.documents_edited > 1


def test_a_server_that_answers_for_an_older_text_is_stale():
    safety = run(Server(behind=1)).safety
    assert safety.wrong_answers >= safety.stale_answers > 10
    assert safety.lost_edits == 0


def test_a_server_that_loses_an_edit_is_found_out_at_the_end():
    safety = run(Server(loses=frozenset({5}))).safety
    assert safety.lost_edits == 1


def test_the_record_tells_how_long_users_waited_for_something_fresh():
    server = Server()

    def answer(method: str, params: dict) -> object:
        uri = params.get("textDocument", {}).get("uri")
        if uri:
            version = 1 + sum(
                told["textDocument"]["uri"] == uri
                for method, told in server.backend.notifications
                if method == "textDocument/didChange"
            )
            published = {"uri": uri, "version": version, "diagnostics": []}
            server.backend.send({"method": "textDocument/publishDiagnostics", "params": published})
            server.backend.send({"method": "textDocument/publishDiagnostics", "params": {"uri": 3}})
        return server.answer(method, params)

    server.backend.answer = answer
    server.backend.service_s = lambda *_: 0.002
    record = run(server)
    times = derive_times(record.samples, record.events, end_ns=record.end_ns)
    assert times.edits == sum(sample.operation == "edit" for sample in record.samples)
    waits, news = times.keystroke_to_feedback, times.fresh_diagnostics
    assert times.diagnostics_from == "push"
    assert waits.count + times.edits_without_question == times.edits
    assert news.count + times.edits_without_diagnostics == times.edits
    # Twenty questions a second in a few files: an answer about an edited one comes before long.
    assert waits.min_ns.value >= 2e6
    assert waits.p50_ns.value == news.p50_ns.value < 2e9
