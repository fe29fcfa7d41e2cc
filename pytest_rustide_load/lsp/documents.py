"""The text of an open document as the client holds it: edits, versions, and columns in either encoding.

Knows nothing of files, servers or time. Positions are LSP's: lines and columns from 0, a column in code units
of the session's position encoding. A column beyond the end of its line is taken for the end, as LSP has it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from pytest_rustide_load.lsp.messages import encode

__all__ = ["DocumentBuffer", "Edit", "Encoding", "Position", "column_in"]

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

    `version` counts as LSP wants it: one more with every change that is sent.
    """

    __slots__ = ("_lines", "_text", "encoding", "uri", "version")

    def __init__(self, uri: str, text: str, *, encoding: Encoding = "utf-16", version: int = 1) -> None:
        if encoding not in _UNIT_BYTES:
            raise ValueError(f"unknown position encoding {encoding!r}")
        self.uri = uri
        self.encoding = encoding
        self.version = version
        self._text = text
        self._lines: list[int] | None = None

    @property
    def text(self) -> str:
        return self._text

    def _starts(self) -> list[int]:
        """Where each line begins, in characters; found out when first asked after an edit."""
        if self._lines is None:
            self._lines = [0, *(match.end() for match in _LINE_END.finditer(self._text))]
        return self._lines

    def line_count(self) -> int:
        """At least 1: an empty document has one empty line."""
        return len(self._starts())

    def line(self, number: int) -> str:
        """A line without its end. Raises IndexError beyond the last one."""
        starts = self._starts()
        start = starts[number]
        following = starts[number + 1] if number + 1 < len(starts) else len(self._text)
        return self._text[start:following].rstrip("\r\n")

    def offset(self, position: Position) -> int:
        """The place of `position` in `text`, in characters. Raises IndexError beyond the last line."""
        line = self.line(position.line)
        return self._starts()[position.line] + _index_of(line, position.column, self.encoding)

    def position(self, offset: int) -> Position:
        """The position before the character of `text` at `offset`; inside of a line's end it is the line's
        end. Raises IndexError beyond the text."""
        if not 0 <= offset <= len(self._text):
            raise IndexError(f"offset {offset} of {len(self._text)} characters")
        starts = self._starts()
        number = bisect_right(starts, offset) - 1
        line = self.line(number)
        return Position(number, column_in(line, min(offset - starts[number], len(line)), self.encoding))

    def end(self) -> Position:
        """The position after the last character."""
        return self.position(len(self._text))

    def apply(self, edits: Sequence[Edit]) -> None:
        """Make `edits` one after the other, each in the text the one before has left, and count one version,
        as a server does with the changes of one notification. Raises IndexError, and changes nothing, for
        an edit beyond the last line or one that ends before it starts."""
        before, lines = self._text, self._lines
        try:
            for edit in edits:
                start, end = self.offset(edit.start), self.offset(edit.end)
                if end < start:
                    raise IndexError(f"an edit that ends at {edit.end}, before its start {edit.start}")
                self._text = self._text[:start] + edit.text + self._text[end:]
                self._lines = None
        except IndexError:
            self._text, self._lines = before, lines
            raise
        self.version += 1

    def did_open(self, language: str = "rust") -> bytes:
        """The parameters of `textDocument/didOpen`."""
        item = {"uri": self.uri, "languageId": language, "version": self.version, "text": self._text}
        return encode({"textDocument": item})

    def change(self, edits: Sequence[Edit]) -> bytes:
        """Make `edits` as `apply` does; returns the parameters of the incremental `textDocument/didChange`
        that tells the server."""
        self.apply(edits)
        return encode(
            {
                "textDocument": {"uri": self.uri, "version": self.version},
                "contentChanges": [
                    {"range": {"start": _wire(edit.start), "end": _wire(edit.end)}, "text": edit.text}
                    for edit in edits
                ],
            }
        )


def _wire(position: Position) -> dict[str, int]:
    return {"line": position.line, "character": position.column}
