"""The text of an open document as the client holds it: edits, versions, and columns in either encoding.

Knows nothing of files, servers or time. Positions are LSP's: lines and columns from 0, a column in code units
of the session's position encoding. A column beyond the end of its line is taken for the end, as LSP has it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from pytest_rustide_load.lsp.params import change, changed_params, opened_params

__all__ = ["DocumentBuffer", "Edit", "Encoding", "Position", "Replacement", "column_in", "did_change"]

# "utf-8", "utf-16" or "utf-32": the units columns count.
Encoding = str
_UNIT_BYTES = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}
_LINE_END = re.compile("\r\n|\n|\r")


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place between two characters."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace what stands from `start` to `end` by `text`."""

    start: Position
    end: Position
    text: str


@dataclass(frozen=True, slots=True)
class Replacement:
    """An edit that was made: what stood from `start` to `end`, places within lines of the text before, was
    replaced by what ends at `new_end` of the text after."""

    start: Position
    end: Position
    new_end: Position


def column_in(line: str, index: int, encoding: Encoding) -> int:
    """The column of the place before character `index` of `line`."""
    codec, unit = _UNIT_BYTES[encoding]
    prefix = line[:index]
    return len(prefix) if prefix.isascii() else len(prefix.encode(codec)) // unit


def _index_of(line: str, column: int, encoding: Encoding) -> int:
    """The character of `line` at `column`, the last one that begins at or before it."""
    if line.isascii():
        return min(column, len(line))
    codec, unit = _UNIT_BYTES[encoding]
    return len(line.encode(codec)[: column * unit].decode(codec, errors="ignore"))


class DocumentBuffer:
    """One open document.

    `version` counts as LSP wants it: one more with every change that is sent. The text is kept in lines once
    it was edited, so an edit costs what its lines cost, however long the document; until then it is the
    string given, which any number of documents may share.
    """

    __slots__ = ("_lines", "_text", "encoding", "uri", "version")

    def __init__(self, uri: str, text: str, *, encoding: Encoding = "utf-16", version: int = 1) -> None:
        if encoding not in _UNIT_BYTES:
            raise ValueError(f"unknown position encoding {encoding!r}")
        self.uri = uri
        self.encoding = encoding
        self.version = version
        self._text: str | None = text
        # Each with its end; the last has none and may be empty.
        self._lines: list[str] | None = None

    @property
    def text(self) -> str:
        if self._text is None:
            return "".join(self._parts())
        return self._text

    def _parts(self) -> list[str]:
        if self._lines is None:
            self._lines = _split(self._text or "")
        return self._lines

    def line_count(self) -> int:
        """At least 1: an empty document has one empty line."""
        return len(self._parts())

    def line(self, number: int) -> str:
        """A line without its end. Raises IndexError beyond the last one."""
        return self._parts()[number].rstrip("\r\n")

    def offset(self, position: Position) -> int:
        """The place of `position` in `text`, in characters. Raises IndexError beyond the last line."""
        line = self.line(position.line)
        before = sum(map(len, self._parts()[: position.line]))
        return before + _index_of(line, position.column, self.encoding)

    def position(self, offset: int) -> Position:
        """The position before the character of `text` at `offset`; inside of a line's end it is the line's
        end. Raises IndexError beyond the text."""
        if offset < 0:
            raise IndexError(f"offset {offset}")
        left = offset
        parts = self._parts()
        for number, part in enumerate(parts):
            if left < len(part) or (number == len(parts) - 1 and left == len(part)):
                line = part.rstrip("\r\n")
                return Position(number, column_in(line, min(left, len(line)), self.encoding))
            left -= len(part)
        raise IndexError(f"offset {offset} of {offset - left} characters")

    def end(self) -> Position:
        """The position after the last character."""
        last = self._parts()[-1]
        return Position(len(self._parts()) - 1, column_in(last, len(last), self.encoding))

    def apply(self, edits: Sequence[Edit]) -> tuple[Replacement, ...]:
        """Make `edits` one after the other, each in the text the one before has left, and count one version,
        as a server does with the changes of one notification; returns what they replaced. Raises IndexError,
        and changes nothing, for an edit beyond the last line or one that ends before it starts."""
        before = self._parts().copy() if len(edits) > 1 else None
        made = []
        try:
            for edit in edits:
                made.append(self._replace(edit))  # noqa: PERF401 - those made so far count when one fails
        except IndexError:
            self._lines = self._lines if before is None else before
            raise
        self._text = None if edits else self._text
        self.version += 1
        return tuple(made)

    def _replace(self, edit: Edit) -> Replacement:
        parts = self._parts()
        if edit.start.line < 0 or edit.end.line < 0:
            raise IndexError(f"an edit at {min(edit.start, edit.end)}")
        first, last = self.line(edit.start.line), self.line(edit.end.line)
        start_index = _index_of(first, edit.start.column, self.encoding)
        end_index = _index_of(last, edit.end.column, self.encoding)
        if (edit.end.line, end_index) < (edit.start.line, start_index):
            raise IndexError(f"an edit that ends at {edit.end}, before its start {edit.start}")
        start = Position(edit.start.line, column_in(first, start_index, self.encoding))
        end = Position(edit.end.line, column_in(last, end_index, self.encoding))
        head = parts[edit.start.line][:start_index] + edit.text
        tail = parts[edit.end.line][end_index:]
        since = edit.start.line
        if not start_index and since and parts[since - 1].endswith("\r"):
            # A line feed that comes after a carriage return makes one line end of the two.
            since -= 1
            head = parts[since] + head
        ended = _split(head)
        new_end = Position(since + len(ended) - 1, column_in(ended[-1], len(ended[-1]), self.encoding))
        lines = _split(head + tail)
        if edit.end.line + 1 < len(parts):
            # The empty line after the last line end is the next line.
            lines.pop()
        parts[since : edit.end.line + 1] = lines
        return Replacement(start, end, new_end)

    def recoded(self, edit: Edit, encoding: Encoding) -> Edit:
        """An edit of this text whose columns are in units of `encoding`, with those of this one. Raises
        IndexError beyond the last line."""

        def place(position: Position) -> Position:
            line = self.line(position.line)
            index = _index_of(line, position.column, encoding)
            return Position(position.line, column_in(line, index, self.encoding))

        return Edit(place(edit.start), place(edit.end), edit.text)

    def did_open(self, language: str = "rust") -> bytes:
        """The parameters of `textDocument/didOpen`."""
        return opened_params(self.uri, self.version, self.text, language)

    def change(self, edits: Sequence[Edit]) -> bytes:
        """Make `edits` as `apply` does; returns the parameters of the incremental `textDocument/didChange`
        that tells the server."""
        self.apply(edits)
        return did_change(self.uri, self.version, edits)


def did_change(uri: str, version: int, edits: Sequence[Edit]) -> bytes:
    """The parameters of the incremental `textDocument/didChange` that tells of `edits`."""
    changes = [
        change((edit.start.line, edit.start.column, edit.end.line, edit.end.column), edit.text)
        for edit in edits
    ]
    return changed_params(uri, version, changes)


def _split(text: str) -> list[str]:
    """The lines of a text, each with its end."""
    starts = [0, *(match.end() for match in _LINE_END.finditer(text)), len(text)]
    return [text[start:end] for start, end in pairwise(starts)]
