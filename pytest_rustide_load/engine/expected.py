"""What a right answer names, in the places of the codebase as it was generated and the columns of a session.

Knows nothing of documents, edits or answers. Everything is worked out when first asked for and kept, so users
of one codebase share it.
"""

from __future__ import annotations

import re
from functools import lru_cache

from pytest_rustide_load.codebase import Codebase, Landmark, Location
from pytest_rustide_load.codebase.foreign import ForeignCodebase
from pytest_rustide_load.engine.versions import Mark

__all__ = ["Expected"]

_TOKENS_CHECKED = 64
_USE = re.compile(r"\s*(pub(\([^)]*\))?\s+)?use\s")


class Expected:
    """The right answers about `codebase`, with columns in units of `encoding`. Where it answers nothing, the
    right answer is not known."""

    def __init__(self, codebase: Codebase | ForeignCodebase, encoding: str) -> None:
        self._oracle = codebase.oracle
        self._encoding = encoding
        self.is_foreign = isinstance(codebase, ForeignCodebase)
        self._lines = lru_cache(maxsize=64)(lambda path: codebase.text(path).split("\n"))
        self.definition = lru_cache(maxsize=4_096)(self._definition)
        self.references = lru_cache(maxsize=4_096)(self._references)
        self.renamed = lru_cache(maxsize=1_024)(self._renamed)
        self.tokens = lru_cache(maxsize=256)(self._tokens)
        self.outline = lru_cache(maxsize=256)(self._outline)

    def column(self, path: str, line: int, column_utf8: int) -> int:
        """A UTF-8 column of the codebase in the session's position encoding."""
        if self._encoding == "utf-8":
            return column_utf8
        prefix = self._lines(path)[line].encode()[:column_utf8].decode()
        return len(prefix.encode("utf-16-le")) // 2 if self._encoding == "utf-16" else len(prefix)

    def place(self, landmark: Landmark) -> tuple[str, int, int]:
        """Where a landmark itself begins."""
        return (landmark.path, landmark.line, self.column(landmark.path, landmark.line, landmark.column))

    def hover(self, landmark: Landmark) -> tuple[str, ...]:
        """Texts a right hover contains."""
        return self._oracle.hover(landmark)

    def completions(self, landmark: Landmark) -> tuple[str, ...]:
        """Names that must be offered."""
        return self._oracle.completions(landmark)

    def found_by(self, query: str) -> frozenset[Mark]:
        """The items of that name, each as its path, line and name."""
        return frozenset((place.path, place.line, query) for place in self._oracle.workspace_symbols(query))

    def bears_its_name(self, landmark: Landmark) -> bool:
        """Whether the word at a landmark is that of its declaration: no module, whose name is that of a file,
        and no `Self`."""
        word = self._word(landmark)
        return all(self._word(place) == word for place in self._oracle.definition(landmark))

    def is_imported_here(self, landmark: Landmark) -> bool:
        """Whether a landmark stands in a `use`: renamed there, a server may give the import another name."""
        return _USE.match(self._lines(landmark.path)[landmark.line]) is not None

    def _definition(self, landmark: Landmark) -> frozenset[Mark]:
        return self._marks(self._oracle.definition(landmark))

    def _references(self, landmark: Landmark) -> frozenset[Mark]:
        return self._marks(self._oracle.references(landmark))

    def _renamed(self, landmark: Landmark) -> frozenset[Mark]:
        """The declaration and all uses but those by another word: `Self` stays when a type is renamed."""
        places = (*self._oracle.declaration(landmark), *self._oracle.references(landmark))
        name = self._word(landmark)
        return self._marks(tuple(place for place in places if self._word(place) == name))

    def _outline(self, path: str) -> frozenset[Mark]:
        """The symbols of a file, each as its path, the line of its name, and the name."""
        return frozenset((path, symbol.line, symbol.name) for symbol in self._oracle.document_symbols(path))

    def _tokens(self, path: str) -> tuple[tuple[int, int], ...]:
        """Names of a file that have a token, some of many; none of a codebase whose names nobody resolved."""
        if self.is_foreign:
            return ()
        landmarks = self._oracle.landmarks(path=path)
        step = max(1, -(-len(landmarks) // _TOKENS_CHECKED))
        return tuple((mark.line, self.column(path, mark.line, mark.column)) for mark in landmarks[::step])

    def _word(self, place: Location | Landmark) -> bytes:
        line = self._lines(place.path)[place.line].encode()
        return line[place.column : place.column + place.length]

    def _marks(self, locations: tuple[Location, ...]) -> frozenset[Mark]:
        return frozenset(
            (place.path, place.line, self.column(place.path, place.line, place.column)) for place in locations
        )
