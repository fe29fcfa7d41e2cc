"""A document's bytes, its lines, and positions in either encoding.

Offsets are bytes of UTF-8 throughout the server; LSP positions are met only here. Lines end at \\n, \\r\\n or
\\r as the protocol says. This module must not know the protocol's messages.
"""

from __future__ import annotations

import re
from bisect import bisect_right

_LINE_END = re.compile(rb"\r\n|\n|\r")
UTF8 = "utf-8"
UTF16 = "utf-16"


class Text:
    """An immutable text. `encoding` arguments are "utf-8" or "utf-16" and say what columns count."""

    __slots__ = ("_ascii", "_starts", "data")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._starts: list[int] | None = None
        self._ascii = data.isascii()

    @property
    def line_starts(self) -> list[int]:
        if self._starts is None:
            self._starts = [0, *(match.end() for match in _LINE_END.finditer(self.data))]
        return self._starts

    def offset(self, line: int, column: int, encoding: str) -> int:
        """The byte offset of a position; beyond a line's or the text's end it is clamped, as LSP asks."""
        starts = self.line_starts
        if line < 0:
            return 0
        if line >= len(starts):
            return len(self.data)
        start = starts[line]
        stop = starts[line + 1] if line + 1 < len(starts) else len(self.data)
        content = self.data[start:stop].rstrip(b"\r\n") if line + 1 < len(starts) else self.data[start:stop]
        column = max(column, 0)
        if encoding == UTF8:
            column = min(column, len(content))
            while 0 < column < len(content) and content[column] & 0xC0 == 0x80:
                column -= 1
            return start + column
        if self._ascii or content.isascii():
            return start + min(column, len(content))
        return start + _bytes_of_utf16(content, column)

    def position(self, offset: int, encoding: str) -> tuple[int, int]:
        """(line, column) of a byte offset."""
        offset = max(0, min(offset, len(self.data)))
        line = bisect_right(self.line_starts, offset) - 1
        start = self.line_starts[line]
        if encoding == UTF8 or self._ascii:
            return line, offset - start
        prefix = self.data[start:offset]
        if prefix.isascii():
            return line, len(prefix)
        return line, len(prefix.decode("utf-8", "replace").encode("utf-16-le")) // 2

    def point(self, offset: int) -> tuple[int, int]:
        """(row, byte column) as tree-sitter counts them: rows end at \\n only."""
        row = self.data.count(b"\n", 0, offset)
        return row, offset - (self.data.rfind(b"\n", 0, offset) + 1)


def _bytes_of_utf16(content: bytes, column: int) -> int:
    """Bytes before UTF-16 column `column`; inside a surrogate pair the character's start."""
    units = 0
    size = 0
    for char in content.decode("utf-8", "replace"):
        width = 2 if ord(char) > 0xFFFF else 1
        if units + width > column:
            break
        units += width
        size += len(char.encode("utf-8"))
    return size
