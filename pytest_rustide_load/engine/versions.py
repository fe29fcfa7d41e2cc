"""At which versions of the documents a set of places is the expected one.

An answer names places in the server's text; the expected ones are those of the codebase as it was generated.
Knows nothing of operations or of how answers look.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pytest_rustide_load.engine.documents import OpenDocument

__all__ = ["Claim", "Found", "Mark", "Versions"]

# Path, line, and the column or, for a symbol of an outline, the name.
Mark = tuple[str, int, int | str]
# Path, line, column in the server's text; the name of a symbol, empty for a mere place.
Found = tuple[str, int, int, str]
# How many edits before the question, and after it, are looked at.
_LOOK_BACK = 64
_LOOK_AHEAD = 64
_NOWHERE = -1


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

    def possible(
        self, path: str, asked: Mapping[str, int], arrived: Mapping[str, int] | None
    ) -> Iterator[int]:
        """The versions of a document an answer may be about: that of the question first, then what came
        before the answer did."""
        first = asked.get(path, 0)
        last = first if arrived is None else max(arrived.get(path, 0), first)
        yield from range(first, min(last, first + _LOOK_AHEAD) + 1)

    def holds(self, claim: Claim, asked: Mapping[str, int], arrived: Mapping[str, int] | None) -> bool:
        """Whether the claim is true of each document at one of the versions it may be about."""
        return all(
            any(
                self._agrees(claim, expected, found, path, version)
                for version in self.possible(path, asked, arrived)
            )
            for path, expected, found in _by_path(claim)
        )

    def held_before(self, claim: Claim, asked: Mapping[str, int]) -> bool:
        """Whether the claim is true of each document at the version of the question or one shortly before."""
        return all(
            any(
                self._agrees(claim, expected, found, path, version)
                for version in (asked.get(path, 0), *_before(path, asked))
            )
            for path, expected, found in _by_path(claim)
        )

    def stand(
        self,
        path: str,
        places: Sequence[tuple[int, int]],
        starts: Collection[tuple[int, int]],
        asked: Mapping[str, int],
        arrived: Mapping[str, int] | None,
    ) -> bool:
        """Whether original `places` of a document all are among `starts`, in the server's text, at one of the
        versions an answer may be about."""
        return any(
            self._stand_at(path, places, starts, version) for version in self.possible(path, asked, arrived)
        )

    def stood(
        self,
        path: str,
        places: Sequence[tuple[int, int]],
        starts: Collection[tuple[int, int]],
        asked: Mapping[str, int],
    ) -> bool:
        """Whether they are at a version shortly before the question."""
        return any(self._stand_at(path, places, starts, version) for version in _before(path, asked))

    def _stand_at(
        self,
        path: str,
        places: Sequence[tuple[int, int]],
        starts: Collection[tuple[int, int]],
        version: int,
    ) -> bool:
        document = self._documents.get(path)
        if document is None or not version:
            return all(place in starts for place in places)
        if not document.knows(version):
            return False
        for line, column in places:
            now = document.now(line, column, version)
            if now is not None and (now.line, now.column) not in starts:
                return False
        return True

    def original(self, claim: Claim, asked: Mapping[str, int]) -> frozenset[Mark]:
        """The found places as those of the codebase, at the versions of the question."""
        return frozenset(self._mark(one, asked.get(one[0], 0)) for one in claim.found)

    def _agrees(
        self, claim: Claim, expected: frozenset[Mark], found: list[Found], path: str, version: int
    ) -> bool:
        document = self._documents.get(path)
        if document is not None and not document.knows(version):
            return False
        if not claim.exact:
            return expected <= {self._mark(one, version) for one in found}
        marks = set()
        for one in found:
            mark = self._mark(one, version)
            if mark not in expected:
                return False
            marks.add(mark)
        return len(marks) == len(expected)

    def _mark(self, found: Found, version: int) -> Mark:
        path, line, column, name = found
        document = self._documents.get(path)
        if document is not None and version:
            place = document.original(line, column, version) if document.knows(version) else None
            line, column = (_NOWHERE, _NOWHERE) if place is None else (place.line, place.column)
        return path, line, name or column


def _before(path: str, asked: Mapping[str, int]) -> range:
    """The versions of a document shortly before the question, the nearest first."""
    version = asked.get(path, 0)
    return range(version - 1, max(-1, version - _LOOK_BACK - 1), -1)


def _by_path(claim: Claim) -> Iterator[tuple[str, frozenset[Mark], list[Found]]]:
    for path in sorted({mark[0] for mark in claim.expected} | {one[0] for one in claim.found}):
        yield (
            path,
            frozenset(mark for mark in claim.expected if mark[0] == path),
            [one for one in claim.found if one[0] == path],
        )
