"""Whether an answer is right: what the server said against what the oracle of the codebase knows.

An answer is compared in the lines of the codebase as it was generated: positions in edited documents
are mapped back to the edits the question was asked at. Descriptions of wrong answers name places, never
source text.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec

from pytest_rustide_load.codebase import Codebase, Landmark, Location
from pytest_rustide_load.codebase.foreign import ForeignCodebase
from pytest_rustide_load.engine.documents import OpenDocument
from pytest_rustide_load.stats.samples import Outcome

__all__ = ["Checker", "Edits", "Place"]

# path, line, column; the column in units of the session's position encoding.
Place = tuple[str, int, int]
# How many edits each document had when the question was asked.
Edits = Mapping[str, int]

_RIGHT = (Outcome.OK, "")
_MAX_PLACES_SHOWN = 3


class _Position(msgspec.Struct):
    line: int
    character: int


class _Range(msgspec.Struct):
    start: _Position


class _LocationOrLink(msgspec.Struct, rename="camel"):
    uri: str = ""
    range: _Range | None = None
    target_uri: str = ""
    target_selection_range: _Range | None = None


class _Symbol(msgspec.Struct, rename="camel"):
    name: str
    selection_range: _Range | None = None
    location: _LocationOrLink | None = None
    children: list[_Symbol] | None = None


class _Item(msgspec.Struct):
    label: str


class _ItemList(msgspec.Struct):
    items: list[_Item]


_locations = msgspec.json.Decoder(list[_LocationOrLink] | _LocationOrLink | None)
_symbols = msgspec.json.Decoder(list[_Symbol] | None)
_items = msgspec.json.Decoder(list[_Item] | _ItemList | None)


class Checker:
    """Judges answers about `codebase`, a copy of which the server has at `root`.

    `encoding` is the session's position encoding; `documents` are the open ones by path.
    """

    def __init__(
        self,
        codebase: Codebase | ForeignCodebase,
        root: Path,
        encoding: str,
        documents: Mapping[str, OpenDocument],
    ) -> None:
        self._codebase = codebase
        self._oracle = codebase.oracle
        self._root = root.as_posix().rstrip("/") + "/"
        self._encoding = encoding
        self._documents = documents
        self._line_cache = lru_cache(maxsize=64)(lambda path: codebase.text(path).split("\n"))
        self._definition = lru_cache(maxsize=4096)(self._expected_definition)
        self._references = lru_cache(maxsize=4096)(self._expected_references)

    def column(self, path: str, line: int, column_utf8: int) -> int:
        """A UTF-8 column of the codebase in the session's position encoding."""
        if self._encoding == "utf-8":
            return column_utf8
        prefix = self._line_cache(path)[line].encode()[:column_utf8].decode()
        return len(prefix.encode("utf-16-le")) // 2 if self._encoding == "utf-16" else len(prefix)

    def check(
        self, operation: str, landmark: Landmark | None, path: str, edits: Edits, result: msgspec.Raw | None
    ) -> tuple[Outcome, str]:
        """OK, EMPTY or WRONG for the answer to `operation` asked at `landmark` in `path`, and for WRONG a
        sentence. An answer that does not have the shape LSP gives it is WRONG."""
        if result is None or bytes(result) in (b"null", b"[]"):
            return Outcome.EMPTY, ""
        judge = getattr(self, f"_check_{operation}", None)
        if judge is None:
            return _RIGHT
        try:
            outcome, why = judge(landmark, path, edits, result)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            outcome, why = Outcome.WRONG, f"an answer of the wrong shape: {error}"
        if outcome != Outcome.WRONG:
            return outcome, ""
        where = path if landmark is None else f"{path}:{landmark.line + 1}:{landmark.column + 1}"
        return outcome, f"{operation} at {where}: {why}"

    # -- one method an operation

    def _check_definition(
        self, landmark: Landmark, _path: str, edits: Edits, result: msgspec.Raw
    ) -> tuple[Outcome, str]:
        return self._compare(self._definition(landmark), self._places(result, edits))

    def _check_references(
        self, landmark: Landmark, _path: str, edits: Edits, result: msgspec.Raw
    ) -> tuple[Outcome, str]:
        return self._compare(self._references(landmark), self._places(result, edits))

    def _check_hover(
        self, landmark: Landmark, _path: str, _edits: Edits, result: msgspec.Raw
    ) -> tuple[Outcome, str]:
        text = _hover_text(msgspec.json.decode(result))
        if not text.strip():
            return Outcome.EMPTY, ""
        if all(part in text for part in self._oracle.hover(landmark)):
            return _RIGHT
        return Outcome.WRONG, "the signature of the symbol is not in it"

    def _check_completion(
        self, landmark: Landmark, _path: str, _edits: Edits, result: msgspec.Raw
    ) -> tuple[Outcome, str]:
        decoded = _items.decode(result)
        items = decoded.items if isinstance(decoded, _ItemList) else decoded or []
        if not items:
            return Outcome.EMPTY, ""
        offered = {_identifier(item.label) for item in items}
        missing = [label for label in self._oracle.completions(landmark) if label not in offered]
        if not missing:
            return _RIGHT
        return (
            Outcome.WRONG,
            f"{len(missing)} of the members that must be offered are not, of {len(items)} items",
        )

    def _check_document_symbols(
        self, _landmark: None, path: str, edits: Edits, result: msgspec.Raw
    ) -> tuple[Outcome, str]:
        got = set(self._flatten(_symbols.decode(result) or [], path, edits))
        expected = [(symbol.name, symbol.line) for symbol in self._oracle.document_symbols(path)]
        missing = [symbol for symbol in expected if symbol not in got]
        if not missing:
            return _RIGHT
        lines = ", ".join(str(line + 1) for _, line in missing[:_MAX_PLACES_SHOWN])
        return Outcome.WRONG, f"{len(missing)} of {len(expected)} symbols are missing, of lines {lines}"

    # -- expected and given places

    def _compare(self, expected: frozenset[Place], got: frozenset[Place]) -> tuple[Outcome, str]:
        if not expected and got:
            # Nobody knows the answer: of a codebase that was not generated, or whose use is its only one.
            return _RIGHT
        return _compare_places(expected, got)

    def _expected_definition(self, landmark: Landmark) -> frozenset[Place]:
        return self._as_places(self._oracle.definition(landmark))

    def _expected_references(self, landmark: Landmark) -> frozenset[Place]:
        return self._as_places(self._oracle.references(landmark))

    def _as_places(self, locations: tuple[Location, ...]) -> frozenset[Place]:
        return frozenset(
            (place.path, place.line, self.column(place.path, place.line, place.column)) for place in locations
        )

    def _places(self, result: msgspec.Raw, edits: Edits) -> frozenset[Place]:
        decoded = _locations.decode(result)
        found = decoded if isinstance(decoded, list) else [] if decoded is None else [decoded]
        places = set()
        for location in found:
            span = location.target_selection_range or location.range
            start = _Position(-1, -1) if span is None else span.start
            path = self._path(location.target_uri or location.uri)
            places.add((path, self._original_line(path, start.line, edits), start.character))
        return frozenset(places)

    def _flatten(self, symbols: list[_Symbol], path: str, edits: Edits) -> list[tuple[str, int]]:
        flat: list[tuple[str, int]] = []
        for symbol in symbols:
            span = symbol.selection_range or (symbol.location.range if symbol.location else None)
            if span is not None:
                flat.append((symbol.name, self._original_line(path, span.start.line, edits)))
            flat += self._flatten(symbol.children or [], path, edits)
        return flat

    def _original_line(self, path: str, line: int, edits: Edits) -> int:
        document = self._documents.get(path)
        if document is None:
            return line
        original = document.original_line(line, edits.get(path, 0))
        return -1 if original is None else original

    def _path(self, uri: str) -> str:
        path = unquote(urlsplit(uri).path)
        return path.removeprefix(self._root)


