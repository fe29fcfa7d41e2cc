"""Renames that are carried out: what is right is made everywhere and undone, what is wrong is found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pytest_rustide_load.codebase import CodebaseSpec, generate_codebase
from pytest_rustide_load.engine import ScenarioRun, Session
from pytest_rustide_load.engine.documents import OpenDocument
from pytest_rustide_load.stats import Outcome, RunRecord
from pytest_rustide_load.testing import FakeBackend, VirtualClock, run_virtually
from pytest_rustide_load.workload import OperationPattern, Range, Scenario, WorkingSet

CODEBASE = generate_codebase(CodebaseSpec(seed=3, loc=4_000))
ROOT = Path("/team/one")


def run(
    answer: Any, operation: str = "apply_rename", files_range: Range | None = None, notices_ns: int = 0
) -> tuple[RunRecord, dict[Path, str]]:
    """`notices_ns` is how long the server still shows a file that is gone."""
    files: dict[Path, str] = {}
    gone: dict[Path, int] = {}
    method_asked = {"apply_rename": "textDocument/rename", "move_file": "workspace/willRenameFiles"}[
        operation
    ]

    def reply(method: str, params: Any) -> Any:
        if method == "rust-analyzer/viewFileText":
            path = Path(params["uri"].removeprefix("file://"))
            if path not in files:
                was_there = path.relative_to(ROOT).as_posix() in CODEBASE.paths
                if not was_there or gone.get(path, clock.now_ns()) + notices_ns < clock.now_ns():
                    return LookupError(-32603)
            return files.get(path) or CODEBASE.text(path.relative_to(ROOT).as_posix())
        return answer(params) if method == method_asked else None

    def remove(path: Path) -> None:
        files.pop(path, None)
        gone[path] = clock.now_ns()

    clock = VirtualClock()

    async def work() -> RunRecord:
        session = Session(FakeBackend(answer=reply), clock)
        await session.initialize(ROOT, timeout_s=5)
        one = ScenarioRun(
            Scenario(
                name="s",
                description="",
                warm_up_s=0,
                duration_s=30,
                request_timeout_s=5,
                working_set=WorkingSet(Range(4, 4)),
                patterns=(OperationPattern(operation, Range(0.2, 0.2)),),
                refactored_files=files_range,
            ),
            codebase=CODEBASE,
            sessions=[session],
            roots=[ROOT],
            clock=clock,
            seed=5,
            cpu_ns=lambda: 1,
            write=files.__setitem__,
            remove=remove,
        )
        await one.run()
        return one.record()

    return run_virtually(work()), files


def places(params: Any) -> list[tuple[str, int, int, int]]:
    """Every place of the name that is asked about, in the codebase as it was: path, line, column, length."""
    path = Path(params["textDocument"]["uri"].removeprefix("file://")).relative_to(ROOT).as_posix()
    at = (params["position"]["line"], params["position"]["character"])
    mark = next(one for one in CODEBASE.oracle.landmarks(path=path) if (one.line, one.column) == at)
    found = {*CODEBASE.oracle.definition(mark), *CODEBASE.oracle.references(mark)}

    def word(place: Any) -> str:
        line = CODEBASE.text(place.path).split("\n")[place.line]
        return line[place.column : place.column + place.length]

    named = [place for place in found if word(place) == word(mark)]
    return sorted((place.path, place.line, place.column, place.length) for place in named)


def edits(params: Any, found: list[tuple[str, int, int, int]]) -> dict[str, Any]:
    changes: dict[str, list[Any]] = {}
    for path, line, column, length in found:
        span = {
            "start": {"line": line, "character": column},
            "end": {"line": line, "character": column + length},
        }
        changes.setdefault((ROOT / path).as_uri(), []).append({"range": span, "newText": params["newName"]})
    return {"changes": changes}


def outcomes(record: RunRecord) -> list[Outcome]:
    return [sample.outcome for sample in record.samples]


def test_what_the_oracle_says_is_made_everywhere_and_undone_by_the_end():
    asked: list[Any] = []

    def answer(params: Any) -> Any:
        asked.append(params)
        # Only the first is about the codebase as it was; the way back is refused, and taken all the same.
        return edits(params, places(params)) if len(asked) == 1 else LookupError(-32803)

    record, files = run(answer)
    assert outcomes(record)[0] == Outcome.OK
    assert record.safety.refactored is not None
    assert (record.safety.refactored.renames, record.safety.refactored.wrong) == (1, 0)
    assert record.safety.refactored.edits == len(places(asked[0]))
    assert record.safety.lost_edits in (0, None) or record.safety.documents_compared
    assert all(text == CODEBASE.text(path.relative_to(ROOT).as_posix()) for path, text in files.items())


def test_a_rename_that_forgets_a_place_is_wrong_and_not_made():
    record, files = run(lambda params: edits(params, places(params)[1:]))
    assert set(outcomes(record)) == {Outcome.WRONG}
    assert record.safety.refactored is not None
    assert record.safety.refactored.renames == record.safety.refactored.edits == 0
    assert record.safety.refactored.wrong == len(outcomes(record)) > 2
    assert "would be another" in record.first_wrong[0]
    assert files == {}


def test_a_rename_that_reaches_too_far_is_wrong():
    other = next(path for path in CODEBASE.paths if path.endswith("Cargo.toml"))
    record, _ = run(lambda params: edits(params, [*places(params), (other, 0, 0, 1)]))
    assert set(outcomes(record)) == {Outcome.WRONG}
    assert "does not hold the name" in record.first_wrong[0]


def test_a_file_that_is_named_and_not_changed_is_no_mistake():
    other = (ROOT / next(path for path in CODEBASE.paths if path.endswith("Cargo.toml"))).as_uri()

    def answer(params: Any) -> Any:
        told = edits(params, places(params)) if params["newName"].endswith("_r1") else {"changes": {}}
        told["changes"][other] = []
        return told

    record, _ = run(answer)
    assert outcomes(record)[0] == Outcome.OK
    assert record.safety.refactored is not None
    assert record.safety.refactored.renames == 1


def test_beside_half_a_statement_nobody_knows_what_a_rename_is_to_change(monkeypatch):
    asked: list[Any] = []

    def answer(params: Any) -> Any:
        asked.append(params)
        return edits(params, places(params)[1:])

    monkeypatch.setattr(OpenDocument, "settled", property(lambda _document: False))
    record, files = run(answer)
    # It is asked for again for as long as a user would wait, and never found wrong.
    assert Outcome.WRONG not in outcomes(record)
    assert Outcome.ERROR in outcomes(record)
    assert len(asked) > 10 * outcomes(record).count(Outcome.ERROR)
    assert files == {}


def test_a_rename_of_another_shape_is_wrong():
    record, _ = run(lambda _params: {"documentChanges": [{"kind": "delete", "uri": "file:///x"}]})
    assert set(outcomes(record)) == {Outcome.WRONG}
    assert "wants to delete a file" in record.first_wrong[0]


def test_one_that_is_always_refused_is_an_error():
    record, _ = run(lambda _params: LookupError(-32801))
    assert Outcome.ERROR in outcomes(record)
    assert record.safety.refactored is not None
    assert record.safety.refactored.renames == 0


def module_places(params: Any) -> list[tuple[str, int, int, int]]:
    """Every place of the name of the module whose file is about to move."""
    path = Path(params["files"][0]["oldUri"].removeprefix("file://")).relative_to(ROOT).as_posix()
    mark = next(
        one
        for one in CODEBASE.oracle.landmarks(kind="module_use")
        if CODEBASE.oracle.definition(one)[0].path == path
    )
    found = (*CODEBASE.oracle.declaration(mark), *CODEBASE.oracle.references(mark))
    name = Path(path).stem

    def word(place: Any) -> str:
        line = CODEBASE.text(place.path).split("\n")[place.line]
        return line[place.column : place.column + place.length]

    return sorted({(one.path, one.line, one.column, one.length) for one in found if word(one) == name})


def moved(params: Any, found: list[tuple[str, int, int, int]]) -> dict[str, Any]:
    return edits({"newName": Path(params["files"][0]["newUri"]).stem}, found)


def test_a_module_moves_with_what_is_below_it_and_comes_back():
    asked: list[Any] = []

    def answer(params: Any) -> Any:
        asked.append(params)
        return moved(params, module_places(params)) if len(asked) == 1 else LookupError(-32803)

    record, files = run(answer, "move_file")
    assert outcomes(record)[0] == Outcome.OK
    assert record.safety.refactored is not None
    assert (record.safety.refactored.moves, record.safety.refactored.wrong) == (1, 0)
    assert record.safety.refactored.edits == len(module_places(asked[0])) > 0
    assert record.safety.refactored.files >= len({place[0] for place in module_places(asked[0])})
    # Everything is where it belongs, and nothing anywhere else.
    assert files
    assert all(text == CODEBASE.text(path.relative_to(ROOT).as_posix()) for path, text in files.items())


def test_a_move_has_arrived_when_the_server_has_the_file_no_more_where_it_was():
    asked: list[Any] = []

    def answer(params: Any) -> Any:
        asked.append(params)
        return moved(params, module_places(params)) if len(asked) == 1 else LookupError(-32803)

    record, _ = run(answer, "move_file", notices_ns=300_000_000)
    first = next(iter(record.samples))
    assert first.outcome is Outcome.OK
    assert first.done_ns - first.sent_ns >= 300_000_000


def test_a_move_that_forgets_a_place_is_wrong_and_not_made():
    record, files = run(lambda params: moved(params, module_places(params)[1:]), "move_file")
    assert set(outcomes(record)) == {Outcome.WRONG}
    assert record.first_wrong[0].startswith("move of crates/")
    assert files == {}


def test_only_what_is_used_in_as_many_files_as_asked_for_is_renamed():
    widths = []

    def answer(params: Any) -> Any:
        widths.append(len({place[0] for place in places(params)}))
        return LookupError(-32803)

    run(answer, files_range=Range(3, 5))
    assert widths
    assert all(3 <= width <= 5 for width in widths)
    # Where nothing is used as widely, what comes nearest.
    most = max(widths)
    widths.clear()
    run(answer, files_range=Range(5_000, 6_000))
    assert min(widths) >= most
