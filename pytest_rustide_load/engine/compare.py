"""At the end of a run: does the server hold the text that the client believes it holds?

Asks for the text itself where the server tells it, for the outline of the document otherwise. Bounded in
documents and in time. Knows nothing of plans or samples.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import msgspec

from pytest_rustide_load.engine.checks import AnswerCounts, Checker
from pytest_rustide_load.engine.documents import OpenDocument
from pytest_rustide_load.engine.session import RequestFailed, Session
from pytest_rustide_load.errors import Crashed
from pytest_rustide_load.lsp.messages import UNDECODABLE
from pytest_rustide_load.stats.record import Refactored, SafetyMetrics

__all__ = [
    "MAX_DOCUMENTS",
    "Comparison",
    "Desk",
    "compare_documents",
    "safety_metrics",
    "same_lines",
    "total_counts",
]

# Of more edited documents, so many are asked about, evenly from all desks.
MAX_DOCUMENTS = 400
_REQUEST_TIMEOUT_S = 5.0
# Where a document differs it is asked for again after these, all documents together: what is lost stays lost.
# While rust-analyzer takes a project in, it holds no text of an open file for some milliseconds.
_PAUSES_S = (0.1, 0.2, 0.4, 0.8, 1.5)
_TEXT = "rust-analyzer/viewFileText"
_OUTLINE = "textDocument/documentSymbol"


@dataclass(frozen=True, slots=True)
class Desk:
    """A user's documents, what judges answers about them, and the session that knows of their edits."""

    session: Session
    documents: Sequence[OpenDocument]
    checker: Checker


@dataclass(slots=True)
class Comparison:
    """`edited` documents, of which `compared` could be: by their text, or (`by_outline` of these) by their
    symbols, which shows lost lines but not every lost character. The server has `lost` of them otherwise."""

    edited: int = 0
    compared: int = 0
    by_outline: int = 0
    lost: int = 0


async def compare_documents(desks: Sequence[Desk], *, timeout_s: float = 30.0) -> Comparison:
    """Send what is not sent yet, then ask for every edited document. Returns after `timeout_s` at the latest
    with what was found until then. A server that does not answer is not asked again; one that cannot tell
    texts is asked for outlines, and a document that is broken off in mid-statement has none to compare.
    """
    result = Comparison()
    chosen = []
    for desk in desks:
        edited = [document for document in desk.documents if document.edits]
        result.edited += len(edited)
        chosen.append((desk, edited))
        for document in edited:
            unsent = document.flush()
            if unsent is not None:
                desk.session.notify("textDocument/didChange", unsent)
    each = max(1, MAX_DOCUMENTS // max(1, sum(bool(edited) for _, edited in chosen)))
    silent: set[int] = set()
    pauses_s = iter(_PAUSES_S)
    # What was compared until the time is over stays; the counts say how many that is.
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(timeout_s):
            for desk, edited in chosen:
                if id(desk.session) in silent:
                    continue
                if not await _compare_desk(desk, edited[:each], result, pauses_s):
                    silent.add(id(desk.session))
                if result.compared >= MAX_DOCUMENTS:
                    break
    return result


def same_lines(told: str, known: str) -> bool:
    """Whether a text that a server told is the known one; servers may keep texts with line feeds alone."""
    return told.replace("\r\n", "\n") == known.replace("\r\n", "\n")


def total_counts(parts: Iterable[AnswerCounts]) -> AnswerCounts:
    """Those of several checkers together."""
    total = AnswerCounts()
    for part in parts:
        total.judged += part.judged
        total.unjudged += part.unjudged
        total.stale += part.stale
        total.out_of_order += part.out_of_order
    return total


def safety_metrics(
    counts: AnswerCounts,
    comparison: Comparison | None,
    *,
    wrong_answers: int,
    duplicate_replies: int,
    unknown_replies: int,
    refactored: Refactored | None = None,
) -> SafetyMetrics:
    """All of it, with None for what was not looked at: no answer was judged, or no document compared.
    `refactored` is what was renamed and moved."""
    looked = counts.judged > 0
    found = Comparison() if comparison is None else comparison
    return SafetyMetrics(
        documents_compared=found.compared,
        lost_edits=found.lost,
        stale_answers=counts.stale if looked else None,
        wrong_answers=wrong_answers,
        out_of_order_answers=counts.out_of_order if looked else None,
        duplicate_replies=duplicate_replies,
        unknown_replies=unknown_replies,
        unjudged_answers=counts.unjudged if looked else None,
        documents_edited=found.edited,
        compared_by_outline=found.by_outline,
        refactored=refactored,
    )


async def _compare_desk(
    desk: Desk, documents: Sequence[OpenDocument], result: Comparison, pauses_s: Iterator[float]
) -> bool:
    """False where the server is not worth asking again."""
    tells_text = True
    for document in documents:
        try:
            agrees = await _agrees_by_text(desk, document) if tells_text else None
            tells_text = agrees is not None
            looks = _agrees_by_text if tells_text else _agrees_by_outline
            if not tells_text:
                agrees = await looks(desk, document)
            if agrees is None:
                continue
            result.compared += 1
            result.by_outline += not tells_text
            # It is lost until the server tells it: where it says no more, that is so.
            result.lost += not agrees
            while not agrees and (pause_s := next(pauses_s, None)) is not None:
                await asyncio.sleep(pause_s)
                agrees = await looks(desk, document)
                result.lost -= agrees is True
        except (RequestFailed, TimeoutError, Crashed):
            return False
    return True


async def _agrees_by_text(desk: Desk, document: OpenDocument) -> bool | None:
    """None where the server tells no texts."""
    try:
        text = await _ask(desk.session, _TEXT, {"uri": document.uri})
    except RequestFailed:
        return None
    return same_lines(text, document.text) if isinstance(text, str) else None


async def _agrees_by_outline(desk: Desk, document: OpenDocument) -> bool | None:
    """None where the document has none to compare."""
    outline = await _ask(desk.session, _OUTLINE, {"textDocument": {"uri": document.uri}})
    try:
        return desk.checker.agrees_with_outline(document.path, msgspec.Raw(msgspec.json.encode(outline)))
    except UNDECODABLE:
        # No outline at all is not the outline of this text.
        return False


async def _ask(session: Session, method: str, params: object) -> object:
    return await session.request(method, params, timeout_s=_REQUEST_TIMEOUT_S)
