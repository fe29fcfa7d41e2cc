"""A real rust-analyzer through edits as people make them: every answer that can be checked is right, and at
the end it holds the texts that the client believes it holds."""

from __future__ import annotations

import asyncio
import os
from collections import Counter

import pytest

from pytest_rustide_load.backends import parse_backend_choice, resolve_launcher
from pytest_rustide_load.codebase import CodebaseSpec, generate_codebase
from pytest_rustide_load.codebase.places import EditSite
from pytest_rustide_load.engine import RealClock, Session, new_event_loop, wait_until_ready
from pytest_rustide_load.engine.canary import make_canary
from pytest_rustide_load.engine.checks import Asked, Checker
from pytest_rustide_load.engine.compare import Desk, compare_documents
from pytest_rustide_load.engine.documents import OpenDocument
from pytest_rustide_load.lsp.params import Subject, params_for
from pytest_rustide_load.seeds import seeded_random
from pytest_rustide_load.stats.samples import Outcome
from pytest_rustide_load.workload import OPERATIONS
from pytest_rustide_load.workload.edits import EditMix, EditStream

pytestmark = pytest.mark.real_backend

CODEBASE = generate_codebase(CodebaseSpec(seed=5, loc=2_000, crates=2))
ASKED = (
    "completion",
    "hover",
    "definition",
    "references",
    "document_symbols",
    "document_highlight",
    "prepare_rename",
    "rename",
    "prepare_call_hierarchy",
    "selection_range",
    "semantic_tokens",
    "folding_range",
    "inlay_hints",
    "pull_diagnostics",
)
EDITS = 300
FILES = 4


class User:
    """Types, and asks one question after each edit, without waiting for the answers when `in_a_hurry`."""

    def __init__(self, session, root, *, in_a_hurry: bool) -> None:
        self.session = session
        self.in_a_hurry = in_a_hurry
        self.random = seeded_random(1, "questions")
        oracle = CODEBASE.oracle
        kinds = {path: len({site.kind for site in oracle.edit_sites(path)}) for path in CODEBASE.rust_paths}
        self.files = sorted(CODEBASE.rust_paths, key=lambda path: (-kinds[path], path))[:FILES]
        encoding = session.position_encoding
        self.documents = {
            path: OpenDocument(path, root, CODEBASE.text(path), encoding=encoding)
            for path in (*self.files, "Cargo.toml")
        }
        self.checker = Checker(CODEBASE, root, encoding, self.documents)
        sites = {path: oracle.edit_sites(path) for path in self.files}
        sites["Cargo.toml"] = (EditSite("Cargo.toml", 0),)
        self.stream = EditStream(sites, seed=1, user=0, mix=EditMix(stay_ratio=0.2), encoding=encoding)
        self.edits: dict[str, int] = {}
        self.waiting: set[asyncio.Future] = set()
        self.outcomes: Counter = Counter()
        self.wrong: list[str] = []

    def locate(self, path, line, column):
        return self.documents[path].now(line, self.checker.column(path, line, column))

    def edit(self) -> None:
        typed = self.stream.next(self.locate)
        document = self.documents[typed.path]
        document.edit(typed.edits, settled=typed.settled)
        self.session.notify("textDocument/didChange", document.flush())
        self.edits = {**self.edits, typed.path: document.edits}

    def pick(self, choices):
        return choices[int(self.random.random() * len(choices))]

    def ask(self, number: int) -> None:
        operation = OPERATIONS[self.pick(ASKED)]
        path = self.pick(self.files)
        mark = None
        subject = Subject(uri=self.documents[path].uri, span=(0, 0, 30, 0))
        if operation.at_landmark:
            marks = CODEBASE.oracle.askable(operation.name, path)
            if not marks:
                return
            mark = self.pick(marks)
            place = self.locate(path, mark.line, mark.column)
            uri = self.documents[path].uri
            subject = Subject(uri=uri, line=place.line, character=place.column, text="renamed")
        edits = self.edits
        answered = asyncio.get_running_loop().create_future()
        self.waiting.add(answered)

        def on_reply(reply) -> None:
            self.waiting.discard(answered)
            answered.set_result(None)
            if reply.error is not None:
                self.outcomes["error"] += 1
                return
            asked = Asked(operation.name, mark, path, edits, self.edits, number)
            outcome, why = self.checker.judge(asked, reply.result)
            self.outcomes[outcome] += 1
            if why:
                self.wrong.append(why)

        self.session.send(operation.method, params_for(operation.name, subject), on_reply)

    async def work(self) -> None:
        for document in self.documents.values():
            self.session.notify("textDocument/didOpen", document.did_open())
        for number in range(EDITS):
            self.edit()
            self.ask(number)
            if self.waiting and (not self.in_a_hurry or len(self.waiting) > 20):
                await asyncio.wait_for(asyncio.gather(*self.waiting), 60)
        if self.waiting:
            await asyncio.wait_for(asyncio.gather(*self.waiting), 60)


@pytest.mark.parametrize(
    ("encodings", "in_a_hurry"), [(("utf-8", "utf-16"), False), (("utf-16",), False), (("utf-16",), True)]
)
def test_answers_are_right_through_edits_and_no_edit_is_lost(encodings, in_a_hurry, tmp_path):
    for path in CODEBASE.paths:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(CODEBASE.text(path), encoding="utf-8")

    async def run():
        launcher = resolve_launcher(parse_backend_choice("rust-analyzer"), environ=os.environ)
        process = await launcher.launch(tmp_path)
        try:
            clock = RealClock()
            settings = process.info.settings
            session = Session(process.transport(), clock, settings=settings, position_encodings=encodings)
            await session.initialize(tmp_path, initialization_options=settings)
            await wait_until_ready(session, clock, canary=make_canary(CODEBASE, tmp_path), timeout_s=120)
            user = User(session, tmp_path, in_a_hurry=in_a_hurry)
            await user.work()
            desk = Desk(session, tuple(user.documents.values()), user.checker)
            compared = await compare_documents([desk])
            await session.shutdown()
            return user, compared
        finally:
            await process.stop(grace_s=5)

    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        user, compared = runner.run(run())
    assert not user.wrong
    assert user.checker.counts.stale == user.checker.counts.out_of_order == 0
    # Half a statement may cost an answer or two, and edits in a hurry most of them.
    assert user.outcomes[Outcome.OK] > (20 if in_a_hurry else 0.9 * sum(user.outcomes.values()))
    assert compared.lost == 0
    assert compared.compared == compared.edited > 1
