"""Lost edits are found, and a server that does not tell holds nobody up."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from pytest_rustide_load.codebase import CodebaseSpec, generate_codebase
from pytest_rustide_load.engine import Session
from pytest_rustide_load.engine import compare as compare_module
from pytest_rustide_load.engine.checks import AnswerCounts, Checker
from pytest_rustide_load.engine.compare import Comparison, Desk, compare_documents, safety_metrics
from pytest_rustide_load.engine.documents import OpenDocument
from pytest_rustide_load.lsp.documents import DocumentBuffer, Edit, Position
from pytest_rustide_load.testing import FakeBackend, VirtualClock, run_virtually

ROOT = Path("/workspace")
CODEBASE = generate_codebase(CodebaseSpec(seed=1, loc=1_000, crates=2))
PATHS = tuple(path for path in CODEBASE.rust_paths if len(CODEBASE.oracle.document_symbols(path)) > 1)[:4]
METHOD_NOT_FOUND = ValueError(-32601)


def texts(backend: FakeBackend, *, lose: int = -1) -> dict[str, str]:
    """What a server holds that heard everything, but for the `lose`-th change, by uri."""
    buffers = {}
    changes = 0
    for method, params in backend.notifications:
        item = params.get("textDocument", {})
        if method == "textDocument/didOpen":
            buffers[item["uri"]] = DocumentBuffer(item["uri"], item["text"], encoding="utf-8")
        elif method == "textDocument/didChange":
            changes += 1
            if changes - 1 == lose:
                continue
            for change in params["contentChanges"]:
                start, end = (
                    Position(change["range"][name]["line"], change["range"][name]["character"])
                    for name in ("start", "end")
                )
                buffers[item["uri"]].apply([Edit(start, end, change["text"])])
    return {uri: buffer.text for uri, buffer in buffers.items()}


def symbols(path: str, *, shift: int = 0) -> list[dict]:
    """The outline of a file whose lines moved down by `shift`."""
    lines = CODEBASE.text(path).split("\n")
    found = []
    for symbol in CODEBASE.oracle.document_symbols(path):
        column = len(lines[symbol.line][: lines[symbol.line].index(symbol.name)].encode())
        place = {"line": symbol.line + shift, "character": column}
        found.append(
            {"name": symbol.name, "kind": symbol.kind, "selectionRange": {"start": place, "end": place}}
        )
    return found


def compare(answer, *, edits: int = 3, service_s=lambda *_: 0.001, paths=PATHS, **more):
    """Open documents, edit all but the first, compare; the comparison and how long it took."""

    async def work():
        backend = FakeBackend(service_s=service_s)
        backend.answer = lambda method, params: answer(backend, method, params)
        session = Session(backend, VirtualClock())
        documents = {path: OpenDocument(path, ROOT, CODEBASE.text(path)) for path in paths}
        checker = Checker(CODEBASE, ROOT, "utf-8", documents)
        for number, document in enumerate(documents.values()):
            session.notify("textDocument/didOpen", document.did_open())
            for _ in range(edits if number else 0):
                document.edit([Edit(Position(0, 0), Position(0, 0), "// é\n")])
        # The last edit of each is not sent yet, and those before travel with it.
        desk = Desk(session, tuple(documents.values()), checker)
        began = asyncio.get_running_loop().time()
        result = await compare_documents([desk], **more)
        return result, asyncio.get_running_loop().time() - began, checker.counts

    return run_virtually(work())


def test_a_server_with_the_same_texts_lost_nothing():
    result, _, _ = compare(lambda backend, _method, params: texts(backend)[params["uri"]])
    assert result == Comparison(edited=3, compared=3, by_outline=0, lost=0)


def test_a_change_the_server_did_not_take_in_is_a_lost_edit():
    result, _, _ = compare(lambda backend, _method, params: texts(backend, lose=1)[params["uri"]])
    assert result == Comparison(edited=3, compared=3, by_outline=0, lost=1)


@pytest.mark.parametrize("tells_texts", [True, False])
def test_what_a_server_holds_a_moment_later_is_not_lost_and_what_it_lost_is_not_waited_for_each_time(
    tells_texts,
):
    """As one does that takes its project in anew at that moment: it tells an empty text, and no symbols."""
    asked = []

    def answer(backend, method, params):
        asked.append(method)
        if method == "rust-analyzer/viewFileText":
            return ("" if len(asked) < 4 else texts(backend)[params["uri"]]) if tells_texts else None
        path = params["textDocument"]["uri"].removeprefix("file:///workspace/")
        return [] if len(asked) < 4 else symbols(path, shift=3)

    result, took_s, _ = compare(answer)
    assert result == Comparison(edited=3, compared=3, by_outline=0 if tells_texts else 3, lost=0)
    assert took_s < 1
    result, took_s, _ = compare(lambda *_: "")
    assert result == Comparison(edited=3, compared=3, by_outline=0, lost=3)
    assert took_s < 4


@pytest.mark.parametrize("then", ["an error", "silence", "a crash", "the deadline"])
def test_what_differs_is_lost_where_the_server_says_no_more(then):
    """Whatever becomes of asking again."""
    asked = []

    def answer(backend, method, _params):
        asked.append(method)
        if len(asked) == 1 or then == "the deadline":
            return "another text"
        if then == "a crash":
            backend.crash()
        return METHOD_NOT_FOUND

    def service_s(_method, number):
        return None if number and then == "silence" else 0.001

    result, _, _ = compare(answer, service_s=service_s, timeout_s=0.05 if then == "the deadline" else 20)
    assert (result.edited, result.compared, result.lost) == (3, 1, 1)


def test_line_ends_are_the_servers_own():
    result, _, _ = compare(
        lambda backend, _method, params: texts(backend)[params["uri"]].replace("\n", "\r\n")
    )
    assert result.lost == 0


@pytest.mark.parametrize("untold", [METHOD_NOT_FOUND, None, {"text": "?"}])
@pytest.mark.parametrize(("shift", "lost"), [(3, 0), (2, 3)])
def test_a_server_that_does_not_tell_texts_is_asked_for_outlines(untold, shift, lost):
    asked = []

    def answer(_backend, method, params):
        asked.append(method)
        if method == "rust-analyzer/viewFileText":
            return untold
        return symbols(params["textDocument"]["uri"].removeprefix("file:///workspace/"), shift=shift)

    result, _, counts = compare(answer)
    assert result == Comparison(edited=3, compared=3, by_outline=3, lost=lost)
    assert asked.count("rust-analyzer/viewFileText") == 1
    assert counts == AnswerCounts()


def test_a_server_that_tells_nothing_is_left_alone():
    asked = []

    def answer(_backend, method, _params):
        asked.append(method)
        return METHOD_NOT_FOUND

    result, _, _ = compare(answer)
    assert result == Comparison(edited=3)
    assert len(asked) == 2


def test_a_server_that_hangs_holds_nobody_up():
    result, took_s, _ = compare(lambda *_: None, service_s=lambda *_: None)
    assert result == Comparison(edited=3)
    assert took_s <= 5.1


def test_all_of_it_has_one_deadline():
    result, took_s, _ = compare(
        lambda backend, _method, params: texts(backend)[params["uri"]],
        service_s=lambda *_: 4.0,
        timeout_s=9.0,
    )
    assert result == Comparison(edited=3, compared=2)
    assert took_s == pytest.approx(9.0)


def test_no_more_documents_are_asked_about_than_the_bound(monkeypatch):
    monkeypatch.setattr(compare_module, "MAX_DOCUMENTS", 2)
    result, _, _ = compare(lambda backend, _method, params: texts(backend)[params["uri"]])
    assert result == Comparison(edited=3, compared=2)


def test_a_server_that_ends_meanwhile_ends_the_comparison():
    def answer(backend, _method, _params):
        backend.crash()

    result, took_s, _ = compare(answer)
    assert result == Comparison(edited=3)
    assert took_s < 1


def test_a_document_broken_off_has_no_outline_to_compare():
    async def work():
        backend = FakeBackend(answer=lambda method, _: METHOD_NOT_FOUND if "viewFile" in method else [])
        document = OpenDocument(PATHS[0], ROOT, CODEBASE.text(PATHS[0]))
        document.edit([Edit(Position(0, 0), Position(0, 0), "let")], settled=False)
        checker = Checker(CODEBASE, ROOT, "utf-8", {document.path: document})
        return await compare_documents([Desk(Session(backend, VirtualClock()), [document], checker)])

    assert run_virtually(work()) == Comparison(edited=1)


def test_what_was_not_looked_at_is_none():
    other = {"wrong_answers": 0, "duplicate_replies": 1, "unknown_replies": 2}
    nothing = safety_metrics(AnswerCounts(), None, **other)
    assert (nothing.stale_answers, nothing.out_of_order_answers, nothing.unjudged_answers) == (None,) * 3
    assert (nothing.documents_compared, nothing.duplicate_replies, nothing.unknown_replies) == (0, 1, 2)
    counts = AnswerCounts(judged=9, unjudged=1, stale=2, out_of_order=1)
    some = safety_metrics(counts, Comparison(edited=4, compared=3, by_outline=1, lost=2), **other)
    assert (some.stale_answers, some.out_of_order_answers, some.unjudged_answers) == (2, 1, 1)
    assert (some.documents_edited, some.documents_compared, some.lost_edits) == (4, 3, 2)
    assert some.compared_by_outline == 1
