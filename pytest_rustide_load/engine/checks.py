"""Whether an answer is right: what the server said against what the oracle of the codebase knows.

An answer is compared in the places of the codebase as it was generated: what stands in edited documents is
mapped back to the edits the question was asked at. Descriptions of wrong answers name places, never
source text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

import msgspec

from pytest_rustide_load.codebase import Codebase, Landmark
from pytest_rustide_load.codebase.foreign import ForeignCodebase
from pytest_rustide_load.engine import answers
from pytest_rustide_load.engine.documents import OpenDocument
from pytest_rustide_load.engine.expected import Expected
from pytest_rustide_load.engine.versions import Claim, Found, Mark, Versions, all_stand
from pytest_rustide_load.lsp.messages import UNDECODABLE
from pytest_rustide_load.lsp.tracking import Pieces
from pytest_rustide_load.stats.samples import Outcome
from pytest_rustide_load.workload import OPERATIONS

__all__ = ["AnswerCounts", "Asked", "Checker", "Edits"]

# How many edits each document had at some moment, by path; none for a path that is not in it.
Edits = Mapping[str, int]
Judgement = tuple[Outcome, str]

_RIGHT: Judgement = (Outcome.OK, "")
_EMPTY: Judgement = (Outcome.EMPTY, "")
_MAX_MARKS_SHOWN = 3
# Servers cut long lists of symbols off; rust-analyzer's limit is the smallest.
_SYMBOLS_LISTED = 128
_CALLABLE = frozenset({"function_call", "method_call", "trait_method"})
_OUT_OF_ORDER_KEPT = 64


@dataclass(slots=True)
class AnswerCounts:
    """What became of the judged answers beyond their outcomes; see SafetyMetrics."""

    judged: int = 0
    unjudged: int = 0
    stale: int = 0
    out_of_order: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked: `operation` at `landmark`, or about the whole of `path`.

    `edits` are those of every document of the user when the question was sent, `edits_on_arrival` those when
    the answer came (no later ones than the former where that is not known). `number` ascends in the order
    of asking; below 0 the order is not known. `query` is that of a search for symbols. `is_sure` is False
    where some name was not that of the codebase meanwhile.
    """

    operation: str
    landmark: Landmark | None
    path: str
    edits: Edits = field(default_factory=dict)
    edits_on_arrival: Edits | None = None
    number: int = -1
    query: str = ""
    is_sure: bool = True


