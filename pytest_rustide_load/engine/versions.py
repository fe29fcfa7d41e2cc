"""At which versions of the documents a set of places is the expected one.

An answer names places in the server's text; the expected ones are those of the codebase as it was generated.
Knows nothing of operations or of how answers look.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from pytest_rustide_load.engine.documents import OpenDocument
from pytest_rustide_load.lsp.tracking import Pieces

__all__ = ["Claim", "Found", "Mark", "Versions", "all_stand"]

# Path, line, and the column or, for a symbol of an outline, the name.
Mark = tuple[str, int, int | str]
# Path, line, column in the server's text; the name of a symbol, empty for a mere place.
Found = tuple[str, int, int, str]
# How many edits before the question, and how many of those before the answer, are looked at.
_LOOK_BACK = 64
_LOOK_AHEAD = 256
_NOWHERE = (-1, -1)
_UNEDITED = Pieces.whole()


@dataclass(frozen=True, slots=True)
class Claim:
    """`found` are said to be the `expected` places: exactly these, or (`exact` False) these and more."""

    expected: frozenset[Mark]
    found: list[Found]
    exact: bool = True


class Versions:
    """The documents a user has open, by path; a document's version is the number of its edits."""

    def __init__(self, documents: Mapping[str, OpenDocument]) -> None:
        self._documents = documents

    def settled(self, asked: Mapping[str, int], arrived: Mapping[str, int] | None) -> bool:
        """Whether every document was syntactically whole from the question to the answer, as far as that is
        still known."""
        for path, last in (arrived or asked).items():
            document = self._documents.get(path)
            first = asked.get(path, 0)
            if document is not None and not (document.knows(first) and document.settled_between(first, last)):
                return False
        return True

    def holds(self, claim: Claim, asked: Mapping[str, int], arrived: Mapping[str, int] | None) -> bool:
        """Whether the claim is true of each document at one of the versions it may be about."""
        return all(
            any(_agrees(claim.exact, expected, found, at) for at in self._possible(path, asked, arrived))
            for path, expected, found in _by_path(claim)
        )

    def held_before(self, claim: Claim, asked: Mapping[str, int]) -> bool:
        """Whether the claim is true of each document at the version of the question or one shortly before."""
        return all(
            any(
                _agrees(claim.exact, expected, found, at)
                for at in chain(self._possible(path, asked, None), self._before(path, asked))
            )
            for path, expected, found in _by_path(claim)
        )

    def original(self, claim: Claim, asked: Mapping[str, int]) -> frozenset[Mark]:
        """The found places as those of the codebase, at the versions of the question; places that are not
        in it, or of versions long forgotten, are nowhere."""
        marks: set[Mark] = set()
        for path, _, found in _by_path(claim):
            for at in self._possible(path, asked, None):
                marks.update(_mark(one, at) for one in found)
        return frozenset(marks)

    def when(
        self,
        path: str,
        asked: Mapping[str, int],
        arrived: Mapping[str, int] | None,
        is_so: Callable[[Pieces], bool],
    ) -> bool:
        """Whether something is so of a document at one of the versions an answer may be about."""
        return any(is_so(at) for at in self._possible(path, asked, arrived))

    def when_before(self, path: str, asked: Mapping[str, int], is_so: Callable[[Pieces], bool]) -> bool:
        """Whether it was so shortly before the question."""
        return any(is_so(at) for at in self._before(path, asked))

    def moved(
        self, path: str, place: tuple[int, int], asked: Mapping[str, int], arrived: Mapping[str, int] | None
    ) -> bool:
        """Whether an original place stood elsewhere, or was gone, before the answer came."""
        return len({at.now_from_original(place) for at in self._possible(path, asked, arrived)}) > 1

    def _possible(
        self, path: str, asked: Mapping[str, int], arrived: Mapping[str, int] | None
    ) -> Iterator[Pieces]:
        """The versions of a document an answer may be about: that of the question first, then what came
        before the answer did. None of a version that is forgotten."""
        first = asked.get(path, 0)
        last = first if arrived is None else max(arrived.get(path, 0), first)
        document = self._documents.get(path)
        if document is None or not document.knows(first):
            return iter(() if document is not None else (_UNEDITED,))
        return chain(
            (document.at(first),),
            document.walk(max(first + 1, last - _LOOK_AHEAD), last) if last > first else (),
        )

    def _before(self, path: str, asked: Mapping[str, int]) -> Iterator[Pieces]:
        document, version = self._documents.get(path), asked.get(path, 0)
        if document is None or version == 0:
            return iter(())
        return document.walk(max(0, version - _LOOK_BACK), version - 1)


def all_stand(places: Sequence[tuple[int, int]], starts: Collection[tuple[int, int]], at: Pieces) -> bool:
    """Whether original `places` all are among `starts`, in the server's text; those replaced need not."""
    for place in places:
        now = at.now_from_original(place)
        if now is not None and now not in starts:
            return False
    return True


def _agrees(exact: bool, expected: frozenset[Mark], found: list[Found], at: Pieces) -> bool:
    if not exact:
        return expected <= {_mark(one, at) for one in found}
    marks = set()
    for one in found:
        mark = _mark(one, at)
        if mark not in expected:
            return False
        marks.add(mark)
    return len(marks) == len(expected)


def _mark(found: Found, at: Pieces) -> Mark:
    path, line, column, name = found
    original = at.original_from_now((line, column))
    line, column = _NOWHERE if original is None else original
    return path, line, name or column


def _by_path(claim: Claim) -> Iterator[tuple[str, frozenset[Mark], list[Found]]]:
    for path in sorted({mark[0] for mark in claim.expected} | {one[0] for one in claim.found}):
        yield (
            path,
            frozenset(mark for mark in claim.expected if mark[0] == path),
            [one for one in claim.found if one[0] == path],
        )
