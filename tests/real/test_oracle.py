"""The oracle against real servers: one question after the other, each answered exactly as the oracle says.

With RUSTIDE_LOAD_THOROUGH=1 in the environment 1,000 landmarks of every kind are asked about instead of a
few. `pytest -s` shows how many questions there were.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from pytest_rustide_load.backends import parse_backend_choice, resolve_launcher
from pytest_rustide_load.codebase import LANDMARK_KINDS, Codebase, CodebaseSpec, Landmark, generate_codebase
from pytest_rustide_load.engine import RealClock, new_event_loop
from pytest_rustide_load.engine.checks import Asked, Checker
from pytest_rustide_load.engine.compare import Desk, compare_documents
from pytest_rustide_load.engine.documents import OpenDocument
from pytest_rustide_load.lsp.documents import Position
from pytest_rustide_load.plugin.backend import IdeBackend, start, stop
from pytest_rustide_load.seeds import seeded_random
from pytest_rustide_load.stats import Outcome
from pytest_rustide_load.workload import OPERATIONS
from pytest_rustide_load.workload.edits import EditMix, EditStream
from pytest_rustide_load.workspaces import materialise

THOROUGH = os.environ.get("RUSTIDE_LOAD_THOROUGH") == "1"
SEEDS = (1, 2)
LOC = 1_500
BACKENDS = [pytest.param("rust-analyzer", marks=pytest.mark.real_backend), "embedded"]
PER_KIND = 1_000 if THOROUGH else 15
EDITS = 500
EDITED_FILES = 60
# rust-analyzer cuts lists of symbols off here.
SYMBOLS_LISTED = 128
# What it calls the root of a test or an example, a crate that nobody declares: LSP's Package.
CRATE_ROOT = 4
# Re-exports, macros, and what an implementation of a trait of the standard library has to have.
BESIDES = re.compile(r"pub use |macro_rules! | +(type|fn) ")
NOWHERE = Position(-1, -1)


class Desktop:
    """One user of a backend, who knows what every answer must be."""

    def __init__(self, backend: IdeBackend, codebase: Codebase) -> None:
        self.session, self.root = backend.session, backend.workspace
        self.codebase = codebase
        self.documents: dict[str, OpenDocument] = {}
        self.checker = Checker(codebase, self.root, self.session.position_encoding, self.documents)
        self.outcomes: Counter[tuple[str, Outcome]] = Counter()
        self.complaints: list[str] = []

    def locate(self, path: str, line: int, column: int) -> Position | None:
        column = self.checker.column(path, line, column)
        document = self.documents.get(path)
        return Position(line, column) if document is None else document.now(line, column)

    async def ask(self, operation: str, landmark: Landmark | None, path: str, params: object) -> None:
        result = await self.session.request(OPERATIONS[operation].method, params, timeout_s=60)
        raw = msgspec.Raw(msgspec.json.encode(result))
        edits = {path: document.edits for path, document in self.documents.items()}
        outcome, why = self.checker.judge(Asked(operation, landmark, path, edits), raw)
        self.note(operation, outcome, why or f"{operation}: {outcome.name} at {landmark or path}")

    def note(self, operation: str, outcome: Outcome, complaint: str) -> None:
        self.outcomes[operation, outcome] += 1
        if outcome != Outcome.OK:
            self.complaints.append(complaint)

    async def ask_at(self, landmarks: Sequence[Landmark], operations: Sequence[str]) -> None:
        for landmark in landmarks:
            place = self.locate(landmark.path, landmark.line, landmark.column)
            assert place is not None
            position = {"line": place.line, "character": place.column}
            at = {"textDocument": {"uri": (self.root / landmark.path).as_uri()}, "position": position}
            for operation in operations:
                if operation == "completion" and not self.codebase.oracle.completions(landmark):
                    continue
                extra = {"context": {"includeDeclaration": False}} if operation == "references" else {}
                await self.ask(operation, landmark, landmark.path, {**at, **extra})

    async def ask_outlines(self, paths: Sequence[str]) -> None:
        for path in paths:
            uri = (self.root / path).as_uri()
            await self.ask("document_symbols", None, path, {"textDocument": {"uri": uri}})

    async def search(self, names: Sequence[str]) -> None:
        """The symbols of just these names: no item missing, nothing that is none; `#` asks for all kinds.

        What the oracle does not count as an item may be listed besides; see BESIDES.
        """
        for name in names:
            found = await self.session.request("workspace/symbol", {"query": f"{name}#"}, timeout_s=60)
            marks = set()
            for one in found:
                path = Path(one["location"]["uri"].removeprefix("file://")).relative_to(self.root).as_posix()
                start = one["location"]["range"]["start"]
                place = Position(start["line"], start["character"])
                if one["name"] == name and one["kind"] != CRATE_ROOT:
                    document = self.documents.get(path)
                    if document is not None:
                        place = document.original(place.line, place.column, document.edits) or NOWHERE
                    marks.add((path, place.line, place.column))
            expected = {
                (place.path, place.line, self.checker.column(place.path, place.line, place.column))
                for place in self.codebase.oracle.workspace_symbols(name)
            }
            marks = {mark for mark in marks if mark in expected or not self.is_besides(*mark[:2])}
            right = marks == expected or (len(found) >= SYMBOLS_LISTED and marks <= expected)
            outcome = Outcome.OK if right else Outcome.WRONG
            self.note(
                "workspace_symbols", outcome, f"{name}: {sorted(marks ^ expected)[:4]}, {len(found)} found"
            )

    def is_besides(self, path: str, line: int) -> bool:
        return BESIDES.match(self.codebase.text(path).split("\n")[line]) is not None

    def edit(self, paths: Sequence[str], bursts: int) -> None:
        """Type, paste, delete and undo that often, somewhere in these files."""
        encoding = self.session.position_encoding
        for path in paths:
            text = self.codebase.text(path)
            self.documents[path] = OpenDocument(path, self.root, text, encoding=encoding)
            self.session.notify("textDocument/didOpen", self.documents[path].did_open())
        sites = {path: self.codebase.oracle.edit_sites(path) for path in paths}
        stream = EditStream(sites, seed=1, user=0, mix=EditMix(stay_ratio=0.3), encoding=encoding)
        while bursts or not stream.settled:
            typed = stream.next(self.locate)
            assert typed is not None
            document = self.documents[typed.path]
            document.edit(typed.edits, settled=typed.settled)
            if stream.settled:
                bursts -= 1
                self.session.notify("textDocument/didChange", document.flush())


def at_work(backend_name: str, codebase: Codebase, workspace: Path, work) -> None:
    launcher = resolve_launcher(parse_backend_choice(backend_name), environ=os.environ)

    async def run() -> None:
        backend = await start(
            launcher.launch,
            codebase,
            workspace,
            RealClock(),
            write=lambda target: materialise(codebase, target),
            on_status=lambda _: None,
        )
        try:
            await work(backend)
        finally:
            await stop(backend)

    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(run())


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("backend_name", BACKENDS)
def test_every_answer_on_every_landmark_is_what_the_oracle_says(
    backend_name: str, seed: int, tmp_path: Path
) -> None:
    codebase = generate_codebase(CodebaseSpec(seed=seed, loc=LOC))
    landmarks = codebase.oracle.landmarks()

    async def work(backend: IdeBackend) -> None:
        desktop = Desktop(backend, codebase)
        await desktop.ask_at(landmarks, ("definition", "references", "hover", "completion"))
        await desktop.ask_outlines(codebase.rust_paths)
        assert not desktop.complaints, "\n".join(desktop.complaints[:20])
        assert desktop.outcomes["definition", Outcome.OK] == len(landmarks)
        assert desktop.outcomes["references", Outcome.OK] == len(landmarks)

    at_work(backend_name, codebase, tmp_path / "workspace", work)


@pytest.mark.real_backend
@pytest.mark.parametrize("profile", ["team", "large"])
def test_samples_of_every_kind_are_right_before_and_after_edits(profile: str, tmp_path: Path) -> None:
    codebase = generate_codebase(CodebaseSpec(seed=1, profile=profile))
    oracle = codebase.oracle
    by_kind = {kind: oracle.sample_landmarks(PER_KIND, kind, seed=1) for kind in LANDMARK_KINDS}
    assert all(by_kind.values())
    landmarks = [landmark for of_kind in by_kind.values() for landmark in of_kind]
    random = seeded_random(1, "files")
    files = sorted(codebase.rust_paths, key=lambda _: random.random())
    names = sorted({symbol.name for path in files for symbol in oracle.document_symbols(path)})
    names = [name for name in names if oracle.workspace_symbols(name)]
    names = sorted(names, key=lambda _: random.random())[: len(landmarks) // 4]

    async def ask(desktop: Desktop, when: str) -> None:
        await desktop.ask_at(landmarks, ("definition", "references", "hover", "completion"))
        await desktop.ask_outlines(files if THOROUGH else files[: 2 * EDITED_FILES])
        await desktop.search(names)
        asked = ", ".join(f"{count:,} {operation}" for (operation, _), count in desktop.outcomes.items())
        print(f"{profile}, {when}: {asked}")
        assert not desktop.complaints, "\n".join(desktop.complaints[:20])
        for operation in ("definition", "references"):
            assert desktop.outcomes[operation, Outcome.OK] == len(landmarks)
        assert desktop.outcomes["completion", Outcome.OK] >= PER_KIND
        desktop.outcomes.clear()

    async def work(backend: IdeBackend) -> None:
        desktop = Desktop(backend, codebase)
        await ask(desktop, "as generated")
        desktop.edit(files[:EDITED_FILES], EDITS)
        moved = sum(landmark.path in desktop.documents for landmark in landmarks)
        await ask(desktop, f"after {EDITS} edits, {moved:,} landmarks in edited files")
        desk = Desk(desktop.session, tuple(desktop.documents.values()), desktop.checker)
        compared = await compare_documents([desk])
        assert compared.compared == compared.edited > EDITED_FILES // 2
        assert compared.lost == 0

    at_work("rust-analyzer", codebase, tmp_path / "workspace", work)


@pytest.mark.real_backend
def test_an_outline_has_all_that_the_oracle_lists_and_besides_only_implementations_and_main(tmp_path):
    codebase = generate_codebase(CodebaseSpec(seed=4, loc=6_000, crates=3))

    async def work() -> None:
        backend = await start(
            resolve_launcher(parse_backend_choice("rust-analyzer"), environ=os.environ).launch,
            codebase,
            tmp_path / "workspace",
            RealClock(),
            write=lambda target: materialise(codebase, target),
            on_status=lambda _status: None,
        )
        try:
            for path in codebase.rust_paths:
                uri = (backend.workspace / path).as_uri()
                outline = await backend.session.request(
                    "textDocument/documentSymbol", {"textDocument": {"uri": uri}}, timeout_s=30
                )
                own = Counter(
                    (one.name, one.kind, one.line) for one in codebase.oracle.document_symbols(path)
                )
                listed = Counter(_entries(outline))
                assert not own - listed, path
                of_traits = Counter(_entries(outline, only_in_traits=True))
                others = (listed - own) - of_traits
                # Nothing can be asked about the function that an example begins with: nobody calls it.
                assert [name for name, _, _ in others] in ([], ["main"]), path
        finally:
            await stop(backend)

    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(work())


def _entries(outline, *, only_in_traits=False, inside=False):
    """Name, kind and line of every entry; or of headings of implementations and what stands in those of a
    trait that is not ours to list, such as `fmt`."""
    for entry in outline:
        heading = entry["kind"] == 19
        if not only_in_traits or heading or inside:
            yield entry["name"], entry["kind"], entry["selectionRange"]["start"]["line"]
        within = inside or (heading and " for " in entry["name"])
        yield from _entries(entry.get("children") or [], only_in_traits=only_in_traits, inside=within)