class Checker:
    """Judges answers about `codebase`, a copy of which the server has at `root`.

    `encoding` is the session's position encoding; `documents` are the open ones by path. `counts` and
    `expected` (of the same codebase and encoding) may be shared with other checkers.
    """

    def __init__(
        self,
        codebase: Codebase | ForeignCodebase,
        root: Path,
        encoding: str,
        documents: Mapping[str, OpenDocument],
        *,
        counts: AnswerCounts | None = None,
        expected: Expected | None = None,
    ) -> None:
        self._expected = Expected(codebase, encoding) if expected is None else expected
        self._root = root.as_posix().rstrip("/") + "/"
        self._documents = documents
        self.counts = AnswerCounts() if counts is None else counts
        self.column = self._expected.column
        self._versions = Versions(documents)
        # Stale answers by operation and path, as the numbers of their questions.
        self._stale: dict[tuple[str, str], list[int]] = {}
        self._at_landmark: dict[str, Callable[[Asked, Landmark, msgspec.Raw], Judgement]] = {
            "definition": self._definition_judged,
            "references": self._references_judged,
            "document_highlight": self._highlight_judged,
            "rename": self._rename_judged,
            "prepare_rename": self._prepare_rename_judged,
            "prepare_call_hierarchy": self._calls_judged,
            "hover": self._hover_judged,
            "completion": self._completion_judged,
            "selection_range": self._selection_judged,
        }
        self._elsewhere: dict[str, Callable[[Asked, msgspec.Raw], Judgement]] = {
            "document_symbols": self._outline_judged,
            "workspace_symbols": self._search_judged,
            "semantic_tokens": self._tokens_judged,
        }

    def agrees_with_outline(self, path: str, result: msgspec.Raw) -> bool | None:
        """Whether the symbols of a document are those it has now; counted nowhere. None where no symbols are
        known, or it is broken off in mid-statement."""
        document = self._documents[path]
        if not document.settled or not self._expected.outline(path):
            return None
        found = self._symbols(Asked("document_symbols", None, path), result)
        claim = Claim(self._expected.outline(path), found, exact=False)
        return self._versions.holds(claim, {path: document.edits}, None)

    def may_rename(self, landmark: Landmark) -> bool:
        """Whether what is renamed at a landmark is all that bears the name, everywhere."""
        return self._expected.bears_its_name(landmark) and not self._expected.is_imported_here(landmark)

    def renamed(self, landmark: Landmark) -> frozenset[Mark]:
        """The places, in the original, of the name that stands at a landmark."""
        return self._expected.renamed(landmark)

    def check(
        self, operation: str, landmark: Landmark | None, path: str, edits: Edits, result: msgspec.Raw | None
    ) -> Judgement:
        """`judge` where the order of questions and answers is not known."""
        return self.judge(Asked(operation, landmark, path, edits), result)

    def judge(self, asked: Asked, result: msgspec.Raw | None) -> Judgement:
        """OK, EMPTY, WRONG or CONTENT_MODIFIED for an answer, and for WRONG a sentence. An answer that does
        not have the shape LSP gives it is WRONG.

        Answers must be judged in the order they arrived. One that disagrees while a document of the user
        was not whole is OK, and counted as not judged: nobody knows what is right in half a statement. One
        that is right for the text at any moment between the question and the answer is OK: a server may
        answer for what it has heard meanwhile. But a place is asked about by its line and column: one that
        disagrees where an edit moved that place meanwhile is about another, as CONTENT_MODIFIED would have
        said.
        """
        self.counts.judged += 1
        stale = self.counts.stale
        self._arrived(asked)
        if result is None or answers.is_empty(result):
            outcome, why = self._empty_judged(asked)
            # Nothing excuses an empty answer but that what was searched for may stand in half a statement.
            searched = asked.operation == "workspace_symbols"
            return self._unless_broken_off(asked, outcome, why) if searched else (outcome, why)
        try:
            outcome, why = self._judged(asked, result)
        except UNDECODABLE as error:
            return Outcome.WRONG, _placed(asked, f"an answer of the wrong shape: {error}")
        if outcome == Outcome.EMPTY and _may_be_empty(asked.operation):
            return _RIGHT
        outcome, why = self._unless_broken_off(asked, outcome, why)
        if outcome != Outcome.WRONG:
            return outcome, ""
        if self.counts.stale == stale and self._was_moved(asked):
            return Outcome.CONTENT_MODIFIED, ""
        return outcome, _placed(asked, why)

    def _unless_broken_off(self, asked: Asked, outcome: Outcome, why: str) -> Judgement:
        """Nobody knows what is right, or whether anything is, while half a statement stands somewhere."""
        settled = asked.is_sure and self._versions.settled(asked.edits, asked.edits_on_arrival)
        if outcome != Outcome.OK and not settled:
            self.counts.unjudged += 1
            return _RIGHT
        return outcome, why

    def _was_moved(self, asked: Asked) -> bool:
        """Whether what was asked about stood elsewhere before the answer came. rust-analyzer asks itself
        again when an edit overtakes a completion, with the line and column of before."""
        mark = asked.landmark
        if mark is None:
            return False
        _, line, column = self._expected.place(mark)
        return self._versions.moved(mark.path, (line, column), asked.edits, asked.edits_on_arrival)

    def _judged(self, asked: Asked, result: msgspec.Raw) -> Judgement:
        landmark = asked.landmark
        if landmark is not None and asked.operation in self._at_landmark:
            return self._at_landmark[asked.operation](asked, landmark, result)
        if asked.operation in self._elsewhere:
            return self._elsewhere[asked.operation](asked, result)
        return _RIGHT if answers.require_shape(asked.operation, result) else _EMPTY

    # -- the order of answers

    def _arrived(self, asked: Asked) -> None:
        """A stale answer to a later question came before the answer to this one: they are out of order."""
        stale = self._stale.get((asked.operation, asked.path))
        if stale and asked.number >= 0:
            later = [number for number in stale if number > asked.number]
            self.counts.out_of_order += len(later)
            stale[:] = [number for number in stale if number < asked.number]

    def _was_stale(self, asked: Asked) -> None:
        self.counts.stale += 1
        if asked.number >= 0:
            stale = self._stale.setdefault((asked.operation, asked.path), [])
            stale.append(asked.number)
            del stale[:-_OUT_OF_ORDER_KEPT]

    # -- one method an operation

    def _empty_judged(self, asked: Asked) -> Judgement:
        landmark = asked.landmark
        if asked.operation == "document_symbols" and not self._expected.outline(asked.path):
            # A file of nothing but imports has no outline.
            return _EMPTY if self._expected.is_foreign else _RIGHT
        if (
            asked.operation == "workspace_symbols"
            and asked.query
            and not self._expected.found_by(asked.query)
        ):
            # A name that only locals have.
            return _RIGHT
        if asked.operation == "references" and landmark is not None and not self._expected.is_foreign:
            return _EMPTY if self._expected.references(landmark) else _RIGHT
        if landmark is None and OPERATIONS[asked.operation].at_landmark:
            # At a caret, in half a word or a comment, there may be nothing to say.
            return _RIGHT
        if landmark is not None and not self._expected.is_foreign:
            calls = asked.operation == "prepare_call_hierarchy" and landmark.kind in _CALLABLE
            renamed = asked.operation == "prepare_rename" and self._expected.bears_its_name(landmark)
            if calls or renamed:
                # It may be empty elsewhere, but not here.
                return _EMPTY
        return _RIGHT if _may_be_empty(asked.operation) else _EMPTY

    def _definition_judged(self, asked: Asked, landmark: Landmark, result: msgspec.Raw) -> Judgement:
        return self._compared(asked, self._expected.definition(landmark), result)

    def _references_judged(self, asked: Asked, landmark: Landmark, result: msgspec.Raw) -> Judgement:
        return self._compared(asked, self._expected.references(landmark), result)

    def _highlight_judged(self, asked: Asked, landmark: Landmark, result: msgspec.Raw) -> Judgement:
        everywhere = self._expected.references(landmark) | self._expected.definition(landmark)
        return self._compared(asked, frozenset(mark for mark in everywhere if mark[0] == asked.path), result)

    def _rename_judged(self, asked: Asked, landmark: Landmark, result: msgspec.Raw) -> Judgement:
        if not self.may_rename(landmark):
            answers.named_places(asked.operation, result)
            return _RIGHT
        return self._compared(asked, self._expected.renamed(landmark), result)

    def _prepare_rename_judged(self, asked: Asked, landmark: Landmark, result: msgspec.Raw) -> Judgement:
        found = answers.named_places(asked.operation, result)
        if not found:
            # The editor may choose the word itself.
            return _RIGHT
        return self._claimed(asked, frozenset({self._expected.place(landmark)}), self._marks(asked, found))

    def _calls_judged(self, asked: Asked, landmark: Landmark, result: msgspec.Raw) -> Judgement:
        if landmark.kind not in _CALLABLE:
            answers.named_places(asked.operation, result)
            return _RIGHT
        return self._compared(asked, self._expected.definition(landmark), result)

    def _outline_judged(self, asked: Asked, result: msgspec.Raw) -> Judgement:
        expected = self._expected.outline(asked.path)
        return self._claimed(asked, expected, self._symbols(asked, result), all_of_them=False)

    def _search_judged(self, asked: Asked, result: msgspec.Raw) -> Judgement:
        found = self._symbols(asked, result)
        if not asked.query or len(found) >= _SYMBOLS_LISTED:
            return _RIGHT
        return self._claimed(asked, self._expected.found_by(asked.query), found, all_of_them=False)

    def _tokens_judged(self, asked: Asked, result: msgspec.Raw) -> Judgement:
        if not answers.require_shape(asked.operation, result):
            return _EMPTY
        sample = self._expected.tokens(asked.path)
        starts = answers.token_starts(result)

        def stand(at: Pieces) -> bool:
            return all_stand(sample, starts, at)

        if self._versions.when(asked.path, asked.edits, asked.edits_on_arrival, stand):
            return _RIGHT
        if self._versions.when_before(asked.path, asked.edits, stand):
            self._was_stale(asked)
        return Outcome.WRONG, f"no tokens at some of {len(sample)} names, among {len(starts)} tokens"

    def _hover_judged(self, _asked: Asked, landmark: Landmark, result: msgspec.Raw) -> Judgement:
        text = answers.hover_text(result)
        if not text.strip():
            return _EMPTY
        if all(part in text for part in self._expected.hover(landmark)):
            return _RIGHT
        return Outcome.WRONG, "the signature of the symbol is not in it"

    def _completion_judged(self, _asked: Asked, landmark: Landmark, result: msgspec.Raw) -> Judgement:
        labels = answers.completion_labels(result)
        if not labels:
            return _EMPTY
        offered = {_identifier(label) for label in labels}
        missing = [label for label in self._expected.completions(landmark) if label not in offered]
        if not missing:
            return _RIGHT
        return (
            Outcome.WRONG,
            f"{len(missing)} of the members that must be offered are not, of {len(labels)} items",
        )

    def _selection_judged(self, asked: Asked, landmark: Landmark, result: msgspec.Raw) -> Judgement:
        found = answers.selections(result)
        if not found:
            return _EMPTY
        _, line, column = self._expected.place(landmark)

        def inside(at: Pieces) -> bool:
            place = at.now_from_original((line, column))
            return place is None or all(span[:2] <= place <= span[2:] for span in found)

        if self._versions.when(landmark.path, asked.edits, asked.edits_on_arrival, inside):
            return _RIGHT
        return Outcome.WRONG, "a selection that does not hold the place it is about"

    # -- expected and given places

    def _compared(self, asked: Asked, expected: frozenset[Mark], result: msgspec.Raw) -> Judgement:
        return self._claimed(
            asked, expected, self._marks(asked, answers.named_places(asked.operation, result))
        )

    def _symbols(self, asked: Asked, result: msgspec.Raw) -> list[Found]:
        return [
            (self._path(one.uri) if one.uri else asked.path, one.line, one.column, one.name)
            for one in answers.named_places(asked.operation, result)
        ]

    def _marks(self, asked: Asked, found: Iterable[answers.Named]) -> list[Found]:
        return [(self._path(one.uri) if one.uri else asked.path, one.line, one.column, "") for one in found]

    def _claimed(
        self,
        asked: Asked,
        expected: frozenset[Mark],
        found: list[Found],
        *,
        all_of_them: bool = True,
    ) -> Judgement:
        """`found` places, in the server's text, against the `expected` ones, in the original."""
        if not found:
            return _EMPTY if expected else _RIGHT
        if not expected:
            # Nobody knows the answer: of a codebase that was not generated, or whose use is its only one.
            return _RIGHT
        claim = Claim(expected, found, all_of_them)
        if self._versions.holds(claim, asked.edits, asked.edits_on_arrival):
            return _RIGHT
        if self._versions.held_before(claim, asked.edits):
            self._was_stale(asked)
        return Outcome.WRONG, _difference(claim, self._versions.original(claim, asked.edits))

    def _path(self, uri: str) -> str:
        try:
            path = unquote(urlsplit(uri).path)
        except ValueError:
            # No URI at all, and so no file of the codebase.
            return uri
        return path.removeprefix(self._root)