def _compare_places(expected: frozenset[Place], got: frozenset[Place]) -> tuple[Outcome, str]:
    if expected == got:
        return _RIGHT
    if not got:
        return Outcome.EMPTY, ""
    parts = [
        f"{len(places)} {what} ({_show(places)})"
        for what, places in (("missing", expected - got), ("not expected", got - expected))
        if places
    ]
    return Outcome.WRONG, f"{len(got)} places, {' and '.join(parts)}"


def _show(places: frozenset[Place]) -> str:
    first = sorted(places)[:_MAX_PLACES_SHOWN]
    shown = ", ".join(f"{path}:{line + 1}:{column + 1}" for path, line, column in first)
    return shown + (", …" if len(places) > len(first) else "")


def _hover_text(decoded: Any) -> str:
    """The text of a hover: its contents are markup, a marked string, or a list of these."""
    contents = decoded.get("contents") if isinstance(decoded, dict) else None
    parts = contents if isinstance(contents, list) else [contents]
    texts = [part.get("value") if isinstance(part, dict) else part for part in parts]
    return "\n".join(text for text in texts if isinstance(text, str))


def _identifier(label: str) -> str:
    """The name a completion label begins with: `push(…)` offers `push`."""
    end = next((index for index, char in enumerate(label) if not (char == "_" or char.isalnum())), len(label))
    return label[:end]
