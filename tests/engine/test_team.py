"""Commits and switched branches: what arrives in whose working copy, and what answers may say meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pytest_rustide_load.codebase import CodebaseSpec, generate_codebase
from pytest_rustide_load.engine import ScenarioRun, Session
from pytest_rustide_load.engine.team import write_text
from pytest_rustide_load.engine.user import User
from pytest_rustide_load.lsp.documents import DocumentBuffer, Edit, Position
from pytest_rustide_load.stats import Outcome, RunRecord
from pytest_rustide_load.testing import FakeBackend, VirtualClock, run_virtually
from pytest_rustide_load.workload import OperationPattern, Plan, Range, Scenario, WorkingSet

CODEBASE = generate_codebase(CodebaseSpec(seed=3, loc=4_000))


class Trees:
    """Working copies in memory, and servers that read a changed file `delay_s` after they were told. `looked`
    answers questions about texts and outlines first, unless it gives None."""

    def __init__(
        self,
        roots: list[Path],
        delay_s: float | None = 0.05,
        *,
        tells_texts: bool = True,
        looked: Callable[[str], Any] = lambda _method: None,
        service_s: Callable[[str, int], float | None] = lambda _method, _number: 0.001,
    ) -> None:
        self.files = {root / path: CODEBASE.text(path) for root in set(roots) for path in CODEBASE.rust_paths}
        self.roots = roots
        self.delay_s = delay_s
        self.tells_texts = tells_texts
        self.looked = looked
        self.service_s = service_s
        self.events: list[tuple[int, str]] = []
        self.written: list[tuple[Path, str]] = []
        self.backends = [self._backend(number) for number in range(len(roots))]

    def write(self, path: Path, text: str) -> None:
        self.files[path] = text
        self.written.append((path, text))

    def _backend(self, number: int) -> FakeBackend:
        read = dict(self.files)

        def answer(method: str, params: Any) -> Any:
            said = self.looked(method)
            if said is not None:
                return said
            if method != "rust-analyzer/viewFileText":
                return None
            if not self.tells_texts:
                return LookupError(-32601)
            path = Path(params["uri"].removeprefix("file://"))
            return backend.texts.get(params["uri"], read[path])

        class Watching(FakeBackend):
            def _take(self, message: dict[str, Any]) -> None:
                super()._take(message)
                if message.get("method") == "workspace/didChangeWatchedFiles":
                    for change in message["params"]["changes"]:
                        trees.events.append((number, change["uri"]))
                        if trees.delay_s is not None:
                            path = Path(change["uri"].removeprefix("file://"))
                            asyncio.get_running_loop().call_later(trees.delay_s, self._read, path)
                elif message.get("method") == "textDocument/didChange":
                    uri = message["params"]["textDocument"]["uri"]
                    buffer = DocumentBuffer(uri, self.texts[uri], encoding="utf-8")
                    for one in message["params"]["contentChanges"]:
                        start, end = (Position(*place.values()) for place in one["range"].values())
                        buffer.apply([Edit(start, end, one["text"])])
                    self.texts[uri] = buffer.text

            def _read(self, path: Path) -> None:
                read[path] = trees.files[path]

        trees = self
        backend = Watching(answer=answer, service_s=self.service_s)
        return backend


def scenario(operations: dict[str, float], *, editor: str = "raw", users: int = 3) -> Scenario:
    return Scenario(
        name="team",
        description="",
        users=users,
        warm_up_s=0,
        duration_s=60,
        request_timeout_s=5,
        editor=editor,
        working_set=WorkingSet(Range(2, 3)),
        patterns=tuple(OperationPattern(name, Range(rate, rate)) for name, rate in operations.items()),
    )


def team(
    operations: dict[str, float], *, shared: bool = False, editor: str = "raw", users: int = 3, **trees: Any
) -> tuple[RunRecord, Trees]:
    roots = [Path("/team/one") if shared else Path(f"/team/{number}") for number in range(users)]
    world = Trees(roots, **trees)

    async def work() -> RunRecord:
        clock = VirtualClock()
        sessions = [Session(backend, clock) for backend in world.backends]
        for session, root in zip(sessions, roots, strict=True):
            await session.initialize(root, timeout_s=5)
        one = ScenarioRun(
            scenario(operations, editor=editor, users=users),
            codebase=CODEBASE,
            sessions=sessions,
            roots=roots,
            clock=clock,
            seed=5,
            cpu_ns=lambda: 1,
            write=world.write,
        )
        await one.run()
        return one.record()

    return run_virtually(work()), world


def outcomes(record: RunRecord, operation: str) -> list[Outcome]:
    return [sample.outcome for sample in record.samples if sample.operation == operation]


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("editor", ["raw", "vscode", "helix"])
def test_commits_arrive_everywhere_and_nothing_is_lost(shared, editor):
    record, world = team({"edit": 2.0, "commit": 0.2}, shared=shared, editor=editor)
    commits = [sample for sample in record.samples if sample.operation == "commit"]
    planned = Plan(scenario({"edit": 2.0, "commit": 0.2}, editor=editor), seed=5)
    assert len(commits) == [arrival.operation for arrival in planned].count("commit") > 20
    # Of the last moments: where somebody is in mid-statement, it is never whole.
    left = [one for one in commits if one.outcome != Outcome.OK]
    assert all(one.outcome == Outcome.CANCELLED and editor != "raw" for one in left)
    assert len(left) <= 3
    # No sooner than the others' backends have read the files.
    assert max(one.done_ns - one.sent_ns for one in commits) >= 50_000_000
    assert record.safety.documents_edited > 6
    assert record.safety.lost_edits == 0
    assert {number for number, _ in world.events} == {0, 1, 2}


def test_a_backend_that_never_reads_what_changed_lost_it():
    record, _ = team({"edit": 2.0, "commit": 0.1}, delay_s=None)
    assert Outcome.TIMEOUT in outcomes(record, "commit")
    assert record.safety.lost_edits > 0


@pytest.mark.parametrize("operation", ["commit", "branch_switch"])
def test_what_changes_at_the_very_end_arrives_while_the_run_settles(operation):
    # Whatever is on its way at the end: of 180 there is always something.
    record, _ = team({operation: 1.0}, delay_s=1.0)
    assert len(outcomes(record, operation)) >= 179
    assert set(outcomes(record, operation)) == {Outcome.OK}


@pytest.mark.parametrize("tells_texts", [True, False])
def test_a_server_that_never_answers_whoever_looks_has_timed_out(tells_texts):
    methods = ("rust-analyzer/viewFileText", "textDocument/documentSymbol")
    deaf = methods[not tells_texts]
    record, _ = team(
        {"commit": 0.1},
        tells_texts=tells_texts,
        service_s=lambda method, _number: None if method == deaf else 0.001,
    )
    assert set(outcomes(record, "commit")) == {Outcome.TIMEOUT}


def test_an_outline_of_another_shape_shows_nothing():
    record, _ = team(
        {"commit": 0.1},
        tells_texts=False,
        looked=lambda method: {"what": 1} if method == "textDocument/documentSymbol" else None,
    )
    assert set(outcomes(record, "commit")) == {Outcome.TIMEOUT}


@pytest.mark.parametrize("code", [-32800, -32801, -32802])
def test_a_server_that_gave_up_is_asked_for_the_text_again(code):
    asked = []

    def looked(method: str) -> Any:
        asked.append(method)
        return LookupError(code) if len(asked) % 3 == 0 else None

    record, _ = team({"commit": 0.1}, looked=looked)
    assert set(outcomes(record, "commit")) == {Outcome.OK}
    # Not for outlines, which do not show a line of comment; but at the end, where it refuses.
    assert asked.index("textDocument/documentSymbol") > 0.9 * len(asked)


@pytest.mark.parametrize("shared", [False, True])
def test_whoever_has_no_document_of_their_own_commits_a_file_that_nobody_has_open(shared):
    record, world = team({"commit": 0.1, "branch_switch": 0.05}, shared=shared, users=12)
    committed = [(one.user, one.outcome) for one in record.samples if one.operation == "commit"]
    assert {user for user, _ in committed} == set(range(12))
    assert {outcome for _, outcome in committed} == {Outcome.OK}
    assert record.safety.lost_edits == 0
    # Some of them have none.
    assert any("was here" in text for _, text in world.written)


def test_a_branch_changes_many_files_and_the_next_may_change_them_back():
    record, world = team({"branch_switch": 0.2}, users=1)
    assert set(outcomes(record, "branch_switch")) == {Outcome.OK}
    assert len(world.events) > 60
    assert record.safety.lost_edits == 0


def test_where_files_are_as_they_were_when_it_is_over():
    _, world = team({"edit": 2.0, "commit": 0.2, "branch_switch": 0.2})
    assert all(
        world.files[root / path] == CODEBASE.text(path)
        for root in world.roots
        for path in CODEBASE.rust_paths
    )


def test_a_commit_of_nothing_is_one_of_a_comment():
    record, _ = team({"commit": 0.2})
    assert outcomes(record, "commit").count(Outcome.OK) > 20
    assert record.safety.documents_edited > 0


def test_without_texts_outlines_tell_what_arrived():
    record, _ = team({"commit": 0.1}, tells_texts=False)
    assert Outcome.ERROR not in outcomes(record, "commit")
    assert len(outcomes(record, "commit")) > 10


def test_columns_of_another_encoding_are_those_of_the_same_places():
    text = 'let s = "ä𝄞x"; // end\n'
    ours, theirs = DocumentBuffer("", text, encoding="utf-16"), DocumentBuffer("", text, encoding="utf-8")
    at = Position(0, text.encode("utf-16-le").index("x".encode("utf-16-le")) // 2)
    edit = Edit(at, at, "y")
    recoded = theirs.recoded(edit, "utf-16")
    assert recoded.start.column == text.encode().index(b"x")
    ours.apply([edit])
    theirs.apply([recoded])
    assert ours.text == theirs.text


def test_answers_while_a_commit_arrives_may_be_of_before_and_of_after():
    async def work() -> None:
        session = Session(FakeBackend(), VirtualClock())
        root = Path("/team/one")
        await session.initialize(root, timeout_s=5)
        user = User(
            0,
            Scenario(name="s", description="", patterns=(), working_set=WorkingSet(Range(1, 1))),
            CODEBASE,
            session=session,
            root=root,
            seed=1,
        )
        path, mark = next(
            (mark.path, mark)
            for mark in CODEBASE.oracle.sample_landmarks(200, "function_call", seed=1)
            if mark.path not in user.paths and CODEBASE.oracle.definition(mark)[0].path not in user.paths
        )
        target = CODEBASE.oracle.definition(mark)[0]

        def answer(line: int) -> msgspec.Raw:
            uri = (root / target.path).as_uri()
            places = {"start": {"line": line, "character": target.column}}
            return msgspec.Raw(
                msgspec.json.encode([{"uri": uri, "range": {**places, "end": places["start"]}}])
            )

        def judged(line: int) -> Outcome:
            asked = user._check("definition", mark, path)
            asked.result, asked.edits_on_arrival = answer(line), user.counts_on_arrival
            return asked.judge()[0]

        top = Position(0, 0)
        assert (judged(target.line), judged(target.line + 1)) == (Outcome.OK, Outcome.WRONG)
        user.disk.change(target.path, [Edit(top, top, "// new\n")])
        assert (judged(target.line), judged(target.line + 1)) == (Outcome.OK, Outcome.OK)
        user.arrived(target.path, 1)
        assert (judged(target.line), judged(target.line + 1)) == (Outcome.WRONG, Outcome.OK)

    run_virtually(work())


@pytest.mark.parametrize("text", ["long enough\n" * 9, "größer → 漢字 𝄞\n", "", "half a pair \ud834\n"])
def test_a_text_replaces_the_one_on_disk_whatever_their_lengths(tmp_path, text):
    path = tmp_path / "not" / "there" / "yet.rs"
    for written in ("something\n" * 5, text, "x"):
        write_text(path, written)
        assert path.read_bytes().decode("utf-8", "surrogatepass") == written
