"""Formatting: indentation by brackets, no blanks at the ends of lines, one newline at the end.

Never changes tokens: lines inside string literals and block comments stay as they are, and no line is joined
or split. A line that goes on from the one before keeps its place relative to it. Applying it twice changes
nothing more. Must not know names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_rustide_load.reference_server.convert import Json, text_range

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from pytest_rustide_load.reference_server.source import SourceFile

_INDENT = 4
_OPENERS = frozenset("([{")
_CLOSERS = frozenset(")]}")
_ENDS = frozenset({",", ";", "}"})
_SOLID = frozenset({"string_literal", "raw_string_literal", "char_literal", "line_comment", "block_comment"})
_COMMENTS = frozenset({"line_comment", "block_comment"})
# A line that begins so goes on from the one before, whatever ended that one.
_GOES_ON = frozenset({".", "?", "&&", "||", "+", "/", "%", "==", "!=", "<=", ">=", "=", "=>", "->", "as"}) | {
    "else",
    "where",
    "^",
    ">",
    ":",
}


@dataclass(slots=True)
class _Token:
    kind: str
    start: int
    end: int


def format_edits(file: SourceFile, encoding: str, lines: tuple[int, int] | None = None) -> list[Json]:
    """Edits that format the file, or its lines first..last; none if the text has syntax errors."""
    if file.tree.root_node.has_error:
        return []
    data, starts = file.data, file.text.line_starts
    wanted = _Layout(file).lines()
    last = len(data.rstrip())
    edits: list[Json] = []
    for number, (start, new) in enumerate(zip(starts, wanted, strict=True)):
        if start >= last > 0 or (lines is not None and not lines[0] <= number <= lines[1]):
            continue
        end = _content_end(data, starts, number)
        if new is not None and data[start:end] != new:
            edits.append(_edit(file, start, end, new, encoding))
    if lines is None and last and data[last:] not in {b"\n", b"\r\n"}:
        blanks = len(data[last:]) - len(data[last:].lstrip(b" \t"))
        edits.append(_edit(file, last + blanks, len(data), b"\n", encoding))
    return edits


def _content_end(data: bytes, starts: list[int], number: int) -> int:
    if number + 1 == len(starts):
        return len(data)
    end = starts[number + 1]
    return end - len(data[starts[number] : end]) + len(data[starts[number] : end].rstrip(b"\r\n"))


def _edit(file: SourceFile, start: int, end: int, new: bytes, encoding: str) -> Json:
    span = text_range(file.text, start, end, encoding)
    return {"range": span, "newText": new.decode("utf-8", "replace")}


def _tokens(node: Node) -> Iterator[_Token]:
    if node.type in _SOLID or node.child_count == 0:
        if node.end_byte > node.start_byte:
            # A line comment of documentation ends with its newline.
            yield _Token(node.type, node.start_byte, node.end_byte - _newlines(node))
        return
    for child in node.children:
        yield from _tokens(child)


def _newlines(node: Node) -> int:
    return 1 if node.type == "line_comment" and node.end_point[0] > node.start_point[0] else 0


class _Layout:
    """Goes through a file's lines and says how each should be."""

    def __init__(self, file: SourceFile) -> None:
        self.data = file.data
        self.starts = file.text.line_starts
        self.tokens = list(_tokens(file.tree.root_node))
        self.indents = [0] * len(self.starts)
        self.open_lines: list[int] = []
        self.previous: _Token | None = None
        self.attribute = False
        self.shift = 0

    def lines(self) -> list[bytes | None]:
        """Each line's content; None for one that begins inside a literal or comment."""
        wanted: list[bytes | None] = []
        at = 0
        solid_end = 0
        for number, start in enumerate(self.starts):
            end = _content_end(self.data, self.starts, number)
            stop = at
            while stop < len(self.tokens) and self.tokens[stop].start < end:
                stop += 1
            if solid_end > start:
                wanted.append(None)
            else:
                first = self.tokens[at] if at < stop else None
                wanted.append(self._line(number, self.data[start:end], first))
            for index in range(at, stop):
                self._pass(index, number)
                solid_end = max(solid_end, self.tokens[index].end)
            if solid_end > end and wanted[-1] is not None:
                # What a literal holds at the end of this line is not to be trimmed.
                line = self.data[start:end]
                wanted[-1] = b" " * self.indents[number] + line.lstrip()
            at = stop
        return wanted

    def _line(self, number: int, line: bytes, first: _Token | None) -> bytes:
        content = line.strip()
        if not content:
            return b""
        own = len(line) - len(line.lstrip())
        indent = self._indent(first, own)
        self.shift = indent - own
        self.indents[number] = indent
        return b" " * indent + content

    def _indent(self, first: _Token | None, own: int) -> int:
        """A closer stands under its opener's line, a new element one step in, the rest where it was
        relative to the line before."""
        if first is not None and first.kind in _CLOSERS and self.open_lines:
            return self.indents[self.open_lines[-1]]
        before = self.previous
        fresh = before is None or self.attribute or before.kind in _OPENERS or before.kind in _ENDS
        if fresh and (first is None or first.kind not in _GOES_ON):
            return self.indents[self.open_lines[-1]] + _INDENT if self.open_lines else 0
        return max(0, own + self.shift)

    def _pass(self, index: int, number: int) -> None:
        token = self.tokens[index]
        if token.kind in _OPENERS:
            self.open_lines.append(number)
        elif token.kind in _CLOSERS and self.open_lines:
            self.open_lines.pop()
        if token.kind not in _COMMENTS:
            self.attribute = token.kind == "]" and self._closes_attribute(index)
            self.previous = token

    def _closes_attribute(self, index: int) -> bool:
        depth = 0
        while index >= 0:
            if self.tokens[index].kind == "]":
                depth += 1
            elif self.tokens[index].kind == "[":
                depth -= 1
                if depth == 0:
                    return index > 0 and self.tokens[index - 1].kind in {"#", "!"}
            index -= 1
        return False