def _may_be_empty(operation: str) -> bool:
    known = OPERATIONS.get(operation)
    return known is not None and known.may_be_empty


def _placed(asked: Asked, why: str) -> str:
    mark = asked.landmark
    where = asked.path if mark is None else f"{asked.path}:{mark.line + 1}:{mark.column + 1}"
    return f"{asked.operation} at {where}: {why}"


def _difference(claim: Claim, got: frozenset[Mark]) -> str:
    """What distinguishes the places given from those expected, in words."""
    what = [("missing", claim.expected - got)]
    if claim.exact:
        what.append(("not expected", got - claim.expected))
    parts = [f"{len(marks)} {word} ({_show(marks)})" for word, marks in what if marks]
    return f"{len(got)} place{'' if len(got) == 1 else 's'}, {' and '.join(parts)}"


def _show(marks: frozenset[Mark]) -> str:
    """The first few places; names are left out."""
    first = sorted(marks, key=str)[:_MAX_MARKS_SHOWN]
    shown = ", ".join(
        f"{path}:{line + 1}:{at + 1}" if isinstance(at, int) else f"{path}:{line + 1}"
        for path, line, at in first
    )
    return shown + (", …" if len(marks) > len(first) else "")


def _identifier(label: str) -> str:
    """The name a completion label begins with: `push(…)` offers `push`."""
    end = next((index for index, char in enumerate(label) if not (char == "_" or char.isalnum())), len(label))
    return label[:end]
