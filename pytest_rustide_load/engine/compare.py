"""At the end of a run: does the server hold the text that the client believes it holds?

Asks for the text itself where the server tells it, for the outline of the document otherwise. Bounded in
documents and in time. Knows nothing of plans or samples.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Sequence
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
    # What was compared until the time is over stays; the counts say how many that is.
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(timeout_s):
            for desk, edited in chosen:
                if id(desk.session) not in silent and not await _compare_desk(desk, edited[:each], result):
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


async def _compare_desk(desk: Desk, documents: Sequence[OpenDocument], result: Comparison) -> bool:
    """False where the server is not worth asking again."""
    tells_text = True
    for document in documents:
        try:
            if tells_text:
                text = await _ask(desk.session, _TEXT, {"uri": document.uri})
                tells_text = isinstance(text, str)
                if isinstance(text, str):
                    result.compared += 1
                    result.lost += not same_lines(text, document.text)
                    continue
        except RequestFailed:
            tells_text = False
        except (TimeoutError, Crashed):
            return False
        try:
            await _compare_outline(desk, document, result)
        except (RequestFailed, TimeoutError, Crashed):
            return False
    return True


async def _compare_outline(desk: Desk, document: OpenDocument, result: Comparison) -> None:
    outline = await _ask(desk.session, _OUTLINE, {"textDocument": {"uri": document.uri}})
    try:
        agrees = desk.checker.agrees_with_outline(document.path, msgspec.Raw(msgspec.json.encode(outline)))
    except UNDECODABLE:
        # No outline at all is not the outline of this text.
        agrees = False
    if agrees is not None:
        result.compared += 1
        result.by_outline += 1
        result.lost += not agrees


async def _ask(session: Session, method: str, params: object) -> object:
    return await session.request(method, params, timeout_s=_REQUEST_TIMEOUT_S)
